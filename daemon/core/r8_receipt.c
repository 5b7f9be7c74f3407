/*
 * SPDX-License-Identifier: MIT
 *
 * R8 receipt: see r8_receipt.h.
 */
#include "r8_receipt.h"

#include <string.h>

#include "daemon/ledger/vault.h"
#include "parked.h"
#include "r9_offer.h"
#include "step.h"

#define NOTICES_MAX 8
#define STAGES_MAX 64
#define DECISIONS_MAX 96
#define RECEIPT_MAX (FRAME_MAX - 16 * 1024) /* proofs come on top */

enum err
r8_digests(struct arena *a, const struct proof *p, ProtobufCBinaryData **out,
    size_t *n)
{
	ProtobufCBinaryData *list = arena_alloc(a, (p->len + 1) * sizeof *list);
	uint8_t *copy = arena_alloc(a, (p->len + 1) * DIGEST_SIZE);

	if (list == NULL || copy == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->len; i++) {
		memcpy(copy + i * DIGEST_SIZE, p->hash[i].b, DIGEST_SIZE);
		list[i] = pb_bytes(copy + i * DIGEST_SIZE, DIGEST_SIZE);
	}
	*out = list;
	*n = p->len;
	return ERR_OK;
}

enum err
r8_proofs(struct core *c, struct txn *t, struct arena *a, uint64_t index,
    uint64_t known, struct proofs *out)
{
	uint64_t size = ledger_checkpoint(c->ledger)->size;
	struct bytes note = ledger_note(c->ledger);
	struct proof p;
	enum err e = ledger_inclusion(t, index, size, &p);

	if (e == ERR_OK)
		e = r8_digests(a, &p, &out->inclusion, &out->n_inclusion);
	if (e == ERR_OK)
		e = ledger_consistency(t, known, size, &p);
	if (e == ERR_OK)
		e = r8_digests(a, &p, &out->consistency, &out->n_consistency);
	out->from = known;
	out->checkpoint = pb_bytes(note.data, note.len);
	return e;
}

static enum err
open_details(
    struct txn *t, struct arena *a, const PbEntry *entry, PbDetails **out)
{
	struct digest d;
	PbOpening *o;
	enum err e;

	*out = NULL;
	if (!entry->has_details || entry->details.len != DIGEST_SIZE)
		return ERR_OK;
	memcpy(d.b, entry->details.data, sizeof d.b);
	e = vault_open(t, a, &d, &o);
	if (e != ERR_OK)
		return e;
	return ENVELOPE_UNPACK(a, details, bytes_of(o->part.data, o->part.len),
		   out, NULL) == CODE_OK ?
	    ERR_OK :
	    ERR_INVALID;
}

enum err
r8_entry(struct txn *t, struct arena *a, uint64_t index, struct bytes *packed,
    PbEntry **entry, PbDetails **details)
{
	enum err e = ledger_entry(t, a, index, packed);

	if (e != ERR_OK)
		return e;
	if (ENVELOPE_UNPACK(a, entry, *packed, entry, NULL) != CODE_OK)
		return ERR_INVALID;
	return open_details(t, a, *entry, details);
}

/* An approval's entry holds another message's verdicts as well. */
static bool
is_own(struct arena *a, const PbDetails *details, const PbOpening *o)
{
	PbVerdict *v;

	if (!details->has_of)
		return true;
	if (ENVELOPE_UNPACK(a, verdict, bytes_of(o->part.data, o->part.len), &v,
		NULL) != CODE_OK)
		return false;
	for (size_t i = 0; i < details->n_part; i++)
		if (bytes_eq(bytes_of(v->addressee.data, v->addressee.len),
			bytes_of(details->part[i].data, details->part[i].len)))
			return true;
	return false;
}

static enum err
add_verdicts(struct txn *t, struct arena *a, const PbEntry *entry,
    const PbDetails *details, PbReceipt *r)
{
	r->verdict = arena_alloc(
	    a, (entry->n_verdict + 1) * sizeof r->verdict[0]);
	if (r->verdict == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < entry->n_verdict; i++) {
		struct digest d;
		enum err e;

		memcpy(d.b, entry->verdict[i].data, sizeof d.b);
		e = vault_open(t, a, &d, &r->verdict[r->n_verdict]);
		if (e != ERR_OK)
			return e;
		if (is_own(a, details, r->verdict[r->n_verdict]))
			r->n_verdict++;
	}
	return ERR_OK;
}

/* Duties are raised by the message alone, never by what its case hides. */
static enum err
add_notices(struct core *c, struct txn *t, struct arena *a,
    const PbEntry *entry, const PbDetails *details, PbReceipt *r)
{
	struct digest header, part;
	struct bytes bytes;
	PbAddressee none = PB_ADDRESSEE__INIT;
	struct facts_in in = { .addressee = &none,
		.at_ms = entry->recorded_at };
	struct facts facts;
	PbOpening *o;
	enum err e;

	memcpy(header.b, entry->subject.data, sizeof header.b);
	memcpy(part.b, details->part[0].data, sizeof part.b);
	e = vault_get(t, a, &header, &bytes);
	if (e == ERR_OK)
		e = vault_open(t, a, &part, &o);
	if (e != ERR_OK)
		return e;
	if (ENVELOPE_UNPACK(a, header, bytes, &in.header, NULL) != CODE_OK ||
	    ENVELOPE_UNPACK(a, grounds, bytes_of(o->part.data, o->part.len),
		&in.grounds, NULL) != CODE_OK)
		return ERR_INVALID;
	in.settings = kommuner_settings_for(c->law->kommuner, in.grounds);
	facts_reduce(c->law->rules, &in, &facts);
	r->notice = arena_alloc(a, NOTICES_MAX * sizeof r->notice[0]);
	if (r->notice == NULL)
		return ERR_NOMEM;
	r->n_notice = rules_notices(c->law->rules, &facts, in.at_ms,
	    (const char **)(uintptr_t)r->notice, NOTICES_MAX);
	return ERR_OK;
}

struct stages {
	uint8_t prefix[8];
	uint64_t index[STAGES_MAX];
	size_t n;
};

static bool
collect_stage(void *ctx, struct bytes key, struct bytes value)
{
	struct stages *s = ctx;

	(void)value;
	if (key.len != 16 || memcmp(key.data, s->prefix, 8) != 0 ||
	    s->n == STAGES_MAX)
		return false;
	s->index[s->n++] = get_u64(key.data + 8);
	return true;
}

static bool
names(struct arena *a, const PbOpening *o, const char *node)
{
	PbVerdict *v;

	return ENVELOPE_UNPACK(a, verdict, bytes_of(o->part.data, o->part.len),
		   &v, NULL) == CODE_OK &&
	    v->node != NULL && strcmp(v->node, node) == 0;
}

/* The verdict that stage is of: the one that names the acking node, or was
 * parked and decided for it. */
static const ProtobufCBinaryData *
verdict_of(
    struct arena *a, const PbEntry *entry, const PbReceipt *r, const char *node)
{
	for (size_t i = 0; i < r->n_verdict; i++)
		if (names(a, r->verdict[i], node))
			return &entry->verdict[i];
	for (size_t i = 0; i < r->n_decision; i++)
		if (names(a, r->decision[i]->outcome, node))
			return &r->decision[i]->verdict;
	return NULL;
}

static enum err
make_stage(struct core *c, struct txn *t, struct arena *a, uint64_t index,
    const PbEntry *message, PbReceipt *r, PbStage **out)
{
	const ProtobufCBinaryData *verdict;
	struct bytes packed, card;
	struct proof p;
	PbDetails *d;
	PbEntry *entry;
	PbStage *s = arena_alloc(a, sizeof *s);
	enum err e = r8_entry(t, a, index, &packed, &entry, &d);

	*out = NULL;
	if (s == NULL)
		return ERR_NOMEM;
	if (e != ERR_OK)
		return e;
	if (d == NULL || d->node == NULL ||
	    (verdict = verdict_of(a, message, r, d->node)) == NULL)
		return ERR_OK;
	pb_stage__init(s);
	s->verdict = *verdict;
	s->index = index;
	s->entry = pb_bytes(packed.data, packed.len);
	if (ENVELOPE_UNPACK(a, ack, bytes_of(d->object.data, d->object.len),
		&s->ack, NULL) != CODE_OK)
		return ERR_INVALID;
	e = registry_card(t, a, &s->ack->signature->certificate, &card);
	if (e != ERR_OK)
		return e;
	s->card = pb_bytes(card.data, card.len);
	e = ledger_inclusion(t, index, ledger_checkpoint(c->ledger)->size, &p);
	if (e == ERR_OK)
		e = r8_digests(a, &p, &s->inclusion, &s->n_inclusion);
	if (e == ERR_OK)
		*out = s;
	return e;
}

static enum err
add_stages(struct core *c, struct txn *t, struct arena *a, uint64_t index,
    const PbEntry *entry, PbReceipt *r)
{
	struct stages s = { .n = 0 };
	enum err e;

	put_u64(s.prefix, index);
	e = store_scan(
	    t, TABLE_STAGE, bytes_of(s.prefix, 8), collect_stage, &s);
	r->stage = arena_alloc(a, (s.n + 1) * sizeof r->stage[0]);
	if (r->stage == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < s.n && e == ERR_OK; i++) {
		PbStage *stage;
		e = make_stage(c, t, a, s.index[i], entry, r, &stage);
		if (e != ERR_OK || stage == NULL)
			continue;
		r->stage[r->n_stage++] = stage;
		/* Better a receipt without its last stages than none. */
		if (pb_receipt__get_packed_size(r) > RECEIPT_MAX) {
			r->n_stage--;
			break;
		}
	}
	return e;
}

/* ------------------------------------------------------ what was decided */

struct decisions {
	struct core *core;
	struct txn *t;
	struct arena *arena;
	const PbEntry *message;
	PbReceipt *receipt;
	enum err err;
	bool full;
};

/* The verdict that v stands for now: of the same part and recipient, else of
 * the same part. */
static const ProtobufCBinaryData *
parked_for(const struct decisions *d, const PbVerdict *v)
{
	const ProtobufCBinaryData *part = NULL;

	for (size_t i = 0; i < d->receipt->n_verdict; i++) {
		const PbOpening *o = d->receipt->verdict[i];
		PbVerdict *was;

		if (ENVELOPE_UNPACK(d->arena, verdict,
			bytes_of(o->part.data, o->part.len), &was,
			NULL) != CODE_OK ||
		    was->outcome != OUTCOME_PARK ||
		    !bytes_eq(bytes_of(was->addressee.data, was->addressee.len),
			bytes_of(v->addressee.data, v->addressee.len)))
			continue;
		if (part == NULL ||
		    (was->node != NULL && v->node != NULL &&
			strcmp(was->node, v->node) == 0))
			part = &d->message->verdict[i];
	}
	return part;
}

static enum err
add_decision(struct decisions *d, uint64_t at, struct bytes packed,
    const ProtobufCBinaryData *commitment)
{
	PbDecision *x = arena_alloc(d->arena, sizeof *x);
	const ProtobufCBinaryData *parked;
	struct digest digest;
	struct proof proof;
	PbVerdict *v;
	enum err e;

	if (x == NULL)
		return ERR_NOMEM;
	pb_decision__init(x);
	memcpy(digest.b, commitment->data, DIGEST_SIZE);
	e = vault_open(d->t, d->arena, &digest, &x->outcome);
	if (e == ERR_OK &&
	    ENVELOPE_UNPACK(d->arena, verdict,
		bytes_of(x->outcome->part.data, x->outcome->part.len), &v,
		NULL) != CODE_OK)
		e = ERR_INVALID;
	/* The approval's own verdict is nobody's else. */
	if (e != ERR_OK || (parked = parked_for(d, v)) == NULL)
		return e;
	x->verdict = *parked;
	x->index = at;
	x->entry = pb_bytes(packed.data, packed.len);
	e = ledger_inclusion(
	    d->t, at, ledger_checkpoint(d->core->ledger)->size, &proof);
	if (e == ERR_OK)
		e = r8_digests(
		    d->arena, &proof, &x->inclusion, &x->n_inclusion);
	if (e != ERR_OK)
		return e;
	d->receipt->decision[d->receipt->n_decision++] = x;
	/* Better a receipt without its last decisions than none. */
	if (pb_receipt__get_packed_size(d->receipt) > RECEIPT_MAX) {
		d->receipt->n_decision--;
		d->full = true;
	}
	return ERR_OK;
}

static bool
add_entry(void *ctx, uint64_t at, const PbEntry *entry, const PbDetails *none)
{
	struct decisions *d = ctx;
	struct bytes packed;

	(void)none;
	d->err = ledger_entry(d->t, d->arena, at, &packed);
	for (size_t i = 0; d->err == ERR_OK && !d->full &&
	     i < entry->n_verdict && d->receipt->n_decision < DECISIONS_MAX;
	     i++)
		d->err = add_decision(d, at, packed, &entry->verdict[i]);
	return d->err == ERR_OK && !d->full;
}

static enum err
add_decisions(struct core *c, struct txn *t, struct arena *a, uint64_t index,
    const PbEntry *entry, PbReceipt *r)
{
	struct books books = { t, t, a };
	struct decisions d = { c, t, a, entry, r, ERR_OK, false };
	enum err e;

	r->decision = arena_alloc(a, DECISIONS_MAX * sizeof r->decision[0]);
	if (r->decision == NULL)
		return ERR_NOMEM;
	e = parked_decisions(&books, index, add_entry, &d);
	return e == ERR_OK ? d.err : e;
}

enum err
r8_receipt(
    struct core *c, struct txn *t, struct arena *a, const struct effect *f)
{
	PbReceipt r = PB_RECEIPT__INIT;
	struct online *o = &c->online[f->door];
	struct proofs p;
	struct bytes packed;
	PbEntry *entry;
	PbDetails *details;
	enum err e = r8_entry(t, a, f->index, &packed, &entry, &details);

	STEP("R8");
	if (e == ERR_OK && (details == NULL || details->n_part == 0))
		e = ERR_INVALID;
	if (e == ERR_OK)
		e = r8_proofs(c, t, a, f->index, o->known, &p);
	if (e == ERR_OK)
		e = add_verdicts(t, a, entry, details, &r);
	if (e == ERR_OK)
		e = add_notices(c, t, a, entry, details, &r);
	if (e == ERR_OK)
		e = add_decisions(c, t, a, f->index, entry, &r);
	if (e == ERR_OK)
		e = add_stages(c, t, a, f->index, entry, &r);
	if (e != ERR_OK)
		return e;
	r.message_id = details->message_id;
	r.entry = pb_bytes(packed.data, packed.len);
	r.index = f->index;
	r.inclusion = p.inclusion;
	r.n_inclusion = p.n_inclusion;
	r.checkpoint = p.checkpoint;
	r.consistency_from = p.from;
	r.consistency = p.consistency;
	r.n_consistency = p.n_consistency;
	core_send(c, f->door, &f->session, f->lane, FRAME_TYPE_RECEIPT, &r);
	o->known = ledger_checkpoint(c->ledger)->size;
	return ERR_OK;
}

bool
r8_is_to_decide(const PbMailboxItem *item, const PbDetails *details)
{
	size_t n = item->n_part;

	return n > 0 && item->part[n - 1].len == DIGEST_SIZE &&
	    memcmp(item->part[n - 1].data, details->part[0].data,
		DIGEST_SIZE) == 0;
}

void
r8_tell(struct batch *b, uint64_t index, const PbMailboxItem *item)
{
	const struct reg_node *sender;
	struct bytes packed;
	PbEntry *entry;
	PbDetails *d;

	if (r8_entry(b->t, b->arena, index, &packed, &entry, &d) != ERR_OK ||
	    d == NULL || d->sender == NULL || d->n_part == 0 ||
	    (item != NULL && r8_is_to_decide(item, d)))
		return;
	sender = registry_find(b->core->registry, d->sender);
	for (size_t i = 0; sender != NULL && i < sender->n_seat; i++) {
		unsigned door = sender->seat[i].door;
		struct online *o = &b->core->online[door];
		struct effect *f;

		if (!o->ready || !r9_in_flight(&o->submitted, index))
			continue;
		f = core_effect(b, EFFECT_RECEIPT, door, &o->session);
		if (f != NULL) {
			f->lane = LANE_CONTROL;
			f->index = index;
		}
	}
}
