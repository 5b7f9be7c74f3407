/*
 * SPDX-License-Identifier: MIT
 *
 * words: see words.h.
 */
#include "words.h"

#include <stddef.h>
#include <string.h>

#include "daemon/law/table.h"
#include "proto/taxonomy.h"

enum { SET_RELATION, SET_BASIS, SET_CARRIES, SET_SETTING, SET_COUNT };

/* Where each fact lies; a hole here is a fact that cannot be asked for,
 * and words_test fails. */
static const size_t field_at[FIELD_COUNT] = {
	[FIELD_KIND] = offsetof(struct facts, kind),
	[FIELD_FROM] = offsetof(struct facts, from),
	[FIELD_TO] = offsetof(struct facts, to),
	[FIELD_URGENCY] = offsetof(struct facts, urgency),
	[FIELD_COOPERATION] = offsetof(struct facts, cooperation),
	[FIELD_PURPOSE] = offsetof(struct facts, purpose),
	[FIELD_NECESSITY] = offsetof(struct facts, necessity),
	[FIELD_AGE] = offsetof(struct facts, age),
	[FIELD_CHILD] = offsetof(struct facts, concerned_child),
	[FIELD_EXPOSED] = offsetof(struct facts, exposed),
	[FIELD_KSP] = offsetof(struct facts, ksp),
	[FIELD_CONSENT] = offsetof(struct facts, consent),
	[FIELD_STATE] = offsetof(struct facts, state),
	[FIELD_EVENT] = offsetof(struct facts, event),
	[FIELD_ACTS_FOR] = offsetof(struct facts, acts_for),
	[FIELD_INFORMED] = offsetof(struct facts, subject_informed),
};

static const size_t flag_at[FLAG_COUNT] = {
	[FLAG_HAS_CASE] = offsetof(struct facts, has_case),
	[FLAG_POLICE_ALONE] = offsetof(struct facts, police_alone),
	[FLAG_POLICE_LOOKED] = offsetof(struct facts, police_looked),
	[FLAG_CASE_ACUTE] = offsetof(struct facts, case_acute),
	[FLAG_SENDER_PARTICIPANT] = offsetof(struct facts, sender_participant),
	[FLAG_RECIPIENT_PARTICIPANT] = offsetof(
	    struct facts, recipient_participant),
	[FLAG_ANSWERS_REQUEST] = offsetof(struct facts, answers_request),
	[FLAG_NECESSITY_TEXT] = offsetof(struct facts, necessity_text),
	[FLAG_UNDERRETNING_MADE] = offsetof(struct facts, underretning_made),
	[FLAG_INVESTIGATION_OPENED] = offsetof(
	    struct facts, investigation_opened),
	[FLAG_CRISIS_OPEN] = offsetof(struct facts, crisis_open),
	[FLAG_SENDER_RESPONSIBLE] = offsetof(struct facts, sender_responsible),
	[FLAG_RECIPIENT_RESPONSIBLE] = offsetof(
	    struct facts, recipient_responsible),
	[FLAG_HAD_ORIGINAL] = offsetof(struct facts, had_original),
	[FLAG_IDENTITY_SEALED] = offsetof(struct facts, identity_sealed),
};

struct set_info {
	const char *name;
	const ProtobufCEnumDescriptor *list; /* its words, or */
	const char *const *own;		     /* our own from bit 0 */
	int base;			     /* number of bit 0 */
};

static const struct set_info set_info[SET_COUNT] = {
	[SET_RELATION] = { "relation", &pb_relation__descriptor, NULL, 0 },
	[SET_BASIS] = { "basis", &pb_basis__descriptor, NULL, 0 },
	[SET_CARRIES] = { "carries", &pb_category__descriptor, NULL,
	    CATEGORY_IDENTITY },
	[SET_SETTING] = { "setting", NULL, setting_words, 0 },
};

size_t
words_count(void)
{
	return FIELD_COUNT + FLAG_COUNT + SET_COUNT;
}

enum word_form
words_form(size_t fact)
{
	if (fact < FIELD_COUNT)
		return WORD_FIELD;
	return fact < FIELD_COUNT + FLAG_COUNT ? WORD_FLAG : WORD_SET;
}

static const struct set_info *
set_of(size_t fact)
{
	return &set_info[fact - FIELD_COUNT - FLAG_COUNT];
}

const char *
words_name(size_t fact)
{
	switch (words_form(fact)) {
	case WORD_FIELD:
		return field_info[fact].name;
	case WORD_FLAG:
		return flag_info[fact - FIELD_COUNT].name;
	case WORD_SET:
		break;
	}
	return set_of(fact)->name;
}

static bool
same_name(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	return *a == *b;
}

size_t
words_find(const char *name)
{
	size_t i = 0;

	while (i < words_count() && !same_name(words_name(i), name))
		i++;
	return i;
}

static void
put_set(struct facts *f, size_t fact, uint64_t bits)
{
	switch (fact - FIELD_COUNT - FLAG_COUNT) {
	case SET_RELATION:
		f->relation = (uint32_t)bits;
		break;
	case SET_BASIS:
		f->basis = (uint32_t)bits;
		break;
	case SET_CARRIES:
		f->categories = bits;
		break;
	case SET_SETTING:
		f->settings = (uint32_t)bits;
		break;
	}
}

static uint64_t
get_set(const struct facts *f, size_t fact)
{
	switch (fact - FIELD_COUNT - FLAG_COUNT) {
	case SET_RELATION:
		return f->relation;
	case SET_BASIS:
		return f->basis;
	case SET_CARRIES:
		return f->categories;
	case SET_SETTING:
		return f->settings;
	}
	return 0;
}

static void
put(struct facts *f, size_t fact, unsigned number)
{
	uint8_t value = (uint8_t)number;
	bool flag = number != 0;

	if (words_form(fact) == WORD_FIELD)
		memcpy((char *)f + field_at[fact], &value, sizeof(value));
	else
		memcpy((char *)f + flag_at[fact - FIELD_COUNT], &flag,
		    sizeof(flag));
}

void
words_clear(struct facts *f, size_t fact)
{
	if (words_form(fact) == WORD_SET)
		put_set(f, fact, 0);
	else
		put(f, fact, 0);
}

uint64_t
words_get(const struct facts *f, size_t fact)
{
	uint8_t value;
	bool flag;

	switch (words_form(fact)) {
	case WORD_FIELD:
		memcpy(&value, (const char *)f + field_at[fact], sizeof(value));
		return value;
	case WORD_FLAG:
		memcpy(&flag, (const char *)f + flag_at[fact - FIELD_COUNT],
		    sizeof(flag));
		return flag;
	case WORD_SET:
		break;
	}
	return get_set(f, fact);
}

uint64_t
words_all(size_t fact)
{
	const struct set_info *s;
	uint64_t all = 0;

	switch (words_form(fact)) {
	case WORD_FIELD:
		return field_all((enum field)fact);
	case WORD_FLAG:
		return 3;
	case WORD_SET:
		break;
	}
	s = set_of(fact);
	for (unsigned i = 0; s->own != NULL && s->own[i] != NULL; i++)
		all |= 1ULL << i;
	for (unsigned i = 0; s->list != NULL && i < s->list->n_values; i++)
		all |= 1ULL << (s->list->values[i].value - s->base);
	return all;
}

/* The list a number of the fact belongs to; NULL for a word of our own. */
static const ProtobufCEnumDescriptor *
list_of(size_t fact, unsigned number)
{
	const struct field_info *i;

	if (words_form(fact) == WORD_SET)
		return set_of(fact)->list;
	i = words_form(fact) == WORD_FIELD ? &field_info[fact] : NULL;
	return i == NULL || (number == 0 && i->none != NULL) ? NULL : i->list;
}

static int
number_of(size_t fact, unsigned number)
{
	return (int)number +
	    (words_form(fact) == WORD_SET ? set_of(fact)->base : 0);
}

static const char *
own_word(size_t fact, unsigned number)
{
	const char *const *own;

	if (words_form(fact) == WORD_FLAG)
		return number != 0 ? "true" : "false";
	if (words_form(fact) == WORD_FIELD && number == 0 &&
	    field_info[fact].none != NULL)
		return field_info[fact].none;
	own = words_form(fact) == WORD_SET ? set_of(fact)->own :
					     field_info[fact].own;
	for (unsigned n = 0; own != NULL && own[n] != NULL; n++)
		if (n == number)
			return own[n];
	return "?";
}

const char *
words_word(size_t fact, unsigned number)
{
	const ProtobufCEnumDescriptor *list = list_of(fact, number);

	return list == NULL ? own_word(fact, number) :
			      taxonomy_id(list, number_of(fact, number));
}

const char *
words_danish(size_t fact, unsigned number)
{
	const ProtobufCEnumDescriptor *list = list_of(fact, number);

	return list == NULL ? own_word(fact, number) :
			      taxonomy_label(list, number_of(fact, number));
}

const char *
words_holds(size_t flag)
{
	return flag_info[flag - FIELD_COUNT].missing_true;
}

static void
append(char *out, size_t room, const char *word)
{
	size_t at = strlen(out);

	(void)snprintf(out + at, room - at, "%s%s", at > 0 ? ", " : "", word);
}

static void
append_bits(size_t fact, uint64_t bits, char *out, size_t room)
{
	for (unsigned n = 0; n < 64; n++)
		if ((bits & 1ULL << n) != 0)
			append(out, room, words_word(fact, n));
}

void
words_text(const struct facts *f, size_t fact, char *out, size_t room)
{
	uint64_t value = words_get(f, fact);

	out[0] = '\0';
	if (words_form(fact) != WORD_SET)
		append(out, room, words_word(fact, (unsigned)value));
	else if (value == 0)
		append(out, room, "none");
	else
		append_bits(fact, value, out, room);
}

enum err
words_set(struct facts *f, size_t fact, const char *value, struct why *why)
{
	bool is_set = words_form(fact) == WORD_SET;
	uint64_t all = words_all(fact);
	char expected[TAXONOMY_EXPECTED];
	const char *word[65];
	size_t n = 0;

	for (unsigned i = 0; i < 64; i++) {
		if ((all & 1ULL << i) == 0 ||
		    strcmp(words_word(fact, i), value) != 0)
			continue;
		if (is_set)
			put_set(f, fact, get_set(f, fact) | 1ULL << i);
		else
			put(f, fact, i);
		return ERR_OK;
	}
	if (is_set && strcmp(value, "none") == 0) {
		put_set(f, fact, 0);
		return ERR_OK;
	}
	for (unsigned i = 0; i < 64; i++)
		if ((all & 1ULL << i) != 0)
			word[n++] = words_word(fact, i);
	if (is_set)
		word[n++] = "none";
	return why_set(why, ERR_INVALID, "%s: found %.60s, expected %s",
	    words_name(fact), value,
	    taxonomy_expect(
		expected, sizeof(expected), "word", word, n, value));
}
