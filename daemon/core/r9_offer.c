/*
 * SPDX-License-Identifier: MIT
 *
 * R9 offer: see r9_offer.h.
 */
#include "r9_offer.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/ledger/cases.h"
#include "daemon/ledger/mailbox.h"
#include "daemon/ledger/vault.h"
#include "r5_place.h"
#include "r8_receipt.h"
#include "step.h"

#define OFFERS_MAX 256 /* in one batch and lane of a seat */

/* Position of index, or where it would be put. */
static size_t
flight_search(const struct flight *f, uint64_t index)
{
	size_t low = 0, high = f->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (f->index[mid] < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
r9_in_flight(const struct flight *f, uint64_t index)
{
	size_t i = flight_search(f, index);

	return i < f->n && f->index[i] == index;
}

bool
r9_flight_add(struct flight *f, uint64_t index)
{
	size_t i = flight_search(f, index);

	if (f->n == FLIGHT_MAX)
		return false;
	if (f->n == f->room) {
		size_t room = f->room == 0 ? 16 : 2 * f->room;
		uint64_t *more = realloc(f->index, room * sizeof *more);
		if (more == NULL)
			return false;
		f->index = more;
		f->room = room;
	}
	memmove(
	    f->index + i + 1, f->index + i, (f->n - i) * sizeof f->index[0]);
	f->index[i] = index;
	f->n++;
	return true;
}

void
r9_flight_remove(struct flight *f, uint64_t index)
{
	size_t i = flight_search(f, index);

	if (i == f->n || f->index[i] != index)
		return;
	memmove(f->index + i, f->index + i + 1,
	    (f->n - i - 1) * sizeof f->index[0]);
	f->n--;
}

/* Has any seat of this node the item in flight? */
static bool
is_taken(const struct core *c, const struct reg_node *node, unsigned lane,
    uint64_t index)
{
	for (size_t i = 0; i < node->n_seat; i++) {
		const struct online *o = &c->online[node->seat[i].door];
		if (o->ready && r9_in_flight(&o->flight[lane], index))
			return true;
	}
	return false;
}

/* Nobody but police is told about a case that police have alone, unless it
 * is police's own orientation. Errors hold the item back. */
static bool
case_allows(struct batch *b, const PbMailboxItem *item)
{
	struct digest d;
	struct bytes bytes;
	struct id id;
	PbHeader *h;
	PbCase *c;

	if (r5_is_police((int)item->role))
		return true;
	memcpy(d.b, item->header.data, sizeof d.b);
	if (vault_get(b->t, b->arena, &d, &bytes) != ERR_OK ||
	    ENVELOPE_UNPACK(b->arena, header, bytes, &h, NULL) != CODE_OK)
		return false;
	if (!h->has_case_id || h->kind == KIND_POLICE_ORIENTATION)
		return true;
	memcpy(id.b, h->case_id.data, sizeof id.b);
	enum err e = cases_get(b->t, b->arena, &id, &c);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND;
	if (c->state == CASE_STATE_POLICE_ONLY)
		return false;
	for (size_t i = 0; i < c->n_linked; i++) {
		PbCase *other;
		memcpy(id.b, c->linked[i].data, sizeof id.b);
		if (cases_get(b->t, b->arena, &id, &other) == ERR_OK &&
		    other->state == CASE_STATE_POLICE_ONLY)
			return false;
	}
	return true;
}

static bool
may_hand_out(struct batch *b, const struct online *o, const PbMailboxItem *item)
{
	return registry_holds(o->node, (int)item->role, b->now) &&
	    (item->expires > b->now || r5_is_police((int)item->role)) &&
	    case_allows(b, item);
}

struct collected {
	struct batch *b;
	const struct online *o;
	unsigned lane;
	size_t n;
	uint64_t next; /* index after the last one seen */
	const PbMailboxItem *item[OFFERS_MAX];
};

static bool
collect(void *ctx, const PbMailboxItem *item)
{
	struct collected *k = ctx;
	uint64_t room = k->o->credit_messages[k->lane] -
	    k->o->sent_messages[k->lane];

	if (k->n == OFFERS_MAX)
		k->b->core->again = true;
	if (k->n == OFFERS_MAX || k->n >= room ||
	    k->o->flight[k->lane].n + k->n >= FLIGHT_MAX)
		return false;
	k->next = item->index + 1;
	if (!is_taken(k->b->core, k->o->node, k->lane, item->index))
		k->item[k->n++] = item;
	return true;
}

static enum err
record_one(
    struct batch *b, unsigned door, unsigned lane, const PbMailboxItem *item)
{
	struct online *o = &b->core->online[door];
	PbMailboxItem *offered = arena_alloc(b->arena, sizeof *offered);
	PbEntry entry = PB_ENTRY__INIT;
	PbDetails details = PB_DETAILS__INIT;
	struct effect *f = core_effect(b, EFFECT_OFFER, door, &o->session);
	uint64_t index;
	enum err e;

	if (offered == NULL || f == NULL)
		return ERR_NOMEM;
	STEP("R9");
	entry.kind = ENTRY_KIND_OFFERED;
	entry.has_subject = true;
	entry.subject = item->header;
	details.node = (char *)(uintptr_t)o->node->id;
	details.has_of = true;
	details.of = item->index;
	e = core_append(b, &entry, &details, &index);
	if (e != ERR_OK)
		return e;
	*offered = *item;
	offered->has_offered = true;
	offered->offered = index;
	if (!r9_flight_add(&o->flight[lane], item->index))
		return ERR_NOMEM;
	o->sent_messages[lane]++;
	f->lane = (uint8_t)lane;
	f->item = offered;
	return mailbox_put(b->t, b->arena, o->node->id, (PbLane)lane, offered);
}

static enum err
record_lane(struct batch *b, unsigned door, unsigned lane)
{
	struct online *o = &b->core->online[door];
	struct collected k = {
		.b = b, .o = o, .lane = lane, .next = o->cursor[lane]
	};
	enum err e;

	if (!(o->lanes & 1u << lane) ||
	    o->credit_messages[lane] <= o->sent_messages[lane] ||
	    o->credit_bytes[lane] <= o->sent_bytes[lane])
		return ERR_OK;
	e = mailbox_walk(b->t, b->arena, o->node->id, (PbLane)lane,
	    o->cursor[lane], collect, &k);
	o->cursor[lane] = k.next;
	for (size_t i = 0; i < k.n && e == ERR_OK; i++)
		if (may_hand_out(b, o, k.item[i]))
			e = record_one(b, door, lane, k.item[i]);
	return e;
}

enum err
r9_record(struct batch *b)
{
	static const unsigned order[LANES] = { LANE_ACUTE, LANE_ORDINARY };
	enum err e = ERR_OK;

	for (unsigned l = 0; l < LANES; l++)
		for (unsigned door = 1;
		     door <= b->core->config->doors && e == ERR_OK; door++)
			if (b->core->online[door].ready)
				e = record_lane(b, door, order[l]);
	return e;
}

static enum err
open_parts(
    struct txn *t, struct arena *a, const PbMailboxItem *item, PbOffer *offer)
{
	offer->opening = arena_alloc(
	    a, item->n_part * sizeof offer->opening[0]);
	if (offer->opening == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < item->n_part; i++) {
		struct digest d;
		enum err e;

		memcpy(d.b, item->part[i].data, sizeof d.b);
		e = vault_open(t, a, &d, &offer->opening[i]);
		if (e != ERR_OK)
			return e;
		offer->n_opening++;
	}
	return ERR_OK;
}

enum err
r9_send(struct core *c, struct txn *t, struct arena *a, const struct effect *f)
{
	PbOffer offer = PB_OFFER__INIT;
	struct online *o = &c->online[f->door];
	const struct reg_node *sender;
	struct bytes packed, header;
	struct proofs p;
	struct digest d;
	PbEntry *entry;
	PbDetails *details;
	enum err e = r8_entry(t, a, f->item->index, &packed, &entry, &details);

	memcpy(d.b, f->item->header.data, sizeof d.b);
	if (e == ERR_OK)
		e = vault_get(t, a, &d, &header);
	if (e == ERR_OK)
		e = open_parts(t, a, f->item, &offer);
	if (e == ERR_OK)
		e = r8_proofs(c, t, a, f->item->index, o->known, &p);
	if (e != ERR_OK)
		return e;
	if (details == NULL || details->signature == NULL ||
	    (sender = registry_find(c->registry, details->sender)) == NULL)
		return ERR_INVALID;
	offer.header = pb_bytes(header.data, header.len);
	offer.signature = details->signature;
	offer.index = f->item->index;
	offer.entry = pb_bytes(packed.data, packed.len);
	offer.inclusion = p.inclusion;
	offer.n_inclusion = p.n_inclusion;
	offer.checkpoint = p.checkpoint;
	offer.consistency_from = p.from;
	offer.consistency = p.consistency;
	offer.n_consistency = p.n_consistency;
	offer.card = pb_bytes(sender->approved.data, sender->approved.len);
	o->sent_bytes[f->lane] += pb_offer__get_packed_size(&offer);
	core_send(c, f->door, &f->session, f->lane, FRAME_TYPE_OFFER, &offer);
	o->known = ledger_checkpoint(c->ledger)->size;
	return ERR_OK;
}
