/*
 * SPDX-License-Identifier: MIT
 *
 * search: see search.h. Every step keeps all points that could be an answer:
 * a box is left only when some term fits all over it, and the parts that it
 * is cut into are together the whole of it. The parts do not overlap, so
 * nothing is looked at twice but where exceptions do.
 */
#include "daemon/law/search.h"

#include <stdlib.h>

/* Each step narrows the box or settles a barrier. Enough for any table; a
 * search that is deeper is given up, never answered. */
#define DEPTH_MAX 4000

struct search {
	struct box box; /* of the task */
	struct bits *some;
	size_t n_some, room_some;
	const struct barrier **list;
	size_t room_list;
	struct barrier *barrier;
	size_t n_barrier, room_barrier;

	unsigned most;
	uint64_t limit, nodes;
	struct box found;
	unsigned cost;
	enum err err; /* sticks */
};

struct search *
search_new(void)
{
	return calloc(1, sizeof(struct search));
}

void
search_free(struct search *s)
{
	if (s == NULL)
		return;
	free(s->some);
	free(s->list);
	free(s->barrier);
	free(s);
}

/* The array with room for n of size bytes each, maybe elsewhere. Without, NULL
 * and an error that sticks: then it stays as it is. */
static void *
make_room(struct search *s, void *array, size_t *room, size_t n, size_t size)
{
	size_t want = n + n / 2 + 64;

	if (array != NULL && n <= *room)
		return array;
	array = realloc(array, want * size);
	if (array == NULL)
		s->err = ERR_NOMEM;
	else
		*room = want;
	return array;
}

static bool
room_listed(struct search *s, size_t n)
{
	const struct barrier **list = make_room(
	    s, s->list, &s->room_list, n, sizeof(*s->list));

	if (list == NULL)
		return false;
	s->list = list;
	return true;
}

static void
add_some(struct search *s, size_t *n, struct bits some)
{
	struct bits *more = make_room(
	    s, s->some, &s->room_some, *n + 1, sizeof(*s->some));

	if (more == NULL)
		return;
	s->some = more;
	s->some[(*n)++] = some;
}

/* ------------------------------------------------------- terms and boxes */

static bool
may_fit(const struct term *t, const struct box *b)
{
	uint64_t lost = 0;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if ((b->set[f] & t->box.set[f]) == 0)
			return false;
	for (unsigned i = 0; i < BOX_WORDS; i++)
		lost |= (b->no.w[i] | b->yes.w[i]) &
		    ~((b->no.w[i] & t->box.no.w[i]) |
			(b->yes.w[i] & t->box.yes.w[i]));
	if (lost != 0)
		return false;
	for (size_t k = 0; k < t->n_some; k++)
		if (((t->some[k].w[0] & b->yes.w[0]) |
			(t->some[k].w[1] & b->yes.w[1])) == 0)
			return false;
	return true;
}

static bool
is_sure(const struct bits *some, const struct box *b)
{
	return ((some->w[0] & b->yes.w[0] & ~b->no.w[0]) |
		   (some->w[1] & b->yes.w[1] & ~b->no.w[1])) != 0;
}

/* Bits that may be false and must be true, and the other way round. */
static struct bits
open_true(const struct term *t, const struct box *b)
{
	return (struct bits){ { b->no.w[0] & ~t->box.no.w[0],
	    b->no.w[1] & ~t->box.no.w[1] } };
}

static struct bits
open_false(const struct term *t, const struct box *b)
{
	return (struct bits){ { b->yes.w[0] & ~t->box.yes.w[0],
	    b->yes.w[1] & ~t->box.yes.w[1] } };
}

/* How many conditions of t hold in part of the box only; 0: it fits all
 * over it, as long as it may fit. */
static unsigned
open_conditions(const struct term *t, const struct box *b)
{
	struct bits on = open_true(t, b), off = open_false(t, b);
	unsigned n = bits_count(&on) + !bits_none(&off);

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		n += (b->set[f] & ~t->box.set[f]) != 0;
	for (size_t k = 0; k < t->n_some; k++)
		n += !is_sure(&t->some[k], b);
	return n;
}

static void
forbid(struct box *b, const struct bits *bits)
{
	for (unsigned i = 0; i < BOX_WORDS; i++)
		b->yes.w[i] &= ~bits->w[i];
}

static unsigned
least_cost(const struct box *b)
{
	unsigned cost = 0;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (f != FIELD_KIND && f != FIELD_FROM && f != FIELD_TO)
			cost += (b->set[f] & 1) == 0;
	for (unsigned i = 0; i < BOX_WORDS; i++)
		cost += (unsigned)__builtin_popcountll(
		    b->yes.w[i] & ~b->no.w[i]);
	return cost;
}

/* The plainest point, as a box. */
static struct box
plain_point(const struct box *b)
{
	struct box p = *b;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		p.set[f] = box_plainest((enum field)f, p.set[f]);
	for (unsigned i = 0; i < BOX_WORDS; i++)
		p.yes.w[i] &= ~p.no.w[i];
	return p;
}

/* ------------------------------------------------------------------ task */

void
search_start(struct search *s, const struct box *b)
{
	s->box = *b;
	s->n_some = 0;
	s->n_barrier = 0;
	s->err = ERR_OK;
}

bool
search_demand(struct search *s, const struct term *t)
{
	if (!box_meet(&s->box, &t->box))
		return false;
	for (size_t k = 0; k < t->n_some; k++) {
		struct bits may = bits_and(&t->some[k], &s->box.yes);

		if (bits_none(&may))
			return false;
		add_some(s, &s->n_some, t->some[k]);
	}
	return true;
}

void
search_avoid(struct search *s, const struct barrier *b)
{
	struct barrier *more;

	if (!may_fit(b->term, &s->box))
		return;
	more = make_room(s, s->barrier, &s->room_barrier, s->n_barrier + 1,
	    sizeof(*s->barrier));
	if (more == NULL)
		return;
	s->barrier = more;
	s->barrier[s->n_barrier++] = *b;
}

struct search_mark
search_here(const struct search *s)
{
	return (struct search_mark){ s->box, s->n_some, s->n_barrier };
}

void
search_back(struct search *s, const struct search_mark *m)
{
	s->box = m->box;
	s->n_some = m->n_some;
	s->n_barrier = m->n_barrier;
}

/* ---------------------------------------------------------------- search */

/* A box on the way, its part of the lists [0, n_some) and [from, to). */
struct node {
	struct box box;
	size_t n_some, from, to;
	unsigned depth;
};

static bool visit(struct search *s, struct node n);

/* Where only one bit is left, it is true. False when there is none. */
static bool
settle_somes(const struct search *s, struct node *n)
{
	for (size_t i = 0; i < n->n_some; i++) {
		struct bits may = bits_and(&s->some[i], &n->box.yes);

		if (bits_none(&may))
			return false;
		if (is_sure(&s->some[i], &n->box) || bits_count(&may) > 1)
			continue;
		for (unsigned w = 0; w < BOX_WORDS; w++)
			n->box.no.w[w] &= ~may.w[w];
	}
	return true;
}

enum fit { NEVER, HERE_AND_THERE, EVERYWHERE };

static enum fit
fit_of(const struct term *t, const struct box *b)
{
	if (!may_fit(t, b))
		return NEVER;
	return open_conditions(t, b) == 0 ? EVERYWHERE : HERE_AND_THERE;
}

/* In how many ways a barrier can still be avoided; settled: it is. */
static unsigned
barrier_ways(const struct barrier *r, const struct box *b, bool *settled)
{
	unsigned ways = 0;

	*settled = !may_fit(r->term, b);
	if (*settled)
		return 0;
	for (size_t i = 0; i < r->n_unless; i++) {
		enum fit fit = fit_of(&r->unless[i], b);

		*settled |= fit == EVERYWHERE;
		ways += fit != NEVER;
	}
	return ways + open_conditions(r->term, b);
}

/* Demands a term in a node. */
static bool
enter_term(struct search *s, struct node *n, const struct term *t)
{
	if (!box_meet(&n->box, &t->box))
		return false;
	for (size_t k = 0; k < t->n_some; k++)
		add_some(s, &n->n_some, t->some[k]);
	return true;
}

/*
 * The parts of a node where a condition of t fails: each is handed to
 * visit; what is left afterwards, in *n, is where t fits. True when an
 * answer was found.
 */
static bool
cut_fields(struct search *s, struct node *n, const struct term *t)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		struct node part = *n;

		part.box.set[f] &= ~t->box.set[f];
		if (part.box.set[f] == 0)
			continue;
		if (visit(s, part))
			return true;
		n->box.set[f] &= t->box.set[f];
	}
	return false;
}

static bool
cut_true_bits(struct search *s, struct node *n, const struct term *t)
{
	struct bits on = open_true(t, &n->box);

	for (unsigned bit = 0; bit < 64 * BOX_WORDS; bit++) {
		struct node part = *n;

		if (!bits_have(&on, bit))
			continue;
		box_set_bit(&part.box, bit, false);
		if (visit(s, part))
			return true;
		box_set_bit(&n->box, bit, true);
	}
	return false;
}

static bool
cut_false_bits(struct search *s, struct node *n, const struct term *t)
{
	struct bits off = open_false(t, &n->box);
	struct node part = *n;

	if (bits_none(&off))
		return false;
	add_some(s, &part.n_some, off);
	if (visit(s, part))
		return true;
	forbid(&n->box, &off);
	return false;
}

static bool
cut_somes(struct search *s, struct node *n, const struct term *t)
{
	for (size_t k = 0; k < t->n_some; k++) {
		struct node part = *n;

		if (is_sure(&t->some[k], &n->box))
			continue;
		forbid(&part.box, &t->some[k]);
		if (visit(s, part))
			return true;
		add_some(s, &n->n_some, t->some[k]);
	}
	return false;
}

static bool
cut_barrier(struct search *s, struct node n, const struct barrier *r)
{
	for (size_t i = 0; i < r->n_unless; i++) {
		struct node part = n;

		if (may_fit(&r->unless[i], &n.box) &&
		    enter_term(s, &part, &r->unless[i]) && visit(s, part))
			return true;
	}
	return cut_fields(s, &n, r->term) || cut_true_bits(s, &n, r->term) ||
	    cut_false_bits(s, &n, r->term) || cut_somes(s, &n, r->term);
}

/* Each bit in turn is the first of them that is true. */
static bool
cut_some(struct search *s, struct node n, const struct bits *some)
{
	struct bits may = bits_and(some, &n.box.yes);

	for (unsigned bit = 0; bit < 64 * BOX_WORDS; bit++) {
		struct node part = n;

		if (!bits_have(&may, bit))
			continue;
		box_set_bit(&part.box, bit, true);
		if (visit(s, part))
			return true;
		box_set_bit(&n.box, bit, false);
	}
	return false;
}

/* Does the barrier stand at this point? */
static bool
is_behind(const struct barrier *r, const struct box *point)
{
	if (!may_fit(r->term, point))
		return false;
	for (size_t i = 0; i < r->n_unless; i++)
		if (may_fit(&r->unless[i], point))
			return false;
	return true;
}

static bool
point_is_answer(struct search *s, const struct node *n)
{
	struct box point = plain_point(&n->box);

	for (size_t i = 0; i < n->n_some; i++)
		if (!is_sure(&s->some[i], &point))
			return false;
	for (size_t i = n->from; i < n->to; i++)
		if (is_behind(s->list[i], &point))
			return false;
	s->found = point;
	s->cost = least_cost(&point);
	return true;
}

/* What to cut along next: that with the fewest ways. */
struct choice {
	unsigned ways;
	bool is_some; /* one of the somes, not of the barriers */
	size_t at;
};

/*
 * Keeps what can still stand, in a list of the node's own after that of the
 * node above, and chooses. False when one stands all over the box.
 */
static bool
settle_barriers(struct search *s, struct node *n, struct choice *c)
{
	size_t kept = n->to;

	if (!room_listed(s, 2 * n->to - n->from))
		return false;
	for (size_t i = n->from; i < n->to; i++) {
		const struct barrier *r = s->list[i];
		bool settled;
		unsigned ways = barrier_ways(r, &n->box, &settled);

		if (settled)
			continue;
		if (ways == 0)
			return false;
		if (ways < c->ways) {
			c->ways = ways;
			c->at = kept;
		}
		s->list[kept++] = r;
	}
	n->from = n->to;
	n->to = kept;
	return true;
}

static void
choose_some(const struct search *s, const struct node *n, struct choice *c)
{
	for (size_t i = 0; i < n->n_some; i++) {
		struct bits may = bits_and(&s->some[i], &n->box.yes);

		if (!is_sure(&s->some[i], &n->box) &&
		    bits_count(&may) < c->ways) {
			c->ways = bits_count(&may);
			c->is_some = true;
			c->at = i;
		}
	}
}

static bool
visit(struct search *s, struct node n)
{
	struct choice c = { .ways = ~0u };
	const struct barrier *r;

	if (s->err != ERR_OK)
		return false;
	if (++s->nodes > s->limit || ++n.depth > DEPTH_MAX) {
		s->err = ERR_FULL;
		return false;
	}
	if (!settle_somes(s, &n) || least_cost(&n.box) > s->most ||
	    !settle_barriers(s, &n, &c))
		return false;
	if (point_is_answer(s, &n))
		return true;
	choose_some(s, &n, &c);
	if (c.is_some) {
		struct bits some = s->some[c.at];

		return cut_some(s, n, &some);
	}
	r = s->list[c.at];
	s->list[c.at] = s->list[--n.to];
	return cut_barrier(s, n, r);
}

enum err
search_run(struct search *s, unsigned most, uint64_t limit, uint64_t *nodes,
    struct box *out, unsigned *cost)
{
	struct node n = { .box = s->box, .n_some = s->n_some };
	bool found;

	if (s->err != ERR_OK)
		return s->err;
	if (!room_listed(s, s->n_barrier + 1))
		return s->err;
	for (size_t i = 0; i < s->n_barrier; i++)
		s->list[i] = &s->barrier[i];
	n.to = s->n_barrier;
	s->most = most;
	s->nodes = *nodes;
	s->limit = limit;
	found = visit(s, n);
	*nodes = s->nodes;
	if (s->err != ERR_OK)
		return s->err;
	if (!found)
		return ERR_NOT_FOUND;
	*out = s->found;
	*cost = s->cost;
	return ERR_OK;
}
