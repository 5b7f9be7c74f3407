/*
 * SPDX-License-Identifier: MIT
 *
 * guard: fork, one shared page, wait.
 */
#include "guard.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* A handler of the caller's must not catch the child's death. */
static void
die_plainly(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
	struct rlimit none = { 0, 0 };
	size_t i;

	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		(void)signal(fatal[i], SIG_DFL);
	(void)setrlimit(RLIMIT_CORE, &none);
}

enum err
guard_run(struct guard **out, int (*work)(void *ctx, struct guard *g),
    void *ctx, struct why *why)
{
	struct guard *g;
	int status;
	pid_t pid;

	g = mmap(NULL, sizeof(*g), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (g == MAP_FAILED)
		return why_errno(why, ERR_NOMEM, "shared page");
	/* Else both would write what is buffered now. */
	fflush(NULL);
	pid = fork();
	if (pid == -1) {
		guard_free(g);
		return why_errno(why, ERR_IO, "fork");
	}
	if (pid == 0) {
		die_plainly();
		g->result = work(ctx, g);
		g->finished = true;
		_exit(0);
	}
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR) {
			guard_free(g);
			return why_errno(why, ERR_IO, "wait for the reader");
		}
	}
	g->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	*out = g;
	return ERR_OK;
}

void
guard_free(struct guard *g)
{
	if (g != NULL)
		munmap(g, sizeof(*g));
}
