/*
 * SPDX-License-Identifier: MIT
 *
 * low_water: a log that went back behind its newest checkpoint, or has another
 * history, is neither opened nor signed.
 */
#include "tests/unit/ledgering.h"

/* The file may be behind the log by what the last second brought. */
static void
an_older_low_water_is_fine(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);

	grow(sc, l, 9, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	grow(sc, l, 30, 0);
	ledger_close(l);
	l = open_log(sc);
	assert_int_equal(ledger_checkpoint(l)->size, 9);
	grow(sc, l, 31, 0);
	assert_int_equal(ledger_checkpoint(l)->size, 31);
	ledger_close(l);
}

static void
a_log_without_low_water_is_refused(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct why why;

	grow(sc, l, 3, 0);
	ledger_close(l);
	assert_int_equal(unlink(scratch_path(sc, "low")), 0);
	assert_err(try_open(sc, &l, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "3 entries"));
}

/* A backup put back: the log is shorter than what was signed. */
static void
an_older_copy_is_refused(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct why why;

	grow(sc, l, 10, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	assert_err(store_snapshot(sc->store, scratch_path(sc, "backup"), &why),
	    ERR_OK);
	grow(sc, l, 12, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	ledger_close(l);
	store_close(sc->store);
	assert_int_equal(
	    rename(scratch_path(sc, "data"), scratch_path(sc, "lost")), 0);
	assert_int_equal(
	    rename(scratch_path(sc, "backup"), scratch_path(sc, "data")), 0);
	scratch_open(sc);
	assert_err(try_open(sc, &l, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "10 entries"));
	assert_non_null(strstr(why.text, "12"));
}

/* A longer log of another history, e.g. one edited and hashed anew. */
static void
another_history_is_refused(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct why why;

	grow(sc, l, 10, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	ledger_close(l);
	store_close(sc->store);
	assert_int_equal(
	    rename(scratch_path(sc, "data"), scratch_path(sc, "old")), 0);
	assert_int_equal(
	    rename(scratch_path(sc, "low"), scratch_path(sc, "low-kept")), 0);
	scratch_open(sc);
	l = open_log(sc);
	grow(sc, l, 20, 1);
	ledger_close(l);
	assert_int_equal(
	    rename(scratch_path(sc, "low-kept"), scratch_path(sc, "low")), 0);
	assert_err(try_open(sc, &l, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "20 entries"));
	assert_non_null(strstr(why.text, "signed at 10"));
}

static void
low_water_of_another_key_is_refused(void **state)
{
	struct scratch *sc = *state;
	struct note_secret other = secret_of(9);
	struct ledger *l;
	struct why why;

	assert_err(
	    ledger_open(&l, sc->store, &other, scratch_path(sc, "low"), &why),
	    ERR_OK);
	grow(sc, l, 2, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	ledger_close(l);
	/* Not the log's key: whoever wrote it was not this log. */
	assert_err(try_open(sc, &l, &why), ERR_DENIED);
	assert_err(
	    durable_write(scratch_path(sc, "low"), bytes_str("junk"), &why),
	    ERR_OK);
	assert_err(try_open(sc, &l, &why), ERR_INVALID);
}

/* A store that has lost a committed entry must not be signed over. */
static void
signing_never_goes_back(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct txn *before, *t;
	struct bytes note;
	struct why why;

	grow(sc, l, 4, 0);
	before = scratch_read(sc);
	grow(sc, l, 6, 0);
	note = ledger_note(l);
	assert_err(ledger_sign(l, before, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "4 entries"));
	store_abort(before);
	assert_int_equal(ledger_checkpoint(l)->size, 6);
	assert_true(bytes_eq(ledger_note(l), note));
	t = scratch_read(sc);
	assert_err(ledger_sign(l, t, &why), ERR_OK);
	store_abort(t);
	ledger_close(l);
}

static void
signing_never_changes_history(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct digest hash = { { 1 } };
	uint8_t key[9] = { 0 }; /* leaf 0 */
	struct txn *t;
	struct why why;

	grow(sc, l, 3, 0);
	t = scratch_write(sc);
	put_u64(key + 1, 2);
	store_put(t, TABLE_TREE, bytes_of(key, 9), bytes_of(hash.b, 32));
	scratch_commit(t);
	t = scratch_read(sc);
	assert_err(ledger_sign(l, t, &why), ERR_DENIED);
	store_abort(t);
	assert_int_equal(ledger_checkpoint(l)->size, 3);
	ledger_close(l);
}

/* Old or new, whole, and no one else's to read. */
static void
low_water_is_replaced_whole(void **state)
{
	struct scratch *sc = *state;
	struct stat st;
	char text[8];
	size_t len = sizeof(text);
	struct why why;
	const char *path = scratch_path(sc, "file");

	assert_err(durable_read(path, text, &len, &why), ERR_NOT_FOUND);
	assert_err(durable_write(path, bytes_str("first"), &why), ERR_OK);
	assert_err(durable_write(path, bytes_str("second"), &why), ERR_OK);
	assert_err(durable_read(path, text, &len, &why), ERR_OK);
	assert_true(bytes_eq(bytes_of(text, len), bytes_str("second")));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(scratch_path(sc, "file.new"), &st), -1);
	len = 6;
	assert_err(durable_read(path, text, &len, &why), ERR_OK);
	len = 5;
	assert_err(durable_read(path, text, &len, &why), ERR_INVALID);
	assert_err(
	    durable_write(scratch_path(sc, "no/file"), bytes_str("x"), &why),
	    ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(an_older_low_water_is_fine),
		scratch_test(a_log_without_low_water_is_refused),
		scratch_test(an_older_copy_is_refused),
		scratch_test(another_history_is_refused),
		scratch_test(low_water_of_another_key_is_refused),
		scratch_test(signing_never_goes_back),
		scratch_test(signing_never_changes_history),
		scratch_test(low_water_is_replaced_whole),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
