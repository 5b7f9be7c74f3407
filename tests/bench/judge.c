/*
 * SPDX-License-Identifier: MIT
 *
 * judge: how long the decision takes, per recipient, with the shipped table.
 * One line of JSON on stdout.
 *
 *	judge RULES.YAML
 *
 * Many different facts are drawn by a fixed seed: half of them near what the
 * table permits, half anything. Each is judged often enough to be timed, so
 * median and 99th percentile are over inputs, not over interruptions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/slurp.h"
#include "daemon/law/rules.h"
#include "daemon/law/yaml.h"
#include "proto/envelope.h"
#include "tests/common/now.h"

#define INPUTS 4096
#define REPEAT 64
#define AT_MS 1790000000000ull /* within the validity of every shipped rule */

static uint64_t state = 88172645463325252ull;

static unsigned
any(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 11) % n;
}

static struct facts
draw(void)
{
	struct facts f = { .kind = (uint8_t)(1 + any(10)),
		.urgency = (uint8_t)any(2),
		.from = (uint8_t)(1 + any(16)),
		.to = (uint8_t)(1 + any(16)),
		.cooperation = (uint8_t)any(5),
		.purpose = (uint8_t)any(5),
		.necessity = (uint8_t)any(6),
		.age = (uint8_t)any(4),
		.concerned_child = (uint8_t)any(2),
		.exposed = (uint8_t)any(4),
		.ksp = (uint8_t)any(7),
		.consent = (uint8_t)any(5),
		.state = (uint8_t)any(12),
		.has_case = any(2),
		.police_alone = any(4) == 0,
		.police_looked = any(2),
		.case_acute = any(4) == 0,
		.sender_participant = any(2),
		.recipient_participant = any(2),
		.answers_request = any(2),
		.necessity_text = any(2),
		.basis = 1u << any(12),
		.relation = 1u << any(8) };

	f.categories = 1ull << any(24);
	if (any(2))
		f.categories |= 1ull << any(24);
	return f;
}

/* The concern that the pair exchanges, with one thing in it changed. */
static struct facts
draw_near(void)
{
	struct facts f = { .kind = KIND_CONCERN,
		.from = ROLE_JOBCENTER,
		.to = ROLE_POL_TOVHOLDER,
		.cooperation = COOPERATION_SSP,
		.purpose = PURPOSE_CRIME_PREVENTION,
		.necessity = NECESSITY_ASSESSMENT,
		.age = AGE_ADULT,
		.necessity_text = true,
		.has_case = true,
		.basis = 1u << BASIS_RPL_115_2,
		.relation = 1u << RELATION_DISTRICT_OF_SUBJECT,
		.categories = CATEGORY_BIT(CATEGORY_CONCERN) };
	struct facts other = draw();

	switch (any(8)) {
	case 0:
		f.purpose = other.purpose;
		break;
	case 1:
		f.from = other.from;
		break;
	case 2:
		f.to = other.to;
		break;
	case 3:
		f.categories = other.categories;
		break;
	case 4:
		f.basis = other.basis;
		break;
	case 5:
		f.cooperation = other.cooperation;
		break;
	default:
		break;
	}
	return f;
}

/* The least of three, so that an interruption is not counted as judging. */
static double
time_one(const struct rules *r, const struct facts *f, unsigned *permits)
{
	struct judgement j = { .outcome = OUTCOME_REFUSE };
	double best = 1e18;

	for (int round = 0; round < 3; round++) {
		uint64_t start = now_ns();
		double each;

		for (int i = 0; i < REPEAT; i++) {
			judge(r, f, AT_MS, &j);
			__asm__ volatile("" : : "r"(&j) : "memory");
		}
		each = (double)(now_ns() - start) / REPEAT;
		if (each < best)
			best = each;
	}
	*permits += j.outcome == OUTCOME_PERMIT;
	return best;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
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
	static double ns[INPUTS];
	struct arena *a = NULL;
	struct rules *r = argc == 2 ? load(&a, argv[1]) : NULL;
	unsigned permits = 0;

	if (r == NULL)
		return 1;
	for (int i = 0; i < INPUTS; i++) {
		struct facts f = i % 2 ? draw() : draw_near();

		ns[i] = time_one(r, &f, &permits);
	}
	qsort(ns, INPUTS, sizeof ns[0], compare);
	printf("{\"inputs\": %d, \"permits\": %u, \"median_ns\": %.0f, "
	       "\"p99_ns\": %.0f, \"worst_ns\": %.0f}\n",
	    INPUTS, permits, ns[INPUTS / 2], ns[INPUTS * 99 / 100],
	    ns[INPUTS - 1]);
	rules_free(r);
	arena_free(a);
	return 0;
}
