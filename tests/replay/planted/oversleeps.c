/*
 * SPDX-License-Identifier: MIT
 *
 * A deliberate bug: core sleeps over its life sign and its low-water
 * checkpoint. Linked in place of daemon/core/decider.c.
 */
#include "daemon/core/pool.h"

#define pool_take(p, job, max, ms) pool_take(p, job, max, (ms) > 0 ? 60000 : 0)

#include "daemon/core/decider.c"
