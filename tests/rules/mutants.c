/*
 * SPDX-License-Identifier: MIT
 *
 * mutants: see mutants.h. The tree is changed in place, written, and changed
 * back.
 */
#include "mutants.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/law/words.h"
#include "emit.h"

#define PREFIX_MAX 40
#define ID_MAX 120
#define WORDS_MAX 80

struct making {
	struct yaml *table;
	const struct yaml *groups;
	struct arena *arena; /* for one change */
	unsigned stride;
	mutant_fn *each;
	void *arg;
	const char *rule;
	bool failed;
};

/* ---------------------------------------------------------------- writing */

static void
write_mutant(struct making *m, const char *id)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL) {
		m->failed = true;
		return;
	}
	emit(out, m->table);
	if (fclose(out) != 0)
		m->failed = true;
	else
		m->each(m->arg, id, m->rule, bytes_of((uint8_t *)text, len));
	free(text);
}

static void __attribute__((format(printf, 2, 3)))
write_as(struct making *m, const char *fmt, ...)
{
	char id[ID_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(id, sizeof(id), fmt, ap);
	va_end(ap);
	write_mutant(m, id);
}

/* ------------------------------------------------------------------ words */

/* Words of a set with its groups resolved, and whether they are excluded. */
struct word_set {
	size_t n;
	const char *word[WORDS_MAX];
	bool negated;
};

static const struct yaml *
child_of(const struct yaml *map, const char *key)
{
	const struct yaml *c = map != NULL && map->kind == YAML_MAP ?
	    map->child :
	    NULL;

	while (c != NULL && strcmp(c->key, key) != 0)
		c = c->next;
	return c;
}

static bool
has_word(const struct word_set *s, const char *word)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->word[i], word) == 0)
			return true;
	return false;
}

static void
add_word(struct word_set *s, const char *word)
{
	if (s->n < WORDS_MAX && !has_word(s, word))
		s->word[s->n++] = word;
}

/* A category may have the name of a group of roles. */
static const struct yaml *
group_of(const struct making *m, const char *key, const char *word)
{
	bool role = strcmp(key, "from") == 0 || strcmp(key, "to") == 0;

	return child_of(
	    child_of(m->groups, role ? "roles" : "categories"), word);
}

static struct word_set
words_of(const struct making *m, const struct yaml *v)
{
	struct word_set s = { .negated = v->kind == YAML_MAP };
	const struct yaml *list = v->kind == YAML_MAP ? v->child : v;

	for (const struct yaml *c = list->child; c != NULL; c = c->next) {
		const struct yaml *g = c->kind == YAML_SCALAR ?
		    group_of(m, v->key, c->text) :
		    NULL;

		if (c->kind != YAML_SCALAR)
			continue; /* an alternative of bases */
		if (g == NULL)
			add_word(&s, c->text);
		else
			for (g = g->child; g != NULL; g = g->next)
				add_word(&s, g->text);
	}
	return s;
}

/* The fact of words.h that a key of a rule is about. */
static size_t
fact_of(const char *key)
{
	if (strcmp(key, "carry") == 0)
		key = "carries";
	if (strcmp(key, "bases") == 0)
		key = "basis";
	return words_find(key);
}

/* All words a key knows; a clause may name "none" as basis. */
static struct word_set
all_words(const char *key)
{
	struct word_set s = { 0 };
	size_t fact = fact_of(key);
	uint64_t all = words_all(fact);

	for (unsigned n = 0; n < 64; n++)
		if ((all & 1ULL << n) != 0)
			add_word(&s, words_word(fact, n));
	if (strcmp(key, "basis") == 0)
		add_word(&s, "none");
	return s;
}

static struct yaml *
scalar(struct making *m, const char *text)
{
	struct yaml *v = arena_alloc(m->arena, sizeof(*v));

	if (v == NULL) {
		m->failed = true;
		return NULL;
	}
	v->kind = YAML_SCALAR;
	v->text = text;
	return v;
}

/* v becomes the words, or {not: them}; with none excluded it is "any". */
static void
become(struct making *m, struct yaml *v, const struct word_set *s)
{
	struct yaml *list = v, **end;

	if (s->n == 0) {
		v->kind = YAML_SCALAR;
		v->text = "any";
		return;
	}
	v->kind = s->negated ? YAML_MAP : YAML_LIST;
	if (s->negated) {
		list = scalar(m, "");
		if (list == NULL)
			return;
		list->kind = YAML_LIST;
		list->key = "not";
		v->child = list;
	}
	end = &list->child;
	for (size_t i = 0; i < s->n && !m->failed; i++) {
		*end = scalar(m, s->word[i]);
		if (*end != NULL)
			end = &(*end)->next;
	}
	*end = NULL;
}

/* ------------------------------------------------------------- one change */

static void
begin(struct making *m)
{
	arena_free(m->arena);
	m->failed = arena_new(&m->arena, 1 << 20) != ERR_OK || m->failed;
}

/* Without *at, which is put back. */
static void
without(struct making *m, struct yaml **at, const char *id)
{
	struct yaml *gone = *at;

	*at = gone->next;
	write_mutant(m, id);
	*at = gone;
}

static unsigned
hash_of(const char *id)
{
	unsigned h = 2166136261u;

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 16777619u;
	return h >> 8;
}

/* v with its words changed by one. */
static void
turn_word(struct making *m, struct yaml *v, const char *prefix,
    const char *word, bool add, bool *tried)
{
	struct word_set s = words_of(m, v), changed = { .negated = s.negated };
	struct yaml before = *v;
	char id[ID_MAX];

	(void)snprintf(
	    id, sizeof(id), "%s/%s%c%s", prefix, v->key, add ? '+' : '-', word);
	if (*tried && hash_of(id) % m->stride != 0)
		return;
	*tried = true;
	begin(m);
	for (size_t i = 0; i < s.n; i++)
		if (strcmp(s.word[i], word) != 0)
			add_word(&changed, s.word[i]);
	if (add != s.negated)
		add_word(&changed, word);
	if (changed.n == 0 &&
	    (!s.negated || words_form(fact_of(v->key)) == WORD_SET))
		return; /* refused when empty; of a set it drops the key */
	become(m, v, &changed);
	if (!m->failed)
		write_mutant(m, id);
	*v = before;
}

/* Every word that v does not allow, or that it does, is turned. */
static void
turn_words(struct making *m, struct yaml *v, const char *prefix, bool add)
{
	struct word_set s = words_of(m, v), all = all_words(v->key);
	bool tried = false;

	if (v->kind == YAML_SCALAR)
		return;
	for (size_t i = 0; i < all.n; i++) {
		bool allowed = has_word(&s, all.word[i]) != s.negated;

		if (allowed == add ||
		    (add && strcmp(all.word[i], "investigation") == 0 &&
			strcmp(v->key, "purpose") == 0))
			continue;
		turn_word(m, v, prefix, all.word[i], add, &tried);
	}
}

/* Any: whatever the value; no permit is for an investigation. */
static void
drop_set(struct making *m, struct yaml *v, const char *prefix)
{
	struct word_set any = { .negated = true };
	struct yaml before = *v;
	struct word_set s = words_of(m, v);

	if (v->kind == YAML_SCALAR)
		return;
	if (strcmp(v->key, "purpose") == 0) {
		if (s.negated && s.n == 1)
			return;
		add_word(&any, "investigation");
	}
	begin(m);
	become(m, v, &any);
	if (!m->failed)
		write_as(m, "%s/%s=any", prefix, v->key);
	*v = before;
}

/* ---------------------------------------------------------------- permits */

/* One more single basis is enough; one basis of a combination is not asked. */
static void
loosen_bases(struct making *m, struct yaml *v, const char *prefix)
{
	struct word_set all = all_words("bases");
	struct yaml before = *v;
	bool tried = false;
	unsigned n = 0;

	if (v->kind != YAML_LIST)
		return;
	drop_set(m, v, prefix);
	for (size_t i = 0; i < all.n; i++) {
		struct yaml *alternative, *word;
		char id[ID_MAX];
		bool there = false;

		for (const struct yaml *c = v->child; c != NULL; c = c->next)
			there = there ||
			    (c->n_child == 1 &&
				strcmp(c->child->text, all.word[i]) == 0);
		(void)snprintf(
		    id, sizeof(id), "%s/bases+%s", prefix, all.word[i]);
		if (there || (tried && hash_of(id) % m->stride != 0))
			continue;
		tried = true;
		begin(m);
		alternative = scalar(m, "");
		word = scalar(m, all.word[i]);
		if (m->failed)
			return;
		alternative->kind = YAML_LIST;
		alternative->child = word;
		alternative->next = v->child;
		v->child = alternative;
		write_mutant(m, id);
		*v = before;
	}
	for (struct yaml *c = v->child; c != NULL; c = c->next, n++)
		for (struct yaml **w = &c->child; c->n_child > 1 && *w != NULL;
		     w = &(*w)->next) {
			char id[ID_MAX];

			(void)snprintf(id, sizeof(id), "%s/bases%u-%s", prefix,
			    n + 1, (*w)->text);
			without(m, w, id);
		}
}

static bool
is_flag(const struct yaml *v)
{
	size_t fact = fact_of(v->key);

	return fact < words_count() && words_form(fact) == WORD_FLAG;
}

/* Conditions of a permit or of one of its alternatives. */
static void
change_conditions(struct making *m, struct yaml *map, const char *prefix)
{
	for (struct yaml **at = &map->child; *at != NULL; at = &(*at)->next) {
		struct yaml *v = *at;
		char id[ID_MAX];

		(void)snprintf(id, sizeof(id), "%s/-%s", prefix, v->key);
		if (strcmp(v->key, "bases") == 0) {
			loosen_bases(m, v, prefix);
		} else if (strcmp(v->key, "setting") == 0 || is_flag(v) ||
		    strcmp(v->key, "approver") == 0) {
			without(m, at, id);
		} else if (fact_of(v->key) < words_count()) {
			drop_set(m, v, prefix);
			turn_words(m, v, prefix, true);
		}
	}
}

static void
change_permit(struct making *m, struct yaml *rule)
{
	char prefix[PREFIX_MAX], id[ID_MAX];
	unsigned n = 1;

	change_conditions(m, rule, m->rule);
	for (struct yaml *e = rule->child; e != NULL; e = e->next) {
		if (strcmp(e->key, "either") != 0)
			continue;
		for (struct yaml **at = &e->child; *at != NULL;
		     at = &(*at)->next, n++) {
			(void)snprintf(
			    prefix, sizeof(prefix), "%s/%u", m->rule, n);
			change_conditions(m, *at, prefix);
			(void)snprintf(id, sizeof(id), "%s/removed", prefix);
			if (e->child->next != NULL)
				without(m, at, id);
		}
	}
}

/* ----------------------------------------------------------- prohibitions */

static void
change_clause(
    struct making *m, struct yaml *clause, const char *prefix, bool exception)
{
	for (struct yaml **at = &clause->child; *at != NULL;
	     at = &(*at)->next) {
		char id[ID_MAX];

		(void)snprintf(id, sizeof(id), "%s/-%s", prefix, (*at)->key);
		if (clause->child->next != NULL)
			without(m, at, id);
		if (is_flag(*at))
			continue;
		turn_words(m, *at, prefix, false);
		if (exception)
			turn_words(m, *at, prefix, true);
	}
}

static void
change_clauses(struct making *m, struct yaml *list, const char *what)
{
	bool exception = strcmp(what, "unless") == 0;
	char prefix[PREFIX_MAX], id[ID_MAX];
	unsigned n = 1;

	for (struct yaml **at = &list->child; *at != NULL;
	     at = &(*at)->next, n++) {
		(void)snprintf(
		    prefix, sizeof(prefix), "%s/%s%u", m->rule, what, n);
		(void)snprintf(id, sizeof(id), "%s/removed", prefix);
		if (list->child->next != NULL)
			without(m, at, id);
		change_clause(m, *at, prefix, exception);
	}
}

static void
change_prohibition(struct making *m, struct yaml *rule)
{
	for (struct yaml **at = &rule->child; *at != NULL; at = &(*at)->next) {
		char id[ID_MAX];

		if (strcmp((*at)->key, "any") == 0)
			change_clauses(m, *at, "any");
		if (strcmp((*at)->key, "unless") != 0)
			continue;
		change_clauses(m, *at, "unless");
		(void)snprintf(id, sizeof(id), "%s/-unless", m->rule);
		without(m, at, id);
	}
}

bool
mutants_make(struct yaml *table, unsigned stride, mutant_fn *each, void *arg)
{
	struct making m = { .table = table,
		.groups = child_of(table, "groups"),
		.stride = stride,
		.each = each,
		.arg = arg };
	struct yaml *rules = (struct yaml *)(uintptr_t)child_of(table, "rules");

	for (struct yaml **at = rules != NULL ? &rules->child : NULL;
	     at != NULL && *at != NULL; at = &(*at)->next) {
		const struct yaml *class = child_of(*at, "class");
		char id[ID_MAX];

		m.rule = child_of(*at, "id")->text;
		if (strcmp(class->text, "duty") == 0)
			continue;
		(void)snprintf(id, sizeof(id), "%s/removed", m.rule);
		without(&m, at, id);
		if (strcmp(class->text, "permit") == 0)
			change_permit(&m, *at);
		else
			change_prohibition(&m, *at);
	}
	arena_free(m.arena);
	return !m.failed;
}
