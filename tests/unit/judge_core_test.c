/*
 * SPDX-License-Identifier: MIT
 *
 * R6 judge: what is decided, and what the sender is told of it.
 */
#include "tests/unit/core_judging.h"

static void
the_whole_message_can_fail(void **state)
{
	static const struct {
		const char *code;
		int64_t created, expires;
		PbRole role;
		bool missing;
	} table[] = {
		{ "expired", 0, 0, ROLE_JOBCENTER, false },
		{ "expiry_too_long", 0, 32 * (int64_t)DAY_MS, ROLE_JOBCENTER,
		    false },
		{ "role_not_held", 0, (int64_t)DAY_MS, ROLE_SKOLE, false },
		{ "unknown_case", 0, (int64_t)DAY_MS, ROLE_JOBCENTER, true },
	};
	struct world *w = *state;

	w->kase = NULL;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		message(
		    w, KIND_CONCERN, "kommune/0101/jobcenter", table[i].role);
		w->header.expires = NOW + (uint64_t)table[i].expires;
		w->missing = table[i].missing;
		to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
		ask(w);
		expect(w, 0, "kommune/0101", table[i].code);
		/* The same, acute and to police, is flagged and passes. */
		w->n_addressee = 0;
		w->header.urgency = URGENCY_ACUTE;
		to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
		ask(w);
		expect(w, 0, "politi/1470", "ok");
		assert_string_equal(w->answer.recipient[0].flag, table[i].code);
	}
}

static void
a_key_that_is_not_valid_stops_even_acute(void **state)
{
	struct world *w = *state;
	struct question q;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	w->header.urgency = URGENCY_ACUTE;
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	q = question_of(w);
	q.key_valid = false;
	r6_judge(&q, &w->answer);
	expect(w, 0, "politi/1470", "key_not_valid");
}

static void
claimed_acute_goes_to_police_first(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101/skole-x", ROLE_SKOLE);
	w->header.urgency = URGENCY_ACUTE;
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	take(w);
	expect(w, 0, "politi/1470", "ok");
	expect(w, 1, "kommune/0101", "prohibited");
	assert_string_equal(rule_id(w->answer.recipient[1].real.rule), "P20");
	/* The sender said acute itself: the reason tells nothing new. */
	assert_false(w->answer.recipient[1].withheld);
	assert_true(w->kase->claimed_acute);
	assert_false(cases_has_participant(w->kase, "kommune/0101", NOW));
}

/* What a sender outside police is told of its addendum to the tovholder. */
static struct recipient
addendum_to_kommune(struct world *w)
{
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	ask(w);
	return w->answer.recipient[0];
}

static void
told_alike_whatever_police_do(void **state)
{
	struct world *w = *state;
	struct recipient before, alone;

	open_case(w, URGENCY_ORDINARY);
	screen(w);
	before = addendum_to_kommune(w);
	assert_int_equal(before.real.outcome, OUTCOME_PERMIT);
	assert_false(before.withheld);
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_TOVHOLDER, 0);
	assert_int_equal(w->kase->state, CASE_STATE_POLICE_ONLY);
	alone = addendum_to_kommune(w);
	assert_int_equal(alone.real.outcome, OUTCOME_REFUSE);
	assert_string_equal(rule_id(alone.real.rule), "P02");
	assert_true(alone.withheld);
	/* Told the very same. */
	assert_int_equal(alone.told.outcome, before.told.outcome);
	assert_int_equal(alone.told.code, before.told.code);
	assert_ptr_equal(alone.told.rule, before.told.rule);
}

static struct recipient
answer_to_school(struct world *w)
{
	message(w, KIND_INFO_ANSWER, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_SKOLE, RELATION_KOMMUNE_OF_SUBJECT);
	ask(w);
	return w->answer.recipient[0];
}

/* A refusal says what would be lawful, also alike: from what may be told. */
static void
alternatives_are_alike_whatever_police_do(void **state)
{
	struct world *w = *state;
	struct recipient before, alone;
	char text[ALTERNATIVE_TEXT];

	open_case(w, URGENCY_ORDINARY);
	screen(w);
	before = answer_to_school(w);
	assert_int_equal(before.told.code, CODE_NO_PERMIT);
	assert_int_equal(before.n_instead, 1);
	assert_string_equal(
	    alternative_text(&before.instead[0], text), "to: kom_tovholder");
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_TOVHOLDER, 0);
	alone = answer_to_school(w);
	assert_int_equal(alone.told.code, CODE_NO_PERMIT);
	assert_int_equal(alone.n_instead, before.n_instead);
	assert_string_equal(
	    alternative_text(&alone.instead[0], text), "to: kom_tovholder");
}

static void
anybody_may_always_tell_police(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_VAGT, 0);
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	ask(w);
	expect(w, 0, "politi/1470", "ok");
}

static void
a_linked_case_keeps_silent_too(void **state)
{
	struct world *w = *state;
	struct recipient r;

	open_case(w, URGENCY_ORDINARY);
	screen(w);
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	w->linked = true;
	ask(w);
	r = w->answer.recipient[0];
	assert_int_equal(r.real.outcome, OUTCOME_REFUSE);
	assert_true(r.withheld);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_message_can_fail),
		cmocka_unit_test(a_key_that_is_not_valid_stops_even_acute),
		cmocka_unit_test(claimed_acute_goes_to_police_first),
		cmocka_unit_test(told_alike_whatever_police_do),
		cmocka_unit_test(alternatives_are_alike_whatever_police_do),
		cmocka_unit_test(anybody_may_always_tell_police),
		cmocka_unit_test(a_linked_case_keeps_silent_too),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
