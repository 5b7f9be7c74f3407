/*
 * SPDX-License-Identifier: MIT
 *
 * approval: see approval.h.
 */
#include "approval.h"

#include <string.h>

#include "daemon/ledger/cases.h"
#include "r4_dedupe.h"
#include "r6_approve.h"
#include "r7_case.h"
#include "r7_verdict.h"

/* ------------------------------------------------------------------ finding */

static bool
same_id(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* The addressee part that is decided, if it parked. */
static bool
finds_addressee(struct approval *x, const struct approving *in)
{
	const struct parked *p = &x->parked;
	bool found = false;

	if (!p->header->has_case_id || !in->header->has_case_id ||
	    !same_id(p->header->case_id, in->header->case_id))
		return false;
	for (size_t i = 0; i < p->n_addressee && !found; i++) {
		if (memcmp(p->commitment[i].b, in->grounds->decides.data,
			DIGEST_SIZE) != 0)
			continue;
		x->addressee = i;
		for (size_t v = 0; v < p->entry->n_verdict && !found; v++)
			found = parked_is(p, v, &p->commitment[i]);
	}
	return found;
}

/* Ids are each sender's own, so that of every node of the authority. */
static enum err
find(const struct books *b, const struct approving *in, struct approval *x,
    bool *found)
{
	uint64_t index;
	struct id id;

	*found = false;
	memcpy(id.b, in->header->in_reply_to.data, sizeof id.b);
	for (size_t i = 0; i < registry_count(in->registry) && !*found; i++) {
		const struct reg_node *n = registry_at(in->registry, i);
		enum err e;

		if (!r5_same_authority(n->id, in->node->id) ||
		    !r4_find(b->fold, n->id, &id, &index))
			continue;
		e = parked_read(b, index, &x->parked);
		if (e == ERR_NOT_FOUND) /* a part of it is erased */
			continue;
		if (e != ERR_OK)
			return e;
		*found = finds_addressee(x, in);
		x->question.sender = n;
	}
	return ERR_OK;
}

/* ------------------------------------------------------------ judging again */

static enum err
judge_again(
    const struct books *b, const struct approving *in, struct approval *x)
{
	const struct parked *p = &x->parked;
	const struct reg_node *sender = x->question.sender;
	bool named = p->details->has_person, valid;
	enum err e;

	if (named && p->details->person.len != DIGEST_SIZE)
		return ERR_INVALID;
	if (named)
		memcpy(x->person.b, p->details->person.data, DIGEST_SIZE);
	e = context_load_again(b->fold, b->arena, named ? &x->person : NULL,
	    in->law->places, sender, p->header, in->at_ms, &x->context);
	if (e == ERR_OK && x->context.kase != NULL)
		e = cases_is_linked_alone(
		    b->fold, x->context.kase, &x->linked_alone);
	if (e == ERR_OK)
		e = r6_key_valid(in->law, sender, in->at_ms, &valid, NULL);
	if (e != ERR_OK)
		return e;
	x->answer = arena_alloc(b->arena, sizeof *x->answer);
	if (x->answer == NULL)
		return ERR_NOMEM;
	x->answers = (struct answers){ b->fold, b->arena, p->header,
		b->record };
	x->question = (struct question){
		.registry = in->registry,
		.law = in->law,
		.sender = sender,
		.header = p->header,
		.grounds = p->grounds,
		.n_addressee = 1,
		.addressee = &p->addressee[x->addressee],
		.kase = x->context.kase,
		.case_missing = x->context.case_missing,
		.linked_police_alone = x->context.linked_police_alone,
		.key_valid = valid,
		.at_ms = in->at_ms,
		.answers = context_answers,
		.ctx = &x->answers,
	};
	r6_judge(&x->question, x->answer);
	return ERR_OK;
}

static const PbVerdict *
parked_verdict_of(const struct approval *x)
{
	const struct parked *p = &x->parked;

	for (size_t i = 0; i < p->entry->n_verdict; i++)
		if (parked_is(p, i, &p->commitment[x->addressee]))
			return p->verdict[i];
	return NULL;
}

static enum err
check(const struct books *b, const struct approving *in, struct approval *x)
{
	const struct parked *p = &x->parked;
	const char *rule = parked_verdict_of(x)->rule;
	uint64_t roles = r6_deciders(in->law, x->answer, rule);
	bool decided;
	enum err e = parked_is_decided(
	    b, p->index, &p->commitment[x->addressee], &decided);

	if (e != ERR_OK)
		return e;
	if ((roles >> in->header->role & 1) == 0)
		x->code = CODE_UNKNOWN_CASE;
	else if (x->question.sender == in->node)
		x->code = CODE_OWN_MESSAGE;
	else if (p->header->expires <= in->at_ms)
		x->code = CODE_EXPIRED;
	else
		x->code = decided ? CODE_DECIDED : CODE_OK;
	return ERR_OK;
}

enum err
approval_load(
    const struct books *b, const struct approving *in, struct approval **out)
{
	struct approval *x = arena_alloc(b->arena, sizeof *x);
	bool found;
	enum err e;

	if (x == NULL)
		return ERR_NOMEM;
	*out = x;
	x->code = CODE_UNKNOWN_CASE;
	x->approved = in->grounds->has_event &&
	    in->grounds->event == EVENT_APPROVED;
	e = find(b, in, x, &found);
	if (e != ERR_OK || !found)
		return e;
	e = judge_again(b, in, x);
	return e == ERR_OK ? check(b, in, x) : e;
}

/* ----------------------------------------------------------------- deciding */

/* The parked verdict as a refusal. A forged entry may list too many. */
static enum err
refuse(struct arena *a, const PbVerdict *parked, enum code code,
    struct decided *out)
{
	PbVerdict *v;

	if (out->n == RECIPIENTS_MAX)
		return ERR_INVALID;
	v = arena_alloc(a, sizeof *v);
	if (v == NULL)
		return ERR_NOMEM;
	pb_verdict__init(v);
	v->addressee = parked->addressee;
	v->node = parked->node;
	v->outcome = OUTCOME_REFUSE;
	v->code = code;
	v->rule = parked->rule;
	v->law = parked->law;
	out->verdict[out->n++].told = v;
	return ERR_OK;
}

/* Did it park for this recipient, and not only as the sender was told? */
static bool
really_parked(
    const struct parked *p, size_t addressee, const struct reg_node *n)
{
	const PbDetails *d = p->details;
	bool parked = false;

	for (size_t i = 0; i < p->entry->n_verdict; i++)
		parked |= parked_is(p, i, &p->commitment[addressee]) &&
		    p->verdict[i]->node != NULL &&
		    strcmp(p->verdict[i]->node, n->id) == 0;
	for (size_t i = 0; i < d->n_withheld; i++)
		if (d->withheld[i]->node != NULL &&
		    strcmp(d->withheld[i]->node, n->id) == 0 &&
		    bytes_eq(bytes_of(d->withheld[i]->addressee.data,
				 d->withheld[i]->addressee.len),
			bytes_of(p->commitment[addressee].b, DIGEST_SIZE)))
			return false;
	return parked;
}

/* Would R9 hold it back for as long as its case is as it is? */
static bool
is_held(const struct approval *x, const struct recipient *to)
{
	const struct question *q = &x->question;
	struct facts_in in = {
		.header = q->header,
		.grounds = q->grounds,
		.addressee = q->addressee[0],
		.to_role = to->role,
		.relation = 1u << RELATION_ANY,
		.kase = q->kase,
		.linked_police_alone = x->linked_alone,
		.settings = kommuner_settings_for(q->law->kommuner, q->grounds),
		.at_ms = q->at_ms,
	};

	return q->kase != NULL && r6_is_held(q->law, &in);
}

/*
 * Approved while police have the case alone, and sent before they did: what
 * was sent then waits in mailboxes until they hand it back, and so does this.
 */
static void
hold(struct approval *x)
{
	for (size_t i = 0; i < x->answer->n; i++) {
		struct recipient *r = &x->answer->recipient[i];

		if (r->told.outcome != OUTCOME_PERMIT ||
		    r->real.code != CODE_PROHIBITED || r->node == NULL ||
		    !really_parked(&x->parked, x->addressee, r->node) ||
		    !is_held(x, r))
			continue;
		r->real = r->told;
		r->withheld = false;
	}
}

/* Had this recipient its verdict at once, and none that parked? */
static bool
was_judged(const struct approval *x, const struct recipient *to)
{
	const struct parked *p = &x->parked;
	const struct digest *part = &p->commitment[x->addressee];
	bool judged = false;

	for (size_t i = 0; i < p->entry->n_verdict; i++) {
		if (to->node == NULL || p->verdict[i]->node == NULL ||
		    strcmp(p->verdict[i]->node, to->node->id) != 0)
			continue;
		if (parked_is(p, i, part))
			return false;
		judged |= memcmp(p->verdict[i]->addressee.data, part->b,
			      DIGEST_SIZE) == 0;
	}
	return judged;
}

static enum err
pass(struct arena *a, struct approval *x, struct decided *out)
{
	const struct digest *part = &x->parked.commitment[x->addressee];

	r6_approve(x->answer);
	hold(x);
	for (size_t i = 0; i < x->answer->n; i++) {
		const struct recipient *to = &x->answer->recipient[i];
		struct decided_verdict *d;

		if (was_judged(x, to))
			continue;
		d = &out->verdict[out->n++];
		d->to = to;
		d->told = r7_verdict(a, part, to, true);
		if (to->withheld)
			d->real = r7_verdict(a, part, to, false);
		if (d->told == NULL || (to->withheld && d->real == NULL))
			return ERR_NOMEM;
	}
	return ERR_OK;
}

enum err
approval_decide(struct arena *a, struct approval *x, struct decided **out)
{
	const struct parked *p = &x->parked;
	struct decided *d = arena_alloc(a, sizeof *d);
	enum err e = d != NULL ? ERR_OK : ERR_NOMEM;

	*out = d;
	if (e == ERR_OK && x->approved)
		return pass(a, x, d);
	for (size_t i = 0; e == ERR_OK && i < p->entry->n_verdict; i++)
		if (parked_is(p, i, &p->commitment[x->addressee]))
			e = refuse(a, p->verdict[i], CODE_DENIED, d);
	return e;
}

enum err
approval_expire(
    const struct books *b, const struct parked *p, struct decided **out)
{
	struct decided *d = arena_alloc(b->arena, sizeof *d);
	enum err e = d != NULL ? ERR_OK : ERR_NOMEM;

	*out = d;
	for (size_t i = 0; e == ERR_OK && i < p->entry->n_verdict; i++) {
		struct digest part;
		bool decided;

		if (p->verdict[i]->outcome != OUTCOME_PARK)
			continue;
		memcpy(part.b, p->verdict[i]->addressee.data, DIGEST_SIZE);
		e = parked_is_decided(b, p->index, &part, &decided);
		if (e == ERR_OK && !decided)
			e = refuse(b->arena, p->verdict[i], CODE_EXPIRED, d);
	}
	return e;
}

enum err
approval_case(struct arena *a, const struct approval *x, PbCase **kase,
    bool *changed, PbTransition **transition)
{
	struct answer *answer = x->answer;

	*kase = x->context.kase;
	*changed = false;
	*transition = NULL;
	if (!x->approved)
		return ERR_OK;
	/* What another recipient of the message made of the case is done. */
	if (x->parked.details->transition != NULL)
		answer->has_step = false;
	return r7_case(a, &x->question, answer, kase, changed, transition);
}
