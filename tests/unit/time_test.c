/*
 * SPDX-License-Identifier: MIT
 *
 * time: RFC 3339, read and written.
 */
#include "proto/bytes.h"
#include <errno.h>
#include "keyring.h"

static void
test_times_read(void **state)
{
	static const struct {
		const char *in, *again;
		uint64_t ms;
	} table[] = {
		{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z", 0 },
		{ "2026-11-21T10:00:00.000Z", "2026-11-21T10:00:00.000Z",
		    1795255200000 },
		{ "2026-11-21t11:00:00+01:00", "2026-11-21T10:00:00.000Z",
		    1795255200000 },
		{ "2026-11-21T04:30:00-05:30", "2026-11-21T10:00:00.000Z",
		    1795255200000 },
		{ "2026-11-21T10:00:00-00:00", "2026-11-21T10:00:00.000Z",
		    1795255200000 },
		{ "2026-11-21T10:00:00.5z", "2026-11-21T10:00:00.500Z",
		    1795255200500 },
		{ "2026-11-21T10:00:00.1239999999999999Z",
		    "2026-11-21T10:00:00.123Z", 1795255200123 },
		{ "2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z",
		    1709251199999 },
		{ "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z",
		    951782400000 },
		{ "1969-12-31T23:30:00-01:00", "1970-01-01T00:30:00.000Z",
		    1800000 },
		{ "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z",
		    253402300799999 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		uint64_t ms = 1;
		char text[25];

		expect_err(table[i].in, time_parse(&ms, table[i].in), ERR_OK);
		assert_true(ms == table[i].ms);
		time_format(text, ms);
		assert_string_equal(text, table[i].again);
	}
}

static void
test_times_refused(void **state)
{
	static const struct {
		const char *in, *sentence;
	} table[] = {
		{ "", "nothing" },
		{ "2026-11-21", "a date alone" },
		{ "2026-11-21T10:00:00", "no offset" },
		{ "2026-11-21 10:00:00Z", "a space for the T" },
		{ "2026-11-21T10:00Z", "no seconds" },
		{ "2026-11-21T10:00:00.Z", "a fraction without digits" },
		{ "2026-11-21T10:00:00,5Z", "a comma" },
		{ "2026-11-21T10:00:00ZZ", "something after it" },
		{ "2026-11-21T10:00:00Z ", "a space after it" },
		{ " 2026-11-21T10:00:00Z", "a space before it" },
		{ "2026-11-21T10:00:00+0100", "an offset without colon" },
		{ "2026-11-21T10:00:00+01", "an offset without minutes" },
		{ "2026-11-21T10:00:00+24:00", "an offset of a day" },
		{ "2026-11-21T10:00:00+01:60", "sixty minutes of offset" },
		{ "2026-11-21T24:00:00Z", "hour 24" },
		{ "2026-11-21T10:60:00Z", "minute 60" },
		{ "2026-06-30T23:59:60Z", "a leap second" },
		{ "2026-00-21T10:00:00Z", "month 0" },
		{ "2026-13-21T10:00:00Z", "month 13" },
		{ "2026-11-00T10:00:00Z", "day 0" },
		{ "2026-11-31T10:00:00Z", "31 November" },
		{ "2026-02-29T10:00:00Z", "29 February of no leap year" },
		{ "1900-02-29T10:00:00Z", "1900 was none" },
		{ "1969-12-31T23:59:59Z", "before 1970" },
		{ "1970-01-01T00:00:00+00:01", "before 1970 by its offset" },
		{ "9999-12-31T23:59:59-00:01", "after 9999 by its offset" },
		{ "0000-01-01T00:00:00Z", "year 0" },
		{ "12026-11-21T10:00:00Z", "a year of five digits" },
		{ "+2026-11-21T10:00:00Z", "a sign" },
		{ "2026-1-21T10:00:00Z", "a month of one digit" },
		{ "2026-11-21T10:00:-1Z", "a negative second" },
		{ "2026-11-21T10:00:00.5", "a fraction and no offset" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		uint64_t ms = 77;

		expect_err(table[i].sentence, time_parse(&ms, table[i].in),
		    ERR_INVALID);
		assert_true(ms == 77);
	}
}

static void
test_times_agree_with_the_c_library(void **state)
{
	struct random r = random_from(2);

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t ms = random_below(&r, 253402300800000), again = 0;
		time_t s = (time_t)(ms / 1000);
		char want[64], got[25], day[32];
		struct tm tm;

		assert_non_null(gmtime_r(&s, &tm));
		(void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
		(void)snprintf(
		    want, sizeof(want), "%s.%03uZ", day, (unsigned)(ms % 1000));
		time_format(got, ms);
		assert_string_equal(got, want);
		expect_err(got, time_parse(&again, got), ERR_OK);
		assert_true(again == ms);
	}
}

static void
test_times_beyond_the_calendar_are_its_end(void **state)
{
	char text[25];

	(void)state;
	time_format(text, UINT64_MAX);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	time_format(text, 253402300800000);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_read),
		cmocka_unit_test(test_times_refused),
		cmocka_unit_test(test_times_agree_with_the_c_library),
		cmocka_unit_test(test_times_beyond_the_calendar_are_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
