/*
 * SPDX-License-Identifier: MIT
 *
 * words: every fact can be said and read in words, and no two share a place.
 */
#include "scratch.h"

#include "daemon/law/table.h"
#include "daemon/law/words.h"

/* Two facts in one place, or one without a place, would show here. */
static void
each_fact_has_its_own_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < words_count(); i++) {
		uint64_t all = words_all(i);
		unsigned n = 63;
		struct facts f = { 0 };
		struct why why;

		while ((all & 1ULL << n) == 0)
			n--;
		assert_err(words_set(&f, i, words_word(i, n), &why), ERR_OK);
		for (size_t k = 0; k < words_count(); k++)
			if (k != i && words_get(&f, k) != 0)
				fail_msg("%s also says %s", words_name(i),
				    words_name(k));
		assert_int_equal(words_get(&f, i),
		    words_form(i) == WORD_SET ? 1ULL << n : n);
		words_clear(&f, i);
		assert_int_equal(words_get(&f, i), 0);
	}
}

static void
every_word_of_every_fact_is_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < words_count(); i++)
		for (unsigned n = 0; n < 64; n++) {
			struct facts f = { 0 };
			char text[1200];
			struct why why;

			if ((words_all(i) & 1ULL << n) == 0)
				continue;
			assert_string_not_equal(words_word(i, n), "?");
			assert_string_not_equal(words_danish(i, n), "?");
			if (words_set(&f, i, words_word(i, n), &why) != ERR_OK)
				fail_msg("%s", why.text);
			words_text(&f, i, text, sizeof(text));
			assert_string_equal(text, words_word(i, n));
		}
}

static void
names_are_those_of_the_table(void **state)
{
	(void)state;
	assert_int_equal(words_count(), FIELD_COUNT + FLAG_COUNT + 4);
	for (size_t i = 0; i < words_count(); i++)
		assert_int_equal(words_find(words_name(i)), i);
	assert_string_equal(
	    words_name(words_find("socially-exposed")), "socially_exposed");
	assert_int_equal(words_find("weather"), words_count());
	assert_int_equal(words_find("kin"), words_count());
}

static void
sets_grow_and_are_emptied(void **state)
{
	struct facts f = { 0 };
	size_t carries = words_find("carries");
	char text[1200];
	struct why why;

	(void)state;
	words_text(&f, carries, text, sizeof(text));
	assert_string_equal(text, "none");
	assert_err(words_set(&f, carries, "d6", &why), ERR_OK);
	assert_err(words_set(&f, carries, "identity", &why), ERR_OK);
	words_text(&f, carries, text, sizeof(text));
	assert_string_equal(text, "identity, d6");
	assert_err(words_set(&f, carries, "none", &why), ERR_OK);
	assert_int_equal(f.categories, 0);
}

static void
a_wrong_word_is_told_with_all_that_would_do(void **state)
{
	struct facts f = { .ksp = KSP_VALID_A };
	struct why why;

	(void)state;
	assert_err(words_set(&f, words_find("ksp"), "d", &why), ERR_INVALID);
	assert_string_equal(why.text,
	    "ksp: found d, expected one of: none, a, b, c, out_of_window, "
	    "b_not_minor, c_no_judgement");
	assert_int_equal(f.ksp, KSP_VALID_A);
	assert_err(
	    words_set(&f, words_find("has_case"), "yes", &why), ERR_INVALID);
	assert_string_equal(
	    why.text, "has_case: found yes, expected one of: false, true");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fact_has_its_own_place),
		cmocka_unit_test(every_word_of_every_fact_is_understood),
		cmocka_unit_test(names_are_those_of_the_table),
		cmocka_unit_test(sets_grow_and_are_emptied),
		cmocka_unit_test(a_wrong_word_is_told_with_all_that_would_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
