/*
 * SPDX-License-Identifier: MIT
 *
 * link_memory: the link to the gate as a list in memory. Core puts, the
 * replay takes. Linked in place of daemon/common/link.c; only what the front
 * uses is there.
 */
#ifndef INFOHUS_TESTS_LINK_MEMORY_H
#define INFOHUS_TESTS_LINK_MEMORY_H

#include "daemon/common/link.h"

struct link_item {
	struct link_item *next;
	uint32_t door; /* 0: an event */
	enum link_event event;
	uint32_t of, connection;
	size_t len;
	uint8_t data[];
};

struct link *link_memory_new(void);
/* The oldest item, to be freed; NULL when there is none. */
struct link_item *link_memory_take(struct link *l);
/* From now on takes room more frames and events, then is full. */
void link_memory_limit(struct link *l, uint64_t room);
#define LINK_UNLIMITED UINT64_MAX

#endif
