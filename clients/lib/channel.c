/*
 * SPDX-License-Identifier: MIT
 *
 * channel: see channel.h.
 */
#include "channel.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "proto/digest.h"

#define KNOCK_MS 1000	     /* between two knocks */
#define CONNECT_MS 25	     /* if nobody says when there is a connection */
#define ENDPOINT_MS 3000     /* without an answer the next one is tried */
#define GREETING_MS 3000     /* for the answer to hello */
#define PING_IDLE_MS 5000    /* of silence before asking */
#define PING_WAITING_MS 1000 /* the same when an answer is awaited */
#define PING_LOST_MS 3000    /* for the answer to a ping */
#define PAUSE_MIN_MS 250
#define PAUSE_MAX_MS 1000 /* a router in trouble is not hammered */
#define GOOD_MS 30000	  /* a session this old ended no attempt */
#define SMALL_ARENA (256 * 1024)

static const struct id no_session;

static uint64_t
now(const struct channel *ch)
{
	return ch->transport->now(ch->transport->ctx);
}

enum infohus_result
channel_init(struct channel *ch, const struct transport *t,
    const struct home *h, struct trust *trust, struct why *why)
{
	memset(ch, 0, sizeof *ch);
	ch->transport = t;
	ch->home = h;
	ch->trust = trust;
	ch->plain = malloc(FRAME_MAX);
	ch->sealed = malloc(FRAME_MAX);
	if (ch->plain != NULL && ch->sealed != NULL)
		return INFOHUS_OK;
	channel_clear(ch);
	return result_set(why, INFOHUS_NO_MEMORY, "no memory");
}

void
channel_clear(struct channel *ch)
{
	if (ch->plain != NULL)
		sodium_memzero(ch->plain, FRAME_MAX);
	free(ch->plain);
	free(ch->sealed);
	ch->plain = ch->sealed = NULL;
}

/* The one place where the state changes. */
static void
enter(struct channel *ch, enum channel_state to)
{
	uint64_t t = now(ch);

	switch (to) {
	case CHANNEL_DOWN:
		if (ch->state == CHANNEL_READY && t - ch->ready_ms > GOOD_MS)
			ch->pause_ms = PAUSE_MIN_MS;
		else if (ch->pause_ms < PAUSE_MIN_MS)
			ch->pause_ms = PAUSE_MIN_MS;
		else if (ch->pause_ms < PAUSE_MAX_MS / 2)
			ch->pause_ms *= 2;
		else
			ch->pause_ms = PAUSE_MAX_MS;
		ch->due_ms = t + ch->pause_ms;
		break;
	case CHANNEL_KNOCKING:
		ch->due_ms = t;
		ch->endpoint_ms = t;
		ch->knocked = false;
		break;
	case CHANNEL_GREETING:
		ch->due_ms = t + GREETING_MS;
		break;
	case CHANNEL_READY:
		ch->ready_ms = ch->heard_ms = t;
		ch->asked_ms = 0;
		ch->pings = ch->pongs = 0;
		break;
	}
	ch->state = to;
}

void
channel_end(struct channel *ch)
{
	if (ch->state == CHANNEL_DOWN)
		return;
	ch->transport->disconnect(ch->transport->ctx);
	enter(ch, CHANNEL_DOWN);
}

/* ---------------------------------------------------------------- sending */

static enum err
seal_and_send(struct channel *ch, const struct frame *f)
{
	size_t n;

	if (f->payload.len > FRAME_MAX - BOX_OVERHEAD)
		return ERR_INVALID;
	n = box_seal(ch->sealed, f, &ch->home->box);
	return ch->transport->send(ch->transport->ctx, bytes_of(ch->sealed, n));
}

/* For hello, which comes before the session is ready, and all after it. */
static enum infohus_result
send_counted(struct channel *ch, uint8_t lane, uint8_t type,
    struct bytes payload, uint64_t *counter)
{
	struct frame f = { .lane = lane,
		.session = ch->id,
		.counter = ch->out + 1,
		.type = type,
		.payload = payload };

	switch (seal_and_send(ch, &f)) {
	case ERR_OK:
		ch->out++;
		if (counter != NULL)
			*counter = f.counter;
		return INFOHUS_OK;
	case ERR_FULL:
		return INFOHUS_TIMEOUT;
	case ERR_NOMEM:
	case ERR_IO:
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_INVALID:
	case ERR_DENIED:
	case ERR_CLOSED:
	case ERR_UNKNOWN:
		return INFOHUS_LOST;
	}
	return INFOHUS_LOST;
}

enum infohus_result
channel_send(struct channel *ch, uint8_t lane, uint8_t type,
    struct bytes payload, uint64_t *counter)
{
	if (ch->state != CHANNEL_READY)
		return INFOHUS_LOST;
	return send_counted(ch, lane, type, payload, counter);
}

enum infohus_result
channel_ping(struct channel *ch)
{
	enum infohus_result r = channel_send(
	    ch, LANE_CONTROL, FRAME_TYPE_PING, bytes_of(NULL, 0), NULL);

	if (r == INFOHUS_OK)
		ch->pings++;
	return r;
}

/* ---------------------------------------------------------------- opening */

static enum infohus_result
connect_next(struct channel *ch, size_t endpoint, struct why *why)
{
	ch->endpoint = endpoint % ch->home->n_endpoint;
	if (ch->transport->connect(ch->transport->ctx,
		ch->home->endpoint[ch->endpoint], why) != ERR_OK) {
		enter(ch, CHANNEL_DOWN);
		return INFOHUS_IO;
	}
	randombytes_buf(ch->knock, sizeof ch->knock);
	enter(ch, CHANNEL_KNOCKING);
	return INFOHUS_OK;
}

/* Again with the same random: an answer to any of them is good. */
static void
send_knock(struct channel *ch)
{
	uint32_t version = PROTOCOL_VERSION;
	PbKnock knock = PB_KNOCK__INIT;
	struct frame f = { .lane = LANE_CONTROL, .type = FRAME_TYPE_KNOCK };
	uint8_t packed[64];

	knock.random.data = ch->knock;
	knock.random.len = sizeof ch->knock;
	knock.version = &version;
	knock.n_version = 1;
	f.payload = bytes_of(packed, pb_knock__pack(&knock, packed));
	if (seal_and_send(ch, &f) == ERR_OK)
		ch->knocked = true;
	ch->due_ms = now(ch) + (ch->knocked ? KNOCK_MS : CONNECT_MS);
}

static enum infohus_result
pack_hello(struct channel *ch, struct arena *a, struct bytes *out)
{
	const struct checkpoint *known = &ch->trust->known;
	PbHelloBody body = PB_HELLO_BODY__INIT;
	PbHello hello = PB_HELLO__INIT;
	PbLane lane[2];
	struct digest digest;
	struct bytes packed;

	body.session.data = ch->id.b;
	body.session.len = ID_SIZE;
	body.node = (char *)(uintptr_t)ch->home->node;
	body.seat = (char *)(uintptr_t)ch->home->seat;
	body.lane = lane;
	if (ch->lanes & INFOHUS_LANE_ORDINARY)
		lane[body.n_lane++] = LANE_ORDINARY;
	if (ch->lanes & INFOHUS_LANE_ACUTE)
		lane[body.n_lane++] = LANE_ACUTE;
	body.size = known->size;
	if (known->size > 0) {
		body.has_root = 1;
		body.root.data = (uint8_t *)(uintptr_t)known->root.b;
		body.root.len = DIGEST_SIZE;
	}
	if (envelope_pack(a, &body, &packed) != ERR_OK)
		return INFOHUS_NO_MEMORY;
	digest = digest_tagged(TAG(TAG_HELLO), packed);
	if (sign_batch(a, TAG(TAG_HELLO), &digest, 1, ch->home->signer,
		&hello.signature) != ERR_OK)
		return INFOHUS_BAD_HOME;
	hello.body.data = (uint8_t *)(uintptr_t)packed.data;
	hello.body.len = packed.len;
	return result_of(envelope_pack(a, &hello, out), INFOHUS_BAD_HOME);
}

static enum infohus_result
send_hello(struct channel *ch, struct arena *a, struct why *why)
{
	struct bytes hello;
	enum infohus_result r = pack_hello(ch, a, &hello);

	if (r != INFOHUS_OK)
		return result_set(why, r, "hello could not be signed");
	ch->in = ch->out = 0;
	r = send_counted(ch, LANE_CONTROL, FRAME_TYPE_HELLO, hello, NULL);
	if (r != INFOHUS_OK)
		return result_set(
		    why, INFOHUS_LOST, "the connection went before hello");
	enter(ch, CHANNEL_GREETING);
	return INFOHUS_OK;
}

enum infohus_result
channel_work(struct channel *ch, bool waiting, struct why *why)
{
	uint64_t t = now(ch);
	uint64_t patience = waiting ? PING_WAITING_MS : PING_IDLE_MS;

	switch (ch->state) {
	case CHANNEL_DOWN:
		return t < ch->due_ms ? INFOHUS_OK :
					connect_next(ch, ch->endpoint, why);
	case CHANNEL_KNOCKING:
		if (t - ch->endpoint_ms >= ENDPOINT_MS)
			return connect_next(ch, ch->endpoint + 1, why);
		if (t >= ch->due_ms || !ch->knocked)
			send_knock(ch);
		return INFOHUS_OK;
	case CHANNEL_GREETING:
		if (t >= ch->due_ms)
			return result_set(
			    why, INFOHUS_LOST, "no answer to hello");
		return INFOHUS_OK;
	case CHANNEL_READY:
		if (ch->asked_ms != 0 && t - ch->asked_ms >= PING_LOST_MS)
			return result_set(why, INFOHUS_LOST,
			    "the router does not answer any more");
		if (ch->asked_ms != 0 || t - ch->heard_ms < patience)
			return INFOHUS_OK;
		/* Not sent is as bad as not answered: the time runs. */
		ch->asked_ms = t;
		return channel_ping(ch) == INFOHUS_LOST ?
		    result_set(why, INFOHUS_LOST, "the connection broke") :
		    INFOHUS_OK;
	}
	return INFOHUS_OK;
}

int
channel_wait_ms(const struct channel *ch, bool waiting)
{
	uint64_t t = now(ch), at = ch->due_ms;

	if (ch->state == CHANNEL_READY)
		at = ch->asked_ms != 0 ?
		    ch->asked_ms + PING_LOST_MS :
		    ch->heard_ms + (waiting ? PING_WAITING_MS : PING_IDLE_MS);
	return at <= t ? 0 : (int)(at - t);
}

/* -------------------------------------------------------------- receiving */

static bool
same(ProtobufCBinaryData b, const void *data, size_t len)
{
	return b.len == len && memcmp(b.data, data, len) == 0;
}

/* A welcome to our knock. A second one replaces the session of the first. */
static enum infohus_result
take_welcome(
    struct channel *ch, struct arena *a, const struct frame *f, struct why *why)
{
	PbWelcome *w = NULL;

	if (f->counter != 0 || !id_eq(&f->session, &no_session) ||
	    (ch->state != CHANNEL_KNOCKING && ch->state != CHANNEL_GREETING) ||
	    ENVELOPE_UNPACK(a, welcome, f->payload, &w, NULL) != CODE_OK ||
	    !same(w->random, ch->knock, sizeof ch->knock) ||
	    w->session.len != ID_SIZE)
		return INFOHUS_OK; /* of an earlier attempt, or trash */
	if (w->version != PROTOCOL_VERSION)
		return result_set(why, INFOHUS_REFUSED,
		    "found version %u, expected %d", w->version,
		    PROTOCOL_VERSION);
	memcpy(ch->id.b, w->session.data, ID_SIZE);
	return send_hello(ch, a, why);
}

static enum infohus_result
take_ready(
    struct channel *ch, struct arena *a, struct bytes payload, struct why *why)
{
	struct trust_step step;
	enum infohus_result r;
	PbReady *ready = NULL;

	if (ENVELOPE_UNPACK(a, ready, payload, &ready, NULL) != CODE_OK)
		return result_set(
		    why, INFOHUS_BAD_FRAME, "found a ready that does not read");
	r = trust_judge(ch->trust,
	    bytes_of(ready->checkpoint.data, ready->checkpoint.len),
	    ch->trust->known.size, ready->consistency, ready->n_consistency,
	    &step, why);
	if (r != INFOHUS_OK)
		return r;
	trust_take(ch->trust, &step);
	enter(ch, CHANNEL_READY);
	return INFOHUS_OK;
}

/* The only frame that hello can be rejected for is hello itself. */
static enum infohus_result
take_refusal(
    struct channel *ch, struct arena *a, struct bytes payload, struct why *why)
{
	struct check c = { .arena = a, .home = ch->home, .trust = ch->trust };
	enum infohus_result r;
	PbRejectBody *body = NULL;
	PbReject *reject = NULL;

	if (ENVELOPE_UNPACK(a, reject, payload, &reject, NULL) != CODE_OK)
		return result_set(why, INFOHUS_BAD_FRAME,
		    "found a rejection that does not read");
	r = check_reject(&c, &ch->id, reject, &body, why);
	if (r != INFOHUS_OK)
		return r;
	if (body->counter != 1)
		return result_set(why, INFOHUS_BAD_REJECTION,
		    "a rejection of a frame that was not sent");
	r = code_may_retry(body->code) ? INFOHUS_LOST : INFOHUS_REFUSED;
	return result_set(why, r, "the router refused hello: %s%s%s",
	    code_name(body->code), body->field != NULL ? ", " : "",
	    body->field != NULL ? body->field : "");
}

/* A frame of our session: its counter must follow. */
static enum infohus_result
take_frame(struct channel *ch, struct arena *a, struct frame *f, bool *ready,
    struct why *why)
{
	enum infohus_result r;

	if (f->counter != ch->in + 1)
		return result_set(why, INFOHUS_LOST,
		    "a frame was lost or repeated on the way");
	ch->in++;
	ch->heard_ms = now(ch);
	ch->asked_ms = 0;
	if (f->type == FRAME_TYPE_BYE)
		return result_set(
		    why, INFOHUS_LOST, "the router ended the session");
	if (ch->state == CHANNEL_READY) {
		if (f->type == FRAME_TYPE_PING) {
			ch->pongs++;
			f->type = 0;
		}
		return INFOHUS_OK;
	}
	if (f->type == FRAME_TYPE_READY)
		r = take_ready(ch, a, f->payload, why);
	else if (f->type == FRAME_TYPE_REJECT)
		r = take_refusal(ch, a, f->payload, why);
	else
		r = result_set(why, INFOHUS_BAD_FRAME,
		    "found frame type %u, expected the answer to hello",
		    f->type);
	*ready = r == INFOHUS_OK;
	f->type = 0;
	return r;
}

enum infohus_result
channel_receive(
    struct channel *ch, struct frame *out, bool *ready, struct why *why)
{
	bool open = ch->state == CHANNEL_GREETING || ch->state == CHANNEL_READY;
	enum infohus_result r = INFOHUS_OK;
	struct frame f = { .type = 0 };
	struct arena *a;
	struct bytes in;
	enum err e = ch->state == CHANNEL_DOWN ?
	    ERR_NOT_FOUND :
	    ch->transport->receive(ch->transport->ctx, &in);

	*ready = false;
	/* While knocking the transport itself goes on trying. */
	if (e == ERR_NOT_FOUND ||
	    (e == ERR_CLOSED && ch->state == CHANNEL_KNOCKING))
		return INFOHUS_TIMEOUT;
	if (e != ERR_OK)
		return result_set(why, INFOHUS_LOST, "the connection broke");
	out->type = 0;
	if (in.len > FRAME_MAX ||
	    box_open(&f, ch->plain, in, &ch->home->box) != ERR_OK)
		return INFOHUS_OK;
	if (arena_new(&a, SMALL_ARENA) != ERR_OK)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	if (f.type == FRAME_TYPE_WELCOME) {
		r = take_welcome(ch, a, &f, why);
		f.type = 0;
	} else if (open && id_eq(&f.session, &ch->id)) {
		r = take_frame(ch, a, &f, ready, why);
	} else {
		f.type = 0;
	}
	arena_free(a);
	*out = f;
	return r;
}
