/*
 * SPDX-License-Identifier: MIT
 *
 * store_memory: see store_memory.h. A table is a sorted array of shared
 * blobs; a write transaction keeps what it replaced, to undo it.
 */
#include "store_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"
#include "store_real.h"

#define KEY_MAX 500

struct blob {
	unsigned refs;
	size_t len;
	uint8_t data[];
};

struct row {
	struct blob *key, *value;
};

struct rows {
	struct row *row;
	size_t n, room;
};

struct disk {
	struct rows table[TABLE_COUNT];
	enum disk_fault fault;
	unsigned after; /* how many more go well, counting the failing one */
	bool busy;
};

struct store {
	struct disk *disk;
	bool unknown;
	unsigned readers;
};

struct undo {
	enum table table;
	struct blob *key, *old; /* old NULL: it was not there */
};

struct txn {
	struct store *store;
	bool write;
	enum err err;
	struct undo *undo;
	size_t n_undo, room;
};

static struct disk *inserted; /* the machine has one */

static void
out_of_memory(void)
{
	fprintf(stderr, "replay: out of memory\n");
	abort();
}

/* ------------------------------------------------------------------ blobs */

static struct blob *
blob_new(struct bytes b)
{
	struct blob *x = malloc(sizeof *x + b.len);

	if (x == NULL)
		out_of_memory();
	x->refs = 1;
	x->len = b.len;
	if (b.len > 0)
		memcpy(x->data, b.data, b.len);
	return x;
}

static struct blob *
blob_ref(struct blob *b)
{
	b->refs++;
	return b;
}

static void
blob_unref(struct blob *b)
{
	if (b != NULL && --b->refs == 0)
		free(b);
}

static struct bytes
view(const struct blob *b)
{
	return bytes_of(b->data, b->len);
}

/* ----------------------------------------------------------------- tables */

static int
compare(struct bytes a, struct bytes b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n > 0 ? memcmp(a.data, b.data, n) : 0;

	return c != 0 ? c : a.len < b.len ? -1 : a.len > b.len;
}

/* The first row with a key of at least key; *equal if it is that key. */
static size_t
find(const struct rows *t, struct bytes key, bool *equal)
{
	size_t low = 0, high = t->n;

	if (t->n > 0 && compare(view(t->row[t->n - 1].key), key) < 0)
		low = t->n; /* appended: the common case */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(view(t->row[mid].key), key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*equal = low < t->n && compare(view(t->row[low].key), key) == 0;
	return low;
}

/* Takes both references; value NULL removes. */
static void
set(struct rows *t, struct blob *key, struct blob *value)
{
	bool equal;
	size_t i = find(t, view(key), &equal);

	if (equal) {
		blob_unref(t->row[i].value);
		t->row[i].value = value;
		blob_unref(key);
		if (value != NULL)
			return;
		blob_unref(t->row[i].key);
		t->n--;
		memmove(
		    t->row + i, t->row + i + 1, (t->n - i) * sizeof t->row[0]);
		return;
	}
	if (value == NULL) {
		blob_unref(key);
		return;
	}
	if (t->n == t->room) {
		t->room = t->room == 0 ? 16 : 2 * t->room;
		t->row = realloc(t->row, t->room * sizeof t->row[0]);
		if (t->row == NULL)
			out_of_memory();
	}
	memmove(t->row + i + 1, t->row + i, (t->n - i) * sizeof t->row[0]);
	t->row[i] = (struct row){ key, value };
	t->n++;
}

/* ------------------------------------------------------------------- disk */

struct disk *
disk_new(void)
{
	struct disk *d = calloc(1, sizeof *d);

	if (d == NULL)
		out_of_memory();
	return d;
}

struct disk *
disk_copy(const struct disk *d)
{
	struct disk *copy = disk_new();

	for (int i = 0; i < TABLE_COUNT; i++) {
		const struct rows *from = &d->table[i];
		struct rows *to = &copy->table[i];

		if (from->n == 0)
			continue;
		to->row = malloc(from->n * sizeof to->row[0]);
		if (to->row == NULL)
			out_of_memory();
		to->n = to->room = from->n;
		for (size_t k = 0; k < from->n; k++)
			to->row[k] = (struct row){ blob_ref(from->row[k].key),
				blob_ref(from->row[k].value) };
	}
	return copy;
}

void
disk_free(struct disk *d)
{
	if (d == NULL)
		return;
	for (int i = 0; i < TABLE_COUNT; i++) {
		for (size_t k = 0; k < d->table[i].n; k++) {
			blob_unref(d->table[i].row[k].key);
			blob_unref(d->table[i].row[k].value);
		}
		free(d->table[i].row);
	}
	free(d);
}

void
disk_insert(struct disk *d)
{
	inserted = d;
}

void
disk_order(struct disk *d, enum disk_fault f, unsigned n)
{
	d->fault = f;
	d->after = n;
}

struct digest
disk_digest(const struct disk *d)
{
	struct digest sum = { { 0 } };

	for (int i = 0; i < TABLE_COUNT; i++)
		for (size_t k = 0; k < d->table[i].n; k++) {
			struct bytes piece[3] = { bytes_of(sum.b, sizeof sum.b),
				view(d->table[i].row[k].key),
				view(d->table[i].row[k].value) };

			sum = digest_of(piece, 3);
		}
	return sum;
}

/* Is it this fault's turn? Then it is used up. */
static bool
fails(struct disk *d, enum disk_fault f)
{
	if (d->fault != f || --d->after > 0)
		return false;
	d->fault = DISK_FINE;
	return true;
}

/* ------------------------------------------------------------------ store */

enum err
store_open(struct store **out, const char *dir, uint64_t map_bytes,
    bool read_only, struct why *why)
{
	struct store *s = calloc(1, sizeof *s);

	(void)dir;
	(void)map_bytes;
	(void)read_only;
	if (s == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	if (inserted == NULL)
		abort();
	s->disk = inserted;
	*out = s;
	return ERR_OK;
}

void
store_close(struct store *s)
{
	free(s);
}

static enum err
begin(struct store *s, struct txn **out, bool write, struct why *why)
{
	struct txn *t;

	if (s->unknown)
		return why_set(why, ERR_UNKNOWN,
		    "an earlier commit failed: the store must be reopened");
	if (s->disk->busy || (write && s->readers > 0)) {
		fprintf(stderr, "replay: two transactions at a time\n");
		abort();
	}
	t = calloc(1, sizeof *t);
	if (t == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	t->store = s;
	t->write = write;
	s->disk->busy = write;
	s->readers += !write;
	*out = t;
	return ERR_OK;
}

enum err
store_read(struct store *s, struct txn **out, struct why *why)
{
	return begin(s, out, false, why);
}

enum err
store_write(struct store *s, struct txn **out, struct why *why)
{
	return begin(s, out, true, why);
}

enum err
store_error(const struct txn *t)
{
	return t->err;
}

enum err
store_fail(struct txn *t, enum err e)
{
	if (t->err == ERR_OK)
		t->err = e;
	return e;
}

enum err
store_get(
    struct txn *t, enum table table, struct bytes key, struct bytes *value)
{
	const struct rows *r = &t->store->disk->table[table];
	bool equal;
	size_t i;

	if (t->err != ERR_OK)
		return t->err;
	if (key.len == 0 || key.len > KEY_MAX)
		return store_fail(t, ERR_INVALID);
	i = find(r, key, &equal);
	if (!equal)
		return ERR_NOT_FOUND;
	*value = view(r->row[i].value);
	return ERR_OK;
}

static void
remember(struct txn *t, enum table table, struct blob *key, struct blob *old)
{
	if (t->n_undo == t->room) {
		t->room = t->room == 0 ? 64 : 2 * t->room;
		t->undo = realloc(t->undo, t->room * sizeof t->undo[0]);
		if (t->undo == NULL)
			out_of_memory();
	}
	t->undo[t->n_undo++] = (struct undo){ table, blob_ref(key),
		old != NULL ? blob_ref(old) : NULL };
}

enum rule { REPLACES, ADDS, DELETES };

static enum err
change(struct txn *t, enum table table, struct bytes key, struct bytes value,
    enum rule rule)
{
	struct rows *r = &t->store->disk->table[table];
	struct blob *k;
	bool equal;
	size_t i;

	if (t->err != ERR_OK)
		return t->err;
	if (key.len == 0 || key.len > KEY_MAX)
		return store_fail(t, ERR_INVALID);
	if (fails(t->store->disk, DISK_WRITE_FULL))
		return store_fail(t, ERR_FULL);
	if (fails(t->store->disk, DISK_WRITE_IO))
		return store_fail(t, ERR_IO);
	i = find(r, key, &equal);
	if (rule == ADDS && (equal || (table == TABLE_ENTRY && i < r->n)))
		return store_fail(t, ERR_EXISTS);
	if (rule == DELETES && !equal)
		return ERR_OK;
	k = blob_new(key);
	remember(t, table, k, equal ? r->row[i].value : NULL);
	set(r, k, rule == DELETES ? NULL : blob_new(value));
	return ERR_OK;
}

enum err
store_put(struct txn *t, enum table table, struct bytes key, struct bytes value)
{
	return change(t, table, key, value, REPLACES);
}

enum err
store_add(struct txn *t, enum table table, struct bytes key, struct bytes value)
{
	return change(t, table, key, value, ADDS);
}

enum err
store_delete(struct txn *t, enum table table, struct bytes key)
{
	return change(t, table, key, bytes_of(NULL, 0), DELETES);
}

enum err
store_scan(struct txn *t, enum table table, struct bytes from, store_visit *fn,
    void *ctx)
{
	const struct rows *r = &t->store->disk->table[table];
	bool equal;

	if (t->err != ERR_OK)
		return t->err;
	for (size_t i = find(r, from, &equal); i < r->n; i++)
		if (!fn(ctx, view(r->row[i].key), view(r->row[i].value)))
			break;
	return t->err;
}

enum err
store_last(
    struct txn *t, enum table table, struct bytes *key, struct bytes *value)
{
	const struct rows *r = &t->store->disk->table[table];

	if (t->err != ERR_OK)
		return t->err;
	if (r->n == 0)
		return ERR_NOT_FOUND;
	*key = view(r->row[r->n - 1].key);
	*value = view(r->row[r->n - 1].value);
	return ERR_OK;
}

static void
undo_all(struct txn *t)
{
	while (t->n_undo > 0) {
		struct undo *u = &t->undo[--t->n_undo];

		set(&t->store->disk->table[u->table], u->key, u->old);
	}
}

static enum err
commit_write(struct txn *t, struct why *why)
{
	struct disk *d = t->store->disk;
	bool lost;

	if (t->err != ERR_OK)
		return why_set(why, t->err,
		    "an earlier step of the transaction failed: %s",
		    err_name(t->err));
	if (fails(d, DISK_COMMIT_FULL))
		return why_set(why, ERR_FULL, "commit: the disk is full");
	lost = fails(d, DISK_COMMIT_LOST);
	if (lost || fails(d, DISK_COMMIT_KEPT)) {
		t->store->unknown = true;
		if (lost)
			undo_all(t);
	}
	for (size_t i = 0; i < t->n_undo; i++) {
		blob_unref(t->undo[i].key);
		blob_unref(t->undo[i].old);
	}
	t->n_undo = 0;
	return t->store->unknown ?
	    why_set(why, ERR_UNKNOWN, "commit: outcome unknown") :
	    ERR_OK;
}

enum err
store_commit(struct txn *t, struct why *why)
{
	enum err err = t->write ? commit_write(t, why) : t->err;

	store_abort(t);
	return err;
}

void
store_abort(struct txn *t)
{
	if (t == NULL)
		return;
	undo_all(t);
	if (t->write)
		t->store->disk->busy = false;
	else
		t->store->readers--;
	free(t->undo);
	free(t);
}

enum err
store_snapshot(struct store *s, const char *dir, struct why *why)
{
	enum err e = real_begin(dir, why);

	for (int i = 0; i < TABLE_COUNT && e == ERR_OK; i++)
		for (size_t k = 0; k < s->disk->table[i].n; k++)
			real_put((enum table)i,
			    view(s->disk->table[i].row[k].key),
			    view(s->disk->table[i].row[k].value));
	return e == ERR_OK ? real_end(why) : e;
}
