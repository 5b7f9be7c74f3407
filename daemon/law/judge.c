/*
 * SPDX-License-Identifier: MIT
 *
 * judge: R6, the decision itself. Pure: no allocation, no clock, no I/O, no
 * state. Prohibitions first, then one single permit that covers everything.
 * It must never add permits up, and a number that no list knows fits none.
 */
#include "daemon/law/decide.h"

static bool
basis_fits(const struct row *row, const struct view *v)
{
	if (row->n_basis == 0)
		return true;
	for (size_t i = 0; i < row->n_basis; i++)
		if ((row->basis[i] & ~v->basis) == 0)
			return true;
	return false;
}

static const char *const setting_missing[SETTING_COUNT] = {
	[SETTING_PET_REPORT] = "setting: pet_report",
	[SETTING_REGIONAL_NOTICE] = "setting: regional_notice",
	[SETTING_CONNECT_ADULT] = "setting: connect_adult",
	[SETTING_SSP_MINOR] = "setting: ssp_minor",
	[SETTING_STAFF_FEEDBACK] = "setting: staff_feedback",
	[SETTING_LEADER_NOTICE] = "setting: leader_notice",
	[SETTING_JOURNAL_NOTE] = "setting: journal_note",
	[SETTING_PROGRESS_REPORTS] = "setting: progress_reports",
	[SETTING_CRISIS_TEAM] = "setting: crisis_team",
};

/* One more than all that a row can ask, with every category by itself. */
_Static_assert(FIELD_COUNT + FLAG_COUNT + SETTING_COUNT + CATEGORY_COUNT + 3 <=
	MISSING_MAX,
    "a refusal names all that is missing");

static void
add_missing(struct judgement *out, const char *name)
{
	if (out->n_missing < MISSING_MAX)
		out->missing[out->n_missing++] = name;
}

static void
name_missing(const struct rules *r, const struct row *row, const struct view *v,
    struct judgement *out)
{
	const struct match *m = &row->match;

	for (unsigned i = 0; i < FIELD_COUNT; i++)
		if ((m->set[i] & v->bit[i]) == 0)
			add_missing(out, field_info[i].missing);
	if ((row->relation & v->relation) == 0)
		add_missing(out, "relation");
	if (!basis_fits(row, v))
		add_missing(out, "basis");
	for (unsigned i = 0; i < FLAG_COUNT; i++)
		if (((v->flags ^ m->want) & m->care & 1u << i) != 0)
			add_missing(out,
			    (m->want & 1u << i) != 0 ?
				flag_info[i].missing_true :
				flag_info[i].missing_false);
	for (unsigned i = 0; i < SETTING_COUNT; i++)
		if ((row->settings & ~v->settings & SETTING_BIT(i)) != 0)
			add_missing(out, setting_missing[i]);
	for (unsigned i = 0; i < CATEGORY_COUNT; i++)
		if ((v->categories & ~row->carry & 1ULL << i) != 0)
			add_missing(out, r->category_missing[i]);
	if ((v->categories & ~CATEGORIES_ALL) != 0)
		add_missing(out, "category");
}

void
judge(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct judgement *out)
{
	const struct view v = view_of(f);
	struct decision d;
	size_t nearest;

	decide(r, &v, at_ms, &d);
	out->outcome = d.outcome;
	out->code = d.code;
	out->rule = d.rule;
	out->n_missing = 0;
	if (d.code != CODE_NO_PERMIT)
		return;
	nearest = index_nearest(&r->deciding->index, &v, at_ms);
	if (nearest == NEAREST_NONE)
		return;
	out->rule = r->deciding->way[nearest].row->rule;
	name_missing(r, r->deciding->way[nearest].row, &v, out);
}

size_t
rules_prohibitions(const struct rules *r, const struct facts *f, uint64_t at_ms,
    const struct rule **out, size_t room)
{
	const struct view v = view_of(f);

	return decide_applies(&r->deciding->prohibitions, &v, at_ms, out, room);
}

/* Duties are few; a message that raises more gets the first ones. */
#define DUTIES_MAX 64

size_t
rules_duties(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct duty *out, size_t room)
{
	const struct view v = view_of(f);
	const struct rule *rule[DUTIES_MAX];
	size_t n = decide_applies(&r->deciding->duties, &v, at_ms, rule,
	    room < DUTIES_MAX ? room : DUTIES_MAX);

	for (size_t i = 0; i < n; i++)
		out[i] = (struct duty){ rule[i], rule[i]->notice,
			rule[i]->within_ms != 0 ? at_ms + rule[i]->within_ms :
						  0 };
	return n;
}

size_t
rules_notices(const struct rules *r, const struct facts *f, uint64_t at_ms,
    const char **notice, size_t room)
{
	const struct view v = view_of(f);
	const struct rule *rule[DUTIES_MAX];
	size_t n = decide_applies(&r->deciding->duties, &v, at_ms, rule,
	    room < DUTIES_MAX ? room : DUTIES_MAX);

	for (size_t i = 0; i < n; i++)
		notice[i] = rule[i]->notice;
	return n;
}
