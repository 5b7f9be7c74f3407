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
#include "daemon/law/law.h"
#include "daemon/ledger/registry.h"

struct replay {
	struct audit *audit;
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
	uint64_t messages, verdicts;
};

/* Says that something of this entry is not as it should be. */
void replay_differs(struct replay *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A message entry: signature, verdicts, case. Errors are the stores'. */
enum err replay_message(struct replay *r) MUST_CHECK;

#endif
