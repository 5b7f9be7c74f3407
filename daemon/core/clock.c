/*
 * SPDX-License-Identifier: MIT
 *
 * clock: see clock.h.
 */
#include "clock.h"

#include "machine.h"
#include "proto/limits.h"

uint64_t
clock_mono(void)
{
	return machine_mono_ms();
}

void
clock_start(struct clock *c, uint64_t last_entry_ms)
{
	c->last_ms = last_entry_ms;
	c->wall_ms = machine_wall_ms();
	c->mono_ms = clock_mono();
	/* Down for days is lawful; waking up in the past is not. */
	c->stopped = last_entry_ms > c->wall_ms + DAY_MS;
}

uint64_t
clock_now(struct clock *c)
{
	uint64_t wall = machine_wall_ms(), mono = clock_mono();
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
