/*
 * SPDX-License-Identifier: MIT
 *
 * tool: what the subcommands of infohus share: exit codes, tables of options
 * from which both parsing and --help come, and printing that never passes a
 * peer's control bytes on to the terminal.
 */
#ifndef INFOHUS_TOOL_H
#define INFOHUS_TOOL_H

#include <stdio.h>

#include <jansson.h>

#include "proto/arena.h"

enum {
	EXIT_YES = 0,	  /* done, or the answer is yes */
	EXIT_NO = 1,	  /* the answer is no */
	EXIT_USAGE = 2,	  /* called wrongly */
	EXIT_TROUBLE = 3, /* something around us does not work */
};

/* ------------------------------------------------------------- arguments */

struct option_help {
	const char *name;  /* without the dashes */
	const char *value; /* what its value is called; NULL for a flag */
	bool many;	   /* may be given more than once */
	const char *help;
};

struct usage {
	const char *command;		  /* "node card" */
	const char *operands;		  /* "DIR", "FILE…", "" */
	unsigned min, max;		  /* how many operands */
	const char *text;		  /* what it does, one or more lines */
	const struct option_help *option; /* ends with a NULL name */
};

#define ARGS_MAX 256

struct args {
	const struct usage *usage;
	size_t n_operand;
	const char *operand[ARGS_MAX];
	size_t n_given;
	const struct option_help *given[ARGS_MAX];
	const char *value[ARGS_MAX]; /* "" for a flag */
};

/*
 * Parses argv[1..argc). Long options only, "--name value" or "--name=value";
 * "--" ends them. False when the command is over: --help was printed
 * (EXIT_YES) or the call was wrong and said so (EXIT_USAGE).
 */
bool args_parse(struct args *a, const struct usage *u, int argc, char **argv,
    int *exit_code);
bool args_has(const struct args *a, const char *name);
/* The value, or NULL when not given. */
const char *args_value(const struct args *a, const char *name);
/* The nth value, from 0, of one that may be given many times, or NULL. */
const char *args_nth(const struct args *a, const char *name, size_t n);
/*
 * An unsigned number in min .. max; fallback when not given. False and a
 * message on stderr when it is not one.
 */
bool args_number(const struct args *a, const char *name, uint64_t min,
    uint64_t max, uint64_t fallback, uint64_t *out);

/* "infohus COMMAND: text" on stderr; returns EXIT_USAGE with a hint. */
int usage_error(const struct usage *u, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "infohus: text" on stderr; returns EXIT_TROUBLE. */
int trouble(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A word of a command that has words of its own: node card, admin status. */
struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the word */
	const char *help;		   /* one line */
};
/* Runs the one named by argv[1]; lists them on --help. table ends with a
 * NULL name. */
int subcommand_run(
    const char *command, const struct subcommand *table, int argc, char **argv);

/* -------------------------------------------------------------- printing */

/* Prints text with every control byte and every byte that is not valid
 * UTF-8 as \xNN. */
void print_text(FILE *f, const char *text);
/* Colour sequences, or "" when f is not a terminal or NO_COLOR is set. */
enum colour { COLOUR_PLAIN, COLOUR_BOLD, COLOUR_GOOD, COLOUR_BAD };
const char *colour(FILE *f, enum colour c);
/* One JSON value and a LF on stdout. Takes the reference. Returns false
 * (and says so) without memory or when stdout does not take it. */
bool print_json(json_t *value);

/* ----------------------------------------------------------------- files */

/* A whole file of at most max bytes into the arena; "-" is stdin. */
enum err file_read(struct arena *a, const char *path, size_t max,
    struct bytes *out, struct why *why) MUST_CHECK;
/*
 * Writes path anew: a temporary file beside it, fsync, rename, fsync of the
 * folder.
 */
enum err file_write(const char *path, struct bytes content, unsigned mode,
    struct why *why) MUST_CHECK;
/* Milliseconds since 1970 UTC. */
uint64_t now_ms(void);

/*
 * One request to the daemon's admin socket. NULL and the reason when there
 * is no answer; an answer with "ok": false is an answer.
 */
json_t *admin_call(const char *socket_path, json_t *request, struct why *why);
/* Code and reason of an answer with "ok": false, on stderr. */
void admin_refused(const json_t *answer);

/* ----------------------------------------------------------- subcommands */

int cmd_send(int argc, char **argv);
int cmd_receive(int argc, char **argv);
int cmd_approve(int argc, char **argv);
int cmd_node(int argc, char **argv);
int cmd_admin(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_audit(int argc, char **argv);

#endif
