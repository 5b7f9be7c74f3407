/*
 * SPDX-License-Identifier: MIT
 *
 * machine: see machine.h.
 */
#include "machine.h"

#include <time.h>

static uint64_t
read_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t
machine_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

uint64_t
machine_mono_ms(void)
{
	return read_ms(CLOCK_BOOTTIME);
}
