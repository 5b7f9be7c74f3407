/*
 * SPDX-License-Identifier: MIT
 *
 * fed: the federation bench for shell tests. One word of federation.h each;
 * `fed --help` lists them. The federation is the one whose folder FED names.
 */
#include "federation.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keeper.h"
#include "nodes_file.h"
#include "words.h"

#define EXIT_NO 1
#define EXIT_USAGE 2

/* ------------------------------------------------------------- new and end */

static int
say(const char *word, const struct why *why, int status)
{
	(void)fflush(stdout);
	fprintf(stderr, "fed %s: %s\n", word, why->text);
	return status;
}

static const char new_help[] =
    "[LABEL] [--for=PID] [--nodes=FILE] [--batch=N] [--tick=N] [--doors=N]\n"
    "    [--map=MIB] [--ports=FIRST-LAST] [--bin=DIR] [--hooks] [--stopped]";

static bool
number(const char *text, unsigned *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*out = (unsigned)n;
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && n > 0 &&
	    n < UINT_MAX;
}

struct making {
	struct fed_options o;
	struct nodes_file nodes;
	pid_t owner;
};

static enum err
option(struct making *m, const char *word, struct why *why)
{
	struct fed_options *o = &m->o;
	const struct {
		const char *name;
		unsigned *to;
	} numbers[] = { { "--batch=", &o->batch },
		{ "--tick=", &o->tick_seconds }, { "--doors=", &o->doors },
		{ "--map=", &o->map_mib },
		{ "--for=", (unsigned *)&m->owner } };

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (strncmp(word, numbers[i].name, strlen(numbers[i].name)) ==
		    0)
			return number(word + strlen(numbers[i].name),
				   numbers[i].to) ?
			    ERR_OK :
			    why_set(why, ERR_INVALID,
				"found \"%s\", expected a number above 0",
				word);
	if (strncmp(word, "--nodes=", 8) == 0)
		return nodes_file_read(&m->nodes, word + 8, why);
	if (strncmp(word, "--ports=", 8) == 0)
		o->ports = word + 8;
	else if (strncmp(word, "--bin=", 6) == 0)
		o->bin = word + 6;
	else if (strcmp(word, "--hooks") == 0)
		o->hooks = true;
	else if (strcmp(word, "--stopped") == 0)
		o->stopped = true;
	else if (word[0] != '-' && o->label == NULL)
		o->label = word;
	else
		return why_set(why, ERR_INVALID, "found \"%s\", expected\n%s",
		    word, new_help);
	return ERR_OK;
}

static enum err
make(struct making *m, int argc, char **argv, struct why *why)
{
	enum err e = ERR_OK;
	struct fed *f;

	for (int i = 2; i < argc && e == ERR_OK; i++)
		e = option(m, argv[i], why);
	if (e != ERR_OK)
		return ERR_INVALID;
	m->o.node = m->nodes.node;
	m->o.n_node = m->nodes.n;
	e = fed_new_for(&f, &m->o, m->owner, why);
	if (e != ERR_OK)
		return e;
	puts(fed_folder(f));
	fed_close(f);
	return e;
}

static int
cmd_new(int argc, char **argv)
{
	struct making m = { .owner = getppid() };
	struct why why = { "" };
	enum err e = make(&m, argc, argv, &why);

	nodes_file_free(&m.nodes);
	if (e == ERR_OK)
		return 0;
	return say("new", &why, e == ERR_INVALID ? EXIT_USAGE : EXIT_NO);
}

static int
cmd_end(struct fed *f, int argc, char **argv)
{
	struct why why = { "" };

	if (argc == 2)
		fed_passed(f);
	else if (argc == 3 && strcmp(argv[2], "--kept") == 0)
		fed_keep(f);
	else if (argc != 3 || strcmp(argv[2], "--failed") != 0) {
		why_set(&why, ERR_INVALID,
		    "found \"%s\", expected nothing, --failed or --kept",
		    argv[2]);
		return say("end", &why, EXIT_USAGE);
	}
	return fed_end(f, &why) == ERR_OK ? 0 : say("end", &why, EXIT_NO);
}

/* -------------------------------------------------------------------- main */

static int
usage(FILE *out, int status)
{
	fprintf(out,
	    "usage: fed WORD...\n"
	    "A federation for tests; see docs/testing.md. FED names its "
	    "folder, which\n`fed new` prints.\n\n"
	    "  new %s\n\t\t      make a federation that lives as long as "
	    "process PID\n",
	    new_help);
	for (size_t i = 0; words[i].name != NULL; i++)
		fprintf(out, "  %s %s\n\t\t      %s\n", words[i].name,
		    words[i].operands, words[i].help);
	fprintf(out,
	    "  end [--failed] [--kept]\n\t\t      end all of it; remove the "
	    "folder, or keep it and say how to look,\n\t\t      or keep it "
	    "and only name it\n\n"
	    "SEAT is NODE:SEAT, or NODE if it has one only. WHO is launcher, "
	    "core, gate, or\nthe name of a receiver or of what run started. "
	    "Exit: 0 done, 1 not so, 2 wrong call.\n");
	return status;
}

static int
run(const struct word *w, struct fed *f, int argc, char **argv)
{
	struct why why = { "" };

	if (argc - 2 < w->min || (w->max >= 0 && argc - 2 > w->max)) {
		why_set(&why, ERR_INVALID, "found %d words, expected: %s",
		    argc - 2, w->operands[0] != '\0' ? w->operands : "none");
		return say(w->name, &why, EXIT_USAGE);
	}
	switch (w->run(f, argc - 2, argv + 2, &why)) {
	case ERR_OK:
		return fflush(stdout) == 0 ? 0 : EXIT_NO;
	case ERR_INVALID:
		return say(w->name, &why, EXIT_USAGE);
	default:
		return say(w->name, &why, EXIT_NO);
	}
}

int
main(int argc, char **argv)
{
	const char *folder = getenv("FED");
	struct why why = { "" };
	const struct word *w = NULL;
	struct fed *f;
	int status;

	if (argc >= 2 && strcmp(argv[1], "keeper") == 0)
		return keeper_main(argc - 1, argv + 1);
	if (argc < 2)
		return usage(stderr, EXIT_USAGE);
	if (strcmp(argv[1], "--help") == 0)
		return usage(stdout, 0);
	/* A file too large is an error to tell, not a reason to die. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (strcmp(argv[1], "new") == 0)
		return cmd_new(argc, argv);
	for (size_t i = 0; words[i].name != NULL; i++)
		if (strcmp(words[i].name, argv[1]) == 0)
			w = &words[i];
	if (w == NULL && strcmp(argv[1], "end") != 0) {
		why_set(&why, ERR_INVALID, "no such word; see fed --help");
		return say(argv[1], &why, EXIT_USAGE);
	}
	if (folder == NULL)
		why_set(&why, ERR_INVALID,
		    "FED is not set, expected the folder that fed new printed");
	if (folder == NULL || fed_open(&f, folder, &why) != ERR_OK)
		return say(argv[1], &why, EXIT_NO);
	if (w == NULL)
		return cmd_end(f, argc, argv);
	status = run(w, f, argc, argv);
	fed_close(f);
	return status;
}
