/*
 * SPDX-License-Identifier: MIT
 *
 * search: is there a point in a box where none of some terms fits? Exact:
 * the box is cut along the conditions of the term that has the fewest left
 * that could fail, until none is left or none can. Private to space.c.
 */
#ifndef INFOHUS_SEARCH_H
#define INFOHUS_SEARCH_H

#include "daemon/law/box.h"

/* A term that must not fit, unless one of the others does. */
struct barrier {
	const struct term *term;
	const struct term *unless;
	size_t n_unless;
};

struct search; /* memory for one search after the other */

struct search *search_new(void);
void search_free(struct search *s);

/* Begins a new task: the points of b. */
void search_start(struct search *s, const struct box *b);
/* Those where t fits. False when there are none; then start anew. */
bool search_demand(struct search *s, const struct term *t);
/* Those where it does not, unless one of the others does. */
void search_avoid(struct search *s, const struct barrier *b);
/* A task as it is now, to come back to after more was demanded. */
struct search_mark {
	struct box box;
	size_t n_some, n_barrier;
};
struct search_mark search_here(const struct search *s);
void search_back(struct search *s, const struct search_mark *m);

/*
 * Is there a point that costs at most `most`? Then *out is one and its cost.
 * The cost is how much it says: each bit that is true and each field but
 * kind, sender and recipient that is not 0. ERR_NOT_FOUND when there is
 * none, ERR_FULL when *nodes has passed limit, ERR_NOMEM.
 */
enum err search_run(struct search *s, unsigned most, uint64_t limit,
    uint64_t *nodes, struct box *out, unsigned *cost) MUST_CHECK;

#endif
