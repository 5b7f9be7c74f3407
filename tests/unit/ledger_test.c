/*
 * SPDX-License-Identifier: MIT
 *
 * ledger: appending, proofs, reopening, and never going back on a signed
 * checkpoint.
 */
#include "scratch.h"

#include <sys/stat.h>

#include "daemon/ledger/durable.h"
#include "daemon/ledger/ledger.h"

#define ORIGIN "infohus.example.dk/test"
#define ENTRIES 67 /* more than the tail that open checks */

static const uint8_t seed[32] = { 7 };

static struct note_secret
secret_of(uint8_t first)
{
	struct note_secret secret;
	uint8_t other[32] = { first };
	struct why why;

	assert_err(note_secret_make(&secret, ORIGIN, NOTE_TYPE_ED25519,
		       first == seed[0] ? seed : other, &why),
	    ERR_OK);
	return secret;
}

static enum err
try_open(struct scratch *sc, struct ledger **l, struct why *why)
{
	struct note_secret secret = secret_of(seed[0]);

	return ledger_open(l, sc->store, &secret, scratch_path(sc, "low"), why);
}

static struct ledger *
open_log(struct scratch *sc)
{
	struct ledger *l;
	struct why why;

	if (try_open(sc, &l, &why) != ERR_OK)
		fail_msg("ledger_open: %s", why.text);
	return l;
}

/* Entry number i of the test's log; salt tells two histories apart. */
static PbEntry
entry_of(uint64_t i, uint8_t salt)
{
	static uint8_t manifest[32];
	PbEntry e = PB_ENTRY__INIT;

	memset(manifest, salt, sizeof(manifest));
	e.version = 1;
	e.kind = ENTRY_KIND_TICK;
	e.recorded_at = 1000 + i;
	e.manifest.data = manifest;
	e.manifest.len = sizeof(manifest);
	return e;
}

/* Appends entries up to size in one transaction, and signs. */
static void
grow(struct scratch *sc, struct ledger *l, uint64_t size, uint8_t salt)
{
	struct txn *t = scratch_write(sc);
	uint64_t i, index;
	struct why why;

	for (i = ledger_size(t); i < size; i++) {
		PbEntry e = entry_of(i, salt);

		assert_err(ledger_append(t, sc->arena, &e, &index), ERR_OK);
		assert_int_equal(index, i);
	}
	scratch_commit(t);
	t = scratch_read(sc);
	if (ledger_sign(l, t, &why) != ERR_OK)
		fail_msg("ledger_sign: %s", why.text);
	store_abort(t);
}

static struct digest
leaf_of(struct scratch *sc, uint64_t i)
{
	PbEntry e = entry_of(i, 0);
	struct bytes packed;

	assert_err(envelope_pack(sc->arena, &e, &packed), ERR_OK);
	return merkle_leaf(packed);
}

static void
a_new_log_is_empty(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct digest root, empty = merkle_empty();
	struct txn *t = scratch_read(sc);
	struct bytes packed;

	assert_int_equal(ledger_size(t), 0);
	assert_int_equal(ledger_last_time(t), 0);
	assert_err(ledger_root(t, 0, &root), ERR_OK);
	assert_true(digest_eq(&root, &empty));
	assert_err(ledger_entry(t, sc->arena, 0, &packed), ERR_NOT_FOUND);
	assert_int_equal(ledger_checkpoint(l)->size, 0);
	assert_true(digest_eq(&ledger_checkpoint(l)->root, &empty));
	store_abort(t);
	ledger_close(l);
}

/* Killed between its first commit and its first second. */
static void
a_new_log_may_crash_at_once(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);

	grow(sc, l, 2, 0);
	ledger_close(l);
	l = open_log(sc);
	assert_int_equal(ledger_checkpoint(l)->size, 0);
	grow(sc, l, 3, 0);
	ledger_close(l);
}

static void
what_was_appended_is_there(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct note_secret secret = secret_of(seed[0]);
	PbEntry last = entry_of(ENTRIES - 1, 0);
	struct bytes packed, want;
	struct checkpoint c;
	struct txn *t;
	struct why why;

	grow(sc, l, ENTRIES, 0);
	t = scratch_read(sc);
	assert_int_equal(ledger_size(t), ENTRIES);
	assert_int_equal(ledger_last_time(t), last.recorded_at);
	assert_err(ledger_entry(t, sc->arena, ENTRIES - 1, &packed), ERR_OK);
	assert_err(envelope_pack(sc->arena, &last, &want), ERR_OK);
	assert_true(bytes_eq(packed, want));
	assert_err(ledger_entry(t, sc->arena, ENTRIES, &packed), ERR_NOT_FOUND);
	assert_err(
	    checkpoint_open(&c, ledger_note(l), &secret.public, &why), ERR_OK);
	assert_int_equal(c.size, ENTRIES);
	assert_true(digest_eq(&c.root, &ledger_checkpoint(l)->root));
	store_abort(t);
	ledger_close(l);
}

/* Every proof for every size, against a tree hashed from the entries. */
static void
all_proofs_hold(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct digest leaf[ENTRIES], root[ENTRIES + 1], got;
	struct proof p;
	struct txn *t;
	uint64_t i, n;

	grow(sc, l, ENTRIES, 0);
	for (i = 0; i < ENTRIES; i++)
		leaf[i] = leaf_of(sc, i);
	for (n = 0; n <= ENTRIES; n++)
		root[n] = merkle_root(leaf, n);
	t = scratch_read(sc);
	for (n = 1; n <= ENTRIES; n++) {
		assert_err(ledger_root(t, n, &got), ERR_OK);
		assert_true(digest_eq(&got, &root[n]));
		for (i = 0; i < n; i++) {
			assert_err(ledger_inclusion(t, i, n, &p), ERR_OK);
			assert_true(merkle_inclusion_holds(
			    i, n, &leaf[i], p.hash, p.len, &root[n]));
			assert_err(ledger_consistency(t, i + 1, n, &p), ERR_OK);
			assert_true(merkle_consistency_holds(
			    i + 1, n, &root[i + 1], &root[n], p.hash, p.len));
		}
	}
	assert_err(ledger_consistency(t, 0, ENTRIES, &p), ERR_OK);
	assert_int_equal(p.len, 0);
	assert_err(ledger_inclusion(t, 0, ENTRIES + 1, &p), ERR_INVALID);
	assert_err(ledger_inclusion(t, 5, 5, &p), ERR_INVALID);
	assert_err(ledger_consistency(t, 1, ENTRIES + 1, &p), ERR_INVALID);
	assert_err(ledger_consistency(t, 6, 5, &p), ERR_INVALID);
	store_abort(t);
	ledger_close(l);
}

static void
time_never_goes_back(void **state)
{
	struct scratch *sc = *state;
	PbEntry e = entry_of(5, 0);
	struct txn *t = scratch_write(sc);
	uint64_t index;

	assert_err(ledger_append(t, sc->arena, &e, &index), ERR_OK);
	assert_err(ledger_append(t, sc->arena, &e, &index), ERR_OK);
	e.recorded_at--;
	assert_err(ledger_append(t, sc->arena, &e, &index), ERR_INVALID);
	e.recorded_at += 2;
	assert_err(ledger_append(t, sc->arena, &e, &index), ERR_INVALID);
	assert_err(store_commit(t, NULL), ERR_INVALID);
	t = scratch_read(sc);
	assert_int_equal(ledger_size(t), 0);
	store_abort(t);
}

/* An entry without its place in the tree must not be committed. */
static void
half_an_entry_is_never_committed(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	PbEntry e = entry_of(1, 0);
	uint8_t leaf_0[9] = { 0 };
	struct txn *t;
	uint64_t index;

	grow(sc, l, 1, 0);
	t = scratch_write(sc);
	store_delete(t, TABLE_TREE, bytes_of(leaf_0, sizeof(leaf_0)));
	scratch_commit(t);
	t = scratch_write(sc);
	assert_err(ledger_append(t, sc->arena, &e, &index), ERR_NOT_FOUND);
	assert_err(store_commit(t, NULL), ERR_NOT_FOUND);
	ledger_close(l);
}

static void
an_entry_has_a_limit(void **state)
{
	struct scratch *sc = *state;
	PbEntry e = entry_of(0, 0);
	static uint8_t subject[ENTRY_MAX];
	struct txn *t;
	uint64_t index;
	struct bytes packed;

	e.has_subject = true;
	e.subject.data = subject;
	e.subject.len = 4000;
	assert_err(envelope_pack(sc->arena, &e, &packed), ERR_OK);
	e.subject.len += ENTRY_MAX - packed.len;
	t = scratch_write(sc);
	assert_err(ledger_append(t, sc->arena, &e, &index), ERR_OK);
	e.subject.len++;
	assert_err(ledger_append(t, sc->arena, &e, &index), ERR_INVALID);
	store_abort(t);
}

static void
a_log_goes_on_after_reopening(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct bytes note;
	uint64_t size;
	void *copy;

	for (size = 0; size < 140; size += 35) {
		grow(sc, l, size + 35, 0);
		assert_err(ledger_low_water(l, NULL), ERR_OK);
		note = ledger_note(l);
		copy = arena_dup(sc->arena, note);
		note.data = copy;
		ledger_close(l);
		scratch_reopen(sc);
		l = open_log(sc);
		assert_true(bytes_eq(ledger_note(l), note));
		assert_int_equal(ledger_checkpoint(l)->size, size + 35);
	}
	ledger_close(l);
}

/* The file may be behind the log by what the last second brought. */
static void
an_older_low_water_is_fine(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);

	grow(sc, l, 9, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	grow(sc, l, 30, 0);
	ledger_close(l);
	l = open_log(sc);
	assert_int_equal(ledger_checkpoint(l)->size, 9);
	grow(sc, l, 31, 0);
	assert_int_equal(ledger_checkpoint(l)->size, 31);
	ledger_close(l);
}

static void
a_log_without_low_water_is_refused(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct why why;

	grow(sc, l, 3, 0);
	ledger_close(l);
	assert_int_equal(unlink(scratch_path(sc, "low")), 0);
	assert_err(try_open(sc, &l, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "3 entries"));
}

/* A backup put back: the log is shorter than what was signed. */
static void
an_older_copy_is_refused(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct why why;

	grow(sc, l, 10, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	assert_err(store_snapshot(sc->store, scratch_path(sc, "backup"), &why),
	    ERR_OK);
	grow(sc, l, 12, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	ledger_close(l);
	store_close(sc->store);
	assert_int_equal(
	    rename(scratch_path(sc, "data"), scratch_path(sc, "lost")), 0);
	assert_int_equal(
	    rename(scratch_path(sc, "backup"), scratch_path(sc, "data")), 0);
	scratch_open(sc);
	assert_err(try_open(sc, &l, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "10 entries"));
	assert_non_null(strstr(why.text, "12"));
}

/* A longer log of another history, e.g. one edited and hashed anew. */
static void
another_history_is_refused(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct why why;

	grow(sc, l, 10, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	ledger_close(l);
	store_close(sc->store);
	assert_int_equal(
	    rename(scratch_path(sc, "data"), scratch_path(sc, "old")), 0);
	assert_int_equal(
	    rename(scratch_path(sc, "low"), scratch_path(sc, "low-kept")), 0);
	scratch_open(sc);
	l = open_log(sc);
	grow(sc, l, 20, 1);
	ledger_close(l);
	assert_int_equal(
	    rename(scratch_path(sc, "low-kept"), scratch_path(sc, "low")), 0);
	assert_err(try_open(sc, &l, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "20 entries"));
	assert_non_null(strstr(why.text, "signed at 10"));
}

static void
low_water_of_another_key_is_refused(void **state)
{
	struct scratch *sc = *state;
	struct note_secret other = secret_of(9);
	struct ledger *l;
	struct why why;

	assert_err(
	    ledger_open(&l, sc->store, &other, scratch_path(sc, "low"), &why),
	    ERR_OK);
	grow(sc, l, 2, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	ledger_close(l);
	/* Not the log's key: whoever wrote it was not this log. */
	assert_err(try_open(sc, &l, &why), ERR_DENIED);
	assert_err(
	    durable_write(scratch_path(sc, "low"), bytes_str("junk"), &why),
	    ERR_OK);
	assert_err(try_open(sc, &l, &why), ERR_INVALID);
}

/* A store that has lost a committed entry must not be signed over. */
static void
signing_never_goes_back(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct txn *before, *t;
	struct bytes note;
	struct why why;

	grow(sc, l, 4, 0);
	before = scratch_read(sc);
	grow(sc, l, 6, 0);
	note = ledger_note(l);
	assert_err(ledger_sign(l, before, &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "4 entries"));
	store_abort(before);
	assert_int_equal(ledger_checkpoint(l)->size, 6);
	assert_true(bytes_eq(ledger_note(l), note));
	t = scratch_read(sc);
	assert_err(ledger_sign(l, t, &why), ERR_OK);
	store_abort(t);
	ledger_close(l);
}

static void
signing_never_changes_history(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct digest hash = { { 1 } };
	uint8_t key[9] = { 0 }; /* leaf 0 */
	struct txn *t;
	struct why why;

	grow(sc, l, 3, 0);
	t = scratch_write(sc);
	put_u64(key + 1, 2);
	store_put(t, TABLE_TREE, bytes_of(key, 9), bytes_of(hash.b, 32));
	scratch_commit(t);
	t = scratch_read(sc);
	assert_err(ledger_sign(l, t, &why), ERR_DENIED);
	store_abort(t);
	assert_int_equal(ledger_checkpoint(l)->size, 3);
	ledger_close(l);
}

struct damage {
	enum table table;
	uint8_t key[9];
	size_t key_len;
	const char *want; /* in the reason */
	const char *says;
};

static void
open_checks_the_last_entries(void **state)
{
	static const struct damage cases[] = {
		{ TABLE_ENTRY, { 0, 0, 0, 0, 0, 0, 0, 66 }, 8, "entry 66",
		    "the last entry" },
		{ TABLE_ENTRY, { 0, 0, 0, 0, 0, 0, 0, 3 }, 8, "entry 3",
		    "the 64th from the end" },
		{ TABLE_TREE, { 0, 0, 0, 0, 0, 0, 0, 0, 66 }, 9, "entry 66",
		    "a leaf hash" },
		{ TABLE_TREE, { 5, 0, 0, 0, 0, 0, 0, 0, 1 }, 9, "entry 63",
		    "an inner hash, under the entry that completed it" },
	};
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct bytes value;
	struct why why;
	struct txn *t;
	size_t i;

	grow(sc, l, ENTRIES, 0);
	assert_err(ledger_low_water(l, NULL), ERR_OK);
	ledger_close(l);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct damage *d = &cases[i];
		struct bytes key = bytes_of(d->key, d->key_len);
		uint8_t *bad, *good;

		t = scratch_write(sc);
		assert_err(store_get(t, d->table, key, &value), ERR_OK);
		good = arena_dup(sc->arena, value);
		bad = arena_dup(sc->arena, value);
		bad[value.len - 1] ^= 1;
		store_put(t, d->table, key, bytes_of(bad, value.len));
		scratch_commit(t);
		assert_err(try_open(sc, &l, &why), ERR_INVALID);
		if (strstr(why.text, d->want) == NULL)
			fail_msg("%s: got \"%s\"", d->says, why.text);
		t = scratch_write(sc);
		store_put(t, d->table, key, bytes_of(good, value.len));
		scratch_commit(t);
	}
	l = open_log(sc);
	ledger_close(l);
}

static void
a_snapshot_carries_its_checkpoint(void **state)
{
	struct scratch *sc = *state;
	struct ledger *l = open_log(sc);
	struct note_secret secret = secret_of(seed[0]);
	struct checkpoint c;
	char note[NOTE_MAX];
	size_t len = sizeof(note);
	struct why why;

	grow(sc, l, 5, 0);
	assert_err(ledger_snapshot(l, scratch_path(sc, "copy"), &why), ERR_OK);
	assert_err(
	    durable_read(scratch_path(sc, "copy/checkpoint"), note, &len, &why),
	    ERR_OK);
	assert_err(
	    checkpoint_open(&c, bytes_of(note, len), &secret.public, &why),
	    ERR_OK);
	assert_int_equal(c.size, 5);
	ledger_close(l);
}

/* Old or new, whole, and no one else's to read. */
static void
low_water_is_replaced_whole(void **state)
{
	struct scratch *sc = *state;
	struct stat st;
	char text[8];
	size_t len = sizeof(text);
	struct why why;
	const char *path = scratch_path(sc, "file");

	assert_err(durable_read(path, text, &len, &why), ERR_NOT_FOUND);
	assert_err(durable_write(path, bytes_str("first"), &why), ERR_OK);
	assert_err(durable_write(path, bytes_str("second"), &why), ERR_OK);
	assert_err(durable_read(path, text, &len, &why), ERR_OK);
	assert_true(bytes_eq(bytes_of(text, len), bytes_str("second")));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(scratch_path(sc, "file.new"), &st), -1);
	len = 6;
	assert_err(durable_read(path, text, &len, &why), ERR_OK);
	len = 5;
	assert_err(durable_read(path, text, &len, &why), ERR_INVALID);
	assert_err(
	    durable_write(scratch_path(sc, "no/file"), bytes_str("x"), &why),
	    ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_new_log_is_empty),
		scratch_test(a_new_log_may_crash_at_once),
		scratch_test(what_was_appended_is_there),
		scratch_test(all_proofs_hold),
		scratch_test(time_never_goes_back),
		scratch_test(half_an_entry_is_never_committed),
		scratch_test(an_entry_has_a_limit),
		scratch_test(a_log_goes_on_after_reopening),
		scratch_test(an_older_low_water_is_fine),
		scratch_test(a_log_without_low_water_is_refused),
		scratch_test(an_older_copy_is_refused),
		scratch_test(another_history_is_refused),
		scratch_test(low_water_of_another_key_is_refused),
		scratch_test(signing_never_goes_back),
		scratch_test(signing_never_changes_history),
		scratch_test(open_checks_the_last_entries),
		scratch_test(a_snapshot_carries_its_checkpoint),
		scratch_test(low_water_is_replaced_whole),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
