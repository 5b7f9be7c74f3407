/*
 * SPDX-License-Identifier: MIT
 *
 * anchoring: certificates and CRLs of every sort, for tests.
 */
#ifndef INFOHUS_TESTS_ANCHORING_H
#define INFOHUS_TESTS_ANCHORING_H

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

static inline void
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
static inline X509 *
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

static inline struct authority
authority_new(const char *name, long serial, const struct authority *issuer)
{
	struct authority a;

	a.key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	assert_non_null(a.key);
	a.x509 = issue(a.key, name, serial, &usual_ca, issuer);
	return a;
}

static inline void
authority_free(struct authority *a)
{
	EVP_PKEY_free(a->key);
	X509_free(a->x509);
}

/* Takes x over. */
static inline struct cert *
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

static inline struct cert *
leaf_of(const struct authority *issuer, long serial, const struct leaf *l)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	struct cert *c = cert_of(issue(key, "leaf", serial, l, issuer));

	EVP_PKEY_free(key);
	return c;
}

static inline const char *
write_ca(struct keyring *k, const char *name, const struct authority *a)
{
	const char *path = keyring_path(k, name, ".pem");
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, a->x509), 1);
	(void)fclose(f);
	return path;
}

static inline struct anchors *
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
static inline void
expect_chain(const char *sentence, const struct anchors *a, struct cert *c,
    uint64_t at_ms, const char *want)
{
	struct why why = { "" };

	expect_err(sentence, anchors_check(a, c, at_ms, NULL, &why),
	    want == NULL ? ERR_OK : ERR_DENIED);
	if (want != NULL && strcasestr(why.text, want) == NULL)
		fail_msg(
		    "%s: got \"%s\", want \"%s\"", sentence, why.text, want);
	expect_true(
	    "nothing is left in OpenSSL's queue", ERR_peek_error() == 0);
}

#endif
