/*
 * SPDX-License-Identifier: MIT
 *
 * scene: see scene.h.
 */
#include "scene.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_ROOM 4096

static bool
make_folders(const char *path)
{
	char up[PATH_ROOM];
	char *slash = up;

	snprintf(up, sizeof up, "%s", path);
	while ((slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		if (mkdir(up, 0700) == -1 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return true;
}

bool
scene_put(const char *path, struct bytes content)
{
	size_t done = 0;
	ssize_t n = 0;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 && errno == ENOENT && make_folders(path))
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		return false;
	for (; done < content.len && n >= 0; done += n > 0 ? (size_t)n : 0)
		n = write(fd, content.data + done, content.len - done);
	return close(fd) == 0 && n >= 0;
}

bool
scene_get(const char *path, uint8_t **out, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	if (fd == -1)
		return false;
	*out = NULL;
	if (fstat(fd, &st) == 0 &&
	    (*out = malloc((size_t)st.st_size + 1)) != NULL)
		n = read(fd, *out, (size_t)st.st_size);
	close(fd);
	if (n < 0) {
		free(*out);
		return false;
	}
	*len = (size_t)n;
	return true;
}

static bool
copy_file(const char *fed, const char *dir, const char *name)
{
	char from[PATH_ROOM], to[PATH_ROOM];
	uint8_t *data;
	size_t len;
	bool good;

	snprintf(from, sizeof from, "%s/%s", fed, name);
	snprintf(to, sizeof to, "%s/%s", dir, name);
	if (!scene_get(from, &data, &len))
		return false;
	good = scene_put(to, bytes_of(data, len));
	free(data);
	return good;
}

static bool
make_folder(const char *dir, const char *name)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return mkdir(path, 0700) == 0;
}

/* What is not to be written to is shared. */
static bool
share(const char *fed, const char *dir)
{
	static const char *const own[] = { ".", "..", "data", "low", "run",
		"infohusd.yaml", NULL };
	DIR *d = opendir(fed);
	struct dirent *e;
	bool good = d != NULL;

	while (good && (e = readdir(d)) != NULL) {
		char from[PATH_ROOM], to[PATH_ROOM];
		size_t i = 0;

		while (own[i] != NULL && strcmp(own[i], e->d_name) != 0)
			i++;
		if (own[i] != NULL || strncmp(e->d_name, "scene", 5) == 0)
			continue;
		snprintf(from, sizeof from, "%s/%s", fed, e->d_name);
		snprintf(to, sizeof to, "%s/%s", dir, e->d_name);
		good = symlink(from, to) == 0;
	}
	if (d != NULL)
		closedir(d);
	return good;
}

bool
scene_bare(const char *fed, const char *dir)
{
	return mkdir(dir, 0700) == 0 && share(fed, dir) &&
	    copy_file(fed, dir, "infohusd.yaml") && make_folder(dir, "low") &&
	    make_folder(dir, "run");
}

bool
scene_copy(const char *fed, const char *dir)
{
	return scene_bare(fed, dir) && make_folder(dir, "data") &&
	    copy_file(fed, dir, "data/data.mdb") &&
	    copy_file(fed, dir, "low/checkpoint");
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

bool
scene_remove(const char *dir)
{
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 ||
	    errno == ENOENT;
}
