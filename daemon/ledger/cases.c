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

/* How many cases of a person police have alone. */
static enum err
count_get(struct txn *t, const uint8_t person[DIGEST_SIZE], uint64_t *n)
{
	struct bytes value;
	enum err err;

	*n = 0;
	err = store_get(t, TABLE_PERSON, bytes_of(person, DIGEST_SIZE), &value);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK && value.len != sizeof(uint64_t))
		return ERR_INVALID;
	if (err == ERR_OK)
		*n = get_u64(value.data);
	return err;
}

static enum err
count_change(struct txn *t, const uint8_t person[DIGEST_SIZE], int by)
{
	uint8_t value[8];
	uint64_t n;
	enum err err = count_get(t, person, &n);

	if (err != ERR_OK || (by < 0 && n == 0))
		return store_fail(t, err != ERR_OK ? err : ERR_INVALID);
	put_u64(value, by < 0 ? n - 1 : n + 1);
	return store_put(t, TABLE_PERSON, bytes_of(person, DIGEST_SIZE),
	    bytes_of(value, sizeof(value)));
}

void
cases_person(struct digest *out, const uint8_t person_key[32], const char *cpr)
{
	crypto_generichash(out->b, sizeof(out->b), (const uint8_t *)cpr,
	    strlen(cpr), person_key, 32);
}

enum err
cases_person_is_alone(struct txn *t, const struct digest *person, bool *alone)
{
	uint64_t n;
	enum err err = count_get(t, person->b, &n);

	if (err == ERR_OK)
		*alone = n > 0;
	return err;
}

enum err
cases_is_linked_alone(struct txn *t, const PbCase *c, bool *alone)
{
	size_t i;

	*alone = false;
	for (i = 0; i < c->n_person && !*alone; i++) {
		struct digest person;
		enum err err;

		if (c->person[i].len != DIGEST_SIZE)
			return ERR_INVALID;
		memcpy(person.b, c->person[i].data, DIGEST_SIZE);
		err = cases_person_is_alone(t, &person, alone);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static bool
has_person(const PbCase *c, const struct digest *person)
{
	size_t i;

	for (i = 0; i < c->n_person; i++)
		if (memcmp(c->person[i].data, person->b, DIGEST_SIZE) == 0)
			return true;
	return false;
}

static enum err
add_person(struct arena *a, PbCase *c, const struct digest *person)
{
	ProtobufCBinaryData *all;
	void *copy;

	all = arena_alloc(a, (c->n_person + 1) * sizeof(*all));
	copy = arena_dup(a, bytes_of(person->b, DIGEST_SIZE));
	if (all == NULL || copy == NULL)
		return ERR_NOMEM;
	if (c->n_person > 0)
		memcpy(all, c->person, c->n_person * sizeof(*all));
	all[c->n_person++] = (ProtobufCBinaryData){ DIGEST_SIZE, copy };
	c->person = all;
	return ERR_OK;
}

enum err
cases_track(struct txn *t, struct arena *a, PbCase *c, bool was_alone,
    const struct digest *person)
{
	bool is_alone = c->state == CASE_STATE_POLICE_ONLY;
	enum err err = ERR_OK;
	size_t i;

	for (i = 0; is_alone != was_alone && i < c->n_person && err == ERR_OK;
	     i++)
		err = count_change(t, c->person[i].data, is_alone ? 1 : -1);
	if (err != ERR_OK || person == NULL || has_person(c, person) ||
	    c->n_person == CASES_PERSONS_MAX)
		return err;
	err = add_person(a, c, person);
	if (err == ERR_OK && is_alone)
		err = count_change(t, person->b, 1);
	return err == ERR_OK ? ERR_OK : store_fail(t, err);
}
