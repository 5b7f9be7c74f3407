/*
 * SPDX-License-Identifier: MIT
 *
 * Answers about all inputs at once against judge() itself, asked about every
 * input of a small vocabulary, point by point: whether there is an answer,
 * and what the plainest one says. Tables and questions are drawn at random
 * from the words below; the seed is printed and fixed (SPACE_SEED=n draws
 * others, SPACE_TABLES=n more).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/law/space.h"
#include "tests/common/splitmix.h"

#define JUDGED_AT UINT64_C(1795255200000) /* 2026-11-21T10:00:00Z */
#define TABLES 2500
#define QUESTIONS 8
#define POINTS_MAX 2048

/* ------------------------------------------------------------ vocabulary */

/* Fields of the small space and their words; the first is what a point has
 * in a space without the field. */
static const struct word_list {
	enum field field;
	const char *word[4];
} field_words[] = {
	{ FIELD_KIND,
	    { "concern", "addendum", "info_request", "info_decline" } },
	{ FIELD_FROM, { "jobcenter", "skole", "pol_tovholder", NULL } },
	{ FIELD_TO, { "kom_tovholder", "pol_tovholder", NULL, NULL } },
	{ FIELD_URGENCY, { "ordinary", "acute", NULL, NULL } },
	{ FIELD_PURPOSE, { "none", "crime_prevention", "avert_danger", NULL } },
	{ FIELD_AGE, { "unknown", "minor", "adult", NULL } },
	{ FIELD_KSP, { "none", "a", "b", NULL } },
	{ FIELD_STATE, { "none", "received", "action", NULL } },
};
#define FIELDS (sizeof(field_words) / sizeof(field_words[0]))

enum sort { SORT_FLAG, SORT_RELATION, SORT_BASIS, SORT_CATEGORY, SORT_SETTING };

static const struct bit_word {
	enum sort sort;
	const char *word;
	unsigned bit;
} bit_words[] = {
	{ SORT_FLAG, "police_alone", BOX_FLAG(FLAG_POLICE_ALONE) },
	{ SORT_FLAG, "has_case", BOX_FLAG(FLAG_HAS_CASE) },
	{ SORT_RELATION, "participant", BOX_RELATION(RELATION_PARTICIPANT) },
	{ SORT_RELATION, "same_authority",
	    BOX_RELATION(RELATION_SAME_AUTHORITY) },
	{ SORT_BASIS, "rpl_115_2", BOX_BASIS(BASIS_RPL_115_2) },
	{ SORT_BASIS, "shl_43", BOX_BASIS(BASIS_SHL_43) },
	{ SORT_BASIS, "consent", BOX_BASIS(BASIS_CONSENT) },
	{ SORT_CATEGORY, "identity", BOX_CARRIES(CATEGORY_IDENTITY) },
	{ SORT_CATEGORY, "police", BOX_CARRIES(CATEGORY_POLICE) },
	{ SORT_CATEGORY, "d6", BOX_CARRIES(CATEGORY_D6) },
	{ SORT_CATEGORY, "logistics", BOX_CARRIES(CATEGORY_LOGISTICS) },
	{ SORT_SETTING, "crisis_team", BOX_SETTING(SETTING_CRISIS_TEAM) },
	{ SORT_SETTING, "pet_report", BOX_SETTING(SETTING_PET_REPORT) },
};
#define BITS (sizeof(bit_words) / sizeof(bit_words[0]))

/* One small space: which fields and bits vary in it. */
struct vocabulary {
	bool field[FIELDS], bit[BITS];
};

static uint64_t seed, random_state;
static unsigned long asked[2]; /* that have no answer, that have one */

static unsigned
draw(unsigned n)
{
	return (unsigned)(splitmix_next(&random_state) % n);
}

static bool
once_in(unsigned n)
{
	return draw(n) == 0;
}

static unsigned
words_of(const struct word_list *l)
{
	unsigned n = 0;

	while (n < 4 && l->word[n] != NULL)
		n++;
	return n;
}

static struct vocabulary
draw_vocabulary(void)
{
	struct vocabulary v = { { false }, { false } };
	size_t points = 1;

	for (unsigned tries = 0; tries < 40; tries++) {
		unsigned n = draw(FIELDS + BITS);
		unsigned more = n < FIELDS ? words_of(&field_words[n]) : 2;
		bool *at = n < FIELDS ? &v.field[n] : &v.bit[n - FIELDS];

		if (!*at && points * more <= POINTS_MAX) {
			*at = true;
			points *= more;
		}
	}
	return v;
}

/* ---------------------------------------------------------------- tables */

#define TEXT_ROOM 32768

struct text {
	char *at, *end;
};

/* Three pieces of text, one after the other. */
static void
put(struct text *t, const char *before, const char *word, const char *after)
{
	int n = snprintf(
	    t->at, (size_t)(t->end - t->at), "%s%s%s", before, word, after);

	assert_true(n >= 0 && n < t->end - t->at);
	t->at += n;
}

/* Some words of a field, or all but some. */
static void
put_field(struct text *t, const struct word_list *l)
{
	unsigned n = words_of(l), first = draw(n);
	bool other = once_in(3);
	unsigned left = other ? n - 2 : n - 1; /* never all but all */

	put(t, "", field_info[l->field].name, ": ");
	put(t, "", other ? "{not: " : "", "");
	put(t, "[", l->word[first], "");
	for (unsigned i = 0; i < n; i++)
		if (i != first && left > 0 && once_in(3)) {
			left--;
			put(t, ", ", l->word[i], "");
		}
	/* No permit may be for that one; the loader sees to it. */
	if (other && l->field == FIELD_PURPOSE)
		put(t, "", ", investigation", "");
	put(t, "", other ? "]}" : "]", ", ");
}

/* "[a, b]" of the words of a sort that the vocabulary has; false: none. */
static bool
put_words(struct text *t, const struct vocabulary *v, enum sort sort,
    const char *more)
{
	const char *before = "[";

	for (size_t i = 0; i < BITS; i++) {
		if (bit_words[i].sort != sort || !v->bit[i] || once_in(2))
			continue;
		put(t, "", before, "");
		put(t, "", bit_words[i].word, "");
		before = ", ";
	}
	if (more != NULL && once_in(3)) {
		put(t, "", before, "");
		put(t, "", more, "");
		before = ", ";
	}
	if (before[0] == '[')
		return false;
	put(t, "", "]", "");
	return true;
}

static void
put_fields(struct text *t, const struct vocabulary *v, unsigned rare)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (v->field[i] && once_in(rare))
			put_field(t, &field_words[i]);
	for (size_t i = 0; i < BITS; i++)
		if (v->bit[i] && bit_words[i].sort == SORT_FLAG &&
		    once_in(rare)) {
			put(t, "", bit_words[i].word, ": ");
			put(t, "", once_in(2) ? "true" : "false", ", ");
		}
}

/* A key with a set of words, taken back when there are none. */
static void
put_set(struct text *t, const struct vocabulary *v, const char *key,
    enum sort sort, const char *more, bool may_be_not)
{
	char *before = t->at;
	bool other = may_be_not && once_in(3);

	put(t, "", key, ": ");
	put(t, "", other ? "{not: " : "", "");
	if (put_words(t, v, sort, more))
		put(t, "", other ? "}" : "", ", ");
	else
		t->at = before;
	*t->at = '\0';
}

static void
put_clause(struct text *t, const struct vocabulary *v)
{
	put(t, "", "\n      - {", "");
	put_fields(t, v, 4);
	if (once_in(4))
		put_set(t, v, "relation", SORT_RELATION, NULL, true);
	if (once_in(4))
		put_set(t, v, "basis", SORT_BASIS, "none", true);
	if (once_in(3))
		put_set(t, v, "carries", SORT_CATEGORY, NULL, true);
	if (once_in(6))
		put_set(t, v, "setting", SORT_SETTING, NULL, true);
	/* Never empty, and true of every point. */
	put(t, "", "event: [none]}", "");
}

static void
put_clauses(struct text *t, const struct vocabulary *v, const char *key)
{
	put(t, "\n    ", key, ":");
	do
		put_clause(t, v);
	while (once_in(2));
}

static void
put_head(struct text *t, const char *class, unsigned number)
{
	char id[8];

	(void)snprintf(
	    id, sizeof(id), "%c%02u", class[1] == 'e' ? 'R' : 'P', number);
	put(t, "\n  - id: ", id, "");
	put(t, "\n    class: ", class, "");
	put(t, "",
	    "\n    law: x\n    mark: text\n    text_en: x\n    text_da: x", "");
	put(t, "\n    valid_from: ",
	    once_in(12) ? "2027-01-01T00:00:00Z" : "2016-01-01T00:00:00Z", "");
}

static void
put_bases(struct text *t, const struct vocabulary *v)
{
	char *before = t->at;
	bool some = false;

	put(t, "", "bases: [", "");
	for (unsigned n = 1 + draw(2); n > 0; n--) {
		char *here = t->at;

		put(t, "", some ? ", " : "", "");
		if (put_words(t, v, SORT_BASIS, NULL))
			some = true;
		else
			t->at = here;
	}
	*t->at = '\0';
	if (some) {
		put(t, "", "], ", "");
		return;
	}
	t->at = before;
	put(t, "", "bases: any, ", "");
}

/* A permit must name these; what the words leave out is given as any. */
static void
put_permit(struct text *t, const struct vocabulary *v, unsigned number)
{
	static const char *const demanded[] = { "kind: ", "from: ", "to: ",
		"relation: ", "cooperation: ", "bases: ", "purpose: ",
		"state: ", "carry: " };
	char *row;

	put_head(t, "permit", number);
	if (once_in(5))
		put(t, "\n    approver: [", "godkender", "]");
	put(t, "\n    ", "either:\n      - {", "");
	row = t->at;
	put_fields(t, v, 3);
	if (once_in(2))
		put_set(t, v, "relation", SORT_RELATION, NULL, false);
	if (once_in(2))
		put_bases(t, v);
	if (once_in(2))
		put_set(t, v, "carry", SORT_CATEGORY, NULL, true);
	if (once_in(5))
		put_set(t, v, "setting", SORT_SETTING, NULL, false);
	for (size_t i = 0; i < sizeof(demanded) / sizeof(demanded[0]); i++)
		if (strstr(row, demanded[i]) == NULL) {
			put(t, "", demanded[i], "");
			put(t, "", i == 6 ? "{not: [investigation]}" : "any",
			    ", ");
		}
	put(t, "", "event: [none]}", "");
}

static struct rules *
load(const char *text)
{
	struct problems p = { 0 };
	struct rules *r = rules_load("drawn", bytes_of(text, strlen(text)), &p);

	if (r == NULL)
		fail_msg("%s%.2000s", p.text, text);
	problems_free(&p);
	return r;
}

static const char limits[] =
    "version: 1\nlimits:\n"
    "  socially_exposed: {judged_by: [social], max_age_days: 1, law: x,\n"
    "    mark: text, text_en: x, text_da: x}\n"
    "  ksp: {judged_by: [social], days_before_release: 1,\n"
    "    days_after_release: 1, law: x, mark: text, text_en: x,\n"
    "    text_da: x}\n"
    "rules:";

static struct rules *
draw_table(const struct vocabulary *v, char text[TEXT_ROOM])
{
	struct text t = { text, text + TEXT_ROOM };
	unsigned n = draw(4);

	put(&t, "", limits, "");
	for (unsigned i = 0; i < n; i++) {
		put_head(&t, "prohibition", i);
		put_clauses(&t, v, "any");
		if (once_in(2))
			put_clauses(&t, v, "unless");
	}
	n = 1 + draw(6);
	for (unsigned i = 0; i < n; i++)
		put_permit(&t, v, i);
	return load(text);
}

/* Where a question is asked, as one prohibition: so judge() itself says of
 * each point whether it is there. */
static struct rules *
draw_region(const struct vocabulary *v, char text[TEXT_ROOM])
{
	struct text t = { text, text + TEXT_ROOM };

	put(&t, "", limits, "");
	put(&t, "",
	    "\n  - id: P01\n    class: prohibition\n    law: x\n"
	    "    mark: text\n    text_en: x\n    text_da: x\n"
	    "    valid_from: 2016-01-01T00:00:00Z",
	    "");
	put_clauses(&t, v, "any");
	if (once_in(2))
		put_clauses(&t, v, "unless");
	return load(text);
}

/* ---------------------------------------------------------------- points */

struct point {
	struct facts facts;
	unsigned cost;
	struct judgement of[2];
};

static uint8_t
word_number(const struct word_list *l, unsigned n)
{
	static uint8_t known[FIELD_COUNT][4]; /* number + 1 */

	if (known[l->field][n] != 0)
		return known[l->field][n] - 1;
	for (unsigned value = 0; value < 63; value++)
		if (strcmp(field_word(l->field, value), l->word[n]) == 0)
			return (known[l->field][n] = (uint8_t)value + 1) - 1;
	fail_msg("%s is in no list", l->word[n]);
	return 0;
}

/* The box of a vocabulary: what does not vary has its first word, or no. */
static struct box
box_of(const struct vocabulary *v)
{
	struct box b = box_full();

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		b.set[f] &= ~b.set[f] + 1;
	for (size_t i = 0; i < FIELDS; i++) {
		const struct word_list *l = &field_words[i];
		uint64_t set = 0;

		for (unsigned n = 0; n < (v->field[i] ? words_of(l) : 1); n++)
			set |= 1ULL << word_number(l, n);
		b.set[l->field] = set;
	}
	memset(&b.yes, 0, sizeof(b.yes));
	for (size_t i = 0; i < BITS; i++)
		if (v->bit[i])
			bits_add(&b.yes, bit_words[i].bit);
	return b;
}

static unsigned
cost_of(const struct facts *f)
{
	struct box b = box_of_facts(f);
	unsigned cost = bits_count(&b.yes);

	for (unsigned i = 0; i < FIELD_COUNT; i++)
		if (i != FIELD_KIND && i != FIELD_FROM && i != FIELD_TO)
			cost += (b.set[i] & 1) == 0;
	return cost;
}

/* Every point of a vocabulary, by counting through it. */
static size_t
all_points(const struct vocabulary *v, struct point *out)
{
	const struct box all = box_of(v);
	size_t n = 1, at;

	for (size_t i = 0; i < FIELDS; i++)
		n *= v->field[i] ? words_of(&field_words[i]) : 1;
	for (size_t i = 0; i < BITS; i++)
		n *= v->bit[i] ? 2 : 1;
	assert_true(n <= POINTS_MAX);
	for (size_t p = 0; p < n; p++) {
		struct box b = all;

		at = p;
		memset(&b.yes, 0, sizeof(b.yes));
		for (size_t i = 0; i < FIELDS; i++) {
			const struct word_list *l = &field_words[i];
			unsigned words = v->field[i] ? words_of(l) : 1;

			b.set[l->field] = 1ULL
			    << word_number(l, (unsigned)(at % words));
			at /= words;
		}
		for (size_t i = 0; i < BITS; i++) {
			if (!bits_have(&all.yes, bit_words[i].bit))
				continue;
			if (at % 2 == 1) {
				bits_add(&b.yes, bit_words[i].bit);
				box_set_bit(&b, bit_words[i].bit, true);
			}
			at /= 2;
		}
		out[p].facts = box_point(&b);
		out[p].cost = cost_of(&out[p].facts);
	}
	return n;
}

/* ------------------------------------------------------------- questions */

struct trial {
	struct vocabulary v;
	struct rules *table[2], *region;
	char text[3][TEXT_ROOM];
	struct point point[POINTS_MAX];
	size_t n_point;
};

static unsigned
outcome_of(const struct judgement *j)
{
	return j->outcome == OUTCOME_PERMIT ? SPACE_PERMIT :
	    j->outcome == OUTCOME_PARK	    ? SPACE_PARK :
					      SPACE_REFUSE;
}

/* What the contract of struct space_want says of one verdict. */
static bool
is_wanted(const struct space_want *w, const struct judgement *j)
{
	const struct rule *by = j->code == CODE_NO_PERMIT ? NULL : j->rule;

	if ((w->outcome & outcome_of(j)) == 0)
		return false;
	if (w->by != NULL)
		return by == w->by;
	for (size_t i = 0; i < w->n_except; i++)
		if (by == w->except[i])
			return false;
	return true;
}

static struct space_want
draw_want(const struct rules *r, const struct rule *except[3])
{
	struct space_want w = { .outcome = 1 + draw(7) };

	if (once_in(3))
		w.by = &r->rule[draw((unsigned)r->n_rule)];
	else if (once_in(3))
		for (w.except = except; w.n_except < 1 + draw(3);)
			except[w.n_except++] =
			    &r->rule[draw((unsigned)r->n_rule)];
	return w;
}

/* The cheapest point that the question is about, or none. */
static const struct point *
cheapest(const struct trial *t, const struct space_question *q, bool two)
{
	const struct point *best = NULL;

	for (size_t i = 0; i < t->n_point; i++) {
		const struct point *p = &t->point[i];
		struct judgement in;

		if (best != NULL && best->cost <= p->cost)
			continue;
		if (!is_wanted(&q->want[0], &p->of[0]) ||
		    (two && !is_wanted(&q->want[1], &p->of[1])))
			continue;
		if (q->n_when > 0) {
			judge(t->region, &p->facts, JUDGED_AT, &in);
			if (in.code != CODE_PROHIBITED)
				continue;
		}
		best = p;
	}
	return best;
}

static void
tell(const struct trial *t, const struct space_question *q, bool two,
    const struct point *want, const struct space_answer *got)
{
	char words[1000];

	print_error(
	    "seed %llu\ntable:%s\n", (unsigned long long)seed, t->text[0]);
	if (two)
		print_error("second table:%s\n", t->text[1]);
	if (q->n_when > 0)
		print_error("where:%s\n", t->text[2]);
	for (size_t i = 0; i < (two ? 2 : 1); i++) {
		const struct space_want *w = &q->want[i];

		print_error("wanted outcome %u by %s, not by %zu others\n",
		    w->outcome, w->by != NULL ? rule_id(w->by) : "any rule",
		    w->n_except);
	}
	if (want != NULL) {
		space_words(&want->facts, words, sizeof(words));
		print_error("expected (says %u): %s\n", want->cost, words);
	}
	if (got->found) {
		space_words(&got->facts, words, sizeof(words));
		print_error(
		    "found (says %u): %s\n", cost_of(&got->facts), words);
	}
}

static void
ask_one(const struct trial *t, const struct space *s, bool two)
{
	struct space_question q = space_ask();
	const struct rule *except[2][3];
	const struct point *want;
	struct space_answer got;
	enum err e;

	q.box = box_of(&t->v);
	q.smallest = true;
	for (size_t i = 0; i < (two ? 2 : 1); i++)
		q.want[i] = draw_want(t->table[i], except[i]);
	if (once_in(2)) {
		const struct rule *region = t->region->prohibition[0];

		q.when = region->any;
		q.n_when = region->n_any;
		q.unless = region->unless;
		q.n_unless = region->n_unless;
	}
	want = cheapest(t, &q, two);
	e = space_find(s, &q, &got);
	asked[want != NULL]++;
	if (e == ERR_OK && got.found == (want != NULL) &&
	    (want == NULL || cost_of(&got.facts) == want->cost))
		return;
	tell(t, &q, two, want, &got);
	fail_msg("%s: expected %s, found %s", err_name(e),
	    want != NULL ? "an answer" : "none", got.found ? "one" : "none");
}

static void
try_table(struct trial *t)
{
	struct space *one, *two;

	t->v = draw_vocabulary();
	t->table[0] = draw_table(&t->v, t->text[0]);
	t->table[1] = draw_table(&t->v, t->text[1]);
	t->region = draw_region(&t->v, t->text[2]);
	t->n_point = all_points(&t->v, t->point);
	for (size_t i = 0; i < t->n_point; i++)
		for (size_t k = 0; k < 2; k++)
			judge(t->table[k], &t->point[i].facts, JUDGED_AT,
			    &t->point[i].of[k]);
	one = space_new(t->table[0], NULL, JUDGED_AT);
	two = space_new(t->table[0], t->table[1], JUDGED_AT);
	assert_non_null(one);
	assert_non_null(two);
	for (unsigned i = 0; i < QUESTIONS; i++)
		ask_one(t, i % 4 == 3 ? two : one, i % 4 == 3);
	space_free(one);
	space_free(two);
	rules_free(t->table[0]);
	rules_free(t->table[1]);
	rules_free(t->region);
}

static uint64_t
number_of(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void
answers_are_those_of_brute_force(void **state)
{
	struct trial *t = test_malloc(sizeof(*t));
	uint64_t n = number_of("SPACE_TABLES", TABLES);

	(void)state;
	seed = number_of("SPACE_SEED", 115);
	random_state = seed;
	print_message("seed %llu, %llu tables\n", (unsigned long long)seed,
	    (unsigned long long)n);
	for (uint64_t i = 0; i < n; i++)
		try_table(t);
	print_message("%lu questions without an answer, %lu with one\n",
	    asked[0], asked[1]);
	assert_true(asked[0] > n && asked[1] > n);
	test_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_those_of_brute_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
