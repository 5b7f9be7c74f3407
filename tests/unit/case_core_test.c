/*
 * SPDX-License-Identifier: MIT
 *
 * What R7 does to a case, and what stays with police while they have it alone.
 */
#include "tests/unit/core_judging.h"

/* ---------------------------------------------------------- R7, the case */

static void
one_signature_has_no_effect(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_STARTED);
	assert_false(w->kase->police_looked);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_ACCEPTED);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_ACCEPTED);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
	/* Police decide otherwise: the two signatures do not meet. */
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_NOT_EXTREMISM);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
	assert_true(w->kase->police_looked);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_NOT_EXTREMISM);
	assert_int_equal(w->kase->state, CASE_STATE_REFERRED);
}

static void
a_signature_does_not_outlive_its_state(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_STARTED);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_NOT_EXTREMISM);
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_NOT_EXTREMISM);
	assert_int_equal(w->kase->state, CASE_STATE_REFERRED);
	/* Taken up again: what was signed the first time is of the past. */
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_STARTED);
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_NOT_EXTREMISM);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
}

/* ------------------------------------------------ R9, checked at hand-out */

static bool
held(struct world *w, PbRole to)
{
	struct facts_in in = { .header = &w->header,
		.grounds = &w->grounds,
		.addressee = w->list[0],
		.to_role = (int)to,
		.relation = 1u << RELATION_ANY,
		.kase = w->kase,
		.at_ms = w->now };

	return r6_is_held(&w->law, &in);
}

static void
hand_out_follows_the_case(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	screen(w);
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	assert_false(held(w, ROLE_KOM_TOVHOLDER));
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_TOVHOLDER, 0);
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	assert_true(held(w, ROLE_KOM_TOVHOLDER));
	/* Police ask psychiatry while they have the case alone. */
	message(w, KIND_INFO_REQUEST, "politi/1470", ROLE_POL_TOVHOLDER);
	to_role(w, ROLE_BEHANDLINGSPSYKIATRI, RELATION_REGION_OF_SUBJECT);
	assert_false(held(w, ROLE_BEHANDLINGSPSYKIATRI));
	/* Their orientation goes out, their ordinary word to the kommune not.
	 */
	message(w, KIND_POLICE_ORIENTATION, "politi/1470", ROLE_POL_TOVHOLDER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	assert_false(held(w, ROLE_KOM_TOVHOLDER));
	message(w, KIND_ADDENDUM, "politi/1470", ROLE_POL_TOVHOLDER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	assert_true(held(w, ROLE_KOM_TOVHOLDER));
}

/* --------------------------------------- what police keep to themselves */

/* xorshift; a run is the same every time. */
static uint32_t
draw(uint32_t *s, uint32_t below)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	*s ^= *s << 5;
	return *s % below;
}

static const struct {
	const char *node;
	PbRole role;
} senders[] = {
	{ "kommune/0101", ROLE_KOM_TOVHOLDER },
	{ "kommune/0101/jobcenter", ROLE_JOBCENTER },
	{ "kommune/0101/social", ROLE_KOM_PART },
	{ "kommune/0101/skole-x", ROLE_SKOLE },
	{ "psykiatri/1084", ROLE_BEHANDLINGSPSYKIATRI },
	{ "kriminalforsorg/oest", ROLE_KRIMINALFORSORG },
};

static void
any_message(struct world *w, uint32_t *s)
{
	static const PbKind kinds[] = { KIND_CONCERN, KIND_ADDENDUM,
		KIND_INFO_REQUEST, KIND_INFO_ANSWER, KIND_INFO_DECLINE };
	static const PbRole roles[] = { ROLE_KOM_TOVHOLDER, ROLE_POL_TOVHOLDER,
		ROLE_KOM_PART, ROLE_SKOLE, ROLE_BEHANDLINGSPSYKIATRI };
	static const PbRelation relations[] = { RELATION_ANY,
		RELATION_SAME_AUTHORITY, RELATION_KOMMUNE_OF_SUBJECT,
		RELATION_DISTRICT_OF_SUBJECT, RELATION_PARTICIPANT };
	static const PbBasis bases[] = { BASIS_RPL_115_2, BASIS_INTERNAL,
		BASIS_SHL_43, BASIS_RPL_115_3 };
	size_t who = draw(s, 6);
	PbAddressee *a;

	message(w, kinds[draw(s, 5)], senders[who].node, senders[who].role);
	w->header.urgency = (PbUrgency)(draw(s, 8) == 0);
	w->grounds.age = (PbAge)draw(s, 3);
	w->answers = draw(s, 2) == 0;
	a = to_role(w, roles[draw(s, 5)], relations[draw(s, 5)]);
	w->basis[0] = bases[draw(s, 4)];
	a->cooperation = (PbCooperation)draw(s, 4);
	a->section[0] = (PbCategory)(CATEGORY_IDENTITY + draw(s, 12));
	if (a->role == ROLE_KOM_PART)
		a->unit = str("social");
}

static void
expect_alike(struct world *w, const struct answer *open, uint32_t round)
{
	for (size_t i = 0; i < open->n; i++) {
		const struct recipient *a = &open->recipient[i];
		const struct recipient *b = &w->answer.recipient[i];

		if (w->answer.n != open->n || a->node != b->node ||
		    a->told.outcome != b->told.outcome ||
		    a->told.code != b->told.code ||
		    a->told.rule != b->told.rule)
			fail_msg("message %u: told %s %s, then %s %s", round,
			    code_name(a->told.code),
			    a->told.rule ? rule_id(a->told.rule) : "-",
			    code_name(b->told.code),
			    b->told.rule ? rule_id(b->told.rule) : "-");
		if (b->real.outcome == OUTCOME_PERMIT && b->node != NULL &&
		    !r5_is_police(b->role))
			fail_msg("message %u: %s gets it though police have "
				 "the case alone",
			    round, b->node->id);
	}
}

static void
no_answer_tells_that_police_have_it(void **state)
{
	struct world *w = *state;
	PbCaseState open_state, seen;
	uint32_t s = 20261121;

	for (uint32_t round = 0; round < 20000; round++) {
		struct answer open;

		if (round % 500 == 0) {
			open_case(w, URGENCY_ORDINARY);
			if (round % 1000 == 0)
				screen(w);
		}
		open_state = w->kase->state;
		any_message(w, &s);
		ask(w);
		open = w->answer;
		/* The same moment in the other world. */
		seen = w->kase->apparent;
		w->kase->has_apparent = true;
		w->kase->apparent = open_state;
		w->kase->state = CASE_STATE_POLICE_ONLY;
		ask(w);
		expect_alike(w, &open, round);
		w->kase->state = open_state;
		w->kase->apparent = seen;
		w->kase->has_apparent = false;
		w->linked = true;
		ask(w);
		expect_alike(w, &open, round);
	}
}

static void
kommune_sees_no_difference(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_TOVHOLDER, 0);
	assert_int_equal(
	    r6_state_seen(w->kase, ROLE_KOM_TOVHOLDER), CASE_STATE_RECEIVED);
	assert_int_equal(
	    r6_state_seen(w->kase, ROLE_POL_TOVHOLDER), CASE_STATE_POLICE_ONLY);
	/* The kommune goes on as if nothing were. */
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_STARTED);
	assert_int_equal(w->answer.code, CODE_OK);
	assert_int_equal(w->kase->state, CASE_STATE_POLICE_ONLY);
	assert_int_equal(
	    r6_state_seen(w->kase, ROLE_KOM_TOVHOLDER), CASE_STATE_SCREENING);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_ACCEPTED);
	assert_int_equal(w->kase->state, CASE_STATE_POLICE_ONLY);
	event(w, KIND_POLICE_HANDBACK, "politi/1470", ROLE_POL_TOVHOLDER, 0);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
	assert_false(w->kase->has_apparent);
	/* Signed before the handback does not count after it. */
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_ACCEPTED);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
}

/* It refuses nothing and does nothing: nobody screens by an addendum. */
static void
a_stray_event_is_left_out_when_acute(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	w->header.urgency = URGENCY_ACUTE;
	w->grounds.has_event = true;
	w->grounds.event = EVENT_INVESTIGATION_OPENED;
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	take(w);
	assert_string_equal(code_name(w->answer.code), "ok");
	assert_true(w->answer.event_ignored);
	expect(w, 0, "politi/1470", "ok");
	assert_string_equal(w->answer.recipient[0].flag, "illegal_event");
	assert_false(w->kase->investigation_opened);
	assert_int_equal(w->kase->n_signed_kom, 0);
	assert_int_equal(w->kase->state, CASE_STATE_RECEIVED);
	/* An ordinary one is refused: its sender can say what is meant. */
	w->header.urgency = URGENCY_ORDINARY;
	take(w);
	assert_string_equal(code_name(w->answer.code), "illegal_event");
}

static void
only_the_tovholder_hands_back(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_VAGT, 0);
	event(w, KIND_POLICE_HANDBACK, "politi/1470", ROLE_POL_VAGT, 0);
	assert_string_equal(code_name(w->answer.code), "illegal_event");
	assert_int_equal(w->kase->state, CASE_STATE_POLICE_ONLY);
	event(w, KIND_POLICE_ALONE, "kommune/0101", ROLE_KOM_TOVHOLDER, 0);
	assert_string_equal(code_name(w->answer.code), "illegal_event");
}

static void
a_refused_concern_opens_no_case(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	w->addressee[0].purpose = PURPOSE_INVESTIGATION;
	take(w);
	expect(w, 0, "kommune/0101", "prohibited");
	assert_null(w->kase);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_signature_has_no_effect),
		cmocka_unit_test(a_signature_does_not_outlive_its_state),
		cmocka_unit_test(hand_out_follows_the_case),
		cmocka_unit_test(no_answer_tells_that_police_have_it),
		cmocka_unit_test(kommune_sees_no_difference),
		cmocka_unit_test(a_stray_event_is_left_out_when_acute),
		cmocka_unit_test(only_the_tovholder_hands_back),
		cmocka_unit_test(a_refused_concern_opens_no_case),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
