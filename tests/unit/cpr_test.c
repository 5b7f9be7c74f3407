/*
 * SPDX-License-Identifier: MIT
 *
 * cpr: digits, real dates, the century table, and no modulus 11. All
 * numbers are made up from dates; none is known to be anybody's.
 */
#include "proto/cpr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/*
 * The published table: rows are the seventh digit, columns the years 00-36,
 * 37-57 and 58-99; the value is the century.
 */
static const int century[10][3] = {
	{ 19, 19, 19 }, /* 0 */
	{ 19, 19, 19 }, /* 1 */
	{ 19, 19, 19 }, /* 2 */
	{ 19, 19, 19 }, /* 3 */
	{ 20, 19, 19 }, /* 4 */
	{ 20, 20, 18 }, /* 5 */
	{ 20, 20, 18 }, /* 6 */
	{ 20, 20, 18 }, /* 7 */
	{ 20, 20, 18 }, /* 8 */
	{ 20, 19, 19 }, /* 9 */
};

static void
test_every_year_and_seventh_digit_gives_the_published_century(void **state)
{
	(void)state;
	for (int seventh = 0; seventh < 10; seventh++) {
		for (int yy = 0; yy < 100; yy++) {
			int column = yy <= 36 ? 0 : yy <= 57 ? 1 : 2;
			struct cpr_date d;
			char cpr[32];

			snprintf(
			    cpr, sizeof(cpr), "1503%02d%d123", yy, seventh);
			assert_true(cpr_is_valid(cpr, &d));
			assert_int_equal(
			    d.year, century[seventh][column] * 100 + yy);
			assert_int_equal(d.month, 3);
			assert_int_equal(d.day, 15);
		}
	}
}

static const struct {
	const char *says;
	const char *cpr;
	bool want;
} dates[] = {
	{ "29 February 2000: a century that is a leap year", "2902004000",
	    true },
	{ "29 February 1900: a century that is none", "2902000000", false },
	{ "29 February 2004, born in this century", "2902044000", true },
	{ "29 February 1904, born in the last one", "2902040000", true },
	{ "29 February 1999 was no day", "2902990000", false },
	{ "29 February 1896, the oldest century", "2902965000", true },
	{ "29 February 1858 was no day", "2902585000", false },
	{ "30 February is never a day", "3002040000", false },
	{ "31 April is never a day", "3104700000", false },
	{ "30 April", "3004700000", true },
	{ "31 December", "3112700000", true },
	{ "day 0", "0001700000", false },
	{ "day 32", "3201700000", false },
	{ "month 0", "0100700000", false },
	{ "month 13", "0113700000", false },
	{ "a day raised by 60 is no date", "6101700000", false },
};

static const struct {
	const char *says;
	const char *cpr;
} malformed[] = {
	{ "nothing", "" },
	{ "nine digits", "150370123" },
	{ "eleven digits", "15037012345" },
	{ "a hyphen", "150370-1234" },
	{ "a hyphen within ten characters", "150370-123" },
	{ "a space before", " 150370123" },
	{ "a space after", "150370123 " },
	{ "a letter, as in a replacement number", "1503701AB2" },
	{ "a plus sign", "+150370123" },
	{ "digits of another script",
	    "\xd9\xa1\xd9\xa5\xd9\xa0\xd9\xa3\xd9\xa7" },
};

static void
test_dates_are_real(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
		if (cpr_is_valid(dates[i].cpr, NULL) != dates[i].want)
			fail_msg("%s: got %d", dates[i].says, !dates[i].want);
}

static void
test_only_ten_digits_are_a_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		if (cpr_is_valid(malformed[i].cpr, NULL))
			fail_msg("accepted: %s", malformed[i].says);
}

static void
test_a_refused_number_leaves_the_date_alone(void **state)
{
	struct cpr_date d = { 1, 2, 3 };

	(void)state;
	assert_false(cpr_is_valid("3002040000", &d));
	assert_int_equal(d.year, 1);
	assert_int_equal(d.month, 2);
	assert_int_equal(d.day, 3);
}

static bool
satisfies_modulus_11(const char *cpr)
{
	static const int weight[10] = { 4, 3, 2, 7, 6, 5, 4, 3, 2, 1 };
	int sum = 0;

	for (int i = 0; i < 10; i++)
		sum += weight[i] * (cpr[i] - '0');
	return sum % 11 == 0;
}

/* The dates for which such numbers have been issued, and any other. */
static void
test_modulus_11_is_never_asked_for(void **state)
{
	static const char *const date[] = { "010160", "010165", "010170",
		"010185", "010190", "010195", "240512" };
	unsigned failing = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(date) / sizeof(date[0]); i++) {
		for (int serial = 4000; serial < 5000; serial++) {
			char cpr[16];

			snprintf(cpr, sizeof(cpr), "%s%04d", date[i], serial);
			failing += !satisfies_modulus_11(cpr);
			assert_true(cpr_is_valid(cpr, NULL));
		}
	}
	assert_true(failing > 6000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_every_year_and_seventh_digit_gives_the_published_century),
		cmocka_unit_test(test_dates_are_real),
		cmocka_unit_test(test_only_ten_digits_are_a_number),
		cmocka_unit_test(test_a_refused_number_leaves_the_date_alone),
		cmocka_unit_test(test_modulus_11_is_never_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
