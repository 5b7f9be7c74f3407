/*
 * SPDX-License-Identifier: MIT
 *
 * durable_memory: durable.h with one file in memory, the low-water
 * checkpoint, which stands on the machine's other disk. Any other path is a
 * real file, written without syncing. Linked in place of durable.c.
 */
#include "durable_memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct low_water *inserted;

void
low_water_insert(struct low_water *l)
{
	inserted = l;
}

enum err
durable_sync_folder(const char *folder, struct why *why)
{
	(void)folder;
	(void)why;
	return ERR_OK;
}

enum err
durable_sync_parent(const char *path, struct why *why)
{
	(void)path;
	(void)why;
	return ERR_OK;
}

static enum err
write_file(const char *path, struct bytes content, struct why *why)
{
	FILE *f = fopen(path, "we");
	bool good;

	if (f == NULL)
		return why_errno(why, ERR_IO, "create %s", path);
	good = fwrite(content.data, 1, content.len, f) == content.len;
	good = fclose(f) == 0 && good;
	return good ? ERR_OK : why_errno(why, ERR_IO, "write to %s", path);
}

enum err
durable_write(const char *path, struct bytes content, struct why *why)
{
	if (strcmp(path, LOW_WATER_PATH) != 0)
		return write_file(path, content, why);
	if (inserted->fails > 0) {
		inserted->fails--;
		return why_set(
		    why, ERR_FULL, "write to %s: no space left", path);
	}
	if (content.len > sizeof inserted->data)
		abort();
	memcpy(inserted->data, content.data, content.len);
	inserted->len = content.len;
	return ERR_OK;
}

enum err
durable_read(const char *path, void *buf, size_t *len, struct why *why)
{
	if (strcmp(path, LOW_WATER_PATH) != 0)
		abort(); /* core reads no other */
	if (inserted->len == 0)
		return why_set(why, ERR_NOT_FOUND, "open %s: not there", path);
	if (inserted->len > *len)
		return why_set(why, ERR_INVALID, "%s is too long", path);
	memcpy(buf, inserted->data, inserted->len);
	*len = inserted->len;
	return ERR_OK;
}
