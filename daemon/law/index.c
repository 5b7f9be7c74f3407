/*
 * SPDX-License-Identifier: MIT
 *
 * index: see index.h. Bitmaps that are alike are kept once, and those with
 * every bit set not at all.
 */
#include "daemon/law/index.h"

#include <stdlib.h>
#include <string.h>

struct building {
	struct index *x;
	struct arena *arena;
	struct asked *asked; /* of all, for the time of building */
	uint64_t *plane;     /* being made */
	bool starved;
};

static void
plane_clear(struct building *b)
{
	memset(b->plane, 0, b->x->words * sizeof(*b->plane));
}

static void
plane_set(struct building *b, size_t i)
{
	b->plane[i / 64] |= 1ULL << i % 64;
}

static bool
plane_is_full(const struct building *b)
{
	size_t full = 0;

	for (size_t w = 0; w < b->x->words; w++)
		full += (size_t)__builtin_popcountll(b->plane[w]);
	return full == b->x->n;
}

static bool
plane_is_empty(const struct building *b)
{
	for (size_t w = 0; w < b->x->words; w++)
		if (b->plane[w] != 0)
			return false;
	return true;
}

/* The plane just made, or one of n before it that is the same. */
static const uint64_t *
plane_keep(struct building *b, const uint64_t *const *before, size_t n)
{
	size_t size = b->x->words * sizeof(*b->plane);
	uint64_t *kept;

	for (size_t i = 0; i < n; i++)
		if (before[i] != NULL && memcmp(before[i], b->plane, size) == 0)
			return before[i];
	kept = arena_alloc(b->arena, size > 0 ? size : 1);
	if (kept == NULL)
		b->starved = true;
	else
		memcpy(kept, b->plane, size);
	return kept;
}

static void
build_fields(struct building *b)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		for (unsigned v = 0; v < 64; v++) {
			plane_clear(b);
			for (size_t i = 0; i < b->x->n; i++)
				if ((b->asked[i].match->set[f] & 1ULL << v) !=
				    0)
					plane_set(b, i);
			if (!plane_is_full(b))
				b->x->field[f][v] = plane_keep(
				    b, b->x->field[f], v);
		}
}

static void
build_flags(struct building *b)
{
	for (unsigned f = 0; f < FLAG_COUNT; f++)
		for (unsigned v = 0; v < 2; v++) {
			plane_clear(b);
			for (size_t i = 0; i < b->x->n; i++) {
				const struct match *m = b->asked[i].match;

				if ((m->care >> f & 1) == 0 ||
				    (m->want >> f & 1) == v)
					plane_set(b, i);
			}
			if (!plane_is_full(b))
				b->x->flag[f][v] = plane_keep(b, NULL, 0);
		}
}

/* The bitmaps of one kind of asking, by element. */
static void
build_elements(struct building *b, enum set s, enum ask k)
{
	struct index_set *set = &b->x->set[s];

	for (unsigned e = 0; e < 64; e++) {
		plane_clear(b);
		for (size_t i = 0; i < b->x->n; i++)
			if ((b->asked[i].set[s][k] & 1ULL << e) != 0)
				plane_set(b, i);
		if (plane_is_empty(b))
			continue;
		set->asked[k] |= 1ULL << e;
		set->plane[k][e] = plane_keep(b, set->plane[k], e);
	}
}

static void
build_set(struct building *b, enum set s)
{
	for (int k = 0; k < ASK_COUNT; k++)
		build_elements(b, s, (enum ask)k);
	if (b->x->set[s].asked[ASK_ANY] == 0)
		return;
	plane_clear(b);
	for (size_t i = 0; i < b->x->n; i++)
		if (b->asked[i].set[s][ASK_ANY] == 0)
			plane_set(b, i);
	b->x->set[s].free = plane_keep(b, NULL, 0);
}

static int
compare_times(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* All times at which something starts or ceases, each once. */
static size_t
collect_times(struct building *b, uint64_t *time)
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < b->x->n; i++) {
		time[n++] = b->asked[i].from_ms;
		if (b->asked[i].to_ms != UINT64_MAX)
			time[n++] = b->asked[i].to_ms;
	}
	qsort(time, n, sizeof(*time), compare_times);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || time[i] != time[i - 1])
			time[kept++] = time[i];
	return kept;
}

static void
build_times(struct building *b, const uint64_t *time, size_t n)
{
	uint64_t *kept = arena_dup(b->arena, bytes_of(time, n * sizeof(*time)));
	const uint64_t **valid = arena_alloc(
	    b->arena, (n + 1) * sizeof(*valid));

	if ((n > 0 && kept == NULL) || valid == NULL) {
		b->starved = true;
		return;
	}
	plane_clear(b);
	valid[0] = plane_keep(b, NULL, 0);
	for (size_t i = 0; i < b->x->n; i++)
		plane_set(b, i);
	b->x->all = plane_keep(b, NULL, 0);
	for (size_t t = 0; t < n; t++) {
		plane_clear(b);
		for (size_t i = 0; i < b->x->n; i++)
			if (b->asked[i].from_ms <= time[t] &&
			    time[t] < b->asked[i].to_ms)
				plane_set(b, i);
		valid[t + 1] = plane_keep(b, NULL, 0);
	}
	b->x->time = kept;
	b->x->n_time = n;
	b->x->valid = valid;
}

static size_t
whole_blocks(size_t n)
{
	const size_t bits = 64 * (size_t)BLOCK_WORDS;

	return (n + bits - 1) / bits * BLOCK_WORDS;
}

bool
index_build(struct index *x, struct arena *a, size_t n,
    struct asked (*ask)(const void *list, size_t i), const void *list,
    size_t *times)
{
	struct building b = { .x = x, .arena = a };
	uint64_t *time = calloc(2 * n + 1, sizeof(*time));

	*times = 0;
	*x = (struct index){ .n = n, .words = whole_blocks(n) };
	b.asked = calloc(n + 1, sizeof(*b.asked));
	b.plane = calloc(x->words + 1, sizeof(*b.plane));
	b.starved = time == NULL || b.asked == NULL || b.plane == NULL;
	if (!b.starved) {
		for (size_t i = 0; i < n; i++)
			b.asked[i] = ask(list, i);
		*times = collect_times(&b, time);
	}
	if (!b.starved && *times <= INDEX_TIMES_MAX) {
		build_times(&b, time, *times);
		*times = 0;
		build_fields(&b);
		build_flags(&b);
		for (int s = 0; s < SET_COUNT; s++)
			build_set(&b, (enum set)s);
	}
	free(time);
	free(b.asked);
	free(b.plane);
	return !b.starved && *times == 0;
}

const uint64_t *
index_valid(const struct index *x, uint64_t at_ms)
{
	size_t low = 0, high = x->n_time;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (x->time[mid] <= at_ms)
			low = mid + 1;
		else
			high = mid;
	}
	return x->valid[low];
}

static void
probe_set(struct probe *p, const struct index_set *s, uint64_t held)
{
	p->n_bar += index_gather(s, ASK_BARS, held, p->bar + p->n_bar);
	p->n_bar += index_gather(s, ASK_NEEDS, ~held, p->bar + p->n_bar);
	if (s->asked[ASK_ANY] == 0)
		return;
	p->any[p->n_any++] = s->free;
	p->n_any += index_gather(s, ASK_ANY, held, p->any + p->n_any);
	p->group_end[p->n_group++] = p->n_any;
}

void
probe_make(struct probe *p, const struct index *x, const struct view *v,
    uint64_t at_ms, uint64_t skip)
{
	const uint64_t held[SET_COUNT] = { [SET_RELATION] = v->relation,
		[SET_BASIS] = v->basis,
		[SET_CATEGORY] = v->categories,
		[SET_SETTING] = v->settings };

	p->words = x->words;
	p->n_bar = p->n_any = p->n_group = 0;
	p->must[0] = index_valid(x, at_ms);
	p->n_must = 1;
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		const uint64_t *plane = x->field[f][__builtin_ctzll(v->bit[f])];

		if (plane != NULL && (skip & SKIP_FIELD(f)) == 0)
			p->must[p->n_must++] = plane;
	}
	for (unsigned f = 0; f < FLAG_COUNT; f++) {
		const uint64_t *plane = x->flag[f][v->flags >> f & 1];

		if (plane != NULL && (skip & SKIP_FLAG(f)) == 0)
			p->must[p->n_must++] = plane;
	}
	for (unsigned s = 0; s < SET_COUNT; s++)
		if ((skip & SKIP_SET(s)) == 0)
			probe_set(p, &x->set[s], held[s]);
}

bool
probe_block(const struct probe *p, size_t w, uint64_t fit[BLOCK_WORDS])
{
	pair a = pair_at(p->must[0], w), b = pair_at(p->must[0], w + 2);
	size_t k = 0;

	for (size_t i = 1; i < p->n_must; i++) {
		a &= pair_at(p->must[i], w);
		b &= pair_at(p->must[i], w + 2);
		if (i % 4 == 0 && pair_is_empty(a | b))
			return false;
	}
	for (size_t g = 0; g < p->n_group; g++) {
		pair c = { 0 }, d = { 0 };

		for (; k < p->group_end[g]; k++) {
			c |= pair_at(p->any[k], w);
			d |= pair_at(p->any[k], w + 2);
		}
		a &= c;
		b &= d;
	}
	if (pair_is_empty(a | b))
		return false;
	for (size_t i = 0; i < p->n_bar; i++) {
		a &= ~pair_at(p->bar[i], w);
		b &= ~pair_at(p->bar[i], w + 2);
	}
	fit[0] = a[0];
	fit[1] = a[1];
	fit[2] = b[0];
	fit[3] = b[1];
	return !pair_is_empty(a | b);
}
