/*
 * SPDX-License-Identifier: MIT
 *
 * floor_log: one LMDB table, appended to; the tree's hashes in memory.
 */
#include "floor.h"

#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAP_BYTES ((size_t)16 << 30) /* address space only */
#define LEVELS 32

struct floor_log {
	MDB_env *env;
	MDB_dbi entries, acks;
	MDB_txn *txn;
	const struct note_secret *secret;
	uint64_t size; /* of the tree, with what is not committed yet */
	uint64_t n_ack;
	struct {
		struct digest *hash;
		uint64_t n, room;
	} level[LEVELS];
	struct checkpoint last;
	char note[NOTE_MAX];
	size_t note_len;
};

static bool
tree_get(void *ctx, unsigned level, uint64_t index, struct digest *out)
{
	const struct floor_log *l = ctx;

	if (level >= LEVELS || index >= l->level[level].n)
		return false;
	*out = l->level[level].hash[index];
	return true;
}

static enum err
tree_put(void *ctx, unsigned level, uint64_t index, const struct digest *hash)
{
	struct floor_log *l = ctx;

	if (level >= LEVELS || index != l->level[level].n)
		return ERR_INVALID;
	if (index == l->level[level].room) {
		uint64_t room = index == 0 ? 1024 : 2 * index;
		void *more = realloc(
		    l->level[level].hash, room * sizeof(struct digest));

		if (more == NULL)
			return ERR_NOMEM;
		l->level[level].hash = more;
		l->level[level].room = room;
	}
	l->level[level].hash[l->level[level].n++] = *hash;
	return ERR_OK;
}

static struct merkle_reader
reader(struct floor_log *l)
{
	return (struct merkle_reader){ tree_get, l };
}

static enum err
sign(struct floor_log *l, struct why *why)
{
	struct merkle_reader r = reader(l);
	char text[NOTE_NAME_MAX + 128];
	size_t len = sizeof text;

	l->last.size = l->size;
	l->note_len = sizeof l->note;
	if (merkle_root_at(&r, l->size, &l->last.root) != ERR_OK ||
	    checkpoint_format(text, &len, &l->last) != ERR_OK ||
	    note_sign(l->note, &l->note_len, bytes_of(text, len), l->secret,
		0) != ERR_OK)
		return why_set(why, ERR_INVALID, "signing the checkpoint");
	return ERR_OK;
}

static int
open_tables(struct floor_log *l)
{
	int rc = mdb_txn_begin(l->env, NULL, 0, &l->txn);

	if (rc == 0)
		rc = mdb_dbi_open(l->txn, "entries", MDB_CREATE, &l->entries);
	if (rc == 0)
		rc = mdb_dbi_open(l->txn, "acks", MDB_CREATE, &l->acks);
	if (rc == 0)
		rc = mdb_txn_commit(l->txn);
	l->txn = NULL;
	return rc;
}

/* Clients expect a log with an entry in it. */
static enum err
begin_log(struct floor_log *l, struct why *why)
{
	struct bytes first = bytes_str("floor");
	uint64_t index;
	enum err e = floor_log_append(l, first, first, &index);

	return e == ERR_OK ? floor_log_commit(l, why) :
			     why_set(why, e, "the first entry");
}

enum err
floor_log_open(struct floor_log **out, const char *dir,
    const struct note_secret *secret, struct why *why)
{
	struct floor_log *l = calloc(1, sizeof *l);
	int rc;

	if (l == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	l->secret = secret;
	memcpy(l->last.origin, secret->public.name, sizeof l->last.origin);
	(void)mkdir(dir, 0700);
	rc = mdb_env_create(&l->env);
	if (rc == 0)
		rc = mdb_env_set_maxdbs(l->env, 2);
	if (rc == 0)
		rc = mdb_env_set_mapsize(l->env, MAP_BYTES);
	if (rc == 0)
		rc = mdb_env_open(l->env, dir, 0, 0600);
	if (rc == 0)
		rc = open_tables(l);
	if (rc != 0) {
		why_set(why, ERR_IO, "%s: %s", dir, mdb_strerror(rc));
		floor_log_close(l);
		return ERR_IO;
	}
	*out = l;
	return begin_log(l, why);
}

void
floor_log_close(struct floor_log *l)
{
	if (l == NULL)
		return;
	if (l->txn != NULL)
		mdb_txn_abort(l->txn);
	mdb_env_close(l->env);
	for (unsigned i = 0; i < LEVELS; i++)
		free(l->level[i].hash);
	free(l);
}

static enum err
put(struct floor_log *l, MDB_dbi dbi, uint64_t index, struct bytes a,
    struct bytes b)
{
	uint8_t number[8];
	MDB_val key = { sizeof number, number };
	MDB_val value = { a.len + b.len, NULL };

	put_u64(number, index);
	if (l->txn == NULL && mdb_txn_begin(l->env, NULL, 0, &l->txn) != 0)
		return ERR_IO;
	if (mdb_put(l->txn, dbi, &key, &value, MDB_APPEND | MDB_RESERVE) != 0)
		return ERR_IO;
	memcpy(value.mv_data, a.data, a.len);
	memcpy((uint8_t *)value.mv_data + a.len, b.data, b.len);
	return ERR_OK;
}

enum err
floor_log_append(
    struct floor_log *l, struct bytes entry, struct bytes of, uint64_t *index)
{
	struct merkle_reader r = reader(l);
	struct digest leaf = merkle_leaf(entry);
	enum err e = put(l, l->entries, l->size, entry, of);

	if (e == ERR_OK)
		e = merkle_append(&r, l->size, &leaf, tree_put, l);
	if (e == ERR_OK)
		*index = l->size++;
	return e;
}

enum err
floor_log_ack(struct floor_log *l, struct bytes frame)
{
	return put(l, l->acks, l->n_ack++, frame, bytes_of("", 0));
}

enum err
floor_log_commit(struct floor_log *l, struct why *why)
{
	int rc = mdb_txn_commit(l->txn);

	l->txn = NULL;
	if (rc != 0)
		return why_set(why, ERR_IO, "commit: %s", mdb_strerror(rc));
	return sign(l, why);
}

struct bytes
floor_log_note(const struct floor_log *l)
{
	return bytes_of(l->note, l->note_len);
}

uint64_t
floor_log_size(const struct floor_log *l)
{
	return l->last.size;
}

enum err
floor_log_inclusion(struct floor_log *l, uint64_t index, struct proof *out)
{
	struct merkle_reader r = reader(l);

	return merkle_inclusion(&r, index, l->last.size, out);
}

enum err
floor_log_consistency(struct floor_log *l, uint64_t from, struct proof *out)
{
	struct merkle_reader r = reader(l);

	out->len = 0;
	return from == 0 || from == l->last.size ?
	    ERR_OK :
	    merkle_consistency(&r, from, l->last.size, out);
}
