/*
 * SPDX-License-Identifier: MIT
 *
 * ports: a run of TCP ports on loopback that no other federation of this
 * machine gets while the holder lives.
 *
 * Ports are taken in blocks; each block is locked by an abstract unix socket,
 * which the kernel takes away with its process, however that ends. They lie
 * below the ephemeral range, from which the kernel could hand them to any
 * connection.
 */
#ifndef INFOHUS_TESTS_PORTS_H
#define INFOHUS_TESTS_PORTS_H

#include <stddef.h>

#include "proto/err.h"

#define PORTS_BLOCK 16u
#define PORTS_FIRST 10000u
#define PORTS_LAST 32751u /* infohusd wants all doors below 32768 */

struct ports {
	unsigned first, count;
	int *lock;
	size_t n_lock;
};

/* "FIRST-LAST", or NULL for the range above. ERR_INVALID. */
enum err
ports_range(const char *text, unsigned *first, unsigned *last, struct why *why);
/*
 * Takes count ports in a row between first and last that nobody listens on.
 * ERR_FULL says how many runs were tried and why none was free.
 */
enum err ports_take(struct ports *p, unsigned count, unsigned first,
    unsigned last, struct why *why) MUST_CHECK;
void ports_give(struct ports *p);

#endif
