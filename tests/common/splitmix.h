/*
 * SPDX-License-Identifier: MIT
 *
 * splitmix: random numbers, the same sequence for a seed on every machine
 * (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
 * 2014). Nothing secret may come from it.
 */
#ifndef INFOHUS_TESTS_SPLITMIX_H
#define INFOHUS_TESTS_SPLITMIX_H

#include <stdint.h>

/* The next of the sequence; *state begins as the seed. */
static inline uint64_t
splitmix_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

#endif
