/*
 * SPDX-License-Identifier: MIT
 *
 * got: what a seat has received, in words; the same words that an EXPECT
 * line uses (see expect.c).
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/law/rules.h"
#include "proto/taxonomy.h"
#include "seat.h"

struct line {
	char *out;
	size_t room, len;
};

static void
add(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (l->len >= l->room)
		return;
	va_start(ap, fmt);
	n = vsnprintf(l->out + l->len, l->room - l->len, fmt, ap);
	va_end(ap);
	l->len += n > 0 ? (size_t)n : 0;
}

/* permit:R00@node, refuse:prohibited:P20/missing@node */
static void
add_verdict(struct line *l, const PbVerdict *v)
{
	if (v->outcome == OUTCOME_PERMIT)
		add(l, " permit");
	else
		add(l, " refuse:%s", code_name(v->code));
	if (v->rule != NULL)
		add(l, ":%s", v->rule);
	for (size_t i = 0; i < v->n_missing; i++) {
		add(l, "%c", i == 0 ? '/' : '+');
		for (const char *p = v->missing[i]; *p != '\0'; p++)
			if (*p != ' ')
				add(l, "%c", *p == ':' ? '=' : *p);
	}
	if (v->node != NULL)
		add(l, "@%s", v->node);
}

static void
add_receipt(struct line *l, const struct check_receipt *r)
{
	for (size_t i = 0; i < r->n_verdict; i++)
		add_verdict(l, r->verdict[i].verdict);
	for (size_t i = 0; i < r->n_verdict; i++) {
		const struct check_verdict *v = &r->verdict[i];

		if (v->ack == NULL)
			continue;
		if (v->ack->has_code)
			add(l, " nacked:%s@%s", code_name(v->ack->code),
			    v->verdict->node);
		else
			add(l, " acked@%s", v->verdict->node);
	}
	for (size_t i = 0; i < r->receipt->n_notice; i++)
		add(l, " notice:%s",
		    strncmp(r->receipt->notice[i], "Ring 112", 8) == 0 ?
			"112" :
			"child");
}

static void
add_offer(struct line *l, const struct check_offer *o)
{
	size_t n = 0;

	add(l, " ");
	for (size_t i = 0; i < o->env.n_section; i++)
		add(l, "%s%s", n++ > 0 ? "+" : "",
		    TAXONOMY_ID(category, o->env.section[i].kind));
	if (n == 0)
		add(l, "none");
}

void
got_text(const struct got *g, char *out, size_t room)
{
	static const char *const name[] = { "receipt", "reject", "offer",
		"ready", "welcome", "pong", "range", "bye", "lost" };
	struct line l = { out, room, 0 };

	add(&l, "%s", name[g->kind]);
	if (g->kind == GOT_REJECT)
		add(&l, " %s", code_name(g->code));
	if (g->m != NULL)
		add(&l, " %s", g->m->label);
	if (g->kind == GOT_REJECT && g->field[0] != '\0')
		add(&l, " field:%s", g->field);
	if (g->kind == GOT_RECEIPT)
		add_receipt(&l, g->receipt);
	if (g->kind == GOT_OFFER)
		add_offer(&l, g->offer);
	if (g->kind == GOT_RANGE)
		add(&l, " %" PRIu64 " %" PRIu64, g->first, g->count);
}

bool
got_is_harmless(enum got_kind k)
{
	return k == GOT_WELCOME || k == GOT_READY || k == GOT_PONG ||
	    k == GOT_LOST;
}
