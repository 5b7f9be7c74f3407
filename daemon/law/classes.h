/*
 * SPDX-License-Identifier: MIT
 *
 * classes: values that a set of conditions does not tell apart. Private to
 * space.c.
 */
#ifndef INFOHUS_CLASSES_H
#define INFOHUS_CLASSES_H

#include "daemon/law/space.h"

/* Sets that each field falls into, and sets of bits that are asked about
 * together only. */
struct classes {
	uint64_t set[FIELD_COUNT][64];
	unsigned n_set[FIELD_COUNT];
	struct bits bit[64 * BOX_WORDS];
	unsigned n_bit;
	struct bits asked; /* by any condition */
};

/* One class each. */
void classes_start(struct classes *c);
/* As many as this condition tells apart; as those of these clauses do. */
void classes_add(struct classes *c, const struct term *t);
void
classes_add_clauses(struct classes *c, const struct clause *clause, size_t n);
/* Of each class in a box the plainest point, so that whatever the conditions
 * say somewhere in the box they say somewhere in the result. */
struct box classes_reduce(const struct classes *c, const struct box *box);
/* How many there are. */
void classes_sizes(const struct classes *c, struct space_size *out);

#endif
