/*
 * SPDX-License-Identifier: MIT
 *
 * frames: see frames.h.
 */
#include "frames.h"

#include <stdio.h>
#include <string.h>

#include "approval.h"
#include "daemon/ledger/cases.h"
#include "r10_ack.h"
#include "r4_dedupe.h"
#include "r6_approve.h"
#include "r7_record.h"
#include "r9_offer.h"

static enum err
key_valid(struct core *c, struct online *o, uint64_t now, bool *valid)
{
	uint64_t until;
	enum err e;

	*valid = now < o->key_until_ms;
	if (*valid)
		return ERR_OK;
	e = r6_key_valid(c->law, o->node, now, valid, &until);
	o->key_until_ms = e == ERR_OK && *valid ? until : 0;
	/* OpenSSL may remember a failure for good: start anew. */
	return e == ERR_OK ? ERR_OK : ERR_UNKNOWN;
}

/* What the peer says it knows of the log must be so. */
static bool
knows_our_log(struct batch *b, const PbHelloBody *h)
{
	struct digest root;

	if (h->size == 0)
		return true;
	return h->size <= ledger_size(b->t) &&
	    ledger_root(b->t, h->size, &root) == ERR_OK &&
	    memcmp(root.b, h->root.data, DIGEST_SIZE) == 0;
}

static enum code
hello(struct batch *b, struct job *j)
{
	struct core *c = b->core;
	struct online *o = &c->online[j->door];
	const struct reg_seat *seat;
	const struct reg_node *node = registry_door(
	    c->registry, j->door, &seat);
	struct effect *f;
	bool valid;

	/* One hello a session: each looks through the mailbox anew. */
	if (o->ready && id_eq(&o->session, &j->session))
		return CODE_UNEXPECTED_FRAME;
	core_forget(c, j->door);
	if (node == NULL || node->suspended)
		return CODE_NOT_ALLOWED;
	if (!knows_our_log(b, j->hello_body)) {
		if (core_error(b) != ERR_OK)
			return CODE_BUSY;
		fprintf(stderr,
		    "alarm: door %u knows a checkpoint that is not "
		    "of this log\n",
		    j->door);
		snprintf(j->defect.field, sizeof j->defect.field, "size");
		return CODE_BAD_FIELD;
	}
	o->node = node;
	o->key_until_ms = 0;
	if (key_valid(c, o, b->now, &valid) != ERR_OK) {
		store_fail(b->t, ERR_UNKNOWN);
		return CODE_BUSY;
	}
	if (!valid)
		return CODE_KEY_NOT_VALID;
	f = core_effect(b, EFFECT_READY, j->door, &j->session);
	if (f == NULL)
		return CODE_BUSY;
	f->known = j->hello_body->size;
	o->session = j->session;
	o->lanes = 0;
	for (size_t i = 0; i < j->hello_body->n_lane; i++)
		o->lanes |= (uint8_t)(1u << j->hello_body->lane[i]);
	for (unsigned l = 0; l < LANES; l++) {
		o->credit_messages[l] = o->credit_bytes[l] = 0;
		o->sent_messages[l] = o->sent_bytes[l] = 0;
		o->cursor[l] = 0;
		o->passed[l] = UINT64_MAX;
		o->flight[l].n = 0;
	}
	o->submitted.n = 0;
	o->known = f->known;
	o->ready = true;
	return CODE_OK;
}

/* Of an approval: what it decides, and whether it may. */
static enum err
load_approval(struct batch *b, const struct question *q, struct approval **out)
{
	struct books books = { b->t, b->t, b->arena };
	struct approving in = { q->law, q->registry, q->sender, q->header,
		q->grounds, q->at_ms };

	return approval_load(&books, &in, out);
}

/* Would one more of this sender wait than may? Never of an acute one. */
static bool
is_too_much(struct batch *b, const struct question *q, const struct answer *a)
{
	return q->header->urgency != URGENCY_ACUTE && r6_has_parked(a) &&
	    parked_is_full(b->t, q->header->sender);
}

/* *code: why it was not recorded. */
static enum err
decide(struct batch *b, struct job *j, uint64_t *index, enum code *code)
{
	struct core *c = b->core;
	struct online *o = &c->online[j->door];
	struct answers answers = { b->t, b->arena, j->env.header, b->t };
	struct approval *approval = NULL;
	struct context ctx;
	struct answer answer;
	struct digest person;
	bool named = j->env.cpr != NULL, valid;
	enum err e = key_valid(c, o, b->now, &valid);

	if (e != ERR_OK)
		return e;

	if (named)
		cases_person(&person, c->person_key, j->env.cpr);
	e = context_load(b->t, b->arena, named ? &person : NULL, c->law->places,
	    o->node, j->env.header, b->now, &ctx);
	if (e != ERR_OK)
		return e;
	struct question q = {
		.registry = c->registry,
		.law = c->law,
		.sender = o->node,
		.header = j->env.header,
		.grounds = j->env.grounds,
		.n_addressee = j->env.n_addressee,
		.addressee = j->env.addressee,
		.kase = ctx.kase,
		.case_missing = ctx.case_missing,
		.linked_police_alone = ctx.linked_police_alone,
		.key_valid = valid,
		.at_ms = b->now,
		.answers = context_answers,
		.ctx = &answers,
	};
	if (j->env.header->kind == KIND_APPROVAL) {
		e = load_approval(b, &q, &approval);
		if (e != ERR_OK)
			return e;
		q.approval = approval->code;
	}
	r6_judge(&q, &answer);
	if (is_too_much(b, &q, &answer)) {
		*code = CODE_BUSY;
		return ERR_OK;
	}
	return r7_record(b, j, &q, &answer, &ctx, approval, index);
}

/* The seat is told of acks while its session lasts; after that it asks by
 * sending the same bytes again. */
static void
await_stages(struct flight *f, uint64_t index)
{
	if (r9_in_flight(f, index))
		return;
	if (f->n == FLIGHT_MAX)
		r9_flight_remove(f, f->index[0]);
	(void)r9_flight_add(f, index);
}

/* ERR_OK with *code for a rejection, or the error that fails the batch. */
static enum err
submit(struct batch *b, struct job *j, enum code *code)
{
	const PbHeader *h = j->env.header;
	uint64_t index = 0, ignored;
	bool acute = h->urgency == URGENCY_ACUTE, seen;
	struct effect *f;
	struct id after;

	*code = r4_dedupe(b->t, h->sender, &j->message_id,
	    &j->env.header_digest, &seen, &index);
	if (*code != CODE_OK)
		return ERR_OK;
	/* Neither a gap nor the clock may keep an acute message out. */
	if (!seen && !acute && b->core->clock.stopped) {
		*code = CODE_CLOCK_STOPPED;
		return ERR_OK;
	}
	if (!seen && !acute && h->has_after) {
		memcpy(after.b, h->after.data, sizeof after.b);
		if (!r4_find(b->t, h->sender, &after, &ignored)) {
			*code = CODE_OUT_OF_ORDER;
			return ERR_OK;
		}
	}
	if (!seen) {
		enum err e = decide(b, j, &index, code);
		if (e != ERR_OK || *code != CODE_OK)
			return e;
		b->core->messages++;
	}
	f = core_effect(b, EFFECT_RECEIPT, j->door, &j->session);
	if (f == NULL)
		return ERR_NOMEM;
	f->lane = LANE_CONTROL;
	f->index = index;
	await_stages(&b->core->online[j->door].submitted, index);
	return ERR_OK;
}

static void
credit(struct online *o, const PbCredit *k)
{
	/* Cumulative: it never goes back. */
	if (k->messages > o->credit_messages[k->lane])
		o->credit_messages[k->lane] = k->messages;
	if (k->bytes > o->credit_bytes[k->lane])
		o->credit_bytes[k->lane] = k->bytes;
}

static enum code
read_range(struct batch *b, const struct job *j)
{
	struct online *o = &b->core->online[j->door];
	struct effect *f;
	PbEntry entry = PB_ENTRY__INIT;
	PbDetails details = PB_DETAILS__INIT;
	uint64_t index;

	if (!registry_holds(o->node, ROLE_AUDITOR, b->now))
		return CODE_NOT_ALLOWED;
	if (j->read->first >= ledger_size(b->t) || j->read->count == 0)
		return CODE_BAD_FIELD;
	f = core_effect(b, EFFECT_RANGE, j->door, &j->session);
	if (f == NULL)
		return CODE_BUSY;
	f->index = j->read->first;
	f->count = j->read->count;
	entry.kind = ENTRY_KIND_CONSULTED;
	details.node = (char *)(uintptr_t)o->node->id;
	details.has_of = true;
	details.of = j->read->first;
	details.has_count = true;
	details.count = j->read->count;
	return core_append(b, &entry, &details, &index) == ERR_OK ? CODE_OK :
								    CODE_BUSY;
}

static enum err
session_frame(struct batch *b, struct job *j, enum code *code)
{
	struct core *c = b->core;

	switch (j->type) {
	case FRAME_TYPE_SUBMIT:
		return submit(b, j, code);
	case FRAME_TYPE_ACK:
	case FRAME_TYPE_NACK:
		*code = r10_ack(b, j);
		return ERR_OK;
	case FRAME_TYPE_CREDIT:
		credit(&c->online[j->door], j->credit);
		return ERR_OK;
	case FRAME_TYPE_READ:
		*code = read_range(b, j);
		return ERR_OK;
	case FRAME_TYPE_PING:
		/* Answered when all before it is on disk: see infohus_flush. */
		return core_effect(b, EFFECT_PONG, j->door, &j->session) !=
			NULL ?
		    ERR_OK :
		    ERR_NOMEM;
	case FRAME_TYPE_BYE:
		core_end(c, j->door);
		return ERR_OK;
	default:
		*code = CODE_UNEXPECTED_FRAME;
		return ERR_OK;
	}
}

enum err
frames_handle(struct batch *b, struct job *j)
{
	struct online *o = &b->core->online[j->door];
	enum code code = j->code;
	enum err e = ERR_OK;

	if (j->type == FRAME_TYPE_HELLO) {
		if (code == CODE_OK)
			code = hello(b, j);
	} else if (!o->ready || !id_eq(&o->session, &j->session)) {
		code = CODE_UNEXPECTED_FRAME;
	} else if (code == CODE_OK) {
		e = session_frame(b, j, &code);
	}
	/* A question that could not be looked into has no answer. */
	if (e == ERR_OK)
		e = core_error(b);
	if (e != ERR_OK || code == CODE_OK)
		return e;
	/* What was changed on the way is not the peer's fault: start anew. */
	if (code_find(code)->class == CLASS_UNAUTHENTICATED)
		core_end(b->core, j->door);
	else
		core_reject(b->core, j, code);
	return ERR_OK;
}

void
frames_closed(struct core *c, const struct job *j)
{
	if (id_eq(&c->online[j->door].session, &j->session))
		core_forget(c, j->door);
}
