/*
 * SPDX-License-Identifier: MIT
 *
 * space: questions about all inputs of the judge at once, answered exactly.
 * Not by trying samples: the answer is a point that judge() was asked about,
 * or there is none in the whole space. Two tables can be asked together, for
 * what differs between them.
 *
 * Values that no rule, clause or box of the question tells apart are one
 * class, of which one is looked at; so are categories and relations. Then a
 * box is cut along the conditions of whichever rule has the fewest left that
 * could fail, until a verdict holds over all of it.
 */
#ifndef INFOHUS_SPACE_H
#define INFOHUS_SPACE_H

#include "daemon/law/box.h"

struct space; /* one or two tables at one time */

/*
 * at_ms decides which rules are valid. b may be NULL. The tables must
 * outlive it. NULL without memory.
 */
struct space *
space_new(const struct rules *a, const struct rules *b, uint64_t at_ms);
void space_free(struct space *s);

#define SPACE_REFUSE 1u
#define SPACE_PERMIT 2u
#define SPACE_PARK 4u
#define SPACE_WHATEVER 7u

/* What is asked of the verdict of one table. */
struct space_want {
	unsigned outcome; /* one of those above, or several */
	/* Decided by this rule, or NULL: a permit, or the prohibition that
	 * refuses. For SPACE_REFUSE it asks for a prohibition. */
	const struct rule *by;
	/* By this row of that permit; judge() names no row, so that is not
	 * asked again of the answer. */
	const struct row *row;
	/* Decided by none of these; what no permit covers is decided by none.
	 */
	const struct rule *const *except;
	size_t n_except;
};

struct space_question {
	struct box box;		   /* box_full() for everything */
	const struct clause *when; /* one must fit; none given: anything */
	size_t n_when;
	const struct clause *unless; /* none may fit */
	size_t n_unless;
	struct space_want want[2]; /* of table a, of table b */
	bool smallest; /* of all points, one with the least said: fewest
			  categories, bases, relations, flags and fields
			  that say anything */
};

struct space_answer {
	bool found;
	struct facts facts; /* if found */
	uint64_t nodes;	    /* boxes looked at */
};

/*
 * ERR_OK with the answer; ERR_FULL when the question would take more than
 * SPACE_NODES_MAX boxes: then nothing is known; ERR_NOMEM;
 * ERR_UNKNOWN when judge() does not say of the point what was found, which
 * is a fault of ours: then nothing is known either.
 */
#define SPACE_NODES_MAX 2000000
enum err space_find(const struct space *s, const struct space_question *q,
    struct space_answer *out) MUST_CHECK;

/*
 * Is there a point that two permits of table a both fit, and no prohibition
 * forbids? The smallest; errors as above.
 */
enum err space_overlap(const struct space *s, const struct rule *one,
    const struct rule *other, struct space_answer *out) MUST_CHECK;

/* A question about everything: whatever outcome, of both tables. */
struct space_question space_ask(void);

/* How large the space is, as decimal numbers, and how many classes it has
 * with these clauses (may be none) told apart too. */
struct space_size {
	char full[64], reduced[64];
	unsigned values[FIELD_COUNT], classes[FIELD_COUNT];
	unsigned bits, bit_classes;
};
void space_sizes(const struct space *s, const struct clause *clause, size_t n,
    struct space_size *out);

/* The word of rules.yaml for one value of a field; "?" when there is none. */
const char *field_word(enum field f, unsigned value);
/* Facts in the words of rules.yaml, "kind: concern, from: jobcenter, ...":
 * kind, from, to and state always, the rest where something is said. */
void space_words(const struct facts *f, char *out, size_t room);

#endif
