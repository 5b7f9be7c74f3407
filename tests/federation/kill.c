/*
 * SPDX-License-Identifier: MIT
 *
 * kill: signals, waits, restarts; points at which core kills itself.
 */
#include "inner.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/common/now.h"

#define POLL_MS 2

/* --------------------------------------------------------------- processes */

enum err
fed_wait(struct fed *f, const char *name, int timeout_ms, int *status,
    struct why *why)
{
	char answer[KEEPER_ANSWER], ms[16];
	enum err e;

	snprintf(ms, sizeof ms, "%d", timeout_ms);
	e = INNER_ASK(f, answer, why, "wait", name, ms);
	if (e == ERR_OK)
		*status = (int)strtol(answer, NULL, 10);
	return e;
}

/* The launcher's child of that name. */
static enum err
child_pid(struct fed *f, const char *who, pid_t *pid, struct why *why)
{
	char path[80], comm[32], want[32];
	pid_t launcher;
	FILE *list, *one;
	int child;
	enum err e = fed_pid(f, "launcher", &launcher, why);

	if (e != ERR_OK)
		return e;
	snprintf(want, sizeof want, "infohus-%s\n", who);
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)launcher,
	    (int)launcher);
	list = fopen(path, "re");
	e = ERR_NOT_FOUND;
	while (e != ERR_OK && list != NULL && fscanf(list, "%d", &child) == 1) {
		snprintf(path, sizeof path, "/proc/%d/comm", child);
		one = fopen(path, "re");
		if (one != NULL && fgets(comm, sizeof comm, one) != NULL &&
		    strcmp(comm, want) == 0) {
			*pid = (pid_t)child;
			e = ERR_OK;
		}
		if (one != NULL)
			(void)fclose(one);
	}
	if (list != NULL)
		(void)fclose(list);
	return e == ERR_OK ? e : why_set(why, e, "%s does not run", who);
}

enum err
fed_pid(struct fed *f, const char *who, pid_t *pid, struct why *why)
{
	char answer[KEEPER_ANSWER];
	long n;
	enum err e;

	if (strcmp(who, "core") == 0 || strcmp(who, "gate") == 0)
		return child_pid(f, who, pid, why);
	e = INNER_ASK(f, answer, why, "pid", who);
	if (e != ERR_OK)
		return e;
	n = strtol(answer, NULL, 10);
	if (n == 0)
		return why_set(why, ERR_NOT_FOUND,
		    "%s does not run; it ended with status %s", who,
		    answer + 2);
	*pid = (pid_t)n;
	return ERR_OK;
}

/* By its parent the keeper, who shall know that it was meant; the launcher's
 * children are not the keeper's. */
static enum err
send_signal(struct fed *f, const char *who, pid_t pid, int signal_number,
    struct why *why)
{
	char number[16];

	(void)snprintf(number, sizeof number, "%d", signal_number);
	if (strcmp(who, "core") != 0 && strcmp(who, "gate") != 0)
		return INNER_ASK(f, NULL, why, "signal", who, number);
	return kill(pid, signal_number) == 0 ?
	    ERR_OK :
	    why_errno(why, ERR_NOT_FOUND, "%s", who);
}

enum err
fed_signal(struct fed *f, const char *who, int signal_number, struct why *why)
{
	pid_t pid;
	enum err e = fed_pid(f, who, &pid, why);

	return e == ERR_OK ? send_signal(f, who, pid, signal_number, why) : e;
}

enum err
fed_kill(struct fed *f, const char *who, struct why *why)
{
	struct pollfd p = { -1, POLLIN, 0 };
	int status;
	pid_t pid;
	enum err e = fed_pid(f, who, &pid, why);

	if (e != ERR_OK)
		return e;
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	e = p.fd >= 0 ? send_signal(f, who, pid, SIGKILL, why) :
			why_errno(why, ERR_CLOSED, "%s", who);
	if (e == ERR_OK && poll(&p, 1, FED_PATIENCE_MS) != 1)
		e = why_errno(why, ERR_CLOSED, "%s", who);
	if (p.fd >= 0)
		(void)close(p.fd);
	/* The keeper shall know it too. */
	if (e == ERR_OK && strcmp(who, "core") != 0 && strcmp(who, "gate") != 0)
		e = fed_wait(f, who, FED_PATIENCE_MS, &status, why);
	return e;
}

static char
state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *s;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	s = fopen(path, "re");
	if (s != NULL) {
		if (fscanf(s, "%*d (%*[^)]) %c", &state) != 1)
			state = '?';
		(void)fclose(s);
	}
	return state;
}

enum err
fed_pause(struct fed *f, const char *who, struct why *why)
{
	uint64_t until = now_ms() + FED_PATIENCE_MS;
	pid_t pid = 0;
	enum err e = fed_pid(f, who, &pid, why);

	if (e == ERR_OK && kill(pid, SIGSTOP) != 0)
		e = why_errno(why, ERR_NOT_FOUND, "%s", who);
	while (e == ERR_OK && state_of(pid) != 'T') {
		if (now_ms() > until)
			return why_set(
			    why, ERR_CLOSED, "%s does not stand still", who);
		(void)poll(NULL, 0, POLL_MS);
	}
	return e;
}

enum err
fed_continue(struct fed *f, const char *who, struct why *why)
{
	return fed_signal(f, who, SIGCONT, why);
}

static enum err
again(struct fed *f, const char *who, struct why *why)
{
	unsigned lives;
	enum err e = fed_lives(f, &lives, why);

	if (e == ERR_OK)
		e = INNER_ASK(f, NULL, why, "again", who);
	if (e == ERR_OK && strcmp(who, KEEPER_LAUNCHER) == 0)
		e = fed_serving(f, lives, why);
	return e;
}

enum err
fed_restart(struct fed *f, const char *who, struct why *why)
{
	unsigned lives;
	int status;
	enum err e;

	if (strcmp(who, "core") == 0 || strcmp(who, "gate") == 0) {
		e = fed_lives(f, &lives, why);
		if (e == ERR_OK)
			e = fed_kill(f, who, why);
		return e == ERR_OK ? fed_serving(f, lives, why) : e;
	}
	if (strcmp(who, KEEPER_LAUNCHER) == 0) {
		e = fed_stop(f, why);
		return e == ERR_OK ? again(f, who, why) : e;
	}
	if (fed_signal(f, who, SIGTERM, NULL) == ERR_OK) {
		e = fed_continue(f, who, NULL);
		e = fed_wait(f, who, FED_PATIENCE_MS, &status, why);
		if (e != ERR_OK)
			return e;
	}
	return again(f, who, why);
}

/* ------------------------------------------------------------- crash points */

static bool
is_point(const char *s)
{
	int step = 0, end = 0;
	unsigned n = 0;

	return sscanf(s, "R%2d:%6u%n", &step, &n, &end) == 2 &&
	    s[end] == '\0' && step >= 1 && step <= 10 && n >= 1;
}

enum err
fed_kill_at(struct fed *f, const char *point, struct why *why)
{
	char path[FED_PATH], fresh[FED_PATH], text[64];
	unsigned lives;
	enum err e;

	if (!is_point(point))
		return why_set(why, ERR_INVALID,
		    "point: found \"%s\", expected STEP:N, such as R7:3, with "
		    "a step from R1 to R10",
		    point);
	if (!inner_is_marked(f, "hooked"))
		return why_set(why, ERR_DENIED,
		    "the daemon runs without test hooks: start it with hooks");
	e = fed_lives(f, &lives, why);
	if (e != ERR_OK)
		return e;
	inner_path(f, path, "run/crash-lives");
	(void)snprintf(text, sizeof text, "%u", lives);
	e = inner_write(path, bytes_str(text), 0600, why);
	/* At once, or core could read half of it; the time makes it another
	 * wish than the last, counted from here. */
	inner_path(f, fresh, "run/crash.new");
	(void)snprintf(text, sizeof text, "%.20s %llu", point,
	    (unsigned long long)now_ms());
	if (e == ERR_OK)
		e = inner_write(fresh, bytes_str(text), 0600, why);
	inner_path(f, path, "run/crash");
	if (e == ERR_OK && rename(fresh, path) != 0)
		e = why_errno(why, ERR_IO, "%s", path);
	return e;
}

enum err
fed_kill_wait(struct fed *f, int timeout_ms, struct why *why)
{
	uint64_t until = now_ms() + (uint64_t)timeout_ms;
	char path[FED_PATH];
	unsigned lives = 0;
	FILE *n;

	inner_path(f, path, "run/crash-lives");
	n = fopen(path, "re");
	if (n == NULL || fscanf(n, "%u", &lives) != 1) {
		if (n != NULL)
			(void)fclose(n);
		return why_set(why, ERR_INVALID,
		    "nothing was to be killed: expected kill core --at "
		    "before");
	}
	(void)fclose(n);
	while (inner_is_marked(f, "crash")) {
		if (now_ms() > until)
			return why_set(why, ERR_CLOSED,
			    "core was not killed: it has not come to that "
			    "point in time");
		(void)poll(NULL, 0, POLL_MS);
	}
	return fed_serving(f, lives, why);
}
