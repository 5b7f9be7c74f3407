/*
 * SPDX-License-Identifier: MIT
 *
 * guard: reads a store in a child process. LMDB follows page numbers and
 * lengths that it finds in the file; in a damaged one they can lead it to a
 * signal or an abort. The child dies of it, the caller says so.
 *
 * For tools and tests only: the daemon never forks.
 */
#ifndef INFOHUS_GUARD_H
#define INFOHUS_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/err.h"

/* Shared with the child, which keeps it up to date while it works. */
struct guard {
	volatile uint64_t near; /* the entry being looked at */
	volatile uint64_t faults;
	volatile bool finished; /* the work returned */
	volatile int result;	/* what it returned */
	int signal;		/* that killed the child, or 0 */
};

/*
 * Runs work(ctx, g) in a child and waits for it. The work must open the
 * store itself, and flushes its own output. ERR_OK once the child is gone,
 * however it ended: look at finished. Free with guard_free. No core dump is
 * left behind: it would hold what the store holds.
 */
enum err guard_run(struct guard **out, int (*work)(void *ctx, struct guard *g),
    void *ctx, struct why *why) MUST_CHECK;
void guard_free(struct guard *g);

#endif
