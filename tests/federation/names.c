/*
 * SPDX-License-Identifier: MIT
 *
 * names: paths in a federation, its nodes and their seats by name. What is
 * not there is answered with what there is.
 */
#include "inner.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
inner_path(const struct fed *f, char out[FED_PATH], const char *fmt, ...)
{
	int n = snprintf(out, FED_PATH, "%s/", f->folder);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(out + n, (size_t)(FED_PATH - n), fmt, ap);
	va_end(ap);
}

void
inner_file_name(char *out, size_t room, const char *node)
{
	(void)snprintf(out, room, "%s", node);
	for (; *out != '\0'; out++)
		if (*out == '/')
			*out = '_';
}

const char *
fed_folder(const struct fed *f)
{
	return f->folder;
}

const char *
fed_build(const struct fed *f)
{
	return f->build;
}

const char *
fed_path(struct fed *f, const char *path)
{
	const char *out = arena_printf(f->arena, "%s/%s", f->folder, path);

	return out != NULL ? out : "";
}

/* --------------------------------------------------------- nodes and seats */

void
inner_list(char *list, size_t room, const char *name)
{
	size_t len = strlen(list);

	/* Room is left for the dots, which stand once. */
	if (len + 1 + strlen(name) + 4 < room)
		(void)snprintf(list + len, room - len, " %s", name);
	else if (len >= 4 && strcmp(list + len - 4, " ...") != 0)
		(void)snprintf(list + len, room - len, " ...");
}

static int
is_card(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot != NULL && strcmp(dot, ".card") == 0;
}

/* Every node that was made, from the names of the cards. */
static void
list_nodes(const struct fed *f, char *all, size_t room)
{
	char path[FED_PATH];
	struct dirent **list;
	int n;

	inner_path(f, path, "nodes");
	n = scandir(path, &list, is_card, alphasort);
	all[0] = '\0';
	for (int i = 0; i < n; i++) {
		*strrchr(list[i]->d_name, '.') = '\0';
		for (char *c = list[i]->d_name; *c != '\0'; c++)
			if (*c == '_')
				*c = '/';
		inner_list(all, room, list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

enum err
inner_node(const struct fed *f, const char *node, struct why *why)
{
	char name[100], path[FED_PATH], all[300];

	inner_file_name(name, sizeof name, node);
	inner_path(f, path, "nodes/%s.card", name);
	if (strlen(node) < sizeof name && strchr(node, '_') == NULL &&
	    access(path, F_OK) == 0)
		return ERR_OK;
	list_nodes(f, all, sizeof all);
	return why_set(why, ERR_NOT_FOUND,
	    "node: found \"%s\", expected one that was made:%s", node, all);
}

static int
is_seat(const struct dirent *e)
{
	return strncmp(e->d_name, "seat-", 5) == 0;
}

/* How many seats a node has, which, and the name of the last. */
static int
list_seats(const struct fed *f, const char *node, char seat[40], char *all,
    size_t room)
{
	char name[100], path[FED_PATH], one[150];
	struct dirent **list;
	int n;

	inner_file_name(name, sizeof name, node);
	inner_path(f, path, "nodes/%s", name);
	n = scandir(path, &list, is_seat, alphasort);
	all[0] = '\0';
	for (int i = 0; i < n; i++) {
		(void)snprintf(seat, 40, "%.39s", list[i]->d_name + 5);
		(void)snprintf(one, sizeof one, "%s:%s", node, seat);
		inner_list(all, room, one);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return n;
}

enum err
inner_seat(const struct fed *f, const char *text, char node[100], char seat[40],
    struct why *why)
{
	const char *colon = strchr(text, ':');
	char name[100], path[FED_PATH], all[300];
	enum err e;
	int n;

	if (strlen(text) >= 100 || (colon != NULL && strlen(colon + 1) >= 40))
		return why_set(why, ERR_INVALID,
		    "seat: found %zu characters, expected NODE:SEAT",
		    strlen(text));
	(void)snprintf(node, 100, "%s", text);
	if (colon != NULL)
		node[colon - text] = '\0';
	e = inner_node(f, node, why);
	if (e != ERR_OK)
		return e;
	n = list_seats(f, node, seat, all, sizeof all);
	if (colon == NULL && n == 1)
		return ERR_OK;
	(void)snprintf(seat, 40, "%s", colon != NULL ? colon + 1 : "");
	inner_file_name(name, sizeof name, node);
	inner_path(f, path, "nodes/%s/seat-%s", name, seat);
	if (seat[0] != '\0' && access(path, F_OK) == 0)
		return ERR_OK;
	return why_set(why, ERR_NOT_FOUND,
	    "seat: found \"%s\", expected one of%s", text,
	    n > 0 ? all : " its node's seats, but it has none");
}

enum err
fed_home(struct fed *f, const char *seat, const char **home, struct why *why)
{
	char node[100], name[100], of[40];
	enum err e = inner_seat(f, seat, node, of, why);

	if (e != ERR_OK)
		return e;
	inner_file_name(name, sizeof name, node);
	*home = arena_printf(
	    f->arena, "%s/nodes/%s/seat-%s", f->folder, name, of);
	return *home != NULL ? ERR_OK : why_set(why, ERR_NOMEM, "no memory");
}
