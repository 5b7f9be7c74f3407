/*
 * SPDX-License-Identifier: MIT
 *
 * R9 offer: hands out what waits in mailboxes, acute lane first, within the
 * credit that the seat gave. Checked again at hand-out: recipient admitted
 * and still in its role, not expired, and nobody but police is told about a
 * case that police have alone. The offered entry is in the batch; the bytes
 * leave after its commit.
 */
#ifndef INFOHUS_R9_OFFER_H
#define INFOHUS_R9_OFFER_H

#include "core.h"

/* First half, in the transaction: records offers, adds their effects. */
enum err r9_record(struct batch *b) MUST_CHECK;
/* Second half, after commit: makes and sends one. */
enum err r9_send(struct core *c, struct txn *t, struct arena *a,
    const struct effect *e) MUST_CHECK;

/* The seat's list of what it has not acked. */
bool r9_in_flight(const struct flight *f, uint64_t index);
bool r9_flight_add(struct flight *f, uint64_t index);
void r9_flight_remove(struct flight *f, uint64_t index);

#endif
