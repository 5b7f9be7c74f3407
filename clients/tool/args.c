/*
 * SPDX-License-Identifier: MIT
 *
 * args: options and subcommands from tables; --help comes from the same
 * tables, so the two cannot differ.
 */
#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN 28 /* where the help of an option begins */

/* ------------------------------------------------------------------ help */

static void
help_line(FILE *f, const char *left, const char *help)
{
	int n = fprintf(f, "  %s", left);

	for (const char *c = left; *c != '\0'; c++)
		n -= ((unsigned char)*c & 0xc0) ==
		    0x80; /* columns, not bytes */
	fprintf(f, "%*s%s\n", n < COLUMN ? COLUMN - n : 2, "", help);
}

static void
help_option(FILE *f, const struct option_help *o)
{
	char left[80];

	(void)snprintf(left, sizeof left, "--%s%s%s%s", o->name,
	    o->value != NULL ? " " : "", o->value != NULL ? o->value : "",
	    o->many ? "…" : "");
	help_line(f, left, o->help);
}

static void
help_print(FILE *f, const struct usage *u)
{
	const struct option_help *o = u->option;

	fprintf(f, "usage: infohus %s [options]%s%s\n\n%s\n", u->command,
	    u->operands[0] != '\0' ? " " : "", u->operands, u->text);
	fputs("\noptions:\n", f);
	for (; o != NULL && o->name != NULL; o++)
		help_option(f, o);
	help_line(f, "--help", "print this");
}

int
usage_error(const struct usage *u, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "infohus %s: ", u->command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\ntry: infohus %s --help\n", u->command);
	return EXIT_USAGE;
}

int
trouble(const char *fmt, ...)
{
	va_list ap;

	fputs("infohus: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_TROUBLE;
}

/* --------------------------------------------------------------- parsing */

/* Names of the law table have a '_' where options have a '-'. */
static bool
same_name(const char *option, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (option[i] != (name[i] == '_' ? '-' : name[i]))
			return false;
	return option[len] == '\0';
}

static const struct option_help *
find_option(const struct usage *u, const char *name, size_t len)
{
	const struct option_help *o = u->option;

	for (; o != NULL && o->name != NULL; o++)
		if (same_name(o->name, name, len))
			return o;
	return NULL;
}

/* One option at argv[*i]; moves *i past its value. False after an error. */
static bool
take_option(struct args *a, int argc, char **argv, int *i)
{
	const char *name = argv[*i] + 2, *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct option_help *o = find_option(a->usage, name, len);
	const char *value = equals != NULL ? equals + 1 : "";

	if (o == NULL) {
		usage_error(a->usage, "no option --%.*s", (int)len, name);
		return false;
	}
	if (!o->many && args_has(a, o->name)) {
		usage_error(a->usage, "--%s is given twice", o->name);
		return false;
	}
	if (o->value == NULL && equals != NULL) {
		usage_error(a->usage, "--%s takes no value", o->name);
		return false;
	}
	if (o->value != NULL && equals == NULL) {
		if (*i + 1 >= argc) {
			usage_error(
			    a->usage, "--%s wants %s", o->name, o->value);
			return false;
		}
		value = argv[++*i];
	}
	if (a->n_given == ARGS_MAX) {
		usage_error(a->usage, "more than %d options", ARGS_MAX);
		return false;
	}
	a->given[a->n_given] = o;
	a->value[a->n_given++] = value;
	return true;
}

static bool
check_operands(const struct args *a)
{
	const struct usage *u = a->usage;

	if (a->n_operand >= u->min && a->n_operand <= u->max)
		return true;
	if (u->max == 0)
		usage_error(
		    u, "found %zu operands, expected none", a->n_operand);
	else
		usage_error(u, "found %zu operands, expected %s", a->n_operand,
		    u->operands);
	return false;
}

bool
args_parse(struct args *a, const struct usage *u, int argc, char **argv,
    int *exit_code)
{
	bool options = true;

	a->usage = u;
	a->n_operand = a->n_given = 0;
	*exit_code = EXIT_USAGE;
	for (int i = 1; i < argc; i++) {
		if (options && strcmp(argv[i], "--help") == 0) {
			help_print(stdout, u);
			*exit_code = EXIT_YES;
			return false;
		}
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (options && argv[i][0] == '-' && argv[i][1] == '-') {
			if (!take_option(a, argc, argv, &i))
				return false;
		} else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
			usage_error(u, "no option %s", argv[i]);
			return false;
		} else if (a->n_operand == ARGS_MAX) {
			usage_error(u, "more than %d operands", ARGS_MAX);
			return false;
		} else {
			a->operand[a->n_operand++] = argv[i];
		}
	}
	return check_operands(a);
}

bool
args_has(const struct args *a, const char *name)
{
	return args_nth(a, name, 0) != NULL;
}

const char *
args_value(const struct args *a, const char *name)
{
	return args_nth(a, name, 0);
}

const char *
args_nth(const struct args *a, const char *name, size_t n)
{
	for (size_t i = 0; i < a->n_given; i++)
		if (strcmp(a->given[i]->name, name) == 0 && n-- == 0)
			return a->value[i];
	return NULL;
}

bool
args_number(const struct args *a, const char *name, uint64_t min, uint64_t max,
    uint64_t fallback, uint64_t *out)
{
	const char *text = args_value(a, name);
	uintmax_t n;
	char *end;

	if (text == NULL) {
		*out = fallback;
		return true;
	}
	errno = 0;
	n = strtoumax(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    n < min || n > max) {
		usage_error(a->usage,
		    "--%s: expected a number from %" PRIu64 " to %" PRIu64,
		    name, min, max);
		return false;
	}
	*out = (uint64_t)n;
	return true;
}

/* ----------------------------------------------------------- subcommands */

int
subcommand_run(
    const char *command, const struct subcommand *table, int argc, char **argv)
{
	const struct subcommand *s;
	bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
	FILE *f = help ? stdout : stderr;

	for (s = table; argc > 1 && s->name != NULL; s++)
		if (strcmp(s->name, argv[1]) == 0)
			return s->run(argc - 1, argv + 1);
	if (!help && argc > 1)
		fprintf(f, "infohus %s: no such command\n\n", command);
	fprintf(f, "usage: infohus %s%sCOMMAND …\n\ncommands:\n", command,
	    command[0] != '\0' ? " " : "");
	for (s = table; s->name != NULL; s++)
		help_line(f, s->name, s->help);
	fprintf(f,
	    "\nEach has --help. Exit codes: 0 yes, 1 no, 2 called "
	    "wrongly, 3 trouble.\n");
	return help ? EXIT_YES : EXIT_USAGE;
}
