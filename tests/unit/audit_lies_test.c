/*
 * SPDX-License-Identifier: MIT
 *
 * audit_lies: `infohus audit` on logs that a lying operator made of those of
 * core, with right hashes and a right signature.
 */
#include "daemon/core/approval.h"
#include "tests/unit/auditing.h"

/*
 * The operator has every key of the log. It copies the snapshot, changes
 * one entry, hashes and signs everything anew.
 */
struct forgery {
	const char *says;
	PbEntryKind kind;
	/* True if it changed e or d; then the rest is copied as it is. */
	bool (*change)(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d);
	const char *want;
};

static void *
part_of(struct rig *r, struct txn *t, const ProtobufCMessageDescriptor *d,
    ProtobufCBinaryData commitment)
{
	ProtobufCMessage *out;
	struct digest digest;
	PbOpening *o;

	memcpy(digest.b, commitment.data, DIGEST_SIZE);
	assert_err(vault_open(t, r->s->arena, &digest, &o), ERR_OK);
	assert_int_equal(envelope_unpack(r->s->arena, d,
			     bytes_of(o->part.data, o->part.len), &out, NULL),
	    CODE_OK);
	return out;
}

static ProtobufCBinaryData
new_part(struct rig *r, struct txn *t, uint8_t kind, const void *message)
{
	struct digest *d = arena_alloc(r->s->arena, sizeof(*d));
	struct bytes packed;

	assert_non_null(d);
	assert_err(envelope_pack(r->s->arena, message, &packed), ERR_OK);
	assert_err(vault_add(t, r->s->arena, kind, packed, d), ERR_OK);
	return pb_bytes(d->b, DIGEST_SIZE);
}

static bool
permit_what_was_refused(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	PbVerdict *v = part_of(r, t, &pb_verdict__descriptor, e->verdict[0]);

	(void)d;
	if (v->outcome == OUTCOME_PERMIT)
		return false;
	v->outcome = OUTCOME_PERMIT;
	v->code = CODE_OK;
	v->n_missing = 0;
	e->verdict[0] = new_part(r, t, PART_VERDICT, v);
	return true;
}

static bool
refuse_what_was_permitted(
    struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	PbVerdict *v = part_of(r, t, &pb_verdict__descriptor, e->verdict[0]);

	(void)d;
	if (v->outcome != OUTCOME_PERMIT || d->n_withheld > 0)
		return false;
	v->outcome = OUTCOME_REFUSE;
	v->code = CODE_NO_PERMIT;
	e->verdict[0] = new_part(r, t, PART_VERDICT, v);
	return true;
}

static bool
cite_another_rule(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	PbVerdict *v = part_of(r, t, &pb_verdict__descriptor, e->verdict[0]);

	(void)d;
	v->rule = (char *)"R99";
	e->verdict[0] = new_part(r, t, PART_VERDICT, v);
	return true;
}

static bool
suggest_something_else(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	static char *more[] = { (char *)"to: pet" };
	PbVerdict *v = part_of(r, t, &pb_verdict__descriptor, e->verdict[0]);

	(void)d;
	if (v->outcome != OUTCOME_REFUSE)
		return false;
	v->instead = more;
	v->n_instead = 1;
	e->verdict[0] = new_part(r, t, PART_VERDICT, v);
	return true;
}

static bool
hide_what_was_missing(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	PbVerdict *v = part_of(r, t, &pb_verdict__descriptor, e->verdict[0]);

	(void)d;
	if (v->n_missing == 0)
		return false;
	v->n_missing = 0;
	e->verdict[0] = new_part(r, t, PART_VERDICT, v);
	return true;
}

static bool
drop_a_verdict(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	(void)r;
	(void)t;
	(void)d;
	if (e->n_verdict < 2)
		return false;
	e->n_verdict--;
	return true;
}

static bool
break_the_signature(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	(void)r;
	(void)t;
	(void)e;
	d->signature->value.data[5] ^= 1;
	return true;
}

static bool
change_the_transition(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	(void)r;
	(void)t;
	(void)e;
	if (d->transition == NULL || d->transition->to == CASE_STATE_CLOSED)
		return false;
	d->transition->to = CASE_STATE_CLOSED;
	return true;
}

static bool
tell_what_was_withheld(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	(void)r;
	(void)t;
	(void)e;
	if (d->n_withheld == 0)
		return false;
	d->n_withheld = 0;
	return true;
}

static bool
judge_too_late(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	(void)r;
	(void)t;
	(void)d;
	/* The certificates of this test are good for thirty. */
	e->recorded_at += 40 * DAY_MS;
	return true;
}

static bool
drop_an_approval(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	PbApproved *a;
	struct bytes packed;

	(void)t;
	(void)e;
	assert_int_equal(ENVELOPE_UNPACK(r->s->arena, approved,
			     bytes_of(d->object.data, d->object.len), &a, NULL),
	    CODE_OK);
	a->n_approval = 1;
	assert_err(envelope_pack(r->s->arena, a, &packed), ERR_OK);
	d->object = pb_bytes(packed.data, packed.len);
	return true;
}

static bool
offer_to_another(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	(void)r;
	(void)t;
	(void)e;
	d->node = (char *)"civilsamfund/fk-oest";
	return true;
}

static bool
change_the_ack(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	PbAck *ack;
	PbAckBody *body;
	struct bytes packed;

	(void)t;
	(void)e;
	assert_int_equal(
	    ENVELOPE_UNPACK(r->s->arena, ack,
		bytes_of(d->object.data, d->object.len), &ack, NULL),
	    CODE_OK);
	assert_int_equal(
	    ENVELOPE_UNPACK(r->s->arena, ack_body,
		bytes_of(ack->body.data, ack->body.len), &body, NULL),
	    CODE_OK);
	body->root.data[0] ^= 1;
	assert_err(envelope_pack(r->s->arena, body, &packed), ERR_OK);
	ack->body = pb_bytes(packed.data, packed.len);
	assert_err(envelope_pack(r->s->arena, ack, &packed), ERR_OK);
	d->object = pb_bytes(packed.data, packed.len);
	return true;
}

/*
 * Two entries: the first message parked many times, or for nobody; the next
 * becomes the expiry of that.
 */
static bool
expire_what_never_was(
    struct rig *r, struct txn *t, PbEntry *e, PbDetails *d, bool no_addressee)
{
	static ProtobufCBinaryData many[RECIPIENTS_MAX + 12];
	static uint64_t message = UINT64_MAX;
	PbVerdict *v;

	if (message == UINT64_MAX) {
		v = part_of(r, t, &pb_verdict__descriptor, e->verdict[0]);
		v->outcome = OUTCOME_PARK;
		v->code = CODE_PENDING;
		if (no_addressee)
			v->addressee = pb_bytes(NULL, 0);
		message = ledger_size(t);
		many[0] = new_part(r, t, PART_VERDICT, v);
		e->n_verdict = no_addressee ? 1 : RECIPIENTS_MAX + 12;
		for (size_t i = 1; i < e->n_verdict; i++)
			many[i] = many[0];
		e->verdict = many;
		return false;
	}
	e->kind = ENTRY_KIND_CASE_EVENT;
	e->n_verdict = 0;
	d->has_of = true;
	d->of = message;
	message = UINT64_MAX;
	return true;
}

static bool
expire_too_many(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	return expire_what_never_was(r, t, e, d, false);
}

static bool
expire_what_names_no_part(
    struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	return expire_what_never_was(r, t, e, d, true);
}

static bool
change_nothing(struct rig *r, struct txn *t, PbEntry *e, PbDetails *d)
{
	(void)r;
	(void)t;
	(void)e;
	(void)d;
	return true;
}

struct copying {
	struct txn *to;
	enum table table;
};

static bool
copy_one(void *ctx, struct bytes key, struct bytes value)
{
	struct copying *c = ctx;

	return store_put(c->to, c->table, key, value) == ERR_OK;
}

static void
copy_tables(struct txn *from, struct txn *to)
{
	static const enum table tables[] = { TABLE_META, TABLE_PART, TABLE_LAW,
		TABLE_NODE, TABLE_CASE };
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct copying c = { to, tables[i] };

		assert_err(
		    store_scan(from, c.table, bytes_of(NULL, 0), copy_one, &c),
		    ERR_OK);
	}
}

/* Copies the entries; changes one as f says. UINT64_MAX if none fitted. */
static uint64_t
copy_entries(
    struct rig *r, struct txn *from, struct txn *to, const struct forgery *f)
{
	uint64_t i, size = ledger_size(from), index, forged = UINT64_MAX;
	struct bytes packed;
	uint64_t last = 0;

	for (i = 0; i < size; i++) {
		PbDetails *d = NULL;
		PbEntry *e;

		assert_err(ledger_entry(from, r->s->arena, i, &packed), ERR_OK);
		assert_int_equal(
		    ENVELOPE_UNPACK(r->s->arena, entry, packed, &e, NULL),
		    CODE_OK);
		if (e->has_details)
			d = part_of(
			    r, from, &pb_details__descriptor, e->details);
		if (forged == UINT64_MAX && e->kind == f->kind && d != NULL &&
		    f->change(r, to, e, d)) {
			forged = i;
			e->details = new_part(r, to, PART_DETAILS, d);
		}
		/* Whoever moves one time must move those after it. */
		if (e->recorded_at < last)
			e->recorded_at = last;
		last = e->recorded_at;
		assert_err(ledger_append(to, r->s->arena, e, &index), ERR_OK);
	}
	return forged;
}

static uint64_t
forge(struct rig *r, const char *from, const char *to, const struct forgery *f)
{
	struct note_secret secret = rig_secret();
	struct store *old, *new;
	struct ledger *l;
	struct txn *in, *out;
	uint64_t forged;
	const char *low = arena_printf(r->s->arena, "%s.low", to);
	const char *work = arena_printf(r->s->arena, "%s.work", to);

	assert_err(store_open(&old, from, 0, true, NULL), ERR_OK);
	assert_err(store_open(&new, work, SCRATCH_MAP, false, NULL), ERR_OK);
	assert_err(ledger_open(&l, new, &secret, low, NULL), ERR_OK);
	assert_err(store_read(old, &in, NULL), ERR_OK);
	assert_err(store_write(new, &out, NULL), ERR_OK);
	copy_tables(in, out);
	forged = copy_entries(r, in, out, f);
	scratch_commit(out);
	assert_err(store_read(new, &out, NULL), ERR_OK);
	assert_err(ledger_sign(l, out, NULL), ERR_OK);
	store_abort(out);
	assert_err(ledger_snapshot(l, to, NULL), ERR_OK);
	store_abort(in);
	ledger_close(l);
	store_close(new);
	store_close(old);
	if (forged == UINT64_MAX)
		fail_msg("%s: no entry of that kind to forge", f->says);
	return forged;
}

/* Is there a line "entry N: …" with this text? */
static bool
says_of_entry(const struct said *said, uint64_t index, const char *text)
{
	const char *line = said->text, *end;
	char begin[32];

	(void)snprintf(begin, sizeof(begin), "entry %u: ", (unsigned)index);
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
		if (strncmp(line, begin, strlen(begin)) == 0 &&
		    memmem(line, (size_t)(end - line), text, strlen(text)) !=
			NULL)
			return true;
	return false;
}

static void
a_lying_operator_is_found_out(void **state)
{
	static const struct forgery cases[] = {
		{ "a refusal becomes a permit", ENTRY_KIND_MESSAGE,
		    permit_what_was_refused, "verdict 1: recorded permit" },
		{ "a permit becomes a refusal", ENTRY_KIND_MESSAGE,
		    refuse_what_was_permitted, "judged again permit" },
		{ "another rule is cited", ENTRY_KIND_MESSAGE,
		    cite_another_rule, "R99" },
		{ "another alternative is suggested", ENTRY_KIND_MESSAGE,
		    suggest_something_else,
		    "verdict 1: recorded 1 lawful alternatives, judged again" },
		{ "what was missing is hidden", ENTRY_KIND_MESSAGE,
		    hide_what_was_missing,
		    "verdict 1: recorded 0 conditions missing, judged again" },
		{ "a recipient is left out", ENTRY_KIND_MESSAGE, drop_a_verdict,
		    "recorded 1 verdicts" },
		{ "the sender never signed", ENTRY_KIND_MESSAGE,
		    break_the_signature, "does not hold" },
		{ "the case went another way", ENTRY_KIND_MESSAGE,
		    change_the_transition, "the case: recorded" },
		{ "what was withheld is said to be told", ENTRY_KIND_MESSAGE,
		    tell_what_was_withheld, "not told" },
		{ "the time was another: that key was valid no more",
		    ENTRY_KIND_MESSAGE, judge_too_late, "key_not_valid" },
		{ "a card without a second custodian", ENTRY_KIND_ADMITTED,
		    drop_an_approval, "does not count" },
		{ "a law without a second custodian", ENTRY_KIND_MANIFEST,
		    drop_an_approval, "not approved by two custodians" },
		{ "a suspension that one custodian made", ENTRY_KIND_SUSPENDED,
		    drop_an_approval, "suspension was not approved" },
		{ "somebody else was offered it", ENTRY_KIND_OFFERED,
		    offer_to_another, "no message permitted to civilsamfund" },
		{ "the recipient saw another tree", ENTRY_KIND_ACKED,
		    change_the_ack, "does not hold" },
		{ "more expired than can have parked", ENTRY_KIND_MESSAGE,
		    expire_too_many, "names no message that expired" },
		{ "what expired was for nobody", ENTRY_KIND_MESSAGE,
		    expire_what_names_no_part,
		    "names no message that expired" },
	};
	struct rig *r = rig_open(*state);
	const char *dir, *to;
	char name[32];
	uint64_t index;
	size_t i;

	rig_admit_all(r);
	rig_play(r, ALL_EXAMPLES);
	rig_deliver(r);
	rig_suspend(r, "auditor/datatilsynet");
	dir = snapshot(r);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct said *said;

		(void)snprintf(name, sizeof(name), "forged-%zu", i);
		to = scratch_path(r->s, name);
		index = forge(r, dir, to, &cases[i]);
		/* All hashes and the signature are right. */
		assert_said(audit(r, "verify", to, NULL), EXIT_YES, "verified");
		said = audit(r, "replay", to, NULL);
		if (said->code != EXIT_NO ||
		    !says_of_entry(said, index, cases[i].want))
			fail_msg(
			    "%s: exit %d, want \"entry %u: …%s\":\n%.1000s",
			    cases[i].says, said->code, (unsigned)index,
			    cases[i].want, said->text);
	}
}

/* State that the entries do not add up to: an item slipped into a table. */
static void
state_must_be_what_the_entries_say(void **state)
{
	static const struct forgery honest = { "", ENTRY_KIND_ACKED,
		change_nothing, NULL };
	struct rig *r = rig_open(*state);
	struct store *s;
	struct bytes key, value;
	uint8_t *copy;
	struct txn *t;
	const char *to = scratch_path(r->s, "forged"), *dir;

	rig_admit_all(r);
	rig_play(r, 20);
	rig_deliver(r);
	dir = snapshot(r);
	(void)forge(r, dir, to, &honest);
	/* Nothing but a new salt: not the tree that recipients signed. */
	assert_said(
	    audit(r, "replay", to, NULL), EXIT_NO, "another log than this");
	assert_err(store_open(&s, dir, SCRATCH_MAP, false, NULL), ERR_OK);
	assert_err(store_write(s, &t, NULL), ERR_OK);
	assert_err(store_last(t, TABLE_CASE, &key, &value), ERR_OK);
	copy = arena_dup(r->s->arena, key);
	store_delete(t, TABLE_CASE, bytes_of(copy, key.len));
	copy = arena_alloc(r->s->arena, 4096);
	assert_err(
	    store_get(t, TABLE_NODE, bytes_str("hotline/national"), &value),
	    ERR_OK);
	memcpy(copy, value.data, value.len);
	copy[0] = 1;
	store_put(t, TABLE_NODE, bytes_str("hotline/national"),
	    bytes_of(copy, value.len));
	scratch_commit(t);
	store_close(s);
	assert_said(audit(r, "verify", dir, NULL), EXIT_YES, "verified");
	assert_said(audit(r, "replay", dir, NULL), EXIT_NO,
	    "the registry, at the end: one is not what");
	assert_said(audit(r, "replay", dir, NULL), EXIT_NO,
	    "the facts of the cases, at the end: one is missing");
}

/* Two strangers make themselves custodians: their law approves itself. */
static void
new_custodians_need_the_old_ones(void **state)
{
	struct rig *r = rig_open(*state);
	const char *dir;
	char more[200];

	rig_custodians(r, 2, 3);
	rig_force(r, 2, 3);
	dir = snapshot(r);
	assert_said(audit(r, "verify", dir, NULL), EXIT_YES, "verified");
	assert_said(audit(r, "replay", dir, NULL), EXIT_NO,
	    "custodians in force before it");
	(void)snprintf(
	    more, sizeof(more), "--custodian=%s/custodian-2.pem", r->s->dir);
	assert_said(audit(r, "replay", dir, more), EXIT_NO, "that you know");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_lying_operator_is_found_out),
		scratch_test(state_must_be_what_the_entries_say),
		scratch_test(new_custodians_need_the_old_ones),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
