/*
 * SPDX-License-Identifier: MIT
 *
 * keys: signatures of each kind of key and their damage; what is no certificate
 * of ours.
 */
#include "proto/keys.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
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

/* ------------------------------------------------------------- signatures */

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

/* ----------------------------------------------------------- certificates */

static void
test_what_a_certificate_says(void **state)
{
	struct signer *ca = keyring_issue(*state, "ca", KEY_P256, NULL, NULL);
	struct signer *s = keyring_issue(*state, "Kommune 0101", KEY_ED25519,
	    ca, "0198C0DE-0000-7000-8000-000000000001");
	struct cert *c = signer_cert(s), *again;
	uint64_t now = now_ms();

	assert_string_equal(cert_cvr(c), KEYRING_CVR);
	assert_string_equal(cert_uuid(c), UUID);
	assert_string_equal(cert_common_name(c), "Kommune 0101");
	assert_string_equal(cert_cvr(signer_cert(ca)), "");
	assert_string_equal(cert_uuid(signer_cert(ca)), "");
	assert_true(cert_not_before(c) <= now - 3500000 &&
	    cert_not_before(c) >= now - 3700000);
	assert_true(cert_not_after(c) > now + 29 * 86400000ull &&
	    cert_not_after(c) < now + 31 * 86400000ull);
	expect_err(
	    "its own bytes", cert_parse(&again, cert_der(c), NULL), ERR_OK);
	assert_true(digest_eq(cert_fingerprint(again), cert_fingerprint(c)));
	assert_true(bytes_eq(cert_der(again), cert_der(c)));
	assert_true(cert_same_holder(c, again));
	assert_false(cert_same_holder(c, signer_cert(ca)));
	cert_free(again);
	cert_free(NULL);
}

static void
test_one_holder_of_two_certificates(void **state)
{
	struct signer *ca = keyring_issue(*state, "ca", KEY_P256, NULL, NULL);
	struct signer *a = keyring_issue(*state, "a", KEY_P256, ca, UUID);
	struct signer *b = keyring_issue(*state, "b", KEY_ED25519, ca, UUID);
	struct signer *c = keyring_issue(*state, "c", KEY_P256, ca, NULL);
	struct signer *d = keyring_issue(*state, "d", KEY_P256, ca, NULL);

	expect_true("one UUID is one holder",
	    cert_same_holder(signer_cert(a), signer_cert(b)));
	expect_true("no UUID is nobody's",
	    !cert_same_holder(signer_cert(c), signer_cert(d)));
	expect_true("a UUID and none",
	    !cert_same_holder(signer_cert(a), signer_cert(c)));
}

/* A self-signed certificate over any key at all; NULL extras change nothing. */
static struct bytes
self_signed(EVP_PKEY *key, void (*change)(X509 *), uint8_t *out, size_t room)
{
	X509 *x = X509_new();
	uint8_t *p = out;
	int len;

	assert_non_null(x);
	assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -10));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 1000));
	assert_int_equal(X509_set_pubkey(x, key), 1);
	if (change != NULL)
		change(x);
	if (EVP_PKEY_is_a(key, "X25519") == 1) {
		/* It cannot sign; any other key's signature will do here. */
		EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

		assert_true(X509_sign(x, other, NULL) > 0);
		EVP_PKEY_free(other);
	} else {
		bool pure = EVP_PKEY_is_a(key, "ED25519") == 1 ||
		    EVP_PKEY_is_a(key, "ED448") == 1;

		assert_true(X509_sign(x, key, pure ? NULL : EVP_sha256()) > 0);
	}
	len = i2d_X509(x, NULL);
	assert_true(len > 0 && (size_t)len <= room);
	(void)i2d_X509(x, &p);
	X509_free(x);
	return bytes_of(out, (size_t)len);
}

static EVP_PKEY *
explicit_p256(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
	assert_int_equal(
	    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1),
	    1);
	assert_int_equal(
	    EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_EXPLICIT_CURVE), 1);
	assert_int_equal(EVP_PKEY_keygen(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void
test_keys_of_another_kind_are_refused(void **state)
{
	struct {
		EVP_PKEY *key;
		enum err want;
		const char *sentence;
	} table[] = {
		{ EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), ERR_OK, "Ed25519" },
		{ EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), ERR_OK,
		    "P-256" },
		{ EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048),
		    ERR_INVALID, "RSA-2048" },
		{ EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"), ERR_INVALID,
		    "P-384" },
		{ EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"), ERR_INVALID,
		    "secp256k1" },
		{ explicit_p256(), ERR_INVALID, "P-256 spelled out" },
		{ EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), ERR_INVALID,
		    "Ed448" },
		{ EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), ERR_INVALID,
		    "X25519" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		uint8_t buf[4096];
		struct cert *c = NULL;

		assert_non_null(table[i].key);
		expect_err(table[i].sentence,
		    cert_parse(&c,
			self_signed(table[i].key, NULL, buf, sizeof(buf)),
			NULL),
		    table[i].want);
		cert_free(c);
		EVP_PKEY_free(table[i].key);
	}
}

static void
add_text(X509 *x, const char *field, const char *value)
{
	assert_int_equal(
	    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), field,
		MBSTRING_UTF8, (const uint8_t *)value, -1, -1, 0),
	    1);
}

static void
two_uuids(X509 *x)
{
	add_text(x, "serialNumber", "UI:DK-O:G:" UUID);
	add_text(x, "serialNumber", "UI:DK-O:G:" UUID);
}

static void
two_cvrs(X509 *x)
{
	add_text(x, "organizationIdentifier", "NTRDK-12345678");
	add_text(x, "organizationIdentifier", "NTRDK-87654321");
}

static void
name_with_nul(X509 *x)
{
	assert_int_equal(
	    X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName,
		MBSTRING_UTF8, (const uint8_t *)"a\0b", 3, -1, 0),
	    1);
}

static void
name_with_lf(X509 *x)
{
	add_text(x, "CN", "a\nb");
}

static void
other_schemes(X509 *x)
{
	add_text(x, "organizationIdentifier", "VATDK-12345678");
	add_text(x, "serialNumber", "CVR:12345678-UID:1");
}

static void
short_numbers(X509 *x)
{
	add_text(x, "organizationIdentifier", "NTRDK-1234567");
	add_text(x, "serialNumber", "UI:DK-O:G:0198c0de");
}

static void
an_employee(X509 *x)
{
	add_text(x, "organizationIdentifier", "NTRDK-12345678");
	add_text(x, "serialNumber", "UI:DK-E:G:" UUID);
}

static void
test_subjects(void **state)
{
	static const struct {
		void (*change)(X509 *);
		enum err want;
		const char *cvr, *uuid, *sentence;
	} table[] = {
		{ NULL, ERR_OK, "", "", "nothing said" },
		{ an_employee, ERR_OK, "12345678", UUID, "an employee" },
		{ other_schemes, ERR_OK, "", "", "numbers of other schemes" },
		{ short_numbers, ERR_OK, "", "", "numbers too short" },
		{ two_uuids, ERR_INVALID, NULL, NULL, "two serial numbers" },
		{ two_cvrs, ERR_INVALID, NULL, NULL, "two organisations" },
		{ name_with_nul, ERR_INVALID, NULL, NULL, "NUL in a name" },
		{ name_with_lf, ERR_INVALID, NULL, NULL, "LF in a name" },
	};
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		uint8_t buf[4096];
		struct cert *c = NULL;

		expect_err(table[i].sentence,
		    cert_parse(&c,
			self_signed(key, table[i].change, buf, sizeof(buf)),
			NULL),
		    table[i].want);
		if (table[i].want == ERR_OK) {
			assert_string_equal(cert_cvr(c), table[i].cvr);
			assert_string_equal(cert_uuid(c), table[i].uuid);
			assert_string_equal(cert_common_name(c), "");
		}
		cert_free(c);
	}
	EVP_PKEY_free(key);
}

static void
test_bytes_that_are_no_certificate(void **state)
{
	struct signer *s = keyring_issue(*state, "s", KEY_ED25519, NULL, NULL);
	struct bytes der = cert_der(signer_cert(s));
	uint8_t buf[CERT_MAX + 1] = { 0x30, 0x82 };
	struct cert *c;

	memcpy(buf, der.data, der.len);
	for (size_t n = 0; n < der.len; n++)
		expect_err("cut short", cert_parse(&c, bytes_of(buf, n), NULL),
		    ERR_INVALID);
	expect_err("a byte more",
	    cert_parse(&c, bytes_of(buf, der.len + 1), NULL), ERR_INVALID);
	expect_err("as large as none is",
	    cert_parse(&c, bytes_of(buf, sizeof(buf)), NULL), ERR_INVALID);
	memset(buf, 0x30, sizeof(buf));
	expect_err(
	    "noise", cert_parse(&c, bytes_of(buf, 1000), NULL), ERR_INVALID);
}

/* No change of a bit may crash; what parses must have other bytes. */
static void
test_changed_certificates_do_not_crash(void **state)
{
	struct signer *s = keyring_issue(*state, "s", KEY_P256, NULL, UUID);
	struct bytes der = cert_der(signer_cert(s));
	uint8_t buf[CERT_MAX];

	memcpy(buf, der.data, der.len);
	for (size_t bit = 0; bit < 8 * der.len; bit++) {
		struct cert *c;

		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (cert_parse(&c, bytes_of(buf, der.len), NULL) == ERR_OK) {
			assert_false(digest_eq(cert_fingerprint(c),
			    cert_fingerprint(signer_cert(s))));
			cert_free(c);
		}
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void
test_pem_texts(void **state)
{
	struct signer *s = keyring_issue(*state, "s", KEY_ED25519, NULL, NULL);
	static char pem[8192], twice[16400], key[8192];
	struct cert *c = NULL;
	FILE *f = fopen(keyring_path(*state, "s", ".pem"), "r");
	size_t n, k;

	assert_non_null(f);
	n = fread(pem, 1, sizeof(pem), f);
	(void)fclose(f);
	f = fopen(keyring_path(*state, "s", ".key"), "r");
	assert_non_null(f);
	k = fread(key, 1, sizeof(key), f);
	(void)fclose(f);

	expect_err("one", cert_parse_pem(&c, bytes_of(pem, n), NULL), ERR_OK);
	assert_true(
	    digest_eq(cert_fingerprint(c), cert_fingerprint(signer_cert(s))));
	cert_free(c);
	memcpy(twice, pem, n);
	memcpy(twice + n, pem, n);
	expect_err("two", cert_parse_pem(&c, bytes_of(twice, 2 * n), NULL),
	    ERR_INVALID);
	memcpy(twice + n, key, k);
	expect_err("a certificate and a key",
	    cert_parse_pem(&c, bytes_of(twice, n + k), NULL), ERR_INVALID);
	expect_err(
	    "a key", cert_parse_pem(&c, bytes_of(key, k), NULL), ERR_INVALID);
	expect_err(
	    "nothing", cert_parse_pem(&c, bytes_of(pem, 0), NULL), ERR_INVALID);
	expect_err("text", cert_parse_pem(&c, bytes_str("hello\n"), NULL),
	    ERR_INVALID);
	expect_err("no end", cert_parse_pem(&c, bytes_of(pem, n - 20), NULL),
	    ERR_INVALID);
	memcpy(twice, pem, n);
	twice[n / 2] = '!';
	expect_err("no base64", cert_parse_pem(&c, bytes_of(twice, n), NULL),
	    ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		keyring_test(test_each_kind_signs_and_verifies),
		keyring_test(test_damaged_signatures_do_not_hold),
		keyring_test(test_rsa_signatures_of_another_form_do_not_hold),
		keyring_test(test_threads_share_a_certificate),
		keyring_test(test_what_a_certificate_says),
		keyring_test(test_one_holder_of_two_certificates),
		keyring_test(test_keys_of_another_kind_are_refused),
		keyring_test(test_subjects),
		keyring_test(test_bytes_that_are_no_certificate),
		keyring_test(test_changed_certificates_do_not_crash),
		keyring_test(test_pem_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
