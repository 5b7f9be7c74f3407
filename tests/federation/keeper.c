/*
 * SPDX-License-Identifier: MIT
 *
 * keeper: see keeper.h. One loop, nothing in it blocks but the end.
 */
#include "keeper_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "folder.h"
#include "tests/common/now.h"

#define FIXED 4 /* descriptors that are always polled */

/* -------------------------------------------------------------------- end */

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

void
keeper_finish(struct keeper *k, int patience_ms, bool keep)
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
		folder_remove(k->folder);
	procs_free(&k->procs);
	for (size_t i = 0; i < k->n_ports; i++)
		ports_give(&k->ports[i]);
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
		keeper_dispatch(k, c, packet, (size_t)n);
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
			keeper_check_waiting(k, &k->client[i]);
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

	/* Ignored by whoever started the test, it would tell of nobody. */
	(void)signal(SIGCHLD, SIG_DFL);
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
	return keeper_take_ports(k, (unsigned)strtoul(argv[5], NULL, 10), why);
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
	if (e != ERR_OK) {
		keeper_finish(&k, 0, false);
		dprintf(3, "-%d %s", (int)e, why.text);
		return 1;
	}
	dprintf(3, "+%u", k.ports[0].first);
	(void)close(3);
	run(&k);
	keeper_finish(&k, 0, false);
	return 0;
}
