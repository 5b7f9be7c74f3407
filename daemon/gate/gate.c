/*
 * SPDX-License-Identifier: MIT
 *
 * gate: see gate.h. The loop: what libzmq, the link and the clock report,
 * a bounded helping from each door that has something, one step for each
 * door that changes hands, then everything queued for core.
 */
#include "gate.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define DRAIN_BATCH 8 /* messages of a door before the next has turn */
#define LINK_HIGH (4u * 1024 * 1024) /* stop reading doors above this */
#define LINK_LOW (1u * 1024 * 1024)  /* and go on below this */
#define AUDIT_MS 500
#define SWEEP_MS 10 /* a sweep costs some ms with 3,000 doors */
#define STEP_MS 2   /* what is shut may close without an event: look */
#define PORTS 65536

uint64_t
gate_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ------------------------------------------------------ what others call */

enum err
gate_watch(
    struct gate *g, int fd, enum gate_tag tag, unsigned number, struct why *why)
{
	struct epoll_event e = { .events = EPOLLIN,
		.data.u64 = (uint64_t)tag << 32 | number };

	if (epoll_ctl(g->epoll, EPOLL_CTL_ADD, fd, &e) == 0)
		return ERR_OK;
	return why_errno(why, ERR_IO, "epoll_ctl");
}

void
gate_unwatch(struct gate *g, int fd)
{
	(void)epoll_ctl(g->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void
gate_ready(struct gate *g, struct door *d)
{
	if (d->ready || d->socket == NULL)
		return;
	d->ready = true;
	g->ring[(g->ring_start + g->ring_len++) % (g->doors + 1)] = d->number;
}

void
gate_busy(struct gate *g, struct door *d)
{
	if (d->busy)
		return;
	d->busy = true;
	g->busy[g->busy_len++] = d->number;
}

static void
must_queue(struct gate *g, enum err e)
{
	if (e == ERR_OK)
		return;
	log_line(LOG_LEVEL_ERROR, GATE_PROGRAM,
	    "core does not read the link: %s", err_name(e));
	g->failed = true;
}

void
gate_event(struct gate *g, enum link_event e, const struct door *d,
    uint32_t connection)
{
	must_queue(g,
	    link_put_event(
		g->link, e, d->number, connection, bytes_of(NULL, 0)));
}

void
gate_alarm(struct gate *g, const struct door *d, uint32_t connection,
    enum link_alarm a)
{
	uint8_t more = (uint8_t)a;

	must_queue(g,
	    link_put_event(g->link, LINK_ALARM, d->number, connection,
		bytes_of(&more, 1)));
}

void
gate_to_core(struct gate *g, unsigned door, struct bytes frame)
{
	must_queue(g, link_put(g->link, door, frame));
}

void
gate_to_door(struct gate *g, unsigned door, struct bytes frame)
{
	if (door >= 1 && door <= g->doors)
		door_send(g, &g->door[door], frame);
}

/* -------------------------------------------------------- what core says */

static void
add_door(struct gate *g, struct door *d, struct bytes key)
{
	struct why why;

	if (d->state != DOOR_UNUSED &&
	    memcmp(d->key, key.data, GATE_KEY_SIZE) == 0)
		return;
	door_close(g, d);
	if (door_open(g, d, key.data, &why) == ERR_OK)
		return;
	log_line(LOG_LEVEL_ERROR, GATE_PROGRAM, "%s: %s", d->name, why.text);
	g->failed = true;
}

static enum err
link_event(struct gate *g, struct bytes frame)
{
	enum link_event e;
	uint32_t number, connection;
	struct bytes more;
	struct door *d;

	if (link_event_parse(frame, &e, &number, &connection, &more) != ERR_OK)
		return ERR_INVALID;
	if (e == LINK_GO) {
		g->serving = true;
		gate_event(g, LINK_READY, &g->door[0], 0);
		return ERR_OK;
	}
	if (number == 0 || number > g->doors)
		return ERR_INVALID;
	d = &g->door[number];
	switch (e) {
	case LINK_ADD:
		if (more.len != GATE_KEY_SIZE)
			return ERR_INVALID;
		add_door(g, d, more);
		return ERR_OK;
	case LINK_REMOVE:
		door_close(g, d);
		return ERR_OK;
	case LINK_KEEP:
		if (d->state != DOOR_UNUSED)
			keep_start(g, d, connection);
		return ERR_OK;
	default:
		return ERR_INVALID;
	}
}

static enum err
from_core(struct gate *g)
{
	enum err e = link_fill(g->link), bad = ERR_OK;
	uint32_t door;
	struct bytes frame;

	while (bad == ERR_OK && link_next(g->link, &door, &frame))
		if (door == 0)
			bad = link_event(g, frame);
		else
			evil_to_door(g, door, frame);
	return bad != ERR_OK ? bad : e;
}

/* --------------------------------------------------------------- the loop */

static void
serve_ring(struct gate *g)
{
	for (unsigned n = g->ring_len; n > 0; n--) {
		struct door *d = &g->door[g->ring[g->ring_start]];

		g->ring_start = (g->ring_start + 1) % (g->doors + 1);
		g->ring_len--;
		d->ready = false;
		if (d->socket == NULL)
			continue;
		if (door_drain(g, d, DRAIN_BATCH))
			gate_ready(g, d);
		else
			keep_report(g, d);
	}
}

/*
 * One step for every door that changes hands: at once when there is news,
 * else now and then. The clock alone must not decide: most news comes within
 * the millisecond of the last step.
 */
static void
step_doors(struct gate *g)
{
	unsigned left = 0;

	if (!g->step_due && g->now_ms - g->stepped_ms < STEP_MS)
		return;
	g->stepped_ms = g->now_ms;
	g->step_due = false;
	for (unsigned i = 0; i < g->busy_len; i++) {
		struct door *d = &g->door[g->busy[i]];

		if (keep_is_busy(d))
			keep_step(g, d);
		d->busy = keep_is_busy(d);
		if (d->busy)
			g->busy[left++] = d->number;
	}
	g->busy_len = left;
}

static void
sweep(struct gate *g)
{
	bool audit = g->now_ms - g->audited_ms >= AUDIT_MS;

	if (!audit && (!g->sweep_due || g->now_ms - g->swept_ms < SWEEP_MS))
		return;
	g->swept_ms = g->now_ms;
	if (audit)
		g->audited_ms = g->now_ms;
	g->sweep_due = false;
	g->step_due = true;
	conn_sweep(g, audit);
}

static enum err
handle(struct gate *g, const struct epoll_event *e)
{
	struct door *d;

	switch ((enum gate_tag)(e->data.u64 >> 32)) {
	case GATE_TAG_LINK:
		if (e->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			return from_core(g);
		break;
	case GATE_TAG_ZAP:
		zap_serve(g);
		break;
	case GATE_TAG_BARRIER:
		barrier_event(g);
		g->step_due = true;
		break;
	case GATE_TAG_DOOR:
		d = &g->door[(uint32_t)e->data.u64];
		if (d->socket == NULL)
			break;
		/* Also takes the signal back, so that epoll does not spin. */
		door_poll(d);
		conn_mark_gone(g, d);
		gate_ready(g, d);
		g->step_due |= d->busy;
		break;
	}
	return ERR_OK;
}

/* Until what is due every so many ms, since it was done last. */
static uint64_t
left_ms(const struct gate *g, uint64_t done_ms, uint64_t every_ms)
{
	uint64_t age = g->now_ms - done_ms;

	return age >= every_ms ? 0 : every_ms - age;
}

static int
wait_ms(const struct gate *g)
{
	uint64_t wait = left_ms(g, g->audited_ms, AUDIT_MS), step;

	if (g->ring_len > 0 && g->serving && !g->throttled)
		return 0;
	step = g->sweep_due ? left_ms(g, g->swept_ms, SWEEP_MS) : wait;
	if (step < wait)
		wait = step;
	step = g->busy_len > 0 ? left_ms(g, g->stepped_ms, STEP_MS) : wait;
	return (int)(step < wait ? step : wait);
}

static enum err
watch_link(struct gate *g)
{
	enum err err = link_flush(g->link);
	size_t queued = link_queued(g->link);
	bool full = link_wants_write(g->link);
	struct epoll_event e = { .events = EPOLLIN | (full ? EPOLLOUT : 0),
		.data.u64 = (uint64_t)GATE_TAG_LINK << 32 };

	if (full != g->link_full &&
	    epoll_ctl(g->epoll, EPOLL_CTL_MOD, link_fd(g->link), &e) != 0)
		return ERR_IO;
	g->link_full = full;
	if (queued > LINK_HIGH)
		g->throttled = true;
	else if (queued < LINK_LOW)
		g->throttled = false;
	return err;
}

enum err
gate_run(struct gate *g, struct why *why)
{
	struct epoll_event event[64];
	enum err e = ERR_OK;

	while (e == ERR_OK && !g->failed) {
		int n = epoll_wait(g->epoll, event, 64, wait_ms(g));

		if (n < 0 && errno != EINTR)
			return why_errno(why, ERR_IO, "epoll_wait");
		g->now_ms = gate_clock_ms();
		for (int i = 0; i < n && e == ERR_OK; i++)
			e = handle(g, &event[i]);
		if (g->serving && !g->throttled)
			serve_ring(g);
		sweep(g);
		step_doors(g);
		if (e == ERR_OK)
			e = watch_link(g);
	}
	if (e == ERR_OK)
		e = ERR_IO;
	return why_set(why, e, "the link to core has ended (%s)", err_name(e));
}

/* ---------------------------------------------------------- start and end */

static enum err
make_tables(struct gate *g, struct why *why)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return why_errno(why, ERR_IO, "getrlimit");
	g->fds = files.rlim_cur < 1u << 20 ? (int)files.rlim_cur : 1 << 20;
	g->door = calloc(g->doors + 1, sizeof g->door[0]);
	g->ring = calloc(g->doors + 1, sizeof g->ring[0]);
	g->busy = calloc(g->doors + 1, sizeof g->busy[0]);
	g->conn = calloc((size_t)g->fds, sizeof g->conn[0]);
	g->at_port = calloc(PORTS, sizeof g->at_port[0]);
	if (g->door == NULL || g->ring == NULL || g->busy == NULL ||
	    g->conn == NULL || g->at_port == NULL)
		return why_set(
		    why, ERR_NOMEM, "no memory for %u doors", g->doors);
	for (unsigned i = 0; i <= g->doors; i++) {
		struct door *d = &g->door[i];

		d->number = i;
		d->first = d->fd = d->listener = -1;
		snprintf(d->name, sizeof d->name, "door-%u", i);
	}
	return ERR_OK;
}

static enum err
open_context(struct gate *g, struct why *why)
{
	g->ctx = zmq_ctx_new();
	if (g->ctx == NULL)
		return why_set(why, ERR_NOMEM, "no libzmq context");
	/* One I/O thread: the barrier counts on it. */
	if (zmq_ctx_set(g->ctx, ZMQ_IO_THREADS, 1) != 0 ||
	    zmq_ctx_set(g->ctx, ZMQ_MAX_SOCKETS, (int)g->doors + 64) != 0)
		return why_set(why, ERR_IO, "libzmq context: %s",
		    zmq_strerror(zmq_errno()));
	return zap_open(g, why);
}

static enum err
prepare(struct gate *g, int link_fd, const int *listener, struct why *why)
{
	enum err e;

	e = evil_new(g, why);
	if (e == ERR_OK)
		e = make_tables(g, why);
	for (unsigned i = 1; e == ERR_OK && i <= g->doors; i++) {
		g->door[i].listener = listener[i - 1];
		e = door_place(g, &g->door[i], why);
	}
	if (e != ERR_OK)
		return e;
	g->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (g->epoll < 0)
		return why_errno(why, ERR_IO, "epoll_create1");
	if (link_new(&g->link, link_fd) != ERR_OK)
		return why_set(why, ERR_NOMEM, "no memory for the link");
	e = gate_watch(g, link_fd, GATE_TAG_LINK, 0, why);
	if (e == ERR_OK)
		e = open_context(g, why);
	return e;
}

enum err
gate_new(struct gate **out, unsigned doors, int link_fd, const int *listener,
    const uint8_t secret[GATE_KEY_SIZE], struct why *why)
{
	struct gate *g = calloc(1, sizeof *g);
	enum err e;

	if (g == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	g->doors = doors;
	g->epoll = g->zap_fd = g->barrier.fd = -1;
	g->now_ms = g->audited_ms = gate_clock_ms();
	memcpy(g->secret, secret, sizeof g->secret);
	e = prepare(g, link_fd, listener, why);
	if (e != ERR_OK) {
		gate_free(g);
		return e;
	}
	*out = g;
	return ERR_OK;
}

void
gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	for (unsigned i = 0; g->door != NULL && i <= g->doors; i++)
		door_close(g, &g->door[i]);
	barrier_free(g);
	if (g->zap != NULL)
		zmq_close(g->zap);
	if (g->ctx != NULL)
		zmq_ctx_term(g->ctx);
	link_free(g->link);
	if (g->epoll >= 0)
		close(g->epoll);
	evil_free(g);
	free(g->at_port);
	free(g->conn);
	free(g->busy);
	free(g->ring);
	free(g->door);
	sodium_memzero(g, sizeof *g);
	free(g);
}
