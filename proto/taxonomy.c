/*
 * SPDX-License-Identifier: MIT
 *
 * taxonomy: looks up ids, labels and numbers of the closed lists. It must
 * never invent a word: what is not in labels.c has no name.
 */
#include "proto/taxonomy.h"

#include <stdbool.h>
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

/* ---- what is expected ---- */

#define NEAR_MAX 40 /* longer than any word */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters must be put in, taken out or exchanged. */
static size_t
distance(const char *a, const char *b)
{
	size_t before[NEAR_MAX + 1], now[NEAR_MAX + 1];
	size_t n = strnlen(a, NEAR_MAX), m = strnlen(b, NEAR_MAX);

	for (size_t k = 0; k <= m; k++)
		now[k] = k;
	for (size_t i = 0; i < n; i++) {
		memcpy(before, now, sizeof(before));
		now[0] = i + 1;
		for (size_t k = 0; k < m; k++)
			now[k + 1] = least(least(before[k + 1], now[k]) + 1,
			    before[k] + (a[i] != b[k]));
	}
	return now[m];
}

static const char *
nearest(const char *const *word, size_t n, const char *found)
{
	const char *best = word[0];
	size_t least_far = NEAR_MAX;

	for (size_t i = 0; i < n && found != NULL; i++) {
		size_t far = distance(found, word[i]);

		/* More than half of it other letters is not near. */
		if (2 * far > strlen(found) || far >= least_far)
			continue;
		least_far = far;
		best = word[i];
	}
	return best;
}

const char *
taxonomy_expect(char *out, size_t room, const char *kind,
    const char *const *word, size_t n, const char *found)
{
	size_t at = 0;

	if (n > TAXONOMY_SHOWN) {
		(void)snprintf(out, room, "%s %s, such as \"%s\"",
		    strchr("aeiou", kind[0]) != NULL ? "an" : "a", kind,
		    nearest(word, n, found));
		return out;
	}
	for (size_t i = 0; i < n && at < room; i++) {
		int k = snprintf(out + at, room - at, "%s%s",
		    i > 0 ? ", " : "one of: ", word[i]);

		at += k > 0 ? (size_t)k : 0;
	}
	return out;
}

const char *
taxonomy_kind(const ProtobufCEnumDescriptor *e, char out[TAXONOMY_KIND])
{
	size_t at = 0;

	/* CaseState is "case state". */
	for (const char *c = e->short_name; *c != '\0'; c++) {
		bool upper = *c >= 'A' && *c <= 'Z';

		if (at + 3 > TAXONOMY_KIND)
			break;
		if (upper && at > 0)
			out[at++] = ' ';
		out[at++] = (char)(upper ? *c - 'A' + 'a' : *c);
	}
	out[at] = '\0';
	return out;
}

size_t
taxonomy_words(const ProtobufCEnumDescriptor *e, const char **out, size_t room)
{
	const struct label_table *t = find_table(e);
	size_t n = 0;

	for (; t != NULL && n < t->count && n < room; n++)
		out[n] = t->label[n].id;
	return n;
}

const char *
taxonomy_expected(const ProtobufCEnumDescriptor *e, const char *found,
    char out[TAXONOMY_EXPECTED])
{
	const char *word[TAXONOMY_WORDS] = { NULL };
	size_t n = taxonomy_words(e, word, TAXONOMY_WORDS);
	char kind[TAXONOMY_KIND];

	return taxonomy_expect(
	    out, TAXONOMY_EXPECTED, taxonomy_kind(e, kind), word, n, found);
}
