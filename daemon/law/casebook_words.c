/*
 * SPDX-License-Identifier: MIT
 *
 * casebook_words: the keys of a case and its facts. The words are those of
 * words.h, so a case can say whatever a rule can ask, and a new fact needs
 * nothing here but to be listed below when it belongs to a recipient.
 */
#include <string.h>

#include "casebook_inner.h"
#include "words.h"

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
const char *
casebook_key(size_t fact)
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

void
casebook_schemas(struct reading *r)
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
		    (struct yaml_key){
			casebook_key(i), YAML_LIST, false, "a list" },
		    i);
}

/* ----------------------------------------------------------------- facts */

bool
casebook_fault(struct reading *r, const struct yaml *v, const char *text)
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
		return casebook_fault(r, list,
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
			good = casebook_fault(
			    r, c, "found none among others, expected it alone");
		} else if (words_set(f, fact, c->text, &why) != ERR_OK) {
			good = casebook_fault(r, c, why.text);
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
	    casebook_fault(r, v, why.text);
}

/* Turning facts are left to read_turn. */
bool
casebook_facts(struct reading *r, const struct schema *s,
    const struct yaml *const *value, struct facts *f)
{
	bool good = true;

	for (size_t i = 0; i < s->n_facts; i++)
		if (value[i] != NULL && value[i]->kind != YAML_MAP)
			good = read_fact(r, value[i], s->fact[i], f) && good;
	return good;
}

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
			return casebook_fault(
			    r, c, "found no word, expected one");
		if (words_set(&f, fact, c->text, &why) != ERR_OK)
			return casebook_fault(r, c, why.text);
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
		return casebook_fault(r, v,
		    "found more than one thing that turns, or none, expected "
		    "{each: a list} or {not: a list} for one fact of a line");
	*t = (struct turn){ v, fact, v->key, 0 };
	if (!read_words(
		r, value[0] != NULL ? value[0] : value[1], fact, &t->words))
		return false;
	if (value[1] != NULL)
		t->words = words_all(fact) & ~t->words;
	return t->words != 0 ||
	    casebook_fault(r, v, "found nothing left, expected a word");
}

bool
casebook_turns(struct reading *r, const struct schema *s,
    const struct yaml *const *value, struct turn *t)
{
	bool good = true;

	*t = (struct turn){ 0 };
	for (size_t i = 0; i < s->n_facts; i++)
		if (value[i] != NULL && value[i]->kind == YAML_MAP)
			good = read_turn(r, value[i], s->fact[i], t) && good;
	return good;
}

bool
casebook_only(struct reading *r, const struct yaml *v, struct only *only)
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
