/*
 * SPDX-License-Identifier: MIT
 *
 * rules: config/rules.yaml into the table that judge() reads. A table with
 * one fault in it is no table: nothing of it is ever used.
 */
#include "daemon/law/decide.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/taxonomy.h"

#define RULES_ARENA (48 * 1024 * 1024) /* RULES_MAX rules and their index */

const char *
rule_id(const struct rule *r)
{
	return r->id;
}

const char *
rule_law(const struct rule *r)
{
	return r->law;
}

const char *
rule_text(const struct rule *r)
{
	return r->text_en;
}

const char *
rule_text_da(const struct rule *r)
{
	return r->text_da;
}

const char *
rule_mark(const struct rule *r)
{
	return r->mark;
}

uint64_t
rule_approvers(const struct rule *r)
{
	return r->approvers;
}

enum rule_class
rule_class(const struct rule *r)
{
	return r->class;
}

const struct rule *
rules_find(const struct rules *r, const char *id)
{
	for (size_t i = 0; id != NULL && i < r->n_rule; i++)
		if (strcmp(r->rule[i].id, id) == 0)
			return &r->rule[i];
	return NULL;
}

size_t
rules_count(const struct rules *r)
{
	return r->n_rule;
}

/* Citation and words of a limit are for people; they must be there. */
static bool
read_words(struct reading *r, const struct yaml *law, const struct yaml *mark,
    const struct yaml *en, const struct yaml *da)
{
	const char *unused;
	size_t n;
	bool good = yaml_text(law, r->file, RULE_TEXT_MAX, &unused, r->p);

	good = yaml_text(en, r->file, RULE_TEXT_MAX, &unused, r->p) && good;
	good = yaml_text(da, r->file, RULE_TEXT_MAX, &unused, r->p) && good;
	return read_mark(r, mark, &n) && good;
}

static bool
read_days(struct reading *r, const struct yaml *v, uint64_t *ms)
{
	uint64_t days;

	if (!yaml_number(v, r->file, 0, DAYS_MAX, &days, r->p))
		return false;
	*ms = days * DAY_MS;
	return true;
}

static bool
read_exposed(struct reading *r, const struct yaml *v, struct limits *l)
{
	static const struct yaml_key keys[] = {
		{ "judged_by", YAML_LIST, true,
		    "roles whose judgement counts" },
		{ "max_age_days", YAML_SCALAR, true,
		    "how long a judgement stands" },
		{ "law", YAML_SCALAR, true, "the provision it rests on" },
		{ "mark", YAML_SCALAR, true, "text or interpretation" },
		{ "text_en", YAML_SCALAR, true, "what it says, English" },
		{ "text_da", YAML_SCALAR, true, "what it says, Danish" },
	};
	const struct yaml *value[6];
	bool good = yaml_map(v, r->file, keys, 6, value, r->p);

	good = value[0] != NULL &&
	    read_role_list(r, value[0], &l->exposed_judges) && good;
	good = read_days(r, value[1], &l->exposed_age_ms) && good;
	return read_words(r, value[2], value[3], value[4], value[5]) && good;
}

static bool
read_ksp(struct reading *r, const struct yaml *v, struct limits *l)
{
	static const struct yaml_key keys[] = {
		{ "judged_by", YAML_LIST, true,
		    "roles whose judgement counts" },
		{ "days_before_release", YAML_SCALAR, true,
		    "how early it applies" },
		{ "days_after_release", YAML_SCALAR, true,
		    "how long after it applies" },
		{ "law", YAML_SCALAR, true, "the provision it rests on" },
		{ "mark", YAML_SCALAR, true, "text or interpretation" },
		{ "text_en", YAML_SCALAR, true, "what it says, English" },
		{ "text_da", YAML_SCALAR, true, "what it says, Danish" },
	};
	const struct yaml *value[7];
	bool good = yaml_map(v, r->file, keys, 7, value, r->p);

	good = value[0] != NULL &&
	    read_role_list(r, value[0], &l->ksp_judges) && good;
	good = read_days(r, value[1], &l->ksp_before_ms) && good;
	good = read_days(r, value[2], &l->ksp_after_ms) && good;
	return read_words(r, value[3], value[4], value[5], value[6]) && good;
}

static bool
read_limits(struct reading *r, const struct yaml *v, struct limits *l)
{
	static const struct yaml_key keys[] = {
		{ "socially_exposed", YAML_MAP, true,
		    "who may judge it and for how long" },
		{ "ksp", YAML_MAP, true,
		    "who may judge it and the window around the release" },
	};
	const struct yaml *value[2];
	bool good = yaml_map(v, r->file, keys, 2, value, r->p);

	if (value[0] != NULL)
		good = read_exposed(r, value[0], l) && good;
	if (value[1] != NULL)
		good = read_ksp(r, value[1], l) && good;
	return good;
}

static bool
name_categories(struct reading *r, struct rules *t)
{
	for (int i = 0; i < CATEGORY_COUNT; i++) {
		t->category_missing[i] = arena_printf(t->arena, "category: %s",
		    TAXONOMY_ID(category, CATEGORY_IDENTITY + i));
		if (t->category_missing[i] == NULL) {
			problems_add(r->p, r->file, 0, 0, "no memory");
			return false;
		}
	}
	return true;
}

static void
read_table(struct reading *r, struct rules *t, const struct yaml *root)
{
	static const struct yaml_key keys[] = {
		{ "version", YAML_SCALAR, true, "1" },
		{ "groups", YAML_MAP, false, "named sets of ids" },
		{ "limits", YAML_MAP, true, "how statements are measured" },
		{ "rules", YAML_LIST, true, "the rules" },
	};
	const struct yaml *value[4];
	uint64_t version;

	/* Each adds its own problems; the count decides at the end. */
	(void)yaml_map(root, r->file, keys, 4, value, r->p);
	(void)yaml_number(value[0], r->file, 1, 1, &version, r->p);
	if (value[1] != NULL)
		(void)read_groups(r, value[1]);
	if (value[2] != NULL)
		(void)read_limits(r, value[2], &t->limits);
	if (value[3] != NULL)
		(void)read_rules(r, t, value[3]);
	(void)name_categories(r, t);
}

struct rules *
rules_load(const char *file, struct bytes text, struct problems *p)
{
	struct reading r = { .file = file, .p = p };
	struct arena *parse = NULL;
	struct rules *t = NULL;
	const struct yaml *root;
	size_t before = p->count;

	if (arena_new(&parse, YAML_ARENA) != ERR_OK ||
	    arena_new(&r.arena, RULES_ARENA) != ERR_OK ||
	    (t = arena_alloc(r.arena, sizeof(*t))) == NULL) {
		problems_add(p, file, 0, 0, "no memory");
		goto fail;
	}
	t->arena = r.arena;
	root = yaml_parse(parse, file, text, p);
	if (root != NULL)
		read_table(&r, t, root);
	if (p->count != before || !decide_build(&r, t))
		goto fail;
	t->groups = r.groups;
	arena_free(parse);
	return t;
fail:
	arena_free(r.arena);
	arena_free(parse);
	return NULL;
}

void
rules_free(struct rules *r)
{
	if (r != NULL)
		arena_free(r->arena);
}
