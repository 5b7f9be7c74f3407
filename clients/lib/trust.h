/*
 * SPDX-License-Identifier: MIT
 *
 * trust: what this seat knows of the log: the newest checkpoint it has
 * verified, and checkpoints that only others have told it of. A checkpoint
 * is believed only if it extends the known one; two that contradict each
 * other are never both kept.
 *
 * trust_judge decides and changes nothing, trust_take takes over what was
 * judged, trust_save puts it on disk.
 */
#ifndef INFOHUS_TRUST_H
#define INFOHUS_TRUST_H

#include "proto/limits.h"
#include "proto/note.h"
#include "state.h"
#include "infohus.pb.h"

#define TRUST_PAST 64	   /* own checkpoints remembered for comparing */
#define TRUST_UNPROVEN 256 /* of others, not yet compared */

struct trust_point {
	uint64_t size;
	struct digest root;
};

struct trust {
	const struct note_key *log;
	struct checkpoint known; /* size 0: none yet */
	size_t note_len;
	uint8_t note[NOTE_MAX]; /* the known one, as signed */
	size_t n_past, next_past;
	struct trust_point past[TRUST_PAST];
	size_t n_unproven;
	struct trust_point unproven[TRUST_UNPROVEN]; /* oldest first */
	bool known_changed, unproven_changed;
};

/* A checkpoint that was judged good. note is a view. */
struct trust_step {
	struct checkpoint checkpoint;
	struct bytes note;
};

/* From disk. BAD_CHECKPOINT, BAD_HOME, IO, NO_MEMORY. */
enum infohus_result trust_load(struct trust *t, struct state *s,
    const struct note_key *log, struct why *why);
/* What has changed, to disk. */
enum infohus_result
trust_save(struct trust *t, struct state *s, struct why *why);

/*
 * Does the note extend what is known? from and proof are the consistency
 * proof that came with it. BAD_CHECKPOINT, LOG_WENT_BACK, LOG_FORKED (both
 * name the two sizes). A first checkpoint is taken on its signature alone.
 */
enum infohus_result trust_judge(const struct trust *t, struct bytes note,
    uint64_t from, const ProtobufCBinaryData *proof, size_t n_proof,
    struct trust_step *out, struct why *why);
void trust_take(struct trust *t, const struct trust_step *step);

/*
 * Somebody else has seen a tree of this size and root: LOG_FORKED if we know
 * another root for the size; kept for later if we cannot say.
 */
enum infohus_result trust_heard(
    struct trust *t, uint64_t size, const struct digest *root, struct why *why);

/* The hashes of a proof; false if one has a wrong length or too many. */
bool trust_proof(const ProtobufCBinaryData *in, size_t n, struct proof *out);

#endif
