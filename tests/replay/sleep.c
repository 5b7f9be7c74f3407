/*
 * SPDX-License-Identifier: MIT
 *
 * sleep: see sleep.h.
 */
#include "sleep.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/ledger/ledger.h"
#include "machine_memory.h"

#define LIFE_MS 1000	  /* the launcher gives up after many of them */
#define LOW_WATER_MS 1000 /* how old the checkpoint outside may be */

void
sleep_begin(struct sleep *s, struct core *c)
{
	if (pipe2(s->pipe, O_NONBLOCK | O_CLOEXEC) != 0)
		abort();
	s->core = c;
	s->life_mono = machine_mono_ms();
	s->late = false;
	c->notify_fd = s->pipe[1];
}

void
sleep_end(struct sleep *s)
{
	if (s->core == NULL)
		return;
	close(s->pipe[0]);
	close(s->pipe[1]);
	s->core = NULL;
}

/* Is what was done at that time due again before the wait is over? */
static bool
is_missed(uint64_t done_mono, uint64_t every_ms, unsigned wait_ms)
{
	return machine_mono_ms() + wait_ms >
	    (done_mono + every_ms > machine_mono_ms() ? done_mono + every_ms :
							machine_mono_ms());
}

const char *
sleep_misses(struct sleep *s, unsigned ms)
{
	const struct core *c = s->core;
	bool was_late = s->late;
	char signs[64];

	if (read(s->pipe[0], signs, sizeof signs) > 0)
		s->life_mono = machine_mono_ms();
	s->late = machine_mono_ms() - s->life_mono >= LIFE_MS;
	if (was_late && s->late)
		return "life sign, which never came";
	if (is_missed(s->life_mono, LIFE_MS, ms))
		return "next life sign";
	if (is_missed(c->ticked_mono, c->config->tick_seconds * 1000, ms))
		return "tick";
	if (ledger_checkpoint(c->ledger)->size != c->low_water_size &&
	    is_missed(c->low_water_mono, LOW_WATER_MS, ms))
		return "low-water checkpoint";
	return NULL;
}
