/*
 * SPDX-License-Identifier: MIT
 *
 * judge: the oracle's word on many runs. Each is a folder that holds data/
 * (a store that nobody has open) and, beside or elsewhere, the seats' notes.
 */
#ifndef INFOHUS_TESTS_JUDGE_H
#define INFOHUS_TESTS_JUDGE_H

#include "exchange.h"

struct judge {
	const char *oracle; /* the program */
	const struct cast *cast;
	const char *fed;
	size_t n, room;
	struct judge_run {
		char *label, *args;
	} * run;
	unsigned long judged;
};

/* The run's data folder and the folder of its notes; both stay until judged. */
void judge_add(
    struct judge *j, const char *label, const char *data, const char *notes);
/*
 * Has all of them judged; each that has faults is told of on stdout if loud.
 * Returns how many have; forgets the runs.
 */
unsigned judge_all(struct judge *j, bool loud);
void judge_free(struct judge *j);

#endif
