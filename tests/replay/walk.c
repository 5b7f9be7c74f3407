/*
 * SPDX-License-Identifier: MIT
 *
 * walk: random scenarios, with the invariants checked after every step. One
 * that breaks is made as short as it can be and printed; it is a scenario
 * like any other.
 *
 *	walk [--out FILE] SEED STEPS
 *
 * Exit 0: nothing broke; 1: something did; 2: arguments; 3: no libsodium.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "machine_memory.h"
#include "people.h"
#include "script.h"
#include "steps.h"

#define WALK_LENGTH 150

struct walk {
	char line[WALK_LENGTH + 4][STEP_MAX];
	bool used[WALK_LENGTH + 4];   /* it was possible when its turn came */
	bool failed[WALK_LENGTH + 4]; /* and what it expects did not come */
	size_t n;
	char fault[TEXT_MAX];
	/* Over all walks, shrinking included. */
	uint64_t messages, offers, receipts, rejects, kills;
};

static void
add_up(struct walk *w, const struct run *r)
{
	w->offers += r->seats.offers;
	w->receipts += r->seats.receipts;
	w->rejects += r->seats.rejects;
	w->kills += r->world.kills;
	for (const struct message *m = r->seats.message; m != NULL; m = m->next)
		w->messages += m->recorded;
}

/* Runs the lines of keep; what is impossible where it stands is left out. */
static bool
breaks(struct walk *w, const bool *keep, uint64_t *steps)
{
	struct run *r = run_new("walk", 1);
	bool broken = false;

	for (size_t i = 0; i < w->n && !broken; i++) {
		w->used[i] = keep == NULL || keep[i];
		if (!w->used[i])
			continue;
		if (run_line(r, (unsigned)i + 1, w->line[i]) == RUN_WRONG) {
			r->outcome = RUN_FINE;
			w->used[i] = false;
		}
		/* What is not as one thought, such as no ready, is no fault. */
		broken = r->seats.fault[0] != '\0';
		w->failed[i] = r->outcome == RUN_FAILED && !broken;
		if (w->failed[i])
			r->outcome = RUN_FINE;
		if (broken)
			for (size_t k = i + 1; k < w->n; k++)
				w->used[k] = false;
	}
	if (!broken) {
		r->each = false;
		invariants_check(r, true);
		broken = r->seats.fault[0] != '\0';
	}
	snprintf(w->fault, sizeof w->fault, "%s", r->seats.fault);
	*steps += r->steps;
	add_up(w, r);
	run_free(r);
	return broken;
}

/* As few lines as still break: without halves, quarters, … single ones. */
static void
shrink(struct walk *w)
{
	bool keep[WALK_LENGTH + 4];
	uint64_t ignored = 0;
	size_t chunk = w->n / 2, last;
	bool smaller;

	memcpy(keep, w->used, sizeof keep);
	do {
		smaller = false;
		for (size_t at = 0; at < w->n; at += chunk) {
			bool without[WALK_LENGTH + 4], any = false;

			memcpy(without, keep, sizeof keep);
			for (size_t i = at; i < at + chunk && i < w->n; i++) {
				any |= without[i];
				without[i] = false;
			}
			if (!any || !breaks(w, without, &ignored))
				continue;
			memcpy(keep, w->used, sizeof keep);
			smaller = true;
		}
		last = chunk;
		chunk = chunk > 1 ? chunk / 2 : 1;
	} while (last > 1 || smaller);
	(void)breaks(w, keep, &ignored);
}

static void
print(const struct walk *w, uint64_t seed, FILE *f)
{
	fprintf(f, "# Walk %" PRIu64 " broke here: %s.\n", seed, w->fault);
	for (size_t i = 0; i < w->n; i++)
		if (w->used[i])
			fprintf(f, "%s%s\n", w->failed[i] ? "TRY " : "",
			    w->line[i]);
	fprintf(f, "IGNORE all\n");
}

static void
make(struct walk *w, uint64_t seed)
{
	struct steps s;

	w->n = 0;
	(void)snprintf(w->line[w->n++], sizeof w->line[0], "FEDERATION");
	(void)snprintf(w->line[w->n++], sizeof w->line[0], "CHECK each");
	steps_begin(&s, seed);
	while (w->n < WALK_LENGTH)
		steps_next(&s, w->line[w->n++]);
}

static int
found(struct walk *w, uint64_t seed, const char *out)
{
	FILE *f;

	printf("walk %" PRIu64 ": %s\nmaking it shorter\n", seed, w->fault);
	fflush(stdout);
	shrink(w);
	print(w, seed, stdout);
	f = out == NULL ? NULL : fopen(out, "we");
	if (f != NULL) {
		print(w, seed, f);
		fclose(f);
	}
	return 1;
}

int
main(int argc, char **argv)
{
	static struct walk w;
	const char *out = NULL;
	uint64_t seed, want, steps = 0;
	int status = 0;
	clock_t begin;

	if (argc == 5 && strcmp(argv[1], "--out") == 0) {
		out = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc != 3 || !is_number(argv[1], 0, &seed) ||
	    !is_number(argv[2], 1, &want)) {
		fprintf(stderr,
		    "usage: walk [--out FILE] SEED STEPS, whole numbers, "
		    "STEPS above 0\n");
		return 2;
	}
	if (sodium_init() < 0)
		return 3;
	machine_take_randomness();
	machine_reset(0);
	people_new();
	begin = clock();
	for (; steps < want && status == 0; seed++) {
		make(&w, seed);
		if (breaks(&w, NULL, &steps))
			status = found(&w, seed, out);
	}
	printf("%" PRIu64 " steps, last seed %" PRIu64
	       ", %.0f a second: %" PRIu64 " messages, %" PRIu64
	       " receipts, %" PRIu64 " offers, %" PRIu64 " rejections, %" PRIu64
	       " kills\n",
	    steps, seed - 1,
	    (double)steps * CLOCKS_PER_SEC / (double)(clock() - begin),
	    w.messages, w.receipts, w.offers, w.rejects, w.kills);
	run_forget();
	people_free();
	return status;
}
