/*
 * SPDX-License-Identifier: MIT
 *
 * matrix: see matrix.h.
 */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/law/words.h"

/* ---------------------------------------------------------------- computing */

/* Sets of categories that no rule of the table tells apart. */
struct classes {
	size_t n;
	uint64_t set[CATEGORY_COUNT];
};

static void
split(struct classes *c, uint64_t by)
{
	size_t n = c->n;

	for (size_t i = 0; i < n; i++) {
		uint64_t in = c->set[i] & by, out = c->set[i] & ~by;

		if (in == 0 || out == 0)
			continue;
		c->set[i] = in;
		c->set[c->n++] = out;
	}
}

static void
split_by_clauses(struct classes *c, const struct clause *clause, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		split(c, clause[i].carries_any);
		split(c, clause[i].carries_none);
	}
}

static struct classes
classes_of(const struct rules *r)
{
	struct classes c = { 1, { CATEGORIES_ALL } };

	for (size_t i = 0; i < r->n_row; i++)
		split(&c, r->row[i].carry);
	for (size_t i = 0; i < r->n_prohibition; i++) {
		split_by_clauses(
		    &c, r->prohibition[i]->any, r->prohibition[i]->n_any);
		split_by_clauses(
		    &c, r->prohibition[i]->unless, r->prohibition[i]->n_unless);
	}
	return c;
}

static bool
same_boxes(const struct cover *a, const struct cover *b)
{
	return a->n == b->n &&
	    (a->n == 0 || memcmp(a->box, b->box, a->n * sizeof(*a->box)) == 0);
}

/* A part of these categories; joined with one that says the same. */
static void
add_part(struct matrix_rule *m, uint64_t categories, struct cover *cover)
{
	for (size_t i = 1; i < m->n; i++)
		if (same_boxes(&m->part[i].cover, cover)) {
			m->part[i].categories |= categories;
			cover_free(cover);
			return;
		}
	m->part[m->n++] = (struct matrix_part){ categories, *cover };
}

static enum err
add_rule(struct matrix *m, const struct space *s, const struct rules *r,
    const struct rule *rule, const struct classes *classes, uint64_t at_ms)
{
	struct matrix_rule *out = &m->rule[m->n++];
	struct cover_question q = {
		.table = { r, NULL }, .box = box_full(), .at_ms = at_ms
	};
	enum err err = ERR_OK;

	*out = (struct matrix_rule){ .rule = rule,
		.parks = rule->approvers != 0 };
	out->part = calloc(classes->n + 1, sizeof(*out->part));
	if (out->part == NULL)
		return ERR_NOMEM;
	q.verdict[0] = (struct cover_verdict){
		out->parks ? SPACE_PARK : SPACE_PERMIT, rule
	};
	for (size_t i = 0; i <= classes->n && err == ERR_OK; i++) {
		uint64_t set = i > 0 ? classes->set[i - 1] : 0;
		struct cover cover = { .box = NULL };
		struct cover_question ask = q;

		if (set != 0)
			box_set_bit(&ask.box,
			    BOX_CARRIES(CATEGORY_IDENTITY) +
				(unsigned)__builtin_ctzll(set),
			    true);
		err = cover_find(s, &ask, &cover);
		if (err == ERR_OK && (i == 0 || cover.n > 0))
			add_part(out, set, &cover);
		else
			cover_free(&cover);
	}
	return err;
}

enum err
matrix_make(const struct rules *r, uint64_t at_ms, struct matrix *out)
{
	struct classes classes = classes_of(r);
	struct space *s = space_new(r, NULL, at_ms);
	enum err err = s != NULL ? ERR_OK : ERR_NOMEM;

	out->n = 0;
	out->rule = calloc(r->n_rule + 1, sizeof(*out->rule));
	if (out->rule == NULL)
		err = ERR_NOMEM;
	for (size_t i = 0; i < r->n_rule && err == ERR_OK; i++) {
		const struct rule *rule = &r->rule[i];

		if (rule->class == RULE_PERMIT && at_ms >= rule->from_ms &&
		    at_ms < rule->to_ms)
			err = add_rule(out, s, r, rule, &classes, at_ms);
	}
	space_free(s);
	return err;
}

static void
free_rule(struct matrix_rule *r)
{
	for (size_t k = 0; k < r->n; k++)
		cover_free(&r->part[k].cover);
	free(r->part);
}

void
matrix_drop(struct matrix *m, size_t rule)
{
	free_rule(&m->rule[rule]);
	m->n--;
	memmove(&m->rule[rule], &m->rule[rule + 1],
	    (m->n - rule) * sizeof(*m->rule));
}

void
matrix_free(struct matrix *m)
{
	for (size_t i = 0; m->rule != NULL && i < m->n; i++)
		free_rule(&m->rule[i]);
	free(m->rule);
	*m = (struct matrix){ .rule = NULL };
}

static uint64_t
kinds_in(const struct cover *c, const struct matrix_filter *f, unsigned from,
    unsigned to)
{
	uint64_t kinds = 0;

	for (size_t i = 0; i < c->n; i++) {
		const uint64_t *set = c->box[i].set;

		if ((set[COVER_FROM] & f->set[COVER_FROM] & 1ULL << from) !=
			0 &&
		    (set[COVER_TO] & f->set[COVER_TO] & 1ULL << to) != 0 &&
		    (set[COVER_COOPERATION] & f->set[COVER_COOPERATION]) != 0 &&
		    (set[COVER_STATE] & f->set[COVER_STATE]) != 0)
			kinds |= set[COVER_KIND] & f->set[COVER_KIND];
	}
	return kinds;
}

uint64_t
matrix_kinds(const struct matrix_rule *r, const struct matrix_filter *f,
    unsigned from, unsigned to)
{
	for (size_t i = 0; i < r->n; i++)
		if (f->categories == 0 ?
			i == 0 :
			(r->part[i].categories & f->categories) != 0)
			return kinds_in(&r->part[i].cover, f, from, to);
	return 0;
}

/* --------------------------------------------------------------------- JSON */

static json_t *
set_json(uint64_t set)
{
	json_t *list = json_array();

	for (unsigned n = 0; n < 64; n++)
		if ((set & 1ULL << n) != 0)
			json_array_append_new(list, json_integer(n));
	return list;
}

/* A condition: which fact, and which of its values. */
static void
add_set(json_t *row, const char *fact, uint64_t set)
{
	json_object_set_new(row, fact, set_json(set));
}

static void
add_match(json_t *row, const struct match *m)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		uint64_t all = field_all((enum field)f);

		if ((m->set[f] & all) != all)
			add_set(row, field_info[f].name, m->set[f] & all);
	}
	for (unsigned i = 0; i < FLAG_COUNT; i++)
		if ((m->care & 1u << i) != 0)
			json_object_set_new(row, flag_info[i].name,
			    json_boolean((m->want & 1u << i) != 0));
}

static json_t *
row_json(const struct row *r)
{
	json_t *row = json_object();

	add_match(row, &r->match);
	if ((r->relation & 1u << RELATION_ANY) == 0)
		add_set(row, "relation", r->relation);
	if (r->n_basis > 0) {
		json_t *bases = json_array();

		for (size_t i = 0; i < r->n_basis; i++)
			json_array_append_new(bases, set_json(r->basis[i]));
		json_object_set_new(row, "bases", bases);
	}
	if (r->carry != CATEGORIES_ALL)
		add_set(row, "carry", r->carry);
	if (r->settings != 0)
		add_set(row, "setting", r->settings);
	return row;
}

static void
add_wanted(
    json_t *row, const char *fact, uint64_t any, uint64_t none, uint64_t whole)
{
	char not [40];

	if (any != 0 && (any & whole) != whole)
		add_set(row, fact, any);
	if (none == 0)
		return;
	(void)snprintf(not, sizeof(not ), "not %s", fact);
	add_set(row, not, none);
}

static json_t *
clause_json(const struct clause *c)
{
	json_t *row = json_object();

	add_match(row, &c->match);
	if ((c->relation_any & 1u << RELATION_ANY) == 0)
		add_set(row, "relation", c->relation_any);
	if (c->relation_none != 0)
		add_set(row, "not relation", c->relation_none);
	add_wanted(row, "basis", c->basis_any, c->basis_none,
	    words_all(words_find("basis")) | 1u);
	add_wanted(row, "carries", c->carries_any, c->carries_none,
	    2 * CATEGORIES_ALL);
	add_wanted(row, "setting", c->setting_any, c->setting_none, UINT64_MAX);
	return row;
}

static json_t *
clauses_json(const struct clause *c, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, clause_json(&c[i]));
	return list;
}

static json_t *
head_json(const struct rule *r)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", r->id, "law",
	    r->law, "mark", r->mark, "da", r->text_da, "en", r->text_en);
}

static json_t *
parts_json(const struct matrix_rule *m)
{
	json_t *parts = json_array();

	for (size_t i = 0; i < m->n; i++) {
		const struct cover *c = &m->part[i].cover;
		json_t *boxes = json_array();

		for (size_t k = 0; k < c->n; k++) {
			json_t *box = json_array();

			for (unsigned d = 0; d < COVER_DIMS; d++)
				json_array_append_new(
				    box, set_json(c->box[k].set[d]));
			json_array_append_new(boxes, box);
		}
		json_array_append_new(parts,
		    json_pack("{s:o, s:o}", "carries",
			set_json(m->part[i].categories), "boxes", boxes));
	}
	return parts;
}

static json_t *
permit_json(const struct matrix_rule *m, const struct rules *r)
{
	json_t *o = head_json(m->rule), *rows = json_array();

	for (size_t i = 0; i < r->n_row; i++)
		if (r->row[i].rule == m->rule)
			json_array_append_new(rows, row_json(&r->row[i]));
	json_object_set_new(o, "rows", rows);
	json_object_set_new(o, "approvers", set_json(m->rule->approvers));
	json_object_set_new(o, "parts", parts_json(m));
	return o;
}

static json_t *
other_json(const struct rule *r)
{
	json_t *o = head_json(r);

	json_object_set_new(o, "any", clauses_json(r->any, r->n_any));
	json_object_set_new(o, "unless", clauses_json(r->unless, r->n_unless));
	if (r->notice != NULL)
		json_object_set_new(o, "notice", json_string(r->notice));
	return o;
}

static json_t *
others_json(const struct rule *const *rule, size_t n, uint64_t at_ms)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		if (at_ms >= rule[i]->from_ms && at_ms < rule[i]->to_ms)
			json_array_append_new(list, other_json(rule[i]));
	return list;
}

/* The words of every fact by number: [id, Danish]. */
static json_t *
words_json(void)
{
	json_t *lists = json_object();

	for (size_t i = 0; i < words_count(); i++) {
		uint64_t all = words_all(i);
		json_t *list = json_object();

		if (words_form(i) == WORD_FLAG) {
			json_decref(list);
			continue;
		}
		if (strcmp(words_name(i), "basis") == 0)
			json_object_set_new(
			    list, "0", json_pack("[s, s]", "none", "none"));
		for (unsigned n = 0; n < 64; n++) {
			char number[4];

			if ((all & 1ULL << n) == 0)
				continue;
			(void)snprintf(number, sizeof(number), "%u", n);
			json_object_set_new(list, number,
			    json_pack("[s, s]", words_word(i, n),
				words_danish(i, n)));
		}
		json_object_set_new(lists, words_name(i), list);
	}
	return lists;
}

/* What each flag says when it holds. */
static json_t *
flags_json(void)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < FLAG_COUNT; i++)
		json_object_set_new(o, flag_info[i].name,
		    json_pack("[s, s]", flag_info[i].missing_true,
			flag_info[i].missing_false));
	return o;
}

json_t *
matrix_json(const struct matrix *m, const struct rules *r, uint64_t at_ms)
{
	json_t *permits = json_array();

	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(permits, permit_json(&m->rule[i], r));
	return json_pack("{s:I, s:[s,s,s,s,s], s:o, s:o, s:o, s:o, s:o}",
	    "at_ms", (json_int_t)at_ms, "dimensions", "kind", "from", "to",
	    "cooperation", "state", "words", words_json(), "flags",
	    flags_json(), "permits", permits, "prohibitions",
	    others_json(r->prohibition, r->n_prohibition, at_ms), "duties",
	    others_json(r->duty, r->n_duty, at_ms));
}
