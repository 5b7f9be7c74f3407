/*
 * SPDX-License-Identifier: MIT
 *
 * json_field: what both directions of json.h need to know about a field.
 * Private to json.c and json_of.c.
 */
#ifndef INFOHUS_JSON_FIELD_H
#define INFOHUS_JSON_FIELD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* Is this uint64 field a time, and not a count or an index? */
bool json_field_is_time(const ProtobufCFieldDescriptor *f);

/* Size of one element of the field in its message's struct. */
size_t json_field_size(const ProtobufCFieldDescriptor *f);

/* Does presence stand in a flag of its own (optional, no pointer)? */
bool json_field_has_flag(const ProtobufCFieldDescriptor *f);

/* The member at an offset of the message's struct. */
void *json_field_slot(const ProtobufCMessage *m, unsigned offset);

#endif
