/*
 * SPDX-License-Identifier: MIT
 *
 * R5 place: from an addressee (a node, or a role with a relation) to the
 * nodes that hold it for the subject's kommune at the recorded time. Police
 * through the politikreds, psychiatry through the region, never one through
 * the other. Pure.
 *
 * What cannot be resolved to exactly one node is refused, with two
 * exceptions that must arrive: an acute message to police falls back to the
 * districts that the sender's own places lie in, and an underretning to a
 * child unit goes to the kommune of the custody holder, else of the sender.
 * Where that leads nowhere one child unit gets it, which passes it on: the
 * one named, or at the subject's place, in the sender's kommune, where the
 * subject lives, where the sender has a role, or else the first there is.
 */
#ifndef INFOHUS_R5_PLACE_H
#define INFOHUS_R5_PLACE_H

#include "daemon/ledger/registry.h"

#define PLACED_MAX 16 /* nodes of one addressee: the 12 districts */

struct place_in {
	const struct registry *registry;
	const struct places *places;
	const struct reg_node *sender;
	const PbHeader *header;
	const PbGrounds *grounds;
	const PbAddressee *addressee;
	const PbCase *kase; /* may be NULL */
	uint64_t at_ms;
};

struct placed {
	const struct reg_node *node; /* NULL for the pseudo-recipient infohus */
	int role;
	uint32_t relation; /* bit Relation: those that hold */
	enum code missed;  /* OK, or why it is not the one that was meant */
};

/* CODE_OK sets out[0 .. *n); UNKNOWN_KOMMUNE, NO_RECIPIENT, AMBIGUOUS. */
enum code
r5_place(const struct place_in *in, struct placed out[PLACED_MAX], size_t *n);

/* Are both of one authority: the first two elements of their ids? */
bool r5_same_authority(const char *a, const char *b);

/* Police roles: pol_tovholder and pol_vagt. */
bool r5_is_police(int role);
/* A message that claims acute and is meant for police: never refused. */
bool r5_is_acute_to_police(const PbHeader *h, int to_role);

#endif
