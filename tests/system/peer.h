/*
 * SPDX-License-Identifier: MIT
 *
 * peer: plays the gate, and seats behind it, to a real infohus-core, byte by
 * byte. One struct gate is one life of a core; any number of seats talk
 * through it.
 *
 * Waiting is bounded everywhere. When core has gone the gate is broken: from
 * then on everything sent is dropped and nothing is received.
 */
#ifndef INFOHUS_PEER_H
#define INFOHUS_PEER_H

#include <sys/types.h>

#include "daemon/common/link.h"
#include "proto/box.h"
#include "proto/envelope.h"
#include "proto/note.h"
#include "proto/sign.h"

#define GATE_PEERS 8

struct peer;

struct gate {
	pid_t core;
	int notify;	   /* what core tells the launcher */
	struct link *link; /* NULL: not started */
	bool broken;	   /* core has gone, or reads no longer */
	uint64_t received; /* bytes of the link until now */
	int patience_ms;   /* of every wait */
	struct peer *peer[GATE_PEERS];
	unsigned n_peer;
};

struct peer_frame { /* one that came while another seat was listening */
	struct peer_frame *next;
	uint64_t at;
	size_t len;
	uint8_t data[];
};

struct peer {
	struct gate *gate;
	uint32_t door, connection;
	struct box_key key;
	struct id session;
	uint64_t out; /* counter of the last frame sent */
	char node[128], seat[64];
	struct signer *signer;
	struct arena *arena;	 /* the caller's */
	struct checkpoint known; /* said at hello; size 0 for none */
	uint64_t at; /* gate.received when the last frame was whole */
	struct peer_frame *first, **last;
	uint8_t plain[FRAME_MAX];
};

uint64_t peer_now_ms(void);

/* ------------------------------------------------------------ the gate */

/*
 * Starts core with its link and pipe where infohusd puts them. more: NULL
 * or variables "NAME=VALUE" for core alone, NULL at the end. log: a file
 * that gets its stderr, or NULL. False: no process.
 */
bool gate_start(struct gate *g, const char *core, const char *config,
    const char *const *more, const char *log);
/* Core lets the gate go, is told that it is ready, and says READY. */
bool gate_ready(struct gate *g);
void gate_event(
    struct gate *g, enum link_event e, uint32_t door, uint32_t connection);
/*
 * Waits for one frame or event of whatever door, and keeps it for its seat.
 * False when none came in time, or core has gone.
 */
bool gate_pump(struct gate *g, int patience_ms);
/*
 * Sends signal (0 for none), waits patience_ms for core's end, then kills.
 * Returns the wait status, or -1 if it had to be killed.
 */
int gate_stop(struct gate *g, int signal);

/* ------------------------------------------------------------ the seats */

/*
 * Reads the keys of the seat from the folder of its node and puts it behind
 * g. core_box is core's public box key in hex.
 */
bool peer_open(struct peer *p, struct gate *g, const char *node_dir,
    const char *node, const char *seat, uint32_t door, const char *core_box,
    struct why *why);
/* Behind another life of core. */
void peer_move(struct peer *p, struct gate *g);
void peer_close(struct peer *p);

/* Puts bytes on the link as they are. */
void peer_put(struct peer *p, struct bytes sealed);
void peer_send_at(struct peer *p, uint8_t lane, uint64_t counter, uint8_t type,
    struct bytes payload);
/* With the next counter. */
void
peer_send(struct peer *p, uint8_t lane, uint8_t type, struct bytes payload);
void peer_send_packed(
    struct peer *p, uint8_t lane, uint8_t type, const void *message);

/* The next frame of this door, opened; f views into p until the next. */
bool peer_receive(struct peer *p, struct frame *f, int patience_ms);

/* From nothing to a welcomed session; then a hello; both until ready. */
bool peer_enter(struct peer *p);
void peer_hello(struct peer *p, const char *node);
/* ready, if not NULL, gets core's answer, in p's arena. */
bool peer_greet(struct peer *p, PbReady **ready);

#endif
