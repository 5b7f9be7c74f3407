/*
 * SPDX-License-Identifier: MIT
 *
 * decider: see decider.h.
 */
#include "decider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin.h"
#include "adopt.h"
#include "effects.h"
#include "frames.h"
#include "r7_park.h"
#include "r9_offer.h"

#define LOW_WATER_MS 1000 /* how old the checkpoint outside may be */
#define ALIVE_MS 1000
#define BATCH_FULL (BATCH_ARENA / 2) /* then a new transaction begins */

static enum err
record_rejected(struct batch *b)
{
	struct core *c = b->core;
	enum err e = ERR_OK;

	for (unsigned i = 0;
	     e == ERR_OK && i < sizeof c->rejected / sizeof c->rejected[0];
	     i++) {
		PbEntry entry = PB_ENTRY__INIT;
		PbDetails details = PB_DETAILS__INIT;
		uint64_t index;

		if (c->rejected[i] == 0)
			continue;
		entry.kind = ENTRY_KIND_REJECTED;
		details.has_code = true;
		details.code = i;
		details.has_count = true;
		details.count = c->rejected[i];
		e = core_append(b, &entry, &details, &index);
		b->counted = true;
	}
	return e;
}

static bool
tick_is_due(const struct core *c)
{
	return clock_mono() - c->ticked_mono >= c->config->tick_seconds * 1000;
}

static enum err
tick(struct batch *b)
{
	PbEntry entry = PB_ENTRY__INIT;
	uint64_t index;
	enum err e = record_rejected(b);

	if (e == ERR_OK)
		e = r7_expire(b);
	entry.kind = ENTRY_KIND_TICK;
	b->core->ticked_mono = clock_mono();
	/* What was held back for its time alone: nothing else tells. */
	core_rescan(b->core);
	return e == ERR_OK ? core_append(b, &entry, NULL, &index) : e;
}

/* A failed one is tried again, but after a failed sync nothing is certain. */
static enum err
low_water(struct core *c, struct why *why)
{
	uint64_t size = ledger_checkpoint(c->ledger)->size;
	enum err e;

	if (size == c->low_water_size ||
	    clock_mono() - c->low_water_mono < LOW_WATER_MS)
		return ERR_OK;
	c->low_water_mono = clock_mono();
	e = ledger_low_water(c->ledger, why);
	if (e == ERR_OK)
		c->low_water_size = size;
	else if (e != ERR_UNKNOWN)
		fprintf(stderr, "error: low-water checkpoint: %s\n", why->text);
	return e == ERR_UNKNOWN ? e : ERR_OK;
}

/* The launcher's watchdog is fed from here, so only by real progress. */
static void
alive(struct core *c)
{
	uint64_t now = clock_mono();

	if (c->notify_fd < 0 || now - c->alive_mono < ALIVE_MS)
		return;
	c->alive_mono = now;
	ssize_t ignored = write(c->notify_fd, "ALIVE\n", 6);
	(void)ignored;
}

/* Nothing of the batch is on disk: say so and begin anew with everybody. */
static void
give_up(
    struct core *c, struct job **job, size_t n, enum err e, const char *text)
{
	fprintf(stderr, "error: a batch of %zu failed (%s): %s\n", n,
	    err_name(e), text);
	for (size_t i = 0; i < n; i++)
		if (job[i]->kind == JOB_FRAME &&
		    job[i]->type == FRAME_TYPE_SUBMIT)
			core_reject(c, job[i], CODE_BUSY);
	for (unsigned door = 1; door <= c->config->doors; door++)
		core_end(c, door);
}

/*
 * Frames and closings from job[0 .. n) in one transaction, until one is of
 * another kind or the batch is full. *done is how many were taken.
 */
static enum err
run_batch(
    struct core *c, struct job **job, size_t n, size_t *done, struct why *why)
{
	struct batch b;
	size_t i;
	enum err e = core_begin(c, &b, why);

	*done = n;
	if (e != ERR_OK)
		return ERR_UNKNOWN; /* without a store nothing can go on */
	for (i = 0; i < n && e == ERR_OK && arena_used(b.arena) < BATCH_FULL;
	     i++) {
		if (job[i]->kind == JOB_FRAME)
			e = frames_handle(&b, job[i]);
		else if (job[i]->kind == JOB_CLOSED)
			frames_closed(c, job[i]);
		else
			break;
	}
	*done = i;
	if (e == ERR_OK && tick_is_due(c))
		e = tick(&b);
	/* What has become worth another look is looked at now. */
	c->again = false;
	if (e == ERR_OK)
		e = r9_record(&b);
	if (e == ERR_OK)
		e = core_error(&b);
	outbox_wake(c->outbox); /* what tells of no record need not wait */
	if (e == ERR_OK)
		e = core_commit(&b, why);
	if (e == ERR_OK)
		effects_run(&b);
	else if (e != ERR_UNKNOWN)
		give_up(c, job, i, e, why->text);
	core_abort(&b);
	return e == ERR_UNKNOWN ? e : ERR_OK;
}

static enum err
run_jobs(
    struct core *c, struct job **job, size_t n, bool *stop, struct why *why)
{
	enum err e = ERR_OK;
	size_t i = 0, done = 0;

	do {
		if (i < n && job[i]->kind == JOB_ADMIN) {
			e = admin_handle(c, job[i], why);
			done = 1;
		} else if (i < n && job[i]->kind == JOB_RELOAD) {
			e = admin_reload(c, NULL, why);
			if (e != ERR_OK && e != ERR_UNKNOWN) {
				fprintf(
				    stderr, "error: reload: %s\n", why->text);
				e = ERR_OK;
			}
			done = 1;
		} else if (i < n && job[i]->kind == JOB_STOP) {
			*stop = true;
			done = 1;
		} else {
			e = run_batch(c, job + i, n - i, &done, why);
		}
		i += done;
	} while (i < n && e == ERR_OK);
	return e;
}

static enum err
record_plain(struct core *c, PbEntryKind kind, struct why *why)
{
	PbEntry entry = PB_ENTRY__INIT;
	struct batch b;
	uint64_t index;
	enum err e = core_begin(c, &b, why);

	if (e != ERR_OK)
		return e;
	entry.kind = kind;
	e = core_append(&b, &entry, NULL, &index);
	if (e == ERR_OK)
		e = core_commit(&b, why);
	core_abort(&b);
	return e;
}

enum err
decider_start(struct core *c, struct why *why)
{
	enum err e = ERR_OK;

	e = adopt_at_start(c, why);
	if (e == ERR_OK)
		e = record_plain(c, ENTRY_KIND_STARTED, why);
	if (e == ERR_OK)
		e = ledger_low_water(c->ledger, why);
	outbox_wake(c->outbox);
	c->ticked_mono = c->low_water_mono = c->alive_mono = clock_mono();
	c->low_water_size = ledger_checkpoint(c->ledger)->size;
	c->started_ms = c->clock.last_ms;
	return e;
}

/* Nothing counted since the last tick is lost with the process. */
static enum err
record_last(struct core *c, struct why *why)
{
	struct batch b;
	enum err e = core_begin(c, &b, why);

	if (e != ERR_OK)
		return e;
	e = record_rejected(&b);
	if (e == ERR_OK)
		e = core_commit(&b, why);
	core_abort(&b);
	return e == ERR_OK ? record_plain(c, ENTRY_KIND_STOPPED, why) : e;
}

enum err
decider_stop(struct core *c, struct why *why)
{
	struct out *stopped;
	enum err e;

	for (unsigned door = 1; door <= c->config->doors; door++)
		core_end(c, door);
	e = record_last(c, why);
	if (e == ERR_OK)
		e = ledger_low_water(c->ledger, why);
	stopped = out_new(OUT_STOPPED, bytes_of(NULL, 0));
	if (stopped == NULL && e == ERR_OK)
		e = why_set(why, ERR_NOMEM, "no memory to say that it is over");
	outbox_put(c->outbox, stopped);
	outbox_wake(c->outbox);
	return e;
}

/* Until what is due every so many ms, since it was done last. */
static uint64_t
left_ms(uint64_t done_mono, uint64_t every_ms)
{
	uint64_t age = clock_mono() - done_mono;

	return age >= every_ms ? 0 : every_ms - age;
}

/* Until something is due without a job; jobs end the wait. */
static unsigned
wait_ms(const struct core *c)
{
	uint64_t wait = left_ms(c->ticked_mono, c->config->tick_seconds * 1000);
	uint64_t other = wait;

	if (c->again)
		return 0;
	if (ledger_checkpoint(c->ledger)->size != c->low_water_size)
		other = left_ms(c->low_water_mono, LOW_WATER_MS);
	if (other < wait)
		wait = other;
	if (c->notify_fd >= 0)
		other = left_ms(c->alive_mono, ALIVE_MS);
	return (unsigned)(other < wait ? other : wait);
}

enum err
decider_turn(struct core *c, struct job **job, bool *stop, struct why *why)
{
	size_t n = pool_take(
	    c->pool, (void **)job, c->config->batch, wait_ms(c));
	enum err e = ERR_OK;

	if (n > 0 || c->again || tick_is_due(c))
		e = run_jobs(c, job, n, stop, why);
	outbox_wake(c->outbox);
	for (size_t i = 0; i < n; i++)
		job_free(job[i]);
	if (e == ERR_UNKNOWN)
		return e;
	/* Other errors were said on stderr; the old state goes on. */
	e = low_water(c, why);
	alive(c);
	return e;
}

enum err
decider_run(struct core *c, struct why *why)
{
	struct job **job = calloc(c->config->batch, sizeof *job);
	bool stopping = false;
	enum err e = ERR_OK;

	if (job == NULL)
		return why_set(why, ERR_NOMEM, "no memory for the decider");
	while (!stopping && e == ERR_OK)
		e = decider_turn(c, job, &stopping, why);
	free(job);
	return e == ERR_OK ? decider_stop(c, why) : e;
}
