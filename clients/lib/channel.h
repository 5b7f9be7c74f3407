/*
 * SPDX-License-Identifier: MIT
 *
 * channel: from nothing to a session with core, and what keeps it honest:
 * knock, welcome, hello, ready; the inner box; counters; pings.
 *
 * A frame that does not open, or is of another session, is dropped: the way
 * to core may bring anything. A counter that does not follow ends the
 * session, since something was lost or added on that way.
 */
#ifndef INFOHUS_CHANNEL_H
#define INFOHUS_CHANNEL_H

#include "transport.h"
#include "trust.h"

enum channel_state {
	CHANNEL_DOWN,	  /* pausing before the next attempt */
	CHANNEL_KNOCKING, /* knock sent, every second again */
	CHANNEL_GREETING, /* hello sent */
	CHANNEL_READY,
};

struct channel {
	const struct transport *transport;
	const struct home *home;
	struct trust *trust;
	unsigned lanes; /* INFOHUS_LANE_*, said at hello */
	enum channel_state state;
	size_t endpoint;      /* the one in use */
	uint64_t endpoint_ms; /* since when it is tried */
	uint64_t due_ms;      /* next attempt, knock, or giving up */
	uint64_t pause_ms;    /* before the next attempt; grows */
	uint8_t knock[16];
	bool knocked; /* there was a connection to knock on */
	struct id id;
	uint64_t in, out;	 /* counters used last */
	uint64_t ready_ms;	 /* since when */
	uint64_t heard_ms;	 /* last frame of core */
	uint64_t asked_ms;	 /* unanswered ping, or 0 */
	uint64_t pings, pongs;	 /* sent, and answered */
	uint8_t *plain, *sealed; /* FRAME_MAX each */
};

enum infohus_result channel_init(struct channel *ch, const struct transport *t,
    const struct home *h, struct trust *trust, struct why *why);
void channel_clear(struct channel *ch);

/*
 * What is due by the clock. waiting: an answer is outstanding, so silence is
 * noticed sooner. LOST; IO when a connection cannot even be tried.
 */
enum infohus_result
channel_work(struct channel *ch, bool waiting, struct why *why);

/*
 * Takes in the next frame. INFOHUS_OK with a frame for the caller (its
 * payload lives until the next call); INFOHUS_TIMEOUT when there is none;
 * type 0 when the frame was the session's own business. Anything else: the
 * session is to be ended. Sets *ready when this frame made it ready.
 */
enum infohus_result channel_receive(
    struct channel *ch, struct frame *out, bool *ready, struct why *why);

/*
 * Seals and sends. *counter (may be NULL) is the frame's. TIMEOUT: not now,
 * nothing was used up. LOST when not ready.
 */
enum infohus_result channel_send(struct channel *ch, uint8_t lane, uint8_t type,
    struct bytes payload, uint64_t *counter);

/*
 * A ping now; answered when pongs has reached the value of pings after this
 * call, and with it everything sent before. TIMEOUT, LOST as channel_send.
 */
enum infohus_result channel_ping(struct channel *ch);
void channel_end(struct channel *ch); /* fine in every state */
/* Time until channel_work wants to be called. */
int channel_wait_ms(const struct channel *ch, bool waiting);

#endif
