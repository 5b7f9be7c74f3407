/*
 * SPDX-License-Identifier: MIT
 *
 * kommuner: what is switched on in a kommune, from the shipped files; and
 * whose settings count for a message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/common/slurp.h"
#include "daemon/law/kommuner.h"
#include "daemon/law/rules.h"

struct bench {
	struct arena *arena;
	struct kommuner *k;
};

static int
setup(void **state)
{
	static const char *const file[] = { "config/kommuner/0101.yaml",
		"config/kommuner/0183.yaml", "config/kommuner/0860.yaml" };
	static struct bench b;
	struct problems p = { 0 };
	struct bytes text;
	struct why why;

	assert_int_equal(arena_new(&b.arena, 1 << 20), ERR_OK);
	b.k = kommuner_new();
	assert_non_null(b.k);
	for (size_t i = 0; i < 3; i++)
		if (slurp(b.arena, file[i], 1 << 16, &text, &why) != ERR_OK ||
		    !kommuner_read(b.k, file[i], text, &p))
			fail_msg("%s: %s", file[i], p.text);
	*state = &b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	kommuner_free(b->k);
	arena_free(b->arena);
	return 0;
}

#define BIT(NAME) (1u << SETTING_##NAME)

static void
the_shipped_files_say_what_the_plans_say(void **state)
{
	struct bench *b = *state;

	assert_int_equal(
	    kommuner_settings(b->k, "0101"), BIT(PROGRESS_REPORTS));
	assert_int_equal(kommuner_settings(b->k, "0183"), 0);
	assert_int_equal(kommuner_settings(b->k, "0860"),
	    BIT(REGIONAL_NOTICE) | BIT(CONNECT_ADULT) | BIT(SSP_MINOR) |
		BIT(STAFF_FEEDBACK) | BIT(LEADER_NOTICE) | BIT(JOURNAL_NOTE) |
		BIT(CRISIS_TEAM));
	assert_string_equal(kommuner_at(b->k, 0)->code, "0101");
	assert_int_equal(kommuner_at(b->k, 0)->line, 6);
	assert_string_equal(
	    kommuner_at(b->k, 2)->file, "config/kommuner/0860.yaml");
	assert_null(kommuner_at(b->k, 3));
}

static void
without_a_file_everything_is_off(void **state)
{
	struct bench *b = *state;

	assert_int_equal(kommuner_settings(b->k, "0751"), 0);
	assert_int_equal(kommuner_settings(b->k, ""), 0);
	assert_int_equal(kommuner_settings(b->k, NULL), 0);
	assert_int_equal(kommuner_settings(NULL, "0860"), 0);
}

static void
the_kommune_that_acts_counts_before_the_one_lived_in(void **state)
{
	struct bench *b = *state;
	PbGrounds g = PB_GROUNDS__INIT;
	char hjoerring[] = "0860", koebenhavn[] = "0101";

	assert_int_equal(kommuner_settings_for(b->k, &g), 0);
	g.bopaelskommune = koebenhavn;
	assert_int_equal(
	    kommuner_settings_for(b->k, &g), BIT(PROGRESS_REPORTS));
	g.handlekommune = hjoerring;
	assert_true(kommuner_settings_for(b->k, &g) & BIT(CRISIS_TEAM));
	assert_false(kommuner_settings_for(b->k, &g) & BIT(PROGRESS_REPORTS));
	g.bopaelskommune = NULL;
	assert_true(kommuner_settings_for(b->k, &g) & BIT(CRISIS_TEAM));
}

static void
a_text_names_its_kommune_before_it_is_read(void **state)
{
	static const char *const none[] = { "", "kommune: [\"0101\"]\n",
		"kommune: 101\n", "kommune: \"01010\"\n", "- kommune\n", "[",
		"code: \"0101\"\n" };
	char code[KOMMUNE_CODE] = "";

	(void)state;
	assert_true(
	    kommuner_code(bytes_str("x: 1\nkommune: \"0860\"\n"), code));
	assert_string_equal(code, "0860");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(kommuner_code(bytes_str(none[i]), code));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_files_say_what_the_plans_say),
		cmocka_unit_test(without_a_file_everything_is_off),
		cmocka_unit_test(
		    the_kommune_that_acts_counts_before_the_one_lived_in),
		cmocka_unit_test(a_text_names_its_kommune_before_it_is_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
