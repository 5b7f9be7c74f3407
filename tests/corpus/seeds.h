/*
 * SPDX-License-Identifier: MIT
 *
 * seeds: the committed part of the corpora. A folder for each kind, and the
 * file "answers": KIND/NAME and what its target has answered, a line each.
 */
#ifndef INFOHUS_SEEDS_H
#define INFOHUS_SEEDS_H

#include <stdbool.h>

#include "parsers.h"

#define SEEDS_FOLDER "tests/corpus/seeds"
#define SEED_MAX (512u * 1024)

struct seed {
	const struct parser *parser;
	char name[80]; /* KIND/NAME */
	int answer;
	uint8_t *data;
	size_t len;
};

/* A file's bytes, exactly allocated; NULL if it cannot be read. */
uint8_t *seeds_read_file(const char *path, size_t *len);
/*
 * All seeds of folder, in the order of its file "answers"; *out is freed
 * with seeds_free. False with a message on stderr that names the line.
 */
bool seeds_load(const char *folder, struct seed **out, size_t *n);
void seeds_free(struct seed *s, size_t n);

#endif
