/*
 * SPDX-License-Identifier: MIT
 *
 * shim_record: the record; see shim.h for what stands in it.
 */
#include "shim_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RECORD_FD 1000 /* far from what the process opens */

enum { WATCHED = 1, SYNCHRONOUS = 2 };

bool
shim_is_of(int fd, mode_t type)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

static void
put(const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = syscall(SYS_write, shim.record, p, len);

		if (n <= 0)
			abort();
		p += n;
		len -= (size_t)n;
	}
}

void
shim_note(
    enum change_kind kind, int fd, uint64_t a, const struct iovec *v, int n)
{
	struct change c = { kind, fd, a, 0 };
	int saved = errno;

	if (shim.record == -1)
		return;
	for (int i = 0; i < n; i++)
		c.len += v[i].iov_len;
	pthread_mutex_lock(&shim.lock);
	put(&c, sizeof c);
	for (int i = 0; i < n; i++)
		put(v[i].iov_base, v[i].iov_len);
	pthread_mutex_unlock(&shim.lock);
	errno = saved;
}

void
shim_note_text(enum change_kind kind, int fd, uint64_t a, const char *text)
{
	struct iovec v = { (void *)(uintptr_t)text, strlen(text) };

	shim_note(kind, fd, a, &v, 1);
}

unsigned
shim_watched(int fd)
{
	return shim.record != -1 && fd >= 0 && fd < FDS ? shim.watched[fd] : 0;
}

static bool
is_under_root(const char *path)
{
	return shim.root_len > 0 &&
	    strncmp(path, shim.root, shim.root_len) == 0 &&
	    (path[shim.root_len] == '/' || path[shim.root_len] == '\0');
}

/* The path of an open file, as the kernel knows it. */
static bool
path_of(int fd, char path[PATH_MAX])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return true;
}

bool
shim_path_at(int dir, const char *name, char path[PATH_MAX])
{
	const char *slash = strrchr(name, '/');
	char folder[PATH_MAX];
	size_t len;
	bool known;
	int fd;

	snprintf(folder, sizeof folder, "%.*s",
	    slash == NULL ? 1 : (int)(slash - name + 1),
	    slash == NULL ? "." : name);
	fd = (int)syscall(
	    SYS_openat, dir, folder, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	known = path_of(fd, path);
	syscall(SYS_close, fd);
	if (!known)
		return false;
	len = strlen(path);
	snprintf(path + len, PATH_MAX - len, "/%s",
	    slash == NULL ? name : slash + 1);
	return is_under_root(path);
}

void
shim_note_opened(int fd, int flags)
{
	char path[PATH_MAX];

	if (shim.record == -1 || fd < 0 || fd >= FDS || !path_of(fd, path) ||
	    !is_under_root(path) ||
	    !(shim_is_of(fd, S_IFREG) || shim_is_of(fd, S_IFDIR)))
		return;
	shim.watched[fd] = WATCHED;
	if ((flags & O_DSYNC) != 0)
		shim.watched[fd] |= SYNCHRONOUS;
	shim_note_text(CHANGE_OPEN, fd, (uint64_t)flags, path);
}

ssize_t
shim_note_written(int fd, size_t want, ssize_t got)
{
	if (shim_watched(fd) == 0)
		return got;
	if (got != (ssize_t)want)
		shim_note(CHANGE_FAILED, fd, 0, NULL, 0);
	else if (shim_watched(fd) & SYNCHRONOUS)
		shim_note(CHANGE_DONE, fd, 0, NULL, 0);
	return got;
}

void
shim_start_record(const char *file)
{
	const char *root = getenv("FAULT_ROOT");
	int fd;

	if (root == NULL || *root != '/')
		shim_stop("FAULT_ROOT: expected an absolute path");
	shim.root_len = (size_t)snprintf(
	    shim.root, sizeof shim.root, "%s", root);
	fd = (int)syscall(SYS_openat, AT_FDCWD, file,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || fcntl(fd, F_DUPFD_CLOEXEC, RECORD_FD) != RECORD_FD)
		shim_stop("FAULT_RECORD: cannot be written");
	syscall(SYS_close, fd);
	shim.record = RECORD_FD;
}
