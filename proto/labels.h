/*
 * SPDX-License-Identifier: MIT
 *
 * labels: the words behind taxonomy.h, one table per closed list. Private
 * to taxonomy.c and its test.
 */
#ifndef INFOHUS_LABELS_H
#define INFOHUS_LABELS_H

#include <protobuf-c/protobuf-c.h>

struct label {
	int number;
	const char *id;
	const char *danish; /* NULL where the Danish has no word for it */
};

struct label_table {
	const ProtobufCEnumDescriptor *list;
	const struct label *label; /* in number order */
	size_t count;
};

extern const struct label_table label_table[];
extern const size_t label_table_count;

#endif
