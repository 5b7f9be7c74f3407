/*
 * SPDX-License-Identifier: MIT
 *
 * store_memory: store.h in memory, and the disk under it, which outlives the
 * store as a disk outlives a process. Faults are ordered, one at a time.
 * Linked in place of daemon/ledger/store_lmdb.c; a snapshot is written by the
 * real engine, so that whoever reads one cannot tell.
 *
 * Stricter than the real one: nobody may read while somebody writes.
 */
#ifndef INFOHUS_TESTS_STORE_MEMORY_H
#define INFOHUS_TESTS_STORE_MEMORY_H

#include "daemon/ledger/store.h"

struct disk;

enum disk_fault {
	DISK_FINE,
	DISK_WRITE_FULL,  /* the n-th put, add or delete: no room */
	DISK_WRITE_IO,	  /* the same: broken */
	DISK_COMMIT_FULL, /* the n-th commit: no room, nothing written */
	DISK_COMMIT_LOST, /* outcome unknown; nothing was written */
	DISK_COMMIT_KEPT, /* outcome unknown; it was written */
};

struct disk *disk_new(void);
/* The same content, sharing it; without faults. */
struct disk *disk_copy(const struct disk *d);
void disk_free(struct disk *d); /* NULL is fine */
/* What store_open opens from now on. */
void disk_insert(struct disk *d);
/* The n-th from now; DISK_FINE takes a fault back. */
void disk_order(struct disk *d, enum disk_fault f, unsigned n);
/* For the determinism test: everything that is on it. */
struct digest disk_digest(const struct disk *d);

#endif
