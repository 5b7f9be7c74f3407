/*
 * SPDX-License-Identifier: MIT
 *
 * view: facts as bits, made once per judgement, and what rules say of them
 * one by one. Private to this folder's judge.c, alternatives.c and index.c.
 */
#ifndef INFOHUS_VIEW_H
#define INFOHUS_VIEW_H

#include "table.h"

struct view {
	uint64_t bit[FIELD_COUNT]; /* one bit each */
	uint16_t flags;
	uint32_t relation, basis; /* basis: bit 0 when none is claimed */
	uint64_t categories;
	uint32_t settings;
};

/* Bit 63 stands for every number too large: in no list, so never allowed. */
static inline uint64_t
view_bit(uint8_t value)
{
	return 1ULL << (value < 63 ? value : 63);
}

struct view view_of(const struct facts *f);
bool match_fits(const struct match *m, const struct view *v);
bool clause_fits(const struct clause *c, const struct view *v);

/* What judge() says but for how near it was. */
struct decision {
	PbOutcome outcome;
	enum code code;
	const struct rule *rule; /* NULL on NO_PERMIT */
};
void decide(const struct rules *r, const struct view *v, uint64_t at_ms,
    struct decision *out);

/* A way through a permit: one row, with one set of its bases. */
struct way {
	const struct row *row;
	uint32_t basis; /* 0: whatever the basis */
};
enum but { BUT_CARRY, BUT_BASIS };
/*
 * The ways, in the order of the file, that pass without an approver and fit
 * but for what they carry, or but for their basis and name one. At most room.
 */
size_t ways_but(const struct rules *r, const struct view *v, uint64_t at_ms,
    enum but but, struct way *out, size_t room);

#endif
