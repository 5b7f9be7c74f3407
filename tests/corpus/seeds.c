/*
 * SPDX-License-Identifier: MIT
 *
 * seeds: see seeds.h.
 */
#include "seeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_ROOM 512

uint8_t *
seeds_read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *data = NULL;
	struct stat st;

	if (f == NULL)
		return NULL;
	if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= SEED_MAX)
		data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
	if (data != NULL) {
		*len = fread(data, 1, (size_t)st.st_size, f);
		if (*len != (size_t)st.st_size) {
			free(data);
			data = NULL;
		}
	}
	(void)fclose(f);
	return data;
}

/* "KIND/NAME ANSWER" with its file. */
static bool
read_seed(const char *folder, const char *line, struct seed *s)
{
	char path[PATH_ROOM], kind[80];
	size_t slash = strcspn(line, "/");

	if (sscanf(line, "%79s %d", s->name, &s->answer) != 2 ||
	    slash >= sizeof kind)
		return false;
	memcpy(kind, line, slash);
	kind[slash] = '\0';
	s->parser = parser_find(kind);
	(void)snprintf(path, sizeof path, "%s/%s", folder, s->name);
	s->data = seeds_read_file(path, &s->len);
	return s->parser != NULL && s->data != NULL;
}

bool
seeds_load(const char *folder, struct seed **out, size_t *n)
{
	char path[PATH_ROOM], line[160];
	struct seed *all = NULL, *more;
	bool ok = true;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/answers", folder);
	*n = 0;
	f = fopen(path, "re");
	if (f == NULL) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return false;
	}
	while (ok && fgets(line, sizeof line, f) != NULL) {
		more = realloc(all, (*n + 1) * sizeof *all);
		if (more != NULL)
			all = more;
		ok = more != NULL && read_seed(folder, line, &all[*n]);
		if (ok)
			++*n;
		else
			fprintf(stderr,
			    "%s:%zu: found %.*s, expected a kind of "
			    "parsers.def, a file of it and an answer\n",
			    path, *n + 1, (int)strcspn(line, "\n"), line);
	}
	(void)fclose(f);
	if (!ok) {
		seeds_free(all, *n);
		return false;
	}
	*out = all;
	return true;
}

void
seeds_free(struct seed *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(s[i].data);
	free(s);
}
