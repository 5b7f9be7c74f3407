/*
 * SPDX-License-Identifier: MIT
 *
 * vault: detached parts, by commitment. Everything that names a person, a
 * case or a node goes through here and nowhere else, so that encryption at
 * rest and erasure change this file only.
 *
 * A part is stored as the packed Opening (kind, form, salt, part), headers
 * as their bytes under the header digest.
 */
#ifndef INFOHUS_VAULT_H
#define INFOHUS_VAULT_H

#include "proto/envelope.h"
#include "store.h"

/* Storing the same commitment twice is fine. */
enum err
vault_put(struct txn *t, const struct digest *commitment, struct bytes plain);
/* Copies into the arena. ERR_NOT_FOUND. */
enum err vault_get(struct txn *t, struct arena *a,
    const struct digest *commitment, struct bytes *plain) MUST_CHECK;

/*
 * Makes a part of packed bytes with a random salt, stores it, and says its
 * commitment. For verdicts and details.
 */
enum err vault_add(struct txn *t, struct arena *a, uint8_t kind,
    struct bytes part, struct digest *commitment) MUST_CHECK;

/* Reads a stored part and checks it against its commitment. */
enum err vault_open(struct txn *t, struct arena *a,
    const struct digest *commitment, PbOpening **out) MUST_CHECK;

#endif
