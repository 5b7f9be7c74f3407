/*
 * SPDX-License-Identifier: MIT
 *
 * procs: see procs.h.
 */
#include "procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/now.h"

#define STRAY_MS 5000 /* for a killed one to be gone */

struct proc *
procs_find(const struct procs *p, const char *name)
{
	struct proc *q = p->first;

	while (q != NULL && strcmp(q->name, name) != 0)
		q = q->next;
	return q;
}

/* --------------------------------------------------------------- starting */

static void
child(const struct proc *q, pid_t keeper)
{
	int out = open(q->output, O_WRONLY | O_CREAT | O_APPEND, 0600);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper)
		_exit(127);
	if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(127);
	closefrom(3);
	for (char **e = q->env; *e != NULL; e++)
		(void)putenv(*e);
	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(q->argv[0], q->argv);
	dprintf(2, "%s: %s\n", q->argv[0], strerror(errno));
	_exit(127);
}

static enum err
launch(struct proc *q, struct why *why)
{
	pid_t keeper = getpid(), pid = fork();

	if (pid == 0)
		child(q, keeper);
	if (pid < 0)
		return why_errno(why, ERR_IO, "fork for %s", q->name);
	q->pid = pid;
	q->status = 0;
	q->sent = 0;
	return ERR_OK;
}

static char **
copy_list(char *const *list)
{
	size_t n = 0;
	char **out;

	while (list[n] != NULL)
		n++;
	out = calloc(n + 1, sizeof *out);
	for (size_t i = 0; out != NULL && i < n; i++)
		out[i] = strdup(list[i]);
	return out;
}

static void
free_list(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static void
proc_free(struct proc *q)
{
	free(q->name);
	free(q->output);
	free_list(q->argv);
	free_list(q->env);
	free(q);
}

static void
forget(struct procs *p, const char *name)
{
	struct proc **at = &p->first;

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	if (*at != NULL) {
		struct proc *q = *at;

		*at = q->next;
		proc_free(q);
	}
}

enum err
procs_start(struct procs *p, const char *name, const char *output,
    char *const *argv, char *const *env, struct why *why)
{
	struct proc *q = procs_find(p, name);
	enum err e;

	if (q != NULL && q->pid != 0)
		return why_set(why, ERR_EXISTS,
		    "%s runs already, as process %d", name, (int)q->pid);
	if (argv[0] == NULL)
		return why_set(why, ERR_INVALID,
		    "%s: found no command, expected a program and its "
		    "arguments",
		    name);
	forget(p, name);
	q = calloc(1, sizeof *q);
	if (q == NULL)
		return why_set(why, ERR_NOMEM, "no memory for %s", name);
	q->name = strdup(name);
	q->output = strdup(output);
	q->argv = copy_list(argv);
	q->env = copy_list(env);
	e = launch(q, why);
	if (e != ERR_OK) {
		proc_free(q);
		return e;
	}
	q->next = p->first;
	p->first = q;
	return ERR_OK;
}

enum err
procs_again(struct procs *p, const char *name, struct why *why)
{
	struct proc *q = procs_find(p, name);

	if (q == NULL)
		return why_set(why, ERR_NOT_FOUND,
		    "%s: nothing of that name was started", name);
	if (q->pid != 0)
		return why_set(why, ERR_EXISTS,
		    "%s runs already, as process %d", name, (int)q->pid);
	return launch(q, why);
}

/* ----------------------------------------------------------------- ending */

bool
procs_signal(struct proc *q, int signal_number)
{
	if (kill(q->pid, signal_number) != 0)
		return false;
	if (signal_number >= 1 && signal_number < 64)
		q->sent |= 1ull << signal_number;
	return true;
}

static void
note_death(struct procs *p, const struct proc *q, int signal_number)
{
	const char *name = sigabbrev_np(signal_number);

	if (p->death[0] == '\0' && (q->sent >> signal_number & 1) == 0)
		(void)snprintf(p->death, sizeof p->death,
		    "%.100s died of signal %d (%s), which nobody sent", q->name,
		    signal_number, name != NULL ? name : "?");
}

void
procs_reap(struct procs *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct proc *q = p->first; q != NULL; q = q->next)
			if (q->pid == pid) {
				q->pid = 0;
				q->status = WIFSIGNALED(status) ?
				    128 + WTERMSIG(status) :
				    WEXITSTATUS(status);
				if (WIFSIGNALED(status))
					note_death(p, q, WTERMSIG(status));
			}
}

/* Sends a signal (0: none) to every child; how many there are. */
static size_t
each_child(int signal_number)
{
	char path[64];
	size_t n = 0;
	FILE *f;
	int pid;

	snprintf(
	    path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	while (f != NULL && fscanf(f, "%d", &pid) == 1) {
		n++;
		if (signal_number != 0)
			(void)kill((pid_t)pid, signal_number);
	}
	if (f != NULL)
		(void)fclose(f);
	return n;
}

void
procs_end(struct procs *p, int patience_ms)
{
	uint64_t until = now_ms() + (uint64_t)patience_ms;

	procs_reap(p);
	for (struct proc *q = p->first; q != NULL; q = q->next)
		q->sent |= 1ull << SIGTERM | 1ull << SIGKILL;
	/* A paused one takes the signal only when it goes on. */
	if (patience_ms > 0) {
		(void)each_child(SIGTERM);
		(void)each_child(SIGCONT);
	}
	while (now_ms() < until && each_child(0) > 0) {
		(void)poll(NULL, 0, 2);
		procs_reap(p);
	}
	/* Children of the dead become ours: we are their subreaper. */
	while (each_child(SIGKILL) > 0) {
		(void)poll(NULL, 0, 1);
		procs_reap(p);
	}
}

static bool
is_marked(int pid, const char *word)
{
	static char text[256 * 1024];
	char path[64];
	size_t n, len = strlen(word) + 1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/environ", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	n = fread(text, 1, sizeof text - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	for (char *at = text; at < text + n; at += strlen(at) + 1)
		if (strncmp(at, word, len) == 0)
			return true;
	return false;
}

static void
kill_and_wait(int pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { fd, POLLIN, 0 };

	if (fd < 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)poll(&p, 1, STRAY_MS);
	(void)close(fd);
}

static bool
is_one_of(int pid, const pid_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == pid)
			return true;
	return pid == (int)getpid();
}

void
procs_end_marked(const char *word, const pid_t *but, size_t n)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		int pid = (int)strtol(e->d_name, NULL, 10);

		if (pid > 0 && !is_one_of(pid, but, n) && is_marked(pid, word))
			kill_and_wait(pid);
	}
	if (d != NULL)
		(void)closedir(d);
}

void
procs_free(struct procs *p)
{
	while (p->first != NULL)
		forget(p, p->first->name);
}
