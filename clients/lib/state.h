/*
 * SPDX-License-Identifier: MIT
 *
 * state: the seat's state folder. What stands here is on disk when the
 * function returns: every write is a temporary file, fsync, rename, fsync of
 * the folder. One process at a time (a lock on the file "lock").
 *
 * Names are made by the library (ids, numbers), never by a peer.
 */
#ifndef INFOHUS_STATE_H
#define INFOHUS_STATE_H

#include "proto/arena.h"
#include "result.h"

enum state_box {
	STATE_TOP, /* checkpoint, unproven */
	STATE_OUTBOX,
	STATE_SENT,
	STATE_REFUSED,
	STATE_RECEIVED,
	STATE_BOXES
};

struct state;

/* Makes home/state and its folders when missing. IO, IN_USE, NO_MEMORY. */
enum infohus_result
state_open(struct state **out, const char *home, struct why *why);
void state_close(struct state *s); /* NULL is fine */

enum err state_put(struct state *s, enum state_box box, const char *name,
    struct bytes content, struct why *why) MUST_CHECK;
/* Into the arena. ERR_NOT_FOUND; ERR_INVALID above max bytes. */
enum err state_get(struct state *s, enum state_box box, const char *name,
    struct arena *a, size_t max, struct bytes *out, struct why *why) MUST_CHECK;
bool state_has(struct state *s, enum state_box box, const char *name);
/* ERR_NOT_FOUND when it is not there. */
enum err state_move(struct state *s, enum state_box from, enum state_box to,
    const char *name, struct why *why) MUST_CHECK;
/*
 * The names in a box that are message ids, sorted (by time, as they are
 * UUIDv7). *out is malloced.
 */
enum err state_list(struct state *s, enum state_box box,
    char (**out)[INFOHUS_ID_TEXT], size_t *n, struct why *why) MUST_CHECK;

#endif
