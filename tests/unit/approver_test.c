/*
 * SPDX-License-Identifier: MIT
 *
 * approver: what a kommune may switch on, what an approver decides, and by
 * when a duty is due, in small tables that hold nothing else.
 */
#include "proto/limits.h"
#include "tests/unit/tabling.h"

/* What a table says of a concern from the social department to a tovholder. */
static struct judgement
judged(const char *text, const char *rest, uint32_t settings)
{
	struct facts f = judging_facts("concern social kom_tovholder", rest);
	struct rules *r = tabling_load(text);
	static struct judgement j;
	static char id[8];

	f.settings = settings;
	judge(r, &f, JUDGED_AT, &j);
	(void)snprintf(
	    id, sizeof(id), "%s", j.rule != NULL ? rule_id(j.rule) : "-");
	rules_free(r);
	j.rule = (const struct rule *)(const void *)id;
	return j;
}

static void
agrees(const struct judgement *j, PbOutcome outcome, enum code code,
    const char *rule, const char *missing)
{
	char found[400];

	judging_missing(j, found, sizeof(found));
	assert_string_equal((const char *)j->rule, rule);
	assert_int_equal(j->outcome, outcome);
	assert_string_equal(code_name(j->code), code_name(code));
	assert_string_equal(found, missing);
}

static void
a_permit_needs_all_its_settings(void **state)
{
	const char *t = TABLE_HEAD TABLE_PERMIT(
	    "R01") "    to: any\n    setting: [pet_report, crisis_team]\n";
	struct judgement j = judged(t, "", 0);

	(void)state;
	agrees(&j, OUTCOME_REFUSE, CODE_NO_PERMIT, "R01",
	    "setting: pet_report, setting: crisis_team");
	j = judged(t, "", SETTING_BIT(SETTING_CRISIS_TEAM));
	agrees(
	    &j, OUTCOME_REFUSE, CODE_NO_PERMIT, "R01", "setting: pet_report");
	j = judged(t, "",
	    SETTING_BIT(SETTING_CRISIS_TEAM) | SETTING_BIT(SETTING_PET_REPORT));
	agrees(&j, OUTCOME_PERMIT, CODE_OK, "R01", "");
}

static void
a_setting_of_an_alternative_binds_it_alone(void **state)
{
	const char *t = TABLE_HEAD TABLE_PERMIT(
	    "R01") "    either:\n"
		   "      - {to: [kom_tovholder], setting: [ssp_minor]}\n"
		   "      - {to: [pol_tovholder]}\n";
	struct judgement j = judged(t, "", 0);

	(void)state;
	agrees(&j, OUTCOME_REFUSE, CODE_NO_PERMIT, "R01", "setting: ssp_minor");
	j = judged(t, "", SETTING_BIT(SETTING_SSP_MINOR));
	agrees(&j, OUTCOME_PERMIT, CODE_OK, "R01", "");
}

static void
a_clause_fits_when_any_of_its_settings_is_on(void **state)
{
	const char *t = TABLE_HEAD TABLE_PERMIT(
	    "R01") "    to: any\n" TABLE_RULE("P01",
	    "prohibition") "    any: [{setting: [pet_report, crisis_team]}]\n";
	struct judgement j = judged(t, "", SETTING_BIT(SETTING_JOURNAL_NOTE));

	(void)state;
	agrees(&j, OUTCOME_PERMIT, CODE_OK, "R01", "");
	j = judged(t, "", SETTING_BIT(SETTING_CRISIS_TEAM));
	agrees(&j, OUTCOME_REFUSE, CODE_PROHIBITED, "P01", "");
}

static void
a_clause_with_not_fits_when_none_of_them_is_on(void **state)
{
	const char *t = TABLE_HEAD TABLE_PERMIT(
	    "R01") "    to: any\n" TABLE_RULE("P01",
	    "prohibition") "    any: [{setting: {not: [pet_report, "
			   "crisis_team]}}]\n";
	struct judgement j = judged(t, "", SETTING_BIT(SETTING_JOURNAL_NOTE));

	(void)state;
	agrees(&j, OUTCOME_REFUSE, CODE_PROHIBITED, "P01", "");
	j = judged(t, "", SETTING_BIT(SETTING_PET_REPORT));
	agrees(&j, OUTCOME_PERMIT, CODE_OK, "R01", "");
}

static void
what_only_an_approver_lets_pass_parks(void **state)
{
	const char *t = TABLE_HEAD TABLE_PERMIT(
	    "R01") "    to: any\n    approver: [kom_tovholder, social]\n";
	struct judgement j = judged(t, "", 0);

	(void)state;
	agrees(&j, OUTCOME_PARK, CODE_PENDING, "R01", "");
	j = judged(t, "purpose=none", 0);
	agrees(&j, OUTCOME_PARK, CODE_PENDING, "R01", "");
	j = judged(t, "purpose=investigation", 0);
	agrees(&j, OUTCOME_REFUSE, CODE_NO_PERMIT, "R01", "purpose");
}

static void
of_several_that_park_the_first_is_named(void **state)
{
	const char *t = TABLE_HEAD TABLE_PERMIT(
	    "R02") "    to: [pol_tovholder]\n    approver: "
		   "[social]\n" TABLE_PERMIT(
		       "R03") "    to: any\n    approver: "
			      "[kom_part]\n" TABLE_PERMIT("R01") "    to: "
								 "any\n    "
								 "approver: "
								 "[social]\n";
	struct judgement j = judged(t, "", 0);

	(void)state;
	agrees(&j, OUTCOME_PARK, CODE_PENDING, "R03", "");
}

static void
a_permit_without_an_approver_wins_wherever_it_stands(void **state)
{
	const char *after = TABLE_HEAD TABLE_PERMIT(
	    "R01") "    to: any\n    approver: "
		   "[social]\n" TABLE_PERMIT(
		       "R02") "    to: any\n    age: [adult]\n";
	const char *before =
	    TABLE_HEAD TABLE_PERMIT("R02") "    to: any\n" TABLE_PERMIT(
		"R01") "    to: any\n    approver: [social]\n";
	struct judgement j = judged(after, "", 0);

	(void)state;
	agrees(&j, OUTCOME_PERMIT, CODE_OK, "R02", "");
	j = judged(after, "age=minor", 0);
	agrees(&j, OUTCOME_PARK, CODE_PENDING, "R01", "");
	j = judged(before, "", 0);
	agrees(&j, OUTCOME_PERMIT, CODE_OK, "R02", "");
}

static void
a_prohibition_stops_what_would_park(void **state)
{
	const char *t = TABLE_HEAD TABLE_PERMIT(
	    "R01") "    to: any\n    approver: [social]\n" TABLE_RULE("P01",
	    "prohibition") "    any: [{age: [adult]}]\n";
	struct judgement j = judged(t, "", 0);

	(void)state;
	agrees(&j, OUTCOME_REFUSE, CODE_PROHIBITED, "P01", "");
}

static void
approvers_are_told_by_role(void **state)
{
	struct rules *r = tabling_load(TABLE_HEAD TABLE_PERMIT(
	    "R01") "    to: any\n    approver: [kom_tovholder, social]\n");
	struct facts f = judging_facts("concern social kom_tovholder", "");
	struct judgement j;

	(void)state;
	judge(r, &f, JUDGED_AT, &j);
	assert_true(rule_approvers(j.rule) ==
	    (1ULL << ROLE_KOM_TOVHOLDER | 1ULL << ROLE_SOCIAL));
	rules_free(r);
}

static void
a_duty_says_by_when(void **state)
{
	struct rules *r = tabling_load(TABLE_HEAD TABLE_PERMIT(
	    "R01") "    to: any\n" TABLE_RULE("U01",
	    "duty") "    any: [{age: [adult]}]\n"
		    "    notice: inform\n    within_days: 30\n" TABLE_RULE(
			"U02", "duty") "    any: [{age: [minor]}]\n"
				       "    notice: other\n" TABLE_RULE("U03",
					   "duty") "    any: [{age: [adult]}]\n"
						   "    notice: call\n");
	struct facts f = judging_facts("concern social kom_tovholder", "");
	struct duty d[3];

	(void)state;
	assert_int_equal(rules_duties(r, &f, JUDGED_AT, d, 3), 2);
	assert_string_equal(rule_id(d[0].rule), "U01");
	assert_string_equal(d[0].notice, "inform");
	assert_int_equal(d[0].due_ms, JUDGED_AT + 30 * DAY_MS);
	assert_string_equal(rule_id(d[1].rule), "U03");
	assert_int_equal(d[1].due_ms, 0);
	assert_int_equal(rules_duties(r, &f, JUDGED_AT, d, 1), 1);
	rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_permit_needs_all_its_settings),
		cmocka_unit_test(a_setting_of_an_alternative_binds_it_alone),
		cmocka_unit_test(a_clause_fits_when_any_of_its_settings_is_on),
		cmocka_unit_test(
		    a_clause_with_not_fits_when_none_of_them_is_on),
		cmocka_unit_test(what_only_an_approver_lets_pass_parks),
		cmocka_unit_test(of_several_that_park_the_first_is_named),
		cmocka_unit_test(
		    a_permit_without_an_approver_wins_wherever_it_stands),
		cmocka_unit_test(a_prohibition_stops_what_would_park),
		cmocka_unit_test(approvers_are_told_by_role),
		cmocka_unit_test(a_duty_says_by_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
