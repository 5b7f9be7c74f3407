/*
 * SPDX-License-Identifier: MIT
 *
 * envelope: strict reading and writing of infohus.v1 objects, and the checks
 * on a Message that need no registry (R2: limits, exact consumption, parts
 * against commitments).
 *
 * protobuf-c accepts much that must not be signed or stored: NUL in strings,
 * repeated singular fields, padded varints, unknown fields, any enum number.
 * envelope_unpack refuses all of it.
 */
#ifndef INFOHUS_ENVELOPE_H
#define INFOHUS_ENVELOPE_H

#include "arena.h"
#include "codes.h"
#include "limits.h"
#include "infohus.pb.h"

/* What went wrong and in which field; names only, never content. */
struct defect {
	enum code code;
	char field[96];
};

/*
 * Parses bytes as the message of descriptor d into arena a. In order:
 * field-count pre-scan (FIELDS_MAX, known wire types) CODE_MALFORMED or
 * CODE_TOO_LARGE; unpack CODE_MALFORMED; unknown fields at any depth
 * CODE_UNKNOWN_FIELD; enum numbers CODE_UNKNOWN_VALUE; strings that are not
 * clean UTF-8 (LF allowed) CODE_BAD_TEXT; re-pack differs
 * CODE_NOT_CANONICAL. CODE_OK sets *out. defect may be NULL.
 */
enum code envelope_unpack(struct arena *a, const ProtobufCMessageDescriptor *d,
    struct bytes in, ProtobufCMessage **out, struct defect *defect);

/* Typed form: PbHeader *h; ENVELOPE_UNPACK(a, header, bytes, &h, &defect) */
#define ENVELOPE_UNPACK(a, type, in, out, defect) \
	envelope_unpack((a), &pb_##type##__descriptor, (in), \
	    (ProtobufCMessage **)(out), (defect))

/* Packs into the arena; ERR_NOMEM. */
enum err envelope_pack(
    struct arena *a, const void *message, struct bytes *out) MUST_CHECK;

/* Wraps packed bytes as Object {kind, version, bytes} and packs that. */
enum err envelope_wrap(struct arena *a, uint32_t kind, struct bytes in,
    struct bytes *out) MUST_CHECK;
/* Object kinds. */
enum object_kind {
	OBJECT_CARD = 1,
	OBJECT_SUSPENSION = 2,
	OBJECT_MANIFEST = 3,
	OBJECT_MESSAGE = 4,
	OBJECT_ENTRY = 5,
	OBJECT_HEADER = 6,
	OBJECT_PART = 7,
};

/* Kinds that never carry a case id; every other always does. What is owed to
 * a child must not wait for a case, nor point at one, and what is asked or
 * told without naming anybody must not either. */
bool kind_is_caseless(PbKind kind);

/* Kinds that ask somebody for something: whoever got one may answer, and may
 * say no, with in_reply_to. */
bool kind_is_request(PbKind kind);

struct opened { /* one part of an opened message */
	uint8_t kind;
	struct digest commitment;
	struct bytes part;
	const PbOpening *opening;
};

/*
 * A message after R2: parsed, canonical, every opening matches exactly one
 * commitment of the header. Everything lives in the arena it was opened in.
 */
struct envelope {
	struct bytes header_bytes;
	struct digest header_digest;
	PbHeader *header;
	PbSignature *signature;
	PbGrounds *grounds;
	struct opened grounds_part;
	size_t n_addressee;
	PbAddressee *addressee[ADDRESSEES_MAX];
	struct opened addressee_part[ADDRESSEES_MAX];
	size_t n_section;
	struct opened section[COMMITMENTS_MAX];
	uint64_t categories; /* bit (category - CATEGORY_IDENTITY) */
	const char *cpr;     /* of the identity section, digits; or NULL */
};

/*
 * R2 for a submitted message. Checks sizes, id lengths, node id form, sorted
 * and padded commitments, exactly one grounds part, 1..16 addressees, each
 * section category at most once, each section listed by an addressee present,
 * CPR digits. Refusal codes: MALFORMED TOO_LARGE NOT_CANONICAL UNKNOWN_FIELD
 * UNKNOWN_VALUE BAD_TEXT BAD_FIELD BAD_VERSION COMMITMENT_MISMATCH
 * PART_MISSING BAD_CPR. message_id (may be NULL) is set as soon as it could
 * be read, *has_id says whether.
 */
enum code
envelope_open(struct arena *a, struct bytes message, struct envelope *out,
    struct defect *defect, struct id *message_id, bool *has_id);

/*
 * The recipient's side: header, signature digest and openings of an offer
 * against the header's commitments; which == the same checks without
 * demanding grounds. CODE_OK fills out (grounds may be NULL). With grounds
 * and no section it is an approver's: then the sections that its addressee
 * parts list are not demanded.
 */
enum code envelope_open_offer(struct arena *a, const PbOffer *offer,
    struct envelope *out, struct defect *defect);

/* The message descriptor of a section category; NULL if there is none. */
const ProtobufCMessageDescriptor *envelope_section_descriptor(unsigned cat);

#define CATEGORY_BIT(c) (1ULL << ((c)-CATEGORY_IDENTITY))

#endif
