/*
 * SPDX-License-Identifier: MIT
 *
 * ledger: what was appended is there, all of it or nothing, with its proofs.
 */
#include "tests/unit/ledgering.h"

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
		scratch_test(open_checks_the_last_entries),
		scratch_test(a_snapshot_carries_its_checkpoint),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
