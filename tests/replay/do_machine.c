/*
 * SPDX-License-Identifier: MIT
 *
 * do_machine: core starts and ends, its disk, time, faults,
 * signals and the admin socket.
 */
#include "do.h"

#include <string.h>

#include "machine_memory.h"

enum outcome
do_start(struct run *r, char **word, size_t n)
{
	struct why why = { "" };
	enum err e;

	if (world_is_up(&r->world))
		return run_wrong(r, "found core running, expected it down");
	r->begun = true;
	e = world_start(&r->world, &why);
	if (n == 0)
		return e == ERR_OK ?
		    RUN_FINE :
		    run_failed(r, "expected core to start, came: %s", why.text);
	if (strcmp(word[0], "refused") != 0)
		return run_wrong(
		    r, "found %s, expected refused \"TEXT\"", word[0]);
	if (e == ERR_OK)
		return run_failed(
		    r, "expected core not to start, came: it started");
	return n < 2 || strstr(why.text, word[1]) != NULL ?
	    RUN_FINE :
	    run_failed(r, "expected \"%s\", came: %s", word[1], why.text);
}

/* Starts core unless it runs: for walks, whose lines come and go. */
enum outcome
do_up(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	return world_is_up(&r->world) ? RUN_FINE : do_start(r, NULL, 0);
}

/* A copy of the disk is put away, and put in instead of it. */
enum outcome
do_disk(struct run *r, char **word, size_t n)
{
	bool keep = strcmp(word[0], "keep") == 0;

	(void)n;
	if (!keep && strcmp(word[0], "back") != 0)
		return run_wrong(r, "found %s, expected keep or back", word[0]);
	if (world_is_up(&r->world))
		return run_wrong(r, "found core running, expected it down");
	if (keep) {
		disk_free(r->kept);
		r->kept = disk_copy(r->world.disk);
	} else if (r->kept == NULL) {
		return run_wrong(r,
		    "found DISK back, expected DISK keep "
		    "before it");
	} else {
		disk_free(r->world.disk);
		r->world.disk = disk_copy(r->kept);
	}
	return RUN_FINE;
}

/* KILL, or KILL after=N: when N more frames have left for the seats. */
enum outcome
do_kill(struct run *r, char **word, size_t n)
{
	uint64_t after = UINT64_MAX;

	if (!run_is_up(r) || !run_keys(r, word, n, 0, "after=") ||
	    !run_number_at(r, word, n, "after", &after))
		return r->outcome;
	if (after == UINT64_MAX)
		world_kill(&r->world);
	else
		r->world.kill_after = after;
	return RUN_FINE;
}

static void
read_all(struct run *r, enum got_kind kind)
{
	for (struct seat *s = r->seats.seat; s != NULL; s = s->next)
		for (struct got *g = s->first; g != NULL; g = g->next)
			g->read |= g->kind == kind;
}

enum outcome
do_stop(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	if (!run_is_up(r))
		return r->outcome;
	r->world.hold = false;
	world_order(&r->world, JOB_STOP);
	read_all(r, GOT_BYE);
	return RUN_FINE;
}

enum outcome
do_reload(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	if (run_is_up(r))
		world_order(&r->world, JOB_RELOAD);
	return r->outcome;
}

enum outcome
do_hold(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	if (run_is_up(r))
		r->world.hold = true;
	return r->outcome;
}

enum outcome
do_go(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	if (!run_is_up(r))
		return r->outcome;
	r->world.hold = false;
	world_run(&r->world);
	return RUN_FINE;
}

/* TIME +5s: it passes. TIME set -2h: somebody sets the clock. */
enum outcome
do_time(struct run *r, char **word, size_t n)
{
	bool set = strcmp(word[0], "set") == 0;
	int64_t ms;

	if (set && n < 2)
		return run_wrong(r, "found TIME set, expected a time after it");
	if (!set && n > 1)
		return run_wrong(
		    r, "found %s, expected set or nothing", word[0]);
	if (!run_time(r, word[n - 1], &ms))
		return r->outcome;
	if (set)
		machine_set(ms);
	else if (ms < 0)
		return run_wrong(r,
		    "found %s, expected time that passes to be positive, or "
		    "TIME set",
		    word[0]);
	else
		machine_pass((uint64_t)ms);
	world_run(&r->world);
	return RUN_FINE;
}

enum outcome
do_fault(struct run *r, char **word, size_t n)
{
	static const struct {
		const char *name;
		enum disk_fault fault;
	} fault[] = {
		{ "write_full", DISK_WRITE_FULL },
		{ "write_io", DISK_WRITE_IO },
		{ "commit_full", DISK_COMMIT_FULL },
		{ "commit_lost", DISK_COMMIT_LOST },
		{ "commit_kept", DISK_COMMIT_KEPT },
		{ "none", DISK_FINE },
	};
	uint64_t nth = 1;

	if (n > 1 && !run_number(r, word[1], 1, &nth))
		return r->outcome;
	if (strcmp(word[0], "low_water") == 0) {
		r->world.low_water.fails = (unsigned)nth;
		return RUN_FINE;
	}
	if (strcmp(word[0], "link_full") == 0) {
		if (run_is_up(r))
			link_memory_limit(r->world.link, nth - 1);
		return r->outcome;
	}
	if (strcmp(word[0], "none") == 0 && world_is_up(&r->world))
		link_memory_limit(r->world.link, LINK_UNLIMITED);
	for (size_t i = 0; i < sizeof fault / sizeof fault[0]; i++)
		if (strcmp(fault[i].name, word[0]) == 0) {
			disk_order(
			    r->world.disk, fault[i].fault, (unsigned)nth);
			return RUN_FINE;
		}
	return run_wrong(r,
	    "found %s, expected write_full, write_io, commit_full, "
	    "commit_lost, commit_kept, low_water, link_full or none",
	    word[0]);
}

enum outcome
do_admin(struct run *r, char **word, size_t n)
{
	(void)n;
	if (!run_is_up(r))
		return r->outcome;
	for (char *p = word[0]; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	world_admin(&r->world, word[0]);
	return RUN_FINE;
}
