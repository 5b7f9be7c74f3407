/*
 * SPDX-License-Identifier: MIT
 *
 * noting: the published note and its key, for tests.
 */
#ifndef INFOHUS_TESTS_NOTING_H
#define INFOHUS_TESTS_NOTING_H

#include "proto/note.h"

#include <sodium.h>

#include "keyring.h"

#define VKEY \
	"example.com/foo+530d903a+" \
	"AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define TEXT "This is an example message.\n"
#define DASH "\xe2\x80\x94 "
#define BLOB \
	"Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYj" \
	"OBH3mFXmRKuwHjG1Yu72IneyaQM="
#define LINE DASH "example.com/foo " BLOB "\n"
/* Of a key that nobody here knows: any bytes will do. */
#define UNKNOWN DASH "other.example/x AAAAAAAA\n"

static inline struct note_secret
make_secret(const char *name, uint8_t type, uint8_t seed_byte)
{
	struct note_secret s;
	uint8_t seed[32];

	memset(seed, seed_byte, sizeof(seed));
	expect_err(name, note_secret_make(&s, name, type, seed, NULL), ERR_OK);
	return s;
}

/* Signs into out, which the caller has NOTE_MAX of, and gives the view. */
static inline struct bytes
sign(char *out, const char *text, const struct note_secret *s, uint64_t time_s)
{
	size_t len = NOTE_MAX;

	expect_err("note_sign",
	    note_sign(out, &len, bytes_str(text), s, time_s), ERR_OK);
	return bytes_of(out, len);
}

#endif
