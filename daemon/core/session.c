/*
 * SPDX-License-Identifier: MIT
 *
 * session: see session.h.
 */
#include "session.h"

#include <sodium.h>
#include <string.h>

#include "infohus.pb.h"

#define MINUTE_MS 60000

static const struct id no_session;

/* A knock stands outside any session and is answered by a new one. */
static enum received
receive_knock(struct door *d, const struct frame *f, enum code *code)
{
	struct arena *a;
	PbKnock *knock = NULL;
	bool agreed = false;

	*code = CODE_MALFORMED;
	if (f->counter != 0 || !id_eq(&f->session, &no_session) ||
	    f->payload.len > 256 || arena_new(&a, 4096) != ERR_OK)
		return RECEIVED_NOTHING;
	*code = ENVELOPE_UNPACK(a, knock, f->payload, &knock, NULL);
	if (*code == CODE_OK && knock->random.len != sizeof d->knock)
		*code = CODE_BAD_FIELD;
	if (*code == CODE_OK) {
		for (size_t i = 0; i < knock->n_version; i++)
			agreed |= knock->version[i] == PROTOCOL_VERSION;
		*code = agreed ? CODE_OK : CODE_BAD_VERSION;
	}
	if (*code == CODE_OK) {
		memcpy(d->knock, knock->random.data, sizeof d->knock);
		d->knocked = d->source;
	}
	arena_free(a);
	return *code == CODE_OK ? RECEIVED_KNOCK : RECEIVED_NOTHING;
}

enum received
session_receive(struct door *d, struct bytes in, uint8_t *plain,
    struct frame *frame, enum code *code)
{
	if (box_open(frame, plain, in, &d->key) != ERR_OK) {
		*code = CODE_BAD_BOX;
		return RECEIVED_NOTHING;
	}
	if (frame->type == FRAME_TYPE_KNOCK)
		return receive_knock(d, frame, code);
	if (d->state != SESSION_OPEN || d->source != d->kept ||
	    !id_eq(&frame->session, &d->session)) {
		*code = CODE_BAD_SESSION;
		return RECEIVED_NOTHING;
	}
	if (frame->counter != d->in + 1) {
		*code = CODE_BAD_SESSION;
		return RECEIVED_BREAK;
	}
	d->in++;
	*code = CODE_OK;
	return RECEIVED_FRAME;
}

void
session_open(struct door *d, uint32_t connection)
{
	d->state = SESSION_OPEN;
	d->kept = connection;
	d->in = 0;
	d->out = 0;
	randombytes_buf(d->session.b, sizeof d->session.b);
}

void
session_end(struct door *d)
{
	d->state = SESSION_NONE;
	d->session = no_session;
}

size_t
session_seal(struct door *d, uint8_t *out, uint8_t lane, uint8_t type,
    struct bytes payload)
{
	struct frame f = { .lane = lane,
		.session = d->session,
		.counter = ++d->out,
		.type = type,
		.payload = payload };

	return box_seal(out, &f, &d->key);
}

size_t
session_seal_welcome(struct door *d, uint8_t *out, struct bytes payload)
{
	struct frame f = { .lane = LANE_CONTROL,
		.type = FRAME_TYPE_WELCOME,
		.payload = payload };

	return box_seal(out, &f, &d->key);
}

bool
session_evicted(struct door *d, uint64_t now_ms)
{
	size_t last = sizeof d->evicted_ms / sizeof d->evicted_ms[0] - 1;

	memmove(
	    d->evicted_ms, d->evicted_ms + 1, last * sizeof d->evicted_ms[0]);
	d->evicted_ms[last] = now_ms;
	return d->evicted_ms[0] != 0 && now_ms - d->evicted_ms[0] < MINUTE_MS;
}
