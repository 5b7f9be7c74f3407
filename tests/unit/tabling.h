/*
 * SPDX-License-Identifier: MIT
 *
 * tabling: small rule tables as text, for what one rule or two must do.
 */
#ifndef INFOHUS_TEST_TABLING_H
#define INFOHUS_TEST_TABLING_H

#include "tests/unit/judging.h"

#define TABLE_HEAD \
	"version: 1\n" \
	"limits:\n" \
	"  socially_exposed: {judged_by: [social], max_age_days: 1, law: l,\n" \
	"    mark: text, text_en: e, text_da: d}\n" \
	"  ksp: {judged_by: [social], days_before_release: 1,\n" \
	"    days_after_release: 1, law: l, mark: text, text_en: e,\n" \
	"    text_da: d}\n" \
	"rules:\n"
#define TABLE_RULE(id, class) \
	"  - id: " id "\n" \
	"    class: " class "\n" TABLE_WORDS
#define TABLE_WORDS \
	"    law: l\n    mark: text\n    text_en: e\n" \
	"    text_da: d\n    valid_from: 2016-02-29T23:00:00Z\n"
/* All of a permit but "to". */
#define TABLE_PERMIT(id) \
	TABLE_RULE(id, "permit") \
	"    kind: [concern]\n    from: any\n    relation: any\n" \
	"    cooperation: any\n    bases: any\n    state: any\n" \
	"    purpose: {not: [investigation]}\n    carry: any\n"

static inline struct rules *
tabling_load(const char *text)
{
	struct problems p = { 0 };
	struct rules *r = rules_load("t", bytes_of(text, strlen(text)), &p);

	if (r == NULL)
		fail_msg("%s", p.text);
	problems_free(&p);
	return r;
}

#endif
