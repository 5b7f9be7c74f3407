/*
 * SPDX-License-Identifier: MIT
 *
 * notes: see notes.h.
 */
#include "notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

void
notes_put(
    struct notes *n, uint64_t at, struct bytes content, const char *path, ...)
{
	struct note_file *f;
	va_list ap;

	if (n->n == n->room) {
		n->room = 2 * n->room + 16;
		n->file = realloc(n->file, n->room * sizeof n->file[0]);
		if (n->file == NULL)
			abort();
	}
	f = &n->file[n->n++];
	f->at = at;
	f->len = content.len;
	f->data = malloc(content.len + 1);
	va_start(ap, path);
	if (f->data == NULL || vasprintf(&f->path, path, ap) == -1)
		abort();
	va_end(ap);
	memcpy(f->data, content.data, content.len);
}

/* Is a later one among the first count of the same path? */
static bool
is_replaced(const struct notes *n, size_t i, size_t count)
{
	for (size_t k = i + 1; k < count; k++)
		if (strcmp(n->file[k].path, n->file[i].path) == 0)
			return true;
	return false;
}

bool
notes_write(const struct notes *n, size_t count, const char *dir)
{
	char path[4096];

	for (size_t i = 0; i < count; i++) {
		if (is_replaced(n, i, count))
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, n->file[i].path);
		if (!scene_put(path, bytes_of(n->file[i].data, n->file[i].len)))
			return false;
	}
	return true;
}

void
notes_free(struct notes *n)
{
	for (size_t i = 0; i < n->n; i++) {
		free(n->file[i].path);
		free(n->file[i].data);
	}
	free(n->file);
	*n = (struct notes){ .n = 0 };
}
