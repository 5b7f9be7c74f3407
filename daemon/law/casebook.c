/*
 * SPDX-License-Identifier: MIT
 *
 * casebook: see casebook.h. The words of a case are those of words.h, so a
 * case can say whatever a rule can ask, and a new fact needs nothing here
 * but to be listed below when it belongs to a recipient.
 */
#include "casebook.h"

#include <string.h>

#include "words.h"

#define SAYS_MAX 300
#define RULE_ID_MAX 16
#define KEYS_MAX 72
#define BOOK_ARENA (64 * 1024 * 1024)

struct casebook {
	struct arena *arena;
	struct rulecase *first, **end;
	size_t n_cases, n_recipients;
};

/* Keys of a map: facts first, each with its number, then the others. */
struct schema {
	struct yaml_key key[KEYS_MAX];
	size_t fact[KEYS_MAX];
	size_t n_facts, n;
};

struct reading {
	struct casebook *book;
	const char *file;
	struct problems *p;
	struct schema message, recipient, variant, only;
};

enum { EXPECT, RULE, CODE, MISSING, EXPECTATION_COUNT };

static const struct yaml_key expectation_keys[EXPECTATION_COUNT] = {
	{ "expect", YAML_SCALAR, true, "permit, park or refuse" },
	{ "rule", YAML_SCALAR, false, "id of the rule that decides" },
	{ "code", YAML_SCALAR, false, "prohibited or no_permit" },
	{ "missing", YAML_LIST, false, "what the nearest permit lacks" },
};

/* ---------------------------------------------------------------- schema */

/* What differs from one recipient of a message to the next. */
static bool
is_of_recipient(const char *name)
{
	static const char *const own[] = { "to", "relation", "cooperation",
		"basis", "purpose", "necessity", "carries", "consent",
		"answers_request", "recipient_participant",
		"recipient_responsible", "had_original" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

static void
add_key(struct schema *s, struct yaml_key key, size_t fact)
{
	if (s->n == KEYS_MAX)
		return;
	s->fact[s->n] = fact;
	s->key[s->n++] = key;
}

/* A recipient's role stands as role: there is no other in its map. */
static const char *
key_of(size_t fact)
{
	const char *name = words_name(fact);

	return strcmp(name, "to") == 0 ? "role" : name;
}

/* In a variant a fact may also turn: a map. */
static void
add_facts(struct schema *s, bool of_message, bool of_recipient)
{
	static const char *const help[] = {
		[WORD_FIELD] = "a word",
		[WORD_FLAG] = "true or false",
		[WORD_SET] = "a list",
	};

	for (size_t i = 0; i < words_count(); i++) {
		const char *name = words_name(i);
		bool recipient = is_of_recipient(name);
		enum word_form form = words_form(i);
		bool variant = of_message && of_recipient;
		bool must = !variant &&
		    (strcmp(name, "kind") == 0 || strcmp(name, "from") == 0 ||
			strcmp(name, "to") == 0);

		if (recipient ? !of_recipient : !of_message)
			continue;
		add_key(s,
		    (struct yaml_key){ strcmp(name, "to") == 0 ? "role" : name,
			variant		     ? YAML_ANY :
			    form == WORD_SET ? YAML_LIST :
					       YAML_SCALAR,
			must, help[form] },
		    i);
	}
	s->n_facts = s->n;
}

static void
add_keys(struct schema *s, const struct yaml_key *key, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_key(s, key[i], 0);
}

static void
make_schemas(struct reading *r)
{
	static const struct yaml_key sentence[] = {
		{ "says", YAML_SCALAR, true, "what the law wants, a sentence" },
		{ "law", YAML_SCALAR, false, "what it rests on" },
		{ "example", YAML_SCALAR, false, "true or false" },
	};
	static const struct yaml_key only = { "only", YAML_MAP, false,
		"what else is refused" };

	add_facts(&r->message, true, false);
	add_facts(&r->recipient, false, true);
	add_keys(&r->recipient, expectation_keys, EXPECTATION_COUNT);
	add_facts(&r->variant, true, true);
	add_keys(&r->variant, expectation_keys, EXPECTATION_COUNT);
	add_keys(&r->variant, sentence, 3);
	add_key(&r->variant, only, 0);
	for (size_t i = 0; i < words_count(); i++)
		add_key(&r->only,
		    (struct yaml_key){ key_of(i), YAML_LIST, false, "a list" },
		    i);
}

/* ----------------------------------------------------------------- facts */

static bool
fault(struct reading *r, const struct yaml *v, const char *text)
{
	problems_add(r->p, r->file, v->line, v->column, "%s", text);
	return false;
}

static bool
read_set(
    struct reading *r, const struct yaml *list, size_t fact, struct facts *f)
{
	bool good = true;
	struct why why;
	char q[YAML_QUOTE];

	words_clear(f, fact);
	if (list->child == NULL)
		return fault(r, list,
		    "found an empty list, expected at least one word; none "
		    "says that there is nothing");
	for (const struct yaml *c = list->child; c != NULL; c = c->next) {
		uint64_t before = words_get(f, fact);

		if (c->kind != YAML_SCALAR) {
			problems_add(r->p, r->file, c->line, c->column,
			    "found %s, expected a word",
			    yaml_kind_name(c->kind));
			good = false;
		} else if (strcmp(c->text, "none") == 0 && list->n_child > 1) {
			good = fault(
			    r, c, "found none among others, expected it alone");
		} else if (words_set(f, fact, c->text, &why) != ERR_OK) {
			good = fault(r, c, why.text);
		} else if (words_get(f, fact) == before &&
		    strcmp(c->text, "none") != 0) {
			problems_add(r->p, r->file, c->line, c->column,
			    "found %s again, expected each once",
			    yaml_quote(q, c->text));
			good = false;
		}
	}
	return good;
}

static bool
read_fact(struct reading *r, const struct yaml *v, size_t fact, struct facts *f)
{
	bool is_set = words_form(fact) == WORD_SET;
	struct why why;

	if (v->kind != (is_set ? YAML_LIST : YAML_SCALAR)) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s for \"%s\", expected %s", yaml_kind_name(v->kind),
		    v->key, is_set ? "a list" : "one value");
		return false;
	}
	if (is_set)
		return read_set(r, v, fact, f);
	return words_set(f, fact, v->text, &why) == ERR_OK ||
	    fault(r, v, why.text);
}

/* Turning facts are left to read_turn. */
static bool
read_facts(struct reading *r, const struct schema *s,
    const struct yaml *const *value, struct facts *f)
{
	bool good = true;

	for (size_t i = 0; i < s->n_facts; i++)
		if (value[i] != NULL && value[i]->kind != YAML_MAP)
			good = read_fact(r, value[i], s->fact[i], f) && good;
	return good;
}

/* What takes several values in turn. */
struct turn {
	const struct yaml *at; /* NULL: nothing does */
	size_t fact;
	const char *name;
	uint64_t words; /* bit per value */
};

/* Words of a list as bits; each is one value. */
static bool
read_words(
    struct reading *r, const struct yaml *list, size_t fact, uint64_t *words)
{
	struct facts f = { 0 };

	*words = 0;
	for (const struct yaml *c = list->child; c != NULL; c = c->next) {
		struct why why;

		words_clear(&f, fact);
		if (c->kind != YAML_SCALAR)
			return fault(r, c, "found no word, expected one");
		if (words_set(&f, fact, c->text, &why) != ERR_OK)
			return fault(r, c, why.text);
		*words |= words_form(fact) == WORD_SET ?
		    words_get(&f, fact) :
		    1ULL << words_get(&f, fact);
	}
	return true;
}

/* {each: [...]} or {not: [...]}. */
static bool
read_turn(struct reading *r, const struct yaml *v, size_t fact, struct turn *t)
{
	static const struct yaml_key keys[] = {
		{ "each", YAML_LIST, false, "a list of words" },
		{ "not", YAML_LIST, false, "a list of words" },
	};
	const struct yaml *value[2];

	if (!yaml_map(v, r->file, keys, 2, value, r->p))
		return false;
	if (t->at != NULL || (value[0] == NULL) == (value[1] == NULL))
		return fault(r, v,
		    "found more than one thing that turns, or none, expected "
		    "{each: a list} or {not: a list} for one fact of a line");
	*t = (struct turn){ v, fact, v->key, 0 };
	if (!read_words(
		r, value[0] != NULL ? value[0] : value[1], fact, &t->words))
		return false;
	if (value[1] != NULL)
		t->words = words_all(fact) & ~t->words;
	return t->words != 0 ||
	    fault(r, v, "found nothing left, expected a word");
}

static bool
read_turns(struct reading *r, const struct schema *s,
    const struct yaml *const *value, struct turn *t)
{
	bool good = true;

	*t = (struct turn){ 0 };
	for (size_t i = 0; i < s->n_facts; i++)
		if (value[i] != NULL && value[i]->kind == YAML_MAP)
			good = read_turn(r, value[i], s->fact[i], t) && good;
	return good;
}

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
		return fault(r, value[EXPECT],
		    "found no rule, expected the one that permits or parks");
	if (c->outcome != OUTCOME_REFUSE && c->code != CODE_OK)
		return fault(r, value[CODE],
		    "found a code, expected one on a refusal only");
	if (c->missing_said && c->code != CODE_NO_PERMIT)
		return fault(r, value[MISSING],
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
	if (value[RULE] != NULL)
		good = yaml_text(
		    value[RULE], r->file, RULE_ID_MAX, &c->rule, r->p);
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
		fault(r, v, "found more cases than there is memory for");
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
			return fault(r, v, "no memory");
	}
	return true;
}

/* The lawful words of facts; any other, alone and in turn, is refused. */
struct only {
	const struct yaml *at; /* NULL: nothing is said */
	bool said[KEYS_MAX];
	uint64_t words[KEYS_MAX];
};

/* What v says, on top of what only says already. */
static bool
read_only(struct reading *r, const struct yaml *v, struct only *only)
{
	const struct schema *s = &r->only;
	const struct yaml *value[KEYS_MAX];
	bool good = yaml_map(v, r->file, s->key, s->n, value, r->p);

	only->at = v;
	for (size_t i = 0; i < s->n; i++) {
		if (value[i] == NULL)
			continue;
		only->said[i] = true;
		good = read_words(r, value[i], i, &only->words[i]) && good;
	}
	return good;
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
		struct turn t = { only->at, i, key_of(i),
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
	good = read_facts(r, s, value, &c->facts) && good;
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
	const struct yaml **sentence = value + s->n_facts + EXPECTATION_COUNT;
	struct rulecase c = *of;
	struct turn turn;
	bool good = yaml_map(v, r->file, s->key, s->n, value, r->p);

	c.marked = "";
	if (sentence[0] != NULL)
		good = read_says(r, sentence[0], &c.says) && good;
	if (sentence[1] != NULL)
		good = yaml_text(
			   sentence[1], r->file, SAYS_MAX, &c.law, r->p) &&
		    good;
	good = read_marked(r, sentence[2], &c.marked) && good;
	good = read_facts(r, s, value, &c.facts) && good;
	good = read_turns(r, s, value, &turn) && good;
	good = read_expectation(r, value + s->n_facts, &c) && good;
	c.of = of->rule;
	r->book->n_cases++;
	only.at = NULL;
	if (sentence[3] != NULL)
		good = read_only(r, sentence[3], &only) && good;
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
		return fault(r, list,
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

	return read_facts(r, s, value, f) && good;
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
		good = fault(r, value[5],
		    "found an empty list, expected at least one recipient");
	if (value[6] != NULL)
		good = read_only(r, value[6], &only) && good;
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
		good = fault(r, value[3],
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
	make_schemas(&r);
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
