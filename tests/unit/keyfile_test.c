/*
 * SPDX-License-Identifier: MIT
 *
 * keyfile: secrets that others may read are refused, naming what was found;
 * nothing is overwritten; a signer loads whole or not at all.
 */
#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyring.h"

#define UUID "0198c0de-0000-7000-8000-000000000001"

static const uint8_t a_key[32] = { 1, 2, 3, 0xff };

static void
test_key_files_are_read_back(void **state)
{
	const char *path = keyring_path(*state, "log", ".key");
	uint8_t got[32];
	struct stat st;
	struct why why;
	mode_t old = umask(0);

	expect_err("written", key_file_write(a_key, path, &why), ERR_OK);
	(void)umask(old);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 65);
	expect_err("read", key_file_read(got, path, &why), ERR_OK);
	assert_memory_equal(got, a_key, 32);
	expect_err("checked", key_file_check(path, &why), ERR_OK);
	expect_err(
	    "never overwritten", key_file_write(a_key, path, &why), ERR_EXISTS);
	expect_err("in a folder that is not there",
	    key_file_write(a_key, keyring_path(*state, "no/log", ".key"), &why),
	    ERR_IO);
	expect_err("not there",
	    key_file_read(got, keyring_path(*state, "no", ".key"), &why),
	    ERR_NOT_FOUND);
}

static void
test_modes(void **state)
{
	static const struct {
		mode_t mode;
		enum err want;
		const char *found;
	} table[] = {
		{ 0600, ERR_OK, NULL },
		{ 0400, ERR_OK, NULL },
		{ 0640, ERR_DENIED, "0640" },
		{ 0660, ERR_DENIED, "0660" },
		{ 0604, ERR_DENIED, "0604" },
		{ 0644, ERR_DENIED, "0644" },
		{ 0610, ERR_DENIED, "0610" },
		{ 0601, ERR_DENIED, "0601" },
		{ 04644, ERR_DENIED, "4644" },
	};
	const char *path = keyring_path(*state, "s", ".key");
	uint8_t key[32];

	(void)keyring_issue(*state, "s", KEY_ED25519, NULL, NULL);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct signer *s = NULL;
		struct why why = { "" };

		assert_int_equal(chmod(path, table[i].mode), 0);
		expect_err(path, key_file_check(path, &why), table[i].want);
		expect_err(path,
		    signer_load(
			&s, path, keyring_path(*state, "s", ".pem"), &why),
		    table[i].want);
		signer_free(s);
		if (table[i].want == ERR_OK)
			continue;
		expect_err(path, key_file_read(key, path, &why), ERR_DENIED);
		expect_true("names the mode found",
		    strstr(why.text, table[i].found) != NULL);
		expect_true("names the mode expected",
		    strstr(why.text, "0600") != NULL);
		expect_true("names the file", strstr(why.text, path) != NULL);
	}
}

static void
test_files_that_are_no_key_files(void **state)
{
	const char *good = keyring_path(*state, "good", ".key");
	const char *link = keyring_path(*state, "link", ".key");
	const char *fifo = keyring_path(*state, "fifo", ".key");
	struct keyring *k = *state;
	struct why why;
	uint8_t key[32];

	expect_err("written", key_file_write(a_key, good, &why), ERR_OK);
	assert_int_equal(symlink(good, link), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	expect_err(
	    "a link to a good one", key_file_read(key, link, &why), ERR_DENIED);
	expect_err("a FIFO, without waiting", key_file_read(key, fifo, &why),
	    ERR_DENIED);
	expect_err("a folder", key_file_check(k->dir, &why), ERR_DENIED);
	expect_err("a link is not written through",
	    key_file_write(a_key, link, &why), ERR_EXISTS);
	if (geteuid() == 0) {
		assert_int_equal(chown(good, 12345, 12345), 0);
		expect_err("a file of somebody else",
		    key_file_check(good, &why), ERR_DENIED);
	}
}

#define HEX64 \
	"0102030405060708090a0b0c0d0e0f10" \
	"1112131415161718191a1b1c1d1e1fFF"

static void
test_contents_of_key_files(void **state)
{
	static const struct {
		const char *text, *sentence;
		enum err want;
	} table[] = {
		{ HEX64 "\n", "a line", ERR_OK },
		{ HEX64, "a line without its end", ERR_OK },
		{ "", "nothing", ERR_INVALID },
		{ HEX64 "\n\n", "a blank line more", ERR_INVALID },
		{ HEX64 "0", "a digit more", ERR_INVALID },
		{ HEX64 " ", "a space more", ERR_INVALID },
		{ HEX64 "\r\n", "CR", ERR_INVALID },
		{ "\n" HEX64, "a blank line before", ERR_INVALID },
		{ HEX64 HEX64 "\n", "two keys", ERR_INVALID },
		{ "g102030405060708090a0b0c0d0e0f10"
		  "1112131415161718191a1b1c1d1e1f20\n",
		    "no hex", ERR_INVALID },
	};
	const char *path = keyring_path(*state, "x", ".key");

	for (size_t i = 0; i < COUNT(table); i++) {
		uint8_t key[32] = { 0 };
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		size_t n = strlen(table[i].text);
		struct why why = { "" };

		assert_true(fd >= 0);
		assert_int_equal(write(fd, table[i].text, n), n);
		(void)close(fd);
		expect_err(table[i].sentence, key_file_read(key, path, &why),
		    table[i].want);
		assert_int_equal(key[31], table[i].want == ERR_OK ? 0xff : 0);
		expect_true("the key stands in no reason",
		    strstr(why.text, "01020304") == NULL);
	}
}

static void
test_signers_that_do_not_load(void **state)
{
	const char *locked = keyring_path(*state, "locked", ".key");
	const char *a_pem = keyring_path(*state, "a", ".pem");
	const char *a_file = keyring_path(*state, "a", ".key");
	struct signer *a = keyring_issue(*state, "a", KEY_P256, NULL, NULL);
	struct signer *s = NULL;
	FILE *in = fopen(a_file, "r");
	EVP_PKEY *key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
	FILE *out = fopen(locked, "w");
	struct why why;

	(void)a;
	(void)fclose(in);
	assert_int_equal(chmod(locked, 0600), 0);
	assert_int_equal(PEM_write_PrivateKey(out, key, EVP_aes_256_cbc(),
			     (const uint8_t *)"secret", 6, NULL, NULL),
	    1);
	(void)fclose(out);
	EVP_PKEY_free(key);
	expect_err("a locked key, without asking anybody",
	    signer_load(&s, locked, a_pem, &why), ERR_INVALID);
	(void)keyring_issue(*state, "b", KEY_P256, NULL, NULL);
	expect_err("somebody else's key",
	    signer_load(&s, keyring_path(*state, "b", ".key"), a_pem, &why),
	    ERR_INVALID);
	expect_err("no certificate",
	    signer_load(&s, a_file, keyring_path(*state, "no", ".pem"), &why),
	    ERR_NOT_FOUND);
	expect_err("no key",
	    signer_load(&s, keyring_path(*state, "no", ".key"), a_pem, &why),
	    ERR_NOT_FOUND);
	assert_int_equal(chmod(a_pem, 0600), 0);
	expect_err("a certificate for a key",
	    signer_load(&s, a_pem, a_pem, &why), ERR_INVALID);
	expect_err("a key for a certificate",
	    signer_load(&s, a_file, a_file, &why), ERR_INVALID);
	signer_free(NULL);
	assert_null(s);
}

static void
test_what_is_not_issued(void **state)
{
	struct signer *ca = keyring_issue(*state, "ca", KEY_P256, NULL, NULL);
	struct signer *leaf = keyring_issue(*state, "leaf", KEY_P256, ca, UUID);
	const struct {
		const char *name, *cvr, *uuid;
		const struct signer *issuer;
		unsigned days;
		const char *sentence;
	} table[] = {
		{ "", NULL, NULL, ca, 1, "no name" },
		{ "a\nb", NULL, NULL, ca, 1, "LF in the name" },
		{ "x", "1234567", NULL, ca, 1, "a CVR number too short" },
		{ "x", "1234567x", NULL, ca, 1, "no CVR number" },
		{ "x", NULL, "x", ca, 1, "no UUID" },
		{ "x", NULL, NULL, leaf, 1, "issued by a leaf" },
		{ "x", NULL, NULL, ca, 0, "no days" },
		{ "x", NULL, NULL, ca, 1000000, "too many days" },
	};
	const char *key = keyring_path(*state, "x", ".key");
	const char *pem = keyring_path(*state, "x", ".pem");

	for (size_t i = 0; i < COUNT(table); i++) {
		expect_err(table[i].sentence,
		    keys_issue(key, pem, KEY_ED25519, table[i].name,
			table[i].cvr, table[i].uuid, table[i].issuer,
			table[i].days, NULL),
		    ERR_INVALID);
		assert_int_equal(access(key, F_OK), -1);
	}
	expect_err("over an old key",
	    keys_issue(keyring_path(*state, "ca", ".key"), pem, KEY_ED25519,
		"x", NULL, NULL, NULL, 1, NULL),
	    ERR_EXISTS);
	expect_err("over an old certificate",
	    keys_issue(key, keyring_path(*state, "ca", ".pem"), KEY_ED25519,
		"x", NULL, NULL, NULL, 1, NULL),
	    ERR_EXISTS);
	expect_true(
	    "no key is left without its certificate", access(key, F_OK) == -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		keyring_test(test_key_files_are_read_back),
		keyring_test(test_modes),
		keyring_test(test_files_that_are_no_key_files),
		keyring_test(test_contents_of_key_files),
		keyring_test(test_signers_that_do_not_load),
		keyring_test(test_what_is_not_issued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
