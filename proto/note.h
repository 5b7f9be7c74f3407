/*
 * SPDX-License-Identifier: MIT
 *
 * note: C2SP signed-note, tlog-checkpoint, tlog-cosignature (v1) and
 * tlog-proof. Ed25519 only.
 */
#ifndef INFOHUS_NOTE_H
#define INFOHUS_NOTE_H

#include "merkle.h"

#define NOTE_NAME_MAX 128
#define NOTE_MAX 16384 /* bytes of a whole note */
#define NOTE_SIGNATURES_MAX 100
#define NOTE_TYPE_ED25519 0x01
#define NOTE_TYPE_COSIGNATURE 0x04

/* A key that may sign notes, public half. */
struct note_key {
	char name[NOTE_NAME_MAX + 1];
	uint8_t type;
	uint8_t id[4];
	uint8_t key[32];
};

struct note_secret {
	struct note_key public;
	uint8_t secret[64]; /* libsodium form; wipe with note_secret_wipe */
};

/* name not empty, no Unicode space, no '+', no control byte. */
enum err note_key_make(struct note_key *out, const char *name, uint8_t type,
    const uint8_t key[32], struct why *why) MUST_CHECK;
enum err note_secret_make(struct note_secret *out, const char *name,
    uint8_t type, const uint8_t seed[32], struct why *why) MUST_CHECK;
void note_secret_wipe(struct note_secret *s);

/* vkey text: <name>+<8 hex>+<base64(type || key)>. out: 256 bytes. */
void note_key_format(char out[256], const struct note_key *key);
enum err note_key_parse(
    struct note_key *out, const char *vkey, struct why *why) MUST_CHECK;

/*
 * Signs text (ending in LF) with one key and writes the whole note.
 * *len: room in out on entry, size on return; ERR_FULL if it does not fit.
 * time_s is used by cosignatures only.
 */
enum err note_sign(char *out, size_t *len, struct bytes text,
    const struct note_secret *secret, uint64_t time_s) MUST_CHECK;

/*
 * Verifies a note against known keys. Signatures of unknown (name, id) are
 * ignored; a known one that fails, or none known: ERR_DENIED; not a note:
 * ERR_INVALID. text views into note.
 */
enum err note_verify(struct bytes note, const struct note_key *known,
    size_t n_known, struct bytes *text, struct why *why) MUST_CHECK;

struct checkpoint {
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	struct digest root;
};

/* The three lines; no extension lines are accepted. */
enum err checkpoint_format(
    char *out, size_t *len, const struct checkpoint *c) MUST_CHECK;
enum err checkpoint_parse(
    struct checkpoint *out, struct bytes text, struct why *why) MUST_CHECK;
/* note_verify, checkpoint_parse, and origin == key name. */
enum err checkpoint_open(struct checkpoint *out, struct bytes note,
    const struct note_key *key, struct why *why) MUST_CHECK;

/* c2sp.org/tlog-proof@v1 text: index, path, checkpoint note. */
enum err tlog_proof_format(char *out, size_t *len, uint64_t index,
    const struct proof *path, struct bytes checkpoint_note) MUST_CHECK;

#endif
