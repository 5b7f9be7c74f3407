/*
 * SPDX-License-Identifier: MIT
 *
 * diff: see diff.h. For each verdict of the old table: is there a message
 * that the new one judges otherwise? Then by which rule, and for whom.
 */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- groups */

void
diff_free(struct diff *d)
{
	free(d->group);
	*d = (struct diff){ .group = NULL };
}

static enum err
add_group(struct diff *d, const struct diff_group *g)
{
	struct diff_group *more;

	if (d->n == d->room) {
		more = realloc(d->group, (d->room + 16) * 2 * sizeof(*more));
		if (more == NULL)
			return ERR_NOMEM;
		d->group = more;
		d->room = (d->room + 16) * 2;
	}
	d->group[d->n++] = *g;
	return ERR_OK;
}

enum diff_sort
diff_sort(const struct diff_group *g)
{
	if (g->verdict[0].outcome == g->verdict[1].outcome)
		return DIFF_OTHER_RULE;
	if (g->verdict[1].outcome == SPACE_PERMIT)
		return DIFF_PERMIT;
	return g->verdict[1].outcome == SPACE_PARK ? DIFF_PARK : DIFF_REFUSE;
}

bool
diff_same(const struct cover_verdict a[2], const struct cover_verdict b[2])
{
	return a[0].outcome == b[0].outcome && a[0].rule == b[0].rule &&
	    a[1].outcome == b[1].outcome && a[1].rule == b[1].rule;
}

struct work {
	struct diff *diff;
	struct space *space;
	const struct rule **except[2]; /* room for every rule */
};

static struct space_question
ask_pair(const struct work *w, const struct cover_verdict verdict[2],
    struct clause impossible[COVER_IMPOSSIBLE])
{
	struct space_question q = space_ask();

	for (size_t i = 0; i < 2; i++)
		q.want[i] = cover_want(
		    w->diff->table[i], &verdict[i], w->except[i]);
	cover_impossible(impossible);
	q.unless = impossible;
	q.n_unless = COVER_IMPOSSIBLE;
	return q;
}

/* A smallest message of the group. */
static enum err
find_example(const struct work *w, struct diff_group *g)
{
	struct clause impossible[COVER_IMPOSSIBLE];
	struct space_question q = ask_pair(w, g->verdict, impossible);
	struct space_answer answer;
	enum err err;

	q.box.set[FIELD_KIND] &= g->kinds;
	q.box.set[FIELD_FROM] &= g->from;
	q.box.set[FIELD_TO] &= g->to;
	q.smallest = true;
	err = space_find(w->space, &q, &answer);
	if (err == ERR_OK && !answer.found)
		err = ERR_UNKNOWN;
	g->example = answer.facts;
	return err;
}

#define ROLES 64

/* Kinds by sender and recipient, and which are in a group already. */
struct pairs {
	uint64_t kinds[ROLES][ROLES];
};

static void
fill_pairs(struct pairs *p, const struct cover *c)
{
	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < c->n; i++)
		for (unsigned from = 0; from < ROLES; from++)
			for (unsigned to = 0; to < ROLES; to++)
				if ((c->box[i].set[COVER_FROM] >> from & 1) !=
					0 &&
				    (c->box[i].set[COVER_TO] >> to & 1) != 0)
					p->kinds[from][to] |=
					    c->box[i].set[COVER_KIND];
}

/* All recipients to whom this sender has just these kinds. */
static uint64_t
same_kinds(const struct pairs *p, unsigned from, uint64_t kinds)
{
	uint64_t to = 0;

	for (unsigned i = 0; i < ROLES; i++)
		if (p->kinds[from][i] == kinds)
			to |= 1ULL << i;
	return to;
}

/* Takes one group out of the pairs: senders with the same kinds to the same
 * recipients. False when none is left. */
static bool
take_group(struct pairs *p, struct diff_group *g)
{
	unsigned first = 0;

	for (; first < ROLES * ROLES; first++)
		if (p->kinds[first / ROLES][first % ROLES] != 0)
			break;
	if (first == ROLES * ROLES)
		return false;
	g->kinds = p->kinds[first / ROLES][first % ROLES];
	g->to = same_kinds(p, first / ROLES, g->kinds);
	g->from = 0;
	for (unsigned from = 0; from < ROLES; from++)
		if (same_kinds(p, from, g->kinds) == g->to)
			g->from |= 1ULL << from;
	for (unsigned i = 0; i < ROLES * ROLES; i++)
		if ((g->from >> i / ROLES & 1) != 0 &&
		    (g->to >> i % ROLES & 1) != 0)
			p->kinds[i / ROLES][i % ROLES] = 0;
	return true;
}

static enum err
add_pair(struct work *w, const struct cover_verdict verdict[2])
{
	struct cover_question q = { .table = { w->diff->table[0],
					w->diff->table[1] },
		.verdict = { verdict[0], verdict[1] },
		.box = box_full(),
		.at_ms = w->diff->at_ms };
	struct diff_group g = { .verdict = { verdict[0], verdict[1] } };
	struct pairs *p = malloc(sizeof(*p));
	struct cover c = { .box = NULL };
	enum err err = p == NULL ? ERR_NOMEM : cover_find(w->space, &q, &c);

	if (err == ERR_OK)
		fill_pairs(p, &c);
	while (err == ERR_OK && take_group(p, &g)) {
		err = find_example(w, &g);
		if (err == ERR_OK)
			err = add_group(w->diff, &g);
	}
	cover_free(&c);
	free(p);
	return err;
}

/* -------------------------------------------------------------- verdicts */

const struct rule *
diff_find(const struct rules *r, const char *id)
{
	for (size_t i = 0; i < r->n_rule; i++)
		if (strcmp(r->rule[i].id, id) == 0)
			return &r->rule[i];
	return NULL;
}

static unsigned
outcome_of(const struct rule *r)
{
	if (r == NULL || r->class != RULE_PERMIT)
		return SPACE_REFUSE;
	return r->approvers != 0 ? SPACE_PARK : SPACE_PERMIT;
}

static struct cover_verdict
verdict_of(const struct rule *r)
{
	return (struct cover_verdict){ outcome_of(r), r };
}

/* The same verdict in the new table, if it can give it. */
static const struct rule *
same_verdict(const struct work *w, const struct rule *old)
{
	const struct rule *same = diff_find(w->diff->table[1], old->id);

	if (same == NULL || same->class == RULE_DUTY ||
	    outcome_of(same) != outcome_of(old))
		return NULL;
	return same;
}

/* Does any message that this rule of the old table decides get another
 * verdict? It leaves most rules alone at the cost of one question. */
static enum err
is_untouched(const struct work *w, const struct rule *old, bool *out)
{
	struct cover_verdict verdict[2] = { verdict_of(old),
		{ SPACE_WHATEVER, NULL } };
	struct clause impossible[COVER_IMPOSSIBLE];
	struct space_question q = ask_pair(w, verdict, impossible);
	const struct rule *same = old != NULL ? same_verdict(w, old) : NULL;
	struct space_answer answer;
	enum err err;

	if (old == NULL)
		q.want[1].outcome = SPACE_PERMIT | SPACE_PARK;
	if (same != NULL) {
		q.want[1].except = &same;
		q.want[1].n_except = 1;
	}
	err = space_find(w->space, &q, &answer);
	*out = err == ERR_OK && !answer.found;
	return err;
}

static enum err
add_if_any(struct work *w, const struct cover_verdict verdict[2])
{
	struct clause impossible[COVER_IMPOSSIBLE];
	struct space_question q = ask_pair(w, verdict, impossible);
	struct space_answer answer;
	enum err err = space_find(w->space, &q, &answer);

	return err == ERR_OK && answer.found ? add_pair(w, verdict) : err;
}

static bool
is_valid(const struct rule *r, uint64_t at_ms)
{
	return r->class != RULE_DUTY && at_ms >= r->from_ms && at_ms < r->to_ms;
}

/* Every other verdict of the new table for what this one decided. */
static enum err
compare_verdict(struct work *w, const struct rule *old)
{
	const struct rules *new = w->diff->table[1];
	const struct rule *same = old != NULL ? same_verdict(w, old) : NULL;
	struct cover_verdict verdict[2] = { verdict_of(old) };
	bool untouched;
	enum err err = is_untouched(w, old, &untouched);

	if (err == ERR_OK && untouched && old != NULL)
		return ERR_OK;
	for (size_t i = 0; i < new->n_rule &&err == ERR_OK; i++) {
		const struct rule *r = &new->rule[i];

		verdict[1] = verdict_of(r);
		if (r != same && is_valid(r, w->diff->at_ms) &&
		    !(untouched && r->class == RULE_PERMIT))
			err = add_if_any(w, verdict);
	}
	verdict[1] = verdict_of(NULL);
	return err == ERR_OK && old != NULL ? add_if_any(w, verdict) : err;
}

static int
by_sort(const void *x, const void *y)
{
	const struct diff_group *a = x, *b = y;

	if (diff_sort(a) != diff_sort(b))
		return diff_sort(a) < diff_sort(b) ? -1 : 1;
	for (size_t i = 0; i < 2; i++)
		if (a->verdict[i].rule != b->verdict[i].rule)
			return a->verdict[i].rule < b->verdict[i].rule ? -1 : 1;
	if (a->kinds != b->kinds)
		return a->kinds < b->kinds ? -1 : 1;
	return a->from < b->from ? -1 : a->from > b->from;
}

enum err
diff_make(const struct rules *old, const struct rules *new, uint64_t at_ms,
    struct diff *out)
{
	struct work w = { .diff = out };
	enum err err = ERR_OK;

	*out = (struct diff){ .table = { old, new }, .at_ms = at_ms };
	w.space = space_new(old, new, at_ms);
	for (size_t i = 0; i < 2; i++)
		w.except[i] = calloc(
		    out->table[i]->n_rule + 1, sizeof(*w.except[i]));
	if (w.space == NULL || w.except[0] == NULL || w.except[1] == NULL)
		err = ERR_NOMEM;
	for (size_t i = 0; i < old->n_rule && err == ERR_OK; i++)
		if (is_valid(&old->rule[i], at_ms))
			err = compare_verdict(&w, &old->rule[i]);
	if (err == ERR_OK)
		err = compare_verdict(&w, NULL);
	if (err == ERR_OK && out->n > 0)
		qsort(out->group, out->n, sizeof(*out->group), by_sort);
	space_free(w.space);
	free(w.except[0]);
	free(w.except[1]);
	return err;
}

/* ----------------------------------------------------------------- rules */

static bool
same_match(const struct match *a, const struct match *b)
{
	return memcmp(a->set, b->set, sizeof(a->set)) == 0 &&
	    a->care == b->care && (a->want & a->care) == (b->want & b->care);
}

static bool
same_row(const struct row *a, const struct row *b)
{
	return same_match(&a->match, &b->match) && a->relation == b->relation &&
	    a->n_basis == b->n_basis &&
	    memcmp(a->basis, b->basis, a->n_basis * sizeof(a->basis[0])) == 0 &&
	    a->carry == b->carry && a->settings == b->settings;
}

static const struct row *
next_row(const struct rules *r, const struct rule *rule, size_t *i)
{
	while (*i < r->n_row)
		if (r->row[(*i)++].rule == rule)
			return &r->row[*i - 1];
	return NULL;
}

static bool
same_rows(const struct rules *old, const struct rule *a,
    const struct rules *new, const struct rule *b)
{
	size_t i = 0, k = 0;

	for (;;) {
		const struct row *x = next_row(old, a, &i);
		const struct row *y = next_row(new, b, &k);

		if (x == NULL || y == NULL)
			return x == y;
		if (!same_row(x, y))
			return false;
	}
}

static bool
same_clauses(const struct clause *a, size_t n, const struct clause *b, size_t m)
{
	bool same = n == m;

	for (size_t i = 0; i < n && same; i++)
		same = same_match(&a[i].match, &b[i].match) &&
		    a[i].relation_any == b[i].relation_any &&
		    a[i].relation_none == b[i].relation_none &&
		    a[i].basis_any == b[i].basis_any &&
		    a[i].basis_none == b[i].basis_none &&
		    a[i].carries_any == b[i].carries_any &&
		    a[i].carries_none == b[i].carries_none &&
		    a[i].setting_any == b[i].setting_any &&
		    a[i].setting_none == b[i].setting_none;
	return same;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

unsigned
diff_rule(const struct rules *old, const struct rule *a,
    const struct rules *new, const struct rule *b)
{
	unsigned out = 0;

	if (a->class != b->class)
		out |= DIFF_CLASS;
	if (strcmp(a->law, b->law) != 0)
		out |= DIFF_LAW;
	if (strcmp(a->mark, b->mark) != 0)
		out |= DIFF_MARK;
	if (strcmp(a->text_en, b->text_en) != 0)
		out |= DIFF_TEXT_EN;
	if (strcmp(a->text_da, b->text_da) != 0)
		out |= DIFF_TEXT_DA;
	if (a->from_ms != b->from_ms || a->to_ms != b->to_ms)
		out |= DIFF_VALIDITY;
	if (!same_text(a->notice, b->notice) || a->within_ms != b->within_ms)
		out |= DIFF_NOTICE;
	if (a->approvers != b->approvers || !same_rows(old, a, new, b) ||
	    !same_clauses(a->any, a->n_any, b->any, b->n_any) ||
	    !same_clauses(a->unless, a->n_unless, b->unless, b->n_unless))
		out |= DIFF_CONDITIONS;
	return out;
}
