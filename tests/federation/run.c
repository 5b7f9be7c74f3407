/*
 * SPDX-License-Identifier: MIT
 *
 * run: starts, stops, kills, pauses what runs in a federation; its proxies.
 */
#include "inner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "keeper.h"

#define WORDS_MAX 1024
#define POLL_MS 2

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

#define ASK(f, answer, why, ...) \
	keeper_ask((f)->keeper, (const char *const[]){ __VA_ARGS__, NULL }, \
	    answer, why)

/* ------------------------------------------------------------------ spawn */

static enum err
spawn(struct fed *f, const char *name, const char *output,
    const char *const *argv, const char *const *env, struct why *why)
{
	const char *words[WORDS_MAX + 1] = { "spawn", name, output };
	size_t n = 3;

	for (size_t i = 0; env != NULL && env[i] != NULL && n < WORDS_MAX; i++)
		words[n++] = env[i];
	if (n < WORDS_MAX)
		words[n++] = "--";
	for (size_t i = 0; argv[i] != NULL && n < WORDS_MAX; i++)
		words[n++] = argv[i];
	if (n >= WORDS_MAX)
		return why_set(
		    why, ERR_FULL, "%s: more than %d words", name, WORDS_MAX);
	return keeper_ask(f->keeper, words, NULL, why);
}

static bool
is_reserved(const char *name)
{
	return strcmp(name, "launcher") == 0 || strcmp(name, "core") == 0 ||
	    strcmp(name, "gate") == 0;
}

enum err
fed_spawn(struct fed *f, const char *name, const char *const *argv,
    const char *const *env, struct why *why)
{
	char file[100], output[FED_PATH];

	if (name[0] == '\0' || strlen(name) >= sizeof file || is_reserved(name))
		return why_set(why, ERR_INVALID,
		    "name: found \"%s\", expected 1 to 99 characters, and not "
		    "launcher, core or gate",
		    name);
	inner_file_name(file, sizeof file, name);
	inner_path(f, output, "log/%s", file);
	return spawn(f, name, output, argv, env, why);
}

enum err
fed_receive(struct fed *f, const char *seat, const char *lane, struct why *why)
{
	char node[100], of[40], name[141], file[100], program[FED_PATH];
	char inbox[FED_PATH];
	const char *home;
	enum err e = inner_seat(f, seat, node, of, why);

	if (e == ERR_OK)
		e = fed_home(f, seat, &home, why);
	if (e != ERR_OK)
		return e;
	(void)snprintf(name, sizeof name, "%s:%s", node, of);
	inner_file_name(file, sizeof file, node);
	inner_path(f, inbox, "inbox/%s", file);
	e = inner_mkdir(inbox, why);
	(void)snprintf(program, sizeof program, "%s/bin/infohus", f->build);
	if (e == ERR_OK)
		e = fed_spawn(f, name,
		    (const char *const[]){ program, "receive", "--home", home,
			"--follow", "--dir", inbox,
			lane != NULL ? "--lane" : NULL, lane, NULL },
		    NULL, why);
	return e;
}

enum err
fed_ports(struct fed *f, unsigned count, unsigned *first, struct why *why)
{
	char answer[KEEPER_ANSWER], number[16];
	enum err e;

	snprintf(number, sizeof number, "%u", count);
	e = ASK(f, answer, why, "ports", number);
	if (e == ERR_OK)
		*first = (unsigned)strtoul(answer, NULL, 10);
	return e;
}

/* ----------------------------------------------------------------- daemon */

/* The end of the daemon's log, behind what why says. */
static void
add_last_words(struct fed *f, struct why *why)
{
	char path[FED_PATH], text[320];
	size_t n, len;
	FILE *log;

	inner_path(f, path, "daemon.log");
	log = fopen(path, "re");
	if (why == NULL || log == NULL)
		return;
	if (fseek(log, -(long)sizeof text + 1, SEEK_END) != 0)
		rewind(log);
	n = fread(text, 1, sizeof text - 1, log);
	text[n] = '\0';
	(void)fclose(log);
	len = strlen(why->text);
	(void)snprintf(why->text + len, sizeof why->text - len,
	    "; the end of its log:\n%s", text);
}

static void
mark(struct fed *f, const char *name, bool there)
{
	char path[FED_PATH];

	inner_path(f, path, "run/%s", name);
	if (!there)
		(void)unlink(path);
	else if (inner_write(path, bytes_of(NULL, 0), 0600, NULL) != ERR_OK)
		abort(); /* it was writable a moment ago */
}

static bool
is_marked(const struct fed *f, const char *name)
{
	char path[FED_PATH];

	inner_path(f, path, "run/%s", name);
	return access(path, F_OK) == 0;
}

enum err
fed_start(struct fed *f, const struct fed_start *start, struct why *why)
{
	struct fed_start s = start != NULL ? *start : (struct fed_start){ 0 };
	bool hooks = s.hooks || s.bin != NULL;
	char program[FED_PATH], notify[FED_PATH], crash[FED_PATH];
	char config[FED_PATH], output[FED_PATH];
	const char *env[64] = { notify, hooks ? crash : NULL };
	unsigned lives = 0;
	size_t n = hooks ? 2 : 1;
	enum err e;

	(void)snprintf(program, sizeof program, "%s/%s/infohusd",
	    s.bin != NULL ? s.bin : f->build,
	    s.bin != NULL ? "" :
		s.hooks	  ? "test-bin" :
			    "bin");
	(void)snprintf(notify, sizeof notify, "NOTIFY_SOCKET=%.256s/run/notify",
	    f->folder);
	(void)snprintf(
	    crash, sizeof crash, "INFOHUS_CRASH=@%.256s/run/crash", f->folder);
	for (size_t i = 0; s.env != NULL && s.env[i] != NULL && n < 63; i++)
		env[n++] = s.env[i];
	inner_path(f, config, "infohusd.yaml");
	inner_path(f, output, "daemon.log");
	mark(f, "hooked", hooks);
	mark(f, "crash", false);
	if (access(program, X_OK) != 0)
		return why_errno(why, ERR_NOT_FOUND, "%s", program);
	e = fed_lives(f, &lives, why);
	if (e == ERR_OK)
		e = spawn(f, KEEPER_LAUNCHER, output,
		    (const char *const[]){ program, config, NULL }, env, why);
	if (e != ERR_OK || s.wait_not)
		return e;
	e = fed_serving(f, lives, why);
	return e == ERR_OK ? admit_all(f, why) : e;
}

/* What is paused cannot end by itself. */
static void
wake(struct fed *f, const char *who)
{
	pid_t pid;

	if (fed_pid(f, who, &pid, NULL) == ERR_OK)
		(void)kill(pid, SIGCONT);
}

enum err
fed_stop(struct fed *f, struct why *why)
{
	pid_t pid;
	int status;
	enum err e;

	if (fed_pid(f, "launcher", &pid, NULL) != ERR_OK)
		return ERR_OK;
	e = fed_signal(f, "launcher", SIGTERM, why);
	wake(f, "core");
	wake(f, "gate");
	wake(f, "launcher");
	if (e == ERR_OK)
		e = fed_wait(f, "launcher", FED_PATIENCE_MS, &status, why);
	if (e == ERR_OK && status != 0) {
		e = why_set(why, ERR_INVALID,
		    "the daemon ended with status %d, expected 0", status);
		add_last_words(f, why);
	}
	return e;
}

enum err
fed_lives(struct fed *f, unsigned *lives, struct why *why)
{
	char answer[KEEPER_ANSWER];
	enum err e = ASK(f, answer, why, "lives");

	if (e == ERR_OK)
		*lives = (unsigned)strtoul(answer, NULL, 10);
	return e;
}

static enum err
serving_within(
    struct fed *f, unsigned more_than, int timeout_ms, struct why *why)
{
	char lives[16], ms[16];
	enum err e;

	snprintf(lives, sizeof lives, "%u", more_than);
	snprintf(ms, sizeof ms, "%d", timeout_ms);
	e = ASK(f, NULL, why, "ready", lives, ms);
	if (e != ERR_OK)
		add_last_words(f, why);
	return e;
}

enum err
fed_serving(struct fed *f, unsigned more_than, struct why *why)
{
	return serving_within(f, more_than, FED_PATIENCE_MS, why);
}

/* --------------------------------------------------------------- processes */

enum err
fed_wait(struct fed *f, const char *name, int timeout_ms, int *status,
    struct why *why)
{
	char answer[KEEPER_ANSWER], ms[16];
	enum err e;

	snprintf(ms, sizeof ms, "%d", timeout_ms);
	e = ASK(f, answer, why, "wait", name, ms);
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
	e = ASK(f, answer, why, "pid", who);
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

enum err
fed_signal(struct fed *f, const char *who, int signal_number, struct why *why)
{
	pid_t pid;
	enum err e = fed_pid(f, who, &pid, why);

	if (e == ERR_OK && kill(pid, signal_number) != 0)
		e = why_errno(why, ERR_NOT_FOUND, "%s", who);
	return e;
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
	if (p.fd < 0 || kill(pid, SIGKILL) != 0 ||
	    poll(&p, 1, FED_PATIENCE_MS) != 1)
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
		e = ASK(f, NULL, why, "again", who);
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
	if (!is_marked(f, "hooked"))
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
	while (is_marked(f, "crash")) {
		if (now_ms() > until)
			return why_set(why, ERR_CLOSED,
			    "core was not killed: it has not come to that "
			    "point in time");
		(void)poll(NULL, 0, POLL_MS);
	}
	return fed_serving(f, lives, why);
}

/* ----------------------------------------------------------------- proxies */

static enum err
full_name(const struct fed *f, const char *seat, char out[141], struct why *why)
{
	char node[100], of[40];
	enum err e = inner_seat(f, seat, node, of, why);

	if (e == ERR_OK)
		(void)snprintf(out, 141, "%s:%s", node, of);
	return e;
}

enum err
fed_proxy(struct fed *f, const char *seat, struct why *why)
{
	char answer[KEEPER_ANSWER], name[141], text[16];
	unsigned port = 0, ignored;
	pid_t pid;
	enum err e = full_name(f, seat, name, why);

	if (e == ERR_OK && fed_pid(f, name, &pid, NULL) == ERR_OK)
		e = why_set(why, ERR_EXISTS,
		    "%s runs already: put the proxy before it starts", name);
	if (e == ERR_OK)
		e = admit_port(f, seat, 0, &port, why);
	snprintf(text, sizeof text, "%u", port);
	if (e == ERR_OK)
		e = ASK(f, answer, why, "proxy", name, text);
	if (e == ERR_OK)
		e = admit_port(f, seat, (unsigned)strtoul(answer, NULL, 10),
		    &ignored, why);
	return e;
}

enum err
fed_proxy_set(
    struct fed *f, const char *seat, const char *words, struct why *why)
{
	char name[141];
	enum err e = full_name(f, seat, name, why);

	return e == ERR_OK ? ASK(f, NULL, why, "set", name, words) : e;
}

enum err
fed_proxy_counts(struct fed *f, const char *seat, struct fed_proxy_counts *out,
    struct why *why)
{
	unsigned long long n[6];
	char answer[KEEPER_ANSWER], name[141];
	enum err e = full_name(f, seat, name, why);

	if (e == ERR_OK)
		e = ASK(f, answer, why, "show", name);
	if (e == ERR_OK &&
	    sscanf(answer,
		"accepted=%llu open=%llu up=%llu down=%llu dropped=%llu "
		"waiting=%llu",
		&n[0], &n[1], &n[2], &n[3], &n[4], &n[5]) != 6)
		e = why_set(why, ERR_INVALID, "proxy: found \"%s\"", answer);
	if (e == ERR_OK)
		*out = (struct fed_proxy_counts){ n[0], n[1], n[2], n[3], n[4],
			n[5] };
	return e;
}
