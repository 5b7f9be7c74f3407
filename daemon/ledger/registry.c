/*
 * SPDX-License-Identifier: MIT
 *
 * registry: TABLE_NODE as written by admissions, and the snapshot of it that
 * the stages share. A snapshot never changes; a new one takes its place.
 */
#include "registry.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"

#include "doors.h"

#define REGISTRY_ARENA ((size_t)256 * 1024 * 1024)

struct registry {
	atomic_uint references;
	struct arena *arena;
	struct reg_node *node; /* in order of id */
	size_t n_node, room;
	unsigned last_door;
	struct by_door {
		const struct reg_node *node;
		const struct reg_seat *seat;
	} * door; /* [0 .. last_door] */
};

/* No '/': the key of a door must not be read in two ways. */
static bool
seat_name_is_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len <= SEAT_NAME_MAX && name[len] == '\0';
}

/* Copies value into the arena: what it holds must outlive the store's view. */
static enum err
parse(struct arena *a, struct bytes value, struct bytes *approved, PbCard **out)
{
	struct bytes packed;
	PbApproved *pb;
	PbCard *card;
	void *copy;

	if (value.len < 1)
		return ERR_INVALID;
	copy = arena_dup(a, bytes_of(value.data + 1, value.len - 1));
	if (copy == NULL)
		return ERR_NOMEM;
	packed = bytes_of(copy, value.len - 1);
	if (ENVELOPE_UNPACK(a, approved, packed, &pb, NULL) != CODE_OK ||
	    pb->object->kind != OBJECT_CARD)
		return ERR_INVALID;
	if (ENVELOPE_UNPACK(a, card,
		bytes_of(pb->object->bytes.data, pb->object->bytes.len), &card,
		NULL) != CODE_OK)
		return ERR_INVALID;
	*approved = packed;
	*out = card;
	return ERR_OK;
}

static enum err
stored_card(struct txn *t, struct arena *a, const char *node, PbCard **out)
{
	struct bytes value, approved;
	enum err err;

	err = store_get(t, TABLE_NODE, bytes_str(node), &value);
	return err == ERR_OK ? parse(a, value, &approved, out) : err;
}

static enum err
check_seats(const PbCard *card, struct why *why)
{
	size_t i;

	if (!node_id_is_valid(card->node))
		return why_set(why, ERR_INVALID, "the node id is not one");
	for (i = 0; i < card->n_seat; i++) {
		if (!seat_name_is_valid(card->seat[i]->name))
			return why_set(why, ERR_INVALID,
			    "seat %zu of %s: its "
			    "name must be 1 to 32 of a-z, 0-9 and -",
			    i + 1, card->node);
		if (card->seat[i]->curve.len != 32 ||
		    card->seat[i]->box.len != 32)
			return why_set(why, ERR_INVALID,
			    "seat %s of %s: keys must be 32 bytes",
			    card->seat[i]->name, card->node);
	}
	return ERR_OK;
}

#define CARD_KEY "card/"
#define CARD_KEY_SIZE (sizeof(CARD_KEY) - 1 + DIGEST_SIZE)

static void
card_key(uint8_t key[CARD_KEY_SIZE], const uint8_t fingerprint[DIGEST_SIZE])
{
	memcpy(key, CARD_KEY, sizeof(CARD_KEY) - 1);
	memcpy(key + sizeof(CARD_KEY) - 1, fingerprint, DIGEST_SIZE);
}

static enum err
keep_card(struct txn *t, const PbCard *card, struct bytes approved)
{
	struct bytes der = bytes_of(
	    card->certificate.data, card->certificate.len);
	struct digest fingerprint = digest_of(&der, 1);
	uint8_t key[CARD_KEY_SIZE];

	card_key(key, fingerprint.b);
	return store_put(t, TABLE_META, bytes_of(key, sizeof(key)), approved);
}

enum err
registry_card(struct txn *t, struct arena *a,
    const ProtobufCBinaryData *certificate, struct bytes *approved)
{
	uint8_t key[CARD_KEY_SIZE];
	struct bytes there;
	enum err err;
	void *copy;

	if (certificate->len != DIGEST_SIZE)
		return ERR_INVALID;
	card_key(key, certificate->data);
	err = store_get(t, TABLE_META, bytes_of(key, sizeof(key)), &there);
	if (err != ERR_OK)
		return err;
	copy = arena_dup(a, there);
	if (copy == NULL)
		return ERR_NOMEM;
	*approved = bytes_of(copy, there.len);
	return ERR_OK;
}

enum err
registry_admit(struct txn *t, struct arena *a, struct bytes approved,
    const PbCard *card, unsigned doors, struct why *why)
{
	PbCard *old = NULL;
	uint8_t *value;
	enum err err;

	err = check_seats(card, why);
	if (err != ERR_OK)
		return err;
	err = stored_card(t, a, card->node, &old);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return why_set(why, err, "the stored card of %s", card->node);
	if (old != NULL && card->serial <= old->serial)
		return why_set(why, ERR_EXISTS,
		    "%s is admitted with serial %llu; found %llu, expected a "
		    "higher one",
		    card->node, (unsigned long long)old->serial,
		    (unsigned long long)card->serial);
	err = doors_check(t, card, doors, why);
	if (err != ERR_OK)
		return err;
	value = arena_alloc(a, approved.len + 1);
	if (value == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	memcpy(value + 1, approved.data, approved.len);
	err = doors_give(t, old, card);
	if (err == ERR_OK)
		err = store_put(t, TABLE_NODE, bytes_str(card->node),
		    bytes_of(value, approved.len + 1));
	if (err == ERR_OK)
		err = keep_card(t, card, approved);
	if (err != ERR_OK)
		return why_set(
		    why, store_fail(t, err), "admission of %s", card->node);
	return ERR_OK;
}

enum err
registry_suspend(struct txn *t, const char *node, struct why *why)
{
	struct bytes there;
	uint8_t *value;
	enum err err;

	err = store_get(t, TABLE_NODE, bytes_str(node), &there);
	if (err == ERR_OK && there.len == 0)
		err = ERR_INVALID;
	if (err != ERR_OK)
		return why_set(why, err, "node %s is not admitted", node);
	value = malloc(there.len);
	if (value == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	memcpy(value, there.data, there.len);
	value[0] = 1;
	err = store_put(
	    t, TABLE_NODE, bytes_str(node), bytes_of(value, there.len));
	free(value);
	if (err != ERR_OK)
		return why_set(why, err, "suspension of %s", node);
	return ERR_OK;
}

struct loading {
	struct txn *t;
	struct registry *r;
	struct why *why;
	enum err err;
};

static enum err
load_seats(struct loading *l, struct reg_node *n)
{
	struct reg_seat *seat;
	enum err err = ERR_OK;
	size_t i;

	n->n_seat = n->card->n_seat;
	n->seat = arena_alloc(l->r->arena, (n->n_seat + 1) * sizeof(*seat));
	if (n->seat == NULL)
		return why_set(l->why, ERR_NOMEM, "no memory");
	for (i = 0; err == ERR_OK && i < n->n_seat; i++) {
		const PbSeat *pb = n->card->seat[i];

		seat = &n->seat[i];
		memcpy(seat->name, pb->name, strlen(pb->name) + 1);
		memcpy(seat->curve, pb->curve.data, sizeof(seat->curve));
		memcpy(seat->box, pb->box.data, sizeof(seat->box));
		err = doors_get(l->t, n->id, seat->name, &seat->door);
		if (err == ERR_OK &&
		    (seat->door == 0 || seat->door > l->r->last_door))
			err = ERR_INVALID;
	}
	if (err != ERR_OK)
		return why_set(l->why, err, "a door of %s", n->id);
	return ERR_OK;
}

static struct reg_node *
next_node(struct registry *r)
{
	size_t room = r->room == 0 ? 64 : 2 * r->room;
	struct reg_node *more;

	if (r->n_node == r->room) {
		more = realloc(r->node, room * sizeof(*more));
		if (more == NULL)
			return NULL;
		r->node = more;
		r->room = room;
	}
	memset(&r->node[r->n_node], 0, sizeof(*r->node));
	return &r->node[r->n_node++];
}

static enum err
load_node(struct loading *l, struct bytes key, struct bytes value)
{
	struct reg_node *n = next_node(l->r);
	enum err err;

	if (n == NULL)
		return why_set(l->why, ERR_NOMEM, "no memory");
	err = parse(l->r->arena, value, &n->approved, &n->card);
	if (err == ERR_OK && !bytes_eq(key, bytes_str(n->card->node)))
		err = ERR_INVALID;
	if (err != ERR_OK)
		return why_set(
		    l->why, err, "the stored card of node %zu", l->r->n_node);
	err = check_seats(n->card, l->why);
	if (err != ERR_OK)
		return err;
	memcpy(n->id, n->card->node, strlen(n->card->node) + 1);
	n->suspended = value.data[0] != 0;
	err = cert_parse(&n->cert,
	    bytes_of(n->card->certificate.data, n->card->certificate.len),
	    l->why);
	return err == ERR_OK ? load_seats(l, n) : err;
}

static bool
load_one(void *ctx, struct bytes key, struct bytes value)
{
	struct loading *l = ctx;

	l->err = load_node(l, key, value);
	return l->err == ERR_OK;
}

/* Only now do nodes no longer move. */
static enum err
index_doors(struct registry *r)
{
	size_t i, k;

	r->door = calloc((size_t)r->last_door + 1, sizeof(*r->door));
	if (r->door == NULL)
		return ERR_NOMEM;
	for (i = 0; i < r->n_node; i++)
		for (k = 0; k < r->node[i].n_seat; k++) {
			struct reg_seat *seat = &r->node[i].seat[k];

			r->door[seat->door].node = &r->node[i];
			r->door[seat->door].seat = seat;
		}
	return ERR_OK;
}

enum err
registry_load(struct registry **out, struct txn *t, struct why *why)
{
	struct loading l = { .t = t, .why = why, .err = ERR_OK };
	struct registry *r;
	enum err err;

	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	atomic_init(&r->references, 1);
	l.r = r;
	err = arena_new(&r->arena, REGISTRY_ARENA);
	if (err == ERR_OK)
		err = doors_last(t, &r->last_door);
	if (err == ERR_OK)
		err = store_scan(
		    t, TABLE_NODE, bytes_of(NULL, 0), load_one, &l);
	if (err == ERR_OK && l.err == ERR_OK)
		err = index_doors(r);
	if (err != ERR_OK)
		(void)why_set(why, err, "the registry: %s", err_name(err));
	else
		err = l.err;
	if (err != ERR_OK) {
		registry_unref(r);
		return err;
	}
	*out = r;
	return ERR_OK;
}

struct registry *
registry_ref(struct registry *r)
{
	atomic_fetch_add(&r->references, 1);
	return r;
}

void
registry_unref(struct registry *r)
{
	size_t i;

	if (r == NULL || atomic_fetch_sub(&r->references, 1) != 1)
		return;
	for (i = 0; i < r->n_node; i++)
		cert_free(r->node[i].cert);
	free(r->node);
	free(r->door);
	arena_free(r->arena);
	free(r);
}

size_t
registry_count(const struct registry *r)
{
	return r->n_node;
}

const struct reg_node *
registry_at(const struct registry *r, size_t i)
{
	return i < r->n_node ? &r->node[i] : NULL;
}

static int
compare_id(const void *id, const void *node)
{
	return strcmp(id, ((const struct reg_node *)node)->id);
}

const struct reg_node *
registry_find(const struct registry *r, const char *node)
{
	if (r->n_node == 0)
		return NULL;
	return bsearch(node, r->node, r->n_node, sizeof(*r->node), compare_id);
}

const struct reg_node *
registry_door(
    const struct registry *r, unsigned door, const struct reg_seat **seat)
{
	if (door > r->last_door || r->door[door].node == NULL)
		return NULL;
	if (seat != NULL)
		*seat = r->door[door].seat;
	return r->door[door].node;
}

bool
registry_holds(const struct reg_node *n, int role, uint64_t at_ms)
{
	return !n->suspended && card_has_role(n->card, role, at_ms);
}

static bool
grant_covers(const PbRoleGrant *g, const struct places *p, const char *kommune,
    uint64_t at_ms)
{
	const char *code = NULL;

	if (!g->has_place)
		return false;
	switch (g->place) {
	case PLACE_KIND_COUNTRY:
		return true;
	case PLACE_KIND_KOMMUNE:
		code = kommune;
		break;
	case PLACE_KIND_POLITIKREDS:
		code = places_politikreds(p, kommune, at_ms);
		break;
	case PLACE_KIND_REGION:
		code = places_region(p, kommune, at_ms);
		break;
	default:
		break;
	}
	return code != NULL && g->code != NULL && strcmp(code, g->code) == 0;
}

bool
registry_covers(const struct reg_node *n, int role, const struct places *p,
    const char *kommune, uint64_t at_ms)
{
	size_t i;

	if (n->suspended || kommune == NULL)
		return false;
	for (i = 0; i < n->card->n_role; i++) {
		const PbRoleGrant *g = n->card->role[i];

		if ((int)g->role == role && g->from <= at_ms &&
		    (!g->has_to || at_ms < g->to) &&
		    grant_covers(g, p, kommune, at_ms))
			return true;
	}
	return false;
}
