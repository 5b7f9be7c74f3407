/*
 * SPDX-License-Identifier: MIT
 *
 * infohus-core: everything that matters and no network. Started by infohusd
 * with the link to the gate at LINK_FD and a pipe to the launcher at
 * CORE_NOTIFY_FD. Startup is a checklist; whatever fails stops it before a
 * door is served.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "admin_socket.h"
#include "core.h"
#include "daemon/common/link.h"
#include "decider.h"
#include "proto/box.h"
#include "r3_verify.h"
#include "serve.h"

#define POOL_ROOM 4096 /* jobs between link and decider */
#define EXIT_FAILED 1

struct startup {
	struct core core;
	struct serve_in serve;
	struct problems problems;
	struct why why;
	pthread_t decider;
	struct why decider_why;
};

/* A child that cannot be looked into and leaves no picture of itself. */
static void
harden(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a write fails instead */
}

static enum err
block_signals(int *fd, struct why *why)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd >= 0 ? ERR_OK : why_errno(why, ERR_IO, "signalfd");
}

static enum err
read_keys(struct startup *s)
{
	struct core *c = &s->core;
	uint8_t key[32];
	enum err e = key_file_read(key, c->config->log_key, &s->why);

	if (e == ERR_OK)
		e = note_secret_make(&c->log_key, c->config->origin,
		    NOTE_TYPE_ED25519, key, &s->why);
	if (e == ERR_OK)
		e = key_file_read(
		    c->person_key, c->config->person_key, &s->why);
	/* Of the gate's CURVE key only the public half, for clients. */
	if (e == ERR_OK)
		e = key_file_read(key, c->config->curve_key, &s->why);
	if (e == ERR_OK)
		box_public(c->curve_public, key);
	if (e == ERR_OK)
		e = key_file_read(
		    s->serve.front.box_secret, c->config->box_key, &s->why);
	if (e == ERR_OK)
		box_public(c->box_public, s->serve.front.box_secret);
	sodium_memzero(key, sizeof key);
	return e;
}

static enum err
make_stages(struct startup *s)
{
	struct core *c = &s->core;
	char path[4096];
	enum err e;

	e = outbox_new(&c->outbox, &s->why);
	if (e == ERR_OK)
		e = pool_new(&c->pool, c->config->verify_threads, POOL_ROOM,
		    verify_job, &s->why);
	snprintf(path, sizeof path, "%s/admin.sock", c->config->run);
	if (e == ERR_OK)
		e = admin_socket_listen(&s->serve.admin_fd, path, &s->why);
	return e;
}

static void *
run_decider(void *arg)
{
	struct startup *s = arg;
	enum err e = decider_run(&s->core, &s->decider_why);

	if (e == ERR_OK)
		return NULL;
	/* Whatever is on disk counts; nobody may be answered from here. */
	fprintf(stderr, "error: %s; leaving to start again from disk\n",
	    s->decider_why.text);
	_exit(EXIT_FAILED);
}

static void
say_ready(void *ctx)
{
	struct startup *s = ctx;
	ssize_t ignored = write(s->core.notify_fd, "READY\n", 6);

	(void)ignored;
}

static enum err
start(struct startup *s)
{
	/* First: a reload may come at any time, and threads inherit it. */
	enum err e = block_signals(&s->serve.signal_fd, &s->why);

	if (e != ERR_OK)
		return e;
	s->core.config = config_load(s->core.config_file, &s->problems);
	if (s->core.config != NULL)
		s->core.law = law_load(
		    &s->core.config->law, true, &s->problems);
	if (s->core.law == NULL) {
		fputs(s->problems.text != NULL ? s->problems.text : "", stderr);
		return why_set(&s->why, ERR_INVALID, "nothing was started");
	}
	e = read_keys(s);
	if (e == ERR_OK)
		e = core_open(&s->core, &s->why);
	if (e == ERR_OK)
		e = make_stages(s);
	if (e == ERR_OK)
		e = decider_start(&s->core, &s->why);
	return e;
}

static enum err
serve(struct startup *s)
{
	enum err e;

	s->serve.front.config = s->core.config;
	s->serve.front.pool = s->core.pool;
	s->serve.outbox = s->core.outbox;
	s->serve.front.registry = registry_ref(s->core.registry);
	s->serve.link_fd = LINK_FD;
	if (pthread_create(&s->decider, NULL, run_decider, s) != 0)
		return why_errno(&s->why, ERR_IO, "pthread_create");
	e = serve_run(&s->serve, say_ready, s, &s->why);
	sodium_memzero(
	    s->serve.front.box_secret, sizeof s->serve.front.box_secret);
	if (e == ERR_OK)
		pthread_join(s->decider, NULL);
	else
		fprintf(stderr, "error: %s\n", s->why.text);
	/* The decider may still be writing: the process ends with it. */
	return e;
}

static void
finish(struct startup *s)
{
	struct core *c = &s->core;

	pool_free(c->pool, job_drop);
	outbox_free(c->outbox);
	core_close(c);
	law_unref(c->law);
	config_free(c->config);
	problems_free(&s->problems);
	note_secret_wipe(&c->log_key);
	sodium_memzero(c->person_key, sizeof c->person_key);
	if (s->serve.admin_fd > 0)
		close(s->serve.admin_fd);
	if (s->serve.signal_fd > 0)
		close(s->serve.signal_fd);
}

int
main(int argc, char **argv)
{
	static struct startup s; /* large, and wiped at the end */
	enum err e;

	if (argc != 3 || strcmp(argv[1], "--config") != 0) {
		fprintf(stderr,
		    "usage: infohus-core --config FILE\n"
		    "started by infohusd, not by hand\n");
		return 2;
	}
	harden();
	if (sodium_init() < 0)
		return EXIT_FAILED;
	s.core.config_file = argv[2];
	s.core.notify_fd = fcntl(CORE_NOTIFY_FD, F_GETFD) >= 0 ?
	    CORE_NOTIFY_FD :
	    -1;
	e = start(&s);
	if (e != ERR_OK) {
		fprintf(stderr, "infohus-core: %s\n", s.why.text);
		finish(&s);
		return EXIT_FAILED;
	}
	e = serve(&s);
	if (e != ERR_OK)
		_exit(EXIT_FAILED);
	finish(&s);
	return 0;
}
