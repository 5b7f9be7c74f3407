/*
 * SPDX-License-Identifier: MIT
 *
 * link: the stream between gate and core, and its door events.
 *
 *	u32 length || u32 door || frame		length counts door and frame
 *
 * Door 0 carries events: u8 event || u32 door || u32 connection [|| more].
 * A connection is one accepted TCP connection of a door, numbered by the
 * gate from 1, never reused while the gate lives. The gate knows nothing of
 * what frames hold; which connection counts is core's decision:
 *
 *	gate: SOURCE d c	the next frames of door d come from connection c
 *	core: KEEP d c		c sent a valid knock; shut every other one of d
 *	gate: EVICTED d b	for each other connection that is gone now
 *	gate: OPENED d c	c is alone on the door; core may send
 *	gate: CLOSED d c	c has gone; core must not send
 *
 * A connection has a number only from its first frame on: those that never
 * sent one are shut without an event. A KEEP whose c has gone in the meantime
 * ends in CLOSED d c. LINK_ADD of a door in use with another key shuts it and
 * opens it for the new one.
 *
 * Frames for a door that is not open are dropped by the gate. Frames for an
 * open one at which somebody else with the key was let in are held for some
 * seconds, until that one is kept or shut.
 */
#ifndef INFOHUS_LINK_H
#define INFOHUS_LINK_H

#include "proto/limits.h"
#include "proto/bytes.h"

enum link_event {
	LINK_ADD = 1,	   /* core: more = CURVE public key[32] of the seat */
	LINK_REMOVE = 2,   /* core: suspended; shut and forget the door */
	LINK_KEEP = 3,	   /* core */
	LINK_GO = 4,	   /* core: all doors are told, start serving */
	LINK_SOURCE = 16,  /* gate */
	LINK_OPENED = 17,  /* gate */
	LINK_CLOSED = 18,  /* gate */
	LINK_EVICTED = 19, /* gate */
	LINK_READY = 20,   /* gate: self-test passed, doors are served */
	LINK_ALARM = 21,   /* gate: more = u8 enum link_alarm */
};

enum link_alarm {
	LINK_ALARM_IDENTITY = 1, /* User-Id missing or not the door's */
	LINK_ALARM_MULTIPART = 2,
	LINK_ALARM_OVER_BUDGET = 3, /* bytes received without a whole frame */
};

/* File descriptors that the launcher hands down. */
#define LINK_FD 3 /* both: the link */
#define CORE_NOTIFY_FD \
	4		     /* core: pipe to the launcher, one line a report: \
				READY, ALIVE, STOPPING */
#define GATE_FIRST_DOOR_FD 4 /* gate: listener of door n at 4 + n - 1 */

/* A growing out-queue and in-buffer over a non-blocking stream socket. */
struct link;

enum err link_new(struct link **out, int fd) MUST_CHECK; /* takes fd */
void link_free(struct link *l);
int link_fd(const struct link *l);
/* Queues one frame; ERR_FULL above LINK_QUEUE_MAX bytes (nothing queued). */
enum err link_put(struct link *l, uint32_t door, struct bytes frame) MUST_CHECK;
enum err link_put_event(struct link *l, enum link_event e, uint32_t door,
    uint32_t connection, struct bytes more) MUST_CHECK;
bool link_wants_write(const struct link *l);
size_t link_queued(const struct link *l); /* bytes not yet written */
/* Writes what the socket takes. ERR_CLOSED, ERR_IO. */
enum err link_flush(struct link *l) MUST_CHECK;
/* Reads what is there. ERR_CLOSED at end of stream, ERR_INVALID if a length
 * is out of bounds. */
enum err link_fill(struct link *l) MUST_CHECK;
/* Next complete frame; false when there is none. View until the next fill. */
bool link_next(struct link *l, uint32_t *door, struct bytes *frame);
/* Splits an event frame; ERR_INVALID when too short. */
enum err link_event_parse(struct bytes frame, enum link_event *e,
    uint32_t *door, uint32_t *connection, struct bytes *more) MUST_CHECK;

#define LINK_QUEUE_MAX (64u * 1024 * 1024)

#endif
