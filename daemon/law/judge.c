/*
 * SPDX-License-Identifier: MIT
 *
 * judge: R6, the decision itself. Pure: no allocation, no clock, no I/O, no
 * state. Prohibitions first, then one single permit that covers everything.
 * It must never add permits up, and a number that no list knows fits none.
 */
#include "daemon/law/view.h"

static bool
any_fits(const struct clause *c, size_t n, const struct view *v)
{
	for (size_t i = 0; i < n; i++)
		if (clause_fits(&c[i], v))
			return true;
	return false;
}

/* A prohibition or duty that applies now. */
static bool
rule_applies(const struct rule *r, const struct view *v, uint64_t at_ms)
{
	return at_ms >= r->from_ms && at_ms < r->to_ms &&
	    any_fits(r->any, r->n_any, v) &&
	    !any_fits(r->unless, r->n_unless, v);
}

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

static bool
row_is_valid(const struct row *row, uint64_t at_ms)
{
	return at_ms >= row->from_ms && at_ms < row->to_ms;
}

static bool
row_fits(const struct row *row, const struct view *v)
{
	return match_fits(&row->match, v) &&
	    (row->relation & v->relation) != 0 &&
	    (v->categories & ~row->carry) == 0 && basis_fits(row, v) &&
	    (row->settings & ~v->settings) == 0;
}

/* How far the facts are from a row. The route weighs more than all other
 * conditions together, and the kind most in it: nobody should be told to
 * call a message acute, or an answer, when a basis is missing. From limit on
 * the exact number does not matter. */
static unsigned
row_distance(const struct row *row, const struct view *v, unsigned limit)
{
	unsigned route, rest = 0;
	unsigned i = 0;

	route = (row->match.set[FIELD_KIND] & v->bit[FIELD_KIND]) == 0;
	for (; i < ROUTE_FIELDS; i++)
		route += (row->match.set[i] & v->bit[i]) == 0;
	if (route * 64 >= limit)
		return limit;
	for (; i < FIELD_COUNT; i++)
		rest += (row->match.set[i] & v->bit[i]) == 0;
	rest += (unsigned)__builtin_popcount(
	    (v->flags ^ row->match.want) & row->match.care);
	rest += (row->relation & v->relation) == 0;
	rest += (v->categories & ~row->carry) != 0;
	rest += !basis_fits(row, v);
	rest += (unsigned)__builtin_popcount(row->settings & ~v->settings);
	return route * 64 + rest;
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

static void
name_nearest(const struct rules *r, const struct view *v, uint64_t at_ms,
    struct judgement *out)
{
	const struct row *nearest = NULL;
	unsigned distance = UINT32_MAX;

	for (size_t i = 0; i < r->n_row; i++) {
		const struct row *row = &r->row[i];
		unsigned d;

		if (!row_is_valid(row, at_ms))
			continue;
		d = row_distance(row, v, distance);
		if (d < distance) {
			distance = d;
			nearest = row;
		}
	}
	if (nearest == NULL)
		return;
	out->rule = nearest->rule;
	name_missing(r, nearest, v, out);
}

void
decide(const struct rules *r, const struct view *v, uint64_t at_ms,
    struct decision *out)
{
	*out = (struct decision){ OUTCOME_REFUSE, CODE_NO_PERMIT, NULL };
	for (size_t i = 0; i < r->n_prohibition; i++)
		if (rule_applies(r->prohibition[i], v, at_ms)) {
			out->code = CODE_PROHIBITED;
			out->rule = r->prohibition[i];
			return;
		}
	for (size_t i = 0; i < r->n_row; i++) {
		const struct row *row = &r->row[i];

		if (!row_is_valid(row, at_ms) || !row_fits(row, v))
			continue;
		if (row->rule->approvers == 0) {
			*out = (struct decision){ OUTCOME_PERMIT, CODE_OK,
				row->rule };
			return;
		}
		if (out->rule == NULL)
			*out = (struct decision){ OUTCOME_PARK, CODE_PENDING,
				row->rule };
	}
}

void
judge(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct judgement *out)
{
	const struct view v = view_of(f);
	struct decision d;

	decide(r, &v, at_ms, &d);
	out->outcome = d.outcome;
	out->code = d.code;
	out->rule = d.rule;
	out->n_missing = 0;
	if (d.code == CODE_NO_PERMIT)
		name_nearest(r, &v, at_ms, out);
}

size_t
ways_but(const struct rules *r, const struct view *v, uint64_t at_ms,
    enum but but, struct way *out, size_t room)
{
	struct view w = *v;
	size_t n = 0;

	if (but == BUT_CARRY)
		w.categories = 0;
	else
		w.basis = UINT32_MAX;
	for (size_t i = 0; i < r->n_row; i++) {
		const struct row *row = &r->row[i];

		if (!row_is_valid(row, at_ms) || !row_fits(row, &w) ||
		    row->rule->approvers != 0)
			continue;
		if (row->n_basis == 0 && but == BUT_CARRY && n < room)
			out[n++] = (struct way){ row, 0 };
		for (size_t k = 0; k < row->n_basis && n < room; k++)
			if ((row->basis[k] & ~w.basis) == 0)
				out[n++] = (struct way){ row, row->basis[k] };
	}
	return n;
}

size_t
rules_prohibitions(const struct rules *r, const struct facts *f, uint64_t at_ms,
    const struct rule **out, size_t room)
{
	const struct view v = view_of(f);
	size_t n = 0;

	for (size_t i = 0; i < r->n_prohibition && n < room; i++)
		if (rule_applies(r->prohibition[i], &v, at_ms))
			out[n++] = r->prohibition[i];
	return n;
}

size_t
rules_duties(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct duty *out, size_t room)
{
	const struct view v = view_of(f);
	size_t n = 0;

	for (size_t i = 0; i < r->n_duty && n < room; i++) {
		const struct rule *d = r->duty[i];

		if (rule_applies(d, &v, at_ms))
			out[n++] = (struct duty){ d, d->notice,
				d->within_ms != 0 ? at_ms + d->within_ms : 0 };
	}
	return n;
}

size_t
rules_notices(const struct rules *r, const struct facts *f, uint64_t at_ms,
    const char **notice, size_t room)
{
	const struct view v = view_of(f);
	size_t n = 0;

	for (size_t i = 0; i < r->n_duty && n < room; i++)
		if (rule_applies(r->duty[i], &v, at_ms))
			notice[n++] = r->duty[i]->notice;
	return n;
}
