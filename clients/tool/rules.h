/*
 * SPDX-License-Identifier: MIT
 *
 * rules: what the words of `infohus rules` share.
 */
#ifndef INFOHUS_TOOL_RULES_H
#define INFOHUS_TOOL_RULES_H

#include "tool.h"
#include "daemon/law/rules.h"
#include "daemon/law/places.h"
#include "daemon/law/workflow.h"

/* What a draft is judged by; places and workflow may be NULL. */
struct rules_law {
	const struct rules *rules;
	const struct places *places;
	const struct workflow *workflow;
};

extern const struct usage rules_explain_usage;

/* Judges the drafts given as operands; the exit code. */
int rules_explain(const struct args *a, const struct rules_law *law);

extern const struct usage rules_test_usage;

/* Judges the cases given as operands, or those beside the table, by the
 * table of that file and text; the exit code. */
int rules_test(const struct args *a, const char *file, struct bytes text);

/* Prints all problems on stderr; returns EXIT_NO. */
int rules_problems(const struct problems *p);

#endif
