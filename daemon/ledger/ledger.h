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

/*
 * Opens the log in store. Verifies the last entries and the root against the
 * stored tree, and that the tree contains low_water_file's checkpoint (a
 * missing file is fine only when the log is empty: ERR_DENIED otherwise).
 * secret is copied.
 */
enum err ledger_open(struct ledger **out, struct store *s,
    const struct note_secret *secret, const char *low_water_file,
    struct why *why) MUST_CHECK;
void ledger_close(struct ledger *l);

uint64_t ledger_size(struct txn *t);	/* entries in this transaction's view */
/* The newest signed checkpoint note and what it says. Valid until the next
 * ledger_sign. */
struct bytes ledger_note(const struct ledger *l);
const struct checkpoint *ledger_checkpoint(const struct ledger *l);

/*
 * Appends e (packed canonically; at most ENTRY_MAX). *index is its leaf
 * number. recorded_at must not be below the last entry's: ERR_INVALID.
 */
enum err ledger_append(struct txn *t, struct arena *a, const PbEntry *e,
    uint64_t *index) MUST_CHECK;
/* Copies entry index into the arena; ERR_NOT_FOUND. */
enum err ledger_entry(struct txn *t, struct arena *a, uint64_t index,
    struct bytes *packed) MUST_CHECK;
/* recorded_at of the last entry, 0 when empty. */
uint64_t ledger_last_time(struct txn *t);

/* After commit: signs the tree as t (a new read transaction) sees it. */
enum err ledger_sign(struct ledger *l, struct txn *t, struct why *why)
    MUST_CHECK;
/* Writes the newest checkpoint to the low-water file, fsynced, atomically. */
enum err ledger_low_water(struct ledger *l, struct why *why) MUST_CHECK;

/* Proofs against size (<= ledger_size(t)). */
enum err ledger_inclusion(struct txn *t, uint64_t index, uint64_t size,
    struct proof *out) MUST_CHECK;
/* first 0 gives an empty proof. */
enum err ledger_consistency(struct txn *t, uint64_t first, uint64_t second,
    struct proof *out) MUST_CHECK;
enum err ledger_root(struct txn *t, uint64_t size,
    struct digest *out) MUST_CHECK;

/*
 * Full check of a store (a snapshot): every entry parses, hashes to its
 * leaf, every stored tree hash is right, parts named by details open. Calls
 * bad for each fault with the entry's index and what is wrong; returns the
 * number of faults. Used by `infohus audit verify`.
 */
typedef void ledger_fault(void *ctx, uint64_t index, const char *what);
enum err ledger_verify(struct store *s, const struct checkpoint *c,
    ledger_fault *bad, void *ctx, uint64_t *faults, struct why *why)
    MUST_CHECK;

#endif
