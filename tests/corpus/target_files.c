/*
 * SPDX-License-Identifier: MIT
 *
 * target_files: targets of what an operator writes, and of the streams of
 * link and admin socket. See parsers.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/common/config.h"
#include "daemon/common/link.h"
#include "daemon/core/admin_request.h"
#include "daemon/core/admin_socket.h"
#include "daemon/law/casebook.h"
#include "daemon/law/invariants.h"
#include "tests/common/little_table.h"
#include "proto/digest.h"
#include "target.h"

/* Refused if anything was found wrong, also when there is a result. */
static int
answer_of(const void *loaded, struct problems *p)
{
	int answer = loaded != NULL && p->count == 0 ? 0 : 1;

	problems_free(p);
	return answer;
}

int
target_yaml(const uint8_t *data, size_t len)
{
	struct problems p = { 0 };
	struct arena *a;
	int answer;

	if (arena_new(&a, YAML_ARENA) != ERR_OK)
		return TARGET_NOMEM;
	answer = answer_of(
	    yaml_parse(a, "file.yaml", bytes_of(data, len), &p), &p);
	arena_free(a);
	return answer;
}

int
target_rules(const uint8_t *data, size_t len)
{
	struct problems p = { 0 };
	struct rules *r = rules_load("rules.yaml", bytes_of(data, len), &p);
	int answer = answer_of(r, &p);

	rules_free(r);
	return answer;
}

int
target_casebook(const uint8_t *data, size_t len)
{
	struct problems p = { 0 };
	struct casebook *b;
	int answer;

	if (casebook_new(&b) != ERR_OK)
		return TARGET_NOMEM;
	(void)casebook_read(b, "cases.yaml", bytes_of(data, len), &p);
	answer = answer_of(b, &p);
	casebook_free(b);
	return answer;
}

/* Whichever table it was written for, it is read against a little one. */
int
target_invariants(const uint8_t *data, size_t len)
{
	struct problems p = { 0 };
	struct rules *r = rules_load(
	    "little_table", bytes_str(little_table), &p);
	struct invariants *i;
	int answer;

	if (r == NULL)
		return TARGET_NOMEM;
	i = invariants_load("invariants.yaml", bytes_of(data, len), r, &p);
	answer = answer_of(i, &p);
	invariants_free(i);
	rules_free(r);
	return answer;
}

int
target_places(const uint8_t *data, size_t len)
{
	struct problems p = { 0 };
	struct places *l = places_load("places.yaml", bytes_of(data, len), &p);
	int answer = answer_of(l, &p);

	places_free(l);
	return answer;
}

int
target_workflow(const uint8_t *data, size_t len)
{
	struct problems p = { 0 };
	struct workflow *w = workflow_load(
	    "workflow.yaml", bytes_of(data, len), &p);
	int answer = answer_of(w, &p);

	workflow_free(w);
	return answer;
}

int
target_kommune(const uint8_t *data, size_t len)
{
	struct problems p = { 0 };
	struct kommuner *k = kommuner_new();
	int answer;

	if (k == NULL)
		return TARGET_NOMEM;
	if (!kommuner_read(k, "kommune.yaml", bytes_of(data, len), &p) &&
	    p.count == 0)
		abort();
	answer = answer_of(k, &p);
	kommuner_free(k);
	return answer;
}

int
target_config(const uint8_t *data, size_t len)
{
	struct problems p = { 0 };
	int fd = memfd_create("config", MFD_CLOEXEC), answer;
	struct config *c;
	char path[64];

	if (fd < 0 || write(fd, data, len) != (ssize_t)len) {
		if (fd >= 0)
			(void)close(fd);
		return TARGET_NOMEM;
	}
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	c = config_load(path, &p);
	answer = answer_of(c, &p);
	config_free(c);
	(void)close(fd);
	return answer;
}

int
target_law(const uint8_t *data, size_t len)
{
	struct law_text item[PIECES_MAX];
	struct bytes rest = bytes_of(data, len);
	struct problems p = { 0 };
	struct law *law;
	size_t n = 0;
	int answer;

	while (rest.len > 0 && n < PIECES_MAX) {
		struct bytes name = pieces_take(&rest);
		struct law_text *t = &item[n++];

		memset(t, 0, sizeof *t);
		if (name.len >= sizeof t->name)
			name.len = sizeof t->name - 1;
		if (name.len > 0)
			memcpy(t->name, name.data, name.len);
		t->text = pieces_take(&rest);
		t->sha256 = digest_of(&t->text, 1);
	}
	law = law_from_texts(item, n, &p);
	answer = answer_of(law, &p);
	law_unref(law);
	return answer;
}

/* ----------------------------------------------------------------- streams */

/* Writes what the socket takes; shuts it when all is written. */
static void
feed(int fd, struct bytes *in)
{
	ssize_t n = in->len == 0 ?
	    0 :
	    send(fd, in->data, in->len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		*in = bytes_of(in->data + n, in->len - (size_t)n);
	if (in->len == 0)
		(void)shutdown(fd, SHUT_WR);
}

/* Every whole frame; false if an event among them cannot be split. */
static bool
drain(struct link *l)
{
	uint32_t door, of, connection;
	struct bytes frame, more;
	enum link_event e;

	while (link_next(l, &door, &frame))
		if (door == 0 &&
		    link_event_parse(frame, &e, &of, &connection, &more) !=
			ERR_OK)
			return false;
	return true;
}

/* ERR_CLOSED, the end of the stream, is what a good one comes to. */
int
target_link(const uint8_t *data, size_t len)
{
	struct bytes in = bytes_of(data, len);
	struct link *l;
	enum err e;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		return TARGET_NOMEM;
	if (link_new(&l, fd[0]) != ERR_OK) {
		(void)close(fd[1]);
		return TARGET_NOMEM;
	}
	do {
		feed(fd[1], &in);
		e = link_fill(l);
		if (!drain(l))
			e = ERR_INVALID;
	} while (e == ERR_OK);
	link_free(l);
	(void)close(fd[1]);
	return e == ERR_CLOSED ? 0 : (int)e;
}

int
target_link_event(const uint8_t *data, size_t len)
{
	enum link_event e;
	uint32_t door, connection;
	struct bytes more;

	return (int)link_event_parse(
	    bytes_of(data, len), &e, &door, &connection, &more);
}

int
target_admin_line(const uint8_t *data, size_t len)
{
	struct bytes in = bytes_of(data, len);
	struct admin_socket s;
	bool asked = false;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		fd) != 0)
		return TARGET_NOMEM;
	admin_socket_init(&s, -1);
	s.conn[0] = (struct admin_conn){
		.fd = fd[0], .number = 1, .line = malloc(ADMIN_LINE_MAX)
	};
	while (s.conn[0].line != NULL && s.conn[0].fd >= 0 && !asked) {
		feed(fd[1], &in);
		asked = admin_socket_read(&s, 0);
	}
	admin_socket_close(&s, 0);
	(void)close(fd[1]);
	return asked ? 0 : 1;
}

int
target_admin_request(const uint8_t *data, size_t len)
{
	json_t *request = admin_request(bytes_of(data, len), NULL);

	json_decref(request);
	return request != NULL ? 0 : 1;
}
