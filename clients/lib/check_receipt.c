/*
 * SPDX-License-Identifier: MIT
 *
 * check_receipt: receipts, their verdicts, what was decided of parked ones,
 * and the stages that recipients have signed. See check.h.
 */
#include "check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"
#include "proto/sign.h"

static struct bytes
view(ProtobufCBinaryData b)
{
	return bytes_of(b.data, b.len);
}

static bool
is_digest(ProtobufCBinaryData b, const struct digest *d)
{
	return bytes_eq(view(b), bytes_of(d->b, DIGEST_SIZE));
}

/* --------------------------------------------------------------- verdicts */

static enum infohus_result
bad_verdict(struct why *why, size_t i, const char *what)
{
	return result_set(why, INFOHUS_BAD_VERDICT, "verdict %zu: %s", i, what);
}

/* The place of the commitment in the entry, or -1. */
static int
find_commitment(const PbEntry *e, const struct digest *d)
{
	for (size_t i = 0; i < e->n_verdict; i++)
		if (is_digest(e->verdict[i], d))
			return (int)i;
	return -1;
}

static int
find_addressee(const struct envelope *mine, ProtobufCBinaryData commitment)
{
	for (size_t i = 0; i < mine->n_addressee; i++)
		if (is_digest(commitment, &mine->addressee_part[i].commitment))
			return (int)i;
	return -1;
}

static bool
is_taken(const struct check_receipt *out, int place)
{
	for (size_t i = 0; i < out->n_verdict; i++)
		if (out->verdict[i].place == place)
			return true;
	return false;
}

static enum infohus_result
open_verdict(const struct check *c, const struct envelope *mine, size_t i,
    struct check_receipt *out, struct why *why)
{
	const PbOpening *o = out->receipt->verdict[i];
	struct check_verdict *v = &out->verdict[out->n_verdict];
	struct digest d;
	int at;

	if (out->n_verdict == CHECK_VERDICTS_MAX)
		return bad_verdict(why, i, "more than fit an entry");
	if (o->kind != PART_VERDICT || o->form != FORM_PLAIN ||
	    o->salt.len != DIGEST_SIZE)
		return bad_verdict(why, i, "is not the opening of a verdict");
	d = digest_part(
	    (uint8_t)o->kind, (uint8_t)o->form, o->salt.data, view(o->part));
	v->place = find_commitment(out->proven.entry, &d);
	if (v->place < 0)
		return bad_verdict(why, i, "the entry holds no such verdict");
	if (is_taken(out, v->place))
		return bad_verdict(why, i, "comes twice");
	if (ENVELOPE_UNPACK(
		c->arena, verdict, view(o->part), &v->verdict, NULL) != CODE_OK)
		return bad_verdict(why, i, "does not read");
	at = find_addressee(mine, v->verdict->addressee);
	if (at < 0)
		return bad_verdict(why, i, "is of no addressee of the message");
	if (v->verdict->node != NULL && !node_id_is_valid(v->verdict->node))
		return bad_verdict(why, i, "names no node");
	v->addressee = (size_t)at;
	out->n_verdict++;
	return INFOHUS_OK;
}

static int
compare_verdicts(const void *a, const void *b)
{
	const struct check_verdict *x = a, *y = b;

	if (x->addressee != y->addressee)
		return x->addressee < y->addressee ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* ----------------------------------------------------------------- stages */

static enum infohus_result
bad_stage(struct why *why, uint64_t index, const char *what)
{
	return result_set(why, INFOHUS_BAD_STAGE,
	    "the recipient's answer in entry %" PRIu64 ": %s", index, what);
}

/* The recipient signed exactly this, with the certificate of its card. */
static enum infohus_result
check_ack_signature(const struct check *c, const PbStage *s, const char *node,
    const struct digest *digest, struct why *why)
{
	const struct card *card;
	struct why inner = { "" };
	enum infohus_result r = INFOHUS_OK;
	enum code code;
	enum err e = vetted_card(
	    c->vetted, c->home, view(s->card), &card, &inner);

	if (e != ERR_OK)
		return result_set(why, result_of(e, INFOHUS_BAD_CARD),
		    "the recipient's card: %s", inner.text);
	code = sign_check_next(TAG(TAG_ACK), digest, s->ack->signature,
	    card->cert, &c->vetted->acks);
	if (strcmp(card->pb->node, node) != 0)
		r = result_set(why, INFOHUS_BAD_CARD,
		    "found a card of another node than the recipient");
	else if (code != CODE_OK)
		r = bad_stage(why, s->index, code_name(code));
	return r;
}

/* What the ack says about message and log. */
static enum infohus_result
check_ack_body(const struct check *c, const struct envelope *mine,
    const struct check_receipt *out, const PbStage *s, const PbAckBody *b,
    struct why *why)
{
	struct digest root;

	if (b->index != out->receipt->index ||
	    !is_digest(b->header, &mine->header_digest))
		return bad_stage(why, s->index, "is of another message");
	if (b->root.len != DIGEST_SIZE || b->size <= b->index ||
	    b->size > s->index)
		return bad_stage(why, s->index,
		    "names a checkpoint that it cannot have seen");
	memcpy(root.b, b->root.data, DIGEST_SIZE);
	return trust_heard(c->trust, b->size, &root, why);
}

static const struct check_verdict *
find_verdict(const struct check_receipt *out, ProtobufCBinaryData commitment)
{
	const PbEntry *e = out->proven.entry;

	for (size_t i = 0; i < out->n_verdict; i++)
		if (bytes_eq(view(commitment),
			view(e->verdict[out->verdict[i].place])))
			return &out->verdict[i];
	return NULL;
}

/* A node that is addressed twice gets, and acknowledges, everything once. */
static void
note_ack(struct check_receipt *out, const char *node, PbAckBody *body)
{
	for (size_t i = 0; i < out->n_verdict; i++) {
		struct check_verdict *v = &out->verdict[i];

		if (v->verdict->outcome == OUTCOME_PERMIT &&
		    v->verdict->node != NULL &&
		    strcmp(v->verdict->node, node) == 0)
			v->ack = body;
	}
}

static enum infohus_result
check_stage(const struct check *c, const struct envelope *mine,
    struct check_receipt *out, const PbStage *s, struct why *why)
{
	struct digest digest = digest_tagged(TAG(TAG_ACK), view(s->ack->body));
	const struct check_verdict *v = find_verdict(out, s->verdict);
	enum infohus_result r;
	PbEntry *entry = NULL;
	PbAckBody *body = NULL;

	if (v == NULL || v->verdict->outcome != OUTCOME_PERMIT ||
	    v->verdict->node == NULL || v->ack != NULL)
		return bad_stage(why, s->index, "is of no permitted recipient");
	r = check_entry(c, view(s->entry), s->index, s->inclusion,
	    s->n_inclusion, &out->proven.step, &entry, why);
	if (r != INFOHUS_OK)
		return r;
	if (ENVELOPE_UNPACK(
		c->arena, ack_body, view(s->ack->body), &body, NULL) != CODE_OK)
		return bad_stage(why, s->index, "does not read");
	if (entry->kind !=
		(body->has_code ? ENTRY_KIND_NACKED : ENTRY_KIND_ACKED) ||
	    !entry->has_subject || !is_digest(entry->subject, &digest))
		return bad_stage(why, s->index, "is not that of the entry");
	r = check_ack_signature(c, s, v->verdict->node, &digest, why);
	if (r == INFOHUS_OK)
		r = check_ack_body(c, mine, out, s, body, why);
	if (r == INFOHUS_OK)
		note_ack(out, v->verdict->node, body);
	return r;
}

/* -------------------------------------------------------------- decisions */

static enum infohus_result
bad_decision(struct why *why, uint64_t index, const char *what)
{
	return result_set(why, INFOHUS_BAD_VERDICT,
	    "the decision of entry %" PRIu64 ": %s", index, what);
}

/* The entry holds the verdict, and may decide of this message. */
static enum infohus_result
open_decision(const struct check *c, const struct check_receipt *out,
    const PbDecision *d, PbVerdict **v, struct why *why)
{
	const PbOpening *o = d->outcome;
	struct digest digest;
	enum infohus_result r;
	PbEntry *entry;

	r = check_entry(c, view(d->entry), d->index, d->inclusion,
	    d->n_inclusion, &out->proven.step, &entry, why);
	if (r != INFOHUS_OK)
		return r;
	if (d->index <= out->receipt->index ||
	    (entry->kind != ENTRY_KIND_MESSAGE &&
		entry->kind != ENTRY_KIND_CASE_EVENT))
		return bad_decision(why, d->index, "is no entry that decides");
	if (o->kind != PART_VERDICT || o->form != FORM_PLAIN ||
	    o->salt.len != DIGEST_SIZE)
		return bad_decision(
		    why, d->index, "is not the opening of a verdict");
	digest = digest_part(
	    (uint8_t)o->kind, (uint8_t)o->form, o->salt.data, view(o->part));
	if (find_commitment(entry, &digest) < 0)
		return bad_decision(
		    why, d->index, "the entry holds no such verdict");
	if (ENVELOPE_UNPACK(c->arena, verdict, view(o->part), v, NULL) !=
		CODE_OK ||
	    ((*v)->node != NULL && !node_id_is_valid((*v)->node)))
		return bad_decision(why, d->index, "does not read");
	return INFOHUS_OK;
}

/* From now on the verdict is the one that was decided. */
static enum infohus_result
check_decision(const struct check *c, struct check_receipt *out,
    const PbDecision *d, struct why *why)
{
	const PbEntry *e = out->proven.entry;
	PbVerdict *decided = NULL;
	enum infohus_result r = open_decision(c, out, d, &decided, why);

	if (r != INFOHUS_OK)
		return r;
	for (size_t i = 0; i < out->n_verdict; i++) {
		struct check_verdict *v = &out->verdict[i];

		if (!bytes_eq(view(d->verdict), view(e->verdict[v->place])))
			continue;
		if (v->decided != 0 || v->verdict->outcome != OUTCOME_PARK ||
		    !bytes_eq(
			view(v->verdict->addressee), view(decided->addressee)))
			break;
		v->verdict = decided;
		v->decided = d->index;
		return INFOHUS_OK;
	}
	return bad_decision(why, d->index, "is of no parked verdict");
}

/* --------------------------------------------------------------- receipts */

static enum infohus_result
check_receipt_log(const struct check *c, const PbReceipt *p, struct proven *out,
    struct why *why)
{
	enum infohus_result r;

	r = trust_judge(c->trust, view(p->checkpoint), p->consistency_from,
	    p->consistency, p->n_consistency, &out->step, why);
	if (r == INFOHUS_OK)
		r = check_entry(c, view(p->entry), p->index, p->inclusion,
		    p->n_inclusion, &out->step, &out->entry, why);
	if (r == INFOHUS_OK &&
	    (out->entry->kind != ENTRY_KIND_MESSAGE ||
		!out->entry->has_subject))
		r = result_set(why, INFOHUS_WRONG_ENTRY,
		    "entry %" PRIu64 " is not that of a message", p->index);
	return r;
}

enum infohus_result
check_receipt(const struct check *c, const struct envelope *mine,
    PbReceipt *receipt, struct check_receipt *out, struct why *why)
{
	enum infohus_result r;

	memset(out, 0, sizeof *out);
	out->receipt = receipt;
	if (!bytes_eq(
		view(receipt->message_id), view(mine->header->message_id)))
		return result_set(why, INFOHUS_WRONG_MESSAGE,
		    "a receipt for another message");
	r = check_receipt_log(c, receipt, &out->proven, why);
	if (r == INFOHUS_OK &&
	    !is_digest(out->proven.entry->subject, &mine->header_digest))
		r = result_set(why, INFOHUS_WRONG_ENTRY,
		    "entry %" PRIu64 " is not that of the message",
		    receipt->index);
	for (size_t i = 0; i < receipt->n_verdict && r == INFOHUS_OK; i++)
		r = open_verdict(c, mine, i, out, why);
	for (size_t i = 0; i < receipt->n_decision && r == INFOHUS_OK; i++)
		r = check_decision(c, out, receipt->decision[i], why);
	for (size_t i = 0; i < receipt->n_stage && r == INFOHUS_OK; i++)
		r = check_stage(c, mine, out, receipt->stage[i], why);
	if (r != INFOHUS_OK)
		return r;
	out->n_news = receipt->n_stage + receipt->n_decision;
	qsort(out->verdict, out->n_verdict, sizeof out->verdict[0],
	    compare_verdicts);
	return INFOHUS_OK;
}
