/*
 * SPDX-License-Identifier: MIT
 *
 * index: rules turned on their side. For every value of every field there
 * is a bitmap of the rules that take it, so that judging is an AND over
 * bitmaps, 64 rules at a time, however many rules there are. Built once,
 * when a table is loaded; private to this folder.
 *
 * What is indexed is a list of things that ask: the ways through permits, or
 * the clauses of prohibitions or of duties. Bit i is the i-th of them.
 */
#ifndef INFOHUS_INDEX_H
#define INFOHUS_INDEX_H

#include "view.h"

/* What may be asked of an element: it must be there, or one other of those
 * asked; it must not be there; it must, whatever else is. */
enum ask { ASK_ANY, ASK_BARS, ASK_NEEDS, ASK_COUNT };

struct index_set {
	uint64_t asked[ASK_COUNT];	      /* elements asked about */
	const uint64_t *plane[ASK_COUNT][64]; /* by element */
	const uint64_t *free;		      /* those who ask for no ANY */
};

struct index {
	size_t n, words; /* words of whole blocks */
	size_t n_time;
	const uint64_t *time;	      /* when the valid ones change */
	const uint64_t *all;	      /* every one */
	const uint64_t *const *valid; /* before time[0], from time[0], ... */
	const uint64_t *field[FIELD_COUNT][64]; /* NULL: all take it */
	const uint64_t *flag[FLAG_COUNT][2];	/* by truth; NULL: all */
	struct index_set set[SET_COUNT];
};

/* One that asks. */
struct asked {
	const struct match *match;
	uint64_t from_ms, to_ms;
	uint64_t set[SET_COUNT][ASK_COUNT];
};

/*
 * The i-th of n is what ask(list, i) says. False when the arena is full, or
 * when there are more than INDEX_TIMES_MAX times at which something starts
 * or ceases to be valid: then *times is their number, else 0.
 */
#define INDEX_TIMES_MAX 256
bool index_build(struct index *x, struct arena *a, size_t n,
    struct asked (*ask)(const void *list, size_t i), const void *list,
    size_t *times);

const uint64_t *index_valid(const struct index *x, uint64_t at_ms);

/* The bitmaps of those elements that are asked about; how many. */
static inline size_t
index_gather(const struct index_set *s, enum ask k, uint64_t elements,
    const uint64_t **out)
{
	size_t n = 0;

	for (uint64_t m = s->asked[k] & elements; m != 0; m &= m - 1)
		out[n++] = s->plane[k][__builtin_ctzll(m)];
	return n;
}

/* The bitmaps that one view meets, gathered once; NULLs are left out. */
struct probe {
	size_t words;
	size_t n_must, n_bar, n_any, n_group;
	const uint64_t *must[1 + FIELD_COUNT + FLAG_COUNT];
	const uint64_t *bar[SET_COUNT * 64];
	const uint64_t *any[SET_COUNT * 65];
	size_t group_end[SET_COUNT]; /* in any: one of each group */
};

void probe_make(struct probe *p, const struct index *x, const struct view *v,
    uint64_t at_ms, uint64_t skip);

/*
 * Bitmaps are read two words at once, in blocks of four, and end with a whole
 * block: most are empty after a few bitmaps, and one test says so for all.
 */
#define BLOCK_WORDS 4
typedef uint64_t pair __attribute__((vector_size(16), aligned(8), may_alias));

static inline pair
pair_at(const uint64_t *plane, size_t w)
{
	return *(const pair *)(plane + w);
}

static inline bool
pair_is_empty(pair p)
{
	return (p[0] | p[1]) == 0;
}

/* Which of the things from word w on fit. False: none of the block. */
bool probe_block(const struct probe *p, size_t w, uint64_t fit[BLOCK_WORDS]);

/* Which fits best, as judge() says in its header; of ways only. */
#define NEAREST_NONE SIZE_MAX
size_t
index_nearest(const struct index *x, const struct view *v, uint64_t at_ms);

#endif
