/*
 * SPDX-License-Identifier: MIT
 *
 * taxonomy: names of every closed list. The English id is the .proto name
 * without its enum's prefix, in lower case; the Danish label stands in one
 * table here, copied from the national status report.
 */
#ifndef INFOHUS_TAXONOMY_H
#define INFOHUS_TAXONOMY_H

#include <protobuf-c/protobuf-c.h>

#include "err.h"

/* English id of a number, e.g. "kom_tovholder"; "?" if not in the list. */
const char *taxonomy_id(const ProtobufCEnumDescriptor *e, int number);
/* Danish label; the English id where no label stands in the sources. */
const char *taxonomy_label(const ProtobufCEnumDescriptor *e, int number);
/* Number of an English id; ERR_NOT_FOUND. */
enum err taxonomy_number(
    const ProtobufCEnumDescriptor *e, const char *id, int *number) MUST_CHECK;
/* All ids as "a, b, c" for error texts; cut at the room given. */
void taxonomy_list(const ProtobufCEnumDescriptor *e, char *out, size_t room);

/* taxonomy_id(&pb_role__descriptor, n) and friends, by type name. */
#define TAXONOMY_ID(type, number) \
	taxonomy_id(&pb_##type##__descriptor, (int)(number))

#endif
