/*
 * SPDX-License-Identifier: MIT
 *
 * slurp: a whole regular file into an arena, bounded.
 */
#ifndef INFOHUS_SLURP_H
#define INFOHUS_SLURP_H

#include "proto/arena.h"

/*
 * Reads path (a regular file of at most max bytes); out ends in a NUL that
 * is not counted. ERR_NOT_FOUND, ERR_IO, ERR_INVALID, ERR_NOMEM.
 */
enum err slurp(struct arena *a, const char *path, size_t max, struct bytes *out,
    struct why *why) MUST_CHECK;

#endif
