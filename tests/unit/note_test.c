/*
 * SPDX-License-Identifier: MIT
 *
 * note: the published note and keys, the spelling of what is emitted, and every
 * way in which a note or a key is not one.
 */
#include "tests/unit/noting.h"

static struct note_key
published_key(void)
{
	struct note_key key;

	expect_err(
	    "the published key", note_key_parse(&key, VKEY, NULL), ERR_OK);
	return key;
}

/* ------------------------------------------------------------------- keys */

static void
test_the_published_keys(void **state)
{
	struct note_key key = published_key();
	struct note_secret w = make_secret(
	    "witness.example.dk/w1", NOTE_TYPE_COSIGNATURE, 1);
	char text[256];

	(void)state;
	assert_string_equal(key.name, "example.com/foo");
	assert_int_equal(key.type, NOTE_TYPE_ED25519);
	assert_memory_equal(key.id, "\x53\x0d\x90\x3a", 4);
	note_key_format(text, &key);
	assert_string_equal(text, VKEY);
	note_key_format(text, &w.public);
	assert_string_equal(text,
	    "witness.example.dk/w1+05bf532b+"
	    "BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c");
	note_secret_wipe(&w);
	assert_true(sodium_is_zero((const uint8_t *)&w, sizeof(w)));
}

static void
test_keys_refused(void **state)
{
	static const struct {
		const char *vkey, *sentence;
	} table[] = {
		{ "", "nothing" },
		{ "example.com/foo", "a name alone" },
		{ "example.com/foo+530d903a", "no key" },
		{ "example.com/foo+530d903a+", "an empty key" },
		{ "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    "no name" },
		{ "example.com/bar+530d903a+"
		  "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    "the id of another name" },
		{ "example.com/foo+530d903b+"
		  "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    "another id" },
		{ "example.com/foo+530D903A+"
		  "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    "an id in upper case" },
		{ "example.com/foo+530d903+"
		  "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    "an id too short" },
		{ "example.com/foo+530d903a+"
		  "AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    "a type that is none" },
		{ "example.com/foo+530d903a+"
		  "BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    "the id of another type" },
		{ "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZA==",
		    "a key too short" },
		{ "example.com/foo+530d903a+"
		  "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAAAA",
		    "a key too long" },
		{ VKEY "\n", "a line's end" },
		{ "example com/foo+530d903a+"
		  "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		    "a space in the name" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct note_key key;

		expect_err(table[i].sentence,
		    note_key_parse(&key, table[i].vkey, NULL), ERR_INVALID);
	}
}

static void
test_names(void **state)
{
	static const struct {
		const char *name, *sentence;
		enum err want;
	} table[] = {
		{ "log.infohus.dk", "a host", ERR_OK },
		{ "b\xc3\xa5stad.dk/log", "letters above ASCII", ERR_OK },
		{ "\xe2\x82\xac", "a sign that begins like a space", ERR_OK },
		{ "", "nothing", ERR_INVALID },
		{ "a b", "a space", ERR_INVALID },
		{ "a+b", "a plus", ERR_INVALID },
		{ "a\nb", "a line's end", ERR_INVALID },
		{ "a\tb", "a tab", ERR_INVALID },
		{ "a\xc2\x85", "next line, U+0085", ERR_INVALID },
		{ "a\xc2\xa0"
		  "b",
		    "no-break space, U+00A0", ERR_INVALID },
		{ "\xe1\x9a\x80", "ogham space, U+1680", ERR_INVALID },
		{ "\xe2\x80\x80", "en quad, U+2000", ERR_INVALID },
		{ "\xe2\x80\x8a", "hair space, U+200A", ERR_INVALID },
		{ "\xe2\x80\x8b", "U+200B is no space", ERR_OK },
		{ "\xe2\x80\xa8", "line separator, U+2028", ERR_INVALID },
		{ "\xe2\x80\xa9", "paragraph separator", ERR_INVALID },
		{ "\xe2\x80\xaf", "narrow space, U+202F", ERR_INVALID },
		{ "\xe2\x81\x9f", "mathematical space", ERR_INVALID },
		{ "\xe3\x80\x80", "ideographic space", ERR_INVALID },
		{ "\xff", "no UTF-8", ERR_INVALID },
	};
	char longest[NOTE_NAME_MAX + 2];
	const uint8_t key[32] = { 1 };
	struct note_key k;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		expect_err(table[i].sentence,
		    note_key_make(
			&k, table[i].name, NOTE_TYPE_ED25519, key, NULL),
		    table[i].want);
	memset(longest, 'a', sizeof(longest));
	longest[NOTE_NAME_MAX + 1] = '\0';
	expect_err("a byte too long",
	    note_key_make(&k, longest, NOTE_TYPE_ED25519, key, NULL),
	    ERR_INVALID);
	longest[NOTE_NAME_MAX] = '\0';
	expect_err("as long as may be",
	    note_key_make(&k, longest, NOTE_TYPE_ED25519, key, NULL), ERR_OK);
	expect_err("a type that is none", note_key_make(&k, "a", 2, key, NULL),
	    ERR_INVALID);
}

/* ------------------------------------------------------------------ notes */

static void
test_the_published_note(void **state)
{
	struct note_key key = published_key();
	struct bytes text;

	(void)state;
	expect_err("the published note",
	    note_verify(bytes_str(TEXT "\n" LINE), &key, 1, &text, NULL),
	    ERR_OK);
	assert_true(bytes_eq(text, bytes_str(TEXT)));
}

static const struct {
	const char *note, *sentence;
	enum err want;
} read_table[] = {
	{ TEXT "\n" UNKNOWN LINE, "an unknown signature before", ERR_OK },
	{ TEXT "\n" LINE UNKNOWN, "an unknown signature after", ERR_OK },
	{ TEXT "\n" LINE LINE, "the same signature twice", ERR_OK },
	{ TEXT "\n" LINE DASH "example.com/foo AAAAAAA=\n",
	    "the known name with an unknown id is ignored", ERR_OK },
	{ TEXT "\n" LINE DASH "example.com/bar " BLOB "\n",
	    "the known id with an unknown name is ignored", ERR_OK },
	{ TEXT "\n" UNKNOWN, "no known signature", ERR_DENIED },
	{ "This is another message.\n\n" LINE, "another text", ERR_DENIED },
	{ "\n" TEXT "\n" LINE, "a line before the text", ERR_DENIED },
	{ TEXT "\n\n" LINE, "a blank line more belongs to the text",
	    ERR_DENIED },
	{ TEXT "\n" UNKNOWN "\n" LINE,
	    "split at the last blank line, so the text is another",
	    ERR_DENIED },
	{ TEXT "\n" LINE DASH
	       "example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi"
	       "2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQA=\n",
	    "a known signature that fails, after one that holds", ERR_DENIED },
	{ TEXT "\n" DASH "example.com/foo Uw2QOkn8\n",
	    "a known signature that is cut", ERR_DENIED },
	{ TEXT "\n" DASH
	       "example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi"
	       "2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQMA\n",
	    "a known signature with a byte more", ERR_DENIED },
	{ "", "nothing", ERR_INVALID },
	{ TEXT, "a text alone", ERR_INVALID },
	{ TEXT "\n", "no signature", ERR_INVALID },
	{ TEXT LINE, "no blank line", ERR_INVALID },
	{ TEXT "\n" DASH "example.com/foo " BLOB, "no last LF", ERR_INVALID },
	{ TEXT "\n" LINE "\n", "a blank line at the end", ERR_INVALID },
	{ TEXT "\n- example.com/foo " BLOB "\n", "a hyphen", ERR_INVALID },
	{ TEXT "\n\xe2\x80\x94"
	       "example.com/foo " BLOB "\n",
	    "no space after the dash", ERR_INVALID },
	{ TEXT "\n" LINE "something else\n", "another line", ERR_INVALID },
	{ TEXT "\n" LINE DASH "example.com/foo\n", "no signature at all",
	    ERR_INVALID },
	{ TEXT "\n" LINE DASH " " BLOB "\n", "no name", ERR_INVALID },
	{ TEXT "\n" LINE DASH "other  AAAAAAAA\n", "two spaces", ERR_INVALID },
	{ TEXT "\n" LINE DASH "other AAAAAAAA \n", "a space at the end",
	    ERR_INVALID },
	{ TEXT "\n" LINE DASH "ot+her AAAAAAAA\n", "a plus in a name",
	    ERR_INVALID },
	{ TEXT "\n" LINE DASH "other AAAAAAA\n", "no padding", ERR_INVALID },
	{ TEXT "\n" LINE DASH "other AAAAAAB=\n", "stray bits", ERR_INVALID },
	{ TEXT "\n" LINE DASH "other AAAAAA==\n", "an id and no signature",
	    ERR_INVALID },
	{ TEXT "\r\n\r\n" LINE, "CR", ERR_INVALID },
	{ "\xff\n\n" LINE, "no UTF-8", ERR_INVALID },
};

static void
test_notes_read(void **state)
{
	struct note_key key = published_key();

	(void)state;
	for (size_t i = 0; i < COUNT(read_table); i++) {
		struct bytes text = bytes_of(NULL, 77);

		expect_err(read_table[i].sentence,
		    note_verify(
			bytes_str(read_table[i].note), &key, 1, &text, NULL),
		    read_table[i].want);
		if (read_table[i].want != ERR_OK)
			assert_int_equal(text.len, 77);
		else
			assert_true(bytes_eq(text, bytes_str(TEXT)));
	}
	expect_err("a NUL",
	    note_verify(bytes_of(TEXT "\n" LINE "\0", sizeof(TEXT LINE) + 1),
		&key, 1, &(struct bytes){ NULL, 0 }, NULL),
	    ERR_INVALID);
	expect_err("nobody is known",
	    note_verify(bytes_str(TEXT "\n" LINE), NULL, 0,
		&(struct bytes){ NULL, 0 }, NULL),
	    ERR_DENIED);
}

static void
test_every_changed_bit_of_a_note_is_refused(void **state)
{
	static const char good[] = TEXT "\n" LINE;
	struct note_key key = published_key();
	char note[sizeof(good)];
	struct bytes text;

	(void)state;
	memcpy(note, good, sizeof(good));
	for (size_t bit = 0; bit < 8 * (sizeof(good) - 1); bit++) {
		enum err e;

		note[bit / 8] ^= (char)(1 << bit % 8);
		e = note_verify(
		    bytes_of(note, sizeof(good) - 1), &key, 1, &text, NULL);
		if (e != ERR_DENIED && e != ERR_INVALID)
			fail_msg("bit %zu: %s", bit, err_name(e));
		note[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t n = 0; n < sizeof(good) - 1; n++)
		assert_int_not_equal(
		    note_verify(bytes_of(good, n), &key, 1, &text, NULL),
		    ERR_OK);
}

static void
test_the_number_of_signatures_is_bounded(void **state)
{
	struct note_key key = published_key();
	char note[NOTE_MAX];
	size_t n = strlen(TEXT "\n" LINE);
	struct bytes text;

	(void)state;
	memcpy(note, TEXT "\n" LINE, n);
	for (int i = 1; i < NOTE_SIGNATURES_MAX; i++, n += strlen(UNKNOWN))
		memcpy(note + n, UNKNOWN, strlen(UNKNOWN));
	expect_err("a hundred",
	    note_verify(bytes_of(note, n), &key, 1, &text, NULL), ERR_OK);
	memcpy(note + n, UNKNOWN, strlen(UNKNOWN));
	n += strlen(UNKNOWN);
	expect_err("a hundred and one",
	    note_verify(bytes_of(note, n), &key, 1, &text, NULL), ERR_INVALID);
	memset(note, 'a', sizeof(note));
	expect_err("more bytes than a note may have",
	    note_verify(bytes_of(note, NOTE_MAX + 1), &key, 1, &text, NULL),
	    ERR_INVALID);
}

static void
test_signed_here_verified_here(void **state)
{
	static const char *const text[] = { "a\n", "a\nb\n", "\n", "a\n\nb\n",
		"a\n\n", "bl\xc3\xa5\n" };
	struct note_secret log = make_secret(
	    "log.example.dk", NOTE_TYPE_ED25519, 2);
	struct note_secret w = make_secret(
	    "w.example.dk", NOTE_TYPE_COSIGNATURE, 3);
	const struct note_key known[] = { log.public, w.public };
	char note[NOTE_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(text); i++) {
		struct bytes got, in = sign(note, text[i], &log, 0);

		expect_err(
		    text[i], note_verify(in, known, 2, &got, NULL), ERR_OK);
		assert_true(bytes_eq(got, bytes_str(text[i])));
		expect_err("known to somebody else only",
		    note_verify(in, known + 1, 1, &got, NULL), ERR_DENIED);
		in = sign(note, text[i], &w, 1795255200);
		expect_err(
		    text[i], note_verify(in, known, 2, &got, NULL), ERR_OK);
	}
}

static void
test_what_is_not_signed(void **state)
{
	static const char *const refused[] = { "", "no LF", "a\r\n", "a\x01\n",
		"\xff\n" };
	struct note_secret s = make_secret(
	    "log.example.dk", NOTE_TYPE_ED25519, 2);
	char out[NOTE_MAX], big[NOTE_MAX];
	size_t len, whole;

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		len = sizeof(out);
		expect_err(refused[i],
		    note_sign(out, &len, bytes_str(refused[i]), &s, 0),
		    ERR_INVALID);
		assert_int_equal(len, sizeof(out));
	}
	whole = sign(out, TEXT, &s, 0).len;
	for (len = 0; len < whole; len++) {
		size_t room = len;

		expect_err("too little room",
		    note_sign(big, &room, bytes_str(TEXT), &s, 0), ERR_FULL);
	}
	expect_err("exactly enough",
	    note_sign(big, &len, bytes_str(TEXT), &s, 0), ERR_OK);
	assert_memory_equal(big, out, whole);
	memset(big, 'a', sizeof(big));
	big[sizeof(big) - 1] = '\n';
	len = sizeof(out);
	expect_err("a text that leaves no room in a note",
	    note_sign(out, &len, bytes_of(big, sizeof(big)), &s, 0), ERR_FULL);
}

/* The blob and the signed bytes, taken apart by hand. */
static void
test_the_cosignature_covers_its_time(void **state)
{
	struct note_secret w = make_secret(
	    "witness.example.dk/w1", NOTE_TYPE_COSIGNATURE, 1);
	static const char text[] = "log\n3\nroot\n";
	static const char message[] =
	    "cosignature/v1\ntime 1795255200\nlog\n3\nroot\n";
	uint8_t blob[76];
	size_t len = sizeof(blob);
	char out[NOTE_MAX] = { 0 };
	struct bytes note = sign(out, text, &w, 1795255200), got;
	const char *b64 = strrchr(out, ' ') + 1;
	size_t before = (size_t)(b64 - out);

	(void)state;
	expect_err("the blob",
	    base64_decode(blob, &len, bytes_of(b64, note.len - before - 1)),
	    ERR_OK);
	assert_int_equal(len, 4 + 8 + 64);
	assert_memory_equal(blob, w.public.id, 4);
	assert_true(get_u64(blob + 4) == 1795255200);
	assert_int_equal(
	    crypto_sign_verify_detached(blob + 12, (const uint8_t *)message,
		strlen(message), w.public.key),
	    0);
	blob[11] ^= 1;
	base64_encode(out + before, bytes_of(blob, sizeof(blob)));
	out[note.len - 1] = '\n';
	expect_err("another time", note_verify(note, &w.public, 1, &got, NULL),
	    ERR_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_published_keys),
		cmocka_unit_test(test_keys_refused),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_the_published_note),
		cmocka_unit_test(test_notes_read),
		cmocka_unit_test(test_every_changed_bit_of_a_note_is_refused),
		cmocka_unit_test(test_the_number_of_signatures_is_bounded),
		cmocka_unit_test(test_signed_here_verified_here),
		cmocka_unit_test(test_what_is_not_signed),
		cmocka_unit_test(test_the_cosignature_covers_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
