/*
 * SPDX-License-Identifier: MIT
 *
 * mangle: a good message made bad in one way, for compose_mangle.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compose.h"
#include "people.h"
#include "proto/digest.h"
#include "proto/sign.h"

struct apart {
	struct message *m;
	PbMessage *message;
	PbHeader *header;
};

static ProtobufCBinaryData
binary(struct bytes b)
{
	return (ProtobufCBinaryData){ b.len, (uint8_t *)(uintptr_t)b.data };
}

static struct bytes
pack(struct apart *x, const void *message)
{
	struct bytes out;

	people_must(envelope_pack(x->m->arena, message, &out), NULL);
	return out;
}

/* The header as it is now, signed again. */
static struct bytes
sign_again(struct apart *x)
{
	struct bytes header = pack(x, x->header);
	struct digest d = digest_tagged(TAG(TAG_HEADER), header);

	people_must(sign_batch(x->m->arena, TAG(TAG_MESSAGE), &d, 1,
			node_signer(x->m->sender), &x->message->signature),
	    NULL);
	x->message->header = binary(header);
	return pack(x, x->message);
}

static struct bytes
nonsense(struct apart *x)
{
	(void)x;
	return bytes_str("this is no protobuf");
}

static struct bytes
too_large(struct apart *x)
{
	return bytes_of(
	    arena_alloc(x->m->arena, MESSAGE_MAX + 1), MESSAGE_MAX + 1);
}

/* The first length once more, as a padded varint. */
static struct bytes
padded(struct apart *x)
{
	struct bytes in = x->m->packed;
	uint8_t *out = arena_alloc(x->m->arena, in.len + 1);
	size_t n = 1;

	while (in.data[n] & 0x80)
		n++;
	memcpy(out, in.data, n + 1);
	out[n] |= 0x80;
	out[n + 1] = 0;
	memcpy(out + n + 2, in.data + n + 1, in.len - n - 1);
	return bytes_of(out, in.len + 1);
}

static struct bytes
unknown_field(struct apart *x)
{
	struct bytes in = x->m->packed;
	uint8_t *out = arena_alloc(x->m->arena, in.len + 3);

	memcpy(out, in.data, in.len);
	memcpy(out + in.len, "\xf8\x06\x01", 3); /* field 111 */
	return bytes_of(out, in.len + 3);
}

static struct bytes
unknown_role(struct apart *x)
{
	x->header->role = (PbRole)99;
	return sign_again(x);
}

static struct bytes
bad_text(struct apart *x)
{
	x->header->sender = arena_strdup(x->m->arena, "kommune/\xff");
	return sign_again(x);
}

static struct bytes
short_nonce(struct apart *x)
{
	x->header->nonce.len--;
	return sign_again(x);
}

static struct bytes
other_version(struct apart *x)
{
	x->header->version++;
	return sign_again(x);
}

static struct bytes
other_sender(struct apart *x)
{
	x->header->sender = arena_strdup(x->m->arena, "kommune/9999");
	return sign_again(x);
}

static struct bytes
other_certificate(struct apart *x)
{
	x->message->signature->certificate.data[0] ^= 1;
	return pack(x, x->message);
}

static struct bytes
wrong_signature(struct apart *x)
{
	x->message->signature->value.data[0] ^= 1;
	return pack(x, x->message);
}

static struct bytes
wrong_path(struct apart *x)
{
	x->message->signature->count = 2; /* and no path to its root */
	return pack(x, x->message);
}

static struct bytes
other_salt(struct apart *x)
{
	x->message->opening[0]->salt.data[0] ^= 1;
	return pack(x, x->message);
}

static struct bytes
no_grounds(struct apart *x)
{
	x->message->opening++;
	x->message->n_opening--;
	return pack(x, x->message);
}

/* The 31st of February, committed to and signed. */
static struct bytes
bad_cpr(struct apart *x)
{
	PbOpening *o = NULL;
	struct digest old, new;
	size_t at = 0;
	char *digits;

	for (size_t i = 0; i < x->message->n_opening; i++)
		if (x->message->opening[i]->kind == CATEGORY_IDENTITY)
			o = x->message->opening[i];
	digits = o == NULL ?
	    NULL :
	    memmem(o->part.data, o->part.len, "0102901234", 10);
	if (digits == NULL)
		return bytes_of(NULL, 0);
	old = digest_part(CATEGORY_IDENTITY, FORM_PLAIN, o->salt.data,
	    bytes_of(o->part.data, o->part.len));
	memcpy(digits, "3102", 4);
	while (memcmp(x->header->commitment[at].data, old.b, DIGEST_SIZE) != 0)
		at++;
	/* Other salts, until it stands where the old one did. */
	do {
		randombytes_buf(o->salt.data, 32);
		new = digest_part(CATEGORY_IDENTITY, FORM_PLAIN, o->salt.data,
		    bytes_of(o->part.data, o->part.len));
	} while ((at > 0 &&
		     memcmp(new.b, x->header->commitment[at - 1].data,
			 DIGEST_SIZE) <= 0) ||
	    (at + 1 < x->header->n_commitment &&
		memcmp(new.b, x->header->commitment[at + 1].data,
		    DIGEST_SIZE) >= 0));
	memcpy(x->header->commitment[at].data, new.b, DIGEST_SIZE);
	return sign_again(x);
}

/* Still good: the same id with another time. */
static struct bytes
other_content(struct apart *x)
{
	x->header->created++;
	return sign_again(x);
}

static struct bytes
long_ago(struct apart *x)
{
	x->header->created -= 3 * DAY_MS;
	x->header->expires = x->header->created + DAY_MS;
	return sign_again(x);
}

static struct bytes
next_year(struct apart *x)
{
	x->header->expires = x->header->created + 365 * DAY_MS;
	return sign_again(x);
}

static const struct {
	const char *name;
	struct bytes (*change)(struct apart *x);
	bool opens; /* is still a well-formed message */
} mangles[] = {
	{ "nonsense", nonsense, false },
	{ "too_large", too_large, false },
	{ "padded", padded, false },
	{ "unknown_field", unknown_field, false },
	{ "unknown_role", unknown_role, false },
	{ "bad_text", bad_text, false },
	{ "short_nonce", short_nonce, false },
	{ "other_version", other_version, false },
	{ "other_sender", other_sender, true },
	{ "other_certificate", other_certificate, true },
	{ "wrong_signature", wrong_signature, true },
	{ "wrong_path", wrong_path, true },
	{ "other_salt", other_salt, false },
	{ "no_grounds", no_grounds, false },
	{ "bad_cpr", bad_cpr, false },
	{ "other_content", other_content, true },
	{ "long_ago", long_ago, true },
	{ "next_year", next_year, true },
};

void
compose_mangles(char *out, size_t room)
{
	size_t len = 0;

	for (size_t i = 0; i < sizeof mangles / sizeof mangles[0]; i++)
		len += (size_t)snprintf(out + len, len < room ? room - len : 0,
		    "%s%s", i == 0 ? "" : ", ", mangles[i].name);
}

enum err
compose_mangle(struct message *m, const char *how, struct why *why)
{
	struct apart x = { .m = m };
	char all[320];
	struct defect defect;

	if (ENVELOPE_UNPACK(m->arena, message, m->packed, &x.message, NULL) !=
		CODE_OK ||
	    ENVELOPE_UNPACK(m->arena, header,
		bytes_of(x.message->header.data, x.message->header.len),
		&x.header, NULL) != CODE_OK)
		return why_set(why, ERR_INVALID, "found no good message");
	for (size_t i = 0; i < sizeof mangles / sizeof mangles[0]; i++) {
		if (strcmp(mangles[i].name, how) != 0)
			continue;
		m->packed = mangles[i].change(&x);
		m->opens = mangles[i].opens &&
		    envelope_open(m->arena, m->packed, &m->env, &defect, NULL,
			NULL) == CODE_OK;
		return m->packed.len > 0 ?
		    ERR_OK :
		    why_set(why, ERR_INVALID,
			"found no identity with cpr=0102901234 to damage");
	}
	compose_mangles(all, sizeof all);
	return why_set(
	    why, ERR_INVALID, "found mangle=%s, expected one of %s", how, all);
}
