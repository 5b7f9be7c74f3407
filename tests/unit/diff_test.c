/*
 * SPDX-License-Identifier: MIT
 *
 * diff: what it says two tables judge differently is what judge() does, no
 * more and no less: by small random tables over their whole space, and by
 * changes of the shipped one.
 */
#include "scratch.h"

#include "clients/tool/diff.h"
#include "proto/envelope.h"
#include "tests/common/splitmix.h"

#define AT UINT64_C(1795255200000) /* 2026-11-21 */
#define SEED UINT64_C(4042026)
#define TABLES 60 /* pairs */
#define TABLE "config/rules.yaml"

static struct rules *
parse(const char *text)
{
	struct problems p = { 0 };
	struct rules *r = rules_load("table", bytes_str(text), &p);

	if (r == NULL)
		fail_msg("%s\n%s", p.text, text);
	return r;
}

/* ----------------------------------------------------------- small tables */

static const char *const kinds[] = { "info_answer", "info_request", "concern" };
static const char *const roles[] = { "skole", "social", "jobcenter" };
static const char *const states[] = { "assessed", "closed" };
static const char *const bases[] = { "rpl_115_2", "consent" };
static const char *const carried[] = { "identity", "d6" };

static size_t
put_list(char *out, const char *name, const char *const *word, unsigned n,
    uint64_t *seed)
{
	unsigned set = 1 + (unsigned)(splitmix_next(seed) % ((1u << n) - 1));
	const char *separator = "";
	size_t at = (size_t)sprintf(out, " %s: [", name);

	for (unsigned i = 0; i < n; i++)
		if ((set >> i & 1) != 0) {
			at += (size_t)sprintf(
			    out + at, "%s%s", separator, word[i]);
			separator = ", ";
		}
	return at + (size_t)sprintf(out + at, "],");
}

static size_t
put_head(char *out, const char *id, const char *class)
{
	return (size_t)sprintf(out,
	    "  - {id: %s, class: %s, law: l, mark: text, text_en: e,"
	    " text_da: d, valid_from: 2016-02-29T23:00:00Z,",
	    id, class);
}

static size_t
put_permit(char *out, unsigned n, uint64_t *seed)
{
	char id[8];
	size_t at;

	sprintf(id, "R%02u", n);
	at = put_head(out, id, "permit");
	at += put_list(out + at, "kind", kinds, 3, seed);
	at += put_list(out + at, "from", roles, 3, seed);
	at += put_list(out + at, "to", roles, 3, seed);
	at += put_list(out + at, "state", states, 2, seed);
	at += put_list(out + at, "carry", carried, 2, seed);
	if (splitmix_next(seed) % 3 == 0)
		at += (size_t)sprintf(out + at, " police_alone: false,");
	if (splitmix_next(seed) % 4 == 0)
		at += (size_t)sprintf(out + at, " approver: [godkender],");
	return at +
	    (size_t)sprintf(out + at,
		" relation: any, cooperation: any, bases: %s,"
		" purpose: {not: [investigation]}}\n",
		splitmix_next(seed) % 2 == 0 ? "any" :
					       "[[rpl_115_2], [consent]]");
}

static size_t
put_prohibition(char *out, unsigned n, uint64_t *seed)
{
	char id[8];
	size_t at;

	sprintf(id, "P%02u", n);
	at = put_head(out, id, "prohibition");
	at += (size_t)sprintf(out + at, " any: [{");
	at += put_list(out + at, "to", roles, 3, seed);
	at += put_list(out + at, "basis", bases, 2, seed);
	at += (size_t)sprintf(out + at, "}, {");
	at += put_list(out + at, "carries", carried, 2, seed);
	at += put_list(out + at, "from", roles, 3, seed);
	at += (size_t)sprintf(out + at, "}], unless: [{");
	at += put_list(out + at, "kind", kinds, 3, seed);
	at += put_list(out + at, "state", states, 2, seed);
	return at + (size_t)sprintf(out + at, "}]}\n");
}

static struct rules *
random_table(uint64_t *seed)
{
	static char text[16384];
	size_t at = (size_t)sprintf(text,
	    "version: 1\nlimits:\n"
	    "  socially_exposed: {judged_by: [social], max_age_days: 1,"
	    " law: l, mark: text, text_en: e, text_da: d}\n"
	    "  ksp: {judged_by: [social], days_before_release: 1,"
	    " days_after_release: 1, law: l, mark: text, text_en: e,"
	    " text_da: d}\nrules:\n");
	unsigned n = 2 + (unsigned)(splitmix_next(seed) % 3);

	at += put_prohibition(text + at, 1, seed);
	for (unsigned i = 1; i <= n; i++)
		at += put_permit(text + at, i, seed);
	return parse(text);
}

/* ------------------------------------------------------------ brute force */

static struct cover_verdict
verdict(const struct rules *r, const struct facts *f)
{
	struct judgement j;

	judge(r, f, AT, &j);
	return (struct cover_verdict){ j.outcome == OUTCOME_PERMIT ?
		    SPACE_PERMIT :
		    j.outcome == OUTCOME_PARK ? SPACE_PARK :
						SPACE_REFUSE,
		j.code == CODE_NO_PERMIT ? NULL : j.rule };
}

/* The same verdict by the rule of the same name. */
static bool
is_same(const struct cover_verdict *a, const struct cover_verdict *b)
{
	if (a->outcome != b->outcome || (a->rule == NULL) != (b->rule == NULL))
		return false;
	return a->rule == NULL ||
	    strcmp(rule_id(a->rule), rule_id(b->rule)) == 0;
}

static bool
is_in(const struct diff_group *g, const struct facts *f,
    const struct cover_verdict v[2])
{
	return diff_same(g->verdict, v) && (g->kinds >> f->kind & 1) != 0 &&
	    (g->from >> f->from & 1) != 0 && (g->to >> f->to & 1) != 0;
}

static bool
find_group(const struct diff *d, const struct facts *f,
    const struct cover_verdict v[2])
{
	for (size_t i = 0; i < d->n; i++)
		if (is_in(&d->group[i], f, v))
			return true;
	return false;
}

/* Which kind, sender and recipient brute force saw with these verdicts. */
struct seen {
	struct cover_verdict v[2];
	uint8_t kind, from, to;
};
struct seens {
	struct seen one[4096];
	size_t n;
};

static void
see(struct seens *s, const struct facts *f, const struct cover_verdict v[2])
{
	struct seen one = { { v[0], v[1] }, f->kind, f->from, f->to };

	for (size_t i = 0; i < s->n; i++)
		if (diff_same(s->one[i].v, one.v) &&
		    s->one[i].kind == one.kind && s->one[i].from == one.from &&
		    s->one[i].to == one.to)
			return;
	assert_true(s->n < 4096);
	s->one[s->n++] = one;
}

/*
 * The nth point of the small space; false after the last. What the tables
 * do not name is there once: another state, another category, a purpose that
 * no permit takes.
 */
static bool
small_point(unsigned n, struct facts *f)
{
	static const uint8_t kind[] = { KIND_INFO_ANSWER, KIND_INFO_REQUEST,
		KIND_CONCERN };
	static const uint8_t role[] = { ROLE_SKOLE, ROLE_SOCIAL,
		ROLE_JOBCENTER };
	static const uint8_t state[] = { CASE_STATE_ASSESSED, CASE_STATE_CLOSED,
		CASE_STATE_NONE };

	*f = (struct facts){ .has_case = true };
	f->kind = kind[n % 3];
	f->from = role[n / 3 % 3];
	f->to = role[n / 9 % 3];
	f->state = state[n / 27 % 3];
	f->basis = (n / 81 % 2) << BASIS_RPL_115_2 |
	    (n / 162 % 2) << BASIS_CONSENT;
	f->categories = (n / 324 % 2) * CATEGORY_BIT(CATEGORY_IDENTITY) |
	    (n / 648 % 2) * CATEGORY_BIT(CATEGORY_D6) |
	    (n / 1296 % 2) * CATEGORY_BIT(CATEGORY_SCHOOL);
	f->police_alone = n / 2592 % 2 != 0;
	f->purpose = n / 5184 % 2 != 0 ? PURPOSE_INVESTIGATION :
					 PURPOSE_CRIME_PREVENTION;
	return n < 10368;
}

static void
small_tables_differ_as_brute_force_says(void **state)
{
	static struct seens seen;
	uint64_t seed = SEED;
	size_t groups = 0;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)SEED);
	for (unsigned t = 0; t < TABLES; t++) {
		struct rules *a = random_table(&seed), *b = random_table(&seed);
		struct diff d;
		struct facts f;

		seen.n = 0;
		assert_err(diff_make(a, b, AT, &d), ERR_OK);
		groups += d.n;
		for (unsigned n = 0; small_point(n, &f); n++) {
			struct cover_verdict v[2] = { verdict(a, &f),
				verdict(b, &f) };

			if (is_same(&v[0], &v[1]))
				continue;
			see(&seen, &f, v);
			if (!find_group(&d, &f, v))
				fail_msg(
				    "pair %u: point %u is in no group", t, n);
		}
		/* And nothing else: within the words of the small space. */
		for (size_t i = 0; i < d.n; i++)
			for (unsigned n = 0; n < 27; n++) {
				const struct diff_group *g = &d.group[i];
				bool found = false;

				(void)small_point(n, &f);
				if (!is_in(g, &f, g->verdict))
					continue;
				for (size_t k = 0; k < seen.n; k++)
					found |= seen.one[k].kind == f.kind &&
					    seen.one[k].from == f.from &&
					    seen.one[k].to == f.to &&
					    diff_same(
						seen.one[k].v, g->verdict);
				if (!found)
					fail_msg("pair %u: group %zu has a "
						 "pair of roles without a "
						 "message",
					    t, i);
			}
		diff_free(&d);
		rules_free(a);
		rules_free(b);
	}
	print_message("%zu groups\n", groups);
	assert_true(groups > TABLES);
}

/* -------------------------------------------------------- shipped table */

static const char *
shipped(struct scratch *s)
{
	char *text = arena_alloc(s->arena, 1 << 20);
	FILE *f = fopen(TABLE, "r");
	size_t n;

	assert_non_null(text);
	assert_non_null(f);
	n = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

/* The shipped table, with one text in the rule of this id replaced. */
static const char *
changed(struct scratch *s, const char *id, const char *old, const char *new)
{
	const char *text = shipped(s);
	const char *at = strstr(
	    text, arena_printf(s->arena, "  - id: %s\n", id));

	assert_non_null(at);
	at = strstr(at, old);
	assert_non_null(at);
	return arena_printf(s->arena, "%.*s%s%s", (int)(at - text), text, new,
	    at + strlen(old));
}

static void
a_table_does_not_differ_from_itself(void **state)
{
	struct rules *a = parse(shipped(*state)), *b = parse(shipped(*state));
	struct diff d;

	assert_err(diff_make(a, b, AT, &d), ERR_OK);
	assert_int_equal(d.n, 0);
	for (size_t i = 0; i < a->n_rule; i++)
		assert_int_equal(diff_rule(a, &a->rule[i], b, &b->rule[i]), 0);
	diff_free(&d);
	rules_free(a);
	rules_free(b);
}

static const struct {
	const char *says, *id, *old, *new;
	enum diff_sort sort;  /* one such group there must be */
	const char *was, *is; /* deciding rules; "" none */
} change[] = {
	{ "an end refuses what the rule let pass", "R08",
	    "    valid_from: 2016-02-29T23:00:00Z\n",
	    "    valid_from: 2016-02-29T23:00:00Z\n"
	    "    valid_to: 2016-03-29T23:00:00Z\n",
	    DIFF_REFUSE, "R08", "" },
	{ "an approver makes it wait", "R08", "    class: permit\n",
	    "    class: permit\n    approver: [godkender]\n", DIFF_PARK, "R08",
	    "R08" },
	{ "a wider prohibition refuses", "P13", "    any:\n",
	    "    any:\n      - {from: [mentor]}\n", DIFF_REFUSE, "R00", "P13" },
	{ "a narrower one permits", "P03", "    unless:\n",
	    "    unless:\n      - {from: [pol_tovholder]}\n", DIFF_PERMIT,
	    "P03", "R03" },
};

/* Every group's example gets just the group's verdicts. */
static void
a_change_is_said_with_examples_that_hold(void **state)
{
	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		struct rules *a = parse(shipped(*state));
		struct rules *b = parse(changed(
		    *state, change[i].id, change[i].old, change[i].new));
		bool found = false;
		struct diff d;

		assert_err(diff_make(a, b, AT, &d), ERR_OK);
		for (size_t k = 0; k < d.n; k++) {
			const struct diff_group *g = &d.group[k];
			const struct rule *was = g->verdict[0].rule;
			const struct rule *is = g->verdict[1].rule;
			struct cover_verdict v[2] = { verdict(a, &g->example),
				verdict(b, &g->example) };

			if (!is_in(g, &g->example, v))
				fail_msg("%s: an example does not hold",
				    change[i].says);
			found |= diff_sort(g) == change[i].sort &&
			    strcmp(was != NULL ? rule_id(was) : "",
				change[i].was) == 0 &&
			    strcmp(is != NULL ? rule_id(is) : "",
				change[i].is) == 0;
		}
		if (!found)
			fail_msg(
			    "%s: not said, of %zu groups", change[i].says, d.n);
		diff_free(&d);
		rules_free(a);
		rules_free(b);
	}
}

static void
other_words_change_no_verdict(void **state)
{
	struct rules *a = parse(shipped(*state));
	struct rules *b = parse(
	    changed(*state, "R08", "    law: ", "    law: lov nr. 1; "));
	const struct rule *x = diff_find(a, "R08"), *y = diff_find(b, "R08");
	struct diff d;

	assert_err(diff_make(a, b, AT, &d), ERR_OK);
	assert_int_equal(d.n, 0);
	assert_int_equal(diff_rule(a, x, b, y), DIFF_LAW);
	diff_free(&d);
	rules_free(a);
	rules_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(small_tables_differ_as_brute_force_says),
		scratch_test(a_table_does_not_differ_from_itself),
		scratch_test(a_change_is_said_with_examples_that_hold),
		scratch_test(other_words_change_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
