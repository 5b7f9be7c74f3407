/*
 * SPDX-License-Identifier: MIT
 *
 * pieces: several inputs of one parser as one: (u32 length || bytes)*.
 */
#ifndef INFOHUS_PIECES_H
#define INFOHUS_PIECES_H

#include "proto/bytes.h"

#define PIECES_MAX 40 /* an approved object and its custodians */

/* Takes the next piece off rest; an empty one when nothing whole is left. */
static inline struct bytes
pieces_take(struct bytes *rest)
{
	struct bytes piece = { rest->data, 0 };
	size_t len;

	if (rest->len < 4) {
		rest->len = 0;
		return piece;
	}
	len = get_u32(rest->data);
	if (len > rest->len - 4)
		len = rest->len - 4;
	piece = bytes_of(rest->data + 4, len);
	*rest = bytes_of(rest->data + 4 + len, rest->len - 4 - len);
	return piece;
}

#endif
