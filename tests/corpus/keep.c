/*
 * SPDX-License-Identifier: MIT
 *
 * keep: see keep.h. How much of a kind there is stands in KIND/.count, which
 * is locked while an input is added. Failures are silent here and seen in
 * the summary: a test must not fail because of the corpus.
 */
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/digest.h"

#define PATH_ROOM 512
#define HEX_BYTES 8

#define KINDS_MAX 256 /* two kinds may share a place: both get fewer */

struct count {
	uint64_t inputs, bytes;
};

/* How many this process has kept of a kind. */
static _Atomic unsigned kept[KINDS_MAX];

static const char *
folder(void)
{
	const char *f = getenv("INFOHUS_CORPUS");

	return f != NULL && f[0] == '/' ? f : NULL;
}

bool
keep_is_on(void)
{
	return folder() != NULL;
}

/* One in 2^n, n from 0 to 15 as the kind fills: some tests try millions. */
static bool
has_room(const struct count *c, const struct digest *d, size_t len)
{
	unsigned n = (unsigned)(c->inputs * 16 / KEEP_COUNT_MAX);

	return c->inputs < KEEP_COUNT_MAX && len < KEEP_BYTES_MAX - c->bytes &&
	    (get_u16(d->b + DIGEST_SIZE - 2) & ((1u << n) - 1)) == 0;
}

static _Atomic unsigned *
kept_of(const char *kind)
{
	unsigned h = 0;

	while (*kind != '\0')
		h = h * 31 + (unsigned char)*kind++;
	return &kept[h % KINDS_MAX];
}

/* Whole or not at all under its name. */
static bool
write_input(const char *dir, const char *path, struct bytes in)
{
	char temporary[PATH_ROOM];
	bool ok;
	int fd;

	if (snprintf(temporary, sizeof temporary, "%s/.new", dir) >=
	    (int)sizeof temporary)
		return false;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	ok = write(fd, in.data, in.len) == (ssize_t)in.len;
	(void)close(fd);
	return ok && rename(temporary, path) == 0;
}

static bool
add(int count_fd, const char *dir, const char *path, const struct digest *d,
    struct bytes in)
{
	struct count c = { 0, 0 };

	if (flock(count_fd, LOCK_EX) != 0 || access(path, F_OK) == 0 ||
	    pread(count_fd, &c, sizeof c, 0) < 0 || !has_room(&c, d, in.len) ||
	    !write_input(dir, path, in))
		return false;
	c.inputs++;
	c.bytes += in.len;
	return pwrite(count_fd, &c, sizeof c, 0) == (ssize_t)sizeof c;
}

void
keep(const char *kind, struct bytes in)
{
	const char *top = folder();
	char dir[PATH_ROOM], path[PATH_ROOM + 40], hex[2 * HEX_BYTES + 1];
	struct digest d;
	int saved = errno, fd;

	if (top == NULL || in.len > KEEP_INPUT_MAX ||
	    *kept_of(kind) >= KEEP_PROCESS_MAX)
		return;
	d = digest_of(&in, 1);
	hex_encode(hex, bytes_of(d.b, HEX_BYTES));
	if (snprintf(dir, sizeof dir, "%s/%s", top, kind) >= (int)sizeof dir)
		return;
	(void)snprintf(path, sizeof path, "%s/%s", dir, hex);
	if (access(path, F_OK) != 0) {
		(void)mkdir(top, 0755);
		(void)mkdir(dir, 0755);
		(void)snprintf(path, sizeof path, "%s/.count", dir);
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		(void)snprintf(path, sizeof path, "%s/%s", dir, hex);
		if (fd >= 0) {
			if (add(fd, dir, path, &d, in))
				(void)++*kept_of(kind);
			(void)close(fd);
		}
	}
	errno = saved;
}

static void
keep_many(
    const char *kind, const struct bytes *piece, size_t n, bool with_lengths)
{
	size_t len = 0, all = 0;
	uint8_t *in;

	for (size_t i = 0; i < n; i++)
		all += 4 + piece[i].len;
	in = keep_is_on() ? malloc(all + 1) : NULL;
	if (in == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		if (with_lengths) {
			put_u32(in + len, (uint32_t)piece[i].len);
			len += 4;
		}
		if (piece[i].len > 0)
			memcpy(in + len, piece[i].data, piece[i].len);
		len += piece[i].len;
	}
	keep(kind, bytes_of(in, len));
	free(in);
}

void
keep_pieces(const char *kind, const struct bytes *piece, size_t n)
{
	keep_many(kind, piece, n, true);
}

void
keep_joined(const char *kind, const struct bytes *piece, size_t n)
{
	keep_many(kind, piece, n, false);
}

void
keep_file(const char *kind, const char *path)
{
	struct stat st;
	uint8_t *in;
	ssize_t n;
	int saved = errno,
	    fd = keep_is_on() ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) :
				-1;

	if (fd < 0) {
		errno = saved;
		return;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= KEEP_INPUT_MAX &&
	    (in = malloc((size_t)st.st_size + 1)) != NULL) {
		n = read(fd, in, (size_t)st.st_size);
		if (n >= 0)
			keep(kind, bytes_of(in, (size_t)n));
		free(in);
	}
	(void)close(fd);
	errno = saved;
}
