/*
 * SPDX-License-Identifier: MIT
 *
 * decider: the one thread that decides and records. It takes whatever waits,
 * up to a batch limit, judges it, writes it in one transaction, signs one
 * checkpoint, and only then lets receipts and offers go.
 */
#ifndef INFOHUS_DECIDER_H
#define INFOHUS_DECIDER_H

#include "core.h"

/* Runs until JOB_STOP. ERR_UNKNOWN: exit at once and decide from disk. */
enum err decider_run(struct core *c, struct why *why) MUST_CHECK;

/*
 * What decider_run repeats: takes what waits, works on it, frees it. job has
 * room for config->batch of them. *stop is set by JOB_STOP and then
 * decider_stop is due: everybody is told, the last entries are written.
 */
enum err decider_turn(
    struct core *c, struct job **job, bool *stop, struct why *why) MUST_CHECK;
enum err decider_stop(struct core *c, struct why *why) MUST_CHECK;

/*
 * At start, before any answer: records the manifest if it is not the one in
 * force, and the started entry.
 */
enum err decider_start(struct core *c, struct why *why) MUST_CHECK;

#endif
