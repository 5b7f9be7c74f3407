/*
 * SPDX-License-Identifier: MIT
 *
 * alternatives: what a refusal says would be lawful instead. First in small
 * tables, how each kind is found; then in the shipped table, what a lawyer
 * would answer.
 */
#include "tests/unit/tabling.h"

struct instead {
	const char *says, *route, *rest;
	const char *instead; /* joined by "; " */
};

static void
instead_of(const struct rules *r, const struct facts *f, char *out, size_t room)
{
	struct alternative a[ALTERNATIVES_MAX];
	size_t n = judge_alternatives(r, f, JUDGED_AT, a, ALTERNATIVES_MAX);

	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		char text[ALTERNATIVE_TEXT];
		size_t at = strlen(out);

		assert_non_null(a[i].rule);
		(void)snprintf(out + at, room - at, "%s%s", i > 0 ? "; " : "",
		    alternative_text(&a[i], text));
	}
}

static bool
agrees(const struct rules *r, const struct instead *c)
{
	struct facts f = judging_facts(c->route, c->rest);
	char found[4 * ALTERNATIVE_TEXT];

	instead_of(r, &f, found, sizeof(found));
	if (strcmp(found, c->instead) == 0)
		return true;
	print_error("%s\n\t%s: %s\n\tfound \"%s\", expected \"%s\"\n", c->says,
	    c->route, c->rest, found, c->instead);
	return false;
}

static void
all_agree(const struct rules *r, const struct instead *c, size_t n)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong += !agrees(r, &c[i]);
	assert_int_equal(wrong, 0);
}

#define ALL_AGREE(r, table) \
	all_agree((r), (table), sizeof(table) / sizeof((table)[0]))

/* In a small table: text, and what a concern to the tovholder gets. */
static void
instead_in(const char *text, const char *rest, const char *instead)
{
	struct rules *r = tabling_load(text);
	const struct instead c = { text, "concern social kom_tovholder", rest,
		instead };
	bool good = agrees(r, &c);

	rules_free(r);
	assert_true(good);
}

#define OPEN(id) \
	TABLE_RULE(id, "permit") \
	"    kind: any\n    from: any\n    relation: any\n" \
	"    cooperation: any\n    state: any\n" \
	"    purpose: {not: [investigation]}\n"
#define TO_ALL "    to: any\n"
#define ANY_BASIS "    bases: any\n"
#define CARRY(list) "    carry: [" list "]\n"

static void
the_fewest_categories_are_dropped(void **state)
{
	const char *t = TABLE_HEAD OPEN("R01") TO_ALL ANY_BASIS CARRY(
	    "identity") OPEN("R02") TO_ALL ANY_BASIS CARRY("identity, d1");

	(void)state;
	instead_in(t, "carry=identity+d1+d3+d6", "drop: d3, d6");
	instead_in(t, "carry=identity+d1", "");
	instead_in(t, "carry=d6", "drop: d6");
}

static void
what_a_prohibition_forbids_is_dropped(void **state)
{
	const char *t = TABLE_HEAD OPEN("R01") TO_ALL ANY_BASIS
	    "    carry: any\n" TABLE_RULE(
		"P01", "prohibition") "    any: [{carries: [d3, d6]}, "
				      "{carries: [d7], age: [adult]}]\n";

	(void)state;
	instead_in(t, "carry=identity+d6", "drop: d6");
	instead_in(t, "carry=identity+d3+d6+d7", "drop: d3, d6, d7");
	instead_in(t, "age=minor carry=d6+d7", "drop: d6");
}

static void
an_exception_for_less_is_found(void **state)
{
	const char *t = TABLE_HEAD OPEN("R01") TO_ALL ANY_BASIS
	    "    carry: any\n" TABLE_RULE("P01",
		"prohibition") "    any: [{age: [adult]}, {carries: [d1]}]\n"
			       "    unless: [{kind: [info_decline]},\n"
			       "      {kind: [concern], carries: {not: "
			       "[social, d3]}}]\n";

	(void)state;
	instead_in(t, "carry=identity+social", "drop: social");
	instead_in(t, "carry=identity+social+d3+d1", "drop: social, d3");
	instead_in(t, "age=minor carry=d1+social", "drop: d1");
}

static void
one_prohibition_after_the_other_is_met(void **state)
{
	const char *t = TABLE_HEAD OPEN("R01") TO_ALL ANY_BASIS
	    "    carry: any\n" TABLE_RULE("P01",
		"prohibition") "    any: [{carries: [d1]}]\n" TABLE_RULE("P02",
		"prohibition") "    any: [{carries: [d2]}]\n" TABLE_RULE("P03",
		"prohibition") "    any: [{carries: {not: [identity]}}]\n";

	(void)state;
	instead_in(t, "carry=d1+d2+identity", "drop: d1, d2");
	instead_in(t, "carry=d1+d2", "");
}

static void
bases_are_added_before_they_are_exchanged(void **state)
{
	const char *t = TABLE_HEAD OPEN("R01") TO_ALL
	    "    carry: any\n    bases: [[rpl_115_2, shl_43], [consent]]\n";

	(void)state;
	/* One more, whichever comes first in the file. */
	instead_in(t, "basis=rpl_115_2", "basis: rpl_115_2 + shl_43");
	instead_in(t, "basis=none", "basis: consent");
	instead_in(t, "basis=internal", "basis: consent + internal");
}

static void
a_basis_that_forbids_is_exchanged(void **state)
{
	const char *t = TABLE_HEAD OPEN("R01") TO_ALL
	    "    carry: any\n    bases: [[rpl_115_2]]\n" TABLE_RULE(
		"P01", "prohibition") "    any: [{basis: [rpl_115a]}]\n";

	(void)state;
	instead_in(t, "basis=rpl_115a", "basis: rpl_115_2");
	instead_in(t, "basis=rpl_115a+rpl_115_2", "basis: rpl_115_2");
	instead_in(t, "basis=rpl_115_2", "");
}

static void
a_condition_is_named_that_would_have_to_hold(void **state)
{
	const char *exposed = TABLE_HEAD OPEN("R01") TO_ALL ANY_BASIS
	    "    carry: any\n    socially_exposed: [yes]\n";
	const char *b = TABLE_HEAD OPEN("R01") TO_ALL ANY_BASIS
	    "    carry: any\n    ksp: [b]\n";
	const char *c = TABLE_HEAD OPEN("R01") TO_ALL ANY_BASIS
	    "    carry: any\n    ksp: [c]\n    consent: [valid]\n";

	(void)state;
	instead_in(exposed, "", "condition: socially_exposed");
	instead_in(exposed, "exposed=stale", "condition: socially_exposed");
	instead_in(b, "age=minor", "condition: ksp");
	/* Nobody is told to be younger. */
	instead_in(b, "age=adult", "");
	/* Two things at once are not found. */
	instead_in(c, "", "");
	instead_in(c, "ksp=c", "condition: consent");
	instead_in(c, "consent=valid", "condition: ksp");
}

static void
another_role_is_one_at_the_persons_place(void **state)
{
	const char *t = TABLE_HEAD TABLE_RULE("R01",
	    "permit") "    kind: any\n    from: any\n    cooperation: any\n"
		      "    state: any\n    bases: any\n    carry: any\n"
		      "    purpose: {not: [investigation]}\n"
		      "    either:\n"
		      "      - {to: [skole], relation: [district_of_subject]}\n"
		      "      - {to: [social], relation: any,\n"
		      "         recipient_participant: true}\n"
		      "      - {to: [jobcenter], relation: "
		      "[kommune_of_subject]}\n"
		      "      - {to: [pol_vagt], relation: "
		      "[district_of_subject]}\n";

	(void)state;
	instead_in(t, "recipient", "to: pol_vagt");
}

static void
what_parks_is_no_alternative_and_needs_none(void **state)
{
	const char *t = TABLE_HEAD OPEN("R01") ANY_BASIS
	    "    carry: any\n    to: [pol_tovholder]\n"
	    "    approver: [social]\n" OPEN("R02") ANY_BASIS
	    "    carry: any\n    to: [kom_tovholder]\n"
	    "    age: [minor]\n    approver: [social]\n";

	(void)state;
	instead_in(t, "", "");
	instead_in(t, "age=minor", "");
}

static void
what_is_permitted_needs_none(void **state)
{
	struct rules *r = tabling_load(
	    TABLE_HEAD OPEN("R01") TO_ALL ANY_BASIS "    carry: any\n");
	struct facts f = judging_facts("concern social kom_tovholder", "");
	struct alternative a[1];

	(void)state;
	assert_int_equal(judge_alternatives(r, &f, JUDGED_AT, a, 1), 0);
	rules_free(r);
}

static void
no_more_are_given_than_there_is_room_for(void **state)
{
	struct rules *r = tabling_load(TABLE_HEAD OPEN("R01") TO_ALL
	    "    carry: any\n    bases: [[rpl_115_2]]\n" OPEN("R02")
		TO_ALL ANY_BASIS CARRY("identity"));
	struct facts f = judging_facts(
	    "concern social kom_tovholder", "basis=none carry=identity+d1");
	struct alternative a[2];

	(void)state;
	assert_int_equal(judge_alternatives(r, &f, JUDGED_AT, a, 2), 2);
	assert_int_equal(a[0].kind, ALTERNATIVE_DROP);
	assert_int_equal(a[1].kind, ALTERNATIVE_BASIS);
	assert_int_equal(judge_alternatives(r, &f, JUDGED_AT, a, 1), 1);
	assert_int_equal(judge_alternatives(r, &f, JUDGED_AT, a, 0), 0);
	rules_free(r);
}

static void
the_longest_text_fits(void **state)
{
	struct alternative all = { .kind = ALTERNATIVE_DROP,
		.categories = (CATEGORY_BIT(CATEGORY_LOGISTICS) << 1) - 1,
		.basis = UINT32_MAX };
	char text[ALTERNATIVE_TEXT];

	(void)state;
	alternative_text(&all, text);
	assert_string_equal(text + strlen(text) - 11, ", logistics");
	all.kind = ALTERNATIVE_BASIS;
	alternative_text(&all, text);
	assert_true(strlen(text) < ALTERNATIVE_TEXT - 1);
}

static const struct instead shipped[] = {
	{ "Police may not know what only treating staff may tell",
	    "info_answer kom_tovholder pol_tovholder",
	    "carry=identity+health_treatment", "drop: health_treatment" },
	{ "Police rest on stk. 1 when they tell the kommune",
	    "info_answer pol_tovholder kom_tovholder", "carry=police",
	    "basis: rpl_115_1_1 + rpl_115_2" },
	{ "PSP needs a person who is socially exposed",
	    "info_request pol_tovholder behandlingspsykiatri",
	    "coop=psp basis=rpl_115_1_2 purpose=exposed_persons "
	    "carry=identity",
	    "condition: socially_exposed" },
	{ "The purpose investigation has no lawful form",
	    "concern skole pol_tovholder", "purpose=investigation", "" },
};

static void
the_shipped_table_answers_as_a_lawyer_would(void **state)
{
	const struct judging *j = *state;

	ALL_AGREE(j->rules, shipped);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fewest_categories_are_dropped),
		cmocka_unit_test(what_a_prohibition_forbids_is_dropped),
		cmocka_unit_test(an_exception_for_less_is_found),
		cmocka_unit_test(one_prohibition_after_the_other_is_met),
		cmocka_unit_test(bases_are_added_before_they_are_exchanged),
		cmocka_unit_test(a_basis_that_forbids_is_exchanged),
		cmocka_unit_test(a_condition_is_named_that_would_have_to_hold),
		cmocka_unit_test(another_role_is_one_at_the_persons_place),
		cmocka_unit_test(what_parks_is_no_alternative_and_needs_none),
		cmocka_unit_test(what_is_permitted_needs_none),
		cmocka_unit_test(no_more_are_given_than_there_is_room_for),
		cmocka_unit_test(the_longest_text_fits),
		cmocka_unit_test(the_shipped_table_answers_as_a_lawyer_would),
	};

	return cmocka_run_group_tests(tests, judging_load, judging_unload);
}
