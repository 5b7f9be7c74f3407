/*
 * SPDX-License-Identifier: MIT
 *
 * R10 ack: see r10_ack.h.
 */
#include "r10_ack.h"

#include <stdio.h>
#include <string.h>

#include "daemon/ledger/mailbox.h"
#include "proto/digest.h"
#include "r8_receipt.h"
#include "r9_offer.h"
#include "step.h"

/* The item acked, in whichever lane it waits. */
static enum err
find_item(struct batch *b, const char *node, uint64_t index, unsigned *lane,
    PbMailboxItem **item)
{
	enum err e = ERR_NOT_FOUND;

	for (unsigned l = 0; l < LANES && e == ERR_NOT_FOUND; l++) {
		e = mailbox_get(b->t, b->arena, node, (PbLane)l, index, item);
		*lane = l;
	}
	return e;
}

/* Every part that was offered, and nothing else. */
static bool
same_parts(const PbAckBody *body, const PbMailboxItem *item)
{
	if (body->n_commitment != item->n_part)
		return false;
	for (size_t i = 0; i < item->n_part; i++)
		if (memcmp(body->commitment[i].data, item->part[i].data,
			DIGEST_SIZE) != 0)
			return false;
	return true;
}

/* A node that saw another tree than ours has been shown another log. */
static bool
saw_our_log(struct batch *b, const struct job *j, const PbAckBody *body)
{
	struct digest root;

	if (body->size > 0 && body->size <= ledger_size(b->t) &&
	    ledger_root(b->t, body->size, &root) == ERR_OK &&
	    memcmp(root.b, body->root.data, DIGEST_SIZE) == 0)
		return true;
	if (core_error(b) == ERR_OK)
		fprintf(stderr,
		    "alarm: door %u acknowledges a checkpoint that is not "
		    "of this log\n",
		    j->door);
	return false;
}

static enum err
record(struct batch *b, const struct job *j, size_t i,
    const PbMailboxItem *item, uint64_t *index)
{
	const PbAck *ack = j->acks->ack[i];
	struct digest d = digest_tagged(
	    TAG(TAG_ACK), bytes_of(ack->body.data, ack->body.len));
	PbEntry entry = PB_ENTRY__INIT;
	PbDetails details = PB_DETAILS__INIT;
	struct bytes packed;
	enum err e = envelope_pack(b->arena, ack, &packed);

	if (e != ERR_OK)
		return e;
	entry.kind = j->type == FRAME_TYPE_NACK ? ENTRY_KIND_NACKED :
						  ENTRY_KIND_ACKED;
	entry.has_subject = true;
	entry.subject = pb_bytes(d.b, DIGEST_SIZE);
	details.node = (char *)(uintptr_t)j->node->id;
	details.has_of = true;
	details.of = item->index;
	details.has_object = true;
	details.object = pb_bytes(packed.data, packed.len);
	details.has_code = j->ack_body[i]->has_code;
	details.code = j->ack_body[i]->code;
	return core_append(b, &entry, &details, index);
}

static enum code
ack_one(struct batch *b, const struct job *j, size_t i)
{
	const PbAckBody *body = j->ack_body[i];
	const char *node = j->node->id;
	PbMailboxItem *item;
	uint8_t key[16];
	uint64_t index;
	unsigned lane;
	enum err e = find_item(b, node, body->index, &lane, &item);

	if (e == ERR_NOT_FOUND) /* acked before, or never theirs */
		return body->index < ledger_size(b->t) ? CODE_OK : CODE_BAD_ACK;
	if (e != ERR_OK)
		return CODE_BUSY;
	if (!item->has_offered || !same_parts(body, item) ||
	    memcmp(body->header.data, item->header.data, DIGEST_SIZE) != 0 ||
	    !saw_our_log(b, j, body))
		return CODE_BAD_ACK;
	e = record(b, j, i, item, &index);
	if (e == ERR_OK)
		e = mailbox_remove(b->t, node, (PbLane)lane, body->index);
	if (e != ERR_OK)
		return CODE_BUSY;
	put_u64(key, body->index);
	put_u64(key + 8, index);
	store_add(
	    b->t, TABLE_STAGE, bytes_of(key, sizeof key), bytes_of("", 0));
	for (size_t s = 0; s < j->node->n_seat; s++)
		r9_flight_remove(
		    &b->core->online[j->node->seat[s].door].flight[lane],
		    body->index);
	r8_tell(b, body->index, item);
	b->core->acks++;
	return CODE_OK;
}

enum code
r10_ack(struct batch *b, const struct job *j)
{
	enum code c = CODE_OK;

	STEP("R10");
	for (size_t i = 0; i < j->acks->n_ack && c == CODE_OK; i++)
		c = ack_one(b, j, i);
	return c;
}
