/*
 * SPDX-License-Identifier: MIT
 *
 * ledger: entries in TABLE_ENTRY, hashes of complete subtrees in TABLE_TREE,
 * both written in the caller's transaction.
 *
 * Two promises live here. An entry is never changed, only added. And what
 * was signed once binds for ever: every checkpoint is proven to contain the
 * last one before it is signed, and the last one survives outside the store.
 */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "durable.h"
#include "proto/digest.h"

#define TREE_KEY_SIZE 9

struct ledger {
	struct store *store;
	struct note_secret secret;
	char *low_water;
	struct checkpoint last; /* what was signed last */
	char note[NOTE_MAX];
	size_t note_len;
};

static bool
tree_get(void *ctx, unsigned level, uint64_t index, struct digest *out)
{
	uint8_t key[TREE_KEY_SIZE];
	struct bytes value;

	key[0] = (uint8_t)level;
	put_u64(key + 1, index);
	if (store_get(ctx, TABLE_TREE, bytes_of(key, sizeof(key)), &value) !=
		ERR_OK ||
	    value.len != DIGEST_SIZE)
		return false;
	memcpy(out->b, value.data, DIGEST_SIZE);
	return true;
}

static enum err
tree_put(void *ctx, unsigned level, uint64_t index, const struct digest *hash)
{
	uint8_t key[TREE_KEY_SIZE];

	key[0] = (uint8_t)level;
	put_u64(key + 1, index);
	return store_add(ctx, TABLE_TREE, bytes_of(key, sizeof(key)),
	    bytes_of(hash->b, DIGEST_SIZE));
}

static struct merkle_reader
reader(struct txn *t)
{
	return (struct merkle_reader){ tree_get, t };
}

/* A reader of hashes can only say "absent"; the store may know better. */
static enum err
tree_result(struct txn *t, enum err err)
{
	return store_error(t) != ERR_OK ? store_error(t) : err;
}

uint64_t
ledger_size(struct txn *t)
{
	struct bytes key, value;

	if (store_last(t, TABLE_ENTRY, &key, &value) != ERR_OK)
		return 0;
	if (key.len != 8) {
		store_fail(t, ERR_INVALID);
		return 0;
	}
	return get_u64(key.data) + 1;
}

struct bytes
ledger_note(const struct ledger *l)
{
	return bytes_of(l->note, l->note_len);
}

const struct checkpoint *
ledger_checkpoint(const struct ledger *l)
{
	return &l->last;
}

enum err
ledger_entry(
    struct txn *t, struct arena *a, uint64_t index, struct bytes *packed)
{
	struct bytes value;
	uint8_t key[8];
	enum err err;
	void *copy;

	put_u64(key, index);
	err = store_get(t, TABLE_ENTRY, bytes_of(key, sizeof(key)), &value);
	if (err != ERR_OK)
		return err;
	copy = arena_dup(a, value);
	if (copy == NULL)
		return ERR_NOMEM;
	*packed = bytes_of(copy, value.len);
	return ERR_OK;
}

static enum err
last_time(struct txn *t, struct arena *a, uint64_t *ms)
{
	struct bytes key, value;
	PbEntry *e;
	enum err err;

	err = store_last(t, TABLE_ENTRY, &key, &value);
	if (err == ERR_NOT_FOUND) {
		*ms = 0;
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	if (ENVELOPE_UNPACK(a, entry, value, &e, NULL) != CODE_OK)
		return store_fail(t, ERR_INVALID);
	*ms = e->recorded_at;
	return ERR_OK;
}

uint64_t
ledger_last_time(struct txn *t)
{
	struct arena *a;
	uint64_t ms;

	if (arena_new(&a, PARSE_ARENA) != ERR_OK) {
		store_fail(t, ERR_NOMEM);
		return 0;
	}
	if (last_time(t, a, &ms) != ERR_OK)
		ms = 0;
	arena_free(a);
	return ms;
}

enum err
ledger_append(struct txn *t, struct arena *a, const PbEntry *e, uint64_t *index)
{
	struct merkle_reader r = reader(t);
	uint64_t size = ledger_size(t);
	struct digest leaf;
	struct bytes packed;
	uint8_t key[8];
	uint64_t before;
	enum err err;

	err = last_time(t, a, &before);
	if (err == ERR_OK && e->recorded_at < before)
		err = ERR_INVALID;
	if (err == ERR_OK)
		err = envelope_pack(a, e, &packed);
	if (err == ERR_OK && packed.len > ENTRY_MAX)
		err = ERR_INVALID;
	if (err != ERR_OK)
		return store_fail(t, err);
	put_u64(key, size);
	err = store_add(t, TABLE_ENTRY, bytes_of(key, sizeof(key)), packed);
	if (err == ERR_OK) {
		leaf = merkle_leaf(packed);
		err = tree_result(
		    t, merkle_append(&r, size, &leaf, tree_put, t));
	}
	if (err != ERR_OK)
		return store_fail(t, err);
	*index = size;
	return ERR_OK;
}

enum err
ledger_root(struct txn *t, uint64_t size, struct digest *out)
{
	struct merkle_reader r = reader(t);

	return tree_result(t, merkle_root_at(&r, size, out));
}

enum err
ledger_inclusion(
    struct txn *t, uint64_t index, uint64_t size, struct proof *out)
{
	struct merkle_reader r = reader(t);

	if (size > ledger_size(t))
		return tree_result(t, ERR_INVALID);
	return tree_result(t, merkle_inclusion(&r, index, size, out));
}

enum err
ledger_consistency(
    struct txn *t, uint64_t first, uint64_t second, struct proof *out)
{
	struct merkle_reader r = reader(t);

	if (second > ledger_size(t))
		return tree_result(t, ERR_INVALID);
	if (first == 0) {
		out->len = 0;
		return ERR_OK;
	}
	return tree_result(t, merkle_consistency(&r, first, second, out));
}

/* Each stored hash that entry index completes, against what it is made of. */
static enum err
check_entry(struct txn *t, struct arena *a, uint64_t index, struct why *why)
{
	struct digest want, left, right, stored;
	struct bytes packed;
	unsigned level;
	PbEntry *e;

	if (ledger_entry(t, a, index, &packed) != ERR_OK)
		return why_set(why, ERR_INVALID, "entry %llu is missing",
		    (unsigned long long)index);
	if (ENVELOPE_UNPACK(a, entry, packed, &e, NULL) != CODE_OK)
		return why_set(why, ERR_INVALID, "entry %llu does not parse",
		    (unsigned long long)index);
	want = merkle_leaf(packed);
	for (level = 0;; level++) {
		if (!tree_get(t, level, index >> level, &stored) ||
		    !digest_eq(&stored, &want))
			return why_set(why, ERR_INVALID,
			    "entry %llu does not "
			    "match its stored hash at level %u",
			    (unsigned long long)index, level);
		if ((index >> level & 1) == 0)
			return ERR_OK;
		right = stored;
		if (!tree_get(t, level, (index >> level) - 1, &left))
			return why_set(why, ERR_INVALID,
			    "entry %llu: the "
			    "hash beside it at level %u is missing",
			    (unsigned long long)index, level);
		want = merkle_node(&left, &right);
	}
}

static enum err
check_tail(struct txn *t, uint64_t size, struct why *why)
{
	uint64_t i = size > LEDGER_TAIL ? size - LEDGER_TAIL : 0;
	enum err err = ERR_OK;
	struct arena *a;

	for (; err == ERR_OK && i < size; i++) {
		err = arena_new(&a, PARSE_ARENA);
		if (err != ERR_OK)
			return why_set(why, err, "no memory");
		err = check_entry(t, a, i, why);
		arena_free(a);
	}
	return err;
}

/* The tree of size entries and root must contain what was signed last. */
static enum err
check_contains(const struct ledger *l, struct txn *t, uint64_t size,
    const struct digest *root, struct why *why)
{
	struct proof p;
	enum err err;

	if (size < l->last.size)
		return why_set(why, ERR_DENIED,
		    "the log holds %llu entries, "
		    "the last checkpoint signed %llu: this is an older copy",
		    (unsigned long long)size, (unsigned long long)l->last.size);
	if (l->last.size == 0)
		return ERR_OK;
	err = ledger_consistency(t, l->last.size, size, &p);
	if (err != ERR_OK)
		return why_set(why, err, "proof from size %llu to %llu",
		    (unsigned long long)l->last.size, (unsigned long long)size);
	if (!merkle_consistency_holds(
		l->last.size, size, &l->last.root, root, p.hash, p.len))
		return why_set(why, ERR_DENIED,
		    "the log of %llu entries does "
		    "not contain the last checkpoint, signed at %llu: this is "
		    "another history",
		    (unsigned long long)size, (unsigned long long)l->last.size);
	return ERR_OK;
}

/* Makes next the last one signed. */
static enum err
sign(struct ledger *l, const struct checkpoint *next, struct why *why)
{
	char text[NOTE_NAME_MAX + 128], note[NOTE_MAX];
	size_t text_len = sizeof(text), note_len = sizeof(note);
	enum err err;

	err = checkpoint_format(text, &text_len, next);
	if (err == ERR_OK)
		err = note_sign(
		    note, &note_len, bytes_of(text, text_len), &l->secret, 0);
	if (err != ERR_OK)
		return why_set(why, err, "signing the checkpoint");
	memcpy(l->note, note, note_len);
	l->note_len = note_len;
	l->last = *next;
	return ERR_OK;
}

static enum err
begin_log(struct ledger *l, struct why *why)
{
	struct checkpoint first = { .size = 0, .root = merkle_empty() };
	enum err err;

	memcpy(first.origin, l->secret.public.name, sizeof(first.origin));
	err = sign(l, &first, why);
	return err == ERR_OK ? ledger_low_water(l, why) : err;
}

static enum err
read_low_water(struct ledger *l, uint64_t size, struct why *why)
{
	enum err err;

	l->note_len = sizeof(l->note);
	err = durable_read(l->low_water, l->note, &l->note_len, why);
	if (err == ERR_OK)
		return checkpoint_open(
		    &l->last, ledger_note(l), &l->secret.public, why);
	if (err != ERR_NOT_FOUND)
		return err;
	if (size > 0)
		return why_set(why, ERR_DENIED,
		    "the log holds %llu entries, "
		    "but there is no checkpoint in %s to compare it with",
		    (unsigned long long)size, l->low_water);
	return begin_log(l, why);
}

static enum err
check_log(struct ledger *l, struct txn *t, struct why *why)
{
	uint64_t size = ledger_size(t);
	struct digest root;
	enum err err;

	err = store_error(t);
	if (err != ERR_OK)
		return why_set(why, err, "the last entry cannot be read");
	err = check_tail(t, size, why);
	if (err != ERR_OK)
		return err;
	err = ledger_root(t, size, &root);
	if (err != ERR_OK)
		return why_set(why, err,
		    "the tree of %llu entries is not "
		    "whole",
		    (unsigned long long)size);
	err = read_low_water(l, size, why);
	return err == ERR_OK ? check_contains(l, t, size, &root, why) : err;
}

enum err
ledger_open(struct ledger **out, struct store *s,
    const struct note_secret *secret, const char *low_water_file,
    struct why *why)
{
	struct ledger *l;
	struct txn *t;
	enum err err;

	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	l->store = s;
	l->secret = *secret;
	l->low_water = strdup(low_water_file);
	if (l->low_water == NULL) {
		err = why_set(why, ERR_NOMEM, "no memory");
		goto out;
	}
	err = store_read(s, &t, why);
	if (err != ERR_OK)
		goto out;
	err = check_log(l, t, why);
	store_abort(t);
	if (err != ERR_OK)
		goto out;
	*out = l;
	return ERR_OK;
out:
	ledger_close(l);
	return err;
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	note_secret_wipe(&l->secret);
	free(l->low_water);
	free(l);
}

enum err
ledger_sign(struct ledger *l, struct txn *t, struct why *why)
{
	struct checkpoint next = l->last;
	enum err err;

	next.size = ledger_size(t);
	err = ledger_root(t, next.size, &next.root);
	if (err != ERR_OK)
		return why_set(why, err, "root of %llu entries",
		    (unsigned long long)next.size);
	err = check_contains(l, t, next.size, &next.root, why);
	return err == ERR_OK ? sign(l, &next, why) : err;
}

enum err
ledger_low_water(struct ledger *l, struct why *why)
{
	return durable_write(l->low_water, ledger_note(l), why);
}

enum err
ledger_snapshot(struct ledger *l, const char *dir, struct why *why)
{
	enum err err;
	char *path;

	err = store_snapshot(l->store, dir, why);
	if (err != ERR_OK)
		return err;
	if (asprintf(&path, "%s/" LEDGER_CHECKPOINT, dir) == -1)
		return why_set(why, ERR_NOMEM, "no memory");
	err = durable_write(path, ledger_note(l), why);
	free(path);
	/* Only of the copy: the log itself is as certain as before. */
	return err == ERR_UNKNOWN ? ERR_IO : err;
}
