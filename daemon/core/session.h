/*
 * SPDX-License-Identifier: MIT
 *
 * session: one door as core sees it: who may speak there, the inner box, the
 * session and its counters. Belongs to the front thread.
 *
 * A connection counts from its knock, which only the holder of the seat's
 * box key can make: the gate is told to keep that connection alone before
 * anything is sent, since two live peers on one socket would split it.
 */
#ifndef INFOHUS_SESSION_H
#define INFOHUS_SESSION_H

#include "daemon/ledger/registry.h"
#include "proto/box.h"

enum session_state {
	SESSION_NONE,	 /* nobody, or not yet knocked */
	SESSION_KNOCKED, /* the gate is making the connection alone */
	SESSION_OPEN,	 /* welcomed; frames flow */
};

struct door {
	unsigned number;
	bool used; /* a seat is assigned and told to the gate */
	uint8_t curve[32], box[32]; /* the seat's public keys in use */
	struct box_key key;
	enum session_state state;
	uint32_t source;  /* connection of the next frames */
	uint32_t kept;	  /* connection that counts, 0 none */
	uint32_t knocked; /* connection that knocked */
	uint8_t knock[16];
	struct id session;
	uint64_t in, out;	/* counters used last */
	uint64_t evicted_ms[4]; /* times of the last evictions */
	uint64_t shut_until_ms; /* evicted too often */
	uint64_t minute_ms;	/* rate limits: window and counts */
	unsigned in_minute[2];	/* per lane ordinary, acute */
	uint64_t work_ms;	/* the same for all other work */
	size_t work;
};

/* What session_receive makes of a frame. */
enum received {
	RECEIVED_NOTHING, /* dropped; counted by the code */
	RECEIVED_KNOCK,	  /* a valid knock: keep its connection */
	RECEIVED_FRAME,	  /* a frame of the open session */
	RECEIVED_BREAK,	  /* authentic, but the session is over */
};

/*
 * R2, first half: opens the inner box into plain (room: in.len) and checks
 * session and counter. *code says why for NOTHING and BREAK.
 */
enum received session_receive(struct door *d, struct bytes in, uint8_t *plain,
    struct frame *frame, enum code *code);

/* The connection is alone now: new session, counters at 0. */
void session_open(struct door *d, uint32_t connection);
void session_end(struct door *d);

/*
 * Seals the next frame of the session into out, which has room for
 * BOX_OVERHEAD + payload.len. Returns the size.
 */
size_t session_seal(struct door *d, uint8_t *out, uint8_t lane, uint8_t type,
    struct bytes payload);
/* Seals the welcome: session and counter zero. */
size_t session_seal_welcome(struct door *d, uint8_t *out, struct bytes payload);

/* Notes an eviction; true when it was one too many in a minute. */
bool session_evicted(struct door *d, uint64_t now_ms);

#endif
