/*
 * SPDX-License-Identifier: MIT
 *
 * nodes_file: the nodes of a federation as a plain file, a line each:
 *
 *	NODE | display name | ed25519|p256|rsa3072 | SEAT... | ROLE...
 *
 * Empty lines and those that begin with # are skipped.
 */
#ifndef INFOHUS_TESTS_NODES_FILE_H
#define INFOHUS_TESTS_NODES_FILE_H

#include "federation.h"

struct nodes_file {
	struct fed_node *node;
	size_t n;
	char *text;
};

/* ERR_INVALID names file, line and what was expected. */
enum err nodes_file_read(
    struct nodes_file *n, const char *path, struct why *why) MUST_CHECK;
void nodes_file_free(struct nodes_file *n);

#endif
