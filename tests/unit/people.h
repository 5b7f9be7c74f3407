/*
 * SPDX-License-Identifier: MIT
 *
 * people: certificates and approved cards for tests of what is beneath the
 * approval: nobody approves them.
 */
#ifndef INFOHUS_TESTS_PEOPLE_H
#define INFOHUS_TESTS_PEOPLE_H

#include "proto/envelope.h"
#include "proto/keys.h"
#include "scratch.h"

/* A self-signed certificate, as DER, and its signer when one is wanted. */
static inline struct bytes
people_certificate(struct scratch *s, const char *name, struct signer **signer)
{
	const char *key = arena_printf(s->arena, "%s/%s.key", s->dir, name);
	const char *pem = arena_printf(s->arena, "%s/%s.pem", s->dir, name);
	struct signer *made = NULL;
	struct bytes der;
	struct why why;

	if (keys_issue(key, pem, KEY_ED25519, name, NULL, NULL, NULL, 30,
		&why) != ERR_OK ||
	    signer_load(&made, key, pem, &why) != ERR_OK)
		fail_msg("certificate: %s", why.text);
	der = cert_der(signer_cert(made));
	der.data = arena_dup(s->arena, der);
	assert_non_null(der.data);
	if (signer != NULL)
		*signer = made;
	else
		signer_free(made);
	return der;
}

/* A card without roles and seats. */
static inline PbCard *
people_card(struct scratch *s, const char *node, uint64_t serial,
    struct bytes certificate)
{
	PbCard *c = arena_alloc(s->arena, sizeof(*c));

	assert_non_null(c);
	pb_card__init(c);
	c->node = (char *)node;
	c->display_name = (char *)"A node";
	c->serial = serial;
	c->certificate.data = (uint8_t *)certificate.data;
	c->certificate.len = certificate.len;
	c->role = arena_alloc(s->arena, 8 * sizeof(*c->role));
	c->seat = arena_alloc(s->arena, 8 * sizeof(*c->seat));
	assert_true(c->role != NULL && c->seat != NULL);
	return c;
}

static inline void
people_seat(struct scratch *s, PbCard *c, const char *name, uint8_t key)
{
	PbSeat *seat = arena_alloc(s->arena, sizeof(*seat));
	uint8_t *keys = arena_alloc(s->arena, 64);

	assert_true(seat != NULL && keys != NULL);
	memset(keys, key, 64);
	pb_seat__init(seat);
	seat->name = (char *)name;
	seat->curve.data = keys;
	seat->box.data = keys + 32;
	seat->curve.len = seat->box.len = 32;
	c->seat[c->n_seat++] = seat;
}

/* to 0: without an end; place 0: for no place. */
static inline void
people_role(struct scratch *s, PbCard *c, PbRole role, int place,
    const char *code, uint64_t from, uint64_t to)
{
	PbRoleGrant *g = arena_alloc(s->arena, sizeof(*g));

	assert_non_null(g);
	pb_role_grant__init(g);
	g->role = role;
	g->has_place = place != 0;
	g->place = place != 0 ? (PbPlaceKind)place : PLACE_KIND_KOMMUNE;
	g->code = (char *)code;
	g->from = from;
	g->has_to = to != 0;
	g->to = to;
	c->role[c->n_role++] = g;
}

static inline struct bytes
people_approved(struct scratch *s, const PbCard *c)
{
	PbApproved approved = PB_APPROVED__INIT;
	PbObject object = PB_OBJECT__INIT;
	struct bytes card, out;

	assert_err(envelope_pack(s->arena, c, &card), ERR_OK);
	object.kind = OBJECT_CARD;
	object.version = PROTOCOL_VERSION;
	object.bytes.data = (uint8_t *)card.data;
	object.bytes.len = card.len;
	approved.object = &object;
	assert_err(envelope_pack(s->arena, &approved, &out), ERR_OK);
	return out;
}

#endif
