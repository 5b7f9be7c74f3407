/*
 * SPDX-License-Identifier: MIT
 *
 * shim_inside: what the files of the shim share. Each wrapper counts its call,
 * fails it when its turn has come, and otherwise does what the call does, with
 * a record when the file is one to be recorded. System calls are made
 * directly, so that nothing in the shim depends on the order of libraries or
 * allocates.
 */
#ifndef INFOHUS_TESTS_SHIM_INSIDE_H
#define INFOHUS_TESTS_SHIM_INSIDE_H

#include <limits.h>
#include <pthread.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "shim.h"

#define EXPORT __attribute__((visibility("default")))
#define LINK_FD 3
#define FDS 1024

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

struct shim {
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
	uint8_t watched[FDS]; /* of shim_record.c */
};
extern struct shim shim;

/* ------------------------------------------------------------- the plan */

/* True when this call is the one to fail. Safe in any thread. */
bool shim_is_due(enum call c);
/* -1, with errno for what the fault says. */
ssize_t shim_failed(void);
/* For the start: says what, and ends the process. */
void shim_stop(const char *what);

/* ------------------------------------------------------------ the record */

/* FAULT_RECORD=file: from now on there is one. */
void shim_start_record(const char *file);
/* Appends a change and what is in v; keeps errno. Without record nothing. */
void shim_note(
    enum change_kind kind, int fd, uint64_t a, const struct iovec *v, int n);
void
shim_note_text(enum change_kind kind, int fd, uint64_t a, const char *text);
/* Not 0 when changes of this open file are recorded. */
unsigned shim_watched(int fd);
/* After open: watches the file if it is one under the root. */
void shim_note_opened(int fd, int flags);
/* After a write: what is only now durable, or what spoils the record. */
ssize_t shim_note_written(int fd, size_t want, ssize_t got);
/*
 * Of a file that may not exist: its folder's path and its name. False when
 * that is not under the root.
 */
bool shim_path_at(int dir, const char *name, char path[PATH_MAX]);
/* The open file is of that type, one of S_IFMT. */
bool shim_is_of(int fd, mode_t type);

#endif
