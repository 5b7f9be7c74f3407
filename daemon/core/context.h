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
	const struct digest *person; /* whom the message names, or NULL */
};

/*
 * h is of an opened message by sender, person whom its identity section
 * names (NULL: nobody). Errors are the store's.
 */
enum err
context_load(struct txn *t, struct arena *a, const struct digest *person,
    const struct places *places, const struct reg_node *sender,
    const PbHeader *h, uint64_t at_ms, struct context *out) MUST_CHECK;

/* The same for a message that was recorded before and is judged again: it
 * may have opened its case itself. */
enum err
context_load_again(struct txn *t, struct arena *a, const struct digest *person,
    const struct places *places, const struct reg_node *sender,
    const PbHeader *h, uint64_t at_ms, struct context *out) MUST_CHECK;

/* For question.answers: in_reply_to was recipient's, and reached sender. */
struct answers {
	struct txn *t;
	struct arena *a;
	const PbHeader *header;
	struct txn *record; /* where entries and parts are; in core t */
};
bool context_answers(void *ctx, const char *recipient);

/* May this node know the case? Its participants, and its police. */
bool context_may_know(const PbCase *c, const struct reg_node *node,
    const struct places *places, uint64_t at_ms);

#endif
