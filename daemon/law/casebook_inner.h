/*
 * SPDX-License-Identifier: MIT
 *
 * casebook_inner: what reading a book of cases shares. Private to
 * casebook*.c.
 */
#ifndef INFOHUS_CASEBOOK_INNER_H
#define INFOHUS_CASEBOOK_INNER_H

#include "casebook.h"

#define KEYS_MAX 72

/* Keys of a map: facts first, each with its number, then the others. */
struct schema {
	struct yaml_key key[KEYS_MAX];
	size_t fact[KEYS_MAX];
	size_t n_facts, n;
};

struct reading {
	struct casebook *book;
	const char *file;
	struct problems *p;
	struct schema message, recipient, variant, only;
};

/* Keys of a variant after its facts, those of a recipient in front. */
enum {
	EXPECT,
	RULE,
	CODE,
	MISSING,
	EXPECTATION_COUNT,
	SAYS = EXPECTATION_COUNT,
	LAW,
	EXAMPLE,
	ONLY
};

/* What takes several values in turn. */
struct turn {
	const struct yaml *at; /* NULL: nothing does */
	size_t fact;
	const char *name;
	uint64_t words; /* bit per value */
};

/* The lawful words of facts; any other, alone and in turn, is refused. */
struct only {
	const struct yaml *at; /* NULL: nothing is said */
	bool said[KEYS_MAX];
	uint64_t words[KEYS_MAX];
};

/* ---- casebook_words.c ---- */

void casebook_schemas(struct reading *r);
/* The key that stands for a fact. */
const char *casebook_key(size_t fact);
/* Adds the text as a problem at v; false. */
bool casebook_fault(struct reading *r, const struct yaml *v, const char *text);
/* Facts of a map that s describes; those that turn are left alone. */
bool casebook_facts(struct reading *r, const struct schema *s,
    const struct yaml *const *value, struct facts *f);
/* The one that turns, if any. */
bool casebook_turns(struct reading *r, const struct schema *s,
    const struct yaml *const *value, struct turn *t);
/* What v says, on top of what only says already. */
bool casebook_only(struct reading *r, const struct yaml *v, struct only *only);

#endif
