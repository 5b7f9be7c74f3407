/*
 * SPDX-License-Identifier: MIT
 *
 * store: ordered tables, one writer. The only way to storage; nothing above
 * knows the engine (LMDB now, a replicated database later).
 *
 * Errors stick: after a failed step every later step of the transaction
 * fails with the same err and store_commit refuses. Keys are at most 500
 * bytes and compare bytewise. Views returned by get and cursors live until
 * the next write in the same transaction, or its end.
 */
#ifndef INFOHUS_STORE_H
#define INFOHUS_STORE_H

#include "proto/bytes.h"

enum table {
	TABLE_META,    /* name -> value: "doors" (last door given),
			  "door/<node>/<seat>" -> u32 door,
			  "manifest" -> u64 since when in force */
	TABLE_ENTRY,   /* u64 index -> entry bytes; keys only grow */
	TABLE_TREE,    /* u8 level || u64 index -> digest */
	TABLE_PART,    /* commitment or digest -> sealed bytes */
	TABLE_MAILBOX, /* node || NUL || u8 lane || u64 index
			  -> MailboxItem */
	TABLE_DEDUPE,  /* digest(sender, id) -> header digest, u64
			  index */
	TABLE_CASE,    /* case id -> Case */
	TABLE_PERSON,  /* keyed hash -> u64 cases that police have alone */
	TABLE_NODE,    /* node id -> u8 suspended || packed Approved */
	TABLE_LAW,     /* SHA-256 -> the bytes it is of: every text of
			  a manifest and the packed Manifest itself;
			  "approved/" || manifest digest -> packed
			  Approved (see lawbook.h) */
	TABLE_STAGE,   /* u64 message index || u64 ack index -> "" */
	TABLE_PARK,    /* what waits for an approver and what was decided
			  of it, see daemon/core/parked.h */
	TABLE_COUNT
};

struct store;
struct txn;

/*
 * Opens (creates) the environment in dir, mode 0700, reserving map_bytes of
 * address space. Default durability only. read_only opens a snapshot: no
 * lock file and no write permission is needed, so nobody may write to it.
 * The folder is locked meanwhile, so that a store is never open twice and a
 * live one is never read as a snapshot: ERR_DENIED. Do not use after fork.
 * ERR_IO (also for a damaged file), ERR_NOT_FOUND, ERR_FULL.
 */
enum err store_open(struct store **out, const char *dir, uint64_t map_bytes,
    bool read_only, struct why *why) MUST_CHECK;
void store_close(struct store *s);

/* After an ERR_UNKNOWN commit both refuse with ERR_UNKNOWN. */
enum err
store_read(struct store *s, struct txn **out, struct why *why) MUST_CHECK;
/* One at a time; by one thread. */
enum err
store_write(struct store *s, struct txn **out, struct why *why) MUST_CHECK;

/* ERR_NOT_FOUND does not stick; every other error does. */
enum err store_get(struct txn *t, enum table table, struct bytes key,
    struct bytes *value) MUST_CHECK;
/* Replaces. */
enum err store_put(
    struct txn *t, enum table table, struct bytes key, struct bytes value);
/*
 * ERR_EXISTS (sticks) if the key is there: entries are never overwritten.
 * In TABLE_ENTRY also if the key is not the greatest.
 */
enum err store_add(
    struct txn *t, enum table table, struct bytes key, struct bytes value);
/* Fine if absent. */
enum err store_delete(struct txn *t, enum table table, struct bytes key);

/* Walks keys >= from in order until fn returns false; fn must not write. */
typedef bool store_visit(void *ctx, struct bytes key, struct bytes value);
enum err store_scan(struct txn *t, enum table table, struct bytes from,
    store_visit *fn, void *ctx) MUST_CHECK;
/* The greatest key of the table; ERR_NOT_FOUND when empty. */
enum err store_last(struct txn *t, enum table table, struct bytes *key,
    struct bytes *value) MUST_CHECK;

enum err store_error(const struct txn *t); /* the first that stuck */
/*
 * Makes e stick, so that a layer above can keep a half-made change from
 * being committed. Returns e.
 */
enum err store_fail(struct txn *t, enum err e);

/*
 * ERR_FULL: nothing was written and the store goes on. ERR_UNKNOWN: the
 * outcome is not known; the caller must stop, exit, reopen.
 * Frees t in every case.
 */
enum err store_commit(struct txn *t, struct why *why) MUST_CHECK;
void store_abort(struct txn *t); /* also ends a read; NULL is fine */

/*
 * Consistent copy into a new folder, file and folder fsynced. ERR_EXISTS if
 * the folder is there. Not while a write transaction is open.
 */
enum err
store_snapshot(struct store *s, const char *dir, struct why *why) MUST_CHECK;

#endif
