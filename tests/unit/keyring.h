/*
 * SPDX-License-Identifier: MIT
 *
 * keyring: a folder of keys and certificates for one test, and seeded
 * randomness whose seed a failure prints.
 */
#ifndef INFOHUS_TESTS_KEYRING_H
#define INFOHUS_TESTS_KEYRING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/arena.h"
#include "proto/keys.h"
#include "tests/common/splitmix.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KEYRING_MAX 64
#define KEYRING_CVR "12345678"

/* Like assert_int_equal, in the names of enum err, with the case's sentence. */
#define expect_err(sentence, got, want) \
	do { \
		enum err got_ = (got), want_ = (want); \
		if (got_ != want_) \
			fail_msg("%s: got %s, want %s", (sentence), \
			    err_name(got_), err_name(want_)); \
	} while (0)

#define expect_true(sentence, got) \
	do { \
		if (!(got)) \
			fail_msg("%s", (sentence)); \
	} while (0)

struct keyring {
	char dir[64];
	struct arena *arena;
	struct signer *signer[KEYRING_MAX];
	size_t n;
};

static inline int
keyring_setup(void **state)
{
	struct keyring *k = calloc(1, sizeof(*k));

	assert_non_null(k);
	(void)snprintf(k->dir, sizeof(k->dir), "/tmp/infohus-test-XXXXXX");
	assert_non_null(mkdtemp(k->dir));
	assert_int_equal(arena_new(&k->arena, 16u * 1024 * 1024), ERR_OK);
	*state = k;
	return 0;
}

static inline int
keyring_remove(
    const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline int
keyring_teardown(void **state)
{
	struct keyring *k = *state;

	for (size_t i = 0; i < k->n; i++)
		signer_free(k->signer[i]);
	arena_free(k->arena);
	(void)nftw(k->dir, keyring_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(k);
	return 0;
}

static inline const char *
keyring_path(struct keyring *k, const char *name, const char *ending)
{
	const char *path = arena_printf(
	    k->arena, "%s/%s%s", k->dir, name, ending);

	assert_non_null(path);
	return path;
}

/* The signer of the files name.key and name.pem; the keyring frees it. */
static inline struct signer *
keyring_load(struct keyring *k, const char *name)
{
	struct signer *s = NULL;
	struct why why = { "" };

	if (signer_load(&s, keyring_path(k, name, ".key"),
		keyring_path(k, name, ".pem"), &why) != ERR_OK)
		fail_msg("signer_load: %s", why.text);
	assert_true(k->n < KEYRING_MAX);
	k->signer[k->n++] = s;
	return s;
}

/* issuer NULL makes a CA; uuid may be NULL. */
static inline struct signer *
keyring_issue(struct keyring *k, const char *name, enum key_kind kind,
    const struct signer *issuer, const char *uuid)
{
	struct why why = { "" };

	if (keys_issue(keyring_path(k, name, ".key"),
		keyring_path(k, name, ".pem"), kind, name,
		uuid != NULL ? KEYRING_CVR : NULL, uuid, issuer, 30,
		&why) != ERR_OK)
		fail_msg("keys_issue: %s", why.text);
	return keyring_load(k, name);
}

static inline uint64_t
now_ms(void)
{
	return (uint64_t)time(NULL) * 1000;
}

struct random {
	uint64_t seed, state;
};

static inline struct random
random_from(uint64_t seed)
{
	print_message("seed %llu\n", (unsigned long long)seed);
	return (struct random){ seed, seed };
}

static inline uint64_t
random_next(struct random *r)
{
	return splitmix_next(&r->state);
}

static inline uint64_t
random_below(struct random *r, uint64_t n)
{
	return random_next(r) % n;
}

#define keyring_test(f) \
	cmocka_unit_test_setup_teardown(f, keyring_setup, keyring_teardown)

#endif
