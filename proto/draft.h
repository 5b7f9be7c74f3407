/*
 * SPDX-License-Identifier: MIT
 *
 * draft: from what a system writes (Draft) to what is signed (Message).
 */
#ifndef INFOHUS_DRAFT_H
#define INFOHUS_DRAFT_H

#include "envelope.h"
#include "keys.h"

/*
 * Builds header, parts with random salts, padded sorted commitments, and
 * signs it as a batch of one. Fills in what is missing: message id (UUIDv7
 * of now), case id (a concern without one opens its own case; underretning
 * stays without), urgency ordinary, expires (now + 30 days), role when
 * only_role is not 0. sender is the node id. out is the packed Message in a.
 * ERR_INVALID with the field when the draft cannot be a message.
 */
enum err
draft_message(struct arena *a, const PbDraft *draft, const char *sender,
    int only_role, uint64_t now_ms, const struct signer *signer,
    struct bytes *out, struct id *message_id, struct why *why) MUST_CHECK;

/*
 * Can this draft be a message at all? Builds it as draft_message does and
 * checks it as core will, but signs nothing and keeps nothing. NULL as the
 * sender: the draft's own "from", or any.
 */
enum err draft_check(const PbDraft *draft, const char *sender, int only_role,
    uint64_t now_ms, struct why *why) MUST_CHECK;

/* A fresh UUIDv7 of a time. */
void draft_new_id(struct id *out, uint64_t now_ms);

#endif
