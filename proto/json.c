/*
 * SPDX-License-Identifier: MIT
 *
 * json: reading JSON into messages, by their descriptors.
 *
 * A draft names people. An error names the place in the text and what was
 * expected there; of what was found it shows a word only where a word of a
 * closed list, or a key, should have stood, and only if it looks like one.
 */
#include "proto/json.h"

#include <stdio.h>
#include <string.h>

#include "proto/json_field.h"
#include "proto/limits.h"
#include "proto/taxonomy.h"

#define FOUND_MAX 40 /* no id and no key is longer */

struct reader {
	struct arena *arena;
	uint64_t now_ms;
	struct why *why;
	char path[160];
};

/* ---------------------------------------------------------------- errors */

static enum err
refuse(struct reader *r, const char *found, const char *expected)
{
	return why_set(r->why, ERR_INVALID, "%s%sfound %s, expected %s",
	    r->path, r->path[0] != '\0' ? ": " : "", found, expected);
}

static enum err
no_memory(struct reader *r)
{
	return why_set(r->why, ERR_NOMEM, "no memory left for the message");
}

/* Appends ".name" or "[i]"; returns the length to go back to. */
static size_t
enter_key(struct reader *r, const char *name)
{
	size_t at = strlen(r->path);

	snprintf(r->path + at, sizeof(r->path) - at, "%s%s", at > 0 ? "." : "",
	    name);
	return at;
}

static size_t
enter_index(struct reader *r, size_t i)
{
	size_t at = strlen(r->path);

	snprintf(r->path + at, sizeof(r->path) - at, "[%zu]", i);
	return at;
}

static void
leave(struct reader *r, size_t at)
{
	r->path[at] = '\0';
}

static const char *
kind_of(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "text";
	case JSON_INTEGER:
		return "a number";
	case JSON_REAL:
		return "a fraction";
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
		return "null";
	}
	return "something else";
}

/* The word in quotes if it has the form of an id, else what it is. */
static const char *
quote_word(char out[FOUND_MAX + 3], const char *word, const char *otherwise)
{
	static const char form[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	size_t n = strlen(word);

	if (n == 0 || n > FOUND_MAX || strspn(word, form) != n ||
	    strspn(word, "_0123456789") == n)
		return otherwise;
	snprintf(out, FOUND_MAX + 3, "\"%s\"", word);
	return out;
}

static const char *
expected_of(const ProtobufCFieldDescriptor *f, const char *found,
    char out[TAXONOMY_EXPECTED])
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_ENUM:
		return taxonomy_expected(f->descriptor, found, out);
	case PROTOBUF_C_TYPE_STRING:
		return "text";
	case PROTOBUF_C_TYPE_BYTES:
		return "base64";
	case PROTOBUF_C_TYPE_BOOL:
		return "true or false";
	case PROTOBUF_C_TYPE_UINT32:
		return "a whole number below 4294967296";
	case PROTOBUF_C_TYPE_UINT64:
		return json_field_is_time(f) ?
		    "a time such as 2026-11-21T10:00:00Z" :
		    "a whole number";
	case PROTOBUF_C_TYPE_MESSAGE:
		return "an object";
	default:
		return "no such field";
	}
}

/* word: what was found, if it may be repeated. */
static enum err
refuse_word(struct reader *r, const ProtobufCFieldDescriptor *f,
    const char *found, const char *word)
{
	char expected[TAXONOMY_EXPECTED];

	return refuse(r, found, expected_of(f, word, expected));
}

static enum err
refuse_value(
    struct reader *r, const ProtobufCFieldDescriptor *f, const char *found)
{
	return refuse_word(r, f, found, NULL);
}

/* ---------------------------------------------------------------- values */

static enum err
read_enum(struct reader *r, const ProtobufCFieldDescriptor *f, const json_t *v,
    int *out)
{
	char word[FOUND_MAX + 3];
	const char *text, *found;

	if (!json_is_string(v))
		return refuse_value(r, f, kind_of(v));
	text = json_string_value(v);
	if (taxonomy_number(f->descriptor, text, out) == ERR_OK)
		return ERR_OK;
	found = quote_word(word, text, "other text");
	return refuse_word(r, f, found, found == word ? text : NULL);
}

static enum err
read_string(struct reader *r, const ProtobufCFieldDescriptor *f,
    const json_t *v, char **out)
{
	if (!json_is_string(v))
		return refuse_value(r, f, kind_of(v));
	if (!text_is_clean(bytes_str(json_string_value(v)), true))
		return refuse(r, "a control character",
		    "text without any but line feeds");
	*out = arena_strdup(r->arena, json_string_value(v));
	return *out != NULL ? ERR_OK : no_memory(r);
}

static enum err
read_bytes(struct reader *r, const ProtobufCFieldDescriptor *f, const json_t *v,
    ProtobufCBinaryData *out)
{
	struct bytes in;

	if (!json_is_string(v))
		return refuse_value(r, f, kind_of(v));
	in = bytes_of(json_string_value(v), json_string_length(v));
	out->len = in.len / 4 * 3;
	out->data = arena_alloc(r->arena, out->len);
	if (out->data == NULL)
		return no_memory(r);
	if (base64_decode(out->data, &out->len, in) != ERR_OK)
		return refuse_value(r, f, "other text");
	return ERR_OK;
}

/* What does not fit in a JSON integer stands as its decimal digits. */
static bool
parse_decimal(const char *s, uint64_t *out)
{
	uint64_t v = 0;

	if (*s == '\0' || *s == '0')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return *s == '\0' && v > INT64_MAX;
}

static bool
read_whole(const json_t *v, uint64_t max, uint64_t *out)
{
	if (json_is_string(v))
		return parse_decimal(json_string_value(v), out) && *out <= max;
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*out = (uint64_t)json_integer_value(v);
	return *out <= max;
}

static uint64_t
unit_ms(char unit)
{
	switch (unit) {
	case 's':
		return 1000;
	case 'm':
		return 60 * 1000;
	case 'h':
		return 3600 * 1000;
	case 'd':
		return DAY_MS;
	default:
		return 0;
	}
}

/* "now", "now+14d", "now-90m". */
static bool
parse_relative(const char *s, uint64_t now_ms, uint64_t *out)
{
	uint64_t n = 0;
	size_t digits = 0;

	if (now_ms == 0 || strncmp(s, "now", 3) != 0)
		return false;
	*out = now_ms;
	if (s[3] == '\0')
		return true;
	if (s[3] != '+' && s[3] != '-')
		return false;
	/* Nine digits of days are far from an overflow. */
	for (; digits < 9 && s[4 + digits] >= '0' && s[4 + digits] <= '9';
	     digits++)
		n = n * 10 + (unsigned)(s[4 + digits] - '0');
	if (digits == 0 || unit_ms(s[4 + digits]) == 0 || s[5 + digits] != '\0')
		return false;
	n *= unit_ms(s[4 + digits]);
	if (s[3] == '-' && n > now_ms)
		return false;
	*out = s[3] == '-' ? now_ms - n : now_ms + n;
	return *out <= TIME_MAX_MS;
}

static enum err
read_time(struct reader *r, const ProtobufCFieldDescriptor *f, const json_t *v,
    uint64_t *out)
{
	if (json_is_string(v) &&
	    (parse_relative(json_string_value(v), r->now_ms, out) ||
		time_parse(out, json_string_value(v)) == ERR_OK))
		return ERR_OK;
	/* A time that RFC 3339 cannot write is kept as a number. */
	if (read_whole(v, UINT64_MAX, out) && *out > TIME_MAX_MS)
		return ERR_OK;
	return refuse_value(
	    r, f, json_is_string(v) ? "other text" : kind_of(v));
}

static enum err
read_number(struct reader *r, const ProtobufCFieldDescriptor *f,
    const json_t *v, void *slot)
{
	uint64_t n;

	if (f->type == PROTOBUF_C_TYPE_UINT64 && json_field_is_time(f))
		return read_time(r, f, v, slot);
	if (!read_whole(v,
		f->type == PROTOBUF_C_TYPE_UINT32 ? UINT32_MAX : UINT64_MAX,
		&n))
		return refuse_value(r, f,
		    json_is_integer(v) ? "a number out of range" : kind_of(v));
	if (f->type == PROTOBUF_C_TYPE_UINT32)
		*(uint32_t *)slot = (uint32_t)n;
	else
		*(uint64_t *)slot = n;
	return ERR_OK;
}

/* -------------------------------------------------------------- messages */

static enum err
read_message(struct reader *r, const ProtobufCMessageDescriptor *d,
    const json_t *v, ProtobufCMessage **out);

static enum err
read_value(struct reader *r, const ProtobufCFieldDescriptor *f, const json_t *v,
    void *slot)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(r, f, v, slot);
	case PROTOBUF_C_TYPE_STRING:
		return read_string(r, f, v, slot);
	case PROTOBUF_C_TYPE_BYTES:
		return read_bytes(r, f, v, slot);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
		return read_number(r, f, v, slot);
	case PROTOBUF_C_TYPE_BOOL:
		if (!json_is_boolean(v))
			return refuse_value(r, f, kind_of(v));
		*(protobuf_c_boolean *)slot = json_is_true(v);
		return ERR_OK;
	case PROTOBUF_C_TYPE_MESSAGE:
		return read_message(r, f->descriptor, v, slot);
	default:
		return refuse_value(r, f, kind_of(v));
	}
}

static enum err
read_list(struct reader *r, const ProtobufCFieldDescriptor *f, const json_t *v,
    ProtobufCMessage *m)
{
	size_t size = json_field_size(f), n = json_array_size(v);
	char *list;

	if (!json_is_array(v))
		return refuse(r, kind_of(v), "a list");
	list = arena_alloc(r->arena, n * size);
	if (list == NULL)
		return no_memory(r);
	for (size_t i = 0; i < n; i++) {
		size_t at = enter_index(r, i);
		enum err e = read_value(
		    r, f, json_array_get(v, i), list + i * size);

		if (e != ERR_OK)
			return e;
		leave(r, at);
	}
	*(void **)json_field_slot(m, f->offset) = list;
	*(size_t *)json_field_slot(m, f->quantifier_offset) = n;
	return ERR_OK;
}

static enum err
read_field(struct reader *r, const ProtobufCFieldDescriptor *f, const json_t *v,
    ProtobufCMessage *m)
{
	size_t at = enter_key(r, f->name);
	enum err e;

	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		e = read_list(r, f, v, m);
	else
		e = read_value(r, f, v, json_field_slot(m, f->offset));
	if (e != ERR_OK)
		return e;
	if (json_field_has_flag(f))
		*(protobuf_c_boolean *)json_field_slot(
		    m, f->quantifier_offset) = 1;
	leave(r, at);
	return ERR_OK;
}

static enum err
refuse_key(
    struct reader *r, const ProtobufCMessageDescriptor *d, const char *key)
{
	char word[FOUND_MAX + 3], found[64], expected[TAXONOMY_EXPECTED];
	const char *name[TAXONOMY_WORDS];
	const char *quoted = quote_word(word, key, "of another form");
	size_t n = 0;

	snprintf(found, sizeof(found), "the key %s", quoted);
	for (; n < d->n_fields && n < TAXONOMY_WORDS; n++)
		name[n] = d->fields[n].name;
	return refuse(r, found,
	    taxonomy_expect(expected, sizeof(expected), "key", name, n,
		quoted == word ? key : NULL));
}

static enum err
check_required(
    struct reader *r, const ProtobufCMessageDescriptor *d, const json_t *object)
{
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];

		if (f->label != PROTOBUF_C_LABEL_REQUIRED ||
		    json_object_get(object, f->name) != NULL)
			continue;
		(void)enter_key(r, f->name);
		return refuse_value(r, f, "nothing");
	}
	return ERR_OK;
}

static enum err
read_message(struct reader *r, const ProtobufCMessageDescriptor *d,
    const json_t *v, ProtobufCMessage **out)
{
	ProtobufCMessage *m;
	json_t *object = (json_t *)(uintptr_t)v, *value;
	const char *key;
	enum err e;

	if (!json_is_object(v))
		return refuse(r, kind_of(v), "an object");
	m = arena_alloc(r->arena, d->sizeof_message);
	if (m == NULL)
		return no_memory(r);
	protobuf_c_message_init(d, m);
	json_object_foreach(object, key, value) {
		const ProtobufCFieldDescriptor *f =
		    protobuf_c_message_descriptor_get_field_by_name(d, key);

		if (f == NULL)
			return refuse_key(r, d, key);
		e = read_field(r, f, value, m);
		if (e != ERR_OK)
			return e;
	}
	e = check_required(r, d, v);
	if (e == ERR_OK)
		*out = m;
	return e;
}

/* -------------------------------------------------------------- documents */

/* jansson's own words would quote the text. */
static const char *
syntax_error(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_premature_end_of_input:
		return "found the end, expected more";
	case json_error_end_of_input_expected:
		return "found more, expected the end";
	case json_error_duplicate_key:
		return "found a key twice in one object, expected it once";
	case json_error_invalid_utf8:
		return "found bytes that are not UTF-8";
	case json_error_null_character:
		return "found a NUL character, expected text";
	case json_error_numeric_overflow:
		return "found a number too large to hold";
	case json_error_stack_overflow:
		return "found too many levels";
	default:
		return "found what is not JSON";
	}
}

enum err
json_parse(struct arena *a, const ProtobufCMessageDescriptor *d,
    struct bytes text, uint64_t now_ms, ProtobufCMessage **out, struct why *why)
{
	struct reader r = { .arena = a, .now_ms = now_ms, .why = why };
	json_error_t error;
	json_t *v;
	enum err e;

	v = json_loadb(
	    (const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
	if (v == NULL && json_error_code(&error) == json_error_out_of_memory)
		return no_memory(&r);
	if (v == NULL)
		return why_set(why, ERR_INVALID, "line %d, column %d: %s",
		    error.line, error.column, syntax_error(&error));
	e = read_message(&r, d, v, out);
	json_decref(v);
	return e;
}
