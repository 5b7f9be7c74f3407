/*
 * SPDX-License-Identifier: MIT
 *
 * parked: what cannot be read keeps nothing else waiting.
 */
#include "scratch.h"

#include "daemon/core/r7_park.h"

#define SENDER "kriminalforsorg/oest"
#define NOW 1000

static void
expire(struct scratch *sc, struct txn *t)
{
	struct batch b = { .t = t, .arena = sc->arena, .now = NOW };

	assert_err(r7_expire(&b), ERR_OK);
}

static void
what_is_erased_waits_no_longer(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);

	for (uint64_t i = 0; i < PARKED_MAX; i++)
		parked_wait(t, SENDER, NOW - 1, i);
	parked_wait(t, SENDER "/x", NOW, PARKED_MAX);
	parked_wait(t, SENDER "/x", NOW + 1, PARKED_MAX + 1);
	assert_true(parked_is_full(t, SENDER));
	expire(sc, t);
	assert_false(parked_is_full(t, SENDER));
	assert_false(parked_waits(t, NOW - 1, 0));
	assert_false(parked_waits(t, NOW - 1, PARKED_MAX - 1));
	/* As many as one tick does; the next one does the rest. */
	assert_true(parked_waits(t, NOW, PARKED_MAX));
	expire(sc, t);
	assert_false(parked_waits(t, NOW, PARKED_MAX));
	assert_true(parked_waits(t, NOW + 1, PARKED_MAX + 1));
	store_abort(t);
}

static void
what_cannot_be_read_keeps_nothing_else_waiting(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);

	for (uint64_t i = 0; i < PARKED_MAX; i++) {
		uint8_t key[8];

		put_u64(key, i);
		assert_err(store_add(t, TABLE_ENTRY, bytes_of(key, sizeof key),
			       bytes_of("?", 1)),
		    ERR_OK);
		parked_wait(t, SENDER, NOW - 1, i);
	}
	parked_wait(t, SENDER "/x", NOW, PARKED_MAX);
	expire(sc, t);
	assert_true(parked_waits(t, NOW - 1, 0));
	assert_false(parked_waits(t, NOW, PARKED_MAX));
	store_abort(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_erased_waits_no_longer,
		    scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
		    what_cannot_be_read_keeps_nothing_else_waiting,
		    scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
