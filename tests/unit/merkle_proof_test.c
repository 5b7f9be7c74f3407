/*
 * SPDX-License-Identifier: MIT
 *
 * merkle_proof: all proofs of all sizes, and every damage to one.
 */
#include "tests/unit/merkling.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots_of_every_size),
		cmocka_unit_test(test_every_inclusion_proof),
		cmocka_unit_test(test_every_consistency_proof),
		cmocka_unit_test(test_swapped_hashes_are_refused),
		cmocka_unit_test(test_paths_above_the_root_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
