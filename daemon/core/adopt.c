/*
 * SPDX-License-Identifier: MIT
 *
 * adopt: see adopt.h.
 */
#include "adopt.h"

#include <string.h>

#include "daemon/ledger/lawbook.h"
#include "proto/card.h"

#define APPROVAL_ARENA (256u * 1024)

#define IN_FORCE "manifest" /* in TABLE_META: u64, when it came into force */

/*
 * Did two custodians of the law named, who still count, approve the new one,
 * and since the present one is in force? Else whoever keeps an old approval
 * could put back what it was about.
 */
static enum err
check_approvals(const struct law *of, const struct law *other,
    const struct law *law, uint64_t since, uint64_t now, struct why *why)
{
	struct cert *custodian[CUSTODIANS_MAX];
	struct why left_out, found;
	struct digest object;
	struct bytes body, approved;
	struct arena *a;
	size_t stale,
	    n = law_custodians_at(of, other, now, custodian, &left_out);
	enum err e;

	if (arena_new(&a, APPROVAL_ARENA) != ERR_OK)
		return why_set(why, ERR_NOMEM, "no memory for a manifest");
	e = card_approved_since(
	    a, law->approved, since, now, &approved, &stale);
	if (e != ERR_OK) {
		arena_free(a);
		return why_set(why, e, "the approved manifest cannot be read");
	}
	e = card_open_approved(
	    a, approved, OBJECT_MANIFEST, custodian, n, &body, &object, &found);
	arena_free(a);
	if (e != ERR_OK)
		why_set(why, e, "%.480s%s%.480s%s", found.text,
		    left_out.text[0] != '\0' ? "; " : "", left_out.text,
		    stale > 0 ? "; approved before the manifest in force, "
				"or dated ahead: approve it again" :
				"");
	return e;
}

/* 0 when no manifest ever was in force. */
static enum err
in_force_since(struct core *c, uint64_t *since, struct why *why)
{
	struct bytes value;
	struct txn *t;
	enum err e = store_read(c->store, &t, why);

	*since = 0;
	if (e != ERR_OK)
		return e;
	e = store_get(
	    t, TABLE_META, bytes_of(IN_FORCE, sizeof IN_FORCE - 1), &value);
	if (e == ERR_OK && value.len == 8)
		*since = get_u64(value.data);
	else if (e != ERR_NOT_FOUND || ledger_size(t) > 0)
		e = why_set(why, ERR_INVALID,
		    "since when the manifest is in force is not stored");
	else
		e = ERR_OK;
	store_abort(t);
	return e;
}

static enum err
record(struct core *c, const struct law *law, struct why *why)
{
	PbEntry entry = PB_ENTRY__INIT;
	PbDetails details = PB_DETAILS__INIT;
	struct batch b;
	uint64_t index;
	uint8_t since[8];
	enum err e = core_begin(c, &b, why);

	if (e != ERR_OK)
		return e;
	put_u64(since, b.now);
	entry.kind = ENTRY_KIND_MANIFEST;
	entry.has_subject = true;
	entry.subject = pb_bytes(law->manifest.b, DIGEST_SIZE);
	details.has_object = true;
	details.object = pb_bytes(law->approved.data, law->approved.len);
	e = lawbook_put(b.t, b.arena, law);
	if (e == ERR_OK)
		e = core_append(&b, &entry, &details, &index);
	if (e == ERR_OK)
		e = store_put(b.t, TABLE_META,
		    bytes_of(IN_FORCE, sizeof IN_FORCE - 1),
		    bytes_of(since, sizeof since));
	if (e == ERR_OK)
		e = core_commit(&b, why);
	core_abort(&b);
	return e;
}

enum err
adopt_law(struct core *c, struct law *law, struct why *why)
{
	struct law *old = c->law;
	uint64_t now = clock_now(&c->clock), since;
	enum err e = in_force_since(c, &since, why);

	if (e == ERR_OK)
		e = check_approvals(old, law, law, since, now, why);
	if (e == ERR_OK)
		e = check_approvals(law, old, law, since, now, why);
	if (e != ERR_OK) {
		law_unref(law);
		return e;
	}
	c->law = law; /* its own entry names it */
	e = record(c, law, why);
	if (e != ERR_OK) {
		c->law = old;
		law_unref(law);
		return e;
	}
	law_unref(old);
	for (unsigned door = 1; door <= c->config->doors; door++)
		c->online[door].key_until_ms = 0;
	core_rescan(c); /* the new law may free what the old one held */
	return ERR_OK;
}

/* The manifest that the newest entry names; ERR_NOT_FOUND in an empty log. */
static enum err
newest_manifest(struct txn *t, struct digest *out)
{
	uint64_t size = ledger_size(t);
	struct bytes packed;
	struct arena *a;
	PbEntry *entry;
	enum err e;

	if (size == 0)
		return ERR_NOT_FOUND;
	if (arena_new(&a, APPROVAL_ARENA) != ERR_OK)
		return ERR_NOMEM;
	e = ledger_entry(t, a, size - 1, &packed);
	if (e == ERR_OK &&
	    (ENVELOPE_UNPACK(a, entry, packed, &entry, NULL) != CODE_OK ||
		entry->manifest.len != DIGEST_SIZE))
		e = ERR_INVALID;
	if (e == ERR_OK)
		memcpy(out->b, entry->manifest.data, DIGEST_SIZE);
	arena_free(a);
	return e;
}

static enum err
load_old(
    struct core *c, struct law **old, struct digest *manifest, struct why *why)
{
	struct problems p = { 0 };
	struct txn *t;
	enum err e = store_read(c->store, &t, why);

	if (e != ERR_OK)
		return e;
	e = newest_manifest(t, manifest);
	*old = NULL;
	if (e == ERR_OK && !digest_eq(manifest, &c->law->manifest)) {
		*old = lawbook_load(t, manifest, &p);
		if (*old == NULL)
			e = why_set(why, ERR_INVALID,
			    "the law in force until "
			    "now cannot be read: %s",
			    p.text != NULL ? p.text : "no reason given");
	}
	store_abort(t);
	problems_free(&p);
	return e;
}

enum err
adopt_at_start(struct core *c, struct why *why)
{
	struct law *old, *law = c->law;
	struct digest manifest;
	enum err e = load_old(c, &old, &manifest, why);

	if (e == ERR_NOT_FOUND) { /* the first law of the log */
		e = check_approvals(
		    law, NULL, law, 0, clock_now(&c->clock), why);
		return e == ERR_OK ? record(c, law, why) : e;
	}
	if (e != ERR_OK || old == NULL)
		return e;
	c->law = old;
	return adopt_law(c, law, why);
}
