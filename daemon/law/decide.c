/*
 * SPDX-License-Identifier: MIT
 *
 * decide: see decide.h. It must never add permits up.
 */
#include "daemon/law/decide.h"

/* ---- building ---- */

static struct asked
way_asks(const void *list, size_t i)
{
	const struct way *way = (const struct way *)list + i;
	const struct row *row = way->row;
	struct asked a = { .match = &row->match,
		.from_ms = row->from_ms,
		.to_ms = row->to_ms };

	/* "any" always holds, so it is no question. */
	if ((row->relation & 1u << RELATION_ANY) == 0)
		a.set[SET_RELATION][ASK_ANY] = row->relation;
	a.set[SET_BASIS][ASK_NEEDS] = way->basis;
	a.set[SET_CATEGORY][ASK_BARS] = ~row->carry;
	a.set[SET_SETTING][ASK_NEEDS] = row->settings;
	return a;
}

static struct asked
clause_asks(const void *list, size_t i)
{
	const struct clauses *clauses = list;
	const struct clause *c = clauses->clause[i];
	struct asked a = { .match = &c->match,
		.from_ms = clauses->rule[i]->from_ms,
		.to_ms = clauses->rule[i]->to_ms };

	if ((c->relation_any & 1u << RELATION_ANY) == 0)
		a.set[SET_RELATION][ASK_ANY] = c->relation_any;
	a.set[SET_RELATION][ASK_BARS] = c->relation_none;
	if (c->basis_any != UINT32_MAX)
		a.set[SET_BASIS][ASK_ANY] = c->basis_any;
	a.set[SET_BASIS][ASK_BARS] = c->basis_none;
	a.set[SET_CATEGORY][ASK_ANY] = c->carries_any;
	a.set[SET_CATEGORY][ASK_BARS] = c->carries_none;
	a.set[SET_SETTING][ASK_ANY] = c->setting_any;
	a.set[SET_SETTING][ASK_BARS] = c->setting_none;
	return a;
}

static bool
no_memory(struct reading *r)
{
	problems_add(r->p, r->file, 0, 0, "no memory");
	return false;
}

static bool
build_index(struct reading *r, struct index *x, size_t n,
    struct asked (*ask)(const void *list, size_t i), const void *list)
{
	size_t times;

	if (index_build(x, r->arena, n, ask, list, &times))
		return true;
	if (times != 0)
		problems_add(r->p, r->file, 0, 0,
		    "found rules that start or end at %zu different times, "
		    "expected at most %d",
		    times, INDEX_TIMES_MAX);
	else
		no_memory(r);
	return false;
}

/* All roles that a row lets pass to at the subject's place. */
static uint64_t
reach_of(const struct row *row)
{
	uint64_t reach = row->match.set[FIELD_TO];

	if ((row->relation & 1u << RELATION_ANY) != 0)
		return reach;
	for (int role = 0; role < 63; role++)
		if ((row->relation & 1u << facts_subject_relation(role)) == 0)
			reach &= ~(1ULL << role);
	return reach;
}

static size_t
count_ways(const struct rules *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_row; i++)
		n += t->row[i].n_basis > 0 ? t->row[i].n_basis : 1;
	return n;
}

static bool
build_ways(struct reading *r, struct rules *t, struct deciding *d)
{
	size_t room = count_ways(t), n = 0;
	uint64_t *parks = arena_alloc(
	    r->arena, (room / 64 + 1) * sizeof(*parks));

	d->way = arena_alloc(r->arena, (room + 1) * sizeof(*d->way));
	if (parks == NULL || d->way == NULL)
		return no_memory(r);
	d->parks = parks;
	for (size_t i = 0; i < t->n_row; i++) {
		const struct row *row = &t->row[i];
		size_t k = 0;

		do {
			if (row->rule->approvers != 0)
				parks[n / 64] |= 1ULL << n % 64;
			d->way[n++] = (struct way){ row,
				row->n_basis > 0 ? row->basis[k] : 0,
				reach_of(row) };
		} while (++k < row->n_basis);
	}
	return build_index(r, &d->index, n, way_asks, d->way);
}

/* Everything that a clause asks about. */
static uint64_t
asks_of(const struct clause *c)
{
	uint64_t asks = 0;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (c->match.set[f] != UINT64_MAX)
			asks |= SKIP_FIELD(f);
	for (unsigned f = 0; f < FLAG_COUNT; f++)
		if ((c->match.care >> f & 1) != 0)
			asks |= SKIP_FLAG(f);
	if (c->relation_any != UINT32_MAX || c->relation_none != 0)
		asks |= SKIP_SET(SET_RELATION);
	if (c->basis_any != UINT32_MAX || c->basis_none != 0)
		asks |= SKIP_SET(SET_BASIS);
	if ((c->carries_any | c->carries_none) != 0)
		asks |= SKIP_SET(SET_CATEGORY);
	if ((c->setting_any | c->setting_none) != 0)
		asks |= SKIP_SET(SET_SETTING);
	return asks;
}

static bool
build_clauses(struct reading *r, const struct rule *const *rule, size_t n_rule,
    struct clauses *c)
{
	size_t room = 1, n = 0;

	for (size_t i = 0; i < n_rule; i++)
		room += rule[i]->n_any;
	c->clause = arena_alloc(r->arena, room * sizeof(*c->clause));
	c->rule = arena_alloc(r->arena, room * sizeof(*c->rule));
	c->asks = arena_alloc(r->arena, room * sizeof(*c->asks));
	if (c->clause == NULL || c->rule == NULL || c->asks == NULL)
		return no_memory(r);
	for (size_t i = 0; i < n_rule; i++)
		for (size_t k = 0; k < rule[i]->n_any; k++, n++) {
			c->clause[n] = &rule[i]->any[k];
			c->rule[n] = rule[i];
			c->asks[n] = asks_of(c->clause[n]);
		}
	return build_index(r, &c->index, n, clause_asks, c);
}

bool
decide_build(struct reading *r, struct rules *t)
{
	struct deciding *d = arena_alloc(r->arena, sizeof(*d));

	if (d == NULL)
		return no_memory(r);
	t->deciding = d;
	return build_ways(r, t, d) &&
	    build_clauses(
		r, t->prohibition, t->n_prohibition, &d->prohibitions) &&
	    build_clauses(r, t->duty, t->n_duty, &d->duties);
}

/* ---- deciding ---- */

/* Those of one probe that fit, one after the other. */
struct walk {
	struct probe p;
	size_t w, k; /* the block, and the word in it */
	uint64_t fit[BLOCK_WORDS];
};

static void
walk_start(struct walk *l, const struct index *x, const struct view *v,
    uint64_t at_ms, uint64_t skip)
{
	probe_make(&l->p, x, v, at_ms, skip);
	l->w = 0;
	l->k = BLOCK_WORDS; /* of the block before the first */
}

#define WALK_END SIZE_MAX

static inline size_t
walk_next(struct walk *l)
{
	for (;;) {
		for (; l->k < BLOCK_WORDS; l->k++) {
			uint64_t fit = l->fit[l->k];

			if (fit == 0)
				continue;
			l->fit[l->k] &= fit - 1;
			return (l->w - BLOCK_WORDS + l->k) * 64 +
			    (size_t)__builtin_ctzll(fit);
		}
		do {
			if (l->w >= l->p.words)
				return WALK_END;
			l->w += BLOCK_WORDS;
		} while (!probe_block(&l->p, l->w - BLOCK_WORDS, l->fit));
		l->k = 0;
	}
}

/* Does one of its exceptions fit, whatever the parts in skip say? */
static bool
is_excepted(const struct rule *r, const struct view *v, uint64_t skip)
{
	for (size_t i = 0; i < r->n_unless; i++)
		if (clause_fits_but(&r->unless[i], v, skip))
			return true;
	return false;
}

size_t
decide_applies(const struct clauses *c, const struct view *v, uint64_t at_ms,
    const struct rule **out, size_t room)
{
	const struct rule *settled = NULL;
	struct walk l;
	size_t n = 0, i;

	walk_start(&l, &c->index, v, at_ms, 0);
	while (n < room && (i = walk_next(&l)) != WALK_END) {
		if (c->rule[i] == settled)
			continue;
		settled = c->rule[i];
		if (!is_excepted(settled, v, 0))
			out[n++] = settled;
	}
	return n;
}

bool
decide_is_hopeless(const struct rules *r, const struct view *v, uint64_t at_ms,
    uint64_t change)
{
	const struct clauses *c = &r->deciding->prohibitions;
	struct walk l;
	size_t i;

	walk_start(&l, &c->index, v, at_ms, 0);
	while ((i = walk_next(&l)) != WALK_END)
		if ((c->asks[i] & change) == 0 &&
		    !is_excepted(c->rule[i], v, change))
			return true;
	return false;
}

static bool
parks(const struct deciding *d, size_t i)
{
	return (d->parks[i / 64] >> i % 64 & 1) != 0;
}

void
decide(const struct rules *r, const struct view *v, uint64_t at_ms,
    struct decision *out)
{
	const struct deciding *d = r->deciding;
	struct walk l;
	size_t i;

	*out = (struct decision){ OUTCOME_REFUSE, CODE_NO_PERMIT, NULL };
	if (decide_applies(&d->prohibitions, v, at_ms, &out->rule, 1) > 0) {
		out->code = CODE_PROHIBITED;
		return;
	}
	walk_start(&l, &d->index, v, at_ms, 0);
	while ((i = walk_next(&l)) != WALK_END) {
		if (!parks(d, i)) {
			*out = (struct decision){ OUTCOME_PERMIT, CODE_OK,
				d->way[i].row->rule };
			return;
		}
		if (out->rule == NULL)
			*out = (struct decision){ OUTCOME_PARK, CODE_PENDING,
				d->way[i].row->rule };
	}
}

size_t
decide_ways(const struct rules *r, const struct view *v, uint64_t at_ms,
    uint64_t skip, const struct way **out, size_t room)
{
	const struct deciding *d = r->deciding;
	const bool named = (skip & SKIP_SET(SET_BASIS)) != 0;
	struct walk l;
	size_t n = 0, i;

	walk_start(&l, &d->index, v, at_ms, skip);
	while (n < room && (i = walk_next(&l)) != WALK_END)
		if (!parks(d, i) && (!named || d->way[i].basis != 0))
			out[n++] = &d->way[i];
	return n;
}

uint64_t
decide_reach(const struct rules *r, const struct view *v, uint64_t at_ms)
{
	const struct deciding *d = r->deciding;
	struct walk l;
	uint64_t reach = 0;
	size_t i;

	walk_start(&l, &d->index, v, at_ms,
	    SKIP_FIELD(FIELD_TO) | SKIP_SET(SET_RELATION));
	while ((i = walk_next(&l)) != WALK_END)
		if (!parks(d, i))
			reach |= d->way[i].reach;
	return reach;
}
