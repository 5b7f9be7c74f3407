/*
 * SPDX-License-Identifier: MIT
 *
 * known: names in EXPECT lines that must be names of something. A typo would
 * else be what never came, and hold. False after run_wrong.
 */
#ifndef INFOHUS_TESTS_REPLAY_KNOWN_H
#define INFOHUS_TESTS_REPLAY_KNOWN_H

#include "script.h"

/* Of the table in proto/codes.h. */
bool known_code(struct run *r, const char *name);
/* The id of a node that the scenario has. */
bool known_node(struct run *r, const char *id);
bool known_case_state(struct run *r, const char *name);
/* Sections of an offer, a+b, or none. */
bool known_sections(struct run *r, const char *list);
/*
 * What stands in a receipt: permit:RULE@NODE, refuse:CODE:RULE/MISSING@NODE,
 * acked@NODE, nacked:CODE@NODE, notice:WORD; each may end early.
 */
bool known_verdict(struct run *r, const char *word);

/* The notices of the law's duties, by how they begin; ends with NULL. */
struct notice {
	const char *word, *begins;
};
extern const struct notice notices[];

#endif
