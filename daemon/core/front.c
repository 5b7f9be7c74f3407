/*
 * SPDX-License-Identifier: MIT
 *
 * front: see front.h.
 */
#include "front.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "job.h"
#include "machine.h"
#include "r1_admit.h"

#define SHUT_MS 60000  /* a seat evicted too often rests this long */
#define SMALL_JOB 4096 /* arena of a job that carries no payload */

struct front {
	const struct config *config;
	struct pool *pool;
	struct registry *registry;
	struct link *link;
	uint8_t box_secret[32];
	unsigned rate[2];
	struct door *door;	 /* [1 .. config->doors] */
	uint8_t *plain, *sealed; /* FRAME_MAX each */
	uint64_t dropped;	 /* frames of nobody */
	bool broken;
};

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
	} else {
		/* The decider would keep its offers for it for ever. */
		f->broken = true;
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

	tell_closed(f, d);
	session_open(d, connection);
	w.random.data = d->knock;
	w.random.len = sizeof d->knock;
	w.session.data = d->session.b;
	w.session.len = sizeof d->session.b;
	w.version = PROTOCOL_VERSION;
	w.time = machine_wall_ms();
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

void
front_event(struct front *f, enum link_event e, uint32_t door,
    uint32_t connection, struct bytes more)
{
	if (door == 0 || door > f->config->doors)
		return;
	struct door *d = &f->door[door];
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
		fprintf(stderr, "alarm: door %u: the gate reports %u\n", door,
		    more.len > 0 ? more.data[0] : 0u);
		break;
	default:
		break; /* nothing else is the gate's to say */
	}
}

void
front_frame(struct front *f, uint32_t door, struct bytes frame)
{
	if (door > 0 && door <= f->config->doors)
		receive(f, &f->door[door], frame);
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

void
front_answer(struct front *f, struct out *x)
{
	struct door *d = &f->door[x->door];
	bool current = d->state == SESSION_OPEN &&
	    id_eq(&d->session, &x->session);

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
}

bool
front_is_broken(const struct front *f)
{
	return f->broken;
}

enum err
front_new(struct front **out, struct front_in *in, struct why *why)
{
	struct front *f = calloc(1, sizeof *f);
	struct door none = { .number = 0 };

	if (f == NULL)
		return why_set(why, ERR_NOMEM, "no memory for the front");
	f->config = in->config;
	f->pool = in->pool;
	f->link = in->link;
	f->rate[0] = in->config->rate_per_minute;
	f->rate[1] = in->config->acute_per_minute;
	memcpy(f->box_secret, in->box_secret, sizeof f->box_secret);
	f->door = calloc(in->config->doors + 1, sizeof f->door[0]);
	f->plain = malloc(FRAME_MAX);
	f->sealed = malloc(FRAME_MAX);
	if (f->door == NULL || f->plain == NULL || f->sealed == NULL) {
		front_free(f);
		return why_set(why, ERR_NOMEM, "no memory for the front");
	}
	for (unsigned i = 0; i <= in->config->doors; i++)
		f->door[i].number = i;
	set_registry(f, in->registry);
	in->registry = NULL;
	to_gate(f, LINK_GO, &none, 0, bytes_of(NULL, 0));
	*out = f;
	return ERR_OK;
}

void
front_free(struct front *f)
{
	if (f == NULL)
		return;
	if (f->door != NULL)
		sodium_memzero(
		    f->door, (f->config->doors + 1) * sizeof f->door[0]);
	free(f->door);
	free(f->plain);
	free(f->sealed);
	registry_unref(f->registry);
	sodium_memzero(f->box_secret, sizeof f->box_secret);
	free(f);
}
