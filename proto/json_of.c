/*
 * SPDX-License-Identifier: MIT
 *
 * json_of: writing messages as JSON, in the order of field numbers; reading
 * it back gives the same message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/json.h"
#include "proto/json_field.h"
#include "proto/limits.h"
#include "proto/taxonomy.h"

bool
json_field_is_time(const ProtobufCFieldDescriptor *f)
{
	static const char *const other[] = { "bytes", "consistency_from",
		"count", "counter", "first", "index", "messages", "of",
		"offered", "serial", "size", "skew_ms" };

	if (f->type != PROTOBUF_C_TYPE_UINT64)
		return false;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (strcmp(f->name, other[i]) == 0)
			return false;
	return true;
}

size_t
json_field_size(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_ENUM:
		return sizeof(int);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_UINT32:
		return sizeof(uint32_t);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	default:
		return sizeof(uint64_t);
	}
}

bool
json_field_has_flag(const ProtobufCFieldDescriptor *f)
{
	return f->label == PROTOBUF_C_LABEL_OPTIONAL &&
	    f->type != PROTOBUF_C_TYPE_STRING &&
	    f->type != PROTOBUF_C_TYPE_MESSAGE;
}

void *
json_field_slot(const ProtobufCMessage *m, unsigned offset)
{
	return (char *)(uintptr_t)m + offset;
}

/* An integer, or its digits where a JSON integer ends. */
static json_t *
number_json(uint64_t v)
{
	char digits[24];

	if (v <= INT64_MAX)
		return json_integer((json_int_t)v);
	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v);
	return json_string(digits);
}

static json_t *
uint64_json(const ProtobufCFieldDescriptor *f, uint64_t v)
{
	char text[25];

	if (!json_field_is_time(f) || v > TIME_MAX_MS)
		return number_json(v);
	time_format(text, v);
	return json_string(text);
}

static json_t *
bytes_json(const ProtobufCBinaryData *b)
{
	char *text = malloc(base64_size(b->len));
	json_t *v;

	if (text == NULL)
		return NULL;
	base64_encode(text, bytes_of(b->data, b->len));
	v = json_string(text);
	free(text);
	return v;
}

static json_t *
value_json(const ProtobufCFieldDescriptor *f, const void *slot)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_ENUM:
		return json_string(
		    taxonomy_id(f->descriptor, *(const int *)slot));
	case PROTOBUF_C_TYPE_STRING:
		return json_string(*(const char *const *)slot);
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_json(slot);
	case PROTOBUF_C_TYPE_UINT32:
		return number_json(*(const uint32_t *)slot);
	case PROTOBUF_C_TYPE_UINT64:
		return uint64_json(f, *(const uint64_t *)slot);
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(*(const protobuf_c_boolean *)slot);
	case PROTOBUF_C_TYPE_MESSAGE:
		return json_of(*(const ProtobufCMessage *const *)slot);
	default:
		return NULL;
	}
}

static json_t *
list_json(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	const char *first = *(const char **)json_field_slot(m, f->offset);
	size_t n = *(const size_t *)json_field_slot(m, f->quantifier_offset);
	json_t *list = json_array();

	/* The _new calls refuse NULL, of list and of value alike. */
	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(list,
			value_json(f, first + i * json_field_size(f))) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static bool
is_present(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)json_field_slot(
			   m, f->quantifier_offset) > 0;
	if (json_field_has_flag(f))
		return *(const protobuf_c_boolean *)json_field_slot(
			   m, f->quantifier_offset) != 0;
	if (f->label == PROTOBUF_C_LABEL_OPTIONAL)
		return *(void *const *)json_field_slot(m, f->offset) != NULL;
	return true;
}

json_t *
json_of(const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *d = message->descriptor;
	json_t *object = json_object();

	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		json_t *v;

		if (!is_present(message, f))
			continue;
		v = f->label == PROTOBUF_C_LABEL_REPEATED ?
		    list_json(message, f) :
		    value_json(f, json_field_slot(message, f->offset));
		if (json_object_set_new(object, f->name, v) != 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

char *
json_text(struct arena *a, const ProtobufCMessage *message)
{
	json_t *object = json_of(message);
	char *dump = json_dumps(object, JSON_INDENT(2)), *text;

	json_decref(object);
	if (dump == NULL)
		return NULL;
	text = arena_strdup(a, dump);
	free(dump);
	return text;
}
