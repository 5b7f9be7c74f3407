/*
 * SPDX-License-Identifier: MIT
 *
 * space_words: facts for people, in the words of rules.yaml, and how large
 * the space is.
 */
#include "daemon/law/space.h"

#include <string.h>

#include "proto/taxonomy.h"

struct line {
	char *at;
	size_t room;
};

static void
put(struct line *l, const char *text)
{
	size_t n = strlen(text);

	if (n >= l->room)
		n = l->room > 0 ? l->room - 1 : 0;
	memcpy(l->at, text, n);
	l->at += n;
	l->room -= n;
	if (l->room > 0)
		*l->at = '\0';
}

const char *
field_word(enum field f, unsigned value)
{
	const struct field_info *i = &field_info[f];

	if (i->none != NULL && value == 0)
		return i->none;
	if (i->list != NULL)
		return taxonomy_id(i->list, (int)value);
	for (unsigned n = 0; i->own[n] != NULL; n++)
		if (n == value)
			return i->own[n];
	return "?";
}

static void
put_list(struct line *l, const char *name, uint64_t set,
    const ProtobufCEnumDescriptor *list, const char *const *own, int base)
{
	const char *before = "";

	if (set == 0)
		return;
	put(l, ", ");
	put(l, name);
	put(l, ": [");
	for (int n = 0; n < 64; n++) {
		if ((set >> n & 1) == 0)
			continue;
		put(l, before);
		put(l, list != NULL ? taxonomy_id(list, n + base) : own[n]);
		before = ", ";
	}
	put(l, "]");
}

static void
put_field(struct line *l, enum field f, uint64_t set, const char *before)
{
	put(l, before);
	put(l, field_info[f].name);
	put(l, ": ");
	put(l, field_word(f, (unsigned)__builtin_ctzll(set)));
}

void
space_words(const struct facts *f, char *out, size_t room)
{
	static const enum field always[] = { FIELD_KIND, FIELD_FROM, FIELD_TO,
		FIELD_STATE };
	const struct box b = box_of_facts(f);
	struct line l = { out, room };
	uint32_t any = 1u << RELATION_ANY;

	put(&l, "");
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		put_field(&l, always[i], b.set[always[i]], i > 0 ? ", " : "");
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		if (i != FIELD_KIND && i != FIELD_FROM && i != FIELD_TO &&
		    i != FIELD_STATE && (b.set[i] & 1) == 0)
			put_field(&l, (enum field)i, b.set[i], ", ");
	put_list(&l, "relation", f->relation & ~any, &pb_relation__descriptor,
	    NULL, 0);
	put_list(&l, "basis", f->basis, &pb_basis__descriptor, NULL, 0);
	for (unsigned i = 0; i < FLAG_COUNT; i++) {
		if (!bits_have(&b.yes, BOX_FLAG(i)))
			continue;
		put(&l, ", ");
		put(&l, flag_info[i].name);
		put(&l, ": true");
	}
	put_list(&l, "setting", f->settings, NULL, setting_words, 0);
	put_list(&l, "carries", f->categories, &pb_category__descriptor, NULL,
	    CATEGORY_IDENTITY);
}
