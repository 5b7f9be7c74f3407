/*
 * SPDX-License-Identifier: MIT
 *
 * bytes: one spelling of each value is read, every other is refused, and a
 * refusal leaves the out-parameter alone.
 */
#include "proto/bytes.h"

#include <errno.h>

#include "keyring.h"

static void
test_integers_are_big_endian(void **state)
{
	uint8_t b[8];

	(void)state;
	put_u64(b, 0x0102030405060708u);
	assert_memory_equal(b, "\1\2\3\4\5\6\7\10", 8);
	assert_true(get_u64(b) == 0x0102030405060708u);
	put_u32(b, 0xfffefdfcu);
	assert_true(get_u32(b) == 0xfffefdfcu);
	put_u16(b, 0x80ff);
	assert_int_equal(get_u16(b), 0x80ff);
	put_u64(b, UINT64_MAX);
	assert_true(get_u64(b) == UINT64_MAX);
}

static void
test_views_compare_by_content(void **state)
{
	(void)state;
	assert_true(bytes_eq(bytes_str("ab"), bytes_of("abc", 2)));
	assert_false(bytes_eq(bytes_str("ab"), bytes_str("abc")));
	assert_false(bytes_eq(bytes_str("ab"), bytes_str("aB")));
	assert_true(bytes_eq(bytes_of(NULL, 0), bytes_str("")));
}

static void
test_hex(void **state)
{
	static const struct {
		const char *in, *sentence;
		enum err want;
	} table[] = {
		{ "00ff10", "lower case is read", ERR_OK },
		{ "00FF10", "upper case is read", ERR_OK },
		{ "00ff1", "a digit too few is refused", ERR_INVALID },
		{ "00ff100", "a digit too many is refused", ERR_INVALID },
		{ "", "nothing is refused", ERR_INVALID },
		{ "00fg10", "g is no digit", ERR_INVALID },
		{ " 0ff10", "a space is no digit", ERR_INVALID },
		{ "0x0ff1", "a prefix is refused", ERR_INVALID },
		{ "00ff10\n", "a line's end is refused", ERR_INVALID },
	};
	char text[7];

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		uint8_t out[3] = { 9, 9, 9 };

		expect_err(table[i].sentence,
		    hex_decode(out, sizeof(out), table[i].in), table[i].want);
		assert_memory_equal(out,
		    table[i].want == ERR_OK ? "\x00\xff\x10" : "\t\t\t", 3);
	}
	hex_encode(text, bytes_of("\x00\xff\x10", 3));
	assert_string_equal(text, "00ff10");
	hex_encode(text, bytes_of(NULL, 0));
	assert_string_equal(text, "");
}

static void
test_base64_of_the_rfc(void **state)
{
	static const struct {
		const char *plain, *text;
	} table[] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		size_t n = strlen(table[i].plain), len = n;
		uint8_t out[8];
		char text[16];

		assert_int_equal(base64_size(n), strlen(table[i].text) + 1);
		base64_encode(text, bytes_str(table[i].plain));
		assert_string_equal(text, table[i].text);
		expect_err(table[i].text,
		    base64_decode(out, &len, bytes_str(text)), ERR_OK);
		assert_int_equal(len, n);
		assert_memory_equal(out, table[i].plain, n);
	}
}

static void
test_base64_refusals(void **state)
{
	static const struct {
		const char *in, *sentence;
	} table[] = {
		{ "Zg", "padding is demanded" },
		{ "Zg=", "all of the padding" },
		{ "Zg===", "and no more" },
		{ "=", "padding alone" },
		{ "====", "four of padding" },
		{ "Z===", "three of padding" },
		{ "Zh==", "stray bits before two of padding" },
		{ "Zm9=", "stray bits before one of padding" },
		{ "Zg==Zm9v", "padding inside" },
		{ "Z=g=", "padding between digits" },
		{ "Zm9v\n", "a line's end" },
		{ "Zm 9v", "a space" },
		{ "Zm-_", "the alphabet of URLs" },
		{ "Zm9vZm9vZm9v", "more than there is room for" },
		{ "Zm9\xc3", "a byte above ASCII" },
	};
	size_t len = 4;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		uint8_t out[4] = { 9, 9, 9, 9 };

		len = sizeof(out);
		expect_err(table[i].sentence,
		    base64_decode(out, &len, bytes_str(table[i].in)),
		    ERR_INVALID);
		assert_int_equal(len, sizeof(out));
		assert_memory_equal(out, "\t\t\t\t", 4);
	}
	expect_err("a NUL is no digit",
	    base64_decode((uint8_t[4]){ 0 }, &len, bytes_of("Zm9\0", 4)),
	    ERR_INVALID);
}

/* Of all last quanta, as many are read as there are values. */
static void
test_base64_reads_each_value_in_one_spelling(void **state)
{
	unsigned one = 0, two = 0;
	char q[4] = "    ";

	(void)state;
	for (unsigned v = 0; v < 64 * 64 * 64; v++) {
		static const char digit[] =
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789+/";
		uint8_t out[3];
		size_t len = sizeof(out);

		q[0] = digit[v & 63];
		q[1] = digit[v >> 6 & 63];
		q[2] = digit[v >> 12];
		q[3] = '=';
		two += base64_decode(out, &len, bytes_of(q, 4)) == ERR_OK;
		if (v >= 64 * 64)
			continue;
		q[2] = '=';
		one += base64_decode(out, &len, bytes_of(q, 4)) == ERR_OK;
	}
	assert_int_equal(one, 256);
	assert_int_equal(two, 65536);
}

static void
test_base64_there_and_back(void **state)
{
	struct random r = random_from(1);

	(void)state;
	for (size_t n = 0; n < 200; n++) {
		uint8_t in[200], out[200];
		char text[300];
		size_t len = n;

		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)random_next(&r);
		base64_encode(text, bytes_of(in, n));
		expect_err(
		    text, base64_decode(out, &len, bytes_str(text)), ERR_OK);
		assert_int_equal(len, n);
		assert_memory_equal(in, out, n);
	}
}

static void
test_ids(void **state)
{
	static const char good[] = "0198c0de-1234-7abc-89ab-0123456789ff";
	static const struct {
		const char *in, *sentence;
	} refused[] = {
		{ "", "nothing" },
		{ "0198c0de12347abc89ab0123456789ff", "no dashes" },
		{ "0198c0de-1234-7abc-89ab-0123456789f", "a digit less" },
		{ "0198c0de-1234-7abc-89ab-0123456789fff", "a digit more" },
		{ "0198c0de-1234-7abc-89ab0-123456789ff", "a dash moved" },
		{ "0198c0de-1234-7abc-89ab-0123456789fg", "no digit" },
		{ "{198c0de-1234-7abc-89ab-0123456789f}", "braces" },
		{ "0198c0de-1234-7abc-89ab-01234567-9ff", "a dash more" },
	};
	struct id id, again = { { 9 } };
	char text[37];

	(void)state;
	expect_err(good, id_parse(&id, good), ERR_OK);
	assert_memory_equal(id.b,
	    "\x01\x98\xc0\xde\x12\x34\x7a\xbc"
	    "\x89\xab\x01\x23\x45\x67\x89\xff",
	    ID_SIZE);
	id_format(text, &id);
	assert_string_equal(text, good);
	for (size_t i = 0; i < COUNT(refused); i++) {
		expect_err(refused[i].sentence, id_parse(&again, refused[i].in),
		    ERR_INVALID);
		assert_int_equal(again.b[0], 9);
	}
	assert_true(id_eq(&id, &id));
	assert_false(id_eq(&id, &again));
}

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

static void
test_clean_text(void **state)
{
	static const struct {
		struct bytes in;
		bool lf, want;
		const char *sentence;
	} table[] = {
		{ { (const uint8_t *)"", 0 }, false, true, "nothing" },
		{ { (const uint8_t *)"bl\xc3\xa5 \xe2\x82\xac \xf0\x9f\x98\x80",
		      13 },
		    false, true, "two, three and four bytes" },
		{ { (const uint8_t *)"a\nb", 3 }, true, true, "LF allowed" },
		{ { (const uint8_t *)"a\nb", 3 }, false, false, "LF refused" },
		{ { (const uint8_t *)"a\rb", 3 }, true, false, "CR" },
		{ { (const uint8_t *)"a\tb", 3 }, true, false, "tab" },
		{ { (const uint8_t *)"a\0b", 3 }, true, false, "NUL inside" },
		{ { (const uint8_t *)"ab\0", 3 }, true, false, "NUL last" },
		{ { (const uint8_t *)"a\x1b[", 3 }, true, false, "escape" },
		{ { (const uint8_t *)"a\x7f", 2 }, true, false, "DEL" },
		{ { (const uint8_t *)"\x80", 1 }, true, false,
		    "a continuation alone" },
		{ { (const uint8_t *)"\xc0\x80", 2 }, true, false,
		    "NUL in two bytes" },
		{ { (const uint8_t *)"\xc1\xbf", 2 }, true, false,
		    "overlong in two" },
		{ { (const uint8_t *)"\xe0\x9f\xbf", 3 }, true, false,
		    "overlong in three" },
		{ { (const uint8_t *)"\xf0\x8f\xbf\xbf", 4 }, true, false,
		    "overlong in four" },
		{ { (const uint8_t *)"\xed\xa0\x80", 3 }, true, false,
		    "a surrogate" },
		{ { (const uint8_t *)"\xf4\x90\x80\x80", 4 }, true, false,
		    "above U+10FFFF" },
		{ { (const uint8_t *)"\xff", 1 }, true, false, "FF" },
		{ { (const uint8_t *)"bl\xc3", 3 }, true, false, "cut short" },
		{ { (const uint8_t *)"\xe2\x82", 2 }, true, false,
		    "cut in three" },
		{ { (const uint8_t *)"\xc3\x41", 2 }, true, false,
		    "a letter for a continuation" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		expect_true(table[i].sentence,
		    text_is_clean(table[i].in, table[i].lf) == table[i].want);
	assert_true(text_is_clean(bytes_of(NULL, 0), false));
}

/* As many sequences are good as there are characters. */
static void
test_utf8_has_one_sequence_a_character(void **state)
{
	static const uint8_t edge[] = { 0x7f, 0x80, 0xbf, 0xc0 };
	unsigned two = 0, three = 0, four = 0;

	(void)state;
	for (unsigned v = 0x8000; v < 0x10000; v++) {
		const uint8_t s[2] = { (uint8_t)(v >> 8), (uint8_t)v };

		two += text_is_clean(bytes_of(s, 2), false);
	}
	assert_int_equal(two, 0x800 - 0x80);
	for (unsigned v = 0xe00000; v < 0xf00000; v++) {
		const uint8_t s[3] = { (uint8_t)(v >> 16), (uint8_t)(v >> 8),
			(uint8_t)v };

		three += text_is_clean(bytes_of(s, 3), false);
	}
	assert_int_equal(three, 0x10000 - 0x800 - 0x800);
	for (unsigned v = 0xf000; v < 0x10000; v++)
		for (unsigned e = 0; e < 16; e++) {
			const uint8_t s[4] = { (uint8_t)(v >> 8), (uint8_t)v,
				edge[e >> 2], edge[e & 3] };

			four += text_is_clean(bytes_of(s, 4), false);
		}
	/* Of the last two bytes, 2 x 2 of the 4 x 4 tried may stand. */
	assert_int_equal(four, (0x110000 - 0x10000) / 4096 * 4);
}

static void
test_node_ids(void **state)
{
	static const struct {
		const char *id;
		bool want;
	} table[] = {
		{ "kommune/0101", true },
		{ "kommune/0101/skole-x", true },
		{ "-/-", true },
		{ "abcdefghijklmnopqrstuvwxyz012345/b", true },
		{ "abcdefghijklmnopqrstuvwxyz0123456/b", false },
		{ "a/b/abcdefghijklmnopqrstuvwxyz0123456", false },
		{ "", false },
		{ "kommune", false },
		{ "kommune/", false },
		{ "/0101", false },
		{ "kommune//x", false },
		{ "kommune/0101/", false },
		{ "a/b/c/d", false },
		{ "Kommune/0101", false },
		{ "kommune/0101 ", false },
		{ "kommune/01_01", false },
		{ "kommune/0101\n", false },
		{ "kommune/../x", false },
		{ "k\xc3\xb8"
		  "benhavn/0101",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		expect_true(table[i].id,
		    node_id_is_valid(table[i].id) == table[i].want);
}

static void
test_reasons_are_cut_not_overrun(void **state)
{
	struct why why;
	char much[900];

	(void)state;
	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	assert_int_equal(why_set(&why, ERR_FULL, "%s", much), ERR_FULL);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	assert_int_equal(why_set(NULL, ERR_IO, "nobody reads this"), ERR_IO);
	errno = ENOENT;
	assert_int_equal(why_errno(&why, ERR_IO, "x"), ERR_IO);
	assert_string_equal(why.text, "x: No such file or directory");
	errno = ENOENT;
	assert_int_equal(why_errno(&why, ERR_IO, "%s", much), ERR_IO);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	for (int e = ERR_OK; e <= ERR_UNKNOWN; e++)
		assert_string_not_equal(err_name((enum err)e), "no such error");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers_are_big_endian),
		cmocka_unit_test(test_views_compare_by_content),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_base64_of_the_rfc),
		cmocka_unit_test(test_base64_refusals),
		cmocka_unit_test(test_base64_reads_each_value_in_one_spelling),
		cmocka_unit_test(test_base64_there_and_back),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_times_read),
		cmocka_unit_test(test_times_refused),
		cmocka_unit_test(test_times_agree_with_the_c_library),
		cmocka_unit_test(test_times_beyond_the_calendar_are_its_end),
		cmocka_unit_test(test_clean_text),
		cmocka_unit_test(test_utf8_has_one_sequence_a_character),
		cmocka_unit_test(test_node_ids),
		cmocka_unit_test(test_reasons_are_cut_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
