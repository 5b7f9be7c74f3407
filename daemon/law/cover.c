/*
 * SPDX-License-Identifier: MIT
 *
 * cover: see cover.h. Given all other facts, what a table says of the facts
 * told apart is a handful of boxes: each prohibition and each permit takes
 * its part of what is left, in the order in which judge() asks them.
 */
#include "daemon/law/cover.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/law/view.h"
#include "proto/envelope.h"

static const enum field field_of[COVER_DIMS] = {
	[COVER_KIND] = FIELD_KIND,
	[COVER_FROM] = FIELD_FROM,
	[COVER_TO] = FIELD_TO,
	[COVER_COOPERATION] = FIELD_COOPERATION,
	[COVER_STATE] = FIELD_STATE,
};

/* ------------------------------------------------------------------ lists */

void
cover_free(struct cover *c)
{
	free(c->box);
	*c = (struct cover){ .box = NULL };
}

static enum err
add(struct cover *c, const struct cover_box *b)
{
	struct cover_box *more;

	if (c->n == c->room) {
		more = realloc(c->box, (c->room + 16) * 2 * sizeof(*more));
		if (more == NULL)
			return ERR_NOMEM;
		c->box = more;
		c->room = (c->room + 16) * 2;
	}
	c->box[c->n++] = *b;
	return ERR_OK;
}

static bool
meet(struct cover_box *b, const struct cover_box *with)
{
	bool good = true;

	for (unsigned d = 0; d < COVER_DIMS; d++) {
		b->set[d] &= with->set[d];
		good &= b->set[d] != 0;
	}
	return good;
}

/* Adds to out what b has and without has not, in boxes that do not overlap. */
static enum err
subtract(struct cover *out, struct cover_box b, const struct cover_box *without)
{
	struct cover_box both = b;
	enum err err = ERR_OK;

	if (!meet(&both, without))
		return add(out, &b);
	for (unsigned d = 0; d < COVER_DIMS && err == ERR_OK; d++) {
		struct cover_box part = b;

		part.set[d] &= ~both.set[d];
		if (part.set[d] != 0)
			err = add(out, &part);
		b.set[d] = both.set[d];
	}
	return err;
}

/* Takes a box out of all of c; what it took goes to taken, if not NULL. */
static enum err
take(struct cover *c, const struct cover_box *b, struct cover *taken)
{
	struct cover left = { .box = NULL };
	enum err err = ERR_OK;

	for (size_t i = 0; i < c->n && err == ERR_OK; i++) {
		struct cover_box both = c->box[i];

		if (taken != NULL && meet(&both, b))
			err = add(taken, &both);
		if (err == ERR_OK)
			err = subtract(&left, c->box[i], b);
	}
	cover_free(c);
	*c = left;
	return err;
}

bool
cover_has(const struct cover *c, const uint8_t value[COVER_DIMS])
{
	for (size_t i = 0; i < c->n; i++) {
		bool in = true;

		for (unsigned d = 0; d < COVER_DIMS; d++)
			in &= (c->box[i].set[d] >> value[d] & 1) != 0;
		if (in)
			return true;
	}
	return false;
}

/* The one dimension in which they differ; COVER_DIMS if it is not one. */
static unsigned
differ_in(const struct cover_box *a, const struct cover_box *b)
{
	unsigned found = COVER_DIMS;

	for (unsigned d = 0; d < COVER_DIMS; d++) {
		if (a->set[d] == b->set[d])
			continue;
		if (found != COVER_DIMS)
			return COVER_DIMS;
		found = d;
	}
	return found;
}

static bool
merge_once(struct cover *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = i + 1; k < c->n; k++) {
			unsigned d = differ_in(&c->box[i], &c->box[k]);

			if (d == COVER_DIMS)
				continue;
			c->box[i].set[d] |= c->box[k].set[d];
			c->box[k] = c->box[--c->n];
			return true;
		}
	return false;
}

void
cover_merge(struct cover *c)
{
	while (merge_once(c))
		;
}

/* ------------------------------------------------------------ impossible */

static uint64_t
caseless_kinds(void)
{
	uint64_t set = 0;

	for (unsigned i = 0; i < pb_kind__descriptor.n_values; i++) {
		int kind = pb_kind__descriptor.values[i].value;

		if (kind_is_caseless((PbKind)kind))
			set |= 1ULL << kind;
	}
	return set;
}

static struct clause
open_clause(void)
{
	struct clause c = { .relation_any = UINT32_MAX,
		.basis_any = UINT32_MAX };

	memset(c.match.set, 0xff, sizeof(c.match.set));
	return c;
}

static void
ask_flag(struct clause *c, unsigned flag, bool value)
{
	c->match.care |= (uint16_t)(1u << flag);
	if (value)
		c->match.want |= (uint16_t)(1u << flag);
}

void
cover_impossible(struct clause c[COVER_IMPOSSIBLE])
{
	for (size_t i = 0; i < COVER_IMPOSSIBLE; i++)
		c[i] = open_clause();
	/* A kind has a case id always or never (envelope.h). */
	c[0].match.set[FIELD_KIND] = caseless_kinds();
	ask_flag(&c[0], FLAG_HAS_CASE, true);
	c[1].match.set[FIELD_KIND] = ~caseless_kinds();
	ask_flag(&c[1], FLAG_HAS_CASE, false);
	/* Without a case there is no state. */
	c[2].match.set[FIELD_STATE] = ~(1ULL << CASE_STATE_NONE);
	ask_flag(&c[2], FLAG_HAS_CASE, false);
	/* Litra b is measured by the age (facts.c). */
	c[3].match.set[FIELD_KSP] = 1ULL << KSP_VALID_B;
	c[3].match.set[FIELD_AGE] = ~(1ULL << AGE_MINOR);
	c[4].match.set[FIELD_KSP] = 1ULL << KSP_B_NOT_MINOR;
	c[4].match.set[FIELD_AGE] = 1ULL << AGE_MINOR;
	/* No node holds the pseudo-recipient's role. */
	c[5].match.set[FIELD_FROM] = 1ULL << ROLE_INFOHUS;
	/* The recipient takes part: one fact in two places (r5_place.c). */
	c[6].relation_any = 1u << RELATION_PARTICIPANT;
	ask_flag(&c[6], FLAG_RECIPIENT_PARTICIPANT, false);
	c[7].relation_none = 1u << RELATION_PARTICIPANT;
	ask_flag(&c[7], FLAG_RECIPIENT_PARTICIPANT, true);
}

/* ---------------------------------------------------- given all the rest */

/* A view in which the facts told apart have every value: what fits it fits
 * as far as all other facts go. */
static struct view
view_of_rest(const struct facts *f)
{
	struct view v = view_of(f);

	for (unsigned d = 0; d < COVER_DIMS; d++)
		v.bit[field_of[d]] = UINT64_MAX;
	return v;
}

static struct cover_box
box_of(const struct match *m)
{
	struct cover_box b;

	for (unsigned d = 0; d < COVER_DIMS; d++)
		b.set[d] = m->set[field_of[d]];
	return b;
}

/* Takes all that one of these clauses fits. */
static enum err
take_clauses(struct cover *c, const struct clause *clause, size_t n,
    const struct view *rest, struct cover *taken)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && err == ERR_OK; i++) {
		struct cover_box b = box_of(&clause[i].match);

		if (clause_fits(&clause[i], rest))
			err = take(c, &b, taken);
	}
	return err;
}

static bool
is_valid(uint64_t from_ms, uint64_t to_ms, uint64_t at_ms)
{
	return at_ms >= from_ms && at_ms < to_ms;
}

/* Takes what a prohibition refuses out of left. */
static enum err
take_prohibited(struct cover *left, const struct rule *p,
    const struct view *rest, struct cover *taken)
{
	struct cover exempt = { .box = NULL };
	enum err err = take_clauses(
	    left, p->unless, p->n_unless, rest, &exempt);

	if (err == ERR_OK)
		err = take_clauses(left, p->any, p->n_any, rest, taken);
	for (size_t i = 0; i < exempt.n && err == ERR_OK; i++)
		err = add(left, &exempt.box[i]);
	cover_free(&exempt);
	return err;
}

static bool
row_fits_rest(const struct row *row, const struct view *v)
{
	bool basis = row->n_basis == 0;

	for (size_t i = 0; i < row->n_basis; i++)
		basis |= (row->basis[i] & ~v->basis) == 0;
	return basis && match_fits(&row->match, v) &&
	    (row->relation & v->relation) != 0 &&
	    (v->categories & ~row->carry) == 0 &&
	    (row->settings & ~v->settings) == 0;
}

/* Rows that pass, or those that park, each in the order of the file. */
static enum err
take_rows(struct cover *left, const struct rules *r, bool parking,
    const struct cover_question *q, const struct rule *wanted,
    const struct view *rest, struct cover *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < r->n_row && err == ERR_OK; i++) {
		const struct row *row = &r->row[i];
		struct cover_box b = box_of(&row->match);

		if ((row->rule->approvers != 0) == parking &&
		    is_valid(row->from_ms, row->to_ms, q->at_ms) &&
		    row_fits_rest(row, rest))
			err = take(left, &b, row->rule == wanted ? out : NULL);
	}
	return err;
}

/* Adds to out the part of box where the table's verdict is this one. */
static enum err
verdict_part(const struct cover_question *q, size_t side,
    const struct cover_box *box, const struct facts *f, struct cover *out)
{
	const struct rules *r = q->table[side];
	const struct cover_verdict *v = &q->verdict[side];
	const struct view rest = view_of_rest(f);
	struct cover left = { .box = NULL };
	enum err err = add(&left, box);

	for (size_t i = 0; i < r->n_prohibition && err == ERR_OK; i++) {
		const struct rule *p = r->prohibition[i];

		if (is_valid(p->from_ms, p->to_ms, q->at_ms))
			err = take_prohibited(
			    &left, p, &rest, p == v->rule ? out : NULL);
	}
	if (err == ERR_OK)
		err = take_rows(&left, r, false, q, v->rule, &rest, out);
	if (err == ERR_OK)
		err = take_rows(&left, r, true, q, v->rule, &rest, out);
	for (size_t i = 0; i < left.n && err == ERR_OK && v->rule == NULL; i++)
		err = add(out, &left.box[i]);
	cover_free(&left);
	return err;
}

/* Where both tables say what is asked, and the facts do not contradict each
 * other. */
static enum err
grow(const struct cover_question *q, const struct cover_box *box,
    const struct facts *f, struct cover *out)
{
	const struct view rest = view_of_rest(f);
	struct clause impossible[COVER_IMPOSSIBLE];
	struct cover first = { .box = NULL };
	enum err err = verdict_part(q, 0, box, f, &first);

	cover_impossible(impossible);
	if (err == ERR_OK)
		err = take_clauses(
		    &first, impossible, COVER_IMPOSSIBLE, &rest, NULL);
	for (size_t i = 0; i < first.n && err == ERR_OK; i++)
		err = q->table[1] == NULL ?
		    add(out, &first.box[i]) :
		    verdict_part(q, 1, &first.box[i], f, out);
	cover_free(&first);
	return err;
}

/* --------------------------------------------------------------- finding */

struct space_want
cover_want(const struct rules *r, const struct cover_verdict *v,
    const struct rule **except)
{
	struct space_want w = { .outcome = v->outcome, .by = v->rule };

	if (v->rule != NULL || v->outcome != SPACE_REFUSE)
		return w;
	for (size_t i = 0; i < r->n_prohibition; i++)
		except[i] = r->prohibition[i];
	w.except = except;
	w.n_except = r->n_prohibition;
	return w;
}

static enum err
find_in(const struct space *s, struct space_question *ask,
    const struct cover_question *q, const struct cover_box *part,
    struct space_answer *answer)
{
	ask->box = q->box;
	for (unsigned d = 0; d < COVER_DIMS; d++)
		ask->box.set[field_of[d]] &= part->set[d];
	return space_find(s, ask, answer);
}

static enum err
find_all(const struct space *s, struct space_question *ask,
    const struct cover_question *q, struct cover *out)
{
	struct cover left = { .box = NULL };
	struct space_answer answer;
	struct cover_box whole;
	enum err err;

	for (unsigned d = 0; d < COVER_DIMS; d++)
		whole.set[d] = q->box.set[field_of[d]];
	err = add(&left, &whole);
	while (err == ERR_OK && left.n > 0) {
		struct cover_box part = left.box[--left.n];
		struct cover rest = { .box = NULL };
		size_t before = out->n;

		err = find_in(s, ask, q, &part, &answer);
		if (err != ERR_OK || !answer.found)
			continue;
		err = grow(q, &part, &answer.facts, out);
		if (err == ERR_OK)
			err = add(&rest, &part);
		for (size_t i = before; i < out->n && err == ERR_OK; i++)
			err = take(&rest, &out->box[i], NULL);
		/* An answer that does not grow would be found for ever. */
		if (err == ERR_OK && out->n == before)
			err = ERR_UNKNOWN;
		for (size_t i = 0; i < rest.n && err == ERR_OK; i++)
			err = add(&left, &rest.box[i]);
		cover_free(&rest);
	}
	cover_free(&left);
	return err;
}

enum err
cover_find(
    const struct space *s, const struct cover_question *q, struct cover *out)
{
	struct clause impossible[COVER_IMPOSSIBLE];
	struct space_question ask = space_ask();
	const struct rule **except[2] = { NULL, NULL };
	enum err err = ERR_OK;

	for (size_t i = 0; i < 2 && q->table[i] != NULL; i++) {
		except[i] = calloc(
		    q->table[i]->n_prohibition + 1, sizeof(*except[i]));
		if (except[i] == NULL)
			err = ERR_NOMEM;
		else
			ask.want[i] = cover_want(
			    q->table[i], &q->verdict[i], except[i]);
	}
	cover_impossible(impossible);
	ask.unless = impossible;
	ask.n_unless = COVER_IMPOSSIBLE;
	if (err == ERR_OK)
		err = find_all(s, &ask, q, out);
	if (err == ERR_OK)
		cover_merge(out);
	free(except[0]);
	free(except[1]);
	return err;
}
