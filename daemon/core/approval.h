/*
 * SPDX-License-Identifier: MIT
 *
 * approval: a message of kind `approval`, with what it decides read back from
 * the log and judged again. Core and an audit load the same and come to the
 * same decision.
 */
#ifndef INFOHUS_APPROVAL_H
#define INFOHUS_APPROVAL_H

#include "context.h"
#include "parked.h"

struct approval {
	enum code code; /* OK, or why it decides nothing (question.approval) */
	bool approved;
	struct parked parked;
	size_t addressee; /* of parked, that it decides */
	/* As if sent now, with that addressee alone: */
	struct question question;
	struct answers answers;
	struct context context;
	bool linked_alone; /* its case, to one that police have alone */
	struct digest person;
	struct answer *answer;
};

struct approving { /* what of the approval itself counts */
	const struct law *law;
	const struct registry *registry;
	const struct reg_node *node; /* its sender */
	const PbHeader *header;
	const PbGrounds *grounds;
	uint64_t at_ms;
};

/* In the books' arena. Errors are those of reading, and ERR_NOMEM. */
enum err approval_load(const struct books *b, const struct approving *in,
    struct approval **out) MUST_CHECK;

/* The verdicts of a decision, by recipient. */
struct decided {
	size_t n;
	struct decided_verdict {
		PbVerdict *told;
		PbVerdict *real;	    /* when withheld, else NULL */
		const struct recipient *to; /* who may get it now, or NULL */
	} verdict[RECIPIENTS_MAX];
};

/* What an approval with code OK comes to. */
enum err approval_decide(
    struct arena *a, struct approval *x, struct decided **out) MUST_CHECK;
/* What becomes of everything of p that is undecided when it expires. */
enum err approval_expire(const struct books *b, const struct parked *p,
    struct decided **out) MUST_CHECK;

/*
 * The case of what was approved, as r7_case changes it; *transition NULL
 * when it changes none.
 */
enum err approval_case(struct arena *a, const struct approval *x, PbCase **kase,
    bool *changed, PbTransition **transition) MUST_CHECK;

#endif
