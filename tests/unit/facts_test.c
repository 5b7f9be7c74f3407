/*
 * SPDX-License-Identifier: MIT
 *
 * facts: how statements of the sender count at the recorded time, measured
 * with the limits of the shipped table.
 */
#include "tests/unit/judging.h"

#define DAY UINT64_C(86400000)
#define AT JUDGED_AT
#define HALF_YEAR (180 * DAY)
#define YEAR (365 * DAY)

struct message {
	PbHeader header;
	PbGrounds grounds;
	PbAddressee addressee;
	PbCondition condition[3], *conditions[3];
	PbConsent consent[3], *consents[3];
	struct facts_in in;
};

static void
message_init(struct message *m)
{
	memset(m, 0, sizeof(*m));
	pb_header__init(&m->header);
	pb_grounds__init(&m->grounds);
	pb_addressee__init(&m->addressee);
	for (size_t i = 0; i < 3; i++) {
		pb_condition__init(&m->condition[i]);
		pb_consent__init(&m->consent[i]);
		m->conditions[i] = &m->condition[i];
		m->consents[i] = &m->consent[i];
	}
	m->grounds.condition = m->conditions;
	m->grounds.consent = m->consents;
	m->header.kind = KIND_INFO_ANSWER;
	m->header.role = ROLE_SKOLE;
	m->in = (struct facts_in){ .header = &m->header,
		.grounds = &m->grounds,
		.addressee = &m->addressee,
		.to_role = ROLE_POL_TOVHOLDER,
		.at_ms = AT };
}

static struct facts
reduce(void **state, const struct message *m)
{
	const struct judging *j = *state;
	struct facts f;

	facts_reduce(j->rules, &m->in, &f);
	return f;
}

static const struct {
	const char *says;
	int judged_by;	    /* 0: nobody said */
	uint64_t judged_at; /* 0: not said */
	enum exposed want;
} exposed[] = {
	{ "judged today by the police tovholder", ROLE_POL_TOVHOLDER, AT,
	    EXPOSED_YES },
	{ "by the kommune's", ROLE_KOM_TOVHOLDER, AT - DAY, EXPOSED_YES },
	{ "by a social authority", ROLE_SOCIAL, AT - DAY, EXPOSED_YES },
	{ "by socialpsykiatri", ROLE_SOCIALPSYKIATRI, AT - DAY, EXPOSED_YES },
	{ "by treatment psychiatry", ROLE_BEHANDLINGSPSYKIATRI, AT - DAY,
	    EXPOSED_YES },
	{ "on the last day that counts", ROLE_SOCIAL, AT - HALF_YEAR,
	    EXPOSED_YES },
	{ "a moment before it", ROLE_SOCIAL, AT - HALF_YEAR - 1,
	    EXPOSED_STALE },
	{ "without a date", ROLE_SOCIAL, 0, EXPOSED_STALE },
	{ "by a clock a little ahead", ROLE_SOCIAL, AT + DAY, EXPOSED_YES },
	{ "in the future", ROLE_SOCIAL, AT + DAY + 1, EXPOSED_STALE },
	{ "by a school", ROLE_SKOLE, AT, EXPOSED_WRONG_JUDGE },
	{ "by the prison", ROLE_KRIMINALFORSORG, AT, EXPOSED_WRONG_JUDGE },
	{ "by nobody", 0, AT, EXPOSED_WRONG_JUDGE },
};

static void
socially_exposed_is_measured(void **state)
{
	struct message m;

	for (size_t i = 0; i < sizeof(exposed) / sizeof(exposed[0]); i++) {
		struct facts f;

		message_init(&m);
		m.grounds.n_condition = 1;
		m.condition[0].kind = CONDITION_KIND_SOCIALLY_EXPOSED;
		m.condition[0].has_judged_by = exposed[i].judged_by != 0;
		m.condition[0].judged_by = (PbRole)exposed[i].judged_by;
		m.condition[0].has_judged_at = exposed[i].judged_at != 0;
		m.condition[0].judged_at = exposed[i].judged_at;
		f = reduce(state, &m);
		if (f.exposed != exposed[i].want)
			fail_msg(
			    "judged %s: found %d", exposed[i].says, f.exposed);
	}
}

static const struct {
	const char *says;
	PbConditionKind kind;
	uint64_t release; /* 0: not said */
	int age, radicalised, judged_by;
	enum ksp want;
} ksp[] = {
	{ "a: released next month", CONDITION_KIND_KSP_A, AT + 30 * DAY,
	    AGE_ADULT, 0, ROLE_KRIMINALFORSORG, KSP_VALID_A },
	{ "a: the first day of the window", CONDITION_KIND_KSP_A,
	    AT + HALF_YEAR, AGE_ADULT, 0, ROLE_KRIMINALFORSORG, KSP_VALID_A },
	{ "a: before it", CONDITION_KIND_KSP_A, AT + HALF_YEAR + 1, AGE_ADULT,
	    0, ROLE_KRIMINALFORSORG, KSP_OUT_OF_WINDOW },
	{ "a: today", CONDITION_KIND_KSP_A, AT, AGE_UNKNOWN, 0,
	    ROLE_POL_TOVHOLDER, KSP_VALID_A },
	{ "a: the last day", CONDITION_KIND_KSP_A, AT - YEAR, AGE_ADULT, 0,
	    ROLE_KRIMINALFORSORG, KSP_VALID_A },
	{ "a: after it", CONDITION_KIND_KSP_A, AT - YEAR - 1, AGE_ADULT, 0,
	    ROLE_KRIMINALFORSORG, KSP_OUT_OF_WINDOW },
	{ "a: released in 2021", CONDITION_KIND_KSP_A, UINT64_C(1614556800000),
	    AGE_ADULT, 0, ROLE_KRIMINALFORSORG, KSP_OUT_OF_WINDOW },
	{ "a: no date", CONDITION_KIND_KSP_A, 0, AGE_ADULT, 0,
	    ROLE_KRIMINALFORSORG, KSP_OUT_OF_WINDOW },
	{ "a: said by a school", CONDITION_KIND_KSP_A, AT, AGE_ADULT, 0,
	    ROLE_SKOLE, KSP_NONE },
	{ "a: said by nobody", CONDITION_KIND_KSP_A, AT, AGE_ADULT, 0, 0,
	    KSP_NONE },
	{ "b: a minor", CONDITION_KIND_KSP_B, AT, AGE_MINOR, 0,
	    ROLE_BOERN_FAMILIE, KSP_VALID_B },
	{ "b: an adult", CONDITION_KIND_KSP_B, AT, AGE_ADULT, 0,
	    ROLE_BOERN_FAMILIE, KSP_B_NOT_MINOR },
	{ "b: of unknown age, which is not a minor where a permit needs one",
	    CONDITION_KIND_KSP_B, AT, AGE_UNKNOWN, 0, ROLE_BOERN_FAMILIE,
	    KSP_B_NOT_MINOR },
	{ "c: judged radicalised", CONDITION_KIND_KSP_C, AT + DAY, AGE_ADULT, 1,
	    ROLE_KRIMINALFORSORG, KSP_VALID_C },
	{ "c: judged not to be", CONDITION_KIND_KSP_C, AT + DAY, AGE_ADULT, 0,
	    ROLE_KRIMINALFORSORG, KSP_C_NO_JUDGEMENT },
	{ "c: not said", CONDITION_KIND_KSP_C, AT + DAY, AGE_ADULT, -1,
	    ROLE_KRIMINALFORSORG, KSP_C_NO_JUDGEMENT },
	{ "c: judged, but long ago released", CONDITION_KIND_KSP_C,
	    AT - YEAR - 1, AGE_ADULT, 1, ROLE_KRIMINALFORSORG,
	    KSP_OUT_OF_WINDOW },
};

static void
release_is_measured(void **state)
{
	struct message m;

	for (size_t i = 0; i < sizeof(ksp) / sizeof(ksp[0]); i++) {
		PbCondition *c = &m.condition[0];
		struct facts f;

		message_init(&m);
		m.grounds.n_condition = 1;
		m.grounds.has_age = ksp[i].age != AGE_UNKNOWN;
		m.grounds.age = (PbAge)ksp[i].age;
		c->kind = ksp[i].kind;
		c->has_judged_by = ksp[i].judged_by != 0;
		c->judged_by = (PbRole)ksp[i].judged_by;
		c->has_release_date = ksp[i].release != 0;
		c->release_date = ksp[i].release;
		c->has_radicalised = ksp[i].radicalised >= 0;
		c->radicalised = ksp[i].radicalised > 0;
		f = reduce(state, &m);
		if (f.ksp != ksp[i].want)
			fail_msg("%s: found %d", ksp[i].says, f.ksp);
	}
}

static void
of_several_statements_the_best_counts(void **state)
{
	struct message m;
	struct facts f;

	message_init(&m);
	m.grounds.n_condition = 3;
	for (size_t i = 0; i < 3; i++) {
		m.condition[i].kind = CONDITION_KIND_SOCIALLY_EXPOSED;
		m.condition[i].has_judged_by = true;
		m.condition[i].judged_by = ROLE_SOCIAL;
		m.condition[i].has_judged_at = true;
		m.condition[i].judged_at = AT - YEAR;
	}
	m.condition[1].judged_at = AT;
	m.condition[2].judged_by = ROLE_SKOLE;
	f = reduce(state, &m);
	assert_int_equal(f.exposed, EXPOSED_YES);
	assert_int_equal(f.ksp, KSP_NONE);
	for (size_t i = 0; i < 3; i++)
		m.condition[i].kind = CONDITION_KIND_KSP_A;
	m.condition[2].judged_by = ROLE_SOCIAL;
	m.condition[2].has_release_date = true;
	m.condition[2].release_date = AT;
	f = reduce(state, &m);
	assert_int_equal(f.ksp, KSP_VALID_A);
	assert_int_equal(f.exposed, EXPOSED_NO);
}

static void
consent_must_cover_and_stand(void **state)
{
	PbCategory work[] = { CATEGORY_EMPLOYMENT, CATEGORY_SOCIAL };
	PbCategory home[] = { CATEGORY_FAMILY };
	struct message m;

	message_init(&m);
	m.in.categories = CATEGORY_BIT(CATEGORY_EMPLOYMENT) |
	    CATEGORY_BIT(CATEGORY_LOGISTICS);
	assert_int_equal(reduce(state, &m).consent, CONSENT_NONE);
	m.grounds.n_consent = 1;
	m.consent[0].by = (char *)(uintptr_t) "subject";
	assert_int_equal(reduce(state, &m).consent, CONSENT_OUT_OF_SCOPE);
	m.consent[0].scope = work;
	m.consent[0].n_scope = 2;
	assert_int_equal(reduce(state, &m).consent, CONSENT_VALID);
	m.consent[0].has_until = true;
	m.consent[0].until = AT + 1;
	assert_int_equal(reduce(state, &m).consent, CONSENT_VALID);
	m.consent[0].until = AT;
	assert_int_equal(reduce(state, &m).consent, CONSENT_EXPIRED);
	m.consent[0].has_until = false;
	m.in.categories |= CATEGORY_BIT(CATEGORY_FAMILY);
	assert_int_equal(reduce(state, &m).consent, CONSENT_OUT_OF_SCOPE);
	/* Two that each cover a part do not add up. */
	m.grounds.n_consent = 2;
	m.consent[1].by = (char *)(uintptr_t) "parent";
	m.consent[1].scope = home;
	m.consent[1].n_scope = 1;
	assert_int_equal(reduce(state, &m).consent, CONSENT_OUT_OF_SCOPE);
	m.in.categories = CATEGORY_BIT(CATEGORY_FAMILY);
	assert_int_equal(reduce(state, &m).consent, CONSENT_VALID);
	m.consent[1].has_withdrawn = m.consent[1].withdrawn = true;
	assert_int_equal(reduce(state, &m).consent, CONSENT_OUT_OF_SCOPE);
	/* Taken back by the same person, whatever stands beside it. */
	m.in.categories = CATEGORY_BIT(CATEGORY_SOCIAL);
	m.consent[1].by = m.consent[0].by;
	m.consent[1].scope = work;
	assert_int_equal(reduce(state, &m).consent, CONSENT_WITHDRAWN);
	m.consent[1].scope = home;
	assert_int_equal(reduce(state, &m).consent, CONSENT_VALID);
	m.consent[1].n_scope = 0;
	assert_int_equal(reduce(state, &m).consent, CONSENT_WITHDRAWN);
}

static void
what_is_not_said_is_not_given(void **state)
{
	struct message m;
	struct facts f;

	message_init(&m);
	f = reduce(state, &m);
	assert_int_equal(f.kind, KIND_INFO_ANSWER);
	assert_int_equal(f.from, ROLE_SKOLE);
	assert_int_equal(f.to, ROLE_POL_TOVHOLDER);
	assert_int_equal(f.age, AGE_UNKNOWN);
	assert_int_equal(f.concerned_child, CONCERNED_CHILD_NONE);
	assert_int_equal(f.purpose, 0);
	assert_int_equal(f.necessity, 0);
	assert_int_equal(f.event, 0);
	assert_int_equal(f.basis, 0);
	assert_int_equal(f.state, CASE_STATE_NONE);
	assert_false(f.has_case || f.police_alone || f.police_looked ||
	    f.case_acute || f.necessity_text || f.underretning_made ||
	    f.sender_participant || f.recipient_participant ||
	    f.answers_request);
	/* Presence decides, not the number that stands there. */
	m.grounds.age = AGE_MINOR;
	m.addressee.purpose = PURPOSE_RELEASE;
	m.grounds.event = EVENT_SCREENING_STARTED;
	f = reduce(state, &m);
	assert_int_equal(f.age, AGE_UNKNOWN);
	assert_int_equal(f.purpose, 0);
	assert_int_equal(f.event, 0);
	m.in.grounds = NULL;
	f = reduce(state, &m);
	assert_int_equal(f.exposed, EXPOSED_NO);
}

static void
what_is_said_arrives(void **state)
{
	PbBasis basis[] = { BASIS_RPL_115_2, BASIS_SHL_43 };
	struct message m;
	PbCase c = PB_CASE__INIT;
	struct facts f;

	message_init(&m);
	m.header.has_case_id = true;
	m.header.urgency = URGENCY_ACUTE;
	m.addressee.cooperation = COOPERATION_PSP;
	m.addressee.has_purpose = m.addressee.has_necessity = true;
	m.addressee.purpose = PURPOSE_EXPOSED_PERSONS;
	m.addressee.necessity = NECESSITY_COOPERATION;
	m.addressee.basis = basis;
	m.addressee.n_basis = 2;
	m.grounds.has_age = m.grounds.has_concerned_child = true;
	m.grounds.has_underretning_made = true;
	m.grounds.age = AGE_MINOR;
	m.grounds.concerned_child = CONCERNED_CHILD_UNBORN;
	m.grounds.underretning_made = true;
	m.grounds.necessity = (char *)(uintptr_t) " \n";
	c.state = CASE_STATE_SCREENING;
	c.claimed_acute = c.police_looked = true;
	m.in.kase = &c;
	m.in.sender_participant = m.in.answers_request = true;
	m.in.relation = 1u << RELATION_PARTICIPANT;
	f = reduce(state, &m);
	assert_int_equal(f.urgency, URGENCY_ACUTE);
	assert_int_equal(f.cooperation, COOPERATION_PSP);
	assert_int_equal(f.purpose, PURPOSE_EXPOSED_PERSONS);
	assert_int_equal(f.necessity, NECESSITY_COOPERATION);
	assert_int_equal(f.basis, 1u << BASIS_RPL_115_2 | 1u << BASIS_SHL_43);
	assert_int_equal(f.age, AGE_MINOR);
	assert_int_equal(f.concerned_child, CONCERNED_CHILD_UNBORN);
	assert_int_equal(f.state, CASE_STATE_SCREENING);
	assert_int_equal(f.relation, 1u << RELATION_PARTICIPANT);
	assert_true(f.has_case && f.case_acute && f.police_looked &&
	    f.underretning_made && f.sender_participant && f.answers_request);
	/* Blank words are none. */
	assert_false(f.necessity_text || f.police_alone);
	m.grounds.necessity = (char *)(uintptr_t) "because";
	assert_true(reduce(state, &m).necessity_text);
	m.in.linked_police_alone = true;
	assert_true(reduce(state, &m).police_alone);
	m.in.linked_police_alone = false;
	c.state = CASE_STATE_POLICE_ONLY;
	assert_true(reduce(state, &m).police_alone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(socially_exposed_is_measured),
		cmocka_unit_test(release_is_measured),
		cmocka_unit_test(of_several_statements_the_best_counts),
		cmocka_unit_test(consent_must_cover_and_stand),
		cmocka_unit_test(what_is_not_said_is_not_given),
		cmocka_unit_test(what_is_said_arrives),
	};

	return cmocka_run_group_tests(tests, judging_load, judging_unload);
}
