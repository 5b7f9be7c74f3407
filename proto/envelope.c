/*
 * SPDX-License-Identifier: MIT
 *
 * envelope: the checks on a Message that need no registry (step R2), and
 * the same for what a recipient is offered. Pure but for the arena; it must
 * never put content into a defect, and never look into a sealed section.
 */
#include "proto/envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/cpr.h"
#include "proto/digest.h"
#include "proto/keys.h"
#include "proto/merkle.h"

#define SALT_SIZE 32
#define NONCE_SIZE 32
#define NODE_ELEMENT_MAX 32

/* What an opening is read into, and what has been seen so far. */
struct reading {
	struct arena *arena;
	struct envelope *env;
	struct defect *defect;
	uint32_t opened; /* bit per commitment of the header */
};

static enum code
refuse(struct defect *defect, enum code code, const char *field)
{
	if (defect != NULL) {
		defect->code = code;
		snprintf(defect->field, sizeof(defect->field), "%s", field);
	}
	return code;
}

static struct bytes
view(ProtobufCBinaryData b)
{
	return bytes_of(b.data, b.len);
}

/* --------------------------------------------------------------- header */

static enum code
check_commitments(const PbHeader *h, struct defect *defect)
{
	size_t n = h->n_commitment;

	if (n != 4 && n != 8 && n != 16 && n != COMMITMENTS_MAX)
		return refuse(defect, CODE_BAD_FIELD, "Header.commitment");
	for (size_t i = 0; i < n; i++) {
		if (h->commitment[i].len != DIGEST_SIZE)
			return refuse(
			    defect, CODE_BAD_FIELD, "Header.commitment");
		if (i > 0 &&
		    memcmp(h->commitment[i - 1].data, h->commitment[i].data,
			DIGEST_SIZE) >= 0)
			return refuse(
			    defect, CODE_BAD_FIELD, "Header.commitment");
	}
	return CODE_OK;
}

bool
kind_is_caseless(PbKind kind)
{
	return kind == KIND_UNDERRETNING || kind == KIND_UNDERRETNING_RECEIPT ||
	    kind == KIND_UNDERRETNING_FEEDBACK || kind == KIND_SPARRING ||
	    kind == KIND_ANONYMOUS_CASE;
}

bool
kind_is_request(PbKind kind)
{
	return kind == KIND_INFO_REQUEST || kind == KIND_MEETING_SUMMONS ||
	    kind == KIND_RECOMMENDATION || kind == KIND_STATUS_REQUEST ||
	    kind == KIND_REPORTER_QUESTION;
}

static enum code
check_header(const PbHeader *h, struct defect *defect)
{
	const char *bad = NULL;

	if (h->version != PROTOCOL_VERSION)
		return refuse(defect, CODE_BAD_VERSION, "Header.version");
	if (h->message_id.len != ID_SIZE)
		bad = "Header.message_id";
	else if (h->nonce.len != NONCE_SIZE)
		bad = "Header.nonce";
	else if (!node_id_is_valid(h->sender))
		bad = "Header.sender";
	else if (h->has_case_id && h->case_id.len != ID_SIZE)
		bad = "Header.case_id";
	else if (h->has_after && h->after.len != ID_SIZE)
		bad = "Header.after";
	else if (h->has_in_reply_to && h->in_reply_to.len != ID_SIZE)
		bad = "Header.in_reply_to";
	else if (h->created > TIME_MAX_MS)
		bad = "Header.created";
	else if (h->expires > TIME_MAX_MS || h->expires <= h->created)
		bad = "Header.expires";
	else if (h->has_case_id == kind_is_caseless(h->kind))
		bad = "Header.case_id";
	if (bad != NULL)
		return refuse(defect, CODE_BAD_FIELD, bad);
	return check_commitments(h, defect);
}

/* Form only; whether it holds is decided in R3. */
static enum code
check_signature(const PbSignature *s, struct defect *defect)
{
	if (s->certificate.len != DIGEST_SIZE)
		return refuse(defect, CODE_BAD_FIELD, "Signature.certificate");
	if (s->value.len == 0 || s->value.len > SIGNATURE_MAX)
		return refuse(defect, CODE_BAD_FIELD, "Signature.value");
	if (s->n_path > MERKLE_PROOF_MAX)
		return refuse(defect, CODE_BAD_FIELD, "Signature.path");
	for (size_t i = 0; i < s->n_path; i++)
		if (s->path[i].len != DIGEST_SIZE)
			return refuse(defect, CODE_BAD_FIELD, "Signature.path");
	return CODE_OK;
}

/* ---------------------------------------------------------------- parts */

static bool
is_kommune_code(const char *s)
{
	return strlen(s) == 4 && strspn(s, "0123456789") == 4;
}

static enum code
read_grounds(struct reading *r, const struct opened *part)
{
	PbGrounds *g = NULL;
	enum code code;

	if (r->env->grounds != NULL)
		return refuse(r->defect, CODE_PART_MISSING, "Grounds");
	code = ENVELOPE_UNPACK(r->arena, grounds, part->part, &g, r->defect);
	if (code != CODE_OK)
		return code;
	if (g->bopaelskommune != NULL && !is_kommune_code(g->bopaelskommune))
		return refuse(
		    r->defect, CODE_BAD_FIELD, "Grounds.bopaelskommune");
	if (g->handlekommune != NULL && !is_kommune_code(g->handlekommune))
		return refuse(
		    r->defect, CODE_BAD_FIELD, "Grounds.handlekommune");
	if (g->custody_kommune != NULL && !is_kommune_code(g->custody_kommune))
		return refuse(
		    r->defect, CODE_BAD_FIELD, "Grounds.custody_kommune");
	r->env->grounds = g;
	r->env->grounds_part = *part;
	return CODE_OK;
}

static bool
is_unit(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= NODE_ELEMENT_MAX &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static enum code
read_addressee(struct reading *r, const struct opened *part)
{
	size_t n = r->env->n_addressee;
	PbAddressee *to = NULL;
	enum code code;

	if (n == ADDRESSEES_MAX)
		return refuse(r->defect, CODE_TOO_LARGE, "Addressee");
	code = ENVELOPE_UNPACK(r->arena, addressee, part->part, &to, r->defect);
	if (code != CODE_OK)
		return code;
	if (to->node == NULL && !to->has_role)
		return refuse(r->defect, CODE_BAD_FIELD, "Addressee.role");
	if (to->node != NULL && !node_id_is_valid(to->node))
		return refuse(r->defect, CODE_BAD_FIELD, "Addressee.node");
	/* A node needs no placing: the two could contradict each other. */
	if (to->node != NULL && to->has_relation)
		return refuse(r->defect, CODE_BAD_FIELD, "Addressee.relation");
	if (to->unit != NULL && (to->node != NULL || !is_unit(to->unit)))
		return refuse(r->defect, CODE_BAD_FIELD, "Addressee.unit");
	r->env->addressee[n] = to;
	r->env->addressee_part[n] = *part;
	r->env->n_addressee++;
	return CODE_OK;
}

/* ------------------------------------------------------------- sections */

const ProtobufCMessageDescriptor *
envelope_section_descriptor(unsigned cat)
{
	const ProtobufCFieldDescriptor *f;

	f = protobuf_c_message_descriptor_get_field(
	    &pb_sections__descriptor, cat);
	return f != NULL ? f->descriptor : NULL;
}

static enum code
refuse_section(struct defect *defect, enum code code, unsigned cat)
{
	const ProtobufCFieldDescriptor *f;
	char field[64];

	f = protobuf_c_message_descriptor_get_field(
	    &pb_sections__descriptor, cat);
	snprintf(field, sizeof(field), "Sections.%s", f->name);
	return refuse(defect, code, field);
}

static enum code
check_cprs(struct reading *r, unsigned cat, const ProtobufCMessage *m)
{
	if (cat == CATEGORY_IDENTITY) {
		const PbIdentity *identity = (const PbIdentity *)m;

		if (identity->cpr == NULL)
			return CODE_OK;
		if (!cpr_is_valid(identity->cpr, NULL))
			return refuse(r->defect, CODE_BAD_CPR, "Identity.cpr");
		r->env->cpr = identity->cpr;
	} else if (cat == CATEGORY_FAMILY) {
		const PbFamily *family = (const PbFamily *)m;

		for (size_t i = 0; i < family->n_member; i++)
			if (family->member[i]->cpr != NULL &&
			    !cpr_is_valid(family->member[i]->cpr, NULL))
				return refuse(r->defect, CODE_BAD_CPR,
				    "FamilyMember.cpr");
	}
	return CODE_OK;
}

static enum code
read_section(struct reading *r, const struct opened *part)
{
	const ProtobufCMessageDescriptor *d = envelope_section_descriptor(
	    part->kind);
	struct envelope *env = r->env;
	ProtobufCMessage *m = NULL;
	enum code code;

	if (env->categories & CATEGORY_BIT(part->kind))
		return refuse_section(r->defect, CODE_PART_MISSING, part->kind);
	code = envelope_unpack(r->arena, d, part->part, &m, r->defect);
	if (code == CODE_OK)
		code = check_cprs(r, part->kind, m);
	if (code != CODE_OK)
		return code;
	env->categories |= CATEGORY_BIT(part->kind);
	env->section[env->n_section++] = *part;
	return CODE_OK;
}

/* Every section present is meant for somebody, every one meant is present. */
static enum code
check_listed(const struct envelope *env, struct defect *defect)
{
	uint64_t listed = 0, odd;
	unsigned cat = CATEGORY_IDENTITY;

	for (size_t i = 0; i < env->n_addressee; i++)
		for (size_t k = 0; k < env->addressee[i]->n_section; k++)
			listed |= CATEGORY_BIT(env->addressee[i]->section[k]);
	odd = listed ^ env->categories;
	if (odd == 0)
		return CODE_OK;
	while ((odd & CATEGORY_BIT(cat)) == 0)
		cat++;
	return refuse_section(defect, CODE_PART_MISSING, cat);
}

/* ------------------------------------------------------------- openings */

static int
compare_commitment(const void *key, const void *element)
{
	const ProtobufCBinaryData *b = element;

	return memcmp(key, b->data, DIGEST_SIZE);
}

/* Finds the commitment that the opening opens and nothing opened before. */
static enum code
match(struct reading *r, const struct opened *part)
{
	const PbHeader *h = r->env->header;
	const ProtobufCBinaryData *hit;
	uint32_t bit;

	hit = bsearch(part->commitment.b, h->commitment, h->n_commitment,
	    sizeof(h->commitment[0]), compare_commitment);
	if (hit == NULL)
		return refuse(
		    r->defect, CODE_COMMITMENT_MISMATCH, "Opening.part");
	bit = UINT32_C(1) << (hit - h->commitment);
	if (r->opened & bit)
		return refuse(
		    r->defect, CODE_COMMITMENT_MISMATCH, "Opening.part");
	r->opened |= bit;
	return CODE_OK;
}

static enum code
check_opening(const PbOpening *o, struct defect *defect)
{
	if (o->kind == PART_VERDICT || o->kind == PART_DETAILS)
		return refuse(defect, CODE_BAD_FIELD, "Opening.kind");
	if (o->kind != PART_GROUNDS && o->kind != PART_ADDRESSEE &&
	    envelope_section_descriptor(o->kind) == NULL)
		return refuse(defect, CODE_UNKNOWN_VALUE, "Opening.kind");
	if (o->salt.len != SALT_SIZE)
		return refuse(defect, CODE_BAD_FIELD, "Opening.salt");
	/* Version 1 seals nothing: what core cannot read it cannot judge. */
	if (o->form != FORM_PLAIN)
		return refuse(defect, CODE_BAD_FIELD, "Opening.form");
	return CODE_OK;
}

static enum code
read_opening(struct reading *r, const PbOpening *o)
{
	struct opened part = { .part = view(o->part), .opening = o };
	enum code code = check_opening(o, r->defect);

	if (code != CODE_OK)
		return code;
	part.kind = (uint8_t)o->kind;
	part.commitment = digest_part(
	    part.kind, (uint8_t)o->form, o->salt.data, part.part);
	code = match(r, &part);
	if (code != CODE_OK)
		return code;
	if (part.kind == PART_GROUNDS)
		return read_grounds(r, &part);
	if (part.kind == PART_ADDRESSEE)
		return read_addressee(r, &part);
	return read_section(r, &part);
}

/* -------------------------------------------------------------- messages */

static enum code
read_header(struct reading *r, struct bytes header)
{
	struct envelope *env = r->env;

	if (header.len > HEADER_MAX)
		return refuse(r->defect, CODE_TOO_LARGE, "Message.header");
	env->header_bytes = header;
	env->header_digest = digest_tagged(TAG(TAG_HEADER), header);
	return ENVELOPE_UNPACK(
	    r->arena, header, header, &env->header, r->defect);
}

/* All but the header's parsing, which the caller has done. */
static enum code
read_parts(struct reading *r, PbSignature *signature, PbOpening *const *opening,
    size_t n)
{
	enum code code = check_header(r->env->header, r->defect);

	if (code == CODE_OK)
		code = check_signature(signature, r->defect);
	r->env->signature = signature;
	for (size_t i = 0; i < n && code == CODE_OK; i++)
		code = read_opening(r, opening[i]);
	if (code != CODE_OK)
		return code;
	if (r->env->n_addressee == 0)
		return refuse(r->defect, CODE_PART_MISSING, "Addressee");
	return CODE_OK;
}

/* What an approval must say to decide anything, and nothing else may. */
static enum code
check_decides(const struct envelope *env, struct defect *defect)
{
	const PbGrounds *g = env->grounds;

	if (g->has_decides != (env->header->kind == KIND_APPROVAL) ||
	    (g->has_decides && g->decides.len != DIGEST_SIZE))
		return refuse(defect, CODE_BAD_FIELD, "Grounds.decides");
	if (!g->has_decides)
		return CODE_OK;
	if (!env->header->has_in_reply_to)
		return refuse(defect, CODE_BAD_FIELD, "Header.in_reply_to");
	if (!g->has_event ||
	    (g->event != EVENT_APPROVED && g->event != EVENT_DENIED))
		return refuse(defect, CODE_BAD_FIELD, "Grounds.event");
	if (env->n_addressee != 1 || !env->addressee[0]->has_role ||
	    env->addressee[0]->role != ROLE_INFOHUS)
		return refuse(defect, CODE_BAD_FIELD, "Addressee.role");
	return CODE_OK;
}

enum code
envelope_open(struct arena *a, struct bytes message, struct envelope *out,
    struct defect *defect, struct id *message_id, bool *has_id)
{
	struct envelope env = { 0 };
	struct reading r = { .arena = a, .env = &env, .defect = defect };
	PbMessage *m = NULL;
	enum code code;

	if (has_id != NULL)
		*has_id = false;
	if (message.len > MESSAGE_MAX)
		return refuse(defect, CODE_TOO_LARGE, "Message");
	code = ENVELOPE_UNPACK(a, message, message, &m, defect);
	if (code == CODE_OK)
		code = read_header(&r, view(m->header));
	if (code != CODE_OK)
		return code;
	if (env.header->message_id.len == ID_SIZE && message_id != NULL &&
	    has_id != NULL) {
		memcpy(message_id->b, env.header->message_id.data, ID_SIZE);
		*has_id = true;
	}
	code = read_parts(&r, m->signature, m->opening, m->n_opening);
	if (code != CODE_OK)
		return code;
	if (env.grounds == NULL)
		return refuse(defect, CODE_PART_MISSING, "Grounds");
	code = check_listed(&env, defect);
	if (code == CODE_OK)
		code = check_decides(&env, defect);
	if (code != CODE_OK)
		return code;
	*out = env;
	return CODE_OK;
}

enum code
envelope_open_offer(struct arena *a, const PbOffer *offer, struct envelope *out,
    struct defect *defect)
{
	struct envelope env = { 0 };
	struct reading r = { .arena = a, .env = &env, .defect = defect };
	enum code code = read_header(&r, view(offer->header));

	if (code == CODE_OK)
		code = read_parts(
		    &r, offer->signature, offer->opening, offer->n_opening);
	/* An approver gets the grounds and is shown no section. */
	if (code == CODE_OK && (env.grounds == NULL || env.n_section > 0))
		code = check_listed(&env, defect);
	if (code != CODE_OK)
		return code;
	*out = env;
	return CODE_OK;
}
