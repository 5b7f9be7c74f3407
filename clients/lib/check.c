/*
 * SPDX-License-Identifier: MIT
 *
 * check: entries, offers and rejections. See check.h.
 */
#include "check.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "proto/digest.h"
#include "proto/sign.h"

static struct bytes
view(ProtobufCBinaryData b)
{
	return bytes_of(b.data, b.len);
}

enum infohus_result
check_entry(const struct check *c, struct bytes entry, uint64_t index,
    const ProtobufCBinaryData *path, size_t n_path,
    const struct trust_step *step, PbEntry **out, struct why *why)
{
	struct digest leaf = merkle_leaf(entry);
	struct defect defect = { .field = "" };
	struct proof proof;
	enum code code;

	if (!trust_proof(path, n_path, &proof) ||
	    !merkle_inclusion_holds(index, step->checkpoint.size, &leaf,
		proof.hash, proof.len, &step->checkpoint.root))
		return result_set(why, INFOHUS_BAD_INCLUSION,
		    "no proof that entry %" PRIu64
		    " is in the tree of size %" PRIu64,
		    index, step->checkpoint.size);
	code = entry.len > ENTRY_MAX ?
	    CODE_TOO_LARGE :
	    ENVELOPE_UNPACK(c->arena, entry, entry, out, &defect);
	if (code != CODE_OK)
		return result_set(why, INFOHUS_WRONG_ENTRY,
		    "entry %" PRIu64 " does not read: %s %s", index,
		    code_name(code), defect.field);
	return INFOHUS_OK;
}

/* ----------------------------------------------------------------- offers */

enum infohus_result
check_offer_log(const struct check *c, PbOffer *offer, struct check_offer *out,
    struct why *why)
{
	struct proven *p = &out->proven;
	enum infohus_result r;

	out->offer = offer;
	out->header_digest = digest_tagged(
	    TAG(TAG_HEADER), view(offer->header));
	r = trust_judge(c->trust, view(offer->checkpoint),
	    offer->consistency_from, offer->consistency, offer->n_consistency,
	    &p->step, why);
	if (r == INFOHUS_OK)
		r = check_entry(c, view(offer->entry), offer->index,
		    offer->inclusion, offer->n_inclusion, &p->step, &p->entry,
		    why);
	if (r != INFOHUS_OK)
		return r;
	if (p->entry->kind != ENTRY_KIND_MESSAGE || !p->entry->has_subject ||
	    !bytes_eq(view(p->entry->subject),
		bytes_of(out->header_digest.b, DIGEST_SIZE)))
		return result_set(why, INFOHUS_WRONG_ENTRY,
		    "entry %" PRIu64 " is not that of the message offered",
		    offer->index);
	return INFOHUS_OK;
}

static enum infohus_result
check_sender(const struct check_offer *o, const struct card *card,
    bool *for_ever, struct why *why)
{
	enum code code;

	if (strcmp(card->pb->node, o->env.header->sender) != 0)
		return result_set(why, INFOHUS_BAD_CARD,
		    "found a card of another node than the sender");
	code = sign_check(TAG(TAG_MESSAGE), &o->env.header_digest,
	    o->env.signature, card->cert);
	if (code == CODE_OK)
		return INFOHUS_OK;
	/* Another certificate may be the sender's former one. */
	*for_ever = code != CODE_UNKNOWN_CERTIFICATE;
	return result_set(why, INFOHUS_BAD_SIGNATURE,
	    "the sender's signature does not hold: %s", code_name(code));
}

bool
check_is_to_decide(const struct envelope *env)
{
	return env->grounds != NULL && env->n_section == 0;
}

enum infohus_result
check_offer_message(const struct check *c, struct check_offer *o,
    bool *for_ever, struct why *why)
{
	struct defect defect = { .field = "" };
	const struct home *h = c->home;
	const struct card *card;
	struct why inner = { "" };
	enum infohus_result r;
	enum code code;
	enum err e;

	*for_ever = true;
	code = envelope_open_offer(c->arena, o->offer, &o->env, &defect);
	if (code != CODE_OK)
		return result_set(why, INFOHUS_BAD_PART, "%s %s",
		    code_name(code), defect.field);
	for (size_t i = 0;
	     i < o->env.n_addressee && !check_is_to_decide(&o->env); i++)
		if (o->env.addressee[i]->node != NULL &&
		    strcmp(o->env.addressee[i]->node, h->node) != 0)
			return result_set(why, INFOHUS_NOT_FOR_US,
			    "the addressee part names another node");
	*for_ever = false;
	e = vetted_card(c->vetted, h, view(o->offer->card), &card, &inner);
	if (e != ERR_OK)
		return result_set(why, result_of(e, INFOHUS_BAD_CARD),
		    "the sender's card: %s", inner.text);
	r = check_sender(o, card, for_ever, why);
	/* The card itself may be forgotten before the message is shown. */
	o->sender_name = arena_strdup(c->arena, card->pb->display_name);
	o->serial = card->pb->serial;
	o->certificate = *cert_fingerprint(card->cert);
	if (r == INFOHUS_OK && o->sender_name == NULL)
		r = result_set(why, INFOHUS_NO_MEMORY, "no memory");
	return r;
}

/* ------------------------------------------------------------- rejections */

enum infohus_result
check_reject(const struct check *c, const struct id *session,
    const PbReject *reject, PbRejectBody **out, struct why *why)
{
	struct bytes tag = TAG(TAG_REJECT), body = view(reject->body);
	struct defect defect = { .field = "" };
	enum code code;
	uint8_t *message = arena_alloc(c->arena, tag.len + body.len);

	if (message == NULL)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	memcpy(message, tag.data, tag.len);
	if (body.len > 0)
		memcpy(message + tag.len, body.data, body.len);
	if (reject->signature.len != crypto_sign_BYTES ||
	    crypto_sign_verify_detached(reject->signature.data, message,
		tag.len + body.len, c->home->log.key) != 0)
		return result_set(why, INFOHUS_BAD_REJECTION,
		    "a rejection is not signed by the log's key");
	code = ENVELOPE_UNPACK(c->arena, reject_body, body, out, &defect);
	if (code != CODE_OK)
		return result_set(why, INFOHUS_BAD_FRAME,
		    "a rejection does not read: %s %s", code_name(code),
		    defect.field);
	if (!bytes_eq(view((*out)->session), bytes_of(session->b, ID_SIZE)))
		return result_set(why, INFOHUS_BAD_REJECTION,
		    "a rejection of another session");
	return INFOHUS_OK;
}
