/*
 * SPDX-License-Identifier: MIT
 *
 * script: see script.h. Words, errors, and the table of commands; what they
 * do stands in the files do_*.c.
 */
#include "script.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "machine_memory.h"
#include "people.h"

#define LINE_LONGEST 2000

/* ------------------------------------------------------------------- runs */

struct run *
run_new(const char *file, uint64_t seed)
{
	struct run *r = calloc(1, sizeof *r);

	if (r == NULL)
		people_must(ERR_NOMEM, NULL);
	r->file = file;
	r->seed = seed;
	machine_reset(seed);
	world_new(&r->world);
	seats_new(&r->seats, &r->world);
	return r;
}

void
run_free(struct run *r)
{
	if (r == NULL)
		return;
	world_free(&r->world);
	seats_free(&r->seats);
	disk_free(r->kept);
	invariants_forget(r);
	free(r);
}

static enum outcome note(struct run *r, enum outcome o, const char *fmt,
    va_list ap) __attribute__((format(printf, 3, 0)));

static enum outcome
note(struct run *r, enum outcome o, const char *fmt, va_list ap)
{
	int n;

	if (r->outcome != RUN_FINE)
		return r->outcome;
	r->outcome = o;
	n = snprintf(r->text, sizeof r->text, "%s:%u: ", r->file, r->line);
	vsnprintf(r->text + n, sizeof r->text - (size_t)n, fmt, ap);
	return o;
}

enum outcome
run_wrong(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	enum outcome o = note(r, RUN_WRONG, fmt, ap);
	va_end(ap);
	return o;
}

enum outcome
run_failed(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	enum outcome o = note(r, RUN_FAILED, fmt, ap);
	va_end(ap);
	return o;
}

/* -------------------------------------------------------------- arguments */

bool
is_number(const char *text, uint64_t min, uint64_t *out)
{
	char *end = NULL;
	uint64_t n = 0;

	errno = 0;
	if (text[0] >= '0' && text[0] <= '9')
		n = strtoull(text, &end, 10);
	if (end == NULL || *end != '\0' || errno != 0 || n < min)
		return false;
	*out = n;
	return true;
}

bool
run_number(struct run *r, const char *text, uint64_t min, uint64_t *out)
{
	if (text != NULL && is_number(text, min, out))
		return true;
	(void)run_wrong(r, "found %s, expected a whole number%s",
	    text != NULL ? text : "nothing", min > 0 ? " above 0" : "");
	return false;
}

bool
run_number_at(
    struct run *r, char **word, size_t n, const char *key, uint64_t *out)
{
	const char *v = run_value(word, n, 0, key);

	return v == NULL || run_number(r, v, 0, out);
}

bool
run_time(struct run *r, const char *text, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} unit[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 } };
	char *end = NULL;
	long long n = 0;

	if ((text[0] == '+' || text[0] == '-') && text[1] >= '0' &&
	    text[1] <= '9')
		n = strtoll(text, &end, 10);
	for (size_t i = 0; end != NULL && i < sizeof unit / sizeof unit[0]; i++)
		if (strcmp(end, unit[i].unit) == 0) {
			*ms = n * unit[i].ms;
			return true;
		}
	(void)run_wrong(
	    r, "found %s, expected a time such as +5s, -2h or +1500ms", text);
	return false;
}

struct seat *
run_seat(struct run *r, const char *name)
{
	struct seat *s = seats_find(&r->seats, name);

	if (s == NULL)
		(void)run_wrong(r,
		    "found %s, expected a seat: ALIAS of a node, or "
		    "ALIAS/SEAT, with #2 for a second program",
		    name);
	return s;
}

struct node *
run_node(struct run *r, const char *alias)
{
	struct node *x = seats_node(&r->seats, alias);

	if (x == NULL)
		(void)run_wrong(
		    r, "found %s, expected the alias of a node", alias);
	return x;
}

/*
 * What a seat without a session sends goes nowhere, and that nothing came of
 * it would show nothing.
 */
struct seat *
run_session(struct run *r, const char *name)
{
	struct seat *s = run_seat(r, name);

	if (s == NULL || s->welcomed)
		return s;
	(void)run_wrong(r,
	    "found %s without a session, expected ONLINE before this", s->name);
	return NULL;
}

struct seat *
run_connected(struct run *r, const char *name)
{
	struct seat *s = run_seat(r, name);

	if (s == NULL || s->connection != 0)
		return s;
	(void)run_wrong(r,
	    "found %s without a connection, expected KNOCK before this",
	    s->name);
	return NULL;
}

struct message *
run_message(struct run *r, const char *label)
{
	struct message *m = seats_message(&r->seats, label);

	if (m == NULL)
		(void)run_wrong(
		    r, "found %s, expected the label of a message", label);
	return m;
}

const char *
run_value(char *const *word, size_t n, size_t at, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = at; i < n; i++)
		if (strncmp(word[i], key, len) == 0 && word[i][len] == '=')
			return word[i] + len + 1;
	return NULL;
}

bool
run_keys(
    struct run *r, char *const *word, size_t n, size_t at, const char *keys)
{
	for (size_t i = at; i < n; i++) {
		size_t len = strcspn(word[i], "=");
		const char *p = keys;
		bool known = false;

		while (*p != '\0' && !known) {
			size_t k = strcspn(p, " ");

			known = k == len + (word[i][len] == '=') &&
			    strncmp(p, word[i], k) == 0;
			p += k;
			p += strspn(p, " ");
		}
		if (!known) {
			(void)run_wrong(
			    r, "found %s, expected %s", word[i], keys);
			return false;
		}
	}
	return true;
}

bool
run_lane(struct run *r, const char *text, uint8_t *lane)
{
	if (text == NULL)
		return true;
	*lane = strcmp(text, "ordinary") == 0 ? LANE_ORDINARY :
	    strcmp(text, "acute") == 0	      ? LANE_ACUTE :
						LANE_CONTROL;
	if (*lane != LANE_CONTROL || strcmp(text, "control") == 0)
		return true;
	(void)run_wrong(
	    r, "found lane=%s, expected ordinary, acute or control", text);
	return false;
}

bool
run_is_up(struct run *r)
{
	if (world_is_up(&r->world))
		return true;
	(void)run_wrong(r, "found core down, expected START before this");
	return false;
}

bool
run_begin(struct run *r)
{
	struct why why = { "" };

	if (r->begun)
		return true;
	r->begun = true;
	if (world_start(&r->world, &why) == ERR_OK)
		return true;
	(void)run_failed(r, "expected core to start, came: %s", why.text);
	return false;
}

/* ------------------------------------------------------------------ lines */

/* Splits at blanks; "…" holds them together. Writes into text. */
static bool
split(struct run *r, char *text, char **word, size_t *n)
{
	char *in = text, *out = text;

	*n = 0;
	for (;;) {
		bool quoted = false;

		in += strspn(in, " \t");
		if (*in == '\0' || *in == '#')
			return true;
		if (*n == WORDS_MAX) {
			(void)run_wrong(r,
			    "found more than %d words, expected fewer",
			    WORDS_MAX);
			return false;
		}
		word[(*n)++] = out;
		for (; *in != '\0'; in++) {
			if (*in == '"')
				quoted = !quoted;
			else if (!quoted && (*in == ' ' || *in == '\t'))
				break;
			else
				*out++ = *in;
		}
		if (quoted) {
			(void)run_wrong(r,
			    "found the end of the line, expected another \"");
			return false;
		}
		if (*in != '\0')
			in++;
		*out++ = '\0';
	}
}

static const struct command *
find_command(struct run *r, char **word, size_t n)
{
	char all[600] = "";
	size_t len = 0;

	for (const struct command *c = commands; c->name != NULL; c++) {
		if (strcmp(c->name, word[0]) == 0) {
			if (n - 1 >= c->min && n - 1 <= c->max)
				return c;
			(void)run_wrong(r,
			    "found %zu words after %s, expected: %s %s", n - 1,
			    c->name, c->name, c->usage);
			return NULL;
		}
		len += (size_t)snprintf(all + len, sizeof all - len, "%s%s",
		    len > 0 ? ", " : "", c->name);
	}
	(void)run_wrong(r, "found %s, expected one of %s", word[0], all);
	return NULL;
}

static enum outcome
do_line(struct run *r, unsigned line, const char *text, bool check)
{
	char copy[LINE_LONGEST + 2], *word[WORDS_MAX];
	const struct command *c;
	size_t n;

	if (r->outcome != RUN_FINE)
		return r->outcome;
	r->line = line;
	if (strlen(text) > LINE_LONGEST)
		return run_wrong(r,
		    "found a line of %zu bytes, expected at "
		    "most %d",
		    strlen(text), LINE_LONGEST);
	(void)snprintf(copy, sizeof copy, "%s", text);
	copy[strcspn(copy, "\r\n")] = '\0';
	if (!split(r, copy, word, &n) || n == 0)
		return r->outcome;
	c = find_command(r, word, n);
	if (c == NULL || check)
		return r->outcome;
	if (r->seats.transcript != NULL)
		fprintf(r->seats.transcript, "%u %s", line,
		    text[strlen(text) - 1] == '\n' ? text : "\n");
	if (!c->before_start && !run_begin(r))
		return r->outcome;
	r->steps++;
	(void)c->run(r, word + 1, n - 1);
	if (r->each)
		invariants_check(r, false);
	if (r->seats.fault[0] != '\0')
		(void)run_failed(r, "%s", r->seats.fault);
	return r->outcome;
}

enum outcome
run_line(struct run *r, unsigned line, const char *text)
{
	return do_line(r, line, text, false);
}

enum outcome
run_check(struct run *r, unsigned line, const char *text)
{
	return do_line(r, line, text, true);
}

/* -------------------------------------------------------------- whole file */

enum outcome
run_end(struct run *r)
{
	if (r->outcome != RUN_FINE)
		return r->outcome;
	for (struct seat *s = r->seats.seat; s != NULL; s = s->next)
		for (struct got *g = s->first; g != NULL; g = g->next) {
			char *text;

			if (g->read || got_is_harmless(g->kind))
				continue;
			text = got_text(g);
			(void)run_failed(r,
			    "at the end %s: expected nothing more, came: %s",
			    s->name, text);
			free(text);
			return r->outcome;
		}
	invariants_check(r, true);
	if (r->seats.fault[0] != '\0')
		(void)run_failed(r, "%s", r->seats.fault);
	return r->outcome;
}

static enum outcome
each_line(struct run *r, FILE *f,
    enum outcome (*fn)(struct run *r, unsigned line, const char *text))
{
	char *text = NULL;
	size_t room = 0;

	rewind(f);
	for (unsigned line = 1;
	     r->outcome == RUN_FINE && getline(&text, &room, f) >= 0; line++)
		(void)fn(r, line, text);
	free(text);
	return r->outcome;
}

enum outcome
run_file(struct run *r)
{
	FILE *f = fopen(r->file, "re");

	if (f == NULL)
		return run_wrong(r, "cannot be read, expected a scenario");
	(void)each_line(r, f, run_check);
	if (ferror(f)) /* a folder, for one */
		(void)run_wrong(r, "cannot be read, expected a scenario");
	(void)each_line(r, f, run_line);
	fclose(f);
	if (r->outcome == RUN_FINE && r->steps == 0)
		return run_wrong(r, "found nothing to do, expected a scenario");
	return run_end(r);
}
