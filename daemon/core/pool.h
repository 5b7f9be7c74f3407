/*
 * SPDX-License-Identifier: MIT
 *
 * pool: the verify stage. Jobs go in from one thread, are worked on by
 * several, and come out to one thread in the order they went in. Acute ones
 * have a queue of their own and overtake all others. Beside the
 * outbox (outbox.h) the only place of core with a lock.
 */
#ifndef INFOHUS_POOL_H
#define INFOHUS_POOL_H

#include "proto/bytes.h"

struct pool;

/*
 * work is called by a pool thread, exactly once for each job; it must be
 * pure but for the job itself. room is the most jobs under way.
 */
enum err pool_new(struct pool **out, unsigned threads, size_t room,
    void (*work)(void *job), struct why *why) MUST_CHECK;
/* Stops and joins the threads; jobs inside are given to drop. */
void pool_free(struct pool *p, void (*drop)(void *job));

/* Hands over a job; waits while its queue is full. */
void pool_put(struct pool *p, bool acute, void *job);
/*
 * Takes finished jobs from the head, in order, at most max. Waits at most
 * wait_ms for the first one. Returns how many.
 */
size_t pool_take(struct pool *p, void **job, size_t max, unsigned wait_ms);

#endif
