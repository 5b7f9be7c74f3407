/*
 * SPDX-License-Identifier: MIT
 *
 * matrix: who may tell whom what by a table: for each permit every kind,
 * sender, recipient, cooperation and state for which some situation exists
 * in which it decides, exactly (daemon/law/cover.h).
 */
#ifndef INFOHUS_TOOL_MATRIX_H
#define INFOHUS_TOOL_MATRIX_H

#include <jansson.h>

#include "daemon/law/cover.h"

struct matrix_rule {
	const struct rule *rule;
	bool parks; /* an approver decides */
	size_t n;
	struct matrix_part {
		uint64_t categories; /* for a message that carries one of
					these; 0: whatever it carries */
		struct cover cover;
	} * part;
};

struct matrix {
	size_t n;
	struct matrix_rule *rule; /* permits valid at that time, in order */
};

/* ERR_OK, or an error of the space engine. Free with matrix_free. */
enum err matrix_make(
    const struct rules *r, uint64_t at_ms, struct matrix *out) MUST_CHECK;
void matrix_free(struct matrix *m);
/* Takes a rule out. */
void matrix_drop(struct matrix *m, size_t rule);

/* What is looked for: values of each dimension, and a category or 0. */
struct matrix_filter {
	uint64_t set[COVER_DIMS];
	uint64_t categories; /* one bit or none */
};

/* Kinds that this permit lets from this sender to this recipient. */
uint64_t matrix_kinds(const struct matrix_rule *r,
    const struct matrix_filter *f, unsigned from, unsigned to);

/* Everything that a page needs: lists of words, rules, parts. NULL without
 * memory. */
json_t *
matrix_json(const struct matrix *m, const struct rules *r, uint64_t at_ms);

#endif
