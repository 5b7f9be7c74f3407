/*
 * SPDX-License-Identifier: MIT
 *
 * invariants: what must hold whatever happened, read from the disk and from
 * what the seats have seen. Uses none of core's decisions.
 *
 *  - one message entry for each (sender, message id), and it is the one that
 *    every receipt named;
 *  - nothing is offered, acknowledged or waiting without a permit for that
 *    node in its entry, as it really is, not as the sender was told;
 *  - what was permitted waits until it is acknowledged;
 *  - what was acknowledged does not wait any more.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger/mailbox.h"
#include "daemon/ledger/vault.h"
#include "proto/digest.h"
#include "script.h"

#define CHECK_ARENA (1u << 30)

/* One permitted recipient of one message entry. */
struct due {
	uint64_t index;
	const char *node;
	bool offered, done, waits;
};

struct check_run {
	struct run *r;
	struct txn *t;
	struct arena *a;
	uint64_t size;
	PbEntry **entry;
	PbDetails **details;
	struct due *due;
	size_t n_due, room;
	const char *node; /* whose mailbox is walked */
};

static struct bytes
view(ProtobufCBinaryData b)
{
	return bytes_of(b.data, b.len);
}

static struct due *
find_due(struct check_run *x, uint64_t index, const char *node)
{
	for (size_t i = 0; i < x->n_due; i++)
		if (x->due[i].index == index &&
		    strcmp(x->due[i].node, node) == 0)
			return &x->due[i];
	return NULL;
}

static bool
open_part(struct check_run *x, const ProtobufCBinaryData *commitment,
    const ProtobufCMessageDescriptor *d, void *out)
{
	struct digest digest;
	PbOpening *o;

	if (commitment->len != DIGEST_SIZE)
		return false;
	memcpy(digest.b, commitment->data, DIGEST_SIZE);
	return vault_open(x->t, x->a, &digest, &o) == ERR_OK &&
	    envelope_unpack(x->a, d, view(o->part), out, NULL) == CODE_OK;
}

/* What really holds: a withheld verdict of the same addressee counts more. */
static const PbVerdict *
real_verdict(const PbDetails *d, const PbVerdict *told)
{
	for (size_t i = 0; i < d->n_withheld; i++) {
		const PbVerdict *w = d->withheld[i];

		if (bytes_eq(view(w->addressee), view(told->addressee)) &&
		    (w->node == NULL || told->node == NULL ||
			strcmp(w->node, told->node) == 0))
			return w;
	}
	return told;
}

static void
add_due(struct check_run *x, uint64_t index, const char *node)
{
	if (find_due(x, index, node) != NULL)
		return;
	if (x->n_due == x->room) {
		x->room = x->room == 0 ? 64 : 2 * x->room;
		x->due = realloc(x->due, x->room * sizeof x->due[0]);
		if (x->due == NULL)
			abort();
	}
	x->due[x->n_due++] = (struct due){ .index = index, .node = node };
}

static void
read_message(struct check_run *x, uint64_t i)
{
	const PbEntry *e = x->entry[i];

	for (size_t k = 0; k < e->n_verdict; k++) {
		const PbVerdict *v;
		PbVerdict *told;

		if (!open_part(
			x, &e->verdict[k], &pb_verdict__descriptor, &told)) {
			seats_fault(&x->r->seats,
			    "entry %" PRIu64 ": a verdict does not open", i);
			return;
		}
		v = real_verdict(x->details[i], told);
		if (v->outcome == OUTCOME_PERMIT && v->node != NULL)
			add_due(x, i, v->node);
	}
	for (uint64_t k = 0; k < i; k++) {
		const PbDetails *a = x->details[k], *b = x->details[i];

		if (x->entry[k]->kind == ENTRY_KIND_MESSAGE &&
		    strcmp(a->sender, b->sender) == 0 &&
		    bytes_eq(view(a->message_id), view(b->message_id)))
			seats_fault(&x->r->seats,
			    "entries %" PRIu64 " and %" PRIu64
			    ": one message was decided twice",
			    k, i);
	}
}

static void
read_delivery(struct check_run *x, uint64_t i)
{
	const PbDetails *d = x->details[i];
	struct due *due = d == NULL || d->node == NULL || !d->has_of ?
	    NULL :
	    find_due(x, d->of, d->node);

	if (due == NULL) {
		seats_fault(&x->r->seats,
		    "entry %" PRIu64 ": handed out without a permit", i);
		return;
	}
	if (x->entry[i]->kind == ENTRY_KIND_OFFERED) {
		due->offered = true;
		return;
	}
	if (!due->offered || due->done)
		seats_fault(&x->r->seats, "entry %" PRIu64 ": acknowledged %s",
		    i, due->done ? "twice" : "before it was offered");
	due->done = true;
}

static bool
read_log(struct check_run *x)
{
	x->entry = arena_alloc(x->a, (x->size + 1) * sizeof x->entry[0]);
	x->details = arena_alloc(x->a, (x->size + 1) * sizeof x->details[0]);
	for (uint64_t i = 0; i < x->size; i++) {
		struct bytes packed;
		PbEntry *e;

		if (ledger_entry(x->t, x->a, i, &packed) != ERR_OK ||
		    ENVELOPE_UNPACK(x->a, entry, packed, &e, NULL) != CODE_OK ||
		    (e->has_details &&
			!open_part(x, &e->details, &pb_details__descriptor,
			    &x->details[i]))) {
			seats_fault(
			    &x->r->seats, "entry %" PRIu64 " does not read", i);
			return false;
		}
		x->entry[i] = e;
		if (e->kind == ENTRY_KIND_MESSAGE)
			read_message(x, i);
		if (e->kind == ENTRY_KIND_OFFERED ||
		    e->kind == ENTRY_KIND_ACKED || e->kind == ENTRY_KIND_NACKED)
			read_delivery(x, i);
	}
	return true;
}

static bool
see_item(void *ctx, const PbMailboxItem *item)
{
	struct check_run *x = ctx;
	struct due *due = find_due(x, item->index, x->node);

	if (due == NULL || due->done)
		seats_fault(&x->r->seats, "entry %" PRIu64 " waits for %s %s",
		    item->index, x->node,
		    due == NULL ? "without a permit" : "though acknowledged");
	else
		due->waits = true;
	return true;
}

static void
check_mailboxes(struct check_run *x)
{
	for (struct node *n = x->r->seats.node; n != NULL; n = n->next)
		for (unsigned l = 0; l < LANES; l++) {
			x->node = n->id;
			if (mailbox_walk(x->t, x->a, n->id, (PbLane)l, 0,
				see_item, x) != ERR_OK)
				seats_fault(&x->r->seats,
				    "the mailbox of %s does not read", n->id);
		}
	for (size_t i = 0; i < x->n_due; i++)
		if (!x->due[i].done && !x->due[i].waits)
			seats_fault(&x->r->seats,
			    "entry %" PRIu64
			    ": permitted to %s, neither acknowledged nor "
			    "waiting",
			    x->due[i].index, x->due[i].node);
}

/* Every entry that a receipt has named is there, unchanged. */
static void
check_receipts(struct check_run *x)
{
	for (struct message *m = x->r->seats.message; m != NULL; m = m->next) {
		struct bytes packed;
		struct digest d;

		if (!m->recorded)
			continue;
		if (ledger_entry(x->t, x->a, m->index, &packed) != ERR_OK) {
			seats_fault(&x->r->seats,
			    "message %s: its entry %" PRIu64 " is gone",
			    m->label, m->index);
			continue;
		}
		d = digest_of(&packed, 1);
		if (!digest_eq(&d, &m->entry))
			seats_fault(&x->r->seats,
			    "message %s: its entry %" PRIu64 " has changed",
			    m->label, m->index);
	}
}

static void
bad_entry(void *ctx, uint64_t index, const char *what)
{
	struct run *r = ctx;

	seats_fault(&r->seats, "entry %" PRIu64 ": %s", index, what);
}

static void
check_tree(struct run *r)
{
	struct core *c = &r->world.core;
	struct ledger_watch watch = { bad_entry, NULL, r };
	struct why why = { "" };
	uint64_t faults;

	if (ledger_verify(c->store, ledger_checkpoint(c->ledger), &watch,
		&faults, &why) != ERR_OK)
		seats_fault(&r->seats, "the log: %s", why.text);
}

void
invariants_check(struct run *r, bool whole)
{
	struct check_run x = { .r = r };

	if (!world_is_up(&r->world) || r->seats.fault[0] != '\0')
		return;
	if (arena_new(&x.a, CHECK_ARENA) != ERR_OK ||
	    store_read(r->world.core.store, &x.t, NULL) != ERR_OK)
		abort();
	x.size = ledger_size(x.t);
	if (read_log(&x)) {
		check_mailboxes(&x);
		check_receipts(&x);
	}
	store_abort(x.t);
	arena_free(x.a);
	free(x.due);
	if (whole)
		check_tree(r);
}
