/*
 * SPDX-License-Identifier: MIT
 *
 * sign: batch signatures and approvals.
 *
 * A batch signature covers tag || u32 count || root, where root is the RFC
 * 6962 tree over the digests of the batch (each digest is a leaf entry, so
 * it is leaf-hashed). A single object is a batch of one.
 */
#ifndef INFOHUS_SIGN_H
#define INFOHUS_SIGN_H

#include "arena.h"
#include "codes.h"
#include "keys.h"
#include "infohus.pb.h"

#define BATCH_MAX 1024

/*
 * Signs n (1 .. BATCH_MAX) digests at once; out[i] is allocated in a and
 * belongs to digest[i].
 */
enum err
sign_batch(struct arena *a, struct bytes tag, const struct digest *digest,
    size_t n, const struct signer *s, PbSignature **out) MUST_CHECK;

/*
 * CODE_OK, CODE_BAD_BATCH_PATH (index, count or path do not lead to a
 * root), CODE_UNKNOWN_CERTIFICATE (fingerprint is not c's) or
 * CODE_BAD_SIGNATURE; CODE_BUSY when there was no memory to find out.
 */
enum code sign_check(struct bytes tag, const struct digest *digest,
    const PbSignature *sig, const struct cert *c);

/*
 * The last batch signature that held, so that the next object of the same
 * batch needs only its path: acks come many to a signature. Zeroed at first;
 * of one thread. Nothing is remembered that did not hold.
 */
struct sign_held {
	bool any;
	struct digest signature; /* over tag, count, root, certificate, value */
};

/* As sign_check. */
enum code sign_check_next(struct bytes tag, const struct digest *digest,
    const PbSignature *sig, const struct cert *c, struct sign_held *held);

/*
 * One custodian's approval of an object: over infohus.v1/approval NUL ||
 * SHA-256(object) || u64 time, for a card with the tag infohus.v1/card.
 * object is the packed Object.
 */
enum err sign_approve(struct arena *a, struct bytes tag, struct bytes object,
    uint64_t time_ms, const struct signer *s, PbApproval **out) MUST_CHECK;

/*
 * ERR_OK if at least two different custodians of the list approved object
 * and no approval by a listed one fails. ERR_DENIED otherwise. Two entries
 * of the list with one key or one UUID are one custodian.
 */
enum err sign_approved(struct bytes tag, struct bytes object,
    PbApproval *const *approval, size_t n_approval,
    struct cert *const *custodian, size_t n_custodian,
    struct why *why) MUST_CHECK;

/* Is this one approval c's, of exactly this object? */
bool sign_approval_holds(struct bytes tag, struct bytes object,
    const PbApproval *p, const struct cert *c);

#endif
