/*
 * SPDX-License-Identifier: MIT
 *
 * checkpoint: every way in which a checkpoint is not one, and proof files.
 */
#include "tests/unit/noting.h"

#define ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void
test_checkpoints_read(void **state)
{
	static const struct {
		const char *text, *sentence;
		enum err want;
		uint64_t size;
	} table[] = {
		{ "log\n0\n" ROOT "\n", "the empty tree", ERR_OK, 0 },
		{ "log\n7\n" ROOT "\n", "a tree", ERR_OK, 7 },
		{ "log\n18446744073709551615\n" ROOT "\n", "2^64 - 1", ERR_OK,
		    UINT64_MAX },
		{ "a log elsewhere\n7\n" ROOT "\n",
		    "spaces in an origin, as some logs have", ERR_OK, 7 },
		{ "log\n18446744073709551616\n" ROOT "\n", "2^64", ERR_INVALID,
		    0 },
		{ "log\n99999999999999999999\n" ROOT "\n", "twenty nines",
		    ERR_INVALID, 0 },
		{ "log\n184467440737095516150\n" ROOT "\n", "a digit more",
		    ERR_INVALID, 0 },
		{ "log\n07\n" ROOT "\n", "a leading zero", ERR_INVALID, 0 },
		{ "log\n00\n" ROOT "\n", "two zeros", ERR_INVALID, 0 },
		{ "log\n+7\n" ROOT "\n", "a sign", ERR_INVALID, 0 },
		{ "log\n-7\n" ROOT "\n", "a negative size", ERR_INVALID, 0 },
		{ "log\n 7\n" ROOT "\n", "a space before", ERR_INVALID, 0 },
		{ "log\n7 \n" ROOT "\n", "a space after", ERR_INVALID, 0 },
		{ "log\n0x7\n" ROOT "\n", "hex", ERR_INVALID, 0 },
		{ "log\n\n" ROOT "\n", "no size", ERR_INVALID, 0 },
		{ "\n7\n" ROOT "\n", "no origin", ERR_INVALID, 0 },
		{ "l\rg\n7\n" ROOT "\n", "CR in the origin", ERR_INVALID, 0 },
		{ "log\n7\n\n", "no root", ERR_INVALID, 0 },
		{ "log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",
		    "a root without padding", ERR_INVALID, 0 },
		{ "log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",
		    "stray bits in the root", ERR_INVALID, 0 },
		{ "log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n",
		    "a root of 31 bytes", ERR_INVALID, 0 },
		{ "log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFVV\n",
		    "a root of 33 bytes", ERR_INVALID, 0 },
		{ "log\n7\n" ROOT, "no last LF", ERR_INVALID, 0 },
		{ "log\n7\n" ROOT "\n\n", "a blank line after", ERR_INVALID,
		    0 },
		{ "log\n7\n" ROOT "\nextension\n", "an extension line",
		    ERR_INVALID, 0 },
		{ "log\n7\n", "two lines", ERR_INVALID, 0 },
		{ "", "nothing", ERR_INVALID, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct checkpoint c = { .size = 77 };
		char again[256];
		size_t len = sizeof(again);

		expect_err(table[i].sentence,
		    checkpoint_parse(&c, bytes_str(table[i].text), NULL),
		    table[i].want);
		if (table[i].want != ERR_OK) {
			assert_true(c.size == 77);
			continue;
		}
		assert_true(c.size == table[i].size);
		expect_err("written again", checkpoint_format(again, &len, &c),
		    ERR_OK);
		assert_true(
		    bytes_eq(bytes_of(again, len), bytes_str(table[i].text)));
	}
}

static void
test_origins_have_a_length(void **state)
{
	char text[NOTE_NAME_MAX + 80];
	struct checkpoint c;

	(void)state;
	for (size_t n = NOTE_NAME_MAX - 1; n < NOTE_NAME_MAX + 3; n++) {
		memset(text, 'a', n);
		(void)snprintf(text + n, sizeof(text) - n, "\n7\n" ROOT "\n");
		expect_err("an origin of about the most",
		    checkpoint_parse(&c, bytes_str(text), NULL),
		    n <= NOTE_NAME_MAX ? ERR_OK : ERR_INVALID);
	}
	memset(&c, 0, sizeof(c));
	expect_err("no origin is not written",
	    checkpoint_format(text, &(size_t){ sizeof(text) }, &c),
	    ERR_INVALID);
	(void)snprintf(c.origin, sizeof(c.origin), "log");
	for (size_t room = 0; room < 51; room++)
		expect_err("too little room",
		    checkpoint_format(text, &(size_t){ room }, &c), ERR_FULL);
	expect_err("exactly enough",
	    checkpoint_format(text, &(size_t){ 51 }, &c), ERR_OK);
}

static void
test_checkpoints_opened(void **state)
{
	struct note_secret log = make_secret(
	    "log.example.dk", NOTE_TYPE_ED25519, 2);
	struct note_secret other = make_secret(
	    "other.example.dk", NOTE_TYPE_ED25519, 2);
	struct checkpoint c = { .size = 77 };
	char note[NOTE_MAX];

	(void)state;
	expect_err("of this log",
	    checkpoint_open(&c,
		sign(note, "log.example.dk\n7\n" ROOT "\n", &log, 0),
		&log.public, NULL),
	    ERR_OK);
	assert_true(c.size == 7);
	assert_string_equal(c.origin, "log.example.dk");
	c.size = 77;
	expect_err("signed by this log, of another",
	    checkpoint_open(&c,
		sign(note, "other.example.dk\n7\n" ROOT "\n", &log, 0),
		&log.public, NULL),
	    ERR_DENIED);
	expect_err("the same key under another name",
	    checkpoint_open(&c,
		sign(note, "log.example.dk\n7\n" ROOT "\n", &other, 0),
		&log.public, NULL),
	    ERR_DENIED);
	expect_err("signed, but no checkpoint",
	    checkpoint_open(&c, sign(note, "log.example.dk\n7\n", &log, 0),
		&log.public, NULL),
	    ERR_INVALID);
	assert_true(c.size == 77);
}

static void
test_proof_files(void **state)
{
	struct proof p = { .len = 2 };
	static const char want[] =
	    "c2sp.org/tlog-proof@v1\nindex 5\n"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
	    "\n" TEXT "\n" LINE;
	char out[1024];
	size_t len = sizeof(out);

	(void)state;
	memset(p.hash[1].b, 1, DIGEST_SIZE);
	expect_err("a proof",
	    tlog_proof_format(out, &len, 5, &p, bytes_str(TEXT "\n" LINE)),
	    ERR_OK);
	assert_true(bytes_eq(bytes_of(out, len), bytes_str(want)));
	for (size_t room = 0; room < strlen(want); room++)
		expect_err("too little room",
		    tlog_proof_format(out, &(size_t){ room }, 5, &p,
			bytes_str(TEXT "\n" LINE)),
		    ERR_FULL);
	p.len = 0;
	len = sizeof(out);
	expect_err("an empty path",
	    tlog_proof_format(out, &len, UINT64_MAX, &p, bytes_str("x")),
	    ERR_OK);
	assert_true(bytes_eq(bytes_of(out, len),
	    bytes_str("c2sp.org/tlog-proof@v1\n"
		      "index 18446744073709551615\n\nx")));
	p.len = MERKLE_PROOF_MAX + 1;
	expect_err("a path that is none",
	    tlog_proof_format(out, &len, 5, &p, bytes_str("x")), ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checkpoints_read),
		cmocka_unit_test(test_origins_have_a_length),
		cmocka_unit_test(test_checkpoints_opened),
		cmocka_unit_test(test_proof_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
