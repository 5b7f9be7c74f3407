/*
 * SPDX-License-Identifier: MIT
 *
 * shim_data: wrappers of what moves bytes: writing, reading, syncing.
 */
#include "shim_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* -------------------------------------------------------------- writing */

static size_t
total(const struct iovec *v, int n)
{
	size_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += v[i].iov_len;
	return sum;
}

/* offset -1: at the file's own, which moves. */
static ssize_t
do_writev(int fd, const struct iovec *v, int n, off_t offset)
{
	off_t at = offset;

	if (shim_watched(fd) != 0) {
		if (at == -1)
			at = syscall(SYS_lseek, fd, (off_t)0, SEEK_CUR);
		shim_note(CHANGE_WRITE, fd, (uint64_t)at, v, n);
	}
	return shim_note_written(fd, total(v, n),
	    offset == -1 ? syscall(SYS_writev, fd, v, n) :
			   syscall(SYS_pwritev, fd, v, n, offset, 0l));
}

/* Half of it, rounded up, in one piece. */
static ssize_t
write_half(int fd, const struct iovec *v, int n, off_t offset)
{
	size_t half = (total(v, n) + 1) / 2, have = 0;
	char *copy = __libc_malloc(half + 1);
	ssize_t done;

	if (copy == NULL)
		return shim_failed();
	for (int i = 0; i < n && have < half; i++) {
		size_t len = v[i].iov_len < half - have ? v[i].iov_len :
							  half - have;
		memcpy(copy + have, v[i].iov_base, len);
		have += len;
	}
	done = offset == -1 ? syscall(SYS_write, fd, copy, half) :
			      syscall(SYS_pwrite64, fd, copy, half, offset);
	free(copy);
	return done;
}

static ssize_t
any_write(enum call c, int fd, const struct iovec *v, int n, off_t offset)
{
	if (!shim_is_of(fd, S_IFREG) || !shim_is_due(c))
		return do_writev(fd, v, n, offset);
	if (shim.fault == FAULT_SHORT)
		return write_half(fd, v, n, offset);
	if (shim.fault == FAULT_LATE)
		(void)do_writev(fd, v, n, offset);
	return shim_failed();
}

static ssize_t
any_send(int fd, const void *data, size_t len, int flags)
{
	ssize_t done;

	if (shim_is_due(CALL_SEND)) {
		if (shim.fault != FAULT_SHORT)
			return shim_failed();
		len = (len + 1) / 2;
	}
	if (fd == LINK_FD)
		shim_note(CHANGE_SENT, fd, shim.sent + len, NULL, 0);
	done = syscall(SYS_sendto, fd, data, len, flags, NULL, 0);
	if (fd == LINK_FD && done > 0)
		shim.sent += (uint64_t)done;
	return done;
}

EXPORT ssize_t
write(int fd, const void *data, size_t len)
{
	struct iovec v = { (void *)(uintptr_t)data, len };

	if (shim_is_of(fd, S_IFREG))
		return any_write(CALL_WRITE, fd, &v, 1, -1);
	if (shim_is_of(fd, S_IFSOCK))
		return any_send(fd, data, len, 0);
	return syscall(SYS_write, fd, data, len);
}

EXPORT ssize_t
pwrite(int fd, const void *data, size_t len, off_t offset)
{
	struct iovec v = { (void *)(uintptr_t)data, len };

	return any_write(CALL_PWRITE, fd, &v, 1, offset);
}

EXPORT ssize_t
pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
	return pwrite(fd, data, len, offset);
}

EXPORT ssize_t
writev(int fd, const struct iovec *v, int n)
{
	return any_write(CALL_WRITEV, fd, v, n, -1);
}

EXPORT ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t offset)
{
	return any_write(CALL_PWRITEV, fd, v, n, offset);
}

EXPORT ssize_t
pwritev64(int fd, const struct iovec *v, int n, off64_t offset)
{
	return pwritev(fd, v, n, offset);
}

EXPORT ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	return any_send(fd, data, len, flags);
}

EXPORT int
ftruncate(int fd, off_t size)
{
	if (shim_is_due(CALL_FTRUNCATE))
		return (int)shim_failed();
	if (shim_watched(fd) != 0)
		shim_note(CHANGE_TRUNCATE, fd, (uint64_t)size, NULL, 0);
	return (int)syscall(SYS_ftruncate, fd, size);
}

EXPORT int
ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

EXPORT int
fallocate(int fd, int mode, off_t offset, off_t len)
{
	if (shim_is_due(CALL_FALLOCATE))
		return (int)shim_failed();
	if (shim_watched(fd) !=
	    0) /* nobody needs to know how that is recorded */
		shim_note(CHANGE_FAILED, fd, 0, NULL, 0);
	return (int)syscall(SYS_fallocate, fd, mode, offset, len);
}

EXPORT int
fallocate64(int fd, int mode, off64_t offset, off64_t len)
{
	return fallocate(fd, mode, offset, len);
}

EXPORT int
posix_fallocate(int fd, off_t offset, off_t len)
{
	return fallocate(fd, 0, offset, len) == 0 ? 0 : errno;
}

EXPORT int
posix_fallocate64(int fd, off64_t offset, off64_t len)
{
	return posix_fallocate(fd, offset, len);
}

/* -------------------------------------------------------------- reading */

static ssize_t
any_read(int fd, void *to, size_t len)
{
	bool socket = shim_is_of(fd, S_IFSOCK);

	if ((socket || shim_is_of(fd, S_IFREG)) &&
	    shim_is_due(socket ? CALL_RECV : CALL_READ)) {
		if (shim.fault != FAULT_SHORT)
			return shim_failed();
		len = (len + 1) / 2;
	}
	return syscall(SYS_read, fd, to, len);
}

EXPORT ssize_t
read(int fd, void *to, size_t len)
{
	return any_read(fd, to, len);
}

EXPORT ssize_t __read_chk(int fd, void *to, size_t len, size_t room);
EXPORT ssize_t
__read_chk(int fd, void *to, size_t len, size_t room)
{
	if (len > room)
		abort();
	return any_read(fd, to, len);
}

EXPORT ssize_t
pread(int fd, void *to, size_t len, off_t offset)
{
	if (shim_is_due(CALL_PREAD)) {
		if (shim.fault != FAULT_SHORT)
			return shim_failed();
		len = (len + 1) / 2;
	}
	return syscall(SYS_pread64, fd, to, len, offset);
}

EXPORT ssize_t
pread64(int fd, void *to, size_t len, off64_t offset)
{
	return pread(fd, to, len, offset);
}

EXPORT ssize_t
recv(int fd, void *to, size_t len, int flags)
{
	if (shim_is_due(CALL_RECV)) {
		if (shim.fault != FAULT_SHORT)
			return shim_failed();
		len = (len + 1) / 2;
	}
	return syscall(SYS_recvfrom, fd, to, len, flags, NULL, NULL);
}

EXPORT ssize_t __recv_chk(int fd, void *to, size_t len, size_t room, int flags);
EXPORT ssize_t
__recv_chk(int fd, void *to, size_t len, size_t room, int flags)
{
	if (len > room)
		abort();
	return recv(fd, to, len, flags);
}

EXPORT off_t
lseek(int fd, off_t offset, int whence)
{
	if (shim_is_due(CALL_LSEEK))
		return shim_failed();
	return syscall(SYS_lseek, fd, offset, whence);
}

EXPORT off64_t
lseek64(int fd, off64_t offset, int whence)
{
	return lseek(fd, offset, whence);
}

/* -------------------------------------------------------------- syncing */

static int
any_sync(enum call c, long number, int fd)
{
	int done;

	if (shim_is_due(c)) {
		if (shim.fault == FAULT_LATE)
			syscall(number, fd);
		return (int)shim_failed();
	}
	if (shim_watched(fd) != 0)
		shim_note(CHANGE_SYNC, fd, 0, NULL, 0);
	done = (int)syscall(number, fd);
	if (shim_watched(fd) != 0)
		shim_note(
		    done == 0 ? CHANGE_DONE : CHANGE_FAILED, fd, 0, NULL, 0);
	return done;
}

EXPORT int
fsync(int fd)
{
	return any_sync(CALL_FSYNC, SYS_fsync, fd);
}

EXPORT int
fdatasync(int fd)
{
	return any_sync(CALL_FDATASYNC, SYS_fdatasync, fd);
}

EXPORT int
msync(void *at, size_t len, int flags)
{
	if (shim_is_due(CALL_MSYNC))
		return (int)shim_failed();
	return (int)syscall(SYS_msync, at, len, flags);
}
