/*
 * SPDX-License-Identifier: MIT
 *
 * fill: random messages of any descriptor, for tests. Every field of every
 * type is met; the same seed gives the same message.
 */
#ifndef INFOHUS_FILL_H
#define INFOHUS_FILL_H

#include <stdint.h>
#include <string.h>

#include "proto/arena.h"

struct fill {
	struct arena *arena;
	uint64_t state; /* not 0 */
};

/* xorshift64* */
static inline uint64_t
fill_next(struct fill *f)
{
	f->state ^= f->state >> 12;
	f->state ^= f->state << 25;
	f->state ^= f->state >> 27;
	return f->state * UINT64_C(2685821657736338717);
}

static inline uint64_t
fill_below(struct fill *f, uint64_t n)
{
	return fill_next(f) % n;
}

static inline ProtobufCMessage *
fill_message(struct fill *f, const ProtobufCMessageDescriptor *d);

/* Numbers of every size, with the ends of their ranges. */
static inline uint64_t
fill_number(struct fill *f)
{
	switch (fill_below(f, 6)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return (uint64_t)INT64_MAX + fill_below(f, 3) - 1;
	case 3:
		return 253402300799999 + fill_below(f, 3) - 1;
	default:
		return fill_next(f) >> fill_below(f, 64);
	}
}

static inline char *
fill_text(struct fill *f)
{
	static const char *const piece[] = { "a", "Z", " ", "\"", "\\", "/",
		"\n", "æ", "Å", "€", "😀", "<", "&", "0" };
	size_t n = fill_below(f, 12), len = 0;
	char *s = arena_alloc(f->arena, n * 4 + 1);

	for (size_t i = 0; i < n; i++) {
		const char *p =
		    piece[fill_below(f, sizeof(piece) / sizeof(*piece))];

		memcpy(s + len, p, strlen(p) + 1);
		len += strlen(p);
	}
	return s;
}

static inline void
fill_value(struct fill *f, const ProtobufCFieldDescriptor *field, void *slot)
{
	const ProtobufCEnumDescriptor *e;
	ProtobufCBinaryData *b;

	switch (field->type) {
	case PROTOBUF_C_TYPE_ENUM:
		e = field->descriptor;
		*(int *)slot = e->values[fill_below(f, e->n_values)].value;
		return;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)slot = (int)fill_below(f, 2);
		return;
	case PROTOBUF_C_TYPE_UINT32:
		*(uint32_t *)slot = (uint32_t)fill_number(f);
		return;
	case PROTOBUF_C_TYPE_UINT64:
		*(uint64_t *)slot = fill_number(f);
		return;
	case PROTOBUF_C_TYPE_STRING:
		*(char **)slot = fill_text(f);
		return;
	case PROTOBUF_C_TYPE_BYTES:
		b = slot;
		b->len = fill_below(f, 40);
		b->data = arena_alloc(f->arena, b->len);
		for (size_t i = 0; i < b->len; i++)
			b->data[i] = (uint8_t)fill_next(f);
		return;
	case PROTOBUF_C_TYPE_MESSAGE:
		*(ProtobufCMessage **)slot = fill_message(f, field->descriptor);
		return;
	default:
		return;
	}
}

static inline size_t
fill_size(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return 8;
	default:
		return 4;
	}
}

static inline void
fill_field(struct fill *f, const ProtobufCFieldDescriptor *field, char *m)
{
	char *slot = m + field->offset;

	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		size_t n = fill_below(f, 4), size = fill_size(field);
		char *list = arena_alloc(f->arena, n * size);

		for (size_t i = 0; i < n; i++)
			fill_value(f, field, list + i * size);
		*(size_t *)(void *)(m + field->quantifier_offset) = n;
		*(void **)(void *)slot = list;
		return;
	}
	if (field->label == PROTOBUF_C_LABEL_OPTIONAL) {
		if (fill_below(f, 2) == 0)
			return;
		if (field->type != PROTOBUF_C_TYPE_STRING &&
		    field->type != PROTOBUF_C_TYPE_MESSAGE)
			*(protobuf_c_boolean *)(void *)(m +
			    field->quantifier_offset) = 1;
	}
	fill_value(f, field, slot);
}

static inline ProtobufCMessage *
fill_message(struct fill *f, const ProtobufCMessageDescriptor *d)
{
	ProtobufCMessage *m = arena_alloc(f->arena, d->sizeof_message);

	protobuf_c_message_init(d, m);
	for (unsigned i = 0; i < d->n_fields; i++)
		fill_field(f, &d->fields[i], (char *)m);
	return m;
}

#endif
