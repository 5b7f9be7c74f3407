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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(police_by_district),
		cmocka_unit_test(psychiatry_by_region_and_time),
		cmocka_unit_test(what_cannot_be_placed_is_named),
		cmocka_unit_test(acute_always_finds_police),
		cmocka_unit_test(underretning_finds_the_child_unit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
