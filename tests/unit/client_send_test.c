/*
 * SPDX-License-Identifier: MIT
 *
 * client_send: what the client library sends, what it believes of receipts,
 * stages and rejections, and what stands on disk meanwhile.
 */
#include "fake_core.h"

static const char draft[] =
    "{\"role\": \"kom_tovholder\", \"kind\": \"concern\","
    " \"grounds\": {\"bopaelskommune\": \"0101\"},"
    " \"addressee\": ["
    "  {\"node\": \"politi/1470\", \"cooperation\": \"none\","
    "   \"section\": [\"concern\"]},"
    "  {\"role\": \"pol_vagt\", \"relation\": \"district_of_subject\","
    "   \"cooperation\": \"none\", \"section\": [\"concern\"]},"
    "  {\"node\": \"kommune/0183\", \"cooperation\": \"none\","
    "   \"section\": [\"concern\"]}],"
    " \"sections\": {\"concern\": {\"text\": \"Invented.\"}}}";

/* A message under way, as the router sees it. */
struct sent {
	struct fake *f;
	char id[INFOHUS_ID_TEXT];
	struct bytes bytes;
	struct envelope env;
	uint64_t counter;
	uint64_t index; /* once recorded */
	struct bytes entry;
	size_t n;
	PbOpening *verdict[8];
	ProtobufCBinaryData commitment[8];
};

static void
make_draft(struct sent *s, const char *json)
{
	struct infohus_why why;

	if (infohus_draft(s->f->h, json, strlen(json), s->id, &why) !=
	    INFOHUS_OK)
		fail_msg("%s", why.text);
}

/* The newest submit that reached the router. */
static void
look(struct sent *s, size_t nth)
{
	const struct seen *seen = fake_seen(s->f, FRAME_TYPE_SUBMIT, nth);

	assert_non_null(seen);
	s->bytes = seen->payload;
	s->counter = seen->counter;
	assert_int_equal(
	    envelope_open(s->f->arena, s->bytes, &s->env, NULL, NULL, NULL),
	    CODE_OK);
}

static void
submit(struct sent *s, struct fake *f, enum infohus_until until)
{
	struct infohus_event e;
	struct infohus_why why;

	memset(s, 0, sizeof *s);
	s->f = f;
	make_draft(s, draft);
	assert_result(infohus_send(f->h, s->id, until, &why), INFOHUS_OK);
	fake_ready(f);
	assert_result(fake_next(f, &e, &why), INFOHUS_TIMEOUT);
	look(s, 0);
}

static void
add_verdict(struct sent *s, const struct digest *addressee, const char *node,
    PbOutcome outcome, enum code code)
{
	struct fake *f = s->f;
	PbOpening *o = fake_alloc(f, sizeof *o);
	PbVerdict v = PB_VERDICT__INIT;
	uint8_t *salt = fake_alloc(f, 32);
	struct bytes part;
	struct digest d;

	randombytes_buf(salt, 32);
	v.addressee = pb_digest(f, addressee);
	v.node = (char *)(uintptr_t)node;
	v.outcome = outcome;
	v.code = code;
	v.rule = (char *)(uintptr_t) "R00";
	part = fake_pack(f, &v);
	pb_opening__init(o);
	o->kind = PART_VERDICT;
	o->form = FORM_PLAIN;
	o->salt = pb(bytes_of(salt, 32));
	o->part = pb(part);
	d = digest_part(PART_VERDICT, FORM_PLAIN, salt, part);
	s->commitment[s->n] = pb_digest(f, &d);
	s->verdict[s->n++] = o;
}

/* Two permits and a refusal, in another order than the draft's. */
static void
record(struct sent *s)
{
	add_verdict(s, &s->env.addressee_part[2].commitment, OTHER,
	    OUTCOME_REFUSE, CODE_NO_PERMIT);
	add_verdict(s, &s->env.addressee_part[0].commitment, PEER,
	    OUTCOME_PERMIT, CODE_OK);
	add_verdict(s, &s->env.addressee_part[1].commitment, PEER,
	    OUTCOME_PERMIT, CODE_OK);
	s->index = fake_entry(s->f, ENTRY_KIND_MESSAGE, &s->env.header_digest,
	    s->commitment, s->n);
	s->entry = s->f->tree.entry[s->index];
}

static void
prove(struct fake *f, PbReceipt *r, const struct tree *t, uint64_t size,
    uint64_t from)
{
	r->checkpoint = pb(tree_note(f, t, size, &f->log));
	r->consistency_from = from;
	tree_consistency(f, t, from, size, &r->consistency, &r->n_consistency);
	tree_inclusion(f, t, r->index, size, &r->inclusion, &r->n_inclusion);
}

static void
make_receipt(struct sent *s, PbReceipt *r)
{
	static char *notice[] = { (char *)(uintptr_t) "ring 114" };

	pb_receipt__init(r);
	r->message_id = s->env.header->message_id;
	r->entry = pb(s->entry);
	r->index = s->index;
	r->verdict = s->verdict;
	r->n_verdict = s->n;
	r->notice = notice;
	r->n_notice = 1;
	prove(s->f, r, &s->f->tree, s->f->tree.n, s->f->told);
}

static void
push_receipt(struct sent *s, const PbReceipt *r)
{
	s->f->told = s->f->tree.n;
	fake_push(s->f, LANE_CONTROL, FRAME_TYPE_RECEIPT, fake_pack(s->f, r));
}

static void
answer(struct sent *s)
{
	PbReceipt r;

	make_receipt(s, &r);
	push_receipt(s, &r);
}

static enum infohus_result
next(struct fake *f, struct infohus_event *e)
{
	struct infohus_why why;

	return fake_next(f, e, &why);
}

/* ------------------------------------------------------------------ drafts */

static const struct {
	const char *says, *json;
	enum infohus_result want;
} bad_drafts[] = {
	{ "no JSON", "{\"role\": ", INFOHUS_BAD_DRAFT },
	{ "a key that nobody knows", "{\"kind\": \"concern\", \"x\": 1}",
	    INFOHUS_BAD_DRAFT },
	{ "a draft without an addressee",
	    "{\"role\": \"kom_tovholder\", \"kind\": \"concern\"}",
	    INFOHUS_BAD_DRAFT },
	{ "a draft of another node",
	    "{\"from\": \"kommune/0183\", \"kind\": \"concern\"}",
	    INFOHUS_WRONG_NODE },
};

static void
test_a_draft_that_is_no_message_is_refused_here(void **state)
{
	struct fake *f = *state;
	char(*list)[INFOHUS_ID_TEXT] = NULL;
	size_t n;

	for (size_t i = 0; i < sizeof bad_drafts / sizeof bad_drafts[0]; i++) {
		char id[INFOHUS_ID_TEXT];
		struct infohus_why why;
		enum infohus_result got = infohus_draft(f->h,
		    bad_drafts[i].json, strlen(bad_drafts[i].json), id, &why);

		if (got != bad_drafts[i].want)
			fail_msg("%s: got %s", bad_drafts[i].says,
			    infohus_result_name(got));
		assert_true(why.text[0] != '\0');
	}
	assert_int_equal(
	    state_list(f->h->state, STATE_OUTBOX, &list, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	free(list);
}

static void
test_an_id_is_used_once(void **state)
{
	struct fake *f = *state;
	char json[sizeof draft + 64], id[INFOHUS_ID_TEXT];
	char first[INFOHUS_ID_TEXT];

	snprintf(json, sizeof json,
	    "{\"message_id\": \"AZuNP7BAeDy9hY8p6NvxFQ==\", %s", draft + 1);
	assert_result(
	    infohus_draft(f->h, json, strlen(json), first, NULL), INFOHUS_OK);
	assert_result(
	    infohus_draft(f->h, json, strlen(json), id, NULL), INFOHUS_EXISTS);
	assert_string_equal(first, id);
}

static void
test_bytes_are_on_disk_before_they_are_sent_and_never_change(void **state)
{
	struct fake *f = *state;
	struct sent s;
	struct bytes stored;
	struct why why;
	struct infohus_event e;
	size_t count;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	assert_int_equal(state_get(f->h->state, STATE_OUTBOX, s.id, f->arena,
			     MESSAGE_MAX, &stored, &why),
	    ERR_OK);
	assert_true(bytes_eq(stored, s.bytes));
	/* As after a crash: another process, the same outbox. */
	fake_reopen(f);
	assert_result(
	    infohus_send_outbox(f->h, INFOHUS_UNTIL_RECORDED, &count, NULL),
	    INFOHUS_OK);
	assert_int_equal(count, 1);
	f->n_seen = 0;
	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_true(
	    bytes_eq(fake_seen(f, FRAME_TYPE_SUBMIT, 0)->payload, stored));
}

static void
test_after_a_lost_session_the_same_bytes_go_again(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	fake_push(f, LANE_CONTROL, FRAME_TYPE_BYE, bytes_of(NULL, 0));
	assert_result(next(f, &e), INFOHUS_LOST);
	f->n_seen = 0;
	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_true(
	    bytes_eq(fake_seen(f, FRAME_TYPE_SUBMIT, 0)->payload, s.bytes));
}

static void
test_an_unknown_message_cannot_be_sent(void **state)
{
	struct fake *f = *state;

	assert_result(infohus_send(f->h, "01890000-0000-7000-8000-000000000000",
			  INFOHUS_UNTIL_RECORDED, NULL),
	    INFOHUS_NOT_FOUND);
	assert_result(
	    infohus_send(f->h, "../checkpoint", INFOHUS_UNTIL_RECORDED, NULL),
	    INFOHUS_NOT_FOUND);
}

static void
test_an_acute_message_has_its_lane_and_goes_first(void **state)
{
	struct fake *f = *state;
	struct sent a, b = { .f = f };
	char json[sizeof draft + 32];
	struct infohus_event e;

	memset(&a, 0, sizeof a);
	a.f = f;
	snprintf(json, sizeof json, "{\"urgency\": \"acute\", %s", draft + 1);
	make_draft(&b, draft);
	make_draft(&a, json);
	assert_result(
	    infohus_send(f->h, b.id, INFOHUS_UNTIL_RECORDED, NULL), INFOHUS_OK);
	assert_result(
	    infohus_send(f->h, a.id, INFOHUS_UNTIL_RECORDED, NULL), INFOHUS_OK);
	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(fake_seen(f, FRAME_TYPE_SUBMIT, 0)->lane, LANE_ACUTE);
	assert_int_equal(
	    fake_seen(f, FRAME_TYPE_SUBMIT, 1)->lane, LANE_ORDINARY);
}

/* ---------------------------------------------------------------- receipts */

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

/* ------------------------------------------------------------------ stages */

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

/* -------------------------------------------------------------- rejections */

static void
test_a_final_rejection_ends_the_message(void **state)
{
	struct fake *f = *state;
	char reject[64];
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	fake_push_reject(
	    f, &f->session, s.counter, CODE_CONFLICT, s.id, &f->log);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_REJECTED);
	assert_string_equal(e.rejection->id, s.id);
	assert_string_equal(e.rejection->code_name, "conflict");
	assert_false(e.rejection->retry);
	snprintf(reject, sizeof reject, "%s.reject", s.id);
	assert_true(fake_has(f, "refused", s.id));
	assert_true(fake_has(f, "refused", reject));
	assert_false(fake_has(f, "outbox", s.id));
	assert_int_equal(infohus_unanswered(f->h), 0);
}

static void
test_a_rejection_that_may_pass_is_tried_again_later(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct infohus_why why;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	fake_push_reject(f, &f->session, s.counter, CODE_BUSY, s.id, &f->log);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_true(e.rejection->retry);
	assert_true(fake_has(f, "outbox", s.id));
	assert_null(fake_seen(f, FRAME_TYPE_SUBMIT, 1));
	assert_result(infohus_next(f->h, 1500, &e, &why), INFOHUS_TIMEOUT);
	assert_non_null(fake_seen(f, FRAME_TYPE_SUBMIT, 1));
	assert_true(
	    bytes_eq(fake_seen(f, FRAME_TYPE_SUBMIT, 1)->payload, s.bytes));
}

struct bad_reject {
	const char *says;
	void (*push)(struct sent *s);
	enum infohus_result want;
};

static void
reject_stranger(struct sent *s)
{
	fake_push_reject(s->f, &s->f->session, s->counter, CODE_CONFLICT, s->id,
	    &s->f->stranger);
}

static void
reject_other_session(struct sent *s)
{
	fake_push_reject(s->f, &s->f->last_session, s->counter, CODE_CONFLICT,
	    s->id, &s->f->log);
}

static void
reject_other_counter(struct sent *s)
{
	fake_push_reject(s->f, &s->f->session, s->counter + 40, CODE_CONFLICT,
	    s->id, &s->f->log);
}

static void
reject_hello(struct sent *s)
{
	fake_push_reject(
	    s->f, &s->f->session, 1, CODE_CONFLICT, NULL, &s->f->log);
}

static void
reject_other_message(struct sent *s)
{
	fake_push_reject(s->f, &s->f->session, s->counter, CODE_CONFLICT,
	    "01890000-0000-7000-8000-000000000000", &s->f->log);
}

static void
reject_trash(struct sent *s)
{
	fake_push(s->f, LANE_CONTROL, FRAME_TYPE_REJECT, bytes_str("trash"));
}

static const struct bad_reject bad_rejects[] = {
	{ "signed with another key", reject_stranger, INFOHUS_BAD_REJECTION },
	{ "replayed from the session before", reject_other_session,
	    INFOHUS_BAD_REJECTION },
	{ "of a frame that was not sent", reject_other_counter,
	    INFOHUS_BAD_REJECTION },
	{ "of a frame that was answered", reject_hello, INFOHUS_BAD_REJECTION },
	{ "naming another message than the frame held", reject_other_message,
	    INFOHUS_BAD_REJECTION },
	{ "bytes that do not read", reject_trash, INFOHUS_BAD_FRAME },
};

static void
test_a_rejection_that_is_not_ours_changes_nothing(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	for (size_t i = 0; i < sizeof bad_rejects / sizeof bad_rejects[0];
	     i++) {
		enum infohus_result got;

		if (!infohus_is_connected(f->h)) {
			f->n_seen = 0;
			fake_ready(f);
			assert_result(next(f, &e), INFOHUS_TIMEOUT);
			look(&s, 0);
		}
		bad_rejects[i].push(&s);
		got = next(f, &e);
		if (got != bad_rejects[i].want)
			fail_msg("%s: got %s", bad_rejects[i].says,
			    infohus_result_name(got));
		assert_true(fake_has(f, "outbox", s.id));
		assert_int_equal(infohus_unanswered(f->h), 1);
	}
}

static void
test_the_same_rejection_twice_is_a_replay(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	fake_push_reject(
	    f, &f->session, s.counter, CODE_CONFLICT, s.id, &f->log);
	fake_push_reject(
	    f, &f->session, s.counter, CODE_CONFLICT, s.id, &f->log);
	assert_result(next(f, &e), INFOHUS_BAD_REJECTION);
	/* What was decided before it stays so, and is still told. */
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_REJECTED);
}

static void
test_no_answer_at_all_ends_the_session(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct infohus_why why;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	assert_result(infohus_next(f->h, 40000, &e, &why), INFOHUS_LOST);
	assert_non_null(strstr(why.text, "30 s"));
	assert_true(fake_has(f, "outbox", s.id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_a_draft_that_is_no_message_is_refused_here),
		fake_test(test_an_id_is_used_once),
		fake_test(
		    test_bytes_are_on_disk_before_they_are_sent_and_never_change),
		fake_test(test_after_a_lost_session_the_same_bytes_go_again),
		fake_test(test_an_unknown_message_cannot_be_sent),
		fake_test(test_an_acute_message_has_its_lane_and_goes_first),
		fake_test(test_a_receipt_is_verified_kept_and_shown),
		fake_test(test_the_same_receipt_may_come_again),
		fake_test(test_a_receipt_that_does_not_hold_is_no_receipt),
		fake_test(test_a_receipt_with_a_byte_too_many_is_refused),
		fake_test(test_the_recipients_ack_is_verified_and_shown),
		fake_test(test_a_nack_is_shown_with_its_code),
		fake_test(test_an_ack_that_does_not_hold_is_not_shown),
		fake_test(test_two_recipients_that_saw_two_logs_are_found),
		fake_test(test_what_another_saw_is_compared_when_we_get_there),
		fake_test(test_a_final_rejection_ends_the_message),
		fake_test(test_a_rejection_that_may_pass_is_tried_again_later),
		fake_test(test_a_rejection_that_is_not_ours_changes_nothing),
		fake_test(test_the_same_rejection_twice_is_a_replay),
		fake_test(test_no_answer_at_all_ends_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
