/*
 * SPDX-License-Identifier: MIT
 *
 * invariants: what must hold whatever happened, read from the disk and from
 * what the seats have seen. Uses none of core's decisions.
 *
 *  - one message entry for each (sender, message id), and it is the one that
 *    every receipt named;
 *  - nothing is offered, acknowledged or waiting without a permit for that
 *    node in its entry or in one that decides it, as it really is, not as
 *    the sender was told; what parked may be handed to its authority;
 *  - what was permitted waits until it is acknowledged;
 *  - what was acknowledged does not wait any more.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger/mailbox.h"
#include "daemon/ledger/vault.h"
#include "proto/digest.h"
#include "script.h"

#define CHECK_ARENA (256u << 20)

/* One permitted recipient of one message entry. */
struct due {
	uint64_t index;
	const struct node *node;
	bool offered, done, waits;
};

struct decided {
	char sender[NODE_MAX + 1];
	struct id id;
	uint64_t index;
	bool parked; /* something of it waits, or waited, for approval */
};

/* What the entries up to next have said. */
struct notes {
	uint64_t next;
	struct due *due;
	size_t n_due, due_room;
	struct decided *decided;
	size_t n_decided, decided_room;
};

struct check_run {
	struct run *r;
	struct notes *n;
	struct txn *t;
	struct arena *a;
	const struct node *node; /* whose mailbox is walked */
};

static struct bytes
view(ProtobufCBinaryData b)
{
	return bytes_of(b.data, b.len);
}

static const struct node *
find_node(struct check_run *x, const char *id)
{
	const struct node *n = x->r->seats.node;

	while (n != NULL && (id == NULL || strcmp(n->id, id) != 0))
		n = n->next;
	return n;
}

static struct due *
find_due(struct check_run *x, uint64_t index, const struct node *node)
{
	for (size_t i = x->n->n_due; i-- > 0;)
		if (x->n->due[i].index == index && x->n->due[i].node == node)
			return &x->n->due[i];
	return NULL;
}

/* Room for one more. */
static void *
grow(void *list, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return list;
	*room = *room == 0 ? 64 : 2 * *room;
	list = realloc(list, *room * size);
	if (list == NULL)
		abort();
	return list;
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
add_due(struct check_run *x, uint64_t index, const char *id)
{
	const struct node *node = find_node(x, id);
	struct notes *n = x->n;

	if (node == NULL || find_due(x, index, node) != NULL)
		return;
	n->due = grow(n->due, n->n_due, &n->due_room, sizeof n->due[0]);
	n->due[n->n_due++] = (struct due){ .index = index, .node = node };
}

static void
add_decided(struct check_run *x, uint64_t i, const PbDetails *d)
{
	struct notes *n = x->n;
	struct decided *new;

	for (size_t k = 0; k < n->n_decided; k++)
		if (strcmp(n->decided[k].sender, d->sender) == 0 &&
		    memcmp(n->decided[k].id.b, d->message_id.data, ID_SIZE) ==
			0)
			seats_fault(&x->r->seats,
			    "entries %" PRIu64 " and %" PRIu64
			    ": one message was decided twice",
			    n->decided[k].index, i);
	n->decided = grow(
	    n->decided, n->n_decided, &n->decided_room, sizeof n->decided[0]);
	new = &n->decided[n->n_decided++];
	snprintf(new->sender, sizeof new->sender, "%s", d->sender);
	memcpy(new->id.b, d->message_id.data, ID_SIZE);
	new->index = i;
}

/* Is it a verdict on the message of this entry, or on one that it decides? */
static bool
is_own(const PbDetails *d, const PbVerdict *v)
{
	for (size_t i = 0; i < d->n_part; i++)
		if (bytes_eq(view(d->part[i]), view(v->addressee)))
			return true;
	return false;
}

static void
read_message(
    struct check_run *x, uint64_t i, const PbEntry *e, const PbDetails *d)
{
	bool parked = false;

	for (size_t k = 0; k < e->n_verdict; k++) {
		const PbVerdict *v;
		PbVerdict *told;

		if (!open_part(
			x, &e->verdict[k], &pb_verdict__descriptor, &told)) {
			seats_fault(&x->r->seats,
			    "entry %" PRIu64 ": a verdict does not open", i);
			return;
		}
		v = real_verdict(d, told);
		parked |= told->outcome == OUTCOME_PARK;
		if (v->outcome == OUTCOME_PERMIT && v->node != NULL)
			add_due(x, is_own(d, told) ? i : d->of, v->node);
	}
	add_decided(x, i, d);
	x->n->decided[x->n->n_decided - 1].parked = parked;
}

/* The first two elements of both ids. */
static bool
same_authority(const char *a, const char *b)
{
	int slashes = 0;

	while (*a == *b && *a != '\0' && slashes < 2)
		slashes += *a++ == '/', b++;
	return slashes == 2 ||
	    (slashes == 1 && (*a == '/' || *a == '\0') &&
		(*b == '/' || *b == '\0'));
}

/* What waits for a decision may be handed to others of its authority. */
static struct due *
find_asked(struct check_run *x, uint64_t index, const struct node *node)
{
	const struct notes *n = x->n;
	struct due *due = find_due(x, index, node);

	for (size_t i = 0; due == NULL && node != NULL && i < n->n_decided; i++)
		if (n->decided[i].index == index && n->decided[i].parked &&
		    strcmp(n->decided[i].sender, node->id) != 0 &&
		    same_authority(n->decided[i].sender, node->id)) {
			add_due(x, index, node->id);
			due = find_due(x, index, node);
		}
	return due;
}

static void
read_delivery(
    struct check_run *x, uint64_t i, const PbEntry *e, const PbDetails *d)
{
	struct due *due = d == NULL || !d->has_of ?
	    NULL :
	    find_asked(x, d->of, find_node(x, d->node));

	if (due == NULL) {
		seats_fault(&x->r->seats,
		    "entry %" PRIu64 ": handed out without a permit", i);
		return;
	}
	if (e->kind == ENTRY_KIND_OFFERED) {
		due->offered = true;
		return;
	}
	if (!due->offered || due->done)
		seats_fault(&x->r->seats, "entry %" PRIu64 ": acknowledged %s",
		    i, due->done ? "twice" : "before it was offered");
	due->done = true;
}

static void
read_entry(struct check_run *x, uint64_t i)
{
	struct bytes packed;
	PbDetails *d = NULL;
	PbEntry *e;

	if (ledger_entry(x->t, x->a, i, &packed) != ERR_OK ||
	    ENVELOPE_UNPACK(x->a, entry, packed, &e, NULL) != CODE_OK ||
	    (e->has_details &&
		!open_part(x, &e->details, &pb_details__descriptor, &d))) {
		seats_fault(&x->r->seats, "entry %" PRIu64 " does not read", i);
		return;
	}
	if (e->kind == ENTRY_KIND_MESSAGE)
		read_message(x, i, e, d);
	if (e->kind == ENTRY_KIND_OFFERED || e->kind == ENTRY_KIND_ACKED ||
	    e->kind == ENTRY_KIND_NACKED)
		read_delivery(x, i, e, d);
}

static bool
see_item(void *ctx, const PbMailboxItem *item)
{
	struct check_run *x = ctx;
	struct due *due = find_asked(x, item->index, x->node);

	if (due == NULL || due->done)
		seats_fault(&x->r->seats, "entry %" PRIu64 " waits for %s %s",
		    item->index, x->node->id,
		    due == NULL ? "without a permit" : "though acknowledged");
	else
		due->waits = true;
	return true;
}

static void
check_mailboxes(struct check_run *x)
{
	struct notes *n = x->n;

	for (size_t i = 0; i < n->n_due; i++)
		n->due[i].waits = false;
	for (x->node = x->r->seats.node; x->node != NULL;
	     x->node = x->node->next)
		for (unsigned l = 0; l < LANES; l++)
			if (mailbox_walk(x->t, x->a, x->node->id, (PbLane)l, 0,
				see_item, x) != ERR_OK)
				seats_fault(&x->r->seats,
				    "the mailbox of %s does not read",
				    x->node->id);
	for (size_t i = 0; i < n->n_due; i++)
		if (!n->due[i].done && !n->due[i].waits)
			seats_fault(&x->r->seats,
			    "entry %" PRIu64
			    ": permitted to %s, neither acknowledged nor "
			    "waiting",
			    n->due[i].index, n->due[i].node->id);
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
invariants_forget(struct run *r)
{
	if (r->notes == NULL)
		return;
	free(r->notes->due);
	free(r->notes->decided);
	free(r->notes);
	r->notes = NULL;
}

void
invariants_check(struct run *r, bool whole)
{
	struct check_run x = { .r = r };
	uint64_t size;

	if (!world_is_up(&r->world) || r->seats.fault[0] != '\0')
		return;
	if (arena_new(&x.a, CHECK_ARENA) != ERR_OK ||
	    store_read(r->world.core.store, &x.t, NULL) != ERR_OK)
		abort();
	size = ledger_size(x.t);
	/* What was read once is not read again, unless the log is another. */
	if (whole || (r->notes != NULL && r->notes->next > size))
		invariants_forget(r);
	if (r->notes == NULL)
		r->notes = calloc(1, sizeof *r->notes);
	if (r->notes == NULL)
		abort();
	x.n = r->notes;
	for (; x.n->next < size; x.n->next++)
		read_entry(&x, x.n->next);
	check_mailboxes(&x);
	check_receipts(&x);
	store_abort(x.t);
	arena_free(x.a);
	if (whole)
		check_tree(r);
}
