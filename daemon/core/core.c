/*
 * SPDX-License-Identifier: MIT
 *
 * core: see core.h.
 */
#include "core.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger/vault.h"
#include "proto/digest.h"

static enum err
load_registry(struct core *c, struct why *why)
{
	struct txn *t;
	enum err e = store_read(c->store, &t, why);

	if (e != ERR_OK)
		return e;
	e = registry_load(&c->registry, t, why);
	clock_start(&c->clock, ledger_last_time(t));
	store_abort(t);
	for (size_t i = 0; e == ERR_OK && i < registry_count(c->registry);
	     i++) {
		const struct reg_node *n = registry_at(c->registry, i);
		for (size_t k = 0; k < n->n_seat; k++)
			if (n->seat[k].door > c->config->doors)
				e = why_set(why, ERR_INVALID,
				    "doors: found %u, expected at least %u: "
				    "a seat was given that door",
				    c->config->doors, n->seat[k].door);
	}
	return e;
}

enum err
core_open(struct core *c, struct why *why)
{
	enum err e = store_open(
	    &c->store, c->config->data, c->config->map_bytes, false, why);

	if (e == ERR_OK)
		e = ledger_open(&c->ledger, c->store, &c->log_key,
		    c->config->low_water, why);
	if (e == ERR_OK)
		e = load_registry(c, why);
	if (e != ERR_OK)
		return e;
	c->online = calloc(c->config->doors + 1, sizeof c->online[0]);
	return c->online != NULL ?
	    ERR_OK :
	    why_set(why, ERR_NOMEM, "no memory for the doors");
}

void
core_free_flights(struct core *c)
{
	for (unsigned door = 0; door <= c->config->doors; door++) {
		struct online *o = &c->online[door];

		free(o->submitted.index);
		for (unsigned l = 0; l < LANES; l++)
			free(o->flight[l].index);
	}
}

void
core_close(struct core *c)
{
	if (c->online != NULL)
		core_free_flights(c);
	free(c->online);
	registry_unref(c->registry);
	ledger_close(c->ledger);
	store_close(c->store);
	c->online = NULL;
	c->registry = NULL;
	c->ledger = NULL;
	c->store = NULL;
}

struct effect *
core_effect(struct batch *b, enum effect_kind kind, unsigned door,
    const struct id *session)
{
	struct effect *e = arena_alloc(b->arena, sizeof *e);

	if (e == NULL)
		return NULL;
	e->kind = kind;
	e->door = door;
	e->session = *session;
	*b->last = e;
	b->last = &e->next;
	return e;
}

void
core_send(struct core *c, unsigned door, const struct id *session, uint8_t lane,
    uint8_t type, const void *message)
{
	size_t len = message == NULL ?
	    0 :
	    protobuf_c_message_get_packed_size(message);
	uint8_t *packed = malloc(len + 1);
	struct out *x = NULL;

	if (packed != NULL) {
		if (message != NULL)
			protobuf_c_message_pack(message, packed);
		x = out_new(OUT_FRAME, bytes_of(packed, len));
	}
	free(packed);
	if (x == NULL) {
		core_end(c, door);
		return;
	}
	x->door = door;
	x->session = *session;
	x->lane = lane;
	x->type = type;
	outbox_put(c->outbox, x);
}

void
core_reject(struct core *c, const struct job *j, enum code code)
{
	PbRejectBody body = PB_REJECT_BODY__INIT;
	PbReject reject = PB_REJECT__INIT;
	uint8_t packed[512], text[sizeof TAG_REJECT + sizeof packed];
	uint8_t signature[crypto_sign_BYTES];
	size_t len;

	body.session = pb_bytes(j->session.b, ID_SIZE);
	body.counter = j->counter;
	body.code = code;
	if (j->has_id) {
		body.has_message_id = true;
		body.message_id = pb_bytes(j->message_id.b, ID_SIZE);
	}
	if (j->defect.field[0] != '\0')
		body.field = (char *)(uintptr_t)j->defect.field;
	len = pb_reject_body__pack(&body, packed);
	memcpy(text, TAG_REJECT, sizeof TAG_REJECT);
	memcpy(text + sizeof TAG_REJECT, packed, len);
	crypto_sign_detached(
	    signature, NULL, text, sizeof TAG_REJECT + len, c->log_key.secret);
	reject.body = pb_bytes(packed, len);
	reject.signature = pb_bytes(signature, sizeof signature);
	c->rejects++;
	if (code < sizeof c->rejected / sizeof c->rejected[0])
		c->rejected[code]++;
	core_send(
	    c, j->door, &j->session, LANE_CONTROL, FRAME_TYPE_REJECT, &reject);
}

enum err
core_append(struct batch *b, PbEntry *e, PbDetails *d, uint64_t *index)
{
	struct digest commitment;
	struct bytes packed;
	enum err err;

	e->version = PROTOCOL_VERSION;
	e->recorded_at = b->now;
	e->manifest = pb_bytes(b->core->law->manifest.b, DIGEST_SIZE);
	if (d != NULL) {
		err = envelope_pack(b->arena, d, &packed);
		if (err == ERR_OK)
			err = vault_add(
			    b->t, b->arena, PART_DETAILS, packed, &commitment);
		if (err != ERR_OK)
			return err;
		e->has_details = true;
		e->details = pb_bytes(commitment.b, DIGEST_SIZE);
	}
	b->wrote = true;
	return ledger_append(b->t, b->arena, e, index);
}

void
core_end(struct core *c, unsigned door)
{
	struct online *o = &c->online[door];
	struct out *x;

	if (!o->ready)
		return;
	x = out_new(OUT_END, bytes_of(NULL, 0));
	if (x != NULL) {
		x->door = door;
		x->session = o->session;
		outbox_put(c->outbox, x);
	}
	core_forget(c, door);
}

void
core_forget(struct core *c, unsigned door)
{
	struct online *o = &c->online[door];

	if (!o->ready)
		return;
	o->ready = false;
	o->flight[LANE_ORDINARY].n = o->flight[LANE_ACUTE].n = 0;
	/* Another seat of the node may take what this one had. */
	core_rescan(c);
}

enum err
core_begin(struct core *c, struct batch *b, struct why *why)
{
	*b = (struct batch){ .core = c, .now = clock_now(&c->clock) };
	b->last = &b->first;
	if (arena_new(&b->arena, BATCH_ARENA) != ERR_OK)
		return why_set(why, ERR_NOMEM, "no memory for a batch");
	enum err e = store_write(c->store, &b->t, why);
	if (e != ERR_OK) {
		arena_free(b->arena);
		b->arena = NULL;
	}
	return e;
}

enum err
core_error(const struct batch *b)
{
	if (store_error(b->t) != ERR_OK)
		return store_error(b->t);
	return arena_starved(b->arena) ? ERR_NOMEM : ERR_OK;
}

enum err
core_commit(struct batch *b, struct why *why)
{
	struct txn *read;
	enum err e;

	if (!b->wrote) {
		store_abort(b->t);
		b->t = NULL;
		return ERR_OK;
	}
	e = store_commit(b->t, why);
	b->t = NULL;
	if (e == ERR_OK && b->counted)
		memset(b->core->rejected, 0, sizeof b->core->rejected);
	if (e == ERR_OK)
		e = store_read(b->core->store, &read, why);
	if (e != ERR_OK)
		return e;
	e = ledger_sign(b->core->ledger, read, why);
	store_abort(read);
	/* It is on disk but cannot be signed: nothing may be answered. */
	return e == ERR_OK ? ERR_OK : ERR_UNKNOWN;
}

void
core_abort(struct batch *b)
{
	store_abort(b->t);
	arena_free(b->arena);
	b->t = NULL;
	b->arena = NULL;
}

enum err
core_set_registry(struct core *c, struct registry *r, struct why *why)
{
	struct out *x = out_new(OUT_REGISTRY, bytes_of(NULL, 0));

	for (unsigned door = 1; door <= c->config->doors; door++) {
		struct online *o = &c->online[door];
		const struct reg_seat *seat;

		if (!o->ready)
			continue;
		o->node = registry_door(r, door, &seat);
		o->key_until_ms = 0; /* its certificate may be another */
		if (o->node == NULL || o->node->suspended)
			core_end(c, door);
	}
	registry_unref(c->registry);
	c->registry = r;
	core_rescan(c);
	if (x == NULL)
		return why_set(
		    why, ERR_UNKNOWN, "no memory to tell of a new registry");
	x->registry = registry_ref(r);
	outbox_put(c->outbox, x);
	return ERR_OK;
}

void
core_rescan(struct core *c)
{
	for (unsigned door = 1; door <= c->config->doors; door++) {
		struct online *o = &c->online[door];

		for (unsigned l = 0; o->ready && l < LANES; l++) {
			if (o->passed[l] == UINT64_MAX)
				continue;
			o->cursor[l] = o->passed[l];
			o->passed[l] = UINT64_MAX;
			c->again = true;
		}
	}
}

void
core_rewind(
    struct core *c, const struct reg_node *node, unsigned lane, uint64_t index)
{
	for (size_t i = 0; i < node->n_seat; i++) {
		struct online *o = &c->online[node->seat[i].door];

		if (o->ready && index < o->passed[lane])
			o->passed[lane] = index;
	}
	core_rescan(c);
}
