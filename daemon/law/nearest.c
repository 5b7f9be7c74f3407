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

/* The least count of failed conditions among which in word w. */
static unsigned
least_failed(const struct conditions *c, size_t w, uint64_t *which)
{
	uint64_t number[COUNT_BITS] = { 0 };

	for (size_t i = 0; i < c->n_fit; i++)
		count(number, *which & ~c->fit[i][w]);
	for (size_t i = 0; i < c->n_bar; i++)
		count(number, *which & c->bar[i][w]);
	if (c->n_any > 0)
		count(number, *which & ~together(c->any, c->n_any, w));
	count(number, *which & together(c->lack, c->n_lack, w));
	count(number, *which & together(c->over, c->n_over, w));
	return least(number, COUNT_BITS, which);
}

/* How far the route is: the kind counts double. */
static unsigned
least_route(
    const uint64_t *const route[ROUTE_FIELDS], size_t w, uint64_t *which)
{
	uint64_t fail[ROUTE_FIELDS], number[3], two;

	for (unsigned f = 0; f < ROUTE_FIELDS; f++)
		fail[f] = route[f] != NULL ? *which & ~route[f][w] : 0;
	number[0] = fail[1] ^ fail[2] ^ fail[3];
	two = (fail[1] & fail[2]) | (fail[3] & (fail[1] ^ fail[2]));
	number[1] = fail[FIELD_KIND] ^ two;
	number[2] = fail[FIELD_KIND] & two;
	return least(number, 3, which);
}

size_t
index_nearest(const struct index *x, const struct view *v, uint64_t at_ms)
{
	const uint64_t *valid = index_valid(x, at_ms);
	const uint64_t *route[ROUTE_FIELDS];
	struct conditions c;
	unsigned far = UINT32_MAX, failed = UINT32_MAX;
	size_t nearest = NEAREST_NONE;

	for (unsigned f = 0; f < ROUTE_FIELDS; f++)
		route[f] = x->field[f][__builtin_ctzll(v->bit[f])];
	conditions_make(&c, x, v);
	for (size_t w = 0; w < x->words; w++) {
		uint64_t which = valid[w];
		unsigned r, n;

		if (which == 0 || (r = least_route(route, w, &which)) > far)
			continue;
		n = least_failed(&c, w, &which);
		if (r == far && n >= failed)
			continue;
		far = r;
		failed = n;
		nearest = w * 64 + (size_t)__builtin_ctzll(which);
	}
	return nearest;
}
