/*
 * SPDX-License-Identifier: MIT
 *
 * gate: the process that faces the network. It carries frames between doors
 * and the link and knows nothing of what they hold.
 *
 * A door is one DEALER on a listener of its own that exactly one CURVE key
 * opens. A connection is one accepted TCP connection of a door; libzmq owns
 * its descriptor, we only look at it (getsockopt) and shut it down.
 *
 * One thread of ours, libzmq's I/O thread and its reaper. Crash-only:
 * nothing that must survive lives here, so what cannot be handled ends the
 * process and the launcher starts it again.
 */
#ifndef INFOHUS_GATE_H
#define INFOHUS_GATE_H

#include "daemon/common/link.h"
#include "daemon/common/log.h"

#define GATE_DOORS_MAX 20000 /* ports 1024 .. 32767 hold no more */
#define GATE_KEY_SIZE 32     /* CURVE keys, public and secret */
#define GATE_PROGRAM "infohus-gate"

enum door_state {
	DOOR_UNUSED,	/* core has not told of it, or has removed it */
	DOOR_SHUT,	/* no connection is kept: nothing is sent */
	DOOR_KEEPING,	/* core named one: the others are being shut */
	DOOR_OPEN,	/* one connection is kept and alone: frames are sent */
	DOOR_CONTESTED, /* a newcomer was let in: frames are held */
	DOOR_CLEARING,	/* its time is up, it is being shut: still held */
};

struct door {
	unsigned number;
	enum door_state state;
	int listener;		    /* ours; libzmq gets a copy */
	char name[16];		    /* door-<n>: ZAP domain and User-Id */
	uint8_t key[GATE_KEY_SIZE]; /* the seat's public key */
	void *socket;
	int fd;	    /* ZMQ_FD */
	bool ready; /* in the gate's ring */
	bool busy;  /* in the gate's list of those that change hands */
	int first;  /* descriptor of its first connection, or -1 */
	unsigned connections;
	uint32_t keep, source; /* connection ids, 0 none */
	uint64_t contest_ms;   /* since when it is contested */
	bool wants_sweep;      /* who is there is not known: look */
	uint64_t barrier;      /* wait for this barrier; 0: not asked for */
	uint8_t *held;	       /* (u32 length || frame)* */
	size_t held_len, held_cap;
};

struct conn {		   /* by descriptor number; see conn.c */
	uint64_t cookie;   /* the kernel's number of the socket; 0: free */
	struct door *door; /* NULL: a socket, but none of a door */
	int next;	   /* next descriptor of the same door, or -1 */
	uint32_t id;	   /* 0 until its first frame */
	bool shut, evicted, gone, rival;
	bool progress; /* delivered since the last audit */
	uint64_t seen_ms, gone_ms;
	uint64_t delivered; /* bytes of whole frames */
	int64_t base;	    /* received - delivered, at base_ms */
	uint64_t base_ms;
};

struct barrier {
	int fd; /* write end of the pipe in flight, or -1 */
	uint64_t started, done;
};

struct gate {
	void *ctx, *zap;
	int zap_fd, epoll;
	struct link *link;
	unsigned doors;
	struct door *door; /* [0 .. doors]; 0 is the self-test's own */
	struct conn *conn; /* [0 .. fds) */
	int fds;
	struct door **at_port; /* [0 .. 65535], NULL when no door's */
	uint32_t last_id;
	uint8_t secret[GATE_KEY_SIZE];
	unsigned *ring, ring_start, ring_len;
	unsigned *busy, busy_len; /* doors that change hands */
	struct barrier barrier;
	uint64_t now_ms, swept_ms, audited_ms, stepped_ms;
	bool sweep_due;
	bool step_due;	      /* what busy doors wait for may have happened */
	bool serving;	      /* core said GO */
	bool link_full;	      /* epoll is to tell of room in it */
	bool throttled;	      /* core reads too slowly: leave doors alone */
	bool failed;	      /* end the process */
	uint64_t zap_refused; /* keys that were not the door's */
	struct evil *evil;    /* test builds only, else NULL */
};

/* ---- gate.c */

/* listener[n - 1] is door n's. Takes link_fd. secret is copied. */
enum err
gate_new(struct gate **out, unsigned doors, int link_fd, const int *listener,
    const uint8_t secret[GATE_KEY_SIZE], struct why *why) MUST_CHECK;
void gate_free(struct gate *g);
/* Serves until the link ends. Never returns ERR_OK. */
enum err gate_run(struct gate *g, struct why *why) MUST_CHECK;
uint64_t gate_clock_ms(void); /* monotonic */
enum gate_tag { GATE_TAG_LINK, GATE_TAG_ZAP, GATE_TAG_BARRIER, GATE_TAG_DOOR };
enum err gate_watch(struct gate *g, int fd, enum gate_tag tag, unsigned number,
    struct why *why) MUST_CHECK;
void gate_unwatch(struct gate *g, int fd);
/* Puts the door into the ring: its socket must be looked at again. */
void gate_ready(struct gate *g, struct door *d);
/* The door changes hands: it is seen to until it no longer does. */
void gate_busy(struct gate *g, struct door *d);
/* An event or a frame for core. A full link ends the gate. */
void gate_event(struct gate *g, enum link_event e, const struct door *d,
    uint32_t connection);
void gate_alarm(struct gate *g, const struct door *d, uint32_t connection,
    enum link_alarm a);
void gate_to_core(struct gate *g, unsigned door, struct bytes frame);
void gate_to_door(struct gate *g, unsigned door, struct bytes frame);

/* ---- door.c */

/* Checks d's listener and notes its port. */
enum err door_place(struct gate *g, struct door *d, struct why *why) MUST_CHECK;
/* Opens door d for key: option by option, each checked, then bind. */
enum err door_open(struct gate *g, struct door *d,
    const uint8_t key[GATE_KEY_SIZE], struct why *why) MUST_CHECK;
void door_close(struct gate *g, struct door *d);
/* Reads up to limit messages; false when nothing is left. */
bool door_drain(struct gate *g, struct door *d, unsigned limit);
/* Is the User-Id of a message (zmq_msg_t) that of the door? */
bool door_is_identified(const struct door *d, void *message);
/* Works off what libzmq has to tell this socket. */
void door_poll(struct door *d);
/* Sends if open, holds while that may change, else drops. */
void door_send(struct gate *g, struct door *d, struct bytes frame);
void door_send_held(struct gate *g, struct door *d);
void door_drop_held(struct door *d);

/* ---- keep.c: which connection of a door counts */

void keep_start(struct gate *g, struct door *d, uint32_t connection);
/* May a newcomer be let in? Not in the moments in which others are shut. */
bool keep_may_enter(const struct door *d);
/* A newcomer is about to be let in. */
void keep_contest(struct gate *g, struct door *d);
/* One step towards being alone; cheap when there is nothing to do. */
void keep_step(struct gate *g, struct door *d);
bool keep_is_busy(const struct door *d);
/* All that gone connections of d had sent is read: tell core, forget them. */
void keep_report(struct gate *g, struct door *d);
void keep_gone(struct gate *g, struct conn *c);

/* ---- conn.c: libzmq's descriptors, seen from outside */

/* The kernel's never reused number of a socket; false: closed or no socket. */
bool conn_cookie(int fd, uint64_t *cookie);
/* The connection a frame of d came from; NULL if it cannot be known. */
struct conn *conn_of_frame(struct gate *g, struct door *d, int fd);
struct conn *conn_find(struct gate *g, struct door *d, uint32_t id);
/* Finds connections that never sent a frame; audit also checks budgets. */
void conn_sweep(struct gate *g, bool audit);
/* Flags those of d whose descriptor is closed; true if there are any. */
bool conn_mark_gone(struct gate *g, struct door *d);
void conn_shut(struct gate *g, struct conn *c);
void conn_forget(struct gate *g, struct conn *c);

/* ---- barrier.c: has the I/O thread worked off what it was told? */

/* The barrier that proves it for everything up to now. */
uint64_t barrier_after(const struct gate *g);
bool barrier_passed(const struct gate *g, uint64_t barrier);
/* Starts a round if none is in flight. Failure: try again later. */
void barrier_start(struct gate *g);
void barrier_event(struct gate *g); /* the pipe in flight reports */
void barrier_free(struct gate *g);

/* ---- zap.c */

/* The only one who lets anybody in; bound before any door. */
enum err zap_open(struct gate *g, struct why *why) MUST_CHECK;
void zap_serve(struct gate *g);

/* ---- selftest.c */

/*
 * On a private door: the right key is let in and a throw-away key is not.
 * ERR_DENIED when that does not hold.
 */
enum err selftest_run(struct gate *g, struct why *why) MUST_CHECK;

/* ---- evil.c: a misbehaving gate, for tests of core and clients */

#ifdef TEST_HOOKS
enum err evil_new(struct gate *g, struct why *why) MUST_CHECK;
void evil_free(struct gate *g);
bool evil_skips_zap(const struct gate *g);
bool evil_skips_selftest(const struct gate *g);
const char *evil_user(const struct gate *g, const char *name);
void evil_to_core(struct gate *g, unsigned door, struct bytes frame);
void evil_to_door(struct gate *g, unsigned door, struct bytes frame);
#else
static inline enum err
evil_new(struct gate *g, struct why *why)
{
	(void)g;
	(void)why;
	return ERR_OK;
}
static inline void
evil_free(struct gate *g)
{
	(void)g;
}
static inline bool
evil_skips_zap(const struct gate *g)
{
	(void)g;
	return false;
}
static inline bool
evil_skips_selftest(const struct gate *g)
{
	(void)g;
	return false;
}
static inline const char *
evil_user(const struct gate *g, const char *name)
{
	(void)g;
	return name;
}
static inline void
evil_to_core(struct gate *g, unsigned door, struct bytes frame)
{
	gate_to_core(g, door, frame);
}
static inline void
evil_to_door(struct gate *g, unsigned door, struct bytes frame)
{
	gate_to_door(g, door, frame);
}
#endif

#endif
