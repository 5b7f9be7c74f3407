/*
 * SPDX-License-Identifier: MIT
 *
 * bytes: views of memory, big-endian integers, hexadecimal, base64.
 */
#ifndef INFOHUS_BYTES_H
#define INFOHUS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* A view; owns nothing. */
struct bytes {
	const uint8_t *data;
	size_t len;
};

#define DIGEST_SIZE 32 /* SHA-256 */
#define ID_SIZE 16     /* UUID */

struct digest {
	uint8_t b[DIGEST_SIZE];
};

struct id {
	uint8_t b[ID_SIZE];
};

static inline struct bytes
bytes_of(const void *data, size_t len)
{
	return (struct bytes){ data, len };
}

struct bytes bytes_str(const char *s);	       /* without its NUL */
bool bytes_eq(struct bytes a, struct bytes b); /* not constant time */
bool digest_eq(const struct digest *a, const struct digest *b);
bool id_eq(const struct id *a, const struct id *b);

void put_u16(uint8_t out[2], uint16_t v); /* big-endian, as all here */
void put_u32(uint8_t out[4], uint32_t v);
void put_u64(uint8_t out[8], uint64_t v);
uint16_t get_u16(const uint8_t in[2]);
uint32_t get_u32(const uint8_t in[4]);
uint64_t get_u64(const uint8_t in[8]);

/* Lower-case hex, NUL-terminated; out has room for 2 * len + 1. */
void hex_encode(char *out, struct bytes in);
/* Exactly 2 * len hex digits, either case, nothing after. */
enum err hex_decode(uint8_t *out, size_t len, const char *in) MUST_CHECK;

/* RFC 4648 section 4, padded. out has room for base64_size(len). */
size_t base64_size(size_t len); /* with the NUL */
void base64_encode(char *out, struct bytes in);
/*
 * Strict: padding demanded, no space, no stray bits. *len is the room in
 * out on entry and the decoded size on return. ERR_INVALID otherwise.
 */
enum err base64_decode(uint8_t *out, size_t *len, struct bytes in) MUST_CHECK;

/* Text of an id: 8-4-4-4-12 lower-case hex. out has room for 37. */
void id_format(char out[37], const struct id *id);
enum err id_parse(struct id *out, const char *text) MUST_CHECK;

/* RFC 3339 in UTC with milliseconds, e.g. 2026-11-21T10:00:00.000Z. */
void time_format(char out[25], uint64_t ms);
/* Any offset, with or without fraction; ERR_INVALID if not RFC 3339. */
enum err time_parse(uint64_t *ms, const char *text) MUST_CHECK;

/*
 * Valid UTF-8 (no surrogates, no overlong), and no control byte below 0x20
 * but LF when lf is true; no DEL, no NUL.
 */
bool text_is_clean(struct bytes text, bool lf);

/*
 * A node id: 2 or 3 elements of [a-z0-9-]{1,32} joined by '/'.
 */
#define NODE_MAX 98 /* 3 * 32 + 2 */
bool node_id_is_valid(const char *id);

#endif
