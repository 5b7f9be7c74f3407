/*
 * SPDX-License-Identifier: MIT
 *
 * R7 record: entry, detached parts, verdicts, mailbox items, case facts and
 * dedupe of one decided message, all in the batch's transaction. Sections
 * meant only for refused recipients are not stored; grounds and addressee
 * parts are, so that the verdict can be judged again.
 */
#ifndef INFOHUS_R7_RECORD_H
#define INFOHUS_R7_RECORD_H

#include "approval.h"
#include "core.h"

/*
 * *index is the entry's. approval is what an approval decides, NULL for other
 * kinds. Errors stick to the batch's transaction.
 */
enum err r7_record(struct batch *b, const struct job *j,
    const struct question *q, const struct answer *a, const struct context *ctx,
    struct approval *approval, uint64_t *index) MUST_CHECK;

#endif
