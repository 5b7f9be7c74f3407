/*
 * SPDX-License-Identifier: MIT
 *
 * mutate: are the cases and invariants of the law good enough to notice a
 * careless change of the table? Every rule is changed in turn (mutants.h);
 * cases and invariants must catch 95 of 100. What survives stands with its
 * reason in survivors.txt, and nothing else may.
 *
 *	build/tests/mutate [--all] [--print] TABLE INVARIANTS SURVIVORS CASES...
 *
 * --all changes every set by every word, not by the first and then one in
 * STRIDE of them; then the share alone decides. --print lists every mutant
 * and what became of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/slurp.h"
#include "daemon/law/casebook.h"
#include "daemon/law/invariants.h"
#include "daemon/law/space.h"
#include "mutants.h"

#define STRIDE 12     /* some 3,000 mutants, half a minute */
#define CAUGHT_MIN 95 /* of 100 */
#define FILE_MAX (1 << 20)
#define RULES_MAX 512
#define LISTED_MAX 2000
#define JUDGED_AT UINT64_C(1795255200000) /* 2026-11-21T10:00:00Z */

enum fate { REFUSED, BY_CASE, BY_INVARIANT, EQUIVALENT, SURVIVED, FATE_COUNT };

static const char *const fate_words[FATE_COUNT] = { "no table at all",
	"caught by a case", "caught by an invariant", "the same law",
	"survived" };

struct listed { /* a line of survivors.txt */
	const char *id;
	unsigned line;
	bool met; /* and survived, or is the same law */
	bool caught;
};

struct trial {
	struct arena *arena;
	const char *table_name, *invariants_name, *survivors_name;
	struct bytes table, invariants;
	struct casebook *book;
	struct rules *original;
	bool print, all;
	/* The case that caught the last mutant: the next one's, likely. */
	const struct rulecase *last;
	struct listed listed[LISTED_MAX];
	size_t n_listed;
	size_t fate[FATE_COUNT], unlisted;
};

/* ------------------------------------------------------------------ fates */

static bool
case_holds(const struct rulecase *c, const struct rules *r)
{
	struct judgement j;

	judge(r, &c->facts, c->at_ms, &j);
	return rulecase_agrees(c, &j);
}

/* What is said of the changed rule is looked at first. */
static const struct rulecase *
case_against(struct trial *t, const struct rules *r, const char *rule)
{
	if (t->last != NULL && !case_holds(t->last, r))
		return t->last;
	for (const struct rulecase *c = casebook_first(t->book); c != NULL;
	     c = c->next)
		if (c->of != NULL && strcmp(c->of, rule) == 0 &&
		    !case_holds(c, r))
			return t->last = c;
	for (const struct rulecase *c = casebook_first(t->book); c != NULL;
	     c = c->next)
		if (!case_holds(c, r))
			return t->last = c;
	return NULL;
}

static bool
breaks_invariant(struct trial *t, const struct rules *r)
{
	struct problems p = { 0 };
	struct invariants *i = invariants_load(
	    t->invariants_name, t->invariants, r, &p);
	bool broken = i == NULL || !invariants_hold(i, &p);

	invariants_free(i);
	problems_free(&p);
	return broken;
}

/* Is there a message that comes out otherwise? Unknown is yes. */
static bool
is_other_law(struct trial *t, const struct rules *r)
{
	static const unsigned outcome[] = { SPACE_PERMIT, SPACE_PARK,
		SPACE_REFUSE };
	struct space *s = space_new(t->original, r, JUDGED_AT);
	bool other = s == NULL;

	for (size_t i = 0; !other && i < 3; i++) {
		struct space_question q = space_ask();
		struct space_answer answer = { .found = true };

		q.want[0].outcome = outcome[i];
		q.want[1].outcome = SPACE_WHATEVER & ~outcome[i];
		other = space_find(s, &q, &answer) != ERR_OK || answer.found;
	}
	space_free(s);
	return other;
}

static enum fate
fate_of(struct trial *t, const char *rule, struct bytes text)
{
	struct problems p = { 0 };
	struct rules *r = rules_load("mutant", text, &p);
	enum fate fate;

	if (r == NULL)
		fate = REFUSED;
	else if (case_against(t, r, rule) != NULL)
		fate = BY_CASE;
	else if (breaks_invariant(t, r))
		fate = BY_INVARIANT;
	else
		fate = is_other_law(t, r) ? SURVIVED : EQUIVALENT;
	rules_free(r);
	problems_free(&p);
	return fate;
}

static struct listed *
listed_as(struct trial *t, const char *id)
{
	for (size_t i = 0; i < t->n_listed; i++)
		if (strcmp(t->listed[i].id, id) == 0)
			return &t->listed[i];
	return NULL;
}

static void
try_mutant(void *arg, const char *id, const char *rule, struct bytes text)
{
	struct trial *t = arg;
	struct listed *l = listed_as(t, id);
	enum fate fate = fate_of(t, rule, text);

	t->fate[fate]++;
	if (t->print)
		printf("%s: %s\n", id, fate_words[fate]);
	if (l != NULL) {
		l->met = fate >= EQUIVALENT;
		l->caught = !l->met;
	} else if (fate == SURVIVED && !t->all) {
		printf("NOT OK: %s survived; expected a case or an invariant "
		       "that notices it, or its reason in %s\n",
		    id, t->survivors_name);
		t->unlisted++;
	}
}

/* ------------------------------------------------------------------ files */

static bool
read_file(struct trial *t, const char *file, struct bytes *out)
{
	struct why why;

	if (slurp(t->arena, file, FILE_MAX, out, &why) == ERR_OK)
		return true;
	fprintf(stderr, "mutate: %s\n", why.text);
	return false;
}

/* "ID: reason", a line each; # begins a comment. */
static bool
read_survivors(struct trial *t)
{
	struct bytes text;
	char *at, *next;
	unsigned line = 1;

	if (!read_file(t, t->survivors_name, &text))
		return false;
	at = arena_printf(
	    t->arena, "%.*s", (int)text.len, (const char *)text.data);
	for (; at != NULL && *at != '\0'; at = next, line++) {
		char *colon, *end = at + strcspn(at, "\n");

		next = end + (*end != '\0');
		*end = '\0';
		if (*at == '#' || *at == '\0')
			continue;
		colon = strstr(at, ": ");
		if (colon == NULL || t->n_listed == LISTED_MAX) {
			fprintf(stderr,
			    "%s:%u: found no reason, expected "
			    "ID: REASON\n",
			    t->survivors_name, line);
			return false;
		}
		*colon = '\0';
		t->listed[t->n_listed++] = (struct listed){ at, line, false,
			false };
	}
	return at != NULL;
}

static bool
read_all(struct trial *t, char **file, struct problems *p)
{
	struct bytes text;

	t->table_name = *file++;
	t->invariants_name = *file++;
	t->survivors_name = *file++;
	if (!read_file(t, t->table_name, &t->table) ||
	    !read_file(t, t->invariants_name, &t->invariants) ||
	    !read_survivors(t))
		return false;
	t->original = rules_load(t->table_name, t->table, p);
	for (; *file != NULL; file++)
		if (!read_file(t, *file, &text) ||
		    !casebook_read(t->book, *file, text, p))
			return false;
	return t->original != NULL;
}

/* ----------------------------------------------------------------- result */

static bool
report(struct trial *t)
{
	size_t caught = t->fate[REFUSED] + t->fate[BY_CASE] +
	    t->fate[BY_INVARIANT];
	size_t counted = caught + t->fate[SURVIVED];
	size_t stale = 0;

	for (size_t i = 0; i < t->n_listed; i++)
		if (t->listed[i].caught || (t->all && !t->listed[i].met)) {
			printf("NOT OK: %s:%u: %s %s; expected only what "
			       "survives\n",
			    t->survivors_name, t->listed[i].line,
			    t->listed[i].id,
			    t->listed[i].caught ? "is caught" : "is no mutant");
			stale++;
		}
	for (int i = 0; i < FATE_COUNT; i++)
		printf("%6zu %s\n", t->fate[i], fate_words[i]);
	printf("%zu of %zu that change the law are caught, %.1f %%\n", caught,
	    counted,
	    counted > 0 ? 100.0 * (double)caught / (double)counted : 0);
	if (caught * 100 >= counted * CAUGHT_MIN && counted > 0)
		return t->unlisted == 0 && stale == 0;
	printf("NOT OK: too few are caught; expected %d %%\n", CAUGHT_MIN);
	return false;
}

static bool
run(struct trial *t)
{
	struct arena *parse;
	struct problems p = { 0 };
	struct yaml *table;
	bool good;

	if (case_against(t, t->original, "") != NULL) {
		printf("NOT OK: %s:%u: the table as it is does not pass\n",
		    t->last->file, t->last->line);
		return false;
	}
	if (arena_new(&parse, YAML_ARENA) != ERR_OK)
		return false;
	table = yaml_parse(parse, t->table_name, t->table, &p);
	good = table != NULL &&
	    mutants_make(table, t->all ? 1 : STRIDE, try_mutant, t) &&
	    report(t);
	problems_free(&p);
	arena_free(parse);
	return good;
}

int
main(int argc, char **argv)
{
	static struct trial t;
	struct problems p = { 0 };
	bool good;

	for (argv++; *argv != NULL && strncmp(*argv, "--", 2) == 0; argv++) {
		t.all = t.all || strcmp(*argv, "--all") == 0;
		t.print = t.print || strcmp(*argv, "--print") == 0;
	}
	if (argc < 5 || argv[0] == NULL || argv[1] == NULL || argv[2] == NULL ||
	    argv[3] == NULL) {
		fprintf(stderr,
		    "usage: mutate [--all] [--print] TABLE "
		    "INVARIANTS SURVIVORS CASES...\n");
		return 2;
	}
	if (arena_new(&t.arena, 64 * FILE_MAX) != ERR_OK ||
	    casebook_new(&t.book) != ERR_OK)
		return 3;
	good = read_all(&t, argv, &p);
	if (p.text != NULL)
		fprintf(stderr, "%s", p.text);
	good = good && run(&t);
	rules_free(t.original);
	casebook_free(t.book);
	problems_free(&p);
	arena_free(t.arena);
	return good ? 0 : 1;
}
