/*
 * SPDX-License-Identifier: MIT
 *
 * decide: what a table says of facts, without how near a refusal was. The
 * permits are indexed as ways: one row with one set of its bases, all of
 * which must fit. Private to this folder.
 */
#ifndef INFOHUS_DECIDE_H
#define INFOHUS_DECIDE_H

#include "index.h"

/* A way through a permit. */
struct way {
	const struct row *row;
	uint32_t basis; /* 0: whatever the basis */
	uint64_t reach; /* roles at the subject's place that it lets pass to */
};

/* Prohibitions or duties, by their clauses. */
struct clauses {
	struct index index;
	const struct clause **clause; /* all under "any" */
	const struct rule **rule;     /* whose it is */
	uint64_t *asks;		      /* SKIP_: what it asks about */
};

struct deciding {
	struct index index; /* of ways, in the order of the file */
	struct way *way;
	const uint64_t *parks; /* those with an approver */
	struct clauses prohibitions, duties;
};

/* Indexes t, in its arena. False: problem added. */
bool decide_build(struct reading *r, struct rules *t);

/* The rules of which a clause fits and no exception, in their order. */
size_t decide_applies(const struct clauses *c, const struct view *v,
    uint64_t at_ms, const struct rule **out, size_t room);

/* What judge() says. */
struct decision {
	PbOutcome outcome;
	enum code code;
	const struct rule *rule; /* NULL on NO_PERMIT */
};
void decide(const struct rules *r, const struct view *v, uint64_t at_ms,
    struct decision *out);

/*
 * Will it stay prohibited whatever is changed in what change says (SKIP_)?
 * False: not known.
 */
bool decide_is_hopeless(const struct rules *r, const struct view *v,
    uint64_t at_ms, uint64_t change);

/*
 * The ways that need no approver and fit but for what skip says, in the
 * order of the file. At most room. If the basis is skipped, only those that
 * name one.
 */
size_t decide_ways(const struct rules *r, const struct view *v, uint64_t at_ms,
    uint64_t skip, const struct way **out, size_t room);

/* Roles at the subject's place that some of those ways reach. */
uint64_t
decide_reach(const struct rules *r, const struct view *v, uint64_t at_ms);

#endif
