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
#include <stdio.h>
#include <unistd.h>

enum err
guard_run(struct guard **out, int (*work)(void *ctx, struct guard *g),
    void *ctx, struct why *why)
{
	struct rlimit none = { 0, 0 };
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
		(void)setrlimit(RLIMIT_CORE, &none);
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
