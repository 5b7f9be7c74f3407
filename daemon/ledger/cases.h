/*
 * SPDX-License-Identifier: MIT
 *
 * cases: case facts and the links between cases of one person. A fold over
 * the ledger: droppable, rebuilt from entries.
 */
#ifndef INFOHUS_CASES_H
#define INFOHUS_CASES_H

#include "proto/envelope.h"
#include "store.h"

/* ERR_NOT_FOUND when there is no such case. */
enum err cases_get(struct txn *t, struct arena *a, const struct id *case_id,
    PbCase **out) MUST_CHECK;
enum err cases_put(struct txn *t, struct arena *a, const PbCase *c) MUST_CHECK;

/* True if node takes part in the case at at_ms. c may be NULL: false. */
bool cases_has_participant(const PbCase *c, const char *node, uint64_t at_ms);
/* Adds a participant once; returns false without memory. */
bool cases_add_participant(struct arena *a, PbCase *c, const char *node,
    PbCooperation cooperation, uint64_t at_ms);

/* A case about a dozen people is none; beyond this no more are linked. */
#define CASES_PERSONS_MAX 64

/* The name under which a person is known here: keyed BLAKE2b-256 of the CPR
 * digits. Destroying the key forgets every link. */
void
cases_person(struct digest *out, const uint8_t person_key[32], const char *cpr);
/* Do police have any case of this person alone? */
enum err cases_person_is_alone(
    struct txn *t, const struct digest *person, bool *alone) MUST_CHECK;
/* The same for all persons of a case; a case police have alone counts too. */
enum err
cases_is_linked_alone(struct txn *t, const PbCase *c, bool *alone) MUST_CHECK;
/*
 * Keeps count of what police have alone after c changed, and links it to a
 * person (NULL: none). was_alone is of before the change. Put c afterwards.
 */
enum err cases_track(struct txn *t, struct arena *a, PbCase *c, bool was_alone,
    const struct digest *person) MUST_CHECK;

#endif
