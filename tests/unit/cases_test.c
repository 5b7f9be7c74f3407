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

static struct digest
person_of(uint8_t key, const char *cpr)
{
	uint8_t person_key[32] = { key };
	struct digest d;

	cases_person(&d, person_key, cpr);
	return d;
}

static PbCase
new_case(uint8_t *id)
{
	PbCase c = PB_CASE__INIT;

	c.case_id = (ProtobufCBinaryData){ ID_SIZE, id };
	c.state = CASE_STATE_RECEIVED;
	return c;
}

static bool
is_alone(struct txn *t, const struct digest *person)
{
	bool alone = false;

	assert_err(cases_person_is_alone(t, person, &alone), ERR_OK);
	return alone;
}

static void
a_person_is_alone_while_any_case_is(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct digest one = person_of(1, CPR_ONE), two = person_of(1, CPR_TWO);
	uint8_t id[3][ID_SIZE] = { { 1 }, { 2 }, { 3 } };
	PbCase a = new_case(id[0]), b = new_case(id[1]),
	       other = new_case(id[2]);
	bool linked;

	assert_err(cases_track(t, sc->arena, &a, false, &one), ERR_OK);
	assert_err(cases_track(t, sc->arena, &a, false, &one), ERR_OK);
	assert_int_equal(a.n_person, 1);
	assert_err(cases_track(t, sc->arena, &b, false, &one), ERR_OK);
	assert_err(cases_track(t, sc->arena, &other, false, &two), ERR_OK);
	assert_false(is_alone(t, &one));
	a.state = CASE_STATE_POLICE_ONLY;
	assert_err(cases_track(t, sc->arena, &a, false, NULL), ERR_OK);
	assert_true(is_alone(t, &one));
	assert_false(is_alone(t, &two));
	assert_err(cases_is_linked_alone(t, &b, &linked), ERR_OK);
	assert_true(linked);
	assert_err(cases_is_linked_alone(t, &other, &linked), ERR_OK);
	assert_false(linked);
	/* A second one alone, the first handed back: still alone. */
	b.state = CASE_STATE_POLICE_ONLY;
	assert_err(cases_track(t, sc->arena, &b, false, NULL), ERR_OK);
	a.state = CASE_STATE_SCREENING;
	assert_err(cases_track(t, sc->arena, &a, true, NULL), ERR_OK);
	assert_true(is_alone(t, &one));
	b.state = CASE_STATE_SCREENING;
	assert_err(cases_track(t, sc->arena, &b, true, NULL), ERR_OK);
	assert_false(is_alone(t, &one));
	/* Named only while alone: it counts from then on. */
	other.state = CASE_STATE_POLICE_ONLY;
	assert_err(cases_track(t, sc->arena, &other, false, &one), ERR_OK);
	assert_true(is_alone(t, &one));
	assert_true(is_alone(t, &two));
	store_abort(t);
}

static bool
no_digits(void *ctx, struct bytes key, struct bytes value)
{
	assert_int_equal(key.len, DIGEST_SIZE);
	assert_int_equal(value.len, 8);
	assert_null(memmem(key.data, key.len, CPR_ONE, 6));
	(*(size_t *)ctx)++;
	return true;
}

static void
the_table_does_not_tell_the_number(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct digest one = person_of(1, CPR_ONE), same = person_of(2, CPR_ONE);
	uint8_t id[ID_SIZE] = { 1 };
	PbCase c = new_case(id);
	size_t n = 0;

	/* Under another key nobody is found: erasing the key forgets. */
	assert_false(digest_eq(&one, &same));
	c.state = CASE_STATE_POLICE_ONLY;
	assert_err(cases_track(t, sc->arena, &c, false, &one), ERR_OK);
	assert_err(
	    store_scan(t, TABLE_PERSON, bytes_of(NULL, 0), no_digits, &n),
	    ERR_OK);
	assert_int_equal(n, 1);
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
		scratch_test(a_person_is_alone_while_any_case_is),
		scratch_test(the_table_does_not_tell_the_number),
	};

	return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
