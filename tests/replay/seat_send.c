/*
 * SPDX-License-Identifier: MIT
 *
 * seat_send: what a seat sends, from the knock to its acks; see seat.h.
 */
#include "seat.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "people.h"

/* What it is, as its home folder would say; keys may have changed. */
static void
make_home(struct seat *s)
{
	struct home *h = &s->home;
	uint8_t secret[32], public[32];
	struct note_secret log;

	snprintf(h->node, sizeof h->node, "%s", s->node->id);
	snprintf(h->seat, sizeof h->seat, "%s", s->seat);
	people_secret(secret, "core", "log");
	people_must(note_secret_make(
			&log, WORLD_ORIGIN, NOTE_TYPE_ED25519, secret, NULL),
	    NULL);
	h->log = log.public;
	note_secret_wipe(&log);
	h->n_custodian = PEOPLE_CUSTODIANS;
	for (unsigned i = 0; i < PEOPLE_CUSTODIANS; i++)
		h->custodian[i] = people_custodian(i);
	box_public(public, s->all->world->box_secret);
	node_secret(secret, s->node, s->seat, "box");
	people_must(box_key_make(&h->box, public, secret), NULL);
	s->trust.log = &h->log;
}

static void
find_door(struct seat *s)
{
	const struct reg_node *n = NULL;

	s->door = 0;
	if (world_is_up(s->all->world))
		n = registry_find(s->all->world->core.registry, s->node->id);
	for (size_t i = 0; n != NULL && i < n->n_seat; i++)
		if (strcmp(n->seat[i].name, s->seat) == 0)
			s->door = n->seat[i].door;
}

void
seat_raw(struct seat *s, struct bytes frame)
{
	if (world_send(s->all->world, s->door, s->connection, frame))
		world_run(s->all->world);
}

static void
send_at(struct seat *s, uint8_t lane, uint64_t counter, uint8_t type,
    struct bytes payload)
{
	struct frame f = { lane, s->session, counter, type, payload };
	uint8_t *sealed = malloc(BOX_OVERHEAD + payload.len);

	if (sealed == NULL)
		people_must(ERR_NOMEM, NULL);
	seat_raw(s, bytes_of(sealed, box_seal(sealed, &f, &s->home.box)));
	free(sealed);
}

void
seat_frame(struct seat *s, uint8_t lane, uint8_t type, bool counts,
    struct bytes payload)
{
	if (counts)
		s->out++;
	send_at(s, lane, s->out, type, payload);
}

void
seat_packed(struct seat *s, uint8_t type, const void *message)
{
	struct arena *a = seats_arena();
	struct bytes packed;

	people_must(envelope_pack(a, message, &packed), NULL);
	seat_frame(s, LANE_CONTROL, type, true, packed);
	arena_free(a);
}

bool
seat_knock(struct seat *s)
{
	static const struct id zero;
	struct arena *a;
	struct bytes packed;

	make_home(s);
	find_door(s);
	s->connection = s->door == 0 ? 0 :
				       world_connect(s->all->world, s->door);
	s->welcomed = s->ready = false;
	s->session = zero;
	s->in = s->out = 0;
	memset(s->sent, 0, sizeof s->sent);
	if (s->connection == 0)
		return false;
	a = seats_arena();
	randombytes_buf(s->knock, sizeof s->knock);
	people_must(say_knock(a, s->knock, &packed), NULL);
	send_at(s, LANE_CONTROL, 0, FRAME_TYPE_KNOCK, packed);
	arena_free(a);
	return true;
}

void
seat_hello(struct seat *s, const struct hello *h)
{
	struct say_hello say = { .session = s->session,
		.node = h->node != NULL ? h->node : s->node->id,
		.seat = h->seat != NULL ? h->seat : s->seat,
		.lanes = h->lanes,
		.known = s->trust.known,
		.signer = h->signer != NULL ? h->signer :
					      node_signer(s->node) };
	struct arena *a = seats_arena();
	struct bytes packed;

	if (h->size != UINT64_MAX)
		say.known.size = h->size;
	people_must(say_hello(a, &say, &packed), NULL);
	seat_frame(s, LANE_CONTROL, FRAME_TYPE_HELLO, true, packed);
	arena_free(a);
}

void
seat_submit(struct seat *s, struct message *m, uint8_t lane)
{
	s->sent[(s->out + 1) % SEAT_FRAMES] = m;
	seat_frame(s, lane, FRAME_TYPE_SUBMIT, true, m->packed);
}

void
seat_credit(struct seat *s, uint8_t lane, uint64_t messages, uint64_t bytes)
{
	struct arena *a = seats_arena();
	struct bytes packed;

	people_must(say_credit(a, lane, messages, bytes, &packed), NULL);
	seat_frame(s, LANE_CONTROL, FRAME_TYPE_CREDIT, true, packed);
	arena_free(a);
}

void
seat_drop(struct seat *s)
{
	uint32_t c = s->connection;

	s->connection = 0;
	s->welcomed = s->ready = false;
	if (c != 0)
		world_disconnect(s->all->world, s->door, c);
	world_run(s->all->world);
}

/* ------------------------------------------------------------------- acks */

static void
fill_ack(struct seat *s, struct arena *a, const struct ack *in, PbAckBody *body)
{
	const struct check_offer *o = in->offer->offer;
	const char *mangle = in->mangle != NULL ? in->mangle : "";

	people_must(
	    say_ack_body(a, o->offer, &o->header_digest, &s->trust.known, body),
	    NULL);
	if (in->nack) {
		body->has_code = true;
		body->code = in->code;
	}
	if (strcmp(mangle, "index") == 0)
		body->index = in->number;
	else if (strcmp(mangle, "header") == 0)
		body->header = body->root;
	else if (strcmp(mangle, "parts") == 0)
		body->n_commitment--;
	else if (strcmp(mangle, "size") == 0)
		body->size = in->number;
	else if (strcmp(mangle, "root") == 0)
		body->root = body->header;
	else if (strcmp(mangle, "code") == 0)
		body->has_code = !body->has_code;
	else if (strcmp(mangle, "person") == 0) {
		body->person = arena_alloc(a, in->number + 1);
		memset(body->person, 'x', in->number);
	}
}

static PbAck *
make_ack(struct seat *s, struct arena *a, const struct ack *in)
{
	PbAckBody body;
	PbAck *ack;

	fill_ack(s, a, in, &body);
	people_must(say_ack(a, &body, node_signer(s->node), &ack), NULL);
	if (in->mangle != NULL && strcmp(in->mangle, "signature") == 0)
		ack->signature->value.data[0] ^= 1;
	return ack;
}

void
seat_ack(struct seat *s, const struct ack *list, size_t n)
{
	PbAcks acks = PB_ACKS__INIT;
	struct arena *a = seats_arena();
	bool twice = list[0].mangle != NULL &&
	    strcmp(list[0].mangle, "twice") == 0;

	acks.ack = arena_alloc(a, (n + 1) * sizeof acks.ack[0]);
	for (size_t i = 0; i < n; i++)
		acks.ack[acks.n_ack++] = make_ack(s, a, &list[i]);
	if (twice)
		acks.ack[acks.n_ack++] = acks.ack[0];
	seat_packed(s, list[0].nack ? FRAME_TYPE_NACK : FRAME_TYPE_ACK, &acks);
	arena_free(a);
}

const struct got *
seat_offer(const struct seat *s, const struct message *m)
{
	const struct got *found = NULL;

	for (const struct got *g = s->first; g != NULL; g = g->next)
		if (g->kind == GOT_OFFER && g->m == m)
			found = g;
	return found;
}
