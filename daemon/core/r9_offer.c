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
#include "parked.h"
#include "r5_place.h"
#include "r6_judge.h"
#include "r8_receipt.h"
#include "step.h"

#define OFFERS_MAX 256	 /* in one batch and lane of a seat */
#define OFFER_EXTRA 4096 /* card, proofs, note and salts of an offer */

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

/* Not given to this seat now: a rescan begins here. */
static void
pass_over(struct online *o, unsigned lane, uint64_t index)
{
	if (index < o->passed[lane])
		o->passed[lane] = index;
}

/* The case as it is now; NULL for none. False: it cannot be read. */
static bool
read_case(struct batch *b, struct facts_in *in)
{
	struct id id;
	PbCase *c;
	enum err e;

	if (!in->header->has_case_id)
		return true;
	memcpy(id.b, in->header->case_id.data, sizeof id.b);
	e = cases_get(b->t, b->arena, &id, &c);
	if (e == ERR_NOT_FOUND)
		return true;
	if (e == ERR_OK)
		e = cases_is_linked_alone(b->t, c, &in->linked_police_alone);
	in->kase = c;
	return e == ERR_OK;
}

static bool
read_part(struct batch *b, const ProtobufCBinaryData *commitment,
    const ProtobufCMessageDescriptor *d, void *out)
{
	struct digest digest;
	PbOpening *o;

	memcpy(digest.b, commitment->data, sizeof digest.b);
	return vault_open(b->t, b->arena, &digest, &o) == ERR_OK &&
	    envelope_unpack(b->arena, d, bytes_of(o->part.data, o->part.len),
		out, NULL) == CODE_OK;
}

/*
 * Does the case as it is now still let this be handed out? The same table
 * decides as in R6. Whatever cannot be read holds the item back.
 */
static bool
case_allows(struct batch *b, const PbMailboxItem *item)
{
	struct facts_in in = { .to_role = (int)item->role,
		.relation = 1u << RELATION_ANY,
		.at_ms = b->now };
	struct bytes packed, header;
	struct digest d;
	PbDetails *details;
	PbEntry *entry;

	memcpy(d.b, item->header.data, sizeof d.b);
	if (r8_entry(b->t, b->arena, item->index, &packed, &entry, &details) !=
		ERR_OK ||
	    details == NULL || details->n_part == 0 || item->n_part == 0)
		return false;
	if (r8_is_to_decide(item, details))
		return parked_waits(b->t, item->expires, item->index);
	if (vault_get(b->t, b->arena, &d, &header) != ERR_OK ||
	    ENVELOPE_UNPACK(b->arena, header, header, &in.header, NULL) !=
		CODE_OK ||
	    !read_part(
		b, &details->part[0], &pb_grounds__descriptor, &in.grounds) ||
	    !read_part(
		b, &item->part[0], &pb_addressee__descriptor, &in.addressee) ||
	    !read_case(b, &in))
		return false;
	in.settings = kommuner_settings_for(b->core->law->kommuner, in.grounds);
	return !r6_is_held(b->core->law, &in);
}

static bool
may_hand_out(struct batch *b, const struct online *o, const PbMailboxItem *item)
{
	bool police = r5_is_police((int)item->role);

	return registry_holds(o->node, (int)item->role, b->now) &&
	    (item->expires > b->now || police) &&
	    (police || case_allows(b, item));
}

struct collected {
	struct batch *b;
	struct online *o;
	unsigned lane;
	size_t n;
	uint64_t next;	/* index after the last one seen */
	uint64_t bytes; /* of what was collected */
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
	/* An offer may pass the credit in bytes, the next one may not. */
	if (k->o->sent_bytes[k->lane] + k->bytes >= k->o->credit_bytes[k->lane])
		return false;
	k->next = item->index + 1;
	if (r9_in_flight(&k->o->flight[k->lane], item->index))
		return true;
	if (is_taken(k->b->core, k->o->node, k->lane, item->index)) {
		pass_over(k->o, k->lane, item->index);
		return true;
	}
	k->bytes += item->size + OFFER_EXTRA;
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
	o->sent_bytes[lane] += item->size + OFFER_EXTRA;
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
		else
			pass_over(o, lane, k.item[i]->index);
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
	struct bytes packed, header, card;
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
	if (details == NULL || details->signature == NULL)
		return ERR_INVALID;
	e = registry_card(t, a, &details->signature->certificate, &card);
	if (e != ERR_OK)
		return e;
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
	offer.card = pb_bytes(card.data, card.len);
	/* Both sides count what was sent; it was guessed until now. */
	o->sent_bytes[f->lane] += pb_offer__get_packed_size(&offer);
	o->sent_bytes[f->lane] -= f->item->size + OFFER_EXTRA;
	core_send(c, f->door, &f->session, f->lane, FRAME_TYPE_OFFER, &offer);
	o->known = ledger_checkpoint(c->ledger)->size;
	return ERR_OK;
}
