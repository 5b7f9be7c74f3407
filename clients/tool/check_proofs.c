/*
 * SPDX-License-Identifier: MIT
 *
 * check_proofs: the invariants of a table, proven or broken; see check.h.
 */
#include "check.h"

#include <stdlib.h>

#include "example.h"

static const char *
outcome_name(const struct judgement *j)
{
	return j->outcome == OUTCOME_PERMIT ? "permit" :
	    j->outcome == OUTCOME_PARK	    ? "park" :
					      "refuse";
}

/* A message that breaks it, as words and as a draft to send and explain. */
static json_t *
broken(struct proof *p, const struct rules *r, uint64_t at_ms)
{
	struct judgement now;
	const struct judgement *j = &p->judgement;
	char words[2000], at[25];
	json_t *o, *example = example_json(&p->facts, r, r);

	/* What was so at the first time it must hold is mostly so today. */
	judge(r, &p->facts, at_ms, &now);
	if (p->at_ms < at_ms && now.outcome == j->outcome &&
	    now.code == j->code && now.rule == j->rule)
		p->at_ms = at_ms;
	space_words(&p->facts, words, sizeof(words));
	time_format(at, p->at_ms);
	o = json_pack("{s:s, s:s, s:s}", "at", at, "words", words, "outcome",
	    outcome_name(j));
	if (j->rule != NULL && j->code != CODE_NO_PERMIT)
		json_object_set_new(o, "rule", json_string(rule_id(j->rule)));
	if (example != NULL)
		json_object_set_new(o, "example", example);
	return o;
}

json_t *
check_proofs(const struct invariants *i, const struct rules *r, uint64_t at_ms,
    bool *sound)
{
	json_t *out = json_array();

	*sound = true;
	for (size_t n = 0; n < invariants_count(i); n++) {
		const struct invariant *v = invariants_at(i, n);
		struct proof p;
		enum err e = invariants_prove(i, n, &p);
		json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:I}", "id", v->id,
		    "text_en", v->text_en, "text_da", v->text_da, "proven",
		    e == ERR_OK && p.proven, "boxes", (json_int_t)p.nodes);

		if (e != ERR_OK)
			json_object_set_new(
			    o, "undecided", json_string(err_name(e)));
		else if (p.empty)
			json_object_set_new(o, "undecided",
			    json_string("it is about no message at all"));
		else if (!p.proven)
			json_object_set_new(o, "broken", broken(&p, r, at_ms));
		*sound = *sound && e == ERR_OK && p.proven;
		json_array_append_new(out, o);
	}
	return out;
}

json_t *
check_sizes(const struct rules *r, const struct invariants *i, uint64_t at_ms)
{
	struct space *s = space_new(r, NULL, at_ms);
	json_t *fields = json_object(), *out;
	struct space_size size;
	struct clause *all;
	size_t n = 0;

	if (s == NULL)
		return NULL;
	for (size_t k = 0; i != NULL && k < invariants_count(i); k++)
		n += invariants_at(i, k)->n_when +
		    invariants_at(i, k)->n_unless;
	all = calloc(n + 1, sizeof(*all));
	if (all == NULL) {
		space_free(s);
		return NULL;
	}
	n = 0;
	for (size_t k = 0; i != NULL && k < invariants_count(i); k++) {
		const struct invariant *v = invariants_at(i, k);

		for (size_t m = 0; m < v->n_when; m++)
			all[n++] = v->when[m];
		for (size_t m = 0; m < v->n_unless; m++)
			all[n++] = v->unless[m];
	}
	space_sizes(s, all, n, &size);
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		json_object_set_new(fields, field_info[f].name,
		    json_pack("{s:i, s:i}", "values", (int)size.values[f],
			"classes", (int)size.classes[f]));
	out = json_pack("{s:s, s:s, s:o, s:i, s:i}", "full", size.full,
	    "reduced", size.reduced, "fields", fields, "bits", (int)size.bits,
	    "bit_classes", (int)size.bit_classes);
	free(all);
	space_free(s);
	return out;
}
