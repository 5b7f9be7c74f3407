/*
 * SPDX-License-Identifier: MIT
 *
 * disk: what a disk may hold after the power has gone, by the record of the
 * shim. Steps through the record; at any point it knows what is durable, and
 * the items that may or may not be:
 *
 *  - a write or truncation not yet covered by a sync of its file that began
 *    after it and has returned, nor returned itself from a synchronous
 *    descriptor; of a write each sector of 512 bytes for itself;
 *  - a name made, moved or removed that no sync of its folder covers.
 *
 * Any subset of the items is a legal state: nothing orders them. A file is
 * as long as the farthest write that is there; holes are zero.
 */
#ifndef INFOHUS_TESTS_DISK_H
#define INFOHUS_TESTS_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"
#include "shim.h"

#define SECTOR 512

/* A disk that lies: what it says is synced is not. Bits. */
enum lie { LIE_FSYNC = 1, LIE_FDATASYNC = 2, LIE_SYNCHRONOUS = 4 };

struct disk;

/*
 * Reads the record of what happened under root, which was empty at first but
 * for folders. NULL if it cannot be read or something in it had failed.
 */
struct disk *disk_new(const char *record, const char *root, unsigned lies);
void disk_free(struct disk *d);

/* The next change of the record; false at its end. */
bool disk_step(struct disk *d);
void disk_rewind(struct disk *d);

/* Bytes that have left on the link, or are about to. */
uint64_t disk_sent(const struct disk *d);
/* Counts up whenever what is durable has changed. */
uint64_t disk_durable(const struct disk *d);
/* How many items may or may not be there, in the order they happened. */
size_t disk_items(const struct disk *d);

/* How much of item i is there; torn: each sector as fn says. */
enum part { PART_NONE, PART_ALL, PART_TORN };
struct cut {
	enum part (*part)(void *ctx, size_t i);
	bool (*sector)(void *ctx);
	void *ctx;
};
/*
 * Writes the state into dir as it would be under root. A second time into
 * the same folder replaces the files. False: errno.
 */
bool disk_write(const struct disk *d, const struct cut *c, const char *dir);

#endif
