/*
 * SPDX-License-Identifier: MIT
 *
 * audit replay: what its two files share. State is folded from the entries
 * alone, in one write transaction on a store of its own that is never
 * committed; the snapshot's own registry and cases are only compared with.
 */
#ifndef INFOHUS_AUDIT_REPLAY_H
#define INFOHUS_AUDIT_REPLAY_H

#include "audit.h"
#include "daemon/core/approval.h"
#include "daemon/law/law.h"
#include "daemon/ledger/registry.h"

struct replay;

/* Who looks on while a log is judged again; NULL: nobody. */
struct replay_watch {
	void *ctx;
	/* A message was judged again, under the law of its entry. */
	void (*judged)(void *ctx, const struct replay *r,
	    const struct question *q, const struct answer *a);
	/* One that cannot be judged: a part of it is not there any more. */
	void (*erased)(void *ctx, const struct replay *r);
};

struct replay {
	struct audit *audit;
	const struct replay_watch *watch;
	struct txn *in; /* the snapshot */
	struct store *store;
	struct txn *fold;	/* what the entries add up to */
	struct law *law;	/* NULL: that of this entry is missing */
	struct law *before;	/* in force before it, or NULL */
	struct digest manifest; /* the law's, once there was one */
	bool has_manifest;
	uint64_t in_force, since; /* of it, and of the one before */
	struct registry *registry;
	struct arena *arena; /* of this entry */
	uint64_t index;
	const PbEntry *entry;
	const PbDetails *details; /* or NULL */
	uint64_t messages, verdicts, erased;
};

/* Replays the whole log of a; faults are said as they are found. Errors are
 * those of the stores. */
enum err replay_run(struct audit *a, const struct replay_watch *watch,
    uint64_t *messages, uint64_t *verdicts, struct why *why) MUST_CHECK;

/* Says that something of this entry is not as it should be. */
void replay_differs(struct replay *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Was this err of reading one that only says that a part is erased, and is
 * somebody told of that? Otherwise it is a fault of the log.
 */
bool replay_is_erased(struct replay *r, enum err err);

/* ---- audit_park.c: what waits for approvers, and what they decide ---- */

/* What the approval of question q decides; sets q->approval. */
enum err replay_approval(
    struct replay *r, struct question *q, struct approval **out) MUST_CHECK;
/* Does it, judged as a? */
bool replay_decides(const struct answer *a, const struct approval *x);
/* Adds to how many verdicts there are, and how many not told. */
void replay_compare_decided(struct replay *r, PbVerdict *const *recorded,
    const struct decided *d, size_t *n, size_t *withheld);
/* Folds what waits after this entry: a message judged as a, or a decision. */
enum err replay_parked(struct replay *r, uint64_t expires,
    const struct answer *a, const struct approval *decision) MUST_CHECK;
/* An entry by which what nobody decided ends. */
enum err replay_expired(struct replay *r) MUST_CHECK;
/* Was the message of entry `of` let pass to this node by an approver, or
 * could this node be asked to decide it? */
bool replay_was_decided_for(struct replay *r, uint64_t of, const char *node);

/* A message entry: signature, verdicts, case. Errors are the stores'. */
enum err replay_message(struct replay *r) MUST_CHECK;

#endif
