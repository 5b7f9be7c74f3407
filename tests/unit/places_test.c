/*
 * SPDX-License-Identifier: MIT
 *
 * places: the 98 kommuner as they are, and their regions over New Year 2027.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/common/slurp.h"
#include "daemon/law/places.h"

#define TODAY UINT64_C(1795255200000)  /* 2026-11-21T10:00:00Z */
#define SWITCH UINT64_C(1798758000000) /* 2026-12-31T23:00:00Z */

static struct arena *arena;

static int
load(void **state)
{
	struct problems p = { 0 };
	struct bytes text;
	struct why why;

	if (arena_new(&arena, 1 << 20) != ERR_OK ||
	    slurp(arena, "config/places.yaml", 1 << 19, &text, &why) != ERR_OK)
		return -1;
	*state = places_load("config/places.yaml", text, &p);
	if (p.count > 0)
		print_error("%s", p.text);
	problems_free(&p);
	return *state != NULL ? 0 : -1;
}

static int
unload(void **state)
{
	places_free(*state);
	arena_free(arena);
	return 0;
}

static void
there_are_98_in_code_order(void **state)
{
	const struct places *p = *state;

	assert_int_equal(places_count(p), 98);
	assert_string_equal(places_at(p, 0), "0101");
	assert_string_equal(places_at(p, 97), "0860");
	assert_null(places_at(p, 98));
	for (size_t i = 1; i < 98; i++)
		assert_true(strcmp(places_at(p, i - 1), places_at(p, i)) < 0);
	assert_string_equal(places_kommune_name(p, "0101"), "København");
	assert_string_equal(places_kommune_name(p, "0860"), "Hjørring");
}

static void
every_kommune_has_both_at_all_times(void **state)
{
	static const uint64_t when[] = { 0, TODAY, SWITCH - 1, SWITCH,
		UINT64_C(4102444800000) };
	const struct places *p = *state;

	for (size_t i = 0; i < places_count(p); i++)
		for (size_t t = 0; t < sizeof(when) / sizeof(when[0]); t++) {
			const char *k = places_at(p, i);

			assert_non_null(places_politikreds(p, k, when[t]));
			assert_non_null(places_region(p, k, when[t]));
		}
}

static size_t
count(const struct places *p, uint64_t at_ms, const char *code,
    const char *(*of)(const struct places *, const char *, uint64_t))
{
	size_t n = 0;

	for (size_t i = 0; i < places_count(p); i++)
		n += strcmp(of(p, places_at(p, i), at_ms), code) == 0;
	return n;
}

static void
the_twelve_districts_have_their_sizes(void **state)
{
	static const struct {
		const char *code;
		size_t kommuner;
	} kreds[] = { { "1460", 9 }, { "1461", 7 }, { "1462", 11 },
		{ "1463", 7 }, { "1464", 8 }, { "1465", 10 }, { "1466", 7 },
		{ "1467", 10 }, { "1468", 13 }, { "1469", 11 }, { "1470", 4 },
		{ "1471", 1 } };
	size_t all = 0;

	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(
		    count(*state, TODAY, kreds[i].code, places_politikreds),
		    kreds[i].kommuner);
		all += kreds[i].kommuner;
	}
	assert_int_equal(all, 98);
}

static void
the_regions_have_their_sizes(void **state)
{
	static const struct {
		const char *code;
		size_t before, after;
	} region[] = { { "1081", 11, 11 }, { "1082", 19, 19 },
		{ "1083", 22, 22 }, { "1084", 29, 0 }, { "1085", 17, 0 },
		{ "oestdanmark", 0, 46 } };

	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(
		    count(*state, SWITCH - 1, region[i].code, places_region),
		    region[i].before);
		assert_int_equal(
		    count(*state, SWITCH, region[i].code, places_region),
		    region[i].after);
	}
}

static void
a_district_is_not_a_region(void **state)
{
	const struct places *p = *state;

	/* Morsø and Thisted: Region Nordjylland, police from mid Jutland. */
	assert_string_equal(places_region(p, "0773", TODAY), "1081");
	assert_string_equal(places_politikreds(p, "0773", TODAY), "1462");
	assert_string_equal(places_region(p, "0787", TODAY), "1081");
	assert_string_equal(places_politikreds(p, "0787", TODAY), "1462");
	/* Horsens: police from south-east Jutland, Region Midtjylland. */
	assert_string_equal(places_region(p, "0615", TODAY), "1082");
	assert_string_equal(places_politikreds(p, "0615", TODAY), "1463");
	/* Dragør: Copenhagen's police; Ishøj: the western district's. */
	assert_string_equal(places_politikreds(p, "0155", TODAY), "1470");
	assert_string_equal(places_politikreds(p, "0183", TODAY), "1469");
}

static void
the_east_changes_region_at_midnight(void **state)
{
	const struct places *p = *state;

	assert_string_equal(places_region(p, "0101", SWITCH - 1), "1084");
	assert_string_equal(places_region(p, "0101", SWITCH), "oestdanmark");
	assert_string_equal(places_region(p, "0360", SWITCH - 1), "1085");
	assert_string_equal(places_region(p, "0360", SWITCH), "oestdanmark");
	assert_string_equal(places_region(p, "0400", SWITCH), "oestdanmark");
	assert_string_equal(places_region(p, "0461", SWITCH), "1083");
	/* Police do not move with it. */
	assert_string_equal(places_politikreds(p, "0101", SWITCH), "1470");
}

static void
what_is_no_kommune_has_no_place(void **state)
{
	static const char *const bad[] = { "", "101", "0999", "00101", "0102",
		" 0101", "0101 ", "01O1", "-101", "1084", "1470", "oestdanmark",
		"København" };
	const struct places *p = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(places_has_kommune(p, bad[i]));
		assert_null(places_kommune_name(p, bad[i]));
		assert_null(places_politikreds(p, bad[i], TODAY));
		assert_null(places_region(p, bad[i], TODAY));
	}
	assert_false(places_has_kommune(p, NULL));
	assert_true(places_has_kommune(p, "0101"));
}

/* An entry with its own times narrows what its region or district gives. */
static void
a_kommune_may_move(void **state)
{
	static const char text[] =
	    "version: 1\n"
	    "regions: [{code: r, name: R}]\n"
	    "politikredse: [{code: a, name: A}, {code: b, name: B}]\n"
	    "kommuner:\n"
	    "  - code: \"0101\"\n"
	    "    name: K\n"
	    "    region: {code: r, from: 1970-01-01T00:00:01Z}\n"
	    "    politikreds: [{code: a, to: 2026-12-31T23:00:00Z},\n"
	    "                  {code: b, from: 2026-12-31T23:00:00Z}]\n";
	struct problems p = { 0 };
	struct places *places = places_load("t", bytes_str(text), &p);

	(void)state;
	assert_non_null(places);
	assert_string_equal(
	    places_politikreds(places, "0101", SWITCH - 1), "a");
	assert_string_equal(places_politikreds(places, "0101", SWITCH), "b");
	assert_null(places_region(places, "0101", 999));
	assert_string_equal(places_region(places, "0101", 1000), "r");
	places_free(places);
	places_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_98_in_code_order),
		cmocka_unit_test(every_kommune_has_both_at_all_times),
		cmocka_unit_test(the_twelve_districts_have_their_sizes),
		cmocka_unit_test(the_regions_have_their_sizes),
		cmocka_unit_test(a_district_is_not_a_region),
		cmocka_unit_test(the_east_changes_region_at_midnight),
		cmocka_unit_test(what_is_no_kommune_has_no_place),
		cmocka_unit_test(a_kommune_may_move),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
