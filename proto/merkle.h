/*
 * SPDX-License-Identifier: MIT
 *
 * merkle: RFC 6962 / RFC 9162 tree hashing and proofs. Pure.
 *
 * Sizes and indexes are leaf counts. A proof is an array of digests; at
 * most MERKLE_PROOF_MAX of them, any more is refused.
 */
#ifndef INFOHUS_MERKLE_H
#define INFOHUS_MERKLE_H

#include "bytes.h"

#define MERKLE_PROOF_MAX 64

struct proof {
	size_t len;
	struct digest hash[MERKLE_PROOF_MAX];
};

struct digest merkle_empty(void);	       /* SHA-256("") */
struct digest merkle_leaf(struct bytes entry); /* 0x00 || entry */
struct digest merkle_node(
    const struct digest *left, const struct digest *right); /* 0x01 || l || r */

/* Root over n leaf hashes (already leaf-hashed). n may be 0. */
struct digest merkle_root(const struct digest *leaf, size_t n);

/*
 * The tree as it is stored: hashes of complete subtrees. get reads the hash
 * of the complete subtree at level (0 = leaves) and index, false if absent.
 * Every function below returns ERR_NOT_FOUND when get does.
 */
struct merkle_reader {
	bool (*get)(
	    void *ctx, unsigned level, uint64_t index, struct digest *out);
	void *ctx;
};

enum err merkle_root_at(const struct merkle_reader *r, uint64_t size,
    struct digest *out) MUST_CHECK;
/* index < size, else ERR_INVALID. */
enum err merkle_inclusion(const struct merkle_reader *r, uint64_t index,
    uint64_t size, struct proof *out) MUST_CHECK;
/* 0 < first <= second, else ERR_INVALID; first == second gives len 0. */
enum err merkle_consistency(const struct merkle_reader *r, uint64_t first,
    uint64_t second, struct proof *out) MUST_CHECK;

/*
 * Appends leaf number index (= size before): calls put for every subtree
 * that becomes complete, level 0 first. ERR_NOT_FOUND if a left sibling is
 * missing; what put returns, if not ERR_OK.
 */
enum err merkle_append(const struct merkle_reader *r, uint64_t index,
    const struct digest *leaf,
    enum err (*put)(
	void *ctx, unsigned level, uint64_t index, const struct digest *hash),
    void *ctx) MUST_CHECK;

/* RFC 9162 section 2.1.3.2 and 2.1.4.2. True only if the proof holds. */
bool
merkle_inclusion_holds(uint64_t index, uint64_t size, const struct digest *leaf,
    const struct digest *path, size_t path_len, const struct digest *root);
/*
 * The root to which a path leads from leaf. False if it has not exactly the
 * length that index and size ask for.
 */
bool
merkle_inclusion_root(uint64_t index, uint64_t size, const struct digest *leaf,
    const struct digest *path, size_t path_len, struct digest *root);
bool merkle_consistency_holds(uint64_t first, uint64_t second,
    const struct digest *first_root, const struct digest *second_root,
    const struct digest *path, size_t path_len);

#endif
