/*
 * SPDX-License-Identifier: MIT
 *
 * verify: a whole log checked against its checkpoint. Faults are named with
 * their entry.
 */
#include "tests/unit/verifying.h"

static void
a_sound_log_has_no_fault(void **state)
{
	struct scratch *s = *state;
	struct log *log = make_log(s);
	struct said said = verify(s, &log->head);

	if (said.n != 0)
		fail_msg("entry %u: %s", (unsigned)said.index, said.what);
}

static void
an_empty_log_is_sound(void **state)
{
	struct scratch *s = *state;
	struct checkpoint c = { .size = 0, .root = merkle_empty() };
	struct said said = verify(s, &c);

	assert_int_equal(said.n, 0);
	c.root.b[0] ^= 1;
	said = verify(s, &c);
	assert_int_equal(said.n, 1);
}

static void
the_checkpoint_must_be_of_this_log(void **state)
{
	struct scratch *s = *state;
	struct log *log = make_log(s);
	struct checkpoint c = log->head;
	struct said said;
	struct txn *t;

	c.root.b[31] ^= 1;
	said = verify(s, &c);
	assert_int_equal(said.n, 1);
	assert_int_equal(said.index, ENTRIES - 1);
	assert_non_null(strstr(said.what, "checkpoint's root"));
	/* An older one covers only what was there then. */
	c.size = ENTRIES - 4;
	t = scratch_read(s);
	assert_err(ledger_root(t, c.size, &c.root), ERR_OK);
	store_abort(t);
	said = verify(s, &c);
	assert_int_equal(said.index, c.size);
	assert_non_null(strstr(said.what, "does not cover"));
	/* One of a longer log: entries are missing. */
	c.size = ENTRIES + 2;
	said = verify(s, &c);
	assert_int_equal(said.index, ENTRIES);
	assert_string_equal(said.what, "the entry is not stored");
}

/* Damage done through the store: keys and values of a case, then verify. */
struct damage {
	enum table table;
	struct bytes key;
	bool remove; /* else its last byte is changed */
	uint64_t want;
	const char *what, *says;
};

static void
assert_damage_is_named(
    struct scratch *s, const struct log *log, const struct damage *d)
{
	struct txn *t = scratch_write(s);
	struct bytes value, kept;
	struct said said;
	uint8_t *bad;

	assert_err(store_get(t, d->table, d->key, &value), ERR_OK);
	kept = bytes_of(arena_dup(s->arena, value), value.len);
	bad = arena_dup(s->arena, value);
	assert_true(kept.data != NULL && bad != NULL);
	bad[value.len - 1] ^= 1;
	if (d->remove)
		store_delete(t, d->table, d->key);
	else
		store_put(t, d->table, d->key, bytes_of(bad, value.len));
	scratch_commit(t);
	said = verify(s, &log->head);
	if (said.n == 0 || said.index != d->want ||
	    strstr(said.what, d->what) == NULL)
		fail_msg("%s: got entry %u: %s", d->says, (unsigned)said.index,
		    said.what);
	t = scratch_write(s);
	store_put(t, d->table, d->key, kept);
	scratch_commit(t);
}

static void
every_kind_of_damage_is_named(void **state)
{
	struct scratch *s = *state;
	struct log *log = make_log(s);
	const struct damage cases[] = {
		{ TABLE_ENTRY, entry_key(s, 30), false, 30,
		    "hash to its stored leaf", "an entry changed" },
		{ TABLE_ENTRY, entry_key(s, 31), true, 31, "is not stored",
		    "an entry removed" },
		{ TABLE_TREE, tree_key(s, 0, 40), false, 40,
		    "hash to its stored leaf", "a leaf hash changed" },
		{ TABLE_TREE, tree_key(s, 0, 40), true, 40,
		    "leaf hash is missing", "a leaf hash removed" },
		{ TABLE_TREE, tree_key(s, 4, 1), false, 31,
		    "tree hash 1 of level 4", "an inner hash changed" },
		{ TABLE_TREE, tree_key(s, 6, 0), true, 63,
		    "tree hash 0 of level 6 is missing",
		    "an inner hash removed" },
		{ TABLE_PART, digest_key(&log->details[7]), false, 7,
		    "details does not open", "details changed" },
		{ TABLE_PART, digest_key(&log->details[7]), true, 7,
		    "details is not stored", "details removed" },
		{ TABLE_PART, digest_key(&log->verdict[8]), false, 8,
		    "verdict 1 does not open", "a verdict changed" },
		{ TABLE_PART, digest_key(&log->part[10]), false, 10,
		    "part 1 does not open", "a section changed" },
		{ TABLE_PART, digest_key(&log->part[11]), true, 11,
		    "part 1 is not stored", "a section removed" },
		{ TABLE_PART, digest_key(&log->header[13]), false, 13,
		    "header does not hash", "a header changed" },
		{ TABLE_PART, digest_key(&log->header[13]), true, 13,
		    "header is not stored", "a header removed" },
		{ TABLE_LAW, digest_key(&log->manifest), false, 0,
		    "manifest does not hash", "the manifest changed" },
		{ TABLE_LAW, digest_key(&log->manifest), true, 0,
		    "manifest is not kept", "the manifest removed" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_damage_is_named(s, log, &cases[i]);
	assert_int_equal(verify(s, &log->head).n, 0);
}

static void
a_text_of_the_law_is_checked(void **state)
{
	struct scratch *s = *state;
	struct log *log = make_log(s);
	struct txn *t = scratch_write(s);
	PbManifest *m;
	struct said said;

	assert_err(lawbook_manifest(t, s->arena, &log->manifest, &m), ERR_OK);
	store_delete(t, TABLE_LAW, bytes_of(m->item[0]->sha256.data, 32));
	scratch_commit(t);
	said = verify(s, &log->head);
	/* Once, not with every entry that was made under it. */
	assert_int_equal(said.n, 1);
	assert_string_equal(said.what, "the manifest's text rules is not kept");
}

static void
what_the_checkpoint_does_not_cover_is_named(void **state)
{
	struct scratch *s = *state;
	struct log *log = make_log(s);
	struct digest stray = { { 0 } };
	struct txn *t = scratch_write(s);
	struct said said;

	store_put(t, TABLE_TREE, tree_key(s, 3, 99), digest_key(&stray));
	scratch_commit(t);
	said = verify(s, &log->head);
	assert_int_equal(said.n, 1);
	assert_string_equal(
	    said.what, "a tree hash that the checkpoint does not cover");
	t = scratch_write(s);
	store_delete(t, TABLE_TREE, tree_key(s, 3, 99));
	store_add(t, TABLE_ENTRY, entry_key(s, ENTRIES), digest_key(&stray));
	scratch_commit(t);
	said = verify(s, &log->head);
	assert_int_equal(said.n, 1);
	assert_int_equal(said.index, ENTRIES);
}

static bool
hash_get(void *ctx, unsigned level, uint64_t index, struct digest *out)
{
	uint8_t key[9] = { (uint8_t)level };
	struct bytes value;

	put_u64(key + 1, index);
	if (store_get(ctx, TABLE_TREE, bytes_of(key, 9), &value) != ERR_OK)
		return false;
	memcpy(out->b, value.data, DIGEST_SIZE);
	return true;
}

static enum err
hash_put(void *ctx, unsigned level, uint64_t index, const struct digest *hash)
{
	uint8_t key[9] = { (uint8_t)level };

	put_u64(key + 1, index);
	return store_put(
	    ctx, TABLE_TREE, bytes_of(key, 9), bytes_of(hash->b, DIGEST_SIZE));
}

/* Appends bytes that ledger_append would refuse, with right hashes. */
static void
append_raw(struct scratch *s, struct log *log, struct bytes packed)
{
	struct txn *t = scratch_write(s);
	struct merkle_reader r = { hash_get, t };
	struct digest leaf = merkle_leaf(packed);

	store_add(t, TABLE_ENTRY, entry_key(s, log->head.size), packed);
	assert_err(
	    merkle_append(&r, log->head.size, &leaf, hash_put, t), ERR_OK);
	log->head.size++;
	assert_err(ledger_root(t, log->head.size, &log->head.root), ERR_OK);
	scratch_commit(t);
}

/* Right hashes do not make an entry right: the operator could hash too. */
static void
entries_are_read_strictly(void **state)
{
	struct scratch *s = *state;
	struct log *log = make_log(s);
	PbEntry e = PB_ENTRY__INIT;
	struct bytes packed;
	struct said said;

	e.version = PROTOCOL_VERSION;
	e.kind = ENTRY_KIND_TICK;
	e.recorded_at = 1000;
	e.manifest = view(&log->manifest);
	assert_err(envelope_pack(s->arena, &e, &packed), ERR_OK);
	append_raw(s, log, packed);
	said = verify(s, &log->head);
	assert_int_equal(said.n, 1);
	assert_int_equal(said.index, ENTRIES);
	assert_string_equal(
	    said.what, "it was recorded 89 ms before the entry ahead of it");
	append_raw(s, log, bytes_str("not an entry"));
	said = verify(s, &log->head);
	assert_int_equal(said.n, 2);
	e.recorded_at = 2000;
	e.kind = ENTRY_KIND_MESSAGE;
	assert_err(envelope_pack(s->arena, &e, &packed), ERR_OK);
	append_raw(s, log, packed);
	said = verify(s, &log->head);
	assert_int_equal(said.n, 3);
}

/* A part that the sender never committed to must not be slipped in. */
static void
parts_are_those_of_the_header(void **state)
{
	struct scratch *s = *state;
	struct log *log = make_log(s);
	struct txn *t = scratch_write(s);
	PbDetails details = PB_DETAILS__INIT;
	PbEntry e = PB_ENTRY__INIT;
	ProtobufCBinaryData part = view(&log->part[2]);
	struct bytes packed;
	struct digest d;
	struct said said;

	details.part = &part;
	details.n_part = 1;
	assert_err(envelope_pack(s->arena, &details, &packed), ERR_OK);
	assert_err(vault_add(t, s->arena, PART_DETAILS, packed, &d), ERR_OK);
	scratch_commit(t);
	e.version = PROTOCOL_VERSION;
	e.kind = ENTRY_KIND_MESSAGE;
	e.recorded_at = 2000;
	e.manifest = view(&log->manifest);
	e.has_subject = e.has_details = true;
	e.subject = view(&log->header[1]);
	e.details = view(&d);
	assert_err(envelope_pack(s->arena, &e, &packed), ERR_OK);
	append_raw(s, log, packed);
	said = verify(s, &log->head);
	assert_int_equal(said.n, 1);
	assert_string_equal(
	    said.what, "part 1 is not one that the header commits to");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_sound_log_has_no_fault),
		scratch_test(an_empty_log_is_sound),
		scratch_test(the_checkpoint_must_be_of_this_log),
		scratch_test(every_kind_of_damage_is_named),
		scratch_test(a_text_of_the_law_is_checked),
		scratch_test(what_the_checkpoint_does_not_cover_is_named),
		scratch_test(entries_are_read_strictly),
		scratch_test(parts_are_those_of_the_header),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
