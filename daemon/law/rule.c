/*
 * SPDX-License-Identifier: MIT
 *
 * rule: one rule of rules.yaml, of whatever class, and the list of them.
 */
#include "daemon/law/table.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/taxonomy.h"

#define RULES_MAX 12000
#define WITHIN_DAYS_MAX 3660

static const char *const mark_words[] = { "text", "interpretation" };

enum {
	HEAD_ID,
	HEAD_CLASS,
	HEAD_LAW,
	HEAD_MARK,
	HEAD_EN,
	HEAD_DA,
	HEAD_FROM,
	HEAD_TO,
	HEAD_COUNT
};

static const struct yaml_key head_keys[HEAD_COUNT] = {
	[HEAD_ID] = { "id", YAML_SCALAR, true, "such as R05, P20 or U1" },
	[HEAD_CLASS] = { "class", YAML_SCALAR, true,
	    "permit, prohibition or duty" },
	[HEAD_LAW] = { "law", YAML_SCALAR, true, "the provision it rests on" },
	[HEAD_MARK] = { "mark", YAML_SCALAR, true, "text or interpretation" },
	[HEAD_EN] = { "text_en", YAML_SCALAR, true, "what it says, English" },
	[HEAD_DA] = { "text_da", YAML_SCALAR, true, "what it says, Danish" },
	[HEAD_FROM] = { "valid_from", YAML_SCALAR, true,
	    "the time it starts to apply" },
	[HEAD_TO] = { "valid_to", YAML_SCALAR, false,
	    "the time it ceases to apply" },
};

/* Longest list of keys: head, conditions, either, approver. */
#define KEYS_MAX (HEAD_COUNT + CONDITION_COUNT + 2)

static bool
read_copy(struct reading *r, const struct yaml *v, const char **out)
{
	const char *text;

	if (!yaml_text(v, r->file, RULE_TEXT_MAX, &text, r->p))
		return false;
	*out = arena_strdup(r->arena, text);
	if (*out == NULL)
		problems_add(r->p, r->file, v->line, v->column, "no memory");
	return *out != NULL;
}

/* One of the words given; its number in *out. */
static bool
read_choice(struct reading *r, const struct yaml *v, const char *const *word,
    size_t n, size_t *out)
{
	char expected[TAXONOMY_EXPECTED], q[YAML_QUOTE];

	if (v == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(word[i], v->text) == 0) {
			*out = i;
			return true;
		}
	problems_add(r->p, r->file, v->line, v->column, "found %s, expected %s",
	    yaml_quote(q, v->text),
	    taxonomy_expect(
		expected, sizeof(expected), "word", word, n, v->text));
	return false;
}

bool
read_mark(struct reading *r, const struct yaml *v, size_t *out)
{
	return read_choice(r, v, mark_words, 2, out);
}

/* A letter and one to three digits; a lower-case letter may follow. */
static bool
id_is_valid(const char *id)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	size_t digits;

	if (strspn(id, upper) != 1)
		return false;
	digits = strspn(++id, "0123456789");
	if (digits < 1 || digits > 3)
		return false;
	id += digits;
	return *id == '\0' || (strspn(id, lower) == 1 && id[1] == '\0');
}

/* E is ours, where the list of permits has none. */
static const struct {
	const char *letters, *expected;
} id_form[] = {
	[RULE_PERMIT] = { "RE",
	    "the id of a permit: R or E and digits, such as R05" },
	[RULE_PROHIBITION] = { "P",
	    "the id of a prohibition: P and digits, such as P20" },
	[RULE_DUTY] = { "U", "the id of a duty: U and digits, such as U1" },
};

static bool
read_id(struct reading *r, const struct rules *t, const struct yaml *v,
    struct rule *rule)
{
	char q[YAML_QUOTE];

	if (v == NULL || !read_copy(r, v, &rule->id))
		return false;
	if (!id_is_valid(v->text) ||
	    strchr(id_form[rule->class].letters, v->text[0]) == NULL) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected %s", yaml_quote(q, v->text),
		    id_form[rule->class].expected);
		return false;
	}
	for (const struct rule *o = t->rule; o < rule; o++)
		if (o->id != NULL && strcmp(o->id, rule->id) == 0) {
			problems_add(r->p, r->file, v->line, v->column,
			    "found the rule %s again, expected each id once",
			    yaml_quote(q, v->text));
			return false;
		}
	return true;
}

static bool
read_head(struct reading *r, const struct rules *t,
    const struct yaml *const value[HEAD_COUNT], struct rule *rule)
{
	const struct yaml *to = value[HEAD_TO];
	size_t mark;
	bool good = read_id(r, t, value[HEAD_ID], rule);

	good = read_copy(r, value[HEAD_LAW], &rule->law) && good;
	good = read_copy(r, value[HEAD_EN], &rule->text_en) && good;
	good = read_copy(r, value[HEAD_DA], &rule->text_da) && good;
	if (read_mark(r, value[HEAD_MARK], &mark))
		rule->mark = mark_words[mark];
	else
		good = false;
	good = yaml_time(value[HEAD_FROM], r->file, &rule->from_ms, r->p) &&
	    good;
	rule->to_ms = UINT64_MAX;
	if (to == NULL)
		return good;
	good = yaml_time(to, r->file, &rule->to_ms, r->p) && good;
	if (good && rule->to_ms <= rule->from_ms) {
		problems_add(r->p, r->file, to->line, to->column,
		    "found an end that is not after the start, expected a "
		    "later time");
		return false;
	}
	return good;
}

/* What a permit must always name, so that nothing is wide by omission. */
static const unsigned demanded[] = { FIELD_FROM, FIELD_TO, CONDITION_RELATION,
	FIELD_COOPERATION, CONDITION_BASIS, FIELD_KIND, FIELD_PURPOSE,
	FIELD_STATE, CONDITION_CATEGORY };

static bool
check_demanded(struct reading *r, const struct yaml *at,
    const struct yaml *const shared[CONDITION_COUNT],
    const struct yaml *const own[CONDITION_COUNT], const struct yaml_key *keys)
{
	bool good = true;

	for (size_t i = 0; i < sizeof(demanded) / sizeof(demanded[0]); i++) {
		unsigned k = demanded[i];

		if (shared[k] != NULL || (own != NULL && own[k] != NULL))
			continue;
		problems_add(r->p, r->file, at->line, at->column,
		    "found no \"%s\" in a permit, expected it: %s",
		    keys[k].name, keys[k].help);
		good = false;
	}
	for (size_t k = 0; own != NULL && k < CONDITION_COUNT; k++) {
		if (shared[k] == NULL || own[k] == NULL)
			continue;
		problems_add(r->p, r->file, own[k]->key_line,
		    own[k]->key_column,
		    "found \"%s\" in the rule and in "
		    "either, expected it in one of them",
		    keys[k].name);
		good = false;
	}
	return good;
}

/* § 115, stk. 2: disclosure for an investigation is never permitted. */
static bool
check_purpose(struct reading *r, const struct yaml *at, const struct row *row)
{
	if ((row->match.set[FIELD_PURPOSE] & 1ULL << PURPOSE_INVESTIGATION) ==
	    0)
		return true;
	problems_add(r->p, r->file, at->line, at->column,
	    "found a permit for the purpose investigation, expected that it "
	    "leaves that out");
	return false;
}

static void
add_row(struct rules *t, const struct rule *rule, const struct row *row)
{
	t->row[t->n_row] = *row;
	t->row[t->n_row].rule = rule;
	t->row[t->n_row].from_ms = rule->from_ms;
	t->row[t->n_row].to_ms = rule->to_ms;
	t->n_row++;
}

static bool
read_permit(struct reading *r, struct rules *t, const struct yaml *at,
    const struct yaml *const shared[CONDITION_COUNT], const struct yaml *either,
    const struct rule *rule)
{
	struct yaml_key keys[CONDITION_COUNT];
	const struct yaml *own[CONDITION_COUNT];
	struct row base = row_open();
	bool good = read_row(r, shared, &base);

	condition_keys(keys, true);
	if (either == NULL) {
		good = check_demanded(r, at, shared, NULL, keys) && good;
		add_row(t, rule, &base);
		return good && check_purpose(r, at, &base);
	}
	if (either->child == NULL) {
		problems_add(r->p, r->file, either->line, either->column,
		    "found an empty list, expected at least one alternative");
		return false;
	}
	for (const struct yaml *v = either->child; v != NULL; v = v->next) {
		struct row row = base;

		if (!yaml_map(v, r->file, keys, CONDITION_COUNT, own, r->p)) {
			good = false;
			continue;
		}
		good = read_row(r, own, &row) && good;
		good = check_demanded(r, v, shared, own, keys) && good;
		good = good && check_purpose(r, v, &row);
		add_row(t, rule, &row);
	}
	return good;
}

/* The keys of one class, after the head. */
static size_t
class_keys(enum rule_class class, struct yaml_key out[KEYS_MAX])
{
	struct yaml_key *k = out + HEAD_COUNT;

	memcpy(out, head_keys, sizeof(head_keys));
	if (class == RULE_PERMIT) {
		condition_keys(k, true);
		k += CONDITION_COUNT;
		*k++ = (struct yaml_key){ "either", YAML_LIST, false,
			"alternatives, each completing the rule" };
		*k++ = (struct yaml_key){ "approver", YAML_LIST, false,
			"roles at the sending authority that decide each "
			"time" };
		return (size_t)(k - out);
	}
	*k++ = (struct yaml_key){ "any", YAML_LIST, true,
		"clauses of which one must fit" };
	*k++ = (struct yaml_key){ "unless", YAML_LIST, false,
		"clauses of which none may fit" };
	if (class == RULE_DUTY) {
		*k++ = (struct yaml_key){ "notice", YAML_SCALAR, true,
			"what the receipt says" };
		*k++ = (struct yaml_key){ "within_days", YAML_SCALAR, false,
			"days until it is due" };
	}
	return (size_t)(k - out);
}

/* What only a duty has. */
static bool
read_duty(struct reading *r, const struct yaml *notice,
    const struct yaml *within, struct rule *rule)
{
	bool good = notice != NULL && read_copy(r, notice, &rule->notice);
	uint64_t days = 0;

	if (within != NULL)
		good = yaml_number(
			   within, r->file, 1, WITHIN_DAYS_MAX, &days, r->p) &&
		    good;
	rule->within_ms = days * DAY_MS;
	return good;
}

static const struct yaml *
find_class(const struct yaml *v)
{
	for (const struct yaml *c = v->child; c != NULL; c = c->next)
		if (v->kind == YAML_MAP && c->kind == YAML_SCALAR &&
		    strcmp(c->key, "class") == 0)
			return c;
	return NULL;
}

static bool
read_rule(
    struct reading *r, struct rules *t, const struct yaml *v, struct rule *rule)
{
	static const char *const classes[] = { "permit", "prohibition",
		"duty" };
	struct yaml_key keys[KEYS_MAX];
	const struct yaml *value[KEYS_MAX], *const *own = value + HEAD_COUNT;
	const struct yaml *class = find_class(v);
	size_t number;
	bool good;

	/* Without a class its other keys mean nothing: say that alone. */
	if (class == NULL) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found no class, expected a map that says it is a "
		    "permit, prohibition or duty");
		return false;
	}
	if (!read_choice(r, class, classes, 3, &number))
		return false;
	rule->class = (enum rule_class)number;
	good = yaml_map(
	    v, r->file, keys, class_keys(rule->class, keys), value, r->p);
	good = read_head(r, t, value, rule) && good;
	if (rule->class == RULE_PERMIT) {
		const struct yaml *const *more = own + CONDITION_COUNT;

		if (more[1] != NULL)
			good = read_role_list(r, more[1], &rule->approvers) &&
			    good;
		return read_permit(r, t, v, own, more[0], rule) && good;
	}
	if (own[0] != NULL)
		good = read_clauses(r, own[0], &rule->any, &rule->n_any) &&
		    good;
	if (own[1] != NULL)
		good = read_clauses(
			   r, own[1], &rule->unless, &rule->n_unless) &&
		    good;
	if (rule->class == RULE_PROHIBITION)
		t->prohibition[t->n_prohibition++] = rule;
	else
		t->duty[t->n_duty++] = rule;
	return (rule->class == RULE_PROHIBITION ||
		   read_duty(r, own[2], own[3], rule)) &&
	    good;
}

/* How many rows the permits may need, and some more. */
static size_t
count_rows(const struct yaml *rules)
{
	size_t n = 0;

	for (const struct yaml *v = rules->child; v != NULL; v = v->next) {
		n++;
		for (const struct yaml *c = v->child; c != NULL; c = c->next)
			if (v->kind == YAML_MAP &&
			    strcmp(c->key, "either") == 0)
				n += c->n_child;
	}
	return n;
}

bool
read_rules(struct reading *r, struct rules *t, const struct yaml *list)
{
	size_t n = list->n_child;
	bool good = true;

	if (n == 0 || n > RULES_MAX) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found %zu rules, expected 1 to %d", n, RULES_MAX);
		return false;
	}
	t->rule = arena_alloc(r->arena, n * sizeof(*t->rule));
	t->row = arena_alloc(r->arena, count_rows(list) * sizeof(*t->row));
	t->prohibition = arena_alloc(r->arena, n * sizeof(*t->prohibition));
	t->duty = arena_alloc(r->arena, n * sizeof(*t->duty));
	if (t->rule == NULL || t->row == NULL || t->prohibition == NULL ||
	    t->duty == NULL) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found more rules than there is memory for");
		return false;
	}
	for (const struct yaml *v = list->child; v != NULL; v = v->next)
		good = read_rule(r, t, v, &t->rule[t->n_rule++]) && good;
	return good;
}
