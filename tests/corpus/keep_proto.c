/*
 * SPDX-License-Identifier: MIT
 *
 * keep_proto: keeps what the parsers of proto/ are given; see keep.h.
 */
#include <stdlib.h>

#include "box_keys.h"
#include "keep_wrap.h"
#include "pieces.h"
#include "proto/card.h"
#include "proto/cpr.h"
#include "proto/json.h"
#include "proto/note.h"

/* ------------------------------------------------------------------ texts */

WRAPPED(enum err, hex_decode, uint8_t *out, size_t len, const char *in)
{
	uint8_t size = (uint8_t)len;
	const struct bytes piece[] = { { &size, 1 }, text_bytes(in) };

	keep_joined("hex", piece, 2);
	return __real_hex_decode(out, len, in);
}

WRAPPED(
    enum err, base64_decode, uint8_t *out, size_t *len, const struct bytes in)
{
	keep("base64", in);
	return __real_base64_decode(out, len, in);
}

WRAPPED(enum err, id_parse, struct id *out, const char *text)
{
	keep("id", text_bytes(text));
	return __real_id_parse(out, text);
}

WRAPPED(enum err, time_parse, uint64_t *ms, const char *text)
{
	keep("time", text_bytes(text));
	return __real_time_parse(ms, text);
}

WRAPPED(bool, text_is_clean, struct bytes text, bool lf)
{
	if (lf)
		keep("text", text);
	return __real_text_is_clean(text, lf);
}

WRAPPED(bool, node_id_is_valid, const char *id)
{
	keep("node_id", text_bytes(id));
	return __real_node_id_is_valid(id);
}

WRAPPED(bool, cpr_is_valid, const char *text, struct cpr_date *date)
{
	keep("cpr", text_bytes(text));
	return __real_cpr_is_valid(text, date);
}

WRAPPED(enum err, json_parse, struct arena *a,
    const ProtobufCMessageDescriptor *d, struct bytes text, uint64_t now_ms,
    ProtobufCMessage **out, struct why *why)
{
	if (d == &pb_draft__descriptor)
		keep("json_draft", text);
	return __real_json_parse(a, d, text, now_ms, out, why);
}

/* --------------------------------------------------------------- envelope */

static const struct {
	const ProtobufCMessageDescriptor *d;
	const char *kind;
} message_kind[] = {
#define MESSAGE(type) { &pb_##type##__descriptor, "pb_" #type },
#include "parsers.def"
};

/* Tests also unpack what the shipped sources never do; that is not kept. */
WRAPPED(enum code, envelope_unpack, struct arena *a,
    const ProtobufCMessageDescriptor *d, struct bytes in,
    ProtobufCMessage **out, struct defect *defect)
{
	for (size_t i = 0; i < sizeof message_kind / sizeof message_kind[0];
	     i++)
		if (message_kind[i].d == d)
			keep(message_kind[i].kind, in);
	return __real_envelope_unpack(a, d, in, out, defect);
}

WRAPPED(enum code, envelope_open, struct arena *a, struct bytes message,
    struct envelope *out, struct defect *defect, struct id *message_id,
    bool *has_id)
{
	keep("message", message);
	return __real_envelope_open(
	    a, message, out, defect, message_id, has_id);
}

static void
keep_packed(const char *kind, const ProtobufCMessage *m)
{
	uint8_t *packed = keep_is_on() ?
	    malloc(protobuf_c_message_get_packed_size(m) + 1) :
	    NULL;

	if (packed != NULL)
		keep(
		    kind, bytes_of(packed, protobuf_c_message_pack(m, packed)));
	free(packed);
}

WRAPPED(enum code, envelope_open_offer, struct arena *a, const PbOffer *offer,
    struct envelope *out, struct defect *defect)
{
	keep_packed("offer", &offer->base);
	return __real_envelope_open_offer(a, offer, out, defect);
}

WRAPPED(enum err, box_open, struct frame *f, uint8_t *plain, struct bytes in,
    const struct box_key *k)
{
	static const struct id none;
	enum err e = __real_box_open(f, plain, in, k);
	uint8_t *sealed = keep_is_on() ? malloc(in.len + 1) : NULL;
	struct box_key corpus;
	struct frame copy;

	if (sealed != NULL && e == ERR_OK) {
		copy = *f;
		if (!id_eq(&f->session, &none))
			copy.session = corpus_session;
		corpus_box_key(&corpus);
		keep("sealed",
		    bytes_of(sealed, box_seal(sealed, &copy, &corpus)));
	} else {
		keep("sealed", in);
	}
	free(sealed);
	return e;
}

/* ---------------------------------------- certificates and what they sign */

WRAPPED(
    enum err, cert_parse, struct cert **out, struct bytes der, struct why *why)
{
	keep("cert_der", der);
	return __real_cert_parse(out, der, why);
}

WRAPPED(enum err, cert_parse_pem, struct cert **out, struct bytes pem,
    struct why *why)
{
	keep("cert_pem", pem);
	return __real_cert_parse_pem(out, pem, why);
}

WRAPPED(enum err, anchors_parse, struct anchors **out,
    const struct bytes *anchor, size_t n_anchor, const struct bytes *crl,
    size_t n_crl, struct why *why)
{
	struct bytes piece[PIECES_MAX];
	uint8_t count = (uint8_t)n_anchor;
	size_t n = 0;

	piece[n++] = bytes_of(&count, 1);
	for (size_t i = 0; i < n_anchor && n < PIECES_MAX; i++)
		piece[n++] = anchor[i];
	for (size_t i = 0; i < n_crl && n < PIECES_MAX; i++)
		piece[n++] = crl[i];
	keep_pieces("anchors", piece, n);
	return __real_anchors_parse(out, anchor, n_anchor, crl, n_crl, why);
}

static size_t
add_certs(struct bytes *piece, size_t n, struct cert *const *cert, size_t count)
{
	for (size_t i = 0; i < count && n < PIECES_MAX; i++)
		if (cert[i] != NULL)
			piece[n++] = cert_der(cert[i]);
	return n;
}

WRAPPED(enum err, card_open, struct arena *a, struct bytes approved,
    struct cert *const *custodian, size_t n_custodian, struct card *out,
    struct why *why)
{
	struct bytes piece[PIECES_MAX] = { approved };

	keep_pieces("card", piece, add_certs(piece, 1, custodian, n_custodian));
	return __real_card_open(a, approved, custodian, n_custodian, out, why);
}

WRAPPED(enum err, card_open_approved, struct arena *a, struct bytes approved,
    unsigned kind, struct cert *const *custodian, size_t n_custodian,
    struct bytes *body, struct digest *object_digest, struct why *why)
{
	uint8_t number = (uint8_t)kind;
	struct bytes piece[PIECES_MAX] = { { &number, 1 }, approved };

	keep_pieces(
	    "approved", piece, add_certs(piece, 2, custodian, n_custodian));
	return __real_card_open_approved(a, approved, kind, custodian,
	    n_custodian, body, object_digest, why);
}

WRAPPED(enum code, sign_check, struct bytes tag, const struct digest *digest,
    const PbSignature *sig, const struct cert *c)
{
	uint8_t *packed = keep_is_on() ?
	    malloc(protobuf_c_message_get_packed_size(&sig->base) + 1) :
	    NULL;

	if (packed != NULL) {
		const struct bytes piece[] = { tag, { digest->b, DIGEST_SIZE },
			{ packed, protobuf_c_message_pack(&sig->base, packed) },
			cert_der(c) };

		keep_pieces("signature", piece, 4);
	}
	free(packed);
	return __real_sign_check(tag, digest, sig, c);
}

/* -------------------------------------------------------- notes and proofs */

WRAPPED(enum err, note_verify, struct bytes note, const struct note_key *known,
    size_t n_known, struct bytes *text, struct why *why)
{
	char vkey[PIECES_MAX][256];
	struct bytes piece[PIECES_MAX] = { note };
	size_t n = 1;

	for (size_t i = 0; i < n_known && n < PIECES_MAX; i++, n++) {
		note_key_format(vkey[i], &known[i]);
		piece[n] = text_bytes(vkey[i]);
	}
	keep_pieces("note", piece, n);
	return __real_note_verify(note, known, n_known, text, why);
}

WRAPPED(enum err, note_key_parse, struct note_key *out, const char *vkey,
    struct why *why)
{
	keep("note_key", text_bytes(vkey));
	return __real_note_key_parse(out, vkey, why);
}

WRAPPED(enum err, checkpoint_open, struct checkpoint *out, struct bytes note,
    const struct note_key *key, struct why *why)
{
	char vkey[256];

	note_key_format(vkey, key);
	const struct bytes piece[] = { note, text_bytes(vkey) };

	keep_pieces("checkpoint", piece, 2);
	return __real_checkpoint_open(out, note, key, why);
}

WRAPPED(enum err, checkpoint_parse, struct checkpoint *out, struct bytes text,
    struct why *why)
{
	keep("checkpoint_text", text);
	return __real_checkpoint_parse(out, text, why);
}

static struct bytes
path_bytes(const struct digest *path, size_t n)
{
	return bytes_of(path, n <= 2 * MERKLE_PROOF_MAX ? n * DIGEST_SIZE : 0);
}

WRAPPED(bool, merkle_inclusion_holds, uint64_t index, uint64_t size,
    const struct digest *leaf, const struct digest *path, size_t path_len,
    const struct digest *root)
{
	uint8_t number[2][8];
	const struct bytes piece[] = { { number[0], 8 }, { number[1], 8 },
		{ leaf->b, DIGEST_SIZE }, { root->b, DIGEST_SIZE },
		path_bytes(path, path_len) };

	put_u64(number[0], index);
	put_u64(number[1], size);
	keep_joined("inclusion", piece, 5);
	return __real_merkle_inclusion_holds(
	    index, size, leaf, path, path_len, root);
}

WRAPPED(bool, merkle_inclusion_root, uint64_t index, uint64_t size,
    const struct digest *leaf, const struct digest *path, size_t path_len,
    struct digest *root)
{
	uint8_t number[2][8];
	const struct bytes piece[] = { { number[0], 8 }, { number[1], 8 },
		{ leaf->b, DIGEST_SIZE }, path_bytes(path, path_len) };

	put_u64(number[0], index);
	put_u64(number[1], size);
	keep_joined("inclusion_root", piece, 4);
	return __real_merkle_inclusion_root(
	    index, size, leaf, path, path_len, root);
}

WRAPPED(bool, merkle_consistency_holds, uint64_t first, uint64_t second,
    const struct digest *first_root, const struct digest *second_root,
    const struct digest *path, size_t path_len)
{
	uint8_t number[2][8];
	const struct bytes piece[] = { { number[0], 8 }, { number[1], 8 },
		{ first_root->b, DIGEST_SIZE }, { second_root->b, DIGEST_SIZE },
		path_bytes(path, path_len) };

	put_u64(number[0], first);
	put_u64(number[1], second);
	keep_joined("consistency", piece, 5);
	return __real_merkle_consistency_holds(
	    first, second, first_root, second_root, path, path_len);
}
