/*
 * SPDX-License-Identifier: MIT
 *
 * parsers: the table of parsers.def as data, each with a target that runs
 * one input through it. The regression runner uses it, and so does a fuzzer.
 */
#ifndef INFOHUS_PARSERS_H
#define INFOHUS_PARSERS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Runs the parser over any bytes, never changes anything outside. 0 if it
 * took them; else what it refused with: a code, an err, 1 for plain false.
 * The same bytes give the same answer. A fuzzer returns 0 after calling it.
 */
typedef int target(const uint8_t *data, size_t len);

struct parser {
	const char *kind;
	const char *entry; /* the function that reads */
	const char *what;
	target *run;
};

extern const struct parser parser_table[];
extern const size_t parser_count;

/* NULL for a kind that is not in the table. */
const struct parser *parser_find(const char *kind);

#define PARSER(kind, entry, what) target target_##kind;
#define MESSAGE(type) target target_pb_##type;
#include "parsers.def"

#endif
