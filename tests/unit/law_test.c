/*
 * SPDX-License-Identifier: MIT
 *
 * law: only what two custodians approved, to the byte, comes into force; and
 * the same law comes out of the texts that a snapshot keeps.
 */
#include "tests/unit/keyring.h"

#include "daemon/law/law.h"
#include "proto/digest.h"
#include "proto/envelope.h"
#include "proto/sign.h"

struct bench {
	struct keyring *k;
	struct law_files files;
	struct signer *custodian[3];
};

static void
write_file(const char *path, struct bytes text)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(text.data, 1, text.len, f), text.len);
	assert_int_equal(fclose(f), 0);
}

static void
copy_file(const char *from, const char *to)
{
	static char text[256 * 1024];
	FILE *f = fopen(from, "rb");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text), f);
	assert_true(n > 0 && n < sizeof(text));
	(void)fclose(f);
	write_file(to, bytes_of(text, n));
}

/* A law of the shipped files, a CA and three custodians, nothing approved. */
static struct bench
lay_out(void **state)
{
	static const char *const shipped[] = { "rules", "places", "workflow",
		"invariants" };
	static const char *const name[] = { "one", "two", "three" };
	struct keyring *k = *state;
	struct bench b = { .k = k };

	for (size_t i = 0; i < 4; i++) {
		char from[64];

		(void)snprintf(
		    from, sizeof(from), "config/%s.yaml", shipped[i]);
		copy_file(from, keyring_path(k, shipped[i], ".yaml"));
	}
	b.files.rules = keyring_path(k, "rules", ".yaml");
	b.files.invariants = keyring_path(k, "invariants", ".yaml");
	b.files.places = keyring_path(k, "places", ".yaml");
	b.files.workflow = keyring_path(k, "workflow", ".yaml");
	copy_file(
	    "config/kommuner/0860.yaml", keyring_path(k, "kommune", ".yaml"));
	b.files.kommune[0] = keyring_path(k, "kommune", ".yaml");
	b.files.n_kommune = 1;
	(void)keyring_issue(k, "ca", KEY_ED25519, NULL, NULL);
	b.files.anchor[0] = keyring_path(k, "ca", ".pem");
	b.files.n_anchor = 1;
	for (size_t i = 0; i < 3; i++) {
		b.custodian[i] = keyring_issue(
		    k, name[i], KEY_ED25519, NULL, NULL);
		b.files.custodian[i] = keyring_path(k, name[i], ".pem");
	}
	b.files.n_custodian = 3;
	b.files.manifest = keyring_path(k, "manifest", ".bin");
	return b;
}

/* Writes the manifest of the files as they are, approved by those given. */
static void
approve(struct bench *b, const int *who, size_t n)
{
	PbApproved approved = PB_APPROVED__INIT;
	PbObject object = PB_OBJECT__INIT;
	PbApproval *approval[4];
	struct bytes manifest, packed, out;
	struct why why;

	assert_int_equal(
	    law_manifest(b->k->arena, &b->files, &manifest, &why), ERR_OK);
	object.kind = OBJECT_MANIFEST;
	object.version = PROTOCOL_VERSION;
	object.bytes.data = (uint8_t *)(uintptr_t)manifest.data;
	object.bytes.len = manifest.len;
	assert_int_equal(envelope_pack(b->k->arena, &object, &packed), ERR_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
		    sign_approve(b->k->arena, TAG(TAG_APPROVAL), packed,
			now_ms(), b->custodian[who[i]], &approval[i]),
		    ERR_OK);
	approved.object = &object;
	approved.approval = approval;
	approved.n_approval = n;
	assert_int_equal(envelope_pack(b->k->arena, &approved, &out), ERR_OK);
	write_file(b->files.manifest, out);
}

/* Loads and demands that it is refused with exactly these lines, in which
 * %s stands for the keyring's folder. */
static void
expect_refused(struct bench *b, const char *sentence, const char *told)
{
	struct problems p = { 0 };
	struct law *l = law_load(&b->files, true, &p);
	char want[2000] = "";
	const char *at;

	for (; (at = strstr(told, "%s")) != NULL; told = at + 2)
		(void)snprintf(want + strlen(want), sizeof(want) - strlen(want),
		    "%.*s%s", (int)(at - told), told, b->k->dir);
	(void)snprintf(
	    want + strlen(want), sizeof(want) - strlen(want), "%s", told);
	if (l != NULL || p.text == NULL || strcmp(p.text, want) != 0)
		fail_msg("%s: found\n%s\nexpected\n%s", sentence,
		    p.text != NULL ? p.text : "no problem", want);
	problems_free(&p);
}

static struct law *
expect_loaded(struct bench *b, bool want_approved)
{
	struct problems p = { 0 };
	struct law *l = law_load(&b->files, want_approved, &p);

	if (l == NULL)
		fail_msg("%s", p.text);
	assert_int_equal(p.count, 0);
	return l;
}

static void
two_custodians_put_it_in_force(void **state)
{
	struct bench b = lay_out(state);
	struct bytes manifest;
	struct digest want;
	struct law *l;

	approve(&b, (const int[]){ 0, 2 }, 2);
	l = expect_loaded(&b, true);
	assert_int_equal(
	    law_manifest(b.k->arena, &b.files, &manifest, NULL), ERR_OK);
	want = digest_of(&manifest, 1);
	assert_true(digest_eq(&want, &l->manifest));
	assert_true(rules_count(l->rules) > 20);
	assert_int_equal(places_count(l->places), 98);
	assert_true(workflow_is_caseless(l->workflow, KIND_UNDERRETNING));
	assert_int_equal(l->n_custodian, 3);
	assert_non_null(l->anchors);
	assert_true(l->approved.len > manifest.len);
	assert_int_equal(l->n_text, 9);
	assert_true(kommuner_settings(l->kommuner, "0860") != 0);
	assert_int_equal(kommuner_settings(l->kommuner, "0101"), 0);
	for (size_t i = 0; i < l->n_text; i++) {
		want = digest_of(&l->text[i].text, 1);
		assert_true(digest_eq(&want, &l->text[i].sha256));
		if (i > 0)
			assert_true(
			    strcmp(l->text[i - 1].name, l->text[i].name) < 0);
	}
	assert_ptr_equal(law_ref(l), l);
	law_unref(l);
	assert_int_equal(l->n_custodian, 3);
	law_unref(l);
	law_unref(NULL);
}

static void
before_approval_it_can_be_looked_at(void **state)
{
	struct bench b = lay_out(state);
	struct law *l = expect_loaded(&b, false);

	assert_null(l->approved.data);
	law_unref(l);
	expect_refused(&b, "Nothing is in force without a manifest",
	    "%s/manifest.bin: cannot open it: No such file or directory\n");
}

static void
one_custodian_is_not_enough(void **state)
{
	struct bench b = lay_out(state);
	struct problems p = { 0 };

	approve(&b, (const int[]){ 1 }, 1);
	assert_null(law_load(&b.files, true, &p));
	assert_int_equal(p.count, 1);
	problems_free(&p);
	approve(&b, (const int[]){ 1, 1 }, 2);
	assert_null(law_load(&b.files, true, &p));
	assert_int_equal(p.count, 1);
	problems_free(&p);
	approve(&b, NULL, 0);
	assert_null(law_load(&b.files, true, &p));
	problems_free(&p);
}

static void
what_changed_since_is_named(void **state)
{
	struct bench b = lay_out(state);
	FILE *f;

	approve(&b, (const int[]){ 0, 1 }, 2);
	f = fopen(b.files.rules, "ab");
	assert_non_null(f);
	assert_true(fputs("# one more line\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	expect_refused(&b, "A rule table with a comment more is another one",
	    "%s/rules.yaml: found a text that differs from the approved one, "
	    "expected the hash of \"rules\" in %s/manifest.bin\n");
	approve(&b, (const int[]){ 0, 1 }, 2);
	law_unref(expect_loaded(&b, true));

	(void)keyring_issue(b.k, "ca2", KEY_ED25519, NULL, NULL);
	b.files.anchor[b.files.n_anchor++] = keyring_path(b.k, "ca2", ".pem");
	expect_refused(&b, "A second trust anchor must be approved",
	    "%s/ca2.pem: found a file that is not approved, expected "
	    "\"anchor-1\" in %s/manifest.bin\n");
	approve(&b, (const int[]){ 0, 1 }, 2);
	b.files.n_anchor = 1;
	expect_refused(&b, "and must be there when it was",
	    "%s/manifest.bin: found \"anchor-1\" in the manifest, expected "
	    "it in the configuration\n");
}

static void
a_custodian_counts_only_by_the_list(void **state)
{
	struct bench b = lay_out(state);
	struct problems p = { 0 };

	approve(&b, (const int[]){ 0, 2 }, 2);
	/* With the third taken off, both its approval and the list fail. */
	b.files.n_custodian = 2;
	assert_null(law_load(&b.files, true, &p));
	assert_true(p.count >= 1);
	problems_free(&p);
	b.files.n_custodian = 3;
	b.files.custodian[1] = b.files.custodian[0];
	assert_null(law_load(&b.files, true, &p));
	assert_non_null(strstr(p.text,
	    "found a certificate that is a "
	    "custodian already, expected another "
	    "person's\n"));
	problems_free(&p);
}

static void
all_faults_of_all_files_at_once(void **state)
{
	struct bench b = lay_out(state);

	write_file(b.files.rules, bytes_str("version: 1\n"));
	write_file(b.files.places, bytes_str("[\n"));
	b.files.workflow = keyring_path(b.k, "nowhere", ".yaml");
	b.files.n_custodian = 1;
	expect_refused(&b, "One run tells all",
	    "%s/nowhere.yaml: cannot open it: No such file or directory\n"
	    "%s/places.yaml:2:1: found broken YAML (did not find expected "
	    "node content), expected one YAML document\n"
	    "%s/rules.yaml:1:1: found no \"limits\", expected it: how "
	    "statements are measured\n"
	    "%s/rules.yaml:1:1: found no \"rules\", expected it: the rules\n"
	    "law: found 1 valid custodians, expected at least 2\n"
	    "%s/manifest.bin: cannot open it: No such file or directory\n");
}

/* Shown with the plainest message that breaks it. */
static void
a_table_that_breaks_an_invariant_is_not_in_force(void **state)
{
	static const char invariants[] =
	    "version: 1\n"
	    "valid_from: 2024-01-01T00:00:00Z\n"
	    "invariants:\n"
	    "  - id: I01\n"
	    "    text_en: Nothing acute about a minor reaches the duty desk.\n"
	    "    text_da: Intet akut om en mindreårig når vagten.\n"
	    "    never: [permit, park]\n"
	    "    when: [{urgency: [acute], age: [minor], to: [pol_vagt]}]\n"
	    "    unless: [{kind: {not: [addendum]}}]\n";
	struct bench b = lay_out(state);

	write_file(b.files.invariants, bytes_str(invariants));
	approve(&b, (const int[]){ 0, 1 }, 2);
	expect_refused(&b, "Two custodians cannot put it in force either",
	    "%s/invariants.yaml:4:5: found that the table breaks I01 (Nothing "
	    "acute about a minor reaches the duty desk.), expected that it "
	    "holds; it permits by R43 {kind: addendum, from: kom_tovholder, "
	    "to: pol_vagt, state: none, urgency: acute, age: minor, "
	    "has_case: true}\n");
}

/* The reason is OpenSSL's; the file is named. */
static void
a_faulty_anchor_or_crl_is_named(void **state)
{
	struct bench b = lay_out(state);
	const char *other = keyring_path(b.k, "other", ".pem");
	struct problems p = { 0 };
	char want[128];

	(void)snprintf(want, sizeof(want), "%s: ", other);
	write_file(other, bytes_str("not a certificate\n"));
	b.files.anchor[1] = other;
	b.files.n_anchor = 2;
	assert_null(law_load(&b.files, false, &p));
	assert_int_equal(p.count, 1);
	assert_memory_equal(p.text, want, strlen(want));
	problems_free(&p);
	b.files.n_anchor = 1;
	b.files.crl[0] = other;
	b.files.n_crl = 1;
	assert_null(law_load(&b.files, false, &p));
	assert_int_equal(p.count, 1);
	assert_memory_equal(p.text, want, strlen(want));
	problems_free(&p);
}

static void
what_is_no_manifest_is_refused(void **state)
{
	static const char *const bad[] = { "", "x", "\x0a\x00" };
	struct bench b = lay_out(state);

	for (size_t i = 0; i < 3; i++) {
		struct problems p = { 0 };

		write_file(b.files.manifest, bytes_str(bad[i]));
		assert_null(law_load(&b.files, true, &p));
		assert_int_equal(p.count, 1);
		problems_free(&p);
	}
}

static void
a_kommune_has_one_file_and_is_one_of_places(void **state)
{
	struct bench b = lay_out(state);

	b.files.kommune[1] = keyring_path(b.k, "again", ".yaml");
	b.files.kommune[2] = keyring_path(b.k, "nowhere", ".yaml");
	b.files.n_kommune = 3;
	copy_file("config/kommuner/0860.yaml", b.files.kommune[1]);
	write_file(b.files.kommune[2],
	    bytes_str("version: 1\nkommune: \"0102\"\nsource: none\n"
		      "settings: []\n"));
	approve(&b, (const int[]){ 0, 1 }, 2);
	expect_refused(&b, "One file each, of a kommune that there is",
	    "%s/again.yaml:10:10: found a second file of the kommune "
	    "\"0860\", expected one\n"
	    "%s/nowhere.yaml:2:10: found the kommune \"0102\", expected one of "
	    "places\n");
}

static void
only_a_custodian_with_a_certificate_that_counts(void **state)
{
	struct bench b = lay_out(state);
	struct cert *valid[CUSTODIANS_MAX];
	struct why why;
	struct law *l = expect_loaded(&b, false);
	uint64_t end = cert_not_after(l->custodian[0]);
	uint64_t begin = cert_not_before(l->custodian[0]);

	assert_int_equal(law_custodians_at(l, NULL, now_ms(), valid, &why), 3);
	assert_string_equal(why.text, "");
	assert_ptr_equal(valid[2], l->custodian[2]);
	/* In order of the list; each issued within the same second or so. */
	assert_int_equal(
	    law_custodians_at(l, NULL, end + 60000, valid, &why), 0);
	assert_string_equal(why.text,
	    "the certificate of custodian one has expired, the certificate "
	    "of custodian two has expired, the certificate of custodian "
	    "three has expired");
	assert_int_equal(
	    law_custodians_at(l, l, begin - 60000, valid, &why), 0);
	assert_non_null(strstr(why.text, "custodian two is not valid yet"));
	law_unref(l);
}

static void
an_item_is_of_the_kommune_that_it_is_named_after(void **state)
{
	struct bench b = lay_out(state);
	struct problems p = { 0 };
	struct law_text text[10];
	struct law *l = expect_loaded(&b, false);

	memcpy(text, l->text, l->n_text * sizeof(text[0]));
	assert_string_equal(text[5].name, "kommune-0860");
	(void)snprintf(text[5].name, sizeof(text[5].name), "kommune-0101");
	assert_null(law_from_texts(text, l->n_text, &p));
	assert_string_equal(p.text,
	    "kommune-0101: found the kommune 0860, expected the one of the "
	    "item \"kommune-0101\"\n");
	problems_free(&p);
	law_unref(l);
}

/* What a later version could no longer prove is still the law of its time. */
static void
a_law_that_was_in_force_is_not_proven_again(void **state)
{
	static const char broken[] = "version: 99\n";
	struct bench b = lay_out(state);
	struct problems p = { 0 };
	struct law_text text[10];
	struct law *l = expect_loaded(&b, false), *again;

	memcpy(text, l->text, l->n_text * sizeof(text[0]));
	assert_string_equal(text[4].name, "invariants");
	text[4].text = bytes_str(broken);
	text[4].sha256 = digest_of(&text[4].text, 1);
	again = law_from_texts(text, l->n_text, &p);
	if (again == NULL)
		fail_msg("%s", p.text);
	law_unref(again);
	law_unref(l);
}

static void
an_audit_gets_the_same_law_from_its_texts(void **state)
{
	struct bench b = lay_out(state);
	struct problems p = { 0 };
	struct law_text text[10];
	struct law *l, *again;
	size_t n;

	approve(&b, (const int[]){ 0, 1 }, 2);
	l = expect_loaded(&b, true);
	n = l->n_text;
	memcpy(text, l->text, n * sizeof(text[0]));
	/* In any order. */
	text[9] = text[0];
	text[0] = text[6];
	text[6] = text[9];
	again = law_from_texts(text, n, &p);
	if (again == NULL)
		fail_msg("%s", p.text);
	assert_true(digest_eq(&l->manifest, &again->manifest));
	assert_int_equal(rules_count(again->rules), rules_count(l->rules));
	assert_int_equal(again->n_custodian, 3);
	law_unref(again);

	text[1].sha256.b[0] ^= 1;
	assert_null(law_from_texts(text, n, &p));
	assert_string_equal(p.text,
	    "custodian-0: found a text of another "
	    "hash, expected the one named\n");
	problems_free(&p);
	text[1].sha256.b[0] ^= 1;
	text[9] = text[1];
	assert_null(law_from_texts(text, 10, &p));
	assert_string_equal(p.text,
	    "custodian-0: found the item again, "
	    "expected each name once\n");
	problems_free(&p);
	(void)snprintf(text[9].name, sizeof(text[9].name), "escalation");
	assert_null(law_from_texts(text, 10, &p));
	assert_string_equal(p.text,
	    "escalation: found an item that this "
	    "version does not know, expected rules, invariants, places, "
	    "workflow, kommune-NNNN, anchor-N, crl-N, custodian-N\n");
	problems_free(&p);
	assert_null(law_from_texts(NULL, 0, &p));
	assert_string_equal(p.text,
	    "law: found no trust anchor, expected at least one\n"
	    "law: found no rules, expected one\n"
	    "law: found no places, expected one\n"
	    "law: found no workflow, expected one\n"
	    "law: found 0 valid custodians, expected at least 2\n");
	problems_free(&p);
	law_unref(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		keyring_test(two_custodians_put_it_in_force),
		keyring_test(before_approval_it_can_be_looked_at),
		keyring_test(one_custodian_is_not_enough),
		keyring_test(what_changed_since_is_named),
		keyring_test(a_custodian_counts_only_by_the_list),
		keyring_test(all_faults_of_all_files_at_once),
		keyring_test(a_table_that_breaks_an_invariant_is_not_in_force),
		keyring_test(a_faulty_anchor_or_crl_is_named),
		keyring_test(what_is_no_manifest_is_refused),
		keyring_test(only_a_custodian_with_a_certificate_that_counts),
		keyring_test(a_kommune_has_one_file_and_is_one_of_places),
		keyring_test(an_item_is_of_the_kommune_that_it_is_named_after),
		keyring_test(an_audit_gets_the_same_law_from_its_texts),
		keyring_test(a_law_that_was_in_force_is_not_proven_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
