/*
 * SPDX-License-Identifier: MIT
 *
 * json: JSON to and from infohus.v1 messages, by their descriptors. There is
 * no second schema. Keys are field names, enums are taxonomy ids, bytes are
 * base64, fields of type uint64 that are times are RFC 3339 in UTC.
 *
 * A uint64 field is a time unless its name is in the short list in json.c
 * (size, index, serial, count, counter, first, messages, bytes …).
 */
#ifndef INFOHUS_JSON_H
#define INFOHUS_JSON_H

#include <jansson.h>

#include "arena.h"

/*
 * Parses text into the message of descriptor d, in the arena. Refused, with
 * the path of the field, what was found and what was expected: duplicate and
 * unknown keys, wrong types, unknown enum ids, bad base64, bad times, missing
 * required fields, anything after the value. Syntax errors name line and
 * column.
 *
 * With now_ms other than 0, a time may also be written relative to it, as
 * "now", "now+14d", "now-90m" (s, m, h, d): for drafts that must stay true
 * on any day. 0 refuses that form.
 */
enum err json_parse(struct arena *a, const ProtobufCMessageDescriptor *d,
    struct bytes text, uint64_t now_ms, ProtobufCMessage **out,
    struct why *why) MUST_CHECK;

/* New reference, or NULL without memory. Absent fields are left out. */
json_t *json_of(const ProtobufCMessage *message);
/* json_of, dumped with indent 2 into the arena; NULL without memory. */
char *json_text(struct arena *a, const ProtobufCMessage *message);

#endif
