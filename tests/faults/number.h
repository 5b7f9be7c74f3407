/*
 * SPDX-License-Identifier: MIT
 *
 * number: a whole number that a person gave, or why it is none.
 */
#ifndef INFOHUS_TESTS_FAULTS_NUMBER_H
#define INFOHUS_TESTS_FAULTS_NUMBER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Digits and nothing else, at least min; false after saying what it is. */
static inline bool
number_read(const char *name, const char *text, uint64_t min, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
	    *out >= min)
		return true;
	fprintf(stderr,
	    "%s: found \"%s\", expected a whole number of at least %llu\n",
	    name, text, (unsigned long long)min);
	return false;
}

#endif
