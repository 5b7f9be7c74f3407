/*
 * SPDX-License-Identifier: MIT
 *
 * client_receive: credit, offers and acks: what the client library hands
 * over, what it refuses and how, and what it signs.
 */
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

static void
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

static void
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

static void
push_offer_on(struct mail *m, uint8_t lane)
{
	m->f->told = m->f->tree.n;
	fake_push(m->f, lane, FRAME_TYPE_OFFER, fake_pack(m->f, &m->offer));
}

static void
push_offer(struct mail *m)
{
	push_offer_on(m, m->acute ? LANE_ACUTE : LANE_ORDINARY);
}

static void
mail(struct mail *m, struct fake *f, bool acute)
{
	write_mail(m, f, US, acute);
	make_offer(m);
	push_offer(m);
}

static void
start(struct fake *f, unsigned lanes, uint64_t limit)
{
	infohus_take(f->h, lanes, limit);
	fake_ready(f);
}

#define BOTH (INFOHUS_LANE_ACUTE | INFOHUS_LANE_ORDINARY)

static enum infohus_result
next(struct fake *f, struct infohus_event *e)
{
	struct infohus_why why;

	return fake_next(f, e, &why);
}

/* --------------------------------------------------------------- the good */

static void
test_a_message_is_handed_over_whole(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;
	char id[37];
	json_t *o;

	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_MESSAGE);
	id_format(id, &m.id);
	assert_string_equal(e.message->id, id);
	assert_int_equal(e.message->index, m.index);
	assert_string_equal(e.message->sender, PEER);
	assert_string_equal(e.message->kind, "concern");
	assert_false(e.message->acute);
	o = json_loads(e.message->json, 0, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "id")), id);
	assert_string_equal(
	    json_string_value(json_object_get(
		json_object_get(json_object_get(o, "sections"), "police"),
		"text")),
	    "Also invented.");
	assert_string_equal(json_string_value(json_object_get(
				json_object_get(o, "sender"), "node")),
	    PEER);
	assert_int_equal(json_array_size(json_object_get(o, "addressee")), 1);
	assert_null(json_object_get(o, "grounds"));
	json_decref(o);
}

static void
test_grounds_come_when_a_rule_gives_them(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	write_mail(&m, f, US, false);
	make_offer(&m);
	m.opening[3] = m.message->opening[GROUNDS];
	m.offer.n_opening = 4;
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_non_null(strstr(e.message->json, "\"grounds\""));
}

static void
test_acute_comes_first(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m[3];

	start(f, BOTH, 0);
	mail(&m[0], f, false);
	mail(&m[1], f, false);
	mail(&m[2], f, true);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.message->index, m[2].index);
	assert_true(e.message->acute);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.message->index, m[0].index);
}

/* -------------------------------------------------------------------- acks */

/* The nth acks frame, opened and every signature checked. */
static PbAcks *
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

static void
test_acks_leave_together_under_one_signature(void **state)
{
	struct fake *f = *state;
	struct digest root;
	struct infohus_event e;
	struct infohus_why why;
	struct mail m[3];
	PbAckBody *body[3];
	PbAcks *acks;

	start(f, BOTH, 0);
	for (size_t i = 0; i < 3; i++)
		mail(&m[i], f, false);
	for (size_t i = 0; i < 3; i++) {
		assert_result(next(f, &e), INFOHUS_OK);
		assert_null(fake_seen(f, FRAME_TYPE_ACK, 0));
		assert_result(infohus_ack(f->h, e.message->index,
				  i == 0 ? "vagt-7" : NULL, &why),
		    INFOHUS_OK);
	}
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	acks = take_acks(f, FRAME_TYPE_ACK, 0, body);
	assert_int_equal(acks->n_ack, 3);
	assert_null(fake_seen(f, FRAME_TYPE_ACK, 1));
	assert_int_equal(acks->ack[0]->signature->count, 3);
	assert_int_equal(body[0]->index, m[0].index);
	assert_string_equal(body[0]->person, "vagt-7");
	assert_null(body[1]->person);
	assert_false(body[0]->has_code);
	assert_memory_equal(body[2]->header.data, m[2].header.b, DIGEST_SIZE);
	/* The newest checkpoint that this seat has verified. */
	root = merkle_root(f->tree.leaf, f->tree.n);
	assert_int_equal(body[0]->size, f->tree.n);
	assert_memory_equal(body[0]->root.data, root.b, DIGEST_SIZE);
	/* Every part that came, in its order. */
	assert_int_equal(body[0]->n_commitment, 3);
	for (size_t i = 0; i < 3; i++) {
		const PbOpening *o = m[0].opening[i];
		struct digest d = digest_part((uint8_t)o->kind,
		    (uint8_t)o->form, o->salt.data,
		    bytes_of(o->part.data, o->part.len));

		assert_memory_equal(
		    body[0]->commitment[i].data, d.b, DIGEST_SIZE);
	}
}

static void
test_a_nack_carries_its_code(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	PbAckBody *body[1];
	struct mail m;

	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_nack(f->h, m.index, INFOHUS_NACK_NOT_MINE, NULL),
	    INFOHUS_OK);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	take_acks(f, FRAME_TYPE_NACK, 0, body);
	assert_true(body[0]->has_code);
	assert_int_equal(body[0]->code, CODE_NACK_NOT_MINE);
	assert_int_equal(body[0]->n_commitment, 3);
	assert_null(fake_seen(f, FRAME_TYPE_ACK, 0));
}

static void
test_only_what_was_offered_is_acknowledged(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	assert_result(infohus_ack(f->h, 5, NULL, NULL), INFOHUS_NOT_FOUND);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	assert_result(
	    infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_NOT_FOUND);
	assert_result(infohus_nack(f->h, m.index, INFOHUS_NACK_NOT_MINE, NULL),
	    INFOHUS_NOT_FOUND);
}

static void
test_one_that_was_taken_is_acknowledged_again_but_not_shown(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	/* The process dies before the ack leaves. */
	fake_reopen(f);
	assert_null(fake_seen(f, FRAME_TYPE_ACK, 0));
	start(f, BOTH, 0);
	make_offer(&m);
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_non_null(fake_seen(f, FRAME_TYPE_ACK, 0));
}

static void
test_one_that_was_not_taken_comes_again(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	fake_reopen(f);
	start(f, BOTH, 0);
	make_offer(&m);
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.message->index, m.index);
}

static void
test_an_index_that_was_another_message_is_a_fork(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	char name[24], hex[2 * DIGEST_SIZE + 1];
	struct digest other = { { 4 } };
	struct mail m;

	start(f, BOTH, 0);
	write_mail(&m, f, US, false);
	snprintf(name, sizeof name, "%llu", (unsigned long long)m.index);
	hex_encode(hex, bytes_of(other.b, DIGEST_SIZE));
	assert_int_equal(
	    state_put(f->h->state, STATE_RECEIVED, name, bytes_str(hex), NULL),
	    ERR_OK);
	make_offer(&m);
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_LOG_FORKED);
}

static void
test_flush_returns_when_the_acks_have_arrived(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;
	uint64_t before;

	assert_result(infohus_flush(f->h, 1000, NULL), INFOHUS_LOST);
	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	before = f->now;
	assert_result(infohus_flush(f->h, 1000, NULL), INFOHUS_OK);
	assert_non_null(fake_seen(f, FRAME_TYPE_ACK, 0));
	/* The answer was there at once, and ended the call. */
	assert_int_equal(f->now, before);
	f->deaf = true;
	assert_result(infohus_flush(f->h, 1000, NULL), INFOHUS_TIMEOUT);
}

/* ------------------------------------------------------------------ credit */

static void
test_nothing_is_asked_for_without_take(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;

	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(f->hello->n_lane, 0);
	assert_null(fake_seen(f, FRAME_TYPE_CREDIT, 0));
}

static void
test_credit_is_topped_up_as_messages_are_answered(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(f->credit[LANE_ORDINARY], WINDOW);
	assert_int_equal(f->credit[LANE_ACUTE], WINDOW);
	for (size_t i = 0; i < WINDOW; i++) {
		mail(&m, f, false);
		assert_result(next(f, &e), INFOHUS_OK);
		assert_result(
		    infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	}
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_true(f->credit[LANE_ORDINARY] >= 2 * WINDOW - WINDOW / 4);
	assert_int_equal(f->credit[LANE_ACUTE], WINDOW);
}

static void
test_no_more_than_the_limit_is_asked_for(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, INFOHUS_LANE_ORDINARY, 2);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(f->credit[LANE_ORDINARY], 2);
	assert_int_equal(f->credit[LANE_ACUTE], 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(f->credit[LANE_ORDINARY], 2);
	/* One of two is done: a new session asks for one. */
	fake_push(f, LANE_CONTROL, FRAME_TYPE_BYE, bytes_of(NULL, 0));
	assert_result(next(f, &e), INFOHUS_LOST);
	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(f->credit[LANE_ORDINARY], 1);
}

static void
test_more_than_the_credit_is_an_alarm(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m[2];

	start(f, INFOHUS_LANE_ORDINARY, 1);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	mail(&m[0], f, false);
	mail(&m[1], f, false);
	assert_result(next(f, &e), INFOHUS_BAD_FRAME);
}

static void
test_a_lane_that_was_not_taken_is_an_alarm(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, INFOHUS_LANE_ACUTE, 0);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_BAD_FRAME);
}

/* -------------------------------------------------- lies that end a session */

static struct tree *
forked(struct fake *f)
{
	struct tree *t = fake_alloc(f, sizeof *t);

	*t = f->tree;
	t->leaf[2].b[0] ^= 1;
	return t;
}

static void
lie_inclusion(struct mail *m)
{
	m->offer.inclusion[0].data[0] ^= 1;
}

static void
lie_key(struct mail *m)
{
	m->offer.checkpoint = pb(
	    tree_note(m->f, &m->f->tree, m->f->tree.n, &m->f->stranger));
}

static void
lie_fork(struct mail *m)
{
	struct tree *t = forked(m->f);

	m->offer.checkpoint = pb(tree_note(m->f, t, t->n, &m->f->log));
	tree_consistency(m->f, t, m->f->told, t->n, &m->offer.consistency,
	    &m->offer.n_consistency);
	tree_inclusion(m->f, t, m->index, t->n, &m->offer.inclusion,
	    &m->offer.n_inclusion);
}

static void
lie_entry(struct mail *m)
{
	m->offer.index = 3;
	m->offer.entry = pb(m->f->tree.entry[3]);
	tree_inclusion(m->f, &m->f->tree, 3, m->f->tree.n, &m->offer.inclusion,
	    &m->offer.n_inclusion);
}

static void
lie_header(struct mail *m)
{
	m->offer.header = pb(fake_copy(
	    m->f, bytes_of(m->offer.header.data, m->offer.header.len)));
	m->offer.header.data[m->offer.header.len - 1] ^= 1;
}

static const struct {
	const char *says;
	void (*tell)(struct mail *m);
	enum infohus_result want;
} log_lies[] = {
	{ "an inclusion proof with one bit changed", lie_inclusion,
	    INFOHUS_BAD_INCLUSION },
	{ "a checkpoint signed with another key", lie_key,
	    INFOHUS_BAD_CHECKPOINT },
	{ "a log that does not extend the known one", lie_fork,
	    INFOHUS_LOG_FORKED },
	{ "an entry that is in the log but not of this message", lie_entry,
	    INFOHUS_WRONG_ENTRY },
	{ "a header with one bit changed", lie_header, INFOHUS_WRONG_ENTRY },
};

static void
test_an_offer_that_is_not_in_the_log_ends_the_session(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	infohus_take(f->h, BOTH, 0);
	for (size_t i = 0; i < sizeof log_lies / sizeof log_lies[0]; i++) {
		enum infohus_result got;

		fake_ready(f);
		assert_result(next(f, &e), INFOHUS_TIMEOUT);
		write_mail(&m, f, US, false);
		make_offer(&m);
		log_lies[i].tell(&m);
		push_offer(&m);
		got = next(f, &e);
		if (got != log_lies[i].want)
			fail_msg("%s: got %s", log_lies[i].says,
			    infohus_result_name(got));
		assert_false(infohus_is_connected(f->h));
	}
	assert_null(fake_seen(f, FRAME_TYPE_ACK, 0));
	assert_null(fake_seen(f, FRAME_TYPE_NACK, 0));
}

/* Anybody on the way may change the lane: never a reason for a nack. */
static void
test_the_lane_must_be_that_of_the_urgency(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	write_mail(&m, f, US, true);
	make_offer(&m);
	push_offer_on(&m, LANE_ORDINARY);
	assert_result(next(f, &e), INFOHUS_BAD_FRAME);
	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	make_offer(&m);
	push_offer_on(&m, LANE_CONTROL);
	assert_result(next(f, &e), INFOHUS_BAD_FRAME);
}

/* --------------------------------------------------- lies about one message */

static void
bend_part(struct mail *m)
{
	PbOpening *o = fake_alloc(m->f, sizeof *o);

	*o = *m->opening[1];
	o->part = pb(fake_copy(m->f, bytes_of(o->part.data, o->part.len)));
	o->part.data[o->part.len - 1] ^= 1;
	m->opening[1] = o;
}

static void
bend_missing(struct mail *m)
{
	m->offer.n_opening = 2;
}

static void
bend_no_addressee(struct mail *m)
{
	m->offer.opening++;
	m->offer.n_opening = 2;
}

static void
bend_other_addressee(struct mail *m)
{
	m->opening[0] = m->message->opening[TO_OTHER];
	m->opening[1] = m->message->opening[POLICE];
	m->offer.n_opening = 2;
}

static void
bend_both_addressees(struct mail *m)
{
	m->opening[3] = m->message->opening[TO_OTHER];
	m->offer.n_opening = 4;
}

static void
bend_signature(struct mail *m)
{
	PbSignature *s = fake_alloc(m->f, sizeof *s);

	*s = *m->offer.signature;
	s->value = pb(fake_copy(m->f, bytes_of(s->value.data, s->value.len)));
	s->value.data[5] ^= 1;
	m->offer.signature = s;
}

static void
bend_signer(struct mail *m)
{
	PbSignature *s = NULL;

	/* Somebody else signs, and says that it was the peer. */
	assert_int_equal(sign_batch(m->f->arena, TAG(TAG_MESSAGE), &m->header,
			     1, m->f->other.signer, &s),
	    ERR_OK);
	s->certificate = m->offer.signature->certificate;
	m->offer.signature = s;
}

static void
bend_certificate(struct mail *m)
{
	PbSignature *s = NULL;

	assert_int_equal(sign_batch(m->f->arena, TAG(TAG_MESSAGE), &m->header,
			     1, m->f->other.signer, &s),
	    ERR_OK);
	m->offer.signature = s;
}

static void
bend_card_one(struct mail *m)
{
	m->offer.card = pb(
	    fake_card(m->f, &m->f->peer, &m->f->custodian[0], NULL));
}

static void
bend_card_twice(struct mail *m)
{
	m->offer.card = pb(fake_card(
	    m->f, &m->f->peer, &m->f->custodian[1], &m->f->custodian[1]));
}

static void
bend_card_stranger(struct mail *m)
{
	m->offer.card = pb(fake_card(
	    m->f, &m->f->peer, &m->f->custodian[1], &m->f->custodian[2]));
}

static void
bend_card_other(struct mail *m)
{
	m->offer.card = pb(good_card(m->f, &m->f->other));
}

static void
bend_card_trash(struct mail *m)
{
	m->offer.card = pb(bytes_str("no card"));
}

static const struct {
	const char *says;
	void (*bend)(struct mail *m);
	enum infohus_result want;
	bool for_ever;
} bad_messages[] = {
	{ "a section with one bit changed", bend_part, INFOHUS_BAD_PART, true },
	{ "a section held back that is meant for us", bend_missing,
	    INFOHUS_BAD_PART, true },
	{ "no addressee part", bend_no_addressee, INFOHUS_BAD_PART, true },
	{ "the addressee part of another node", bend_other_addressee,
	    INFOHUS_NOT_FOR_US, true },
	{ "ours and that of another node", bend_both_addressees,
	    INFOHUS_NOT_FOR_US, true },
	{ "a signature with one bit changed", bend_signature,
	    INFOHUS_BAD_SIGNATURE, true },
	{ "signed by another key in the sender's name", bend_signer,
	    INFOHUS_BAD_SIGNATURE, true },
	{ "signed under a certificate that is not on the card",
	    bend_certificate, INFOHUS_BAD_SIGNATURE, false },
	{ "a card with one custodian only", bend_card_one, INFOHUS_BAD_CARD,
	    false },
	{ "a card with one custodian twice", bend_card_twice, INFOHUS_BAD_CARD,
	    false },
	{ "a card with a custodian that is not pinned", bend_card_stranger,
	    INFOHUS_BAD_CARD, false },
	{ "the card of another node", bend_card_other, INFOHUS_BAD_CARD,
	    false },
	{ "bytes that are no card", bend_card_trash, INFOHUS_BAD_CARD, false },
};

static void
test_a_message_that_does_not_verify_is_not_shown(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;
	size_t n = sizeof bad_messages / sizeof bad_messages[0];
	size_t rounds = 3 * WINDOW; /* more than can be under way */

	start(f, BOTH, 0);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	for (size_t k = 0; k < rounds; k++) {
		size_t i = k % n;

		write_mail(&m, f, US, false);
		make_offer(&m);
		bad_messages[i].bend(&m);
		push_offer(&m);
		assert_result(next(f, &e), INFOHUS_OK);
		assert_int_equal(e.kind, INFOHUS_EVENT_UNREADABLE);
		if (e.unreadable->result != bad_messages[i].want ||
		    e.unreadable->for_ever != bad_messages[i].for_ever)
			fail_msg("%s: got %s, %s", bad_messages[i].says,
			    infohus_result_name(e.unreadable->result),
			    e.unreadable->why);
		assert_int_equal(e.unreadable->index, m.index);
		assert_true(infohus_is_connected(f->h));
	}
	/* Each gave its place back: the next one is not blocked. */
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_MESSAGE);
}

static void
test_a_message_that_does_not_verify_can_be_sent_back(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	PbAckBody *body[1];
	struct mail m;

	start(f, BOTH, 0);
	write_mail(&m, f, US, false);
	make_offer(&m);
	bend_signature(&m);
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_UNREADABLE);
	assert_result(
	    infohus_nack(f->h, m.index, INFOHUS_NACK_CANNOT_READ, NULL),
	    INFOHUS_OK);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	take_acks(f, FRAME_TYPE_NACK, 0, body);
	assert_int_equal(body[0]->code, CODE_NACK_CANNOT_READ);
	assert_null(fake_seen(f, FRAME_TYPE_ACK, 0));
}

static void
test_a_rejected_ack_ends_the_session_and_is_sent_again(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	fake_push_reject(f, &f->session,
	    fake_seen(f, FRAME_TYPE_ACK, 0)->counter, CODE_BUSY, NULL, &f->log);
	assert_result(next(f, &e), INFOHUS_LOST);
	fake_ready(f);
	make_offer(&m);
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_non_null(fake_seen(f, FRAME_TYPE_ACK, 1));
}

static void
test_offers_of_a_lost_session_are_not_shown(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m[2];

	start(f, BOTH, 0);
	mail(&m[0], f, false);
	mail(&m[1], f, false);
	fake_push(f, LANE_CONTROL, FRAME_TYPE_BYE, bytes_of(NULL, 0));
	assert_result(next(f, &e), INFOHUS_LOST);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_result(
	    infohus_ack(f->h, m[0].index, NULL, NULL), INFOHUS_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_a_message_is_handed_over_whole),
		fake_test(test_grounds_come_when_a_rule_gives_them),
		fake_test(test_acute_comes_first),
		fake_test(test_acks_leave_together_under_one_signature),
		fake_test(test_a_nack_carries_its_code),
		fake_test(test_only_what_was_offered_is_acknowledged),
		fake_test(
		    test_one_that_was_taken_is_acknowledged_again_but_not_shown),
		fake_test(test_one_that_was_not_taken_comes_again),
		fake_test(test_an_index_that_was_another_message_is_a_fork),
		fake_test(test_flush_returns_when_the_acks_have_arrived),
		fake_test(test_nothing_is_asked_for_without_take),
		fake_test(test_credit_is_topped_up_as_messages_are_answered),
		fake_test(test_no_more_than_the_limit_is_asked_for),
		fake_test(test_more_than_the_credit_is_an_alarm),
		fake_test(test_a_lane_that_was_not_taken_is_an_alarm),
		fake_test(
		    test_an_offer_that_is_not_in_the_log_ends_the_session),
		fake_test(test_the_lane_must_be_that_of_the_urgency),
		fake_test(test_a_message_that_does_not_verify_is_not_shown),
		fake_test(test_a_message_that_does_not_verify_can_be_sent_back),
		fake_test(
		    test_a_rejected_ack_ends_the_session_and_is_sent_again),
		fake_test(test_offers_of_a_lost_session_are_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
