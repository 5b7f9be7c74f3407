/*
 * SPDX-License-Identifier: MIT
 *
 * run: starts and stops what runs in a federation.
 */
#include "inner.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 1024
#define POLL_MS 2

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
	e = INNER_ASK(f, answer, why, "ports", number);
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

/* Makes run/NAME, or sees that there is none. */
static enum err
mark(struct fed *f, const char *name, bool there, struct why *why)
{
	char path[FED_PATH];

	inner_path(f, path, "run/%s", name);
	if (there)
		return inner_write(path, bytes_of(NULL, 0), 0600, why);
	(void)unlink(path);
	return ERR_OK;
}

bool
inner_is_marked(const struct fed *f, const char *name)
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
	for (size_t i = 0; s.env != NULL && s.env[i] != NULL; i++) {
		if (n == sizeof env / sizeof env[0] - 1)
			return why_set(why, ERR_FULL,
			    "the daemon: more than %zu NAME=VALUE", i);
		env[n++] = s.env[i];
	}
	inner_path(f, config, "infohusd.yaml");
	inner_path(f, output, "daemon.log");
	if (access(program, X_OK) != 0)
		return why_errno(why, ERR_NOT_FOUND, "%s", program);
	e = mark(f, "hooked", hooks, why);
	if (e == ERR_OK)
		e = mark(f, "crash", false, why);
	if (e == ERR_OK)
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
	enum err e = INNER_ASK(f, answer, why, "lives");

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
	e = INNER_ASK(f, NULL, why, "ready", lives, ms);
	if (e != ERR_OK)
		add_last_words(f, why);
	return e;
}

enum err
fed_serving(struct fed *f, unsigned more_than, struct why *why)
{
	return serving_within(f, more_than, FED_PATIENCE_MS, why);
}
