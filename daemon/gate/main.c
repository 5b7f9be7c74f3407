/*
 * SPDX-License-Identifier: MIT
 *
 * infohus-gate: started by the launcher, never by hand.
 *
 *	infohus-gate --doors N --curve-key FILE
 *
 * The link is descriptor 3, the listener of door n is 4 + n - 1. A checklist:
 * limits, key, no file system, doors, self-test, no system calls, serve.
 */
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "gate.h"
#include "proto/keys.h"
#include "seal.h"

/* A door has its listener, libzmq's copy and a signaler, then connections. */
#define FDS_LEAST(doors) (3 * (doors) + 64)
#define FDS_WANTED(doors) (8 * (doors) + 512)

struct options {
	unsigned doors;
	const char *curve_key;
};

static bool
parse_count(const char *text, unsigned max, unsigned *out)
{
	char *end;
	unsigned long n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtoul(text, &end, 10);
	if (*end != '\0' || n < 1 || n > max)
		return false;
	*out = (unsigned)n;
	return true;
}

static bool
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option list[] = {
		{ "doors", required_argument, NULL, 'd' },
		{ "curve-key", required_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", list, NULL)) != -1)
		switch (c) {
		case 'd':
			if (!parse_count(optarg, GATE_DOORS_MAX, &o->doors))
				return false;
			break;
		case 'k':
			o->curve_key = optarg;
			break;
		default:
			return false;
		}
	return optind == argc && o->doors > 0 && o->curve_key != NULL;
}

/*
 * The limit is also how many descriptors a sweep looks at, so a very large
 * one is lowered.
 */
static enum err
limit_files(unsigned doors, struct why *why)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return why_errno(why, ERR_IO, "getrlimit");
	if (l.rlim_max != RLIM_INFINITY && l.rlim_max < FDS_LEAST(doors))
		return why_set(why, ERR_FULL,
		    "found a limit of %llu open "
		    "files, expected at least %u for %u doors",
		    (unsigned long long)l.rlim_max, FDS_LEAST(doors), doors);
	l.rlim_cur = FDS_WANTED(doors);
	if (l.rlim_max != RLIM_INFINITY && l.rlim_cur > l.rlim_max)
		l.rlim_cur = l.rlim_max;
	l.rlim_max = l.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &l) != 0)
		return why_errno(why, ERR_IO, "RLIMIT_NOFILE");
	return ERR_OK;
}

static enum err
open_gate(const struct options *o, struct gate **out, struct why *why)
{
	uint8_t secret[GATE_KEY_SIZE];
	int abi = 0, *listener;
	enum err e;

	e = limit_files(o->doors, why);
	if (e != ERR_OK)
		return e;
	e = key_file_read(secret, o->curve_key, why);
	if (e != ERR_OK)
		return e;
	listener = malloc(o->doors * sizeof *listener);
	if (listener == NULL)
		e = why_set(why, ERR_NOMEM, "no memory");
	for (unsigned i = 0; e == ERR_OK && i < o->doors; i++)
		listener[i] = GATE_FIRST_DOOR_FD + (int)i;
	if (e == ERR_OK)
		e = seal_files(&abi, why);
	if (e == ERR_OK)
		e = gate_new(out, o->doors, LINK_FD, listener, secret, why);
	free(listener);
	sodium_memzero(secret, sizeof secret);
	if (e == ERR_OK && abi == 0)
		log_line(LOG_LEVEL_WARNING, GATE_PROGRAM,
		    "this kernel has no Landlock");
	return e;
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct gate *g = NULL;
	struct why why = { "" };
	enum err e;

	if (!parse_options(argc, argv, &o)) {
		fprintf(stderr,
		    "usage: %s --doors N --curve-key FILE "
		    "(started by infohusd)\n",
		    GATE_PROGRAM);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (sodium_init() < 0) {
		log_line(LOG_LEVEL_ERROR, GATE_PROGRAM, "libsodium");
		return 1;
	}
	e = open_gate(&o, &g, &why);
	if (e == ERR_OK && !evil_skips_selftest(g))
		e = selftest_run(g, &why);
	if (e == ERR_OK)
		e = seal_calls(&why);
	if (e == ERR_OK)
		e = gate_run(g, &why);
	log_line(LOG_LEVEL_ERROR, GATE_PROGRAM, "%s", why.text);
	/* Nothing is worth an orderly end; libzmq's could wait for a peer. */
	if (g != NULL)
		sodium_memzero(g->secret, sizeof g->secret);
	_Exit(1);
}
