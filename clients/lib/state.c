/*
 * SPDX-License-Identifier: MIT
 *
 * state: see state.h. It must never report a file as written before it and
 * its folder are on disk.
 */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_LIMIT 80

struct state {
	int lock;
	int dir[STATE_BOXES];
};

static const char *const box_name[STATE_BOXES] = {
	[STATE_TOP] = "state",
	[STATE_OUTBOX] = "outbox",
	[STATE_SENT] = "sent",
	[STATE_REFUSED] = "refused",
	[STATE_RECEIVED] = "received",
};

static enum err
open_folder(int parent, const char *name, int *out, struct why *why)
{
	int fd;

	if (mkdirat(parent, name, 0700) == 0) {
		if (fsync(parent) != 0)
			return why_errno(
			    why, ERR_IO, "fsync folder of %s", name);
	} else if (errno != EEXIST) {
		return why_errno(why, ERR_IO, "make folder %s", name);
	}
	fd = openat(
	    parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return why_errno(why, ERR_IO, "open folder %s", name);
	*out = fd;
	return ERR_OK;
}

static enum infohus_result
take_lock(struct state *s, struct why *why)
{
	s->lock = openat(s->dir[STATE_TOP], "lock",
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock < 0) {
		why_errno(why, ERR_IO, "open state/lock");
		return INFOHUS_IO;
	}
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return INFOHUS_OK;
	if (errno == EWOULDBLOCK)
		return result_set(why, INFOHUS_IN_USE,
		    "another process uses "
		    "this seat; a second one needs a seat of its own");
	why_errno(why, ERR_IO, "lock state/lock");
	return INFOHUS_IO;
}

enum infohus_result
state_open(struct state **out, const char *home, struct why *why)
{
	struct state *s = malloc(sizeof *s);
	enum infohus_result r = INFOHUS_IO;
	int parent = -1;

	if (s == NULL)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	s->lock = -1;
	for (int i = 0; i < STATE_BOXES; i++)
		s->dir[i] = -1;
	parent = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0) {
		why_errno(why, ERR_IO, "open folder %s", home);
		goto fail;
	}
	if (open_folder(parent, "state", &s->dir[STATE_TOP], why) != ERR_OK)
		goto fail;
	r = take_lock(s, why);
	for (int i = STATE_OUTBOX; i < STATE_BOXES && r == INFOHUS_OK; i++)
		if (open_folder(s->dir[STATE_TOP], box_name[i], &s->dir[i],
			why) != ERR_OK)
			r = INFOHUS_IO;
	if (r != INFOHUS_OK)
		goto fail;
	close(parent);
	*out = s;
	return INFOHUS_OK;
fail:
	if (parent >= 0)
		close(parent);
	state_close(s);
	return r;
}

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < STATE_BOXES; i++)
		if (s->dir[i] >= 0)
			close(s->dir[i]);
	if (s->lock >= 0)
		close(s->lock);
	free(s);
}

static bool
write_all(int fd, struct bytes in)
{
	while (in.len > 0) {
		ssize_t n = write(fd, in.data, in.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		in.data += n;
		in.len -= (size_t)n;
	}
	return true;
}

enum err
state_put(struct state *s, enum state_box box, const char *name,
    struct bytes content, struct why *why)
{
	int dir = s->dir[box], fd;
	char temporary[NAME_LIMIT + 8];

	(void)snprintf(
	    temporary, sizeof temporary, ".new-%.*s", NAME_LIMIT, name);
	fd = openat(dir, temporary,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return why_errno(
		    why, ERR_IO, "create %s/%s", box_name[box], name);
	if (!write_all(fd, content) || fsync(fd) != 0) {
		why_errno(why, ERR_IO, "write %s/%s", box_name[box], name);
		close(fd);
		(void)unlinkat(dir, temporary, 0);
		return ERR_IO;
	}
	close(fd);
	if (renameat(dir, temporary, dir, name) != 0 || fsync(dir) != 0)
		return why_errno(
		    why, ERR_IO, "rename to %s/%s", box_name[box], name);
	return ERR_OK;
}

static enum err
read_all(int fd, uint8_t *out, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, out, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		out += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

enum err
state_get(struct state *s, enum state_box box, const char *name,
    struct arena *a, size_t max, struct bytes *out, struct why *why)
{
	int fd = openat(s->dir[box], name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum err e = ERR_OK;
	uint8_t *copy = NULL;
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return why_set(
		    why, ERR_NOT_FOUND, "no %s/%s", box_name[box], name);
	if (fd < 0)
		return why_errno(
		    why, ERR_IO, "open %s/%s", box_name[box], name);
	if (fstat(fd, &st) != 0)
		e = why_errno(why, ERR_IO, "read %s/%s", box_name[box], name);
	else if (st.st_size < 0 || (uintmax_t)st.st_size > max)
		e = why_set(why, ERR_INVALID,
		    "%s/%s has %jd bytes, at most %zu expected", box_name[box],
		    name, (intmax_t)st.st_size, max);
	else if ((copy = arena_alloc(a, (size_t)st.st_size + 1)) == NULL)
		e = why_set(
		    why, ERR_NOMEM, "no memory for %s/%s", box_name[box], name);
	else if (read_all(fd, copy, (size_t)st.st_size) != ERR_OK)
		e = why_errno(why, ERR_IO, "read %s/%s", box_name[box], name);
	close(fd);
	if (e == ERR_OK)
		*out = bytes_of(copy, (size_t)st.st_size);
	return e;
}

bool
state_has(struct state *s, enum state_box box, const char *name)
{
	return faccessat(s->dir[box], name, F_OK, 0) == 0;
}

enum err
state_move(struct state *s, enum state_box from, enum state_box to,
    const char *name, struct why *why)
{
	if (renameat(s->dir[from], name, s->dir[to], name) != 0)
		return why_errno(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    "move %s/%s to %s", box_name[from], name, box_name[to]);
	/* The new place first: a crash between leaves it in both or there. */
	if (fsync(s->dir[to]) != 0 || fsync(s->dir[from]) != 0)
		return why_errno(why, ERR_IO, "fsync %s", box_name[to]);
	return ERR_OK;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

enum err
state_list(struct state *s, enum state_box box, char (**out)[INFOHUS_ID_TEXT],
    size_t *n, struct why *why)
{
	int fd = openat(s->dir[box], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char(*list)[INFOHUS_ID_TEXT] = NULL;
	size_t count = 0, room = 0;
	struct id id;

	if (d == NULL) {
		why_errno(why, ERR_IO, "list %s", box_name[box]);
		if (fd >= 0)
			close(fd);
		return ERR_IO;
	}
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		if (id_parse(&id, e->d_name) != ERR_OK)
			continue;
		if (count == room) {
			void *more;

			room = room * 2 + 16;
			more = realloc(list, room * sizeof list[0]);
			if (more == NULL) {
				free(list);
				closedir(d);
				return why_set(why, ERR_NOMEM, "no memory");
			}
			list = more;
		}
		id_format(list[count++], &id);
	}
	closedir(d);
	if (count > 1)
		qsort(list, count, sizeof list[0], compare);
	*out = list;
	*n = count;
	return ERR_OK;
}
