/*
 * SPDX-License-Identifier: MIT
 *
 * keeper_ask: the test's side of the keeper. See keeper.h.
 */
#include "keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/*
 * The environment but for FED: a keeper is not a process of the federation
 * that the test already has. The list is the caller's to free.
 */
static char **
without_fed(void)
{
	size_t n = 0, k = 0;
	char **out;

	while (environ[n] != NULL)
		n++;
	out = calloc(n + 1, sizeof *out);
	for (size_t i = 0; out != NULL && i < n; i++)
		if (strncmp(environ[i], "FED=", 4) != 0)
			out[k++] = environ[i];
	return out;
}

/* Only what is safe between fork and exec of a threaded program. */
static void
become_keeper(const char *const *argv, char **env, int answer)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	if (setsid() < 0 || fork() != 0)
		_exit(0); /* an orphan is nobody's to wait for */
	/* Whoever starts us with 0, 1 or 2 closed may have either of them at
	 * 0 to 3: out of the way of each other first. */
	null = fcntl(null, F_DUPFD, 4);
	answer = fcntl(answer, F_DUPFD, 4);
	if (null < 0 || answer < 0 || dup2(answer, 3) < 0)
		_exit(127);
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	closefrom(4);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(argv[0], (char *const *)(uintptr_t)argv, env);
	_exit(127);
}

enum err
keeper_start(const char *program, const char *folder, pid_t owner,
    const unsigned range[2], unsigned count, unsigned *first, struct why *why)
{
	char number[4][16], text[sizeof why->text + 8];
	const char *argv[] = { program, "keeper", folder, number[0], number[1],
		number[2], number[3], NULL };
	int answer[2], status;
	char **env = without_fed();
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	snprintf(number[0], sizeof number[0], "%d", (int)owner);
	snprintf(number[1], sizeof number[1], "%u", range[0]);
	snprintf(number[2], sizeof number[2], "%u", range[1]);
	snprintf(number[3], sizeof number[3], "%u", count);
	if (env == NULL || pipe2(answer, O_CLOEXEC) != 0) {
		free(env);
		return why_errno(why, ERR_IO, "pipe");
	}
	pid = fork();
	if (pid == 0)
		become_keeper(argv, env, answer[1]);
	free(env);
	(void)close(answer[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	while (len < sizeof text - 1 &&
	    (n = read(answer[0], text + len, sizeof text - 1 - len)) != 0)
		if (n > 0)
			len += (size_t)n;
		else if (errno != EINTR)
			break;
	text[len] = '\0';
	(void)close(answer[0]);
	if (text[0] == '+') {
		*first = (unsigned)strtoul(text + 1, NULL, 10);
		return ERR_OK;
	}
	if (text[0] == '-')
		return why_set(why, (enum err)(text[1] - '0'), "%s", text + 3);
	return why_set(why, ERR_IO, "%s did not start as a keeper", program);
}

enum err
keeper_connect(const char *folder, int *fd, struct why *why)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (snprintf(a.sun_path, sizeof a.sun_path, "%s/run/keeper", folder) >=
	    (int)sizeof a.sun_path)
		return why_set(why, ERR_INVALID,
		    "%s: the path is too long for a socket in it, expected at "
		    "most %zu bytes: set TMPDIR",
		    folder, sizeof a.sun_path - sizeof "/run/admin.sock");
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && connect(*fd, (struct sockaddr *)&a, sizeof a) == 0)
		return ERR_OK;
	if (errno == ECONNREFUSED)
		why_set(why, ERR_NOT_FOUND,
		    "%s: no federation lives there any more; a folder that was "
		    "kept is there to be looked at (docs/testing.md, When it "
		    "fails)",
		    folder);
	else
		why_errno(why, ERR_NOT_FOUND, "%s: no federation lives there",
		    a.sun_path);
	if (*fd >= 0)
		(void)close(*fd);
	return ERR_NOT_FOUND;
}

static enum err
put_words(int fd, const char *const *words, struct why *why)
{
	char *packet = malloc(KEEPER_PACKET);
	size_t len = 0, n;
	ssize_t sent;

	if (packet == NULL)
		return why_set(why, ERR_NOMEM, "no memory for a request");
	for (; *words != NULL; words++) {
		n = strlen(*words) + 1;
		if (n > KEEPER_PACKET - len) {
			free(packet);
			return why_set(why, ERR_INVALID,
			    "the words are longer than %d bytes",
			    KEEPER_PACKET);
		}
		memcpy(packet + len, *words, n);
		len += n;
	}
	sent = send(fd, packet, len, MSG_NOSIGNAL);
	free(packet);
	return sent == (ssize_t)len ?
	    ERR_OK :
	    why_errno(why, ERR_CLOSED, "the keeper does not listen");
}

enum err
keeper_ask(int fd, const char *const *words, char answer[KEEPER_ANSWER],
    struct why *why)
{
	enum err e = put_words(fd, words, why);
	char text[KEEPER_ANSWER];
	ssize_t n;

	if (e != ERR_OK)
		return e;
	do
		n = recv(fd, text, sizeof text - 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 2)
		return why_set(why, ERR_CLOSED, "the keeper has gone");
	text[n] = '\0';
	if (text[0] != '+')
		return why_set(why, (enum err)(text[1] - '0'), "%s", text + 3);
	if (answer != NULL)
		memcpy(answer, text + 1, (size_t)n);
	return ERR_OK;
}

void
keeper_gone(int fd)
{
	struct ucred peer = { .pid = 0 };
	socklen_t len = sizeof peer;
	struct pollfd p = { -1, POLLIN, 0 };

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
	    peer.pid <= 0)
		return;
	p.fd = (int)syscall(SYS_pidfd_open, peer.pid, 0);
	if (p.fd < 0)
		return;
	(void)poll(&p, 1, 20000);
	(void)close(p.fd);
}
