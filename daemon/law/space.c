/*
 * SPDX-License-Identifier: MIT
 *
 * space: see space.h. A question is answered in ways: the verdict wanted can
 * come about through this permit's row, that prohibition's clause, or no
 * permit at all; each way is a task of search.c. Whatever one way leaves out
 * another must have, or a proof says too much.
 */
#include "daemon/law/space.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/law/classes.h"
#include "daemon/law/search.h"

/* One alternative of a permit's row, or of a clause that forbids. */
struct entry {
	const struct rule *rule;
	const struct row *row;
	struct barrier barrier;
};

struct side { /* one table */
	const struct rules *rules;
	struct entry *row, *ban;
	size_t n_row, n_ban;
	struct term *term; /* all of them */
	size_t n_term;
};

struct space {
	struct side side[2];
	size_t n_side;
	uint64_t at_ms;
	struct classes classes;
};

/* ---------------------------------------------------------------- tables */

static bool
is_valid(uint64_t from_ms, uint64_t to_ms, uint64_t at_ms)
{
	return at_ms >= from_ms && at_ms < to_ms;
}

/* Terms are counted first, so that none moves once it is pointed at. */
struct counts {
	size_t term, row, ban;
};

static struct counts
count_side(const struct rules *r, uint64_t at_ms)
{
	struct counts n = { 0 };

	for (size_t i = 0; i < r->n_row; i++)
		if (is_valid(r->row[i].from_ms, r->row[i].to_ms, at_ms))
			n.row += r->row[i].n_basis + 1;
	for (size_t i = 0; i < r->n_prohibition; i++) {
		const struct rule *p = r->prohibition[i];

		if (!is_valid(p->from_ms, p->to_ms, at_ms))
			continue;
		n.ban += p->n_any * CLAUSE_TERMS_MAX;
		n.term += p->n_unless * CLAUSE_TERMS_MAX;
	}
	n.term += n.row + n.ban;
	return n;
}

static void
add_rows(struct side *s, uint64_t at_ms)
{
	for (size_t i = 0; i < s->rules->n_row; i++) {
		const struct row *row = &s->rules->row[i];
		size_t n;

		if (!is_valid(row->from_ms, row->to_ms, at_ms))
			continue;
		n = row_terms(row, s->term + s->n_term);
		for (size_t k = 0; k < n; k++)
			s->row[s->n_row++] = (struct entry){ row->rule, row,
				{ &s->term[s->n_term++], NULL, 0 } };
	}
}

static size_t
add_clauses(struct side *s, const struct clause *c, size_t n)
{
	size_t before = s->n_term;

	for (size_t i = 0; i < n; i++)
		s->n_term += clause_terms(&c[i], s->term + s->n_term);
	return s->n_term - before;
}

static void
add_bans(struct side *s, uint64_t at_ms)
{
	for (size_t i = 0; i < s->rules->n_prohibition; i++) {
		const struct rule *p = s->rules->prohibition[i];
		const struct term *unless, *any;
		size_t n_unless, n_any;

		if (!is_valid(p->from_ms, p->to_ms, at_ms))
			continue;
		unless = s->term + s->n_term;
		n_unless = add_clauses(s, p->unless, p->n_unless);
		any = s->term + s->n_term;
		n_any = add_clauses(s, p->any, p->n_any);
		for (size_t k = 0; k < n_any; k++)
			s->ban[s->n_ban++] = (struct entry){ p, NULL,
				{ &any[k], unless, n_unless } };
	}
}

static bool
add_side(struct space *sp, const struct rules *r)
{
	struct side *s = &sp->side[sp->n_side++];
	struct counts n = count_side(r, sp->at_ms);

	s->rules = r;
	s->term = calloc(n.term + 1, sizeof(*s->term));
	s->row = calloc(n.row + 1, sizeof(*s->row));
	s->ban = calloc(n.ban + 1, sizeof(*s->ban));
	if (s->term == NULL || s->row == NULL || s->ban == NULL)
		return false;
	add_rows(s, sp->at_ms);
	add_bans(s, sp->at_ms);
	for (size_t i = 0; i < s->n_term; i++)
		classes_add(&sp->classes, &s->term[i]);
	return true;
}

struct space *
space_new(const struct rules *a, const struct rules *b, uint64_t at_ms)
{
	struct space *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->at_ms = at_ms;
	classes_start(&s->classes);
	if (add_side(s, a) && (b == NULL || add_side(s, b)))
		return s;
	space_free(s);
	return NULL;
}

void
space_free(struct space *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_side; i++) {
		free(s->side[i].term);
		free(s->side[i].row);
		free(s->side[i].ban);
	}
	free(s);
}

/* -------------------------------------------------------------- question */

struct asking {
	const struct space *space;
	const struct space_question *q;
	struct search *search;
	struct space_answer *out;
	struct box best;
	unsigned most; /* what an answer may cost; sinks with each one */
	bool done;     /* any answer does, and there is one */
	enum err err;
};

static bool
is_wanted(
    const struct space_want *w, const struct rule *r, const struct row *row)
{
	if (w->row != NULL && row != NULL)
		return row == w->row;
	if (w->by != NULL)
		return r == w->by;
	for (size_t i = 0; i < w->n_except; i++)
		if (w->except[i] == r)
			return false;
	return true;
}

static bool
names_rules(const struct space_want *w)
{
	return w->by != NULL || w->row != NULL || w->n_except > 0;
}

/* Better and better answers of one task, until there is none. */
static void
run_task(struct asking *a)
{
	struct box found;
	unsigned cost;

	while (!a->done && a->err == ERR_OK) {
		enum err e = search_run(a->search, a->most, SPACE_NODES_MAX,
		    &a->out->nodes, &found, &cost);

		if (e == ERR_NOT_FOUND)
			return;
		a->err = e;
		if (e != ERR_OK)
			return;
		a->out->found = true;
		a->best = found;
		a->done = !a->q->smallest || cost == 0;
		a->most = cost - (cost > 0);
	}
}

static void each_way(struct asking *a, size_t side);

/* One way for this side; then those of the next, and back. */
static void
take_way(struct asking *a, size_t side, const struct search_mark *back)
{
	each_way(a, side + 1);
	search_back(a->search, back);
}

static void
avoid_all(struct asking *a, const struct entry *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		search_avoid(a->search, &e[i].barrier);
}

/* Those before an entry that would decide, and may not. */
static void
avoid_unwanted(struct asking *a, const struct space_want *w,
    const struct entry *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_wanted(w, e[i].rule, e[i].row))
			search_avoid(a->search, &e[i].barrier);
}

static bool
is_parking(const struct entry *e)
{
	return e->rule->approvers != 0;
}

/*
 * Rows that would decide instead of this one. What parks gives way to every
 * other row, wherever it stands; among its own kind the first decides. A row
 * that is wanted too may decide: that is an answer as well.
 */
static void
avoid_others(struct asking *a, size_t side, size_t row)
{
	const struct side *s = &a->space->side[side];
	const struct space_want *w = &a->q->want[side];
	bool parks = is_parking(&s->row[row]);

	if (!names_rules(w) && (!parks || (w->outcome & SPACE_PERMIT) != 0))
		return; /* whichever decides, it is wanted */
	for (size_t i = 0; i < s->n_row; i++) {
		const struct entry *e = &s->row[i];
		bool before = parks && !is_parking(e);

		if (is_parking(e) == parks ? i < row : before) {
			bool wanted = is_wanted(w, e->rule, e->row) &&
			    (!before || (w->outcome & SPACE_PERMIT) != 0);

			if (!wanted)
				search_avoid(a->search, &e->barrier);
		}
	}
}

static void
permit_ways(struct asking *a, size_t side)
{
	const struct side *s = &a->space->side[side];
	const struct space_want *w = &a->q->want[side];
	const struct search_mark here = search_here(a->search);

	for (size_t i = 0; i < s->n_row && !a->done; i++) {
		const struct entry *e = &s->row[i];
		unsigned outcome = is_parking(e) ? SPACE_PARK : SPACE_PERMIT;

		if ((w->outcome & outcome) == 0 ||
		    !is_wanted(w, e->rule, e->row))
			continue;
		if (!search_demand(a->search, e->barrier.term)) {
			search_back(a->search, &here);
			continue;
		}
		avoid_all(a, s->ban, s->n_ban);
		avoid_others(a, side, i);
		take_way(a, side, &here);
	}
}

static void
prohibited_ways(struct asking *a, size_t side)
{
	const struct side *s = &a->space->side[side];
	const struct space_want *w = &a->q->want[side];
	const struct search_mark here = search_here(a->search);

	for (size_t i = 0; i < s->n_ban && !a->done; i++) {
		const struct barrier *r = &s->ban[i].barrier;

		if (!is_wanted(w, s->ban[i].rule, NULL) ||
		    !search_demand(a->search, r->term)) {
			search_back(a->search, &here);
			continue;
		}
		for (size_t k = 0; k < r->n_unless; k++)
			search_avoid(a->search,
			    &(struct barrier){ &r->unless[k], NULL, 0 });
		avoid_unwanted(a, w, s->ban, i);
		take_way(a, side, &here);
	}
}

/* What no row fits is refused, whether or not something forbids it. */
static void
unpermitted_way(struct asking *a, size_t side)
{
	const struct side *s = &a->space->side[side];
	const struct space_want *w = &a->q->want[side];
	const struct search_mark here = search_here(a->search);

	avoid_all(a, s->row, s->n_row);
	avoid_unwanted(a, w, s->ban, s->n_ban);
	take_way(a, side, &here);
}

/* All ways in which this side and those after it get what is wanted. */
static void
each_way(struct asking *a, size_t side)
{
	const struct space_want *w;

	if (side == a->space->n_side) {
		run_task(a);
		return;
	}
	w = &a->q->want[side];
	if (w->outcome == SPACE_WHATEVER && !names_rules(w)) {
		each_way(a, side + 1);
		return;
	}
	if ((w->outcome & (SPACE_PERMIT | SPACE_PARK)) != 0)
		permit_ways(a, side);
	if ((w->outcome & SPACE_REFUSE) != 0 && !a->done)
		prohibited_ways(a, side);
	if ((w->outcome & SPACE_REFUSE) != 0 && w->by == NULL && !a->done)
		unpermitted_way(a, side);
}

/* The points of the question: its box, one of its clauses, none of those it
 * leaves out. */
static void
ask_whens(struct asking *a, const struct box *box, const struct barrier *unless,
    size_t n_unless)
{
	struct term when[CLAUSE_TERMS_MAX];
	size_t n = 0;

	if (a->q->n_when == 0) {
		search_start(a->search, box);
		for (size_t k = 0; k < n_unless; k++)
			search_avoid(a->search, &unless[k]);
		each_way(a, 0);
	}
	for (size_t i = 0; i < a->q->n_when; i++) {
		n = clause_terms(&a->q->when[i], when);
		for (size_t t = 0; t < n && !a->done; t++) {
			search_start(a->search, box);
			if (!search_demand(a->search, &when[t]))
				continue;
			for (size_t k = 0; k < n_unless; k++)
				search_avoid(a->search, &unless[k]);
			each_way(a, 0);
		}
	}
}

/* Does judge() say what was asked for? If not, it is not an answer but a
 * fault of ours, and must never pass as a proof. */
static bool
is_true(const struct space *s, const struct space_question *q,
    const struct facts *f)
{
	for (size_t i = 0; i < s->n_side; i++) {
		const struct space_want *w = &q->want[i];
		struct judgement j;
		unsigned outcome;

		judge(s->side[i].rules, f, s->at_ms, &j);
		outcome = j.outcome == OUTCOME_PERMIT ? SPACE_PERMIT :
		    j.outcome == OUTCOME_PARK	      ? SPACE_PARK :
							SPACE_REFUSE;
		if ((w->outcome & outcome) == 0)
			return false;
		if (j.code == CODE_NO_PERMIT)
			j.rule = NULL;
		if (j.rule != NULL ? !is_wanted(w, j.rule, NULL) :
				     w->by != NULL)
			return false;
	}
	return true;
}

static size_t
unless_barriers(
    const struct space_question *q, struct term *term, struct barrier *barrier)
{
	size_t n = 0;

	for (size_t i = 0; i < q->n_unless; i++)
		n += clause_terms(&q->unless[i], term + n);
	for (size_t i = 0; i < n; i++)
		barrier[i] = (struct barrier){ &term[i], NULL, 0 };
	return n;
}

enum err
space_find(const struct space *s, const struct space_question *q,
    struct space_answer *out)
{
	struct term *term = calloc(
	    CLAUSE_TERMS_MAX * q->n_unless + 1, sizeof(*term));
	struct barrier *unless = calloc(
	    CLAUSE_TERMS_MAX * q->n_unless + 1, sizeof(*unless));
	struct classes *c = malloc(sizeof(*c));
	struct asking a = { .space = s,
		.q = q,
		.search = search_new(),
		.out = out,
		.most = ~0u };

	memset(out, 0, sizeof(*out));
	if (term == NULL || unless == NULL || c == NULL || a.search == NULL) {
		a.err = ERR_NOMEM;
	} else if (!box_is_empty(&q->box)) {
		struct box box;

		*c = s->classes;
		classes_add_clauses(c, q->when, q->n_when);
		classes_add_clauses(c, q->unless, q->n_unless);
		box = classes_reduce(c, &q->box);
		ask_whens(&a, &box, unless, unless_barriers(q, term, unless));
	}
	if (a.err == ERR_OK && out->found) {
		out->facts = box_point(&a.best);
		if (!is_true(s, q, &out->facts))
			a.err = ERR_UNKNOWN;
	}
	free(term);
	free(unless);
	free(c);
	search_free(a.search);
	return a.err;
}

enum err
space_overlap(const struct space *s, const struct rule *one,
    const struct rule *other, struct space_answer *out)
{
	const struct side *side = &s->side[0];
	const struct space_question q = { .smallest = true };
	struct asking a = { .space = s,
		.q = &q,
		.search = search_new(),
		.out = out,
		.most = ~0u };
	const struct box full = box_full(),
			 box = classes_reduce(&s->classes, &full);

	memset(out, 0, sizeof(*out));
	if (a.search == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < side->n_row; i++)
		for (size_t k = 0; k < side->n_row && !a.done; k++) {
			if (side->row[i].rule != one ||
			    side->row[k].rule != other)
				continue;
			search_start(a.search, &box);
			if (!search_demand(
				a.search, side->row[i].barrier.term) ||
			    !search_demand(a.search, side->row[k].barrier.term))
				continue;
			avoid_all(&a, side->ban, side->n_ban);
			run_task(&a);
		}
	if (a.err == ERR_OK && out->found)
		out->facts = box_point(&a.best);
	search_free(a.search);
	return a.err;
}

struct space_question
space_ask(void)
{
	return (struct space_question){ .box = box_full(),
		.want = { { .outcome = SPACE_WHATEVER },
		    { .outcome = SPACE_WHATEVER } } };
}

void
space_sizes(const struct space *s, const struct clause *clause, size_t n,
    struct space_size *out)
{
	struct classes c = s->classes;

	classes_add_clauses(&c, clause, n);
	classes_sizes(&c, out);
}
