/*
 * SPDX-License-Identifier: MIT
 *
 * rules: what the words of `infohus rules` share.
 */
#ifndef INFOHUS_TOOL_RULES_H
#define INFOHUS_TOOL_RULES_H

#include "tool.h"
#include "daemon/law/rules.h"
#include "daemon/law/kommuner.h"
#include "daemon/law/places.h"
#include "daemon/law/workflow.h"

/* What a draft is judged by; all but the rules may be NULL. */
struct rules_law {
	const struct rules *rules;
	const struct places *places;
	const struct kommuner *kommuner;
	const struct workflow *workflow;
};

/* Each is a word of `infohus rules`, argv[0] being it. */
int rules_explain(int argc, char **argv);
int rules_diff(int argc, char **argv);
int rules_approve(int argc, char **argv);
int rules_join(int argc, char **argv);
int rules_matrix(int argc, char **argv);
int rules_what_if(int argc, char **argv);
int rules_check(int argc, char **argv);

/*
 * Loads the law that --config, or --rules, --places, --kommune and --workflow
 * name, and runs with it; the exit code. A law that does not load is
 * EXIT_USAGE: nothing could be asked of it.
 */
int rules_with_law(const struct args *a,
    int (*run)(const struct args *a, const struct rules_law *law));
/* A table alone, from a file. NULL after saying what is wrong with it, and
 * with *code set. */
struct rules *rules_from_file(const char *file, int *code);

/* An option that is a time; unchanged when it is not given. False after
 * saying what is wrong. */
bool rules_time(const struct args *a, const char *option, uint64_t *at_ms);

extern const struct usage rules_test_usage;

/* Judges the cases given as operands, or those beside the table, by the
 * table of that file and text; the exit code. */
int rules_test(const struct args *a, const char *file, struct bytes text);

/* Prints all problems on stderr; returns EXIT_NO. */
int rules_problems(const struct problems *p);

#endif
