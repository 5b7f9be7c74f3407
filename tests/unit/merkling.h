/*
 * SPDX-License-Identifier: MIT
 *
 * merkling: a tree in memory, and what RFC 9162 says of it, written plainly.
 */
#ifndef INFOHUS_TESTS_MERKLING_H
#define INFOHUS_TESTS_MERKLING_H

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

static inline bool
tree_get(void *ctx, unsigned level, uint64_t index, struct digest *out)
{
	const struct tree *t = ctx;

	if (level >= LEVELS || index >= LEAVES || !t->has[level][index])
		return false;
	*out = t->node[level][index];
	return true;
}

static inline enum err
tree_put(void *ctx, unsigned level, uint64_t index, const struct digest *hash)
{
	struct tree *t = ctx;

	assert_true(level < LEVELS && index < LEAVES);
	assert_false(t->has[level][index]);
	t->node[level][index] = *hash;
	t->has[level][index] = true;
	return ERR_OK;
}

static inline struct tree *
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
static inline struct digest
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

static inline void
expect_proof(const struct proof *got, const struct proof *want)
{
	assert_int_equal(got->len, want->len);
	assert_memory_equal(
	    got->hash, want->hash, want->len * sizeof(want->hash[0]));
}

#endif
