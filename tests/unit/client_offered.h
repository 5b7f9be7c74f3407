/*
 * SPDX-License-Identifier: MIT
 *
 * client_offered: offers of a router to the client library, true and false.
 */
#ifndef INFOHUS_TESTS_CLIENT_OFFERED_H
#define INFOHUS_TESTS_CLIENT_OFFERED_H

#include "fake_core.h"

static const char peer_draft[] =
    "{\"role\": \"pol_tovholder\", \"kind\": \"concern\","
    " \"urgency\": \"%s\","
    " \"addressee\": ["
    "  {\"node\": \"%s\", \"cooperation\": \"none\","
    "   \"section\": [\"concern\", \"police\"]},"
    "  {\"node\": \"kommune/0183\", \"cooperation\": \"none\","
    "   \"section\": [\"police\"]}],"
    " \"sections\": {\"concern\": {\"text\": \"Invented.\"},"
    "  \"police\": {\"text\": \"Also invented.\"}}}";

/* A message of the peer for us, recorded and ready to be offered. */
struct mail {
	struct fake *f;
	bool acute;
	PbMessage *message;
	struct digest header;
	uint64_t index;
	struct id id;
	PbOffer offer;
	PbOpening *opening[8];
};

static inline void
write_mail(struct mail *m, struct fake *f, const char *to, bool acute)
{
	ProtobufCMessage *draft = NULL;
	char json[sizeof peer_draft + 64];
	struct bytes packed = { NULL, 0 };
	struct why why = { "" };

	memset(m, 0, sizeof *m);
	m->f = f;
	m->acute = acute;
	snprintf(
	    json, sizeof json, peer_draft, acute ? "acute" : "ordinary", to);
	if (json_parse(f->arena, &pb_draft__descriptor, bytes_str(json), 0,
		&draft, &why) != ERR_OK ||
	    draft_message(f->arena, (PbDraft *)draft, PEER, 0,
		UINT64_C(1795255200000), f->peer.signer, &packed, &m->id,
		&why) != ERR_OK)
		fail_msg("%s", why.text);
	assert_int_equal(
	    ENVELOPE_UNPACK(f->arena, message, packed, &m->message, NULL),
	    CODE_OK);
	m->header = digest_tagged(TAG(TAG_HEADER),
	    bytes_of(m->message->header.data, m->message->header.len));
	m->index = fake_entry(f, ENTRY_KIND_MESSAGE, &m->header, NULL, 0);
}

/* Openings of a message: grounds, two addressees, concern, police. */
enum { GROUNDS, TO_US, TO_OTHER, CONCERN, POLICE };

static inline void
make_offer(struct mail *m)
{
	struct fake *f = m->f;
	PbOffer *o = &m->offer;

	pb_offer__init(o);
	o->header = m->message->header;
	o->signature = m->message->signature;
	m->opening[0] = m->message->opening[TO_US];
	m->opening[1] = m->message->opening[CONCERN];
	m->opening[2] = m->message->opening[POLICE];
	o->opening = m->opening;
	o->n_opening = 3;
	o->index = m->index;
	o->entry = pb(f->tree.entry[m->index]);
	o->checkpoint = pb(tree_note(f, &f->tree, f->tree.n, &f->log));
	o->consistency_from = f->told;
	tree_consistency(f, &f->tree, f->told, f->tree.n, &o->consistency,
	    &o->n_consistency);
	tree_inclusion(
	    f, &f->tree, m->index, f->tree.n, &o->inclusion, &o->n_inclusion);
	o->card = pb(good_card(f, &f->peer));
}

static inline void
push_offer_on(struct mail *m, uint8_t lane)
{
	m->f->told = m->f->tree.n;
	fake_push(m->f, lane, FRAME_TYPE_OFFER, fake_pack(m->f, &m->offer));
}

static inline void
push_offer(struct mail *m)
{
	push_offer_on(m, m->acute ? LANE_ACUTE : LANE_ORDINARY);
}

static inline void
mail(struct mail *m, struct fake *f, bool acute)
{
	write_mail(m, f, US, acute);
	make_offer(m);
	push_offer(m);
}

static inline void
start(struct fake *f, unsigned lanes, uint64_t limit)
{
	infohus_take(f->h, lanes, limit);
	fake_ready(f);
}

#define BOTH (INFOHUS_LANE_ACUTE | INFOHUS_LANE_ORDINARY)

static inline enum infohus_result
next(struct fake *f, struct infohus_event *e)
{
	struct infohus_why why;

	return fake_next(f, e, &why);
}

/* -------------------------------------------------------------------- acks */

/* The nth acks frame, opened and every signature checked. */
static inline PbAcks *
take_acks(struct fake *f, uint8_t type, size_t n, PbAckBody **body)
{
	const struct seen *s = fake_seen(f, type, n);
	PbAcks *acks = NULL;

	assert_non_null(s);
	assert_int_equal(s->lane, LANE_CONTROL);
	assert_int_equal(
	    ENVELOPE_UNPACK(f->arena, acks, s->payload, &acks, NULL), CODE_OK);
	for (size_t i = 0; i < acks->n_ack; i++) {
		struct bytes raw = bytes_of(
		    acks->ack[i]->body.data, acks->ack[i]->body.len);
		struct digest d = digest_tagged(TAG(TAG_ACK), raw);

		assert_int_equal(
		    sign_check(TAG(TAG_ACK), &d, acks->ack[i]->signature,
			signer_cert(f->us.signer)),
		    CODE_OK);
		assert_int_equal(
		    ENVELOPE_UNPACK(f->arena, ack_body, raw, &body[i], NULL),
		    CODE_OK);
	}
	return acks;
}

#endif
