/*
 * SPDX-License-Identifier: MIT
 *
 * note: signed notes, checkpoints and cosignatures, as C2SP writes them.
 *
 * What is emitted has one spelling; what is read must have it. A signature by
 * a key we know either holds or refuses the whole note.
 */
#include "note.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "digest.h"

#define KEY_SIZE 32
#define ID_BYTES 4
#define TIME_BYTES 8
#define BLOB_MAX (ID_BYTES + TIME_BYTES + crypto_sign_BYTES)
#define DASH "\xe2\x80\x94 " /* em dash, space */
#define COSIGNATURE "cosignature/v1\ntime "
#define PROOF_HEAD "c2sp.org/tlog-proof@v1\nindex "
#define VKEY_MAX 256

_Static_assert(crypto_sign_PUBLICKEYBYTES == KEY_SIZE &&
	crypto_sign_SEEDBYTES == KEY_SIZE &&
	crypto_sign_SECRETKEYBYTES == sizeof(((struct note_secret *)0)->secret),
    "Ed25519 sizes");

/* Text that grows in a buffer of somebody else; too much sticks as full. */
struct text {
	char *p;
	size_t room, len;
	bool full;
};

static void
add(struct text *t, struct bytes in)
{
	if (t->full || in.len > t->room - t->len) {
		t->full = true;
		return;
	}
	if (in.len > 0)
		memcpy(t->p + t->len, in.data, in.len);
	t->len += in.len;
}

static void
add_number(struct text *t, uint64_t v)
{
	char digits[21];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, v);

	add(t, bytes_of(digits, (size_t)n));
}

/* At most a digest or a signature with what stands before it. */
static void
add_base64(struct text *t, struct bytes in)
{
	char out[(BLOB_MAX + 2) / 3 * 4 + 1];

	if (in.len > BLOB_MAX) {
		t->full = true;
		return;
	}
	base64_encode(out, in);
	add(t, bytes_str(out));
}

static enum err
finish(const struct text *t, size_t *len)
{
	if (t->full)
		return ERR_FULL;
	*len = t->len;
	return ERR_OK;
}

/* Code points that Unicode calls White_Space, beyond the control bytes. */
static bool
has_space(struct bytes s)
{
	static const char *const space[] = { " ", "\xc2\x85", "\xc2\xa0",
		"\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf",
		"\xe2\x81\x9f", "\xe3\x80\x80" };

	for (size_t i = 0; i < sizeof(space) / sizeof(space[0]); i++)
		if (memmem(s.data, s.len, space[i], strlen(space[i])) != NULL)
			return true;
	/* U+2000 to U+200A */
	for (size_t i = 0; i + 2 < s.len; i++)
		if (s.data[i] == 0xe2 && s.data[i + 1] == 0x80 &&
		    s.data[i + 2] <= 0x8a)
			return true;
	return false;
}

static bool
name_is_valid(struct bytes name)
{
	return name.len > 0 && text_is_clean(name, false) && !has_space(name) &&
	    memchr(name.data, '+', name.len) == NULL;
}

enum err
note_key_make(struct note_key *out, const char *name, uint8_t type,
    const uint8_t key[32], struct why *why)
{
	const struct bytes piece[] = {
		bytes_str(name),
		bytes_of("\n", 1),
		bytes_of(&type, 1),
		bytes_of(key, KEY_SIZE),
	};
	struct digest d;

	if (!name_is_valid(piece[0]) || piece[0].len > NOTE_NAME_MAX)
		return why_set(why, ERR_INVALID,
		    "key name: expected 1 to %d bytes without space and +",
		    NOTE_NAME_MAX);
	if (type != NOTE_TYPE_ED25519 && type != NOTE_TYPE_COSIGNATURE)
		return why_set(why, ERR_INVALID,
		    "key type: found %u, expected %d or %d", type,
		    NOTE_TYPE_ED25519, NOTE_TYPE_COSIGNATURE);
	d = digest_of(piece, sizeof(piece) / sizeof(piece[0]));
	memset(out, 0, sizeof(*out));
	memcpy(out->name, piece[0].data, piece[0].len);
	memcpy(out->id, d.b, sizeof(out->id));
	memcpy(out->key, key, KEY_SIZE);
	out->type = type;
	return ERR_OK;
}

enum err
note_secret_make(struct note_secret *out, const char *name, uint8_t type,
    const uint8_t seed[32], struct why *why)
{
	uint8_t public[KEY_SIZE], secret[crypto_sign_SECRETKEYBYTES];
	enum err e;

	if (sodium_init() < 0)
		return why_set(why, ERR_IO, "libsodium does not start");
	(void)crypto_sign_seed_keypair(public, secret, seed);
	e = note_key_make(&out->public, name, type, public, why);
	if (e == ERR_OK)
		memcpy(out->secret, secret, sizeof(out->secret));
	sodium_memzero(secret, sizeof(secret));
	return e;
}

void
note_secret_wipe(struct note_secret *s)
{
	sodium_memzero(s, sizeof(*s));
}

void
note_key_format(char out[256], const struct note_key *key)
{
	struct text t = { out, VKEY_MAX - 1, 0, false };
	uint8_t blob[1 + KEY_SIZE];
	char id[2 * ID_BYTES + 1];

	hex_encode(id, bytes_of(key->id, ID_BYTES));
	blob[0] = key->type;
	memcpy(blob + 1, key->key, KEY_SIZE);
	add(&t, bytes_str(key->name));
	add(&t, bytes_of("+", 1));
	add(&t, bytes_str(id));
	add(&t, bytes_of("+", 1));
	add_base64(&t, bytes_of(blob, sizeof(blob)));
	out[t.len] = '\0';
}

enum err
note_key_parse(struct note_key *out, const char *vkey, struct why *why)
{
	char name[NOTE_NAME_MAX + 1], again[VKEY_MAX];
	uint8_t blob[1 + KEY_SIZE];
	size_t len = sizeof(blob), n = strcspn(vkey, "+");
	struct note_key key;
	enum err e;

	/* name + 8 hex + base64: the name has no '+', base64 may have. */
	if (n > NOTE_NAME_MAX || strnlen(vkey + n, 10) < 10 ||
	    vkey[n + 9] != '+' ||
	    base64_decode(blob, &len, bytes_str(vkey + n + 10)) != ERR_OK ||
	    len != sizeof(blob))
		return why_set(why, ERR_INVALID,
		    "verifier key: expected <name>+<8 hex>+<base64 of type "
		    "and 32-byte key>");
	memcpy(name, vkey, n);
	name[n] = '\0';
	e = note_key_make(&key, name, blob[0], blob + 1, why);
	if (e != ERR_OK)
		return e;
	note_key_format(again, &key);
	if (strcmp(again, vkey) != 0)
		return why_set(why, ERR_INVALID,
		    "verifier key: the key id is not that of its name and key");
	*out = key;
	return ERR_OK;
}

/* The bytes under a signature of this type; time_s in cosignatures only. */
static enum err
signed_bytes(struct text *t, struct bytes text, uint8_t type, uint64_t time_s)
{
	if (type == NOTE_TYPE_COSIGNATURE) {
		add(t, bytes_str(COSIGNATURE));
		add_number(t, time_s);
		add(t, bytes_of("\n", 1));
	}
	add(t, text);
	return t->full ? ERR_FULL : ERR_OK;
}

enum err
note_sign(char *out, size_t *len, struct bytes text,
    const struct note_secret *secret, uint64_t time_s)
{
	const struct note_key *key = &secret->public;
	char buf[NOTE_MAX + 64];
	struct text msg = { buf, sizeof(buf), 0, false };
	struct text t = { out, *len < NOTE_MAX ? *len : NOTE_MAX, 0, false };
	uint8_t blob[BLOB_MAX];
	size_t n = ID_BYTES;
	enum err e;

	if (text.len == 0 || text.data[text.len - 1] != '\n' ||
	    !text_is_clean(text, true))
		return ERR_INVALID;
	e = signed_bytes(&msg, text, key->type, time_s);
	if (e != ERR_OK)
		return e;
	memcpy(blob, key->id, ID_BYTES);
	if (key->type == NOTE_TYPE_COSIGNATURE) {
		put_u64(blob + n, time_s);
		n += TIME_BYTES;
	}
	(void)crypto_sign_detached(
	    blob + n, NULL, (const uint8_t *)buf, msg.len, secret->secret);
	n += crypto_sign_BYTES;

	add(&t, text);
	add(&t, bytes_str("\n" DASH));
	add(&t, bytes_str(key->name));
	add(&t, bytes_of(" ", 1));
	add_base64(&t, bytes_of(blob, n));
	add(&t, bytes_of("\n", 1));
	return finish(&t, len);
}

/* blob is what followed the key id. */
static bool
signature_holds(
    const struct note_key *key, struct bytes text, struct bytes blob)
{
	char buf[NOTE_MAX + 64];
	struct text msg = { buf, sizeof(buf), 0, false };
	uint64_t time_s = 0;

	if (key->type == NOTE_TYPE_COSIGNATURE) {
		if (blob.len < TIME_BYTES)
			return false;
		time_s = get_u64(blob.data);
		blob = bytes_of(blob.data + TIME_BYTES, blob.len - TIME_BYTES);
	}
	return blob.len == crypto_sign_BYTES &&
	    signed_bytes(&msg, text, key->type, time_s) == ERR_OK &&
	    crypto_sign_verify_detached(
		blob.data, (const uint8_t *)buf, msg.len, key->key) == 0;
}

/* One line "<dash> <name> <base64>", without its LF. */
struct signature_line {
	struct bytes name;
	uint8_t blob[NOTE_MAX]; /* other types of key sign longer */
	size_t len;
};

static bool
line_parse(struct signature_line *out, struct bytes line)
{
	const size_t dash = sizeof(DASH) - 1;
	const uint8_t *space;
	struct bytes rest;

	if (line.len <= dash || memcmp(line.data, DASH, dash) != 0)
		return false;
	rest = bytes_of(line.data + dash, line.len - dash);
	space = memchr(rest.data, ' ', rest.len);
	if (space == NULL)
		return false;
	out->name = bytes_of(rest.data, (size_t)(space - rest.data));
	out->len = sizeof(out->blob);
	return name_is_valid(out->name) &&
	    base64_decode(out->blob, &out->len,
		bytes_of(space + 1, rest.len - out->name.len - 1)) == ERR_OK &&
	    out->len > ID_BYTES;
}

/* Splits at the last blank line. False if there is none, or none follows. */
static bool
split(struct bytes note, struct bytes *text, struct bytes *lines)
{
	size_t i = note.len;

	if (note.len == 0 || note.data[note.len - 1] != '\n')
		return false;
	while (
	    i >= 2 && !(note.data[i - 1] == '\n' && note.data[i - 2] == '\n'))
		i--;
	/* i is where the lines begin; the blank line's LF is at i - 1. */
	if (i < 2 || i == note.len)
		return false;
	*text = bytes_of(note.data, i - 1);
	*lines = bytes_of(note.data + i, note.len - i);
	return true;
}

/* ERR_OK with *held true if the line is by a known key and holds. */
static enum err
check_line(struct bytes line, struct bytes text, const struct note_key *known,
    size_t n_known, bool *held)
{
	struct signature_line s;

	if (!line_parse(&s, line))
		return ERR_INVALID;
	for (size_t i = 0; i < n_known; i++) {
		if (!bytes_eq(s.name, bytes_str(known[i].name)) ||
		    memcmp(s.blob, known[i].id, ID_BYTES) != 0)
			continue;
		if (!signature_holds(&known[i], text,
			bytes_of(s.blob + ID_BYTES, s.len - ID_BYTES)))
			return ERR_DENIED;
		*held = true;
	}
	return ERR_OK;
}

enum err
note_verify(struct bytes note, const struct note_key *known, size_t n_known,
    struct bytes *text, struct why *why)
{
	struct bytes body, lines;
	bool held = false;

	if (note.len > NOTE_MAX || !text_is_clean(note, true) ||
	    !split(note, &body, &lines))
		return why_set(why, ERR_INVALID,
		    "note: expected at most %d bytes of clean text, a blank "
		    "line and signatures",
		    NOTE_MAX);
	for (size_t n = 1; lines.len > 0; n++) {
		const uint8_t *lf = memchr(lines.data, '\n', lines.len);
		size_t len = (size_t)(lf - lines.data);
		enum err e;

		if (n > NOTE_SIGNATURES_MAX)
			return why_set(why, ERR_INVALID,
			    "note: expected at most %d signatures",
			    NOTE_SIGNATURES_MAX);
		e = check_line(
		    bytes_of(lines.data, len), body, known, n_known, &held);
		if (e == ERR_INVALID)
			return why_set(why, e,
			    "note: line %zu after the text is no signature", n);
		if (e != ERR_OK)
			return why_set(why, e,
			    "note: signature %zu, by a known key, does not "
			    "hold",
			    n);
		lines = bytes_of(lf + 1, lines.len - len - 1);
	}
	if (!held)
		return why_set(
		    why, ERR_DENIED, "note: found no signature by a known key");
	*text = body;
	return ERR_OK;
}

/* As a line of its own; wider than key names, logs elsewhere have spaces. */
static bool
origin_is_valid(struct bytes origin)
{
	return origin.len > 0 && origin.len <= NOTE_NAME_MAX &&
	    text_is_clean(origin, false);
}

enum err
checkpoint_format(char *out, size_t *len, const struct checkpoint *c)
{
	struct text t = { out, *len, 0, false };

	if (!origin_is_valid(bytes_str(c->origin)))
		return ERR_INVALID;
	add(&t, bytes_str(c->origin));
	add(&t, bytes_of("\n", 1));
	add_number(&t, c->size);
	add(&t, bytes_of("\n", 1));
	add_base64(&t, bytes_of(c->root.b, DIGEST_SIZE));
	add(&t, bytes_of("\n", 1));
	return finish(&t, len);
}

/* Cuts the next line, without its LF, off text. False if there is none. */
static bool
next_line(struct bytes *text, struct bytes *line)
{
	const uint8_t *lf = text->len > 0 ?
	    memchr(text->data, '\n', text->len) :
	    NULL;

	if (lf == NULL)
		return false;
	*line = bytes_of(text->data, (size_t)(lf - text->data));
	*text = bytes_of(lf + 1, text->len - line->len - 1);
	return true;
}

/* Decimal, no sign, no leading zero, at most 2^64 - 1. */
static bool
parse_number(uint64_t *out, struct bytes in)
{
	uint64_t v = 0;

	if (in.len == 0 || (in.data[0] == '0' && in.len > 1))
		return false;
	for (size_t i = 0; i < in.len; i++) {
		unsigned digit = (unsigned)in.data[i] - '0';

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = 10 * v + digit;
	}
	*out = v;
	return true;
}

enum err
checkpoint_parse(struct checkpoint *out, struct bytes text, struct why *why)
{
	struct bytes origin, size, root;
	struct checkpoint c = { 0 };
	size_t len = sizeof(c.root.b);

	if (!next_line(&text, &origin) || !next_line(&text, &size) ||
	    !next_line(&text, &root) || text.len != 0)
		return why_set(why, ERR_INVALID,
		    "checkpoint: expected exactly three lines");
	if (!origin_is_valid(origin))
		return why_set(why, ERR_INVALID,
		    "checkpoint: origin, expected 1 to %d bytes of clean text",
		    NOTE_NAME_MAX);
	if (!parse_number(&c.size, size))
		return why_set(why, ERR_INVALID,
		    "checkpoint: size, expected a decimal number below 2^64 "
		    "without leading zeros");
	if (base64_decode(c.root.b, &len, root) != ERR_OK ||
	    len != sizeof(c.root.b))
		return why_set(why, ERR_INVALID,
		    "checkpoint: root, expected base64 of 32 bytes");
	memcpy(c.origin, origin.data, origin.len);
	*out = c;
	return ERR_OK;
}

enum err
checkpoint_open(struct checkpoint *out, struct bytes note,
    const struct note_key *key, struct why *why)
{
	struct checkpoint c;
	struct bytes text;
	enum err e;

	e = note_verify(note, key, 1, &text, why);
	if (e != ERR_OK)
		return e;
	e = checkpoint_parse(&c, text, why);
	if (e != ERR_OK)
		return e;
	if (strcmp(c.origin, key->name) != 0)
		return why_set(why, ERR_DENIED,
		    "checkpoint: found origin %s, expected %s", c.origin,
		    key->name);
	*out = c;
	return ERR_OK;
}

enum err
tlog_proof_format(char *out, size_t *len, uint64_t index,
    const struct proof *path, struct bytes checkpoint_note)
{
	struct text t = { out, *len, 0, false };

	if (path->len > MERKLE_PROOF_MAX)
		return ERR_INVALID;
	add(&t, bytes_str(PROOF_HEAD));
	add_number(&t, index);
	add(&t, bytes_of("\n", 1));
	for (size_t i = 0; i < path->len; i++) {
		add_base64(&t, bytes_of(path->hash[i].b, DIGEST_SIZE));
		add(&t, bytes_of("\n", 1));
	}
	add(&t, bytes_of("\n", 1));
	add(&t, checkpoint_note);
	return finish(&t, len);
}
