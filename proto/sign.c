/*
 * SPDX-License-Identifier: MIT
 *
 * sign: one signature over the root of a batch, a path for each of its
 * digests; approvals of objects by custodians.
 *
 * What is signed is always put together here from values, never taken from
 * a peer. A path proves nothing by itself: only the root it leads to, once
 * its signature holds.
 */
#include "sign.h"

#include <string.h>

#include "digest.h"
#include "limits.h"
#include "merkle.h"

#define TAG_MAX 32
#define LEVELS 11 /* of a batch of BATCH_MAX */

_Static_assert(BATCH_MAX == 1 << (LEVELS - 1), "the tree has LEVELS levels");

/* The complete subtrees of a batch: level l has n >> l of them. */
struct tree {
	struct digest *level[LEVELS];
	size_t n;
};

static bool
tree_get(void *ctx, unsigned level, uint64_t index, struct digest *out)
{
	const struct tree *t = ctx;

	if (level >= LEVELS || index >= t->n >> level)
		return false;
	*out = t->level[level][index];
	return true;
}

static enum err
tree_put(void *ctx, unsigned level, uint64_t index, const struct digest *hash)
{
	struct tree *t = ctx;

	if (level >= LEVELS || index >= t->n >> level)
		return ERR_INVALID;
	t->level[level][index] = *hash;
	return ERR_OK;
}

static struct digest
leaf_of(const struct digest *d)
{
	return merkle_leaf(bytes_of(d->b, DIGEST_SIZE));
}

static enum err
tree_fill(
    struct tree *t, struct arena *a, const struct digest *digest, size_t n)
{
	const struct merkle_reader r = { tree_get, t };

	t->n = n;
	for (unsigned l = 0; l < LEVELS; l++) {
		t->level[l] = arena_alloc(a, (n >> l) * sizeof(struct digest));
		if (t->level[l] == NULL)
			return ERR_NOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		struct digest leaf = leaf_of(&digest[i]);
		enum err e = merkle_append(&r, i, &leaf, tree_put, t);

		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

/* tag || u32 count || root. False for a tag that is none of ours. */
static bool
batch_bytes(uint8_t out[TAG_MAX + 4 + DIGEST_SIZE], size_t *len,
    struct bytes tag, uint32_t count, const struct digest *root)
{
	if (tag.len == 0 || tag.len > TAG_MAX)
		return false;
	memcpy(out, tag.data, tag.len);
	put_u32(out + tag.len, count);
	memcpy(out + tag.len + 4, root->b, DIGEST_SIZE);
	*len = tag.len + 4 + DIGEST_SIZE;
	return true;
}

/* tag || SHA-256(object) || u64 time. */
static bool
approval_bytes(uint8_t out[TAG_MAX + DIGEST_SIZE + 8], size_t *len,
    struct bytes tag, struct bytes object, uint64_t time_ms)
{
	struct digest d = digest_of(&object, 1);

	if (tag.len == 0 || tag.len > TAG_MAX)
		return false;
	memcpy(out, tag.data, tag.len);
	memcpy(out + tag.len, d.b, DIGEST_SIZE);
	put_u64(out + tag.len + DIGEST_SIZE, time_ms);
	*len = tag.len + DIGEST_SIZE + 8;
	return true;
}

static bool
dup_binary(struct arena *a, struct bytes in, ProtobufCBinaryData *out)
{
	out->data = arena_dup(a, in);
	out->len = in.len;
	return out->data != NULL;
}

/* The signature of digest number index; value and certificate are shared. */
static enum err
leaf_signature(struct arena *a, const struct merkle_reader *r, size_t index,
    size_t n, const PbSignature *shared, PbSignature **out)
{
	PbSignature *s = arena_alloc(a, sizeof(*s));
	struct proof p;
	enum err e;

	if (s == NULL)
		return ERR_NOMEM;
	*s = *shared;
	s->index = (uint32_t)index;
	e = merkle_inclusion(r, index, n, &p);
	if (e != ERR_OK)
		return e;
	if (p.len > 0) {
		s->path = arena_alloc(a, p.len * sizeof(*s->path));
		if (s->path == NULL)
			return ERR_NOMEM;
	}
	for (; s->n_path < p.len; s->n_path++)
		if (!dup_binary(a, bytes_of(p.hash[s->n_path].b, DIGEST_SIZE),
			&s->path[s->n_path]))
			return ERR_NOMEM;
	*out = s;
	return ERR_OK;
}

enum err
sign_batch(struct arena *a, struct bytes tag, const struct digest *digest,
    size_t n, const struct signer *s, PbSignature **out)
{
	uint8_t msg[TAG_MAX + 4 + DIGEST_SIZE], sig[SIGNATURE_MAX];
	size_t msg_len, sig_len = sizeof(sig);
	PbSignature shared = PB_SIGNATURE__INIT;
	struct tree t;
	const struct merkle_reader r = { tree_get, &t };
	struct digest root;
	enum err e;

	if (n == 0 || n > BATCH_MAX)
		return ERR_INVALID;
	e = tree_fill(&t, a, digest, n);
	if (e == ERR_OK)
		e = merkle_root_at(&r, n, &root);
	if (e != ERR_OK)
		return e;
	if (!batch_bytes(msg, &msg_len, tag, (uint32_t)n, &root))
		return ERR_INVALID;
	e = signer_sign(s, bytes_of(msg, msg_len), sig, &sig_len);
	if (e != ERR_OK)
		return e;
	shared.count = (uint32_t)n;
	if (!dup_binary(a, bytes_of(sig, sig_len), &shared.value) ||
	    !dup_binary(a,
		bytes_of(cert_fingerprint(signer_cert(s))->b, DIGEST_SIZE),
		&shared.certificate))
		return ERR_NOMEM;
	for (size_t i = 0; e == ERR_OK && i < n; i++)
		e = leaf_signature(a, &r, i, n, &shared, &out[i]);
	return e;
}

static bool
is_fingerprint_of(ProtobufCBinaryData fingerprint, const struct cert *c)
{
	return bytes_eq(bytes_of(fingerprint.data, fingerprint.len),
	    bytes_of(cert_fingerprint(c)->b, DIGEST_SIZE));
}

/* Computes the signature, unless it is the one that held last. */
static enum code
root_is_signed(struct bytes msg, const PbSignature *sig, const struct cert *c,
    struct sign_held *held)
{
	struct bytes value = bytes_of(sig->value.data, sig->value.len);
	const struct bytes all[] = { msg,
		bytes_of(cert_fingerprint(c)->b, DIGEST_SIZE), value };
	struct digest d = digest_of(all, 3);
	enum err e;

	if (held->any && digest_eq(&held->signature, &d))
		return CODE_OK;
	e = cert_verify(c, msg, value);
	if (e != ERR_OK)
		return e == ERR_NOMEM ? CODE_BUSY : CODE_BAD_SIGNATURE;
	*held = (struct sign_held){ true, d };
	return CODE_OK;
}

enum code
sign_check_next(struct bytes tag, const struct digest *digest,
    const PbSignature *sig, const struct cert *c, struct sign_held *held)
{
	uint8_t msg[TAG_MAX + 4 + DIGEST_SIZE];
	struct digest path[LEVELS], leaf = leaf_of(digest), root;
	size_t len;

	if (sig->count > BATCH_MAX || sig->n_path > LEVELS)
		return CODE_BAD_BATCH_PATH;
	for (size_t i = 0; i < sig->n_path; i++) {
		if (sig->path[i].len != DIGEST_SIZE)
			return CODE_BAD_BATCH_PATH;
		memcpy(path[i].b, sig->path[i].data, DIGEST_SIZE);
	}
	if (!merkle_inclusion_root(
		sig->index, sig->count, &leaf, path, sig->n_path, &root))
		return CODE_BAD_BATCH_PATH;
	if (!is_fingerprint_of(sig->certificate, c))
		return CODE_UNKNOWN_CERTIFICATE;
	if (!batch_bytes(msg, &len, tag, sig->count, &root))
		return CODE_BAD_SIGNATURE;
	return root_is_signed(bytes_of(msg, len), sig, c, held);
}

enum code
sign_check(struct bytes tag, const struct digest *digest,
    const PbSignature *sig, const struct cert *c)
{
	struct sign_held none = { .any = false };

	return sign_check_next(tag, digest, sig, c, &none);
}

enum err
sign_approve(struct arena *a, struct bytes tag, struct bytes object,
    uint64_t time_ms, const struct signer *s, PbApproval **out)
{
	uint8_t msg[TAG_MAX + DIGEST_SIZE + 8], sig[SIGNATURE_MAX];
	size_t msg_len, sig_len = sizeof(sig);
	PbApproval *p = arena_alloc(a, sizeof(*p));
	enum err e;

	if (p == NULL)
		return ERR_NOMEM;
	if (!approval_bytes(msg, &msg_len, tag, object, time_ms))
		return ERR_INVALID;
	e = signer_sign(s, bytes_of(msg, msg_len), sig, &sig_len);
	if (e != ERR_OK)
		return e;
	pb_approval__init(p);
	p->time = time_ms;
	if (!dup_binary(a, bytes_of(sig, sig_len), &p->value) ||
	    !dup_binary(a,
		bytes_of(cert_fingerprint(signer_cert(s))->b, DIGEST_SIZE),
		&p->certificate))
		return ERR_NOMEM;
	*out = p;
	return ERR_OK;
}

bool
sign_approval_holds(struct bytes tag, struct bytes object, const PbApproval *p,
    const struct cert *c)
{
	uint8_t msg[TAG_MAX + DIGEST_SIZE + 8];
	size_t len;

	return approval_bytes(msg, &len, tag, object, p->time) &&
	    cert_signature_holds(
		c, bytes_of(msg, len), bytes_of(p->value.data, p->value.len));
}

static const struct cert *
find_custodian(
    ProtobufCBinaryData fingerprint, struct cert *const *custodian, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_fingerprint_of(fingerprint, custodian[i]))
			return custodian[i];
	return NULL;
}

enum err
sign_approved(struct bytes tag, struct bytes object,
    PbApproval *const *approval, size_t n_approval,
    struct cert *const *custodian, size_t n_custodian, struct why *why)
{
	const struct cert *first = NULL;
	bool second = false;

	if (n_approval > APPROVALS_MAX)
		return why_set(why, ERR_DENIED,
		    "found %zu approvals, expected at most %d", n_approval,
		    APPROVALS_MAX);
	for (size_t i = 0; i < n_approval; i++) {
		const struct cert *c = find_custodian(
		    approval[i]->certificate, custodian, n_custodian);

		if (c == NULL)
			continue;
		if (!sign_approval_holds(tag, object, approval[i], c))
			return why_set(why, ERR_DENIED,
			    "approval %zu is by a custodian, but its "
			    "signature does not hold for this object",
			    i + 1);
		if (first == NULL)
			first = c;
		else if (!cert_same_holder(first, c))
			second = true;
	}
	if (!second)
		return why_set(why, ERR_DENIED,
		    "found approvals by %d of %zu custodians, expected two "
		    "different ones",
		    first != NULL, n_custodian);
	return ERR_OK;
}
