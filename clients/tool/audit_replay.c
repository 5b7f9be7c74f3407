/*
 * SPDX-License-Identifier: MIT
 *
 * audit replay: walks the entries in order, keeps law and registry as they
 * were at each, and checks what gave them force: custodians' approvals,
 * recipients' signatures. Messages are in audit_judge.c.
 */
#include "audit_replay.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include "daemon/ledger/lawbook.h"
#include "proto/card.h"
#include "proto/digest.h"
#include "tool.h"

#define REPLAY_ARENA (64u * 1024 * 1024)
#define REPLAY_MAP (16ull * 1024 * 1024 * 1024)
#define ALL_DOORS 65535 /* the pool of that time is not recorded */

void
replay_differs(struct replay *r, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	audit_fault(r->audit, r->index, text);
}

/* --------------------------------------------------------------------- law */

static void
check_approvals(struct replay *r, struct cert *const *custodian, size_t n,
    const char *whose)
{
	struct digest object, found;
	struct bytes body, approved;
	struct why why = { .text = "it cannot be read" };
	size_t stale;

	/* What was approved before the one in force came counts no longer. */
	if (card_approved_since(r->arena,
		bytes_of(r->details->object.data, r->details->object.len),
		r->since, r->entry->recorded_at, &approved, &stale) != ERR_OK ||
	    card_open_approved(r->arena, approved, OBJECT_MANIFEST, custodian,
		n, &body, &object, &why) != ERR_OK) {
		replay_differs(r,
		    "the manifest is not approved by two "
		    "custodians %s: %s",
		    whose, why.text);
		return;
	}
	found = digest_of(&body, 1);
	if (!digest_eq(&found, &r->manifest))
		replay_differs(r,
		    "another manifest was approved than the one "
		    "in force");
}

/* Those of l who counted then; other may revoke more. */
static void
check_custodians(struct replay *r, const struct law *l, const struct law *other,
    const char *whose)
{
	struct cert *custodian[CUSTODIANS_MAX];
	struct why left_out;
	size_t n = law_custodians_at(
	    l, other, r->entry->recorded_at, custodian, &left_out);

	check_approvals(r, custodian, n, whose);
}

/*
 * Whoever is custodian now must be so by the will of those before; the
 * first ones are the auditor's to know.
 */
static void
check_manifest_approved(struct replay *r)
{
	const struct audit *a = r->audit;

	if (r->law == NULL || r->details == NULL || !r->details->has_object) {
		replay_differs(r, "the manifest's approval is not stored");
		return;
	}
	check_custodians(r, r->law, r->before, "that it names");
	if (r->before != NULL)
		check_custodians(r, r->before, r->law, "in force before it");
	else if (a->n_custodian > 0)
		check_approvals(
		    r, a->custodian, a->n_custodian, "that you know");
}

/* The law that this entry was made under; only an entry of kind manifest
 * may change it. */
static void
follow_law(struct replay *r)
{
	struct problems p = { .count = 0 };
	struct digest manifest;

	if (r->entry->manifest.len != DIGEST_SIZE) {
		replay_differs(r, "it names no manifest");
		return;
	}
	memcpy(manifest.b, r->entry->manifest.data, DIGEST_SIZE);
	if (r->has_manifest && digest_eq(&manifest, &r->manifest))
		return;
	if (r->entry->kind != ENTRY_KIND_MANIFEST)
		replay_differs(r,
		    "it names a manifest that no entry put in "
		    "force");
	law_unref(r->before);
	r->before = r->law;
	r->since = r->in_force;
	r->in_force = r->entry->recorded_at;
	r->manifest = manifest;
	r->has_manifest = true;
	r->law = lawbook_load(r->in, &manifest, &p);
	if (r->law == NULL)
		replay_differs(r,
		    "the law it was made under cannot be loaded: "
		    "%.300s",
		    p.text != NULL ? p.text : "no reason");
	problems_free(&p);
}

/* ---------------------------------------------------------------- registry */

static enum err
reload_registry(struct replay *r)
{
	struct registry *next;
	struct why why;
	enum err err;

	err = registry_load(&next, r->fold, &why);
	if (err != ERR_OK) {
		replay_differs(r, "%s", why.text);
		return store_error(r->fold);
	}
	registry_unref(r->registry);
	r->registry = next;
	return ERR_OK;
}

static bool
is_subject(const struct replay *r, const struct digest *object)
{
	return r->entry->has_subject &&
	    bytes_eq(bytes_of(r->entry->subject.data, r->entry->subject.len),
		bytes_of(object->b, DIGEST_SIZE));
}

static enum err
replay_admitted(struct replay *r, struct bytes approved)
{
	struct card card;
	struct why why;
	enum err err;

	err = card_open(r->arena, approved, r->law->custodian,
	    r->law->n_custodian, &card, &why);
	if (err != ERR_OK) {
		replay_differs(
		    r, "a card that does not count was admitted: %s", why.text);
		return ERR_OK;
	}
	if (!is_subject(r, &card.object))
		replay_differs(r,
		    "another card was admitted than the entry "
		    "names");
	err = anchors_check(
	    r->law->anchors, card.cert, r->entry->recorded_at, NULL, &why);
	if (err == ERR_OK)
		err = registry_admit(
		    r->fold, r->arena, approved, card.pb, ALL_DOORS, &why);
	if (err != ERR_OK)
		replay_differs(
		    r, "the card should not have been admitted: %s", why.text);
	card_close(&card);
	return reload_registry(r);
}

static enum err
replay_suspended(struct replay *r, struct bytes approved)
{
	const struct reg_node *node;
	struct digest object;
	PbSuspension *s;
	struct bytes body;
	struct why why;

	if (card_open_approved(r->arena, approved, OBJECT_SUSPENSION,
		r->law->custodian, r->law->n_custodian, &body, &object,
		&why) != ERR_OK) {
		replay_differs(
		    r, "the suspension was not approved: %s", why.text);
		return ERR_OK;
	}
	if (!is_subject(r, &object) ||
	    ENVELOPE_UNPACK(r->arena, suspension, body, &s, NULL) != CODE_OK) {
		replay_differs(r, "it is not the suspension the entry names");
		return ERR_OK;
	}
	node = r->registry == NULL ? NULL : registry_find(r->registry, s->node);
	if (node == NULL || node->card->serial != s->serial) {
		replay_differs(r, "the suspended card was not in force");
		return ERR_OK;
	}
	if (registry_suspend(r->fold, s->node, &why) != ERR_OK)
		replay_differs(r, "%s", why.text);
	return reload_registry(r);
}

static enum err
replay_node(struct replay *r)
{
	struct bytes approved;

	if (r->details == NULL || !r->details->has_object) {
		replay_differs(r, "the approved object is not stored");
		return ERR_OK;
	}
	if (r->law == NULL)
		return ERR_OK;
	approved = bytes_of(r->details->object.data, r->details->object.len);
	return r->entry->kind == ENTRY_KIND_ADMITTED ?
	    replay_admitted(r, approved) :
	    replay_suspended(r, approved);
}

/* ------------------------------------------------------------ offers, acks */

/* Was the message of entry `of` permitted to this node? */
static bool
was_permitted(struct replay *r, uint64_t of, const char *node)
{
	PbDetails *details;
	PbVerdict *v;
	PbEntry *e;
	size_t i, k;

	if (of >= r->index ||
	    audit_entry(r->in, r->arena, of, &e, &details) != ERR_OK ||
	    e->kind != ENTRY_KIND_MESSAGE)
		return false;
	for (i = 0; i < e->n_verdict; i++) {
		if (AUDIT_PART(r->in, r->arena, verdict, e->verdict[i], &v) !=
			ERR_OK ||
		    v->outcome != OUTCOME_PERMIT || v->node == NULL ||
		    strcmp(v->node, node) != 0)
			continue;
		for (k = 0; details != NULL && k < details->n_withheld; k++)
			if (bytes_eq(
				bytes_of(details->withheld[k]->addressee.data,
				    details->withheld[k]->addressee.len),
				bytes_of(
				    v->addressee.data, v->addressee.len)) &&
			    details->withheld[k]->node != NULL &&
			    strcmp(details->withheld[k]->node, node) == 0)
				break;
		if (details == NULL || k == details->n_withheld)
			return true;
	}
	return false;
}

static bool
check_of(struct replay *r)
{
	const PbDetails *d = r->details;

	if (d == NULL || d->node == NULL || !d->has_of) {
		replay_differs(r, "it does not say which message and node");
		return false;
	}
	if (was_permitted(r, d->of, d->node) ||
	    (d->of < r->index && replay_was_decided_for(r, d->of, d->node)))
		return true;
	replay_differs(r, "entry %" PRIu64 " is no message permitted to %s",
	    d->of, d->node);
	return false;
}

/* A recipient signs the tree it saw: it must be this one. */
static void
check_tree_seen(struct replay *r, const PbAckBody *body)
{
	struct digest root;

	if (body->index != r->details->of)
		replay_differs(r,
		    "the ack is of entry %" PRIu64 ", not %" PRIu64,
		    body->index, r->details->of);
	if (body->size == 0 || body->size > r->audit->head.size ||
	    ledger_root(r->in, body->size, &root) != ERR_OK ||
	    !bytes_eq(bytes_of(body->root.data, body->root.len),
		bytes_of(root.b, DIGEST_SIZE)))
		replay_differs(
		    r, "%s was shown another log than this", r->details->node);
}

static void
replay_ack(struct replay *r)
{
	const struct reg_node *node;
	PbAckBody *body;
	struct digest digest;
	enum code code;
	PbAck *ack;

	if (!check_of(r))
		return;
	if (!r->details->has_object ||
	    ENVELOPE_UNPACK(r->arena, ack,
		bytes_of(r->details->object.data, r->details->object.len), &ack,
		NULL) != CODE_OK ||
	    ENVELOPE_UNPACK(r->arena, ack_body,
		bytes_of(ack->body.data, ack->body.len), &body,
		NULL) != CODE_OK) {
		replay_differs(r, "the ack is not stored, or does not parse");
		return;
	}
	digest = digest_tagged(
	    TAG(TAG_ACK), bytes_of(ack->body.data, ack->body.len));
	if (!is_subject(r, &digest))
		replay_differs(r, "it is not the ack the entry names");
	node = r->registry == NULL ?
	    NULL :
	    registry_find(r->registry, r->details->node);
	if (node == NULL || node->suspended) {
		replay_differs(r, "%s was not admitted", r->details->node);
		return;
	}
	code = sign_check(TAG(TAG_ACK), &digest, ack->signature, node->cert);
	if (code != CODE_OK)
		replay_differs(r, "the signature of %s does not hold: %s",
		    node->id, code_name(code));
	check_tree_seen(r, body);
}

/* -------------------------------------------------------------------- walk */

static enum err
replay_kind(struct replay *r)
{
	switch (r->entry->kind) {
	case ENTRY_KIND_MANIFEST:
		check_manifest_approved(r);
		return ERR_OK;
	case ENTRY_KIND_ADMITTED:
	case ENTRY_KIND_SUSPENDED:
		return replay_node(r);
	case ENTRY_KIND_MESSAGE:
		return replay_message(r);
	case ENTRY_KIND_OFFERED:
		(void)check_of(r);
		return ERR_OK;
	case ENTRY_KIND_ACKED:
	case ENTRY_KIND_NACKED:
		replay_ack(r);
		return ERR_OK;
	case ENTRY_KIND_CASE_EVENT:
		return replay_expired(r);
	default:
		return ERR_OK; /* nothing to judge: a tick, a start */
	}
}

bool
replay_is_erased(struct replay *r, enum err err)
{
	if (err != ERR_NOT_FOUND || r->watch == NULL)
		return false;
	r->erased++;
	r->watch->erased(r->watch->ctx, r);
	return true;
}

static enum err
replay_entry(struct replay *r)
{
	PbDetails *details = NULL;
	PbEntry *entry = NULL;
	enum err err;

	if (arena_new(&r->arena, REPLAY_ARENA) != ERR_OK)
		return ERR_NOMEM;
	r->audit->guard->near = r->index;
	err = audit_entry(r->in, r->arena, r->index, &entry, &details);
	if (err == ERR_OK) {
		r->entry = entry;
		r->details = details;
		follow_law(r);
		err = replay_kind(r);
	} else if (!replay_is_erased(r, err)) {
		replay_differs(r, "it cannot be read: run verify");
		err = ERR_OK;
	} else {
		err = ERR_OK;
	}
	arena_free(r->arena);
	if (err == ERR_OK)
		err = store_error(r->in);
	return err == ERR_OK ? store_error(r->fold) : err;
}

struct difference {
	struct replay *replay;
	struct txn *other;
	enum table table;
	const char *what;
};

static bool
compare_one(void *ctx, struct bytes key, struct bytes value)
{
	struct difference *d = ctx;
	struct bytes other;

	if (store_get(d->other, d->table, key, &other) != ERR_OK)
		replay_differs(d->replay, "%s, at the end: %s", d->what,
		    d->other == d->replay->in ? "one is missing" :
						"one too many");
	else if (d->other == d->replay->in && !bytes_eq(value, other))
		replay_differs(d->replay,
		    "%s, at the end: one is not what "
		    "the entries add up to",
		    d->what);
	return true;
}

/* State is a fold over the entries: folded anew it must be the same. */
static enum err
compare_state(struct replay *r)
{
	static const struct {
		enum table table;
		const char *what;
	} state[] = {
		{ TABLE_NODE, "the registry" },
		{ TABLE_CASE, "the facts of the cases" },
		{ TABLE_PARK, "what waits for approvers" },
	};
	enum err err = ERR_OK;
	size_t i;

	r->index = r->audit->head.size - 1;
	for (i = 0; err == ERR_OK && i < sizeof(state) / sizeof(state[0]);
	     i++) {
		struct difference d = { r, r->in, state[i].table,
			state[i].what };

		err = store_scan(
		    r->fold, d.table, bytes_of(NULL, 0), compare_one, &d);
		d.other = r->fold;
		if (err == ERR_OK)
			err = store_scan(
			    r->in, d.table, bytes_of(NULL, 0), compare_one, &d);
	}
	return err;
}

static void
print_replayed(const struct audit *a, uint64_t messages, uint64_t verdicts)
{
	uint64_t faults = a->guard->faults;

	if (a->json) {
		(void)print_json(json_pack("{s:b,s:I,s:I,s:I,s:I}", "ok",
		    faults == 0, "size", (json_int_t)a->head.size, "messages",
		    (json_int_t)messages, "verdicts", (json_int_t)verdicts,
		    "differences", (json_int_t)faults));
		return;
	}
	printf("%s%s%s: %" PRIu64 " entries, %" PRIu64 " messages, %" PRIu64
	       " verdicts judged again, %" PRIu64 " differences",
	    colour(stdout, faults == 0 ? COLOUR_GOOD : COLOUR_BAD),
	    faults == 0 ? "replayed" : "DIFFERS", colour(stdout, COLOUR_PLAIN),
	    a->head.size, messages, verdicts, faults);
	putchar('\n');
}

static enum err
run(struct replay *r, struct why *why)
{
	enum err err;

	err = store_open(&r->store, r->audit->scratch, REPLAY_MAP, false, why);
	if (err == ERR_OK)
		err = store_write(r->store, &r->fold, why);
	if (err == ERR_OK)
		err = store_read(r->audit->store, &r->in, why);
	if (err != ERR_OK)
		return err;
	for (; err == ERR_OK && r->index < r->audit->head.size; r->index++)
		err = replay_entry(r);
	/* What an erased message did to its case is not known. */
	if (err == ERR_OK && r->audit->head.size > 0 && r->erased == 0)
		err = compare_state(r);
	if (err != ERR_OK)
		return why_set(why, err, "replay near entry %" PRIu64 ": %s",
		    r->index, err_name(err));
	return ERR_OK;
}

enum err
replay_run(struct audit *a, const struct replay_watch *watch,
    uint64_t *messages, uint64_t *verdicts, struct why *why)
{
	struct replay r = { .audit = a, .watch = watch };
	enum err err;

	if (sodium_init() < 0)
		return why_set(why, ERR_IO, "libsodium does not start");
	err = run(&r, why);
	*messages = r.messages;
	*verdicts = r.verdicts;
	registry_unref(r.registry);
	law_unref(r.law);
	law_unref(r.before);
	store_abort(r.in);
	store_abort(r.fold);
	store_close(r.store);
	return err;
}

int
audit_replay(struct audit *a)
{
	uint64_t messages, verdicts;
	struct why why;

	if (replay_run(a, NULL, &messages, &verdicts, &why) != ERR_OK)
		return trouble("%s", why.text);
	print_replayed(a, messages, verdicts);
	return a->guard->faults == 0 ? EXIT_YES : EXIT_NO;
}
