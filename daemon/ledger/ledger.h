/*
 * SPDX-License-Identifier: MIT
 *
 * ledger: entries, the Merkle tree over them, signed checkpoints.
 *
 * Entries are appended inside the caller's transaction; a checkpoint is
 * signed only after that transaction has committed. A tree smaller than, or
 * inconsistent with, the low-water checkpoint outside is never signed.
 */
#ifndef INFOHUS_LEDGER_H
#define INFOHUS_LEDGER_H

#include "proto/envelope.h"
#include "proto/note.h"
#include "store.h"

struct ledger;

#define LEDGER_TAIL 64 /* entries that every open checks again */

/*
 * Opens the log in store. Verifies the last LEDGER_TAIL entries against the
 * stored tree, and that the tree contains low_water_file's checkpoint. The
 * file may be missing only when the log is empty (ERR_DENIED otherwise); it
 * is then made, so that a crash right after the first commit is none.
 * ERR_INVALID names the entry that is damaged. secret and path are copied.
 */
enum err ledger_open(struct ledger **out, struct store *s,
    const struct note_secret *secret, const char *low_water_file,
    struct why *why) MUST_CHECK;
void ledger_close(struct ledger *l);

uint64_t ledger_size(struct txn *t); /* entries in this transaction's view */
/*
 * The newest signed checkpoint note and what it says. Valid until the next
 * ledger_sign; after open it is that of the low-water file.
 */
struct bytes ledger_note(const struct ledger *l);
const struct checkpoint *ledger_checkpoint(const struct ledger *l);

/*
 * Appends e (packed canonically; at most ENTRY_MAX). *index is its leaf
 * number. recorded_at must not be below the last entry's: ERR_INVALID.
 * Any failure sticks: half an entry is never committed.
 */
enum err ledger_append(struct txn *t, struct arena *a, const PbEntry *e,
    uint64_t *index) MUST_CHECK;
/* Copies entry index into the arena; ERR_NOT_FOUND. */
enum err ledger_entry(struct txn *t, struct arena *a, uint64_t index,
    struct bytes *packed) MUST_CHECK;
/* recorded_at of the last entry, 0 when empty. An entry that does not parse
 * makes the transaction fail. */
uint64_t ledger_last_time(struct txn *t);

/*
 * After commit: signs the tree as t (a new read transaction) sees it.
 * ERR_DENIED if that would go back on the last checkpoint.
 */
enum err
ledger_sign(struct ledger *l, struct txn *t, struct why *why) MUST_CHECK;
/* Writes the newest checkpoint to the low-water file, fsynced, atomically. */
enum err ledger_low_water(struct ledger *l, struct why *why) MUST_CHECK;

/* Proofs against size (<= ledger_size(t)). */
enum err ledger_inclusion(
    struct txn *t, uint64_t index, uint64_t size, struct proof *out) MUST_CHECK;
/* first 0 gives an empty proof. */
enum err ledger_consistency(struct txn *t, uint64_t first, uint64_t second,
    struct proof *out) MUST_CHECK;
enum err
ledger_root(struct txn *t, uint64_t size, struct digest *out) MUST_CHECK;

/*
 * store_snapshot, and beside the copy the newest note as DIR/checkpoint, for
 * an auditor to verify the copy against.
 */
enum err
ledger_snapshot(struct ledger *l, const char *dir, struct why *why) MUST_CHECK;
#define LEDGER_CHECKPOINT "checkpoint"

/*
 * Full check of a store (a snapshot) against c: every entry is at its index
 * and parses, times never decrease, every stored tree hash is right, the
 * tree computed again from the entries has c's root, and the manifest, the
 * header and the parts that an entry names are stored and open. Each fault
 * goes to bad with the entry's index and what is wrong; the walk goes on.
 * ERR_OK also with faults. Used by `infohus audit verify`.
 *
 * A damaged LMDB file can kill the reader (guard.h). reached says from where
 * on that happened: it is called with every index before it is checked.
 */
struct ledger_watch {
	void (*bad)(void *ctx, uint64_t index, const char *what);
	void (*reached)(void *ctx, uint64_t index); /* may be NULL */
	void *ctx;
};
enum err ledger_verify(struct store *s, const struct checkpoint *c,
    const struct ledger_watch *w, uint64_t *faults, struct why *why) MUST_CHECK;

#endif
