/*
 * SPDX-License-Identifier: MIT
 *
 * pool_memory: pool.h without threads: whoever takes a job works on it
 * first. Acute ones overtake all others, as in the real pool. Linked in
 * place of daemon/core/pool.c.
 */
#include "pool_memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { ACUTE, ORDINARY, QUEUES };

struct queue {
	void **job;
	size_t head, tail;
};

struct pool {
	void (*work)(void *);
	size_t room;
	struct queue queue[QUEUES];
	void (*waits)(void *ctx, unsigned ms);
	void *ctx;
};

enum err
pool_new(struct pool **out, unsigned threads, size_t room,
    void (*work)(void *job), struct why *why)
{
	struct pool *p = calloc(1, sizeof *p);

	(void)threads;
	if (p == NULL)
		return why_set(why, ERR_NOMEM, "no memory for the pool");
	p->work = work;
	p->room = room;
	for (int i = 0; i < QUEUES; i++) {
		p->queue[i].job = calloc(room, sizeof p->queue[i].job[0]);
		if (p->queue[i].job == NULL) {
			pool_free(p, NULL);
			return why_set(
			    why, ERR_NOMEM, "no memory for the pool");
		}
	}
	*out = p;
	return ERR_OK;
}

void
pool_free(struct pool *p, void (*drop)(void *job))
{
	if (p == NULL)
		return;
	for (int i = 0; i < QUEUES; i++) {
		struct queue *q = &p->queue[i];

		for (; drop != NULL && q->head < q->tail; q->head++)
			drop(q->job[q->head % p->room]);
		free(q->job);
	}
	free(p);
}

void
pool_put(struct pool *p, bool acute, void *job)
{
	struct queue *q = &p->queue[acute ? ACUTE : ORDINARY];

	if (q->tail - q->head == p->room) {
		fprintf(stderr, "replay: the pool is full, nobody takes\n");
		abort();
	}
	q->job[q->tail++ % p->room] = job;
}

size_t
pool_take(struct pool *p, void **job, size_t max, unsigned wait_ms)
{
	size_t n = 0;

	if (p->waits != NULL)
		p->waits(p->ctx, wait_ms);
	for (int i = 0; i < QUEUES; i++) {
		struct queue *q = &p->queue[i];

		for (; n < max && q->head < q->tail; q->head++) {
			job[n] = q->job[q->head % p->room];
			p->work(job[n++]);
		}
	}
	return n;
}

void
pool_watch(struct pool *p, void (*waits)(void *ctx, unsigned ms), void *ctx)
{
	p->waits = waits;
	p->ctx = ctx;
}

bool
pool_is_empty(const struct pool *p)
{
	return p->queue[ACUTE].head == p->queue[ACUTE].tail &&
	    p->queue[ORDINARY].head == p->queue[ORDINARY].tail;
}
