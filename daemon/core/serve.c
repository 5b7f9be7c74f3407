/*
 * SPDX-License-Identifier: MIT
 *
 * serve: see serve.h.
 */
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "admin_socket.h"
#include "job.h"

#define SMALL_JOB 4096 /* arena of a job that carries no payload */

enum tag { TAG_LINK, TAG_OUTBOX, TAG_SIGNAL, TAG_LISTEN, TAG_CONN };

struct serve {
	struct front *front;
	struct pool *pool;
	struct outbox *outbox;
	struct link *link;
	struct admin_socket admin;
	int epoll, signal_fd;
	bool stopped, gate_ready;
	void (*ready)(void *ctx);
	void *ready_ctx;
};

static enum err
watch(struct serve *s, int fd, uint32_t events, enum tag tag, unsigned slot)
{
	struct epoll_event e = { .events = events,
		.data.u64 = (uint64_t)slot << 8 | tag };

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) == 0 ? ERR_OK :
								 ERR_IO;
}

static void
gate_event(struct serve *s, struct bytes frame)
{
	enum link_event e;
	uint32_t door, connection;
	struct bytes more;

	if (link_event_parse(frame, &e, &door, &connection, &more) != ERR_OK)
		return;
	if (e == LINK_READY && !s->gate_ready) {
		s->gate_ready = true;
		s->ready(s->ready_ctx);
	}
	front_event(s->front, e, door, connection, more);
}

static enum err
from_gate(struct serve *s)
{
	uint32_t door;
	struct bytes frame;
	enum err e = link_fill(s->link);

	while (link_next(s->link, &door, &frame))
		if (door == 0)
			gate_event(s, frame);
		else
			front_frame(s->front, door, frame);
	return e;
}

static void
from_decider(struct serve *s)
{
	struct out *next;

	for (struct out *x = outbox_take(s->outbox); x != NULL; x = next) {
		next = x->next;
		if (x->kind == OUT_ADMIN)
			admin_socket_answer(
			    &s->admin, x->admin, bytes_of(x->data, x->len));
		else if (x->kind == OUT_STOPPED)
			s->stopped = true;
		else
			front_answer(s->front, x);
		out_free(x);
	}
}

/* Nobody sends a signal twice: one that cannot be passed on ends core. */
static enum err
from_signal(struct serve *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		struct job *j = job_new(
		    info.ssi_signo == SIGHUP ? JOB_RELOAD : JOB_STOP,
		    SMALL_JOB);
		if (j == NULL)
			return ERR_NOMEM;
		pool_put(s->pool, false, j);
	}
	return ERR_OK;
}

static void
from_admin(struct serve *s, unsigned slot)
{
	struct admin_conn *c = &s->admin.conn[slot];
	struct job *j;
	uint8_t *line;

	if (c->fd < 0 || !admin_socket_read(&s->admin, (int)slot))
		return;
	j = job_new(JOB_ADMIN, PARSE_ARENA);
	if (j != NULL &&
	    (line = arena_dup(j->arena, bytes_of(c->line, c->len))) != NULL) {
		j->payload = bytes_of(line, c->len);
		j->admin = c->number;
		pool_put(s->pool, false, j);
		return;
	}
	job_free(j);
	admin_socket_close(&s->admin, (int)slot);
}

static enum err
handle(struct serve *s, const struct epoll_event *e)
{
	int slot;

	switch ((enum tag)(e->data.u64 & 0xff)) {
	case TAG_LINK:
		if (e->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			return from_gate(s);
		break;
	case TAG_OUTBOX:
		from_decider(s);
		break;
	case TAG_SIGNAL:
		return from_signal(s);
	case TAG_LISTEN:
		slot = admin_socket_accept(&s->admin);
		if (slot >= 0 &&
		    watch(s, s->admin.conn[slot].fd, EPOLLIN, TAG_CONN,
			(unsigned)slot) != ERR_OK)
			admin_socket_close(&s->admin, slot);
		break;
	case TAG_CONN:
		from_admin(s, (unsigned)(e->data.u64 >> 8));
		break;
	}
	return ERR_OK;
}

static enum err
loop(struct serve *s, struct why *why)
{
	struct epoll_event event[64], link = { .data.u64 = TAG_LINK };
	enum err e = ERR_OK;
	bool full, was = false; /* the link: epoll is to tell of room in it */

	while (!s->stopped && e == ERR_OK) {
		if (front_is_broken(s->front))
			return why_set(
			    why, ERR_CLOSED, "the gate does not read the link");
		full = link_wants_write(s->link);
		link.events = EPOLLIN | (full ? EPOLLOUT : 0);
		if (full != was &&
		    epoll_ctl(
			s->epoll, EPOLL_CTL_MOD, link_fd(s->link), &link) != 0)
			return why_errno(why, ERR_IO, "epoll_ctl");
		was = full;
		int n = epoll_wait(s->epoll, event, 64, -1);
		if (n < 0 && errno != EINTR)
			return why_errno(why, ERR_IO, "epoll_wait");
		for (int i = 0; i < n && e == ERR_OK; i++)
			e = handle(s, &event[i]);
		if (e == ERR_OK)
			e = link_flush(s->link);
	}
	return e == ERR_OK ? ERR_OK :
			     why_set(why, e, "the link to the gate has ended");
}

static enum err
prepare(struct serve *s, struct serve_in *in, struct why *why)
{
	enum err e;

	s->pool = in->front.pool;
	s->outbox = in->outbox;
	s->signal_fd = in->signal_fd;
	admin_socket_init(&s->admin, in->admin_fd);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0 || link_new(&s->link, in->link_fd) != ERR_OK)
		return why_set(why, ERR_NOMEM, "no memory for the link");
	in->front.link = s->link;
	e = front_new(&s->front, &in->front, why);
	if (e != ERR_OK)
		return e;
	if (watch(s, in->link_fd, EPOLLIN, TAG_LINK, 0) != ERR_OK ||
	    watch(s, outbox_fd(s->outbox), EPOLLIN, TAG_OUTBOX, 0) != ERR_OK ||
	    watch(s, in->signal_fd, EPOLLIN, TAG_SIGNAL, 0) != ERR_OK ||
	    watch(s, in->admin_fd, EPOLLIN, TAG_LISTEN, 0) != ERR_OK)
		return why_errno(why, ERR_IO, "epoll_ctl");
	return ERR_OK;
}

enum err
serve_run(
    struct serve_in *in, void (*ready)(void *ctx), void *ctx, struct why *why)
{
	struct serve s = { .ready = ready, .ready_ctx = ctx, .epoll = -1 };
	enum err e = prepare(&s, in, why);

	if (e == ERR_OK)
		e = link_flush(s.link);
	if (e == ERR_OK)
		e = loop(&s, why);
	for (int i = 0; i < ADMIN_CONNECTIONS; i++)
		admin_socket_close(&s.admin, i);
	front_free(s.front);
	link_free(s.link);
	if (s.epoll >= 0)
		close(s.epoll);
	return e;
}
