/*
 * SPDX-License-Identifier: MIT
 *
 * sign: a signature over a batch proves each of its digests and nothing else;
 * an object counts with two different custodians.
 */
#include "proto/sign.h"

#include "keyring.h"
#include "proto/digest.h"
#include "proto/limits.h"
#include "proto/merkle.h"

#define MESSAGE TAG(TAG_MESSAGE)
#define APPROVAL TAG(TAG_APPROVAL)

static void
expect_code(const char *sentence, enum code got, enum code want)
{
	if (got != want)
		fail_msg("%s: got code %d, want %d", sentence, got, want);
}

static struct digest
digest_number(size_t i)
{
	uint8_t b[8];

	put_u64(b, i);
	return digest_tagged(TAG(TAG_HEADER), bytes_of(b, sizeof(b)));
}

static PbSignature **
sign_numbers(struct keyring *k, struct signer *s, size_t n)
{
	struct digest *digest = arena_alloc(k->arena, n * sizeof(*digest));
	PbSignature **sig = arena_alloc(k->arena, n * sizeof(PbSignature *));

	assert_non_null(digest);
	assert_non_null(sig);
	for (size_t i = 0; i < n; i++)
		digest[i] = digest_number(i);
	expect_err("sign_batch",
	    sign_batch(k->arena, MESSAGE, digest, n, s, sig), ERR_OK);
	return sig;
}

/* A copy that a test may change without changing the other signatures. */
static PbSignature
copy_of(struct keyring *k, const PbSignature *sig)
{
	PbSignature c = *sig;

	c.path = arena_dup(
	    k->arena, bytes_of(sig->path, sig->n_path * sizeof(*sig->path)));
	for (size_t i = 0; i < c.n_path; i++)
		c.path[i].data = arena_dup(
		    k->arena, bytes_of(sig->path[i].data, sig->path[i].len));
	c.value.data = arena_dup(
	    k->arena, bytes_of(sig->value.data, sig->value.len));
	c.certificate.data = arena_dup(
	    k->arena, bytes_of(sig->certificate.data, sig->certificate.len));
	return c;
}

/* --------------------------------------------------------------- batches */

static void
test_batches_of_1_to_17(void **state)
{
	struct signer *s = keyring_issue(*state, "s", KEY_ED25519, NULL, NULL);
	struct cert *c = signer_cert(s);

	for (size_t n = 1; n <= 17; n++) {
		PbSignature **sig = sign_numbers(*state, s, n);

		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++) {
				struct digest d = digest_number(k);

				expect_code("each signature, each digest",
				    sign_check(MESSAGE, &d, sig[i], c),
				    i == k ? CODE_OK : CODE_BAD_SIGNATURE);
			}
	}
}

static void
test_the_largest_batch(void **state)
{
	struct signer *s = keyring_issue(*state, "s", KEY_ED25519, NULL, NULL);
	PbSignature **sig = sign_numbers(*state, s, BATCH_MAX);
	struct digest many[1] = { digest_number(0) }, d;
	struct keyring *k = *state;
	PbSignature *out[1];

	for (size_t i = 0; i < BATCH_MAX; i += 31) {
		d = digest_number(i);
		expect_code("one of very many",
		    sign_check(MESSAGE, &d, sig[i], signer_cert(s)), CODE_OK);
	}
	expect_err("none at all",
	    sign_batch(k->arena, MESSAGE, many, 0, s, out), ERR_INVALID);
	expect_err("one too many",
	    sign_batch(k->arena, MESSAGE, many, BATCH_MAX + 1, s, out),
	    ERR_INVALID);
}

static void
test_each_kind_of_key_signs_batches(void **state)
{
	static const struct {
		enum key_kind kind;
		const char *name;
	} table[] = {
		{ KEY_ED25519, "ed25519" },
		{ KEY_P256, "p256" },
		{ KEY_RSA3072, "rsa" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct signer *s = keyring_issue(
		    *state, table[i].name, table[i].kind, NULL, NULL);
		PbSignature **sig = sign_numbers(*state, s, 3);
		struct digest d = digest_number(2);

		expect_code(table[i].name,
		    sign_check(MESSAGE, &d, sig[2], signer_cert(s)), CODE_OK);
		expect_code("under another tag",
		    sign_check(TAG(TAG_ACK), &d, sig[2], signer_cert(s)),
		    CODE_BAD_SIGNATURE);
	}
}

/* The bytes another implementation would put together. */
static void
test_what_is_signed(void **state)
{
	struct signer *s = keyring_issue(*state, "s", KEY_ED25519, NULL, NULL);
	PbSignature **sig = sign_numbers(*state, s, 3);
	uint8_t msg[sizeof("infohus.v1/message") + 4 + DIGEST_SIZE];
	struct digest leaf[3], root;

	for (size_t i = 0; i < 3; i++) {
		leaf[i] = digest_number(i);
		leaf[i] = merkle_leaf(bytes_of(leaf[i].b, DIGEST_SIZE));
	}
	root = merkle_root(leaf, 3);
	memcpy(msg, "infohus.v1/message\0\0\0\0\3", 23);
	memcpy(msg + 23, root.b, DIGEST_SIZE);
	expect_true("tag with its NUL, count, root",
	    cert_signature_holds(signer_cert(s), bytes_of(msg, sizeof(msg)),
		bytes_of(sig[1]->value.data, sig[1]->value.len)));
	assert_int_equal(sig[1]->count, 3);
	assert_int_equal(sig[1]->index, 1);
	assert_int_equal(sig[1]->n_path, 2);
	assert_memory_equal(sig[1]->path[0].data, leaf[0].b, DIGEST_SIZE);
	assert_memory_equal(sig[1]->path[1].data, leaf[2].b, DIGEST_SIZE);
	assert_memory_equal(sig[1]->certificate.data,
	    cert_fingerprint(signer_cert(s))->b, DIGEST_SIZE);
}

/* A signature that held before saves work, and vouches for nothing else. */
static void
test_what_held_before_helps_only_its_batch(void **state)
{
	struct signer *s = keyring_issue(*state, "s", KEY_ED25519, NULL, NULL);
	struct signer *o = keyring_issue(*state, "o", KEY_ED25519, NULL, NULL);
	PbSignature **sig = sign_numbers(*state, s, 5), bad;
	PbSignature **other = sign_numbers(*state, s, 4);
	struct cert *c = signer_cert(s);
	struct digest d = digest_number(1), wrong = digest_number(2);
	struct sign_held held = { .any = false }, before;

	bad = copy_of(*state, sig[1]);
	bad.value.data[0] ^= 1;
	expect_code("a changed signature",
	    sign_check_next(MESSAGE, &d, &bad, c, &held), CODE_BAD_SIGNATURE);
	expect_true("what did not hold is not kept", !held.any);
	expect_code("the first of a batch",
	    sign_check_next(MESSAGE, &d, sig[1], c, &held), CODE_OK);
	before = held;
	for (size_t i = 0; i < 5; i++) {
		struct digest each = digest_number(i);

		expect_code("all others of it",
		    sign_check_next(MESSAGE, &each, sig[i], c, &held), CODE_OK);
	}
	assert_memory_equal(&before, &held, sizeof(held));
	expect_code("another digest in the same place",
	    sign_check_next(MESSAGE, &wrong, sig[1], c, &held),
	    CODE_BAD_SIGNATURE);
	expect_code("a changed signature of the same root",
	    sign_check_next(MESSAGE, &d, &bad, c, &held), CODE_BAD_SIGNATURE);
	expect_code("the same root under another tag",
	    sign_check_next(TAG(TAG_ACK), &d, sig[1], c, &held),
	    CODE_BAD_SIGNATURE);
	expect_code("another certificate",
	    sign_check_next(MESSAGE, &d, sig[1], signer_cert(o), &held),
	    CODE_UNKNOWN_CERTIFICATE);
	bad = copy_of(*state, sig[1]);
	memcpy(bad.certificate.data, cert_fingerprint(signer_cert(o))->b,
	    DIGEST_SIZE);
	expect_code("signed by one, named as another's",
	    sign_check_next(MESSAGE, &d, &bad, signer_cert(o), &held),
	    CODE_BAD_SIGNATURE);
	expect_code("another batch",
	    sign_check_next(MESSAGE, &d, other[1], c, &held), CODE_OK);
	expect_true(
	    "is what is kept then", memcmp(&before, &held, sizeof(held)) != 0);
	expect_code("the first again",
	    sign_check_next(MESSAGE, &d, sig[1], c, &held), CODE_OK);
}

static void
test_what_is_wrong_has_its_code(void **state)
{
	struct signer *s = keyring_issue(*state, "s", KEY_ED25519, NULL, NULL);
	struct signer *o = keyring_issue(*state, "o", KEY_ED25519, NULL, NULL);
	PbSignature **sig = sign_numbers(*state, s, 5), bad;
	struct cert *c = signer_cert(s);
	struct digest d = digest_number(1);
	static const struct {
		uint32_t count, index;
		enum code want;
		const char *sentence;
	} table[] = {
		{ 5, 1, CODE_OK, "as signed" },
		{ 0, 1, CODE_BAD_BATCH_PATH, "of none" },
		{ 0, 0, CODE_BAD_BATCH_PATH, "of none, the first" },
		{ 1, 0, CODE_BAD_BATCH_PATH, "of one" },
		{ 4, 1, CODE_BAD_BATCH_PATH, "of four, with a path of three" },
		{ 6, 1, CODE_BAD_SIGNATURE, "of six, where the path fits" },
		{ 8, 1, CODE_BAD_SIGNATURE, "of eight, where the path fits" },
		{ 9, 1, CODE_BAD_BATCH_PATH, "of nine" },
		{ BATCH_MAX + 1, 1, CODE_BAD_BATCH_PATH, "of too many" },
		{ UINT32_MAX, 1, CODE_BAD_BATCH_PATH, "of as many as fit" },
		{ 5, 0, CODE_BAD_SIGNATURE, "another index" },
		{ 5, 2, CODE_BAD_SIGNATURE, "another index still" },
		{ 5, 4, CODE_BAD_BATCH_PATH, "the last, whose path is short" },
		{ 5, 5, CODE_BAD_BATCH_PATH, "an index outside" },
		{ 5, UINT32_MAX, CODE_BAD_BATCH_PATH, "an index far outside" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		bad = copy_of(*state, sig[1]);
		bad.count = table[i].count;
		bad.index = table[i].index;
		expect_code(table[i].sentence, sign_check(MESSAGE, &d, &bad, c),
		    table[i].want);
	}
	bad = copy_of(*state, sig[4]);
	d = digest_number(4);
	bad.count = BATCH_MAX + 1;
	bad.index = BATCH_MAX;
	expect_code("of too many, where the path fits",
	    sign_check(MESSAGE, &d, &bad, c), CODE_BAD_BATCH_PATH);
	d = digest_number(1);
	bad = copy_of(*state, sig[1]);
	bad.n_path--;
	expect_code("a path cut short", sign_check(MESSAGE, &d, &bad, c),
	    CODE_BAD_BATCH_PATH);
	bad = copy_of(*state, sig[1]);
	bad.n_path = 0;
	expect_code(
	    "no path", sign_check(MESSAGE, &d, &bad, c), CODE_BAD_BATCH_PATH);
	bad = copy_of(*state, sig[1]);
	bad.path[1].len = 31;
	expect_code("a hash of 31 bytes", sign_check(MESSAGE, &d, &bad, c),
	    CODE_BAD_BATCH_PATH);
	bad.path[1].len = 0;
	expect_code("an empty hash", sign_check(MESSAGE, &d, &bad, c),
	    CODE_BAD_BATCH_PATH);
	bad = copy_of(*state, sig[1]);
	bad.path[2].data[31] ^= 1;
	expect_code("a changed hash", sign_check(MESSAGE, &d, &bad, c),
	    CODE_BAD_SIGNATURE);
	bad = copy_of(*state, sig[1]);
	bad.certificate.data[0] ^= 1;
	expect_code("another fingerprint", sign_check(MESSAGE, &d, &bad, c),
	    CODE_UNKNOWN_CERTIFICATE);
	bad.certificate.len = 0;
	expect_code("no fingerprint", sign_check(MESSAGE, &d, &bad, c),
	    CODE_UNKNOWN_CERTIFICATE);
	expect_code("another node's certificate",
	    sign_check(MESSAGE, &d, sig[1], signer_cert(o)),
	    CODE_UNKNOWN_CERTIFICATE);
	bad = copy_of(*state, sig[1]);
	bad.value.data[3] ^= 1;
	expect_code("a changed signature", sign_check(MESSAGE, &d, &bad, c),
	    CODE_BAD_SIGNATURE);
	bad.value.len = 0;
	expect_code("no signature", sign_check(MESSAGE, &d, &bad, c),
	    CODE_BAD_SIGNATURE);
}

static void
test_paths_longer_than_any(void **state)
{
	struct signer *s = keyring_issue(*state, "s", KEY_ED25519, NULL, NULL);
	PbSignature bad = copy_of(*state, sign_numbers(*state, s, 2)[0]);
	ProtobufCBinaryData hash = bad.path[0], path[200];
	struct digest d = digest_number(0);

	bad.path = path;
	for (size_t n = 0; n < COUNT(path); n++) {
		path[n] = hash;
		bad.n_path = n;
		expect_code("a path of any length",
		    sign_check(MESSAGE, &d, &bad, signer_cert(s)),
		    n == 1 ? CODE_OK : CODE_BAD_BATCH_PATH);
	}
}

static void
test_an_arena_that_is_full(void **state)
{
	struct signer *s = keyring_issue(*state, "s", KEY_ED25519, NULL, NULL);
	struct digest d[4] = { { { 0 } } };
	PbSignature *sig[4];
	PbApproval *p;

	for (size_t cap = 0; cap < 4000; cap += 48) {
		struct arena *a;
		enum err e;

		expect_err("an arena", arena_new(&a, cap), ERR_OK);
		e = sign_batch(a, MESSAGE, d, 4, s, sig);
		if (e != ERR_OK)
			expect_err("no room for a batch", e, ERR_NOMEM);
		e = sign_approve(a, APPROVAL, bytes_str("x"), 1, s, &p);
		if (e != ERR_OK)
			expect_err("no room for an approval", e, ERR_NOMEM);
		arena_free(a);
	}
}

/* -------------------------------------------------------------- approvals */

#define CUSTODIANS 3

struct custody {
	struct signer *signer[CUSTODIANS];
	struct cert *cert[CUSTODIANS];
	struct bytes object;
};

static struct custody
custody_new(void **state)
{
	static const char *const name[] = { "one", "two", "three" };
	static const enum key_kind kind[] = { KEY_ED25519, KEY_P256,
		KEY_ED25519 };
	struct custody c = { .object = bytes_str("an object") };

	for (size_t i = 0; i < CUSTODIANS; i++) {
		c.signer[i] = keyring_issue(
		    *state, name[i], kind[i], NULL, NULL);
		c.cert[i] = signer_cert(c.signer[i]);
	}
	return c;
}

static PbApproval *
approve(
    void **state, struct bytes tag, struct bytes object, const struct signer *s)
{
	struct keyring *k = *state;
	PbApproval *p;

	expect_err("sign_approve",
	    sign_approve(k->arena, tag, object, 1795255200000, s, &p), ERR_OK);
	return p;
}

static enum err
approved(const struct custody *c, PbApproval *const *p, size_t n)
{
	return sign_approved(
	    APPROVAL, c->object, p, n, c->cert, CUSTODIANS, NULL);
}

static void
test_two_different_custodians(void **state)
{
	struct custody c = custody_new(state);
	struct signer *other = keyring_issue(
	    *state, "x", KEY_ED25519, NULL, NULL);
	PbApproval *one = approve(state, APPROVAL, c.object, c.signer[0]);
	PbApproval *again = approve(state, APPROVAL, c.object, c.signer[0]);
	PbApproval *two = approve(state, APPROVAL, c.object, c.signer[1]);
	PbApproval *three = approve(state, APPROVAL, c.object, c.signer[2]);
	PbApproval *nobody = approve(state, APPROVAL, c.object, other);

	expect_err(
	    "two", approved(&c, (PbApproval *[]){ one, two }, 2), ERR_OK);
	expect_err("two others",
	    approved(&c, (PbApproval *[]){ three, two }, 2), ERR_OK);
	expect_err("all three",
	    approved(&c, (PbApproval *[]){ one, two, three }, 3), ERR_OK);
	expect_err("two and somebody unknown",
	    approved(&c, (PbApproval *[]){ nobody, one, two }, 3), ERR_OK);
	expect_err("one twice, then another",
	    approved(&c, (PbApproval *[]){ one, again, two }, 3), ERR_OK);
	expect_err("nobody", approved(&c, NULL, 0), ERR_DENIED);
	expect_err("one", approved(&c, &one, 1), ERR_DENIED);
	expect_err("one twice", approved(&c, (PbApproval *[]){ one, one }, 2),
	    ERR_DENIED);
	expect_err("one twice, signed twice",
	    approved(&c, (PbApproval *[]){ one, again }, 2), ERR_DENIED);
	expect_err("one and somebody unknown",
	    approved(&c, (PbApproval *[]){ one, nobody }, 2), ERR_DENIED);
	expect_err("two, of whom one is pinned",
	    sign_approved(APPROVAL, c.object, (PbApproval *[]){ one, two }, 2,
		c.cert, 1, NULL),
	    ERR_DENIED);
	expect_err("nobody is pinned",
	    sign_approved(APPROVAL, c.object, (PbApproval *[]){ one, two }, 2,
		c.cert, 0, NULL),
	    ERR_DENIED);
}

/* P-256 signatures of one message differ; they are still one custodian. */
static void
test_one_custodian_with_two_certificates(void **state)
{
	static const char uuid[] = "0198c0de-0000-7000-8000-000000000001";
	struct signer *ca = keyring_issue(*state, "ca", KEY_P256, NULL, NULL);
	struct signer *old = keyring_issue(*state, "old", KEY_P256, ca, uuid);
	struct signer *new = keyring_issue(*state, "new", KEY_P256, ca, uuid);
	struct cert *pinned[] = { signer_cert(old), signer_cert(new) };
	struct cert *twice[] = { signer_cert(old), signer_cert(old) };
	struct bytes object = bytes_str("an object");
	PbApproval *p[] = { approve(state, APPROVAL, object, old),
		approve(state, APPROVAL, object, new) };

	expect_err("one person's old and new certificate",
	    sign_approved(APPROVAL, object, p, 2, pinned, 2, NULL), ERR_DENIED);
	p[1] = approve(state, APPROVAL, object, old);
	expect_err("one certificate pinned twice",
	    sign_approved(APPROVAL, object, p, 2, twice, 2, NULL), ERR_DENIED);
}

static void
test_approvals_of_something_else(void **state)
{
	struct custody c = custody_new(state);
	PbApproval *one = approve(state, APPROVAL, c.object, c.signer[0]);
	PbApproval *three = approve(state, APPROVAL, c.object, c.signer[2]);
	struct {
		PbApproval *p;
		const char *sentence;
	} table[] = {
		{ approve(state, APPROVAL, bytes_str("an abject"), c.signer[1]),
		    "another object" },
		{ approve(state, TAG(TAG_CARD), c.object, c.signer[1]),
		    "another tag" },
		{ approve(state, APPROVAL, c.object, c.signer[1]),
		    "another time" },
		{ approve(state, APPROVAL, c.object, c.signer[1]),
		    "a changed signature" },
		{ approve(state, APPROVAL, c.object, c.signer[2]),
		    "somebody else's signature" },
		{ approve(state, APPROVAL, c.object, c.signer[1]),
		    "no signature" },
	};
	PbApproval *good = approve(state, APPROVAL, c.object, c.signer[1]);

	table[2].p->time++;
	table[3].p->value.data[40] ^= 1;
	table[4].p->certificate = good->certificate;
	table[5].p->value.len = 0;
	for (size_t i = 0; i < COUNT(table); i++) {
		PbApproval *p[] = { one, table[i].p, three };

		expect_err(table[i].sentence, approved(&c, p, 2), ERR_DENIED);
		expect_err(
		    "nor beside two that hold", approved(&c, p, 3), ERR_DENIED);
	}
	good->certificate.len = 31;
	expect_err("a fingerprint cut short is unknown",
	    approved(&c, (PbApproval *[]){ one, good }, 2), ERR_DENIED);
}

static void
test_the_number_of_approvals_is_bounded(void **state)
{
	struct custody c = custody_new(state);
	PbApproval *p[APPROVALS_MAX + 1];

	for (size_t i = 0; i < COUNT(p); i++)
		p[i] = approve(state, APPROVAL, c.object, c.signer[i % 2]);
	expect_err("as many as may be", approved(&c, p, APPROVALS_MAX), ERR_OK);
	expect_err("one more", approved(&c, p, APPROVALS_MAX + 1), ERR_DENIED);
}

static void
test_what_is_approved(void **state)
{
	struct custody c = custody_new(state);
	PbApproval *p = approve(state, APPROVAL, c.object, c.signer[0]);
	uint8_t msg[sizeof("infohus.v1/approval") + DIGEST_SIZE + 8];
	struct digest d = digest_of(&c.object, 1);

	memcpy(msg, "infohus.v1/approval", 20);
	memcpy(msg + 20, d.b, DIGEST_SIZE);
	put_u64(msg + 20 + DIGEST_SIZE, 1795255200000);
	expect_true("tag with its NUL, SHA-256 of the object, time",
	    cert_signature_holds(c.cert[0], bytes_of(msg, sizeof(msg)),
		bytes_of(p->value.data, p->value.len)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		keyring_test(test_batches_of_1_to_17),
		keyring_test(test_the_largest_batch),
		keyring_test(test_each_kind_of_key_signs_batches),
		keyring_test(test_what_is_signed),
		keyring_test(test_what_held_before_helps_only_its_batch),
		keyring_test(test_what_is_wrong_has_its_code),
		keyring_test(test_paths_longer_than_any),
		keyring_test(test_an_arena_that_is_full),
		keyring_test(test_two_different_custodians),
		keyring_test(test_one_custodian_with_two_certificates),
		keyring_test(test_approvals_of_something_else),
		keyring_test(test_the_number_of_approvals_is_bounded),
		keyring_test(test_what_is_approved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
