/*
 * SPDX-License-Identifier: MIT
 *
 * doors: in TABLE_META, "door/<node>/<seat>" and the counter "doors".
 */
#include "doors.h"

#include <stdio.h>
#include <string.h>

#define DOOR_KEY_MAX (5 + NODE_MAX + 1 + SEAT_NAME_MAX + 1)

static struct bytes
door_key(char out[DOOR_KEY_MAX], const char *node, const char *seat)
{
	int len = snprintf(out, DOOR_KEY_MAX, "door/%s/%s", node, seat);

	/* Names too long to be any make an empty key, which nothing has. */
	return bytes_of(out, len < DOOR_KEY_MAX ? (size_t)len : 0);
}

static enum err
get_door(struct txn *t, struct bytes key, unsigned *door)
{
	struct bytes value;
	enum err err;

	err = store_get(t, TABLE_META, key, &value);
	if (err != ERR_OK)
		return err;
	if (value.len != 4)
		return ERR_INVALID;
	*door = get_u32(value.data);
	return ERR_OK;
}

static enum err
put_door(struct txn *t, struct bytes key, unsigned door)
{
	uint8_t value[4];

	put_u32(value, door);
	return store_put(t, TABLE_META, key, bytes_of(value, sizeof(value)));
}

enum err
doors_last(struct txn *t, unsigned *door)
{
	enum err err = get_door(t, bytes_str("doors"), door);

	if (err != ERR_NOT_FOUND)
		return err;
	*door = 0;
	return ERR_OK;
}

enum err
doors_get(struct txn *t, const char *node, const char *seat, unsigned *door)
{
	char text[DOOR_KEY_MAX];

	return get_door(t, door_key(text, node, seat), door);
}

static bool
has_seat(const PbCard *card, const char *name)
{
	size_t i;

	for (i = 0; i < card->n_seat; i++)
		if (strcmp(card->seat[i]->name, name) == 0)
			return true;
	return false;
}

/* Counts before anything is written, so that a refusal leaves no trace. */
enum err
doors_check(struct txn *t, const PbCard *card, unsigned pool, struct why *why)
{
	unsigned door, last;
	size_t i, fresh = 0;
	enum err err;

	err = doors_last(t, &last);
	for (i = 0; err == ERR_OK && i < card->n_seat; i++) {
		err = doors_get(t, card->node, card->seat[i]->name, &door);
		if (err == ERR_NOT_FOUND) {
			fresh++;
			err = ERR_OK;
		}
	}
	if (err != ERR_OK)
		return why_set(why, err, "the doors of %s", card->node);
	if (last > pool || fresh > pool - last)
		return why_set(why, ERR_FULL,
		    "%s needs %zu new doors; %u of %u are given", card->node,
		    fresh, last, pool);
	return ERR_OK;
}

static enum err
forget_removed(struct txn *t, const PbCard *old, const PbCard *card)
{
	char text[DOOR_KEY_MAX];
	enum err err = ERR_OK;
	size_t i;

	for (i = 0; err == ERR_OK && i < old->n_seat; i++)
		if (!has_seat(card, old->seat[i]->name))
			err = store_delete(t, TABLE_META,
			    door_key(text, card->node, old->seat[i]->name));
	return err;
}

enum err
doors_give(struct txn *t, const PbCard *old, const PbCard *card)
{
	char text[DOOR_KEY_MAX];
	unsigned door, last;
	struct bytes key;
	enum err err;
	size_t i;

	if (old != NULL) {
		err = forget_removed(t, old, card);
		if (err != ERR_OK)
			return err;
	}
	err = doors_last(t, &last);
	for (i = 0; err == ERR_OK && i < card->n_seat; i++) {
		key = door_key(text, card->node, card->seat[i]->name);
		err = get_door(t, key, &door);
		if (err == ERR_NOT_FOUND)
			err = put_door(t, key, ++last);
	}
	if (err == ERR_OK)
		err = put_door(t, bytes_str("doors"), last);
	return err;
}
