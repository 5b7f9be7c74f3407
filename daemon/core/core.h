/*
 * SPDX-License-Identifier: MIT
 *
 * core: the decider's state, and one batch of work on it. The decider is one
 * thread; it owns the store, the log and every session's credit. All that a
 * batch answers leaves only after its transaction has committed.
 */
#ifndef INFOHUS_CORE_H
#define INFOHUS_CORE_H

#include "clock.h"
#include "daemon/common/config.h"
#include "daemon/ledger/ledger.h"
#include "job.h"
#include "outbox.h"
#include "pool.h"

#define LANES 2		/* ordinary, acute */
#define FLIGHT_MAX 1024 /* offers not yet acked, per seat and lane */

/* What has been offered in a session and not been acked yet. */
struct flight {
	size_t n;
	uint64_t *index; /* ascending */
	size_t room;
};

/* A seat that has said hello. */
struct online {
	bool ready;
	struct id session;
	const struct reg_node *node; /* of core's registry */
	uint8_t lanes;		     /* bit Lane */
	uint64_t key_until_ms; /* its certificate holds till then; 0: ask */
	uint64_t known;	       /* checkpoint size it has proof of */
	uint64_t credit_messages[LANES], credit_bytes[LANES];
	uint64_t sent_messages[LANES], sent_bytes[LANES];
	uint64_t cursor[LANES]; /* mailbox index to look at next */
	uint64_t passed[LANES]; /* first it was not given, UINT64_MAX none */
	struct flight flight[LANES];
	struct flight submitted; /* entries whose stages it waits for */
};

struct core {
	const char *config_file;
	struct config *config;
	struct store *store;
	struct ledger *ledger;
	struct note_secret log_key;
	uint8_t box_public[32], curve_public[32];
	uint8_t person_key[32];
	struct law *law;
	struct registry *registry;
	struct pool *pool;
	struct outbox *outbox;
	struct online *online; /* [1 .. config->doors], by door */
	struct clock clock;
	int notify_fd; /* to the launcher, or -1 */
	uint64_t started_ms, ticked_mono, low_water_mono, alive_mono;
	uint64_t low_water_size;
	uint64_t rejected[400];		  /* by code, since the last tick */
	uint64_t messages, acks, rejects; /* for status */
	bool again; /* more offers may wait than the last batch took */
};

/* Something to send once the batch is on disk. */
enum effect_kind {
	EFFECT_RECEIPT,
	EFFECT_READY,
	EFFECT_OFFER,
	EFFECT_RANGE,
	EFFECT_PONG,
};

struct effect {
	struct effect *next;
	enum effect_kind kind;
	unsigned door;
	struct id session;
	uint8_t lane;
	uint64_t index;		   /* entry: of the message, or first read */
	uint64_t known;		   /* READY: size said at hello */
	uint32_t count;		   /* RANGE */
	const PbMailboxItem *item; /* OFFER */
};

struct batch {
	struct core *core;
	struct txn *t;
	struct arena *arena;
	uint64_t now;
	bool counted; /* holds what c->rejected counts: then forget that */
	bool wrote;
	struct effect *first, **last;
};

#define BATCH_ARENA (64u * 1024 * 1024)

/*
 * Opens the store and the log, reads the registry, starts the clock. config,
 * log_key and law are there. ERR_INVALID also when the log gave out a door
 * that config does not have.
 */
enum err core_open(struct core *c, struct why *why) MUST_CHECK;
/* What core_open made; fine after a failed one, and twice. */
void core_close(struct core *c);

/* Adds an effect for a door's session, zeroed; NULL without memory. */
struct effect *core_effect(struct batch *b, enum effect_kind kind,
    unsigned door, const struct id *session);

/* The signed rejection of a frame, at once: it tells of no record. */
void core_reject(struct core *c, const struct job *j, enum code code);

/*
 * Appends an entry with details (packed and put in the vault) under the
 * manifest in force. verdicts are commitments already stored.
 */
enum err core_append(
    struct batch *b, PbEntry *e, PbDetails *d, uint64_t *index) MUST_CHECK;

/* Packs a message (NULL: empty payload) and sends it to a session. */
void core_send(struct core *c, unsigned door, const struct id *session,
    uint8_t lane, uint8_t type, const void *message);

/* A seat is no longer there: what it had not acked is free for others. */
void core_forget(struct core *c, unsigned door);

/* Ends a session and forgets it; the peer is told to knock again. */
void core_end(struct core *c, unsigned door);

/* What keeps the batch from being committed: the store's, or no memory. */
enum err core_error(const struct batch *b) MUST_CHECK;
/* One write transaction: begin, then commit and sign. */
enum err
core_begin(struct core *c, struct batch *b, struct why *why) MUST_CHECK;
enum err core_commit(struct batch *b, struct why *why) MUST_CHECK;
void core_abort(struct batch *b);

/* Frees what the seats' lists hold; the array itself is the caller's. */
void core_free_flights(struct core *c);

/*
 * Puts a new registry snapshot in force, here and at the front. Takes r.
 * ERR_UNKNOWN: the front could not be told; it must not go on with the old.
 */
enum err core_set_registry(
    struct core *c, struct registry *r, struct why *why) MUST_CHECK;

/*
 * What was held back or another's may be free now (a case, a card, a seat has
 * changed): every seat that passed such items over looks at them again.
 */
void core_rescan(struct core *c);

/* An older item has come into a mailbox: the node's seats look at it. */
void core_rewind(
    struct core *c, const struct reg_node *node, unsigned lane, uint64_t index);

static inline ProtobufCBinaryData
pb_bytes(const void *data, size_t len)
{
	return (ProtobufCBinaryData){ len, (uint8_t *)(uintptr_t)data };
}

#endif
