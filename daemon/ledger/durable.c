/*
 * SPDX-License-Identifier: MIT
 *
 * durable: write, sync, rename, sync the folder; in that order.
 */
#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err
durable_sync_folder(const char *folder, struct why *why)
{
	enum err err = ERR_OK;
	int fd;

	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return why_errno(why, ERR_IO, "folder %s", folder);
	if (fsync(fd) == -1)
		err = why_errno(why, ERR_UNKNOWN, "sync of folder %s", folder);
	close(fd);
	return err;
}

enum err
durable_sync_parent(const char *path, struct why *why)
{
	enum err err;
	size_t len = strlen(path);
	char *folder;

	/* As dirname(3), without writing into the caller's string. */
	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	folder = len == 0 ? strdup(".") : strndup(path, len);
	if (folder == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	err = durable_sync_folder(folder, why);
	free(folder);
	return err;
}

static enum err
write_and_sync(int fd, const char *path, struct bytes content, struct why *why)
{
	size_t done = 0;
	ssize_t n;

	while (done < content.len) {
		n = write(fd, content.data + done, content.len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return why_errno(why,
			    errno == ENOSPC ? ERR_FULL : ERR_IO, "write to %s",
			    path);
		done += (size_t)n;
	}
	if (fsync(fd) == -1)
		return why_errno(why, ERR_UNKNOWN, "sync of %s", path);
	return ERR_OK;
}

enum err
durable_write(const char *path, struct bytes content, struct why *why)
{
	enum err err;
	char *temp;
	int fd;

	if (asprintf(&temp, "%s.new", path) == -1)
		return why_set(why, ERR_NOMEM, "no memory");
	fd = open(
	    temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		err = why_errno(why, ERR_IO, "create %s", temp);
		goto out;
	}
	err = write_and_sync(fd, temp, content, why);
	if (close(fd) == -1 && err == ERR_OK)
		err = why_errno(why, ERR_IO, "close of %s", temp);
	if (err == ERR_OK && rename(temp, path) == -1)
		err = why_errno(why, ERR_IO, "rename to %s", path);
	if (err != ERR_OK)
		unlink(temp);
	else
		err = durable_sync_parent(path, why);
out:
	free(temp);
	return err;
}

enum err
durable_read(const char *path, void *buf, size_t *len, struct why *why)
{
	enum err err = ERR_OK;
	size_t have = 0;
	ssize_t n = 1;
	char more;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return why_errno(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    "open %s", path);
	while (have < *len && n != 0) {
		n = read(fd, (char *)buf + have, *len - have);
		if (n == -1 && errno != EINTR)
			break;
		if (n > 0)
			have += (size_t)n;
	}
	if (n == -1)
		err = why_errno(why, ERR_IO, "read of %s", path);
	else if (n != 0 && read(fd, &more, 1) != 0)
		err = why_set(why, ERR_INVALID,
		    "%s is longer than the %zu bytes it may have", path, *len);
	close(fd);
	if (err == ERR_OK)
		*len = have;
	return err;
}
