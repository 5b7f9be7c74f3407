/*
 * SPDX-License-Identifier: MIT
 *
 * taxonomy: looks up ids, labels and numbers of the closed lists. It must
 * never invent a word: what is not in labels.c has no name.
 */
#include "proto/taxonomy.h"

#include <stdio.h>
#include <string.h>

#include "proto/labels.h"

static const struct label_table *
find_table(const ProtobufCEnumDescriptor *e)
{
	for (size_t i = 0; i < label_table_count; i++)
		if (label_table[i].list == e)
			return &label_table[i];
	return NULL;
}

static const struct label *
find_number(const ProtobufCEnumDescriptor *e, int number)
{
	const struct label_table *t = find_table(e);

	for (size_t i = 0; t != NULL && i < t->count; i++)
		if (t->label[i].number == number)
			return &t->label[i];
	return NULL;
}

const char *
taxonomy_id(const ProtobufCEnumDescriptor *e, int number)
{
	const struct label *l = find_number(e, number);

	return l != NULL ? l->id : "?";
}

const char *
taxonomy_label(const ProtobufCEnumDescriptor *e, int number)
{
	const struct label *l = find_number(e, number);

	return l != NULL && l->danish != NULL ? l->danish :
						taxonomy_id(e, number);
}

enum err
taxonomy_number(const ProtobufCEnumDescriptor *e, const char *id, int *number)
{
	const struct label_table *t = find_table(e);

	for (size_t i = 0; t != NULL && i < t->count; i++)
		if (strcmp(t->label[i].id, id) == 0) {
			*number = t->label[i].number;
			return ERR_OK;
		}
	return ERR_NOT_FOUND;
}

void
taxonomy_list(const ProtobufCEnumDescriptor *e, char *out, size_t room)
{
	const struct label_table *t = find_table(e);
	size_t at = 0;

	if (room == 0)
		return;
	out[0] = '\0';
	for (size_t i = 0; t != NULL && i < t->count && at < room; i++) {
		int n = snprintf(out + at, room - at, "%s%s", i > 0 ? ", " : "",
		    t->label[i].id);

		if (n < 0)
			return;
		at += (size_t)n;
	}
}
