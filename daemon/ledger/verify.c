/*
 * SPDX-License-Identifier: MIT
 *
 * verify: reads a whole log and believes nothing in it but the checkpoint.
 *
 * Stored tree hashes are compared with the two below them, not with a tree
 * computed from the entries, so that one damaged entry is one fault and not
 * one at every level. A second tree is computed from the entries alone and
 * its root must be the checkpoint's: both together leave no byte unchecked.
 */
#include "ledger.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lawbook.h"
#include "proto/digest.h"
#include "vault.h"

/* A manifest's texts are the largest thing that one entry leads to. */
#define VERIFY_ARENA (64u * 1024 * 1024)
#define TREE_KEY_SIZE 9

struct walk {
	struct store *store;
	struct txn *t;
	const struct ledger_watch *watch;
	uint64_t faults;
	uint64_t index; /* the entry being checked */
	uint64_t last_time;
	struct digest right_edge[64]; /* complete subtrees of the entries */
	struct digest manifest;	      /* checked last */
	bool has_manifest;
};

static void
bad(struct walk *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
bad(struct walk *w, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->faults++;
	w->watch->bad(w->watch->ctx, w->index, text);
}

static bool
stored_hash(struct txn *t, unsigned level, uint64_t index, struct digest *out)
{
	uint8_t key[TREE_KEY_SIZE];
	struct bytes value;

	key[0] = (uint8_t)level;
	put_u64(key + 1, index);
	if (store_get(t, TABLE_TREE, bytes_of(key, sizeof(key)), &value) !=
		ERR_OK ||
	    value.len != DIGEST_SIZE)
		return false;
	memcpy(out->b, value.data, DIGEST_SIZE);
	return true;
}

/* Adds a leaf to the tree computed from the entries. */
static void
add_leaf(struct walk *w, const struct digest *leaf)
{
	struct digest hash = *leaf;
	unsigned level;

	for (level = 0; (w->index >> level & 1) != 0; level++)
		hash = merkle_node(&w->right_edge[level], &hash);
	w->right_edge[level] = hash;
}

static struct digest
computed_root(const struct walk *w, uint64_t size)
{
	struct digest root = merkle_empty();
	bool any = false;
	unsigned level;

	for (level = 0; level < 64; level++) {
		if ((size >> level & 1) == 0)
			continue;
		root = any ? merkle_node(&w->right_edge[level], &root) :
			     w->right_edge[level];
		any = true;
	}
	return root;
}

/* Every stored hash that this entry completes. */
static void
check_tree(struct walk *w, const struct digest *leaf)
{
	struct digest stored, left, right, made;
	uint64_t i = w->index;
	unsigned level;

	if (!stored_hash(w->t, 0, i, &stored))
		bad(w, "its stored leaf hash is missing");
	else if (!digest_eq(&stored, leaf))
		bad(w, "the entry does not hash to its stored leaf");
	for (level = 0; (i & 1) != 0; level++, i >>= 1) {
		if (!stored_hash(w->t, level + 1, i >> 1, &stored)) {
			bad(w, "tree hash %" PRIu64 " of level %u is missing",
			    i >> 1, level + 1);
			continue;
		}
		if (!stored_hash(w->t, level, i - 1, &left) ||
		    !stored_hash(w->t, level, i, &right))
			continue; /* said where it is missing */
		made = merkle_node(&left, &right);
		if (!digest_eq(&stored, &made))
			bad(w,
			    "tree hash %" PRIu64 " of level %u is not that "
			    "of the two below it",
			    i >> 1, level + 1);
	}
}

static bool
to_digest(struct walk *w, ProtobufCBinaryData in, const char *what,
    struct digest *out)
{
	if (in.len != DIGEST_SIZE) {
		bad(w, "%s has %zu bytes, expected %d", what, in.len,
		    DIGEST_SIZE);
		return false;
	}
	memcpy(out->b, in.data, DIGEST_SIZE);
	return true;
}

static const char *
state_of(enum err err)
{
	switch (err) {
	case ERR_NOT_FOUND:
		return "is not stored";
	case ERR_INVALID:
		return "does not open its commitment";
	default:
		return "cannot be read";
	}
}

/* NULL, and a fault, unless commitment opens to a part of kind (0: any). */
static PbOpening *
open_part(struct walk *w, struct arena *a, ProtobufCBinaryData commitment,
    unsigned kind, const char *what)
{
	struct digest digest;
	PbOpening *opening;
	enum err err;

	if (!to_digest(w, commitment, what, &digest))
		return NULL;
	err = vault_open(w->t, a, &digest, &opening);
	if (err != ERR_OK) {
		bad(w, "%s %s", what, state_of(err));
		return NULL;
	}
	if (kind != 0 && opening->kind != kind) {
		bad(w, "%s is a part of kind %u, expected %u", what,
		    opening->kind, kind);
		return NULL;
	}
	return opening;
}

static struct bytes
part_of(const PbOpening *o)
{
	return bytes_of(o->part.data, o->part.len);
}

static void
check_manifest(struct walk *w, struct arena *a, const PbEntry *e)
{
	struct digest manifest;
	struct why why;

	if (!to_digest(w, e->manifest, "the manifest's hash", &manifest))
		return;
	/* One that is damaged is named once, not with each entry under it. */
	if (w->has_manifest && digest_eq(&manifest, &w->manifest))
		return;
	w->manifest = manifest;
	w->has_manifest = true;
	if (lawbook_check(w->t, a, &manifest, &why) != ERR_OK)
		bad(w, "%s", why.text);
}

static void
check_verdicts(struct walk *w, struct arena *a, const PbEntry *e)
{
	PbOpening *opening;
	PbVerdict *verdict;
	struct defect d;
	char what[32];
	size_t i;

	for (i = 0; i < e->n_verdict; i++) {
		(void)snprintf(what, sizeof(what), "verdict %zu", i + 1);
		opening = open_part(w, a, e->verdict[i], PART_VERDICT, what);
		if (opening != NULL &&
		    ENVELOPE_UNPACK(
			a, verdict, part_of(opening), &verdict, &d) != CODE_OK)
			bad(w, "%s does not parse: %s in %s", what,
			    code_name(d.code), d.field);
	}
}

static bool
is_committed(const PbHeader *h, ProtobufCBinaryData commitment)
{
	size_t i;

	for (i = 0; i < h->n_commitment; i++)
		if (bytes_eq(
			bytes_of(h->commitment[i].data, h->commitment[i].len),
			bytes_of(commitment.data, commitment.len)))
			return true;
	return false;
}

/* NULL, and a fault, unless the header is stored and is the one named. */
static PbHeader *
open_header(struct walk *w, struct arena *a, const PbEntry *e)
{
	struct digest subject, found;
	struct bytes packed;
	struct defect d;
	PbHeader *h;
	enum err err;

	if (!e->has_subject) {
		bad(w, "a message's entry names no header");
		return NULL;
	}
	if (!to_digest(w, e->subject, "the header's digest", &subject))
		return NULL;
	err = vault_get(w->t, a, &subject, &packed);
	if (err != ERR_OK) {
		bad(w, "the header %s", state_of(err));
		return NULL;
	}
	found = digest_tagged(TAG(TAG_HEADER), packed);
	if (!digest_eq(&found, &subject)) {
		bad(w, "the header does not hash to its digest");
		return NULL;
	}
	if (ENVELOPE_UNPACK(a, header, packed, &h, &d) != CODE_OK) {
		bad(w, "the header does not parse: %s in %s", code_name(d.code),
		    d.field);
		return NULL;
	}
	return h;
}

static void
check_details(struct walk *w, struct arena *a, const PbEntry *e)
{
	PbHeader *header = NULL;
	PbDetails *details;
	PbOpening *opening;
	struct defect d;
	char what[32];
	size_t i;

	if (e->kind == ENTRY_KIND_MESSAGE)
		header = open_header(w, a, e);
	if (!e->has_details)
		return;
	opening = open_part(w, a, e->details, PART_DETAILS, "the details");
	if (opening == NULL)
		return;
	if (ENVELOPE_UNPACK(a, details, part_of(opening), &details, &d) !=
	    CODE_OK) {
		bad(w, "the details do not parse: %s in %s", code_name(d.code),
		    d.field);
		return;
	}
	for (i = 0; i < details->n_part; i++) {
		(void)snprintf(what, sizeof(what), "part %zu", i + 1);
		(void)open_part(w, a, details->part[i], 0, what);
		if (header != NULL && !is_committed(header, details->part[i]))
			bad(w, "%s is not one that the header commits to",
			    what);
	}
}

static void
check_entry(struct walk *w, struct arena *a, struct bytes packed)
{
	struct digest leaf = merkle_leaf(packed);
	struct defect d;
	PbEntry *e;

	add_leaf(w, &leaf);
	check_tree(w, &leaf);
	if (packed.len > ENTRY_MAX)
		bad(w, "the entry has %zu bytes, expected at most %d",
		    packed.len, ENTRY_MAX);
	if (ENVELOPE_UNPACK(a, entry, packed, &e, &d) != CODE_OK) {
		bad(w, "the entry does not parse: %s in %s", code_name(d.code),
		    d.field);
		return;
	}
	if (e->recorded_at < w->last_time)
		bad(w,
		    "it was recorded %" PRIu64 " ms before the entry "
		    "ahead of it",
		    w->last_time - e->recorded_at);
	else
		w->last_time = e->recorded_at;
	check_manifest(w, a, e);
	check_verdicts(w, a, e);
	check_details(w, a, e);
}

/*
 * What the engine cannot read is a fault of this entry; the next one gets a
 * new transaction, since errors stick.
 */
static enum err
check_index(struct walk *w, struct why *why)
{
	static const struct digest none;
	struct bytes packed;
	struct arena *a;
	enum err err;

	if (w->watch->reached != NULL)
		w->watch->reached(w->watch->ctx, w->index);
	err = arena_new(&a, VERIFY_ARENA);
	if (err != ERR_OK)
		return why_set(why, err, "no memory");
	err = ledger_entry(w->t, a, w->index, &packed);
	if (err == ERR_OK) {
		check_entry(w, a, packed);
	} else {
		bad(w, "the entry %s", state_of(err));
		add_leaf(w, &none);
	}
	arena_free(a);
	err = store_error(w->t);
	if (err == ERR_OK)
		return ERR_OK;
	bad(w, "the store cannot be read here: %s", err_name(err));
	store_abort(w->t);
	w->t = NULL;
	return store_read(w->store, &w->t, why);
}

/* Keys are checked in their order: the walk by index misses the others. */
struct keys {
	struct walk *w;
	uint64_t size; /* entries that the checkpoint covers */
	uint64_t seen;
};

static bool
visit_entry(void *ctx, struct bytes key, struct bytes value)
{
	struct keys *k = ctx;

	(void)value;
	k->w->index = k->seen;
	if (k->seen == k->size) {
		bad(k->w, "an entry that the checkpoint does not cover");
		return false;
	}
	if (key.len != 8 || get_u64(key.data) != k->seen) {
		bad(k->w, "the entry is not at its index");
		return false;
	}
	k->seen++;
	return true;
}

static bool
visit_hash(void *ctx, struct bytes key, struct bytes value)
{
	struct keys *k = ctx;
	uint64_t index;

	(void)value;
	if (key.len == TREE_KEY_SIZE && key.data[0] < 64) {
		index = get_u64(key.data + 1);
		if (index < k->size >> key.data[0])
			return true;
		k->w->index = index << key.data[0];
	}
	bad(k->w, "a tree hash that the checkpoint does not cover");
	return false;
}

static enum err
check_keys(struct walk *w, uint64_t size, struct why *why)
{
	struct keys k = { .w = w, .size = size };
	enum err err;

	err = store_scan(w->t, TABLE_ENTRY, bytes_of(NULL, 0), visit_entry, &k);
	w->index = size == 0 ? 0 : size - 1;
	if (err == ERR_OK)
		err = store_scan(
		    w->t, TABLE_TREE, bytes_of(NULL, 0), visit_hash, &k);
	if (err != ERR_OK) {
		bad(w, "the store cannot be read in order: %s", err_name(err));
		store_abort(w->t);
		w->t = NULL;
		return store_read(w->store, &w->t, why);
	}
	return ERR_OK;
}

enum err
ledger_verify(struct store *s, const struct checkpoint *c,
    const struct ledger_watch *watch, uint64_t *faults, struct why *why)
{
	struct walk w = { .store = s, .watch = watch };
	struct digest root;
	enum err err;

	err = store_read(s, &w.t, why);
	for (; err == ERR_OK && w.index < c->size; w.index++)
		err = check_index(&w, why);
	if (err == ERR_OK)
		err = check_keys(&w, c->size, why);
	store_abort(w.t);
	if (err != ERR_OK)
		return err;
	root = computed_root(&w, c->size);
	if (!digest_eq(&root, &c->root)) {
		w.index = c->size == 0 ? 0 : c->size - 1;
		bad(&w,
		    "the tree of all entries does not have the "
		    "checkpoint's root");
	}
	*faults = w.faults;
	return ERR_OK;
}
