/*
 * SPDX-License-Identifier: MIT
 *
 * certificate: what is a certificate of ours, what it says, and what is none.
 */
#include "proto/keys.h"

#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include "keyring.h"

#define UUID "0198c0de-0000-7000-8000-000000000001"

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
