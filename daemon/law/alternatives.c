/*
 * SPDX-License-Identifier: MIT
 *
 * alternatives: what would be lawful instead of what was refused. Whatever
 * is named has been judged as a whole. It must never suggest to say what is
 * not so: kind, urgency, age, purpose and need stay the sender's own.
 * The rules by which they are found stand in docs/law.md.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/law/decide.h"
#include "proto/envelope.h"
#include "proto/taxonomy.h"

#define WAYS_MAX 64 /* looked at of each kind; docs/law.md says so */
#define DROPS_MAX 8 /* times that one way may have to leave more out */

struct search {
	const struct rules *r;
	const struct view *v; /* as refused */
	uint64_t at_ms;
	struct alternative *out;
};

/* Is v permitted? Then by what. */
static bool
passes(struct search *s, const struct view *v)
{
	struct decision d;

	decide(s->r, v, s->at_ms, &d);
	s->out->rule = d.rule;
	return d.outcome == OUTCOME_PERMIT;
}

/* Sets to try, the least changed first, each once. */
struct choices {
	size_t n;
	struct {
		uint64_t set;
		int changed;
	} choice[2 * WAYS_MAX];
};

static void
choose(struct choices *c, uint64_t set, int changed)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->choice[i].set == set)
			return;
	for (; i > 0 && c->choice[i - 1].changed > changed; i--)
		c->choice[i] = c->choice[i - 1];
	c->choice[i].set = set;
	c->choice[i].changed = changed;
	c->n++;
}

/* ---- drop ---- */

/* What must go before a prohibition no longer stands in the way. */
static uint64_t
forbidden_categories(const struct rule *p, const struct view *v)
{
	uint64_t go = 0;
	bool all = true;

	for (size_t i = 0; i < p->n_any; i++) {
		if (!clause_fits(&p->any[i], v))
			continue;
		all = all && p->any[i].carries_any != 0;
		go |= p->any[i].carries_any;
	}
	if (all)
		return go & v->categories;
	for (size_t i = 0; i < p->n_unless; i++) {
		struct view less = *v;

		less.categories &= ~p->unless[i].carries_none;
		if (clause_fits(&p->unless[i], &less))
			return p->unless[i].carries_none & v->categories;
	}
	return 0;
}

/* Leaves out of v what it must. False: no way through. */
static bool
drop_until_passed(struct search *s, struct view *v)
{
	for (int i = 0; i <= DROPS_MAX; i++) {
		struct decision d;
		uint64_t go;

		decide(s->r, v, s->at_ms, &d);
		s->out->rule = d.rule;
		if (d.outcome == OUTCOME_PERMIT)
			return true;
		if (d.code != CODE_PROHIBITED)
			return false;
		go = forbidden_categories(d.rule, v);
		if (go == 0)
			return false;
		v->categories &= ~go;
	}
	return false;
}

static bool
find_drop(struct search *s)
{
	const struct way *way[WAYS_MAX];
	struct choices c = { .n = 0 };
	size_t n = decide_ways(
	    s->r, s->v, s->at_ms, SKIP_SET(SET_CATEGORY), way, WAYS_MAX);

	for (size_t i = 0; i < n; i++)
		choose(&c, s->v->categories & way[i]->row->carry,
		    __builtin_popcountll(
			s->v->categories & ~way[i]->row->carry));
	for (size_t i = 0; i < c.n; i++) {
		struct view less = *s->v;

		less.categories = c.choice[i].set;
		if (!drop_until_passed(s, &less))
			continue;
		s->out->kind = ALTERNATIVE_DROP;
		s->out->categories = s->v->categories & ~less.categories;
		/* A number without a name cannot be told. */
		return (s->out->categories & ~CATEGORIES_ALL) == 0;
	}
	return false;
}

/* ---- basis ---- */

static bool
find_basis(struct search *s)
{
	const uint32_t claimed = s->v->basis & ~1u;
	const struct way *way[WAYS_MAX];
	struct choices c = { .n = 0 };
	size_t n = decide_ways(
	    s->r, s->v, s->at_ms, SKIP_SET(SET_BASIS), way, WAYS_MAX);

	for (size_t i = 0; i < n; i++) {
		uint32_t own = way[i]->basis;

		choose(&c, claimed | own, __builtin_popcount(own & ~claimed));
		choose(&c, own, __builtin_popcount(own ^ claimed));
	}
	for (size_t i = 0; i < c.n; i++) {
		struct view other = *s->v;

		other.basis = (uint32_t)c.choice[i].set;
		if (other.basis == claimed || !passes(s, &other))
			continue;
		s->out->kind = ALTERNATIVE_BASIS;
		s->out->basis = other.basis;
		return true;
	}
	return false;
}

/* ---- condition ---- */

static bool
holds(const struct view *v, enum field f, uint8_t value)
{
	return v->bit[f] == view_bit(value);
}

#define CONDITIONS \
	(SKIP_FIELD(FIELD_EXPOSED) | SKIP_FIELD(FIELD_KSP) | \
	    SKIP_FIELD(FIELD_CONSENT))

static bool
find_condition(struct search *s)
{
	static const struct {
		enum field field;
		uint8_t value;
		const char *name;
	} condition[] = {
		{ FIELD_EXPOSED, EXPOSED_YES, "socially_exposed" },
		{ FIELD_KSP, KSP_VALID_A, "ksp" },
		{ FIELD_KSP, KSP_VALID_B, "ksp" },
		{ FIELD_KSP, KSP_VALID_C, "ksp" },
		{ FIELD_CONSENT, CONSENT_VALID, "consent" },
	};
	const bool minor = holds(s->v, FIELD_AGE, AGE_MINOR);
	const struct way *way;

	if (decide_ways(s->r, s->v, s->at_ms, CONDITIONS, &way, 1) == 0)
		return false;
	for (size_t i = 0; i < sizeof(condition) / sizeof(*condition); i++) {
		const enum field f = condition[i].field;
		struct view other = *s->v;

		other.bit[f] = view_bit(condition[i].value);
		if (other.bit[f] == s->v->bit[f] ||
		    (f == FIELD_KSP && condition[i].value == KSP_VALID_B &&
			!minor) ||
		    !passes(s, &other))
			continue;
		s->out->kind = ALTERNATIVE_CONDITION;
		s->out->condition = condition[i].name;
		return true;
	}
	return false;
}

/* ---- to ---- */

/* What is not known of another recipient, and so is not so. */
#define UNKNOWN \
	(1u << FLAG_RECIPIENT_PARTICIPANT | 1u << FLAG_RECIPIENT_RESPONSIBLE | \
	    1u << FLAG_HAD_ORIGINAL | 1u << FLAG_ANSWERS_REQUEST)
#define RECIPIENT \
	(SKIP_FIELD(FIELD_TO) | SKIP_SET(SET_RELATION) | \
	    SKIP_FLAG(FLAG_RECIPIENT_PARTICIPANT) | \
	    SKIP_FLAG(FLAG_RECIPIENT_RESPONSIBLE) | \
	    SKIP_FLAG(FLAG_HAD_ORIGINAL) | SKIP_FLAG(FLAG_ANSWERS_REQUEST))

static bool
find_role(struct search *s)
{
	struct view other = *s->v;
	uint64_t roles;

	other.flags &= (uint16_t)~UNKNOWN;
	roles = decide_reach(s->r, &other, s->at_ms) & ~s->v->bit[FIELD_TO];
	for (; roles != 0; roles &= roles - 1) {
		int role = __builtin_ctzll(roles);

		other.bit[FIELD_TO] = 1ULL << role;
		other.relation = 1u << RELATION_ANY |
		    1u << facts_subject_relation(role);
		if (!passes(s, &other))
			continue;
		s->out->kind = ALTERNATIVE_TO;
		s->out->to = (uint8_t)role;
		return true;
	}
	return false;
}

size_t
judge_alternatives(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct alternative *out, size_t room)
{
	static const struct {
		bool (*find)(struct search *);
		uint64_t changes;
	} kind[ALTERNATIVES_MAX] = { { find_drop, SKIP_SET(SET_CATEGORY) },
		{ find_basis, SKIP_SET(SET_BASIS) },
		{ find_condition, CONDITIONS }, { find_role, RECIPIENT } };
	const struct view v = view_of(f);
	struct alternative one;
	struct search s = { r, &v, at_ms, &one };
	struct decision d;
	size_t n = 0;

	decide(r, &v, at_ms, &d);
	if (d.outcome != OUTCOME_REFUSE)
		return 0;
	for (size_t i = 0; i < ALTERNATIVES_MAX && n < room; i++) {
		one = (struct alternative){ .rule = NULL };
		if (d.code == CODE_PROHIBITED &&
		    decide_is_hopeless(r, &v, at_ms, kind[i].changes))
			continue;
		if (kind[i].find(&s))
			out[n++] = one;
	}
	return n;
}

/* ---- text ---- */

struct line {
	char *at;
	size_t room;
	const char *between;
};

static void
say(struct line *l, const char *word)
{
	int n = snprintf(l->at, l->room, "%s%s", l->between, word);

	if (n > 0 && (size_t)n < l->room) {
		l->at += n;
		l->room -= (size_t)n;
	}
}

static void
say_set(struct line *l, uint64_t set, const ProtobufCEnumDescriptor *list,
    int base, const char *between)
{
	for (int i = 0; i < 63; i++)
		if ((set & 1ULL << i) != 0) {
			say(l, taxonomy_id(list, base + i));
			l->between = between;
		}
}

const char *
alternative_text(const struct alternative *a, char out[ALTERNATIVE_TEXT])
{
	struct line l = { out, ALTERNATIVE_TEXT, "" };

	out[0] = '\0';
	switch (a->kind) {
	case ALTERNATIVE_DROP:
		l.between = "drop: ";
		say_set(&l, a->categories, &pb_category__descriptor,
		    CATEGORY_IDENTITY, ", ");
		break;
	case ALTERNATIVE_BASIS:
		l.between = "basis: ";
		say_set(&l, a->basis, &pb_basis__descriptor, 0, " + ");
		break;
	case ALTERNATIVE_CONDITION:
		l.between = "condition: ";
		say(&l, a->condition);
		break;
	case ALTERNATIVE_TO:
		l.between = "to: ";
		say(&l, TAXONOMY_ID(role, a->to));
		break;
	}
	return out;
}
