/*
 * SPDX-License-Identifier: MIT
 *
 * effects: see effects.h.
 */
#include "effects.h"

#include <stdio.h>

#include "r8_receipt.h"
#include "r9_offer.h"

#define EFFECT_ARENA (4u * 1024 * 1024)

static enum err
send_ready(
    struct core *c, struct txn *t, struct arena *a, const struct effect *f)
{
	PbReady ready = PB_READY__INIT;
	struct bytes note = ledger_note(c->ledger);
	struct proof p;
	enum err e = ledger_consistency(
	    t, f->known, ledger_checkpoint(c->ledger)->size, &p);

	if (e == ERR_OK)
		e = r8_digests(a, &p, &ready.consistency, &ready.n_consistency);
	if (e != ERR_OK)
		return e;
	ready.checkpoint = pb_bytes(note.data, note.len);
	core_send(
	    c, f->door, &f->session, LANE_CONTROL, FRAME_TYPE_READY, &ready);
	c->online[f->door].known = ledger_checkpoint(c->ledger)->size;
	return ERR_OK;
}

#define RANGE_BYTES (256u * 1024)

static enum err
send_range(
    struct core *c, struct txn *t, struct arena *a, const struct effect *f)
{
	PbRange range = PB_RANGE__INIT;
	uint64_t size = ledger_checkpoint(c->ledger)->size;
	struct bytes note = ledger_note(c->ledger), packed;
	size_t total = 0;
	struct proof p;
	enum err e = ERR_OK;
	uint32_t room = f->count > 1024 ? 1024 : f->count;

	range.entry = arena_alloc(a, room * sizeof range.entry[0]);
	if (range.entry == NULL)
		return ERR_NOMEM;
	range.first = f->index;
	while (range.n_entry < room && total < RANGE_BYTES &&
	    f->index + range.n_entry < size && e == ERR_OK) {
		e = ledger_entry(t, a, f->index + range.n_entry, &packed);
		if (e == ERR_OK) {
			range.entry[range.n_entry++] = pb_bytes(
			    packed.data, packed.len);
			total += packed.len;
		}
	}
	if (e == ERR_OK)
		e = ledger_inclusion(t, f->index + range.n_entry - 1, size, &p);
	if (e == ERR_OK)
		e = r8_digests(a, &p, &range.inclusion, &range.n_inclusion);
	if (e != ERR_OK)
		return e;
	range.checkpoint = pb_bytes(note.data, note.len);
	core_send(
	    c, f->door, &f->session, LANE_CONTROL, FRAME_TYPE_RANGE, &range);
	return ERR_OK;
}

static enum err
run_effect(struct core *c, struct txn *t, const struct effect *f)
{
	struct online *o = &c->online[f->door];
	struct arena *a;
	enum err e = ERR_OK;

	if (!o->ready || !id_eq(&o->session, &f->session))
		return ERR_OK;
	if (arena_new(&a, EFFECT_ARENA) != ERR_OK)
		return ERR_NOMEM;
	switch (f->kind) {
	case EFFECT_RECEIPT:
		e = r8_receipt(c, t, a, f);
		break;
	case EFFECT_READY:
		e = send_ready(c, t, a, f);
		break;
	case EFFECT_OFFER:
		e = r9_send(c, t, a, f);
		break;
	case EFFECT_RANGE:
		e = send_range(c, t, a, f);
		break;
	case EFFECT_PONG:
		core_send(c, f->door, &f->session, LANE_CONTROL,
		    FRAME_TYPE_PING, NULL);
		break;
	}
	arena_free(a);
	return e;
}

void
effects_run(struct batch *b)
{
	struct core *c = b->core;
	struct txn *t;

	if (b->first == NULL)
		return;
	enum err e = store_read(c->store, &t, NULL);
	for (struct effect *f = b->first; f != NULL; f = f->next)
		if (e != ERR_OK || run_effect(c, t, f) != ERR_OK) {
			fprintf(stderr,
			    "error: door %u: an answer could not "
			    "be made; its session ends\n",
			    f->door);
			core_end(c, f->door);
		}
	if (e == ERR_OK)
		store_abort(t);
}
