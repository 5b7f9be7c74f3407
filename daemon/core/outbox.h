/*
 * SPDX-License-Identifier: MIT
 *
 * outbox: what the decider hands back to the front: frames for sessions, a
 * new registry, answers to admin requests. Wakes the front by an eventfd, for
 * several at once: a wake-up costs more than sealing a frame.
 */
#ifndef INFOHUS_OUTBOX_H
#define INFOHUS_OUTBOX_H

#include "daemon/ledger/registry.h"

enum out_kind {
	OUT_FRAME,    /* for (door, session) */
	OUT_END,      /* end (door, session): bye */
	OUT_REGISTRY, /* take over this snapshot */
	OUT_ADMIN,    /* one line of JSON for an admin connection */
	OUT_STOPPED,  /* the stopped entry is on disk */
};

struct out {
	struct out *next;
	enum out_kind kind;
	unsigned door;
	struct id session;
	uint8_t lane;
	uint8_t type;		   /* FrameType */
	struct registry *registry; /* owned */
	uint64_t admin;		   /* number of the admin connection */
	size_t len;
	uint8_t data[];
};

struct outbox;

enum err outbox_new(struct outbox **out, struct why *why) MUST_CHECK;
void outbox_free(struct outbox *o);
int outbox_fd(const struct outbox *o); /* readable when something is there */

struct out *out_new(enum out_kind kind, struct bytes data); /* or NULL */
void out_free(struct out *x);
/*
 * Takes x; NULL is fine. One thread puts; before it waits for anything it
 * calls outbox_wake, or what it has put last may lie there.
 */
void outbox_put(struct outbox *o, struct out *x);
void outbox_wake(struct outbox *o);
/* The whole list in order, or NULL. The caller frees each. */
struct out *outbox_take(struct outbox *o);

#endif
