/*
 * SPDX-License-Identifier: MIT
 *
 * revocation: what is revoked, and the files that say so.
 */
#include "tests/unit/anchoring.h"

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

/* Until then the same is answered, and at that moment it no longer is. */
static void
expect_end(const char *sentence, const struct anchors *a, struct cert *c,
    const char *want)
{
	uint64_t until = 0;

	expect_err(
	    sentence, anchors_check(a, c, now_ms(), &until, NULL), ERR_OK);
	expect_chain(sentence, a, c, until - 1, NULL);
	expect_chain(sentence, a, c, until, want);
}

static void
test_an_answer_holds_until_something_ends(void **state)
{
	struct leaf brief_ca = usual_ca, brief = usual;
	struct authority ca = authority_new("ca", 1, NULL);
	struct authority old;
	const char *file[2], *crl = write_crl(*state, "ca", &ca, 0, DAY);
	struct anchors *with, *without;
	struct cert *of_ca, *of_old;

	brief_ca.to_s = 20 * DAY;
	brief.to_s = DAY / 2;
	old.key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	old.x509 = issue(old.key, "old", 1, &brief_ca, NULL);
	file[0] = write_ca(*state, "ca", &ca);
	file[1] = write_ca(*state, "old", &old);
	with = load(file, 1, &crl, 1);
	without = load(file, 2, NULL, 0);
	of_ca = leaf_of(&ca, 2, &usual);
	of_old = leaf_of(&old, 2, &usual);
	expect_end("the leaf ends", without, of_ca, "expired");
	expect_end("its CA ends before it", without, of_old, "expired");
	expect_end("the list ends before both", with, of_ca, "CRL has expired");
	cert_free(of_ca);
	of_ca = leaf_of(&ca, 3, &brief);
	expect_end("the leaf ends before the list", with, of_ca,
	    "certificate has expired");
	cert_free(of_ca);
	cert_free(of_old);
	anchors_free(with);
	anchors_free(without);
	authority_free(&ca);
	authority_free(&old);
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
		keyring_test(test_revoked),
		keyring_test(test_an_answer_holds_until_something_ends),
		keyring_test(test_revocation_of_a_ca_between),
		keyring_test(test_files_that_do_not_load),
		keyring_test(test_texts_are_like_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
