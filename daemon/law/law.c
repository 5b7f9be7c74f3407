/*
 * SPDX-License-Identifier: MIT
 *
 * law: everything a verdict depends on, read, validated and held together.
 * What was hashed is what was parsed: each file is read once. A law with one
 * fault in it is no law.
 */
#include "daemon/law/law.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/slurp.h"
#include "daemon/law/invariants.h"
#include "daemon/law/items.h"
#include "daemon/law/vital.h"
#include "proto/card.h"
#include "proto/digest.h"
#include "proto/limits.h"

/* The public part first, so that a law is found in its shared form. */
struct shared {
	struct law law;
	struct arena *arena;
	atomic_uint refs;
};

static void
shared_free(struct shared *s)
{
	if (s == NULL)
		return;
	rules_free(s->law.rules);
	kommuner_free(s->law.kommuner);
	places_free(s->law.places);
	workflow_free(s->law.workflow);
	anchors_free(s->law.anchors);
	for (size_t i = 0; i < s->law.n_custodian; i++)
		cert_free(s->law.custodian[i]);
	arena_free(s->arena);
	free(s);
}

static struct shared *
shared_new(struct problems *p)
{
	struct shared *s = calloc(1, sizeof(*s));

	if (s != NULL && arena_new(&s->arena, LAW_ARENA) == ERR_OK &&
	    (s->law.text = arena_alloc(
		 s->arena, ITEMS_MAX * sizeof(*s->law.text))) != NULL &&
	    (s->law.kommuner = kommuner_new()) != NULL) {
		atomic_init(&s->refs, 1);
		return s;
	}
	problems_add(p, "law", 0, 0, "no memory");
	shared_free(s);
	return NULL;
}

static bool
is_numbered(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(name, prefix, n) == 0 && name[n] != '\0' &&
	    strspn(name + n, "0123456789") == strlen(name + n);
}

static bool
is_kommune(const char *name)
{
	return strcmp(name, "kommune") == 0 || /* it does not say which */
	    strncmp(name, "kommune-", 8) == 0;
}

/* What is listed as one kommune's must say the same of itself. */
static void
add_kommune(struct law *l, const struct item *i, struct problems *p)
{
	char code[KOMMUNE_CODE] = "";

	if (kommuner_read(l->kommuner, i->file, i->text, p) &&
	    (!kommuner_code(i->text, code) || strcmp(i->name + 8, code) != 0))
		problems_add(p, i->file, 0, 0,
		    "found the kommune %s, expected the one of the item "
		    "\"%.63s\"",
		    code, i->name);
}

/* Settings of a kommune that nobody knows would never count. */
static void
check_kommuner(const struct law *l, struct problems *p)
{
	const struct kommune_at *at;

	for (size_t i = 0;
	     l->places != NULL && (at = kommuner_at(l->kommuner, i)) != NULL;
	     i++)
		if (!places_has_kommune(l->places, at->code))
			problems_add(p, at->file, at->line, at->column,
			    "found the kommune \"%s\", expected one of "
			    "places",
			    at->code);
}

static void
add_custodian(
    struct law *l, const char *file, struct bytes text, struct problems *p)
{
	struct cert *c;
	struct why why;

	if (l->n_custodian == CUSTODIANS_MAX) {
		problems_add(p, file, 0, 0,
		    "found one custodian more, expected at most %d",
		    CUSTODIANS_MAX);
		return;
	}
	if (cert_parse_pem(&c, text, &why) != ERR_OK) {
		problems_add(p, file, 0, 0, "%s", why.text);
		return;
	}
	for (size_t i = 0; i < l->n_custodian; i++)
		if (digest_eq(cert_fingerprint(c),
			cert_fingerprint(l->custodian[i]))) {
			problems_add(p, file, 0, 0,
			    "found a certificate "
			    "that is a custodian already, expected another "
			    "person's");
			cert_free(c);
			return;
		}
	l->custodian[l->n_custodian++] = c;
}

/* Each file alone first, so that a faulty one can be named. */
static bool
try_anchors(const char *file, const struct bytes *anchor, size_t n_anchor,
    const struct bytes *crl, struct problems *p)
{
	struct anchors *one;
	struct why why;

	if (anchors_parse(&one, anchor, n_anchor, crl, crl != NULL, &why) !=
	    ERR_OK) {
		problems_add(p, file, 0, 0, "%s", why.text);
		return false;
	}
	anchors_free(one);
	return true;
}

static void
add_anchors(struct law *l, const struct items *items, struct problems *p)
{
	struct bytes anchor[ITEMS_MAX], crl[ITEMS_MAX];
	size_t n_anchor = 0, n_crl = 0;
	struct why why;
	bool good = true;

	for (size_t i = 0; i < items->n; i++) {
		const struct item *t = &items->item[i];

		if (!is_numbered(t->name, "anchor-"))
			continue;
		anchor[n_anchor++] = t->text;
		good = try_anchors(t->file, &t->text, 1, NULL, p) && good;
	}
	for (size_t i = 0; good && n_anchor > 0 && i < items->n; i++) {
		const struct item *t = &items->item[i];

		if (!is_numbered(t->name, "crl-"))
			continue;
		crl[n_crl++] = t->text;
		good = try_anchors(t->file, anchor, n_anchor, &t->text, p);
	}
	if (n_anchor == 0)
		problems_add(p, "law", 0, 0,
		    "found no trust anchor, expected at least one");
	else if (good &&
	    anchors_parse(&l->anchors, anchor, n_anchor, crl, n_crl, &why) !=
		ERR_OK)
		problems_add(p, "trust anchors", 0, 0, "%s", why.text);
}

static void
add_item(struct law *l, const struct item *i, struct problems *p)
{
	if (strcmp(i->name, "rules") == 0)
		l->rules = rules_load(i->file, i->text, p);
	else if (strcmp(i->name, "places") == 0)
		l->places = places_load(i->file, i->text, p);
	else if (strcmp(i->name, "workflow") == 0)
		l->workflow = workflow_load(i->file, i->text, p);
	else if (strcmp(i->name, "invariants") == 0)
		return; /* read when the rules are there */
	else if (is_kommune(i->name))
		add_kommune(l, i, p);
	else if (is_numbered(i->name, "custodian-"))
		add_custodian(l, i->file, i->text, p);
	else if (!is_numbered(i->name, "anchor-") &&
	    !is_numbered(i->name, "crl-"))
		problems_add(p, i->file, 0, 0,
		    "found an item that this "
		    "version does not know, expected rules, "
		    "invariants, places, workflow, kommune-NNNN, anchor-N, "
		    "crl-N, custodian-N");
}

/* A table that breaks an invariant is as good as one that does not parse.
 * One that was in force is not proven again: a later version's words and
 * limits must not keep anybody from reading by what law was judged. */
static void
check_invariants(
    const struct law *l, const struct items *items, struct problems *p)
{
	const struct item *i = items_find(items, "invariants");
	struct invariants *all;

	if (i == NULL || l->rules == NULL)
		return;
	all = invariants_load(i->file, i->text, l->rules, p);
	if (all != NULL)
		(void)invariants_hold(all, p);
	invariants_free(all);
}

/* What every law has; the last only since tables must keep invariants. */
static const char *const needed[] = { "rules", "places", "workflow",
	"invariants" };
enum { NEEDED_BEFORE = 3, NEEDED = 4 };

/* Parses all items and notes their texts; problems decide. What could not
 * even be read (n_needed is 0) has been told already. */
static void
build(struct law *l, const struct items *items, size_t n_needed,
    struct problems *p)
{

	for (size_t i = 0; i < items->n; i++) {
		struct law_text *t = &l->text[l->n_text++];

		add_item(l, &items->item[i], p);
		memcpy(t->name, items->item[i].name, sizeof(t->name));
		t->text = items->item[i].text;
		t->sha256 = items->item[i].sha256;
	}
	check_kommuner(l, p);
	add_anchors(l, items, p);
	for (size_t i = 0; i < n_needed; i++)
		if (items_find(items, needed[i]) == NULL)
			problems_add(p, "law", 0, 0,
			    "found no %s, expected one", needed[i]);
	if (l->n_custodian < 2)
		problems_add(p, "law", 0, 0,
		    "found %zu valid custodians, expected at least 2",
		    l->n_custodian);
}

/* So is a workflow in which what is vital cannot be sent. One that was in
 * force before is still read: what it refused was refused. */
static void
check_workflow(
    const struct law *l, const struct items *items, struct problems *p)
{
	const struct item *i = items_find(items, "workflow");

	if (i != NULL && l->workflow != NULL)
		vital_check(l->workflow, i->file, p);
}

/* Says of each item how the approved manifest differs from what was read. */
static void
compare_manifest(const struct items *items, const PbManifest *m,
    const char *file, struct problems *p)
{
	for (size_t i = 0; i < m->n_item; i++) {
		const PbManifestItem *a = m->item[i];
		const struct item *found = items_find(items, a->name);

		if (found == NULL)
			problems_add(p, file, 0, 0,
			    "found \"%.63s\" in the "
			    "manifest, expected it in the configuration",
			    a->name);
		else if (a->sha256.len != DIGEST_SIZE ||
		    memcmp(a->sha256.data, found->sha256.b, DIGEST_SIZE) != 0)
			problems_add(p, found->file, 0, 0,
			    "found a text "
			    "that differs from the approved one, expected "
			    "the hash of \"%.63s\" in %s",
			    a->name, file);
	}
	for (size_t k = 0; k < items->n; k++) {
		bool there = false;

		for (size_t i = 0; i < m->n_item; i++)
			there |= strcmp(m->item[i]->name,
				     items->item[k].name) == 0;
		if (!there)
			problems_add(p, items->item[k].file, 0, 0,
			    "found a "
			    "file that is not approved, expected \"%s\" in "
			    "%s",
			    items->item[k].name, file);
	}
}

/* The manifest file against the packed manifest of what was read. */
static void
check_approved(struct shared *s, const struct items *items,
    struct bytes manifest, const char *file, struct problems *p)
{
	struct digest object;
	struct arena *a = NULL;
	struct bytes body;
	PbManifest *m;
	struct why why = { "no memory" };
	size_t before = p->count;

	if (arena_new(&a, PARSE_ARENA) != ERR_OK ||
	    slurp(s->arena, file, MESSAGE_MAX, &s->law.approved, &why) !=
		ERR_OK ||
	    card_open_approved(a, s->law.approved, OBJECT_MANIFEST,
		s->law.custodian, s->law.n_custodian, &body, &object,
		&why) != ERR_OK) {
		problems_add(p, file, 0, 0, "%s", why.text);
	} else if (ENVELOPE_UNPACK(a, manifest, body, &m, NULL) != CODE_OK) {
		problems_add(
		    p, file, 0, 0, "found something else, expected a manifest");
	} else if (!bytes_eq(body, manifest)) {
		compare_manifest(items, m, file, p);
		if (p->count == before)
			problems_add(p, file, 0, 0,
			    "found its items in "
			    "another order, expected them sorted by name");
	}
	arena_free(a);
}

static bool
note_manifest(struct shared *s, const struct items *items,
    struct bytes *manifest, struct problems *p)
{
	if (items_pack(s->arena, items, manifest) != ERR_OK) {
		problems_add(p, "law", 0, 0, "no memory");
		return false;
	}
	s->law.manifest = digest_of(manifest, 1);
	return true;
}

struct law *
law_load(const struct law_files *f, bool want_approved, struct problems *p)
{
	struct shared *s = shared_new(p);
	struct items items = { .n = 0 };
	struct bytes manifest;
	size_t before = p->count;

	if (s == NULL)
		return NULL;
	items_read(&items, s->arena, f, p);
	build(&s->law, &items, p->count == before ? NEEDED : 0, p);
	check_invariants(&s->law, &items, p);
	check_workflow(&s->law, &items, p);
	if (note_manifest(s, &items, &manifest, p) && want_approved)
		check_approved(s, &items, manifest, f->manifest, p);
	if (p->count == before)
		return &s->law;
	shared_free(s);
	return NULL;
}

struct law *
law_from_texts(const struct law_text *text, size_t n, struct problems *p)
{
	struct shared *s = shared_new(p);
	struct items items = { .n = 0 };
	struct bytes manifest;
	size_t before = p->count;

	if (s == NULL)
		return NULL;
	items_copy(&items, s->arena, text, n, p);
	build(&s->law, &items, p->count == before ? NEEDED_BEFORE : 0, p);
	(void)note_manifest(s, &items, &manifest, p);
	if (p->count == before)
		return &s->law;
	shared_free(s);
	return NULL;
}

static const char *
left_out_for(const struct law *l, const struct law *other, const struct cert *c,
    uint64_t at_ms)
{
	if (at_ms < cert_not_before(c))
		return "is not valid yet";
	if (at_ms >= cert_not_after(c))
		return "has expired";
	if (anchors_revoke(l->anchors, c) ||
	    (other != NULL && anchors_revoke(other->anchors, c)))
		return "is revoked";
	return NULL;
}

size_t
law_custodians_at(const struct law *l, const struct law *other, uint64_t at_ms,
    struct cert *out[CUSTODIANS_MAX], struct why *left_out)
{
	size_t n = 0, len = 0;

	left_out->text[0] = '\0';
	for (size_t i = 0; i < l->n_custodian; i++) {
		struct cert *c = l->custodian[i];
		const char *why = left_out_for(l, other, c, at_ms);
		int k;

		if (why == NULL) {
			out[n++] = c;
			continue;
		}
		k = snprintf(left_out->text + len, sizeof(left_out->text) - len,
		    "%sthe certificate of custodian %.64s %s",
		    len > 0 ? ", " : "", cert_common_name(c), why);
		if (k > 0 && len + (size_t)k < sizeof(left_out->text))
			len += (size_t)k;
	}
	return n;
}

struct law *
law_ref(struct law *l)
{
	struct shared *s = (struct shared *)(void *)l;

	atomic_fetch_add(&s->refs, 1);
	return l;
}

void
law_unref(struct law *l)
{
	struct shared *s = (struct shared *)(void *)l;

	if (l != NULL && atomic_fetch_sub(&s->refs, 1) == 1)
		shared_free(s);
}

enum err
law_manifest(struct arena *a, const struct law_files *f, struct bytes *out,
    struct why *why)
{
	struct problems p = { 0 };
	struct items items = { .n = 0 };
	struct arena *texts;
	enum err e = arena_new(&texts, LAW_ARENA);

	if (e != ERR_OK)
		return why_set(why, e, "no memory");
	items_read(&items, texts, f, &p);
	if (p.count > 0)
		e = why_set(why, ERR_IO, "%.390s",
		    p.text != NULL ? p.text : "a file cannot be read");
	else
		e = items_pack(a, &items, out);
	problems_free(&p);
	arena_free(texts);
	return e;
}
