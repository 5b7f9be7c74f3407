/*
 * SPDX-License-Identifier: MIT
 *
 * client_stage: how far a message got is believed only on its recipient's own
 * signature, and two recipients that saw two logs are found.
 */
#include "tests/unit/client_sent.h"

struct stage {
	struct sent *s;
	const struct who *by;
	struct bytes card;
	PbAckBody body;
	PbEntryKind kind;
	bool bend_signature, bend_subject;
	int verdict; /* which one it is said to be of */
};

static PbStage *
make_stage(struct stage *g)
{
	struct fake *f = g->s->f;
	PbStage *st = fake_alloc(f, sizeof *st);
	PbAck *ack = fake_alloc(f, sizeof *ack);
	struct bytes body = fake_pack(f, &g->body);
	struct digest d = digest_tagged(TAG(TAG_ACK), body), subject = d;

	pb_stage__init(st);
	pb_ack__init(ack);
	ack->body = pb(body);
	assert_int_equal(sign_batch(f->arena, TAG(TAG_ACK), &d, 1,
			     g->by->signer, &ack->signature),
	    ERR_OK);
	if (g->bend_signature)
		ack->signature->value.data[0] ^= 1;
	if (g->bend_subject)
		subject.b[0] ^= 1;
	st->verdict = g->s->commitment[g->verdict];
	st->index = fake_entry(f, g->kind, &subject, NULL, 0);
	st->entry = pb(f->tree.entry[st->index]);
	st->ack = ack;
	st->card = pb(g->card);
	return st;
}

static void
default_stage(struct stage *g, struct sent *s)
{
	struct fake *f = s->f;
	struct digest root = merkle_root(f->tree.leaf, (size_t)s->index + 1);

	*g = (struct stage){
		.s = s, .by = &f->peer, .verdict = 1, .kind = ENTRY_KIND_ACKED
	};
	g->card = good_card(f, &f->peer);
	pb_ack_body__init(&g->body);
	g->body.index = s->index;
	g->body.header = pb_digest(f, &s->env.header_digest);
	g->body.size = s->index + 1;
	g->body.root = pb_digest(f, &root);
}

static void
push_stage(struct stage *g)
{
	PbStage *st = make_stage(g);
	struct fake *f = g->s->f;
	PbReceipt r;

	make_receipt(g->s, &r);
	tree_inclusion(f, &f->tree, st->index, f->tree.n, &st->inclusion,
	    &st->n_inclusion);
	r.stage = &st;
	r.n_stage = 1;
	push_receipt(g->s, &r);
}

static void
test_the_recipients_ack_is_verified_and_shown(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct stage g;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_DELIVERED);
	record(&s);
	answer(&s);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.receipt->verdict[0].stage, INFOHUS_STAGE_NONE);
	default_stage(&g, &s);
	g.body.person = (char *)(uintptr_t) "vagt-7";
	push_stage(&g);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_DELIVERED);
	assert_int_equal(e.receipt->verdict[0].stage, INFOHUS_STAGE_ACKED);
	assert_string_equal(e.receipt->verdict[0].person, "vagt-7");
	/* Both parts for this node went together and are acked together. */
	assert_int_equal(e.receipt->verdict[1].stage, INFOHUS_STAGE_ACKED);
	assert_int_equal(e.receipt->verdict[2].stage, INFOHUS_STAGE_NONE);
	assert_int_equal(f->h->n_pending, 0);
}

static void
test_a_nack_is_shown_with_its_code(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct stage g;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_DELIVERED);
	record(&s);
	default_stage(&g, &s);
	g.kind = ENTRY_KIND_NACKED;
	g.body.has_code = 1;
	g.body.code = CODE_NACK_NOT_MINE;
	push_stage(&g);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.receipt->verdict[0].stage, INFOHUS_STAGE_NACKED);
	assert_string_equal(e.receipt->verdict[0].stage_code, "not_mine");
}

static void
bend_nothing_signed(struct stage *g)
{
	g->bend_signature = true;
}

static void
bend_signer(struct stage *g)
{
	g->by = &g->s->f->other;
}

static void
bend_card_one_custodian(struct stage *g)
{
	g->card = fake_card(g->s->f, g->by, &g->s->f->custodian[0], NULL);
}

static void
bend_card_same_custodian(struct stage *g)
{
	g->card = fake_card(
	    g->s->f, g->by, &g->s->f->custodian[0], &g->s->f->custodian[0]);
}

static void
bend_card_stranger(struct stage *g)
{
	g->card = fake_card(
	    g->s->f, g->by, &g->s->f->custodian[0], &g->s->f->custodian[2]);
}

static void
bend_card_of_other(struct stage *g)
{
	g->by = &g->s->f->other;
	g->card = good_card(g->s->f, g->by);
}

static void
bend_header(struct stage *g)
{
	struct digest other = { { 3 } };

	g->body.header = pb_digest(g->s->f, &other);
}

static void
bend_index(struct stage *g)
{
	g->body.index--;
}

static void
bend_subject(struct stage *g)
{
	g->bend_subject = true;
}

static void
bend_kind(struct stage *g)
{
	g->kind = ENTRY_KIND_NACKED;
}

static void
bend_verdict_refused(struct stage *g)
{
	g->verdict = 0;
}

static void
bend_size_early(struct stage *g)
{
	g->body.size = g->body.index;
}

static void
bend_size_late(struct stage *g)
{
	g->body.size = 200;
}

static void
bend_root(struct stage *g)
{
	struct digest root = { { 5 } };

	/* A size whose root this seat has verified itself. */
	g->body.size = g->s->f->told;
	g->body.root = pb_digest(g->s->f, &root);
}

static const struct {
	const char *says;
	void (*bend)(struct stage *g);
	enum infohus_result want;
} bad_stages[] = {
	{ "a signature with one bit changed", bend_nothing_signed,
	    INFOHUS_BAD_STAGE },
	{ "signed by somebody else than the card says", bend_signer,
	    INFOHUS_BAD_STAGE },
	{ "a card with one custodian only", bend_card_one_custodian,
	    INFOHUS_BAD_CARD },
	{ "a card with one custodian twice", bend_card_same_custodian,
	    INFOHUS_BAD_CARD },
	{ "a card with a custodian that is not pinned", bend_card_stranger,
	    INFOHUS_BAD_CARD },
	{ "the ack and card of another node", bend_card_of_other,
	    INFOHUS_BAD_CARD },
	{ "an ack of another message", bend_header, INFOHUS_BAD_STAGE },
	{ "an ack of another entry", bend_index, INFOHUS_BAD_STAGE },
	{ "an entry that is not that of the ack", bend_subject,
	    INFOHUS_BAD_STAGE },
	{ "an ack in the entry of a nack", bend_kind, INFOHUS_BAD_STAGE },
	{ "an ack for a refused recipient", bend_verdict_refused,
	    INFOHUS_BAD_STAGE },
	{ "a checkpoint from before the message", bend_size_early,
	    INFOHUS_BAD_STAGE },
	{ "a checkpoint from after the ack", bend_size_late,
	    INFOHUS_BAD_STAGE },
	{ "another root than ours for the same size", bend_root,
	    INFOHUS_LOG_FORKED },
};

static void
test_an_ack_that_does_not_hold_is_not_shown(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_DELIVERED);
	record(&s);
	answer(&s);
	assert_result(next(f, &e), INFOHUS_OK);
	for (size_t i = 0; i < sizeof bad_stages / sizeof bad_stages[0]; i++) {
		enum infohus_result got;
		struct stage g;

		if (!infohus_is_connected(f->h)) {
			fake_ready(f);
			assert_result(next(f, &e), INFOHUS_TIMEOUT);
		}
		default_stage(&g, &s);
		bad_stages[i].bend(&g);
		push_stage(&g);
		got = next(f, &e);
		if (got != bad_stages[i].want)
			fail_msg("%s: got %s", bad_stages[i].says,
			    infohus_result_name(got));
	}
}

static void
test_two_recipients_that_saw_two_logs_are_found(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct stage g;
	struct sent s;
	struct digest root = { { 5 } };

	submit(&s, f, INFOHUS_UNTIL_DELIVERED);
	record(&s);
	fake_grow(f, 4);
	default_stage(&g, &s);
	/* A size that this seat never saw: kept until somebody disagrees. */
	g.body.size = s.index + 2;
	push_stage(&g);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(f->h->trust.n_unproven, 1);
	fake_reopen(f);
	assert_int_equal(f->h->trust.n_unproven, 1);
	fake_ready(f);
	g.body.root = pb_digest(f, &root);
	push_stage(&g);
	assert_result(next(f, &e), INFOHUS_LOG_FORKED);
}

static void
test_what_another_saw_is_compared_when_we_get_there(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct digest root = { { 5 } };
	struct why why;

	fake_ready(f);
	assert_result(trust_heard(&f->h->trust, 9, &root, &why), INFOHUS_OK);
	fake_grow(f, 2);
	fake_reopen(f);
	/* Not saved: nothing was heard in a turn. Once more, and saved. */
	assert_result(trust_heard(&f->h->trust, 9, &root, &why), INFOHUS_OK);
	assert_result(infohus_connect(f->h, 1000, NULL), INFOHUS_LOG_FORKED);
	(void)e;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_the_recipients_ack_is_verified_and_shown),
		fake_test(test_a_nack_is_shown_with_its_code),
		fake_test(test_an_ack_that_does_not_hold_is_not_shown),
		fake_test(test_two_recipients_that_saw_two_logs_are_found),
		fake_test(test_what_another_saw_is_compared_when_we_get_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
