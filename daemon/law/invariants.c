/*
 * SPDX-License-Identifier: MIT
 *
 * invariants: config/invariants.yaml, and the proofs. What cannot be decided
 * counts as broken: an invariant is proven, or the table is not.
 */
#include "daemon/law/invariants.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/law/cover.h"
#include "proto/limits.h"
#include "proto/taxonomy.h"

#define INVARIANTS_ARENA (4 * 1024 * 1024)
#define INVARIANTS_MAX 256
#define BY_MAX 16
#define INSTANTS_MAX 256

struct invariants {
	struct arena *arena;
	const char *file;
	const struct rules *rules;
	struct invariant *item;
	size_t n;
	uint64_t *instant; /* of all of them */
	size_t n_instant;
	struct space **space; /* at each instant */
};

/* --------------------------------------------------------------- reading */

enum {
	KEY_ID,
	KEY_EN,
	KEY_DA,
	KEY_NEVER,
	KEY_ALWAYS,
	KEY_WHEN,
	KEY_UNLESS,
	KEY_BY,
	KEY_FROM,
	KEY_COUNT
};

static const struct yaml_key item_keys[KEY_COUNT] = {
	[KEY_ID] = { "id", YAML_SCALAR, true, "such as I07" },
	[KEY_EN] = { "text_en", YAML_SCALAR, true, "what it says, English" },
	[KEY_DA] = { "text_da", YAML_SCALAR, true, "what it says, Danish" },
	[KEY_NEVER] = { "never", YAML_LIST, false,
	    "outcomes: permit, refuse, park" },
	[KEY_ALWAYS] = { "always", YAML_LIST, false,
	    "outcomes: permit, refuse, park" },
	[KEY_WHEN] = { "when", YAML_LIST, true,
	    "clauses of which one must fit" },
	[KEY_UNLESS] = { "unless", YAML_LIST, false,
	    "clauses of which none may fit" },
	[KEY_BY] = { "by", YAML_LIST, false, "rules that may decide" },
	[KEY_FROM] = { "valid_from", YAML_SCALAR, false,
	    "the time from which on it must hold" },
};

static bool
copy_text(struct reading *r, const struct yaml *v, size_t max, const char **out)
{
	const char *text;

	if (!yaml_text(v, r->file, max, &text, r->p))
		return false;
	*out = arena_strdup(r->arena, text);
	if (*out == NULL)
		problems_add(r->p, r->file, v->line, v->column, "no memory");
	return *out != NULL;
}

static bool
read_outcome(struct reading *r, const struct yaml *v, unsigned *set)
{
	static const struct {
		const char *word;
		unsigned outcome;
	} known[] = { { "permit", SPACE_PERMIT }, { "refuse", SPACE_REFUSE },
		{ "park", SPACE_PARK } };
	char q[YAML_QUOTE];

	for (size_t i = 0; v->kind == YAML_SCALAR && i < 3; i++)
		if (strcmp(known[i].word, v->text) == 0 &&
		    (*set & known[i].outcome) == 0) {
			*set |= known[i].outcome;
			return true;
		}
	problems_add(r->p, r->file, v->line, v->column,
	    "found %s, expected one of: permit, refuse, park, each once",
	    v->kind == YAML_SCALAR ? yaml_quote(q, v->text) :
				     yaml_kind_name(v->kind));
	return false;
}

/* One of never and always, and not all three outcomes in it. */
static bool
read_outcomes(struct reading *r, const struct yaml *at,
    const struct yaml *never, const struct yaml *always, struct invariant *out)
{
	const struct yaml *list = never != NULL ? never : always;
	bool good = true;

	if ((never == NULL) == (always == NULL)) {
		problems_add(r->p, r->file, at->line, at->column,
		    "found %s, expected one of never and always",
		    never != NULL ? "both never and always" :
				    "neither never nor always");
		return false;
	}
	out->always = always != NULL;
	for (const struct yaml *v = list->child; v != NULL; v = v->next)
		good = read_outcome(r, v, &out->outcomes) && good;
	if (good && list->n_child != 1 && list->n_child != 2) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found %zu outcomes, expected one or two of permit, "
		    "refuse, park",
		    list->n_child);
		return false;
	}
	return good;
}

static const struct rule *
find_rule(const struct rules *t, const char *id)
{
	for (size_t i = 0; i < t->n_rule; i++)
		if (strcmp(t->rule[i].id, id) == 0 &&
		    t->rule[i].class != RULE_DUTY)
			return &t->rule[i];
	return NULL;
}

static bool
read_by(struct reading *r, const struct rules *t, const struct yaml *list,
    struct invariant *out)
{
	char q[YAML_QUOTE];
	bool good = true;

	if (list->n_child == 0 || list->n_child > BY_MAX) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found %zu rules, expected 1 to %d", list->n_child, BY_MAX);
		return false;
	}
	out->by = arena_alloc(r->arena, list->n_child * sizeof(*out->by));
	if (out->by == NULL) {
		problems_add(
		    r->p, r->file, list->line, list->column, "no memory");
		return false;
	}
	for (const struct yaml *v = list->child; v != NULL; v = v->next) {
		const struct rule *rule = v->kind == YAML_SCALAR ?
		    find_rule(t, v->text) :
		    NULL;

		if (rule != NULL) {
			out->by[out->n_by++] = rule;
			continue;
		}
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected a permit or prohibition of the table",
		    v->kind == YAML_SCALAR ? yaml_quote(q, v->text) :
					     yaml_kind_name(v->kind));
		good = false;
	}
	return good;
}

/* "I" and two digits, and a lower-case letter if need be. */
static bool
read_id(struct reading *r, const struct invariants *all, const struct yaml *v,
    struct invariant *out)
{
	char q[YAML_QUOTE];
	size_t n;

	if (v == NULL || !copy_text(r, v, 8, &out->id))
		return false;
	n = strspn(out->id + (out->id[0] != '\0'), "0123456789");
	if (out->id[0] != 'I' || n != 2 ||
	    (out->id[3] != '\0' &&
		(out->id[3] < 'a' || out->id[3] > 'z' || out->id[4] != '\0'))) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected I and two digits, such as I07",
		    yaml_quote(q, v->text));
		return false;
	}
	for (size_t i = 0; i < all->n; i++)
		if (all->item[i].id != NULL &&
		    strcmp(all->item[i].id, out->id) == 0) {
			problems_add(r->p, r->file, v->line, v->column,
			    "found the invariant %s again, expected each id "
			    "once",
			    yaml_quote(q, v->text));
			return false;
		}
	return true;
}

static bool
read_item(struct reading *r, const struct invariants *all, const struct yaml *v,
    uint64_t from_ms, struct invariant *out)
{
	const struct yaml *value[KEY_COUNT];
	bool good = yaml_map(v, r->file, item_keys, KEY_COUNT, value, r->p);

	out->line = v->line;
	out->column = v->column;
	out->from_ms = from_ms;
	if (v->kind != YAML_MAP)
		return false;
	good = read_id(r, all, value[KEY_ID], out) && good;
	good = copy_text(r, value[KEY_EN], RULE_TEXT_MAX, &out->text_en) &&
	    good;
	good = copy_text(r, value[KEY_DA], RULE_TEXT_MAX, &out->text_da) &&
	    good;
	good = read_outcomes(r, v, value[KEY_NEVER], value[KEY_ALWAYS], out) &&
	    good;
	if (value[KEY_FROM] != NULL)
		good = yaml_time(
			   value[KEY_FROM], r->file, &out->from_ms, r->p) &&
		    good;
	if (value[KEY_BY] != NULL)
		good = read_by(r, all->rules, value[KEY_BY], out) && good;
	if (value[KEY_WHEN] != NULL)
		good = read_clauses(
			   r, value[KEY_WHEN], &out->when, &out->n_when) &&
		    good;
	if (value[KEY_UNLESS] != NULL)
		good = read_clauses(r, value[KEY_UNLESS], &out->unless,
			   &out->n_unless) &&
		    good;
	return good;
}

static void
read_items(struct reading *r, struct invariants *all, const struct yaml *list,
    uint64_t from_ms)
{
	if (list->n_child == 0 || list->n_child > INVARIANTS_MAX) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found %zu invariants, expected 1 to %d", list->n_child,
		    INVARIANTS_MAX);
		return;
	}
	all->item = arena_alloc(r->arena, list->n_child * sizeof(*all->item));
	if (all->item == NULL) {
		problems_add(
		    r->p, r->file, list->line, list->column, "no memory");
		return;
	}
	for (const struct yaml *v = list->child; v != NULL; v = v->next) {
		(void)read_item(r, all, v, from_ms, &all->item[all->n]);
		all->n++;
	}
}

/* The table's number of days may not be larger than the one here. */
static void
check_days(struct reading *r, const struct yaml *v, const char *what,
    uint64_t found_ms)
{
	uint64_t most;

	if (yaml_number(v, r->file, 0, DAYS_MAX, &most, r->p) &&
	    found_ms > most * DAY_MS)
		problems_add(r->p, r->file, v->line, v->column,
		    "found %llu for %s in the table, expected at most %llu",
		    (unsigned long long)(found_ms / DAY_MS), what,
		    (unsigned long long)most);
}

/* The table may name no other judges than those here. */
static void
check_judges(
    struct reading *r, const struct yaml *v, const char *what, uint64_t found)
{
	uint64_t allowed = 0;

	if (!read_role_list(r, v, &allowed))
		return;
	for (int role = 1; role < 64; role++)
		if ((found & ~allowed & 1ULL << role) != 0)
			problems_add(r->p, r->file, v->line, v->column,
			    "found %s as a judge of %s in the table, expected "
			    "none but these",
			    TAXONOMY_ID(role, role), what);
}

static void
check_exposed(
    struct reading *r, const struct yaml *v, const struct limits *found)
{
	static const struct yaml_key keys[] = {
		{ "judged_by", YAML_LIST, true, "the widest set of judges" },
		{ "max_age_days", YAML_SCALAR, true, "the most days" },
	};
	const struct yaml *value[2];

	if (!yaml_map(v, r->file, keys, 2, value, r->p))
		return;
	check_judges(r, value[0], "socially_exposed", found->exposed_judges);
	check_days(r, value[1], "max_age_days", found->exposed_age_ms);
}

static void
check_ksp(struct reading *r, const struct yaml *v, const struct limits *found)
{
	static const struct yaml_key keys[] = {
		{ "judged_by", YAML_LIST, true, "the widest set of judges" },
		{ "days_before_release", YAML_SCALAR, true, "the most days" },
		{ "days_after_release", YAML_SCALAR, true, "the most days" },
	};
	const struct yaml *value[3];

	if (!yaml_map(v, r->file, keys, 3, value, r->p))
		return;
	check_judges(r, value[0], "ksp", found->ksp_judges);
	check_days(r, value[1], "days_before_release", found->ksp_before_ms);
	check_days(r, value[2], "days_after_release", found->ksp_after_ms);
}

/* How wide the table's own limits may be at most. */
static void
check_limits(
    struct reading *r, const struct yaml *v, const struct limits *found)
{
	static const struct yaml_key keys[] = {
		{ "socially_exposed", YAML_MAP, true, "its widest limits" },
		{ "ksp", YAML_MAP, true, "its widest limits" },
	};
	const struct yaml *value[2];

	if (!yaml_map(v, r->file, keys, 2, value, r->p))
		return;
	check_exposed(r, value[0], found);
	check_ksp(r, value[1], found);
}

static void
read_file(struct reading *r, struct invariants *all, const struct yaml *root)
{
	static const struct yaml_key keys[] = {
		{ "version", YAML_SCALAR, true, "1" },
		{ "valid_from", YAML_SCALAR, true,
		    "the time from which on they must hold" },
		{ "groups", YAML_MAP, false, "named sets of ids" },
		{ "limits", YAML_MAP, false,
		    "how wide the table's limits may be at most" },
		{ "invariants", YAML_LIST, true, "the invariants" },
	};
	const struct yaml *value[5];
	uint64_t version, from_ms = 0;

	/* Each adds its own problems; the count decides at the end. */
	(void)yaml_map(root, r->file, keys, 5, value, r->p);
	(void)yaml_number(value[0], r->file, 1, 1, &version, r->p);
	(void)yaml_time(value[1], r->file, &from_ms, r->p);
	if (value[2] != NULL)
		(void)read_groups(r, value[2]);
	if (value[3] != NULL)
		check_limits(r, value[3], &all->rules->limits);
	if (value[4] != NULL)
		read_items(r, all, value[4], from_ms);
}

/* -------------------------------------------------------------- instants */

static int
by_time(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorts, and keeps each once. */
static size_t
sort_times(uint64_t *at, size_t n)
{
	size_t kept = 0;

	qsort(at, n, sizeof(*at), by_time);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || at[kept - 1] != at[i])
			at[kept++] = at[i];
	return kept;
}

size_t
rules_instants(
    const struct rules *r, uint64_t from_ms, uint64_t *out, size_t room)
{
	uint64_t *all = malloc((2 * r->n_rule + 1) * sizeof(*all));
	size_t n = 0;

	if (all == NULL)
		return room + 1;
	all[n++] = from_ms;
	for (size_t i = 0; i < r->n_rule; i++) {
		if (r->rule[i].from_ms > from_ms)
			all[n++] = r->rule[i].from_ms;
		if (r->rule[i].to_ms > from_ms &&
		    r->rule[i].to_ms != UINT64_MAX)
			all[n++] = r->rule[i].to_ms;
	}
	n = sort_times(all, n);
	memcpy(out, all, (n < room ? n : room) * sizeof(*out));
	free(all);
	return n;
}

/* The spaces of all times at which some invariant is to be proven. */
static bool
make_spaces(struct invariants *i)
{
	uint64_t at[INSTANTS_MAX + INVARIANTS_MAX], first = UINT64_MAX;
	size_t n;

	for (size_t k = 0; k < i->n; k++)
		if (i->item[k].from_ms < first)
			first = i->item[k].from_ms;
	n = rules_instants(i->rules, first, at, INSTANTS_MAX);
	if (n > INSTANTS_MAX)
		return false;
	for (size_t k = 0; k < i->n; k++)
		at[n++] = i->item[k].from_ms;
	i->n_instant = sort_times(at, n);
	if (i->n_instant > INSTANTS_MAX)
		return false;
	i->instant = arena_dup(
	    i->arena, bytes_of(at, i->n_instant * sizeof(*at)));
	i->space = arena_alloc(i->arena, i->n_instant * sizeof(*i->space));
	if (i->instant == NULL || i->space == NULL)
		return false;
	for (size_t k = 0; k < i->n_instant; k++) {
		i->space[k] = space_new(i->rules, NULL, i->instant[k]);
		if (i->space[k] == NULL)
			return false;
	}
	return true;
}

struct invariants *
invariants_load(const char *file, struct bytes text, const struct rules *rules,
    struct problems *p)
{
	struct reading r = { .file = file, .p = p };
	struct arena *parse = NULL;
	struct invariants *i = NULL;
	const struct yaml *root;
	size_t before = p->count;

	if (arena_new(&parse, YAML_ARENA) != ERR_OK ||
	    arena_new(&r.arena, INVARIANTS_ARENA) != ERR_OK ||
	    (i = arena_alloc(r.arena, sizeof(*i))) == NULL) {
		problems_add(p, file, 0, 0, "no memory");
		goto fail;
	}
	i->arena = r.arena;
	i->rules = rules;
	i->file = arena_strdup(r.arena, file);
	root = yaml_parse(parse, file, text, p);
	if (root != NULL)
		read_file(&r, i, root);
	if (p->count == before && (i->file == NULL || !make_spaces(i)))
		problems_add(p, file, 0, 0,
		    "no memory, or more than %d times at which a rule or an "
		    "invariant begins or a rule ceases to apply",
		    INSTANTS_MAX);
	if (p->count != before)
		goto fail;
	arena_free(parse);
	return i;
fail:
	if (i != NULL)
		invariants_free(i);
	else
		arena_free(r.arena);
	arena_free(parse);
	return NULL;
}

void
invariants_free(struct invariants *i)
{
	if (i == NULL)
		return;
	for (size_t k = 0; i->space != NULL && k < i->n_instant; k++)
		space_free(i->space[k]);
	arena_free(i->arena);
}

size_t
invariants_count(const struct invariants *i)
{
	return i->n;
}

const struct invariant *
invariants_at(const struct invariants *i, size_t n)
{
	return &i->item[n];
}

/* ---------------------------------------------------------------- proofs */

/* What would break it: a wrong outcome, or the right one by another rule. */
static size_t
breaking(const struct invariant *i, struct space_want out[2])
{
	const struct rule *const *by = i->by;
	size_t n = 0;

	memset(out, 0, 2 * sizeof(*out));
	if (i->always)
		out[n++].outcome = SPACE_WHATEVER & ~i->outcomes;
	if (i->always && i->n_by == 0)
		return n;
	out[n].outcome = i->outcomes;
	out[n].except = by;
	out[n].n_except = i->n_by;
	return n + 1;
}

/* The question whether something is where the invariant applies. */
static struct space_question
ask_where(const struct invariant *item)
{
	struct space_question q = space_ask();

	q.when = item->when;
	q.n_when = item->n_when;
	q.unless = item->unless;
	q.n_unless = item->n_unless;
	return q;
}

/*
 * Of two messages that break it, people are shown one whose facts do not
 * contradict each other, if there is one. *a is as it was when there is none
 * or when that cannot be told.
 */
static void
prefer_possible(const struct space *s, const struct space_question *found,
    struct space_answer *a)
{
	const size_t n = found->n_unless + COVER_IMPOSSIBLE;
	struct clause *unless = calloc(n, sizeof(*unless));
	struct space_question q = *found;
	struct space_answer other;

	if (unless == NULL)
		return;
	for (size_t k = 0; k < found->n_unless; k++)
		unless[k] = found->unless[k];
	cover_impossible(unless + found->n_unless);
	q.unless = unless;
	q.n_unless = n;
	if (space_find(s, &q, &other) == ERR_OK && other.found)
		a->facts = other.facts;
	free(unless);
}

enum err
invariants_prove(const struct invariants *i, size_t n, struct proof *out)
{
	const struct invariant *item = &i->item[n];
	struct space_question q = ask_where(item);
	struct space_want want[2];
	size_t n_want = breaking(item, want);
	struct space_answer a;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = space_find(i->space[0], &q, &a);
	out->nodes += a.nodes;
	out->empty = e == ERR_OK && !a.found;
	if (e != ERR_OK || out->empty)
		return e;
	for (size_t k = 0; k < i->n_instant; k++) {
		for (size_t w = 0; w < n_want; w++) {
			if (i->instant[k] < item->from_ms)
				continue;
			q.want[0] = want[w];
			q.smallest = true;
			e = space_find(i->space[k], &q, &a);
			out->nodes += a.nodes;
			if (e != ERR_OK)
				return e;
			if (!a.found)
				continue;
			prefer_possible(i->space[k], &q, &a);
			out->facts = a.facts;
			out->at_ms = i->instant[k];
			judge(i->rules, &a.facts, out->at_ms, &out->judgement);
			return ERR_OK;
		}
	}
	out->proven = true;
	return ERR_OK;
}

static const char *
outcome_words(const struct judgement *j)
{
	switch (j->outcome) {
	case OUTCOME_PERMIT:
		return "permits";
	case OUTCOME_PARK:
		return "parks";
	case OUTCOME_REFUSE:
		break;
	default:
		break;
	}
	return "refuses";
}

static void
add_broken(const struct invariants *i, const struct invariant *item,
    const struct proof *proof, struct problems *p)
{
	const struct judgement *j = &proof->judgement;
	char words[2000];

	space_words(&proof->facts, words, sizeof(words));
	problems_add(p, i->file, item->line, item->column,
	    "found that the table breaks %s (%s), expected that it holds; it "
	    "%s%s%s {%s}",
	    item->id, item->text_en, outcome_words(j),
	    j->code != CODE_NO_PERMIT ? " by " : "",
	    j->code != CODE_NO_PERMIT ? rule_id(j->rule) : "", words);
}

bool
invariants_hold(const struct invariants *i, struct problems *p)
{
	size_t before = p->count;

	for (size_t n = 0; n < i->n; n++) {
		const struct invariant *item = &i->item[n];
		struct proof proof;
		enum err e = invariants_prove(i, n, &proof);

		if (e != ERR_OK)
			problems_add(p, i->file, item->line, item->column,
			    "found no proof of %s (%s), expected one", item->id,
			    err_name(e));
		else if (proof.empty)
			problems_add(p, i->file, item->line, item->column,
			    "found that %s is about no message at all, "
			    "expected clauses of which one can fit",
			    item->id);
		else if (!proof.proven)
			add_broken(i, item, &proof, p);
	}
	return p->count == before;
}
