/*
 * SPDX-License-Identifier: MIT
 *
 * items: the named texts that a manifest lists by hash, in order of their
 * names. Private to law.c and items.c.
 */
#ifndef INFOHUS_ITEMS_H
#define INFOHUS_ITEMS_H

#include "daemon/law/law.h"

#define ITEMS_MAX (4 + KOMMUNE_FILES_MAX + 8 + 8 + CUSTODIANS_MAX)
#define LAW_ARENA (96 * 1024 * 1024) /* CRLs may be large */

struct item {
	char name[sizeof((struct law_text){ 0 }.name)];
	const char *file; /* as problems name it */
	struct bytes text;
	struct digest sha256;
};

struct items {
	size_t n;
	struct item item[ITEMS_MAX];
};

/* Reads all files of f into a, sorted; what cannot be read is a problem. */
void items_read(struct items *out, struct arena *a, const struct law_files *f,
    struct problems *p);
/* Copies texts into a, sorted; a text that is not its hash is a problem. */
void items_copy(struct items *out, struct arena *a, const struct law_text *text,
    size_t n, struct problems *p);
const struct item *items_find(const struct items *items, const char *name);
/* The packed Manifest of the items. ERR_NOMEM. */
enum err items_pack(
    struct arena *a, const struct items *items, struct bytes *out) MUST_CHECK;

#endif
