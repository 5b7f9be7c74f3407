/*
 * SPDX-License-Identifier: MIT
 *
 * strict: envelope_unpack and envelope_pack. The generic reader that lets in
 * exactly the one encoding of a message, whatever its descriptor.
 *
 * protobuf-c checks neither amount nor form, so its input is scanned before
 * it (bounded work, bounded depth, no recursion) and its output walked after
 * it. It must never let bytes through that packing again would not give.
 */
#include "proto/envelope.h"

#include <stdio.h>
#include <string.h>

/* The schema is four levels deep; nothing deeper is entered. */
#define DEPTH_MAX 8

static enum code
refuse(struct defect *defect, enum code code,
    const ProtobufCMessageDescriptor *d, const char *field)
{
	if (defect != NULL) {
		defect->code = code;
		if (field != NULL)
			snprintf(defect->field, sizeof(defect->field), "%s.%s",
			    d->short_name, field);
		else
			snprintf(defect->field, sizeof(defect->field), "%s",
			    d->short_name);
	}
	return code;
}

/* ------------------------------------------------------------- pre-scan */

struct level {
	const ProtobufCMessageDescriptor *d;
	struct bytes rest;
};

struct scan {
	struct level level[DEPTH_MAX];
	size_t depth;  /* levels in use */
	size_t fields; /* and elements of packed fields */
};

/* A varint of at most max bytes; false if it does not end in time. */
static bool
take_varint(struct bytes *in, size_t max, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < in->len && i < max; i++) {
		v |= (uint64_t)(in->data[i] & 0x7f) << (7 * i);
		if ((in->data[i] & 0x80) == 0) {
			*out = v;
			*in = bytes_of(in->data + i + 1, in->len - i - 1);
			return true;
		}
	}
	return false;
}

static bool
take(struct bytes *in, uint64_t len, struct bytes *out)
{
	if (len > in->len)
		return false;
	*out = bytes_of(in->data, (size_t)len);
	*in = bytes_of(in->data + len, in->len - (size_t)len);
	return true;
}

/* The wire type of one value; -1 for types that the schema does not use. */
static int
wire_type(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_ENUM:
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
	default:
		return -1;
	}
}

/* The body of a length-prefixed field that the schema knows. */
static enum code
scan_body(struct scan *s, const ProtobufCFieldDescriptor *f, struct bytes body)
{
	uint64_t value;

	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		if (s->depth == DEPTH_MAX)
			return CODE_MALFORMED;
		s->level[s->depth++] = (struct level){ f->descriptor, body };
		return CODE_OK;
	}
	if (wire_type(f->type) != PROTOBUF_C_WIRE_TYPE_VARINT)
		return CODE_OK;
	while (body.len > 0) {
		if (++s->fields > FIELDS_MAX)
			return CODE_TOO_LARGE;
		if (!take_varint(&body, 10, &value))
			return CODE_MALFORMED;
	}
	return CODE_OK;
}

/* One field at the innermost level; *f is NULL if the schema has none. */
static enum code
scan_field(struct scan *s, const ProtobufCFieldDescriptor **f)
{
	struct level *top = &s->level[s->depth - 1];
	struct bytes body;
	uint64_t key, value;
	int wire;

	*f = NULL;
	if (!take_varint(&top->rest, 5, &key) || key >> 3 == 0 ||
	    key > UINT32_MAX)
		return CODE_MALFORMED;
	if (++s->fields > FIELDS_MAX)
		return CODE_TOO_LARGE;
	*f = protobuf_c_message_descriptor_get_field(
	    top->d, (unsigned)(key >> 3));
	wire = (int)(key & 7);
	/* A list of varints may come packed or, not canonically, one by one. */
	if (*f != NULL && wire != wire_type((*f)->type) &&
	    !((*f)->label == PROTOBUF_C_LABEL_REPEATED &&
		wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
		wire_type((*f)->type) == PROTOBUF_C_WIRE_TYPE_VARINT))
		return CODE_MALFORMED;

	switch (wire) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		return take_varint(&top->rest, 10, &value) ? CODE_OK :
							     CODE_MALFORMED;
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return take(&top->rest, 8, &body) ? CODE_OK : CODE_MALFORMED;
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		return take(&top->rest, 4, &body) ? CODE_OK : CODE_MALFORMED;
	case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
		if (!take_varint(&top->rest, 10, &value) ||
		    !take(&top->rest, value, &body))
			return CODE_MALFORMED;
		return *f != NULL ? scan_body(s, *f, body) : CODE_OK;
	default: /* groups, and what no version of the format has */
		return CODE_MALFORMED;
	}
}

/* Counts before anything is allocated: a field costs up to 100 x its bytes. */
static enum code
scan(
    const ProtobufCMessageDescriptor *d, struct bytes in, struct defect *defect)
{
	struct scan s = { .level[0] = { d, in }, .depth = 1 };

	while (s.depth > 0) {
		const ProtobufCMessageDescriptor *at = s.level[s.depth - 1].d;
		const ProtobufCFieldDescriptor *f;
		enum code code;

		if (s.level[s.depth - 1].rest.len == 0) {
			s.depth--;
			continue;
		}
		code = scan_field(&s, &f);
		if (code != CODE_OK)
			return refuse(
			    defect, code, at, f != NULL ? f->name : NULL);
	}
	return CODE_OK;
}

/* --------------------------------------------------------------- unpack */

/* The arena as allocator, remembering whether its cap was met. */
struct counted {
	ProtobufCAllocator allocator;
	ProtobufCAllocator *arena;
	bool full;
};

static void *
counted_alloc(void *data, size_t size)
{
	struct counted *c = data;
	void *p = c->arena->alloc(c->arena->allocator_data, size);

	if (p == NULL)
		c->full = true;
	return p;
}

static void
counted_free(void *data, void *p)
{
	struct counted *c = data;

	c->arena->free(c->arena->allocator_data, p);
}

/* ------------------------------------------------------ walk after unpack */

enum walk { WALK_UNKNOWN, WALK_ENUM, WALK_TEXT };

static const void *
member(const ProtobufCMessage *m, unsigned offset)
{
	return (const char *)m + offset;
}

/* Elements of a field: 0, 1 or the count of a list. */
static size_t
field_count(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)member(m, f->quantifier_offset);
	if (f->label == PROTOBUF_C_LABEL_REQUIRED)
		return 1;
	if (f->type == PROTOBUF_C_TYPE_STRING ||
	    f->type == PROTOBUF_C_TYPE_MESSAGE)
		return *(void *const *)member(m, f->offset) != NULL;
	return *(const protobuf_c_boolean *)member(m, f->quantifier_offset) !=
	    0;
}

/* First element of a field that has any. */
static const void *
field_first(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const void *const *)member(m, f->offset);
	return member(m, f->offset);
}

static enum code walk(const ProtobufCMessage *m, enum walk what, unsigned depth,
    struct defect *defect);

static enum code
walk_value(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
    size_t i, enum walk what, unsigned depth, struct defect *defect)
{
	const void *first = field_first(m, f);

	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return walk(((const ProtobufCMessage *const *)first)[i], what,
		    depth + 1, defect);
	if (f->type == PROTOBUF_C_TYPE_ENUM && what == WALK_ENUM &&
	    protobuf_c_enum_descriptor_get_value(
		f->descriptor, ((const int *)first)[i]) == NULL)
		return refuse(
		    defect, CODE_UNKNOWN_VALUE, m->descriptor, f->name);
	if (f->type == PROTOBUF_C_TYPE_STRING && what == WALK_TEXT &&
	    !text_is_clean(bytes_str(((const char *const *)first)[i]), true))
		return refuse(defect, CODE_BAD_TEXT, m->descriptor, f->name);
	return CODE_OK;
}

/* Recursion follows the schema, not the input; DEPTH_MAX bounds both. */
static enum code
walk(const ProtobufCMessage *m, enum walk what, unsigned depth,
    struct defect *defect)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;

	if (depth > DEPTH_MAX)
		return refuse(defect, CODE_MALFORMED, d, NULL);
	if (what == WALK_UNKNOWN && m->n_unknown_fields != 0)
		return refuse(defect, CODE_UNKNOWN_FIELD, d, NULL);
	for (unsigned k = 0; k < d->n_fields; k++) {
		const ProtobufCFieldDescriptor *f = &d->fields[k];
		size_t n = field_count(m, f);

		for (size_t i = 0; i < n; i++) {
			enum code code = walk_value(
			    m, f, i, what, depth, defect);

			if (code != CODE_OK)
				return code;
		}
	}
	return CODE_OK;
}

/* ------------------------------------------------------- canonical or not */

struct compare {
	ProtobufCBuffer base;
	struct bytes rest; /* what has still to be matched */
	bool differs;
};

static void
compare_append(ProtobufCBuffer *base, size_t len, const uint8_t *data)
{
	struct compare *c = (struct compare *)base;

	if (c->differs || len > c->rest.len ||
	    (len > 0 && memcmp(c->rest.data, data, len) != 0)) {
		c->differs = true;
		return;
	}
	c->rest = bytes_of(c->rest.data + len, c->rest.len - len);
}

static bool
packs_to(const ProtobufCMessage *m, struct bytes in)
{
	struct compare c = { .base.append = compare_append, .rest = in };

	protobuf_c_message_pack_to_buffer(m, &c.base);
	return !c.differs && c.rest.len == 0;
}

enum code
envelope_unpack(struct arena *a, const ProtobufCMessageDescriptor *d,
    struct bytes in, ProtobufCMessage **out, struct defect *defect)
{
	struct counted c = { .arena = arena_allocator(a) };
	ProtobufCMessage *m;
	enum code code;

	c.allocator = (ProtobufCAllocator){ counted_alloc, counted_free, &c };
	code = scan(d, in, defect);
	if (code != CODE_OK)
		return code;
	m = protobuf_c_message_unpack(d, &c.allocator, in.len, in.data);
	if (m == NULL)
		return refuse(
		    defect, c.full ? CODE_TOO_LARGE : CODE_MALFORMED, d, NULL);
	code = walk(m, WALK_UNKNOWN, 1, defect);
	if (code == CODE_OK)
		code = walk(m, WALK_ENUM, 1, defect);
	if (code == CODE_OK)
		code = walk(m, WALK_TEXT, 1, defect);
	if (code != CODE_OK)
		return code;
	if (!packs_to(m, in))
		return refuse(defect, CODE_NOT_CANONICAL, d, NULL);
	*out = m;
	return CODE_OK;
}

enum err
envelope_pack(struct arena *a, const void *message, struct bytes *out)
{
	const ProtobufCMessage *m = message;
	size_t len = protobuf_c_message_get_packed_size(m);
	uint8_t *data = arena_alloc(a, len > 0 ? len : 1);

	if (data == NULL)
		return ERR_NOMEM;
	protobuf_c_message_pack(m, data);
	*out = bytes_of(data, len);
	return ERR_OK;
}

enum err
envelope_wrap(
    struct arena *a, uint32_t kind, struct bytes in, struct bytes *out)
{
	PbObject object = PB_OBJECT__INIT;

	object.kind = kind;
	object.version = PROTOCOL_VERSION;
	object.bytes.data = (uint8_t *)(uintptr_t)in.data;
	object.bytes.len = in.len;
	return envelope_pack(a, &object, out);
}
