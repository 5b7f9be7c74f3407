/*
 * SPDX-License-Identifier: MIT
 *
 * do_control: what is expected and what is ignored, and lines made of
 * lines.
 */
#include "do.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"

#define PARTS "tests/replay/parts"
#define PLAY_DEPTH 4

enum outcome
do_expect(struct run *r, char **word, size_t n)
{
	return expect_line(r, word, n);
}

enum outcome
do_ignore(struct run *r, char **word, size_t n)
{
	bool all = strcmp(word[0], "all") == 0;
	struct seat *s = all ? r->seats.seat : run_seat(r, word[0]);

	(void)n;
	for (; s != NULL; s = all ? s->next : NULL)
		for (struct got *g = s->first; g != NULL; g = g->next)
			g->read = true;
	return r->outcome;
}

enum outcome
do_mark(struct run *r, char **word, size_t n)
{
	struct txn *t;

	(void)word;
	(void)n;
	if (!run_is_up(r) ||
	    store_read(r->world.core.store, &t, NULL) != ERR_OK)
		return r->outcome;
	r->logged = ledger_size(t);
	store_abort(t);
	return RUN_FINE;
}

enum outcome
do_check(struct run *r, char **word, size_t n)
{
	if (n > 0 && strcmp(word[0], "each") != 0)
		return run_wrong(r, "found %s, expected each", word[0]);
	r->each = n > 0;
	invariants_check(r, true);
	return RUN_FINE;
}

enum outcome
do_dump(struct run *r, char **word, size_t n)
{
	struct why why = { "" };

	(void)n;
	return dump_run(r, word[0], &why) == ERR_OK ?
	    RUN_FINE :
	    run_failed(r, "expected to write %s, came: %s", word[0], why.text);
}

/* REPEAT N WORD…: {} is the number of the turn. */
enum outcome
do_repeat(struct run *r, char **word, size_t n)
{
	uint64_t times;
	unsigned line = r->line;

	if (!run_number(r, word[0], 1, &times))
		return r->outcome;
	for (uint64_t k = 1; k <= times && r->outcome == RUN_FINE; k++) {
		char text[TEXT_MAX] = "";
		size_t len = 0;

		for (size_t i = 1; i < n && len < sizeof text; i++) {
			char *at = strstr(word[i], "{}");

			len += (size_t)snprintf(text + len, sizeof text - len,
			    i > 1 ? " \"" : "\"");
			if (at == NULL)
				len += (size_t)snprintf(text + len,
				    sizeof text - len, "%s", word[i]);
			else
				len += (size_t)snprintf(text + len,
				    sizeof text - len, "%.*s%llu%s",
				    (int)(at - word[i]), word[i],
				    (unsigned long long)k, at + 2);
			len += (size_t)snprintf(
			    text + len, sizeof text - len, "\"");
		}
		(void)run_line(r, line, text);
	}
	return r->outcome;
}

/* TRY WORD…: what is not as expected is no failure; a fault is. */
enum outcome
do_try(struct run *r, char **word, size_t n)
{
	char text[TEXT_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < n && len < sizeof text; i++)
		len += (size_t)snprintf(
		    text + len, sizeof text - len, " \"%s\"", word[i]);
	if (run_line(r, r->line, text) == RUN_FAILED &&
	    r->seats.fault[0] == '\0')
		r->outcome = RUN_FINE;
	return r->outcome;
}

/* PLAY NAME: the lines of tests/replay/parts/NAME.scn. */
enum outcome
do_play(struct run *r, char **word, size_t n)
{
	const char *file = r->file;
	unsigned line = r->line;
	char path[200], *text = NULL;
	size_t room = 0;
	FILE *f;

	(void)n;
	snprintf(path, sizeof path, PARTS "/%.100s.scn", word[0]);
	f = fopen(path, "re");
	if (f == NULL || r->depth == PLAY_DEPTH) {
		if (f != NULL)
			fclose(f);
		return run_wrong(r,
		    "found %s, expected the name of a part in " PARTS, word[0]);
	}
	r->file = path;
	r->depth++;
	for (unsigned at = 1;
	     r->outcome == RUN_FINE && getline(&text, &room, f) >= 0; at++)
		(void)run_line(r, at, text);
	r->depth--;
	r->file = file;
	r->line = line;
	free(text);
	fclose(f);
	return r->outcome;
}
