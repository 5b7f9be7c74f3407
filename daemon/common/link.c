/*
 * SPDX-License-Identifier: MIT
 *
 * link: see link.h. Both queues are plain buffers with a read offset; what
 * has been consumed is moved out of the way when room is needed. Never
 * trusts a length before it has been checked against the frame limit.
 */
#include "link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LENGTH_SIZE 4
#define DOOR_SIZE 4
#define BODY_MAX (DOOR_SIZE + FRAME_MAX) /* what a length may say */
#define EVENT_SIZE (1 + 4 + 4)
#define EVENT_MORE_MAX 64 /* the longest, a CURVE key, has 32 */

/* Two whole frames, so that one can be read while the next arrives. */
#define IN_SIZE (2 * (LENGTH_SIZE + BODY_MAX))
#define OUT_START (64 * 1024)
#define OUT_KEEP (1024 * 1024) /* an empty queue larger than this is freed */

struct queue {
	uint8_t *data;
	size_t cap, start, end; /* [start, end) is not consumed */
};

struct link {
	int fd;
	struct queue in, out;
	size_t checked; /* in: lengths before this offset are sound */
};

enum err
link_new(struct link **out, int fd)
{
	struct link *l = calloc(1, sizeof *l);

	if (l == NULL)
		return ERR_NOMEM;
	l->in.data = malloc(IN_SIZE);
	if (l->in.data == NULL) {
		free(l);
		return ERR_NOMEM;
	}
	l->in.cap = IN_SIZE;
	l->fd = fd;
	*out = l;
	return ERR_OK;
}

void
link_free(struct link *l)
{
	if (l == NULL)
		return;
	close(l->fd);
	free(l->in.data);
	free(l->out.data);
	free(l);
}

int
link_fd(const struct link *l)
{
	return l->fd;
}

bool
link_wants_write(const struct link *l)
{
	return link_queued(l) > 0;
}

size_t
link_queued(const struct link *l)
{
	return l->out.end - l->out.start;
}

static void
queue_compact(struct queue *q)
{
	if (q->start == 0)
		return;
	memmove(q->data, q->data + q->start, q->end - q->start);
	q->end -= q->start;
	q->start = 0;
}

/* Makes room for size more bytes at the end of the out-queue. */
static enum err
queue_reserve(struct queue *q, size_t size)
{
	size_t used = q->end - q->start, cap = q->cap;
	uint8_t *data;

	if (used + size > LINK_QUEUE_MAX)
		return ERR_FULL;
	if (q->end + size <= q->cap)
		return ERR_OK;
	/* Moving is cheap only while little is left: else it is quadratic. */
	if (used <= q->cap / 2)
		queue_compact(q);
	if (q->end + size <= q->cap)
		return ERR_OK;
	if (cap == 0)
		cap = OUT_START;
	while (cap < q->end + size)
		cap *= 2;
	data = realloc(q->data, cap);
	if (data == NULL)
		return ERR_NOMEM;
	q->data = data;
	q->cap = cap;
	return ERR_OK;
}

enum err
link_put(struct link *l, uint32_t door, struct bytes frame)
{
	struct queue *q = &l->out;
	enum err e;

	if (frame.len > FRAME_MAX)
		return ERR_INVALID;
	e = queue_reserve(q, LENGTH_SIZE + DOOR_SIZE + frame.len);
	if (e != ERR_OK)
		return e;
	put_u32(q->data + q->end, (uint32_t)(DOOR_SIZE + frame.len));
	put_u32(q->data + q->end + LENGTH_SIZE, door);
	if (frame.len > 0)
		memcpy(q->data + q->end + LENGTH_SIZE + DOOR_SIZE, frame.data,
		    frame.len);
	q->end += LENGTH_SIZE + DOOR_SIZE + frame.len;
	return ERR_OK;
}

enum err
link_put_event(struct link *l, enum link_event e, uint32_t door,
    uint32_t connection, struct bytes more)
{
	uint8_t frame[EVENT_SIZE + EVENT_MORE_MAX];

	if (more.len > EVENT_MORE_MAX)
		return ERR_INVALID;
	frame[0] = (uint8_t)e;
	put_u32(frame + 1, door);
	put_u32(frame + 5, connection);
	if (more.len > 0)
		memcpy(frame + EVENT_SIZE, more.data, more.len);
	return link_put(l, 0, bytes_of(frame, EVENT_SIZE + more.len));
}

enum err
link_flush(struct link *l)
{
	struct queue *q = &l->out;

	while (q->start < q->end) {
		ssize_t n = send(l->fd, q->data + q->start, q->end - q->start,
		    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n >= 0)
			q->start += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return ERR_OK;
		else if (errno == EPIPE || errno == ECONNRESET)
			return ERR_CLOSED;
		else if (errno != EINTR)
			return ERR_IO;
	}
	q->start = q->end = 0;
	if (q->cap > OUT_KEEP) {
		free(q->data);
		q->data = NULL;
		q->cap = 0;
	}
	return ERR_OK;
}

/* Checks every length that has arrived and was not checked before. */
static enum err
check_lengths(struct link *l)
{
	while (l->in.end >= l->checked + LENGTH_SIZE) {
		uint32_t len = get_u32(l->in.data + l->checked);

		if (len < DOOR_SIZE || len > BODY_MAX)
			return ERR_INVALID;
		l->checked += LENGTH_SIZE + len;
	}
	return ERR_OK;
}

enum err
link_fill(struct link *l)
{
	struct queue *q = &l->in;
	enum err e;

	l->checked -= q->start;
	queue_compact(q);
	while (q->end < q->cap) {
		ssize_t n = recv(
		    l->fd, q->data + q->end, q->cap - q->end, MSG_DONTWAIT);

		if (n > 0) {
			q->end += (size_t)n;
			e = check_lengths(l);
			if (e != ERR_OK)
				return e;
		} else if (n == 0) {
			return ERR_CLOSED;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return ERR_OK;
		} else if (errno == ECONNRESET) {
			return ERR_CLOSED;
		} else if (errno != EINTR) {
			return ERR_IO;
		}
	}
	return ERR_OK;
}

bool
link_next(struct link *l, uint32_t *door, struct bytes *frame)
{
	struct queue *q = &l->in;
	size_t have = q->end - q->start, len;

	if (have < LENGTH_SIZE)
		return false;
	/* A length beyond checked is one that link_fill has refused. */
	len = get_u32(q->data + q->start);
	if (q->start >= l->checked || have - LENGTH_SIZE < len)
		return false;
	*door = get_u32(q->data + q->start + LENGTH_SIZE);
	*frame = bytes_of(
	    q->data + q->start + LENGTH_SIZE + DOOR_SIZE, len - DOOR_SIZE);
	q->start += LENGTH_SIZE + len;
	return true;
}

enum err
link_event_parse(struct bytes frame, enum link_event *e, uint32_t *door,
    uint32_t *connection, struct bytes *more)
{
	if (frame.len < EVENT_SIZE)
		return ERR_INVALID;
	*e = (enum link_event)frame.data[0];
	*door = get_u32(frame.data + 1);
	*connection = get_u32(frame.data + 5);
	*more = bytes_of(frame.data + EVENT_SIZE, frame.len - EVENT_SIZE);
	return ERR_OK;
}
