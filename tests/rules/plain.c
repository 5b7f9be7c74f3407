/*
 * SPDX-License-Identifier: MIT
 *
 * plain: see plain.h. Written for reading, not for speed; it shares the
 * table with the judge, nothing else.
 */
#include "tests/rules/plain.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "proto/envelope.h"
#include "proto/taxonomy.h"

static uint8_t
value_of(const struct facts *f, unsigned field)
{
	static const size_t at[FIELD_COUNT] = { [FIELD_KIND] = offsetof(
						    struct facts, kind),
		[FIELD_FROM] = offsetof(struct facts, from),
		[FIELD_TO] = offsetof(struct facts, to),
		[FIELD_URGENCY] = offsetof(struct facts, urgency),
		[FIELD_COOPERATION] = offsetof(struct facts, cooperation),
		[FIELD_PURPOSE] = offsetof(struct facts, purpose),
		[FIELD_NECESSITY] = offsetof(struct facts, necessity),
		[FIELD_AGE] = offsetof(struct facts, age),
		[FIELD_CHILD] = offsetof(struct facts, concerned_child),
		[FIELD_EXPOSED] = offsetof(struct facts, exposed),
		[FIELD_KSP] = offsetof(struct facts, ksp),
		[FIELD_CONSENT] = offsetof(struct facts, consent),
		[FIELD_STATE] = offsetof(struct facts, state),
		[FIELD_EVENT] = offsetof(struct facts, event),
		[FIELD_ACTS_FOR] = offsetof(struct facts, acts_for),
		[FIELD_INFORMED] = offsetof(struct facts, subject_informed) };

	return ((const uint8_t *)f)[at[field]];
}

static bool
flag_of(const struct facts *f, unsigned flag)
{
	static const size_t at[FLAG_COUNT] = {
		[FLAG_HAS_CASE] = offsetof(struct facts, has_case),
		[FLAG_POLICE_ALONE] = offsetof(struct facts, police_alone),
		[FLAG_POLICE_LOOKED] = offsetof(struct facts, police_looked),
		[FLAG_CASE_ACUTE] = offsetof(struct facts, case_acute),
		[FLAG_SENDER_PARTICIPANT] = offsetof(
		    struct facts, sender_participant),
		[FLAG_RECIPIENT_PARTICIPANT] = offsetof(
		    struct facts, recipient_participant),
		[FLAG_ANSWERS_REQUEST] = offsetof(
		    struct facts, answers_request),
		[FLAG_NECESSITY_TEXT] = offsetof(struct facts, necessity_text),
		[FLAG_UNDERRETNING_MADE] = offsetof(
		    struct facts, underretning_made),
		[FLAG_INVESTIGATION_OPENED] = offsetof(
		    struct facts, investigation_opened),
		[FLAG_CRISIS_OPEN] = offsetof(struct facts, crisis_open),
		[FLAG_SENDER_RESPONSIBLE] = offsetof(
		    struct facts, sender_responsible),
		[FLAG_RECIPIENT_RESPONSIBLE] = offsetof(
		    struct facts, recipient_responsible),
		[FLAG_HAD_ORIGINAL] = offsetof(struct facts, had_original),
		[FLAG_IDENTITY_SEALED] = offsetof(struct facts, identity_sealed)
	};

	return *(const bool *)((const char *)f + at[flag]);
}

static bool
field_fits(const struct match *m, const struct facts *f, unsigned field)
{
	uint8_t value = value_of(f, field);

	/* What is in no list is 63 at most; a clause may take it. */
	return (m->set[field] >> (value < 63 ? value : 63) & 1) != 0;
}

static bool
flag_fits(const struct match *m, const struct facts *f, unsigned flag)
{
	return (m->care >> flag & 1) == 0 ||
	    (m->want >> flag & 1) == flag_of(f, flag);
}

static bool
match_fits(const struct match *m, const struct facts *f)
{
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		if (!field_fits(m, f, i))
			return false;
	for (unsigned i = 0; i < FLAG_COUNT; i++)
		if (!flag_fits(m, f, i))
			return false;
	return true;
}

static uint32_t
relations_of(const struct facts *f)
{
	return f->relation | 1u << RELATION_ANY;
}

static uint32_t
bases_of(const struct facts *f)
{
	return f->basis != 0 ? f->basis : 1;
}

static bool
clause_fits(const struct clause *c, const struct facts *f)
{
	if (!match_fits(&c->match, f) ||
	    (c->relation_any & relations_of(f)) == 0 ||
	    (c->relation_none & relations_of(f)) != 0 ||
	    (c->basis_any & bases_of(f)) == 0 ||
	    (c->basis_none & bases_of(f)) != 0)
		return false;
	if (c->carries_any != 0 && (c->carries_any & f->categories) == 0)
		return false;
	if (c->setting_any != 0 && (c->setting_any & f->settings) == 0)
		return false;
	return (c->carries_none & f->categories) == 0 &&
	    (c->setting_none & f->settings) == 0;
}

static bool
any_fits(const struct clause *c, size_t n, const struct facts *f)
{
	for (size_t i = 0; i < n; i++)
		if (clause_fits(&c[i], f))
			return true;
	return false;
}

static bool
rule_applies(const struct rule *r, const struct facts *f, uint64_t at_ms)
{
	return at_ms >= r->from_ms && at_ms < r->to_ms &&
	    any_fits(r->any, r->n_any, f) &&
	    !any_fits(r->unless, r->n_unless, f);
}

static size_t
all_that_apply(const struct rule *const *rule, size_t n_rule,
    const struct facts *f, uint64_t at_ms, const struct rule **out, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < n_rule && n < room; i++)
		if (rule_applies(rule[i], f, at_ms))
			out[n++] = rule[i];
	return n;
}

size_t
plain_prohibitions(const struct rules *r, const struct facts *f, uint64_t at_ms,
    const struct rule **out, size_t room)
{
	return all_that_apply(
	    r->prohibition, r->n_prohibition, f, at_ms, out, room);
}

size_t
plain_duties(const struct rules *r, const struct facts *f, uint64_t at_ms,
    const struct rule **out, size_t room)
{
	return all_that_apply(r->duty, r->n_duty, f, at_ms, out, room);
}

static bool
basis_fits(const struct row *row, const struct facts *f)
{
	for (size_t i = 0; i < row->n_basis; i++)
		if ((row->basis[i] & ~bases_of(f)) == 0)
			return true;
	return row->n_basis == 0;
}

/* What fails of a row, in a verdict's order; how far on the route. */
struct failed {
	unsigned route, rest;
	size_t n;
	const char *word[MISSING_MAX];
};

static void
fail(struct failed *out, const char *word)
{
	out->word[out->n++] = word;
	out->rest++;
}

static const char *
prefixed(const char *before, const char *word)
{
	static char text[64][64];
	size_t i = 0;

	for (; i < 64 && text[i][0] != '\0'; i++)
		if (strncmp(text[i], before, strlen(before)) == 0 &&
		    strcmp(text[i] + strlen(before), word) == 0)
			return text[i];
	(void)snprintf(text[i], sizeof(text[i]), "%s%s", before, word);
	return text[i];
}

static void
categories_fail(
    const struct row *row, const struct facts *f, struct failed *out)
{
	uint64_t over = f->categories & ~row->carry;
	unsigned rest = out->rest;

	for (int i = 0; i < CATEGORY_COUNT; i++)
		if ((over & 1ULL << i) != 0)
			fail(out,
			    prefixed("category: ",
				TAXONOMY_ID(category, CATEGORY_IDENTITY + i)));
	if ((over & ~CATEGORIES_ALL) != 0)
		fail(out, "category");
	/* However many, it is one condition. */
	out->rest = rest + (over != 0);
}

static void
what_fails(const struct row *row, const struct facts *f, struct failed *out)
{
	out->route = out->rest = 0;
	out->n = 0;
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		if (!field_fits(&row->match, f, i)) {
			fail(out, field_info[i].missing);
			if (i < ROUTE_FIELDS) {
				out->rest--;
				out->route += i == FIELD_KIND ? 2 : 1;
			}
		}
	if ((row->relation & relations_of(f)) == 0)
		fail(out, "relation");
	if (!basis_fits(row, f))
		fail(out, "basis");
	for (unsigned i = 0; i < FLAG_COUNT; i++)
		if (!flag_fits(&row->match, f, i))
			fail(out,
			    (row->match.want >> i & 1) != 0 ?
				flag_info[i].missing_true :
				flag_info[i].missing_false);
	for (unsigned i = 0; i < SETTING_COUNT; i++)
		if ((row->settings & ~f->settings & SETTING_BIT(i)) != 0)
			fail(out, prefixed("setting: ", setting_words[i]));
	categories_fail(row, f, out);
}

static bool
row_fits(const struct row *row, const struct facts *f)
{
	return match_fits(&row->match, f) &&
	    (row->relation & relations_of(f)) != 0 && basis_fits(row, f) &&
	    (row->settings & ~f->settings) == 0 &&
	    (f->categories & ~row->carry) == 0;
}

static bool
is_valid(const struct row *row, uint64_t at_ms)
{
	return at_ms >= row->from_ms && at_ms < row->to_ms;
}

static void
nearest(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct judgement *out)
{
	struct failed now, best = { .route = UINT32_MAX };

	for (size_t i = 0; i < r->n_row; i++) {
		if (!is_valid(&r->row[i], at_ms))
			continue;
		what_fails(&r->row[i], f, &now);
		if (now.route < best.route ||
		    (now.route == best.route && now.rest < best.rest)) {
			best = now;
			out->rule = r->row[i].rule;
		}
	}
	out->n_missing = best.n;
	for (size_t i = 0; i < best.n; i++)
		out->missing[i] = best.word[i];
}

static void
decide(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct judgement *out)
{
	out->outcome = OUTCOME_REFUSE;
	out->code = CODE_PROHIBITED;
	out->rule = NULL;
	out->n_missing = 0;
	if (plain_prohibitions(r, f, at_ms, &out->rule, 1) > 0)
		return;
	out->code = CODE_NO_PERMIT;
	for (size_t i = 0; i < r->n_row; i++) {
		const struct row *row = &r->row[i];

		if (!is_valid(row, at_ms))
			continue;
		if (!row_fits(row, f))
			continue;
		if (row->rule->approvers == 0) {
			*out = (struct judgement){ .outcome = OUTCOME_PERMIT,
				.code = CODE_OK,
				.rule = row->rule };
			return;
		}
		if (out->code != CODE_PENDING)
			*out = (struct judgement){ .outcome = OUTCOME_PARK,
				.code = CODE_PENDING,
				.rule = row->rule };
	}
}

void
plain_judge(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct judgement *out)
{
	decide(r, f, at_ms, out);
	if (out->code == CODE_NO_PERMIT)
		nearest(r, f, at_ms, out);
}

/* ---- alternatives ---- */

#define WAYS 64

struct way {
	const struct row *row;
	uint32_t basis;
};

/* Ways that fail in nothing, or in this one condition alone. */
static size_t
find_ways(const struct rules *r, const struct facts *f, uint64_t at_ms,
    bool by_basis, struct way out[WAYS])
{
	struct facts g = *f;
	size_t n = 0;

	if (!by_basis)
		g.categories = 0;
	for (size_t i = 0; i < r->n_row; i++) {
		const struct row *row = &r->row[i];
		size_t sets = row->n_basis > 0 ? row->n_basis : 1;

		for (size_t k = 0; k < sets && n < WAYS; k++) {
			uint32_t basis = row->n_basis > 0 ? row->basis[k] : 0;

			if (!is_valid(row, at_ms) || row->rule->approvers != 0)
				continue;
			if (by_basis ? basis == 0 : (basis & ~bases_of(f)) != 0)
				continue;
			if (by_basis)
				g.basis = f->basis | basis;
			if (row_fits(row, &g))
				out[n++] = (struct way){ row, basis };
		}
	}
	return n;
}

static bool
permits(const struct rules *r, const struct facts *f, uint64_t at_ms,
    const struct rule **by)
{
	struct judgement j;

	decide(r, f, at_ms, &j);
	*by = j.rule;
	return j.outcome == OUTCOME_PERMIT;
}

/* Categories to leave out because of the prohibition p. */
static uint64_t
in_the_way(const struct rule *p, const struct facts *f)
{
	uint64_t go = 0;

	for (size_t i = 0; i < p->n_any; i++)
		if (clause_fits(&p->any[i], f)) {
			if (p->any[i].carries_any == 0) {
				go = 0;
				break;
			}
			go |= p->any[i].carries_any;
		}
	if (go != 0)
		return go & f->categories;
	for (size_t i = 0; i < p->n_unless; i++) {
		struct clause c = p->unless[i];

		c.carries_none = 0;
		/* What else it asks of categories, it asks of the rest. */
		struct facts less = *f;

		less.categories &= ~p->unless[i].carries_none;
		if (clause_fits(&c, &less))
			return p->unless[i].carries_none & f->categories;
	}
	return 0;
}

static bool
find_drop(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct alternative *out)
{
	struct way way[WAYS];
	size_t n = find_ways(r, f, at_ms, false, way);

	/* Those that leave out fewest, each count in the file's order. */
	for (int fewest = 0; fewest <= 64; fewest++)
		for (size_t i = 0; i < n; i++) {
			struct facts g = *f;
			struct judgement j;

			if (__builtin_popcountll(
				f->categories & ~way[i].row->carry) != fewest)
				continue;
			g.categories &= way[i].row->carry;
			decide(r, &g, at_ms, &j);
			for (int more = 0; more < 8; more++) {
				uint64_t go = j.code == CODE_PROHIBITED ?
				    in_the_way(j.rule, &g) :
				    0;

				if (go == 0)
					break;
				g.categories &= ~go;
				decide(r, &g, at_ms, &j);
			}
			if (j.outcome != OUTCOME_PERMIT)
				continue;
			*out = (struct alternative){ .kind = ALTERNATIVE_DROP,
				.categories = f->categories & ~g.categories,
				.rule = j.rule };
			return (out->categories & ~CATEGORIES_ALL) == 0;
		}
	return false;
}

static bool
find_basis(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct alternative *out)
{
	struct way way[WAYS];
	size_t n = find_ways(r, f, at_ms, true, way);
	uint32_t claimed = f->basis & ~1u;

	for (int fewest = 1; fewest <= 32; fewest++)
		for (size_t i = 0; i < 2 * n; i++) {
			uint32_t own = way[i / 2].basis;
			uint32_t set = i % 2 == 0 ? own | claimed : own;
			struct facts g = *f;

			g.basis = set;
			if (__builtin_popcount(set ^ claimed) != fewest ||
			    !permits(r, &g, at_ms, &out->rule))
				continue;
			out->kind = ALTERNATIVE_BASIS;
			out->basis = set;
			return true;
		}
	return false;
}

static bool
find_condition(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct alternative *out)
{
	static const uint8_t letter[] = { KSP_VALID_A, KSP_VALID_B,
		KSP_VALID_C };
	struct facts g = *f;

	out->kind = ALTERNATIVE_CONDITION;
	out->condition = "socially_exposed";
	g.exposed = EXPOSED_YES;
	if (f->exposed != EXPOSED_YES && permits(r, &g, at_ms, &out->rule))
		return true;
	out->condition = "ksp";
	for (size_t i = 0; i < 3; i++) {
		g = *f;
		g.ksp = letter[i];
		if (letter[i] == KSP_VALID_B && f->age != AGE_MINOR)
			continue;
		if (f->ksp != letter[i] && permits(r, &g, at_ms, &out->rule))
			return true;
	}
	out->condition = "consent";
	g = *f;
	g.consent = CONSENT_VALID;
	return f->consent != CONSENT_VALID && permits(r, &g, at_ms, &out->rule);
}

static bool
find_role(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct alternative *out)
{
	out->kind = ALTERNATIVE_TO;
	for (unsigned i = 0; i < pb_role__descriptor.n_values; i++) {
		int role = pb_role__descriptor.values[i].value;
		struct facts g = *f;

		g.to = (uint8_t)role;
		g.relation = 1u << facts_subject_relation(role);
		g.recipient_participant = g.recipient_responsible = false;
		g.had_original = g.answers_request = false;
		out->to = g.to;
		if (role != f->to && permits(r, &g, at_ms, &out->rule))
			return true;
	}
	return false;
}

size_t
plain_alternatives(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct alternative *out)
{
	static bool (*const find[])(const struct rules *, const struct facts *,
	    uint64_t, struct alternative *) = { find_drop, find_basis,
		find_condition, find_role };
	struct judgement j;
	size_t n = 0;

	decide(r, f, at_ms, &j);
	if (j.outcome != OUTCOME_REFUSE)
		return 0;
	for (size_t i = 0; i < 4; i++) {
		out[n] = (struct alternative){ .rule = NULL };
		n += find[i](r, f, at_ms, &out[n]);
	}
	return n;
}
