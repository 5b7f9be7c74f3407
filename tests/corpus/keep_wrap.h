/*
 * SPDX-License-Identifier: MIT
 *
 * keep_wrap: with -Wl,--wrap=f, every call of f goes to __wrap_f here and
 * the function itself is __real_f. Only calls between objects are wrapped,
 * which is why the entries of parsers.def are the ones other files call.
 */
#ifndef INFOHUS_KEEP_WRAP_H
#define INFOHUS_KEEP_WRAP_H

#include <string.h>

#include "keep.h"

/* Declares both, for a definition of WRAP(f)(parameters) that follows. */
#define WRAPPED(result, f, ...) \
	result __real_##f(__VA_ARGS__); \
	result __wrap_##f(__VA_ARGS__); \
	result __wrap_##f(__VA_ARGS__)

static inline struct bytes
text_bytes(const char *text)
{
	return bytes_of(text, text == NULL ? 0 : strlen(text));
}

#endif
