/*
 * SPDX-License-Identifier: MIT
 *
 * judging: cases of the law as one line each. A case says in a sentence what
 * the law wants, names kind, sender and recipient, and what differs from an
 * ordinary message in a case that police have looked at:
 *
 *	no cooperation, basis rpl_115_2, purpose crime_prevention, necessity
 *	assessment, an adult, INFO_GATHERING, the recipient of the subject's
 *	place, carrying nothing
 */
#ifndef INFOHUS_TEST_JUDGING_H
#define INFOHUS_TEST_JUDGING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/common/slurp.h"
#include "daemon/law/rules.h"
#include "proto/envelope.h"
#include "proto/taxonomy.h"

#define WORD_MAX 320
#define JUDGED_AT UINT64_C(1795255200000) /* 2026-11-21T10:00:00Z */

struct judging_case {
	const char *says;  /* what the law wants, in a sentence */
	const char *route; /* kind sender recipient */
	const char *rest;  /* words below, what differs */
	enum code code;
	const char *rule;    /* decides, or is nearest; NULL: not said */
	const char *missing; /* on NO_PERMIT, joined by ", "; NULL: not said */
};

struct judging {
	struct arena *arena;
	struct rules *rules;
};

static inline int
judging_load(void **state)
{
	static struct judging j;
	struct problems p = { 0 };
	struct bytes text;
	struct why why;

	if (arena_new(&j.arena, 1 << 20) != ERR_OK ||
	    slurp(j.arena, "config/rules.yaml", 1 << 19, &text, &why) != ERR_OK)
		return -1;
	j.rules = rules_load("config/rules.yaml", text, &p);
	if (p.count > 0)
		print_error("%s", p.text);
	problems_free(&p);
	*state = &j;
	return j.rules != NULL ? 0 : -1;
}

static inline int
judging_unload(void **state)
{
	struct judging *j = *state;

	rules_free(j->rules);
	arena_free(j->arena);
	return 0;
}

/* Copies the next word, ended by a space or one of end, and moves on. */
static inline bool
judging_word(const char **at, const char *end, char word[WORD_MAX])
{
	size_t n;

	*at += strspn(*at, " ");
	n = strcspn(*at, end);
	assert_true(n < WORD_MAX);
	memcpy(word, *at, n);
	word[n] = '\0';
	*at += n;
	return n > 0;
}

static inline int
judging_number(const ProtobufCEnumDescriptor *list, const char *word)
{
	int n = -1;

	if (strcmp(word, "none") == 0 &&
	    taxonomy_number(list, word, &n) != ERR_OK)
		return 0;
	if (taxonomy_number(list, word, &n) != ERR_OK)
		fail_msg("the case names %s, which is in no list", word);
	return n;
}

/* a+b+c as bits. */
static inline uint64_t
judging_set(const ProtobufCEnumDescriptor *list, const char *words, int base)
{
	char word[WORD_MAX];
	uint64_t set = 0;

	if (strcmp(words, "none") == 0)
		return 0;
	while (judging_word(&words, "+", word)) {
		set |= 1ULL << (judging_number(list, word) - base);
		words += *words == '+';
	}
	return set;
}

/* Settings that are on, a+b. */
static inline uint32_t
judging_settings(const char *words)
{
	char word[WORD_MAX];
	uint32_t set = 0, before;

	while (judging_word(&words, "+", word)) {
		before = set;
		for (unsigned i = 0; i < SETTING_COUNT; i++)
			if (strcmp(setting_words[i], word) == 0)
				set |= SETTING_BIT(i);
		if (set == before)
			fail_msg(
			    "the case names %s, which is no setting", word);
		words += *words == '+';
	}
	return set;
}

static inline uint8_t
judging_own(const char *words, const char *word)
{
	char w[WORD_MAX];
	uint8_t n = 0;

	for (; judging_word(&words, " ", w); n++)
		if (strcmp(w, word) == 0)
			return n;
	fail_msg("the case names %s, which is in no list", word);
	return 0;
}

static inline bool
judging_flag(struct facts *f, const char *word)
{
	const struct {
		const char *word;
		bool *flag, value;
	} flag[] = {
		{ "nocase", &f->has_case, false },
		{ "alone", &f->police_alone, true },
		{ "unlooked", &f->police_looked, false },
		{ "claimed", &f->case_acute, true },
		{ "sender", &f->sender_participant, true },
		{ "recipient", &f->recipient_participant, true },
		{ "answers", &f->answers_request, true },
		{ "words", &f->necessity_text, true },
		{ "made", &f->underretning_made, true },
		{ "investigation", &f->investigation_opened, true },
		{ "crisis_open", &f->crisis_open, true },
		{ "responsible", &f->sender_responsible, true },
		{ "to_responsible", &f->recipient_responsible, true },
		{ "had", &f->had_original, true },
		{ "sealed", &f->identity_sealed, true },
	};

	for (size_t i = 0; i < sizeof(flag) / sizeof(flag[0]); i++)
		if (strcmp(flag[i].word, word) == 0) {
			*flag[i].flag = flag[i].value;
			return true;
		}
	return false;
}

static inline bool
judging_enum(struct facts *f, const char *key, const char *value)
{
	const struct {
		const char *key;
		const ProtobufCEnumDescriptor *list;
		uint8_t *to;
	} field[] = {
		{ "coop", &pb_cooperation__descriptor, &f->cooperation },
		{ "purpose", &pb_purpose__descriptor, &f->purpose },
		{ "need", &pb_necessity__descriptor, &f->necessity },
		{ "age", &pb_age__descriptor, &f->age },
		{ "child", &pb_concerned_child__descriptor,
		    &f->concerned_child },
		{ "state", &pb_case_state__descriptor, &f->state },
		{ "event", &pb_event__descriptor, &f->event },
		{ "for", &pb_acts_for__descriptor, &f->acts_for },
		{ "informed", &pb_subject_informed__descriptor,
		    &f->subject_informed },
	};

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++)
		if (strcmp(field[i].key, key) == 0) {
			*field[i].to = (uint8_t)judging_number(
			    field[i].list, value);
			return true;
		}
	return false;
}

static inline void
judging_apply(struct facts *f, const char *key, const char *value)
{
	if (judging_enum(f, key, value))
		return;
	if (strcmp(key, "basis") == 0)
		f->basis = (uint32_t)judging_set(
		    &pb_basis__descriptor, value, 0);
	else if (strcmp(key, "set") == 0)
		f->settings = judging_settings(value);
	else if (strcmp(key, "rel") == 0)
		f->relation = (uint32_t)judging_set(
		    &pb_relation__descriptor, value, 0);
	else if (strcmp(key, "carry") == 0)
		f->categories = judging_set(
		    &pb_category__descriptor, value, CATEGORY_IDENTITY);
	else if (strcmp(key, "exposed") == 0)
		f->exposed = judging_own("no yes stale wrong_judge", value);
	else if (strcmp(key, "ksp") == 0)
		f->ksp = judging_own("none a b c out_of_window b_not_minor "
				     "c_no_judgement",
		    value);
	else if (strcmp(key, "consent") == 0)
		f->consent = judging_own("none valid out_of_scope expired "
					 "withdrawn",
		    value);
	else
		fail_msg(
		    "the case says %s=%s, which means nothing", key, value);
}

static inline struct facts
judging_facts(const char *route, const char *rest)
{
	struct facts f = {
		.purpose = PURPOSE_CRIME_PREVENTION,
		.necessity = NECESSITY_ASSESSMENT,
		.age = AGE_ADULT,
		.state = CASE_STATE_INFO_GATHERING,
		.has_case = true,
		.police_looked = true,
		.basis = 1u << BASIS_RPL_115_2,
		.relation = 1u << RELATION_ANY |
		    1u << RELATION_KOMMUNE_OF_SUBJECT |
		    1u << RELATION_DISTRICT_OF_SUBJECT |
		    1u << RELATION_REGION_OF_SUBJECT,
	};
	char key[WORD_MAX], value[WORD_MAX];

	assert_true(judging_word(&route, " ", key));
	f.kind = (uint8_t)judging_number(&pb_kind__descriptor, key);
	assert_true(judging_word(&route, " ", key));
	f.from = (uint8_t)judging_number(&pb_role__descriptor, key);
	assert_true(judging_word(&route, " ", key));
	f.to = (uint8_t)judging_number(&pb_role__descriptor, key);
	while (judging_word(&rest, " =", key)) {
		if (*rest == '=') {
			rest++;
			assert_true(judging_word(&rest, " ", value));
			judging_apply(&f, key, value);
		} else if (strcmp(key, "acute") == 0) {
			f.urgency = URGENCY_ACUTE;
		} else if (!judging_flag(&f, key)) {
			fail_msg("the case says %s, which means nothing", key);
		}
	}
	return f;
}

static inline void
judging_missing(const struct judgement *j, char *out, size_t room)
{
	out[0] = '\0';
	for (size_t i = 0; i < j->n_missing; i++) {
		size_t at = strlen(out);

		(void)snprintf(out + at, room - at, "%s%s", i > 0 ? ", " : "",
		    j->missing[i]);
	}
}

static inline bool
judging_agrees(const struct judging_case *c, const struct judgement *j)
{
	const char *rule = j->rule != NULL ? rule_id(j->rule) : "-";
	char missing[400];

	judging_missing(j, missing, sizeof(missing));
	if (j->code == c->code &&
	    (j->outcome == OUTCOME_PERMIT) == (c->code == CODE_OK) &&
	    (c->rule == NULL || strcmp(rule, c->rule) == 0) &&
	    (c->missing == NULL || strcmp(missing, c->missing) == 0))
		return true;
	print_error("%s\n\t%s: %s\n\tfound %s by %s (%s), expected %s by %s "
		    "(%s)\n",
	    c->says, c->route, c->rest, code_name(j->code), rule, missing,
	    code_name(c->code), c->rule != NULL ? c->rule : "any rule",
	    c->missing != NULL ? c->missing : "whatever is missing");
	return false;
}

/* Judges all and fails once, after having told every case that differs. */
static inline void
judging_run(const struct judging *j, const struct judging_case *c, size_t n)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct facts f = judging_facts(c[i].route, c[i].rest);
		struct judgement out;

		judge(j->rules, &f, JUDGED_AT, &out);
		wrong += !judging_agrees(&c[i], &out);
	}
	assert_int_equal(wrong, 0);
}

#define JUDGING_RUN(state, table) \
	judging_run(*(state), (table), sizeof(table) / sizeof((table)[0]))

#endif
