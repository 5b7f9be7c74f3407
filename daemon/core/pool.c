/*
 * SPDX-License-Identifier: MIT
 *
 * pool: see pool.h. Two rings of slots, acute first in everything; `next` is
 * the first slot that no worker has taken, `head` the first not given out.
 */
#include "pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum slot_state { SLOT_WAITING, SLOT_DONE };

struct slot {
	void *job;
	enum slot_state state;
};

struct ring {
	struct slot *slot;
	size_t room;
	uint64_t head, next, tail; /* head <= next <= tail */
	pthread_cond_t space;	   /* a slot is free again */
};

enum { ACUTE, ORDINARY, RINGS };

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t todo; /* a job waits for a worker, or stop */
	pthread_cond_t done; /* the head of a ring is finished */
	void (*work)(void *);
	struct ring ring[RINGS];
	bool stop;
	unsigned n_thread;
	pthread_t thread[];
};

/* The ring a worker takes from next, or NULL. */
static struct ring *
waiting(struct pool *p)
{
	for (int i = 0; i < RINGS; i++)
		if (p->ring[i].next < p->ring[i].tail)
			return &p->ring[i];
	return NULL;
}

static bool
head_is_done(const struct ring *r)
{
	return r->head < r->next &&
	    r->slot[r->head % r->room].state == SLOT_DONE;
}

static void *
worker(void *arg)
{
	struct pool *p = arg;
	struct ring *r;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while ((r = waiting(p)) == NULL && !p->stop)
			pthread_cond_wait(&p->todo, &p->lock);
		if (p->stop)
			break;
		struct slot *s = &r->slot[r->next++ % r->room];
		void *job = s->job;
		pthread_mutex_unlock(&p->lock);
		p->work(job);
		pthread_mutex_lock(&p->lock);
		s->state = SLOT_DONE;
		if (head_is_done(r))
			pthread_cond_signal(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

enum err
pool_new(struct pool **out, unsigned threads, size_t room,
    void (*work)(void *job), struct why *why)
{
	struct pool *p = calloc(1, sizeof *p + threads * sizeof p->thread[0]);
	pthread_condattr_t attr;

	if (p == NULL)
		return why_set(why, ERR_NOMEM, "no memory for the pool");
	for (int i = 0; i < RINGS; i++) {
		p->ring[i].room = room;
		p->ring[i].slot = calloc(room, sizeof p->ring[i].slot[0]);
		pthread_cond_init(&p->ring[i].space, NULL);
	}
	if (p->ring[ACUTE].slot == NULL || p->ring[ORDINARY].slot == NULL) {
		free(p->ring[ACUTE].slot);
		free(p->ring[ORDINARY].slot);
		free(p);
		return why_set(why, ERR_NOMEM, "no memory for the pool");
	}
	p->work = work;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->todo, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->done, &attr);
	pthread_condattr_destroy(&attr);
	for (; p->n_thread < threads; p->n_thread++)
		if (pthread_create(&p->thread[p->n_thread], NULL, worker, p) !=
		    0) {
			pool_free(p, NULL);
			return why_errno(why, ERR_IO, "pthread_create");
		}
	*out = p;
	return ERR_OK;
}

void
pool_free(struct pool *p, void (*drop)(void *job))
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->todo);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_thread; i++)
		pthread_join(p->thread[i], NULL);
	for (int i = 0; i < RINGS; i++) {
		struct ring *r = &p->ring[i];

		for (; r->head < r->tail; r->head++)
			if (drop != NULL)
				drop(r->slot[r->head % r->room].job);
		pthread_cond_destroy(&r->space);
		free(r->slot);
	}
	pthread_cond_destroy(&p->todo);
	pthread_cond_destroy(&p->done);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
pool_put(struct pool *p, bool acute, void *job)
{
	struct ring *r = &p->ring[acute ? ACUTE : ORDINARY];

	pthread_mutex_lock(&p->lock);
	while (r->tail - r->head == r->room)
		pthread_cond_wait(&r->space, &p->lock);
	r->slot[r->tail++ % r->room] = (struct slot){ job, SLOT_WAITING };
	pthread_cond_signal(&p->todo);
	pthread_mutex_unlock(&p->lock);
}

static size_t
take(struct ring *r, void **job, size_t max)
{
	size_t n = 0;

	while (n < max && head_is_done(r))
		job[n++] = r->slot[r->head++ % r->room].job;
	if (n > 0)
		pthread_cond_signal(&r->space);
	return n;
}

size_t
pool_take(struct pool *p, void **job, size_t max, unsigned wait_ms)
{
	struct timespec until;
	size_t n;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&p->lock);
	while (
	    !head_is_done(&p->ring[ACUTE]) && !head_is_done(&p->ring[ORDINARY]))
		if (pthread_cond_timedwait(&p->done, &p->lock, &until) ==
		    ETIMEDOUT)
			break;
	n = take(&p->ring[ACUTE], job, max);
	n += take(&p->ring[ORDINARY], job + n, max - n);
	pthread_mutex_unlock(&p->lock);
	return n;
}
