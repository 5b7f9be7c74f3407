/*
 * SPDX-License-Identifier: MIT
 *
 * sleep: how long core may wait when nothing comes. Nothing waits in a
 * replay, so no scenario would miss a core that oversleeps.
 */
#ifndef INFOHUS_TESTS_REPLAY_SLEEP_H
#define INFOHUS_TESTS_REPLAY_SLEEP_H

#include "daemon/core/core.h"

struct sleep {
	const struct core *core;
	int pipe[2];	    /* what the launcher hears */
	uint64_t life_mono; /* when it heard last, or core began */
	bool late;	    /* a sign was due before core went on */
};

/* Before decider_start: core tells its life signs to s. Aborts without. */
void sleep_begin(struct sleep *s, struct core *c);
void sleep_end(struct sleep *s);
/*
 * Core would wait so long. NULL, or what is due before that: its tick, its
 * low-water checkpoint, its next life sign. Also when a sign never came.
 */
const char *sleep_misses(struct sleep *s, unsigned ms);

#endif
