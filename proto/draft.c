/*
 * SPDX-License-Identifier: MIT
 *
 * draft: fills in, commits, signs. What leaves here has been opened again
 * by the same checks that core will make, so that a draft that cannot be a
 * message is refused on the sender's own machine. Salts, nonce and padding
 * are always fresh: a repeated salt would let a recipient guess parts that
 * it was not given.
 */
#include "proto/draft.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"
#include "proto/sign.h"
#include "proto/taxonomy.h"

#define SALT_SIZE 32
#define NONCE_SIZE 32

/* A message in the making; everything it points at is in the arena. */
struct making {
	struct arena *arena;
	const PbDraft *draft;
	PbHeader header;
	PbMessage message;
	struct digest commitment[COMMITMENTS_MAX];
};

static ProtobufCBinaryData
binary(struct bytes b)
{
	return (ProtobufCBinaryData){ b.len, (uint8_t *)(uintptr_t)b.data };
}

void
draft_new_id(struct id *out, uint64_t now_ms)
{
	uint8_t time[8];

	put_u64(time, now_ms << 16);
	randombytes_buf(out->b, ID_SIZE);
	memcpy(out->b, time, 6);
	out->b[6] = (out->b[6] & 0x0f) | 0x70; /* version 7 */
	out->b[8] = (out->b[8] & 0x3f) | 0x80; /* RFC 9562 variant */
}

/* --------------------------------------------------------------- header */

/* Copies an optional id of the draft; absent ones stay absent. */
static enum err
copy_id(const char *field, protobuf_c_boolean has, ProtobufCBinaryData from,
    ProtobufCBinaryData *to, struct why *why)
{
	if (!has)
		return ERR_OK;
	if (from.len != ID_SIZE)
		return why_set(why, ERR_INVALID,
		    "%s: found %zu bytes, expected %d", field, from.len,
		    ID_SIZE);
	*to = from;
	return ERR_OK;
}

static enum err
fill_ids(struct making *m, const struct id *fresh, struct why *why)
{
	const PbDraft *d = m->draft;
	PbHeader *h = &m->header;
	enum err e;

	h->message_id = binary(bytes_of(fresh->b, ID_SIZE));
	e = copy_id("message_id", d->has_message_id, d->message_id,
	    &h->message_id, why);
	if (e == ERR_OK)
		e = copy_id(
		    "case_id", d->has_case_id, d->case_id, &h->case_id, why);
	if (e == ERR_OK)
		e = copy_id("after", d->has_after, d->after, &h->after, why);
	if (e == ERR_OK)
		e = copy_id("in_reply_to", d->has_in_reply_to, d->in_reply_to,
		    &h->in_reply_to, why);
	if (e != ERR_OK)
		return e;
	h->has_case_id = d->has_case_id;
	h->has_after = d->has_after;
	h->has_in_reply_to = d->has_in_reply_to;

	if (kind_is_caseless(d->kind) && d->has_case_id)
		return why_set(why, ERR_INVALID,
		    "case_id: found one, expected none: the kind %s belongs "
		    "to no case",
		    TAXONOMY_ID(kind, d->kind));
	if (d->kind == KIND_CONCERN && !d->has_case_id) {
		h->has_case_id = 1;
		h->case_id = h->message_id;
	}
	if (!kind_is_caseless(d->kind) && !h->has_case_id)
		return why_set(why, ERR_INVALID,
		    "case_id: found none, expected the id of the case that "
		    "this %s belongs to",
		    TAXONOMY_ID(kind, d->kind));
	return ERR_OK;
}

static enum err
fill_role(struct making *m, int only_role, struct why *why)
{
	char expected[TAXONOMY_EXPECTED];

	if (m->draft->has_role) {
		m->header.role = m->draft->role;
		return ERR_OK;
	}
	if (only_role != 0) {
		m->header.role = (PbRole)only_role;
		return ERR_OK;
	}
	return why_set(why, ERR_INVALID, "role: found none, expected %s",
	    taxonomy_expected(&pb_role__descriptor, NULL, expected));
}

static enum err
fill_header(struct making *m, const char *sender, int only_role,
    uint64_t now_ms, struct why *why)
{
	const PbDraft *d = m->draft;
	PbHeader *h = &m->header;
	uint8_t *nonce = arena_alloc(m->arena, NONCE_SIZE);
	struct id *fresh = arena_alloc(m->arena, sizeof(*fresh));
	enum err e;

	if (nonce == NULL || fresh == NULL)
		return ERR_NOMEM;
	if (d->from != NULL && strcmp(d->from, sender) != 0)
		return why_set(why, ERR_INVALID,
		    "from: found another node than the one that sends, "
		    "expected %s",
		    sender);
	draft_new_id(fresh, now_ms);
	randombytes_buf(nonce, NONCE_SIZE);
	h->version = PROTOCOL_VERSION;
	h->nonce = binary(bytes_of(nonce, NONCE_SIZE));
	h->sender = (char *)(uintptr_t)sender;
	h->kind = d->kind;
	h->urgency = d->has_urgency ? d->urgency : URGENCY_ORDINARY;
	h->created = now_ms;
	h->expires = d->has_expires ? d->expires : now_ms + EXPIRES_MAX_MS;
	e = fill_role(m, only_role, why);
	if (e == ERR_OK)
		e = fill_ids(m, fresh, why);
	return e;
}

/* ---------------------------------------------------------------- parts */

/* Packs one part under a fresh salt and commits to it. */
static enum err
add_part(struct making *m, uint8_t kind, const void *part, struct why *why)
{
	size_t n = m->message.n_opening;
	PbOpening *o = arena_alloc(m->arena, sizeof(*o));
	uint8_t *salt = arena_alloc(m->arena, SALT_SIZE);
	struct bytes packed;
	enum err e;

	if (n == COMMITMENTS_MAX)
		return why_set(why, ERR_INVALID,
		    "found more than %d grounds, addressees and sections, "
		    "expected fewer",
		    COMMITMENTS_MAX);
	if (o == NULL || salt == NULL)
		return ERR_NOMEM;
	e = envelope_pack(m->arena, part, &packed);
	if (e != ERR_OK)
		return e;
	randombytes_buf(salt, SALT_SIZE);
	pb_opening__init(o);
	o->kind = kind;
	o->form = FORM_PLAIN;
	o->salt = binary(bytes_of(salt, SALT_SIZE));
	o->part = binary(packed);
	m->commitment[n] = digest_part(kind, FORM_PLAIN, salt, packed);
	m->message.opening[n] = o;
	m->message.n_opening++;
	return ERR_OK;
}

static enum err
add_sections(struct making *m, struct why *why)
{
	const ProtobufCMessageDescriptor *d = &pb_sections__descriptor;
	const char *sections = (const char *)m->draft->sections;
	enum err e = ERR_OK;

	for (unsigned i = 0; sections != NULL && i < d->n_fields; i++) {
		const void *part = *(
		    const void *const *)(const void *)(sections +
		    d->fields[i].offset);

		if (part != NULL)
			e = add_part(m, (uint8_t)d->fields[i].id, part, why);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static enum err
add_parts(struct making *m, struct why *why)
{
	const PbGrounds none = PB_GROUNDS__INIT;
	const PbDraft *d = m->draft;
	enum err e;

	if (d->n_addressee == 0 || d->n_addressee > ADDRESSEES_MAX)
		return why_set(why, ERR_INVALID,
		    "addressee: found %zu, expected 1 to %d", d->n_addressee,
		    ADDRESSEES_MAX);
	m->message.opening = arena_alloc(
	    m->arena, COMMITMENTS_MAX * sizeof(m->message.opening[0]));
	if (m->message.opening == NULL)
		return ERR_NOMEM;
	e = add_part(
	    m, PART_GROUNDS, d->grounds != NULL ? d->grounds : &none, why);
	for (size_t i = 0; i < d->n_addressee && e == ERR_OK; i++)
		e = add_part(m, PART_ADDRESSEE, d->addressee[i], why);
	if (e == ERR_OK)
		e = add_sections(m, why);
	return e;
}

static int
compare_digest(const void *a, const void *b)
{
	return memcmp(a, b, DIGEST_SIZE);
}

/* Padding hides how many recipients and categories there are. */
static enum err
fill_commitments(struct making *m)
{
	size_t n = 4;
	PbHeader *h = &m->header;

	while (n < m->message.n_opening)
		n *= 2;
	for (size_t i = m->message.n_opening; i < n; i++)
		randombytes_buf(m->commitment[i].b, DIGEST_SIZE);
	qsort(m->commitment, n, sizeof(m->commitment[0]), compare_digest);
	h->commitment = arena_alloc(m->arena, n * sizeof(h->commitment[0]));
	if (h->commitment == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		h->commitment[i] = binary(
		    bytes_of(m->commitment[i].b, DIGEST_SIZE));
	h->n_commitment = n;
	return ERR_OK;
}

/* ------------------------------------------------------------- signature */

static enum err
sign_and_pack(struct making *m, const struct signer *signer, struct bytes *out)
{
	struct bytes header;
	struct digest digest;
	enum err e = envelope_pack(m->arena, &m->header, &header);

	if (e != ERR_OK)
		return e;
	digest = digest_tagged(TAG(TAG_HEADER), header);
	e = sign_batch(m->arena, TAG(TAG_MESSAGE), &digest, 1, signer,
	    &m->message.signature);
	if (e != ERR_OK)
		return e;
	m->message.header = binary(header);
	return envelope_pack(m->arena, &m->message, out);
}

/* Opens it as core will. */
static enum err
check_message(struct bytes message, struct why *why)
{
	struct arena *scratch = NULL;
	struct envelope envelope;
	struct defect defect = { .field = "" };
	enum code code;
	enum err e = arena_new(&scratch, PARSE_ARENA);

	if (e != ERR_OK)
		return e;
	code = envelope_open(scratch, message, &envelope, &defect, NULL, NULL);
	if (code != CODE_OK)
		e = why_set(why, ERR_INVALID, "%s: %s (%s)", defect.field,
		    code_find(code)->meaning, code_name(code));
	arena_free(scratch);
	return e;
}

/* Everything but the signature. */
static enum err
make(struct making *m, const char *sender, int only_role, uint64_t now_ms,
    struct why *why)
{
	enum err e;

	if (sodium_init() < 0)
		return why_set(why, ERR_IO, "libsodium does not start");
	e = fill_header(m, sender, only_role, now_ms, why);
	if (e == ERR_OK)
		e = add_parts(m, why);
	return e == ERR_OK ? fill_commitments(m) : e;
}

enum err
draft_message(struct arena *a, const PbDraft *draft, const char *sender,
    int only_role, uint64_t now_ms, const struct signer *signer,
    struct bytes *out, struct id *message_id, struct why *why)
{
	struct making m = { .arena = a,
		.draft = draft,
		.header = PB_HEADER__INIT,
		.message = PB_MESSAGE__INIT };
	struct bytes packed;
	enum err e = make(&m, sender, only_role, now_ms, why);

	if (e == ERR_OK)
		e = sign_and_pack(&m, signer, &packed);
	if (e == ERR_OK)
		e = check_message(packed, why);
	if (e == ERR_NOMEM)
		return why_set(why, e, "no memory left for the message");
	if (e != ERR_OK)
		return e;
	*out = packed;
	memcpy(message_id->b, m.header.message_id.data, ID_SIZE);
	return ERR_OK;
}

/* R2 looks at the form of a signature only, and any will do for that. */
static enum err
pack_unsigned(struct making *m, struct bytes *out)
{
	static const uint8_t none[DIGEST_SIZE];
	PbSignature signature = PB_SIGNATURE__INIT;
	struct bytes header;
	enum err e = envelope_pack(m->arena, &m->header, &header);

	if (e != ERR_OK)
		return e;
	signature.count = 1;
	signature.certificate = binary(bytes_of(none, DIGEST_SIZE));
	signature.value = binary(bytes_of(none, DIGEST_SIZE));
	m->message.signature = &signature;
	m->message.header = binary(header);
	return envelope_pack(m->arena, &m->message, out);
}

enum err
draft_check(const PbDraft *draft, const char *sender, int only_role,
    uint64_t now_ms, struct why *why)
{
	struct making m = { .draft = draft,
		.header = PB_HEADER__INIT,
		.message = PB_MESSAGE__INIT };
	struct bytes packed;
	enum err e;

	if (sender == NULL)
		sender = draft->from != NULL ? draft->from : "nobody/yet";
	e = arena_new(&m.arena, PARSE_ARENA);
	if (e == ERR_OK)
		e = make(&m, sender, only_role, now_ms, why);
	if (e == ERR_OK)
		e = pack_unsigned(&m, &packed);
	if (e == ERR_OK)
		e = check_message(packed, why);
	arena_free(m.arena);
	return e == ERR_NOMEM ?
	    why_set(why, e, "no memory left for the message") :
	    e;
}
