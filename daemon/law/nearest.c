/*
 * SPDX-License-Identifier: MIT
 *
 * nearest: of all ways through permits, the one that the facts fit best.
 * 64 ways at a time: what fails of each is counted in numbers that lie
 * across words, bit k of all 64 in word k.
 */
#include "daemon/law/index.h"

#define COUNT_BITS 6 /* more than 63 conditions besides the route: none */

_Static_assert(FIELD_COUNT - ROUTE_FIELDS + FLAG_COUNT + SETTING_COUNT + 3 < 1
	    << COUNT_BITS,
    "what fails of a way can be counted");

/* All conditions but the route, as bitmaps that one view meets. */
struct conditions {
	size_t n_fit, n_bar, n_any, n_lack, n_over;
	const uint64_t *fit[FIELD_COUNT + FLAG_COUNT]; /* one by one */
	const uint64_t *bar[64];  /* settings, one by one */
	const uint64_t *any[65];  /* relation, together */
	const uint64_t *lack[64]; /* basis, together */
	const uint64_t *over[64]; /* categories, together */
};

static void
conditions_make(
    struct conditions *c, const struct index *x, const struct view *v)
{
	const struct index_set *s = x->set;

	c->n_fit = c->n_any = 0;
	for (unsigned f = ROUTE_FIELDS; f < FIELD_COUNT; f++) {
		const uint64_t *plane = x->field[f][__builtin_ctzll(v->bit[f])];

		if (plane != NULL)
			c->fit[c->n_fit++] = plane;
	}
	for (unsigned f = 0; f < FLAG_COUNT; f++) {
		const uint64_t *plane = x->flag[f][v->flags >> f & 1];

		if (plane != NULL)
			c->fit[c->n_fit++] = plane;
	}
	if (s[SET_RELATION].asked[ASK_ANY] != 0) {
		c->any[0] = s[SET_RELATION].free;
		c->n_any = 1 +
		    index_gather(
			&s[SET_RELATION], ASK_ANY, v->relation, c->any + 1);
	}
	c->n_lack = index_gather(
	    &s[SET_BASIS], ASK_NEEDS, ~(uint64_t)v->basis, c->lack);
	c->n_over = index_gather(
	    &s[SET_CATEGORY], ASK_BARS, v->categories, c->over);
	c->n_bar = index_gather(
	    &s[SET_SETTING], ASK_NEEDS, ~(uint64_t)v->settings, c->bar);
}

/* Adds one to the number of each that is set in fails. */
static inline void
count(uint64_t number[COUNT_BITS], uint64_t fails)
{
	for (unsigned k = 0; k < COUNT_BITS && fails != 0; k++) {
		uint64_t carry = number[k] & fails;

		number[k] ^= fails;
		fails = carry;
	}
}

/* Leaves in *which those with the least number; returns that. */
static inline unsigned
least(const uint64_t *number, unsigned bits, uint64_t *which)
{
	unsigned n = 0;

	for (unsigned k = bits; k-- > 0;) {
		uint64_t zero = *which & ~number[k];

		if (zero != 0)
			*which = zero;
		else
			n |= 1u << k;
	}
	return n;
}

static inline uint64_t
together(const uint64_t *const *plane, size_t n, size_t w)
{
	uint64_t one = 0;

	for (size_t i = 0; i < n; i++)
		one |= plane[i][w];
	return one;
}

/*
 * The least number of failed conditions among which in word w; leaves in
 * *which those that have it. From limit on the exact number does not matter.
 */
static unsigned
least_failed(
    const struct conditions *c, size_t w, unsigned limit, uint64_t *which)
{
	uint64_t number[COUNT_BITS] = { 0 }, left;

	count(number, *which & together(c->over, c->n_over, w));
	count(number, *which & together(c->lack, c->n_lack, w));
	if (c->n_any > 0)
		count(number, *which & ~together(c->any, c->n_any, w));
	for (size_t i = 0; i < c->n_bar; i++)
		count(number, *which & c->bar[i][w]);
	for (size_t i = 0; i < c->n_fit; i++) {
		count(number, *which & ~c->fit[i][w]);
		left = *which;
		if (i % 8 == 7 && least(number, COUNT_BITS, &left) >= limit)
			return limit;
	}
	return least(number, COUNT_BITS, which);
}

/* ---- route ---- */

#define ROUTE_BITS 3
#define ROUTE_MAX 5 /* nothing of it fits; the kind counts double */

struct route {
	const uint64_t *valid;
	const uint64_t *fit[ROUTE_FIELDS];
};

/* How much of the route fails of each; bit k in number[k]. */
static inline void
route_number(const struct route *r, size_t w, pair number[ROUTE_BITS])
{
	const pair kind = ~pair_at(r->fit[FIELD_KIND], w);
	const pair x = ~pair_at(r->fit[1], w), y = ~pair_at(r->fit[2], w),
		   z = ~pair_at(r->fit[3], w);
	const pair two = (x & y) | (z & (x ^ y));

	number[0] = x ^ y ^ z;
	number[1] = kind ^ two;
	number[2] = kind & two;
}

/* Those of which just so much of the route fails. */
static inline pair
route_is(const struct route *r, size_t w, unsigned far)
{
	pair number[ROUTE_BITS], is = pair_at(r->valid, w);

	route_number(r, w, number);
	for (unsigned k = 0; k < ROUTE_BITS; k++)
		is &= (far >> k & 1) != 0 ? number[k] : ~number[k];
	return is;
}

/* The least of the route that fails of any; ROUTE_MAX + 1: there is none. */
static unsigned
route_least(const struct route *r, size_t words)
{
	unsigned far = 0;

	for (; far <= ROUTE_MAX; far++)
		for (size_t w = 0; w < words; w += 2)
			if (!pair_is_empty(route_is(r, w, far)))
				return far;
	return far;
}

/* The nearest so far. */
struct nearest {
	size_t way;
	unsigned failed;
};

static void
look_at_word(
    const struct conditions *c, size_t w, uint64_t which, struct nearest *best)
{
	unsigned failed = least_failed(c, w, best->failed, &which);

	if (failed >= best->failed)
		return;
	best->failed = failed;
	best->way = w * 64 + (size_t)__builtin_ctzll(which);
}

size_t
index_nearest(const struct index *x, const struct view *v, uint64_t at_ms)
{
	struct route r = { .valid = index_valid(x, at_ms) };
	struct conditions c;
	struct nearest best = { NEAREST_NONE, UINT32_MAX };
	unsigned far;

	for (unsigned f = 0; f < ROUTE_FIELDS; f++) {
		r.fit[f] = x->field[f][__builtin_ctzll(v->bit[f])];
		if (r.fit[f] == NULL)
			r.fit[f] = x->all;
	}
	far = route_least(&r, x->words);
	conditions_make(&c, x, v);
	for (size_t w = 0; w < x->words && far <= ROUTE_MAX; w += 2) {
		pair is = route_is(&r, w, far);

		for (size_t k = 0; k < 2; k++)
			if (is[k] != 0)
				look_at_word(&c, w + k, is[k], &best);
	}
	return best.way;
}
