/*
 * SPDX-License-Identifier: MIT
 *
 * check: whether what the router says is proven. Pure but for the arena:
 * nothing here sends, writes or changes what is known of the log; the caller
 * takes over the checkpoint (trust_take) after everything else holds.
 *
 * Two layers fail differently. What is wrong with the log (checkpoint,
 * inclusion, entry) says that the router cannot be trusted. What is wrong
 * with one message (part, signature, card) concerns that message only.
 */
#ifndef INFOHUS_CHECK_H
#define INFOHUS_CHECK_H

#include "home.h"
#include "proto/envelope.h"
#include "trust.h"
#include "vetted.h"

#define CHECK_VERDICTS_MAX 128 /* more commitments than fit an entry */

struct proven { /* an entry and the checkpoint that holds it */
	PbEntry *entry;
	struct trust_step step;
};

struct check_verdict {
	PbVerdict *verdict;
	size_t addressee; /* its place in the message */
	int place;	  /* of its commitment in the entry */
	PbAckBody *ack;	  /* stage reached, or NULL */
	uint64_t decided; /* entry of the verdict, if it was parked first */
};

struct check_receipt {
	PbReceipt *receipt;
	struct proven proven;
	size_t n_verdict;
	/* In the draft's order; an acute one may reach several police. */
	struct check_verdict verdict[CHECK_VERDICTS_MAX];
	size_t n_news; /* stages and decisions */
};

struct check_offer {
	PbOffer *offer;
	struct digest header_digest;
	struct proven proven;
	/* check_offer_message only: */
	struct envelope env;
	const char *sender_name;   /* on its card, in the arena */
	uint64_t serial;	   /* of the card */
	struct digest certificate; /* fingerprint of it */
};

/* What an answer is checked against. */
struct check {
	struct arena *arena;
	const struct home *home;
	struct trust *trust;   /* heard from acks; otherwise read */
	struct vetted *vetted; /* cards and acks; not for rejections */
};

/*
 * The entry parses, and its leaf is number index of the tree of step.
 * BAD_INCLUSION, WRONG_ENTRY.
 */
enum infohus_result check_entry(const struct check *c, struct bytes entry,
    uint64_t index, const ProtobufCBinaryData *path, size_t n_path,
    const struct trust_step *step, PbEntry **out, struct why *why);

/*
 * A receipt for the message mine (opened from the stored bytes): entry,
 * checkpoint, verdicts, decisions, stages. BAD_FRAME, WRONG_MESSAGE,
 * WRONG_ENTRY, BAD_CHECKPOINT, LOG_WENT_BACK, LOG_FORKED, BAD_INCLUSION,
 * BAD_VERDICT, BAD_STAGE, BAD_CARD.
 */
enum infohus_result
check_receipt(const struct check *c, const struct envelope *mine,
    PbReceipt *receipt, struct check_receipt *out, struct why *why);

/*
 * An offer, as far as the log goes: entry, checkpoint, header digest.
 * BAD_FRAME, WRONG_ENTRY, BAD_CHECKPOINT, LOG_WENT_BACK, LOG_FORKED,
 * BAD_INCLUSION.
 */
enum infohus_result check_offer_log(const struct check *c, PbOffer *offer,
    struct check_offer *out, struct why *why);
/*
 * The message in it: parts, addressee, the sender's card and signature.
 * BAD_PART, NOT_FOR_US, BAD_CARD, BAD_SIGNATURE, NO_MEMORY. *for_ever says
 * whether it can become right when this seat's custodians are brought up to
 * date, or the router offers another card.
 */
enum infohus_result check_offer_message(const struct check *c,
    struct check_offer *o, bool *for_ever, struct why *why);

/* Is this what an approver gets: to decide, not to keep? */
bool check_is_to_decide(const struct envelope *env);

/*
 * A rejection is signed by the log and of this session. BAD_REJECTION,
 * BAD_FRAME. Whether its counter is of a frame that waits is the caller's.
 */
enum infohus_result
check_reject(const struct check *c, const struct id *session,
    const PbReject *reject, PbRejectBody **out, struct why *why);

#endif
