/*
 * SPDX-License-Identifier: MIT
 *
 * floor: the least that a router with our promises could do for a message,
 * well made and nothing else: CURVE in, one signature check, one durable
 * append in a group commit, the tree's hashes, CURVE out. It speaks our
 * protocol without the inner box, so that the same clients run on both.
 *
 * It is no router: one sender, one recipient, no law, no cards checked, no
 * mailbox that outlives it. Its figures are what ours are measured against,
 * so nothing in it may be slower than it has to be.
 */
#ifndef FLOOR_H
#define FLOOR_H

#include "proto/arena.h"
#include "proto/box.h"
#include "proto/keys.h"
#include "proto/note.h"
#include "infohus.pb.h"

#define FLOOR_BATCH 256 /* messages of one commit; as infohusd's default */

/* --------------------------------------------------------------- the log */

struct floor_log; /* LMDB with default flags; the tree is held in memory */

enum err floor_log_open(struct floor_log **out, const char *dir,
    const struct note_secret *secret, struct why *why) MUST_CHECK;
void floor_log_close(struct floor_log *l);

/*
 * Adds an entry with the bytes that it is of to the open transaction, which
 * the first call begins. *index is its place.
 */
enum err floor_log_append(struct floor_log *l, struct bytes entry,
    struct bytes of, uint64_t *index) MUST_CHECK;
/* Keeps the bytes of an ack frame; they ride along with the next commit. */
enum err floor_log_ack(struct floor_log *l, struct bytes frame) MUST_CHECK;
/* Commits (data synced, then the meta page) and signs one checkpoint. */
enum err floor_log_commit(struct floor_log *l, struct why *why) MUST_CHECK;

struct bytes floor_log_note(const struct floor_log *l);
uint64_t floor_log_size(const struct floor_log *l); /* of the checkpoint */
enum err floor_log_inclusion(
    struct floor_log *l, uint64_t index, struct proof *out) MUST_CHECK;
enum err floor_log_consistency(
    struct floor_log *l, uint64_t from, struct proof *out) MUST_CHECK;

/* ------------------------------------------------------------- the doors */

/* One DEALER on a listener of its own, CURVE only. */
struct floor_door {
	void *socket;
	struct id session;
	uint64_t in, out; /* counters */
	uint64_t known;	  /* size of the checkpoint it has proof of */
};

enum err floor_door_open(struct floor_door *d, void *ctx, unsigned port,
    const uint8_t secret[32], struct why *why) MUST_CHECK;
/*
 * The next frame, its payload inside *message, which the caller keeps until
 * it has answered. False when none waits. Knock and welcome are dealt with.
 */
bool floor_door_next(struct floor_door *d, struct frame *f, void *message);
/* Packs m into the frame where it is sent from. */
void floor_door_send(struct floor_door *d, uint8_t lane, uint8_t type,
    const ProtobufCMessage *m);

#endif
