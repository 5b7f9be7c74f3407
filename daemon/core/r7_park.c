/*
 * SPDX-License-Identifier: MIT
 *
 * R7, what the law leaves open: see r7_park.h.
 */
#include "r7_park.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ledger/cases.h"
#include "daemon/ledger/mailbox.h"
#include "daemon/ledger/vault.h"
#include "r6_approve.h"
#include "r8_receipt.h"

#define EXPIRE_MAX 256			  /* in one tick; more in the next */
#define EXPIRE_ARENA (16u * 1024 * 1024)  /* to read one message back */
#define EXPIRE_FULL (BATCH_ARENA / 4 * 3) /* of the batch: no more now */

static struct books
books_of(const struct batch *b)
{
	return (struct books){ b->t, b->t, b->arena };
}

/* --------------------------------------------------------------- approvers */

static bool
may_decide(const struct parking *p, const struct reg_node *n,
    const struct recipient *r, int *role)
{
	return r6_is_parked(r) &&
	    r6_is_approver(n, p->question->sender, rule_approvers(r->told.rule),
		p->question->at_ms, role);
}

/* Is the addressee part of recipient i one that was taken before? */
static bool
is_taken(const struct answer *a, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (a->recipient[k].addressee == a->recipient[i].addressee &&
		    r6_is_parked(&a->recipient[k]))
			return true;
	return false;
}

static void
add_part(PbMailboxItem *item, const struct opened *o)
{
	item->part[item->n_part++] = pb_bytes(o->commitment.b, DIGEST_SIZE);
	item->size += o->part.len;
}

/* The parked addressee parts that n may decide, then the grounds. */
static enum err
put_approver(struct batch *b, const struct parking *p, const struct reg_node *n)
{
	const struct answer *a = p->answer;
	const struct envelope *env = p->env;
	PbMailboxItem item = PB_MAILBOX_ITEM__INIT;
	int role;

	item.index = p->index;
	item.header = pb_bytes(env->header_digest.b, DIGEST_SIZE);
	item.expires = env->header->expires;
	item.size = env->header_bytes.len;
	item.part = arena_alloc(
	    b->arena, (ADDRESSEES_MAX + 1) * sizeof item.part[0]);
	if (item.part == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < a->n; i++) {
		const struct recipient *r = &a->recipient[i];

		if (is_taken(a, i) || !may_decide(p, n, r, &role))
			continue;
		if (item.n_part == 0) {
			item.role = (PbRole)role;
			item.verdict = pb_bytes(p->verdict[i].b, DIGEST_SIZE);
		}
		add_part(&item, &env->addressee_part[r->addressee]);
	}
	if (item.n_part == 0)
		return ERR_OK;
	add_part(&item, &env->grounds_part);
	return mailbox_put(
	    b->t, b->arena, n->id, (PbLane)env->header->urgency, &item);
}

enum err
r7_park(struct batch *b, const struct parking *p)
{
	const struct registry *registry = p->question->registry;
	enum err e = ERR_OK;

	if (!r6_has_parked(p->answer))
		return ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < registry_count(registry); i++) {
		const struct reg_node *n = registry_at(registry, i);

		if (!r6_is_addressed(p->answer, n))
			e = put_approver(b, p, n);
	}
	if (e == ERR_OK)
		parked_wait(b->t, p->env->header->sender,
		    p->env->header->expires, p->index);
	return e;
}

/* --------------------------------------------------------------- decisions */

static enum err
put_verdicts(struct batch *b, const struct decided *d,
    struct digest commitment[RECIPIENTS_MAX], PbEntry *entry,
    PbDetails *details)
{
	size_t n = entry->n_verdict + d->n;
	ProtobufCBinaryData *all = arena_alloc(b->arena, (n + 1) * sizeof *all);
	PbVerdict **withheld = arena_alloc(
	    b->arena, (details->n_withheld + d->n + 1) * sizeof *withheld);
	struct bytes packed;
	enum err e = ERR_OK;

	if (all == NULL || withheld == NULL)
		return ERR_NOMEM;
	if (details->n_withheld > 0)
		memcpy(withheld, details->withheld,
		    details->n_withheld * sizeof *withheld);
	details->withheld = withheld;
	if (entry->n_verdict > 0)
		memcpy(all, entry->verdict, entry->n_verdict * sizeof *all);
	entry->verdict = all;
	for (size_t i = 0; e == ERR_OK && i < d->n; i++) {
		e = envelope_pack(b->arena, d->verdict[i].told, &packed);
		if (e == ERR_OK)
			e = vault_add(b->t, b->arena, PART_VERDICT, packed,
			    &commitment[i]);
		all[entry->n_verdict++] = pb_bytes(
		    commitment[i].b, DIGEST_SIZE);
		if (d->verdict[i].real != NULL)
			details->withheld[details->n_withheld++] =
			    d->verdict[i].real;
	}
	return e;
}

static enum err
put_case(struct batch *b, const struct approval *x, PbDetails *details)
{
	const PbCase *was = x->context.kase;
	bool was_alone = was != NULL && was->state == CASE_STATE_POLICE_ONLY;
	bool changed;
	PbCase *c;
	enum err e = approval_case(
	    b->arena, x, &c, &changed, &details->transition);

	if (e != ERR_OK || !changed)
		return e;
	e = cases_track(b->t, b->arena, c, was_alone, x->context.person);
	core_rescan(b->core);
	return e == ERR_OK ? cases_put(b->t, b->arena, c) : e;
}

enum err
r7_decide(
    struct batch *b, struct deciding *d, PbEntry *entry, PbDetails *details)
{
	enum err e = approval_decide(b->arena, d->approval, &d->decided);

	if (e == ERR_OK)
		e = put_verdicts(b, d->decided, d->verdict, entry, details);
	if (e == ERR_OK)
		e = put_case(b, d->approval, details);
	details->has_of = true;
	details->of = d->approval->parked.index;
	return e;
}

/* The stored sections that are meant for this addressee. */
static enum err
add_sections(struct batch *b, const struct parked *p, const PbAddressee *to,
    PbMailboxItem *item)
{
	uint64_t wanted = 0;

	for (size_t i = 0; i < to->n_section; i++)
		wanted |= CATEGORY_BIT(to->section[i]);
	for (size_t i = 0; i < p->details->n_part; i++) {
		struct digest d;
		PbOpening *o;
		enum err e;

		memcpy(d.b, p->details->part[i].data, DIGEST_SIZE);
		e = vault_open(b->t, b->arena, &d, &o);
		if (e != ERR_OK)
			return e;
		if (o->kind < CATEGORY_IDENTITY ||
		    (wanted & CATEGORY_BIT(o->kind)) == 0)
			continue;
		item->part[item->n_part++] = p->details->part[i];
		item->size += o->part.len;
	}
	return ERR_OK;
}

/* As from any permit, under the index that the message has. */
static enum err
put_item(struct batch *b, const struct deciding *d, size_t i)
{
	const struct parked *p = &d->approval->parked;
	const struct recipient *to = d->decided->verdict[i].to;
	const struct digest *part = &p->commitment[d->approval->addressee];
	PbLane lane = (PbLane)p->header->urgency;
	PbMailboxItem item = PB_MAILBOX_ITEM__INIT;
	enum err e;

	if (to == NULL || to->node == NULL || !r6_is_permitted(to))
		return ERR_OK;
	item.index = p->index;
	item.header = p->entry->subject;
	item.verdict = pb_bytes(d->verdict[i].b, DIGEST_SIZE);
	item.expires = p->header->expires;
	item.role = (PbRole)to->role;
	item.size = p->header_size + p->part_size[d->approval->addressee];
	item.part = arena_alloc(
	    b->arena, (1 + p->details->n_part) * sizeof item.part[0]);
	if (item.part == NULL)
		return ERR_NOMEM;
	item.part[item.n_part++] = pb_bytes(part->b, DIGEST_SIZE);
	e = add_sections(b, p, p->addressee[d->approval->addressee], &item);
	if (e == ERR_OK)
		e = mailbox_put(b->t, b->arena, to->node->id, lane, &item);
	if (e == ERR_OK)
		core_rewind(b->core, to->node, lane, p->index);
	return e;
}

/* What every decision leaves behind; the sender hears of it. */
static enum err
settle(struct batch *b, const struct books *books, const struct parked *p,
    uint64_t index)
{
	enum err e = parked_decide(books, p, index);

	if (e == ERR_OK)
		r8_tell(b, p->index, NULL);
	return e;
}

enum err
r7_decided(struct batch *b, const struct deciding *d, uint64_t index)
{
	struct books books = books_of(b);
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < d->decided->n; i++)
		e = put_item(b, d, i);
	return e == ERR_OK ? settle(b, &books, &d->approval->parked, index) : e;
}

/* ------------------------------------------------------------------ expiry */

static enum err
record_expired(struct batch *b, const struct books *books,
    const struct parked *p, const struct decided *d)
{
	struct digest commitment[RECIPIENTS_MAX];
	PbEntry entry = PB_ENTRY__INIT;
	PbDetails details = PB_DETAILS__INIT;
	uint64_t index;
	enum err e = put_verdicts(b, d, commitment, &entry, &details);

	if (e != ERR_OK)
		return e;
	entry.kind = ENTRY_KIND_CASE_EVENT;
	entry.has_subject = true;
	entry.subject = p->entry->subject;
	details.sender = p->details->sender;
	details.has_message_id = true;
	details.message_id = p->details->message_id;
	details.has_case_id = p->details->has_case_id;
	details.case_id = p->details->case_id;
	details.has_of = true;
	details.of = p->index;
	e = core_append(b, &entry, &details, &index);
	return e == ERR_OK ? settle(b, books, p, index) : e;
}

/*
 * Read in an arena of its own. Of what is erased nothing can come: it waits no
 * longer. What else cannot be read is left as it is until the next tick, and
 * keeps nothing else from being decided.
 */
static enum err
expire_one(struct batch *b, const struct waiting *w, size_t *done)
{
	struct books books = { b->t, b->t, NULL };
	struct decided *d;
	struct parked p;
	enum err e = arena_new(&books.arena, EXPIRE_ARENA);

	if (e == ERR_OK)
		e = parked_read_told(&books, w->message, &p);
	if (e == ERR_OK)
		e = approval_expire(&books, &p, &d);
	if (e == ERR_OK) {
		++*done;
		e = record_expired(b, &books, &p, d);
	} else if (e == ERR_NOT_FOUND) {
		++*done;
		parked_drop(b->t, w);
		e = store_error(b->t);
	} else {
		fprintf(stderr,
		    "error: entry %" PRIu64 " has expired undecided and "
		    "cannot be read (%s)\n",
		    w->message, err_name(e));
		e = store_error(b->t);
	}
	arena_free(books.arena);
	return e;
}

enum err
r7_expire(struct batch *b)
{
	struct waiting w = { 0, 0 };
	enum err e = ERR_OK;
	size_t done = 0;

	while (e == ERR_OK && done < EXPIRE_MAX &&
	    arena_used(b->arena) < EXPIRE_FULL &&
	    parked_expired(b->t, b->now, &w, &w, 1) == 1)
		e = expire_one(b, &w, &done);
	return e;
}
