/*
 * SPDX-License-Identifier: MIT
 *
 * pool_memory: what a replay asks of its pool; see pool_memory.c.
 */
#ifndef INFOHUS_TESTS_POOL_MEMORY_H
#define INFOHUS_TESTS_POOL_MEMORY_H

#include "daemon/core/pool.h"

bool pool_is_empty(const struct pool *p);

#endif
