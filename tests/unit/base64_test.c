/*
 * SPDX-License-Identifier: MIT
 *
 * base64, and hexadecimal: one spelling for each value, all others refused.
 */
#include "proto/bytes.h"
#include <errno.h>
#include "keyring.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_base64_of_the_rfc),
		cmocka_unit_test(test_base64_refusals),
		cmocka_unit_test(test_base64_reads_each_value_in_one_spelling),
		cmocka_unit_test(test_base64_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
