/*
 * SPDX-License-Identifier: MIT
 *
 * yaml: marks, schema and what is refused, each with its full text; and that
 * one run tells everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/law/yaml.h"

#define SEED UINT64_C(20261122)

struct fixture {
	struct arena *arena;
	struct problems p;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL || arena_new(&f->arena, YAML_ARENA) != ERR_OK)
		return -1;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	problems_free(&f->p);
	arena_free(f->arena);
	free(f);
	return 0;
}

static struct yaml *
parse(struct fixture *f, const char *text)
{
	return yaml_parse(f->arena, "f", bytes_str(text), &f->p);
}

static void
every_value_keeps_its_mark(void **state)
{
	struct fixture *f = *state;
	struct yaml *y = parse(f,
	    "# comment\n"
	    "one: 1\n"
	    "list:\n"
	    "  - \"two\"\n"
	    "  - {three: æøå, four: []}\n");
	struct yaml *list, *map;

	assert_non_null(y);
	assert_int_equal(f->p.count, 0);
	assert_int_equal(y->kind, YAML_MAP);
	assert_int_equal(y->n_child, 2);
	assert_string_equal(y->child->key, "one");
	assert_string_equal(y->child->text, "1");
	assert_false(y->child->quoted);
	assert_int_equal(y->child->line, 2);
	assert_int_equal(y->child->column, 6);
	assert_int_equal(y->child->key_column, 1);
	list = y->child->next;
	assert_int_equal(list->kind, YAML_LIST);
	assert_int_equal(list->n_child, 2);
	assert_string_equal(list->child->text, "two");
	assert_true(list->child->quoted);
	map = list->child->next;
	assert_int_equal(map->line, 5);
	assert_int_equal(map->column, 5);
	assert_string_equal(map->child->text, "æøå");
	/* Columns count characters, so a letter of two bytes is one. */
	assert_int_equal(map->child->next->column, 24);
	assert_int_equal(map->child->next->kind, YAML_LIST);
	assert_int_equal(map->child->next->n_child, 0);
	assert_null(list->next);
}

static const struct {
	const char *says, *text, *told;
	bool tree; /* the rest can still be looked at */
} refused[] = {
	{ "An empty file holds nothing", "",
	    "f:1:1: found nothing, expected a map\n", false },
	{ "Only comments are nothing too", "# nothing\n",
	    "f:1:1: found nothing, expected a map\n", false },
	{ "An anchor makes one value stand in two places", "a: &x 1\n",
	    "f:1:4: found the anchor \"x\", expected a plain value\n", true },
	{ "so does its alias", "a: &x 1\nb: *x\n",
	    "f:1:4: found the anchor \"x\", expected a plain value\n"
	    "f:2:4: found an alias, expected the value itself\n",
	    true },
	{ "A tag lets a value claim to be something else", "a: !!int 1\n",
	    "f:1:4: found the tag \"tag:yaml.org,2002:int\", expected a "
	    "plain value\n",
	    true },
	{ "on a list as well", "a: !mine [1]\n",
	    "f:1:4: found the tag \"!mine\", expected a plain value\n", true },
	{ "A key stands once", "a: 1\nb: 2\na: 3\n",
	    "f:3:1: found the key \"a\" again, expected it once (it stands "
	    "in line 1)\n",
	    true },
	{ "also in a map within a list", "- {k: 1, k: 2}\n",
	    "f:1:10: found the key \"k\" again, expected it once (it stands "
	    "in line 1)\n",
	    true },
	{ "A file is one document", "a: 1\n---\nb: 2\n",
	    "f:2:1: found a second document, expected one\n", false },
	{ "A key is a word", "[a, b]: 1\n",
	    "f:1:1: found a list as a key, expected a word\n", false },
	{ "Broken YAML is told where", "a: [1, 2\nb: 3\n",
	    "f:2:2: found broken YAML (did not find expected ',' or ']'), "
	    "expected one YAML document\n",
	    false },
	{ "A tab does not indent", "a:\n\t- 1\n",
	    "f:2:1: found broken YAML (found character that cannot start "
	    "any token), expected one YAML document\n",
	    false },
	{ "No control characters", "a: \"\\x07\"\nb: \"\\0\"\n",
	    "f:1:4: found text with a control character, expected clean "
	    "UTF-8\n"
	    "f:2:4: found text with a control character, expected clean "
	    "UTF-8\n",
	    true },
	{ "Bytes that are not UTF-8 are told by line", "a: 1\nb: \xff\n",
	    "f:2:4: found broken YAML (invalid leading UTF-8 octet), "
	    "expected one YAML document\n",
	    false },
	{ "Depth has an end", "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n",
	    "f:1:17: found nesting deeper than 16, expected less\n", false },
};

static void
what_is_refused(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct yaml *y = parse(f, refused[i].text);

		if (f->p.text == NULL ||
		    strcmp(f->p.text, refused[i].told) != 0 ||
		    (y != NULL) != refused[i].tree)
			fail_msg("%s: found %s", refused[i].says,
			    f->p.text != NULL ? f->p.text : "nothing");
		problems_free(&f->p);
	}
}

static void
size_and_number_have_an_end(void **state)
{
	struct fixture *f = *state;
	size_t n = YAML_SIZE_MAX + 1;
	char *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, '#', n);
	assert_null(yaml_parse(f->arena, "f", bytes_of(text, n), &f->p));
	assert_string_equal(
	    f->p.text, "f: found 8388609 bytes, expected at most 8388608\n");
	problems_free(&f->p);
	for (size_t i = 0; i <= YAML_CHILDREN_MAX; i++)
		memcpy(text + 4 * i, "- 1\n", 4);
	assert_null(yaml_parse(
	    f->arena, "f", bytes_of(text, 4 * (YAML_CHILDREN_MAX + 1)), &f->p));
	assert_string_equal(f->p.text,
	    "f:16385:3: found more than 16384 items, expected fewer\n");
	free(text);
}

static void
too_little_memory_is_a_problem(void **state)
{
	struct fixture *f = *state;
	struct arena *small;

	assert_int_equal(arena_new(&small, 600), ERR_OK);
	assert_null(yaml_parse(small, "f",
	    bytes_str("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]\n"), &f->p));
	assert_int_equal(f->p.count, 1);
	assert_non_null(strstr(f->p.text, "more than there is memory for"));
	arena_free(small);
}

static const struct yaml_key keys[] = {
	{ "name", YAML_SCALAR, true, "what it is called" },
	{ "items", YAML_LIST, true, "what is in it" },
	{ "more", YAML_MAP, false, "whatever else" },
	{ "free", YAML_ANY, false, "of any form" },
};

static void
one_run_tells_all(void **state)
{
	struct fixture *f = *state;
	const struct yaml *value[4];
	struct yaml *y = parse(f, "nmae: x\nitems: 7\nmore: [1]\nfree: {}\n");

	assert_non_null(y);
	assert_false(yaml_map(y, "f", keys, 4, value, &f->p));
	assert_int_equal(f->p.count, 4);
	assert_string_equal(f->p.text,
	    "f:1:1: found the key \"nmae\", expected one of: name, items, "
	    "more, free\n"
	    "f:2:8: found one value for \"items\", expected a list: what is "
	    "in it\n"
	    "f:3:7: found a list for \"more\", expected a map: whatever "
	    "else\n"
	    "f:1:1: found no \"name\", expected it: what it is called\n");
	assert_null(value[0]);
	assert_null(value[1]);
	assert_null(value[2]);
	assert_non_null(value[3]);
	problems_free(&f->p);
	assert_false(yaml_map(value[3], "f", keys, 2, value, &f->p));
	assert_int_equal(f->p.count, 2);
	problems_free(&f->p);
	y = parse(f, "[1]");
	assert_false(yaml_map(y, "f", keys, 4, value, &f->p));
	assert_string_equal(f->p.text,
	    "f:1:1: found a list, expected a map, each key one of: name, "
	    "items, more, "
	    "free\n");
	problems_free(&f->p);
	y = parse(f, "{name: x, items: []}");
	assert_true(yaml_map(y, "f", keys, 4, value, &f->p));
	assert_int_equal(f->p.count, 0);
}

static void
values_are_read_strictly(void **state)
{
	struct fixture *f = *state;
	static const char *const bad_number[] = { "", "-1", "+1", " 1x", "1.0",
		"0x10", "18446744073709551616", "9", "101" };
	struct yaml v = { .kind = YAML_SCALAR, .line = 3, .column = 4 };
	uint64_t n = 7;
	bool flag;
	const char *text;

	for (size_t i = 0; i < sizeof(bad_number) / sizeof(*bad_number); i++) {
		v.text = bad_number[i];
		assert_false(yaml_number(&v, "f", 10, 100, &n, &f->p));
		assert_int_equal(f->p.count, i + 1);
	}
	assert_int_equal(n, 7);
	problems_free(&f->p);
	v.text = "100";
	assert_true(yaml_number(&v, "f", 10, 100, &n, &f->p));
	assert_int_equal(n, 100);
	assert_false(yaml_flag(&v, "f", &flag, &f->p));
	assert_false(yaml_time(&v, "f", &n, &f->p));
	v.text = "two\nlines";
	assert_false(yaml_text(&v, "f", 20, &text, &f->p));
	v.kind = YAML_LIST;
	assert_false(yaml_number(&v, "f", 1, 2, &n, &f->p));
	assert_string_equal(f->p.text,
	    "f:3:4: found \"100\", expected true or false\n"
	    "f:3:4: found \"100\", expected a time such as "
	    "2026-12-31T23:00:00Z\n"
	    "f:3:4: found \"two lines\", expected one line of text, at most "
	    "20 bytes\n"
	    "f:3:4: found a list, expected a number from 1 to 2\n");
	/* What is not there was told before. */
	assert_false(yaml_number(NULL, "f", 1, 2, &n, &f->p));
	assert_int_equal(f->p.count, 4);
}

static void
quoting_cuts_between_characters(void **state)
{
	char out[YAML_QUOTE], text[60 * 2 + 1] = "";

	(void)state;
	for (size_t i = 0; i < 60; i++)
		memcpy(text + 2 * i, "æ", 2);
	(void)yaml_quote(out, text);
	assert_true(strlen(out) < YAML_QUOTE);
	assert_true(text_is_clean(bytes_str(out), false));
	assert_string_equal(out + strlen(out) - 4, "...\"");
}

/* Whatever the bytes are: a tree or a problem, never both missing. */
static void
random_bytes_do_no_harm(void **state)
{
	static const char alphabet[] = "ab:- \n[]{},\"'#&*!|>%@\t0\xc3\xa6\xff";
	uint64_t seed = SEED;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)SEED);
	for (int round = 0; round < 4000; round++) {
		struct problems p = { 0 };
		struct arena *a;
		char text[48];
		size_t n = 0;

		for (; n < sizeof(text); n++) {
			seed = seed * UINT64_C(6364136223846793005) +
			    UINT64_C(1442695040888963407);
			text[n] =
			    alphabet[(seed >> 33) % (sizeof(alphabet) - 1)];
		}
		assert_int_equal(arena_new(&a, 1 << 20), ERR_OK);
		if (yaml_parse(a, "f", bytes_of(text, n), &p) == NULL)
			assert_true(p.count > 0);
		problems_free(&p);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    every_value_keeps_its_mark, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    size_and_number_have_an_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    too_little_memory_is_a_problem, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    one_run_tells_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    values_are_read_strictly, set_up, tear_down),
		cmocka_unit_test(quoting_cuts_between_characters),
		cmocka_unit_test(random_bytes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
