/*
 * SPDX-License-Identifier: MIT
 *
 * R1 admit: may this door speak now? Its seat must be on an admitted card
 * and the node not suspended; every message asks again, so a suspension
 * bites on the next byte. Acute has a limit of its own.
 */
#ifndef INFOHUS_R1_ADMIT_H
#define INFOHUS_R1_ADMIT_H

#include "session.h"
#include "proto/codes.h"

/* CODE_OK or CODE_NOT_ADMITTED. */
enum code r1_admit(const struct registry *r, unsigned door,
    const struct reg_node **node, const struct reg_seat **seat);

/* Messages a minute and lane; CODE_OK or CODE_BUSY. */
enum code
r1_rate(struct door *d, uint8_t lane, unsigned per_minute[2], uint64_t now_ms);

/*
 * Everything else that a seat may ask core to do: acks, credits, reads.
 * Counted by bytes, since each ack costs a signature check; a read of the
 * log costs as much as many. CODE_OK or CODE_BUSY.
 */
enum code r1_work(struct door *d, const struct frame *f, uint64_t now_ms);

#endif
