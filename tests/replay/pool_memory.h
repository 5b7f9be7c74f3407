/*
 * SPDX-License-Identifier: MIT
 *
 * pool_memory: what a replay asks of its pool; see pool_memory.c.
 */
#ifndef INFOHUS_TESTS_POOL_MEMORY_H
#define INFOHUS_TESTS_POOL_MEMORY_H

#include "daemon/core/pool.h"

bool pool_is_empty(const struct pool *p);
/* Who hears how long a taker would wait if nothing came. */
void
pool_watch(struct pool *p, void (*waits)(void *ctx, unsigned ms), void *ctx);

#endif
