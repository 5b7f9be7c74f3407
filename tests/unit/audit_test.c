/*
 * SPDX-License-Identifier: MIT
 *
 * audit: `infohus audit` on logs that core made.
 */
#include "tests/unit/auditing.h"

/* All examples, a change of law in between, offers, acks, a suspension. */
static struct rig *
whole_log(struct scratch *s)
{
	struct rig *r = rig_open(s);
	FILE *f;

	rig_admit_all(r);
	rig_play(r, 30);
	rig_deliver(r);
	f = fopen(r->config.law.rules, "a");
	assert_non_null(f);
	fputs("\n# a remark\n", f);
	fclose(f);
	rig_adopt(r, 0, 1);
	rig_suspend(r, "auditor/datatilsynet");
	return r;
}

static void
an_honest_log_replays(void **state)
{
	struct rig *r = rig_open(*state);
	const char *dir;
	struct said *said;

	rig_admit_all(r);
	rig_play(r, ALL_EXAMPLES);
	rig_deliver(r);
	dir = snapshot(r);
	assert_said(audit(r, "verify", dir, NULL), EXIT_YES, "verified");
	said = audit(r, "replay", dir, NULL);
	assert_said(said, EXIT_YES, " 0 differences");
	print_message("%s", said->text);
	said = audit(r, "replay", dir, "--json");
	assert_said(said, EXIT_YES, "\"differences\": 0");
}

static void
a_log_under_two_laws_replays(void **state)
{
	struct rig *r = whole_log(*state);
	const char *dir = snapshot(r);

	assert_said(audit(r, "verify", dir, NULL), EXIT_YES, "verified");
	assert_said(audit(r, "replay", dir, NULL), EXIT_YES, " 0 differences");
}

static void
entries_are_shown(void **state)
{
	struct rig *r = whole_log(*state);
	const char *dir = snapshot(r);
	struct said *said = audit(r, "show", dir, NULL);

	assert_said(said, EXIT_YES, "manifest");
	assert_said(said, EXIT_YES, "admitted  politi/1470\n");
	assert_said(said, EXIT_YES,
	    "kommune/0101/jobcenter as jobcenter, "
	    "concern ordinary");
	assert_said(said, EXIT_YES, "permit ok, R");
	assert_said(said, EXIT_YES, "acked  politi/1470  entry ");
	assert_said(said, EXIT_YES, "suspended  auditor/datatilsynet");
	said = audit(r, "show", dir, "--count=3");
	assert_null(strstr(said->text, "acked"));
	said = audit(r, "show", dir, "--json");
	assert_said(said, EXIT_YES, "\"kind\": \"message\"");
	assert_said(said, EXIT_YES, "\"outcome\": \"permit\"");
}

static void
only_the_logs_key_will_do(void **state)
{
	struct rig *r = rig_open(*state);
	const char *dir = snapshot(r), *key = scratch_path(r->s, "vkey");
	char *argv[] = { (char *)"audit", (char *)"verify", (char *)dir,
		(char *)"--vkey", (char *)key, NULL };
	static const uint8_t seed[32] = { 8 };
	struct note_secret other;
	char text[256];
	FILE *f;

	f = fopen(key, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", rig_vkey(r));
	fclose(f);
	assert_int_equal(cmd_audit(5, argv), EXIT_YES);
	assert_err(
	    note_secret_make(&other, RIG_ORIGIN, NOTE_TYPE_ED25519, seed, NULL),
	    ERR_OK);
	note_key_format(text, &other.public);
	argv[4] = text;
	assert_int_equal(cmd_audit(5, argv), EXIT_TROUBLE);
	argv[4] = (char *)"/nonexistent";
	assert_int_equal(cmd_audit(5, argv), EXIT_TROUBLE);
	assert_int_equal(cmd_audit(3, argv), EXIT_USAGE);
	argv[2] = r->s->dir;
	argv[4] = (char *)key;
	assert_int_equal(cmd_audit(5, argv), EXIT_TROUBLE);
}

/* The auditor's own checkpoint tells whether this is the log seen before. */
static void
a_known_checkpoint_must_be_in_the_log(void **state)
{
	struct rig *r = rig_open(*state);
	const char *kept = scratch_path(r->s, "kept");
	struct note_secret secret = rig_secret();
	struct checkpoint c;
	struct bytes note = ledger_note(r->core.ledger);
	char text[300], other[1024], more[200];
	size_t text_len = sizeof(text), len = sizeof(other);
	const char *dir;
	FILE *f;

	f = fopen(kept, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(note.data, 1, note.len, f), note.len);
	fclose(f);
	c = *ledger_checkpoint(r->core.ledger);
	rig_admit_all(r);
	dir = snapshot(r);
	(void)snprintf(more, sizeof(more), "--known=%s", kept);
	assert_said(audit(r, "verify", dir, more), EXIT_YES, "verified");
	c.root.b[0] ^= 1;
	assert_err(checkpoint_format(text, &text_len, &c), ERR_OK);
	assert_err(note_sign(other, &len, bytes_of(text, text_len), &secret, 0),
	    ERR_OK);
	f = fopen(kept, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(other, 1, len, f), len);
	fclose(f);
	assert_said(
	    audit(r, "verify", dir, more), EXIT_NO, "shown another log");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(an_honest_log_replays),
		scratch_test(a_log_under_two_laws_replays),
		scratch_test(entries_are_shown),
		scratch_test(only_the_logs_key_will_do),
		scratch_test(a_known_checkpoint_must_be_in_the_log),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
