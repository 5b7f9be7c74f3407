/*
 * SPDX-License-Identifier: MIT
 *
 * A deliberate bug: every message is new. The walker must find it, and make
 * what it found short. Linked in place of daemon/core/r4_dedupe.c.
 */
#include "daemon/core/r4_dedupe.h"

enum code
r4_dedupe(struct txn *t, const char *sender, const struct id *id,
    const struct digest *header, bool *seen, uint64_t *index)
{
	(void)t;
	(void)sender;
	(void)id;
	(void)header;
	(void)index;
	*seen = false;
	return CODE_OK;
}

bool
r4_find(struct txn *t, const char *sender, const struct id *id, uint64_t *index)
{
	(void)t;
	(void)sender;
	(void)id;
	(void)index;
	return false;
}

void
r4_remember(struct txn *t, const char *sender, const struct id *id,
    const struct digest *header, uint64_t index)
{
	(void)t;
	(void)sender;
	(void)id;
	(void)header;
	(void)index;
}
