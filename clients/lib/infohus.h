/*
 * SPDX-License-Identifier: MIT
 *
 * infohus.h: the client library, libinfohus. This header is its manual.
 *
 * A *seat* is one place where a node (an authority or a unit of one) is
 * connected to the router. Its home folder, made with `infohus node new` and
 * `infohus node connect`, is
 *
 *	DIR/node.pem, DIR/node.key	certificate and key of the node
 *	DIR/seat-NAME/seat.json		whom to reach and what to trust
 *	DIR/seat-NAME/curve.key		keys of the seat
 *	DIR/seat-NAME/box.key
 *	DIR/seat-NAME/state/		written by this library, mode 0700:
 *	    outbox/ID			signed, not yet answered
 *	    sent/ID, sent/ID.receipt	recorded, with the verified receipt
 *	    refused/ID, refused/ID.reject	rejected for good
 *	    received/INDEX		handed over and acknowledged
 *	    checkpoint			newest verified checkpoint of the log
 *	    unproven			checkpoints that only others have seen
 *
 * What is in outbox, sent and refused is readable text about people: keep
 * the folder on an encrypted disk and clear sent and refused as your own
 * rules of retention say. The rest must stay as long as the seat is used.
 *
 * What the library promises:
 *  - A message is on disk, signed, before its first byte is sent, and only
 *    those bytes are ever sent again; the router records them once.
 *  - INFOHUS_EVENT_RECORDED means: a receipt with a signed checkpoint, an
 *    inclusion proof and a consistency proof from the last checkpoint on
 *    disk was verified. Nothing that does not verify becomes an event.
 *  - A message handed over by INFOHUS_EVENT_MESSAGE is offered again until
 *    infohus_ack or infohus_nack, also after a crash on either side.
 *
 * One handle belongs to one thread at a time; different handles share
 * nothing. The library never prints, exits, forks or touches signals. It
 * uses libzmq, which may abort the process when the system runs out of
 * memory or descriptors; messages on disk survive that.
 *
 * Strings and structs that an event points to stay valid until the next
 * call on the same handle. All text is UTF-8. Text that came from another
 * node may hold anything but control characters (line feeds are possible).
 */
#ifndef INFOHUS_H
#define INFOHUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- results */

enum infohus_result {
	INFOHUS_OK = 0,
	INFOHUS_TIMEOUT, /* nothing happened in the time given */
	INFOHUS_NO_MEMORY,
	INFOHUS_IO,	     /* a file or socket of ours; see errno's text */
	INFOHUS_BAD_HOME,    /* seat.json, a key or the certificate is missing
				or is not what it must be */
	INFOHUS_IN_USE,	     /* another process uses this seat */
	INFOHUS_BAD_DRAFT,   /* text that cannot become a message */
	INFOHUS_WRONG_NODE,  /* a draft from another node than the seat's */
	INFOHUS_EXISTS,	     /* a message with this id was built before */
	INFOHUS_NOT_FOUND,   /* no such message, or no such offer */
	INFOHUS_UNREACHABLE, /* no endpoint answered */
	INFOHUS_LOST,	     /* the session ended; the next call reconnects */
	INFOHUS_REFUSED,     /* the router refused this seat */
	INFOHUS_BAD_FRAME,   /* the router sent what does not belong there */
	INFOHUS_BAD_CHECKPOINT, /* not signed by the log's key */
	INFOHUS_LOG_WENT_BACK,	/* the log is smaller than it was */
	INFOHUS_LOG_FORKED, /* the log does not extend what was seen before */
	INFOHUS_BAD_INCLUSION, /* the proof does not lead to the checkpoint */
	INFOHUS_WRONG_ENTRY,   /* the entry proven is not that of the message */
	INFOHUS_WRONG_MESSAGE, /* an answer about a message never sent */
	INFOHUS_BAD_VERDICT,   /* a verdict that the entry does not hold */
	INFOHUS_BAD_STAGE,     /* a recipient's ack that does not hold */
	INFOHUS_BAD_REJECTION, /* not signed by the log, or of another frame or
				  session */
	INFOHUS_BAD_PART,      /* a part that the header does not commit to */
	INFOHUS_BAD_SIGNATURE, /* the sender's signature does not hold */
	INFOHUS_BAD_CARD,   /* a card without two custodians' approvals, or of
			       another node */
	INFOHUS_NOT_FOR_US, /* offered to the wrong node */
};

/* Short name, e.g. "log_forked". Static. */
const char *infohus_result_name(enum infohus_result r);
/* One sentence for people. Static. */
const char *infohus_result_text(enum infohus_result r);
/*
 * True for results that say that the log or the router cannot be trusted
 * (LOG_FORKED, BAD_CHECKPOINT …). A person must look; trying again will not
 * help. False for all that may pass by itself.
 */
bool infohus_result_is_alarm(enum infohus_result r);

/* A reason for people, never about a person or a case. May always be NULL. */
struct infohus_why {
	char text[400];
};

/* ----------------------------------------------------------------- handle */

struct infohus; /* one seat */

#define INFOHUS_ID_TEXT 37 /* room for the text of a message id */

/*
 * Opens a seat's home and locks it. Reads everything that will be needed, so
 * that a wrong home fails here. Nothing is sent.
 * NO_MEMORY, IO, BAD_HOME, IN_USE. Close with infohus_close.
 */
enum infohus_result
infohus_open(struct infohus **out, const char *home, struct infohus_why *why);
/* Acks that wait are dropped: call infohus_flush first. NULL is fine. */
void infohus_close(struct infohus *h);

const char *infohus_node(const struct infohus *h);
const char *infohus_seat(const struct infohus *h);

/* Lanes whose messages this seat takes; bits. */
#define INFOHUS_LANE_ORDINARY 1u
#define INFOHUS_LANE_ACUTE 2u

/*
 * Which messages to take, said before infohus_connect; nothing without this
 * call. At most limit of each lane are asked for in all, 0 for no limit.
 */
void infohus_take(struct infohus *h, unsigned lanes, uint64_t limit);

/*
 * Tries the endpoints one after another until a session is open or the time
 * is over: UNREACHABLE, REFUSED, BAD_CHECKPOINT, LOG_WENT_BACK, LOG_FORKED,
 * BAD_FRAME. infohus_next connects by itself; this is for callers that want
 * to know first.
 */
enum infohus_result
infohus_connect(struct infohus *h, int timeout_ms, struct infohus_why *why);
bool infohus_is_connected(const struct infohus *h);

/*
 * For an event loop: a descriptor to poll for input, -1 when there is none
 * yet, and the time in ms after which infohus_next wants to be called
 * anyway. It reports edges: call infohus_next with timeout 0 until it says
 * TIMEOUT before polling again.
 */
int infohus_fd(const struct infohus *h);
int infohus_wait_ms(const struct infohus *h);

/* ---------------------------------------------------------------- sending */

/*
 * Turns a Draft (JSON) into a signed message and stores it in the outbox;
 * nothing is sent. id gets the text of its message id, also on EXISTS.
 * Times may be relative: "now+14d". BAD_DRAFT names the field, or line and
 * column; WRONG_NODE, EXISTS, IO, NO_MEMORY.
 */
enum infohus_result infohus_draft(struct infohus *h, const char *json,
    size_t len, char id[INFOHUS_ID_TEXT], struct infohus_why *why);

enum infohus_until {
	INFOHUS_UNTIL_RECORDED,
	INFOHUS_UNTIL_DELIVERED, /* ask again after a lost session until
				    every permitted recipient has acked */
};

/*
 * Queues a stored message (outbox or sent; the bytes are the same) for
 * sending. infohus_next sends it and brings the answer. A retryable
 * rejection is reported and the message sent again later. NOT_FOUND.
 */
enum infohus_result infohus_send(struct infohus *h, const char *id,
    enum infohus_until until, struct infohus_why *why);
/* The same for everything in the outbox, oldest first; *count says how
 * many. */
enum infohus_result infohus_send_outbox(struct infohus *h,
    enum infohus_until until, size_t *count, struct infohus_why *why);

/* How many of the messages queued for sending have no answer yet. */
size_t infohus_unanswered(const struct infohus *h);

enum infohus_outcome {
	INFOHUS_REFUSE,
	INFOHUS_PERMIT,
	INFOHUS_PARK, /* somebody at the sending authority decides */
};

enum infohus_stage {
	INFOHUS_STAGE_NONE,   /* no answer from the recipient yet */
	INFOHUS_STAGE_ACKED,  /* the recipient's own signed ack, verified */
	INFOHUS_STAGE_NACKED, /* it has it and cannot use it: stage_code */
};

/*
 * What happens with a message for one of its recipients. An addressee has
 * one; an acute one whose police cannot be told apart may have several. Where
 * the reason of a refusal would tell about a case, the verdict looks like
 * that of a recipient that is offline: permitted, and no stage comes.
 */
struct infohus_verdict {
	size_t addressee; /* its place in the draft, from 0 */
	enum infohus_outcome outcome;
	unsigned code;
	const char *code_name;
	const char *code_text;
	const char *node; /* who it is; NULL when nobody was found */
	const char *rule; /* "R05", or NULL */
	const char *law;  /* or NULL */
	size_t n_missing; /* what a permit lacked */
	const char *const *missing;
	size_t n_instead; /* what would be lawful: "drop: d6", "basis: ..." */
	const char *const *instead;
	enum infohus_stage stage;
	const char *stage_code; /* NACKED: name of the recipient's code */
	const char *person;	/* pseudonym of who took it, or NULL */
	uint64_t decided; /* entry that decided what was parked before, or 0 */
};

struct infohus_receipt {
	const char *id;
	uint64_t index;	      /* entry of the log */
	uint64_t recorded_at; /* ms since 1970 UTC */
	uint64_t tree_size;   /* of the checkpoint it is proven in */
	bool acute;
	size_t n_addressee; /* of the message */
	size_t n_verdict;
	const struct infohus_verdict *verdict; /* in order of the draft */
	size_t n_notice;		       /* duties: "ring 112 …" */
	const char *const *notice;
};

struct infohus_rejection {
	const char *id;
	unsigned code;
	const char *code_name;
	const char *code_text;
	const char *field; /* what was found wrong, or NULL */
	bool retry;	   /* stays in the outbox and is sent again */
};

/* -------------------------------------------------------------- receiving */

/* A message offered to this node: proven to be in the log, its parts opened
 * against the signed header, the sender's card and signature verified. */
struct infohus_message {
	uint64_t index; /* entry of the log; never used twice */
	const char *id;
	const char *sender;	 /* node */
	const char *sender_name; /* display name on its card */
	const char *kind;
	bool acute;
	uint64_t recorded_at; /* ms since 1970 UTC */
	/*
	 * All of it as one JSON object: index, id, recorded_at, header,
	 * addressee (a list: what names this node), grounds (when given),
	 * sections, sender {node, display_name, serial, certificate}. What
	 * this node is asked to decide has the grounds, no section, and
	 * decides: for each addressee what an approval names in its grounds.
	 */
	const char *json;
};

/* An offer that did not verify; nothing of it is shown. */
struct infohus_unreadable {
	uint64_t index;
	enum infohus_result result; /* BAD_PART, BAD_SIGNATURE, BAD_CARD,
				       NOT_FOR_US */
	const char *why;
	/*
	 * It can never become right: answer with infohus_nack, before the
	 * next infohus_next. Otherwise what this seat trusts may be out of
	 * date: leave it, it comes again in another session.
	 */
	bool for_ever;
};

enum infohus_nack {
	INFOHUS_NACK_CANNOT_READ = 300,
	INFOHUS_NACK_NOT_MINE = 301,
};

/*
 * Acknowledges the message of this index: signed, so call it only when the
 * message is safe on disk. person may name who took it by a pseudonym, or
 * be NULL. Acks are collected and leave with the next infohus_next.
 * NOT_FOUND when the index was not offered in this session, or was answered.
 */
enum infohus_result infohus_ack(struct infohus *h, uint64_t index,
    const char *person, struct infohus_why *why);
/* The same for one that cannot be used: it will not be offered again. */
enum infohus_result infohus_nack(struct infohus *h, uint64_t index,
    enum infohus_nack code, struct infohus_why *why);

/*
 * Sends the acks that wait and returns when the router has answered a ping
 * sent after them: then it has recorded them. For programs that are about to
 * end: an ack on its way is lost with the process, and its message would be
 * offered once more. TIMEOUT, LOST and what infohus_next returns.
 */
enum infohus_result
infohus_flush(struct infohus *h, int timeout_ms, struct infohus_why *why);

/* ----------------------------------------------------------------- events */

enum infohus_event_kind {
	INFOHUS_EVENT_READY,	  /* a session is open, also after a loss */
	INFOHUS_EVENT_RECORDED,	  /* receipt */
	INFOHUS_EVENT_DELIVERED,  /* receipt again, with new stages, or what
				     was parked is decided */
	INFOHUS_EVENT_REJECTED,	  /* rejection */
	INFOHUS_EVENT_MESSAGE,	  /* message; acute ones come first */
	INFOHUS_EVENT_UNREADABLE, /* unreadable */
};

struct infohus_event {
	enum infohus_event_kind kind;
	const struct infohus_receipt *receipt;
	const struct infohus_rejection *rejection;
	const struct infohus_message *message;
	const struct infohus_unreadable *unreadable;
};

/*
 * Does what is due (connect, send, verify, acknowledge) and waits at most
 * timeout_ms (0 not at all, -1 for ever) for the next event. OK sets *event.
 * Any result but OK and TIMEOUT has ended the session; the next call starts
 * another one, not before a short pause. Ask infohus_result_is_alarm whether
 * to go on.
 */
enum infohus_result infohus_next(struct infohus *h, int timeout_ms,
    struct infohus_event *event, struct infohus_why *why);

#ifdef __cplusplus
}
#endif

#endif
