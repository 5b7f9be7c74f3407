/*
 * SPDX-License-Identifier: MIT
 *
 * merkle: published vectors, bounds, and what is missing.
 */
#include "tests/unit/merkling.h"

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
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_a_missing_subtree_is_said),
		cmocka_unit_test(test_append_hands_on_what_put_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
