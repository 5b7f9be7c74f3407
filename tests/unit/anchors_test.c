/*
 * SPDX-License-Identifier: MIT
 *
 * anchors: which certificates may sign, at which time, under which CAs and
 * CRLs. Everything that is not exactly that is denied, with its reason.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "keyring.h"

#define DAY (24 * 3600L)

/* A CA of the test's own, so that it can also issue what keys_issue won't. */
struct authority {
	EVP_PKEY *key;
	X509 *x509;
};

/* What a certificate of the test says; NULL leaves an extension out. */
struct leaf {
	const char *basic, *usage, *extended;
	bool no_aki, sha1;
	long from_s, to_s; /* from now */
};

static const struct leaf usual = {
	.basic = "critical,CA:FALSE",
	.usage = "critical,digitalSignature",
	.from_s = -3600,
	.to_s = 30 * DAY,
};

static const struct leaf usual_ca = {
	.basic = "critical,CA:TRUE",
	.usage = "critical,keyCertSign,cRLSign",
	.from_s = -3600,
	.to_s = 300 * DAY,
};

static void
extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;

	if (value == NULL)
		return;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

/* issuer NULL: self-signed. serial is what a CRL names. */
static X509 *
issue(EVP_PKEY *key, const char *name, long serial, const struct leaf *l,
    const struct authority *issuer)
{
	EVP_PKEY *signing = issuer != NULL ? issuer->key : key;
	X509 *x = X509_new(), *from = issuer != NULL ? issuer->x509 : x;

	assert_non_null(x);
	assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), serial), 1);
	assert_int_equal(
	    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
		MBSTRING_UTF8, (const uint8_t *)name, -1, -1, 0),
	    1);
	assert_int_equal(
	    X509_set_issuer_name(x, X509_get_subject_name(from)), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), l->from_s));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), l->to_s));
	assert_int_equal(X509_set_pubkey(x, key), 1);
	extend(x, from, NID_basic_constraints, l->basic);
	extend(x, from, NID_key_usage, l->usage);
	extend(x, from, NID_ext_key_usage, l->extended);
	extend(x, from, NID_subject_key_identifier, "hash");
	extend(x, from, NID_authority_key_identifier,
	    l->no_aki ? NULL : "keyid:always");
	assert_true(
	    X509_sign(x, signing, l->sha1 ? EVP_sha1() : EVP_sha256()) > 0);
	return x;
}

static struct authority
authority_new(const char *name, long serial, const struct authority *issuer)
{
	struct authority a;

	a.key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	assert_non_null(a.key);
	a.x509 = issue(a.key, name, serial, &usual_ca, issuer);
	return a;
}

static void
authority_free(struct authority *a)
{
	EVP_PKEY_free(a->key);
	X509_free(a->x509);
}

/* Takes x over. */
static struct cert *
cert_of(X509 *x)
{
	struct cert *c = NULL;
	uint8_t *der = NULL;
	struct why why = { "" };
	int len = i2d_X509(x, &der);

	assert_true(len > 0);
	if (cert_parse(&c, bytes_of(der, (size_t)len), &why) != ERR_OK)
		fail_msg("cert_parse: %s", why.text);
	OPENSSL_free(der);
	X509_free(x);
	return c;
}

static struct cert *
leaf_of(const struct authority *issuer, long serial, const struct leaf *l)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	struct cert *c = cert_of(issue(key, "leaf", serial, l, issuer));

	EVP_PKEY_free(key);
	return c;
}

static const char *
write_ca(struct keyring *k, const char *name, const struct authority *a)
{
	const char *path = keyring_path(k, name, ".pem");
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, a->x509), 1);
	(void)fclose(f);
	return path;
}

/* A CRL of a that names serial (0: none), valid until to_s from now. */
static const char *
write_crl(struct keyring *k, const char *name, const struct authority *a,
    long serial, long to_s)
{
	const char *path = keyring_path(k, name, ".crl");
	ASN1_TIME *from = X509_gmtime_adj(NULL, -3600);
	ASN1_TIME *to = X509_gmtime_adj(NULL, to_s);
	FILE *f = fopen(path, "w");
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	X509_CRL *crl = X509_CRL_new();
	X509_EXTENSION *ext;
	X509V3_CTX ctx;

	assert_non_null(f);
	assert_int_equal(X509_CRL_set_version(crl, X509_CRL_VERSION_2), 1);
	assert_int_equal(
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(a->x509)), 1);
	assert_int_equal(X509_CRL_set1_lastUpdate(crl, from), 1);
	assert_int_equal(X509_CRL_set1_nextUpdate(crl, to), 1);
	if (serial != 0) {
		X509_REVOKED *r = X509_REVOKED_new();
		ASN1_INTEGER *n = ASN1_INTEGER_new();

		assert_int_equal(ASN1_INTEGER_set(n, serial), 1);
		assert_int_equal(X509_REVOKED_set_serialNumber(r, n), 1);
		assert_int_equal(X509_REVOKED_set_revocationDate(r, from), 1);
		assert_int_equal(X509_CRL_add0_revoked(crl, r), 1);
		ASN1_INTEGER_free(n);
	}
	X509V3_set_ctx(&ctx, a->x509, NULL, NULL, crl, 0);
	ext = X509V3_EXT_conf_nid(
	    NULL, &ctx, NID_authority_key_identifier, "keyid:always");
	assert_non_null(ext);
	assert_int_equal(X509_CRL_add_ext(crl, ext, -1), 1);
	X509_EXTENSION_free(ext);
	assert_int_equal(ASN1_INTEGER_set(number, 1), 1);
	assert_int_equal(
	    X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0), 1);
	ASN1_INTEGER_free(number);
	assert_true(X509_CRL_sign(crl, a->key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509_CRL(f, crl), 1);
	(void)fclose(f);
	X509_CRL_free(crl);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return path;
}

static struct anchors *
load(const char *const *anchor, size_t n_anchor, const char *const *crl,
    size_t n_crl)
{
	struct anchors *a = NULL;
	struct why why = { "" };

	if (anchors_load(&a, anchor, n_anchor, crl, n_crl, &why) != ERR_OK)
		fail_msg("anchors_load: %s", why.text);
	return a;
}

/* want NULL: it is accepted; else a word of the reason. */
static void
expect_chain(const char *sentence, const struct anchors *a, struct cert *c,
    uint64_t at_ms, const char *want)
{
	struct why why = { "" };

	expect_err(sentence, anchors_check(a, c, at_ms, &why),
	    want == NULL ? ERR_OK : ERR_DENIED);
	if (want != NULL && strcasestr(why.text, want) == NULL)
		fail_msg(
		    "%s: got \"%s\", want \"%s\"", sentence, why.text, want);
	expect_true(
	    "nothing is left in OpenSSL's queue", ERR_peek_error() == 0);
}

static void
test_what_a_leaf_must_say(void **state)
{
	static const struct {
		struct leaf leaf;
		const char *want, *sentence;
	} table[] = {
		{ { "critical,CA:FALSE", "critical,digitalSignature", NULL,
		      false, false, -3600, DAY },
		    NULL, "for signing" },
		{ { "critical,CA:FALSE",
		      "critical,digitalSignature,nonRepudiation", NULL, false,
		      false, -3600, DAY },
		    NULL, "for signing and more" },
		{ { "critical,CA:FALSE", "critical,digitalSignature",
		      "emailProtection", false, false, -3600, DAY },
		    NULL, "for mail" },
		{ { "critical,CA:FALSE", "critical,digitalSignature",
		      "clientAuth", false, false, -3600, DAY },
		    NULL, "for TLS clients" },
		{ { "critical,CA:FALSE", "critical,digitalSignature",
		      "serverAuth,clientAuth", false, false, -3600, DAY },
		    NULL, "for servers and clients" },
		{ { "critical,CA:FALSE", "critical,digitalSignature",
		      "serverAuth", false, false, -3600, DAY },
		    "extended key usage", "for TLS servers only" },
		{ { "critical,CA:FALSE", "critical,digitalSignature",
		      "OCSPSigning", false, false, -3600, DAY },
		    "extended key usage", "for OCSP only" },
		{ { "critical,CA:FALSE", "critical,digitalSignature",
		      "critical,timeStamping", false, false, -3600, DAY },
		    "extended key usage", "for time stamps only" },
		{ { "critical,CA:FALSE", NULL, NULL, false, false, -3600, DAY },
		    "digitalSignature", "for nothing it says" },
		{ { "critical,CA:FALSE", "critical,keyEncipherment", NULL,
		      false, false, -3600, DAY },
		    "digitalSignature", "for encryption" },
		{ { "critical,CA:FALSE", "critical,nonRepudiation", NULL, false,
		      false, -3600, DAY },
		    "digitalSignature", "for declarations only" },
		{ { "critical,CA:TRUE", "critical,digitalSignature,keyCertSign",
		      NULL, false, false, -3600, DAY },
		    "CA", "a CA below" },
		{ { "critical,CA:FALSE", "critical,digitalSignature", NULL,
		      true, false, -3600, DAY },
		    "authority key identifier", "not saying whose it is" },
		{ { "critical,CA:FALSE", "critical,digitalSignature", NULL,
		      false, true, -3600, DAY },
		    "too weak", "signed with SHA-1" },
	};
	struct authority ca = authority_new("ca", 1, NULL);
	const char *file = write_ca(*state, "ca", &ca);
	struct anchors *a = load(&file, 1, NULL, 0);

	for (size_t i = 0; i < COUNT(table); i++) {
		struct cert *c = leaf_of(&ca, 2, &table[i].leaf);

		expect_chain(table[i].sentence, a, c, now_ms(), table[i].want);
		cert_free(c);
	}
	anchors_free(a);
	anchors_free(NULL);
	authority_free(&ca);
}

static void
test_the_clock_is_ours(void **state)
{
	struct authority ca = authority_new("ca", 1, NULL);
	const char *file = write_ca(*state, "ca", &ca);
	struct anchors *a = load(&file, 1, NULL, 0);
	struct cert *c = leaf_of(&ca, 2, &usual);
	uint64_t from = cert_not_before(c), to = cert_not_after(c);

	expect_chain("the first second", a, c, from, NULL);
	expect_chain("the second before", a, c, from - 1000, "not yet valid");
	expect_chain("the last second", a, c, to - 1000, NULL);
	expect_chain("its end", a, c, to, "expired");
	expect_chain("long ago", a, c, 0, "not yet valid");
	cert_free(c);
	anchors_free(a);
	authority_free(&ca);
}

static void
test_who_issued_it(void **state)
{
	struct authority ca = authority_new("ca", 1, NULL);
	struct authority twin = authority_new("ca", 1, NULL);
	struct authority other = authority_new("other", 1, NULL);
	const char *file = write_ca(*state, "ca", &ca);
	struct anchors *a = load(&file, 1, NULL, 0);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	struct authority fake = { key, issue(key, "fake", 3, &usual, &ca) };
	struct cert *c;

	c = leaf_of(&ca, 2, &usual);
	expect_chain("ours", a, c, now_ms(), NULL);
	cert_free(c);
	c = leaf_of(&other, 2, &usual);
	expect_chain("another CA", a, c, now_ms(), "issuer");
	cert_free(c);
	c = leaf_of(&twin, 2, &usual);
	expect_chain("a CA of our CA's name", a, c, now_ms(), "");
	cert_free(c);
	c = leaf_of(&fake, 4, &usual);
	expect_chain("a leaf of ours that plays CA", a, c, now_ms(), "issuer");
	cert_free(c);
	c = cert_of(issue(key, "self", 5, &usual, NULL));
	expect_chain("itself", a, c, now_ms(), "");
	cert_free(c);
	X509_up_ref(ca.x509);
	c = cert_of(ca.x509);
	expect_chain("the CA itself", a, c, now_ms(), "CA");
	cert_free(c);
	anchors_free(a);
	authority_free(&ca);
	authority_free(&twin);
	authority_free(&other);
	authority_free(&fake);
}

static void
test_a_ca_between(void **state)
{
	struct authority root = authority_new("root", 1, NULL);
	struct authority mid = authority_new("mid", 2, &root);
	const char *both[] = { write_ca(*state, "root", &root),
		write_ca(*state, "mid", &mid) };
	struct anchors *all = load(both, 2, NULL, 0);
	struct anchors *only_root = load(both, 1, NULL, 0);
	struct anchors *only_mid = load(both + 1, 1, NULL, 0);
	struct cert *c = leaf_of(&mid, 3, &usual);

	expect_chain("with both at hand", all, c, now_ms(), NULL);
	expect_chain(
	    "without the one between", only_root, c, now_ms(), "issuer");
	expect_chain("without the root", only_mid, c, now_ms(), "issuer");
	cert_free(c);
	anchors_free(all);
	anchors_free(only_root);
	anchors_free(only_mid);
	authority_free(&root);
	authority_free(&mid);
}

static void
test_revoked(void **state)
{
	struct authority ca = authority_new("ca", 1, NULL);
	struct authority other = authority_new("other", 1, NULL);
	const char *file[] = { write_ca(*state, "ca", &ca),
		write_ca(*state, "other", &other) };
	const char *crl = write_crl(*state, "ca", &ca, 7, DAY);
	const char *old = write_crl(*state, "old", &ca, 7, -60);
	struct anchors *a = load(file, 2, &crl, 1);
	struct anchors *without = load(file, 2, NULL, 0);
	struct anchors *outdated = load(file, 2, &old, 1);
	struct cert *good = leaf_of(&ca, 6, &usual);
	struct cert *bad = leaf_of(&ca, 7, &usual);
	struct cert *foreign = leaf_of(&other, 7, &usual);

	expect_chain("not on the list", a, good, now_ms(), NULL);
	expect_chain("on the list", a, bad, now_ms(), "revoked");
	expect_chain("no list, no revocation", without, bad, now_ms(), NULL);
	expect_chain("of a CA without a list", a, foreign, now_ms(), "CRL");
	expect_chain("the list is outdated", outdated, good, now_ms(),
	    "CRL has expired");
	expect_chain("the list will be outdated", a, good,
	    now_ms() + 2 * DAY * 1000, "CRL has expired");
	cert_free(good);
	cert_free(bad);
	cert_free(foreign);
	anchors_free(a);
	anchors_free(without);
	anchors_free(outdated);
	authority_free(&ca);
	authority_free(&other);
}

static void
test_revocation_of_a_ca_between(void **state)
{
	struct authority root = authority_new("root", 1, NULL);
	struct authority mid = authority_new("mid", 2, &root);
	const char *file[] = { write_ca(*state, "root", &root),
		write_ca(*state, "mid", &mid) };
	const char *only_mid[] = { write_crl(*state, "mid", &mid, 0, DAY) };
	const char *good[] = { only_mid[0],
		write_crl(*state, "root", &root, 0, DAY) };
	const char *bad[] = { only_mid[0],
		write_crl(*state, "bad", &root, 2, DAY) };
	struct cert *c = leaf_of(&mid, 3, &usual);
	struct anchors *a;

	a = load(file, 2, only_mid, 1);
	expect_chain("a list for the leaf only", a, c, now_ms(), "CRL");
	anchors_free(a);
	a = load(file, 2, good, 2);
	expect_chain("a list for each", a, c, now_ms(), NULL);
	anchors_free(a);
	a = load(file, 2, bad, 2);
	expect_chain("the CA between is revoked", a, c, now_ms(), "revoked");
	anchors_free(a);
	cert_free(c);
	authority_free(&root);
	authority_free(&mid);
}

static void
test_what_keys_issue_makes_is_accepted(void **state)
{
	static const enum key_kind kind[] = { KEY_ED25519, KEY_P256,
		KEY_RSA3072 };
	static const char *const name[] = { "0", "1", "2" };

	for (size_t i = 0; i < COUNT(kind); i++) {
		struct signer *ca = keyring_issue(
		    *state, name[i], kind[i], NULL, NULL);
		const char *file = keyring_path(*state, name[i], ".pem");
		struct anchors *a = load(&file, 1, NULL, 0);
		const char *leaf = arena_printf(
		    ((struct keyring *)*state)->arena, "leaf-%zu", i);
		struct signer *s = keyring_issue(*state, leaf,
		    kind[(i + 1) % COUNT(kind)], ca,
		    "0198c0de-0000-7000-8000-000000000001");

		expect_chain("a leaf of it", a, signer_cert(s), now_ms(), NULL);
		expect_chain(
		    "the CA is no leaf", a, signer_cert(ca), now_ms(), "CA");
		anchors_free(a);
	}
}

static void
test_files_that_do_not_load(void **state)
{
	struct authority ca = authority_new("ca", 1, NULL);
	const char *ca_file = write_ca(*state, "ca", &ca);
	const char *crl = write_crl(*state, "ca", &ca, 0, DAY);
	const char *missing = keyring_path(*state, "no", ".pem");
	const char *empty = keyring_path(*state, "empty", ".pem");
	struct anchors *a;
	struct why why;
	FILE *f = fopen(empty, "w");

	(void)fclose(f);
	expect_err("no anchor", anchors_load(&a, &ca_file, 0, &crl, 1, &why),
	    ERR_INVALID);
	expect_err("a missing anchor",
	    anchors_load(&a, &missing, 1, NULL, 0, &why), ERR_NOT_FOUND);
	expect_err("a missing CRL",
	    anchors_load(&a, &ca_file, 1, &missing, 1, &why), ERR_NOT_FOUND);
	expect_true("names the file", strstr(why.text, missing) != NULL);
	expect_err("an empty anchor",
	    anchors_load(&a, &empty, 1, NULL, 0, &why), ERR_INVALID);
	expect_err("an empty CRL",
	    anchors_load(&a, &ca_file, 1, &empty, 1, &why), ERR_INVALID);
	expect_true("names the file", strstr(why.text, empty) != NULL);
	expect_err("a CRL for an anchor",
	    anchors_load(&a, &crl, 1, NULL, 0, &why), ERR_INVALID);
	expect_err("an anchor for a CRL",
	    anchors_load(&a, &ca_file, 1, &ca_file, 1, &why), ERR_INVALID);
	authority_free(&ca);
}

static void
test_texts_are_like_files(void **state)
{
	struct authority ca = authority_new("ca", 1, NULL);
	struct cert *c = leaf_of(&ca, 2, &usual);
	struct bytes pem = bytes_str("nothing"), none = bytes_of(NULL, 0);
	BIO *b = BIO_new(BIO_s_mem());
	struct anchors *a = NULL;
	struct why why;
	char *data;
	long len;

	(void)state;
	assert_int_equal(PEM_write_bio_X509(b, ca.x509), 1);
	assert_int_equal(PEM_write_bio_X509(b, ca.x509), 1);
	len = BIO_get_mem_data(b, &data);
	expect_err(
	    "no PEM", anchors_parse(&a, &pem, 1, NULL, 0, &why), ERR_INVALID);
	expect_err(
	    "nothing", anchors_parse(&a, &none, 1, NULL, 0, &why), ERR_INVALID);
	pem = bytes_of(data, (size_t)len);
	expect_err("the same anchor twice in one text",
	    anchors_parse(&a, &pem, 1, NULL, 0, &why), ERR_OK);
	expect_chain("a leaf of it", a, c, now_ms(), NULL);
	anchors_free(a);
	BIO_free(b);
	cert_free(c);
	authority_free(&ca);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		keyring_test(test_what_a_leaf_must_say),
		keyring_test(test_the_clock_is_ours),
		keyring_test(test_who_issued_it),
		keyring_test(test_a_ca_between),
		keyring_test(test_revoked),
		keyring_test(test_revocation_of_a_ca_between),
		keyring_test(test_what_keys_issue_makes_is_accepted),
		keyring_test(test_files_that_do_not_load),
		keyring_test(test_texts_are_like_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
