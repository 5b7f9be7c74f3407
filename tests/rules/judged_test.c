/*
 * SPDX-License-Identifier: MIT
 *
 * judged: the judge, which asks 64 rules at a time, says in everything what
 * one says that asks one rule after the other (plain.c): outcome, code, rule,
 * every condition missing, alternatives, prohibitions and duties. Over the
 * shipped table and over generated ones, for facts near what some permit
 * takes and for any facts at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/common/slurp.h"
#include "tests/rules/generate.h"
#include "tests/rules/plain.h"

#define SEED UINT64_C(20261121)
#define AT UINT64_C(1795255200000) /* 2026-11-21T10:00:00Z */
#define YEAR_MS UINT64_C(31557600000)
#define DUTIES 64

static uint64_t
time_of(struct seed *s)
{
	return any_of(s, 4) == 0 ? any_of(s, 80) * YEAR_MS : AT;
}

static void
same_judgement(const struct rules *r, const struct facts *f, uint64_t at_ms)
{
	struct judgement want, got;

	plain_judge(r, f, at_ms, &want);
	judge(r, f, at_ms, &got);
	assert_int_equal(got.outcome, want.outcome);
	assert_int_equal(got.code, want.code);
	assert_ptr_equal(got.rule, want.rule);
	assert_int_equal(got.n_missing, want.n_missing);
	for (size_t i = 0; i < got.n_missing; i++)
		assert_string_equal(got.missing[i], want.missing[i]);
}

static void
same_alternatives(const struct rules *r, const struct facts *f, uint64_t at_ms)
{
	struct alternative want[ALTERNATIVES_MAX], got[ALTERNATIVES_MAX];
	size_t n = plain_alternatives(r, f, at_ms, want);
	char a[ALTERNATIVE_TEXT], b[ALTERNATIVE_TEXT];

	assert_int_equal(
	    judge_alternatives(r, f, at_ms, got, ALTERNATIVES_MAX), n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(alternative_text(&got[i], a),
		    alternative_text(&want[i], b));
		assert_ptr_equal(got[i].rule, want[i].rule);
	}
}

static void
same_rules(const struct rules *r, const struct facts *f, uint64_t at_ms)
{
	const struct rule *want[DUTIES], *got[DUTIES];
	struct duty duty[DUTIES];
	size_t n = plain_prohibitions(r, f, at_ms, want, DUTIES);

	assert_int_equal(rules_prohibitions(r, f, at_ms, got, DUTIES), n);
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(got[i], want[i]);
	n = plain_duties(r, f, at_ms, want, DUTIES);
	assert_int_equal(rules_duties(r, f, at_ms, duty, DUTIES), n);
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(duty[i].rule, want[i]);
}

/* Judges n facts both ways; counts what came of it. */
struct counts {
	size_t outcome[3], alternatives;
};

static struct counts
compare(const struct rules *r, uint64_t seed, size_t n)
{
	struct seed s = { seed };
	struct counts c = { .alternatives = 0 };

	for (size_t i = 0; i < n; i++) {
		struct facts f = i % 3 == 0 ? generate_facts(&s) :
					      generate_near(&s, r, 3);
		struct alternative a[ALTERNATIVES_MAX];
		uint64_t at_ms = time_of(&s);
		struct judgement j;

		same_judgement(r, &f, at_ms);
		same_rules(r, &f, at_ms);
		if (i % 8 == 0 || i % 3 != 0)
			same_alternatives(r, &f, at_ms);
		judge(r, &f, at_ms, &j);
		c.outcome[j.outcome]++;
		c.alternatives += judge_alternatives(
		    r, &f, at_ms, a, ALTERNATIVES_MAX);
	}
	print_message("%zu permitted, %zu refused, %zu parked, %zu "
		      "alternatives\n",
	    c.outcome[OUTCOME_PERMIT], c.outcome[OUTCOME_REFUSE],
	    c.outcome[OUTCOME_PARK], c.alternatives);
	return c;
}

static void
the_shipped_table(void **state)
{
	struct problems p = { .text = NULL };
	struct arena *a;
	struct bytes text;
	struct why why;
	struct rules *r = NULL;
	struct counts c;

	(void)state;
	assert_int_equal(arena_new(&a, 1 << 20), ERR_OK);
	if (slurp(a, "config/rules.yaml", 1 << 19, &text, &why) != ERR_OK ||
	    (r = rules_load("config/rules.yaml", text, &p)) == NULL)
		fail_msg("%s", p.text != NULL ? p.text : why.text);
	print_message("seed %llu\n", (unsigned long long)SEED);
	c = compare(r, SEED, 100000);
	assert_true(c.outcome[OUTCOME_PERMIT] > 1000);
	assert_true(c.outcome[OUTCOME_REFUSE] > 1000);
	assert_true(c.alternatives > 1000);
	rules_free(r);
	arena_free(a);
	problems_free(&p);
}

/* Tables that end within a word, at its end, and after many. */
static void
generated_tables(void **state)
{
	static const struct {
		unsigned rules;
		size_t facts;
	} table[] = { { 1, 300 }, { 2, 300 }, { 7, 2000 }, { 40, 10000 },
		{ 64, 10000 }, { 65, 10000 }, { 300, 20000 }, { 3000, 600 } };
	struct counts all = { .alternatives = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct rules *r = generate_load(SEED + i, table[i].rules);
		struct counts c;

		assert_non_null(r);
		if (r->n_row == 0) {
			rules_free(r);
			continue;
		}
		print_message("%u rules, seed %llu: ", table[i].rules,
		    (unsigned long long)(SEED + i));
		c = compare(r, SEED + i, table[i].facts);
		for (int k = 0; k < 3; k++)
			all.outcome[k] += c.outcome[k];
		rules_free(r);
	}
	for (int k = 0; k < 3; k++)
		assert_true(all.outcome[k] > 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_table),
		cmocka_unit_test(generated_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
