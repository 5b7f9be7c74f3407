/*
 * SPDX-License-Identifier: MIT
 *
 * rules_open: the part of `infohus rules explain` that leaves things open.
 */
#ifndef INFOHUS_TOOL_RULES_OPEN_H
#define INFOHUS_TOOL_RULES_OPEN_H

#include "rules.h"

/*
 * For each recipient of --to: every permit that lets something pass that
 * agrees with the options, its kinds, and a smallest example. What no option
 * names may be anything. Exit code: 1 when to some recipient nothing may go.
 */
int rules_open(const struct args *a, const struct rules *r, uint64_t at_ms);

#endif
