/*
 * SPDX-License-Identifier: MIT
 *
 * R7, one verdict: see r7_verdict.h.
 */
#include "r7_verdict.h"

#include "proto/envelope.h"

static enum err
fill_missing(struct arena *a, const struct recipient *to,
    const struct judgement *j, PbVerdict *v)
{
	const char **flag;

	v->missing = (char **)(uintptr_t)j->missing;
	v->n_missing = j->n_missing;
	if (to->flag == NULL)
		return ERR_OK;
	flag = arena_alloc(a, sizeof *flag);
	if (flag == NULL)
		return ERR_NOMEM;
	*flag = to->flag;
	v->missing = (char **)(uintptr_t)flag;
	v->n_missing = 1;
	return ERR_OK;
}

static enum err
fill_instead(struct arena *a, const struct recipient *to, PbVerdict *v)
{
	if (to->n_instead == 0)
		return ERR_OK;
	v->instead = arena_alloc(a, ALTERNATIVES_MAX * sizeof v->instead[0]);
	if (v->instead == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < to->n_instead; i++) {
		char text[ALTERNATIVE_TEXT];

		v->instead[i] = arena_strdup(
		    a, alternative_text(&to->instead[i], text));
		if (v->instead[i] == NULL)
			return ERR_NOMEM;
		v->n_instead++;
	}
	return ERR_OK;
}

PbVerdict *
r7_verdict(struct arena *a, const struct digest *addressee,
    const struct recipient *to, bool told)
{
	const struct judgement *j = told ? &to->told : &to->real;
	PbVerdict *v = arena_alloc(a, sizeof *v);

	if (v == NULL)
		return NULL;
	pb_verdict__init(v);
	v->addressee.data = (uint8_t *)(uintptr_t)addressee->b;
	v->addressee.len = DIGEST_SIZE;
	v->node = to->node != NULL ? (char *)(uintptr_t)to->node->id : NULL;
	v->outcome = j->outcome;
	v->code = j->code;
	if (j->rule != NULL) {
		v->rule = (char *)(uintptr_t)rule_id(j->rule);
		v->law = (char *)(uintptr_t)rule_law(j->rule);
	}
	if (fill_missing(a, to, j, v) != ERR_OK ||
	    (told && fill_instead(a, to, v) != ERR_OK))
		return NULL;
	return v;
}
