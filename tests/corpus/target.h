/*
 * SPDX-License-Identifier: MIT
 *
 * target: what the targets of all parsers share. Private to target_*.c.
 */
#ifndef INFOHUS_TARGET_H
#define INFOHUS_TARGET_H

#include <stdlib.h>
#include <string.h>

#include "parsers.h"
#include "pieces.h"
#include "proto/arena.h"
#include "proto/limits.h"

#define TARGET_NOMEM (-1) /* the run says nothing */

/* The input as C text, cut at its first NUL; free it. NULL: no memory. */
static inline char *
target_c_text(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	if (text != NULL) {
		if (len > 0)
			memcpy(text, data, len);
		text[len] = '\0';
	}
	return text;
}

/* Runs it with an arena of the size that one parsed message gets. */
static inline int
target_in_arena(int (*run)(struct arena *a, struct bytes in),
    const uint8_t *data, size_t len)
{
	struct arena *a;
	int answer;

	if (arena_new(&a, PARSE_ARENA) != ERR_OK)
		return TARGET_NOMEM;
	answer = run(a, bytes_of(data, len));
	arena_free(a);
	return answer;
}

#endif
