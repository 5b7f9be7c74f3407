/*
 * SPDX-License-Identifier: MIT
 *
 * random_line: a message between a line of numbers and what facts_reduce()
 * is given.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/envelope.h"
#include "random_facts.h"

const char *const necessity_texts[NECESSITY_TEXTS] = { NULL, "", " ", "\n",
	" \n ", " x " };
const char *const consenters[CONSENTERS] = { "", "B", "b" };

static bool
number(const char **at, int64_t *out)
{
	char *end;

	*out = strtoll(*at, &end, 10);
	if (end == *at)
		return false;
	*at = end;
	return true;
}

static bool
count(const char **at, int *n)
{
	int64_t v;

	if (!number(at, &v) || v < 0 || v > STATEMENTS_MAX)
		return false;
	*n = (int)v;
	return true;
}

bool
message_read(struct message *m, const char *line)
{
	memset(m, 0, sizeof(*m));
	for (int i = 0; i < M_COUNT; i++)
		if (!number(&line, &m->field[i]))
			return false;
	if (!count(&line, &m->n_condition))
		return false;
	for (int i = 0; i < m->n_condition; i++)
		for (int k = 0; k < CONDITION_NUMBERS; k++)
			if (!number(&line, &m->condition[i][k]))
				return false;
	if (!count(&line, &m->n_consent))
		return false;
	for (int i = 0; i < m->n_consent; i++)
		for (int k = 0; k < CONSENT_NUMBERS; k++)
			if (!number(&line, &m->consent[i][k]))
				return false;
	return *line == '\n' || *line == '\0';
}

void
message_write(const struct message *m)
{
	for (int i = 0; i < M_COUNT; i++)
		printf("%" PRId64 " ", m->field[i]);
	printf("%d", m->n_condition);
	for (int i = 0; i < m->n_condition; i++)
		for (int k = 0; k < CONDITION_NUMBERS; k++)
			printf(" %" PRId64, m->condition[i][k]);
	printf(" %d", m->n_consent);
	for (int i = 0; i < m->n_consent; i++)
		for (int k = 0; k < CONSENT_NUMBERS; k++)
			printf(" %" PRId64, m->consent[i][k]);
}

/* ---- the objects of the protocol ---- */

struct objects {
	PbHeader header;
	PbGrounds grounds;
	PbAddressee addressee;
	PbCase kase;
	PbCondition condition[STATEMENTS_MAX], *conditions[STATEMENTS_MAX];
	PbConsent consent[STATEMENTS_MAX], *consents[STATEMENTS_MAX];
	PbCategory scope[STATEMENTS_MAX][64], section[64];
	PbBasis basis[32];
};

static size_t
categories(int64_t bits, PbCategory *out)
{
	size_t n = 0;

	for (int c = CATEGORY_IDENTITY; c <= CATEGORY_LOGISTICS; c++)
		if ((uint64_t)bits & CATEGORY_BIT(c))
			out[n++] = (PbCategory)c;
	return n;
}

static void
make_conditions(const struct message *m, struct objects *o)
{
	o->grounds.n_condition = (size_t)m->n_condition;
	o->grounds.condition = o->conditions;
	for (int i = 0; i < m->n_condition; i++) {
		const int64_t *v = m->condition[i];
		PbCondition *c = o->conditions[i] = &o->condition[i];

		pb_condition__init(c);
		c->kind = (PbConditionKind)v[C_KIND];
		c->has_judged_by = v[C_JUDGED_BY] >= 0;
		if (c->has_judged_by)
			c->judged_by = (PbRole)v[C_JUDGED_BY];
		c->has_judged_at = v[C_JUDGED_AT] >= 0;
		if (c->has_judged_at)
			c->judged_at = (uint64_t)v[C_JUDGED_AT];
		c->has_release_date = v[C_RELEASE] >= 0;
		if (c->has_release_date)
			c->release_date = (uint64_t)v[C_RELEASE];
		c->has_radicalised = v[C_RADICAL] >= 0;
		c->radicalised = v[C_RADICAL] > 0;
	}
}

static void
make_consents(const struct message *m, struct objects *o)
{
	o->grounds.n_consent = (size_t)m->n_consent;
	o->grounds.consent = o->consents;
	for (int i = 0; i < m->n_consent; i++) {
		const int64_t *v = m->consent[i];
		PbConsent *c = o->consents[i] = &o->consent[i];

		pb_consent__init(c);
		c->by = (char *)consenters[v[O_BY]];
		c->n_scope = categories(v[O_SCOPE], o->scope[i]);
		c->scope = o->scope[i];
		c->has_until = v[O_UNTIL] >= 0;
		if (c->has_until)
			c->until = (uint64_t)v[O_UNTIL];
		c->has_withdrawn = v[O_WITHDRAWN] >= 0;
		c->withdrawn = v[O_WITHDRAWN] > 0;
	}
}

/* An optional enum of an object, out of a number that may be left out. */
#define GIVE(object, name, type, value) \
	do { \
		if (((object).has_##name = (value) >= 0)) \
			(object).name = (type)(value); \
	} while (0)

static void
make_grounds(const struct message *m, struct objects *o)
{
	const int64_t *v = m->field;

	pb_grounds__init(&o->grounds);
	GIVE(o->grounds, age, PbAge, v[M_AGE]);
	GIVE(o->grounds, concerned_child, PbConcernedChild, v[M_CHILD]);
	GIVE(o->grounds, acts_for, PbActsFor, v[M_ACTS_FOR]);
	GIVE(o->grounds, subject_informed, PbSubjectInformed, v[M_INFORMED]);
	GIVE(o->grounds, underretning_made, protobuf_c_boolean,
	    v[M_UNDERRETNING]);
	GIVE(o->grounds, event, PbEvent, v[M_EVENT]);
	o->grounds.necessity = (char *)necessity_texts[v[M_NECESSITY_TEXT]];
	make_conditions(m, o);
	make_consents(m, o);
}

static void
make_addressee(const struct message *m, struct objects *o)
{
	const int64_t *v = m->field;

	pb_addressee__init(&o->addressee);
	o->addressee.cooperation = (PbCooperation)v[M_COOPERATION];
	GIVE(o->addressee, purpose, PbPurpose, v[M_PURPOSE]);
	GIVE(o->addressee, necessity, PbNecessity, v[M_NECESSITY]);
	o->addressee.basis = o->basis;
	for (int b = 1; b < 32; b++)
		if (v[M_BASIS] >> b & 1)
			o->basis[o->addressee.n_basis++] = (PbBasis)b;
	o->addressee.section = o->section;
	o->addressee.n_section = categories(v[M_CATEGORIES], o->section);
}

static void
make_case(const struct message *m, PbCase *c)
{
	int64_t bits = m->field[M_CASE];

	pb_case__init(c);
	if (m->field[M_STATE] >= 0)
		c->state = (PbCaseState)m->field[M_STATE];
	c->claimed_acute = bits & 1;
	c->police_looked = bits >> 1 & 1;
	c->has_investigation_opened = c->investigation_opened = bits >> 2 & 1;
	c->has_crisis_open = c->crisis_open = bits >> 3 & 1;
}

void
message_reduce(const struct rules *r, const struct message *m, struct facts *f)
{
	const int64_t *v = m->field;
	uint8_t id[16] = { 0 };
	struct objects o;
	struct facts_in in = { .header = &o.header,
		.grounds = &o.grounds,
		.addressee = &o.addressee,
		.categories = (uint64_t)v[M_CATEGORIES],
		.to_role = (int)v[M_TO],
		.relation = (uint32_t)v[M_RELATION],
		.kase = v[M_STATE] >= 0 ? &o.kase : NULL,
		.linked_police_alone = v[M_PLACED] & 1,
		.sender_participant = v[M_PLACED] >> 1 & 1,
		.recipient_participant = v[M_PLACED] >> 2 & 1,
		.answers_request = v[M_PLACED] >> 3 & 1,
		.sender_responsible = v[M_PLACED] >> 4 & 1,
		.recipient_responsible = v[M_PLACED] >> 5 & 1,
		.had_original = v[M_PLACED] >> 6 & 1,
		.identity_sealed = v[M_PLACED] >> 7 & 1,
		.settings = (uint32_t)v[M_SETTINGS],
		.at_ms = (uint64_t)v[M_AT] };

	pb_header__init(&o.header);
	o.header.kind = (PbKind)v[M_KIND];
	o.header.role = (PbRole)v[M_ROLE];
	o.header.urgency = (PbUrgency)v[M_URGENCY];
	o.header.has_case_id = v[M_HAS_CASE] != 0;
	o.header.case_id = (ProtobufCBinaryData){ sizeof(id), id };
	make_grounds(m, &o);
	make_addressee(m, &o);
	make_case(m, &o.kase);
	facts_reduce(r, &in, f);
}
