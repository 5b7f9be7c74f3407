/*
 * SPDX-License-Identifier: MIT
 *
 * got: what a seat has received, in words; the same words that an EXPECT
 * line uses (see expect.c).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/law/rules.h"
#include "known.h"
#include "proto/taxonomy.h"
#include "seat.h"

/* permit:R00@node, park:R17@node, refuse:prohibited:P20/missing@node */
static void
add_verdict(FILE *l, const PbVerdict *v)
{
	if (v->outcome == OUTCOME_PERMIT)
		fprintf(l, " permit");
	else if (v->outcome == OUTCOME_PARK)
		fprintf(l, " park");
	else
		fprintf(l, " refuse:%s", code_name(v->code));
	if (v->rule != NULL)
		fprintf(l, ":%s", v->rule);
	for (size_t i = 0; i < v->n_missing; i++) {
		fprintf(l, "%c", i == 0 ? '/' : '+');
		for (const char *p = v->missing[i]; *p != '\0'; p++)
			if (*p != ' ')
				fprintf(l, "%c", *p == ':' ? '=' : *p);
	}
	if (v->node != NULL)
		fprintf(l, "@%s", v->node);
}

static const char *
notice_word(const char *text)
{
	for (const struct notice *n = notices; n->word != NULL; n++)
		if (strncmp(text, n->begins, strlen(n->begins)) == 0)
			return n->word;
	return "unknown";
}

static void
add_receipt(FILE *l, const struct check_receipt *r)
{
	for (size_t i = 0; i < r->n_verdict; i++)
		add_verdict(l, r->verdict[i].verdict);
	for (size_t i = 0; i < r->n_verdict; i++) {
		const struct check_verdict *v = &r->verdict[i];

		if (v->ack == NULL)
			continue;
		if (v->ack->has_code)
			fprintf(l, " nacked:%s@%s", code_name(v->ack->code),
			    v->verdict->node);
		else
			fprintf(l, " acked@%s", v->verdict->node);
	}
	for (size_t i = 0; i < r->receipt->n_notice; i++)
		fprintf(l, " notice:%s", notice_word(r->receipt->notice[i]));
}

static void
add_offer(FILE *l, const struct check_offer *o)
{
	size_t n = 0;

	fprintf(l, " ");
	for (size_t i = 0; i < o->env.n_section; i++)
		fprintf(l, "%s%s", n++ > 0 ? "+" : "",
		    TAXONOMY_ID(category, o->env.section[i].kind));
	if (n == 0)
		fprintf(
		    l, "%s", check_is_to_decide(&o->env) ? "grounds" : "none");
}

char *
got_text(const struct got *g)
{
	static const char *const name[] = { "receipt", "reject", "offer",
		"ready", "welcome", "pong", "range", "bye", "lost" };
	char *out = NULL;
	size_t len;
	FILE *l = open_memstream(&out, &len);

	if (l == NULL)
		abort();
	fprintf(l, "%s", name[g->kind]);
	if (g->kind == GOT_REJECT)
		fprintf(l, " %s", code_name(g->code));
	if (g->m != NULL)
		fprintf(l, " %s", g->m->label);
	if (g->kind == GOT_REJECT && g->field[0] != '\0')
		fprintf(l, " field:%s", g->field);
	if (g->kind == GOT_RECEIPT)
		add_receipt(l, g->receipt);
	if (g->kind == GOT_OFFER)
		add_offer(l, g->offer);
	if (g->kind == GOT_RANGE)
		fprintf(l, " %" PRIu64 " %" PRIu64, g->first, g->count);
	if (fclose(l) != 0)
		abort();
	return out;
}

bool
got_is_harmless(enum got_kind k)
{
	return k == GOT_WELCOME || k == GOT_READY || k == GOT_PONG ||
	    k == GOT_LOST;
}
