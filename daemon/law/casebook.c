/*
 * SPDX-License-Identifier: MIT
 *
 * casebook: see casebook.h. Cases, their changes and what they expect; the
 * facts in them are read by casebook_words.c.
 */
#include <string.h>

#include "casebook_inner.h"
#include "words.h"

#define SAYS_MAX 300
#define RULE_ID_MAX 16
#define BOOK_ARENA (64 * 1024 * 1024)

struct casebook {
	struct arena *arena;
	struct rulecase *first, **end;
	size_t n_cases, n_recipients;
};

/* ----------------------------------------------------------- expectation */

static bool
read_missing(struct reading *r, const struct yaml *list, struct rulecase *c)
{
	bool good = true;

	c->missing_said = true;
	c->n_missing = 0;
	if (list->child == NULL || list->n_child > CASE_MISSING_MAX) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found a list of %zu, expected 1 to %d things that are "
		    "missing",
		    list->n_child, CASE_MISSING_MAX);
		return false;
	}
	for (const struct yaml *v = list->child; v != NULL; v = v->next)
		good = yaml_text(v, r->file, SAYS_MAX,
			   &c->missing[c->n_missing++], r->p) &&
		    good;
	return good;
}

static bool
read_outcome(struct reading *r, const struct yaml *v, PbOutcome *out)
{
	char q[YAML_QUOTE];

	if (strcmp(v->text, "permit") == 0)
		*out = OUTCOME_PERMIT;
	else if (strcmp(v->text, "park") == 0)
		*out = OUTCOME_PARK;
	else if (strcmp(v->text, "refuse") == 0)
		*out = OUTCOME_REFUSE;
	else {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected permit, park or refuse",
		    yaml_quote(q, v->text));
		return false;
	}
	return true;
}

static bool
read_code(struct reading *r, const struct yaml *v, enum code *out)
{
	char q[YAML_QUOTE];

	if (strcmp(v->text, "prohibited") == 0)
		*out = CODE_PROHIBITED;
	else if (strcmp(v->text, "no_permit") == 0)
		*out = CODE_NO_PERMIT;
	else {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected prohibited or no_permit",
		    yaml_quote(q, v->text));
		return false;
	}
	return true;
}

/* What is said must fit together: only a refusal lacks something. */
static bool
check_expectation(struct reading *r, const struct rulecase *c,
    const struct yaml *const value[EXPECTATION_COUNT])
{
	if (c->outcome != OUTCOME_REFUSE && c->rule == NULL)
		return casebook_fault(r, value[EXPECT],
		    "found no rule, expected the one that permits or parks");
	if (c->outcome != OUTCOME_REFUSE && c->code != CODE_OK)
		return casebook_fault(r, value[CODE],
		    "found a code, expected one on a refusal only");
	if (c->missing_said && c->code != CODE_NO_PERMIT)
		return casebook_fault(r, value[MISSING],
		    "found what is missing, expected it only beside expect: "
		    "refuse and code: no_permit");
	return true;
}

static bool
read_expectation(struct reading *r,
    const struct yaml *const value[EXPECTATION_COUNT], struct rulecase *c)
{
	bool good = true;

	c->rule = NULL;
	c->code = CODE_OK;
	c->missing_said = false;
	c->n_missing = 0;
	if (value[RULE] != NULL) {
		good = yaml_text(
		    value[RULE], r->file, RULE_ID_MAX, &c->rule, r->p);
		c->rule_line = value[RULE]->line;
		c->rule_column = value[RULE]->column;
	}
	if (value[CODE] != NULL)
		good = read_code(r, value[CODE], &c->code) && good;
	if (value[MISSING] != NULL)
		good = read_missing(r, value[MISSING], c) && good;
	if (value[EXPECT] == NULL)
		return false;
	good = read_outcome(r, value[EXPECT], &c->outcome) && good;
	return good && check_expectation(r, c, value);
}

/* ----------------------------------------------------------------- cases */

static struct rulecase *
append(struct reading *r, const struct yaml *v, const struct rulecase *from)
{
	struct casebook *b = r->book;
	struct rulecase *c = arena_alloc(b->arena, sizeof(*c));

	if (c == NULL) {
		casebook_fault(
		    r, v, "found more cases than there is memory for");
		return NULL;
	}
	*c = *from;
	c->next = NULL;
	c->line = v->line;
	*b->end = c;
	b->end = &c->next;
	b->n_recipients++;
	return c;
}

/* The sentence, which no other case has. */
static bool
read_says(struct reading *r, const struct yaml *v, const char **says)
{
	if (!yaml_text(v, r->file, SAYS_MAX, says, r->p))
		return false;
	for (const struct rulecase *c = r->book->first; c != NULL; c = c->next)
		if (strcmp(c->says, *says) == 0) {
			problems_add(r->p, r->file, v->line, v->column,
			    "found the sentence of %s:%u again, expected one "
			    "of its own",
			    c->file, c->line);
			return false;
		}
	return true;
}

static bool
read_marked(struct reading *r, const struct yaml *v, const char **marked)
{
	bool example;

	if (v == NULL)
		return true;
	if (!yaml_flag(v, r->file, &example, r->p))
		return false;
	*marked = example ? "example" : "";
	return true;
}

/* One recipient for each value that the line takes in turn. */
static bool
append_turns(struct reading *r, const struct yaml *v, const struct rulecase *of,
    const struct turn *t)
{
	struct why why;

	for (unsigned n = 0; n < 64; n++) {
		struct rulecase *c;
		const char *word;

		if ((t->words & 1ULL << n) == 0)
			continue;
		word = words_word(t->fact, n);
		c = append(r, v, of);
		if (c == NULL)
			return false;
		c->turn = arena_printf(r->book->arena, "%s: %s", t->name, word);
		words_clear(&c->facts, t->fact);
		if (c->turn == NULL ||
		    words_set(&c->facts, t->fact, word, &why) != ERR_OK)
			return casebook_fault(r, v, "no memory");
	}
	return true;
}

static bool
append_only(
    struct reading *r, const struct rulecase *of, const struct only *only)
{
	struct rulecase c = *of;

	c.of = of->rule;
	c.outcome = OUTCOME_REFUSE;
	c.rule = NULL;
	if (only->at == NULL || of->outcome == OUTCOME_REFUSE)
		return true;
	for (size_t i = 0; i < r->only.n; i++) {
		struct turn t = { only->at, i, casebook_key(i),
			words_all(i) & ~only->words[i] };

		if (only->said[i] && !append_turns(r, only->at, &c, &t))
			return false;
	}
	return true;
}

static bool
read_recipient(struct reading *r, const struct yaml *v,
    const struct rulecase *of, const struct only *only)
{
	const struct schema *s = &r->recipient;
	const struct yaml *value[KEYS_MAX];
	struct rulecase *c;
	bool good = yaml_map(v, r->file, s->key, s->n, value, r->p);

	c = append(r, v, of);
	if (c == NULL)
		return false;
	good = casebook_facts(r, s, value, &c->facts) && good;
	good = read_expectation(r, value + s->n_facts, c) && good;
	c->of = c->rule;
	return append_only(r, c, only) && good;
}

/* The same, but: one line that changes what it names. */
static bool
read_variant(struct reading *r, const struct yaml *v, const struct rulecase *of,
    struct only only)
{
	const struct schema *s = &r->variant;
	const struct yaml *value[KEYS_MAX];
	const struct yaml **more = value + s->n_facts;
	struct rulecase c = *of;
	struct turn turn;
	bool good = yaml_map(v, r->file, s->key, s->n, value, r->p);

	c.marked = "";
	if (more[SAYS] != NULL)
		good = read_says(r, more[SAYS], &c.says) && good;
	if (more[LAW] != NULL)
		good = yaml_text(more[LAW], r->file, SAYS_MAX, &c.law, r->p) &&
		    good;
	good = read_marked(r, more[EXAMPLE], &c.marked) && good;
	good = casebook_facts(r, s, value, &c.facts) && good;
	good = casebook_turns(r, s, value, &turn) && good;
	good = read_expectation(r, more, &c) && good;
	c.of = of->rule;
	r->book->n_cases++;
	only.at = NULL;
	if (more[ONLY] != NULL)
		good = casebook_only(r, more[ONLY], &only) && good;
	if (turn.at != NULL && good)
		return append_turns(r, v, &c, &turn);
	return append(r, v, &c) != NULL && append_only(r, &c, &only) && good;
}

static bool
read_variants(struct reading *r, const struct yaml *list,
    const struct rulecase *of, bool several, const struct only *only)
{
	bool good = true;

	if (of == NULL || several)
		return casebook_fault(r, list,
		    "found but: beside several recipients, expected one "
		    "recipient");
	for (const struct yaml *v = list->child; v != NULL; v = v->next)
		good = read_variant(r, v, of, *only) && good;
	return good;
}

static bool
read_message(struct reading *r, const struct yaml *v, struct facts *f)
{
	const struct schema *s = &r->message;
	const struct yaml *value[KEYS_MAX];
	bool good = yaml_map(v, r->file, s->key, s->n, value, r->p);

	return casebook_facts(r, s, value, f) && good;
}

static bool
read_case(struct reading *r, const struct yaml *v, uint64_t at_ms)
{
	static const struct yaml_key keys[] = {
		{ "says", YAML_SCALAR, true, "what the law wants, a sentence" },
		{ "law", YAML_SCALAR, true, "what it rests on" },
		{ "example", YAML_SCALAR, false, "true or false" },
		{ "at", YAML_SCALAR, false, "when it is judged" },
		{ "message", YAML_MAP, true, "the message and its case" },
		{ "to", YAML_LIST, true, "its recipients" },
		{ "only", YAML_MAP, false, "what else is refused" },
		{ "but", YAML_LIST, false, "the same with changes" },
	};
	struct only only = { 0 };
	const struct yaml *value[8];
	struct rulecase c = { .file = r->file,
		.line = v->line,
		.says = "",
		.law = "",
		.marked = "",
		.turn = "",
		.at_ms = at_ms };
	struct rulecase **here = r->book->end;
	bool good = yaml_map(v, r->file, keys, 8, value, r->p);

	if (value[0] != NULL)
		good = read_says(r, value[0], &c.says) && good;
	if (value[1] != NULL)
		good = yaml_text(value[1], r->file, SAYS_MAX, &c.law, r->p) &&
		    good;
	good = read_marked(r, value[2], &c.marked) && good;
	if (value[3] != NULL)
		good = yaml_time(value[3], r->file, &c.at_ms, r->p) && good;
	if (value[4] != NULL)
		good = read_message(r, value[4], &c.facts) && good;
	if (value[5] == NULL)
		return false;
	if (value[5]->child == NULL)
		good = casebook_fault(r, value[5],
		    "found an empty list, expected at least one recipient");
	if (value[6] != NULL)
		good = casebook_only(r, value[6], &only) && good;
	r->book->n_cases++;
	for (const struct yaml *t = value[5]->child; t != NULL; t = t->next)
		good = read_recipient(r, t, &c, &only) && good;
	return (value[7] == NULL ||
		   read_variants(
		       r, value[7], *here, value[5]->n_child > 1, &only)) &&
	    good;
}

static bool
read_book(struct reading *r, const struct yaml *root)
{
	static const struct yaml_key keys[] = {
		{ "version", YAML_SCALAR, true, "1" },
		{ "about", YAML_SCALAR, true, "what these cases are about" },
		{ "at", YAML_SCALAR, true, "when they are judged" },
		{ "cases", YAML_LIST, true, "the cases" },
	};
	const struct yaml *value[4];
	const char *about;
	uint64_t version, at_ms = 0;
	bool good = yaml_map(root, r->file, keys, 4, value, r->p);

	good = yaml_number(value[0], r->file, 1, 1, &version, r->p) && good;
	good = yaml_text(value[1], r->file, 1000, &about, r->p) && good;
	good = yaml_time(value[2], r->file, &at_ms, r->p) && good;
	if (value[3] == NULL)
		return false;
	if (value[3]->child == NULL)
		good = casebook_fault(r, value[3],
		    "found an empty list, expected at least one case");
	for (const struct yaml *v = value[3]->child; v != NULL; v = v->next)
		good = read_case(r, v, at_ms) && good;
	return good;
}

/* ------------------------------------------------------------------ book */

enum err
casebook_new(struct casebook **out)
{
	struct arena *a;
	struct casebook *b;

	if (arena_new(&a, BOOK_ARENA) != ERR_OK)
		return ERR_NOMEM;
	b = arena_alloc(a, sizeof(*b));
	if (b == NULL) {
		arena_free(a);
		return ERR_NOMEM;
	}
	b->arena = a;
	b->end = &b->first;
	*out = b;
	return ERR_OK;
}

void
casebook_free(struct casebook *b)
{
	if (b != NULL)
		arena_free(b->arena);
}

bool
casebook_read(
    struct casebook *b, const char *file, struct bytes text, struct problems *p)
{
	struct reading r = { .book = b, .p = p };
	size_t before = p->count;
	const struct yaml *root;

	r.file = arena_strdup(b->arena, file);
	if (r.file == NULL) {
		problems_add(p, file, 0, 0, "no memory");
		return false;
	}
	casebook_schemas(&r);
	root = yaml_parse(b->arena, file, text, p);
	return root != NULL && read_book(&r, root) && p->count == before;
}

const struct rulecase *
casebook_first(const struct casebook *b)
{
	return b->first;
}

size_t
casebook_cases(const struct casebook *b)
{
	return b->n_cases;
}

size_t
casebook_recipients(const struct casebook *b)
{
	return b->n_recipients;
}

/* Is it said at the same place, of several turns of one line? */
static bool
said_before(const struct rulecase *c, const struct rulecase *before)
{
	return before != NULL && strcmp(before->file, c->file) == 0 &&
	    before->rule_line == c->rule_line &&
	    before->rule_column == c->rule_column;
}

bool
casebook_fits(
    const struct casebook *b, const struct rules *rules, struct problems *p)
{
	const struct rulecase *before = NULL, *c;
	size_t faults = p->count;
	char q[YAML_QUOTE];

	for (c = b->first; c != NULL; c = c->next) {
		if (c->rule == NULL || rules_find(rules, c->rule) != NULL ||
		    said_before(c, before))
			continue;
		problems_add(p, c->file, c->rule_line, c->rule_column,
		    "found %s, expected a rule of the table",
		    yaml_quote(q, c->rule));
		before = c;
	}
	return p->count == faults;
}

/* --------------------------------------------------------------- verdict */

static bool
lacks(const struct judgement *j, const char *name)
{
	for (size_t i = 0; i < j->n_missing; i++)
		if (strcmp(j->missing[i], name) == 0)
			return true;
	return false;
}

bool
rulecase_agrees(const struct rulecase *c, const struct judgement *j)
{
	if (j->outcome != c->outcome)
		return false;
	if (c->rule != NULL &&
	    (j->rule == NULL || strcmp(rule_id(j->rule), c->rule) != 0))
		return false;
	if (c->code != CODE_OK && j->code != c->code)
		return false;
	if (!c->missing_said)
		return true;
	for (size_t i = 0; i < c->n_missing; i++)
		if (!lacks(j, c->missing[i]))
			return false;
	return c->n_missing == j->n_missing;
}
