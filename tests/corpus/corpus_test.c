/*
 * SPDX-License-Identifier: MIT
 *
 * corpus: every parser takes and refuses what it did when its seeds were
 * kept, and no damage to a seed makes it crash or answer in two ways.
 *
 * CORPUS_VARIANTS=n damages each seed n times, CORPUS_SEED=n in other ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "damage.h"
#include "seeds.h"

#define VARIANTS 24
#define VARIANTS_LONG 1000 /* a minute */

static struct seed *seed;
static size_t n_seed;
static char running[160]; /* what a crash was met with */

static void
crashed(int sig)
{
	static const char text[] = "\ncrashed while running ";

	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	(void)!write(STDERR_FILENO, running, strlen(running));
	(void)!write(STDERR_FILENO, "\n", 1);
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

static uint64_t
number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static int
run(const struct seed *s, const uint8_t *data, size_t len, uint64_t variant)
{
	int answer;

	(void)snprintf(running, sizeof running, "%s, variant %llu", s->name,
	    (unsigned long long)variant);
	answer = s->parser->run(data, len);
	if (answer == -1)
		fail_msg("%s: no memory or no folder for it", running);
	return answer;
}

static void
test_every_parser_has_seeds(void **state)
{
	size_t missing = 0;

	(void)state;
	for (size_t i = 0; i < parser_count; i++) {
		size_t taken = 0, refused = 0;

		for (size_t k = 0; k < n_seed; k++)
			if (seed[k].parser == &parser_table[i])
				*(seed[k].answer == 0 ? &taken : &refused) += 1;
		if (taken > 0 && refused > 0)
			continue;
		print_error("%s: found %zu seeds that are taken and %zu "
			    "that are refused, expected some of both\n",
		    parser_table[i].kind, taken, refused);
		missing++;
	}
	assert_int_equal(missing, 0);
}

static void
test_seeds_are_answered_as_recorded(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < n_seed; i++) {
		int got = run(&seed[i], seed[i].data, seed[i].len, 0);

		if (got == seed[i].answer)
			continue;
		print_error("%s: got %d, recorded %d\n", seed[i].name, got,
		    seed[i].answer);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void
damage(const struct seed *s, uint64_t variant)
{
	size_t len = s->len;
	uint8_t *copy = damage_copy(
	    (enum damage)(variant % DAMAGES), variant, s->data, &len);
	int once;

	assert_non_null(copy);
	once = run(s, copy, len, variant);
	if (run(s, copy, len, variant) != once)
		fail_msg("%s: two answers to the same bytes", running);
	free(copy);
}

static void
test_damaged_seeds_are_only_refused(void **state)
{
	uint64_t variants = number_of("CORPUS_VARIANTS",
	    getenv("LONG") != NULL ? VARIANTS_LONG : VARIANTS);
	uint64_t first = number_of("CORPUS_SEED", 1) << 32;

	(void)state;
	print_message("CORPUS_SEED=%llu\n", (unsigned long long)(first >> 32));
	for (size_t i = 0; i < n_seed; i++)
		for (uint64_t v = 0; v < variants; v++)
			damage(&seed[i], first + v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_parser_has_seeds),
		cmocka_unit_test(test_seeds_are_answered_as_recorded),
		cmocka_unit_test(test_damaged_seeds_are_only_refused),
	};
	int failed;

#ifndef SANITIZED
	(void)signal(SIGSEGV, crashed);
	(void)signal(SIGBUS, crashed);
	(void)signal(SIGABRT, crashed);
#else
	(void)crashed;
#endif
	if (!seeds_load(SEEDS_FOLDER, &seed, &n_seed))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	seeds_free(seed, n_seed);
	return failed;
}
