/*
 * SPDX-License-Identifier: MIT
 *
 * R4 dedupe: see r4_dedupe.h. Key: SHA-256(sender NUL id); value: header
 * digest || u64 index.
 */
#include "r4_dedupe.h"

#include <string.h>

#include "proto/digest.h"
#include "step.h"

#define VALUE_SIZE (DIGEST_SIZE + 8)

static struct digest
key_of(const char *sender, const struct id *id)
{
	struct bytes piece[2] = { bytes_of(sender, strlen(sender) + 1),
		bytes_of(id->b, sizeof id->b) };

	return digest_of(piece, 2);
}

enum code
r4_dedupe(struct txn *t, const char *sender, const struct id *id,
    const struct digest *header, bool *seen, uint64_t *index)
{
	struct digest key = key_of(sender, id);
	struct bytes value;
	enum err e;

	STEP("R4");
	*seen = false;
	e = store_get(t, TABLE_DEDUPE, bytes_of(key.b, sizeof key.b), &value);
	if (e == ERR_NOT_FOUND)
		return CODE_OK;
	if (e != ERR_OK || value.len != VALUE_SIZE)
		return CODE_BUSY;
	if (memcmp(value.data, header->b, DIGEST_SIZE) != 0)
		return CODE_CONFLICT;
	*seen = true;
	*index = get_u64(value.data + DIGEST_SIZE);
	return CODE_OK;
}

bool
r4_find(struct txn *t, const char *sender, const struct id *id, uint64_t *index)
{
	struct digest key = key_of(sender, id);
	struct bytes value;

	if (store_get(t, TABLE_DEDUPE, bytes_of(key.b, sizeof key.b), &value) !=
		ERR_OK ||
	    value.len != VALUE_SIZE)
		return false;
	*index = get_u64(value.data + DIGEST_SIZE);
	return true;
}

void
r4_remember(struct txn *t, const char *sender, const struct id *id,
    const struct digest *header, uint64_t index)
{
	struct digest key = key_of(sender, id);
	uint8_t value[VALUE_SIZE];

	memcpy(value, header->b, DIGEST_SIZE);
	put_u64(value + DIGEST_SIZE, index);
	store_add(t, TABLE_DEDUPE, bytes_of(key.b, sizeof key.b),
	    bytes_of(value, sizeof value));
}
