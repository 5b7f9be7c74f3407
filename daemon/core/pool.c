/*
 * SPDX-License-Identifier: MIT
 *
 * pool: see pool.h. A ring of slots; `next` is the first that no worker has
 * taken, `head` the first not yet given out.
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

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t todo;  /* a job waits for a worker, or stop */
	pthread_cond_t done;  /* the head is finished */
	pthread_cond_t space; /* a slot is free again */
	void (*work)(void *);
	struct slot *ring;
	size_t room;
	uint64_t head, next, tail; /* head <= next <= tail */
	bool stop;
	unsigned n_thread;
	pthread_t thread[];
};

static void *
worker(void *arg)
{
	struct pool *p = arg;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->next == p->tail && !p->stop)
			pthread_cond_wait(&p->todo, &p->lock);
		if (p->stop)
			break;
		struct slot *s = &p->ring[p->next++ % p->room];
		void *job = s->job;
		pthread_mutex_unlock(&p->lock);
		p->work(job);
		pthread_mutex_lock(&p->lock);
		s->state = SLOT_DONE;
		if (p->ring[p->head % p->room].state == SLOT_DONE)
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
	p->ring = calloc(room, sizeof *p->ring);
	if (p->ring == NULL) {
		free(p);
		return why_set(why, ERR_NOMEM, "no memory for the pool");
	}
	p->room = room;
	p->work = work;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->todo, NULL);
	pthread_cond_init(&p->space, NULL);
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
	for (; p->head < p->tail; p->head++)
		if (drop != NULL)
			drop(p->ring[p->head % p->room].job);
	pthread_cond_destroy(&p->todo);
	pthread_cond_destroy(&p->done);
	pthread_cond_destroy(&p->space);
	pthread_mutex_destroy(&p->lock);
	free(p->ring);
	free(p);
}

void
pool_put(struct pool *p, void *job)
{
	pthread_mutex_lock(&p->lock);
	while (p->tail - p->head == p->room)
		pthread_cond_wait(&p->space, &p->lock);
	p->ring[p->tail++ % p->room] = (struct slot){ job, SLOT_WAITING };
	pthread_cond_signal(&p->todo);
	pthread_mutex_unlock(&p->lock);
}

static bool
head_is_done(const struct pool *p)
{
	return p->head < p->next &&
	    p->ring[p->head % p->room].state == SLOT_DONE;
}

size_t
pool_take(struct pool *p, void **job, size_t max, unsigned wait_ms)
{
	struct timespec until;
	size_t n = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&p->lock);
	while (!head_is_done(p))
		if (pthread_cond_timedwait(&p->done, &p->lock, &until) ==
		    ETIMEDOUT)
			break;
	while (n < max && head_is_done(p))
		job[n++] = p->ring[p->head++ % p->room].job;
	if (n > 0)
		pthread_cond_signal(&p->space);
	pthread_mutex_unlock(&p->lock);
	return n;
}

size_t
pool_depth(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	size_t n = p->tail - p->head;
	pthread_mutex_unlock(&p->lock);
	return n;
}
