/*
 * SPDX-License-Identifier: MIT
 *
 * R7, the case: see r7_case.h.
 */
#include "r7_case.h"

#include <string.h>

#include "daemon/ledger/cases.h"

/*
 * What the sender was told, not what really went out: a case must look the
 * same to its parties whether police have it alone or not.
 */
static bool
is_told_permitted(const struct recipient *r)
{
	return r->told.outcome == OUTCOME_PERMIT;
}

static bool
any_permitted(const struct answer *answer)
{
	for (size_t i = 0; i < answer->n; i++)
		if (is_told_permitted(&answer->recipient[i]))
			return true;
	return false;
}

static PbCase *
open_case(struct arena *a, const struct question *q)
{
	PbCase *c = arena_alloc(a, sizeof *c);
	void *id = arena_dup(a, bytes_of(q->header->case_id.data, ID_SIZE));

	if (c == NULL || id == NULL)
		return NULL;
	pb_case__init(c);
	c->case_id = (ProtobufCBinaryData){ ID_SIZE, id };
	c->state = CASE_STATE_RECEIVED;
	if (q->grounds->bopaelskommune != NULL) {
		c->bopaelskommune = arena_strdup(a, q->grounds->bopaelskommune);
		if (c->bopaelskommune == NULL)
			return NULL;
	}
	return c;
}

static bool
has_event(const PbEvent *list, size_t n, PbEvent e)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == e)
			return true;
	return false;
}

static bool
add_event(struct arena *a, PbEvent **list, size_t *n, PbEvent e)
{
	PbEvent *more;

	if (has_event(*list, *n, e))
		return true;
	more = arena_alloc(a, (*n + 1) * sizeof *more);
	if (more == NULL)
		return false;
	if (*n > 0)
		memcpy(more, *list, *n * sizeof *more);
	more[(*n)++] = e;
	*list = more;
	return true;
}

/* Notes the signature; true in *effective when the step takes effect now. */
static enum err
sign_event(struct arena *a, const struct question *q, const struct step *s,
    PbCase *c, bool *effective)
{
	bool police = r5_is_police((int)q->header->role);

	*effective = !s->joint;
	if (!q->grounds->has_event)
		return ERR_OK;
	PbEvent e = q->grounds->event;
	bool noted = police ?
	    add_event(a, &c->signed_pol, &c->n_signed_pol, e) :
	    add_event(a, &c->signed_kom, &c->n_signed_kom, e);
	if (!noted)
		return ERR_NOMEM;
	if (s->joint)
		*effective = has_event(c->signed_pol, c->n_signed_pol, e) &&
		    has_event(c->signed_kom, c->n_signed_kom, e);
	return ERR_OK;
}

/* The only place where a case changes its state. */
static void
enter(const struct question *q, const struct step *s, PbCase *c)
{
	bool police = r5_is_police((int)q->header->role);

	if (c->state == CASE_STATE_POLICE_ONLY && !police) {
		c->has_apparent = true;
		c->apparent = s->to;
		return;
	}
	if (s->to == CASE_STATE_POLICE_ONLY &&
	    c->state != CASE_STATE_POLICE_ONLY) {
		c->has_apparent = true;
		c->apparent = c->state;
	}
	if (s->to != CASE_STATE_POLICE_ONLY) {
		c->has_apparent = false;
	}
	/* A signature counts for the state it was given in. */
	if (c->state != s->to)
		c->n_signed_kom = c->n_signed_pol = 0;
	c->state = s->to;
}

static enum err
take_step(struct arena *a, const struct question *q, const struct step *s,
    PbCase *c, PbTransition *t)
{
	bool effective;
	enum err e = sign_event(a, q, s, c, &effective);

	if (e != ERR_OK)
		return e;
	if (s->police_looks && r5_is_police((int)q->header->role))
		c->police_looked = true;
	if (q->grounds->has_event &&
	    q->grounds->event == EVENT_INVESTIGATION_OPENED)
		c->has_investigation_opened = c->investigation_opened = true;
	if (effective && (c->state != s->to || c->has_apparent))
		enter(q, s, c);
	if (q->grounds->has_event) {
		t->has_event = true;
		t->event = q->grounds->event;
	}
	if (s->joint) {
		t->has_joint = true;
		t->joint = effective;
	}
	return ERR_OK;
}

static enum err
add_participants(struct arena *a, const struct question *q,
    const struct answer *answer, PbCase *c)
{
	for (size_t i = 0; i < answer->n; i++) {
		const struct recipient *r = &answer->recipient[i];
		PbCooperation k = q->addressee[r->addressee]->cooperation;

		if (!is_told_permitted(r) || r->node == NULL)
			continue;
		if (!cases_add_participant(a, c, q->sender->id, k, q->at_ms) ||
		    !cases_add_participant(a, c, r->node->id, k, q->at_ms))
			return ERR_NOMEM;
	}
	return ERR_OK;
}

enum err
r7_case(struct arena *a, const struct question *q, const struct answer *answer,
    PbCase **kase, bool *changed, PbTransition **transition)
{
	bool concerns = q->header->kind == KIND_CONCERN ||
	    q->header->kind == KIND_ADDENDUM;
	bool opens = *kase == NULL && q->header->has_case_id &&
	    !q->case_missing && q->header->kind == KIND_CONCERN;
	struct question plain;
	PbGrounds grounds;
	PbTransition *t;
	PbCase *c = *kase;
	enum err e;

	*changed = false;
	*transition = NULL;
	if ((c == NULL && !opens) || !any_permitted(answer))
		return ERR_OK;
	t = arena_alloc(a, sizeof *t);
	if (c == NULL)
		c = open_case(a, q);
	if (t == NULL || c == NULL)
		return ERR_NOMEM;
	pb_transition__init(t);
	t->case_id = c->case_id;
	t->from = opens ? CASE_STATE_NONE : c->state;
	if (concerns && q->header->urgency == URGENCY_ACUTE)
		c->claimed_acute = true;
	if (answer->event_ignored)
		q = r6_without_event(q, &plain, &grounds);
	if (answer->has_step && answer->code == CODE_OK && !opens) {
		e = take_step(a, q, &answer->step, c, t);
		if (e != ERR_OK)
			return e;
	}
	t->to = c->state;
	e = add_participants(a, q, answer, c);
	if (e != ERR_OK)
		return e;
	*kase = c;
	*changed = true;
	*transition = t;
	return ERR_OK;
}
