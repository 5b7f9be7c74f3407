/*
 * SPDX-License-Identifier: MIT
 *
 * gate_rig: a real infohus-gate with this test as its core, and real and
 * false clients of its doors. Loopback only, ports below the ephemeral ones.
 *
 * Whatever must happen is waited for, with a long patience that only a
 * failing test uses up. That something does not happen is seen from what
 * comes after it.
 */
#ifndef INFOHUS_GATE_RIG_H
#define INFOHUS_GATE_RIG_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/types.h>

#include "daemon/common/link.h"

#define RIG_DOORS 4
#define RIG_PATIENCE_MS 20000

struct rig_key {
	uint8_t public[32], secret[32];
};

struct rig {
	pid_t pid;
	struct link *link;
	unsigned port[RIG_DOORS + 1];
	struct rig_key server, seat[RIG_DOORS + 1];
	void *ctx;
	char key_file[64];
};

/* What core hears: an event, or a frame of a door (event 0). */
struct rig_item {
	enum link_event event;
	uint32_t door, connection;
	struct bytes data; /* until the next rig_hear */
};

/*
 * Starts program ("bin/infohus-gate" or "test-bin/infohus-gate" of the build
 * folder), with INFOHUS_EVIL=evil when not NULL.
 */
void rig_spawn(struct rig *r, const char *program, const char *evil);
/* The same, then adds every door, says GO and waits for READY. */
void rig_start(struct rig *r, const char *program, const char *evil);
void rig_stop(struct rig *r);
int rig_wait_exit(struct rig *r); /* exit status; -1 for a signal */

void rig_tell(struct rig *r, enum link_event e, unsigned door,
    uint32_t connection, struct bytes more);
void rig_send(struct rig *r, unsigned door, struct bytes frame);
/* False when the link ends. */
bool rig_hear(struct rig *r, struct rig_item *i);
/* The next thing heard is exactly this. */
void rig_expect_event(
    struct rig *r, enum link_event e, unsigned door, uint32_t connection);
void rig_expect_alarm(struct rig *r, unsigned door, enum link_alarm a);
uint32_t rig_expect_source(struct rig *r, unsigned door);
void rig_expect_frame(struct rig *r, unsigned door, const char *text);
/* Nothing at all is waiting. */
void rig_expect_silence(struct rig *r);

/* A client of door with the keys of seat (0: a throw-away pair). */
void *rig_client(struct rig *r, unsigned door, unsigned seat, int reconnect_ms);
void rig_say(void *client, const char *text);
/* The next message is text; waits. */
void rig_expect_said(void *client, const char *text);
bool rig_has_said(void *client); /* is anything there right now? */
/* A client with a monitor; rig_await waits for one of the events. */
struct rig_watched {
	void *client, *monitor;
};
struct rig_watched rig_watched(struct rig *r, unsigned door, unsigned seat);
struct rig_watched rig_watched_again(struct rig *r, unsigned door,
    unsigned seat); /* the same, but it connects again and again */
int rig_await(struct rig_watched *w, int events);
void rig_unwatch(struct rig_watched *w);

/* One client that says knock, is kept and told so; its connection. */
uint32_t rig_open(struct rig *r, unsigned door, void *client);

int rig_raw(struct rig *r, unsigned door); /* a plain TCP connection */
void rig_expect_cut(int fd); /* the other side ends it; closes fd */
/*
 * A client of seat through a middleman: rig_pass lets limit bytes through to
 * the door (and all back), then stops, and returns the middleman's
 * connection to the door.
 */
void *rig_middle(struct rig *r, unsigned seat, int *listener);
int rig_pass(struct rig *r, unsigned door, int listener, size_t limit);

#endif
