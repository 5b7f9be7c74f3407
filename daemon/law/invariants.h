/*
 * SPDX-License-Identifier: MIT
 *
 * invariants: what must never and what must always hold, whatever a table of
 * rules says (config/invariants.yaml). Each is proven over the whole input
 * space, or broken by an example; docs/law.md says how to read both. A table
 * that breaks one is never in force.
 */
#ifndef INFOHUS_INVARIANTS_H
#define INFOHUS_INVARIANTS_H

#include "rules.h"

struct clause; /* table.h */

struct invariant {
	const char *id; /* "I07" */
	unsigned line, column;
	const char *text_en, *text_da;
	bool always;	   /* these outcomes only; else never one of these */
	unsigned outcomes; /* SPACE_PERMIT and so on */
	uint64_t from_ms;  /* from when on it must hold */
	const struct clause *when, *unless;
	size_t n_when, n_unless;
	/* Who decides: always by one of these, never but by one of these. */
	const struct rule **by;
	size_t n_by;
};

struct invariants; /* immutable after load; the table must outlive it */

/*
 * Reads the file against a table, whose rules it may name. Groups it has of
 * its own: who shrinks a group of the table must not shrink what is proven.
 * Limits of the table that are wider than the file's are problems too.
 * NULL with problems added on any error.
 */
struct invariants *invariants_load(const char *file, struct bytes text,
    const struct rules *r, struct problems *p);
void invariants_free(struct invariants *i);
size_t invariants_count(const struct invariants *i);
const struct invariant *invariants_at(const struct invariants *i, size_t n);

/* What became of one. */
struct proof {
	bool proven;
	bool empty; /* not proven: no message is what it is about */
	/* Else, if not: the plainest message that breaks it, when, and what
	 * judge() says of it. */
	struct facts facts;
	uint64_t at_ms;
	struct judgement judgement;
	uint64_t nodes; /* boxes looked at */
};
/*
 * Proves invariant n at the time it begins and at each later time at which a
 * rule begins or ceases to apply. ERR_OK with *out; ERR_FULL when that takes
 * too long, ERR_NOMEM, ERR_UNKNOWN (space.h): then it is not proven either.
 */
enum err invariants_prove(
    const struct invariants *i, size_t n, struct proof *out) MUST_CHECK;

/* Adds a problem for each that the table breaks; false when there is one. */
bool invariants_hold(const struct invariants *i, struct problems *p);

/*
 * The times, in order and each once, from from_ms on at which some rule of
 * the table begins or ceases to apply, from_ms among them. Fills at most
 * room; returns how many there are.
 */
size_t rules_instants(
    const struct rules *r, uint64_t from_ms, uint64_t *out, size_t room);

#endif
