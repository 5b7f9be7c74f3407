/*
 * SPDX-License-Identifier: MIT
 *
 * shim_memory: wrappers of what gets memory.
 */
#include "shim_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

EXPORT void *
mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	if (shim_is_due(CALL_MMAP)) {
		(void)shim_failed();
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
	return shim_is_due(CALL_MALLOC) ? no_memory() : __libc_malloc(size);
}

EXPORT void *
calloc(size_t n, size_t size)
{
	return shim_is_due(CALL_CALLOC) ? no_memory() : __libc_calloc(n, size);
}

EXPORT void *
realloc(void *old, size_t size)
{
	return shim_is_due(CALL_REALLOC) ? no_memory() :
					   __libc_realloc(old, size);
}

EXPORT void *
aligned_alloc(size_t align, size_t size)
{
	return shim_is_due(CALL_MEMALIGN) ? no_memory() :
					    __libc_memalign(align, size);
}

EXPORT int
posix_memalign(void **out, size_t align, size_t size)
{
	void *p = shim_is_due(CALL_MEMALIGN) ? NULL :
					       __libc_memalign(align, size);

	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}
