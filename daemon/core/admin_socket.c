/*
 * SPDX-License-Identifier: MIT
 *
 * admin_socket: see admin_socket.h.
 */
#include "admin_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum err
admin_socket_listen(int *fd, const char *path, struct why *why)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int s;

	if (strlen(path) >= sizeof sa.sun_path)
		return why_set(why, ERR_INVALID,
		    "path of the admin socket is "
		    "%zu bytes, at most %zu fit",
		    strlen(path), sizeof sa.sun_path - 1);
	memcpy(sa.sun_path, path, strlen(path));
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return why_errno(why, ERR_IO, "admin socket");
	if (unlink(path) != 0 && errno != ENOENT)
		goto fail;
	mode_t old = umask(0177);
	int bound = bind(s, (struct sockaddr *)&sa, sizeof sa);
	umask(old);
	if (bound != 0 || listen(s, ADMIN_CONNECTIONS) != 0)
		goto fail;
	*fd = s;
	return ERR_OK;
fail:
	why_errno(why, ERR_IO, "%s", path);
	close(s);
	return ERR_IO;
}

void
admin_socket_init(struct admin_socket *s, int listen_fd)
{
	memset(s, 0, sizeof *s);
	s->listen_fd = listen_fd;
	for (int i = 0; i < ADMIN_CONNECTIONS; i++)
		s->conn[i].fd = -1;
}

static bool
may_connect(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

int
admin_socket_accept(struct admin_socket *s)
{
	int fd = accept4(
	    s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return -1;
	for (int i = 0; may_connect(fd) && i < ADMIN_CONNECTIONS; i++)
		if (s->conn[i].fd < 0) {
			s->conn[i].line = malloc(ADMIN_LINE_MAX);
			if (s->conn[i].line == NULL)
				break;
			s->conn[i].fd = fd;
			s->conn[i].number = ++s->next_number;
			return i;
		}
	close(fd);
	return -1;
}

void
admin_socket_close(struct admin_socket *s, int slot)
{
	struct admin_conn *c = &s->conn[slot];

	if (c->fd >= 0)
		close(c->fd);
	free(c->line);
	*c = (struct admin_conn){ .fd = -1 };
}

bool
admin_socket_read(struct admin_socket *s, int slot)
{
	struct admin_conn *c = &s->conn[slot];
	char *lf;
	ssize_t n;

	if (c->asked || c->len == ADMIN_LINE_MAX) {
		admin_socket_close(s, slot);
		return false;
	}
	n = read(c->fd, c->line + c->len, ADMIN_LINE_MAX - c->len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		admin_socket_close(s, slot);
		return false;
	}
	c->len += (size_t)n;
	lf = memchr(c->line, '\n', c->len);
	if (lf == NULL)
		return false;
	c->len = (size_t)(lf - c->line);
	c->asked = true;
	return true;
}

/* Answers are small; a reader that does not read loses its answer. */
static void
write_all(int fd, const uint8_t *data, size_t len)
{
	struct timeval patience = { .tv_sec = 1 };

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

void
admin_socket_answer(struct admin_socket *s, uint64_t number, struct bytes text)
{
	for (int i = 0; i < ADMIN_CONNECTIONS; i++)
		if (s->conn[i].fd >= 0 && s->conn[i].number == number) {
			write_all(s->conn[i].fd, text.data, text.len);
			write_all(s->conn[i].fd, (const uint8_t *)"\n", 1);
			admin_socket_close(s, i);
			return;
		}
}
