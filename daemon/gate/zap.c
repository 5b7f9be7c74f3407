/*
 * SPDX-License-Identifier: MIT
 *
 * zap: the ZAP handler (ZeroMQ RFC 27), the only one who lets anybody in.
 *
 * The domain names the door, the door has one key, the client's key must be
 * that one. The answer's User-Id is the door's name. Everything that is not
 * exactly such a request is refused.
 */
#include "gate.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define FRAMES 7 /* version, id, domain, address, identity, mechanism, key */
#define FRAME_ROOM 64

enum part { VERSION, REQUEST, DOMAIN, ADDRESS, IDENTITY, MECHANISM, KEY };

struct request {
	size_t n; /* frames there were */
	size_t len[FRAMES];
	uint8_t part[FRAMES][FRAME_ROOM]; /* cut */
};

enum err
zap_open(struct gate *g, struct why *why)
{
	const int none = 0;
	size_t size = sizeof g->zap_fd;

	g->zap = zmq_socket(g->ctx, ZMQ_REP);
	if (g->zap == NULL)
		return why_set(
		    why, ERR_IO, "ZAP socket: %s", zmq_strerror(zmq_errno()));
	if (zmq_setsockopt(g->zap, ZMQ_LINGER, &none, sizeof none) != 0 ||
	    (!evil_skips_zap(g) && zmq_bind(g->zap, ZAP_ENDPOINT) != 0) ||
	    zmq_getsockopt(g->zap, ZMQ_FD, &g->zap_fd, &size) != 0)
		return why_set(
		    why, ERR_IO, "ZAP handler: %s", zmq_strerror(zmq_errno()));
	return gate_watch(g, g->zap_fd, GATE_TAG_ZAP, 0, why);
}

/* False when there is no request. */
static bool
receive(struct gate *g, struct request *r)
{
	int more = 1;
	size_t size = sizeof more;

	memset(r, 0, sizeof *r);
	while (more) {
		uint8_t frame[FRAME_ROOM];
		int n = zmq_recv(g->zap, frame, sizeof frame, ZMQ_DONTWAIT);

		if (n < 0)
			return false;
		if (r->n < FRAMES) {
			/* n is the whole size, also of what was cut */
			r->len[r->n] = (size_t)n;
			memcpy(r->part[r->n], frame,
			    (size_t)n < sizeof frame ? (size_t)n :
						       sizeof frame);
		}
		r->n++;
		if (zmq_getsockopt(g->zap, ZMQ_RCVMORE, &more, &size) != 0) {
			g->failed = true;
			return false;
		}
	}
	return true;
}

static bool
part_is(const struct request *r, enum part p, const char *text)
{
	size_t len = strlen(text);

	return r->len[p] == len && memcmp(r->part[p], text, len) == 0;
}

/* The door that this request may enter; NULL refuses. */
static struct door *
judge(struct gate *g, const struct request *r)
{
	struct door *d = NULL;

	if (r->n != FRAMES || !part_is(r, VERSION, "1.0") ||
	    !part_is(r, MECHANISM, "CURVE") || r->len[KEY] != GATE_KEY_SIZE)
		return NULL;
	for (unsigned i = 0; i <= g->doors && d == NULL; i++)
		if (part_is(r, DOMAIN, g->door[i].name))
			d = &g->door[i];
	if (d == NULL || d->socket == NULL ||
	    sodium_memcmp(d->key, r->part[KEY], GATE_KEY_SIZE) != 0)
		return NULL;
	return d;
}

static void
answer(struct gate *g, const struct request *r, const char *status,
    const char *text, const char *user)
{
	size_t id_len = r->n > REQUEST && r->len[REQUEST] <= FRAME_ROOM ?
	    r->len[REQUEST] :
	    0;
	const int flags = ZMQ_SNDMORE | ZMQ_DONTWAIT;

	if (zmq_send(g->zap, "1.0", 3, flags) < 0 ||
	    zmq_send(g->zap, r->part[REQUEST], id_len, flags) < 0 ||
	    zmq_send(g->zap, status, 3, flags) < 0 ||
	    zmq_send(g->zap, text, strlen(text), flags) < 0 ||
	    zmq_send(g->zap, user, strlen(user), flags) < 0 ||
	    zmq_send(g->zap, "", 0, ZMQ_DONTWAIT) < 0)
		g->failed = true;
}

void
zap_serve(struct gate *g)
{
	struct request r;

	while (!g->failed && receive(g, &r)) {
		struct door *d = judge(g, &r);

		if (d == NULL) {
			g->zap_refused++;
			answer(g, &r, "400", "refused", "");
		} else if (!keep_may_enter(d)) {
			answer(g, &r, "300", "try again", "");
		} else {
			/* Before the answer: after it a pipe may be live. */
			keep_contest(g, d);
			answer(g, &r, "200", "OK", evil_user(g, d->name));
		}
	}
}
