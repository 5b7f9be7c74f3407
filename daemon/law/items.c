/*
 * SPDX-License-Identifier: MIT
 *
 * items: see items.h. The hash is always of the bytes that are then parsed.
 */
#include "daemon/law/items.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/common/slurp.h"
#include "proto/digest.h"
#include "proto/envelope.h"

static int
by_name(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct item *
add(struct items *items, const char *file, struct problems *p)
{
	struct item *i = &items->item[items->n];

	if (items->n == ITEMS_MAX) {
		problems_add(p, file, 0, 0,
		    "found one item more, expected at most %d", (int)ITEMS_MAX);
		return NULL;
	}
	memset(i, 0, sizeof(*i));
	return i;
}

/* number < 0 leaves it out of the name. */
static void
read_item(struct items *items, struct arena *a, const char *name, int number,
    const char *file, struct problems *p)
{
	struct item *i = add(items, file != NULL ? file : name, p);
	struct why why;

	if (i == NULL)
		return;
	if (file == NULL) {
		problems_add(p, name, 0, 0, "found no file, expected one");
		return;
	}
	if (number < 0)
		(void)snprintf(i->name, sizeof(i->name), "%s", name);
	else
		(void)snprintf(i->name, sizeof(i->name), "%s-%d", name, number);
	if (slurp(a, file, PEM_FILE_MAX, &i->text, &why) != ERR_OK) {
		problems_add(p, file, 0, 0, "%s", why.text);
		return;
	}
	i->file = file;
	i->sha256 = digest_of(&i->text, 1);
	items->n++;
}

/* Named after the kommune that it says it is of, not after its place in the
 * configuration: adding one renames no other. */
static void
read_kommune(
    struct items *items, struct arena *a, const char *file, struct problems *p)
{
	char code[KOMMUNE_CODE];
	struct item *i;
	size_t before = items->n;

	read_item(items, a, "kommune", -1, file, p);
	i = &items->item[before];
	if (items->n > before && kommuner_code(i->text, code))
		(void)snprintf(i->name, sizeof(i->name), "kommune-%s", code);
}

void
items_read(struct items *out, struct arena *a, const struct law_files *f,
    struct problems *p)
{
	read_item(out, a, "rules", -1, f->rules, p);
	read_item(out, a, "invariants", -1, f->invariants, p);
	read_item(out, a, "places", -1, f->places, p);
	read_item(out, a, "workflow", -1, f->workflow, p);
	for (size_t i = 0; i < f->n_kommune; i++)
		read_kommune(out, a, f->kommune[i], p);
	for (size_t i = 0; i < f->n_anchor; i++)
		read_item(out, a, "anchor", (int)i, f->anchor[i], p);
	for (size_t i = 0; i < f->n_crl; i++)
		read_item(out, a, "crl", (int)i, f->crl[i], p);
	for (size_t i = 0; i < f->n_custodian; i++)
		read_item(out, a, "custodian", (int)i, f->custodian[i], p);
	qsort(out->item, out->n, sizeof(out->item[0]), by_name);
}

static void
copy_item(struct items *items, struct arena *a, const struct law_text *t,
    struct problems *p)
{
	struct item *i = add(items, t->name, p);

	if (i == NULL)
		return;
	memcpy(i->name, t->name, sizeof(i->name));
	i->name[sizeof(i->name) - 1] = '\0';
	i->file = arena_strdup(a, i->name);
	i->text = bytes_of(arena_dup(a, t->text), t->text.len);
	if (i->file == NULL || (i->text.data == NULL && t->text.len > 0)) {
		problems_add(p, i->name, 0, 0, "no memory");
		return;
	}
	i->sha256 = digest_of(&i->text, 1);
	if (!digest_eq(&i->sha256, &t->sha256)) {
		problems_add(p, i->name, 0, 0,
		    "found a text of another hash, expected the one named");
		return;
	}
	if (items_find(items, i->name) != NULL) {
		problems_add(p, i->name, 0, 0,
		    "found the item again, expected each name once");
		return;
	}
	items->n++;
}

void
items_copy(struct items *out, struct arena *a, const struct law_text *text,
    size_t n, struct problems *p)
{
	for (size_t i = 0; i < n; i++)
		copy_item(out, a, &text[i], p);
	qsort(out->item, out->n, sizeof(out->item[0]), by_name);
}

const struct item *
items_find(const struct items *items, const char *name)
{
	for (size_t i = 0; i < items->n; i++)
		if (strcmp(items->item[i].name, name) == 0)
			return &items->item[i];
	return NULL;
}

enum err
items_pack(struct arena *a, const struct items *items, struct bytes *out)
{
	PbManifest m = PB_MANIFEST__INIT;
	PbManifestItem entry[ITEMS_MAX];
	PbManifestItem *list[ITEMS_MAX];

	for (size_t i = 0; i < items->n; i++) {
		const struct item *item = &items->item[i];

		entry[i] = (PbManifestItem)PB_MANIFEST_ITEM__INIT;
		entry[i].name = (char *)(uintptr_t)item->name;
		entry[i].sha256.data = (uint8_t *)(uintptr_t)item->sha256.b;
		entry[i].sha256.len = DIGEST_SIZE;
		list[i] = &entry[i];
	}
	m.item = list;
	m.n_item = items->n;
	return envelope_pack(a, &m, out);
}
