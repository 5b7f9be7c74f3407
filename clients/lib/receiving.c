/*
 * SPDX-License-Identifier: MIT
 *
 * receiving: credit, offers, acks. It must never acknowledge what its caller
 * has not taken, and never hand over what did not verify.
 */
#include "handle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"

#define ACKS_A_FRAME 128	       /* their fields stay below FIELDS_MAX */
#define ACK_BYTES_A_FRAME (128 * 1024) /* with RSA signatures still a frame */
#define ACK_FRAME_ARENA (2 * 1024 * 1024)
#define NAME_ROOM 24

/* ----------------------------------------------------------------- credit */

static bool
takes(const struct infohus *h, unsigned lane)
{
	return h->lanes &
	    (lane == LANE_ACUTE ? INFOHUS_LANE_ACUTE : INFOHUS_LANE_ORDINARY);
}

/* How many messages of the lane core may have offered in this session. */
static uint64_t
allowed(const struct infohus *h, const struct credit *c)
{
	uint64_t messages = c->done_messages + WINDOW, left;

	if (h->limit == 0)
		return messages;
	left = h->limit > c->done_before ? h->limit - c->done_before : 0;
	return messages < left ? messages : left;
}

static enum infohus_result
say_credit(struct infohus *h, unsigned lane)
{
	struct credit *c = &h->credit[lane];
	PbCredit credit = PB_CREDIT__INIT;
	enum infohus_result r;
	uint8_t packed[64];

	credit.lane = (PbLane)lane;
	credit.messages = allowed(h, c);
	credit.bytes = c->done_bytes + (uint64_t)WINDOW * FRAME_MAX;
	r = handle_control(h, FRAME_TYPE_CREDIT,
	    bytes_of(packed, pb_credit__pack(&credit, packed)));
	if (r == INFOHUS_OK) {
		c->said_messages = credit.messages;
		c->said_bytes = credit.bytes;
	}
	return r;
}

static enum infohus_result
top_up(struct infohus *h)
{
	enum infohus_result r = INFOHUS_OK;

	for (unsigned i = 0; i < 2 && r == INFOHUS_OK; i++) {
		unsigned lane = i == 0 ? LANE_ACUTE : LANE_ORDINARY;
		struct credit *c = &h->credit[lane];
		uint64_t now = allowed(h, c);
		bool dry = c->offered >= c->said_messages;

		/* Not for each single one, but never let the lane run dry. */
		if (takes(h, lane) && now > c->said_messages &&
		    (dry || now - c->said_messages >= WINDOW / 4))
			r = say_credit(h, lane);
	}
	return r;
}

/* ------------------------------------------------------------------- acks */

static struct held *
find_held(struct infohus *h, uint64_t index)
{
	for (size_t i = 0; i < h->n_held; i++)
		if (h->held[i].index == index)
			return &h->held[i];
	return NULL;
}

static void
drop_held(struct infohus *h, struct held *held)
{
	struct credit *c = &h->credit[held->lane];
	size_t i = (size_t)(held - h->held);

	c->done_messages++;
	c->done_bytes += held->bytes;
	h->n_held--;
	memmove(held, held + 1, (h->n_held - i) * sizeof *held);
}

void
receiving_leave(struct infohus *h, uint64_t index)
{
	struct held *held = find_held(h, index);

	if (held != NULL)
		drop_held(h, held);
}

static enum infohus_result
pack_body(struct infohus *h, const struct held *held, const char *person,
    unsigned code, struct ack_item *out)
{
	const struct checkpoint *known = &h->trust.known;
	ProtobufCBinaryData commitment[COMMITMENTS_MAX];
	PbAckBody b = PB_ACK_BODY__INIT;

	b.index = held->index;
	b.header.data = (uint8_t *)(uintptr_t)held->header.b;
	b.header.len = DIGEST_SIZE;
	for (size_t i = 0; i < held->n_commitment; i++) {
		commitment[i].data =
		    (uint8_t *)(uintptr_t)held->commitment[i].b;
		commitment[i].len = DIGEST_SIZE;
	}
	b.commitment = commitment;
	b.n_commitment = held->n_commitment;
	b.size = known->size;
	b.root.data = (uint8_t *)(uintptr_t)known->root.b;
	b.root.len = DIGEST_SIZE;
	b.person = (char *)(uintptr_t)person;
	b.has_code = code != 0;
	b.code = code;
	out->nack = code != 0;
	out->body = malloc(pb_ack_body__get_packed_size(&b));
	if (out->body == NULL)
		return INFOHUS_NO_MEMORY;
	out->len = pb_ack_body__pack(&b, out->body);
	return INFOHUS_OK;
}

static enum infohus_result
queue_ack(struct infohus *h, const struct held *held, const char *person,
    unsigned code, struct why *why)
{
	enum infohus_result r;

	if (h->n_ack == ACKS_MAX)
		return result_set(why, INFOHUS_LOST,
		    "%d acknowledgements wait to be sent", ACKS_MAX);
	r = pack_body(h, held, person, code, &h->ack[h->n_ack]);
	if (r != INFOHUS_OK)
		return result_set(why, r, "no memory");
	h->n_ack++;
	return INFOHUS_OK;
}

/* How many acks of the same kind go into the next frame. */
static size_t
next_batch(const struct infohus *h)
{
	size_t n = 0, bytes = 0;

	while (n < h->n_ack && n < ACKS_A_FRAME &&
	    h->ack[n].nack == h->ack[0].nack) {
		bytes += h->ack[n].len;
		if (n > 0 && bytes > ACK_BYTES_A_FRAME)
			break;
		n++;
	}
	return n;
}

static enum infohus_result
pack_batch(struct infohus *h, struct arena *a, size_t n, struct bytes *out)
{
	struct digest digest[ACKS_A_FRAME];
	PbSignature *signature[ACKS_A_FRAME];
	PbAck **ack = arena_alloc(a, n * sizeof ack[0]);
	PbAcks acks = PB_ACKS__INIT;

	if (ack == NULL)
		return INFOHUS_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		digest[i] = digest_tagged(
		    TAG(TAG_ACK), bytes_of(h->ack[i].body, h->ack[i].len));
	if (sign_batch(a, TAG(TAG_ACK), digest, n, h->home.signer, signature) !=
	    ERR_OK)
		return INFOHUS_BAD_HOME;
	for (size_t i = 0; i < n; i++) {
		ack[i] = arena_alloc(a, sizeof *ack[i]);
		if (ack[i] == NULL)
			return INFOHUS_NO_MEMORY;
		pb_ack__init(ack[i]);
		ack[i]->body.data = h->ack[i].body;
		ack[i]->body.len = h->ack[i].len;
		ack[i]->signature = signature[i];
	}
	acks.ack = ack;
	acks.n_ack = n;
	return result_of(envelope_pack(a, &acks, out), INFOHUS_BAD_HOME);
}

static void
drop_acks(struct infohus *h, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(h->ack[i].body);
	h->n_ack -= n;
	memmove(&h->ack[0], &h->ack[n], h->n_ack * sizeof h->ack[0]);
}

static enum infohus_result
send_batch(struct infohus *h, struct why *why)
{
	size_t n = next_batch(h);
	struct arena *a = NULL;
	enum infohus_result r;
	struct bytes frame;

	if (arena_new(&a, ACK_FRAME_ARENA) != ERR_OK)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	r = pack_batch(h, a, n, &frame);
	if (r != INFOHUS_OK)
		result_set(why, r, "acknowledgements could not be signed");
	else
		r = handle_control(h,
		    h->ack[0].nack ? FRAME_TYPE_NACK : FRAME_TYPE_ACK, frame);
	if (r == INFOHUS_OK)
		drop_acks(h, n);
	arena_free(a);
	return r;
}

enum infohus_result
receiving_work(struct infohus *h, struct why *why)
{
	enum infohus_result r = INFOHUS_OK;

	if (h->channel.state != CHANNEL_READY)
		return INFOHUS_OK;
	while (h->n_ack > 0 && r == INFOHUS_OK)
		r = send_batch(h, why);
	if (r == INFOHUS_OK)
		r = top_up(h);
	return r == INFOHUS_TIMEOUT ? INFOHUS_OK : r;
}

void
receiving_session_over(struct infohus *h)
{
	drop_acks(h, h->n_ack);
	h->n_held = 0;
	handle_drop_queue(h, QUEUE_ACUTE);
	handle_drop_queue(h, QUEUE_ORDINARY);
	for (int i = 0; i < 2; i++)
		h->credit[i] = (struct credit){
			.done_before = h->credit[i].done_before +
			    h->credit[i].done_messages
		};
}

/* ------------------------------------------------------- what was received */

static void
marker_name(char out[NAME_ROOM], uint64_t index)
{
	(void)snprintf(out, NAME_ROOM, "%" PRIu64, index);
}

/*
 * Was this entry handed over before? LOG_FORKED if it was then another
 * message.
 */
static enum infohus_result
was_received(struct infohus *h, struct arena *a, const struct held *held,
    bool *was, struct why *why)
{
	char name[NAME_ROOM], hex[2 * DIGEST_SIZE + 1];
	struct bytes text;
	enum err e;

	marker_name(name, held->index);
	e = state_get(
	    h->state, STATE_RECEIVED, name, a, sizeof hex, &text, why);
	*was = e == ERR_OK;
	if (e == ERR_NOT_FOUND)
		return INFOHUS_OK;
	if (e != ERR_OK)
		return result_of(e, INFOHUS_IO);
	hex_encode(hex, bytes_of(held->header.b, DIGEST_SIZE));
	if (!bytes_eq(text, bytes_str(hex)))
		return result_set(why, INFOHUS_LOG_FORKED,
		    "entry %" PRIu64 " was another message when it was "
		    "received",
		    held->index);
	return INFOHUS_OK;
}

enum infohus_result
infohus_ack(struct infohus *h, uint64_t index, const char *person,
    struct infohus_why *why)
{
	char name[NAME_ROOM], hex[2 * DIGEST_SIZE + 1];
	struct held *held = find_held(h, index);
	struct why inner = { "" };
	enum infohus_result r;

	if (held == NULL) {
		r = result_set(&inner, INFOHUS_NOT_FOUND,
		    "entry %" PRIu64 " is not offered", index);
	} else {
		marker_name(name, index);
		hex_encode(hex, bytes_of(held->header.b, DIGEST_SIZE));
		r = result_of(state_put(h->state, STATE_RECEIVED, name,
				  bytes_str(hex), &inner),
		    INFOHUS_IO);
		if (r == INFOHUS_OK)
			r = queue_ack(h, held, person, 0, &inner);
		if (r == INFOHUS_OK)
			drop_held(h, held);
	}
	handle_tell(why, &inner);
	return r;
}

enum infohus_result
infohus_nack(struct infohus *h, uint64_t index, enum infohus_nack code,
    struct infohus_why *why)
{
	struct held *held = find_held(h, index);
	struct why inner = { "" };
	enum infohus_result r;

	if (held == NULL)
		r = result_set(&inner, INFOHUS_NOT_FOUND,
		    "entry %" PRIu64 " is not offered", index);
	else
		r = queue_ack(h, held, NULL, (unsigned)code, &inner);
	if (r == INFOHUS_OK)
		drop_held(h, held);
	handle_tell(why, &inner);
	return r;
}

/* ----------------------------------------------------------------- offers */

/* What was received, in the order it came: an ack or nack names all of it. */
static void
note_parts(struct held *held, const PbOffer *offer)
{
	for (size_t i = 0; i < offer->n_opening && i < COMMITMENTS_MAX; i++) {
		const PbOpening *o = offer->opening[i];

		if (o->salt.len == DIGEST_SIZE)
			held->commitment[held->n_commitment++] = digest_part(
			    (uint8_t)o->kind, (uint8_t)o->form, o->salt.data,
			    bytes_of(o->part.data, o->part.len));
	}
}

static enum infohus_result
hold(struct infohus *h, uint8_t lane, size_t bytes, const struct check_offer *o,
    struct held **out, struct why *why)
{
	struct credit *c = &h->credit[lane];
	struct held *held = &h->held[h->n_held];

	c->offered++;
	if (c->offered > c->said_messages || h->n_held == 2 * WINDOW ||
	    find_held(h, o->offer->index) != NULL)
		return result_set(why, INFOHUS_BAD_FRAME,
		    "found an offer above the credit of its lane, or again "
		    "in one session");
	*held = (struct held){ .index = o->offer->index,
		.lane = lane,
		.bytes = bytes,
		.header = o->header_digest };
	note_parts(held, o->offer);
	h->n_held++;
	*out = held;
	return INFOHUS_OK;
}

/* Something is wrong with this message alone. Takes the arena. */
static enum infohus_result
report_unreadable(struct infohus *h, struct arena *a, struct held *held,
    enum infohus_result result, bool for_ever, const struct why *inner)
{
	struct infohus_unreadable *u = arena_alloc(a, sizeof *u);
	struct item *i;

	if (u == NULL || (u->why = arena_strdup(a, inner->text)) == NULL) {
		arena_free(a);
		return INFOHUS_NO_MEMORY;
	}
	u->index = held->index;
	u->result = result;
	u->for_ever = for_ever;
	i = handle_event(h,
	    held->lane == LANE_ACUTE ? QUEUE_ACUTE : QUEUE_ORDINARY,
	    INFOHUS_EVENT_UNREADABLE, a);
	if (i == NULL)
		return INFOHUS_NO_MEMORY;
	i->event.unreadable = u;
	return INFOHUS_OK;
}

/* The log is right; now the message. Takes the arena in every case. */
static enum infohus_result
take_message(struct infohus *h, struct check *c, struct check_offer *o,
    struct held *held, struct why *why)
{
	struct arena *a = c->arena;
	struct why inner = { "" };
	enum infohus_result r;
	bool for_ever, was;
	struct item *i;

	r = check_offer_message(c, o, &for_ever, &inner);
	/* Anybody on the way can change the lane: no reason for a nack. */
	if (r == INFOHUS_OK && (unsigned)o->env.header->urgency != held->lane) {
		arena_free(a);
		return result_set(why, INFOHUS_BAD_FRAME,
		    "found an offer on the lane of another urgency");
	}
	if (r == INFOHUS_NO_MEMORY) {
		arena_free(a);
		return result_set(why, r, "%s", inner.text);
	}
	if (r != INFOHUS_OK)
		return report_unreadable(h, a, held, r, for_ever, &inner);
	r = was_received(h, a, held, &was, why);
	if (r == INFOHUS_OK && was)
		r = queue_ack(h, held, NULL, 0, why);
	if (r != INFOHUS_OK || was) {
		if (r == INFOHUS_OK)
			drop_held(h, held);
		arena_free(a);
		return r;
	}
	i = handle_event(h,
	    held->lane == LANE_ACUTE ? QUEUE_ACUTE : QUEUE_ORDINARY,
	    INFOHUS_EVENT_MESSAGE, a);
	if (i == NULL)
		return INFOHUS_NO_MEMORY;
	i->offer = o;
	return INFOHUS_OK;
}

enum infohus_result
receiving_offer(
    struct infohus *h, uint8_t lane, struct bytes payload, struct why *why)
{
	struct check c = {
		.home = &h->home, .trust = &h->trust, .vetted = &h->vetted
	};
	struct check_offer *o = NULL;
	struct held *held = NULL;
	PbOffer *offer = NULL;
	enum infohus_result r;

	if (arena_new(&c.arena, 2 * PARSE_ARENA) != ERR_OK)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	if (lane > LANE_ACUTE || !takes(h, lane) ||
	    ENVELOPE_UNPACK(c.arena, offer, payload, &offer, NULL) != CODE_OK)
		r = result_set(why, INFOHUS_BAD_FRAME,
		    "found an offer that does not read or was not asked for");
	else if ((o = arena_alloc(c.arena, sizeof *o)) == NULL)
		r = result_set(why, INFOHUS_NO_MEMORY, "no memory");
	else
		r = check_offer_log(&c, offer, o, why);
	if (r == INFOHUS_OK)
		r = hold(h, lane, payload.len, o, &held, why);
	if (r != INFOHUS_OK) {
		arena_free(c.arena);
		return r;
	}
	trust_take(&h->trust, &o->proven.step);
	return take_message(h, &c, o, held, why);
}
