/*
 * SPDX-License-Identifier: MIT
 *
 * slurp: see slurp.h. It never follows the size a file claims beyond max.
 */
#include "daemon/common/slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads until the end or until room is full. */
static enum err
read_all(int fd, uint8_t *to, size_t room, size_t *len)
{
	*len = 0;
	while (*len < room) {
		ssize_t n = read(fd, to + *len, room - *len);

		if (n == 0)
			return ERR_OK;
		if (n < 0 && errno != EINTR)
			return ERR_IO;
		*len += n > 0 ? (size_t)n : 0;
	}
	return ERR_OK;
}

enum err
slurp(struct arena *a, const char *path, size_t max, struct bytes *out,
    struct why *why)
{
	struct stat st;
	uint8_t *data;
	size_t len;
	enum err e;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return why_errno(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    "cannot open it");
	if (fstat(fd, &st) != 0) {
		e = why_errno(why, ERR_IO, "cannot look at it");
	} else if (!S_ISREG(st.st_mode)) {
		e = why_set(why, ERR_INVALID,
		    "found something else, expected a regular file");
	} else if ((uintmax_t)st.st_size > max) {
		e = why_set(why, ERR_INVALID,
		    "found %ju bytes, expected at most %zu",
		    (uintmax_t)st.st_size, max);
	} else if ((data = arena_alloc(a, (size_t)st.st_size + 1)) == NULL) {
		e = why_set(why, ERR_NOMEM, "no memory for it");
	} else if ((e = read_all(fd, data, (size_t)st.st_size, &len)) !=
	    ERR_OK) {
		e = why_errno(why, e, "cannot read it");
	} else {
		*out = bytes_of(data, len);
	}
	(void)close(fd);
	return e;
}
