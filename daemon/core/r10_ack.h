/*
 * SPDX-License-Identifier: MIT
 *
 * R10 ack: the recipient's signed word that it has what it was offered (or,
 * as a nack, that it cannot use it). Only now does the item leave the
 * mailbox. The checkpoint it saw must be one of this log.
 */
#ifndef INFOHUS_R10_ACK_H
#define INFOHUS_R10_ACK_H

#include "core.h"

/*
 * All acks of one frame. CODE_OK, or CODE_BAD_ACK for something never
 * offered to this node. An ack of what was acked before is fine.
 */
enum code r10_ack(struct batch *b, const struct job *j);

#endif
