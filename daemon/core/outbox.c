/*
 * SPDX-License-Identifier: MIT
 *
 * outbox: see outbox.h.
 */
#include "outbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WAKE_EVERY 8 /* the front seals while the decider makes the next */

struct outbox {
	pthread_mutex_t lock;
	struct out *head, **tail;
	int fd;
	unsigned unsaid; /* put since the last wake; the putter's own */
};

enum err
outbox_new(struct outbox **out, struct why *why)
{
	struct outbox *o = calloc(1, sizeof *o);

	if (o == NULL)
		return why_set(why, ERR_NOMEM, "no memory for the outbox");
	o->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (o->fd < 0) {
		free(o);
		return why_errno(why, ERR_IO, "eventfd");
	}
	pthread_mutex_init(&o->lock, NULL);
	o->tail = &o->head;
	*out = o;
	return ERR_OK;
}

void
outbox_free(struct outbox *o)
{
	if (o == NULL)
		return;
	for (struct out *x = outbox_take(o), *next; x != NULL; x = next) {
		next = x->next;
		out_free(x);
	}
	close(o->fd);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

int
outbox_fd(const struct outbox *o)
{
	return o->fd;
}

struct out *
out_new(enum out_kind kind, struct bytes data)
{
	struct out *x = calloc(1, sizeof *x + data.len);

	if (x == NULL)
		return NULL;
	x->kind = kind;
	x->len = data.len;
	if (data.len > 0)
		memcpy(x->data, data.data, data.len);
	return x;
}

void
out_free(struct out *x)
{
	if (x == NULL)
		return;
	registry_unref(x->registry);
	free(x);
}

void
outbox_put(struct outbox *o, struct out *x)
{
	if (x == NULL)
		return;
	pthread_mutex_lock(&o->lock);
	*o->tail = x;
	o->tail = &x->next;
	pthread_mutex_unlock(&o->lock);
	if (++o->unsaid >= WAKE_EVERY)
		outbox_wake(o);
}

void
outbox_wake(struct outbox *o)
{
	uint64_t one = 1;

	if (o->unsaid == 0)
		return;
	o->unsaid = 0;
	/* Full counter means readable already, so the result says nothing. */
	ssize_t ignored = write(o->fd, &one, sizeof one);
	(void)ignored;
}

struct out *
outbox_take(struct outbox *o)
{
	uint64_t count;
	ssize_t ignored = read(o->fd, &count, sizeof count);

	(void)ignored;
	pthread_mutex_lock(&o->lock);
	struct out *list = o->head;
	o->head = NULL;
	o->tail = &o->head;
	pthread_mutex_unlock(&o->lock);
	return list;
}
