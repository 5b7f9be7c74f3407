/*
 * SPDX-License-Identifier: MIT
 *
 * rules_diff: infohus rules diff. What two tables judge differently, for a
 * lawyer who must know what a change does before it is in force; and what
 * else changed in the rules.
 */
#include "rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/law/words.h"
#include "diff.h"
#include "example.h"
#include "proto/limits.h"
#include "rules_say.h"

#define WIDTH 99

struct report {
	const struct args *args;
	const char *file[2];
	struct rules *table[2];
	struct diff diff;
	bool others;	    /* duties or limits changed */
	unsigned rewritten; /* rules with other words only */
};

static const struct {
	const char *id, *title;
} sort_words[] = {
	[DIFF_PERMIT] = { "permit", "BECOMES PERMITTED" },
	[DIFF_PARK] = { "park", "IS PARKED, an approver decides" },
	[DIFF_REFUSE] = { "refuse", "BECOMES REFUSED" },
	[DIFF_OTHER_RULE] = { "other_rule", "STAYS AS IT IS, by another rule" },
};

static const char *const change_words[] = { "law", "mark", "text_en", "text_da",
	"validity", "conditions", "notice", "class" };
#define CHANGES (sizeof(change_words) / sizeof(change_words[0]))
#define WORDS_ONLY \
	(DIFF_LAW | DIFF_MARK | DIFF_TEXT_EN | DIFF_TEXT_DA | DIFF_VALIDITY)

/* ------------------------------------------------------------------ words */

static const char *
outcome_name(unsigned outcome)
{
	return outcome == SPACE_PERMIT ? "permit" :
	    outcome == SPACE_PARK      ? "park" :
					 "refuse";
}

/* "permit R05", "refuse P20", "refuse (no permit)" */
static const char *
verdict_text(const struct cover_verdict *v, char out[40])
{
	(void)snprintf(out, 40, "%s %s", outcome_name(v->outcome),
	    v->rule != NULL ? rule_id(v->rule) : "(no permit)");
	return out;
}

static void
bits_text(size_t fact, uint64_t set, char *out, size_t room)
{
	size_t at = strlen(out), first = at;

	for (unsigned n = 0; n < 64 && at < room; n++)
		if ((set & 1ULL << n) != 0)
			at += (size_t)snprintf(out + at, room - at, "%s%s",
			    at > first ? ", " : "", words_word(fact, n));
}

/* "any", "skole, social", or "any but pet" where that is shorter. */
static void
set_text(const char *fact, uint64_t set, char *out, size_t room)
{
	size_t i = words_find(fact);
	uint64_t all = words_all(i), rest;

	if (strcmp(fact, "from") == 0)
		all &= ~(1ULL << ROLE_INFOHUS);
	rest = all & ~set;
	out[0] = '\0';
	if (__builtin_popcountll(rest) >= __builtin_popcountll(set)) {
		bits_text(i, set, out, room);
		return;
	}
	(void)snprintf(out, room, rest == 0 ? "any" : "any but ");
	bits_text(i, rest, out, room);
}

static json_t *
set_json(const char *fact, uint64_t set)
{
	json_t *list = json_array();

	for (unsigned n = 0; n < 64; n++)
		if ((set & 1ULL << n) != 0)
			json_array_append_new(
			    list, json_string(words_word(words_find(fact), n)));
	return list;
}

/* ----------------------------------------------------------------- groups */

static void
print_example(const json_t *example)
{
	char *draft = json_dumps(
	    json_object_get(example, "draft"), JSON_COMPACT);
	const json_t *options = json_object_get(example, "options");

	printf("     example: %s\n", draft != NULL ? draft : "no memory");
	if (json_array_size(options) > 0) {
		char text[4000] = "";
		size_t at = 0;

		for (size_t i = 0; i < json_array_size(options); i++) {
			at += (size_t)snprintf(text + at, sizeof(text) - at,
			    "%s%s", i > 0 ? " " : "",
			    json_string_value(json_array_get(options, i)));
			if (at >= sizeof(text))
				break;
		}
		print_wrapped_to(stdout, WIDTH, "     with: ", text);
	}
	free(draft);
}

static void
print_group(const struct report *r, const struct diff_group *g)
{
	char kinds[1200], from[1200], to[1200], text[3700];
	json_t *example = example_json(&g->example, r->table[0], r->table[1]);

	set_text("kind", g->kinds, kinds, sizeof(kinds));
	set_text("from", g->from, from, sizeof(from));
	set_text("to", g->to, to, sizeof(to));
	(void)snprintf(text, sizeof(text), "%s: %s -> %s", kinds, from, to);
	print_wrapped_to(stdout, WIDTH, "   ", text);
	if (example != NULL)
		print_example(example);
	json_decref(example);
}

static void
print_verdicts(const struct diff_group *g)
{
	char was[40], is[40], head[40];

	printf("\n %s -> %s\n", verdict_text(&g->verdict[0], was),
	    verdict_text(&g->verdict[1], is));
	for (size_t i = 0; i < 2; i++) {
		const struct rule *r = g->verdict[i].rule;

		if (r == NULL ||
		    (i == 1 && g->verdict[0].rule != NULL &&
			strcmp(rule_id(g->verdict[0].rule), rule_id(r)) == 0))
			continue;
		(void)snprintf(head, sizeof(head), "   %s (%s) ", rule_id(r),
		    rule_mark(r));
		print_wrapped_to(stdout, WIDTH, head, rule_law(r));
	}
}

static void
print_groups(const struct report *r)
{
	const struct diff *d = &r->diff;

	for (size_t i = 0; i < d->n; i++) {
		const struct diff_group *g = &d->group[i];

		if (i == 0 || diff_sort(g) != diff_sort(g - 1))
			printf("\n%s%s%s\n", colour(stdout, COLOUR_BOLD),
			    sort_words[diff_sort(g)].title,
			    colour(stdout, COLOUR_PLAIN));
		if (i == 0 || !diff_same(g->verdict, (g - 1)->verdict))
			print_verdicts(g);
		print_group(r, g);
	}
}

static json_t *
verdict_json(const struct cover_verdict *v)
{
	return json_pack("{s:s, s:s?}", "outcome", outcome_name(v->outcome),
	    "rule", v->rule != NULL ? rule_id(v->rule) : NULL);
}

static json_t *
groups_json(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->diff.n; i++) {
		const struct diff_group *g = &r->diff.group[i];

		json_array_append_new(list,
		    json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o?}", "becomes",
			sort_words[diff_sort(g)].id, "old",
			verdict_json(&g->verdict[0]), "new",
			verdict_json(&g->verdict[1]), "kind",
			set_json("kind", g->kinds), "from",
			set_json("from", g->from), "to", set_json("to", g->to),
			"example",
			example_json(&g->example, r->table[0], r->table[1])));
	}
	return list;
}

/* ------------------------------------------------------------------ rules */

static json_t *
changes_json(unsigned changes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < CHANGES; i++)
		if ((changes & 1u << i) != 0)
			json_array_append_new(
			    list, json_string(change_words[i]));
	return list;
}

/* Rules of one table that the other has not; as [{rule}]. */
static json_t *
missing_json(const struct rules *of, const struct rules *in)
{
	json_t *list = json_array();

	for (size_t i = 0; i < of->n_rule; i++)
		if (diff_find(in, of->rule[i].id) == NULL)
			json_array_append_new(list, rule_json(&of->rule[i]));
	return list;
}

static json_t *
changed_json(struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->table[0]->n_rule; i++) {
		const struct rule *a = &r->table[0]->rule[i];
		const struct rule *b = diff_find(r->table[1], a->id);
		unsigned changes;

		if (b == NULL)
			continue;
		changes = diff_rule(r->table[0], a, r->table[1], b);
		if (changes == 0)
			continue;
		if ((changes & ~WORDS_ONLY) == 0)
			r->rewritten++;
		if (a->class == RULE_DUTY &&
		    (changes & (DIFF_CONDITIONS | DIFF_NOTICE)) != 0)
			r->others = true;
		json_array_append_new(list,
		    json_pack("{s:s, s:o, s:b, s:s, s:s, s:s, s:s}", "rule",
			a->id, "changed", changes_json(changes), "words_only",
			(changes & ~WORDS_ONLY) == 0, "old_law", a->law,
			"new_law", b->law, "old_mark", a->mark, "new_mark",
			b->mark));
	}
	return list;
}

static void
print_list(const char *head, const json_t *list)
{
	char text[8000] = "";
	size_t i, k, at = 0;
	json_t *o, *what;

	json_array_foreach((json_t *)(uintptr_t)list, i, o) {
		const json_t *changes = json_object_get(o, "changed");
		const char *before = " (";

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
		    i > 0 ? ", " : "",
		    json_string_value(json_object_get(o, "rule")));
		json_array_foreach((json_t *)(uintptr_t)changes, k, what) {
			if (at >= sizeof(text))
				return;
			at += (size_t)snprintf(text + at, sizeof(text) - at,
			    "%s%s", before, json_string_value(what));
			before = ", ";
		}
		if (changes != NULL && at < sizeof(text))
			at += (size_t)snprintf(
			    text + at, sizeof(text) - at, ")");
		if (at >= sizeof(text))
			return;
	}
	if (at == 0)
		return;
	puts(head);
	print_wrapped_to(stdout, WIDTH, "  ", text);
}

/* Those of a list whose words alone changed, or the others. */
static json_t *
only(const json_t *list, bool words_only)
{
	json_t *out = json_array(), *o;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, o)
		if (json_is_true(json_object_get(o, "words_only")) ==
		    words_only)
			json_array_append(out, o);
	return out;
}

static void
print_changed(const json_t *changed)
{
	json_t *words = only(changed, true), *more = only(changed, false);

	print_list("rules that ask something else:", more);
	print_list(
	    "rules changed in words, mark, citation or validity only:", words);
	json_decref(words);
	json_decref(more);
}

/* ----------------------------------------------------------------- limits */

static void
add_limit(json_t *list, const char *name, json_t *old, json_t *new)
{
	if (json_equal(old, new)) {
		json_decref(old);
		json_decref(new);
		return;
	}
	json_array_append_new(list,
	    json_pack(
		"{s:s, s:o, s:o}", "limit", name, "old", old, "new", new));
}

static json_t *
days(uint64_t ms)
{
	return json_integer((json_int_t)(ms / DAY_MS));
}

static json_t *
limits_json(struct report *r)
{
	const struct limits *a = &r->table[0]->limits;
	const struct limits *b = &r->table[1]->limits;
	json_t *list = json_array();

	add_limit(list, "socially_exposed judged_by",
	    set_json("from", a->exposed_judges),
	    set_json("from", b->exposed_judges));
	add_limit(list, "socially_exposed max_age_days",
	    days(a->exposed_age_ms), days(b->exposed_age_ms));
	add_limit(list, "ksp judged_by", set_json("from", a->ksp_judges),
	    set_json("from", b->ksp_judges));
	add_limit(list, "ksp days_before_release", days(a->ksp_before_ms),
	    days(b->ksp_before_ms));
	add_limit(list, "ksp days_after_release", days(a->ksp_after_ms),
	    days(b->ksp_after_ms));
	r->others |= json_array_size(list) > 0;
	return list;
}

static void
print_limits(const json_t *limits)
{
	size_t i;
	json_t *o;

	json_array_foreach((json_t *)(uintptr_t)limits, i, o) {
		char *a = json_dumps(
		    json_object_get(o, "old"), JSON_ENCODE_ANY | JSON_COMPACT);
		char *b = json_dumps(
		    json_object_get(o, "new"), JSON_ENCODE_ANY | JSON_COMPACT);

		printf("limit %s: %s -> %s\n",
		    json_string_value(json_object_get(o, "limit")),
		    a != NULL ? a : "?", b != NULL ? b : "?");
		free(a);
		free(b);
	}
	if (json_array_size(limits) > 0)
		print_wrapped_to(stdout, WIDTH, "  ",
		    "Limits measure what a sender states before a rule reads "
		    "it: a statement may count by one table and not by the "
		    "other. The groups above compare what is measured "
		    "already.");
}

/* ------------------------------------------------- what begins or ends later
 */

static json_t *
later_json(const struct report *r)
{
	json_t *list = json_array();

	for (size_t t = 0; t < 2; t++)
		for (size_t i = 0; i < r->table[t]->n_rule; i++) {
			const struct rule *rule = &r->table[t]->rule[i];
			bool later = rule->from_ms > r->diff.at_ms ||
			    (rule->to_ms != UINT64_MAX &&
				rule->to_ms > r->diff.at_ms);

			if (later)
				json_array_append_new(list,
				    json_pack("{s:s, s:s}", "rule", rule->id,
					"table", t == 0 ? "old" : "new"));
		}
	return list;
}

/* ----------------------------------------------------------------- report */

static void
print_report(const struct report *r, const json_t *o)
{
	const json_t *rules = json_object_get(o, "rules");

	print_groups(r);
	if (r->diff.n > 0)
		putchar('\n');
	print_list("rules added:", json_object_get(rules, "added"));
	print_list("rules removed:", json_object_get(rules, "removed"));
	print_changed(json_object_get(rules, "changed"));
	print_limits(json_object_get(o, "limits"));
	print_list("compare again with --at: these begin or end later:",
	    json_object_get(o, "later"));
	if (r->diff.n == 0)
		printf("No message is judged differently%s.\n",
		    json_array_size(json_object_get(o, "limits")) > 0 ?
			" once its statements are measured" :
			"");
	else
		printf("%zu groups of messages are judged differently.\n",
		    r->diff.n);
}

static int
report(struct report *r)
{
	json_t *rules = json_object(), *o, *limits = limits_json(r);
	int code;

	json_object_set_new(
	    rules, "added", missing_json(r->table[1], r->table[0]));
	json_object_set_new(
	    rules, "removed", missing_json(r->table[0], r->table[1]));
	json_object_set_new(rules, "changed", changed_json(r));
	for (size_t t = 0; t < 2; t++) {
		const char *which = t == 0 ? "removed" : "added";
		json_t *rule;
		size_t i;

		json_array_foreach(json_object_get(rules, which), i, rule)
			if (strcmp(json_string_value(
				       json_object_get(rule, "class")),
				"duty") == 0)
				r->others = true;
	}
	o = json_pack("{s:s, s:s, s:I, s:b, s:o, s:o, s:o, s:o}", "old",
	    r->file[0], "new", r->file[1], "at_ms", (json_int_t)r->diff.at_ms,
	    "same", r->diff.n == 0, "groups",
	    args_has(r->args, "json") ? groups_json(r) : json_array(), "rules",
	    rules, "limits", limits, "later", later_json(r));
	if (o == NULL)
		return trouble("no memory");
	code = r->diff.n == 0 && !r->others ? EXIT_YES : EXIT_NO;
	if (args_has(r->args, "json"))
		return print_json(o) ? code : EXIT_TROUBLE;
	print_report(r, o);
	json_decref(o);
	return code;
}

/* ---------------------------------------------------------------- command */

static const struct option_help options[] = {
	{ "at", "TIME", false, "compare rules valid then (default: now)" },
	{ "json", NULL, false, "print as JSON" },
	{ NULL, NULL, false, NULL },
};

static const struct usage usage = {
	.command = "rules diff",
	.operands = "OLD NEW",
	.min = 2,
	.max = 2,
	.text =
	    "Says what two rule tables judge differently, over all messages\n"
	    "there could be: what becomes permitted, is parked, becomes\n"
	    "refused, or stays by another rule; by which rule before and now;\n"
	    "for which kinds, senders and recipients; each with a smallest\n"
	    "example, a draft for infohus rules explain --rules TABLE, with "
	    "the\n"
	    "options that it needs (workflow left out). Then which rules were\n"
	    "added, removed or changed, duties and limits too.\n"
	    "\n"
	    "Exit 0 when every message is judged, measured and answered as\n"
	    "before, 1 when not, 2 for a table that does not load.",
	.option = options,
};

static int
compare(struct report *r)
{
	uint64_t at_ms = now_ms();
	enum err err;
	int code;

	if (!rules_time(r->args, "at", &at_ms))
		return EXIT_USAGE;
	err = diff_make(r->table[0], r->table[1], at_ms, &r->diff);
	if (err != ERR_OK)
		code = trouble(
		    "the tables cannot be compared: %s", err_name(err));
	else
		code = report(r);
	diff_free(&r->diff);
	return code;
}

int
rules_diff(int argc, char **argv)
{
	struct report r = { .others = false };
	struct args args;
	int code = EXIT_YES, bad = EXIT_YES;

	if (!args_parse(&args, &usage, argc, argv, &code))
		return code;
	r.args = &args;
	for (size_t i = 0; i < 2; i++) {
		r.file[i] = args.operand[i];
		r.table[i] = rules_from_file(args.operand[i], &code);
		if (r.table[i] == NULL && code > bad)
			bad = code;
	}
	code = bad != EXIT_YES ? bad : compare(&r);
	rules_free(r.table[0]);
	rules_free(r.table[1]);
	return code;
}
