/*
 * SPDX-License-Identifier: MIT
 *
 * registry: who is admitted. A fold over admission entries, kept in the
 * store and, for readers, as an immutable snapshot shared by reference.
 */
#ifndef INFOHUS_REGISTRY_H
#define INFOHUS_REGISTRY_H

#include "proto/card.h"
#include "daemon/law/places.h"
#include "store.h"

struct reg_seat {
	unsigned door; /* from 1; first_port + door is its port */
	char name[33];
	uint8_t curve[32];
	uint8_t box[32];
};

struct reg_node {
	char id[NODE_MAX + 1];
	PbCard *card;
	struct cert *cert;
	struct bytes approved; /* packed Approved, for offers */
	bool suspended;
	size_t n_seat;
	struct reg_seat *seat;
};

struct registry; /* immutable snapshot */

/* Builds the snapshot from TABLE_NODE. Doors are kept in TABLE_META, given
 * in order of admission and never reused. */
enum err
registry_load(struct registry **out, struct txn *t, struct why *why) MUST_CHECK;
struct registry *registry_ref(struct registry *r);
void registry_unref(struct registry *r);

/*
 * Writes an approved card (already checked with card_open) to the store:
 * ERR_EXISTS if the serial is not above the stored one's; ERR_FULL if there
 * is no free door (doors is the size of the pool). Call registry_load after.
 */
enum err registry_admit(struct txn *t, struct arena *a, struct bytes approved,
    const PbCard *card, unsigned doors, struct why *why) MUST_CHECK;
/*
 * The packed Approved of the card that held the certificate with this
 * fingerprint, also when a later card has replaced it: what was signed with
 * it must stay verifiable. ERR_NOT_FOUND.
 */
enum err registry_card(struct txn *t, struct arena *a,
    const ProtobufCBinaryData *certificate, struct bytes *approved) MUST_CHECK;
enum err
registry_suspend(struct txn *t, const char *node, struct why *why) MUST_CHECK;

size_t registry_count(const struct registry *r);
const struct reg_node *registry_at(const struct registry *r, size_t i);
const struct reg_node *
registry_find(const struct registry *r, const char *node);
/* NULL when the door has no seat. */
const struct reg_node *registry_door(
    const struct registry *r, unsigned door, const struct reg_seat **seat);

/* Does node hold role at at_ms (and is not suspended)? */
bool registry_holds(const struct reg_node *n, int role, uint64_t at_ms);
/*
 * Does node hold role for a place that covers kommune at at_ms: a kommune
 * grant by code, politikreds and region through places, country always.
 */
bool registry_covers(const struct reg_node *n, int role, const struct places *p,
    const char *kommune, uint64_t at_ms);

#endif
