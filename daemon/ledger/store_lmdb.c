/*
 * SPDX-License-Identifier: MIT
 *
 * store_lmdb: the store on LMDB. The only file that may include lmdb.h.
 *
 * Durability flags stay LMDB's defaults: data pages, fdatasync, then the
 * meta page through a synchronous descriptor. What LMDB reports as a failed
 * commit may or may not be on disk, and later commits would report success
 * all the same; so after one the store serves nobody until it is reopened.
 */
#include "store.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"

#define KEY_MAX 500
#define PAGE 4096
/* Left free on the disk at every commit: inner pages, free list, meta. */
#define DISK_RESERVE (1024 * 1024)
/* Readers that died keep old pages in use: look for them now and then. */
#define READER_CHECK_EVERY 1024

static const struct {
	const char *name;
	bool append; /* keys only grow: checks the order and fills pages */
} table_info[TABLE_COUNT] = {
	[TABLE_META] = { "meta", false },
	[TABLE_ENTRY] = { "entry", true },
	[TABLE_TREE] = { "tree", false },
	[TABLE_PART] = { "part", false },
	[TABLE_MAILBOX] = { "mailbox", false },
	[TABLE_DEDUPE] = { "dedupe", false },
	[TABLE_CASE] = { "case", false },
	[TABLE_PERSON] = { "person", false },
	[TABLE_NODE] = { "node", false },
	[TABLE_LAW] = { "law", false },
	[TABLE_STAGE] = { "stage", false },
	[TABLE_PARK] = { "park", false },
};
_Static_assert(TABLE_PARK + 1 == TABLE_COUNT, "every table has a name");

struct store {
	MDB_env *env;
	MDB_dbi dbi[TABLE_COUNT];
	int folder; /* locked while open; asked for free space */
	bool read_only;
	bool writing;
	bool unknown; /* a commit failed: nothing can be trusted */
	unsigned writes;
};

struct txn {
	struct store *store;
	MDB_txn *mdb;
	bool write;
	enum err err;	     /* the first failure; sticks */
	uint64_t disk_bytes; /* an upper guess of what a commit writes */
};

static enum err
err_of(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return ERR_OK;
	case MDB_NOTFOUND:
	case ENOENT:
		return ERR_NOT_FOUND;
	case MDB_KEYEXIST:
		return ERR_EXISTS;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
	case ENOSPC:
	case EDQUOT:
		return ERR_FULL;
	case MDB_BAD_VALSIZE:
		return ERR_INVALID;
	case ENOMEM:
		return ERR_NOMEM;
	case MDB_PANIC:
		return ERR_UNKNOWN;
	default:
		return ERR_IO;
	}
}

static enum err
fail(struct why *why, int rc, const char *what)
{
	return why_set(why, err_of(rc), "%s: %s", what, mdb_strerror(rc));
}

static MDB_val
val_of(struct bytes b)
{
	return (MDB_val){ .mv_size = b.len, .mv_data = (void *)b.data };
}

static struct bytes
bytes_of_val(MDB_val v)
{
	return bytes_of(v.mv_data, v.mv_size);
}

/*
 * The lock is not LMDB's: it keeps a second daemon, a second open in this
 * process and a reader without locks away, each of which would do damage.
 */
static enum err
folder_open(struct store *s, const char *dir, struct why *why)
{
	if (!s->read_only) {
		if (mkdir(dir, 0700) == 0) {
			enum err err = durable_sync_parent(dir, why);

			if (err != ERR_OK)
				return err;
		} else if (errno != EEXIST) {
			return why_errno(why, ERR_IO, "create folder %s", dir);
		}
	}
	s->folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->folder == -1)
		return why_errno(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    "folder %s", dir);
	if (flock(s->folder, (s->read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0)
		return ERR_OK;
	if (errno == EWOULDBLOCK)
		return why_set(why, ERR_DENIED, "%s is open elsewhere%s", dir,
		    s->read_only ? ": read a snapshot instead" : "");
	/* Some remote file systems cannot; a snapshot may well lie there. */
	if (s->read_only)
		return ERR_OK;
	return why_errno(why, ERR_IO, "lock of folder %s", dir);
}

static enum err
env_open(struct store *s, const char *dir, uint64_t map_bytes, struct why *why)
{
	unsigned flags = MDB_NOTLS;
	int dead, rc;

	if (s->read_only)
		flags |= MDB_RDONLY | MDB_NOLOCK;
	rc = mdb_env_create(&s->env);
	if (rc != 0)
		return fail(why, rc, "store");
	rc = mdb_env_set_maxdbs(s->env, TABLE_COUNT);
	if (rc == 0 && !s->read_only)
		rc = mdb_env_set_mapsize(s->env, map_bytes);
	if (rc == 0)
		rc = mdb_env_open(s->env, dir, flags, 0600);
	if (rc == 0 && !s->read_only)
		rc = mdb_reader_check(s->env, &dead);
	return rc == 0 ? ERR_OK : fail(why, rc, dir);
}

static enum err
tables_open(struct store *s, struct why *why)
{
	MDB_txn *mdb;
	int i, rc;

	rc = mdb_txn_begin(s->env, NULL, s->read_only ? MDB_RDONLY : 0, &mdb);
	if (rc != 0)
		return fail(why, rc, "first look at the store");
	for (i = 0; rc == 0 && i < TABLE_COUNT; i++) {
		rc = mdb_dbi_open(mdb, table_info[i].name,
		    s->read_only ? 0 : MDB_CREATE, &s->dbi[i]);
		if (rc != 0)
			(void)fail(why, rc, table_info[i].name);
	}
	if (rc != 0) {
		mdb_txn_abort(mdb);
		return err_of(rc);
	}
	rc = mdb_txn_commit(mdb);
	return rc == 0 ? ERR_OK : fail(why, rc, "creating the tables");
}

static enum err
fill_new(const char *dir, uint64_t map_bytes, struct why *why)
{
	struct store new = { .folder = -1 };
	enum err err = env_open(&new, dir, map_bytes, why);

	if (err == ERR_OK)
		err = tables_open(&new, why);
	if (new.env != NULL)
		mdb_env_close(new.env);
	return err;
}

/*
 * LMDB begins a file in place: half of one, after a power cut, would never
 * open again. So the first one is made aside and moved when it is whole.
 */
static enum err
begin_empty(
    struct store *s, const char *dir, uint64_t map_bytes, struct why *why)
{
	enum err err;
	char *aside;

	if (s->read_only || faccessat(s->folder, "data.mdb", F_OK, 0) == 0)
		return ERR_OK;
	unlinkat(s->folder, "new/data.mdb", 0);
	unlinkat(s->folder, "new/lock.mdb", 0);
	if (mkdirat(s->folder, "new", 0700) == -1 && errno != EEXIST)
		return why_errno(why, ERR_IO, "create folder %s/new", dir);
	if (asprintf(&aside, "%s/new", dir) == -1)
		return why_set(why, ERR_NOMEM, "no memory");
	err = fill_new(aside, map_bytes, why);
	free(aside);
	if (err == ERR_OK &&
	    renameat(s->folder, "new/data.mdb", s->folder, "data.mdb") == -1)
		err = why_errno(why, ERR_IO, "move into %s", dir);
	unlinkat(s->folder, "new/lock.mdb", 0);
	unlinkat(s->folder, "new", AT_REMOVEDIR);
	return err;
}

enum err
store_open(struct store **out, const char *dir, uint64_t map_bytes,
    bool read_only, struct why *why)
{
	struct store *s;
	enum err err;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	s->folder = -1;
	s->read_only = read_only;
	err = folder_open(s, dir, why);
	if (err == ERR_OK)
		err = begin_empty(s, dir, map_bytes, why);
	if (err == ERR_OK)
		err = env_open(s, dir, map_bytes, why);
	if (err == ERR_OK)
		err = tables_open(s, why);
	if (err == ERR_OK && !read_only && fsync(s->folder) == -1)
		err = why_errno(why, ERR_IO, "sync of folder %s", dir);
	if (err != ERR_OK) {
		store_close(s);
		return err;
	}
	*out = s;
	return ERR_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->env != NULL)
		mdb_env_close(s->env);
	if (s->folder != -1)
		close(s->folder);
	free(s);
}

static enum err
begin(struct store *s, struct txn **out, bool write, struct why *why)
{
	struct txn *t;
	int dead, rc;

	if (s->unknown)
		return why_set(why, ERR_UNKNOWN,
		    "an earlier commit failed: the store must be reopened");
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	t->store = s;
	t->write = write;
	rc = mdb_txn_begin(s->env, NULL, write ? 0 : MDB_RDONLY, &t->mdb);
	if (rc == MDB_READERS_FULL && mdb_reader_check(s->env, &dead) == 0)
		rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &t->mdb);
	if (rc != 0) {
		free(t);
		return fail(why, rc, "transaction");
	}
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
	enum err err;
	int dead;

	/* A second one in this thread would wait for itself for ever. */
	if (s->writing || s->read_only)
		return why_set(why, ERR_INVALID, "the store is %s",
		    s->writing ? "being written already" : "read only");
	if (++s->writes % READER_CHECK_EVERY == 0)
		(void)mdb_reader_check(s->env, &dead);
	err = begin(s, out, true, why);
	s->writing = err == ERR_OK;
	return err;
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

static enum err
stick(struct txn *t, int rc)
{
	return rc == 0 ? ERR_OK : store_fail(t, err_of(rc));
}

static bool
key_fits(struct bytes key)
{
	return key.len > 0 && key.len <= KEY_MAX;
}

enum err
store_get(
    struct txn *t, enum table table, struct bytes key, struct bytes *value)
{
	MDB_val k = val_of(key), v;
	int rc;

	if (t->err != ERR_OK)
		return t->err;
	if (!key_fits(key))
		return store_fail(t, ERR_INVALID);
	rc = mdb_get(t->mdb, t->store->dbi[table], &k, &v);
	if (rc == MDB_NOTFOUND)
		return ERR_NOT_FOUND;
	if (rc != 0)
		return stick(t, rc);
	*value = bytes_of_val(v);
	return ERR_OK;
}

static enum err
put(struct txn *t, enum table table, struct bytes key, struct bytes value,
    unsigned flags)
{
	MDB_val k = val_of(key), v = val_of(value);

	if (t->err != ERR_OK)
		return t->err;
	if (!key_fits(key))
		return store_fail(t, ERR_INVALID);
	t->disk_bytes += (key.len + value.len) / PAGE * PAGE + 2 * PAGE;
	return stick(t, mdb_put(t->mdb, t->store->dbi[table], &k, &v, flags));
}

enum err
store_put(struct txn *t, enum table table, struct bytes key, struct bytes value)
{
	return put(t, table, key, value, 0);
}

enum err
store_add(struct txn *t, enum table table, struct bytes key, struct bytes value)
{
	return put(t, table, key, value,
	    table_info[table].append ? MDB_APPEND : MDB_NOOVERWRITE);
}

enum err
store_delete(struct txn *t, enum table table, struct bytes key)
{
	MDB_val k = val_of(key);
	int rc;

	if (t->err != ERR_OK)
		return t->err;
	if (!key_fits(key))
		return store_fail(t, ERR_INVALID);
	t->disk_bytes += 2 * PAGE;
	rc = mdb_del(t->mdb, t->store->dbi[table], &k, NULL);
	return rc == MDB_NOTFOUND ? ERR_OK : stick(t, rc);
}

enum err
store_scan(struct txn *t, enum table table, struct bytes from, store_visit *fn,
    void *ctx)
{
	MDB_val k = val_of(from), v;
	MDB_cursor *cursor;
	int rc;

	if (t->err != ERR_OK)
		return t->err;
	if (from.len > KEY_MAX)
		return store_fail(t, ERR_INVALID);
	rc = mdb_cursor_open(t->mdb, t->store->dbi[table], &cursor);
	if (rc != 0)
		return stick(t, rc);
	rc = mdb_cursor_get(
	    cursor, &k, &v, from.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
	while (rc == 0 && fn(ctx, bytes_of_val(k), bytes_of_val(v)))
		rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? t->err : stick(t, rc);
}

enum err
store_last(
    struct txn *t, enum table table, struct bytes *key, struct bytes *value)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc;

	if (t->err != ERR_OK)
		return t->err;
	rc = mdb_cursor_open(t->mdb, t->store->dbi[table], &cursor);
	if (rc != 0)
		return stick(t, rc);
	rc = mdb_cursor_get(cursor, &k, &v, MDB_LAST);
	mdb_cursor_close(cursor);
	if (rc == MDB_NOTFOUND)
		return ERR_NOT_FOUND;
	if (rc != 0)
		return stick(t, rc);
	*key = bytes_of_val(k);
	*value = bytes_of_val(v);
	return ERR_OK;
}

static uint64_t
disk_room(const struct store *s)
{
	struct statvfs v;

	if (fstatvfs(s->folder, &v) == -1)
		return 0;
	return (uint64_t)v.f_bavail * v.f_frsize;
}

/*
 * A disk that fills up during a commit leaves its outcome unknown, and a
 * short write looks like a broken disk; so ask before.
 */
static enum err
room_check(const struct txn *t, struct why *why)
{
	uint64_t room = disk_room(t->store);
	uint64_t need = t->disk_bytes + DISK_RESERVE;

	if (room >= need)
		return ERR_OK;
	return why_set(why, ERR_FULL,
	    "the disk has %llu bytes left, a commit needs up to %llu",
	    (unsigned long long)room, (unsigned long long)need);
}

static enum err
commit_write(struct txn *t, struct why *why)
{
	struct store *s = t->store;
	enum err err;
	int rc;

	if (t->err != ERR_OK)
		return why_set(why, t->err,
		    "an earlier step of the transaction failed: %s",
		    err_name(t->err));
	err = room_check(t, why);
	if (err != ERR_OK)
		return err;
	rc = mdb_txn_commit(t->mdb);
	t->mdb = NULL;
	if (rc == 0)
		return ERR_OK;
	if (rc == MDB_MAP_FULL)
		return fail(why, rc, "commit");
	s->unknown = true;
	return why_set(why, ERR_UNKNOWN,
	    "commit: %s; the disk has %llu bytes left", mdb_strerror(rc),
	    (unsigned long long)disk_room(s));
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
	if (t->mdb != NULL)
		mdb_txn_abort(t->mdb);
	if (t->write)
		t->store->writing = false;
	free(t);
}

/* LMDB neither syncs a copy nor its folder. */
static enum err
copy_into(struct store *s, int folder, const char *dir, struct why *why)
{
	enum err err = ERR_OK;
	int fd, rc;

	fd = openat(
	    folder, "data.mdb", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return why_errno(why, ERR_IO, "create %s/data.mdb", dir);
	rc = mdb_env_copyfd2(s->env, fd, 0);
	if (rc != 0)
		err = fail(why, rc, "copy");
	else if (fsync(fd) == -1)
		err = why_errno(why, ERR_IO, "sync of %s/data.mdb", dir);
	if (close(fd) == -1 && err == ERR_OK)
		err = why_errno(why, ERR_IO, "close of %s/data.mdb", dir);
	if (err == ERR_OK && fsync(folder) == -1)
		err = why_errno(why, ERR_IO, "sync of folder %s", dir);
	if (err == ERR_OK)
		return durable_sync_parent(dir, why) == ERR_OK ? ERR_OK :
								 ERR_IO;
	unlinkat(folder, "data.mdb", 0);
	return err;
}

enum err
store_snapshot(struct store *s, const char *dir, struct why *why)
{
	enum err err;
	int folder;

	/* The copy waits for the writer's lock: this thread may hold it. */
	if (s->writing || s->unknown)
		return why_set(why, s->unknown ? ERR_UNKNOWN : ERR_INVALID,
		    "the store is %s",
		    s->unknown ? "in an unknown state" : "being written");
	if (mkdir(dir, 0700) == -1)
		return why_errno(why, errno == EEXIST ? ERR_EXISTS : ERR_IO,
		    "create folder %s", dir);
	folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder == -1) {
		err = why_errno(why, ERR_IO, "folder %s", dir);
	} else {
		err = copy_into(s, folder, dir, why);
		close(folder);
	}
	if (err != ERR_OK)
		rmdir(dir);
	return err;
}
