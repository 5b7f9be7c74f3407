/*
 * SPDX-License-Identifier: MIT
 *
 * audit replay, what the law leaves open: approvals are loaded and decided by
 * the same functions as in core, and what waits is folded along.
 */
#include "audit_replay.h"

#include <inttypes.h>
#include <string.h>

#include "daemon/core/r6_approve.h"
#include "proto/taxonomy.h"

static struct books
books_of(const struct replay *r)
{
	return (struct books){ r->fold, r->in, r->arena };
}

enum err
replay_approval(struct replay *r, struct question *q, struct approval **out)
{
	struct books books = books_of(r);
	struct approving in = { q->law, q->registry, q->sender, q->header,
		q->grounds, q->at_ms };
	enum err err = approval_load(&books, &in, out);

	if (err == ERR_OK)
		q->approval = (*out)->code;
	return err;
}

bool
replay_decides(const struct answer *a, const struct approval *x)
{
	return x != NULL && a->n == 1 && r6_is_permitted(&a->recipient[0]);
}

/* ---------------------------------------------------------------- verdicts */

static void
compare_one(struct replay *r, size_t i, const char *which,
    const PbVerdict *recorded, const PbVerdict *again)
{
	struct bytes x, y;

	if (envelope_pack(r->arena, recorded, &x) == ERR_OK &&
	    envelope_pack(r->arena, again, &y) == ERR_OK && bytes_eq(x, y))
		return;
	replay_differs(r,
	    "verdict %zu%s, of what it decides: recorded %s %s %s to %s; "
	    "decided again %s %s %s to %s",
	    i + 1, which, TAXONOMY_ID(outcome, recorded->outcome),
	    code_name(recorded->code),
	    recorded->rule != NULL ? recorded->rule : "-",
	    recorded->node != NULL ? recorded->node : "-",
	    TAXONOMY_ID(outcome, again->outcome), code_name(again->code),
	    again->rule != NULL ? again->rule : "-",
	    again->node != NULL ? again->node : "-");
}

void
replay_compare_decided(struct replay *r, PbVerdict *const *recorded,
    const struct decided *d, size_t *n, size_t *withheld)
{
	for (size_t i = 0; i < d->n; i++, (*n)++) {
		const struct decided_verdict *v = &d->verdict[i];

		if (*n < r->entry->n_verdict)
			compare_one(r, *n, "", recorded[*n], v->told);
		if (v->real == NULL)
			continue;
		if (*withheld < r->details->n_withheld)
			compare_one(r, *n, ", not told",
			    r->details->withheld[*withheld], v->real);
		(*withheld)++;
	}
}

/* -------------------------------------------------------------------- fold */

enum err
replay_parked(struct replay *r, uint64_t expires, const struct answer *a,
    const struct approval *decision)
{
	struct books books = books_of(r);

	if (decision == NULL && r->details->has_of)
		replay_differs(
		    r, "it says that it decides, and decides nothing");
	if (decision != NULL &&
	    (!r->details->has_of || r->details->of != decision->parked.index))
		replay_differs(r,
		    "it decides of entry %" PRIu64 ", and does not say so",
		    decision->parked.index);
	if (decision != NULL)
		return parked_decide(&books, &decision->parked, r->index);
	if (r6_has_parked(a))
		parked_wait(r->fold, r->details->sender, expires, r->index);
	return store_error(r->fold);
}

static enum err
open_verdicts(struct replay *r, const struct books *b, PbVerdict ***out)
{
	PbVerdict **v = arena_alloc(
	    r->arena, (r->entry->n_verdict + 1) * sizeof(*v));
	enum err err = v != NULL ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; err == ERR_OK && i < r->entry->n_verdict; i++)
		err = parked_verdict(b, &r->entry->verdict[i], &v[i]);
	*out = v;
	return err;
}

static enum err
expired(struct replay *r, const struct books *b, const struct parked *p)
{
	size_t n = 0, withheld = 0;
	struct decided *d;
	PbVerdict **v;
	enum err err = approval_expire(b, p, &d);

	if (err == ERR_OK)
		err = open_verdicts(r, b, &v);
	if (err != ERR_OK)
		return err;
	replay_compare_decided(r, v, d, &n, &withheld);
	if (n == 0 || n != r->entry->n_verdict || r->details->n_withheld != 0)
		replay_differs(r,
		    "recorded %zu verdicts of what expired, expected %zu",
		    r->entry->n_verdict, n);
	if (p->header->expires > r->entry->recorded_at)
		replay_differs(r,
		    "entry %" PRIu64 " had not expired when it was refused "
		    "for that",
		    p->index);
	return parked_decide(b, p, r->index);
}

enum err
replay_expired(struct replay *r)
{
	struct books books = books_of(r);
	struct parked p;
	enum err err = ERR_INVALID;

	if (r->details != NULL && r->details->has_of &&
	    r->details->of < r->index)
		err = parked_read(&books, r->details->of, &p);
	if (err == ERR_OK)
		err = expired(r, &books, &p);
	if (err != ERR_OK && !replay_is_erased(r, err))
		replay_differs(r, "it names no message that expired");
	return store_error(r->in);
}

/* ------------------------------------------------------------ offers, acks */

struct search {
	const struct books *books;
	const char *node;
	bool found;
};

static bool
is_withheld(const PbDetails *d, const PbVerdict *v)
{
	for (size_t i = 0; d != NULL && i < d->n_withheld; i++)
		if (bytes_eq(bytes_of(d->withheld[i]->addressee.data,
				 d->withheld[i]->addressee.len),
			bytes_of(v->addressee.data, v->addressee.len)) &&
		    d->withheld[i]->node != NULL && v->node != NULL &&
		    strcmp(d->withheld[i]->node, v->node) == 0 &&
		    d->withheld[i]->outcome != OUTCOME_PERMIT)
			return true;
	return false;
}

static bool
let_pass(void *ctx, uint64_t at, const PbEntry *entry, const PbDetails *d)
{
	struct search *s = ctx;
	PbVerdict *v;

	(void)at;
	for (size_t i = 0; i < entry->n_verdict && !s->found; i++)
		s->found = parked_verdict(s->books, &entry->verdict[i], &v) ==
			ERR_OK &&
		    v->outcome == OUTCOME_PERMIT && v->node != NULL &&
		    strcmp(v->node, s->node) == 0 && !is_withheld(d, v);
	return !s->found;
}

bool
replay_was_decided_for(struct replay *r, uint64_t of, const char *node)
{
	struct books books = books_of(r);
	struct search s = { &books, node, false };
	struct parked p;

	if (parked_decisions(&books, of, let_pass, &s) == ERR_OK && s.found)
		return true;
	if (parked_read(&books, of, &p) != ERR_OK ||
	    strcmp(p.details->sender, node) == 0 ||
	    !r5_same_authority(p.details->sender, node))
		return false;
	for (size_t i = 0; i < p.entry->n_verdict; i++)
		if (p.verdict[i]->outcome == OUTCOME_PARK)
			return true;
	return false;
}
