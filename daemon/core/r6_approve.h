/*
 * SPDX-License-Identifier: MIT
 *
 * R6, what the law leaves open: who at the sending authority decides it, and
 * what a decision comes to (docs/protocol.md, section 4.3). Pure, like the
 * judgement itself.
 */
#ifndef INFOHUS_R6_APPROVE_H
#define INFOHUS_R6_APPROVE_H

#include "r6_judge.h"

/*
 * Is n an approver for the sender's message: another node of the same
 * authority with one of roles (bit Role)? *role is the first it holds.
 */
bool r6_is_approver(const struct reg_node *n, const struct reg_node *sender,
    uint64_t roles, uint64_t at_ms, int *role);

/* Is this recipient told to have parked? Is any? */
bool r6_is_parked(const struct recipient *r);
bool r6_has_parked(const struct answer *a);

/* Does any addressee of the message resolve to n? */
bool r6_is_addressed(const struct answer *a, const struct reg_node *n);

/*
 * Refuses of a whole answer what parks and cannot wait: nobody could decide
 * it, or its node is addressed twice.
 */
void r6_check_parked(const struct question *q, struct answer *a);

/*
 * The roles (bit Role) that may decide what was judged again as a, and was
 * parked by the rule of this id.
 */
uint64_t
r6_deciders(const struct law *law, const struct answer *a, const char *rule);

/* Approved: what still parks passes by the rule that parks it. */
void r6_approve(struct answer *a);

#endif
