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

/*
 * The other cases of the person with this CPR number, known by its keyed
 * BLAKE2b-256 under person_key. ERR_INVALID for no CPR number.
 */
enum err cases_linked(struct txn *t, struct arena *a,
    const uint8_t person_key[32], const char *cpr, const struct id *case_id,
    struct id **linked, size_t *n_linked) MUST_CHECK;
/* Links case_id to the person. */
enum err cases_link(struct txn *t, struct arena *a,
    const uint8_t person_key[32], const char *cpr, const struct id *case_id);

#endif
