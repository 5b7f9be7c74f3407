/*
 * SPDX-License-Identifier: MIT
 *
 * cases: facts of a case in TABLE_CASE; which cases are one person's in
 * TABLE_PERSON, under a keyed hash so that the table tells nobody's number.
 * Destroying the key forgets every link.
 */
#include "cases.h"

#include <sodium.h>
#include <string.h>

#include "proto/cpr.h"

#define HASH_SIZE 32
#define LINK_SIZE (HASH_SIZE + ID_SIZE)

enum err
cases_get(
    struct txn *t, struct arena *a, const struct id *case_id, PbCase **out)
{
	struct bytes value;
	PbCase *found;
	enum err err;
	void *copy;

	err = store_get(t, TABLE_CASE, bytes_of(case_id->b, ID_SIZE), &value);
	if (err != ERR_OK)
		return err;
	copy = arena_dup(a, value);
	if (copy == NULL)
		return ERR_NOMEM;
	if (ENVELOPE_UNPACK(a, case, bytes_of(copy, value.len), &found, NULL) !=
	    CODE_OK)
		return ERR_INVALID;
	*out = found;
	return ERR_OK;
}

enum err
cases_put(struct txn *t, struct arena *a, const PbCase *c)
{
	struct bytes packed;
	enum err err;

	if (c->case_id.len != ID_SIZE)
		return store_fail(t, ERR_INVALID);
	err = envelope_pack(a, c, &packed);
	if (err != ERR_OK)
		return store_fail(t, err);
	return store_put(
	    t, TABLE_CASE, bytes_of(c->case_id.data, ID_SIZE), packed);
}

static bool
takes_part(const PbParticipant *p, const char *node, uint64_t at_ms)
{
	return strcmp(p->node, node) == 0 && p->from <= at_ms &&
	    (!p->has_to || at_ms < p->to);
}

bool
cases_has_participant(const PbCase *c, const char *node, uint64_t at_ms)
{
	size_t i;

	for (i = 0; c != NULL && i < c->n_participant; i++)
		if (takes_part(c->participant[i], node, at_ms))
			return true;
	return false;
}

bool
cases_add_participant(struct arena *a, PbCase *c, const char *node,
    PbCooperation cooperation, uint64_t at_ms)
{
	PbParticipant **all, *p;
	size_t i;

	for (i = 0; i < c->n_participant; i++)
		if (takes_part(c->participant[i], node, at_ms) &&
		    c->participant[i]->cooperation == cooperation)
			return true;
	all = arena_alloc(a, (c->n_participant + 1) * sizeof(*all));
	p = arena_alloc(a, sizeof(*p));
	if (all == NULL || p == NULL)
		return false;
	pb_participant__init(p);
	p->node = arena_strdup(a, node);
	p->cooperation = cooperation;
	p->from = at_ms;
	if (p->node == NULL)
		return false;
	if (c->n_participant > 0)
		memcpy(all, c->participant, c->n_participant * sizeof(*all));
	all[c->n_participant++] = p;
	c->participant = all;
	return true;
}

struct others {
	struct arena *a;
	uint8_t own[LINK_SIZE];
	struct id *id;
	size_t n, room;
	enum err err;
};

static bool
grow(struct others *o)
{
	size_t room = o->room == 0 ? 4 : 2 * o->room;
	struct id *more = arena_alloc(o->a, room * sizeof(*more));

	if (more == NULL)
		return false;
	if (o->n > 0)
		memcpy(more, o->id, o->n * sizeof(*more));
	o->id = more;
	o->room = room;
	return true;
}

static bool
collect(void *ctx, struct bytes key, struct bytes value)
{
	struct others *o = ctx;

	(void)value;
	if (key.len != LINK_SIZE || memcmp(key.data, o->own, HASH_SIZE) != 0)
		return false;
	if (memcmp(key.data, o->own, LINK_SIZE) == 0)
		return true;
	if (o->n == o->room && !grow(o)) {
		o->err = ERR_NOMEM;
		return false;
	}
	memcpy(o->id[o->n++].b, key.data + HASH_SIZE, ID_SIZE);
	return true;
}

static enum err
others_of(struct txn *t, struct others *o, const uint8_t person_key[32],
    const char *cpr, const struct id *case_id)
{
	if (!cpr_is_valid(cpr, NULL))
		return ERR_INVALID;
	crypto_generichash(o->own, HASH_SIZE, (const uint8_t *)cpr, strlen(cpr),
	    person_key, 32);
	memcpy(o->own + HASH_SIZE, case_id->b, ID_SIZE);
	enum err err = store_scan(
	    t, TABLE_PERSON, bytes_of(o->own, HASH_SIZE), collect, o);
	return err == ERR_OK ? o->err : err;
}

enum err
cases_linked(struct txn *t, struct arena *a, const uint8_t person_key[32],
    const char *cpr, const struct id *case_id, struct id **linked,
    size_t *n_linked)
{
	struct others o = { .a = a, .err = ERR_OK };
	enum err err = others_of(t, &o, person_key, cpr, case_id);

	if (err != ERR_OK)
		return err;
	*linked = o.id;
	*n_linked = o.n;
	return ERR_OK;
}

enum err
cases_link(struct txn *t, struct arena *a, const uint8_t person_key[32],
    const char *cpr, const struct id *case_id)
{
	struct others o = { .a = a, .err = ERR_OK };
	enum err err = others_of(t, &o, person_key, cpr, case_id);

	if (err != ERR_OK)
		return store_fail(t, err);
	return store_put(
	    t, TABLE_PERSON, bytes_of(o.own, LINK_SIZE), bytes_of("", 0));
}
