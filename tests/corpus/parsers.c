/*
 * SPDX-License-Identifier: MIT
 *
 * parsers: see parsers.h.
 */
#include "parsers.h"

#include <string.h>

const struct parser parser_table[] = {
#define PARSER(kind, entry, what) { #kind, #entry, what, target_##kind },
#define MESSAGE(type) \
	{ "pb_" #type, "envelope_unpack", "infohus.proto", target_pb_##type },
#include "parsers.def"
};
const size_t parser_count = sizeof parser_table / sizeof parser_table[0];

const struct parser *
parser_find(const char *kind)
{
	for (size_t i = 0; i < parser_count; i++)
		if (strcmp(parser_table[i].kind, kind) == 0)
			return &parser_table[i];
	return NULL;
}
