/*
 * SPDX-License-Identifier: MIT
 *
 * view: facts as bits, made once per judgement, and what rules say of them
 * one by one. Private to this folder.
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
/* What is a set in the facts. */
enum set { SET_RELATION, SET_BASIS, SET_CATEGORY, SET_SETTING, SET_COUNT };

/* Parts of the facts: what a clause asks about, or what is not asked. */
#define SKIP_FIELD(f) (UINT64_C(1) << (f))
#define SKIP_SET(s) (UINT64_C(1) << (FIELD_COUNT + (s)))
#define SKIP_FLAG(f) (UINT64_C(1) << (FIELD_COUNT + SET_COUNT + (f)))

bool match_fits(const struct match *m, const struct view *v);
bool clause_fits(const struct clause *c, const struct view *v);
/* Whatever the parts in skip say; settings are always asked. */
bool
clause_fits_but(const struct clause *c, const struct view *v, uint64_t skip);

#endif
