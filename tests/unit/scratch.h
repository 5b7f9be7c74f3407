/*
 * SPDX-License-Identifier: MIT
 *
 * scratch: a folder of its own for each test, and a store in it.
 */
#ifndef INFOHUS_TESTS_SCRATCH_H
#define INFOHUS_TESTS_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ledger/store.h"
#include "proto/arena.h"

#define SCRATCH_MAP (64ull * 1024 * 1024)
#define SCRATCH_ARENA (16u * 1024 * 1024)

struct scratch {
	char dir[64];
	struct store *store;
	struct arena *arena;
};

static inline const char *
scratch_path(struct scratch *s, const char *name)
{
	const char *path = arena_printf(s->arena, "%s/%s", s->dir, name);

	assert_non_null(path);
	return path;
}

static inline void
scratch_open(struct scratch *s)
{
	struct why why;

	if (store_open(&s->store, scratch_path(s, "data"), SCRATCH_MAP, false,
		&why) != ERR_OK)
		fail_msg("store_open: %s", why.text);
}

static inline void
scratch_reopen(struct scratch *s)
{
	store_close(s->store);
	scratch_open(s);
}

static inline int
scratch_setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/infohus-test-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	assert_int_equal(arena_new(&s->arena, SCRATCH_ARENA), ERR_OK);
	scratch_open(s);
	*state = s;
	return 0;
}

static inline int
scratch_remove(
    const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline int
scratch_teardown(void **state)
{
	struct scratch *s = *state;

	store_close(s->store);
	arena_free(s->arena);
	(void)nftw(s->dir, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(s);
	return 0;
}

static inline struct txn *
scratch_write(struct scratch *s)
{
	struct txn *t;
	struct why why;

	if (store_write(s->store, &t, &why) != ERR_OK)
		fail_msg("store_write: %s", why.text);
	return t;
}

static inline struct txn *
scratch_read(struct scratch *s)
{
	struct txn *t;
	struct why why;

	if (store_read(s->store, &t, &why) != ERR_OK)
		fail_msg("store_read: %s", why.text);
	return t;
}

static inline void
scratch_commit(struct txn *t)
{
	struct why why;

	if (store_commit(t, &why) != ERR_OK)
		fail_msg("store_commit: %s", why.text);
}

/* Like assert_int_equal, in the names of enum err. */
#define assert_err(got, want) assert_string_equal(err_name(got), err_name(want))

#define scratch_test(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

#endif
