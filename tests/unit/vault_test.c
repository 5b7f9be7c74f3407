/*
 * SPDX-License-Identifier: MIT
 *
 * vault: a part opens its commitment, or nothing does.
 */
#include "scratch.h"

#include "daemon/ledger/vault.h"

static void
a_part_made_here_opens(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct digest first, second;
	PbOpening *o;

	assert_err(
	    vault_add(t, sc->arena, PART_DETAILS, bytes_str("part"), &first),
	    ERR_OK);
	assert_err(
	    vault_add(t, sc->arena, PART_DETAILS, bytes_str("part"), &second),
	    ERR_OK);
	/* The salt keeps two equal parts from being seen as equal. */
	assert_false(digest_eq(&first, &second));
	scratch_commit(t);
	t = scratch_read(sc);
	assert_err(vault_open(t, sc->arena, &first, &o), ERR_OK);
	assert_int_equal(o->kind, PART_DETAILS);
	assert_int_equal(o->form, FORM_PLAIN);
	assert_true(
	    bytes_eq(bytes_of(o->part.data, o->part.len), bytes_str("part")));
	store_abort(t);
}

static void
storing_twice_is_fine_storing_another_is_not(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct digest d = { { 1 } };
	struct bytes plain;

	assert_err(vault_put(t, &d, bytes_str("one")), ERR_OK);
	assert_err(vault_put(t, &d, bytes_str("one")), ERR_OK);
	assert_err(vault_get(t, sc->arena, &d, &plain), ERR_OK);
	assert_true(bytes_eq(plain, bytes_str("one")));
	assert_err(vault_put(t, &d, bytes_str("two")), ERR_EXISTS);
	store_abort(t);
}

static void
a_copy_outlives_the_transaction(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct digest d = { { 1 } };
	struct bytes plain;

	assert_err(vault_put(t, &d, bytes_str("kept")), ERR_OK);
	assert_err(vault_get(t, sc->arena, &d, &plain), ERR_OK);
	store_abort(t);
	assert_true(bytes_eq(plain, bytes_str("kept")));
	t = scratch_read(sc);
	assert_err(vault_get(t, sc->arena, &d, &plain), ERR_NOT_FOUND);
	store_abort(t);
}

/* Whatever lies under a commitment must be exactly what it commits to. */
static void
nothing_else_opens(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct digest good;
	PbOpening *o, *found;
	struct bytes packed;
	uint8_t *changed, *salt;
	size_t i;

	assert_err(
	    vault_add(t, sc->arena, PART_VERDICT, bytes_str("part"), &good),
	    ERR_OK);
	assert_err(vault_get(t, sc->arena, &good, &packed), ERR_OK);
	for (i = 0; i < packed.len; i++) {
		changed = arena_dup(sc->arena, packed);
		changed[i] ^= 1;
		store_put(t, TABLE_PART, bytes_of(good.b, 32),
		    bytes_of(changed, packed.len));
		assert_err(
		    vault_open(t, sc->arena, &good, &found), ERR_INVALID);
	}
	store_put(t, TABLE_PART, bytes_of(good.b, 32),
	    bytes_of(packed.data, packed.len - 1));
	assert_err(vault_open(t, sc->arena, &good, &found), ERR_INVALID);
	store_put(t, TABLE_PART, bytes_of(good.b, 32), packed);
	assert_err(vault_open(t, sc->arena, &good, &o), ERR_OK);
	/* A salt with a byte too many. */
	salt = arena_alloc(sc->arena, 33);
	assert_non_null(salt);
	memcpy(salt, o->salt.data, 32);
	o->salt.data = salt;
	o->salt.len = 33;
	assert_err(envelope_pack(sc->arena, o, &packed), ERR_OK);
	store_put(t, TABLE_PART, bytes_of(good.b, 32), packed);
	assert_err(vault_open(t, sc->arena, &good, &found), ERR_INVALID);
	store_abort(t);
}

static void
an_arena_that_is_full_is_no_memory(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct digest d = { { 1 } };
	struct bytes plain;
	struct arena *small;
	uint8_t big[512] = { 0 };

	assert_int_equal(arena_new(&small, 64), ERR_OK);
	assert_err(vault_put(t, &d, bytes_of(big, sizeof(big))), ERR_OK);
	assert_err(vault_get(t, small, &d, &plain), ERR_NOMEM);
	arena_free(small);
	store_abort(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_part_made_here_opens),
		scratch_test(storing_twice_is_fine_storing_another_is_not),
		scratch_test(a_copy_outlives_the_transaction),
		scratch_test(nothing_else_opens),
		scratch_test(an_arena_that_is_full_is_no_memory),
	};

	return cmocka_run_group_tests_name("vault", tests, NULL, NULL);
}
