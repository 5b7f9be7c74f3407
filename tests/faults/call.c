/*
 * SPDX-License-Identifier: MIT
 *
 * call: names of calls and faults, and which go together.
 */
#include "shim.h"

#define BIT(f) (1u << FAULT_##f)
#define PUTS (BIT(EIO) | BIT(ENOSPC) | BIT(EINTR) | BIT(SHORT) | BIT(LATE))
#define GETS (BIT(EIO) | BIT(EINTR) | BIT(SHORT))
#define SYNCS (BIT(EIO) | BIT(ENOSPC) | BIT(EINTR) | BIT(LATE))

static const struct {
	const char *name;
	unsigned faults;
} call[CALL_COUNT] = {
	[CALL_WRITE] = { "write", PUTS },
	[CALL_PWRITE] = { "pwrite", PUTS },
	[CALL_WRITEV] = { "writev", PUTS },
	[CALL_PWRITEV] = { "pwritev", PUTS },
	[CALL_SEND] = { "send", BIT(EINTR) | BIT(SHORT) | BIT(EIO) },
	[CALL_READ] = { "read", GETS },
	[CALL_PREAD] = { "pread", GETS },
	[CALL_RECV] = { "recv", GETS },
	[CALL_FSYNC] = { "fsync", SYNCS },
	[CALL_FDATASYNC] = { "fdatasync", SYNCS },
	[CALL_MSYNC] = { "msync", SYNCS },
	[CALL_OPEN] = { "open",
	    BIT(EIO) | BIT(ENOSPC) | BIT(EINTR) | BIT(ENOMEM) | BIT(EMFILE) },
	[CALL_CLOSE] = { "close", BIT(LATE) },
	[CALL_RENAME] = { "rename", BIT(EIO) | BIT(ENOSPC) | BIT(LATE) },
	[CALL_UNLINK] = { "unlink", BIT(EIO) | BIT(LATE) },
	[CALL_MKDIR] = { "mkdir", BIT(EIO) | BIT(ENOSPC) },
	[CALL_FTRUNCATE] = { "ftruncate", BIT(EIO) | BIT(ENOSPC) | BIT(EINTR) },
	[CALL_FALLOCATE] = { "fallocate", BIT(EIO) | BIT(ENOSPC) | BIT(EINTR) },
	[CALL_LSEEK] = { "lseek", BIT(EIO) },
	[CALL_FLOCK] = { "flock", BIT(EIO) | BIT(EINTR) },
	[CALL_FSTATVFS] = { "fstatvfs", BIT(EIO) | BIT(ENOSPC) },
	[CALL_MMAP] = { "mmap", BIT(ENOMEM) | BIT(EIO) },
	[CALL_MALLOC] = { "malloc", BIT(ENOMEM) },
	[CALL_CALLOC] = { "calloc", BIT(ENOMEM) },
	[CALL_REALLOC] = { "realloc", BIT(ENOMEM) },
	[CALL_MEMALIGN] = { "memalign", BIT(ENOMEM) },
};

static const char *const fault[FAULT_COUNT] = {
	[FAULT_EIO] = "EIO",
	[FAULT_ENOSPC] = "ENOSPC",
	[FAULT_EINTR] = "EINTR",
	[FAULT_SHORT] = "short",
	[FAULT_LATE] = "late",
	[FAULT_ENOMEM] = "ENOMEM",
	[FAULT_EMFILE] = "EMFILE",
};

const char *
call_name(enum call c)
{
	return call[c].name;
}

const char *
fault_name(enum fault f)
{
	return fault[f];
}

unsigned
call_faults(enum call c)
{
	return call[c].faults;
}
