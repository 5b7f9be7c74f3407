/*
 * SPDX-License-Identifier: MIT
 *
 * client_offer: what the client library refuses of an offer, and how. A lie
 * about the log ends the session, a lie about one message concerns that message
 * only.
 */
#include "tests/unit/client_offered.h"

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

/* A node may have hundreds of seats; its messages are read all the same. */
static void
test_a_large_card_is_read(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	f->seats = 800;
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_MESSAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(
		    test_an_offer_that_is_not_in_the_log_ends_the_session),
		fake_test(test_the_lane_must_be_that_of_the_urgency),
		fake_test(test_a_message_that_does_not_verify_is_not_shown),
		fake_test(test_a_message_that_does_not_verify_can_be_sent_back),
		fake_test(test_a_large_card_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
