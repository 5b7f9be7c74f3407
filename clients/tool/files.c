/*
 * SPDX-License-Identifier: MIT
 *
 * files: whole files in and out, the clock, and the admin socket.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATH_ROOM 4096
#define CHUNK (64 * 1024)
#define ANSWER_MAX (16 * 1024 * 1024) /* the list of every node */
#define ANSWER_SECONDS 600	      /* a snapshot of a large log */

uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ----------------------------------------------------------------- reading */

/* Everything until the end, at most max bytes, malloced. */
static enum err
slurp(int fd, size_t max, char **out, size_t *out_len)
{
	size_t len = 0, room = 0;
	char *text = NULL;

	for (;;) {
		ssize_t n;

		if (len == room) {
			char *more = realloc(text, room + CHUNK);

			if (more == NULL) {
				free(text);
				return ERR_NOMEM;
			}
			text = more;
			room += CHUNK;
		}
		n = read(fd, text + len, room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (n > 0 && len + (size_t)n > max)) {
			free(text);
			return n < 0 ? ERR_IO : ERR_FULL;
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*out = text;
	*out_len = len;
	return ERR_OK;
}

enum err
file_read(struct arena *a, const char *path, size_t max, struct bytes *out,
    struct why *why)
{
	bool in = strcmp(path, "-") == 0;
	int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t len = 0;
	enum err e;
	void *copy;

	if (fd < 0)
		return why_errno(why, ERR_IO, "%s", path);
	e = slurp(fd, max, &text, &len);
	if (e == ERR_IO)
		why_errno(why, e, "%s", path);
	if (!in)
		close(fd);
	if (e == ERR_FULL)
		return why_set(why, ERR_INVALID,
		    "%s: expected at most %zu bytes", path, max);
	if (e == ERR_IO)
		return e;
	copy = e == ERR_OK ? arena_alloc(a, len + 1) : NULL;
	if (copy != NULL) {
		memcpy(copy, text, len);
		*out = bytes_of(copy, len);
	}
	free(text);
	return copy != NULL ? ERR_OK :
			      why_set(why, ERR_NOMEM, "%s: no memory", path);
}

/* ----------------------------------------------------------------- writing */

static bool
write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* The folder of path, "." when it names none. */
static void
folder_of(const char *path, char out[PATH_ROOM])
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);

	if (slash == path)
		len = 1;
	(void)snprintf(out, PATH_ROOM, "%.*s", (int)len, path);
	if (len == 0)
		memcpy(out, ".", 2);
}

static enum err
sync_folder(const char *path, struct why *why)
{
	char folder[PATH_ROOM];
	int fd;

	folder_of(path, folder);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return why_errno(why, ERR_IO, "%s", folder);
	if (fsync(fd) != 0) {
		why_errno(why, ERR_IO, "fsync %s", folder);
		close(fd);
		return ERR_IO;
	}
	close(fd);
	return ERR_OK;
}

enum err
file_write(
    const char *path, struct bytes content, unsigned mode, struct why *why)
{
	char temporary[PATH_ROOM];
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	int fd;

	/* Begins with a dot: who watches the folder does not see it. */
	if (snprintf(temporary, sizeof temporary, "%.*s.%s.new",
		(int)(name - path), path, name) >= (int)sizeof temporary)
		return why_set(
		    why, ERR_INVALID, "%s: the path is too long", path);
	fd = open(temporary,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return why_errno(why, ERR_IO, "%s", temporary);
	if (!write_all(fd, content.data, content.len) || fsync(fd) != 0) {
		why_errno(why, ERR_IO, "%s", temporary);
		close(fd);
		(void)unlink(temporary);
		return ERR_IO;
	}
	close(fd);
	if (rename(temporary, path) != 0)
		return why_errno(why, ERR_IO, "%s", path);
	return sync_folder(path, why);
}

/* ------------------------------------------------------------------- admin */

static int
admin_connect(const char *path, struct why *why)
{
	struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof sa.sun_path) {
		why_set(why, ERR_INVALID, "%s: the path is too long", path);
		return -1;
	}
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		why_errno(why, ERR_IO, "socket");
		return -1;
	}
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa) != 0) {
		why_errno(why, ERR_IO, "%s", path);
		close(fd);
		return -1;
	}
	return fd;
}

static bool
admin_send(int fd, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len = text != NULL ? strlen(text) : 0;
	bool ok = text != NULL;

	for (size_t at = 0; ok && at < len;) {
		ssize_t n = send(fd, text + at, len - at, MSG_NOSIGNAL);

		ok = n > 0;
		at += n > 0 ? (size_t)n : 0;
	}
	free(text);
	return ok && send(fd, "\n", 1, MSG_NOSIGNAL) == 1;
}

json_t *
admin_call(const char *socket_path, json_t *request, struct why *why)
{
	int fd = request == NULL ? -1 : admin_connect(socket_path, why);
	json_t *answer = NULL;
	char *text = NULL;
	size_t len = 0;

	if (request == NULL)
		why_set(why, ERR_NOMEM, "no memory");
	if (fd < 0) {
		json_decref(request);
		return NULL;
	}
	/* It answers one request with one line and closes. */
	if (!admin_send(fd, request) ||
	    slurp(fd, ANSWER_MAX, &text, &len) != ERR_OK)
		why_errno(why, ERR_IO, "%s: no answer", socket_path);
	else
		answer = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (text != NULL && !json_is_object(answer)) {
		why_set(why, ERR_INVALID, "%s: the answer is no JSON object",
		    socket_path);
		json_decref(answer);
		answer = NULL;
	}
	free(text);
	close(fd);
	json_decref(request);
	return answer;
}
