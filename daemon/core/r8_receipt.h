/*
 * SPDX-License-Identifier: MIT
 *
 * R8 receipt: the answer to a decided message, made after its transaction
 * has committed and the checkpoint is signed: entry, inclusion, consistency
 * with what the client knew, the verdicts it may see, duties, stages.
 * Everything is read back from the store, so that the receipt of a repeated
 * message differs only in its checkpoint and stages.
 */
#ifndef INFOHUS_R8_RECEIPT_H
#define INFOHUS_R8_RECEIPT_H

#include "core.h"

enum err r8_receipt(struct core *c, struct txn *t, struct arena *a,
    const struct effect *e) MUST_CHECK;

/*
 * News of a message, to the seat that sent it, if it is still there: it was
 * acked from this item, or decided (NULL). That an approver has it is none.
 */
void r8_tell(struct batch *b, uint64_t index, const PbMailboxItem *item);
/* Is this what an approver gets, of a message with these details? It alone
 * has the grounds. */
bool r8_is_to_decide(const PbMailboxItem *item, const PbDetails *details);

/* Adds inclusion, checkpoint and consistency as a session needs them. */
struct proofs {
	ProtobufCBinaryData *inclusion, *consistency;
	size_t n_inclusion, n_consistency;
	ProtobufCBinaryData checkpoint;
	uint64_t from;
};
enum err r8_proofs(struct core *c, struct txn *t, struct arena *a,
    uint64_t index, uint64_t known, struct proofs *out) MUST_CHECK;
enum err r8_digests(struct arena *a, const struct proof *p,
    ProtobufCBinaryData **out, size_t *n) MUST_CHECK;

/* Reads an entry and, if it has them, its details. */
enum err r8_entry(struct txn *t, struct arena *a, uint64_t index,
    struct bytes *packed, PbEntry **entry, PbDetails **details) MUST_CHECK;

#endif
