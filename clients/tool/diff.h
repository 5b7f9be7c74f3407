/*
 * SPDX-License-Identifier: MIT
 *
 * diff: what two rule tables judge differently, exactly: every pair of an
 * old and a new verdict that some message gets, with all kinds, senders and
 * recipients for which that happens, and a smallest such message.
 */
#ifndef INFOHUS_TOOL_DIFF_H
#define INFOHUS_TOOL_DIFF_H

#include "daemon/law/cover.h"

/* Every kind from every one of from to every one of to has such messages. */
struct diff_group {
	struct cover_verdict verdict[2]; /* old, new */
	uint64_t kinds, from, to;
	struct facts example;
};

struct diff {
	const struct rules *table[2];
	uint64_t at_ms;
	struct diff_group *group; /* by sort, then rules */
	size_t n, room;
};

/* Which way a group goes. */
enum diff_sort { DIFF_PERMIT, DIFF_PARK, DIFF_REFUSE, DIFF_OTHER_RULE };
enum diff_sort diff_sort(const struct diff_group *g);
/* The same old and the same new verdict? */
bool
diff_same(const struct cover_verdict a[2], const struct cover_verdict b[2]);

/*
 * ERR_OK; errors of the space engine. Contradicting facts (cover_impossible)
 * are left out. Free with diff_free.
 */
enum err diff_make(const struct rules *old, const struct rules *new,
    uint64_t at_ms, struct diff *out) MUST_CHECK;
void diff_free(struct diff *d);

/* What changed in a rule that both tables have. */
#define DIFF_LAW 1u
#define DIFF_MARK 2u
#define DIFF_TEXT_EN 4u
#define DIFF_TEXT_DA 8u
#define DIFF_VALIDITY 16u
#define DIFF_CONDITIONS 32u /* of any class; approvers too */
#define DIFF_NOTICE 64u	    /* or its days */
#define DIFF_CLASS 128u
unsigned diff_rule(const struct rules *old, const struct rule *a,
    const struct rules *new, const struct rule *b);
/* The rule of that id, or NULL. */
const struct rule *diff_find(const struct rules *r, const char *id);

#endif
