/*
 * SPDX-License-Identifier: MIT
 *
 * transport: what carries sealed frames to the router and back. The protocol
 * needs no more than this, so it can be tested without a network. A send
 * that is OK means queued, never delivered; frames may be lost, and the
 * session notices by its counters.
 */
#ifndef INFOHUS_TRANSPORT_H
#define INFOHUS_TRANSPORT_H

#include "home.h"

struct transport {
	void *ctx;
	/* Leaves any connection and starts one to endpoint. */
	enum err (*connect)(void *ctx, const char *endpoint, struct why *why);
	void (*disconnect)(void *ctx);
	/* ERR_FULL: not now (not connected yet, or the queue is full). */
	enum err (*send)(void *ctx, struct bytes frame);
	/*
	 * ERR_NOT_FOUND: nothing there; ERR_CLOSED: the connection has gone,
	 * another may be on its way. The view lives until the next call.
	 */
	enum err (*receive)(void *ctx, struct bytes *frame);
	int (*fd)(void *ctx); /* -1 when not connected */
	/*
	 * Until something may have come, or may be sent for the first time;
	 * at most this long.
	 */
	void (*wait)(void *ctx, int timeout_ms);
	uint64_t (*now)(void *ctx); /* ms of a clock that never goes back */
	void (*free)(void *ctx);
};

/* CURVE over TCP with the seat's key. NO_MEMORY, IO. */
enum infohus_result
transport_zmq(struct transport *out, const struct home *h, struct why *why);

#endif
