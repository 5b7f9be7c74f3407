/*
 * SPDX-License-Identifier: MIT
 *
 * merkle: the published vectors; every proof of every size up to 130 against
 * a naive tree built as RFC 6962 words it; what is not exactly a proof is
 * refused.
 */
#include "proto/merkle.h"

#include "keyring.h"
#include "proto/digest.h"

#define LEAVES 130
#define LEVELS 9

/* The tree under test, in memory. */
struct tree {
	struct digest leaf[LEAVES];
	struct digest node[LEVELS][LEAVES];
	bool has[LEVELS][LEAVES];
	struct merkle_reader reader;
};

static bool
tree_get(void *ctx, unsigned level, uint64_t index, struct digest *out)
{
	const struct tree *t = ctx;

	if (level >= LEVELS || index >= LEAVES || !t->has[level][index])
		return false;
	*out = t->node[level][index];
	return true;
}

static enum err
tree_put(void *ctx, unsigned level, uint64_t index, const struct digest *hash)
{
	struct tree *t = ctx;

	assert_true(level < LEVELS && index < LEAVES);
	assert_false(t->has[level][index]);
	t->node[level][index] = *hash;
	t->has[level][index] = true;
	return ERR_OK;
}

static struct tree *
tree_make(void)
{
	struct tree *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->reader = (struct merkle_reader){ tree_get, t };
	for (size_t i = 0; i < LEAVES; i++) {
		uint8_t entry[8];

		put_u64(entry, i);
		t->leaf[i] = merkle_leaf(bytes_of(entry, sizeof(entry)));
		expect_err("append",
		    merkle_append(&t->reader, i, &t->leaf[i], tree_put, t),
		    ERR_OK);
	}
	return t;
}

/* MTH of RFC 6962 section 2.1, word for word. */
static struct digest
naive_root(const struct digest *leaf, size_t n)
{
	struct digest left, right;
	size_t k = 1;

	if (n == 0)
		return merkle_empty();
	if (n == 1)
		return leaf[0];
	while (2 * k < n)
		k *= 2;
	left = naive_root(leaf, k);
	right = naive_root(leaf + k, n - k);
	return merkle_node(&left, &right);
}

/* PATH of section 2.1.1. */
static void
naive_path(const struct digest *leaf, size_t m, size_t n, struct proof *out)
{
	size_t k = 1;

	if (n == 1)
		return;
	while (2 * k < n)
		k *= 2;
	if (m < k) {
		naive_path(leaf, m, k, out);
		out->hash[out->len++] = naive_root(leaf + k, n - k);
	} else {
		naive_path(leaf + k, m - k, n - k, out);
		out->hash[out->len++] = naive_root(leaf, k);
	}
}

/* SUBPROOF of section 2.1.2. */
static void
naive_subproof(const struct digest *leaf, size_t m, size_t n, bool whole,
    struct proof *out)
{
	size_t k = 1;

	if (m == n) {
		if (!whole)
			out->hash[out->len++] = naive_root(leaf, n);
		return;
	}
	while (2 * k < n)
		k *= 2;
	if (m <= k) {
		naive_subproof(leaf, m, k, whole, out);
		out->hash[out->len++] = naive_root(leaf + k, n - k);
	} else {
		naive_subproof(leaf + k, m - k, n - k, false, out);
		out->hash[out->len++] = naive_root(leaf, k);
	}
}

static void
expect_proof(const struct proof *got, const struct proof *want)
{
	assert_int_equal(got->len, want->len);
	assert_memory_equal(
	    got->hash, want->hash, want->len * sizeof(want->hash[0]));
}

/* ---------------------------------------------------------------- vectors */

static const char *const root_hex[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

#define L0 "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
#define L1 "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define L4 "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define N01 "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
#define N23 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define N45 "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
#define N67 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define N03 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
#define N47 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"

static struct digest
digest_hex(const char *hex)
{
	struct digest d;

	expect_err(hex, hex_decode(d.b, sizeof(d.b), hex), ERR_OK);
	return d;
}

static void
published_leaves(struct digest leaf[8])
{
	static const char *const hex[] = { "", "00", "10", "2021", "3031",
		"40414243", "5051525354555657",
		"606162636465666768696a6b6c6d6e6f" };

	for (size_t i = 0; i < 8; i++) {
		uint8_t entry[16];
		size_t len = strlen(hex[i]) / 2;

		expect_err(hex[i], hex_decode(entry, len, hex[i]), ERR_OK);
		leaf[i] = merkle_leaf(bytes_of(entry, len));
	}
}

static void
published_tree(struct tree *t)
{
	memset(t, 0, sizeof(*t));
	t->reader = (struct merkle_reader){ tree_get, t };
	published_leaves(t->leaf);
	for (size_t i = 0; i < 8; i++)
		expect_err("append",
		    merkle_append(&t->reader, i, &t->leaf[i], tree_put, t),
		    ERR_OK);
}

static void
test_published_hashes(void **state)
{
	struct digest d = merkle_leaf(bytes_str("L123456"));
	const struct bytes piece[] = { bytes_of("\1", 1), bytes_str("N123"),
		bytes_str("N456") };
	struct digest want = digest_hex("395aa064aa4c29f7010acfe3f25db948"
					"5bbd4b91897b6ad7ad547639252b4d56");

	(void)state;
	assert_true(digest_eq(&d, &want));
	d = digest_of(piece, 3);
	want = digest_hex("aa217fe888e47007fa15edab33c2b492"
			  "a722cb106c64667fc2b044444de66bbb");
	assert_true(digest_eq(&d, &want));
}

static void
test_published_roots_and_nodes(void **state)
{
	static const struct {
		unsigned level, index;
		const char *hex;
	} node[] = {
		{ 0, 0, L0 },
		{ 0, 1, L1 },
		{ 0, 4, L4 },
		{ 1, 1, N23 },
		{ 1, 2, N45 },
		{ 1, 3, N67 },
		{ 2, 0, N03 },
		{ 2, 1, N47 },
	};
	struct tree *t = malloc(sizeof(*t));

	(void)state;
	assert_non_null(t);
	published_tree(t);
	for (size_t n = 0; n <= 8; n++) {
		struct digest want = digest_hex(root_hex[n]), got;

		got = merkle_root(t->leaf, n);
		assert_true(digest_eq(&got, &want));
		expect_err("root of the stored tree",
		    merkle_root_at(&t->reader, n, &got), ERR_OK);
		assert_true(digest_eq(&got, &want));
	}
	for (size_t i = 0; i < COUNT(node); i++) {
		struct digest want = digest_hex(node[i].hex);

		assert_true(
		    digest_eq(&t->node[node[i].level][node[i].index], &want));
	}
	free(t);
}

static void
test_published_proofs(void **state)
{
	static const struct {
		bool inclusion;
		uint64_t a, b;
		const char *path[3];
	} table[] = {
		{ true, 0, 1, { NULL } },
		{ true, 0, 8, { L1, N23, N47 } },
		{ true, 5, 8, { L4, N67, N03 } },
		{ true, 2, 3, { N01 } },
		{ true, 1, 5, { L0, N23, L4 } },
		{ false, 1, 8, { L1, N23, N47 } },
		{ false, 6, 8, { N45, N67, N03 } },
		{ false, 2, 5, { N23, L4 } },
		{ false, 1, 1, { NULL } },
	};
	struct tree *t = malloc(sizeof(*t));

	(void)state;
	assert_non_null(t);
	published_tree(t);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct digest root = digest_hex(root_hex[table[i].b]);
		struct digest old = digest_hex(root_hex[table[i].a]);
		struct proof want = { 0 }, got;

		while (want.len < 3 && table[i].path[want.len] != NULL) {
			want.hash[want.len] = digest_hex(
			    table[i].path[want.len]);
			want.len++;
		}
		if (table[i].inclusion) {
			expect_err("inclusion",
			    merkle_inclusion(
				&t->reader, table[i].a, table[i].b, &got),
			    ERR_OK);
			assert_true(merkle_inclusion_holds(table[i].a,
			    table[i].b, &t->leaf[table[i].a], want.hash,
			    want.len, &root));
		} else {
			expect_err("consistency",
			    merkle_consistency(
				&t->reader, table[i].a, table[i].b, &got),
			    ERR_OK);
			assert_true(merkle_consistency_holds(table[i].a,
			    table[i].b, &old, &root, want.hash, want.len));
		}
		expect_proof(&got, &want);
	}
	free(t);
}

/* ------------------------------------------------- all sizes, and damage */

/* One proof to be damaged, and how to ask whether it holds. */
struct subject {
	bool inclusion;
	uint64_t a, b;
	struct digest leaf_or_old, root;
	struct proof proof;
};

static bool
holds(const struct subject *s, const struct digest *path, size_t len)
{
	return s->inclusion ? merkle_inclusion_holds(s->a, s->b,
				  &s->leaf_or_old, path, len, &s->root) :
			      merkle_consistency_holds(s->a, s->b,
				  &s->leaf_or_old, &s->root, path, len);
}

static void
flip(struct digest *d, size_t bit)
{
	d->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

static void
expect_bit_refused(struct subject *s, struct digest *d, size_t bit)
{
	flip(d, bit);
	if (holds(s, s->proof.hash, s->proof.len))
		fail_msg("%s %llu of %llu holds with a changed bit",
		    s->inclusion ? "inclusion" : "consistency",
		    (unsigned long long)s->a, (unsigned long long)s->b);
	flip(d, bit);
}

/* Shorter or longer at either end, by foreign hashes or its own. */
static void
expect_other_lengths_refused(const struct subject *s)
{
	struct digest more[MERKLE_PROOF_MAX + 2];
	const struct proof *p = &s->proof;

	for (size_t n = 0; n < p->len; n++)
		assert_false(holds(s, p->hash, n));
	for (size_t cut = 1; cut <= p->len; cut++)
		assert_false(holds(s, p->hash + cut, p->len - cut));
	for (size_t n = p->len + 1; n <= MERKLE_PROOF_MAX + 1; n++) {
		for (size_t i = 0; i < n; i++)
			more[i] = i < p->len ? p->hash[i] : s->root;
		assert_false(holds(s, more, n));
		more[n - 1] = s->leaf_or_old;
		assert_false(holds(s, more, n));
		for (size_t i = 0; i < n; i++)
			more[i] = i < n - p->len ? s->leaf_or_old :
						   p->hash[i + p->len - n];
		assert_false(holds(s, more, n));
	}
}

/* Its hashes are right, but of a tree that is not this deep. */
static void
expect_other_depths_refused(struct subject *s)
{
	uint64_t size = s->b;

	if (s->inclusion || s->a < size)
		for (s->b = 2 * LEAVES; s->b != 0; s->b <<= 20)
			assert_false(holds(s, s->proof.hash, s->proof.len));
	s->b = size;
}

static void
expect_damage_refused(struct subject *s, struct random *r, bool every_bit)
{
	size_t bits = s->proof.len * 8 * DIGEST_SIZE;

	assert_true(holds(s, s->proof.hash, s->proof.len));
	expect_other_depths_refused(s);
	expect_bit_refused(s, &s->root, random_below(r, 256));
	expect_bit_refused(s, &s->leaf_or_old, random_below(r, 256));
	if (bits > 0) {
		size_t bit = random_below(r, bits);

		expect_bit_refused(s, &s->proof.hash[bit / 256], bit % 256);
	}
	for (size_t bit = 0; every_bit && bit < bits; bit++)
		expect_bit_refused(s, &s->proof.hash[bit / 256], bit % 256);
}

static bool
every_bit(uint64_t size)
{
	return size == 2 || size == 3 || size == 5 || size == 7 || size == 8 ||
	    size == 13;
}

static bool
every_length(uint64_t size)
{
	return size <= 20 || size == 64 || size == 65 || size == 130;
}

static void
test_every_inclusion_proof(void **state)
{
	struct random r = random_from(4);
	struct tree *t = tree_make();

	(void)state;
	for (uint64_t n = 1; n <= LEAVES; n++) {
		struct subject s = { .inclusion = true, .b = n };

		s.root = naive_root(t->leaf, n);
		for (uint64_t i = 0; i < n; i++) {
			struct proof want = { 0 };

			naive_path(t->leaf, i, n, &want);
			expect_err("inclusion",
			    merkle_inclusion(&t->reader, i, n, &s.proof),
			    ERR_OK);
			expect_proof(&s.proof, &want);
			s.a = i;
			s.leaf_or_old = t->leaf[i];
			expect_damage_refused(&s, &r, every_bit(n));
			if (every_length(n))
				expect_other_lengths_refused(&s);
			s.a = (i + 1 + random_below(&r, n)) % n;
			assert_int_equal(
			    holds(&s, s.proof.hash, s.proof.len), s.a == i);
			s.a = n;
			assert_false(holds(&s, s.proof.hash, s.proof.len));
		}
	}
	free(t);
}

static void
test_every_consistency_proof(void **state)
{
	struct random r = random_from(5);
	struct tree *t = tree_make();

	(void)state;
	for (uint64_t n = 1; n <= LEAVES; n++) {
		struct subject s = { .inclusion = false, .b = n };

		s.root = naive_root(t->leaf, n);
		for (uint64_t m = 1; m <= n; m++) {
			struct proof want = { 0 };

			naive_subproof(t->leaf, m, n, true, &want);
			expect_err("consistency",
			    merkle_consistency(&t->reader, m, n, &s.proof),
			    ERR_OK);
			expect_proof(&s.proof, &want);
			s.a = m;
			s.leaf_or_old = naive_root(t->leaf, m);
			expect_damage_refused(&s, &r, every_bit(n));
			if (every_length(n))
				expect_other_lengths_refused(&s);
		}
	}
	free(t);
}

static void
test_roots_of_every_size(void **state)
{
	struct tree *t = tree_make();

	(void)state;
	for (size_t n = 0; n <= LEAVES; n++) {
		struct digest want = naive_root(t->leaf, n), got;

		got = merkle_root(t->leaf, n);
		assert_true(digest_eq(&got, &want));
		expect_err("root", merkle_root_at(&t->reader, n, &got), ERR_OK);
		assert_true(digest_eq(&got, &want));
	}
	free(t);
}

static void
test_swapped_hashes_are_refused(void **state)
{
	struct tree *t = tree_make();
	struct digest root = naive_root(t->leaf, 100);
	struct proof p;

	(void)state;
	expect_err(
	    "inclusion", merkle_inclusion(&t->reader, 37, 100, &p), ERR_OK);
	for (size_t i = 0; i + 1 < p.len; i++) {
		struct digest first = p.hash[i];

		p.hash[i] = p.hash[i + 1];
		p.hash[i + 1] = first;
		assert_false(merkle_inclusion_holds(
		    37, 100, &t->leaf[37], p.hash, p.len, &root));
		p.hash[i + 1] = p.hash[i];
		p.hash[i] = first;
	}
	free(t);
}

/* Roots made to fit a path that goes on above the tree. */
static void
test_paths_above_the_root_are_refused(void **state)
{
	struct tree *t = tree_make();
	struct digest more = merkle_empty();

	(void)state;
	for (uint64_t n = 2; n <= 33; n++) {
		struct digest root = naive_root(t->leaf, n);
		struct digest above = merkle_node(&more, &root);
		struct proof p;

		expect_err("inclusion",
		    merkle_inclusion(&t->reader, n - 1, n, &p), ERR_OK);
		p.hash[p.len] = more;
		assert_false(merkle_inclusion_holds(
		    n - 1, n, &t->leaf[n - 1], p.hash, p.len + 1, &above));
		for (uint64_t m = 1; m < n; m++) {
			struct digest old = naive_root(t->leaf, m);
			struct digest old_above = merkle_node(&more, &old);

			expect_err("consistency",
			    merkle_consistency(&t->reader, m, n, &p), ERR_OK);
			p.hash[p.len] = more;
			assert_false(merkle_consistency_holds(
			    m, n, &old_above, &above, p.hash, p.len + 1));
		}
	}
	free(t);
}

/* ------------------------------------------------------------- the bounds */

static void
test_bounds(void **state)
{
	struct tree *t = tree_make();
	struct digest d = merkle_empty(), root = naive_root(t->leaf, 5);
	struct proof p = { .len = 77 };

	(void)state;
	expect_err("an index that is the size",
	    merkle_inclusion(&t->reader, 5, 5, &p), ERR_INVALID);
	expect_err("nothing is in the empty tree",
	    merkle_inclusion(&t->reader, 0, 0, &p), ERR_INVALID);
	expect_err("consistency from nothing",
	    merkle_consistency(&t->reader, 0, 5, &p), ERR_INVALID);
	expect_err("consistency backwards",
	    merkle_consistency(&t->reader, 6, 5, &p), ERR_INVALID);
	assert_int_equal(p.len, 77);
	assert_false(merkle_inclusion_holds(0, 0, &d, NULL, 0, &d));
	assert_false(merkle_consistency_holds(0, 0, &d, &d, NULL, 0));
	assert_false(merkle_consistency_holds(0, 5, &d, &root, NULL, 0));
	assert_false(merkle_consistency_holds(6, 5, &root, &root, NULL, 0));
	assert_true(merkle_consistency_holds(5, 5, &root, &root, NULL, 0));
	assert_false(merkle_consistency_holds(5, 5, &root, &d, NULL, 0));
	assert_false(merkle_consistency_holds(5, 5, &root, &root, &d, 1));
	assert_false(merkle_consistency_holds(4, 5, &root, &root, NULL, 0));
	assert_false(
	    merkle_inclusion_holds(UINT64_MAX, UINT64_MAX, &d, &d, 1, &d));
	assert_false(
	    merkle_inclusion_holds(UINT64_MAX - 1, UINT64_MAX, &d, &d, 1, &d));
	free(t);
}

static enum err
put_nothing(
    void *ctx, unsigned level, uint64_t index, const struct digest *hash)
{
	(void)ctx;
	(void)level;
	(void)index;
	(void)hash;
	return ERR_OK;
}

static void
test_a_missing_subtree_is_said(void **state)
{
	struct tree *t = tree_make();
	struct digest root;
	struct proof p;

	(void)state;
	t->has[2][1] = false; /* leaves 4 to 7 */
	expect_err("a root that does not need it",
	    merkle_root_at(&t->reader, 13, &root), ERR_OK);
	expect_err("a proof that needs it",
	    merkle_inclusion(&t->reader, 0, 13, &p), ERR_NOT_FOUND);
	expect_err("beyond the stored tree",
	    merkle_root_at(&t->reader, LEAVES + 1, &root), ERR_NOT_FOUND);
	expect_err("a consistency proof that needs it",
	    merkle_consistency(&t->reader, 4, 8, &p), ERR_NOT_FOUND);
	t->has[2][2] = false;
	expect_err("an append without its left sibling",
	    merkle_append(&t->reader, 15, &t->leaf[15], put_nothing, NULL),
	    ERR_NOT_FOUND);
	free(t);
}

static enum err
put_full(void *ctx, unsigned level, uint64_t index, const struct digest *hash)
{
	(void)index;
	(void)hash;
	return level == *(unsigned *)ctx ? ERR_FULL : ERR_OK;
}

static void
test_append_hands_on_what_put_says(void **state)
{
	struct tree *t = tree_make();

	(void)state;
	for (unsigned level = 0; level < 4; level++)
		expect_err("a store that is full",
		    merkle_append(&t->reader, 7, &t->leaf[7], put_full, &level),
		    ERR_FULL);
	free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_hashes),
		cmocka_unit_test(test_published_roots_and_nodes),
		cmocka_unit_test(test_published_proofs),
		cmocka_unit_test(test_roots_of_every_size),
		cmocka_unit_test(test_every_inclusion_proof),
		cmocka_unit_test(test_every_consistency_proof),
		cmocka_unit_test(test_swapped_hashes_are_refused),
		cmocka_unit_test(test_paths_above_the_root_are_refused),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_a_missing_subtree_is_said),
		cmocka_unit_test(test_append_hands_on_what_put_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
