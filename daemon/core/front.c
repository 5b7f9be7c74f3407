/*
 * SPDX-License-Identifier: MIT
 *
 * front: see front.h.
 */
#include "front.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "admin_socket.h"
#include "clock.h"
#include "daemon/common/link.h"
#include "job.h"
#include "r1_admit.h"

#define SHUT_MS 60000  /* a seat evicted too often rests this long */
#define SMALL_JOB 4096 /* arena of a job that carries no payload */

enum tag { TAG_LINK, TAG_OUTBOX, TAG_SIGNAL, TAG_LISTEN, TAG_CONN };

struct front {
	const struct config *config;
	struct pool *pool;
	struct outbox *outbox;
	struct registry *registry;
	struct link *link;
	struct admin_socket admin;
	uint8_t box_secret[32];
	int epoll, signal_fd;
	unsigned rate[2];
	struct door *door;	 /* [1 .. config->doors] */
	uint8_t *plain, *sealed; /* FRAME_MAX each */
	uint64_t dropped;	 /* frames of nobody */
	bool stopped, broken, gate_ready;
	void (*ready)(void *ctx);
	void *ready_ctx;
};

static enum err
watch(struct front *f, int fd, uint32_t events, enum tag tag, unsigned slot)
{
	struct epoll_event e = { .events = events,
		.data.u64 = (uint64_t)slot << 8 | tag };

	return epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &e) == 0 ? ERR_OK :
								 ERR_IO;
}

static void
tell_closed(struct front *f, struct door *d)
{
	struct job *j;

	if (d->state != SESSION_OPEN)
		return;
	j = job_new(JOB_CLOSED, SMALL_JOB);
	if (j != NULL) {
		j->door = d->number;
		j->session = d->session;
		pool_put(f->pool, false, j);
	}
	session_end(d);
}

/* A link that is full is a gate that does not read: give up on it. */
static void
to_gate(struct front *f, enum link_event e, struct door *d, uint32_t connection,
    struct bytes more)
{
	if (link_put_event(f->link, e, d->number, connection, more) != ERR_OK)
		f->broken = true;
}

/* On a full link the frame is lost, and with it the session. */
static void
send_sealed(struct front *f, struct door *d, size_t len)
{
	if (link_put(f->link, d->number, bytes_of(f->sealed, len)) != ERR_OK)
		tell_closed(f, d);
}

static void
welcome(struct front *f, struct door *d, uint32_t connection)
{
	PbWelcome w = PB_WELCOME__INIT;
	uint8_t packed[128];
	struct timespec t;

	tell_closed(f, d);
	session_open(d, connection);
	clock_gettime(CLOCK_REALTIME, &t);
	w.random.data = d->knock;
	w.random.len = sizeof d->knock;
	w.session.data = d->session.b;
	w.session.len = sizeof d->session.b;
	w.version = PROTOCOL_VERSION;
	w.time = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	size_t n = pb_welcome__pack(&w, packed);
	send_sealed(
	    f, d, session_seal_welcome(d, f->sealed, bytes_of(packed, n)));
}

/* The session is over and the peer may know: it will knock again. */
static void
say_bye(struct front *f, struct door *d)
{
	if (d->state != SESSION_OPEN)
		return;
	send_sealed(f, d,
	    session_seal(
		d, f->sealed, LANE_CONTROL, FRAME_TYPE_BYE, bytes_of(NULL, 0)));
	tell_closed(f, d);
}

static void
knocked(struct front *f, struct door *d)
{
	if (d->kept == d->knocked && d->kept != 0) {
		welcome(f, d, d->kept);
		return;
	}
	tell_closed(f, d);
	d->state = SESSION_KNOCKED;
	to_gate(f, LINK_KEEP, d, d->knocked, bytes_of(NULL, 0));
}

static void
pass_on(struct front *f, struct door *d, const struct frame *frame,
    const struct reg_node *node, const struct reg_seat *seat)
{
	struct job *j;
	uint8_t *copy;

	if (frame->type != FRAME_TYPE_SUBMIT &&
	    r1_work(d, frame, clock_mono()) != CODE_OK) {
		fprintf(stderr,
		    "alarm: door %u asks for more work than a "
		    "seat may\n",
		    d->number);
		say_bye(f, d);
		return;
	}
	j = job_new(JOB_FRAME, PARSE_ARENA);
	if (j == NULL || (copy = arena_dup(j->arena, frame->payload)) == NULL) {
		job_free(j);
		say_bye(f, d); /* nothing is promised: it will come again */
		return;
	}
	j->door = d->number;
	j->session = frame->session;
	j->counter = frame->counter;
	j->lane = frame->lane;
	j->type = frame->type;
	j->payload = bytes_of(copy, frame->payload.len);
	j->registry = registry_ref(f->registry);
	j->node = node;
	j->seat = seat;
	if (frame->type == FRAME_TYPE_SUBMIT)
		j->code = r1_rate(d, frame->lane, f->rate, clock_mono());
	pool_put(f->pool,
	    frame->type == FRAME_TYPE_SUBMIT && frame->lane == LANE_ACUTE, j);
}

/* Nobody is answered; the operator hears at 1, 2, 4, 8 … how many. */
static void
drop(struct front *f)
{
	f->dropped++;
	if ((f->dropped & (f->dropped - 1)) == 0)
		fprintf(stderr, "notice: %llu frames of nobody dropped\n",
		    (unsigned long long)f->dropped);
}

static void
receive(struct front *f, struct door *d, struct bytes in)
{
	const struct reg_node *node;
	const struct reg_seat *seat;
	struct frame frame;
	enum code code;

	if (!d->used || clock_mono() < d->shut_until_ms || in.len > FRAME_MAX ||
	    r1_admit(f->registry, d->number, &node, &seat) != CODE_OK) {
		drop(f);
		return;
	}
	switch (session_receive(d, in, f->plain, &frame, &code)) {
	case RECEIVED_NOTHING:
		drop(f);
		break;
	case RECEIVED_KNOCK:
		knocked(f, d);
		break;
	case RECEIVED_FRAME:
		pass_on(f, d, &frame, node, seat);
		break;
	case RECEIVED_BREAK:
		drop(f);
		say_bye(f, d);
		break;
	}
}

static void
evicted(struct front *f, struct door *d)
{
	uint64_t now = clock_mono();

	if (!session_evicted(d, now))
		return;
	fprintf(stderr,
	    "alarm: door %u: more than three evictions a minute, "
	    "seat rests for %d s\n",
	    d->number, SHUT_MS / 1000);
	tell_closed(f, d);
	d->shut_until_ms = now + SHUT_MS;
}

static void
door_event(struct front *f, struct bytes frame)
{
	enum link_event e;
	uint32_t number, connection;
	struct bytes more;

	if (link_event_parse(frame, &e, &number, &connection, &more) != ERR_OK)
		return;
	if (e == LINK_READY && !f->gate_ready) {
		f->gate_ready = true;
		f->ready(f->ready_ctx);
	}
	if (number == 0 || number > f->config->doors)
		return;
	struct door *d = &f->door[number];
	switch (e) {
	case LINK_SOURCE:
		d->source = connection;
		break;
	case LINK_OPENED:
		if (d->state == SESSION_KNOCKED && connection == d->knocked)
			welcome(f, d, connection);
		break;
	case LINK_CLOSED:
		if (connection == d->kept) {
			tell_closed(f, d);
			d->kept = 0;
		}
		break;
	case LINK_EVICTED:
		evicted(f, d);
		break;
	case LINK_ALARM:
		fprintf(stderr, "alarm: door %u: the gate reports %u\n", number,
		    more.len > 0 ? more.data[0] : 0u);
		break;
	default:
		break; /* nothing else is the gate's to say */
	}
}

static enum err
from_gate(struct front *f)
{
	uint32_t door;
	struct bytes frame;
	enum err e = link_fill(f->link);

	while (link_next(f->link, &door, &frame))
		if (door == 0)
			door_event(f, frame);
		else if (door <= f->config->doors)
			receive(f, &f->door[door], frame);
	return e;
}

static void
close_door(struct front *f, struct door *d)
{
	tell_closed(f, d);
	to_gate(f, LINK_REMOVE, d, 0, bytes_of(NULL, 0));
	box_key_wipe(&d->key);
	*d = (struct door){ .number = d->number };
}

/* A seat without a usable box key gets no door. */
static void
open_door(struct front *f, struct door *d, const struct reg_seat *seat)
{
	if (box_key_make(&d->key, seat->box, f->box_secret) != ERR_OK)
		return;
	d->used = true;
	memcpy(d->curve, seat->curve, sizeof d->curve);
	memcpy(d->box, seat->box, sizeof d->box);
	to_gate(f, LINK_ADD, d, 0, bytes_of(d->curve, sizeof d->curve));
}

/* Which doors there are under a new snapshot; a card may bring new keys. */
static void
set_registry(struct front *f, struct registry *r)
{
	registry_unref(f->registry);
	f->registry = r;
	for (unsigned i = 1; i <= f->config->doors; i++) {
		struct door *d = &f->door[i];
		const struct reg_node *node;
		const struct reg_seat *seat;
		bool use = r1_admit(r, i, &node, &seat) == CODE_OK;

		if (d->used &&
		    (!use ||
			memcmp(d->curve, seat->curve, sizeof d->curve) != 0 ||
			memcmp(d->box, seat->box, sizeof d->box) != 0))
			close_door(f, d);
		if (!d->used && use)
			open_door(f, d, seat);
	}
}

static bool
fits_frame(const struct door *d, const struct out *x)
{
	if (x->len + BOX_OVERHEAD <= FRAME_MAX)
		return true;
	fprintf(stderr,
	    "error: door %u: an answer of %zu bytes fits no "
	    "frame\n",
	    d->number, x->len);
	return false;
}

static void
from_decider(struct front *f)
{
	struct out *next;

	for (struct out *x = outbox_take(f->outbox); x != NULL; x = next) {
		struct door *d = &f->door[x->door];
		bool current = d->state == SESSION_OPEN &&
		    id_eq(&d->session, &x->session);

		next = x->next;
		if (x->kind == OUT_FRAME && current && !fits_frame(d, x))
			say_bye(f, d);
		else if (x->kind == OUT_FRAME && current)
			send_sealed(f, d,
			    session_seal(d, f->sealed, x->lane, x->type,
				bytes_of(x->data, x->len)));
		if (x->kind == OUT_END && current)
			say_bye(f, d);
		if (x->kind == OUT_REGISTRY) {
			set_registry(f, x->registry);
			x->registry = NULL;
		}
		if (x->kind == OUT_ADMIN)
			admin_socket_answer(
			    &f->admin, x->admin, bytes_of(x->data, x->len));
		if (x->kind == OUT_STOPPED)
			f->stopped = true;
		out_free(x);
	}
}

static void
from_signal(struct front *f)
{
	struct signalfd_siginfo s;

	while (read(f->signal_fd, &s, sizeof s) == (ssize_t)sizeof s) {
		struct job *j = job_new(
		    s.ssi_signo == SIGHUP ? JOB_RELOAD : JOB_STOP, SMALL_JOB);
		if (j != NULL)
			pool_put(f->pool, false, j);
	}
}

static void
from_admin(struct front *f, unsigned slot)
{
	struct admin_conn *c = &f->admin.conn[slot];
	struct job *j;
	uint8_t *line;

	if (c->fd < 0 || !admin_socket_read(&f->admin, (int)slot))
		return;
	j = job_new(JOB_ADMIN, PARSE_ARENA);
	if (j != NULL &&
	    (line = arena_dup(j->arena, bytes_of(c->line, c->len))) != NULL) {
		j->payload = bytes_of(line, c->len);
		j->admin = c->number;
		pool_put(f->pool, false, j);
		return;
	}
	job_free(j);
	admin_socket_close(&f->admin, (int)slot);
}

static enum err
handle(struct front *f, const struct epoll_event *e)
{
	int slot;

	switch ((enum tag)(e->data.u64 & 0xff)) {
	case TAG_LINK:
		if (e->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			return from_gate(f);
		break;
	case TAG_OUTBOX:
		from_decider(f);
		break;
	case TAG_SIGNAL:
		from_signal(f);
		break;
	case TAG_LISTEN:
		slot = admin_socket_accept(&f->admin);
		if (slot >= 0 &&
		    watch(f, f->admin.conn[slot].fd, EPOLLIN, TAG_CONN,
			(unsigned)slot) != ERR_OK)
			admin_socket_close(&f->admin, slot);
		break;
	case TAG_CONN:
		from_admin(f, (unsigned)(e->data.u64 >> 8));
		break;
	}
	return ERR_OK;
}

static enum err
serve(struct front *f, struct why *why)
{
	struct epoll_event event[64], link = { .data.u64 = TAG_LINK };
	enum err e = ERR_OK;

	while (!f->stopped && e == ERR_OK) {
		if (f->broken)
			return why_set(
			    why, ERR_CLOSED, "the gate does not read the link");
		link.events = EPOLLIN |
		    (link_wants_write(f->link) ? EPOLLOUT : 0);
		epoll_ctl(f->epoll, EPOLL_CTL_MOD, link_fd(f->link), &link);
		int n = epoll_wait(f->epoll, event, 64, -1);
		if (n < 0 && errno != EINTR)
			return why_errno(why, ERR_IO, "epoll_wait");
		for (int i = 0; i < n && e == ERR_OK; i++)
			e = handle(f, &event[i]);
		if (e == ERR_OK)
			e = link_flush(f->link);
	}
	return e == ERR_OK ? ERR_OK :
			     why_set(why, e, "the link to the gate has ended");
}

static enum err
prepare(struct front *f, struct front_in *in, struct why *why)
{
	f->config = in->config;
	f->pool = in->pool;
	f->outbox = in->outbox;
	f->signal_fd = in->signal_fd;
	f->rate[0] = in->config->rate_per_minute;
	f->rate[1] = in->config->acute_per_minute;
	memcpy(f->box_secret, in->box_secret, sizeof f->box_secret);
	admin_socket_init(&f->admin, in->admin_fd);
	f->door = calloc(in->config->doors + 1, sizeof f->door[0]);
	f->plain = malloc(FRAME_MAX);
	f->sealed = malloc(FRAME_MAX);
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (f->door == NULL || f->plain == NULL || f->sealed == NULL ||
	    f->epoll < 0 || link_new(&f->link, in->link_fd) != ERR_OK)
		return why_set(why, ERR_NOMEM, "no memory for the front");
	for (unsigned i = 0; i <= in->config->doors; i++)
		f->door[i].number = i;
	if (watch(f, in->link_fd, EPOLLIN, TAG_LINK, 0) != ERR_OK ||
	    watch(f, outbox_fd(f->outbox), EPOLLIN, TAG_OUTBOX, 0) != ERR_OK ||
	    watch(f, in->signal_fd, EPOLLIN, TAG_SIGNAL, 0) != ERR_OK ||
	    watch(f, in->admin_fd, EPOLLIN, TAG_LISTEN, 0) != ERR_OK)
		return why_errno(why, ERR_IO, "epoll_ctl");
	return ERR_OK;
}

enum err
front_run(
    struct front_in *in, void (*ready)(void *ctx), void *ctx, struct why *why)
{
	struct front f = { .ready = ready, .ready_ctx = ctx, .epoll = -1 };
	enum err e = prepare(&f, in, why);

	if (e == ERR_OK) {
		struct door none = { .number = 0 };

		set_registry(&f, in->registry);
		in->registry = NULL;
		to_gate(&f, LINK_GO, &none, 0, bytes_of(NULL, 0));
		e = link_flush(f.link);
	}
	if (e == ERR_OK)
		e = serve(&f, why);
	for (int i = 0; i < ADMIN_CONNECTIONS && f.admin.next_number > 0; i++)
		admin_socket_close(&f.admin, i);
	link_free(f.link);
	if (f.door != NULL)
		sodium_memzero(
		    f.door, (in->config->doors + 1) * sizeof f.door[0]);
	free(f.door);
	free(f.plain);
	free(f.sealed);
	if (f.epoll >= 0)
		close(f.epoll);
	registry_unref(f.registry);
	sodium_memzero(f.box_secret, sizeof f.box_secret);
	return e;
}
