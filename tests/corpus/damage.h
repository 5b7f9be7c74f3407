/*
 * SPDX-License-Identifier: MIT
 *
 * damage: an input made wrong, the same way for the same number everywhere.
 */
#ifndef INFOHUS_DAMAGE_H
#define INFOHUS_DAMAGE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/splitmix.h"

enum damage { DAMAGE_CUT, DAMAGE_FLIP, DAMAGE_BYTES, DAMAGE_REPEAT, DAMAGES };

static inline void
damage_bytes(enum damage how, uint8_t *data, size_t len, uint64_t *state)
{
	size_t times = 1 + splitmix_next(state) % 4;

	for (size_t i = 0; i < times && len > 0; i++) {
		size_t at = splitmix_next(state) % len;
		uint64_t r = splitmix_next(state);

		if (how == DAMAGE_FLIP)
			data[at] ^= (uint8_t)(1u << (r % 8));
		else
			data[at] = (uint8_t)r;
	}
}

/*
 * A copy of data with damage number n: cut short, bits flipped, bytes
 * replaced, or a stretch of it there twice. *len becomes the copy's; free
 * it. NULL without memory.
 */
static inline uint8_t *
damage_copy(enum damage how, uint64_t n, const uint8_t *data, size_t *len)
{
	uint64_t state = n + 1;
	size_t old = *len, at = old == 0 ? 0 : splitmix_next(&state) % old;
	size_t more = old == 0 ? 0 : splitmix_next(&state) % (old - at + 1);
	size_t size = how == DAMAGE_CUT ? at :
	    how == DAMAGE_REPEAT	? old + more :
					  old;
	uint8_t *copy = malloc(size + 1), *exact;

	if (copy == NULL)
		return NULL;
	if (how == DAMAGE_REPEAT) {
		memcpy(copy, data, at + more);
		memcpy(copy + at + more, data + at, old - at);
	} else {
		memcpy(copy, data, size);
	}
	if (how == DAMAGE_FLIP || how == DAMAGE_BYTES)
		damage_bytes(how, copy, size, &state);
	/* Exactly as long as it is, so that a reader beyond it is found. */
	exact = size == 0 ? NULL : realloc(copy, size);
	*len = size;
	return exact != NULL ? exact : copy;
}

#endif
