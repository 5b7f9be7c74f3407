/*
 * SPDX-License-Identifier: MIT
 *
 * client_receipt: what the client library believes of a receipt.
 */
#include "tests/unit/client_sent.h"

static void
test_a_receipt_is_verified_kept_and_shown(void **state)
{
	struct fake *f = *state;
	char receipt[64];
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	record(&s);
	fake_grow(f, 3);
	answer(&s);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_RECORDED);
	assert_string_equal(e.receipt->id, s.id);
	assert_int_equal(e.receipt->index, 7);
	assert_int_equal(e.receipt->tree_size, 11);
	assert_int_equal(e.receipt->n_addressee, 3);
	assert_int_equal(e.receipt->n_verdict, 3);
	assert_int_equal(e.receipt->verdict[0].addressee, 0);
	assert_int_equal(e.receipt->verdict[0].outcome, INFOHUS_PERMIT);
	assert_string_equal(e.receipt->verdict[0].node, PEER);
	assert_int_equal(e.receipt->verdict[2].outcome, INFOHUS_REFUSE);
	assert_string_equal(e.receipt->verdict[2].code_name, "no_permit");
	assert_string_equal(e.receipt->notice[0], "ring 114");
	assert_int_equal(infohus_unanswered(f->h), 0);

	snprintf(receipt, sizeof receipt, "%s.receipt", s.id);
	assert_true(fake_has(f, "sent", s.id));
	assert_true(fake_has(f, "sent", receipt));
	assert_false(fake_has(f, "outbox", s.id));
	assert_int_equal(f->h->trust.known.size, 11);
	assert_false(f->h->trust.known_changed);
}

static void
test_the_same_receipt_may_come_again(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	record(&s);
	answer(&s);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(
	    infohus_send(f->h, s.id, INFOHUS_UNTIL_RECORDED, NULL), INFOHUS_OK);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_true(
	    bytes_eq(fake_seen(f, FRAME_TYPE_SUBMIT, 1)->payload, s.bytes));
	fake_grow(f, 2);
	answer(&s);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_RECORDED);
	assert_int_equal(e.receipt->index, s.index);
}

/* What the router may say wrongly; each must be noticed as what it is. */
struct lie {
	const char *says;
	void (*tell)(struct sent *s, PbReceipt *r);
	enum infohus_result want;
};

static void
lie_inclusion_bit(struct sent *s, PbReceipt *r)
{
	(void)s;
	r->inclusion[0].data[31] ^= 1;
}

static void
lie_inclusion_short(struct sent *s, PbReceipt *r)
{
	(void)s;
	r->n_inclusion--;
}

static void
lie_inclusion_index(struct sent *s, PbReceipt *r)
{
	(void)s;
	r->index--;
}

static void
lie_inclusion_beyond(struct sent *s, PbReceipt *r)
{
	r->index = s->f->tree.n;
}

static void
lie_checkpoint_key(struct sent *s, PbReceipt *r)
{
	r->checkpoint = pb(
	    tree_note(s->f, &s->f->tree, s->f->tree.n, &s->f->stranger));
}

static void
lie_checkpoint_byte(struct sent *s, PbReceipt *r)
{
	r->checkpoint = pb(
	    fake_copy(s->f, bytes_of(r->checkpoint.data, r->checkpoint.len)));
	r->checkpoint.data[13] ^= 1;
}

static void
lie_back(struct sent *s, PbReceipt *r)
{
	prove(s->f, r, &s->f->tree, s->f->told - 1, 0);
}

static struct tree *
forked(struct sent *s)
{
	struct tree *t = fake_alloc(s->f, sizeof *t);

	*t = s->f->tree;
	t->leaf[2].b[0] ^= 1;
	return t;
}

static void
lie_other_root(struct sent *s, PbReceipt *r)
{
	prove(s->f, r, forked(s), s->f->told, 0);
}

static void
lie_fork(struct sent *s, PbReceipt *r)
{
	prove(s->f, r, forked(s), s->f->tree.n, s->f->told);
}

static void
lie_from(struct sent *s, PbReceipt *r)
{
	prove(s->f, r, &s->f->tree, s->f->tree.n, s->f->told - 1);
}

static void
lie_said_from(struct sent *s, PbReceipt *r)
{
	(void)s;
	r->consistency_from--;
}

static void
lie_unknown_message(struct sent *s, PbReceipt *r)
{
	r->message_id = pb(
	    fake_copy(s->f, bytes_of(r->message_id.data, r->message_id.len)));
	r->message_id.data[15] ^= 1;
}

static void
lie_entry_of_other(struct sent *s, PbReceipt *r)
{
	struct digest other = { { 1 } };

	r->index = fake_entry(
	    s->f, ENTRY_KIND_MESSAGE, &other, s->commitment, s->n);
	r->entry = pb(s->f->tree.entry[r->index]);
	prove(s->f, r, &s->f->tree, s->f->tree.n, s->f->told);
}

static void
lie_entry_kind(struct sent *s, PbReceipt *r)
{
	r->index = fake_entry(s->f, ENTRY_KIND_OFFERED, &s->env.header_digest,
	    s->commitment, s->n);
	r->entry = pb(s->f->tree.entry[r->index]);
	prove(s->f, r, &s->f->tree, s->f->tree.n, s->f->told);
}

static void
lie_entry_bytes(struct sent *s, PbReceipt *r)
{
	r->index = tree_add(&s->f->tree, bytes_str("no entry at all"));
	r->entry = pb(s->f->tree.entry[r->index]);
	prove(s->f, r, &s->f->tree, s->f->tree.n, s->f->told);
}

/* The openings are shared by every receipt of the test: a copy is bent. */
static PbOpening *
own_opening(struct sent *s, PbReceipt *r, size_t i)
{
	PbOpening **list = fake_alloc(s->f, s->n * sizeof *list);
	PbOpening *o = fake_alloc(s->f, sizeof *o);

	memcpy(list, s->verdict, s->n * sizeof *list);
	*o = *s->verdict[i];
	list[i] = o;
	r->verdict = list;
	return o;
}

static void
lie_verdict_changed(struct sent *s, PbReceipt *r)
{
	PbOpening *o = own_opening(s, r, 0);

	o->part = pb(fake_copy(s->f, bytes_of(o->part.data, o->part.len)));
	o->part.data[o->part.len - 1] ^= 1;
}

static void
lie_verdict_kind(struct sent *s, PbReceipt *r)
{
	own_opening(s, r, 1)->kind = PART_DETAILS;
}

static void
lie_verdict_twice(struct sent *s, PbReceipt *r)
{
	PbOpening *o = own_opening(s, r, 1);

	*o = *s->verdict[0];
}

static void
lie_verdict_of_nobody(struct sent *s, PbReceipt *r)
{
	struct digest nobody = { { 7 } };

	add_verdict(s, &nobody, PEER, OUTCOME_PERMIT, CODE_OK);
	r->index = fake_entry(s->f, ENTRY_KIND_MESSAGE, &s->env.header_digest,
	    s->commitment, s->n);
	r->entry = pb(s->f->tree.entry[r->index]);
	r->n_verdict = s->n;
	prove(s->f, r, &s->f->tree, s->f->tree.n, s->f->told);
}

static void
lie_id_length(struct sent *s, PbReceipt *r)
{
	(void)s;
	r->message_id.len = 15;
}

static const struct lie lies[] = {
	{ "an inclusion proof with one bit changed", lie_inclusion_bit,
	    INFOHUS_BAD_INCLUSION },
	{ "an inclusion proof cut short", lie_inclusion_short,
	    INFOHUS_BAD_INCLUSION },
	{ "the proof of one entry for another index", lie_inclusion_index,
	    INFOHUS_BAD_INCLUSION },
	{ "an index beyond the tree", lie_inclusion_beyond,
	    INFOHUS_BAD_INCLUSION },
	{ "a checkpoint signed with another key", lie_checkpoint_key,
	    INFOHUS_BAD_CHECKPOINT },
	{ "a checkpoint with one bit changed", lie_checkpoint_byte,
	    INFOHUS_BAD_CHECKPOINT },
	{ "a checkpoint smaller than the one known", lie_back,
	    INFOHUS_LOG_WENT_BACK },
	{ "another root at the size known", lie_other_root,
	    INFOHUS_LOG_FORKED },
	{ "a larger tree that does not extend the known one", lie_fork,
	    INFOHUS_LOG_FORKED },
	{ "a consistency proof from another size", lie_from,
	    INFOHUS_LOG_FORKED },
	{ "a proof said to be from another size than it is", lie_said_from,
	    INFOHUS_LOG_FORKED },
	{ "a message that was never sent", lie_unknown_message,
	    INFOHUS_WRONG_MESSAGE },
	{ "an entry that is of another message", lie_entry_of_other,
	    INFOHUS_WRONG_ENTRY },
	{ "an entry that is no message entry", lie_entry_kind,
	    INFOHUS_WRONG_ENTRY },
	{ "a leaf that is no entry", lie_entry_bytes, INFOHUS_WRONG_ENTRY },
	{ "a verdict that was changed afterwards", lie_verdict_changed,
	    INFOHUS_BAD_VERDICT },
	{ "an opening that is no verdict", lie_verdict_kind,
	    INFOHUS_BAD_VERDICT },
	{ "one verdict shown twice", lie_verdict_twice, INFOHUS_BAD_VERDICT },
	{ "a verdict about an addressee that the message does not have",
	    lie_verdict_of_nobody, INFOHUS_BAD_VERDICT },
	{ "a message id of 15 bytes", lie_id_length, INFOHUS_BAD_FRAME },
};

static void
test_a_receipt_that_does_not_hold_is_no_receipt(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	record(&s);
	for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		enum infohus_result got;
		uint64_t known;
		PbReceipt r;

		fake_grow(f, 2);
		if (!infohus_is_connected(f->h)) {
			fake_ready(f);
			assert_result(next(f, &e), INFOHUS_TIMEOUT);
		}
		fake_grow(f, 2);
		known = f->h->trust.known.size;
		make_receipt(&s, &r);
		lies[i].tell(&s, &r);
		push_receipt(&s, &r);
		got = next(f, &e);
		if (got != lies[i].want)
			fail_msg("%s: got %s", lies[i].says,
			    infohus_result_name(got));
		assert_true(infohus_result_is_alarm(got));
		assert_true(fake_has(f, "outbox", s.id));
		assert_int_equal(f->h->trust.known.size, known);
		assert_int_equal(infohus_unanswered(f->h), 1);
	}
	/* And after all of them, the truth. */
	fake_ready(f);
	s.n = 3;
	answer(&s);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_RECORDED);
}

static void
test_a_receipt_with_a_byte_too_many_is_refused(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct bytes packed;
	struct sent s;
	PbReceipt r;
	uint8_t *more;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	record(&s);
	make_receipt(&s, &r);
	packed = fake_pack(f, &r);
	more = fake_alloc(f, packed.len + 2);
	memcpy(more, packed.data, packed.len);
	more[packed.len] = 0x78; /* field 15, which there is none of */
	more[packed.len + 1] = 1;
	fake_push(f, LANE_CONTROL, FRAME_TYPE_RECEIPT,
	    bytes_of(more, packed.len + 2));
	assert_result(next(f, &e), INFOHUS_BAD_FRAME);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_a_receipt_is_verified_kept_and_shown),
		fake_test(test_the_same_receipt_may_come_again),
		fake_test(test_a_receipt_that_does_not_hold_is_no_receipt),
		fake_test(test_a_receipt_with_a_byte_too_many_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
