/*
 * SPDX-License-Identifier: MIT
 *
 * bytes: integers, views, ids, clean text, node ids, reasons.
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
	char much[sizeof(why.text) + 100];

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
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_clean_text),
		cmocka_unit_test(test_utf8_has_one_sequence_a_character),
		cmocka_unit_test(test_node_ids),
		cmocka_unit_test(test_reasons_are_cut_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
