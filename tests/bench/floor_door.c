/*
 * SPDX-License-Identifier: MIT
 *
 * floor_door: see floor.h. The options are those of the gate's doors.
 */
#include "floor.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "proto/envelope.h"

#define SMALL_ARENA (64 * 1024)

static bool
set_int(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

enum err
floor_door_open(struct floor_door *d, void *ctx, unsigned port,
    const uint8_t secret[32], struct why *why)
{
	char address[64];

	snprintf(address, sizeof address, "tcp://127.0.0.1:%u", port);
	*d = (struct floor_door){ .socket = zmq_socket(ctx, ZMQ_DEALER) };
	if (d->socket != NULL && set_int(d->socket, ZMQ_LINGER, 0) &&
	    set_int(d->socket, ZMQ_CURVE_SERVER, 1) &&
	    set_int(d->socket, ZMQ_RCVHWM, 2048) &&
	    set_int(d->socket, ZMQ_SNDHWM, 2048) &&
	    zmq_setsockopt(d->socket, ZMQ_CURVE_SECRETKEY, secret, 32) == 0 &&
	    zmq_bind(d->socket, address) == 0)
		return ERR_OK;
	return why_set(
	    why, ERR_IO, "port %u: %s", port, zmq_strerror(zmq_errno()));
}

/* A frame of its own, the session's header in front of the packed message. */
void
floor_door_send(
    struct floor_door *d, uint8_t lane, uint8_t type, const ProtobufCMessage *m)
{
	size_t len = m != NULL ? protobuf_c_message_get_packed_size(m) : 0;
	struct frame f = { .lane = lane, .type = type };
	zmq_msg_t out;
	uint8_t *data;

	if (type != FRAME_TYPE_WELCOME) {
		f.session = d->session;
		f.counter = ++d->out;
	}
	if (zmq_msg_init_size(&out, BOX_OVERHEAD + len) != 0)
		return;
	data = zmq_msg_data(&out);
	box_seal(data, &f, NULL);
	if (m != NULL)
		protobuf_c_message_pack(m, data + BOX_OVERHEAD);
	if (zmq_msg_send(&out, d->socket, ZMQ_DONTWAIT) < 0)
		zmq_msg_close(&out);
}

static void
welcome(struct floor_door *d, const struct frame *f)
{
	PbWelcome w = PB_WELCOME__INIT;
	struct arena *a;
	PbKnock *knock;

	if (arena_new(&a, SMALL_ARENA) != ERR_OK)
		return;
	if (ENVELOPE_UNPACK(a, knock, f->payload, &knock, NULL) == CODE_OK) {
		randombytes_buf(d->session.b, ID_SIZE);
		d->in = d->out = 0;
		w.random = knock->random;
		w.session.data = d->session.b;
		w.session.len = ID_SIZE;
		w.version = PROTOCOL_VERSION;
		w.time = (uint64_t)time(NULL) * 1000;
		floor_door_send(d, LANE_CONTROL, FRAME_TYPE_WELCOME, &w.base);
	}
	arena_free(a);
}

bool
floor_door_next(struct floor_door *d, struct frame *f, void *message)
{
	while (zmq_msg_recv(message, d->socket, ZMQ_DONTWAIT) >= 0) {
		uint8_t *data = zmq_msg_data(message);

		if (box_open(f, data, bytes_of(data, zmq_msg_size(message)),
			NULL) != ERR_OK)
			continue;
		if (f->type == FRAME_TYPE_KNOCK) {
			welcome(d, f);
		} else if (id_eq(&f->session, &d->session) &&
		    f->counter == d->in + 1) {
			d->in++;
			return true;
		}
	}
	return false;
}
