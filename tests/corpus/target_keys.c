/*
 * SPDX-License-Identifier: MIT
 *
 * target_keys: targets of certificates and what they sign, notes and proofs.
 * What a parser is given besides its bytes (custodians, keys) is part of the
 * input, so that seeds hold true on their own. See parsers.h.
 */
#include "proto/card.h"
#include "proto/note.h"
#include "target.h"

int
target_cert_der(const uint8_t *data, size_t len)
{
	struct cert *c;
	enum err e = cert_parse(&c, bytes_of(data, len), NULL);

	if (e == ERR_OK)
		cert_free(c);
	return (int)e;
}

int
target_cert_pem(const uint8_t *data, size_t len)
{
	struct cert *c;
	enum err e = cert_parse_pem(&c, bytes_of(data, len), NULL);

	if (e == ERR_OK)
		cert_free(c);
	return (int)e;
}

int
target_anchors(const uint8_t *data, size_t len)
{
	struct bytes rest = bytes_of(data, len), piece[PIECES_MAX];
	struct bytes count = pieces_take(&rest);
	struct anchors *anchors;
	size_t n = 0, n_anchor = count.len > 0 ? count.data[0] : 0;
	enum err e;

	while (rest.len > 0 && n < PIECES_MAX)
		piece[n++] = pieces_take(&rest);
	if (n_anchor > n)
		n_anchor = n;
	e = anchors_parse(
	    &anchors, piece, n_anchor, piece + n_anchor, n - n_anchor, NULL);
	if (e == ERR_OK)
		anchors_free(anchors);
	return (int)e;
}

/* The certificates among the rest; others are left out. */
static size_t
take_certs(struct bytes *rest, struct cert *out[PIECES_MAX])
{
	size_t n = 0;

	while (rest->len > 0 && n < PIECES_MAX)
		if (cert_parse(&out[n], pieces_take(rest), NULL) == ERR_OK)
			n++;
	return n;
}

static void
free_certs(struct cert **c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cert_free(c[i]);
}

static int
run_card(struct arena *a, struct bytes in)
{
	struct cert *custodian[PIECES_MAX];
	struct bytes approved = pieces_take(&in);
	size_t n = take_certs(&in, custodian);
	struct card card;
	enum err e = card_open(a, approved, custodian, n, &card, NULL);

	if (e == ERR_OK)
		card_close(&card);
	free_certs(custodian, n);
	return (int)e;
}

int
target_card(const uint8_t *data, size_t len)
{
	return target_in_arena(run_card, data, len);
}

static int
run_approved(struct arena *a, struct bytes in)
{
	struct cert *custodian[PIECES_MAX];
	struct bytes kind = pieces_take(&in), approved = pieces_take(&in), body;
	size_t n = take_certs(&in, custodian);
	struct digest object;
	enum err e = card_open_approved(a, approved,
	    kind.len > 0 ? kind.data[0] : 0, custodian, n, &body, &object,
	    NULL);

	free_certs(custodian, n);
	return (int)e;
}

int
target_approved(const uint8_t *data, size_t len)
{
	return target_in_arena(run_approved, data, len);
}

static int
run_signature(struct arena *a, struct bytes in)
{
	struct bytes tag = pieces_take(&in), digest = pieces_take(&in);
	struct bytes packed = pieces_take(&in);
	PbSignature *signature;
	struct digest d;
	struct cert *cert;
	enum code code = ENVELOPE_UNPACK(
	    a, signature, packed, &signature, NULL);

	if (code != CODE_OK || digest.len != sizeof d.b ||
	    cert_parse(&cert, pieces_take(&in), NULL) != ERR_OK)
		return code != CODE_OK ? (int)code : CODE_UNKNOWN_CERTIFICATE;
	memcpy(d.b, digest.data, sizeof d.b);
	code = sign_check(tag, &d, signature, cert);
	cert_free(cert);
	return (int)code;
}

int
target_signature(const uint8_t *data, size_t len)
{
	return target_in_arena(run_signature, data, len);
}

/* ------------------------------------------------------------------- notes */

static size_t
take_note_keys(struct bytes *rest, struct note_key out[PIECES_MAX])
{
	size_t n = 0;

	while (rest->len > 0 && n < PIECES_MAX) {
		struct bytes piece = pieces_take(rest);
		char *vkey = target_c_text(piece.data, piece.len);

		if (vkey != NULL &&
		    note_key_parse(&out[n], vkey, NULL) == ERR_OK)
			n++;
		free(vkey);
	}
	return n;
}

int
target_note(const uint8_t *data, size_t len)
{
	struct note_key key[PIECES_MAX];
	struct bytes rest = bytes_of(data, len), text;
	struct bytes note = pieces_take(&rest);

	return (int)note_verify(
	    note, key, take_note_keys(&rest, key), &text, NULL);
}

int
target_checkpoint(const uint8_t *data, size_t len)
{
	struct note_key key[PIECES_MAX];
	struct bytes rest = bytes_of(data, len);
	struct bytes note = pieces_take(&rest);
	struct checkpoint c;

	if (take_note_keys(&rest, key) == 0)
		return ERR_DENIED;
	return (int)checkpoint_open(&c, note, &key[0], NULL);
}

/* ------------------------------------------------------------------ proofs */

/* Two numbers and n digests off the front; false if they are not there. */
static bool
take_fixed(struct bytes *rest, uint64_t number[2], struct digest *out, size_t n)
{
	if (rest->len < 16 + n * DIGEST_SIZE)
		return false;
	number[0] = get_u64(rest->data);
	number[1] = get_u64(rest->data + 8);
	memcpy(out, rest->data + 16, n * DIGEST_SIZE);
	*rest = bytes_of(rest->data + 16 + n * DIGEST_SIZE,
	    rest->len - 16 - n * DIGEST_SIZE);
	return true;
}

int
target_inclusion(const uint8_t *data, size_t len)
{
	struct bytes rest = bytes_of(data, len);
	struct digest d[2]; /* leaf, root */
	uint64_t n[2];

	return take_fixed(&rest, n, d, 2) &&
		merkle_inclusion_holds(n[0], n[1], &d[0],
		    (const struct digest *)rest.data, rest.len / DIGEST_SIZE,
		    &d[1]) ?
	    0 :
	    1;
}

int
target_inclusion_root(const uint8_t *data, size_t len)
{
	struct bytes rest = bytes_of(data, len);
	struct digest leaf, root;
	uint64_t n[2];

	return take_fixed(&rest, n, &leaf, 1) &&
		merkle_inclusion_root(n[0], n[1], &leaf,
		    (const struct digest *)rest.data, rest.len / DIGEST_SIZE,
		    &root) ?
	    0 :
	    1;
}

int
target_consistency(const uint8_t *data, size_t len)
{
	struct bytes rest = bytes_of(data, len);
	struct digest d[2]; /* the two roots */
	uint64_t n[2];

	return take_fixed(&rest, n, d, 2) &&
		merkle_consistency_holds(n[0], n[1], &d[0], &d[1],
		    (const struct digest *)rest.data, rest.len / DIGEST_SIZE) ?
	    0 :
	    1;
}
