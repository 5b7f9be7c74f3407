/*
 * SPDX-License-Identifier: MIT
 *
 * front: the doors' sessions. It admits (R1), opens the inner box (R2) and
 * hands jobs to the verify stage; what the decider answers it seals and puts
 * on the link. It knows nothing of the ledger, does no I/O of its own and
 * never waits: serve.h moves the bytes.
 */
#ifndef INFOHUS_FRONT_H
#define INFOHUS_FRONT_H

#include "daemon/common/config.h"
#include "daemon/common/link.h"
#include "outbox.h"
#include "pool.h"

struct front;

struct front_in {
	const struct config *config;
	uint8_t box_secret[32];
	struct pool *pool;
	struct link *link;
	struct registry *registry; /* first snapshot; taken over */
};

/* Tells the gate of every door, and to go. ERR_NOMEM. */
enum err
front_new(struct front **out, struct front_in *in, struct why *why) MUST_CHECK;
void front_free(struct front *f); /* NULL is fine */

/* What the gate says: of a door's connections, or a frame that came there. */
void front_event(struct front *f, enum link_event e, uint32_t door,
    uint32_t connection, struct bytes more);
void front_frame(struct front *f, uint32_t door, struct bytes frame);
/* What the decider says: OUT_FRAME, OUT_END, OUT_REGISTRY. x stays owned. */
void front_answer(struct front *f, struct out *x);
/* The gate does not read the link: nothing more can be told to it. */
bool front_is_broken(const struct front *f);

#endif
