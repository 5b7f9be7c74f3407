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

/*
 * What an error text expects where found is none of n words: "one of: a, b",
 * or where there are more than anybody reads, the kind of word and the one
 * nearest to what was found: "a role, such as "jobcenter"". It is the first
 * where none is near, or found is NULL because there is nothing to compare or
 * it must not be repeated.
 */
#define TAXONOMY_SHOWN 12
const char *taxonomy_expect(char *out, size_t room, const char *kind,
    const char *const *word, size_t n, const char *found);
/* The same for one list of the protocol. */
#define TAXONOMY_EXPECTED 320
const char *taxonomy_expected(const ProtobufCEnumDescriptor *e,
    const char *found, char out[TAXONOMY_EXPECTED]);
/* "case state" of CaseState. */
#define TAXONOMY_KIND 32
const char *
taxonomy_kind(const ProtobufCEnumDescriptor *e, char out[TAXONOMY_KIND]);
/* All ids, at most room; how many. */
#define TAXONOMY_WORDS 128
size_t
taxonomy_words(const ProtobufCEnumDescriptor *e, const char **out, size_t room);

/* taxonomy_id(&pb_role__descriptor, n) and friends, by type name. */
#define TAXONOMY_ID(type, number) \
	taxonomy_id(&pb_##type##__descriptor, (int)(number))

#endif
