/*
 * SPDX-License-Identifier: MIT
 *
 * R4 dedupe: one decision per (sender, message id), for as long as the log
 * lives. Comes before any check of time or key status, so that a retry gets
 * the same answer even after the message has expired.
 */
#ifndef INFOHUS_R4_DEDUPE_H
#define INFOHUS_R4_DEDUPE_H

#include "daemon/ledger/store.h"
#include "proto/codes.h"

/*
 * CODE_OK and *seen false: new. CODE_OK and *seen true: decided as *index.
 * CODE_CONFLICT: decided with another header. Reads failing: CODE_BUSY.
 */
enum code r4_dedupe(struct txn *t, const char *sender, const struct id *id,
    const struct digest *header, bool *seen, uint64_t *index);

/* Has this sender's message been decided? For `after` and in_reply_to. */
bool r4_find(
    struct txn *t, const char *sender, const struct id *id, uint64_t *index);

/* Part of R7. Errors stick to t. */
void r4_remember(struct txn *t, const char *sender, const struct id *id,
    const struct digest *header, uint64_t index);

#endif
