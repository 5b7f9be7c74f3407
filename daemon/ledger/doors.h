/*
 * SPDX-License-Identifier: MIT
 *
 * doors: which door a seat has. A number is given once, in order of
 * admission: clients and firewalls know it, so a seat that is removed takes
 * its number with it.
 */
#ifndef INFOHUS_DOORS_H
#define INFOHUS_DOORS_H

#include "infohus.pb.h"
#include "store.h"

#define SEAT_NAME_MAX 32

/* ERR_NOT_FOUND when the seat has none. */
enum err doors_get(struct txn *t, const char *node, const char *seat,
    unsigned *door) MUST_CHECK;
/* The highest number given so far, 0 for none. */
enum err doors_last(struct txn *t, unsigned *door) MUST_CHECK;

/* ERR_FULL if card needs more new doors than a pool of that many has. */
enum err doors_check(struct txn *t, const PbCard *card, unsigned pool,
    struct why *why) MUST_CHECK;
/*
 * Seats of the same name keep their door, new ones get the next, those of
 * old (NULL for none) that card no longer has lose theirs for good.
 */
enum err
doors_give(struct txn *t, const PbCard *old, const PbCard *card) MUST_CHECK;

#endif
