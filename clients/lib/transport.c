/*
 * SPDX-License-Identifier: MIT
 *
 * transport: the only file of the library that knows ZeroMQ. One DEALER
 * socket to the seat's own door; a frame is one message of one part.
 */
#include "transport.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "proto/limits.h"

struct zmq_ctx {
	uint8_t server[32], public[32], secret[32]; /* CURVE */
	void *context, *socket;
	void *monitor;	   /* tells when a connection is there, and gone */
	unsigned reached;  /* sockets so far, to name monitors */
	zmq_msg_t message; /* the frame received last */
};

static void
zmq_leave(void *ctx)
{
	struct zmq_ctx *z = ctx;

	/* In this order: an event to a monitor without a reader would block
	 * the I/O thread, and with it whoever ends the monitor. */
	if (z->socket != NULL)
		(void)zmq_socket_monitor(z->socket, NULL, 0);
	if (z->monitor != NULL)
		zmq_close(z->monitor);
	if (z->socket != NULL)
		zmq_close(z->socket);
	z->socket = z->monitor = NULL;
}

static bool
set_int(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool
set_int64(void *socket, int option, int64_t value)
{
	return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

/*
 * IMMEDIATE: frames wait for a connection here, where they can be taken
 * back, instead of reaching a later session that would not know them. The
 * heartbeat finds a dead peer, LINGER 0 lets a process end at once.
 */
static bool
set_options(void *s, const struct zmq_ctx *z)
{
	return set_int(s, ZMQ_LINGER, 0) && set_int(s, ZMQ_IMMEDIATE, 1) &&
	    set_int(s, ZMQ_IPV6, 1) && set_int(s, ZMQ_SNDHWM, 256) &&
	    set_int(s, ZMQ_RCVHWM, 256) &&
	    set_int64(s, ZMQ_MAXMSGSIZE, FRAME_MAX) &&
	    set_int(s, ZMQ_HEARTBEAT_IVL, 2000) &&
	    set_int(s, ZMQ_HEARTBEAT_TIMEOUT, 6000) &&
	    set_int(s, ZMQ_HANDSHAKE_IVL, 2000) &&
	    set_int(s, ZMQ_RECONNECT_IVL, 100) &&
	    set_int(s, ZMQ_RECONNECT_IVL_MAX, 1000) &&
	    zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, z->server, 32) == 0 &&
	    zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, z->public, 32) == 0 &&
	    zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, z->secret, 32) == 0;
}

/*
 * libzmq reconnects without a word, but a session does not outlive its
 * connection: without this a dead one is noticed only by its silence. And a
 * new one is noticed only by trying to send.
 */
static bool
open_monitor(struct zmq_ctx *z)
{
	char name[32];

	(void)snprintf(name, sizeof name, "inproc://gone-%u", ++z->reached);
	if (zmq_socket_monitor(z->socket, name,
		ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) != 0)
		return false;
	z->monitor = zmq_socket(z->context, ZMQ_PAIR);
	return z->monitor != NULL && set_int(z->monitor, ZMQ_LINGER, 0) &&
	    zmq_connect(z->monitor, name) == 0;
}

/* Has the connection gone since the last call? */
static bool
is_gone(struct zmq_ctx *z)
{
	bool gone = false;
	uint16_t event;
	zmq_msg_t m;

	zmq_msg_init(&m);
	while (zmq_msg_recv(&m, z->monitor, ZMQ_DONTWAIT) >= 0) {
		/* Two parts: number and value of the event; the address. */
		if (!zmq_msg_more(&m) || zmq_msg_size(&m) < sizeof event)
			continue;
		memcpy(&event, zmq_msg_data(&m), sizeof event);
		gone |= event == ZMQ_EVENT_DISCONNECTED;
	}
	zmq_msg_close(&m);
	return gone;
}

static enum err
zmq_reach(void *ctx, const char *endpoint, struct why *why)
{
	struct zmq_ctx *z = ctx;

	zmq_leave(z);
	z->socket = zmq_socket(z->context, ZMQ_DEALER);
	if (z->socket != NULL && set_options(z->socket, z) && open_monitor(z) &&
	    zmq_connect(z->socket, endpoint) == 0)
		return ERR_OK;
	why_set(why, ERR_IO, "%s: %s", endpoint, zmq_strerror(errno));
	zmq_leave(z);
	return ERR_IO;
}

static enum err
zmq_put(void *ctx, struct bytes frame)
{
	struct zmq_ctx *z = ctx;

	if (z->socket == NULL)
		return ERR_CLOSED;
	if (zmq_send(z->socket, frame.data, frame.len, ZMQ_DONTWAIT) >= 0)
		return ERR_OK;
	return errno == EAGAIN || errno == EINTR ? ERR_FULL : ERR_IO;
}

static enum err
zmq_get(void *ctx, struct bytes *frame)
{
	struct zmq_ctx *z = ctx;
	bool whole = true;

	if (z->socket == NULL)
		return ERR_NOT_FOUND;
	do {
		zmq_msg_close(&z->message);
		zmq_msg_init(&z->message);
		if (zmq_msg_recv(&z->message, z->socket, ZMQ_DONTWAIT) < 0) {
			if (errno != EAGAIN && errno != EINTR)
				return ERR_IO;
			return is_gone(z) ? ERR_CLOSED : ERR_NOT_FOUND;
		}
		/* Nothing of ours has several parts: drop all of them. */
		if (zmq_msg_more(&z->message))
			whole = false;
	} while (zmq_msg_more(&z->message));
	*frame = whole ?
	    bytes_of(zmq_msg_data(&z->message), zmq_msg_size(&z->message)) :
	    bytes_of(NULL, 0);
	return ERR_OK;
}

static int
zmq_descriptor(void *ctx)
{
	struct zmq_ctx *z = ctx;
	size_t len;
	int fd;

	len = sizeof fd;
	if (z->socket == NULL ||
	    zmq_getsockopt(z->socket, ZMQ_FD, &fd, &len) != 0)
		return -1;
	return fd;
}

static void
zmq_await(void *ctx, int timeout_ms)
{
	struct zmq_ctx *z = ctx;
	zmq_pollitem_t item[2] = {
		{ .socket = z->socket, .events = ZMQ_POLLIN },
		{ .socket = z->monitor, .events = ZMQ_POLLIN },
	};

	/* Interrupted or in error, the caller finds out by receiving. */
	(void)zmq_poll(item, z->socket != NULL ? 2 : 0, timeout_ms);
}

static uint64_t
zmq_now(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
zmq_release(void *ctx)
{
	struct zmq_ctx *z = ctx;

	zmq_msg_close(&z->message);
	zmq_leave(z);
	zmq_ctx_term(z->context);
	sodium_memzero(z, sizeof *z);
	free(z);
}

enum infohus_result
transport_zmq(struct transport *out, const struct home *h, struct why *why)
{
	struct zmq_ctx *z = calloc(1, sizeof *z);

	if (z == NULL)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	memcpy(z->server, h->server_curve, sizeof z->server);
	memcpy(z->public, h->curve_public, sizeof z->public);
	memcpy(z->secret, h->curve_secret, sizeof z->secret);
	z->context = zmq_ctx_new();
	if (z->context == NULL) {
		free(z);
		return result_set(why, INFOHUS_IO, "ZeroMQ does not start");
	}
	zmq_msg_init(&z->message);
	*out = (struct transport){ .ctx = z,
		.connect = zmq_reach,
		.disconnect = zmq_leave,
		.send = zmq_put,
		.receive = zmq_get,
		.fd = zmq_descriptor,
		.wait = zmq_await,
		.now = zmq_now,
		.free = zmq_release };
	return INFOHUS_OK;
}
