/*
 * SPDX-License-Identifier: MIT
 *
 * context: see context.h.
 */
#include "context.h"

#include <string.h>

#include "daemon/ledger/cases.h"
#include "daemon/ledger/ledger.h"
#include "daemon/ledger/vault.h"
#include "parked.h"
#include "r4_dedupe.h"

bool
context_may_know(const PbCase *c, const struct reg_node *node,
    const struct places *places, uint64_t at_ms)
{
	if (cases_has_participant(c, node->id, at_ms))
		return true;
	if (c->bopaelskommune == NULL)
		return false;
	return registry_covers(node, ROLE_POL_TOVHOLDER, places,
		   c->bopaelskommune, at_ms) ||
	    registry_covers(
		node, ROLE_POL_VAGT, places, c->bopaelskommune, at_ms);
}

static enum err
load(struct txn *t, struct arena *a, const struct digest *person,
    const struct places *places, const struct reg_node *sender,
    const PbHeader *h, uint64_t at_ms, bool again, struct context *out)
{
	struct id case_id;
	PbCase *found = NULL;
	bool alone = false;
	enum err e;

	memset(out, 0, sizeof *out);
	out->person = person;
	/* An approval must say nothing about its case. */
	if (!h->has_case_id || h->kind == KIND_APPROVAL)
		return ERR_OK;
	memcpy(case_id.b, h->case_id.data, sizeof case_id.b);
	bool opens = memcmp(h->message_id.data, case_id.b, ID_SIZE) == 0;
	e = cases_get(t, a, &case_id, &found);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (opens && (!again || found == NULL))
		out->case_missing = found != NULL;
	else if (found == NULL ||
	    !context_may_know(found, sender, places, at_ms))
		out->case_missing = true;
	else
		out->kase = found;
	e = ERR_OK;
	if (person != NULL)
		e = cases_person_is_alone(t, person, &out->linked_police_alone);
	if (e == ERR_OK && out->kase != NULL)
		e = cases_is_linked_alone(t, out->kase, &alone);
	out->linked_police_alone |= alone;
	return e;
}

enum err
context_load(struct txn *t, struct arena *a, const struct digest *person,
    const struct places *places, const struct reg_node *sender,
    const PbHeader *h, uint64_t at_ms, struct context *out)
{
	return load(t, a, person, places, sender, h, at_ms, false, out);
}

enum err
context_load_again(struct txn *t, struct arena *a, const struct digest *person,
    const struct places *places, const struct reg_node *sender,
    const PbHeader *h, uint64_t at_ms, struct context *out)
{
	return load(t, a, person, places, sender, h, at_ms, true, out);
}

static bool
verdict_reached(struct txn *t, struct arena *a,
    const ProtobufCBinaryData *commitment, const char *node)
{
	struct digest d;
	PbOpening *o;
	PbVerdict *v;

	memcpy(d.b, commitment->data, sizeof d.b);
	if (vault_open(t, a, &d, &o) != ERR_OK ||
	    ENVELOPE_UNPACK(a, verdict, bytes_of(o->part.data, o->part.len), &v,
		NULL) != CODE_OK)
		return false;
	return v->outcome == OUTCOME_PERMIT && v->node != NULL &&
	    strcmp(v->node, node) == 0;
}

static bool
is_request(struct txn *t, struct arena *a, const PbEntry *e)
{
	struct digest d;
	struct bytes bytes;
	PbHeader *h;

	if (!e->has_subject || e->subject.len != DIGEST_SIZE)
		return false;
	memcpy(d.b, e->subject.data, sizeof d.b);
	return vault_get(t, a, &d, &bytes) == ERR_OK &&
	    ENVELOPE_UNPACK(a, header, bytes, &h, NULL) == CODE_OK &&
	    kind_is_request(h->kind);
}

struct reached {
	struct answers *in;
	bool found;
};

/* What an approver let pass later has reached the sender as well. */
static bool
decision_reached(void *ctx, uint64_t at, const PbEntry *e, const PbDetails *d)
{
	struct reached *r = ctx;

	(void)at;
	(void)d;
	for (size_t i = 0; i < e->n_verdict && !r->found; i++)
		r->found = verdict_reached(r->in->record, r->in->a,
		    &e->verdict[i], r->in->header->sender);
	return !r->found;
}

bool
context_answers(void *ctx, const char *recipient)
{
	struct answers *in = ctx;
	struct books books = { in->t, in->record, in->a };
	struct reached r = { in, false };
	uint64_t index;
	struct id id;
	struct bytes packed;
	PbEntry *e;

	if (!in->header->has_in_reply_to)
		return false;
	memcpy(id.b, in->header->in_reply_to.data, sizeof id.b);
	if (!r4_find(in->t, recipient, &id, &index) ||
	    ledger_entry(in->record, in->a, index, &packed) != ERR_OK ||
	    ENVELOPE_UNPACK(in->a, entry, packed, &e, NULL) != CODE_OK ||
	    !is_request(in->record, in->a, e))
		return false;
	for (size_t i = 0; i < e->n_verdict; i++)
		if (verdict_reached(
			in->record, in->a, &e->verdict[i], in->header->sender))
			return true;
	return parked_decisions(&books, index, decision_reached, &r) ==
	    ERR_OK &&
	    r.found;
}
