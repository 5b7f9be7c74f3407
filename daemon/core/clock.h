/*
 * SPDX-License-Identifier: MIT
 *
 * clock: core's time. Milliseconds UTC, never decreasing, not even over a
 * restart: it starts no lower than the last entry's recorded_at.
 */
#ifndef INFOHUS_CLOCK_H
#define INFOHUS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
	uint64_t last_ms; /* given out last */
	uint64_t wall_ms; /* wall and monotonic time when looked at last */
	uint64_t mono_ms;
	bool stopped; /* jumped more than a day: no service */
};

void clock_start(struct clock *c, uint64_t last_entry_ms);
/* The time by which anything is judged. Updates stopped. */
uint64_t clock_now(struct clock *c);

/* Monotonic milliseconds, for intervals only. */
uint64_t clock_mono(void);

#endif
