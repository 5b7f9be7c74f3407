/*
 * SPDX-License-Identifier: MIT
 *
 * mailbox: keys are node || NUL || u8 lane || u64 index, so that one node's
 * items of one lane stand together, oldest first. A node id holds no NUL:
 * no id can be the beginning of another's keys.
 */
#include "mailbox.h"

#include <string.h>

#define KEY_MAX (NODE_MAX + 1 + 1 + 8)
#define AFTER_NODE (1 + 1 + 8)

struct key {
	uint8_t b[KEY_MAX];
	size_t len;    /* of the whole key */
	size_t prefix; /* of what all items of the lane share */
};

static enum err
key_make(struct key *k, const char *node, PbLane lane, uint64_t index)
{
	size_t len = strlen(node);

	if (len == 0 || len > NODE_MAX ||
	    (lane != LANE_ORDINARY && lane != LANE_ACUTE))
		return ERR_INVALID;
	memcpy(k->b, node, len);
	k->b[len] = '\0';
	k->b[len + 1] = (uint8_t)lane;
	put_u64(k->b + len + 2, index);
	k->prefix = len + 2;
	k->len = len + AFTER_NODE;
	return ERR_OK;
}

static struct bytes
view(const struct key *k)
{
	return bytes_of(k->b, k->len);
}

static enum err
parse(struct arena *a, struct bytes value, PbMailboxItem **out)
{
	PbMailboxItem *item;
	void *copy = arena_dup(a, value);

	if (copy == NULL)
		return ERR_NOMEM;
	if (ENVELOPE_UNPACK(a, mailbox_item, bytes_of(copy, value.len), &item,
		NULL) != CODE_OK)
		return ERR_INVALID;
	*out = item;
	return ERR_OK;
}

enum err
mailbox_put(struct txn *t, struct arena *a, const char *node, PbLane lane,
    const PbMailboxItem *item)
{
	struct bytes packed;
	struct key k;
	enum err err;

	err = key_make(&k, node, lane, item->index);
	if (err == ERR_OK)
		err = envelope_pack(a, item, &packed);
	if (err != ERR_OK)
		return store_fail(t, err);
	return store_put(t, TABLE_MAILBOX, view(&k), packed);
}

enum err
mailbox_get(struct txn *t, struct arena *a, const char *node, PbLane lane,
    uint64_t index, PbMailboxItem **out)
{
	struct bytes value;
	struct key k;
	enum err err;

	err = key_make(&k, node, lane, index);
	if (err == ERR_OK)
		err = store_get(t, TABLE_MAILBOX, view(&k), &value);
	return err == ERR_OK ? parse(a, value, out) : err;
}

enum err
mailbox_remove(struct txn *t, const char *node, PbLane lane, uint64_t index)
{
	struct key k;
	enum err err;

	err = key_make(&k, node, lane, index);
	if (err != ERR_OK)
		return store_fail(t, err);
	return store_delete(t, TABLE_MAILBOX, view(&k));
}

struct walk {
	struct arena *a;
	struct key from;
	mailbox_visit *fn;
	void *ctx;
	enum err err;
};

static bool
visit(void *ctx, struct bytes key, struct bytes value)
{
	struct walk *w = ctx;
	PbMailboxItem *item;

	if (key.len < w->from.prefix ||
	    memcmp(key.data, w->from.b, w->from.prefix) != 0)
		return false;
	w->err = key.len == w->from.len ? parse(w->a, value, &item) :
					  ERR_INVALID;
	return w->err == ERR_OK && w->fn(w->ctx, item);
}

enum err
mailbox_walk(struct txn *t, struct arena *a, const char *node, PbLane lane,
    uint64_t from, mailbox_visit *fn, void *ctx)
{
	struct walk w = { .a = a, .fn = fn, .ctx = ctx, .err = ERR_OK };
	enum err err;

	err = key_make(&w.from, node, lane, from);
	if (err == ERR_OK)
		err = store_scan(t, TABLE_MAILBOX, view(&w.from), visit, &w);
	return err == ERR_OK ? w.err : err;
}

struct count {
	uint64_t lane[2];
};

static bool
count_one(void *ctx, struct bytes key, struct bytes value)
{
	struct count *c = ctx;
	uint8_t lane;

	(void)value;
	if (key.len > AFTER_NODE) {
		lane = key.data[key.len - 9];
		if (lane < 2)
			c->lane[lane]++;
	}
	return true;
}

enum err
mailbox_count(struct txn *t, uint64_t *ordinary, uint64_t *acute)
{
	struct count c = { { 0, 0 } };
	enum err err;

	err = store_scan(t, TABLE_MAILBOX, bytes_of(NULL, 0), count_one, &c);
	if (err != ERR_OK)
		return err;
	*ordinary = c.lane[LANE_ORDINARY];
	*acute = c.lane[LANE_ACUTE];
	return ERR_OK;
}
