/*
 * SPDX-License-Identifier: MIT
 *
 * folder: see folder.h.
 */
#include "folder.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* A name for mkdtemp; the bytes that it has, also if they are too many. */
static size_t
name(char out[FOLDER_MAX + 1], const char *below, const char *label)
{
	return (size_t)snprintf(out, FOLDER_MAX + 1, "%s/infohus-%s.XXXXXX",
	    below, label != NULL ? label : "fed");
}

enum err
folder_make(char out[FOLDER_MAX + 1], const char *label, struct why *why)
{
	const char *tmp = getenv("TMPDIR");
	char real[PATH_MAX];
	size_t len;

	out[0] = '\0';
	if (tmp == NULL || tmp[0] == '\0')
		tmp = "/tmp";
	/* From the root: not everybody runs where the test does. */
	if (realpath(tmp, real) == NULL)
		return why_errno(
		    why, ERR_IO, "%s: cannot make a folder in it", tmp);
	len = name(out, real, label);
	if (len > FOLDER_MAX && tmp[0] == '/')
		len = name(out, tmp, label); /* by a short link */
	if (len > FOLDER_MAX) {
		out[0] = '\0';
		return why_set(why, ERR_INVALID,
		    "%s: found a path of %zu bytes with the folder's name, "
		    "expected at most %d, for the sockets in it: set TMPDIR",
		    real, len, FOLDER_MAX);
	}
	if (mkdtemp(out) == NULL) {
		why_errno(why, ERR_IO, "%s: cannot make it", out);
		out[0] = '\0';
		return ERR_IO;
	}
	return ERR_OK;
}

static int
remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
	(void)s;
	(void)type;
	(void)at;
	(void)remove(path);
	return 0;
}

void
folder_remove(const char *path)
{
	if (path[0] != '\0')
		(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
