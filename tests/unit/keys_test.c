/*
 * SPDX-License-Identifier: MIT
 *
 * keys: signatures of each kind of key and their damage.
 */
#include "proto/keys.h"

#include <openssl/pem.h>
#include <pthread.h>

#include "keyring.h"

#define UUID "0198c0de-0000-7000-8000-000000000001"

static const struct {
	enum key_kind kind;
	const char *name;
} kinds[] = {
	{ KEY_ED25519, "ed25519" },
	{ KEY_P256, "p256" },
	{ KEY_RSA3072, "rsa3072" },
};

static struct bytes
sign(const struct signer *s, const char *msg, uint8_t sig[SIGNATURE_MAX])
{
	size_t len = SIGNATURE_MAX;

	expect_err(msg, signer_sign(s, bytes_str(msg), sig, &len), ERR_OK);
	return bytes_of(sig, len);
}

static void
test_each_kind_signs_and_verifies(void **state)
{
	struct signer *ca = keyring_issue(
	    *state, "ca", KEY_ED25519, NULL, NULL);
	uint8_t buf[SIGNATURE_MAX];

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct signer *s = keyring_issue(
		    *state, kinds[i].name, kinds[i].kind, ca, UUID);
		struct cert *c = signer_cert(s);
		struct bytes sig = sign(s, "a message", buf);
		size_t len = sig.len - 1;

		expect_true(kinds[i].name,
		    cert_signature_holds(c, bytes_str("a message"), sig));
		expect_true("not for another message",
		    !cert_signature_holds(c, bytes_str("a massage"), sig));
		expect_true("not for none",
		    !cert_signature_holds(c, bytes_of(NULL, 0), sig));
		expect_true("not under another certificate",
		    !cert_signature_holds(
			signer_cert(ca), bytes_str("a message"), sig));
		if (kinds[i].kind != KEY_P256)
			expect_err("too little room",
			    signer_sign(s, bytes_str("a message"), buf, &len),
			    ERR_FULL);
		sig = sign(s, "", buf);
		expect_true("nothing can be signed too",
		    cert_signature_holds(c, bytes_of(NULL, 0), sig));
	}
}

/* OpenSSL says 0 to some damage and -1 to other: none may count as yes. */
static void
test_damaged_signatures_do_not_hold(void **state)
{
	struct bytes msg = bytes_str("a message");
	uint8_t buf[SIGNATURE_MAX];

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct signer *s = keyring_issue(
		    *state, kinds[i].name, kinds[i].kind, NULL, NULL);
		struct cert *c = signer_cert(s);
		struct bytes sig = sign(s, "a message", buf);
		size_t step = kinds[i].kind == KEY_RSA3072 ? 37 : 1;

		for (size_t bit = 0; bit < 8 * sig.len; bit += step) {
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			expect_true("a changed bit",
			    !cert_signature_holds(c, msg, sig));
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (size_t n = 0; n < sig.len; n++)
			expect_true("cut short",
			    !cert_signature_holds(c, msg, bytes_of(buf, n)));
		memset(buf + sig.len, 0, sizeof(buf) - sig.len);
		for (size_t n = sig.len + 1; n <= SIGNATURE_MAX; n += 83)
			expect_true("bytes more",
			    !cert_signature_holds(c, msg, bytes_of(buf, n)));
		memset(buf, 0, sizeof(buf));
		expect_true("zeros",
		    !cert_signature_holds(c, msg, bytes_of(buf, sig.len)));
		memset(buf, 0xff, sizeof(buf));
		expect_true("ones",
		    !cert_signature_holds(c, msg, bytes_of(buf, sig.len)));
		expect_true("the certificate still answers",
		    cert_signature_holds(c, msg, sign(s, "a message", buf)));
	}
}

/* The same key, but not the padding, salt or digest that we agreed on. */
static void
test_rsa_signatures_of_another_form_do_not_hold(void **state)
{
	static const struct {
		int padding, salt;
		const char *digest, *sentence;
	} table[] = {
		{ RSA_PKCS1_PSS_PADDING, 32, "SHA256", "as agreed" },
		{ RSA_PKCS1_PSS_PADDING, 20, "SHA256", "a shorter salt" },
		{ RSA_PKCS1_PSS_PADDING, 0, "SHA256", "no salt" },
		{ RSA_PKCS1_PSS_PADDING, 32, "SHA512", "another digest" },
		{ RSA_PKCS1_PADDING, 0, "SHA256", "PKCS #1 v1.5" },
	};
	struct signer *s = keyring_issue(
	    *state, "rsa", KEY_RSA3072, NULL, NULL);
	FILE *f = fopen(keyring_path(*state, "rsa", ".key"), "r");
	EVP_PKEY *key;

	assert_non_null(f);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	(void)fclose(f);
	assert_non_null(key);
	for (size_t i = 0; i < COUNT(table); i++) {
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();
		uint8_t sig[SIGNATURE_MAX];
		size_t len = sizeof(sig);
		EVP_PKEY_CTX *p;

		assert_int_equal(EVP_DigestSignInit_ex(ctx, &p, table[i].digest,
				     NULL, NULL, key, NULL),
		    1);
		assert_int_equal(
		    EVP_PKEY_CTX_set_rsa_padding(p, table[i].padding), 1);
		if (table[i].padding == RSA_PKCS1_PSS_PADDING)
			assert_int_equal(
			    EVP_PKEY_CTX_set_rsa_pss_saltlen(p, table[i].salt),
			    1);
		assert_int_equal(
		    EVP_DigestSign(ctx, sig, &len, (const uint8_t *)"m", 1), 1);
		EVP_MD_CTX_free(ctx);
		expect_true(table[i].sentence,
		    cert_signature_holds(signer_cert(s), bytes_str("m"),
			bytes_of(sig, len)) == (i == 0));
	}
	EVP_PKEY_free(key);
}

static void *
verify_many(void *ctx)
{
	const struct signer *s = ctx;
	struct cert *c = cert_ref(signer_cert(s));
	uint8_t buf[SIGNATURE_MAX];
	size_t len = sizeof(buf);
	uintptr_t good = 0;

	if (signer_sign(s, bytes_str("m"), buf, &len) == ERR_OK)
		for (int i = 0; i < 50; i++)
			good += cert_signature_holds(
			    c, bytes_str("m"), bytes_of(buf, len));
	cert_free(c);
	return (void *)good;
}

static void
test_threads_share_a_certificate(void **state)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct signer *s = keyring_issue(
		    *state, kinds[i].name, kinds[i].kind, NULL, NULL);
		pthread_t thread[4];
		void *good;

		for (size_t k = 0; k < COUNT(thread); k++)
			assert_int_equal(
			    pthread_create(&thread[k], NULL, verify_many, s),
			    0);
		for (size_t k = 0; k < COUNT(thread); k++) {
			assert_int_equal(pthread_join(thread[k], &good), 0);
			assert_int_equal((uintptr_t)good, 50);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		keyring_test(test_each_kind_signs_and_verifies),
		keyring_test(test_damaged_signatures_do_not_hold),
		keyring_test(test_rsa_signatures_of_another_form_do_not_hold),
		keyring_test(test_threads_share_a_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
