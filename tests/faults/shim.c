/*
 * SPDX-License-Identifier: MIT
 *
 * shim: see shim.h and shim_inside.h. The plan: which call fails, and how; it
 * is read before the process begins.
 */
#include "shim_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct shim shim = {
	.page = &shim.own,
	.record = -1,
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

/* ------------------------------------------------------------- the plan */

bool
shim_is_due(enum call c)
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

ssize_t
shim_failed(void)
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

/* -------------------------------------------------------------- the start */

void
shim_stop(const char *what)
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
		shim_stop("FAULT: expected CALL:N:FAULT[:PHASE]");
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
		shim_stop("FAULT: no such call, or it cannot fail so");
}

static void
share_page(const char *file)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
	void *at;

	if (fd < 0)
		shim_stop("FAULT_PAGE: cannot be opened");
	at = (void *)syscall(SYS_mmap, NULL, sizeof *shim.page,
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0l);
	if (at == MAP_FAILED)
		shim_stop("FAULT_PAGE: cannot be mapped");
	syscall(SYS_close, fd);
	shim.page = at;
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
		shim_start_record(record);
}
