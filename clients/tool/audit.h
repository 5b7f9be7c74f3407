/*
 * SPDX-License-Identifier: MIT
 *
 * audit: what the words of `infohus audit` share. All of them read a
 * snapshot in a child process (guard.h), and print nothing that a part
 * holds about a person.
 */
#ifndef INFOHUS_AUDIT_H
#define INFOHUS_AUDIT_H

#include "daemon/law/law.h"
#include "daemon/ledger/guard.h"
#include "daemon/ledger/ledger.h"

struct audit {
	const char *dir;
	const char *vkey; /* as text, or a file that holds it */
	bool json;
	struct note_key key;
	struct checkpoint head; /* the snapshot's own */
	bool has_known;
	struct checkpoint known; /* one that the auditor held before */
	uint64_t first, count;	 /* show: which entries */
	const char *scratch;	 /* replay: a folder that is removed */
	struct cert *custodian[CUSTODIANS_MAX]; /* that the auditor trusts */
	size_t n_custodian;
	const void *extra;   /* of whoever runs it */
	struct store *store; /* open in the child only */
	struct guard *guard; /* the same */
};

struct args;

/*
 * Reads keys and checkpoint of a->dir, and runs in a child with the store
 * open; the exit code. dir, vkey and what run needs are set by the caller.
 */
int audit_run(
    const struct args *args, struct audit *a, int (*run)(struct audit *a));
/* The same with a->scratch, a new folder that is removed afterwards. */
int audit_run_aside(
    const struct args *args, struct audit *a, int (*run)(struct audit *a));

/* Removes a folder of our own making and all in it. */
void audit_remove(const char *dir);

/* Each runs in the child and returns an exit code. */
int audit_verify(struct audit *a);
int audit_show(struct audit *a);
int audit_replay(struct audit *a);

/* "entry N: what", or a line of JSON. Counts as a fault. */
void audit_fault(struct audit *a, uint64_t index, const char *what);

/*
 * Entry index and its details (NULL when it has none) into the arena.
 * ERR_INVALID if one does not parse or open.
 */
enum err audit_entry(struct txn *t, struct arena *arena, uint64_t index,
    PbEntry **entry, PbDetails **details) MUST_CHECK;
/* A part that a commitment opens to, parsed as d. */
enum err audit_part(struct txn *t, struct arena *arena,
    const ProtobufCMessageDescriptor *d, ProtobufCBinaryData commitment,
    ProtobufCMessage **out) MUST_CHECK;
#define AUDIT_PART(t, arena, type, commitment, out) \
	audit_part((t), (arena), &pb_##type##__descriptor, (commitment), \
	    (ProtobufCMessage **)(out))

#endif
