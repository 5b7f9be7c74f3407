/*
 * SPDX-License-Identifier: MIT
 *
 * world: one machine with infohus-core on it: the real front, verify step and
 * decider in one thread, a disk that outlives the process, and a gate that
 * passes frames between core's doors and the seats.
 */
#ifndef INFOHUS_TESTS_REPLAY_WORLD_H
#define INFOHUS_TESTS_REPLAY_WORLD_H

#include "daemon/core/core.h"
#include "daemon/core/front.h"
#include "durable_memory.h"
#include "link_memory.h"
#include "sleep.h"
#include "store_memory.h"

#define WORLD_DOORS 64
#define WORLD_CONNECTIONS 4 /* of one door at a time */
#define WORLD_ORIGIN "replay.test/log"

struct gate_door {
	bool open;
	uint32_t connection[WORLD_CONNECTIONS]; /* 0: none */
	uint32_t kept, source;
};

struct world {
	struct config config;
	struct core core;
	struct front *front; /* NULL: core does not run */
	struct link *link;
	struct sleep sleep;
	struct job **job;
	struct disk *disk;
	struct low_water low_water;
	uint8_t box_secret[32];
	struct gate_door gate[WORLD_DOORS + 1];
	uint32_t last_connection;
	bool hold;	     /* the decider does not run */
	bool running;	     /* inside world_run */
	bool law_changed;    /* its files are no longer those of config/ */
	uint64_t kill_after; /* frames to the seats; UINT64_MAX: never */
	uint64_t kills;	     /* times core ended without stopping */
	char *answer;	     /* of the last admin request */
	char *said;	     /* what core has written to stderr */
	size_t said_len;
	FILE *said_file, *real_stderr;
	/* Who gets what core sends; ctx for both. */
	void *seats;
};

/* Empty disk, default configuration, core not running. */
void world_new(struct world *w);
void world_free(struct world *w);
/* Before the program ends: the law that all worlds share. */
void world_forget_law(void);

/* A disk and its low-water checkpoint, to begin other worlds with. */
struct image {
	struct disk *disk;
	struct low_water low_water;
};
void world_save(const struct world *w, struct image *out);
void world_load(struct world *w, const struct image *in);

enum err world_start(struct world *w, struct why *why) MUST_CHECK;
/* As SIGKILL: what is not on disk is gone. Fine when it does not run. */
void world_kill(struct world *w);
bool world_is_up(const struct world *w);

/* Until nothing moves any more; with hold, until only the decider would. */
void world_run(struct world *w);
/* A job for the decider: JOB_RELOAD, JOB_STOP. */
void world_order(struct world *w, enum job_kind kind);
/* One request of the admin socket; the answer is in w->answer after it. */
void world_admin(struct world *w, const char *line);

/* What core has said on stderr since the start of the world. */
const char *world_said(struct world *w);

/* The path of a file of the law, as "rules", "kommune-0860"; or NULL. */
const char *world_law_path(struct world *w, const char *name);
/* The law's files as the config names them; text NULL: as in config/. */
void world_law(struct world *w, const char *name, const char *text);
/* A list of the CA that revokes this certificate; part of the law. */
void world_revoke(struct world *w, const struct signer *s);
/* Has the manifest approved anew by these custodians (a bit each). */
void world_approve_law(struct world *w, unsigned who, int64_t at_ms);

/* ------------------------------------------------------- a seat's side */

/* A new connection to a door; 0 when it is shut. */
uint32_t world_connect(struct world *w, unsigned door);
/* The connection ends; core hears of it from the gate. */
void world_disconnect(struct world *w, unsigned door, uint32_t connection);
/* False when the connection is gone. Does not run the world. */
bool world_send(
    struct world *w, unsigned door, uint32_t connection, struct bytes frame);

/* These are in seat_receive.c: a frame, or the end of a connection. */
void
seats_take(void *seats, unsigned door, uint32_t connection, struct bytes frame);
void seats_lost(void *seats, unsigned door, uint32_t connection);
/* Core would wait with something for them that its front knows nothing of. */
void seats_untold(void *seats);
/* Core would wait so long, over what is due before. */
void seats_overslept(void *seats, unsigned ms, const char *due);

#endif
