/*
 * SPDX-License-Identifier: MIT
 *
 * casebook: cases of the law as lawyers write them, config/rules-tests:
 * what a message is, and what the law says to each recipient. docs/law.md
 * has the form. Reading is strict and judges nothing; nothing here is in
 * force anywhere.
 */
#ifndef INFOHUS_CASEBOOK_H
#define INFOHUS_CASEBOOK_H

#include "rules.h"

#define CASE_MISSING_MAX 12

/* One recipient of one case, or of one "the same, but" of it. */
struct rulecase {
	struct rulecase *next;
	const char *file;
	unsigned line;	    /* where the recipient stands */
	const char *says;   /* the sentence */
	const char *law;    /* what it rests on */
	const char *marked; /* "example", or "" */
	const char *turn; /* of several values in turn, which: "from: skole" */
	uint64_t at_ms;
	struct facts facts; /* what is not named: nothing said, nothing holds */
	PbOutcome outcome;  /* expected */
	const char *rule;   /* NULL: any; on a refusal the nearest too */
	unsigned rule_line; /* where that is said */
	unsigned rule_column;
	enum code code;	   /* of a refusal; CODE_OK: any */
	const char *of;	   /* rule of the case this is a near miss of */
	bool missing_said; /* then exactly these, in any order */
	size_t n_missing;
	const char *missing[CASE_MISSING_MAX];
};

struct casebook; /* of any number of files */

/* ERR_NOMEM. */
enum err casebook_new(struct casebook **out) MUST_CHECK;
void casebook_free(struct casebook *b);
/*
 * Adds the cases of one file. False with all its faults added to p; then the
 * book is of no use but to read more files and find their faults too.
 */
bool casebook_read(struct casebook *b, const char *file, struct bytes text,
    struct problems *p);
const struct rulecase *casebook_first(const struct casebook *b);
size_t casebook_cases(const struct casebook *b);      /* sentences */
size_t casebook_recipients(const struct casebook *b); /* list length */

/* False with a fault in p for every rule named that the table lacks. */
bool casebook_fits(
    const struct casebook *b, const struct rules *rules, struct problems *p);

/* Is what was judged what the case expects? */
bool rulecase_agrees(const struct rulecase *c, const struct judgement *j);

#endif
