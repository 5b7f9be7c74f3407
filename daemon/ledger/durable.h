/*
 * SPDX-License-Identifier: MIT
 *
 * durable: small files and folders that must survive a power cut. A rename
 * or a new file counts only once its folder has been synced too.
 *
 * ERR_UNKNOWN: a sync has failed. What is on disk is not known, and a later
 * sync would say that all is well: stop, and decide from what is there.
 */
#ifndef INFOHUS_DURABLE_H
#define INFOHUS_DURABLE_H

#include "proto/bytes.h"

enum err durable_sync_folder(const char *folder, struct why *why) MUST_CHECK;
/* Syncs the folder that path stands in. */
enum err durable_sync_parent(const char *path, struct why *why) MUST_CHECK;

/*
 * Puts content under path, mode 0600: whoever reads it afterwards, also
 * after a crash, finds the old content or the new one, whole.
 */
enum err durable_write(
    const char *path, struct bytes content, struct why *why) MUST_CHECK;

/*
 * Reads a whole file of at most *len bytes into buf. ERR_NOT_FOUND when
 * there is none, ERR_INVALID when it is longer than that.
 */
enum err durable_read(
    const char *path, void *buf, size_t *len, struct why *why) MUST_CHECK;

#endif
