/*
 * SPDX-License-Identifier: MIT
 *
 * scenario: runs scenario files, each in a world of its own.
 *
 *	scenario [--seed N] [--transcript] [--bench N] FILE...
 *	scenario --words|--help
 *
 * Prints a line for each that fails, and the sum. Exit 0: all passed; 1: one
 * failed; 2: one is no scenario.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "compose.h"
#include "machine_memory.h"
#include "people.h"

struct sum {
	unsigned passed, failed, wrong;
	uint64_t steps;
};

/* Without the name of the folder, which is another in every process. */
static void
print_said(struct run *r)
{
	const char *said = world_said(&r->world), *folder = people_folder();
	const char *at;

	while ((at = strstr(said, folder)) != NULL) {
		printf("%.*slaw", (int)(at - said), said);
		said = at + strlen(folder);
	}
	printf("%s\n", said);
}

static void
run_one(struct sum *sum, const char *file, uint64_t seed, bool transcript)
{
	struct run *r = run_new(file, seed);
	char *text = NULL;
	size_t len = 0;

	if (transcript)
		r->seats.transcript = open_memstream(&text, &len);
	switch (run_file(r)) {
	case RUN_FINE:
		sum->passed++;
		break;
	case RUN_FAILED:
		sum->failed++;
		break;
	case RUN_WRONG:
		sum->wrong++;
		break;
	}
	sum->steps += r->steps;
	if (transcript) {
		struct digest d = disk_digest(r->world.disk);
		char hex[65];

		fclose(r->seats.transcript);
		r->seats.transcript = NULL;
		hex_encode(hex, bytes_of(d.b, DIGEST_SIZE));
		printf("%s\n%s", file, text);
		print_said(r);
		printf("disk %s\n", hex);
		free(text);
	}
	if (r->outcome != RUN_FINE)
		printf("%s\n", r->text);
	run_free(r);
}

static void
print_words(void)
{
	char mangles[400];

	for (const struct command *c = commands; c->name != NULL; c++) {
		printf("%s %s\n\t%s\n", c->name, c->usage, c->help);
		if (strcmp(c->name, "EXPECT") == 0)
			expect_print("\t\t");
	}
	compose_mangles(mangles, sizeof mangles);
	printf("mangle= %s\n", mangles);
}

/* The federation is made once for all; that is no step of a scenario. */
static void
warm_up(void)
{
	struct run *r = run_new("warm-up", 1);

	(void)run_line(r, 1, "FEDERATION");
	run_free(r);
}

static const char usage[] =
    "scenario [--seed N] [--transcript] [--bench N] FILE...\n"
    "scenario --words|--help\n"
    "\n"
    "  --seed N      randomness; 1 unless said\n"
    "  --transcript  prints everything that was said\n"
    "  --bench N     each file N times, with the seeds that follow\n"
    "  --words       the words that lines begin with, and what they take\n"
    "\n"
    "Exit 0: all passed; 1: one failed; 2: one is no scenario, or wrong\n"
    "arguments. docs/testing.md shows how to write one.\n";

static int
refuse(const char *found, const char *expected)
{
	fprintf(stderr, "scenario: found %s, expected %s\n", found, expected);
	return 2;
}

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct options {
	uint64_t seed, turns;
	bool transcript;
	int file; /* the first */
};

/* --NAME N */
static bool
take_number(
    int argc, char **argv, int at, uint64_t min, uint64_t *out, int *status)
{
	if (at < argc && is_number(argv[at], min, out))
		return true;
	*status = refuse(at < argc ? argv[at] : "nothing",
	    min > 0 ? "a whole number above 0" : "a whole number");
	return false;
}

/* False when there is nothing to run; then with what to end. */
static bool
take_options(int argc, char **argv, struct options *o, int *status)
{
	int i = 1;

	*status = 0;
	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++)
		if (strcmp(argv[i], "--seed") == 0) {
			if (!take_number(argc, argv, ++i, 0, &o->seed, status))
				return false;
		} else if (strcmp(argv[i], "--bench") == 0) {
			if (!take_number(argc, argv, ++i, 1, &o->turns, status))
				return false;
		} else if (strcmp(argv[i], "--transcript") == 0) {
			o->transcript = true;
		} else if (strcmp(argv[i], "--words") == 0) {
			print_words();
			return false;
		} else if (strcmp(argv[i], "--help") == 0) {
			printf("%s", usage);
			return false;
		} else {
			*status = refuse(argv[i],
			    "--seed N, --transcript, --bench N, --words or "
			    "--help");
			return false;
		}
	o->file = i;
	if (i == argc)
		*status = refuse("no FILE", "one; see --help");
	return i < argc;
}

int
main(int argc, char **argv)
{
	struct options o = { .seed = 1, .turns = 1 };
	struct sum sum = { 0 };
	double begin, spent;
	int status;

	if (sodium_init() < 0)
		return 3;
	if (!take_options(argc, argv, &o, &status))
		return status;
	machine_take_randomness();
	machine_reset(0);
	people_new();
	warm_up();
	begin = cpu_seconds();
	for (uint64_t k = 0; k < o.turns; k++)
		for (int f = o.file; f < argc; f++)
			run_one(&sum, argv[f], o.seed + k, o.transcript);
	spent = cpu_seconds() - begin;
	printf("%u passed, %u failed, %u wrong; seed %" PRIu64 "; %" PRIu64
	       " steps",
	    sum.passed, sum.failed, sum.wrong, o.seed, sum.steps);
	if (!o.transcript) /* which is the same every time */
		printf(", %.0f a second and core",
		    (double)sum.steps / (spent > 0 ? spent : 1));
	printf("\n");
	run_forget();
	people_free();
	return sum.wrong > 0 ? 2 : sum.failed > 0;
}
