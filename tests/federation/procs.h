/*
 * SPDX-License-Identifier: MIT
 *
 * procs: the named processes of a federation, children of its keeper.
 */
#ifndef INFOHUS_TESTS_PROCS_H
#define INFOHUS_TESTS_PROCS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/err.h"

struct proc {
	struct proc *next;
	char *name, *output; /* file that its output is appended to */
	char **argv, **env;  /* env: what it gets beside the keeper's own */
	pid_t pid;	     /* 0: has ended */
	int status;	     /* as from a shell */
	uint64_t sent;	     /* bit n: signal n was sent on purpose */
};

struct procs {
	struct proc *first;
	char death[160]; /* the first by a signal that nobody sent, or "" */
};

struct proc *procs_find(const struct procs *p, const char *name);
/*
 * Starts one; takes nothing over, argv and env are copied. It dies with the
 * keeper. ERR_EXISTS while one of the name lives; an ended one is replaced.
 */
enum err procs_start(struct procs *p, const char *name, const char *output,
    char *const *argv, char *const *env, struct why *why) MUST_CHECK;
/* The same again as it was started last. */
enum err
procs_again(struct procs *p, const char *name, struct why *why) MUST_CHECK;
/* Sends a signal to one that lives; false: errno says why not. */
bool procs_signal(struct proc *q, int signal_number);
/* Collects who has ended, strangers too. */
void procs_reap(struct procs *p);
/* Asks everybody to end, waits up to patience_ms, then SIGKILL for all that
 * descends from this process, until there is nobody. */
void procs_end(struct procs *p, int patience_ms);
/* SIGKILL for those of our user that carry the word NAME=VALUE in the
 * environment they began with, but for the n given; waits for their end. */
void procs_end_marked(const char *word, const pid_t *but, size_t n);
void procs_free(struct procs *p);

#endif
