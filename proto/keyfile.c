/*
 * SPDX-License-Identifier: MIT
 *
 * keyfile: files that hold keys. A secret that others may read is refused,
 * and so is one behind a symbolic link; what was read is wiped.
 */
#include "keys_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_SIZE 32
#define KEY_LINE (2 * KEY_SIZE + 1) /* with its LF */

static enum err
check_secret(const struct stat *st, const char *path, struct why *why)
{
	unsigned mode = st->st_mode & 07777;

	if (!S_ISREG(st->st_mode))
		return why_set(why, ERR_DENIED,
		    "%s: found no regular file, expected one", path);
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return why_set(why, ERR_DENIED,
		    "%s: found owner %u, expected %u or root", path,
		    (unsigned)st->st_uid, (unsigned)geteuid());
	if ((mode & 077) != 0)
		return why_set(why, ERR_DENIED,
		    "%s: found mode %04o, expected 0600 or less", path, mode);
	return ERR_OK;
}

/* Opens for reading; a FIFO or device must not make us wait. */
static enum err
open_file(
    int *out, struct stat *st, const char *path, bool secret, struct why *why)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = open(path, secret ? flags | O_NOFOLLOW : flags);
	enum err e;

	if (fd < 0 && errno == ENOENT)
		return why_errno(why, ERR_NOT_FOUND, "%s", path);
	if (fd < 0 && errno == ELOOP && secret)
		return why_set(why, ERR_DENIED,
		    "%s: found a symbolic link, expected a regular file", path);
	if (fd < 0)
		return why_errno(why, ERR_IO, "%s", path);
	if (fstat(fd, st) != 0) {
		e = why_errno(why, ERR_IO, "%s", path);
	} else if (secret) {
		e = check_secret(st, path, why);
	} else if (!S_ISREG(st->st_mode)) {
		e = why_set(why, ERR_INVALID,
		    "%s: found no regular file, expected one", path);
	} else {
		e = ERR_OK;
	}
	if (e != ERR_OK) {
		(void)close(fd);
		return e;
	}
	*out = fd;
	return ERR_OK;
}

/* Reads until len bytes are there or the file ends. */
static ssize_t
read_all(int fd, uint8_t *buf, size_t len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = read(fd, buf + have, len - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

enum err
keys_file_read(struct bytes *out, const char *path, size_t max, bool secret,
    struct why *why)
{
	struct stat st;
	uint8_t *buf;
	size_t room;
	ssize_t n;
	enum err e;
	int fd;

	e = open_file(&fd, &st, path, secret, why);
	if (e != ERR_OK)
		return e;
	if (st.st_size < 0 || (uint64_t)st.st_size > max) {
		(void)close(fd);
		return why_set(why, ERR_INVALID,
		    "%s: found %lld bytes, expected at most %zu", path,
		    (long long)st.st_size, max);
	}
	room = (size_t)st.st_size;
	buf = malloc(room + 1);
	if (buf == NULL) {
		(void)close(fd);
		return why_set(why, ERR_NOMEM, "%s: no memory", path);
	}
	n = read_all(fd, buf, room + 1);
	if (n < 0)
		e = why_errno(why, ERR_IO, "%s", path);
	else if ((size_t)n != room)
		e = why_set(why, ERR_IO, "%s: changed while it was read", path);
	(void)close(fd);
	*out = bytes_of(buf, room);
	if (e != ERR_OK)
		keys_file_release(out);
	return e;
}

void
keys_file_release(struct bytes *b)
{
	uint8_t *p = (uint8_t *)(uintptr_t)b->data;

	if (p != NULL)
		explicit_bzero(p, b->len);
	free(p);
	*b = bytes_of(NULL, 0);
}

/* A new name lasts only when its folder is on disk as well. */
static int
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") :
	    slash == path	     ? strdup("/") :
				       strndup(path, (size_t)(slash - path));
	int fd, ret;

	if (folder == NULL)
		return -1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd < 0)
		return -1;
	ret = fsync(fd);
	(void)close(fd);
	return ret;
}

static int
write_all(int fd, struct bytes in)
{
	while (in.len > 0) {
		ssize_t n = write(fd, in.data, in.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		in = bytes_of(in.data + n, in.len - (size_t)n);
	}
	return 0;
}

enum err
keys_file_create(
    const char *path, unsigned mode, struct bytes in, struct why *why)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	enum err e;

	if (fd < 0 && errno == EEXIST)
		return why_errno(why, ERR_EXISTS, "%s", path);
	if (fd < 0)
		return why_errno(why, ERR_IO, "%s", path);
	if (write_all(fd, in) != 0 || fsync(fd) != 0)
		goto fail;
	if (close(fd) != 0) {
		fd = -1;
		goto fail;
	}
	fd = -1;
	if (sync_folder(path) != 0)
		goto fail;
	return ERR_OK;

fail:
	e = why_errno(why, errno == ENOSPC ? ERR_FULL : ERR_IO, "%s", path);
	if (fd >= 0)
		(void)close(fd);
	(void)unlink(path);
	return e;
}

enum err
key_file_read(uint8_t key[32], const char *path, struct why *why)
{
	char line[2 * KEY_SIZE + 1];
	struct bytes text;
	enum err e;

	e = keys_file_read(&text, path, KEY_LINE, true, why);
	if (e != ERR_OK)
		return e;
	if (text.len == KEY_LINE && text.data[KEY_LINE - 1] == '\n')
		text.len--;
	if (text.len == 2 * KEY_SIZE) {
		memcpy(line, text.data, text.len);
		line[text.len] = '\0';
		e = hex_decode(key, KEY_SIZE, line);
		explicit_bzero(line, sizeof(line));
	} else {
		e = ERR_INVALID;
	}
	keys_file_release(&text);
	if (e != ERR_OK)
		return why_set(why, e,
		    "%s: found something else, expected one line of %d hex "
		    "digits",
		    path, 2 * KEY_SIZE);
	return ERR_OK;
}

enum err
key_file_write(const uint8_t key[32], const char *path, struct why *why)
{
	char line[2 * KEY_SIZE + 1];
	enum err e;

	hex_encode(line, bytes_of(key, KEY_SIZE));
	line[2 * KEY_SIZE] = '\n';
	e = keys_file_create(path, 0600, bytes_of(line, KEY_LINE), why);
	explicit_bzero(line, sizeof(line));
	return e;
}

enum err
key_file_check(const char *path, struct why *why)
{
	struct stat st;
	enum err e;
	int fd;

	e = open_file(&fd, &st, path, true, why);
	if (e == ERR_OK)
		(void)close(fd);
	return e;
}
