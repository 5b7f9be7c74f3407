/*
 * SPDX-License-Identifier: MIT
 *
 * shim: see shim.h. Each wrapper counts its call, fails it when its turn has
 * come, and otherwise does what the call does, with a record when the file
 * is one to be recorded. System calls are made directly, so that nothing in
 * here depends on the order of libraries or allocates.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define LINK_FD 3
#define FDS 1024
#define RECORD_FD 1000 /* far from what the process opens */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

static struct {
	struct page own, *page;
	bool planned;
	enum call call;
	enum fault fault;
	uint64_t n;
	unsigned phase;
	char root[PATH_MAX];
	size_t root_len;
	int record; /* fd, or -1 */
	pthread_mutex_t lock;
	uint64_t sent;
	uint8_t watched[FDS]; /* 0, or WATCHED with SYNCHRONOUS */
} shim = { .page = &shim.own, .record = -1, .lock = PTHREAD_MUTEX_INITIALIZER };

enum { WATCHED = 1, SYNCHRONOUS = 2 };

/* ------------------------------------------------------------- the plan */

/* True when this call is the one to fail. Safe in any thread. */
static bool
is_due(enum call c)
{
	unsigned phase = shim.page->phase;
	uint64_t n;

	if (phase >= PHASES)
		return false;
	n = ++shim.page->seen[phase][c];
	if (!shim.planned || shim.call != c || shim.n != n ||
	    shim.phase != phase)
		return false;
	shim.page->fired = 1;
	return true;
}

/* Sets errno for what the fault says; done is what was done anyway. */
static ssize_t
failed(void)
{
	switch (shim.fault) {
	case FAULT_ENOSPC:
		errno = ENOSPC;
		break;
	case FAULT_EINTR:
		errno = EINTR;
		break;
	case FAULT_ENOMEM:
		errno = ENOMEM;
		break;
	case FAULT_EMFILE:
		errno = EMFILE;
		break;
	case FAULT_EIO:
	case FAULT_SHORT:
	case FAULT_LATE:
	case FAULT_COUNT:
		errno = EIO;
		break;
	}
	return -1;
}

static bool
is_of(int fd, mode_t type)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

/* ------------------------------------------------------------ the record */

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

static void
note(enum change_kind kind, int fd, uint64_t a, const struct iovec *v, int n)
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

static void
note_text(enum change_kind kind, int fd, uint64_t a, const char *text)
{
	struct iovec v = { (void *)(uintptr_t)text, strlen(text) };

	note(kind, fd, a, &v, 1);
}

static unsigned
watched(int fd)
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

/* Of a file that may not exist: its folder's path and its name. */
static bool
path_at(int dir, const char *name, char path[PATH_MAX])
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

static void
note_opened(int fd, int flags)
{
	char path[PATH_MAX];

	if (shim.record == -1 || fd < 0 || fd >= FDS || !path_of(fd, path) ||
	    !is_under_root(path) || !(is_of(fd, S_IFREG) || is_of(fd, S_IFDIR)))
		return;
	shim.watched[fd] = WATCHED;
	if ((flags & O_DSYNC) != 0)
		shim.watched[fd] |= SYNCHRONOUS;
	note_text(CHANGE_OPEN, fd, (uint64_t)flags, path);
}

/* After a write: what is only now durable, or what spoils the record. */
static ssize_t
note_written(int fd, size_t want, ssize_t got)
{
	if (watched(fd) == 0)
		return got;
	if (got != (ssize_t)want)
		note(CHANGE_FAILED, fd, 0, NULL, 0);
	else if (watched(fd) & SYNCHRONOUS)
		note(CHANGE_DONE, fd, 0, NULL, 0);
	return got;
}

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

	if (watched(fd) != 0) {
		if (at == -1)
			at = syscall(SYS_lseek, fd, (off_t)0, SEEK_CUR);
		note(CHANGE_WRITE, fd, (uint64_t)at, v, n);
	}
	return note_written(fd, total(v, n),
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
		return failed();
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
	if (!is_of(fd, S_IFREG) || !is_due(c))
		return do_writev(fd, v, n, offset);
	if (shim.fault == FAULT_SHORT)
		return write_half(fd, v, n, offset);
	if (shim.fault == FAULT_LATE)
		(void)do_writev(fd, v, n, offset);
	return failed();
}

static ssize_t
any_send(int fd, const void *data, size_t len, int flags)
{
	ssize_t done;

	if (is_due(CALL_SEND)) {
		if (shim.fault != FAULT_SHORT)
			return failed();
		len = (len + 1) / 2;
	}
	if (fd == LINK_FD)
		note(CHANGE_SENT, fd, shim.sent + len, NULL, 0);
	done = syscall(SYS_sendto, fd, data, len, flags, NULL, 0);
	if (fd == LINK_FD && done > 0)
		shim.sent += (uint64_t)done;
	return done;
}

EXPORT ssize_t
write(int fd, const void *data, size_t len)
{
	struct iovec v = { (void *)(uintptr_t)data, len };

	if (is_of(fd, S_IFREG))
		return any_write(CALL_WRITE, fd, &v, 1, -1);
	if (is_of(fd, S_IFSOCK))
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
	if (is_due(CALL_FTRUNCATE))
		return (int)failed();
	if (watched(fd) != 0)
		note(CHANGE_TRUNCATE, fd, (uint64_t)size, NULL, 0);
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
	if (is_due(CALL_FALLOCATE))
		return (int)failed();
	if (watched(fd) != 0) /* nobody needs to know how that is recorded */
		note(CHANGE_FAILED, fd, 0, NULL, 0);
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
	bool socket = is_of(fd, S_IFSOCK);

	if ((socket || is_of(fd, S_IFREG)) &&
	    is_due(socket ? CALL_RECV : CALL_READ)) {
		if (shim.fault != FAULT_SHORT)
			return failed();
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
	if (is_due(CALL_PREAD)) {
		if (shim.fault != FAULT_SHORT)
			return failed();
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
	if (is_due(CALL_RECV)) {
		if (shim.fault != FAULT_SHORT)
			return failed();
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
	if (is_due(CALL_LSEEK))
		return failed();
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

	if (is_due(c)) {
		if (shim.fault == FAULT_LATE)
			syscall(number, fd);
		return (int)failed();
	}
	if (watched(fd) != 0)
		note(CHANGE_SYNC, fd, 0, NULL, 0);
	done = (int)syscall(number, fd);
	if (watched(fd) != 0)
		note(done == 0 ? CHANGE_DONE : CHANGE_FAILED, fd, 0, NULL, 0);
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
	if (is_due(CALL_MSYNC))
		return (int)failed();
	return (int)syscall(SYS_msync, at, len, flags);
}

/* ----------------------------------------------------- files and folders */

static int
any_open(int dir, const char *path, int flags, mode_t mode)
{
	int fd;

	if (is_due(CALL_OPEN))
		return (int)failed();
	fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	note_opened(fd, flags);
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
	bool due = is_due(CALL_CLOSE);

	if (watched(fd) != 0) {
		shim.watched[fd] = 0;
		note(CHANGE_CLOSE, fd, 0, NULL, 0);
	}
	if (fd == shim.record && fd != -1)
		return 0;
	if (!due)
		return (int)syscall(SYS_close, fd);
	syscall(SYS_close, fd);
	return (int)failed();
}

EXPORT int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	char old[PATH_MAX], new[PATH_MAX];
	bool due = is_due(CALL_RENAME);
	struct iovec v[2];
	int done;

	if (due && shim.fault != FAULT_LATE)
		return (int)failed();
	if (shim.record != -1 && path_at(from_dir, from, old) &&
	    path_at(to_dir, to, new)) {
		v[0] = (struct iovec){ old, strlen(old) + 1 };
		v[1] = (struct iovec){ new, strlen(new) };
		note(CHANGE_RENAME, -1, 0, v, 2);
	}
	done = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0u);
	return due ? (int)failed() : done;
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
	bool due = is_due(CALL_UNLINK);
	int done;

	if (due && shim.fault != FAULT_LATE)
		return (int)failed();
	if (shim.record != -1 && path_at(dir, path, full))
		note_text(CHANGE_UNLINK, -1, 0, full);
	done = (int)syscall(SYS_unlinkat, dir, path, flags);
	return due ? (int)failed() : done;
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

	if (is_due(CALL_MKDIR))
		return (int)failed();
	done = (int)syscall(SYS_mkdirat, dir, path, mode);
	if (done == 0 && shim.record != -1 && path_at(dir, path, full))
		note_text(CHANGE_MKDIR, -1, 0, full);
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
	if (is_due(CALL_FLOCK))
		return (int)failed();
	return (int)syscall(SYS_flock, fd, operation);
}

EXPORT int
fstatvfs(int fd, struct statvfs *v)
{
	bool due = is_due(CALL_FSTATVFS);
	struct statfs s;

	if (due && shim.fault != FAULT_ENOSPC)
		return (int)failed();
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

/* --------------------------------------------------------------- memory */

EXPORT void *
mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	if (is_due(CALL_MMAP)) {
		(void)failed();
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mmap, at, len, prot, flags, fd, offset);
}

EXPORT void *
mmap64(void *at, size_t len, int prot, int flags, int fd, off64_t offset)
{
	return mmap(at, len, prot, flags, fd, offset);
}

static void *
no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

EXPORT void *
malloc(size_t size)
{
	return is_due(CALL_MALLOC) ? no_memory() : __libc_malloc(size);
}

EXPORT void *
calloc(size_t n, size_t size)
{
	return is_due(CALL_CALLOC) ? no_memory() : __libc_calloc(n, size);
}

EXPORT void *
realloc(void *old, size_t size)
{
	return is_due(CALL_REALLOC) ? no_memory() : __libc_realloc(old, size);
}

EXPORT void *
aligned_alloc(size_t align, size_t size)
{
	return is_due(CALL_MEMALIGN) ? no_memory() :
				       __libc_memalign(align, size);
}

EXPORT int
posix_memalign(void **out, size_t align, size_t size)
{
	void *p = is_due(CALL_MEMALIGN) ? NULL : __libc_memalign(align, size);

	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}

/* -------------------------------------------------------------- the start */

static void
stop_here(const char *what)
{
	fprintf(stderr, "shim: %s\n", what);
	_exit(125);
}

static void
read_plan(const char *text)
{
	char name[32], fault[32];
	unsigned long long n;
	unsigned phase = 0;

	if (sscanf(text, "%31[^:]:%llu:%31[^:]:%u", name, &n, fault, &phase) <
	    3)
		stop_here("FAULT: expected CALL:N:FAULT[:PHASE]");
	for (unsigned c = 0; c < CALL_COUNT; c++)
		for (unsigned f = 0; f < FAULT_COUNT; f++)
			if (strcmp(call_name((enum call)c), name) == 0 &&
			    strcmp(fault_name((enum fault)f), fault) == 0 &&
			    (call_faults((enum call)c) & 1u << f) != 0) {
				shim.call = (enum call)c;
				shim.fault = (enum fault)f;
				shim.n = n;
				shim.phase = phase;
				shim.planned = true;
			}
	if (!shim.planned)
		stop_here("FAULT: no such call, or it cannot fail so");
}

static void
share_page(const char *file)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
	void *at;

	if (fd < 0)
		stop_here("FAULT_PAGE: cannot be opened");
	at = (void *)syscall(SYS_mmap, NULL, sizeof *shim.page,
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0l);
	if (at == MAP_FAILED)
		stop_here("FAULT_PAGE: cannot be mapped");
	syscall(SYS_close, fd);
	shim.page = at;
}

static void
start_record(const char *file)
{
	const char *root = getenv("FAULT_ROOT");
	int fd;

	if (root == NULL || *root != '/')
		stop_here("FAULT_ROOT: expected an absolute path");
	shim.root_len = (size_t)snprintf(
	    shim.root, sizeof shim.root, "%s", root);
	fd = (int)syscall(SYS_openat, AT_FDCWD, file,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || fcntl(fd, F_DUPFD_CLOEXEC, RECORD_FD) != RECORD_FD)
		stop_here("FAULT_RECORD: cannot be written");
	syscall(SYS_close, fd);
	shim.record = RECORD_FD;
}

__attribute__((constructor)) static void
start(void)
{
	const char *plan = getenv("FAULT"), *page = getenv("FAULT_PAGE");
	const char *record = getenv("FAULT_RECORD");

	if (page != NULL)
		share_page(page);
	if (plan != NULL)
		read_plan(plan);
	if (record != NULL)
		start_record(record);
}
