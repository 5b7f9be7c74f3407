/*
 * SPDX-License-Identifier: MIT
 *
 * cover: which kinds go from whom to whom, in which cooperation and state,
 * with a given verdict of one table, or of two: exactly, whatever all other
 * facts are. Each answer of the space engine is grown to everything that the
 * same other facts give, until nothing is left to find.
 */
#ifndef INFOHUS_COVER_H
#define INFOHUS_COVER_H

#include "daemon/law/space.h"

/* The facts that an answer tells apart. */
enum cover_dim {
	COVER_KIND,
	COVER_FROM,
	COVER_TO,
	COVER_COOPERATION,
	COVER_STATE,
	COVER_DIMS
};

/* Every combination of these values. */
struct cover_box {
	uint64_t set[COVER_DIMS];
};

struct cover {
	struct cover_box *box; /* do not overlap */
	size_t n, room;
};

void cover_free(struct cover *c);
/* Is this combination in it? */
bool cover_has(const struct cover *c, const uint8_t value[COVER_DIMS]);
/* Fewer boxes that hold the same. */
void cover_merge(struct cover *c);

/* What is decided, by which rule: NULL when nothing permits. */
struct cover_verdict {
	unsigned outcome; /* one of SPACE_... */
	const struct rule *rule;
};

struct cover_question {
	const struct rules *table[2]; /* those of the space; [1] may be NULL */
	struct cover_verdict verdict[2];
	struct box box; /* box_full(), or part of it */
	uint64_t at_ms;
};

/*
 * Adds to out all that has these verdicts. Combinations that no message can
 * have (cover_impossible) are left out. Errors are those of space_find.
 */
enum err cover_find(const struct space *s, const struct cover_question *q,
    struct cover *out) MUST_CHECK;

/*
 * Facts that contradict each other, as clauses: what core can never see. For
 * space_question.unless. Only what holds of the protocol, never of a table.
 */
#define COVER_IMPOSSIBLE 8
void cover_impossible(struct clause out[COVER_IMPOSSIBLE]);

/* What is wanted of one side; except needs room for every prohibition. */
struct space_want cover_want(const struct rules *r,
    const struct cover_verdict *v, const struct rule **except);

#endif
