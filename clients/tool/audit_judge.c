/*
 * SPDX-License-Identifier: MIT
 *
 * audit replay, one message: R3, R5, R6 and what R7 does to the case, by the
 * same functions as in core, on what the entry and its parts say.
 * Whom a message is about it knows by the keyed hash in its details only.
 */
#include "audit_replay.h"

#include <string.h>

#include "daemon/core/context.h"
#include "daemon/core/r4_dedupe.h"
#include "daemon/core/r7_case.h"
#include "daemon/ledger/cases.h"
#include "daemon/ledger/vault.h"
#include "proto/digest.h"
#include "proto/sign.h"
#include "proto/taxonomy.h"

struct recorded {
	struct envelope env;
	PbVerdict **verdict; /* as told */
};

static enum err
read_header(struct replay *r, struct envelope *env)
{
	if (!r->entry->has_subject || r->entry->subject.len != DIGEST_SIZE)
		return ERR_INVALID;
	memcpy(env->header_digest.b, r->entry->subject.data, DIGEST_SIZE);
	enum err err = vault_get(
	    r->in, r->arena, &env->header_digest, &env->header_bytes);
	struct digest found;

	if (err != ERR_OK)
		return err;
	found = digest_tagged(TAG(TAG_HEADER), env->header_bytes);
	if (!digest_eq(&found, &env->header_digest) ||
	    ENVELOPE_UNPACK(r->arena, header, env->header_bytes, &env->header,
		NULL) != CODE_OK ||
	    env->header->message_id.len != ID_SIZE ||
	    (env->header->has_case_id && env->header->case_id.len != ID_SIZE) ||
	    (env->header->has_in_reply_to &&
		env->header->in_reply_to.len != ID_SIZE))
		return ERR_INVALID;
	return ERR_OK;
}

static enum err
read_addressee(struct replay *r, struct bytes part,
    const struct digest *commitment, struct recorded *m)
{
	struct envelope *env = &m->env;
	PbAddressee *a;

	if (env->n_addressee == ADDRESSEES_MAX ||
	    ENVELOPE_UNPACK(r->arena, addressee, part, &a, NULL) != CODE_OK)
		return ERR_INVALID;
	env->addressee[env->n_addressee] = a;
	env->addressee_part[env->n_addressee++].commitment = *commitment;
	return ERR_OK;
}

static enum err
read_part(struct replay *r, ProtobufCBinaryData commitment, struct recorded *m)
{
	struct digest digest;
	struct bytes part;
	PbOpening *opening;
	enum err err;

	if (commitment.len != DIGEST_SIZE)
		return ERR_INVALID;
	memcpy(digest.b, commitment.data, DIGEST_SIZE);
	err = vault_open(r->in, r->arena, &digest, &opening);
	if (err != ERR_OK)
		return err;
	part = bytes_of(opening->part.data, opening->part.len);
	switch (opening->kind) {
	case PART_GROUNDS:
		return ENVELOPE_UNPACK(r->arena, grounds, part, &m->env.grounds,
			   NULL) == CODE_OK ?
		    ERR_OK :
		    ERR_INVALID;
	case PART_ADDRESSEE:
		return read_addressee(r, part, &digest, m);
	default:
		return ERR_OK; /* no verdict depends on it */
	}
}

static enum err
read_message(struct replay *r, struct recorded *m)
{
	const PbEntry *e = r->entry;
	enum err err;
	size_t i;

	err = read_header(r, &m->env);
	for (i = 0; err == ERR_OK && i < r->details->n_part; i++)
		err = read_part(r, r->details->part[i], m);
	if (err == ERR_OK && m->env.grounds == NULL)
		err = ERR_INVALID;
	m->verdict = arena_alloc(
	    r->arena, (e->n_verdict + 1) * sizeof(*m->verdict));
	if (err == ERR_OK && m->verdict == NULL)
		err = ERR_NOMEM;
	for (i = 0; err == ERR_OK && i < e->n_verdict; i++)
		err = AUDIT_PART(
		    r->in, r->arena, verdict, e->verdict[i], &m->verdict[i]);
	return err;
}

/* ---------------------------------------------------------------- verdicts */

static const char *
or_none(const char *text)
{
	return text != NULL ? text : "-";
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const char *
node_of(const struct recipient *to)
{
	return to->node != NULL ? to->node->id : NULL;
}

static const char *
rule_of(const struct judgement *j)
{
	return j->rule != NULL ? rule_id(j->rule) : NULL;
}

/* What is missing: of the judgement, or why an acute message was flagged. */
static bool
same_missing(
    const PbVerdict *v, const struct recipient *to, const struct judgement *j)
{
	if (to->flag != NULL)
		return v->n_missing == 1 && same_text(v->missing[0], to->flag);
	if (v->n_missing != j->n_missing)
		return false;
	for (size_t i = 0; i < j->n_missing; i++)
		if (!same_text(v->missing[i], j->missing[i]))
			return false;
	return true;
}

static bool
same_instead(const PbVerdict *v, const struct recipient *to)
{
	char text[ALTERNATIVE_TEXT];

	if (v->n_instead != to->n_instead)
		return false;
	for (size_t i = 0; i < to->n_instead; i++)
		if (!same_text(
			v->instead[i], alternative_text(&to->instead[i], text)))
			return false;
	return true;
}

static bool
is_same(const PbVerdict *v, const struct recipient *to,
    const struct judgement *j, const struct envelope *env)
{
	const struct digest *addressee =
	    &env->addressee_part[to->addressee].commitment;

	return bytes_eq(bytes_of(v->addressee.data, v->addressee.len),
		   bytes_of(addressee->b, DIGEST_SIZE)) &&
	    v->outcome == j->outcome && v->code == (uint32_t)j->code &&
	    same_text(v->rule, rule_of(j)) && same_text(v->node, node_of(to));
}

static void
say_difference(struct replay *r, size_t i, const char *which,
    const PbVerdict *v, const struct recipient *to, const struct judgement *j)
{
	replay_differs(r,
	    "verdict %zu%s: recorded %s %s %s to %s; judged "
	    "again %s %s %s to %s",
	    i + 1, which, TAXONOMY_ID(outcome, v->outcome), code_name(v->code),
	    or_none(v->rule), or_none(v->node),
	    TAXONOMY_ID(outcome, j->outcome), code_name(j->code),
	    or_none(rule_of(j)), or_none(node_of(to)));
}

/* Compares the verdict that the sender got, with all its words. */
static void
compare_told(struct replay *r, size_t i, const struct recorded *m,
    const struct answer *a)
{
	const PbVerdict *v = m->verdict[i];
	const struct recipient *to = &a->recipient[i];

	if (!is_same(v, to, &to->told, &m->env))
		say_difference(r, i, "", v, to, &to->told);
	else if (!same_missing(v, to, &to->told))
		replay_differs(r,
		    "verdict %zu: recorded %zu conditions missing, judged "
		    "again %zu, not the same",
		    i + 1, v->n_missing, to->told.n_missing);
	else if (!same_instead(v, to))
		replay_differs(r,
		    "verdict %zu: recorded %zu lawful alternatives, judged "
		    "again %zu, not the same",
		    i + 1, v->n_instead, to->n_instead);
}

/* Compares all verdicts, those told and those withheld; decided is what the
 * entry decides of another message, or NULL. */
static void
compare(struct replay *r, const struct recorded *m, const struct answer *a,
    const struct decided *decided)
{
	const PbDetails *d = r->details;
	size_t i, withheld = 0, n = a->n;

	for (i = 0; i < a->n; i++) {
		const struct recipient *to = &a->recipient[i];

		if (i < r->entry->n_verdict)
			compare_told(r, i, m, a);
		if (!to->withheld)
			continue;
		if (withheld < d->n_withheld &&
		    !is_same(d->withheld[withheld], to, &to->real, &m->env))
			say_difference(r, i, ", not told",
			    d->withheld[withheld], to, &to->real);
		withheld++;
	}
	if (decided != NULL)
		replay_compare_decided(r, m->verdict, decided, &n, &withheld);
	if (n != r->entry->n_verdict || withheld != d->n_withheld)
		replay_differs(r,
		    "recorded %zu verdicts, %zu not told; judged "
		    "again %zu, %zu",
		    r->entry->n_verdict, d->n_withheld, n, withheld);
}

/* -------------------------------------------------------------------- case */

static bool
same_transition(struct replay *r, const PbTransition *a, const PbTransition *b)
{
	struct bytes x, y;

	if (a == NULL || b == NULL)
		return a == b;
	return envelope_pack(r->arena, a, &x) == ERR_OK &&
	    envelope_pack(r->arena, b, &y) == ERR_OK && bytes_eq(x, y);
}

static void
check_transition(struct replay *r, const PbTransition *again)
{
	const PbTransition *t = r->details->transition;

	if (!same_transition(r, t, again))
		replay_differs(r,
		    "the case: recorded %s -> %s, again "
		    "%s -> %s",
		    t != NULL ? TAXONOMY_ID(case_state, t->from) : "-",
		    t != NULL ? TAXONOMY_ID(case_state, t->to) : "-",
		    again != NULL ? TAXONOMY_ID(case_state, again->from) : "-",
		    again != NULL ? TAXONOMY_ID(case_state, again->to) : "-");
}

/* approval is what decides, or NULL: then the message itself counts. */
static enum err
apply_to_case(struct replay *r, const struct question *q,
    const struct answer *a, const struct context *ctx,
    const struct approval *approval)
{
	bool was_alone;
	PbTransition *transition;
	PbCase *c = ctx->kase;
	bool changed;
	enum err err;

	if (approval != NULL)
		ctx = &approval->context;
	was_alone = ctx->kase != NULL &&
	    ctx->kase->state == CASE_STATE_POLICE_ONLY;
	err = approval != NULL ?
	    approval_case(r->arena, approval, &c, &changed, &transition) :
	    r7_case(r->arena, q, a, &c, &changed, &transition);
	if (err != ERR_OK)
		return err;
	check_transition(r, transition);
	if (!changed)
		return ERR_OK;
	err = cases_track(r->fold, r->arena, c, was_alone, ctx->person);
	return err == ERR_OK ? cases_put(r->fold, r->arena, c) : err;
}

/* ----------------------------------------------------------------- message */

/* For a later message that answers this one, or decides of it. */
static enum err
remember(struct replay *r, const struct recorded *m)
{
	const PbHeader *h = m->env.header;
	struct id id;

	memcpy(id.b, h->message_id.data, ID_SIZE);
	r4_remember(r->fold, h->sender, &id, &m->env.header_digest, r->index);
	return store_error(r->fold);
}

static void
check_signature(
    struct replay *r, const struct recorded *m, const struct reg_node *sender)
{
	enum code code;

	if (r->details->signature == NULL) {
		replay_differs(r, "the message's signature is not stored");
		return;
	}
	code = sign_check(TAG(TAG_MESSAGE), &m->env.header_digest,
	    r->details->signature, sender->cert);
	if (code != CODE_OK)
		replay_differs(r, "the signature of %s does not hold: %s",
		    sender->id, code_name(code));
}

static void
check_first(struct replay *r, const struct recorded *m)
{
	const PbHeader *h = m->env.header;
	uint64_t before;
	struct id id;

	memcpy(id.b, h->message_id.data, ID_SIZE);
	if (r4_find(r->fold, h->sender, &id, &before))
		replay_differs(r,
		    "this message was decided before, as entry "
		    "%llu",
		    (unsigned long long)before);
}

static enum err
judge_again(
    struct replay *r, const struct recorded *m, const struct reg_node *sender)
{
	struct answers answers = { r->fold, r->arena, m->env.header, r->in };
	struct approval *approval = NULL;
	struct decided *decided = NULL;
	uint64_t at_ms = r->entry->recorded_at;
	const PbDetails *d = r->details;
	struct digest person;
	struct context ctx;
	struct answer a;
	bool valid;
	enum err err;

	if (d->has_person && d->person.len != DIGEST_SIZE)
		return ERR_INVALID;
	if (d->has_person)
		memcpy(person.b, d->person.data, DIGEST_SIZE);
	err = context_load(r->fold, r->arena, d->has_person ? &person : NULL,
	    r->law->places, sender, m->env.header, at_ms, &ctx);
	if (err == ERR_OK)
		err = r6_key_valid(r->law, sender, at_ms, &valid, NULL);
	if (err != ERR_OK)
		return err;
	struct question q = {
		.registry = r->registry,
		.law = r->law,
		.sender = sender,
		.header = m->env.header,
		.grounds = m->env.grounds,
		.n_addressee = m->env.n_addressee,
		.addressee = m->env.addressee,
		.kase = ctx.kase,
		.case_missing = ctx.case_missing,
		.linked_police_alone = ctx.linked_police_alone,
		.key_valid = valid,
		.at_ms = at_ms,
		.answers = context_answers,
		.ctx = &answers,
	};
	if (m->env.header->kind == KIND_APPROVAL) {
		err = replay_approval(r, &q, &approval);
		if (err != ERR_OK)
			return err;
	}
	r6_judge(&q, &a);
	if (!replay_decides(&a, approval))
		approval = NULL;
	if (approval != NULL)
		err = approval_decide(r->arena, approval, &decided);
	if (err != ERR_OK)
		return err;
	compare(r, m, &a, decided);
	if (r->watch != NULL)
		r->watch->judged(r->watch->ctx, r, &q, &a);
	r->verdicts += a.n;
	err = apply_to_case(r, &q, &a, &ctx, approval);
	return err == ERR_OK ?
	    replay_parked(r, m->env.header->expires, &a, approval) :
	    err;
}

enum err
replay_message(struct replay *r)
{
	const struct reg_node *sender;
	struct recorded *m;
	enum err err;

	m = arena_alloc(r->arena, sizeof(*m));
	if (m == NULL)
		return ERR_NOMEM;
	r->messages++;
	err = r->details == NULL ? ERR_INVALID : read_message(r, m);
	if (err != ERR_OK && replay_is_erased(r, err))
		return store_error(r->in);
	if (err != ERR_OK) {
		replay_differs(r,
		    "its header, grounds or verdicts cannot be "
		    "read: run verify");
		return store_error(r->in);
	}
	sender = r->registry == NULL ?
	    NULL :
	    registry_find(r->registry, m->env.header->sender);
	if (sender == NULL || sender->suspended) {
		replay_differs(r, "its sender was not admitted");
		return ERR_OK;
	}
	check_signature(r, m, sender);
	check_first(r, m);
	err = r->law == NULL ? ERR_OK : judge_again(r, m, sender);
	return err == ERR_OK ? remember(r, m) : err;
}
