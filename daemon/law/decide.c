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

static void
add_clauses(struct clauses *c, size_t *n, const struct rule *rule,
    const struct clause *clause, size_t count, bool is_exception)
{
	for (size_t i = 0; i < count; i++, (*n)++) {
		c->clause[*n] = &clause[i];
		c->rule[*n] = rule;
		c->is_exception[*n] = is_exception;
	}
}

static bool
build_clauses(struct reading *r, const struct rule *const *rule, size_t n_rule,
    struct clauses *c)
{
	size_t room = 1, n = 0;

	for (size_t i = 0; i < n_rule; i++)
		room += rule[i]->n_any + rule[i]->n_unless;
	c->clause = arena_alloc(r->arena, room * sizeof(*c->clause));
	c->rule = arena_alloc(r->arena, room * sizeof(*c->rule));
	c->is_exception = arena_alloc(
	    r->arena, room * sizeof(*c->is_exception));
	if (c->clause == NULL || c->rule == NULL || c->is_exception == NULL)
		return no_memory(r);
	for (size_t i = 0; i < n_rule; i++) {
		add_clauses(
		    c, &n, rule[i], rule[i]->unless, rule[i]->n_unless, true);
		add_clauses(
		    c, &n, rule[i], rule[i]->any, rule[i]->n_any, false);
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

size_t
decide_applies(const struct clauses *c, const struct view *v, uint64_t at_ms,
    const struct rule **out, size_t room)
{
	const struct rule *settled = NULL;
	struct probe p;
	size_t n = 0;

	probe_make(&p, &c->index, v, at_ms, 0);
	for (size_t w = 0; w < p.words && n < room; w++)
		for (uint64_t fit = probe_word(&p, w); fit != 0 && n < room;
		     fit &= fit - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(fit);

			/* The first that fits settles it for its rule. */
			if (c->rule[i] == settled)
				continue;
			settled = c->rule[i];
			if (!c->is_exception[i])
				out[n++] = settled;
		}
	return n;
}

static const struct way *
first_way(const struct deciding *d, size_t w, uint64_t fit)
{
	return &d->way[w * 64 + (size_t)__builtin_ctzll(fit)];
}

void
decide(const struct rules *r, const struct view *v, uint64_t at_ms,
    struct decision *out)
{
	const struct deciding *d = r->deciding;
	struct probe p;

	*out = (struct decision){ OUTCOME_REFUSE, CODE_NO_PERMIT, NULL };
	if (decide_applies(&d->prohibitions, v, at_ms, &out->rule, 1) > 0) {
		out->code = CODE_PROHIBITED;
		return;
	}
	probe_make(&p, &d->index, v, at_ms, 0);
	for (size_t w = 0; w < p.words; w++) {
		uint64_t fit = probe_word(&p, w);
		uint64_t passes = fit & ~d->parks[w];

		if (passes != 0) {
			*out = (struct decision){ OUTCOME_PERMIT, CODE_OK,
				first_way(d, w, passes)->row->rule };
			return;
		}
		if (fit != 0 && out->rule == NULL)
			*out = (struct decision){ OUTCOME_PARK, CODE_PENDING,
				first_way(d, w, fit)->row->rule };
	}
}

bool
decide_passes(const struct rules *r, const struct view *v, uint64_t at_ms,
    const struct rule **by)
{
	const struct way *way;
	const struct rule *stops;

	if (decide_ways(r, v, at_ms, 0, &way, 1) == 0 ||
	    decide_applies(&r->deciding->prohibitions, v, at_ms, &stops, 1) > 0)
		return false;
	*by = way->row->rule;
	return true;
}

size_t
decide_ways(const struct rules *r, const struct view *v, uint64_t at_ms,
    unsigned skip, const struct way **out, size_t room)
{
	const struct deciding *d = r->deciding;
	const bool named = (skip & SKIP_SET(SET_BASIS)) != 0;
	struct probe p;
	size_t n = 0;

	probe_make(&p, &d->index, v, at_ms, skip);
	for (size_t w = 0; w < p.words && n < room; w++)
		for (uint64_t fit = probe_word(&p, w) & ~d->parks[w];
		     fit != 0 && n < room; fit &= fit - 1) {
			out[n] = first_way(d, w, fit);
			n += out[n]->basis != 0 || !named;
		}
	return n;
}

uint64_t
decide_reach(const struct rules *r, const struct view *v, uint64_t at_ms)
{
	const struct deciding *d = r->deciding;
	struct probe p;
	uint64_t reach = 0;

	probe_make(&p, &d->index, v, at_ms,
	    SKIP_FIELD(FIELD_TO) | SKIP_SET(SET_RELATION));
	for (size_t w = 0; w < p.words; w++)
		for (uint64_t fit = probe_word(&p, w) & ~d->parks[w]; fit != 0;
		     fit &= fit - 1)
			reach |= first_way(d, w, fit)->reach;
	return reach;
}
