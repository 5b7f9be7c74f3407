/*
 * SPDX-License-Identifier: MIT
 *
 * door: one DEALER on one listener, for one key. Only here are the options
 * of a socket that faces the network set, for real doors and for the
 * self-test's alike. Reading refuses what is not one frame of the seat;
 * sending never blocks and never reports more than "queued".
 */
#include "gate.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

/*
 * The header keeps this option among the drafts, the library has it always:
 * without it a missing ZAP handler lets everybody in.
 */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

#define CURVE_OVERHEAD 33 /* MESSAGE, nonce, flags and mac of a frame */
#define RECEIVE_HWM 16	  /* 8 MiB of the largest frames at worst */
#define SEND_HWM 2048	  /* two commits' worth of receipts */
#define HANDSHAKE_MS 2000
#define HEARTBEAT_MS 2000
#define HEARTBEAT_TIMEOUT_MS 6000
#define HELD_MAX (2u * 1024 * 1024)
#define HELD_START (16 * 1024)

struct int_option {
	int option, value;
	const char *name;
};

static enum err
set_option(void *socket, int option, const void *value, size_t size,
    const char *name, struct why *why)
{
	if (zmq_setsockopt(socket, option, value, size) == 0)
		return ERR_OK;
	return why_set(why, ERR_IO, "%s: %s", name, zmq_strerror(zmq_errno()));
}

static enum err
set_options(void *socket, const struct gate *g, const struct door *d, int fd,
    struct why *why)
{
	const struct int_option list[] = {
		{ ZMQ_LINGER, 0, "LINGER" },
		{ ZMQ_CURVE_SERVER, 1, "CURVE_SERVER" },
		{ ZMQ_ZAP_ENFORCE_DOMAIN, 1, "ZAP_ENFORCE_DOMAIN" },
		{ ZMQ_RCVHWM, RECEIVE_HWM, "RCVHWM" },
		{ ZMQ_SNDHWM, SEND_HWM, "SNDHWM" },
		{ ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS, "HANDSHAKE_IVL" },
		{ ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS, "HEARTBEAT_IVL" },
		{ ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS,
		    "HEARTBEAT_TIMEOUT" },
		{ ZMQ_USE_FD, fd, "USE_FD" },
	};
	const int64_t largest = FRAME_MAX + CURVE_OVERHEAD;
	enum err e;

	e = set_option(socket, ZMQ_CURVE_SECRETKEY, g->secret, sizeof g->secret,
	    "CURVE_SECRETKEY", why);
	if (e == ERR_OK)
		e = set_option(socket, ZMQ_ZAP_DOMAIN, d->name, strlen(d->name),
		    "ZAP_DOMAIN", why);
	if (e == ERR_OK)
		e = set_option(socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest,
		    "MAXMSGSIZE", why);
	for (size_t i = 0; e == ERR_OK && i < sizeof list / sizeof *list; i++)
		e = set_option(socket, list[i].option, &list[i].value,
		    sizeof list[i].value, list[i].name, why);
	return e;
}

/* An enforced domain that reads back wrong would let everybody in. */
static enum err
check_options(void *socket, struct why *why)
{
	char domain[16] = "";
	size_t size = sizeof domain;
	int enforced = 0, mechanism = 0;
	size_t int_size = sizeof enforced;

	if (zmq_getsockopt(socket, ZMQ_ZAP_DOMAIN, domain, &size) == 0 &&
	    zmq_getsockopt(
		socket, ZMQ_ZAP_ENFORCE_DOMAIN, &enforced, &int_size) == 0 &&
	    zmq_getsockopt(socket, ZMQ_MECHANISM, &mechanism, &int_size) == 0 &&
	    domain[0] != '\0' && enforced == 1 && mechanism == ZMQ_CURVE)
		return ERR_OK;
	return why_set(why, ERR_DENIED,
	    "found ZAP domain \"%.15s\", enforced "
	    "%d, mechanism %d; expected a domain, 1 and CURVE",
	    domain, enforced, mechanism);
}

enum err
door_place(struct gate *g, struct door *d, struct why *why)
{
	struct sockaddr_in6 a; /* the port stands at the same place in both */
	socklen_t len = sizeof a;
	int on = 0, flags = fcntl(d->listener, F_GETFL);
	socklen_t on_len = sizeof on;

	if (getsockname(d->listener, (struct sockaddr *)&a, &len) != 0 ||
	    getsockopt(d->listener, SOL_SOCKET, SO_ACCEPTCONN, &on, &on_len) !=
		0)
		return why_errno(
		    why, ERR_IO, "descriptor %d of %s", d->listener, d->name);
	if (!on || (a.sin6_family != AF_INET && a.sin6_family != AF_INET6))
		return why_set(why, ERR_INVALID,
		    "descriptor %d of %s: "
		    "found no listening TCP socket, expected one",
		    d->listener, d->name);
	/* A blocking accept would stop libzmq's I/O thread for every door. */
	if (flags < 0 || fcntl(d->listener, F_SETFL, flags | O_NONBLOCK) != 0)
		return why_errno(why, ERR_IO, "fcntl of %s", d->name);
	g->at_port[ntohs(a.sin6_port)] = d;
	return ERR_OK;
}

static enum err
watch_door(struct gate *g, struct door *d, struct why *why)
{
	size_t size = sizeof d->fd;

	if (zmq_getsockopt(d->socket, ZMQ_FD, &d->fd, &size) != 0)
		return why_set(
		    why, ERR_IO, "ZMQ_FD: %s", zmq_strerror(zmq_errno()));
	return gate_watch(g, d->fd, GATE_TAG_DOOR, d->number, why);
}

enum err
door_open(struct gate *g, struct door *d, const uint8_t key[GATE_KEY_SIZE],
    struct why *why)
{
	enum err e;
	int fd;

	/* libzmq closes what it is given; the door may be opened again. */
	fd = fcntl(d->listener, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return why_errno(why, ERR_IO, "dup of the listener");
	d->socket = zmq_socket(g->ctx, ZMQ_DEALER);
	if (d->socket == NULL) {
		close(fd);
		return why_set(
		    why, ERR_IO, "socket: %s", zmq_strerror(zmq_errno()));
	}
	memcpy(d->key, key, sizeof d->key);
	e = set_options(d->socket, g, d, fd, why);
	if (e == ERR_OK)
		e = check_options(d->socket, why);
	/* The address is not used: USE_FD is. */
	if (e == ERR_OK && zmq_bind(d->socket, "tcp://127.0.0.1:*") != 0)
		e = why_set(why, ERR_IO, "bind: %s", zmq_strerror(zmq_errno()));
	if (e != ERR_OK) {
		close(fd);
		door_close(g, d);
		return e;
	}
	d->state = DOOR_SHUT;
	e = watch_door(g, d, why);
	if (e != ERR_OK)
		door_close(g, d);
	else
		gate_ready(g, d);
	return e;
}

void
door_close(struct gate *g, struct door *d)
{
	if (d->socket == NULL)
		return;
	if (d->fd >= 0)
		gate_unwatch(g, d->fd);
	while (d->first >= 0) {
		conn_shut(g, &g->conn[d->first]);
		conn_forget(g, &g->conn[d->first]);
	}
	zmq_close(d->socket);
	d->socket = NULL;
	d->fd = -1;
	d->state = DOOR_UNUSED;
	d->keep = d->source = 0;
	d->wants_sweep = false;
	d->barrier = 0;
	door_drop_held(d);
	memset(d->key, 0, sizeof d->key);
}

void
door_poll(struct door *d)
{
	int events;
	size_t size = sizeof events;

	(void)zmq_getsockopt(d->socket, ZMQ_EVENTS, &events, &size);
}

/* ---------------------------------------------------------------- reading */

bool
door_is_identified(const struct door *d, void *message)
{
	const char *user = zmq_msg_gets(message, "User-Id");

	return user != NULL && strcmp(user, d->name) == 0;
}

static void
take_frame(struct gate *g, struct door *d, zmq_msg_t *m)
{
	struct conn *c = conn_of_frame(g, d, zmq_msg_get(m, ZMQ_SRCFD));
	size_t size = zmq_msg_size(m);

	if (c == NULL || c->shut)
		return;
	if (!door_is_identified(d, m)) {
		gate_alarm(g, d, c->id, LINK_ALARM_IDENTITY);
		conn_shut(g, c);
	} else if (zmq_msg_more(m)) {
		gate_alarm(g, d, c->id, LINK_ALARM_MULTIPART);
		conn_shut(g, c);
	} else if (size > FRAME_MAX) {
		conn_shut(g, c);
	} else {
		c->delivered += size;
		c->progress = true;
		if (d->source != c->id) {
			d->source = c->id;
			gate_event(g, LINK_SOURCE, d, c->id);
		}
		evil_to_core(g, d->number, bytes_of(zmq_msg_data(m), size));
	}
}

/* One whole message; false when there is none. */
static bool
take_message(struct gate *g, struct door *d)
{
	bool first = true, more = true;

	while (more) {
		zmq_msg_t m;

		zmq_msg_init(&m);
		if (zmq_msg_recv(&m, d->socket, ZMQ_DONTWAIT) < 0) {
			int error = zmq_errno();

			zmq_msg_close(&m);
			if (error != EAGAIN && error != EINTR)
				g->failed = true;
			return error == EINTR;
		}
		more = zmq_msg_more(&m) != 0;
		if (first)
			take_frame(g, d, &m);
		first = false;
		zmq_msg_close(&m);
	}
	return true;
}

bool
door_drain(struct gate *g, struct door *d, unsigned limit)
{
	while (limit-- > 0)
		if (!take_message(g, d))
			return false;
	return true;
}

/* ---------------------------------------------------------------- sending */

static void
send_now(struct gate *g, struct door *d, struct bytes frame)
{
	/*
	 * EAGAIN drops the frame: the session's counter tells the peer, and
	 * what it has not acknowledged stays in its mailbox.
	 */
	if (zmq_send(d->socket, frame.data, frame.len, ZMQ_DONTWAIT) < 0 &&
	    zmq_errno() != EAGAIN && zmq_errno() != EINTR)
		g->failed = true;
	/* Sending works off commands: a message may wait with no edge. */
	gate_ready(g, d);
}

static void
hold(struct door *d, struct bytes frame)
{
	size_t need = d->held_len + 4 + frame.len, cap = d->held_cap;
	uint8_t *p;

	if (need > HELD_MAX)
		return;
	if (cap == 0)
		cap = HELD_START;
	while (cap < need)
		cap *= 2;
	if (cap != d->held_cap) {
		p = realloc(d->held, cap);
		if (p == NULL)
			return;
		d->held = p;
		d->held_cap = cap;
	}
	put_u32(d->held + d->held_len, (uint32_t)frame.len);
	if (frame.len > 0)
		memcpy(d->held + d->held_len + 4, frame.data, frame.len);
	d->held_len = need;
}

void
door_send(struct gate *g, struct door *d, struct bytes frame)
{
	if (d->state == DOOR_OPEN)
		send_now(g, d, frame);
	else if (d->state == DOOR_CONTESTED || d->state == DOOR_CLEARING)
		hold(d, frame);
}

void
door_send_held(struct gate *g, struct door *d)
{
	for (size_t at = 0; at < d->held_len;) {
		uint32_t len = get_u32(d->held + at);

		send_now(g, d, bytes_of(d->held + at + 4, len));
		at += 4 + len;
	}
	door_drop_held(d);
}

void
door_drop_held(struct door *d)
{
	free(d->held);
	d->held = NULL;
	d->held_len = d->held_cap = 0;
}
