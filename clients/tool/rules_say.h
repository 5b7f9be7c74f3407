/*
 * SPDX-License-Identifier: MIT
 *
 * rules_say: one judgement told to a person or as JSON: verdict, the rule
 * that decides with its law and both texts, what is missing, what would be
 * lawful instead, which prohibitions match, which duties arise.
 */
#ifndef INFOHUS_TOOL_RULES_SAY_H
#define INFOHUS_TOOL_RULES_SAY_H

#include "tool.h"
#include "daemon/law/rules.h"

#define PROHIBITIONS_MAX 64
#define DUTIES_MAX 16

/* Everything the law says of one recipient. */
struct answered {
	const char *node; /* or NULL: a role */
	struct facts facts;
	uint64_t at_ms;
	struct judgement judgement;
	size_t n_prohibition;
	const struct rule *prohibition[PROHIBITIONS_MAX]; /* that match */
	size_t n_alternative;
	struct alternative alternative[ALTERNATIVES_MAX];
	size_t n_duty;
	struct duty duty[DUTIES_MAX];
};

/* Judges out->facts at out->at_ms and fills in the rest. */
void answered_by(struct answered *out, const struct rules *r);
/* The judgement is not the table's: the workflow has no such step. */
void answered_illegal(struct answered *out);

/* "permit", "park" or "refuse". */
const char *outcome_word(const struct judgement *j);

/* Prints it below the recipient's line; without the duties. */
void print_answered(const struct answered *a);
/* The same as an object; NULL without memory. */
json_t *answered_json(const struct answered *a);

/* A rule: id, class, law, mark and both texts. */
json_t *rule_json(const struct rule *r);

/*
 * Text in lines of at most 79 columns: the first begins with head, the
 * others are indented to where the text began.
 */
void print_wrapped(FILE *f, const char *head, const char *text);
/* The same for another width. */
void
print_wrapped_to(FILE *f, size_t width, const char *head, const char *text);

#endif
