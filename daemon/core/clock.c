/*
 * SPDX-License-Identifier: MIT
 *
 * clock: see clock.h.
 */
#include "clock.h"

#include <time.h>

#include "proto/limits.h"

static uint64_t
read_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t
clock_mono(void)
{
	return read_ms(CLOCK_BOOTTIME);
}

void
clock_start(struct clock *c, uint64_t last_entry_ms)
{
	c->last_ms = last_entry_ms;
	c->wall_ms = read_ms(CLOCK_REALTIME);
	c->mono_ms = clock_mono();
	/* Down for days is lawful; waking up in the past is not. */
	c->stopped = last_entry_ms > c->wall_ms + DAY_MS;
}

uint64_t
clock_now(struct clock *c)
{
	uint64_t wall = read_ms(CLOCK_REALTIME), mono = clock_mono();
	uint64_t expected = c->wall_ms + (mono - c->mono_ms);
	uint64_t off = wall > expected ? wall - expected : expected - wall;

	if (off > DAY_MS || c->last_ms > wall + DAY_MS)
		c->stopped = true;
	c->wall_ms = wall;
	c->mono_ms = mono;
	if (!c->stopped && wall > c->last_ms)
		c->last_ms = wall;
	return c->last_ms;
}
