/*
 * SPDX-License-Identifier: MIT
 *
 * steps: random lines of the scenario language, for the walker.
 */
#ifndef INFOHUS_TESTS_REPLAY_STEPS_H
#define INFOHUS_TESTS_REPLAY_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEP_MAX 320

/* What the lines so far have named; not what core made of them. */
struct steps {
	uint64_t random;
	unsigned labels; /* m1 .. mN have been sent */
	unsigned cases;	 /* case1 .. caseN have been opened */
	unsigned first;	 /* of those who are to be there */
	bool down, held; /* probably */
};

void steps_begin(struct steps *s, uint64_t seed);
/* The next line. Most are possible at any time, some only now and then. */
void steps_next(struct steps *s, char out[STEP_MAX]);

#endif
