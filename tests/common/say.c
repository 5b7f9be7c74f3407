/*
 * SPDX-License-Identifier: MIT
 *
 * say: see say.h.
 */
#include "say.h"

#include "proto/digest.h"

static ProtobufCBinaryData
binary(const uint8_t *data, size_t len)
{
	return (ProtobufCBinaryData){ len, (uint8_t *)(uintptr_t)data };
}

enum err
say_knock(
    struct arena *a, const uint8_t random[SAY_RANDOM_SIZE], struct bytes *out)
{
	PbKnock k = PB_KNOCK__INIT;
	uint32_t version = PROTOCOL_VERSION;

	k.random = binary(random, SAY_RANDOM_SIZE);
	k.version = &version;
	k.n_version = 1;
	return envelope_pack(a, &k, out);
}

enum err
say_hello(struct arena *a, const struct say_hello *h, struct bytes *out)
{
	PbHelloBody body = PB_HELLO_BODY__INIT;
	PbHello hello = PB_HELLO__INIT;
	PbLane lane[LANE_ACUTE + 1];
	struct bytes packed;
	struct digest d;
	enum err e;

	body.session = binary(h->session.b, ID_SIZE);
	body.node = (char *)(uintptr_t)h->node;
	body.seat = (char *)(uintptr_t)h->seat;
	body.lane = lane;
	for (unsigned l = LANE_ORDINARY; l <= LANE_ACUTE; l++)
		if (h->lanes & 1u << l)
			lane[body.n_lane++] = (PbLane)l;
	body.size = h->known.size;
	body.has_root = h->known.size > 0;
	body.root = binary(h->known.root.b, DIGEST_SIZE);
	e = envelope_pack(a, &body, &packed);
	if (e != ERR_OK)
		return e;
	d = digest_tagged(TAG(TAG_HELLO), packed);
	e = sign_batch(a, TAG(TAG_HELLO), &d, 1, h->signer, &hello.signature);
	if (e != ERR_OK)
		return e;
	hello.body = binary(packed.data, packed.len);
	return envelope_pack(a, &hello, out);
}

enum err
say_credit(struct arena *a, uint8_t lane, uint64_t messages, uint64_t bytes,
    struct bytes *out)
{
	PbCredit k = PB_CREDIT__INIT;

	k.lane = (PbLane)lane;
	k.messages = messages;
	k.bytes = bytes;
	return envelope_pack(a, &k, out);
}

enum err
say_ack_body(struct arena *a, const PbOffer *offer, const struct digest *header,
    const struct checkpoint *known, PbAckBody *out)
{
	size_t n = offer->n_opening;
	struct digest *d = arena_alloc(a, (n + 2) * sizeof *d);
	ProtobufCBinaryData *part = arena_alloc(a, (n + 1) * sizeof *part);

	if (d == NULL || part == NULL)
		return ERR_NOMEM;
	pb_ack_body__init(out);
	for (size_t i = 0; i < n; i++) {
		const PbOpening *p = offer->opening[i];

		d[i] = digest_part((uint8_t)p->kind, (uint8_t)p->form,
		    p->salt.data, bytes_of(p->part.data, p->part.len));
		part[i] = binary(d[i].b, DIGEST_SIZE);
	}
	d[n] = *header;
	d[n + 1] = known->root;
	out->index = offer->index;
	out->header = binary(d[n].b, DIGEST_SIZE);
	out->commitment = part;
	out->n_commitment = n;
	out->size = known->size;
	out->root = binary(d[n + 1].b, DIGEST_SIZE);
	return ERR_OK;
}

enum err
say_ack(struct arena *a, const PbAckBody *body, const struct signer *signer,
    PbAck **out)
{
	PbAck *ack = arena_alloc(a, sizeof *ack);
	struct bytes packed;
	struct digest d;
	enum err e;

	if (ack == NULL)
		return ERR_NOMEM;
	pb_ack__init(ack);
	e = envelope_pack(a, body, &packed);
	if (e != ERR_OK)
		return e;
	d = digest_tagged(TAG(TAG_ACK), packed);
	e = sign_batch(a, TAG(TAG_ACK), &d, 1, signer, &ack->signature);
	if (e != ERR_OK)
		return e;
	ack->body = binary(packed.data, packed.len);
	*out = ack;
	return ERR_OK;
}
