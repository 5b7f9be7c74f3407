/*
 * SPDX-License-Identifier: MIT
 *
 * durable_memory: the low-water file of a replay; see durable_memory.c.
 */
#ifndef INFOHUS_TESTS_DURABLE_MEMORY_H
#define INFOHUS_TESTS_DURABLE_MEMORY_H

#include "daemon/ledger/durable.h"
#include "proto/note.h"

#define LOW_WATER_PATH "low-water/checkpoint"

struct low_water {
	size_t len;	/* 0: not there */
	unsigned fails; /* so many writes find no room */
	uint8_t data[NOTE_MAX];
};

/* What durable_write and durable_read of LOW_WATER_PATH mean from now on. */
void low_water_insert(struct low_water *l);

#endif
