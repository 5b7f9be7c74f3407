/*
 * SPDX-License-Identifier: MIT
 *
 * R5 place: who is reached, by role, relation, place and time.
 */
#include "tests/unit/core_judging.h"

/* ------------------------------------------------------------------ words */

static PbAddressee *
to_node(struct world *w, const char *node)
{
	PbAddressee *a = to_role(w, ROLE_KOM_TOVHOLDER, RELATION_ANY);

	a->has_role = a->has_relation = false;
	a->node = str(node);
	return a;
}

/* -------------------------------------------------------------- R5 place */

static void
police_by_district(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101", ROLE_KOM_TOVHOLDER);
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	ask(w);
	expect(w, 0, "politi/1470", "ok");
	/* Ishøj lies in Region Hovedstaden too, but in another district. */
	w->grounds.bopaelskommune = str("0183");
	ask(w);
	expect(w, 0, "politi/1469", "ok");
	/* Police are never found through the region. */
	w->addressee[0].relation = RELATION_REGION_OF_SUBJECT;
	ask(w);
	expect(w, 0, NULL, "no_recipient");
}

static void
psychiatry_by_region_and_time(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101", ROLE_KOM_TOVHOLDER);
	to_role(w, ROLE_BEHANDLINGSPSYKIATRI, RELATION_REGION_OF_SUBJECT);
	w->now = IN_2027 - 1;
	w->header.expires = IN_2027 + DAY_MS;
	w->header.created = w->now;
	ask(w);
	assert_string_equal(w->answer.recipient[0].node->id, "psykiatri/1084");
	w->now = IN_2027;
	ask(w);
	assert_string_equal(w->answer.recipient[0].node->id, "psykiatri/oest");
}

static void
what_cannot_be_placed_is_named(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	w->grounds.bopaelskommune = str("9999");
	ask(w);
	expect(w, 0, NULL, "unknown_kommune");
	w->grounds.bopaelskommune = str("0851");
	ask(w);
	expect(w, 0, NULL, "no_recipient");
	w->grounds.bopaelskommune = NULL;
	ask(w);
	expect(w, 0, NULL, "no_recipient");
	w->n_addressee = 0;
	to_node(w, "kommune/0999");
	ask(w);
	expect(w, 0, NULL, "no_recipient");
	/* Two nodes are kom_part of København: the unit must be named. */
	w->n_addressee = 0;
	w->grounds.bopaelskommune = str("0101");
	to_role(w, ROLE_KOM_PART, RELATION_KOMMUNE_OF_SUBJECT);
	ask(w);
	expect(w, 0, NULL, "ambiguous_recipient");
	w->addressee[0].unit = str("kultur");
	ask(w);
	assert_string_equal(
	    w->answer.recipient[0].node->id, "kommune/0101/kultur");
	/* One node, two roles: the role must be named. */
	w->n_addressee = 0;
	to_node(w, "politi/1470");
	ask(w);
	expect(w, 0, NULL, "ambiguous_recipient");
}

static void
acute_always_finds_police(void **state)
{
	static const struct {
		const char *why, *kommune, *sender;
		PbRole role, to;
		const char *node;
	} table[] = {
		{ "the subject's district", "0183", "kommune/0101",
		    ROLE_KOM_TOVHOLDER, ROLE_POL_TOVHOLDER, "politi/1469" },
		{ "no police duty there: its tovholder", "0183", "kommune/0101",
		    ROLE_KOM_TOVHOLDER, ROLE_POL_VAGT, "politi/1469" },
		{ "no kommune known: the sender's district", NULL,
		    "kommune/0101/skole-x", ROLE_SKOLE, ROLE_POL_TOVHOLDER,
		    "politi/1470" },
		{ "a kommune that does not exist", "9999",
		    "kommune/0101/skole-x", ROLE_SKOLE, ROLE_POL_TOVHOLDER,
		    "politi/1470" },
		{ "a district without a node", "0851", "kommune/0183",
		    ROLE_KOM_TOVHOLDER, ROLE_POL_TOVHOLDER, "politi/1469" },
	};
	struct world *w = *state;

	w->kase = NULL;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		message(w, KIND_CONCERN, table[i].sender, table[i].role);
		w->header.urgency = URGENCY_ACUTE;
		w->grounds.bopaelskommune = str(table[i].kommune);
		to_role(w, table[i].to, RELATION_DISTRICT_OF_SUBJECT);
		ask(w);
		if (w->answer.n != 1)
			fail_msg(
			    "%s: %zu recipients", table[i].why, w->answer.n);
		expect(w, 0, table[i].node, "ok");
	}
	/* A sender for the whole country: every district may be meant. */
	message(w, KIND_CONCERN, "kriminalforsorg/oest", ROLE_KRIMINALFORSORG);
	w->header.urgency = URGENCY_ACUTE;
	w->grounds.bopaelskommune = NULL;
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	ask(w);
	assert_int_equal(w->answer.n, 2);
	expect(w, 0, "politi/1469", "ok");
	expect(w, 1, "politi/1470", "ok");
}

static void
underretning_finds_the_child_unit(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_UNDERRETNING, "politi/1470", ROLE_POL_TOVHOLDER);
	to_role(w, ROLE_BOERN_FAMILIE, RELATION_KOMMUNE_OF_SUBJECT);
	w->basis[0] = BASIS_BL_133;
	w->addressee[0].purpose = PURPOSE_CHILD_PROTECTION;
	w->grounds.age = AGE_MINOR;
	w->grounds.has_concerned_child = true;
	w->grounds.concerned_child = CONCERNED_CHILD_SUBJECT;
	w->grounds.bopaelskommune = str("0183");
	w->grounds.custody_kommune = str("0101");
	ask(w);
	expect(w, 0, "kommune/0101/boern", "ok");
	/* Custody unknown: the sender's own kommune, which forwards. */
	message(w, KIND_UNDERRETNING, "kommune/0101/skole-x", ROLE_SKOLE);
	to_role(w, ROLE_BOERN_FAMILIE, RELATION_KOMMUNE_OF_SUBJECT);
	w->basis[0] = BASIS_BL_133;
	w->addressee[0].purpose = PURPOSE_CHILD_PROTECTION;
	w->grounds.age = AGE_MINOR;
	w->grounds.has_concerned_child = true;
	w->grounds.concerned_child = CONCERNED_CHILD_SUBJECT;
	w->grounds.bopaelskommune = NULL;
	ask(w);
	expect(w, 0, "kommune/0101/boern", "ok");
}

/* One to the child unit, by a role with a relation. */
static void
worry(struct world *w, const char *sender, PbRole role, PbRelation relation)
{
	message(w, KIND_UNDERRETNING, sender, role);
	w->header.has_case_id = false;
	to_role(w, ROLE_BOERN_FAMILIE, relation);
	w->addressee[0].purpose = PURPOSE_CHILD_PROTECTION;
	w->grounds.age = AGE_MINOR;
	w->grounds.bopaelskommune = NULL;
}

static void
expect_flag(struct world *w, const char *why, const char *flag)
{
	const char *found = w->answer.recipient[0].flag;

	if (flag == NULL ? found != NULL :
			   found == NULL || strcmp(found, flag) != 0)
		fail_msg("%s: flag %s, expected %s", why,
		    found != NULL ? found : "none",
		    flag != NULL ? flag : "none");
}

static void
underretning_is_never_refused_for_place(void **state)
{
	static const struct {
		const char *why, *sender;
		PbRole role;
		const char *custody, *home, *unit, *flag;
		PbRelation relation;
	} table[] = {
		{ "custody in a kommune that does not exist",
		    "kommune/0101/skole-x", ROLE_SKOLE, "9999", NULL, NULL,
		    "unknown_kommune", RELATION_KOMMUNE_OF_SUBJECT },
		{ "custody asked for and not known", "kommune/0101/skole-x",
		    ROLE_SKOLE, NULL, NULL, NULL, "no_recipient",
		    RELATION_KOMMUNE_OF_CUSTODY },
		{ "custody asked for and known", "kriminalforsorg/oest",
		    ROLE_KRIMINALFORSORG, "0101", NULL, NULL, NULL,
		    RELATION_KOMMUNE_OF_CUSTODY },
		{ "custody where no child unit is", "kommune/0101/skole-x",
		    ROLE_SKOLE, "0851", NULL, NULL, "no_recipient",
		    RELATION_KOMMUNE_OF_SUBJECT },
		{ "a sender for the whole country", "kriminalforsorg/oest",
		    ROLE_KRIMINALFORSORG, "9999", NULL, NULL, "unknown_kommune",
		    RELATION_KOMMUNE_OF_SUBJECT },
		{ "home in a kommune that does not exist",
		    "kriminalforsorg/oest", ROLE_KRIMINALFORSORG, NULL, "9999",
		    NULL, "unknown_kommune", RELATION_KOMMUNE_OF_SUBJECT },
		{ "custody unknown, home known", "kriminalforsorg/oest",
		    ROLE_KRIMINALFORSORG, "9999", "0101", NULL,
		    "unknown_kommune", RELATION_KOMMUNE_OF_SUBJECT },
		{ "a kommune without a child unit", "kommune/0183",
		    ROLE_KOM_TOVHOLDER, NULL, NULL, NULL, "no_recipient",
		    RELATION_KOMMUNE_OF_SUBJECT },
		{ "a unit that is not there", "kommune/0101/skole-x",
		    ROLE_SKOLE, NULL, NULL, "nobody", "no_recipient",
		    RELATION_KOMMUNE_OF_SUBJECT },
		{ "a relation that no unit has", "kommune/0101/skole-x",
		    ROLE_SKOLE, NULL, NULL, NULL, "no_recipient",
		    RELATION_REGION_OF_SUBJECT },
	};
	struct world *w = *state;

	w->kase = NULL;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		worry(w, table[i].sender, table[i].role, table[i].relation);
		w->grounds.custody_kommune = str(table[i].custody);
		w->grounds.bopaelskommune = str(table[i].home);
		w->addressee[0].unit = str(table[i].unit);
		ask(w);
		expect(w, 0, "kommune/0101/boern", "ok");
		expect_flag(w, table[i].why, table[i].flag);
	}
}

static void
underretning_to_a_node_that_is_not_there(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	worry(
	    w, "kommune/0101/skole-x", ROLE_SKOLE, RELATION_KOMMUNE_OF_SUBJECT);
	w->n_addressee = 0;
	to_node(w, "kommune/0101/gone");
	ask(w);
	expect(w, 0, "kommune/0101/boern", "ok");
	expect_flag(w, "gone", "no_recipient");
	/* One that is there is the one that is meant, and decides nothing. */
	w->n_addressee = 0;
	to_node(w, "kommune/0101/boern");
	w->grounds.custody_kommune = str("9999");
	ask(w);
	expect(w, 0, "kommune/0101/boern", "ok");
	expect_flag(w, "named", NULL);
}

/* Only the child unit is found so; others are still told what is wrong. */
static void
other_kinds_and_roles_are_still_refused(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	worry(
	    w, "kommune/0101/skole-x", ROLE_SKOLE, RELATION_KOMMUNE_OF_SUBJECT);
	w->addressee[0].role = ROLE_KOM_TOVHOLDER;
	w->grounds.custody_kommune = str("9999");
	ask(w);
	expect(w, 0, NULL, "unknown_kommune");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(police_by_district),
		cmocka_unit_test(psychiatry_by_region_and_time),
		cmocka_unit_test(what_cannot_be_placed_is_named),
		cmocka_unit_test(acute_always_finds_police),
		cmocka_unit_test(underretning_finds_the_child_unit),
		cmocka_unit_test(underretning_is_never_refused_for_place),
		cmocka_unit_test(underretning_to_a_node_that_is_not_there),
		cmocka_unit_test(other_kinds_and_roles_are_still_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
