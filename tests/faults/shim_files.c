/*
 * SPDX-License-Identifier: MIT
 *
 * shim_files: wrappers of what opens, names, locks and measures files.
 */
#include "shim_inside.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int
any_open(int dir, const char *path, int flags, mode_t mode)
{
	int fd;

	if (shim_is_due(CALL_OPEN))
		return (int)shim_failed();
	fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	shim_note_opened(fd, flags);
	return fd;
}

static mode_t
mode_of(int flags, va_list ap)
{
	return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
}

#define OPEN(name) \
	EXPORT int name(const char *path, int flags, ...) \
	{ \
		va_list ap; \
		mode_t mode; \
\
		va_start(ap, flags); \
		mode = mode_of(flags, ap); \
		va_end(ap); \
		return any_open(AT_FDCWD, path, flags, mode); \
	}
#define OPENAT(name) \
	EXPORT int name(int dir, const char *path, int flags, ...) \
	{ \
		va_list ap; \
		mode_t mode; \
\
		va_start(ap, flags); \
		mode = mode_of(flags, ap); \
		va_end(ap); \
		return any_open(dir, path, flags, mode); \
	}
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

EXPORT int __open_2(const char *path, int flags);
EXPORT int
__open_2(const char *path, int flags)
{
	return any_open(AT_FDCWD, path, flags, 0);
}

EXPORT int __openat_2(int dir, const char *path, int flags);
EXPORT int
__openat_2(int dir, const char *path, int flags)
{
	return any_open(dir, path, flags, 0);
}

EXPORT int
close(int fd)
{
	bool due = shim_is_due(CALL_CLOSE);

	if (shim_watched(fd) != 0) {
		shim.watched[fd] = 0;
		shim_note(CHANGE_CLOSE, fd, 0, NULL, 0);
	}
	if (fd == shim.record && fd != -1)
		return 0;
	if (!due)
		return (int)syscall(SYS_close, fd);
	syscall(SYS_close, fd);
	return (int)shim_failed();
}

EXPORT int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	char old[PATH_MAX], new[PATH_MAX];
	bool due = shim_is_due(CALL_RENAME);
	struct iovec v[2];
	int done;

	if (due && shim.fault != FAULT_LATE)
		return (int)shim_failed();
	if (shim.record != -1 && shim_path_at(from_dir, from, old) &&
	    shim_path_at(to_dir, to, new)) {
		v[0] = (struct iovec){ old, strlen(old) + 1 };
		v[1] = (struct iovec){ new, strlen(new) };
		shim_note(CHANGE_RENAME, -1, 0, v, 2);
	}
	done = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0u);
	return due ? (int)shim_failed() : done;
}

EXPORT int
rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

EXPORT int
unlinkat(int dir, const char *path, int flags)
{
	char full[PATH_MAX];
	bool due = shim_is_due(CALL_UNLINK);
	int done;

	if (due && shim.fault != FAULT_LATE)
		return (int)shim_failed();
	if (shim.record != -1 && shim_path_at(dir, path, full))
		shim_note_text(CHANGE_UNLINK, -1, 0, full);
	done = (int)syscall(SYS_unlinkat, dir, path, flags);
	return due ? (int)shim_failed() : done;
}

EXPORT int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

EXPORT int
rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

EXPORT int
mkdirat(int dir, const char *path, mode_t mode)
{
	char full[PATH_MAX];
	int done;

	if (shim_is_due(CALL_MKDIR))
		return (int)shim_failed();
	done = (int)syscall(SYS_mkdirat, dir, path, mode);
	if (done == 0 && shim.record != -1 && shim_path_at(dir, path, full))
		shim_note_text(CHANGE_MKDIR, -1, 0, full);
	return done;
}

EXPORT int
mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

EXPORT int
flock(int fd, int operation)
{
	if (shim_is_due(CALL_FLOCK))
		return (int)shim_failed();
	return (int)syscall(SYS_flock, fd, operation);
}

EXPORT int
fstatvfs(int fd, struct statvfs *v)
{
	bool due = shim_is_due(CALL_FSTATVFS);
	struct statfs s;

	if (due && shim.fault != FAULT_ENOSPC)
		return (int)shim_failed();
	if (fstatfs(fd, &s) == -1)
		return -1;
	memset(v, 0, sizeof *v);
	v->f_bsize = (unsigned long)s.f_bsize;
	v->f_frsize = (unsigned long)(s.f_frsize != 0 ? s.f_frsize : s.f_bsize);
	v->f_blocks = s.f_blocks;
	v->f_bfree = s.f_bfree;
	v->f_bavail = due ? 0 : s.f_bavail;
	v->f_files = s.f_files;
	v->f_ffree = v->f_favail = s.f_ffree;
	v->f_namemax = (unsigned long)s.f_namelen;
	return 0;
}

EXPORT int
fstatvfs64(int fd, struct statvfs64 *v)
{
	_Static_assert(sizeof(struct statvfs) == sizeof(struct statvfs64),
	    "one struct on 64-bit machines");
	return fstatvfs(fd, (struct statvfs *)(void *)v);
}
