/*
 * SPDX-License-Identifier: MIT
 *
 * seat: the clients of a replay. They speak the real protocol, keep what a
 * real seat keeps and check whatever core says with the client library's own
 * checks; what does not verify is a failure of the run at once. Only the
 * session is played here, so that a scenario can also break it.
 */
#ifndef INFOHUS_TESTS_REPLAY_SEAT_H
#define INFOHUS_TESTS_REPLAY_SEAT_H

#include "clients/lib/check.h"
#include "node.h"
#include "tests/common/say.h"
#include "world.h"

#define SEAT_FRAMES 4096 /* submits of one session that answers may name */

/* A message made by the scenario, sent or not. */
struct message {
	struct message *next;
	char label[LABEL_MAX];
	const struct node *sender;
	struct arena *arena;
	struct bytes packed;
	struct envelope env;
	struct id id;
	uint8_t lane;
	bool opens;    /* env is there: it is well-formed */
	bool recorded; /* a receipt has been seen */
	uint64_t index;
	struct digest entry;
	bool has_must; /* a verdict of another kind is a fault */
	PbOutcome must;
};

enum got_kind {
	GOT_RECEIPT,
	GOT_REJECT,
	GOT_OFFER,
	GOT_READY,
	GOT_WELCOME,
	GOT_PONG,
	GOT_RANGE,
	GOT_BYE,
	GOT_LOST, /* the connection has ended */
	GOT_KINDS
};

struct got {
	struct got *next;
	enum got_kind kind;
	bool read; /* an expectation has named it */
	struct arena *arena;
	struct message *m; /* NULL: of nobody */
	enum code code;
	char field[96];
	struct check_receipt *receipt;
	struct check_offer *offer;
	uint64_t first, count; /* RANGE */
};

struct seats;

struct seat {
	struct seat *next;
	struct seats *all;
	const struct node *node;
	char name[LABEL_MAX]; /* ALIAS/SEAT, with #2 for a second program */
	char seat[33];
	unsigned door;
	uint32_t connection; /* 0: none */
	bool welcomed, ready;
	bool takes_all; /* acks whatever it is offered */
	struct home home;
	struct trust trust;
	struct vetted vetted;
	struct id session;
	uint64_t in, out;
	uint8_t knock[SAY_RANDOM_SIZE];
	struct message *sent[SEAT_FRAMES]; /* by counter */
	struct got *first, **last;
};

struct seats {
	struct world *world;
	struct node *node;
	struct message *message;
	struct seat *seat;
	uint64_t offers, receipts, rejects;
	/* Set once: what core said that cannot be so. */
	char fault[700];
	/* For the transcript; NULL for none. */
	FILE *transcript;
};

void seats_new(struct seats *s, struct world *w);
void seats_free(struct seats *s);
/* Notes what cannot be; the first one stays. */
void seats_fault(struct seats *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

struct node *seats_node(struct seats *s, const char *alias);
/* ALIAS or ALIAS/SEAT[#N]; made when first named. NULL: no such node. */
struct seat *seats_find(struct seats *s, const char *name);
struct message *seats_message(struct seats *s, const char *label);
/* A new label, or one whose content is replaced. */
struct message *seats_message_new(struct seats *s, const char *label);

/* Of size enough for any frame; never NULL. */
struct arena *seats_arena(void);

/*
 * Knocks on a new connection; the welcome is in the inbox if it came. False
 * when its door is shut.
 */
bool seat_knock(struct seat *s);

struct hello {
	const char *node, *seat; /* NULL: its own */
	unsigned lanes;		 /* bit PbLane */
	uint64_t size;		 /* UINT64_MAX: what it knows */
	const struct signer *signer;
};
void seat_hello(struct seat *s, const struct hello *h);

/* Any frame of the session. Runs the world unless it holds. */
void seat_frame(struct seat *s, uint8_t lane, uint8_t type, bool counts,
    struct bytes payload);
void seat_packed(struct seat *s, uint8_t type, const void *message);
void seat_submit(struct seat *s, struct message *m, uint8_t lane);
void
seat_credit(struct seat *s, uint8_t lane, uint64_t messages, uint64_t bytes);

struct ack {
	const struct got *offer;
	bool nack;
	enum code code;
	const char *mangle; /* NULL, or what is wrong about it */
	uint64_t number;    /* for some of them */
};
void seat_ack(struct seat *s, const struct ack *list, size_t n);
/* The newest offer of a message that this seat got; NULL. */
const struct got *seat_offer(const struct seat *s, const struct message *m);

/* Raw bytes into the door. */
void seat_raw(struct seat *s, struct bytes frame);
void seat_drop(struct seat *s);

/* One line for people, the transcript and EXPECT, however long; free it. */
char *got_text(const struct got *g);
/* Need no expectation: that a session begins or its connection ends. */
bool got_is_harmless(enum got_kind k);

#endif
