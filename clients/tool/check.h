/*
 * SPDX-License-Identifier: MIT
 *
 * check: what infohus rules check finds, as JSON: how a table hangs together
 * (check_table.c) and whether its invariants hold (check_proofs.c). Both are
 * questions about every message there is, never samples.
 */
#ifndef INFOHUS_TOOL_CHECK_H
#define INFOHUS_TOOL_CHECK_H

#include <jansson.h>

#include "daemon/law/invariants.h"
#include "daemon/law/space.h"
#include "daemon/law/workflow.h"

/*
 * Rules that never decide, kinds without a permit, requests without an
 * answer or a no, permits that overlap, roles that nobody reaches or that
 * reach nobody; at at_ms and at each later time at which a rule begins or
 * ceases to apply. *sound: none of the first three. NULL without memory or
 * when a question takes too long.
 */
json_t *
check_table(const struct rules *r, uint64_t at_ms, bool pairs, bool *sound);

/* Steps that must never be there, and steps that must. */
json_t *check_steps(const struct workflow *w, bool *sound);

/* Each invariant: proven, or broken by an example at at_ms if it is then. */
json_t *check_proofs(const struct invariants *i, const struct rules *r,
    uint64_t at_ms, bool *sound);

/* How large the space is, and how far it is reduced. */
json_t *
check_sizes(const struct rules *r, const struct invariants *i, uint64_t at_ms);

#endif
