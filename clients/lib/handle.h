/*
 * SPDX-License-Identifier: MIT
 *
 * handle: the inside of struct infohus, for the files that make up the
 * public calls: infohus.c (life and events), sending.c, receiving.c, view.c.
 */
#ifndef INFOHUS_HANDLE_H
#define INFOHUS_HANDLE_H

#include "channel.h"
#include "check.h"

#define WINDOW 32 /* messages under way in each direction */
#define OTHERS 32 /* counters of frames that are no submit */

/* An event that waits for its caller, with all it points to. */
struct item {
	struct item *next;
	struct arena *arena;
	struct infohus_event event;
	const struct check_offer *offer; /* MESSAGE: to be rendered */
};

struct queue {
	struct item *first, **last;
};

enum queue_kind { QUEUE_ACUTE, QUEUE_ANSWERS, QUEUE_ORDINARY, QUEUES };

enum pending_state {
	PENDING_QUEUED,	  /* to be sent */
	PENDING_ASKED,	  /* sent in this session, no answer yet */
	PENDING_ANSWERED, /* recorded; recipients' acks are awaited */
};

/* A message whose answer somebody wants. */
struct pending {
	char id[INFOHUS_ID_TEXT];
	bool acute;
	bool recorded; /* an event has said so already */
	size_t stages; /* acks of recipients that it told of */
	enum infohus_until until;
	enum pending_state state;
	uint64_t counter; /* ASKED: of its frame */
	uint64_t at_ms;	  /* QUEUED: not before; ASKED: since */
	unsigned tries;	  /* rejections that allowed another */
};

/* An offer of this session that is not answered yet. */
struct held {
	uint64_t index;
	unsigned lane; /* PbLane */
	size_t bytes;
	struct digest header;
	size_t n_commitment;
	struct digest commitment[COMMITMENTS_MAX];
};

struct credit {				    /* of one lane, in this session */
	uint64_t said_messages, said_bytes; /* last told to core */
	uint64_t done_messages, done_bytes; /* answered */
	uint64_t offered;
	uint64_t done_before; /* in earlier sessions */
};

struct ack_item { /* signed body to be, with its digest */
	bool nack;
	size_t len;
	uint8_t *body; /* malloced */
};

struct infohus {
	struct home home;
	struct state *state;
	struct trust trust;
	struct vetted vetted;
	struct transport transport;
	struct channel channel;

	struct queue queue[QUEUES];
	struct item *current; /* the caller has it until the next call */

	struct pending *pending;
	size_t n_pending, pending_room;
	uint64_t other[OTHERS]; /* counters of acks and credits, a ring */
	size_t next_other;

	unsigned lanes;
	uint64_t limit; /* per lane, 0 none */
	struct credit credit[2];
	struct held held[2 * WINDOW];
	size_t n_held;
	struct ack_item ack[ACKS_MAX];
	size_t n_ack;
};

/* ------------------------------------------------------------- infohus.c */

/*
 * The rest of infohus_open: locks and loads the state; takes over home and
 * transport in every case. Tests open a handle with it over a transport of
 * their own.
 */
enum infohus_result handle_open(struct infohus **out, struct home *home,
    const struct transport *t, const char *dir, struct why *why);
/* A new event; takes the arena. NULL (and the arena freed) without memory. */
struct item *handle_event(struct infohus *h, enum queue_kind q,
    enum infohus_event_kind kind, struct arena *a);
void handle_drop_queue(struct infohus *h, enum queue_kind q);
/* Sends a control frame and remembers its counter for rejections. */
enum infohus_result
handle_control(struct infohus *h, uint8_t type, struct bytes payload);
uint64_t handle_now(const struct infohus *h);
void handle_tell(struct infohus_why *to, const struct why *from);

/* ------------------------------------------------------------- sending.c */

enum infohus_result sending_work(struct infohus *h, struct why *why);
bool sending_waits(const struct infohus *h); /* for an answer */
/* Earliest time at which something may be sent again; UINT64_MAX none. */
uint64_t sending_due(const struct infohus *h);
void sending_session_over(struct infohus *h);
struct pending *sending_find(struct infohus *h, const char *id);
void sending_drop(struct infohus *h, struct pending *p);
/*
 * The stored bytes, opened: from the outbox, or as sent before. NOT_FOUND,
 * IO, NO_MEMORY.
 */
enum infohus_result sending_load(struct infohus *h, struct arena *a,
    const char *id, struct bytes *message, struct envelope *env,
    bool *in_outbox, struct why *why);

/* ------------------------------------------------------------- answers.c */

enum infohus_result
answers_receipt(struct infohus *h, struct bytes payload, struct why *why);
enum infohus_result
answers_reject(struct infohus *h, struct bytes payload, struct why *why);

/* ----------------------------------------------------------- receiving.c */

enum infohus_result receiving_work(struct infohus *h, struct why *why);
enum infohus_result receiving_offer(
    struct infohus *h, uint8_t lane, struct bytes payload, struct why *why);
void receiving_session_over(struct infohus *h);
/* Its caller leaves an unreadable offer alone: it must not block others. */
void receiving_leave(struct infohus *h, uint64_t index);

/* ---------------------------------------------------------------- view.c */

/* What was checked, as infohus.h shows it; NULL without memory. */
const struct infohus_receipt *view_receipt(struct arena *a, const char *id,
    const struct envelope *mine, const struct check_receipt *c);
const struct infohus_message *
view_message(struct arena *a, const struct check_offer *o);

#endif
