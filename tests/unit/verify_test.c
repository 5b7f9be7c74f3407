/*
 * SPDX-License-Identifier: MIT
 *
 * verify: a whole log checked against its checkpoint. Faults are named with
 * their entry; a single flipped byte of the file never gives a clean bill
 * when it changes anything that the log vouches for.
 */
#include "scratch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/ledger/guard.h"
#include "daemon/ledger/lawbook.h"
#include "daemon/ledger/ledger.h"
#include "daemon/ledger/vault.h"
#include "proto/digest.h"

#define ENTRIES 90
#define SEED 20261121u
#define FLIPS 400

/* A log of messages and ticks, as core would write it. */
struct log {
	struct checkpoint head;
	struct digest manifest;
	struct digest details[ENTRIES], header[ENTRIES], part[ENTRIES];
	struct digest verdict[ENTRIES];
};

static ProtobufCBinaryData
view(const struct digest *d)
{
	return (ProtobufCBinaryData){ DIGEST_SIZE, (uint8_t *)d->b };
}

static struct digest
put_law(struct scratch *s, struct txn *t)
{
	static char rules[6000];
	PbManifest manifest = PB_MANIFEST__INIT;
	PbManifestItem item = PB_MANIFEST_ITEM__INIT;
	PbManifestItem *items[] = { &item };
	PbApproved approved = PB_APPROVED__INIT;
	PbObject object = PB_OBJECT__INIT;
	struct law law = { 0 };
	struct law_text text = { .name = "rules" };
	struct bytes packed;

	memset(rules, 'r', sizeof(rules));
	text.text = bytes_of(rules, sizeof(rules));
	text.sha256 = digest_of(&text.text, 1);
	item.name = text.name;
	item.sha256 = view(&text.sha256);
	manifest.item = items;
	manifest.n_item = 1;
	assert_err(envelope_pack(s->arena, &manifest, &packed), ERR_OK);
	law.manifest = digest_of(&packed, 1);
	object.kind = OBJECT_MANIFEST;
	object.version = PROTOCOL_VERSION;
	object.bytes = (ProtobufCBinaryData){ packed.len,
		(uint8_t *)packed.data };
	approved.object = &object;
	assert_err(envelope_pack(s->arena, &approved, &law.approved), ERR_OK);
	law.text = &text;
	law.n_text = 1;
	assert_err(lawbook_put(t, s->arena, &law), ERR_OK);
	return law.manifest;
}

/* Header of a message that commits to one part, and its digest. */
static struct digest
put_header(
    struct scratch *s, struct txn *t, uint8_t n, const struct digest *part)
{
	PbHeader h = PB_HEADER__INIT;
	uint8_t id[ID_SIZE] = { n }, nonce[32] = { n };
	ProtobufCBinaryData commitment = view(part);
	struct bytes packed;
	struct digest d;

	h.version = PROTOCOL_VERSION;
	h.message_id = (ProtobufCBinaryData){ sizeof(id), id };
	h.nonce = (ProtobufCBinaryData){ sizeof(nonce), nonce };
	h.sender = (char *)"kommune/0101";
	h.role = ROLE_SKOLE;
	h.kind = KIND_UNDERRETNING;
	h.urgency = URGENCY_ORDINARY;
	h.created = h.expires = 1000u + n;
	h.commitment = &commitment;
	h.n_commitment = 1;
	assert_err(envelope_pack(s->arena, &h, &packed), ERR_OK);
	d = digest_tagged(TAG(TAG_HEADER), packed);
	assert_err(vault_put(t, &d, packed), ERR_OK);
	return d;
}

static struct digest
put_verdict(struct scratch *s, struct txn *t, const struct digest *addressee)
{
	PbVerdict v = PB_VERDICT__INIT;
	struct bytes packed;
	struct digest d;

	v.addressee = view(addressee);
	v.outcome = OUTCOME_PERMIT;
	v.rule = (char *)"R24";
	assert_err(envelope_pack(s->arena, &v, &packed), ERR_OK);
	assert_err(vault_add(t, s->arena, PART_VERDICT, packed, &d), ERR_OK);
	return d;
}

static void
add_message(
    struct scratch *s, struct txn *t, struct log *log, uint8_t n, PbEntry *e)
{
	static uint8_t text[5000];
	PbDetails details = PB_DETAILS__INIT;
	ProtobufCBinaryData part, verdict;
	struct bytes packed;
	uint64_t index;

	/* Short ones share pages, long ones have pages of their own. */
	memset(text, n, sizeof(text));
	assert_err(vault_add(t, s->arena, CATEGORY_CONCERN,
		       bytes_of(text, n % 5 == 0 ? sizeof(text) : 40u + n),
		       &log->part[n]),
	    ERR_OK);
	log->header[n] = put_header(s, t, n, &log->part[n]);
	log->verdict[n] = put_verdict(s, t, &log->part[n]);
	part = view(&log->part[n]);
	details.sender = (char *)"kommune/0101";
	details.part = &part;
	details.n_part = 1;
	assert_err(envelope_pack(s->arena, &details, &packed), ERR_OK);
	assert_err(
	    vault_add(t, s->arena, PART_DETAILS, packed, &log->details[n]),
	    ERR_OK);
	e->kind = ENTRY_KIND_MESSAGE;
	e->has_subject = e->has_details = true;
	e->subject = view(&log->header[n]);
	e->details = view(&log->details[n]);
	verdict = view(&log->verdict[n]);
	e->verdict = &verdict;
	e->n_verdict = 1;
	assert_err(ledger_append(t, s->arena, e, &index), ERR_OK);
	assert_int_equal(index, n);
}

/* Every third entry is a tick, the others are messages. */
static struct log *
make_log(struct scratch *s)
{
	struct log *log = arena_alloc(s->arena, sizeof(*log));
	struct txn *t = scratch_write(s);
	uint64_t index;
	uint8_t n;

	assert_non_null(log);
	log->manifest = put_law(s, t);
	for (n = 0; n < ENTRIES; n++) {
		PbEntry e = PB_ENTRY__INIT;

		e.version = PROTOCOL_VERSION;
		e.kind = ENTRY_KIND_TICK;
		e.recorded_at = 1000u + n;
		e.manifest = view(&log->manifest);
		if (n % 3 != 0)
			add_message(s, t, log, n, &e);
		else
			assert_err(
			    ledger_append(t, s->arena, &e, &index), ERR_OK);
		if (n % 20 == 19) {
			scratch_commit(t);
			t = scratch_write(s);
		}
	}
	scratch_commit(t);
	t = scratch_read(s);
	log->head.size = ledger_size(t);
	assert_err(ledger_root(t, log->head.size, &log->head.root), ERR_OK);
	store_abort(t);
	return log;
}

/* What ledger_verify said: the first fault, and how many. */
struct said {
	uint64_t index, n, reached;
	char what[256];
};

static void
note_fault(void *ctx, uint64_t index, const char *what)
{
	struct said *said = ctx;

	if (said->n++ > 0)
		return;
	said->index = index;
	(void)snprintf(said->what, sizeof(said->what), "%s", what);
}

static void
note_reached(void *ctx, uint64_t index)
{
	struct said *said = ctx;

	assert_int_equal(index, said->reached);
	said->reached++;
}

static struct said
verify(struct scratch *s, const struct checkpoint *c)
{
	struct said said = { 0 };
	struct ledger_watch w = { note_fault, note_reached, &said };
	uint64_t faults;
	struct why why;

	if (ledger_verify(s->store, c, &w, &faults, &why) != ERR_OK)
		fail_msg("ledger_verify: %s", why.text);
	assert_int_equal(faults, said.n);
	assert_int_equal(said.reached, c->size);
	return said;
}

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

static struct bytes
tree_key(struct scratch *s, uint8_t level, uint64_t index)
{
	uint8_t *key = arena_alloc(s->arena, 9);

	assert_non_null(key);
	key[0] = level;
	put_u64(key + 1, index);
	return bytes_of(key, 9);
}

static struct bytes
entry_key(struct scratch *s, uint64_t index)
{
	return bytes_of(tree_key(s, 0, index).data + 1, 8);
}

static struct bytes
digest_key(const struct digest *d)
{
	return bytes_of(d->b, DIGEST_SIZE);
}

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

/* ------------------------------------------------------------ flipped bytes */

struct item {
	enum table table;
	struct bytes key, value;
};

struct content {
	struct arena *arena;
	enum table table;
	size_t n;
	struct item item[1200];
};

static bool
remember(void *ctx, struct bytes key, struct bytes value)
{
	struct content *c = ctx;
	struct item *i = &c->item[c->n++];

	assert_true(c->n < sizeof(c->item) / sizeof(c->item[0]));
	i->table = c->table;
	i->key = bytes_of(arena_dup(c->arena, key), key.len);
	i->value = bytes_of(arena_dup(c->arena, value), value.len);
	return true;
}

/* All that the log vouches for, read while it was sound. */
static struct content *
content_of(struct scratch *s)
{
	static const enum table tables[] = { TABLE_ENTRY, TABLE_TREE,
		TABLE_PART };
	struct content *c = arena_alloc(s->arena, sizeof(*c));
	struct txn *t = scratch_read(s);
	size_t i;

	assert_non_null(c);
	c->arena = s->arena;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		c->table = tables[i];
		assert_err(
		    store_scan(t, c->table, bytes_of(NULL, 0), remember, c),
		    ERR_OK);
	}
	store_abort(t);
	return c;
}

struct copy {
	const char *dir;
	const struct log *log;
	const struct content *content;
	struct guard *guard;
	uint64_t first; /* entry of the first fault, in the child */
};

enum { SOUND, FAULTS, UNREADABLE };

static void
child_fault(void *ctx, uint64_t index, const char *what)
{
	struct guard *g = ctx;

	(void)what;
	if (g->faults++ == 0)
		g->near = index;
}

static void
child_reached(void *ctx, uint64_t index)
{
	struct guard *g = ctx;

	if (g->faults == 0)
		g->near = index;
}

static int
child_verify(void *ctx, struct guard *g)
{
	struct copy *copy = ctx;
	struct ledger_watch w = { child_fault, child_reached, g };
	struct store *s;
	uint64_t faults;

	if (store_open(&s, copy->dir, 0, true, NULL) != ERR_OK)
		return UNREADABLE;
	if (ledger_verify(s, &copy->log->head, &w, &faults, NULL) != ERR_OK)
		return UNREADABLE;
	store_close(s);
	return faults == 0 ? SOUND : FAULTS;
}

static int
child_compare(void *ctx, struct guard *g)
{
	struct copy *copy = ctx;
	struct bytes value;
	struct store *s;
	struct txn *t;
	size_t i;

	(void)g;
	if (store_open(&s, copy->dir, 0, true, NULL) != ERR_OK ||
	    store_read(s, &t, NULL) != ERR_OK)
		return UNREADABLE;
	for (i = 0; i < copy->content->n; i++) {
		const struct item *want = &copy->content->item[i];

		if (store_get(t, want->table, want->key, &value) != ERR_OK ||
		    !bytes_eq(value, want->value))
			return FAULTS;
	}
	return SOUND;
}

static int
run(struct copy *copy, int (*work)(void *, struct guard *), uint64_t *near)
{
	struct guard *g;
	struct why why;
	int result;

	if (guard_run(&g, work, copy, &why) != ERR_OK)
		fail_msg("guard_run: %s", why.text);
	result = g->finished ? g->result : UNREADABLE;
	if (near != NULL)
		*near = g->near;
	guard_free(g);
	return result;
}

static void
flip(int fd, off_t at, uint8_t mask)
{
	uint8_t b;

	assert_int_equal(pread(fd, &b, 1, at), 1);
	b ^= mask;
	assert_int_equal(pwrite(fd, &b, 1, at), 1);
}

static uint32_t
next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static struct copy
make_copy(struct scratch *s, int *fd, off_t *size)
{
	struct copy copy = { .dir = scratch_path(s, "copy") };
	struct stat st;
	struct why why;

	copy.log = make_log(s);
	copy.content = content_of(s);
	assert_err(store_snapshot(s->store, copy.dir, &why), ERR_OK);
	/* The children must not inherit an open store. */
	store_close(s->store);
	s->store = NULL;
	*fd = open(scratch_path(s, "copy/data.mdb"), O_RDWR);
	assert_int_not_equal(*fd, -1);
	assert_int_equal(fstat(*fd, &st), 0);
	*size = st.st_size;
	assert_int_equal(run(&copy, child_verify, NULL), SOUND);
	assert_int_equal(run(&copy, child_compare, NULL), SOUND);
	return copy;
}

struct tally {
	unsigned named, unreadable, unused;
};

/* One flip: nothing that changes what the log vouches for goes unseen. */
static void
try_flip(struct copy *copy, int fd, off_t at, uint8_t mask, struct tally *n)
{
	uint64_t near;
	int verdict;

	flip(fd, at, mask);
	verdict = run(copy, child_verify, &near);
	if (verdict == SOUND && run(copy, child_compare, NULL) != SOUND)
		fail_msg("seed %u: byte %ld ^ %02x changes what the log "
			 "vouches for, unseen",
		    SEED, (long)at, mask);
	if (verdict != SOUND)
		assert_true(near < ENTRIES);
	n->named += verdict == FAULTS;
	n->unreadable += verdict == UNREADABLE;
	n->unused += verdict == SOUND;
	flip(fd, at, mask);
}

static void
no_flipped_byte_goes_unseen(void **state)
{
	struct scratch *s = *state;
	struct tally n = { 0, 0, 0 };
	uint32_t x = SEED;
	struct copy copy;
	off_t size;
	int fd, i;

	copy = make_copy(s, &fd, &size);
	for (i = 0; i < FLIPS; i++)
		try_flip(&copy, fd, (off_t)(next_random(&x) % (uint32_t)size),
		    (uint8_t)(1u << next_random(&x) % 8), &n);
	print_message("seed %u: %d flips: %u named, %u unreadable, %u in "
		      "unused bytes\n",
	    SEED, FLIPS, n.named, n.unreadable, n.unused);
	assert_int_equal(run(&copy, child_verify, NULL), SOUND);
	assert_true(n.named > FLIPS / 10);
	close(fd);
}

/* Where LMDB keeps its own: page headers, pointers, lengths of nodes. */
static void
no_flip_in_the_structure_kills_the_tool(void **state)
{
	struct scratch *s = *state;
	struct tally n = { 0, 0, 0 };
	uint32_t x = SEED;
	struct copy copy;
	off_t size, page;
	int fd, i;

	copy = make_copy(s, &fd, &size);
	for (page = 0; page < size; page += 4096)
		for (i = 0; i < 4; i++)
			try_flip(&copy, fd,
			    page + next_random(&x) % (page < 8192 ? 152 : 32),
			    (uint8_t)(1u << next_random(&x) % 8), &n);
	print_message("seed %u: %u named, %u unreadable, %u in unused "
		      "bytes\n",
	    SEED, n.named, n.unreadable, n.unused);
	assert_true(n.unreadable > 0);
	close(fd);
}

/* Flips in the bytes of one value, found in the file: which entry is it? */
static void
assert_named(const struct copy *copy, int fd, off_t size, struct bytes value,
    uint64_t want)
{
	uint8_t *file = malloc((size_t)size), *at;
	struct copy c = *copy;
	bool named = false;
	uint64_t near;
	size_t left;

	assert_non_null(file);
	assert_int_equal(pread(fd, file, (size_t)size, 0), size);
	/* Pages that are no longer used may hold older copies of it. */
	for (at = file;; at++) {
		left = (size_t)(file + size - at);
		at = memmem(at, left, value.data, value.len);
		if (at == NULL)
			break;
		flip(fd, at - file + (off_t)value.len / 2, 0x10);
		if (run(&c, child_verify, &near) == FAULTS && near == want)
			named = true;
		flip(fd, at - file + (off_t)value.len / 2, 0x10);
	}
	free(file);
	if (!named)
		fail_msg("a flip in a value of entry %u was not named as that",
		    (unsigned)want);
}

static struct bytes
value_of(const struct content *c, enum table table, struct bytes key)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->item[i].table == table && bytes_eq(c->item[i].key, key))
			return c->item[i].value;
	fail();
	return bytes_of(NULL, 0);
}

static void
a_flipped_byte_is_named_with_its_entry(void **state)
{
	struct scratch *s = *state;
	struct copy copy;
	off_t size;
	uint64_t i;
	int fd;

	copy = make_copy(s, &fd, &size);
	for (i = 1; i < ENTRIES; i += 7) {
		const struct log *log = copy.log;
		const struct content *c = copy.content;

		assert_named(&copy, fd, size,
		    value_of(c, TABLE_ENTRY, entry_key(s, i)), i);
		assert_named(&copy, fd, size,
		    value_of(c, TABLE_TREE, tree_key(s, 0, i)), i);
		assert_named(&copy, fd, size,
		    value_of(c, TABLE_TREE, tree_key(s, 1, i / 2)), i | 1);
		if (i % 3 == 0)
			continue;
		assert_named(&copy, fd, size,
		    value_of(c, TABLE_PART, digest_key(&log->part[i])), i);
		assert_named(&copy, fd, size,
		    value_of(c, TABLE_PART, digest_key(&log->details[i])), i);
		assert_named(&copy, fd, size,
		    value_of(c, TABLE_PART, digest_key(&log->verdict[i])), i);
		assert_named(&copy, fd, size,
		    value_of(c, TABLE_PART, digest_key(&log->header[i])), i);
	}
	close(fd);
}

/* A file cut short, e.g. by a copy that did not finish. */
static void
a_truncated_file_does_not_kill_the_tool(void **state)
{
	struct scratch *s = *state;
	struct copy copy;
	off_t size, cut;
	int fd;

	copy = make_copy(s, &fd, &size);
	for (cut = size - 4096; cut > 0; cut -= size / 8) {
		assert_int_equal(ftruncate(fd, cut), 0);
		if (run(&copy, child_verify, NULL) == SOUND)
			assert_int_equal(
			    run(&copy, child_compare, NULL), SOUND);
	}
	assert_int_not_equal(run(&copy, child_verify, NULL), SOUND);
	close(fd);
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
		scratch_test(no_flipped_byte_goes_unseen),
		scratch_test(no_flip_in_the_structure_kills_the_tool),
		scratch_test(a_flipped_byte_is_named_with_its_entry),
		scratch_test(a_truncated_file_does_not_kill_the_tool),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
