/*
 * SPDX-License-Identifier: MIT
 *
 * generate: rule tables of any size and facts to judge by them, by a seed.
 * The same seed gives the same ones on every machine.
 */
#ifndef INFOHUS_TEST_GENERATE_H
#define INFOHUS_TEST_GENERATE_H

#include <stdio.h>

#include "daemon/law/table.h"

struct seed {
	uint64_t state; /* not 0 */
};

unsigned any_of(struct seed *s, unsigned n); /* 0 to n-1 */

/* Writes a rules.yaml of n rules: 3 of 4 are permits, the rest prohibitions
 * and a few duties. All of it is valid law, none of it makes sense. */
#define GENERATED_MAX 12000
void generate_table(struct seed *s, unsigned n, FILE *out);

/* Anything, now and then a number that is in no list. */
struct facts generate_facts(struct seed *s);
/* What some permit of r takes, with up to faults things changed. */
struct facts
generate_near(struct seed *s, const struct rules *r, unsigned faults);

/* Loads a generated table; prints why not and returns NULL. */
struct rules *generate_load(uint64_t seed, unsigned n);

#endif
