/*
 * SPDX-License-Identifier: MIT
 *
 * anchors: who issued a leaf, what it must say, and when.
 */
#include "tests/unit/anchoring.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		keyring_test(test_what_a_leaf_must_say),
		keyring_test(test_the_clock_is_ours),
		keyring_test(test_who_issued_it),
		keyring_test(test_a_ca_between),
		keyring_test(test_what_keys_issue_makes_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
