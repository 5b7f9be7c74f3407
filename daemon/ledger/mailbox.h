/*
 * SPDX-License-Identifier: MIT
 *
 * mailbox: what waits for a node, per lane, in order of recording. An item
 * leaves only by its recipient's signed ack or nack.
 */
#ifndef INFOHUS_MAILBOX_H
#define INFOHUS_MAILBOX_H

#include "proto/envelope.h"
#include "store.h"

/* seq is the message entry's index: one item per (node, entry). */
enum err mailbox_put(struct txn *t, struct arena *a, const char *node,
    PbLane lane, const PbMailboxItem *item) MUST_CHECK;
enum err mailbox_get(struct txn *t, struct arena *a, const char *node,
    PbLane lane, uint64_t index, PbMailboxItem **out) MUST_CHECK;
enum err mailbox_remove(
    struct txn *t, const char *node, PbLane lane, uint64_t index) MUST_CHECK;

/* Walks items of node and lane with index >= from until fn returns false. */
typedef bool mailbox_visit(void *ctx, const PbMailboxItem *item);
enum err mailbox_walk(struct txn *t, struct arena *a, const char *node,
    PbLane lane, uint64_t from, mailbox_visit *fn, void *ctx) MUST_CHECK;

/* Total items in all mailboxes, for status. */
enum err
mailbox_count(struct txn *t, uint64_t *ordinary, uint64_t *acute) MUST_CHECK;

#endif
