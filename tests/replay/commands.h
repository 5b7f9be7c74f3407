/*
 * SPDX-License-Identifier: MIT
 *
 * commands: the words that a scenario's lines begin with.
 */
#ifndef INFOHUS_TESTS_REPLAY_COMMANDS_H
#define INFOHUS_TESTS_REPLAY_COMMANDS_H

#include "script.h"

struct command {
	const char *name;
	size_t min, max; /* words after it */
	const char *usage, *help;
	bool before_start; /* does not make core start */
	enum outcome (*run)(struct run *r, char **word, size_t n);
};

extern const struct command commands[]; /* ends with a name of NULL */

#endif
