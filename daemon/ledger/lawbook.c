/*
 * SPDX-License-Identifier: MIT
 *
 * lawbook: TABLE_LAW. Texts lie under their own hash, so two manifests that
 * share a text share its copy, and no text can stand in for another.
 */
#include "lawbook.h"

#include <string.h>

#include "proto/digest.h"
#include "proto/envelope.h"

#define LAWBOOK_ARENA (64 * 1024 * 1024)
#define APPROVED "approved/"
#define APPROVED_KEY (sizeof(APPROVED) - 1 + DIGEST_SIZE)

static void
approved_key(uint8_t out[APPROVED_KEY], const struct digest *manifest)
{
	memcpy(out, APPROVED, sizeof(APPROVED) - 1);
	memcpy(out + sizeof(APPROVED) - 1, manifest->b, DIGEST_SIZE);
}

static enum err
put_text(struct txn *t, const struct digest *sha256, struct bytes text)
{
	struct digest found = digest_of(&text, 1);

	if (!digest_eq(&found, sha256))
		return store_fail(t, ERR_INVALID);
	return store_put(t, TABLE_LAW, bytes_of(sha256->b, DIGEST_SIZE), text);
}

enum err
lawbook_put(struct txn *t, struct arena *a, const struct law *law)
{
	uint8_t key[APPROVED_KEY];
	PbApproved *approved;
	enum err err = ERR_OK;
	size_t i;

	if (ENVELOPE_UNPACK(a, approved, law->approved, &approved, NULL) !=
	    CODE_OK)
		return store_fail(t, ERR_INVALID);
	for (i = 0; err == ERR_OK && i < law->n_text; i++)
		err = put_text(t, &law->text[i].sha256, law->text[i].text);
	if (err == ERR_OK)
		err = put_text(t, &law->manifest,
		    bytes_of(approved->object->bytes.data,
			approved->object->bytes.len));
	approved_key(key, &law->manifest);
	if (err == ERR_OK)
		err = store_put(
		    t, TABLE_LAW, bytes_of(key, sizeof(key)), law->approved);
	return err;
}

/* What is kept under sha256, checked against it; a copy in the arena. */
static enum err
get_text(struct txn *t, struct arena *a, const struct digest *sha256,
    struct bytes *out)
{
	struct digest found;
	struct bytes there;
	enum err err;
	void *copy;

	err = store_get(t, TABLE_LAW, bytes_of(sha256->b, DIGEST_SIZE), &there);
	if (err != ERR_OK)
		return err;
	found = digest_of(&there, 1);
	if (!digest_eq(&found, sha256))
		return ERR_INVALID;
	copy = arena_dup(a, there);
	if (copy == NULL)
		return ERR_NOMEM;
	*out = bytes_of(copy, there.len);
	return ERR_OK;
}

enum err
lawbook_manifest(struct txn *t, struct arena *a, const struct digest *manifest,
    PbManifest **out)
{
	PbManifest *found;
	struct bytes text;
	enum err err;
	size_t i;

	err = get_text(t, a, manifest, &text);
	if (err != ERR_OK)
		return err;
	if (ENVELOPE_UNPACK(a, manifest, text, &found, NULL) != CODE_OK)
		return ERR_INVALID;
	for (i = 0; i < found->n_item; i++)
		if (found->item[i]->sha256.len != DIGEST_SIZE)
			return ERR_INVALID;
	*out = found;
	return ERR_OK;
}

static const char *
state_of(enum err err)
{
	return err == ERR_NOT_FOUND ? "is not kept" :
	    err == ERR_INVALID	    ? "does not hash to its name" :
				      "cannot be read";
}

enum err
lawbook_check(struct txn *t, struct arena *a, const struct digest *manifest,
    struct why *why)
{
	struct digest sha256;
	PbManifest *m;
	struct bytes text;
	enum err err;
	size_t i;

	err = lawbook_manifest(t, a, manifest, &m);
	if (err != ERR_OK)
		return why_set(why, err, "the manifest %s", state_of(err));
	for (i = 0; i < m->n_item; i++) {
		memcpy(sha256.b, m->item[i]->sha256.data, DIGEST_SIZE);
		err = get_text(t, a, &sha256, &text);
		if (err != ERR_OK)
			return why_set(why, err, "the manifest's text %.63s %s",
			    m->item[i]->name, state_of(err));
	}
	return ERR_OK;
}

static enum err
collect(
    struct txn *t, struct arena *a, const PbManifest *m, struct law_text *text)
{
	enum err err = ERR_OK;
	size_t i;

	for (i = 0; err == ERR_OK && i < m->n_item; i++) {
		if (strlen(m->item[i]->name) >= sizeof(text[i].name))
			return ERR_INVALID;
		memcpy(text[i].name, m->item[i]->name,
		    strlen(m->item[i]->name) + 1);
		memcpy(text[i].sha256.b, m->item[i]->sha256.data, DIGEST_SIZE);
		err = get_text(t, a, &text[i].sha256, &text[i].text);
	}
	return err;
}

struct law *
lawbook_load(struct txn *t, const struct digest *manifest, struct problems *p)
{
	struct law_text *text = NULL;
	struct law *law = NULL;
	struct arena *a;
	PbManifest *m;
	enum err err;

	err = arena_new(&a, LAWBOOK_ARENA);
	if (err != ERR_OK) {
		problems_add(p, "manifest", 0, 0, "no memory");
		return NULL;
	}
	err = lawbook_manifest(t, a, manifest, &m);
	if (err == ERR_OK) {
		text = arena_alloc(a, (m->n_item + 1) * sizeof(*text));
		err = text == NULL ? ERR_NOMEM : collect(t, a, m, text);
	}
	if (err == ERR_OK)
		law = law_from_texts(text, m->n_item, p);
	else
		problems_add(p, "manifest", 0, 0,
		    "its texts: found %s, "
		    "expected each under its hash",
		    err_name(err));
	arena_free(a);
	return law;
}
