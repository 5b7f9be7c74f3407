/*
 * SPDX-License-Identifier: MIT
 *
 * parked: messages as the log has them, and what was decided of those that
 * parked. Reads only; core and an audit read the same.
 *
 * TABLE_PARK: u8 1, u64 message, u64 entry that decided something of it;
 *             u8 2, u64 expiry, u64 message: sender; while something is
 *             undecided;
 *             u8 3, sender, NUL, u64 message, just as long.
 */
#ifndef INFOHUS_PARKED_H
#define INFOHUS_PARKED_H

#include "daemon/ledger/store.h"
#include "proto/envelope.h"

/* Where to read. In core both are the batch's transaction; an audit has the
 * record in a snapshot, and its own fold of it beside. */
struct books {
	struct txn *fold;   /* dedupe, park, cases */
	struct txn *record; /* entries, parts */
	struct arena *arena;
};

struct parked { /* a message, read back from its entry */
	uint64_t index;
	PbEntry *entry;
	PbDetails *details;
	PbHeader *header;
	size_t header_size;
	PbGrounds *grounds;
	size_t n_addressee;
	PbAddressee *addressee[ADDRESSEES_MAX];
	struct digest commitment[ADDRESSEES_MAX];
	size_t part_size[ADDRESSEES_MAX];
	PbVerdict **verdict; /* all of the entry */
};

/*
 * What may wait of one sender: at most this many messages, each of MESSAGE_MAX
 * at most.
 */
#define PARKED_MAX 256

/* All but grounds and addressees: no part that the sender wrote is read. */
enum err parked_read_told(
    const struct books *b, uint64_t index, struct parked *out) MUST_CHECK;
/* ERR_INVALID when the entry is not that of a message, or a part is gone. */
enum err parked_read(
    const struct books *b, uint64_t index, struct parked *out) MUST_CHECK;

/* Is verdict i of it parked for this addressee part? */
bool
parked_is(const struct parked *p, size_t i, const struct digest *addressee);

/* Visits the entries that decided something of a message, in their order,
 * until fn returns false; the errors are those of reading them. */
typedef bool parked_visit(
    void *ctx, uint64_t at, const PbEntry *entry, const PbDetails *details);
enum err parked_decisions(const struct books *b, uint64_t message,
    parked_visit *fn, void *ctx) MUST_CHECK;
/* A verdict of an entry, opened; its addressee is a digest. */
enum err parked_verdict(const struct books *b,
    const ProtobufCBinaryData *commitment, PbVerdict **out) MUST_CHECK;

/* Was this addressee part of it decided? */
enum err parked_is_decided(const struct books *b, uint64_t message,
    const struct digest *addressee, bool *decided) MUST_CHECK;

/* Is something of it undecided? expires is that of its header. */
bool parked_waits(struct txn *fold, uint64_t expires, uint64_t message);
/* Errors stick to the transaction. */
void parked_wait(
    struct txn *fold, const char *sender, uint64_t expires, uint64_t message);
/* Does as much of this sender wait as may? */
bool parked_is_full(struct txn *fold, const char *sender);
/* Notes an entry that decided; p waits no longer if nothing is left of it. */
enum err parked_decide(
    const struct books *b, const struct parked *p, uint64_t entry) MUST_CHECK;

struct waiting {
	uint64_t expires, message;
};

/* Messages that have expired undecided, oldest first: at most room of them,
 * the first one that comes after `after`, which may be all 0. */
size_t parked_expired(struct txn *fold, uint64_t now,
    const struct waiting *after, struct waiting *out, size_t room);
/* It waits no longer, though nothing decided it. Errors stick. */
void parked_drop(struct txn *fold, const struct waiting *w);

#endif
