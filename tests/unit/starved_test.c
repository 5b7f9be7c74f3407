/*
 * SPDX-License-Identifier: MIT
 *
 * keys, when memory runs out: each allocation of OpenSSL in a check fails
 * once. A good signature is then good or cannot be told, never bad.
 */
#include "proto/keys.h"

#include <openssl/crypto.h>

#include "keyring.h"

static size_t fails_at, allocations; /* 0: none */

static bool
fails(void)
{
	return ++allocations == fails_at;
}

static void *
starving_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : malloc(size);
}

static void *
starving_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : realloc(p, size);
}

static void
plain_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static void
each_allocation_fails_once(struct keyring *k, enum key_kind kind)
{
	struct bytes msg = bytes_str("what was signed"), sig;
	struct signer *ca, *s;
	uint8_t buf[SIGNATURE_MAX];
	size_t len = sizeof buf, n;
	enum err e;

	ca = keyring_issue(k, "ca", KEY_ED25519, NULL, NULL);
	s = keyring_issue(k, "leaf", kind, ca, NULL);
	expect_err("signed", signer_sign(s, msg, buf, &len), ERR_OK);
	sig = bytes_of(buf, len);
	for (n = 1;; n++) {
		fails_at = n;
		allocations = 0;
		e = cert_verify(signer_cert(s), msg, sig);
		fails_at = 0;
		if (e != ERR_OK && e != ERR_NOMEM)
			fail_msg("allocation %zu of a check: got %s, want %s "
				 "or %s",
			    n, err_name(e), err_name(ERR_OK),
			    err_name(ERR_NOMEM));
		if (allocations < n)
			break;
		expect_err("the next check",
		    cert_verify(signer_cert(s), msg, sig), ERR_OK);
	}
	expect_true("some allocations failed", n > 1);
	buf[len - 1] ^= 1;
	expect_err("a bad one is still bad",
	    cert_verify(signer_cert(s), msg, sig), ERR_DENIED);
}

static void
test_p256(void **state)
{
	each_allocation_fails_once(*state, KEY_P256);
}

static void
test_rsa3072(void **state)
{
	each_allocation_fails_once(*state, KEY_RSA3072);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		keyring_test(test_p256),
		keyring_test(test_rsa3072),
	};

	if (CRYPTO_set_mem_functions(
		starving_malloc, starving_realloc, plain_free) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
