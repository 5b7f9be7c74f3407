/*
 * SPDX-License-Identifier: MIT
 *
 * mutants: a rule table with one change each, as a careless hand makes it.
 *
 * Of a permit, and of each alternative of it: every condition dropped, every
 * set widened by a further word, every combination of bases loosened by one,
 * the alternative removed, the approver dropped, the rule removed.
 * Of a prohibition: every clause removed, every condition of it dropped,
 * every set of it narrowed by a word; every exception removed, every
 * condition of it dropped, every set of it widened or narrowed by a word;
 * the rule removed.
 * Duties, limits, times and texts are left as they are.
 */
#ifndef INFOHUS_TEST_MUTANTS_H
#define INFOHUS_TEST_MUTANTS_H

#include "daemon/law/yaml.h"

/*
 * One mutant: id such as "R05/2/from+skole" (rule, alternative, change), the
 * rule, and the table as text, valid until it returns.
 */
typedef void
mutant_fn(void *arg, const char *id, const char *rule, struct bytes text);

/*
 * Makes all mutants of a table that yaml_parse has read. Of the words by
 * which a set can grow or shrink each is tried when stride is 1, else the
 * first and then those whose mutant's id falls on one in stride. False
 * without memory.
 */
bool
mutants_make(struct yaml *table, unsigned stride, mutant_fn *each, void *arg);

#endif
