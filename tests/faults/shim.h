/*
 * SPDX-License-Identifier: MIT
 *
 * shim: what shim.so, preloaded into a process, and those who start it agree
 * on. The process itself knows nothing of it.
 *
 *	FAULT=CALL:N:FAULT[:PHASE]  the Nth call (from 1) in that phase fails,
 *	                            e.g. fdatasync:2:EIO:1
 *	FAULT_PAGE=FILE             a struct page, shared; made by who starts
 *	FAULT_RECORD=FILE           gets every change to files under ...
 *	FAULT_ROOT=FOLDER           ... this folder (an absolute path without
 *	                            links), and what leaves on LINK_FD
 *
 * Files are regular files; sockets have calls of their own; terminals, pipes,
 * eventfds are left alone.
 */
#ifndef INFOHUS_TESTS_SHIM_H
#define INFOHUS_TESTS_SHIM_H

#include <stdbool.h>
#include <stdint.h>

enum call {
	CALL_WRITE,
	CALL_PWRITE,
	CALL_WRITEV,
	CALL_PWRITEV,
	CALL_SEND, /* sockets: send, write */
	CALL_READ,
	CALL_PREAD,
	CALL_RECV, /* sockets: recv, read */
	CALL_FSYNC,
	CALL_FDATASYNC,
	CALL_MSYNC,
	CALL_OPEN, /* open, openat */
	CALL_CLOSE,
	CALL_RENAME, /* rename, renameat */
	CALL_UNLINK, /* unlink, unlinkat */
	CALL_MKDIR,
	CALL_FTRUNCATE,
	CALL_FALLOCATE, /* fallocate, posix_fallocate */
	CALL_LSEEK,
	CALL_FLOCK,
	CALL_FSTATVFS, /* ENOSPC: says that no room is left */
	CALL_MMAP,
	CALL_MALLOC,
	CALL_CALLOC,
	CALL_REALLOC,
	CALL_MEMALIGN, /* posix_memalign, aligned_alloc */
	CALL_COUNT
};

enum fault {
	FAULT_EIO,
	FAULT_ENOSPC,
	FAULT_EINTR,
	FAULT_SHORT, /* half of it is done */
	FAULT_LATE,  /* all of it is done, and EIO is said */
	FAULT_ENOMEM,
	FAULT_EMFILE,
	FAULT_COUNT
};

/* Names, and which faults a call can have: bits of enum fault. */
const char *call_name(enum call c);
const char *fault_name(enum fault f);
unsigned call_faults(enum call c);

#define PHASES 2 /* until whoever started it says otherwise 0: start-up */

struct page {
	_Atomic uint32_t phase; /* set from outside */
	_Atomic uint32_t fired; /* the fault has happened */
	_Atomic uint64_t seen[PHASES][CALL_COUNT];
};

/*
 * The record: one after the other a struct change and len bytes. A change is
 * written down before the call that makes it, so that a cut between may find
 * it done in part; what is durable only when a call has returned gets a
 * second one (DONE) then.
 */
enum change_kind {
	CHANGE_OPEN,	 /* fd, a: flags; path */
	CHANGE_CLOSE,	 /* fd */
	CHANGE_WRITE,	 /* fd, a: offset; the bytes */
	CHANGE_SYNC,	 /* fd: a sync begins; of a file or folder */
	CHANGE_DONE,	 /* fd: a sync, or a write to a synchronous fd */
	CHANGE_TRUNCATE, /* fd, a: size */
	CHANGE_RENAME,	 /* from NUL to */
	CHANGE_UNLINK,	 /* path */
	CHANGE_MKDIR,	 /* path */
	CHANGE_SENT,	 /* a: bytes of the link, these included */
	CHANGE_FAILED,	 /* fd: a call failed; the record is worth nothing */
};

struct change {
	uint32_t kind;
	int32_t fd;
	uint64_t a;
	uint64_t len;
};

#endif
