/*
 * SPDX-License-Identifier: MIT
 *
 * R7 record: see r7_record.h.
 */
#include "r7_record.h"

#include <string.h>

#include "daemon/ledger/cases.h"
#include "daemon/ledger/mailbox.h"
#include "daemon/ledger/vault.h"
#include "r4_dedupe.h"
#include "r6_approve.h"
#include "r7_case.h"
#include "r7_park.h"
#include "r7_verdict.h"
#include "step.h"

/* What R7 builds up for one message. */
struct record {
	struct batch *b;
	const struct job *j;
	const struct envelope *env;
	const struct question *q;
	const struct answer *a;
	struct digest verdict[RECIPIENTS_MAX];
	PbEntry entry;
	PbDetails details;
	uint64_t index;
};

static enum err
put_opened(struct record *r, const struct opened *o)
{
	struct bytes packed;
	enum err e = envelope_pack(r->b->arena, o->opening, &packed);

	if (e != ERR_OK)
		return e;
	r->details.part[r->details.n_part++] = pb_bytes(
	    o->commitment.b, DIGEST_SIZE);
	return vault_put(r->b->t, &o->commitment, packed);
}

/* Is this section meant for somebody who may get it, now or later? */
static bool
is_wanted(const struct record *r, unsigned category)
{
	for (size_t i = 0; i < r->a->n; i++) {
		const struct recipient *to = &r->a->recipient[i];
		const PbAddressee *m = r->env->addressee[to->addressee];

		if (!r6_is_permitted(to) && !r6_is_parked(to))
			continue;
		for (size_t k = 0; k < m->n_section; k++)
			if ((unsigned)m->section[k] == category)
				return true;
	}
	return false;
}

static enum err
put_parts(struct record *r)
{
	const struct envelope *env = r->env;
	size_t room = 1 + env->n_addressee + env->n_section;
	enum err e;

	r->details.part = arena_alloc(
	    r->b->arena, room * sizeof r->details.part[0]);
	if (r->details.part == NULL)
		return ERR_NOMEM;
	e = vault_put(r->b->t, &env->header_digest, env->header_bytes);
	if (e == ERR_OK)
		e = put_opened(r, &env->grounds_part);
	for (size_t i = 0; i < env->n_addressee && e == ERR_OK; i++)
		e = put_opened(r, &env->addressee_part[i]);
	for (size_t i = 0; i < env->n_section && e == ERR_OK; i++)
		if (is_wanted(r, env->section[i].kind))
			e = put_opened(r, &env->section[i]);
	return e;
}

static enum err
put_verdict(struct record *r, size_t i)
{
	const struct recipient *to = &r->a->recipient[i];
	const struct digest *addressee =
	    &r->env->addressee_part[to->addressee].commitment;
	PbVerdict *v = r7_verdict(r->b->arena, addressee, to, true), *real;
	struct bytes packed;
	enum err e = v != NULL ? envelope_pack(r->b->arena, v, &packed) :
				 ERR_NOMEM;

	if (e == ERR_OK)
		e = vault_add(
		    r->b->t, r->b->arena, PART_VERDICT, packed, &r->verdict[i]);
	if (e != ERR_OK)
		return e;
	r->entry.verdict[r->entry.n_verdict++] = pb_bytes(
	    r->verdict[i].b, DIGEST_SIZE);
	if (!to->withheld)
		return ERR_OK;
	real = r7_verdict(r->b->arena, addressee, to, false);
	if (real == NULL)
		return ERR_NOMEM;
	r->details.withheld[r->details.n_withheld++] = real;
	return ERR_OK;
}

static enum err
put_verdicts(struct record *r)
{
	enum err e = ERR_OK;

	r->entry.verdict = arena_alloc(
	    r->b->arena, (r->a->n + 1) * sizeof r->entry.verdict[0]);
	r->details.withheld = arena_alloc(
	    r->b->arena, (r->a->n + 1) * sizeof r->details.withheld[0]);
	if (r->entry.verdict == NULL || r->details.withheld == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < r->a->n && e == ERR_OK; i++)
		e = put_verdict(r, i);
	return e;
}

static enum err
put_case(struct record *r, const struct context *ctx)
{
	bool was_alone = ctx->kase != NULL &&
	    ctx->kase->state == CASE_STATE_POLICE_ONLY;
	PbCase *c = ctx->kase;
	bool changed;
	enum err e = r7_case(
	    r->b->arena, r->q, r->a, &c, &changed, &r->details.transition);

	if (e != ERR_OK || !changed)
		return e;
	e = cases_track(r->b->t, r->b->arena, c, was_alone, ctx->person);
	core_rescan(r->b->core);
	return e == ERR_OK ? cases_put(r->b->t, r->b->arena, c) : e;
}

/* One mailbox item a node: a second addressee of the same node joins it. */
static enum err
put_item(struct record *r, size_t i)
{
	const struct recipient *to = &r->a->recipient[i];
	const struct envelope *env = r->env;
	PbMailboxItem item = PB_MAILBOX_ITEM__INIT;
	uint64_t wanted = 0;

	item.size = env->header_bytes.len;
	if (!r6_is_permitted(to) || to->node == NULL)
		return ERR_OK;
	for (size_t k = 0; k < i; k++)
		if (r->a->recipient[k].node == to->node &&
		    r6_is_permitted(&r->a->recipient[k]))
			return ERR_OK;
	item.part = arena_alloc(r->b->arena,
	    (RECIPIENTS_MAX + env->n_section) * sizeof item.part[0]);
	if (item.part == NULL)
		return ERR_NOMEM;
	for (size_t k = i; k < r->a->n; k++) {
		const struct recipient *same = &r->a->recipient[k];
		if (same->node != to->node || !r6_is_permitted(same))
			continue;
		const struct opened *o = &env->addressee_part[same->addressee];
		item.part[item.n_part++] = pb_bytes(
		    o->commitment.b, DIGEST_SIZE);
		item.size += o->part.len;
		const PbAddressee *m = env->addressee[same->addressee];
		for (size_t s = 0; s < m->n_section; s++)
			wanted |= CATEGORY_BIT(m->section[s]);
	}
	for (size_t s = 0; s < env->n_section; s++)
		if (wanted & CATEGORY_BIT(env->section[s].kind)) {
			item.part[item.n_part++] = pb_bytes(
			    env->section[s].commitment.b, DIGEST_SIZE);
			item.size += env->section[s].part.len;
		}
	item.index = r->index;
	item.header = pb_bytes(env->header_digest.b, DIGEST_SIZE);
	item.verdict = pb_bytes(r->verdict[i].b, DIGEST_SIZE);
	item.expires = env->header->expires;
	item.role = (PbRole)to->role;
	return mailbox_put(r->b->t, r->b->arena, to->node->id,
	    (PbLane)env->header->urgency, &item);
}

static enum err
put_parked(const struct record *r)
{
	struct parking p = { r->env, r->q, r->a, r->verdict, r->index };

	return r7_park(r->b, &p);
}

/* An approval that is refused itself decides nothing. */
static struct approval *
decides(const struct answer *a, struct approval *approval)
{
	return approval != NULL && a->n == 1 &&
		r6_is_permitted(&a->recipient[0]) ?
	    approval :
	    NULL;
}

enum err
r7_record(struct batch *b, const struct job *j, const struct question *q,
    const struct answer *a, const struct context *ctx,
    struct approval *approval, uint64_t *index)
{
	const PbHeader *h = q->header;
	struct deciding d = { .approval = decides(a, approval) };
	struct record r = { .b = b, .j = j, .env = &j->env, .q = q, .a = a };
	struct id id;
	enum err e;

	STEP("R7");
	memcpy(id.b, h->message_id.data, sizeof id.b);
	pb_entry__init(&r.entry);
	pb_details__init(&r.details);
	r.entry.kind = ENTRY_KIND_MESSAGE;
	r.entry.has_subject = true;
	r.entry.subject = pb_bytes(j->env.header_digest.b, DIGEST_SIZE);
	r.details.sender = h->sender;
	r.details.has_message_id = true;
	r.details.message_id = h->message_id;
	r.details.has_case_id = h->has_case_id;
	r.details.case_id = h->case_id;
	r.details.signature = j->env.signature;
	if (ctx->person != NULL) {
		r.details.has_person = true;
		r.details.person = pb_bytes(ctx->person->b, DIGEST_SIZE);
	}
	r.details.has_skew_ms = true;
	r.details.skew_ms = h->created > b->now ? h->created - b->now :
						  b->now - h->created;
	if (a->code != CODE_OK) {
		r.details.has_code = true;
		r.details.code = a->code;
	}
	e = put_parts(&r);
	if (e == ERR_OK)
		e = put_verdicts(&r);
	if (e == ERR_OK)
		e = put_case(&r, ctx);
	if (e == ERR_OK && d.approval != NULL)
		e = r7_decide(b, &d, &r.entry, &r.details);
	if (e == ERR_OK)
		e = core_append(b, &r.entry, &r.details, &r.index);
	for (size_t i = 0; i < a->n && e == ERR_OK; i++)
		e = put_item(&r, i);
	if (e == ERR_OK)
		e = put_parked(&r);
	if (e == ERR_OK && d.approval != NULL)
		e = r7_decided(b, &d, r.index);
	if (e != ERR_OK)
		return e;
	r4_remember(b->t, h->sender, &id, &j->env.header_digest, r.index);
	*index = r.index;
	return store_error(b->t);
}
