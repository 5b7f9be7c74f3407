/*
 * SPDX-License-Identifier: MIT
 *
 * context: what the judgement of one message needs from the store: its case,
 * if the sender may know it, cases linked to it, and whether it answers a
 * request. Read before R6, which is pure.
 */
#ifndef INFOHUS_CONTEXT_H
#define INFOHUS_CONTEXT_H

#include "r6_judge.h"

struct context {
	PbCase *kase; /* NULL: none yet, or none for you */
	bool case_missing;
	bool linked_police_alone;
	struct id *linked; /* other cases of the same person */
	size_t n_linked;
};

/* env is of an opened message by sender. Errors are the store's. */
enum err
context_load(struct txn *t, struct arena *a, const uint8_t person_key[32],
    const struct places *places, const struct reg_node *sender,
    const struct envelope *env, uint64_t at_ms, struct context *out) MUST_CHECK;

/* For question.answers: in_reply_to was recipient's, and reached sender. */
struct answers {
	struct txn *t;
	struct arena *a;
	const PbHeader *header;
};
bool context_answers(void *ctx, const char *recipient);

/* May this node know the case? Its participants, and its police. */
bool context_may_know(const PbCase *c, const struct reg_node *node,
    const struct places *places, uint64_t at_ms);

#endif
