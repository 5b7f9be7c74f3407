/*
 * SPDX-License-Identifier: MIT
 *
 * scenario: runs scenario files, each in a world of its own.
 *
 *	scenario [--seed N] [--transcript] [--bench N] [--words] FILE...
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

	for (const struct command *c = commands; c->name != NULL; c++)
		printf("%s %s\n\t%s\n", c->name, c->usage, c->help);
	compose_mangles(mangles, sizeof mangles);
	printf("mangle= %s\n", mangles);
}

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	struct sum sum = { 0 };
	uint64_t seed = 1, turns = 1;
	bool transcript = false;
	double begin = 0;
	int i = 1;

	if (sodium_init() < 0)
		return 3;
	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++)
		if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
			seed = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--bench") == 0 && i + 1 < argc) {
			turns = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--transcript") == 0) {
			transcript = true;
		} else if (strcmp(argv[i], "--words") == 0) {
			print_words();
			return 0;
		} else {
			fprintf(stderr,
			    "scenario: found %s, expected [--seed "
			    "N] [--transcript] [--bench N] "
			    "[--words] FILE...\n",
			    argv[i]);
			return 2;
		}
	machine_take_randomness();
	machine_reset(0);
	people_new();
	begin = cpu_seconds();
	for (uint64_t k = 0; k < turns; k++)
		for (int f = i; f < argc; f++)
			run_one(&sum, argv[f], seed + k, transcript);
	double spent = cpu_seconds() - begin;
	printf("%u passed, %u failed, %u wrong; seed %" PRIu64 "; %" PRIu64
	       " steps",
	    sum.passed, sum.failed, sum.wrong, seed, sum.steps);
	if (!transcript) /* which is the same every time */
		printf(", %.0f a second and core",
		    (double)sum.steps / (spent > 0 ? spent : 1));
	printf("\n");
	run_forget();
	people_free();
	return sum.wrong > 0 ? 2 : sum.failed > 0;
}
