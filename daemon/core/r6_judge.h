/*
 * SPDX-License-Identifier: MIT
 *
 * R6 judge: one verdict per recipient. Pure: the same question gives the
 * same answer on every machine, today and in a replay.
 *
 * Each recipient is judged twice: as the case is, and as if it had nothing
 * to hide. The second judgement is what the sender is told; it is a function
 * of nothing that police may keep to themselves. A refusal that only the
 * state of the case gives stays withheld: the sender sees what it sees for
 * a recipient that is offline, permitted and no ack.
 *
 * What the law leaves open parks, if the sending authority has an approver
 * (r6_approve.h).
 */
#ifndef INFOHUS_R6_JUDGE_H
#define INFOHUS_R6_JUDGE_H

#include "daemon/law/law.h"
#include "r5_place.h"

#define RECIPIENTS_MAX 96 /* that many commitments still fit an entry */

struct question {
	const struct registry *registry;
	const struct law *law;
	const struct reg_node *sender;
	const PbHeader *header;
	const PbGrounds *grounds;
	size_t n_addressee;
	PbAddressee *const *addressee;
	const PbCase *kase; /* NULL: none, or not one of the sender's */
	bool case_missing;  /* names a case that is not the sender's */
	bool linked_police_alone;
	bool key_valid;	    /* sender's certificate, at at_ms */
	enum code approval; /* of an approval: OK, or why it decides nothing */
	uint64_t at_ms;
	/* Was in_reply_to a request of recipient to the sender? */
	bool (*answers)(void *ctx, const char *recipient);
	void *ctx;
};

struct recipient {
	size_t addressee;
	const struct reg_node *node; /* NULL: infohus, or none found */
	int role;
	struct judgement told; /* what the sender may know */
	struct judgement real; /* differs only when withheld */
	bool withheld;
	size_t n_instead; /* of what is told: what would be lawful */
	struct alternative instead[ALTERNATIVES_MAX];
	const char *flag; /* passed in spite of this, or NULL */
};

struct answer {
	enum code code;	    /* of the whole message; OK or why all
			       but acute to police is refused */
	bool has_step;	    /* a legal step of the case */
	bool event_ignored; /* the step and the judgements are without it */
	struct step step;
	size_t n;
	struct recipient recipient[RECIPIENTS_MAX];
};

void r6_judge(const struct question *q, struct answer *a);

/* For answer.event_ignored: the question as if no event were said. */
const struct question *r6_without_event(
    const struct question *q, struct question *copy, PbGrounds *grounds);

/*
 * question.key_valid: chain, CRL and dates of the node's certificate. If so,
 * *until_ms (may be NULL) is the first time at which that may have changed.
 * ERR_NOMEM: it could not be found out.
 */
enum err r6_key_valid(const struct law *law, const struct reg_node *node,
    uint64_t at_ms, bool *valid, uint64_t *until_ms) MUST_CHECK;

/*
 * For R9: does only the present state of the case forbid handing this out?
 * in->kase and linked_police_alone are of now.
 */
bool r6_is_held(const struct law *law, const struct facts_in *in);

/* Is this recipient to get what is meant for it? */
bool r6_is_permitted(const struct recipient *r);

/* The state that the sender's side of the case sees. */
PbCaseState r6_state_seen(const PbCase *c, int sender_role);

#endif
