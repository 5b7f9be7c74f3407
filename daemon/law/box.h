/*
 * SPDX-License-Identifier: MIT
 *
 * box: parts of the input space of the judge. Everything a verdict depends
 * on is a field with one value or a bit that is true or false; a box says of
 * each field which values and of each bit which truths are in it. A term is
 * what a permit or a clause asks, as a box and lists of bits of which one
 * must be true.
 */
#ifndef INFOHUS_BOX_H
#define INFOHUS_BOX_H

#include "daemon/law/table.h"

#define BOX_WORDS 2

/* Number of each bit in a box. BOX_BASIS(n): that basis is claimed, and so
 * on; "no basis" is all of them false. */
#define BOX_FLAG(flag) ((unsigned)(flag))
#define BOX_SETTING(setting) (24u + (unsigned)(setting))
#define BOX_BASIS(basis) (40u + (unsigned)(basis))
#define BOX_RELATION(relation) (64u + (unsigned)(relation))
#define BOX_CARRIES(category) (80u + (unsigned)((category)-CATEGORY_IDENTITY))

/* A set of bits. */
struct bits {
	uint64_t w[BOX_WORDS];
};

struct box {
	uint64_t set[FIELD_COUNT]; /* values of each field, none empty */
	struct bits no, yes;	   /* bits that may be false, may be true */
};

#define TERM_SOME_MAX 6

/* All must hold: the box, and of every some[] one bit is true. */
struct term {
	struct box box;
	struct bits some[TERM_SOME_MAX];
	size_t n_some;
};

/* Every combination of the fields, feasible or not. The relation `any`
 * always holds and is no bit; numbers that no list has are left out. */
struct box box_full(void);
bool box_is_empty(const struct box *b);
/* Is every point of b in c? */
bool box_is_within(const struct box *b, const struct box *c);
/* What both have. False when that is nothing. */
bool box_meet(struct box *b, const struct box *with);
/* Only those with this bit. */
void box_set_bit(struct box *b, unsigned bit, bool value);

bool bits_have(const struct bits *b, unsigned bit);
void bits_add(struct bits *b, unsigned bit);
bool bits_none(const struct bits *b);
unsigned bits_count(const struct bits *b);
struct bits bits_and(const struct bits *a, const struct bits *b);

/* Of a field's values the one that says least, as the only one. */
uint64_t box_plainest(enum field f, uint64_t set);
/* A point of the box as facts: of each field the plainest value that it has,
 * each bit false if it may be. */
struct facts box_point(const struct box *b);
/* Those facts and no others. */
struct box box_of_facts(const struct facts *f);

/*
 * What a permit's row asks, one term per alternative of its bases; what a
 * clause asks. Returns how many terms were written, at most TERMS_MAX; 0 when
 * nothing can fit.
 */
#define TERMS_MAX BASES_MAX
#define CLAUSE_TERMS_MAX 2
size_t row_terms(const struct row *row, struct term out[TERMS_MAX]);
size_t clause_terms(const struct clause *c, struct term out[CLAUSE_TERMS_MAX]);

#endif
