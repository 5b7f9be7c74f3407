/*
 * SPDX-License-Identifier: MIT
 *
 * selftest: before anybody is served, prove that the doors are locked.
 *
 * libzmq fails open in more than one way when authentication is set up
 * wrongly, so we do not trust that it is right: a private door, in the same
 * context, opened by the same function and judged by the same handler as the
 * real ones, must refuse a throw-away key and let the right one in.
 */
#include "gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#define PATIENCE_MS 5000 /* takes some 20 ms */
#define POLL_MS 50
#define WORD_SIZE 16

struct client {
	void *socket;
	uint8_t public[GATE_KEY_SIZE], secret[GATE_KEY_SIZE];
	uint8_t word[WORD_SIZE]; /* what it says */
};

/* A listener on loopback at a port of the kernel's choice. */
static enum err
make_listener(struct door *d, unsigned *port, struct why *why)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return why_errno(why, ERR_IO, "self-test: socket");
	if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 ||
	    listen(fd, 2) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
		close(fd);
		return why_errno(why, ERR_IO, "self-test: loopback listener");
	}
	d->listener = fd;
	*port = ntohs(a.sin_port);
	return ERR_OK;
}

static enum err
client_connect(struct gate *g, struct client *c, unsigned port, struct why *why)
{
	const int none = 0, never = -1;
	uint8_t server[GATE_KEY_SIZE];
	char address[32];

	crypto_scalarmult_base(server, g->secret);
	snprintf(address, sizeof address, "tcp://127.0.0.1:%u", port);
	c->socket = zmq_socket(g->ctx, ZMQ_DEALER);
	if (c->socket != NULL &&
	    zmq_setsockopt(c->socket, ZMQ_LINGER, &none, sizeof none) == 0 &&
	    zmq_setsockopt(
		c->socket, ZMQ_RECONNECT_IVL, &never, sizeof never) == 0 &&
	    zmq_setsockopt(
		c->socket, ZMQ_CURVE_SERVERKEY, server, sizeof server) == 0 &&
	    zmq_setsockopt(c->socket, ZMQ_CURVE_PUBLICKEY, c->public,
		sizeof c->public) == 0 &&
	    zmq_setsockopt(c->socket, ZMQ_CURVE_SECRETKEY, c->secret,
		sizeof c->secret) == 0 &&
	    zmq_connect(c->socket, address) == 0 &&
	    zmq_send(c->socket, c->word, sizeof c->word, ZMQ_DONTWAIT) >= 0)
		return ERR_OK;
	return why_set(
	    why, ERR_IO, "self-test: client: %s", zmq_strerror(zmq_errno()));
}

/* Reads what has come through; ERR_DENIED if it is not right's word. */
static enum err
read_door(
    struct door *d, const struct client *right, bool *heard, struct why *why)
{
	for (;;) {
		bool is_right;
		zmq_msg_t m;

		zmq_msg_init(&m);
		if (zmq_msg_recv(&m, d->socket, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(&m);
			return ERR_OK;
		}
		is_right = zmq_msg_size(&m) == WORD_SIZE &&
		    memcmp(zmq_msg_data(&m), right->word, WORD_SIZE) == 0 &&
		    door_is_identified(d, &m);
		zmq_msg_close(&m);
		if (!is_right)
			return why_set(why, ERR_DENIED,
			    "self-test: what came through was not of the right "
			    "key and the door's name");
		*heard = true;
	}
}

static enum err
watch_clients(struct gate *g, const struct client *right, struct why *why)
{
	struct door *d = &g->door[0];
	zmq_pollitem_t item[] = {
		{ .socket = d->socket, .events = ZMQ_POLLIN },
		{ .socket = g->zap, .events = ZMQ_POLLIN },
	};
	uint64_t end = gate_clock_ms() + PATIENCE_MS;
	bool heard = false;
	enum err e;

	while (gate_clock_ms() < end) {
		if (zmq_poll(item, 2, POLL_MS) < 0)
			return why_set(why, ERR_IO, "self-test: poll: %s",
			    zmq_strerror(zmq_errno()));
		zap_serve(g);
		e = read_door(d, right, &heard, why);
		if (e != ERR_OK)
			return e;
		if (heard && g->zap_refused > 0)
			return ERR_OK;
	}
	return why_set(why, ERR_DENIED, "self-test: within %d ms %s",
	    PATIENCE_MS,
	    heard ? "nobody refused a throw-away key" :
		    "the right key was not let in");
}

enum err
selftest_run(struct gate *g, struct why *why)
{
	struct client right = { .socket = NULL }, wrong = { .socket = NULL };
	struct door *d = &g->door[0];
	unsigned port = 0;
	enum err e;

	crypto_box_keypair(right.public, right.secret);
	crypto_box_keypair(wrong.public, wrong.secret);
	randombytes_buf(right.word, sizeof right.word);
	randombytes_buf(wrong.word, sizeof wrong.word);
	e = make_listener(d, &port, why);
	if (e == ERR_OK)
		e = door_place(g, d, why);
	if (e == ERR_OK)
		e = door_open(g, d, right.public, why);
	if (e == ERR_OK)
		e = client_connect(g, &wrong, port, why);
	if (e == ERR_OK)
		e = client_connect(g, &right, port, why);
	if (e == ERR_OK)
		e = watch_clients(g, &right, why);
	if (wrong.socket != NULL)
		zmq_close(wrong.socket);
	if (right.socket != NULL)
		zmq_close(right.socket);
	door_close(g, d);
	if (d->listener >= 0)
		close(d->listener);
	d->listener = -1;
	g->at_port[port] = NULL;
	g->zap_refused = 0;
	sodium_memzero(&right, sizeof right);
	sodium_memzero(&wrong, sizeof wrong);
	return e;
}
