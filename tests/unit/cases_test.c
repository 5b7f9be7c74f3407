/*
 * SPDX-License-Identifier: MIT
 *
 * cases: facts, participants, and which cases are one person's.
 */
#include "scratch.h"

#include "daemon/ledger/cases.h"

#define KT "kommune/0101"
#define SCHOOL "kommune/0101/skole-x"
#define CPR_ONE "0101901234" /* made up from dates, nobody's */
#define CPR_TWO "0202915678"

static struct id
case_of(uint8_t n)
{
	return (struct id){ { n } };
}

static void
a_case_is_kept_and_replaced(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct id id = case_of(1);
	PbCase c = PB_CASE__INIT, *got;

	assert_err(cases_get(t, sc->arena, &id, &got), ERR_NOT_FOUND);
	c.case_id.data = id.b;
	c.case_id.len = sizeof(id.b);
	c.state = CASE_STATE_RECEIVED;
	assert_err(cases_put(t, sc->arena, &c), ERR_OK);
	c.state = CASE_STATE_SCREENING;
	c.police_looked = true;
	assert_err(cases_put(t, sc->arena, &c), ERR_OK);
	assert_err(cases_get(t, sc->arena, &id, &got), ERR_OK);
	assert_int_equal(got->state, CASE_STATE_SCREENING);
	assert_true(got->police_looked);
	assert_false(got->claimed_acute);
	c.case_id.len = 15;
	assert_err(cases_put(t, sc->arena, &c), ERR_INVALID);
	store_abort(t);
}

static void
taking_part_has_a_beginning_and_an_end(void **state)
{
	static const struct {
		const char *node;
		uint64_t at;
		bool want;
		const char *says;
	} cases[] = {
		{ KT, 99, false, "not before it began" },
		{ KT, 100, true, "from the moment it began" },
		{ KT, 1 << 30, true, "without an end it goes on" },
		{ SCHOOL, 199, true, "until its end" },
		{ SCHOOL, 200, false, "not at its end" },
		{ "kommune/010", 150, false, "not who has a name like it" },
	};
	struct scratch *sc = *state;
	PbCase c = PB_CASE__INIT;
	size_t i;

	assert_true(
	    cases_add_participant(sc->arena, &c, KT, COOPERATION_NONE, 100));
	assert_true(
	    cases_add_participant(sc->arena, &c, SCHOOL, COOPERATION_SSP, 100));
	c.participant[1]->has_to = true;
	c.participant[1]->to = 200;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (cases_has_participant(&c, cases[i].node, cases[i].at) !=
		    cases[i].want)
			fail_msg("%s", cases[i].says);
	assert_false(cases_has_participant(NULL, KT, 150));
}

static void
nobody_is_recorded_twice(void **state)
{
	struct scratch *sc = *state;
	PbCase c = PB_CASE__INIT;

	assert_true(
	    cases_add_participant(sc->arena, &c, KT, COOPERATION_SSP, 100));
	assert_true(
	    cases_add_participant(sc->arena, &c, KT, COOPERATION_SSP, 150));
	assert_int_equal(c.n_participant, 1);
	assert_int_equal(c.participant[0]->from, 100);
	/* Another cooperation is another reason to take part. */
	assert_true(
	    cases_add_participant(sc->arena, &c, KT, COOPERATION_PSP, 150));
	assert_int_equal(c.n_participant, 2);
	c.participant[0]->has_to = true;
	c.participant[0]->to = 200;
	assert_true(
	    cases_add_participant(sc->arena, &c, KT, COOPERATION_SSP, 200));
	assert_int_equal(c.n_participant, 3);
}

static void
without_memory_nobody_is_added(void **state)
{
	struct scratch *sc = *state;
	PbCase c = PB_CASE__INIT;
	struct arena *small;

	(void)sc;
	assert_int_equal(arena_new(&small, 48), ERR_OK);
	assert_false(
	    cases_add_participant(small, &c, KT, COOPERATION_NONE, 100));
	assert_int_equal(c.n_participant, 0);
	arena_free(small);
}

static size_t
others(struct scratch *sc, struct txn *t, uint8_t key, const char *cpr,
    uint8_t n, struct id **linked)
{
	uint8_t person_key[32] = { key };
	struct id id = case_of(n);
	size_t count;

	assert_err(
	    cases_linked(t, sc->arena, person_key, cpr, &id, linked, &count),
	    ERR_OK);
	return count;
}

static void
link_case(
    struct txn *t, uint8_t key, struct scratch *sc, const char *cpr, uint8_t n)
{
	uint8_t person_key[32] = { key };
	struct id id = case_of(n);

	assert_err(cases_link(t, sc->arena, person_key, cpr, &id), ERR_OK);
}

static void
cases_of_one_person_find_each_other(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct id *linked;
	uint8_t n;

	assert_int_equal(others(sc, t, 1, CPR_ONE, 1, &linked), 0);
	link_case(t, 1, sc, CPR_ONE, 1);
	link_case(t, 1, sc, CPR_ONE, 1);
	link_case(t, 1, sc, CPR_TWO, 9);
	assert_int_equal(others(sc, t, 1, CPR_ONE, 1, &linked), 0);
	assert_int_equal(others(sc, t, 1, CPR_ONE, 2, &linked), 1);
	assert_int_equal(linked[0].b[0], 1);
	for (n = 2; n <= 8; n++)
		link_case(t, 1, sc, CPR_ONE, n);
	assert_int_equal(others(sc, t, 1, CPR_ONE, 5, &linked), 7);
	assert_int_equal(linked[0].b[0], 1);
	assert_int_equal(linked[4].b[0], 6);
	assert_int_equal(linked[6].b[0], 8);
	/* Under another key nothing is found: erasing the key forgets. */
	assert_int_equal(others(sc, t, 2, CPR_ONE, 5, &linked), 0);
	store_abort(t);
}

static bool
no_digits(void *ctx, struct bytes key, struct bytes value)
{
	assert_int_equal(key.len, 48);
	assert_int_equal(value.len, 0);
	assert_null(memmem(key.data, key.len, CPR_ONE, 6));
	(*(size_t *)ctx)++;
	return true;
}

static void
the_table_does_not_tell_the_number(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct id id = case_of(1);
	uint8_t key[32] = { 1 };
	size_t n = 0;

	link_case(t, 1, sc, CPR_ONE, 1);
	assert_err(
	    store_scan(t, TABLE_PERSON, bytes_of(NULL, 0), no_digits, &n),
	    ERR_OK);
	assert_int_equal(n, 1);
	assert_err(
	    cases_link(t, sc->arena, key, "0101901234x", &id), ERR_INVALID);
	assert_err(store_error(t), ERR_INVALID);
	store_abort(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_case_is_kept_and_replaced),
		scratch_test(taking_part_has_a_beginning_and_an_end),
		scratch_test(nobody_is_recorded_twice),
		scratch_test(without_memory_nobody_is_added),
		scratch_test(cases_of_one_person_find_each_other),
		scratch_test(the_table_does_not_tell_the_number),
	};

	return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
