/*
 * SPDX-License-Identifier: MIT
 *
 * judge: how long the decision takes, per recipient, with the shipped table
 * and with 10,000 generated rules. One line of JSON on stdout.
 *
 *	judge RULES.YAML [RULES]
 *
 * Facts are drawn by a fixed seed: half of them near what some permit of the
 * table takes, half anything. Each is judged often enough to be timed, so
 * median and 99th percentile are over inputs, not over interruptions. What is
 * timed is judge() and, for a refusal, judge_alternatives() too: all that a
 * verdict says.
 */
#include <stdlib.h>

#include "daemon/common/slurp.h"
#include "tests/common/now.h"
#include "tests/rules/generate.h"

#define INPUTS 4096
#define REPEAT 32
#define RULES 10000
#define SEED UINT64_C(88172645463325252)
#define AT_MS 1790000000000ull /* within the validity of most rules */

struct times {
	size_t n;
	double ns[INPUTS];
};

struct figures {
	struct times all, permit, refuse, verdict;
};

static void
once(const struct rules *r, const struct facts *f, bool whole,
    struct judgement *j)
{
	struct alternative a[ALTERNATIVES_MAX];

	judge(r, f, AT_MS, j);
	__asm__ volatile("" : : "r"(j) : "memory");
	if (!whole || j->outcome != OUTCOME_REFUSE)
		return;
	(void)judge_alternatives(r, f, AT_MS, a, ALTERNATIVES_MAX);
	__asm__ volatile("" : : "r"(a) : "memory");
}

/* The least of three, so that an interruption is not counted as judging. */
static double
time_one(const struct rules *r, const struct facts *f, bool whole,
    struct judgement *j)
{
	double best = 1e18;

	for (int round = 0; round < 3; round++) {
		uint64_t start = now_ns();
		double each;

		for (int i = 0; i < REPEAT; i++)
			once(r, f, whole, j);
		each = (double)(now_ns() - start) / REPEAT;
		if (each < best)
			best = each;
	}
	return best;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
add(struct times *t, double ns)
{
	t->ns[t->n++] = ns;
}

static double
at(struct times *t, size_t percent)
{
	qsort(t->ns, t->n, sizeof t->ns[0], compare);
	return t->n > 0 ? t->ns[t->n * percent / 100] : 0;
}

static void
measure(const struct rules *r, struct figures *f)
{
	struct seed s = { SEED };

	f->all.n = f->permit.n = f->refuse.n = f->verdict.n = 0;
	for (int i = 0; i < INPUTS; i++) {
		struct facts facts = i % 2 ? generate_facts(&s) :
					     generate_near(&s, r, 3);
		struct judgement j;
		double ns = time_one(r, &facts, false, &j);

		add(&f->all, ns);
		add(j.outcome == OUTCOME_REFUSE ? &f->refuse : &f->permit, ns);
		add(&f->verdict, time_one(r, &facts, true, &j));
	}
}

static void
print_times(const char *name, struct times *t, const char *end)
{
	printf("\"%s\": {\"n\": %zu, \"median_ns\": %.0f, \"p99_ns\": %.0f}%s",
	    name, t->n, at(t, 50), at(t, 99), end);
}

static void
print_figures(struct figures *f)
{
	print_times("permit", &f->permit, ", ");
	print_times("refuse", &f->refuse, ", ");
	print_times("verdict", &f->verdict, "");
}

/* The arena stays: the rules may point into the text. */
static struct rules *
load(struct arena **arena, const char *path)
{
	struct problems p = { .text = NULL };
	struct bytes text;
	struct rules *r = NULL;
	struct why why = { "" };

	if (arena_new(arena, 4 * 1024 * 1024) != ERR_OK ||
	    slurp(*arena, path, 1024 * 1024, &text, &why) != ERR_OK ||
	    (r = rules_load(path, text, &p)) == NULL)
		fprintf(stderr, "bench: %s: %s\n", path,
		    p.text != NULL ? p.text : why.text);
	problems_free(&p);
	return r;
}

int
main(int argc, char **argv)
{
	static struct figures shipped, generated;
	struct arena *a = NULL;
	unsigned rules = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) :
				     RULES;
	struct rules *r = argc >= 2 ? load(&a, argv[1]) : NULL;
	struct rules *g = r != NULL ? generate_load(SEED, rules) : NULL;

	if (r == NULL || g == NULL)
		return 1;
	measure(r, &shipped);
	measure(g, &generated);
	(void)at(&shipped.all, 0); /* puts them in order */
	printf("{\"inputs\": %d, \"rules\": %zu, \"median_ns\": %.0f, "
	       "\"p99_ns\": %.0f, \"worst_ns\": %.0f, ",
	    INPUTS, rules_count(r), at(&shipped.all, 50), at(&shipped.all, 99),
	    shipped.all.ns[INPUTS - 1]);
	print_figures(&shipped);
	printf(", \"generated\": {\"rules\": %zu, \"median_ns\": %.0f, "
	       "\"p99_ns\": %.0f, ",
	    rules_count(g), at(&generated.all, 50), at(&generated.all, 99));
	print_figures(&generated);
	printf("}, \"median_ratio\": %.2f, \"p99_ratio\": %.2f}\n",
	    at(&generated.all, 50) / at(&shipped.all, 50),
	    at(&generated.all, 99) / at(&shipped.all, 99));
	rules_free(g);
	rules_free(r);
	arena_free(a);
	return 0;
}
