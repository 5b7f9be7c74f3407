/*
 * SPDX-License-Identifier: MIT
 *
 * R7, what the law leaves open: the mailbox items of its approvers, what an
 * approval's entry decides, and the entry by which what nobody decided ends
 * (docs/protocol.md, section 4.3). All of it in the batch's transaction.
 */
#ifndef INFOHUS_R7_PARK_H
#define INFOHUS_R7_PARK_H

#include "approval.h"
#include "core.h"

/*
 * A message was recorded as entry index, its verdicts under these
 * commitments: its approvers find it in their mailboxes, and it waits.
 */
struct parking {
	const struct envelope *env;
	const struct question *question;
	const struct answer *answer;
	const struct digest *verdict;
	uint64_t index;
};
enum err r7_park(struct batch *b, const struct parking *p) MUST_CHECK;

/*
 * An approval: adds to its entry what it decides, and changes the case of
 * the message decided; after the entry was appended as index, hands out what
 * it let pass and tells the sender.
 */
struct deciding {
	struct approval *approval;
	struct decided *decided;
	struct digest verdict[RECIPIENTS_MAX]; /* of decided */
};
enum err r7_decide(struct batch *b, struct deciding *d, PbEntry *entry,
    PbDetails *details) MUST_CHECK;
enum err r7_decided(
    struct batch *b, const struct deciding *d, uint64_t index) MUST_CHECK;

/* With a tick: refuses what has expired undecided, 256 messages at most, those
 * that expired first; later ticks take the rest, and what cannot be read. */
enum err r7_expire(struct batch *b) MUST_CHECK;

#endif
