/*
 * SPDX-License-Identifier: MIT
 *
 * bad_files: every broken file of tests/law/bad, and every broken rule table of
 * tests/rules, is refused, and one run says
 * exactly what stands beside it in its .expect file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/config.h"
#include "daemon/common/slurp.h"
#include "daemon/law/casebook.h"
#include "daemon/law/invariants.h"
#include "tests/common/little_table.h"

#define LAW "tests/law/bad/"
#define RULES "tests/rules/" /* what is bad there is a rule table */
#define FILES_MAX 200
#define LAW_MIN 25
#define RULES_MIN 60

/* Read against a little table, which must also keep them. */
static bool
are_kept(const char *path, struct bytes text, struct problems *p)
{
	struct rules *r = rules_load(
	    "little_table", bytes_str(little_table), p);
	struct invariants *i;
	bool kept;

	assert_non_null(r);
	i = invariants_load(path, text, r, p);
	kept = i != NULL && invariants_hold(i, p);
	invariants_free(i);
	rules_free(r);
	return kept;
}

static bool
is_loaded(
    const char *kind, const char *path, struct bytes text, struct problems *p)
{
	struct config *c = NULL;
	struct rules *r = NULL;
	struct places *l = NULL;
	struct workflow *w = NULL;
	struct kommuner *k = kommuner_new();
	struct casebook *b = NULL;
	bool loaded, cases = false;

	if (strncmp(kind, "config-", 7) == 0)
		c = config_load(path, p);
	else if (strncmp(path, RULES, strlen(RULES)) == 0)
		r = rules_load(path, text, p);
	else if (strncmp(kind, "places-", 7) == 0)
		l = places_load(path, text, p);
	else if (strncmp(kind, "workflow-", 9) == 0)
		w = workflow_load(path, text, p);
	else if (strncmp(kind, "kommune-", 8) == 0)
		(void)kommuner_read(k, path, text, p);
	else if (strncmp(kind, "cases-", 6) == 0 && casebook_new(&b) == ERR_OK)
		cases = casebook_read(b, path, text, p);
	else if (strncmp(kind, "invariants-", 11) == 0)
		cases = are_kept(path, text, p);
	else
		fail_msg("%s: its name does not say what it is", path);
	loaded = c != NULL || r != NULL || l != NULL || w != NULL ||
	    kommuner_at(k, 0) != NULL || cases;
	config_free(c);
	rules_free(r);
	places_free(l);
	workflow_free(w);
	kommuner_free(k);
	casebook_free(b);
	return loaded;
}

static bool
is_refused_as_expected(const char *folder, const char *name)
{
	struct problems p = { 0 };
	struct arena *a;
	struct bytes text, expect;
	struct why why;
	char *path, *other;
	bool good;

	assert_int_equal(arena_new(&a, 1 << 20), ERR_OK);
	path = arena_printf(a, "%s%s", folder, name);
	other = arena_printf(a, "%s%.*s.expect", folder,
	    (int)(strlen(name) - strlen(".yaml")), name);
	assert_non_null(other);
	if (slurp(a, path, 1 << 18, &text, &why) != ERR_OK ||
	    slurp(a, other, 1 << 18, &expect, &why) != ERR_OK)
		fail_msg("%s: %s", name, why.text);
	good = !is_loaded(name + strlen("bad."), path, text, &p) &&
	    p.text != NULL && bytes_eq(bytes_of(p.text, p.len), expect);
	if (!good)
		print_error("%s: found\n%sexpected\n%.*s\n", path,
		    p.text != NULL ? p.text : "no problem\n", (int)expect.len,
		    (const char *)expect.data);
	problems_free(&p);
	arena_free(a);
	return good;
}

static int
is_bad_yaml(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return strncmp(d->d_name, "bad.", 4) == 0 && n > 9 &&
	    strcmp(d->d_name + n - 5, ".yaml") == 0;
}

static void
each_is_refused(const char *folder, int least)
{
	struct dirent **file;
	int n = scandir(folder, &file, is_bad_yaml, alphasort);
	size_t wrong = 0;

	assert_true(n >= least && n < FILES_MAX);
	for (int i = 0; i < n; i++) {
		wrong += !is_refused_as_expected(folder, file[i]->d_name);
		free(file[i]);
	}
	free(file);
	assert_int_equal(wrong, 0);
}

static void
each_is_refused_with_all_its_faults(void **state)
{
	(void)state;
	each_is_refused(LAW, LAW_MIN);
}

static void
each_rule_table_is_refused_with_all_its_faults(void **state)
{
	(void)state;
	each_is_refused(RULES, RULES_MIN);
}

/* The time from which each holds is the same, and counts once. */
static void
as_many_invariants_as_are_allowed_are_read(void **state)
{
	struct problems p = { 0 };
	struct rules *r = rules_load(
	    "little_table", bytes_str(little_table), &p);
	struct invariants *i;
	struct arena *a;
	char *text;

	(void)state;
	assert_non_null(r);
	assert_int_equal(arena_new(&a, 16 << 20), ERR_OK);
	text = arena_printf(
	    a, "version: 1\nvalid_from: 2024-01-01T00:00:00Z\ninvariants:\n");
	for (int n = 0; n < 256; n++)
		text = arena_printf(a,
		    "%s  - {id: I%02d%c, text_en: x, text_da: x, "
		    "never: [park], when: [{kind: [concern]}]}\n",
		    text, n % 100, "abc"[n / 100]);
	assert_non_null(text);
	i = invariants_load("many", bytes_str(text), r, &p);
	if (i == NULL)
		fail_msg("%s", p.text);
	assert_int_equal(invariants_count(i), 256);
	invariants_free(i);
	arena_free(a);
	rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_refused_with_all_its_faults),
		cmocka_unit_test(
		    each_rule_table_is_refused_with_all_its_faults),
		cmocka_unit_test(as_many_invariants_as_are_allowed_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
