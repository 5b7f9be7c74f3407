/*
 * SPDX-License-Identifier: MIT
 *
 * table_limits: how much a rule table may hold, told where it holds more.
 */
#include "tests/unit/tabling.h"

#define RULES_MOST 12000
#define TIMES_MOST 256

/* A permit that is valid from its own second. */
static void
add_permit(FILE *out, unsigned i, unsigned second)
{
	fprintf(out,
	    "  - {id: %c%u%s, class: permit, law: l, mark: text, text_en: e,\n"
	    "     text_da: d, valid_from: 2020-01-01T00:%02u:%02uZ,\n"
	    "     kind: any, from: any, to: any, relation: any,\n"
	    "     cooperation: any, bases: any, state: any,\n"
	    "     purpose: [release], carry: any}\n",
	    i / 1000 % 2 != 0 ? 'E' : 'R', i % 1000,
	    (const char *[]){ "", "a", "b", "c", "d", "e", "f" }[i / 2000],
	    second / 60, second % 60);
}

static struct rules *
load(unsigned rules, unsigned times, struct problems *p)
{
	struct rules *r;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	fputs(TABLE_HEAD, out);
	for (unsigned i = 0; i < rules; i++)
		add_permit(out, i, i % times);
	assert_int_equal(fclose(out), 0);
	r = rules_load("t", bytes_of(text, len), p);
	free(text);
	return r;
}

static void
as_many_as_may_be(void **state)
{
	struct problems p = { 0 };
	struct rules *r = load(RULES_MOST, TIMES_MOST, &p);
	struct facts f = judging_facts(
	    "concern social kom_tovholder", "purpose=release");
	struct judgement j;

	(void)state;
	if (r == NULL)
		fail_msg("%s", p.text);
	assert_int_equal(rules_count(r), RULES_MOST);
	judge(r, &f, JUDGED_AT, &j);
	assert_int_equal(j.code, CODE_OK);
	rules_free(r);
}

static void
one_rule_more(void **state)
{
	struct problems p = { 0 };

	(void)state;
	assert_null(load(RULES_MOST + 1, 1, &p));
	assert_string_equal(
	    p.text, "t:9:3: found 12001 rules, expected 1 to 12000\n");
	problems_free(&p);
}

static void
one_time_more(void **state)
{
	struct problems p = { 0 };

	(void)state;
	assert_null(load(TIMES_MOST + 1, TIMES_MOST + 1, &p));
	assert_string_equal(p.text,
	    "t: found rules that start or end at 257 different times, "
	    "expected at most 256\n");
	problems_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_as_may_be),
		cmocka_unit_test(one_rule_more),
		cmocka_unit_test(one_time_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
