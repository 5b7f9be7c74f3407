/*
 * SPDX-License-Identifier: MIT
 *
 * conditions: what a permit's row or a clause asks, out of rules.yaml.
 */
#include "daemon/law/table.h"

#include <string.h>

void
condition_keys(struct yaml_key out[CONDITION_COUNT], bool permit)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		out[i] = (struct yaml_key){ field_info[i].name, YAML_ANY, false,
			"any, a list, or {not: a list}" };
	for (size_t i = 0; i < FLAG_COUNT; i++)
		out[FIELD_COUNT + i] = (struct yaml_key){ flag_info[i].name,
			YAML_SCALAR, false, "true or false" };
	out[CONDITION_RELATION] = (struct yaml_key){ "relation", YAML_ANY,
		false, "any, or a list of which one must hold" };
	out[CONDITION_BASIS] = (struct yaml_key){ permit ? "bases" : "basis",
		YAML_ANY, false,
		permit ? "any, or a list of alternatives, each a list" :
			 "any, a list, or {not: a list}" };
	out[CONDITION_CATEGORY] = (struct yaml_key){ permit ? "carry" :
							      "carries",
		YAML_ANY, false, "any, a list, or {not: a list}" };
	out[CONDITION_SETTING] = (struct yaml_key){ "setting", YAML_ANY, false,
		permit ? "a list of which all must be on" :
			 "a list, or {not: a list}" };
}

static struct match
match_open(void)
{
	struct match m = { .care = 0 };

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		m.set[f] = field_all((enum field)f);
	return m;
}

struct row
row_open(void)
{
	return (struct row){ .match = match_open(),
		.relation = UINT32_MAX,
		.carry = CATEGORIES_ALL };
}

/* A clause forbids: what it does not name matches every number. */
static struct clause
clause_open(void)
{
	struct clause c = { .relation_any = UINT32_MAX,
		.basis_any = UINT32_MAX,
		.carries_any = 0 };

	memset(c.match.set, 0xff, sizeof(c.match.set));
	return c;
}

static bool
read_match(struct reading *r, const struct yaml *const value[CONDITION_COUNT],
    struct match *m)
{
	bool good = true, flag;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (value[f] != NULL)
			good = read_field(
				   r, value[f], (enum field)f, &m->set[f]) &&
			    good;
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const struct yaml *v = value[FIELD_COUNT + i];

		if (v == NULL)
			continue;
		if (!yaml_flag(v, r->file, &flag, r->p)) {
			good = false;
			continue;
		}
		m->care |= (uint16_t)(1u << i);
		if (flag)
			m->want |= (uint16_t)(1u << i);
		else
			m->want &= (uint16_t) ~(1u << i);
	}
	return good;
}

static bool
is_any(const struct yaml *v)
{
	return v->kind == YAML_SCALAR && strcmp(v->text, "any") == 0;
}

/* Alternatives: a list of lists, each a set that must all be claimed. */
static bool
read_bases(struct reading *r, const struct yaml *v, struct row *row)
{
	bool good = true;

	row->n_basis = 0;
	if (is_any(v))
		return true;
	if (v->kind != YAML_LIST || v->child == NULL ||
	    v->n_child > BASES_MAX) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected any, or 1 to %d alternatives, each a "
		    "list of bases",
		    v->kind != YAML_LIST ? yaml_kind_name(v->kind) :
			v->child == NULL ? "an empty list" :
					   "a longer list",
		    BASES_MAX);
		return false;
	}
	for (const struct yaml *c = v->child; c != NULL; c = c->next) {
		uint32_t set = 0;

		good = read_basis(r, c, &set, NULL) && good;
		row->basis[row->n_basis++] = set;
	}
	return good;
}

bool
read_row(struct reading *r, const struct yaml *const value[CONDITION_COUNT],
    struct row *row)
{
	const struct yaml *relation = value[CONDITION_RELATION];
	const struct yaml *basis = value[CONDITION_BASIS];
	const struct yaml *carry = value[CONDITION_CATEGORY];
	const struct yaml *setting = value[CONDITION_SETTING];
	bool good = read_match(r, value, &row->match);

	if (relation != NULL && relation->kind == YAML_MAP) {
		problems_add(r->p, r->file, relation->line, relation->column,
		    "found a map, expected any, or a list of which one must "
		    "hold");
		good = false;
	} else if (relation != NULL) {
		uint32_t none = 0;

		row->relation = 0;
		good = read_relations(r, relation, &row->relation, &none) &&
		    good;
	}
	if (basis != NULL)
		good = read_bases(r, basis, row) && good;
	if (carry != NULL) {
		uint64_t any = CATEGORIES_ALL, none = 0;

		good = read_categories(r, carry, &any, &none) && good;
		row->carry = any & ~none;
	}
	if (setting != NULL)
		good = read_settings(r, setting, &row->settings, NULL) && good;
	return good;
}

static bool
read_clause(struct reading *r, const struct yaml *v, struct clause *c)
{
	struct yaml_key keys[CONDITION_COUNT];
	const struct yaml *value[CONDITION_COUNT];
	bool good;

	*c = clause_open();
	condition_keys(keys, false);
	good = yaml_map(v, r->file, keys, CONDITION_COUNT, value, r->p);
	if (good && v->child == NULL) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found an empty clause, expected at least one condition");
		return false;
	}
	good = read_match(r, value, &c->match) && good;
	if (value[CONDITION_RELATION] != NULL)
		good = read_relations(r, value[CONDITION_RELATION],
			   &c->relation_any, &c->relation_none) &&
		    good;
	if (value[CONDITION_BASIS] != NULL)
		good = read_basis(r, value[CONDITION_BASIS], &c->basis_any,
			   &c->basis_none) &&
		    good;
	if (value[CONDITION_CATEGORY] != NULL)
		good = read_categories(r, value[CONDITION_CATEGORY],
			   &c->carries_any, &c->carries_none) &&
		    good;
	if (value[CONDITION_SETTING] != NULL)
		good = read_settings(r, value[CONDITION_SETTING],
			   &c->setting_any, &c->setting_none) &&
		    good;
	return good;
}

bool
read_clauses(struct reading *r, const struct yaml *list,
    const struct clause **out, size_t *n)
{
	struct clause *c;
	bool good = true;

	if (list->child == NULL) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found an empty list, expected at least one clause");
		return false;
	}
	c = arena_alloc(r->arena, list->n_child * sizeof(*c));
	if (c == NULL) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found more clauses than there is memory for");
		return false;
	}
	*out = c;
	for (const struct yaml *v = list->child; v != NULL; v = v->next)
		good = read_clause(r, v, c++) && good;
	*n = list->n_child;
	return good;
}
