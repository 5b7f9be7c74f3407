/*
 * SPDX-License-Identifier: MIT
 *
 * keeper: the process that a federation lives by. It holds the ports, is the
 * parent (and subreaper) of every process, runs the proxies, and watches the
 * test: when that is gone it ends all of it and removes the folder.
 *
 * It is asked over FOLDER/run/keeper, a socket of packets. A request is words,
 * each ended by a NUL; the answer "+TEXT", or "-N TEXT" with N an enum err:
 *
 *	spawn NAME OUTPUT [ENV=V...] -- ARGV...	start a process
 *	again NAME				the same once more
 *	pid NAME				"PID", or 0 and "STATUS"
 *	signal NAME N
 *	wait NAME MS				"STATUS" when it has ended
 *	ports COUNT				"FIRST" of some more
 *	lives					how often READY came
 *	ready LIVES MS				when it came more often
 *	proxy NAME PORT				"PORT" of the new proxy
 *	set NAME WORDS
 *	show NAME				the counts
 *	rest					end all processes; who died of
 *						a signal that nobody sent
 *	end keep|remove				end all; then the keeper ends
 */
#ifndef INFOHUS_TESTS_KEEPER_H
#define INFOHUS_TESTS_KEEPER_H

#include <sys/types.h>

#include "proto/err.h"

#define KEEPER_WORDS 4096
#define KEEPER_PACKET (128 * 1024)
#define KEEPER_ANSWER 1024
#define KEEPER_LAUNCHER "launcher"

/* `fed keeper FOLDER OWNER FIRST LAST COUNT`, with the answer to fd 3. */
int keeper_main(int argc, char **argv);

/*
 * Starts PROGRAM keeper ... for a folder, watching owner. *first is the first
 * of count ports. On failure the keeper has ended.
 */
enum err keeper_start(const char *program, const char *folder, pid_t owner,
    const unsigned range[2], unsigned count, unsigned *first,
    struct why *why) MUST_CHECK;
/* A connection to the keeper of a folder. */
enum err
keeper_connect(const char *folder, int *fd, struct why *why) MUST_CHECK;
/*
 * One request; words end with NULL. answer may be NULL. Waits as long as the
 * keeper takes. ERR_CLOSED when it has gone.
 */
enum err keeper_ask(int fd, const char *const *words,
    char answer[KEEPER_ANSWER], struct why *why) MUST_CHECK;
/* Waits until the keeper at the other end is no more. */
void keeper_gone(int fd);

#endif
