/*
 * SPDX-License-Identifier: MIT
 *
 * admit: what passes through the admin socket: nodes are admitted, seats
 * learn whom to reach and what to trust.
 */
#include "inner.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/common/slurp.h"

#define ANSWER_MAX (64u * 1024 * 1024)
#define CARD_MAX (1024u * 1024)

/* ------------------------------------------------------------ admin socket */

static int
dial(const struct fed *f, struct why *why)
{
	struct timeval patience = { FED_PATIENCE_MS / 1000, 0 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(
	    a.sun_path, sizeof a.sun_path, "%.90s/run/admin.sock", f->folder);
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	why_errno(why, ERR_CLOSED, "%s: the daemon does not serve", a.sun_path);
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* All that comes until the other side closes; NULL on an error. */
static char *
read_all(int fd, size_t *len)
{
	size_t room = 16384;
	char *text = malloc(room);
	ssize_t n;

	*len = 0;
	while (text != NULL && *len < ANSWER_MAX &&
	    (n = recv(fd, text + *len, room - *len, 0)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			return NULL;
		}
		*len += (size_t)n;
		if (*len == room) {
			char *more = realloc(text, room *= 2);

			if (more == NULL)
				free(text);
			text = more;
		}
	}
	return text;
}

json_t *
fed_admin(struct fed *f, json_t *request, struct why *why)
{
	char *out = json_dumps(request, JSON_COMPACT), *in = NULL;
	json_t *answer = NULL;
	size_t len;
	int fd = dial(f, why);

	json_decref(request);
	if (fd >= 0 && out != NULL &&
	    send(fd, out, strlen(out), MSG_NOSIGNAL) == (ssize_t)strlen(out) &&
	    send(fd, "\n", 1, MSG_NOSIGNAL) == 1)
		in = read_all(fd, &len);
	if (in != NULL)
		answer = json_loadb(in, len, 0, NULL);
	if (fd >= 0 && answer == NULL)
		why_set(why, ERR_CLOSED,
		    "the daemon's admin socket gave no "
		    "answer");
	if (fd >= 0)
		(void)close(fd);
	free(out);
	free(in);
	return answer;
}

static enum err
check_answer(json_t *answer, const char *what, struct why *why)
{
	const char *text = json_string_value(json_object_get(answer, "why"));

	if (answer == NULL)
		return ERR_CLOSED;
	if (json_is_true(json_object_get(answer, "ok")))
		return ERR_OK;
	return why_set(why, ERR_DENIED, "%s was refused: %s", what,
	    text != NULL ? text : "no reason given");
}

/* --------------------------------------------------------------- admission */

enum err
admit_object(struct fed *f, struct bytes object, struct why *why)
{
	char *text = malloc(base64_size(object.len));
	json_t *answer;
	enum err e;

	if (text == NULL)
		return why_set(why, ERR_NOMEM, "no memory to admit");
	base64_encode(text, object);
	answer = fed_admin(f,
	    json_pack("{s:s, s:s}", "command", "admit", "object", text), why);
	free(text);
	e = check_answer(answer, "an approved object", why);
	json_decref(answer);
	return e;
}

static enum err
admit_file(struct fed *f, const char *path, struct why *why)
{
	struct bytes card;
	struct arena *a;
	enum err e;

	if (arena_new(&a, CARD_MAX) != ERR_OK)
		return why_set(why, ERR_NOMEM, "no memory to admit");
	e = slurp(a, path, CARD_MAX / 2, &card, why);
	if (e == ERR_OK)
		e = admit_object(f, card, why);
	arena_free(a);
	return e;
}

/* seat.json of one door, in the folder of its node. */
static enum err
write_seat(struct fed *f, json_t *server, json_t *door, struct why *why)
{
	static const char *const copied[] = { "origin", "vkey", "curve", "box",
		"custodian", "anchor" };
	const char *node = json_string_value(json_object_get(door, "node"));
	const char *seat = json_string_value(json_object_get(door, "seat"));
	char name[100], path[FED_PATH], endpoint[64], *text;
	json_t *o;
	enum err e;

	if (node == NULL || seat == NULL)
		return why_set(why, ERR_INVALID, "a door without a seat");
	inner_file_name(name, sizeof name, node);
	inner_path(f, path, "nodes/%s/seat-%s/seat.json", name, seat);
	if (access(path, F_OK) == 0)
		return ERR_OK;
	(void)snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%lld",
	    (long long)json_integer_value(json_object_get(door, "port")));
	o = json_pack("{s:s, s:s, s:[s]}", "node", node, "seat", seat,
	    "endpoint", endpoint);
	for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
		(void)json_object_set(
		    o, copied[i], json_object_get(server, copied[i]));
	text = json_dumps(o, JSON_INDENT(1));
	e = text == NULL ? ERR_NOMEM :
			   inner_write(path, bytes_str(text), 0600, why);
	free(text);
	json_decref(o);
	return e;
}

static enum err
connect_all(struct fed *f, struct why *why)
{
	json_t *server = fed_admin(
	    f, json_pack("{s:s}", "command", "server"), why);
	json_t *doors = json_object_get(server, "doors"), *d;
	enum err e = check_answer(server, "the question for doors", why);
	char path[FED_PATH];
	size_t i;

	json_array_foreach(doors, i, d) {
		if (e == ERR_OK)
			e = write_seat(f, server, d, why);
	}
	inner_path(f, path, "server.json");
	if (e == ERR_OK && json_dump_file(server, path, JSON_INDENT(1)) != 0)
		e = why_errno(why, ERR_IO, "%s", path);
	json_decref(server);
	return e;
}

static int
is_card(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot != NULL && strcmp(dot, ".card") == 0;
}

/* In the order of their names, so that doors are the same each time. */
enum err
admit_all(struct fed *f, struct why *why)
{
	char path[FED_PATH], mark[FED_PATH];
	struct dirent **list;
	enum err e = ERR_OK;
	bool any = false;
	int n;

	inner_path(f, path, "nodes");
	n = scandir(path, &list, is_card, alphasort);
	if (n < 0)
		return why_errno(why, ERR_IO, "%s", path);
	for (int i = 0; i < n; i++) {
		inner_path(f, path, "nodes/%s", list[i]->d_name);
		inner_path(f, mark, "nodes/%s.admitted", list[i]->d_name);
		if (e == ERR_OK && access(mark, F_OK) != 0) {
			any = true;
			e = admit_file(f, path, why);
			if (e == ERR_OK)
				e = inner_write(
				    mark, bytes_of(NULL, 0), 0600, why);
		}
		free(list[i]);
	}
	free(list);
	return e == ERR_OK && any ? connect_all(f, why) : e;
}

enum err
fed_node(struct fed *f, const struct fed_node *n, struct why *why)
{
	char path[FED_PATH];
	enum err e = make_node(f, n, why);
	pid_t ignored;

	inner_path(f, path, "run/admin.sock");
	if (e != ERR_OK || fed_pid(f, "launcher", &ignored, NULL) != ERR_OK)
		return e;
	return admit_all(f, why);
}

enum err
fed_suspend(struct fed *f, const char *node, struct why *why)
{
	struct bytes object;
	struct arena *a;
	enum err e;

	if (arena_new(&a, CARD_MAX) != ERR_OK)
		return why_set(why, ERR_NOMEM, "no memory to suspend");
	e = make_suspension(f, a, node, &object, why);
	if (e == ERR_OK)
		e = admit_object(f, object, why);
	arena_free(a);
	return e;
}

/* -------------------------------------------------------------------- port */

enum err
admit_port(struct fed *f, const char *seat, unsigned change_to, unsigned *port,
    struct why *why)
{
	const char *home, *endpoint;
	char path[FED_PATH], text[64];
	json_t *o;
	enum err e = fed_home(f, seat, &home, why);

	if (e != ERR_OK)
		return e;
	(void)snprintf(path, sizeof path, "%s/seat.json", home);
	o = json_load_file(path, 0, NULL);
	endpoint = json_string_value(
	    json_array_get(json_object_get(o, "endpoint"), 0));
	if (endpoint == NULL ||
	    sscanf(endpoint, "tcp://127.0.0.1:%u", port) != 1)
		e = why_set(why, ERR_NOT_FOUND,
		    "%s: found no door in it: is the daemon running, and the "
		    "node admitted?",
		    path);
	if (e == ERR_OK && change_to != 0) {
		(void)snprintf(
		    text, sizeof text, "tcp://127.0.0.1:%u", change_to);
		(void)json_object_set_new(
		    o, "endpoint", json_pack("[s]", text));
		if (json_dump_file(o, path, JSON_INDENT(1)) != 0)
			e = why_errno(why, ERR_IO, "%s", path);
	}
	json_decref(o);
	return e;
}
