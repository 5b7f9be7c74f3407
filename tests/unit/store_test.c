/*
 * SPDX-License-Identifier: MIT
 *
 * store: what transactions promise, and what stays after things go wrong.
 */
#include "scratch.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>

static struct bytes
s(const char *text)
{
	return bytes_str(text);
}

static void
assert_value(struct txn *t, enum table table, const char *key, const char *want)
{
	struct bytes value;

	assert_err(store_get(t, table, s(key), &value), ERR_OK);
	assert_true(bytes_eq(value, s(want)));
}

static void
put_survives_reopening(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);

	store_put(t, TABLE_META, s("a"), s("1"));
	store_put(t, TABLE_META, s("a"), s("2"));
	store_put(t, TABLE_CASE, s("a"), s("3"));
	scratch_commit(t);
	scratch_reopen(sc);
	t = scratch_read(sc);
	assert_value(t, TABLE_META, "a", "2");
	assert_value(t, TABLE_CASE, "a", "3");
	store_abort(t);
}

static void
abort_leaves_nothing(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct bytes value;

	store_put(t, TABLE_META, s("a"), s("1"));
	assert_value(t, TABLE_META, "a", "1");
	store_abort(t);
	t = scratch_read(sc);
	assert_err(store_get(t, TABLE_META, s("a"), &value), ERR_NOT_FOUND);
	store_abort(t);
}

static void
a_reader_sees_one_moment(void **state)
{
	struct scratch *sc = *state;
	struct txn *before = scratch_read(sc), *t = scratch_write(sc);
	struct bytes value;

	store_put(t, TABLE_META, s("a"), s("1"));
	scratch_commit(t);
	assert_err(
	    store_get(before, TABLE_META, s("a"), &value), ERR_NOT_FOUND);
	store_abort(before);
}

static void
not_found_does_not_stick(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct bytes value;

	assert_err(store_get(t, TABLE_META, s("a"), &value), ERR_NOT_FOUND);
	assert_err(store_delete(t, TABLE_META, s("a")), ERR_OK);
	assert_err(store_error(t), ERR_OK);
	assert_err(store_put(t, TABLE_META, s("a"), s("1")), ERR_OK);
	scratch_commit(t);
}

/* The first failure decides; nothing after it counts. */
static void
every_other_error_sticks(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct bytes value, key;
	struct why why;

	store_put(t, TABLE_META, s("kept"), s("1"));
	scratch_commit(t);
	t = scratch_write(sc);
	assert_err(store_put(t, TABLE_META, s("lost"), s("1")), ERR_OK);
	assert_err(store_add(t, TABLE_META, s("kept"), s("2")), ERR_EXISTS);
	assert_err(store_put(t, TABLE_META, s("x"), s("1")), ERR_EXISTS);
	assert_err(store_delete(t, TABLE_META, s("kept")), ERR_EXISTS);
	assert_err(store_get(t, TABLE_META, s("kept"), &value), ERR_EXISTS);
	assert_err(store_last(t, TABLE_META, &key, &value), ERR_EXISTS);
	assert_err(store_fail(t, ERR_INVALID), ERR_INVALID);
	assert_err(store_error(t), ERR_EXISTS);
	assert_err(store_commit(t, &why), ERR_EXISTS);
	assert_non_null(strstr(why.text, "exists"));
	t = scratch_read(sc);
	assert_value(t, TABLE_META, "kept", "1");
	assert_err(store_get(t, TABLE_META, s("lost"), &value), ERR_NOT_FOUND);
	store_abort(t);
}

static void
a_layer_above_can_make_it_fail(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct bytes value;

	store_put(t, TABLE_META, s("a"), s("1"));
	store_fail(t, ERR_DENIED);
	assert_err(store_commit(t, NULL), ERR_DENIED);
	t = scratch_read(sc);
	assert_err(store_get(t, TABLE_META, s("a"), &value), ERR_NOT_FOUND);
	store_abort(t);
}

static void
keys_have_bounds(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	uint8_t key[501];

	memset(key, 'k', sizeof(key));
	assert_err(
	    store_put(t, TABLE_META, bytes_of(key, 500), s("1")), ERR_OK);
	assert_err(
	    store_put(t, TABLE_META, bytes_of(key, 501), s("1")), ERR_INVALID);
	store_abort(t);
	t = scratch_write(sc);
	assert_err(
	    store_put(t, TABLE_META, bytes_of(key, 0), s("1")), ERR_INVALID);
	store_abort(t);
}

static void
entries_are_only_added_at_the_end(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);

	assert_err(store_add(t, TABLE_ENTRY, s("b"), s("1")), ERR_OK);
	assert_err(store_add(t, TABLE_ENTRY, s("c"), s("1")), ERR_OK);
	assert_err(store_add(t, TABLE_ENTRY, s("a"), s("1")), ERR_EXISTS);
	store_abort(t);
	t = scratch_write(sc);
	assert_err(store_add(t, TABLE_ENTRY, s("b"), s("1")), ERR_OK);
	assert_err(store_add(t, TABLE_ENTRY, s("b"), s("2")), ERR_EXISTS);
	store_abort(t);
}

struct seen {
	char text[64];
	size_t stop; /* after that many */
	size_t n;
};

static bool
see(void *ctx, struct bytes key, struct bytes value)
{
	struct seen *seen = ctx;

	(void)snprintf(seen->text + strlen(seen->text),
	    sizeof(seen->text) - strlen(seen->text), "%.*s=%.*s ", (int)key.len,
	    (const char *)key.data, (int)value.len, (const char *)value.data);
	return ++seen->n != seen->stop;
}

static void
a_scan_goes_in_order(void **state)
{
	static const struct {
		const char *from;
		size_t stop;
		const char *want, *why;
	} cases[] = {
		{ "", 0, "a=1 a/b=2 ab=3 b=4 ", "all, bytewise" },
		{ "a", 2, "a=1 a/b=2 ", "until the visitor has enough" },
		{ "a/", 0, "a/b=2 ab=3 b=4 ", "from the next key there is" },
		{ "c", 0, "", "nothing after the last" },
	};
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	struct bytes key, value;
	size_t i;

	assert_err(store_last(t, TABLE_META, &key, &value), ERR_NOT_FOUND);
	store_put(t, TABLE_META, s("b"), s("4"));
	store_put(t, TABLE_META, s("a"), s("1"));
	store_put(t, TABLE_META, s("ab"), s("3"));
	store_put(t, TABLE_META, s("a/b"), s("2"));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen seen = { .stop = cases[i].stop };

		assert_err(
		    store_scan(t, TABLE_META, s(cases[i].from), see, &seen),
		    ERR_OK);
		if (strcmp(seen.text, cases[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", cases[i].why,
			    seen.text, cases[i].want);
	}
	assert_err(store_last(t, TABLE_META, &key, &value), ERR_OK);
	assert_true(bytes_eq(key, s("b")));
	assert_true(bytes_eq(value, s("4")));
	store_abort(t);
}

static void
one_writer_at_a_time(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc), *second;
	struct why why;

	assert_err(store_write(sc->store, &second, &why), ERR_INVALID);
	assert_err(store_snapshot(sc->store, scratch_path(sc, "copy"), &why),
	    ERR_INVALID);
	store_abort(t);
	t = scratch_write(sc);
	store_abort(t);
}

/* Nothing of a transaction that does not fit is kept, all else is. */
static void
a_full_map_is_refused_and_the_store_goes_on(void **state)
{
	struct scratch *sc = *state;
	static uint8_t big[64 * 1024];
	struct bytes value;
	struct store *small;
	struct txn *t;
	struct why why;
	uint8_t key[4];
	enum err err;
	uint32_t i;

	assert_err(store_open(&small, scratch_path(sc, "small"), 1024 * 1024,
		       false, &why),
	    ERR_OK);
	assert_err(store_write(small, &t, &why), ERR_OK);
	store_put(t, TABLE_META, s("kept"), s("1"));
	scratch_commit(t);
	assert_err(store_write(small, &t, &why), ERR_OK);
	for (i = 0, err = ERR_OK; err == ERR_OK && i < 64; i++) {
		put_u32(key, i);
		err = store_put(t, TABLE_PART, bytes_of(key, 4),
		    bytes_of(big, sizeof(big)));
	}
	assert_err(err, ERR_FULL);
	assert_err(store_commit(t, &why), ERR_FULL);
	assert_err(store_write(small, &t, &why), ERR_OK);
	put_u32(key, 0);
	assert_err(
	    store_get(t, TABLE_PART, bytes_of(key, 4), &value), ERR_NOT_FOUND);
	assert_value(t, TABLE_META, "kept", "1");
	store_put(t, TABLE_META, s("after"), s("1"));
	scratch_commit(t);
	store_close(small);
	assert_err(store_open(&small, scratch_path(sc, "small"), 1024 * 1024,
		       false, &why),
	    ERR_OK);
	assert_err(store_read(small, &t, &why), ERR_OK);
	assert_value(t, TABLE_META, "after", "1");
	store_abort(t);
	store_close(small);
}

/*
 * A commit that the disk does not take: nobody can say what is there, so
 * the store refuses to go on, and reopening finds what was there before.
 * In a child: the file size limit cannot be lifted again.
 */
static int
write_beyond_the_limit(const char *dir)
{
	static uint8_t big[256 * 1024];
	struct rlimit limit = { 0, 0 };
	struct store *store;
	struct bytes value;
	struct txn *t;

	signal(SIGXFSZ, SIG_IGN);
	if (store_open(&store, dir, SCRATCH_MAP, false, NULL) != ERR_OK ||
	    store_write(store, &t, NULL) != ERR_OK)
		return 10;
	store_put(t, TABLE_META, s("kept"), s("1"));
	if (store_commit(t, NULL) != ERR_OK ||
	    store_write(store, &t, NULL) != ERR_OK)
		return 11;
	store_put(t, TABLE_PART, s("lost"), bytes_of(big, sizeof(big)));
	limit.rlim_cur = limit.rlim_max = 4096;
	setrlimit(RLIMIT_FSIZE, &limit);
	if (store_commit(t, NULL) != ERR_UNKNOWN)
		return 12;
	if (store_write(store, &t, NULL) != ERR_UNKNOWN ||
	    store_read(store, &t, NULL) != ERR_UNKNOWN)
		return 13;
	store_close(store);
	if (store_open(&store, dir, SCRATCH_MAP, true, NULL) != ERR_OK ||
	    store_read(store, &t, NULL) != ERR_OK)
		return 14;
	if (store_get(t, TABLE_META, s("kept"), &value) != ERR_OK ||
	    store_get(t, TABLE_PART, s("lost"), &value) != ERR_NOT_FOUND)
		return 15;
	store_abort(t);
	store_close(store);
	return 0;
}

static void
a_failed_commit_stops_the_store(void **state)
{
	struct scratch *sc = *state;
	const char *dir = scratch_path(sc, "failing");
	int status;
	pid_t pid;

	store_close(sc->store); /* no store is used after a fork */
	sc->store = NULL;
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(write_beyond_the_limit(dir));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
a_snapshot_is_a_copy_of_its_moment(void **state)
{
	struct scratch *sc = *state;
	const char *dir = scratch_path(sc, "copy");
	struct store *copy;
	struct stat st;
	struct bytes value;
	struct txn *t;
	struct why why;

	t = scratch_write(sc);
	store_put(t, TABLE_META, s("a"), s("1"));
	scratch_commit(t);
	assert_err(store_snapshot(sc->store, dir, &why), ERR_OK);
	assert_err(store_snapshot(sc->store, dir, &why), ERR_EXISTS);
	t = scratch_write(sc);
	store_put(t, TABLE_META, s("b"), s("2"));
	scratch_commit(t);
	/* An auditor may have no right to write anything there. */
	assert_int_equal(chmod(scratch_path(sc, "copy/data.mdb"), 0400), 0);
	assert_int_equal(chmod(dir, 0500), 0);
	assert_err(store_open(&copy, dir, 0, true, &why), ERR_OK);
	assert_err(store_write(copy, &t, &why), ERR_INVALID);
	assert_err(store_read(copy, &t, &why), ERR_OK);
	assert_value(t, TABLE_META, "a", "1");
	assert_err(store_get(t, TABLE_META, s("b"), &value), ERR_NOT_FOUND);
	store_abort(t);
	store_close(copy);
	assert_int_equal(stat(scratch_path(sc, "copy/lock.mdb"), &st), -1);
	assert_int_equal(chmod(dir, 0700), 0);
}

static void
a_store_is_open_once(void **state)
{
	struct scratch *sc = *state;
	const char *dir = scratch_path(sc, "data");
	struct store *second;
	struct why why;

	assert_err(
	    store_open(&second, dir, SCRATCH_MAP, false, &why), ERR_DENIED);
	assert_err(store_open(&second, dir, 0, true, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "snapshot"));
}

static void
what_is_not_a_store_is_not_opened(void **state)
{
	struct scratch *sc = *state;
	struct store *store;
	struct stat st;
	struct why why;
	FILE *f;
	int i;

	assert_err(store_open(&store, scratch_path(sc, "none"), 0, true, &why),
	    ERR_NOT_FOUND);
	assert_int_equal(stat(scratch_path(sc, "none"), &st), -1);
	assert_int_equal(mkdir(scratch_path(sc, "junk"), 0700), 0);
	assert_err(store_open(&store, scratch_path(sc, "junk"), 0, true, &why),
	    ERR_NOT_FOUND);
	f = fopen(scratch_path(sc, "junk/data.mdb"), "w");
	assert_non_null(f);
	for (i = 0; i < 3000; i++)
		fputs("junk", f);
	fclose(f);
	assert_err(store_open(&store, scratch_path(sc, "junk"), 0, true, &why),
	    ERR_IO);
	assert_err(store_open(&store, scratch_path(sc, "junk"), SCRATCH_MAP,
		       false, &why),
	    ERR_IO);
}

static void
its_folder_is_for_its_owner(void **state)
{
	struct scratch *sc = *state;
	struct stat st;

	assert_int_equal(stat(scratch_path(sc, "data"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(scratch_path(sc, "data/data.mdb"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(put_survives_reopening),
		scratch_test(abort_leaves_nothing),
		scratch_test(a_reader_sees_one_moment),
		scratch_test(not_found_does_not_stick),
		scratch_test(every_other_error_sticks),
		scratch_test(a_layer_above_can_make_it_fail),
		scratch_test(keys_have_bounds),
		scratch_test(entries_are_only_added_at_the_end),
		scratch_test(a_scan_goes_in_order),
		scratch_test(one_writer_at_a_time),
		scratch_test(a_full_map_is_refused_and_the_store_goes_on),
		scratch_test(a_failed_commit_stops_the_store),
		scratch_test(a_snapshot_is_a_copy_of_its_moment),
		scratch_test(a_store_is_open_once),
		scratch_test(what_is_not_a_store_is_not_opened),
		scratch_test(its_folder_is_for_its_owner),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
