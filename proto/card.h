/*
 * SPDX-License-Identifier: MIT
 *
 * card: node cards and other approved objects, as clients and core check
 * them. A card counts only with two custodians' signatures.
 */
#ifndef INFOHUS_CARD_H
#define INFOHUS_CARD_H

#include "envelope.h"
#include "keys.h"
#include "sign.h"

struct card {
	PbCard *pb;	      /* in the arena given */
	struct cert *cert;    /* owned; free with card_close */
	struct digest object; /* SHA-256 of the packed Object */
};

/*
 * Opens a packed Approved that must hold a Card: canonical, two custodians,
 * node id form, seats with distinct names and 32-byte keys, certificate
 * parses, CVR and UUID equal to the certificate's. ERR_INVALID, ERR_DENIED.
 */
enum err
card_open(struct arena *a, struct bytes approved, struct cert *const *custodian,
    size_t n_custodian, struct card *out, struct why *why) MUST_CHECK;
void card_close(struct card *c);

/*
 * Opens any Approved of kind (OBJECT_SUSPENSION, OBJECT_MANIFEST) after
 * checking the approvals; body is the packed object's bytes, object_digest
 * SHA-256 of the packed Object.
 */
enum err
card_open_approved(struct arena *a, struct bytes approved, unsigned kind,
    struct cert *const *custodian, size_t n_custodian, struct bytes *body,
    struct digest *object_digest, struct why *why) MUST_CHECK;

/*
 * A packed Approved without the approvals given before since (ms), and those
 * dated more than a day after now: they would stay good until then. *stale is
 * how many were left out. What does not parse is ERR_INVALID.
 */
enum err card_approved_since(struct arena *a, struct bytes approved,
    uint64_t since, uint64_t now, struct bytes *out, size_t *stale) MUST_CHECK;

/* Does the card grant role at the time (ms)? */
bool card_has_role(const PbCard *c, int role, uint64_t at_ms);

#endif
