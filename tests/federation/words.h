/*
 * SPDX-License-Identifier: MIT
 *
 * words: the words of the command fed, from which its help comes too.
 */
#ifndef INFOHUS_TESTS_WORDS_H
#define INFOHUS_TESTS_WORDS_H

#include "federation.h"

struct word {
	const char *name, *operands, *help;
	int min, max; /* operands; -1: any number */
	enum err (*run)(struct fed *f, int n, char **word, struct why *why);
};

/* Ends with a NULL name. */
extern const struct word words[];

#endif
