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
#include "daemon/core/r6_judge.h"
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

/* A message entry: signature, verdicts, case. Errors are the stores'. */
enum err replay_message(struct replay *r) MUST_CHECK;

#endif
