/*
 * SPDX-License-Identifier: MIT
 *
 * judge: see judge.h.
 */
#include "judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
judge_add(
    struct judge *j, const char *label, const char *data, const char *notes)
{
	struct judge_run *r;
	char args[16384], key[4200];
	size_t n;

	n = (size_t)snprintf(args, sizeof args, "%s", data);
	for (unsigned i = 0; i < SEATS; i++) {
		n += (size_t)snprintf(
		    args + n, sizeof args - n, " --seat %s/seat-%u", notes, i);
		/* Whose it is, and whom it trusts. */
		snprintf(key, sizeof key, "%s/seat-%u", notes, i);
		if (mkdir(key, 0700) == -1 && errno != EEXIST)
			abort();
		snprintf(key, sizeof key, "%s/seat-%u/seat.json", notes, i);
		if (symlink(j->cast->seat_file[i], key) == -1 &&
		    errno != EEXIST)
			abort();
	}
	for (unsigned i = 1; i < SEATS; i++)
		n += (size_t)snprintf(args + n, sizeof args - n,
		    " --inbox %s %s/inbox-%u", j->cast->home[i].node, notes, i);
	if (j->n == j->room) {
		j->room = 2 * j->room + 64;
		j->run = realloc(j->run, j->room * sizeof j->run[0]);
		if (j->run == NULL)
			abort();
	}
	r = &j->run[j->n++];
	r->label = strdup(label);
	r->args = strdup(args);
	if (r->label == NULL || r->args == NULL)
		abort();
}

/* One run a line to the oracle, one line a run from it. */
static FILE *
ask(const struct judge *j)
{
	char path[4200], command[12800];
	FILE *f;

	snprintf(path, sizeof path, "%s/batch", j->fed);
	f = fopen(path, "we");
	if (f == NULL)
		abort();
	for (size_t i = 0; i < j->n; i++)
		fprintf(f, "%s\n", j->run[i].args);
	if (fclose(f) != 0)
		abort();
	snprintf(command, sizeof command, "%s --batch <%s", j->oracle, path);
	f = popen(command, "r");
	if (f == NULL)
		abort();
	return f;
}

unsigned
judge_all(struct judge *j, bool loud)
{
	FILE *f = j->n > 0 ? ask(j) : NULL;
	char *line = NULL;
	size_t room = 0;
	unsigned bad = 0;

	for (size_t i = 0; i < j->n; i++) {
		bool said = getline(&line, &room, f) > 0;

		if (!said || strstr(line, " 0 faults\n") == NULL) {
			bad++;
			if (loud)
				printf("NOT OK: %s: %s", j->run[i].label,
				    said ? line : "the oracle is silent\n");
		}
		j->judged++;
		free(j->run[i].label);
		free(j->run[i].args);
	}
	if (f != NULL)
		pclose(f);
	free(line);
	j->n = 0;
	return bad;
}

void
judge_free(struct judge *j)
{
	free(j->run);
	j->run = NULL;
}
