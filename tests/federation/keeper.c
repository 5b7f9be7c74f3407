/*
 * SPDX-License-Identifier: MIT
 *
 * keeper: see keeper.h. One loop, nothing in it blocks but the end.
 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ports.h"
#include "procs.h"
#include "proxy.h"

#define CLIENTS_MAX 64
#define PROXIES_MAX 512
#define ENV_MAX 64
#define PORTS_MAX 16
#define END_MS 5000 /* for clients to end by themselves */
#define FIXED 4	    /* descriptors that are always polled */

enum waits { WAIT_NONE, WAIT_END, WAIT_READY };

struct client {
	int fd; /* -1: free */
	enum waits waits;
	char *name;	   /* WAIT_END */
	unsigned lives;	   /* WAIT_READY: more than these */
	uint64_t until_ms; /* 0: for ever */
};

struct keeper {
	char folder[256];
	pid_t owner;
	struct ports ports[PORTS_MAX];
	size_t n_ports;
	unsigned range[2];
	struct procs procs;
	struct proxy *proxy[PROXIES_MAX];
	size_t n_proxy;
	struct client client[CLIENTS_MAX];
	int signal_fd, owner_fd, listen_fd, notify_fd;
	unsigned lives;
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* -------------------------------------------------------------------- end */

static int
remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
	(void)s;
	(void)type;
	(void)at;
	(void)remove(path);
	return 0;
}

/* The owner, who asks, and those above them stay. */
static size_t
spared(const struct keeper *k, pid_t *list, size_t room)
{
	size_t n = 0;

	list[n++] = k->owner;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct ucred peer = { .pid = 0 };
		socklen_t len = sizeof peer;
		int pid;

		if (k->client[i].fd < 0 ||
		    getsockopt(k->client[i].fd, SOL_SOCKET, SO_PEERCRED, &peer,
			&len) != 0)
			continue;
		for (pid = peer.pid; pid > 1 && n < room;) {
			char path[64];
			FILE *f;

			list[n++] = pid;
			snprintf(path, sizeof path, "/proc/%d/stat", pid);
			f = fopen(path, "re");
			if (f == NULL ||
			    fscanf(f, "%*d (%*[^)]) %*c %d", &pid) != 1)
				pid = 0;
			if (f != NULL)
				(void)fclose(f);
		}
	}
	return n;
}

static void
finish(struct keeper *k, int patience_ms, bool keep)
{
	char word[sizeof k->folder + 8];
	pid_t but[256];
	size_t n;

	for (size_t i = 0; i < k->n_proxy; i++)
		proxy_free(k->proxy[i]);
	k->n_proxy = 0;
	procs_end(&k->procs, patience_ms);
	n = spared(k, but, sizeof but / sizeof but[0]);
	(void)snprintf(word, sizeof word, "FED=%s", k->folder);
	procs_end_marked(word, but, n);
	/* What they started in their last moment. */
	procs_end(&k->procs, 0);
	if (!keep)
		(void)nftw(k->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	procs_free(&k->procs);
	for (size_t i = 0; i < k->n_ports; i++)
		ports_give(&k->ports[i]);
}

/* --------------------------------------------------------------- answering */

static void answer(struct client *c, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
answer(struct client *c, enum err e, const char *fmt, ...)
{
	char text[KEEPER_ANSWER];
	int n = e == ERR_OK ? snprintf(text, sizeof text, "+") :
			      snprintf(text, sizeof text, "-%d ", (int)e);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + n, sizeof text - (size_t)n, fmt, ap);
	va_end(ap);
	(void)send(c->fd, text, strlen(text) + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	c->waits = WAIT_NONE;
	free(c->name);
	c->name = NULL;
}

/* Answers a client that waits, if it is time. */
static void
check_waiting(struct keeper *k, struct client *c)
{
	bool late = c->until_ms != 0 && now_ms() >= c->until_ms;
	const struct proc *q = NULL;

	if (c->fd < 0 || c->waits == WAIT_NONE)
		return;
	if (c->waits == WAIT_READY) {
		q = procs_find(&k->procs, KEEPER_LAUNCHER);
		if (k->lives > c->lives)
			answer(c, ERR_OK, "%u", k->lives);
		else if (q == NULL || q->pid == 0)
			answer(c, ERR_CLOSED,
			    "the daemon does not serve: it ended with status "
			    "%d",
			    q == NULL ? -1 : q->status);
		else if (late)
			answer(c, ERR_CLOSED,
			    "the daemon runs but did not get ready in time");
		return;
	}
	q = procs_find(&k->procs, c->name);
	if (q == NULL)
		answer(c, ERR_NOT_FOUND, "%s: nothing of that name was started",
		    c->name);
	else if (q->pid == 0)
		answer(c, ERR_OK, "%d", q->status);
	else if (late)
		answer(c, ERR_CLOSED, "%s has not ended in time", c->name);
}

static void
wait_until(struct client *c, enum waits what, const char *ms)
{
	long n = strtol(ms, NULL, 10);

	c->waits = what;
	c->until_ms = n < 0 ? 0 : now_ms() + (uint64_t)n + 1;
}

/* ---------------------------------------------------------------- requests */

struct request {
	struct keeper *k;
	struct client *c;
	char **word; /* ends with NULL; word[0] is the first after the name */
	size_t n;
};

static void
do_spawn(struct request *r)
{
	char *env[ENV_MAX + 1];
	struct why why = { "" };
	size_t n = 0, at = 2;
	enum err e;

	while (r->word[at] != NULL && strcmp(r->word[at], "--") != 0 &&
	    n < ENV_MAX)
		env[n++] = r->word[at++];
	env[n] = NULL;
	if (r->word[at] == NULL || strcmp(r->word[at], "--") != 0) {
		answer(r->c, ERR_INVALID, "%s: expected -- and a command",
		    r->word[0]);
		return;
	}
	e = procs_start(
	    &r->k->procs, r->word[0], r->word[1], r->word + at + 1, env, &why);
	answer(r->c, e, "%s", why.text);
}

static void
do_again(struct request *r)
{
	struct why why = { "" };
	enum err e = procs_again(&r->k->procs, r->word[0], &why);

	answer(r->c, e, "%s", why.text);
}

static void
do_pid(struct request *r)
{
	const struct proc *q = procs_find(&r->k->procs, r->word[0]);

	if (q == NULL)
		answer(r->c, ERR_NOT_FOUND,
		    "%s: nothing of that name was started", r->word[0]);
	else
		answer(r->c, ERR_OK, "%d %d", (int)q->pid, q->status);
}

static void
do_signal(struct request *r)
{
	const struct proc *q = procs_find(&r->k->procs, r->word[0]);

	if (q == NULL || q->pid == 0)
		answer(r->c, ERR_NOT_FOUND, "%s does not run", r->word[0]);
	else if (kill(q->pid, (int)strtol(r->word[1], NULL, 10)) != 0)
		answer(
		    r->c, ERR_INVALID, "%s: %s", r->word[0], strerror(errno));
	else
		answer(r->c, ERR_OK, "%s", "");
}

static void
do_wait(struct request *r)
{
	r->c->name = strdup(r->word[0]);
	if (r->c->name != NULL)
		wait_until(r->c, WAIT_END, r->word[1]);
	check_waiting(r->k, r->c);
}

static enum err
take_ports(struct keeper *k, unsigned count, struct why *why)
{
	enum err e = k->n_ports < PORTS_MAX ?
	    ports_take(
		&k->ports[k->n_ports], count, k->range[0], k->range[1], why) :
	    why_set(why, ERR_FULL, "ports: more than %d runs", PORTS_MAX);

	k->n_ports += e == ERR_OK;
	return e;
}

static void
do_ports(struct request *r)
{
	unsigned count = (unsigned)strtoul(r->word[0], NULL, 10);
	struct why why = { "" };
	enum err e = take_ports(r->k, count, &why);

	if (e == ERR_OK)
		answer(r->c, e, "%u", r->k->ports[r->k->n_ports - 1].first);
	else
		answer(r->c, e, "%s", why.text);
}

static void
do_lives(struct request *r)
{
	answer(r->c, ERR_OK, "%u", r->k->lives);
}

static void
do_ready(struct request *r)
{
	r->c->lives = (unsigned)strtoul(r->word[0], NULL, 10);
	wait_until(r->c, WAIT_READY, r->word[1]);
	check_waiting(r->k, r->c);
}

static struct proxy *
find_proxy(const struct keeper *k, const char *name)
{
	for (size_t i = 0; i < k->n_proxy; i++)
		if (strcmp(proxy_name(k->proxy[i]), name) == 0)
			return k->proxy[i];
	return NULL;
}

static void
do_proxy(struct request *r)
{
	unsigned port = (unsigned)strtoul(r->word[1], NULL, 10);
	struct keeper *k = r->k;
	struct why why = { "" };
	enum err e = ERR_OK;

	if (find_proxy(k, r->word[0]) != NULL)
		e = why_set(
		    &why, ERR_EXISTS, "%s has a proxy already", r->word[0]);
	else if (k->n_proxy == PROXIES_MAX)
		e = why_set(
		    &why, ERR_FULL, "more than %d proxies", PROXIES_MAX);
	else
		e = proxy_new(&k->proxy[k->n_proxy], r->word[0], port, &why);
	if (e == ERR_OK)
		answer(r->c, e, "%u", proxy_port(k->proxy[k->n_proxy++]));
	else
		answer(r->c, e, "%s", why.text);
}

static void
do_set(struct request *r)
{
	struct proxy *p = find_proxy(r->k, r->word[0]);
	struct why why = { "" };
	enum err e = p == NULL ?
	    why_set(&why, ERR_NOT_FOUND, "%s has no proxy", r->word[0]) :
	    proxy_set(p, r->word[1], &why);

	answer(r->c, e, "%s", why.text);
}

static void
do_show(struct request *r)
{
	const struct proxy *p = find_proxy(r->k, r->word[0]);
	char text[KEEPER_ANSWER / 2] = "";

	if (p == NULL) {
		answer(r->c, ERR_NOT_FOUND, "%s has no proxy", r->word[0]);
		return;
	}
	proxy_show(p, text, sizeof text);
	answer(r->c, ERR_OK, "%s", text);
}

static void
do_end(struct request *r)
{
	finish(r->k, END_MS, strcmp(r->word[0], "keep") == 0);
	answer(r->c, ERR_OK, "%s", "");
	exit(0);
}

static const struct {
	const char *name;
	size_t words;
	void (*run)(struct request *r);
} requests[] = {
	{ "spawn", 4, do_spawn },
	{ "again", 1, do_again },
	{ "pid", 1, do_pid },
	{ "signal", 2, do_signal },
	{ "wait", 2, do_wait },
	{ "ports", 1, do_ports },
	{ "lives", 0, do_lives },
	{ "ready", 2, do_ready },
	{ "proxy", 2, do_proxy },
	{ "set", 2, do_set },
	{ "show", 1, do_show },
	{ "end", 1, do_end },
};

static void
dispatch(struct keeper *k, struct client *c, char *packet, size_t len)
{
	char *word[KEEPER_WORDS + 1];
	struct request r = { k, c, word + 1, 0 };
	size_t n = 0;

	for (size_t at = 0; at < len && n < KEEPER_WORDS;
	     at += strlen(packet + at) + 1)
		word[n++] = packet + at;
	word[n] = NULL;
	for (size_t i = 0; n > 0 && i < sizeof requests / sizeof requests[0];
	     i++)
		if (strcmp(requests[i].name, word[0]) == 0 &&
		    n - 1 >= requests[i].words) {
			r.n = n - 1;
			requests[i].run(&r);
			return;
		}
	answer(c, ERR_INVALID, "the keeper does not know: %s",
	    n > 0 ? word[0] : "nothing");
}

/* ---------------------------------------------------------------- the loop */

static void
read_client(struct keeper *k, struct client *c)
{
	static char packet[KEEPER_PACKET + 1];
	ssize_t n = recv(c->fd, packet, KEEPER_PACKET, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		packet[n] = '\0';
		dispatch(k, c, packet, (size_t)n);
		return;
	}
	(void)close(c->fd);
	free(c->name);
	*c = (struct client){ .fd = -1 };
}

static void
take_client(struct keeper *k)
{
	int fd = accept4(k->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < CLIENTS_MAX; i++)
		if (k->client[i].fd < 0) {
			k->client[i].fd = fd;
			return;
		}
	if (fd >= 0)
		(void)close(fd);
}

static void
read_notes(struct keeper *k)
{
	char text[256];
	ssize_t n;

	while (
	    (n = recv(k->notify_fd, text, sizeof text - 1, MSG_DONTWAIT)) > 0) {
		text[n] = '\0';
		k->lives += strstr(text, "READY=1") != NULL;
	}
}

/* False when the keeper is asked to end. */
static bool
read_signals(struct keeper *k)
{
	struct signalfd_siginfo s;
	bool stay = true;

	while (read(k->signal_fd, &s, sizeof s) == (ssize_t)sizeof s)
		stay = stay && s.ssi_signo == SIGCHLD;
	procs_reap(&k->procs);
	return stay;
}

static size_t
fill_poll(struct keeper *k, struct pollfd **p, uint64_t *deadline)
{
	size_t n = FIXED + CLIENTS_MAX;

	for (size_t i = 0; i < k->n_proxy; i++)
		n += proxy_n(k->proxy[i]);
	*p = realloc(*p, n * sizeof **p);
	if (*p == NULL)
		abort(); /* a test tool; the test's folder tells the rest */
	(*p)[0] = (struct pollfd){ k->signal_fd, POLLIN, 0 };
	(*p)[1] = (struct pollfd){ k->owner_fd, POLLIN, 0 };
	(*p)[2] = (struct pollfd){ k->listen_fd, POLLIN, 0 };
	(*p)[3] = (struct pollfd){ k->notify_fd, POLLIN, 0 };
	n = FIXED;
	for (size_t i = 0; i < CLIENTS_MAX; i++, n++) {
		const struct client *c = &k->client[i];

		(*p)[n] = (struct pollfd){ c->fd, POLLIN, 0 };
		if (c->fd >= 0 && c->waits != WAIT_NONE && c->until_ms != 0 &&
		    c->until_ms < *deadline)
			*deadline = c->until_ms;
	}
	for (size_t i = 0; i < k->n_proxy; i++) {
		proxy_poll(k->proxy[i], *p + n, now_ms(), deadline);
		n += proxy_n(k->proxy[i]);
	}
	return n;
}

static void
run(struct keeper *k)
{
	struct pollfd *p = NULL;

	for (;;) {
		uint64_t deadline = now_ms() + 60000, now;
		size_t n = fill_poll(k, &p, &deadline);

		now = now_ms();
		(void)poll(p, n, deadline > now ? (int)(deadline - now) : 0);
		if (!read_signals(k) || p[1].revents != 0)
			break;
		read_notes(k);
		if (p[2].revents != 0)
			take_client(k);
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			if (p[FIXED + i].fd >= 0 && p[FIXED + i].revents != 0)
				read_client(k, &k->client[i]);
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			check_waiting(k, &k->client[i]);
		for (size_t i = 0; i < k->n_proxy; i++)
			proxy_step(k->proxy[i], now_ms());
	}
	free(p);
}

/* ------------------------------------------------------------------- start */

static int
bind_unix(const struct keeper *k, const char *name, int type)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
	    snprintf(a.sun_path, sizeof a.sun_path, "%s/run/%s", k->folder,
		name) < (int)sizeof a.sun_path &&
	    bind(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static enum err
start(struct keeper *k, char **argv, struct why *why)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "fed-keeper");
	(void)setenv("FED", k->folder, 1);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		k->client[i].fd = -1;
	k->owner = (pid_t)strtol(argv[2], NULL, 10);
	k->owner_fd = (int)syscall(SYS_pidfd_open, k->owner, 0);
	if (k->owner_fd < 0)
		return why_errno(why, ERR_CLOSED, "process %d", (int)k->owner);
	k->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	k->notify_fd = bind_unix(k, "notify", SOCK_DGRAM);
	k->listen_fd = bind_unix(k, "keeper", SOCK_SEQPACKET);
	if (k->signal_fd < 0 || k->notify_fd < 0 || k->listen_fd < 0 ||
	    listen(k->listen_fd, 16) != 0)
		return why_errno(
		    why, ERR_IO, "%s/run: the keeper's sockets", k->folder);
	k->range[0] = (unsigned)strtoul(argv[3], NULL, 10);
	k->range[1] = (unsigned)strtoul(argv[4], NULL, 10);
	return take_ports(k, (unsigned)strtoul(argv[5], NULL, 10), why);
}

int
keeper_main(int argc, char **argv)
{
	static struct keeper k;
	struct why why = { "" };
	enum err e;

	if (argc != 6 || strlen(argv[1]) >= sizeof k.folder)
		return 2;
	memcpy(k.folder, argv[1], strlen(argv[1]) + 1);
	e = start(&k, argv, &why);
	if (e == ERR_OK)
		dprintf(3, "+%u", k.ports[0].first);
	else
		dprintf(3, "-%d %s", (int)e, why.text);
	(void)close(3);
	if (e == ERR_OK)
		run(&k);
	finish(&k, 0, false);
	return e == ERR_OK ? 0 : 1;
}
