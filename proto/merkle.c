/*
 * SPDX-License-Identifier: MIT
 *
 * merkle: RFC 6962 hashing; proofs made from stored complete subtrees and
 * checked by the algorithms of RFC 9162. No state, no recursion.
 */
#include "merkle.h"

#include "digest.h"

struct digest
merkle_empty(void)
{
	return digest_of(NULL, 0);
}

struct digest
merkle_leaf(struct bytes entry)
{
	return digest_tagged(bytes_of("\x00", 1), entry);
}

struct digest
merkle_node(const struct digest *left, const struct digest *right)
{
	const struct bytes piece[] = {
		bytes_of("\x01", 1),
		bytes_of(left->b, DIGEST_SIZE),
		bytes_of(right->b, DIGEST_SIZE),
	};

	return digest_of(piece, 3);
}

struct digest
merkle_root(const struct digest *leaf, size_t n)
{
	/* Complete subtrees so far, falling in size; 64 levels at most. */
	struct digest stack[64];
	size_t top = 0;

	if (n == 0)
		return merkle_empty();
	for (size_t i = 0; i < n; i++) {
		stack[top++] = leaf[i];
		for (size_t k = i; (k & 1) != 0; k >>= 1) {
			top--;
			stack[top - 1] = merkle_node(
			    &stack[top - 1], &stack[top]);
		}
	}
	for (; top > 1; top--)
		stack[top - 2] = merkle_node(&stack[top - 2], &stack[top - 1]);
	return stack[0];
}

/*
 * Root over the n > 0 leaves from begin on, where begin is a multiple of the
 * smallest power of two >= n, as it is for every subtree of a proof.
 */
static enum err
range_root(const struct merkle_reader *r, uint64_t begin, uint64_t n,
    struct digest *out)
{
	struct digest acc = { { 0 } }, left;
	bool any = false;

	for (unsigned level = 0; level < 64 && n >> level != 0; level++) {
		if ((n >> level & 1) == 0)
			continue;
		if (!r->get(r->ctx, level, (begin >> level) + (n >> level) - 1,
			&left))
			return ERR_NOT_FOUND;
		acc = any ? merkle_node(&left, &acc) : left;
		any = true;
	}
	*out = acc;
	return ERR_OK;
}

enum err
merkle_root_at(const struct merkle_reader *r, uint64_t size, struct digest *out)
{
	if (size == 0) {
		*out = merkle_empty();
		return ERR_OK;
	}
	return range_root(r, 0, size, out);
}

/* The largest power of two below n, for n > 1. */
static uint64_t
split(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

static bool
is_power_of_two(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static enum err
push(const struct merkle_reader *r, uint64_t begin, uint64_t n, struct proof *p)
{
	enum err e;

	if (p->len == MERKLE_PROOF_MAX)
		return ERR_INVALID;
	e = range_root(r, begin, n, &p->hash[p->len]);
	if (e == ERR_OK)
		p->len++;
	return e;
}

/* Proofs are found from the root down and written from the leaf up. */
static void
hand_over(struct proof *out, const struct proof *found)
{
	out->len = found->len;
	for (size_t i = 0; i < found->len; i++)
		out->hash[i] = found->hash[found->len - 1 - i];
}

enum err
merkle_inclusion(const struct merkle_reader *r, uint64_t index, uint64_t size,
    struct proof *out)
{
	struct proof found = { 0 };
	uint64_t begin = 0, n = size;

	if (index >= size)
		return ERR_INVALID;
	while (n > 1) {
		uint64_t k = split(n);
		bool left = index - begin < k;
		enum err e = left ? push(r, begin + k, n - k, &found) :
				    push(r, begin, k, &found);

		if (e != ERR_OK)
			return e;
		if (left) {
			n = k;
		} else {
			begin += k;
			n -= k;
		}
	}
	hand_over(out, &found);
	return ERR_OK;
}

enum err
merkle_consistency(const struct merkle_reader *r, uint64_t first,
    uint64_t second, struct proof *out)
{
	struct proof found = { 0 };
	uint64_t begin = 0, n = second;
	enum err e;

	if (first == 0 || first > second)
		return ERR_INVALID;
	while (first - begin != n) {
		uint64_t k = split(n);

		if (first - begin <= k) {
			e = push(r, begin + k, n - k, &found);
			n = k;
		} else {
			e = push(r, begin, k, &found);
			begin += k;
			n -= k;
		}
		if (e != ERR_OK)
			return e;
	}
	/* The verifier knows the old root itself; any other it must be told. */
	if (begin != 0) {
		e = push(r, begin, n, &found);
		if (e != ERR_OK)
			return e;
	}
	hand_over(out, &found);
	return ERR_OK;
}

enum err
merkle_append(const struct merkle_reader *r, uint64_t index,
    const struct digest *leaf,
    enum err (*put)(
	void *ctx, unsigned level, uint64_t index, const struct digest *hash),
    void *ctx)
{
	struct digest h = *leaf, left;
	unsigned level = 0;
	enum err e = put(ctx, level, index, &h);

	while (e == ERR_OK && (index & 1) != 0) {
		if (!r->get(r->ctx, level, index - 1, &left))
			return ERR_NOT_FOUND;
		h = merkle_node(&left, &h);
		index >>= 1;
		level++;
		e = put(ctx, level, index, &h);
	}
	return e;
}

bool
merkle_inclusion_root(uint64_t index, uint64_t size, const struct digest *leaf,
    const struct digest *path, size_t path_len, struct digest *root)
{
	struct digest r = *leaf;
	uint64_t fn = index, sn = size - 1;

	if (index >= size || path_len > MERKLE_PROOF_MAX)
		return false;
	for (size_t i = 0; i < path_len; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			r = merkle_node(&path[i], &r);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			r = merkle_node(&r, &path[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0)
		return false;
	*root = r;
	return true;
}

bool
merkle_inclusion_holds(uint64_t index, uint64_t size, const struct digest *leaf,
    const struct digest *path, size_t path_len, const struct digest *root)
{
	struct digest r;

	return merkle_inclusion_root(index, size, leaf, path, path_len, &r) &&
	    digest_eq(&r, root);
}

bool
merkle_consistency_holds(uint64_t first, uint64_t second,
    const struct digest *first_root, const struct digest *second_root,
    const struct digest *path, size_t path_len)
{
	uint64_t fn = first - 1, sn = second - 1;
	struct digest fr, sr;
	size_t i = 0;

	if (first == 0 || first > second || path_len > MERKLE_PROOF_MAX)
		return false;
	if (first == second)
		return path_len == 0 && digest_eq(first_root, second_root);
	if (path_len == 0)
		return false;
	while ((fn & 1) != 0) {
		fn >>= 1;
		sn >>= 1;
	}
	fr = is_power_of_two(first) ? *first_root : path[i++];
	sr = fr;
	for (; i < path_len; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			fr = merkle_node(&path[i], &fr);
			sr = merkle_node(&path[i], &sr);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			sr = merkle_node(&sr, &path[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && digest_eq(&fr, first_root) &&
	    digest_eq(&sr, second_root);
}
