/*
 * SPDX-License-Identifier: MIT
 *
 * R6 judge: see r6_judge.h.
 */
#include "r6_judge.h"

#include <string.h>

#include "daemon/ledger/cases.h"
#include "proto/limits.h"
#include "r6_approve.h"
#include "step.h"

bool
r6_is_permitted(const struct recipient *r)
{
	return r->real.outcome == OUTCOME_PERMIT;
}

enum err
r6_key_valid(const struct law *law, const struct reg_node *node, uint64_t at_ms,
    bool *valid, uint64_t *until_ms)
{
	enum err e = anchors_check(
	    law->anchors, node->cert, at_ms, until_ms, NULL);

	if (e != ERR_NOMEM)
		*valid = e == ERR_OK;
	return e == ERR_NOMEM ? e : ERR_OK;
}

PbCaseState
r6_state_seen(const PbCase *c, int sender_role)
{
	if (c == NULL)
		return CASE_STATE_NONE;
	if (c->state == CASE_STATE_POLICE_ONLY && !r5_is_police(sender_role) &&
	    c->has_apparent)
		return c->apparent;
	return c->state;
}

/* An approval must say nothing about its case: any state does for it. */
static PbCaseState
state_of(const struct question *q)
{
	return q->header->kind == KIND_APPROVAL ?
	    CASE_STATE_RECEIVED :
	    r6_state_seen(q->kase, (int)q->header->role);
}

/* What must not be refused for an event that it should not carry. */
static bool
may_ignore_event(const PbHeader *h)
{
	return h->kind == KIND_UNDERRETNING ||
	    (h->urgency == URGENCY_ACUTE &&
		(h->kind == KIND_CONCERN || h->kind == KIND_ADDENDUM));
}

/* The step that the message takes; without its event where that has none. */
static enum code
find_step(const struct question *q, struct answer *a)
{
	const struct workflow *w = q->law->workflow;
	const PbHeader *h = q->header;
	int event = q->grounds->has_event ? (int)q->grounds->event : 0;

	a->has_step = workflow_step(
	    w, state_of(q), h->kind, event, h->role, &a->step);
	if (!a->has_step && event != 0 && may_ignore_event(h)) {
		a->has_step = workflow_step(
		    w, state_of(q), h->kind, 0, h->role, &a->step);
		a->event_ignored = a->has_step;
	}
	return a->has_step ? CODE_OK : CODE_ILLEGAL_EVENT;
}

/* What holds or fails for the message as a whole. */
static enum code
judge_message(const struct question *q, struct answer *a)
{
	const PbHeader *h = q->header;

	if (!q->key_valid)
		return CODE_KEY_NOT_VALID;
	if (!registry_holds(q->sender, (int)h->role, q->at_ms))
		return CODE_ROLE_NOT_HELD;
	if (h->expires <= q->at_ms)
		return CODE_EXPIRED;
	/* By our clock, not by what the sender says of its own. */
	if (h->expires - q->at_ms > EXPIRES_MAX_MS + DAY_MS)
		return CODE_EXPIRY_TOO_LONG;
	if (q->case_missing)
		return CODE_UNKNOWN_CASE;
	if (q->approval != CODE_OK)
		return q->approval;
	return find_step(q, a);
}

static void
refuse(struct recipient *r, enum code code)
{
	r->real = (struct judgement){ .outcome = OUTCOME_REFUSE, .code = code };
	r->told = r->real;
}

/*
 * The same facts in a case that has nothing to hide. That nobody has looked
 * at a case which opens only now is no secret.
 */
static struct facts
facts_open(const struct question *q, const struct facts *f, PbCaseState state)
{
	struct facts open = *f;

	open.police_alone = false;
	if (q->kase == NULL)
		return open;
	open.police_looked = true;
	open.case_acute = false;
	open.state = (uint8_t)state;
	return open;
}

/*
 * What the sender may know: a function of nothing that police may have to
 * hide, so the same whether they have the case alone or not. First for the
 * state that its side of the case sees, then for one that allows most.
 */
static void
judge_told(const struct question *q, const struct facts *f, struct facts *open,
    struct judgement *told)
{
	PbCaseState seen = r6_state_seen(q->kase, (int)f->from);

	*open = facts_open(q, f, seen);
	judge(q->law->rules, open, q->at_ms, told);
	if (told->outcome != OUTCOME_REFUSE || q->kase == NULL)
		return;
	*open = facts_open(q, f, CASE_STATE_INFO_GATHERING);
	judge(q->law->rules, open, q->at_ms, told);
}

static void
judge_both(const struct question *q, const struct facts *facts,
    struct facts *open, struct recipient *r)
{
	judge(q->law->rules, facts, q->at_ms, &r->real);
	r->told = r->real;
	*open = *facts;
	if (r5_is_police((int)facts->from))
		return;
	judge_told(q, facts, open, &r->told);
	/* What is refused for any case may be told as it is. */
	if (r->told.outcome == OUTCOME_REFUSE &&
	    r->real.outcome == OUTCOME_REFUSE)
		r->real = r->told;
	else if (r->real.outcome != OUTCOME_REFUSE &&
	    r->real.outcome != r->told.outcome)
		r->told = r->real;
	r->withheld = r->real.outcome != r->told.outcome ||
	    r->real.rule != r->told.rule;
}

static void
judge_facts(
    const struct question *q, const struct facts *facts, struct recipient *r)
{
	struct facts open;

	judge_both(q, facts, &open, r);
	/* From the same facts as the refusal, so it tells no more. */
	if (r->told.outcome == OUTCOME_REFUSE)
		r->n_instead = judge_alternatives(q->law->rules, &open,
		    q->at_ms, r->instead, ALTERNATIVES_MAX);
}

bool
r6_is_held(const struct law *law, const struct facts_in *in)
{
	struct question q = {
		.law = law, .kase = in->kase, .at_ms = in->at_ms
	};
	struct judgement now, open;
	struct facts facts;

	facts_reduce(law->rules, in, &facts);
	judge(law->rules, &facts, in->at_ms, &now);
	if (now.code != CODE_PROHIBITED)
		return false;
	facts = facts_open(&q, &facts, CASE_STATE_INFO_GATHERING);
	judge(law->rules, &facts, in->at_ms, &open);
	return open.code != CODE_PROHIBITED;
}

static void
judge_one(const struct question *q, const struct placed *p, struct recipient *r)
{
	const PbAddressee *addressee = q->addressee[r->addressee];
	struct facts_in in = {
		.header = q->header,
		.grounds = q->grounds,
		.addressee = addressee,
		.to_role = p->role,
		.relation = p->relation,
		.kase = q->kase,
		.linked_police_alone = q->linked_police_alone,
		.sender_participant = cases_has_participant(
		    q->kase, q->sender->id, q->at_ms),
		.recipient_participant = p->node != NULL &&
		    cases_has_participant(q->kase, p->node->id, q->at_ms),
		.answers_request = p->node != NULL &&
		    q->answers(q->ctx, p->node->id),
		.settings = kommuner_settings_for(q->law->kommuner, q->grounds),
		.at_ms = q->at_ms,
	};
	struct facts facts;

	for (size_t i = 0; i < addressee->n_section; i++)
		in.categories |= CATEGORY_BIT(addressee->section[i]);
	facts_reduce(q->law->rules, &in, &facts);
	judge_facts(q, &facts, r);
}

/* What it passed in spite of: the first of it. */
static void
note_passed(const struct answer *a, const struct placed *p, struct recipient *r)
{
	if (r->told.outcome == OUTCOME_REFUSE)
		return;
	if (a->event_ignored)
		r->flag = code_name(CODE_ILLEGAL_EVENT);
	else if (p->missed != CODE_OK)
		r->flag = code_name(p->missed);
}

static void
judge_addressee(const struct question *q, size_t i, struct answer *a)
{
	struct place_in in = { q->registry, q->law->places, q->sender,
		q->header, q->grounds, q->addressee[i], q->kase, q->at_ms };
	struct placed placed[PLACED_MAX];
	size_t n = 0;
	enum code c = r5_place(&in, placed, &n);

	if (c != CODE_OK)
		n = 1;
	for (size_t k = 0; k < n && a->n < RECIPIENTS_MAX; k++) {
		struct recipient *r = &a->recipient[a->n++];
		*r = (struct recipient){ .addressee = i };
		if (c != CODE_OK) {
			refuse(r, a->code != CODE_OK ? a->code : c);
			continue;
		}
		r->node = placed[k].node;
		r->role = placed[k].role;
		if (a->code == CODE_OK) {
			judge_one(q, &placed[k], r);
			note_passed(a, &placed[k], r);
		} else if (q->key_valid &&
		    r5_is_acute_to_police(q->header, r->role)) {
			/* Late, unknown or out of place: police must see it. */
			judge_one(q, &placed[k], r);
			r->flag = code_name(a->code);
		} else {
			refuse(r, a->code);
		}
	}
}

const struct question *
r6_without_event(
    const struct question *q, struct question *copy, PbGrounds *grounds)
{
	*grounds = *q->grounds;
	grounds->has_event = false;
	*copy = *q;
	copy->grounds = grounds;
	return copy;
}

void
r6_judge(const struct question *q, struct answer *a)
{
	struct question plain;
	PbGrounds grounds;

	STEP("R6");
	memset(a, 0, sizeof *a);
	a->code = judge_message(q, a);
	if (a->event_ignored)
		q = r6_without_event(q, &plain, &grounds);
	for (size_t i = 0; i < q->n_addressee; i++)
		judge_addressee(q, i, a);
	r6_check_parked(q, a);
}
