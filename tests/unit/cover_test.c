/*
 * SPDX-License-Identifier: MIT
 *
 * cover: what it says goes from whom to whom is what judge() lets pass, no
 * more and no less, by the shipped table and by small ones.
 */
#include "scratch.h"

#include "daemon/law/cover.h"
#include "daemon/law/words.h"
#include "proto/envelope.h"
#include "tests/common/splitmix.h"

#define AT UINT64_C(1795255200000) /* 2026-11-21 */
#define SEED UINT64_C(20261121)
#define TRIES 100000
#define TABLE "config/rules.yaml"

static struct rules *
load(struct scratch *s, const char *file)
{
	static char text[1 << 20];
	struct problems p = { 0 };
	struct rules *r;
	FILE *f = fopen(file, "r");
	size_t n;

	(void)s;
	assert_non_null(f);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	r = rules_load(file, bytes_of((const uint8_t *)text, n), &p);
	if (r == NULL)
		fail_msg("%s", p.text);
	return r;
}

static unsigned
pick(uint64_t *seed, uint64_t set)
{
	unsigned n = (unsigned)(splitmix_next(seed) %
	    (unsigned)__builtin_popcountll(set));

	while (n-- > 0)
		set &= set - 1;
	return (unsigned)__builtin_ctzll(set);
}

/* Facts near one of the permits, so that many of them pass. */
static struct facts
facts_near(const struct rules *r, uint64_t *seed)
{
	const struct row *row = &r->row[splitmix_next(seed) % r->n_row];
	struct facts f = { 0 };
	struct why why;

	for (size_t i = 0; i < words_count(); i++) {
		uint64_t set = words_all(i), random = splitmix_next(seed);
		unsigned n;

		if (words_form(i) == WORD_SET)
			continue;
		n = pick(seed, set);
		if (i < FIELD_COUNT && random % 16 != 0)
			n = pick(seed, row->match.set[i] & set);
		if (words_form(i) == WORD_FLAG && random % 16 != 0 &&
		    (row->match.care & 1u << (i - FIELD_COUNT)) != 0)
			n = row->match.want >> (i - FIELD_COUNT) & 1;
		assert_err(words_set(&f, i, words_word(i, n), &why), ERR_OK);
	}
	f.relation = (uint32_t)(row->relation &
	    words_all(words_find("relation")));
	if (!f.recipient_participant)
		f.relation &= ~(1u << RELATION_PARTICIPANT);
	f.categories = splitmix_next(seed) & splitmix_next(seed) & row->carry;
	f.settings = row->settings;
	f.basis = (uint32_t)(splitmix_next(seed) & splitmix_next(seed) &
	    words_all(words_find("basis")));
	if (row->n_basis > 0)
		f.basis |= row->basis[splitmix_next(seed) % row->n_basis];
	return f;
}

/* May core ever see these facts? Said again, not by the clauses of cover. */
static bool
is_possible(const struct facts *f)
{
	return f->has_case == !kind_is_caseless((PbKind)f->kind) &&
	    (f->has_case || f->state == CASE_STATE_NONE) &&
	    (f->ksp != KSP_VALID_B || f->age == AGE_MINOR) &&
	    (f->ksp != KSP_B_NOT_MINOR || f->age != AGE_MINOR) &&
	    f->recipient_participant ==
	    ((f->relation & 1u << RELATION_PARTICIPANT) != 0) &&
	    f->from != ROLE_INFOHUS;
}

struct covers {
	struct rules *rules;
	struct cover *cover; /* of each rule */
};

static struct covers
all_covers(struct rules *r)
{
	struct covers c = { r, calloc(r->n_rule, sizeof(*c.cover)) };
	struct space *s = space_new(r, NULL, AT);

	assert_non_null(c.cover);
	assert_non_null(s);
	for (size_t i = 0; i < r->n_rule; i++) {
		const struct rule *rule = &r->rule[i];
		struct cover_question q = {
			.table = { r, NULL }, .box = box_full(), .at_ms = AT
		};

		if (rule->class != RULE_PERMIT)
			continue;
		q.verdict[0] = (struct cover_verdict){
			rule->approvers != 0 ? SPACE_PARK : SPACE_PERMIT, rule
		};
		assert_err(cover_find(s, &q, &c.cover[i]), ERR_OK);
	}
	space_free(s);
	return c;
}

static void
free_covers(struct covers *c)
{
	for (size_t i = 0; i < c->rules->n_rule; i++)
		cover_free(&c->cover[i]);
	free(c->cover);
	rules_free(c->rules);
}

static bool
is_covered(
    const struct covers *c, const struct rule *rule, const struct facts *f)
{
	const uint8_t value[COVER_DIMS] = { f->kind, f->from, f->to,
		f->cooperation, f->state };

	return cover_has(&c->cover[rule - c->rules->rule], value);
}

/* Whatever judge() lets pass is in the cover of the rule that decided. */
static void
nothing_that_passes_is_left_out(void **state)
{
	struct covers c = all_covers(load(*state, TABLE));
	uint64_t seed = SEED;
	size_t passed = 0;

	print_message("seed %llu\n", (unsigned long long)SEED);
	for (size_t i = 0; i < TRIES; i++) {
		struct facts f = facts_near(c.rules, &seed);
		struct judgement j;
		char text[2000];

		if (!is_possible(&f))
			continue;
		judge(c.rules, &f, AT, &j);
		if (j.outcome == OUTCOME_REFUSE)
			continue;
		passed++;
		if (!is_covered(&c, j.rule, &f)) {
			space_words(&f, text, sizeof(text));
			fail_msg("%s permits %s", rule_id(j.rule), text);
		}
	}
	print_message("%zu of %d passed\n", passed, TRIES);
	assert_true(passed > TRIES / 100);
	free_covers(&c);
}

/* Every combination in a cover has a message that the rule lets pass. */
static void
nothing_is_said_to_pass_that_cannot(void **state)
{
	struct covers c = all_covers(load(*state, TABLE));
	struct clause impossible[COVER_IMPOSSIBLE];
	struct space *s = space_new(c.rules, NULL, AT);
	uint64_t seed = SEED;

	cover_impossible(impossible);
	for (size_t i = 0; i < c.rules->n_rule; i++)
		for (size_t k = 0; k < 6 && c.cover[i].n > 0; k++) {
			const struct cover_box *b =
			    &c.cover[i]
				 .box[splitmix_next(&seed) % c.cover[i].n];
			struct space_question q = space_ask();
			struct space_answer answer;
			static const enum field field[COVER_DIMS] = {
				FIELD_KIND, FIELD_FROM, FIELD_TO,
				FIELD_COOPERATION, FIELD_STATE
			};

			for (unsigned d = 0; d < COVER_DIMS; d++)
				q.box.set[field[d]] = 1ULL
				    << pick(&seed, b->set[d]);
			q.unless = impossible;
			q.n_unless = COVER_IMPOSSIBLE;
			q.want[0].outcome = SPACE_PERMIT | SPACE_PARK;
			q.want[0].by = &c.rules->rule[i];
			assert_err(space_find(s, &q, &answer), ERR_OK);
			if (!answer.found)
				fail_msg("%s cannot", c.rules->rule[i].id);
			assert_true(is_possible(&answer.facts));
		}
	space_free(s);
	free_covers(&c);
}

static void
boxes_merge_without_loss(void **state)
{
	struct cover c = { .box = calloc(8, sizeof(*c.box)), .room = 8 };
	const uint8_t in[COVER_DIMS] = { 2, 1, 1, 0, 0 };
	const uint8_t out[COVER_DIMS] = { 3, 1, 1, 0, 0 };

	(void)state;
	for (unsigned n = 0; n < 3; n++)
		c.box[c.n++] = (struct cover_box){ { 1ULL << n, 2, 2, 1, 1 } };
	cover_merge(&c);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.box[0].set[COVER_KIND], 7);
	assert_true(cover_has(&c, in));
	assert_false(cover_has(&c, out));
	cover_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(nothing_that_passes_is_left_out),
		scratch_test(nothing_is_said_to_pass_that_cannot),
		scratch_test(boxes_merge_without_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
