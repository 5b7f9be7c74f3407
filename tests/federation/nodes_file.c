/*
 * SPDX-License-Identifier: MIT
 *
 * nodes_file: see nodes_file.h.
 */
#include "nodes_file.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1024u * 1024)
#define FIELDS 5

static char *
trim(char *s)
{
	char *end = s + strlen(s);

	while (end > s && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return s + strspn(s, " \t");
}

static enum err
read_line(struct nodes_file *n, char *line, const char *path, unsigned number,
    struct why *why)
{
	char *field[FIELDS], *rest = line;
	struct fed_node *more;
	size_t k = 0;

	while (k < FIELDS && rest != NULL)
		field[k++] = trim(strsep(&rest, "|"));
	if (k < FIELDS || rest != NULL)
		return why_set(why, ERR_INVALID,
		    "%s:%u: found %zu%s fields, expected NODE | display name | "
		    "kind of key | seats | roles",
		    path, number, k, rest != NULL ? " or more" : "");
	more = realloc(n->node, (n->n + 1) * sizeof *more);
	if (more == NULL)
		return why_set(why, ERR_NOMEM, "no memory for nodes");
	n->node = more;
	n->node[n->n++] = (struct fed_node){ field[0], field[3], field[4],
		field[1][0] != '\0' ? field[1] : NULL,
		field[2][0] != '\0' ? field[2] : NULL };
	return ERR_OK;
}

enum err
nodes_file_read(struct nodes_file *n, const char *path, struct why *why)
{
	char *rest, *line;
	unsigned number = 0;
	FILE *f = fopen(path, "re");
	size_t len;
	enum err e = ERR_OK;

	if (f == NULL)
		return why_errno(why, ERR_IO, "%s", path);
	*n = (struct nodes_file){ .text = calloc(1, FILE_MAX) };
	if (n->text == NULL) {
		(void)fclose(f);
		return why_set(why, ERR_NOMEM, "no memory for nodes");
	}
	len = fread(n->text, 1, FILE_MAX - 1, f);
	n->text[len] = '\0';
	(void)fclose(f);
	rest = n->text;
	while (e == ERR_OK && (line = strsep(&rest, "\n")) != NULL) {
		number++;
		line = trim(line);
		if (line[0] != '\0' && line[0] != '#')
			e = read_line(n, line, path, number, why);
	}
	if (e == ERR_OK && n->n == 0)
		e = why_set(why, ERR_INVALID,
		    "%s: found no node, expected at least one", path);
	return e;
}

void
nodes_file_free(struct nodes_file *n)
{
	free(n->node);
	free(n->text);
}
