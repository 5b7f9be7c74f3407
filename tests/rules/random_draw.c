/*
 * SPDX-License-Identifier: MIT
 *
 * random_draw: a message out of nothing but a seed, and the same with a few
 * places changed.
 */
#include <string.h>

#include "proto/envelope.h"
#include "tests/common/splitmix.h"
#include "random_facts.h"

#define AT_MS INT64_C(1795255200000) /* 2026-11-21T10:00:00Z */

static int64_t
below(uint64_t *seed, int64_t n)
{
	return (int64_t)(splitmix_next(seed) % (uint64_t)n);
}

static int64_t
one_of(uint64_t *seed, const ProtobufCEnumDescriptor *list)
{
	return list->values[below(seed, list->n_values)].value;
}

/* One of the list; left out one time in four. */
static int64_t
one_or(uint64_t *seed, const ProtobufCEnumDescriptor *list, int64_t out)
{
	return below(seed, 4) == 0 ? out : one_of(seed, list);
}

/* Few of the list, as bits from base; now and then many. */
static int64_t
some_of(uint64_t *seed, const ProtobufCEnumDescriptor *list, int base)
{
	int64_t n = below(seed, 8) == 0 ? below(seed, list->n_values) :
					  below(seed, 4);
	int64_t set = 0;

	while (n-- > 0)
		set |= INT64_C(1) << (one_of(seed, list) - base);
	return set;
}

/* Most bits false, as in most messages. */
static int64_t
few_bits(uint64_t *seed, int64_t bits)
{
	int64_t all = (INT64_C(1) << bits) - 1;

	return (int64_t)(splitmix_next(seed) & splitmix_next(seed)) & all;
}

static int64_t
draw_field(enum of_message i, uint64_t *seed)
{
	switch (i) {
	case M_AT:
		return AT_MS + below(seed, 3) - 1;
	case M_KIND:
		return one_of(seed, &pb_kind__descriptor);
	case M_ROLE:
	case M_TO:
		return one_of(seed, &pb_role__descriptor);
	case M_URGENCY:
		return below(seed, 3) == 0 ? URGENCY_ACUTE : URGENCY_ORDINARY;
	case M_HAS_CASE:
		return below(seed, 4) != 0;
	case M_RELATION:
		return some_of(seed, &pb_relation__descriptor, 0) |
		    1 << RELATION_ANY;
	case M_PLACED:
		return few_bits(seed, PLACED_BITS);
	case M_SETTINGS:
		return few_bits(seed, SETTING_COUNT);
	case M_STATE:
		return one_or(seed, &pb_case_state__descriptor, -1);
	case M_CASE:
		return below(seed, 2) == 0 ? 2 : few_bits(seed, CASE_BITS);
	case M_AGE:
		return one_or(seed, &pb_age__descriptor, -1);
	case M_CHILD:
		return one_or(seed, &pb_concerned_child__descriptor, -1);
	case M_ACTS_FOR:
		return one_or(seed, &pb_acts_for__descriptor, -1);
	case M_INFORMED:
		return one_or(seed, &pb_subject_informed__descriptor, -1);
	case M_UNDERRETNING:
		return below(seed, 3) - 1;
	case M_EVENT:
		return one_or(seed, &pb_event__descriptor, -1);
	case M_NECESSITY_TEXT:
		return below(seed, NECESSITY_TEXTS);
	case M_COOPERATION:
		return one_of(seed, &pb_cooperation__descriptor);
	case M_PURPOSE:
		return one_or(seed, &pb_purpose__descriptor, -1);
	case M_NECESSITY:
		return one_or(seed, &pb_necessity__descriptor, -1);
	case M_BASIS:
		return some_of(seed, &pb_basis__descriptor, 0);
	case M_CATEGORIES:
		return some_of(
		    seed, &pb_category__descriptor, CATEGORY_IDENTITY);
	case M_COUNT:
		break;
	}
	return 0;
}

/* Any time of the years around at; one in four not said. */
static int64_t
draw_time(uint64_t *seed, int64_t at)
{
	switch (below(seed, 4)) {
	case 0:
		return -1;
	case 1:
		return at;
	case 2:
		return at + (below(seed, 4) - 1) * (int64_t)DAY_MS +
		    below(seed, 3) - 1;
	default:
		return at + (below(seed, 800) - 400) * (int64_t)DAY_MS;
	}
}

static int64_t
draw_condition(enum of_condition i, uint64_t *seed, int64_t at)
{
	switch (i) {
	case C_KIND:
		return one_of(seed, &pb_condition_kind__descriptor);
	case C_JUDGED_BY:
		return one_or(seed, &pb_role__descriptor, -1);
	case C_JUDGED_AT:
	case C_RELEASE:
		return draw_time(seed, at);
	case C_RADICAL:
		break;
	}
	return below(seed, 3) - 1;
}

static int64_t
draw_consent(enum of_consent i, uint64_t *seed, int64_t at)
{
	switch (i) {
	case O_BY:
		return below(seed, CONSENTERS);
	case O_SCOPE:
		return some_of(
		    seed, &pb_category__descriptor, CATEGORY_IDENTITY);
	case O_UNTIL:
		return draw_time(seed, at);
	case O_WITHDRAWN:
		break;
	}
	return below(seed, 4) == 0 ? 1 : below(seed, 2) - 1;
}

static void
add_condition(struct message *m, uint64_t *seed)
{
	if (m->n_condition == STATEMENTS_MAX)
		return;
	for (int i = 0; i < CONDITION_NUMBERS; i++)
		m->condition[m->n_condition][i] = draw_condition(
		    (enum of_condition)i, seed, m->field[M_AT]);
	m->n_condition++;
}

static void
add_consent(struct message *m, uint64_t *seed)
{
	if (m->n_consent == STATEMENTS_MAX)
		return;
	for (int i = 0; i < CONSENT_NUMBERS; i++)
		m->consent[m->n_consent][i] = draw_consent(
		    (enum of_consent)i, seed, m->field[M_AT]);
	if (below(seed, 2) == 0) /* what is meant for the recipient, and more */
		m->consent[m->n_consent][O_SCOPE] |= m->field[M_CATEGORIES];
	m->n_consent++;
}

void
message_draw(struct message *m, uint64_t *seed)
{
	memset(m, 0, sizeof(*m));
	for (int i = 0; i < M_COUNT; i++)
		m->field[i] = draw_field((enum of_message)i, seed);
	while (below(seed, 3) == 0 && m->n_condition < STATEMENTS_MAX)
		add_condition(m, seed);
	while (below(seed, 3) == 0 && m->n_consent < STATEMENTS_MAX)
		add_consent(m, seed);
}

/* A time by a millisecond, a set by one word. */
static void
nudge(struct message *m, uint64_t *seed)
{
	const int sets[] = { M_RELATION, M_PLACED, M_SETTINGS, M_CASE, M_BASIS,
		M_CATEGORIES };
	const int bits[] = { 9, PLACED_BITS, SETTING_COUNT, CASE_BITS, 21,
		CATEGORY_LOGISTICS - CATEGORY_IDENTITY + 1 };
	size_t i = (size_t)below(seed, 7);

	if (i == 6) {
		m->field[M_AT] += below(seed, 3) - 1;
		return;
	}
	m->field[sets[i]] ^= INT64_C(1)
	    << (below(seed, bits[i] - (i == 0 || i == 4)) + (i == 0 || i == 4));
	m->field[M_RELATION] |= 1 << RELATION_ANY;
}

static void
change_condition(struct message *m, const struct message *other, uint64_t *seed)
{
	int i, k = (int)below(seed, CONDITION_NUMBERS);

	if (m->n_condition == 0 || below(seed, 4) == 0) {
		if (other->n_condition > 0 && below(seed, 2) == 0 &&
		    m->n_condition < STATEMENTS_MAX)
			memcpy(m->condition[m->n_condition++],
			    other->condition[0], sizeof(m->condition[0]));
		else
			add_condition(m, seed);
		return;
	}
	i = (int)below(seed, m->n_condition);
	if (below(seed, 5) == 0)
		m->n_condition = i;
	else if ((k == C_JUDGED_AT || k == C_RELEASE) && below(seed, 2) == 0)
		m->condition[i][k] += below(seed, 3) - 1;
	else
		m->condition[i][k] = draw_condition(
		    (enum of_condition)k, seed, m->field[M_AT]);
}

static void
change_consent(struct message *m, uint64_t *seed)
{
	int i, k = (int)below(seed, CONSENT_NUMBERS);

	if (m->n_consent == 0 || below(seed, 4) == 0) {
		add_consent(m, seed);
		return;
	}
	i = (int)below(seed, m->n_consent);
	if (below(seed, 5) == 0)
		m->n_consent = i;
	else if (k == O_UNTIL && below(seed, 2) == 0)
		m->consent[i][k] = m->field[M_AT] + below(seed, 3) - 1;
	else
		m->consent[i][k] = draw_consent(
		    (enum of_consent)k, seed, m->field[M_AT]);
}

/* No time before the first. */
static void
mend(struct message *m)
{
	for (int i = 0; i < m->n_condition; i++)
		for (int k = C_JUDGED_AT; k <= C_RELEASE; k++)
			if (m->condition[i][k] < -1)
				m->condition[i][k] = -1;
	for (int i = 0; i < m->n_consent; i++)
		if (m->consent[i][O_UNTIL] < -1)
			m->consent[i][O_UNTIL] = -1;
}

void
message_change(struct message *m, const struct message *other, uint64_t *seed)
{
	int64_t n = below(seed, 4);
	int i;

	while (n-- > 0)
		switch (below(seed, 8)) {
		case 0:
			change_condition(m, other, seed);
			break;
		case 1:
			change_consent(m, seed);
			break;
		case 2:
		case 3:
			nudge(m, seed);
			break;
		case 4:
		case 5:
			i = (int)below(seed, M_COUNT);
			m->field[i] = other->field[i];
			break;
		default:
			i = (int)below(seed, M_COUNT);
			m->field[i] = draw_field((enum of_message)i, seed);
		}
	mend(m);
}
