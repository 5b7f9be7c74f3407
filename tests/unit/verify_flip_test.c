/*
 * SPDX-License-Identifier: MIT
 *
 * verify_flip: a single flipped byte of the file never gives a clean bill when
 * it changes anything that the log vouches for, and never kills the tool.
 */
#include "tests/unit/verifying.h"

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
		scratch_test(no_flipped_byte_goes_unseen),
		scratch_test(no_flip_in_the_structure_kills_the_tool),
		scratch_test(a_flipped_byte_is_named_with_its_entry),
		scratch_test(a_truncated_file_does_not_kill_the_tool),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
