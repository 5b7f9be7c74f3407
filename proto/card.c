/*
 * SPDX-License-Identifier: MIT
 *
 * card: approved objects. Approvals are checked before anything inside the
 * object is looked at, so only what two custodians saw is ever parsed.
 */
#include "card.h"

#include <string.h>

#include "digest.h"

#define DISPLAY_NAME_MAX 200 /* bytes; fits any authority's full name */
#define SEAT_NAME_MAX 32
#define KEY_SIZE 32

static enum err
refuse(
    enum code code, const struct defect *d, const char *what, struct why *why)
{
	return why_set(
	    why, ERR_INVALID, "%s: %s %s", what, code_name(code), d->field);
}

enum err
card_open_approved(struct arena *a, struct bytes approved, unsigned kind,
    struct cert *const *custodian, size_t n_custodian, struct bytes *body,
    struct digest *object_digest, struct why *why)
{
	struct bytes tag = kind == OBJECT_CARD ? TAG(TAG_CARD) :
						 TAG(TAG_APPROVAL);
	struct defect d = { 0 };
	PbApproved *p = NULL;
	struct bytes object;
	enum code code;
	enum err e;

	code = ENVELOPE_UNPACK(a, approved, approved, &p, &d);
	if (code != CODE_OK)
		return refuse(code, &d, "approved object", why);
	if (p->object->kind != kind || p->object->version != PROTOCOL_VERSION)
		return why_set(why, ERR_INVALID,
		    "approved object: found kind %u version %u, expected "
		    "kind %u version %d",
		    p->object->kind, p->object->version, kind,
		    PROTOCOL_VERSION);
	e = envelope_pack(a, p->object, &object);
	if (e != ERR_OK)
		return why_set(why, e, "approved object: no memory");
	e = sign_approved(tag, object, p->approval, p->n_approval, custodian,
	    n_custodian, why);
	if (e != ERR_OK)
		return e;
	*body = bytes_of(p->object->bytes.data, p->object->bytes.len);
	*object_digest = digest_of(&object, 1);
	return ERR_OK;
}

enum err
card_approved_since(struct arena *a, struct bytes approved, uint64_t since,
    uint64_t now, struct bytes *out, size_t *stale)
{
	PbApproved *p = NULL;
	size_t n = 0;

	if (ENVELOPE_UNPACK(a, approved, approved, &p, NULL) != CODE_OK)
		return ERR_INVALID;
	for (size_t i = 0; i < p->n_approval; i++)
		if (p->approval[i]->time >= since &&
		    p->approval[i]->time <= now + DAY_MS)
			p->approval[n++] = p->approval[i];
	*stale = p->n_approval - n;
	p->n_approval = n;
	return envelope_pack(a, p, out);
}

/* One element of a node id. */
static bool
seat_name_is_valid(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= SEAT_NAME_MAX &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static enum err
check_seats(const PbCard *c, struct why *why)
{
	for (size_t i = 0; i < c->n_seat; i++) {
		const PbSeat *s = c->seat[i];

		if (!seat_name_is_valid(s->name))
			return why_set(why, ERR_INVALID,
			    "card: name of seat %zu, expected 1 to %d of "
			    "a-z, 0-9 and -",
			    i + 1, SEAT_NAME_MAX);
		if (s->curve.len != KEY_SIZE || s->box.len != KEY_SIZE)
			return why_set(why, ERR_INVALID,
			    "card: keys of seat %s have %zu and %zu bytes, "
			    "expected %d",
			    s->name, s->curve.len, s->box.len, KEY_SIZE);
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->seat[k]->name, s->name) == 0)
				return why_set(why, ERR_INVALID,
				    "card: found seat %s twice", s->name);
	}
	return ERR_OK;
}

static enum err
check_text(const PbCard *c, struct why *why)
{
	size_t len = strlen(c->display_name);

	if (!node_id_is_valid(c->node))
		return why_set(why, ERR_INVALID,
		    "card: node id, expected 2 or 3 elements of a-z, 0-9 "
		    "and -, joined by /");
	if (len == 0 || len > DISPLAY_NAME_MAX ||
	    !text_is_clean(bytes_of(c->display_name, len), false))
		return why_set(why, ERR_INVALID,
		    "card: display name, expected 1 to %d bytes on one line",
		    DISPLAY_NAME_MAX);
	for (size_t i = 0; i < c->n_role; i++)
		if (c->role[i]->role == ROLE_INFOHUS)
			return why_set(why, ERR_INVALID,
			    "card: found role infohus, which no node holds");
	return ERR_OK;
}

static enum err
check_subject(const PbCard *c, const struct cert *cert, struct why *why)
{
	const char *cvr = c->cvr != NULL ? c->cvr : "";
	const char *uuid = c->uuid != NULL ? c->uuid : "";

	if (strcmp(cvr, cert_cvr(cert)) != 0 ||
	    strcmp(uuid, cert_uuid(cert)) != 0)
		return why_set(why, ERR_INVALID,
		    "card: CVR or UUID is not that of its certificate");
	return ERR_OK;
}

enum err
card_open(struct arena *a, struct bytes approved, struct cert *const *custodian,
    size_t n_custodian, struct card *out, struct why *why)
{
	struct card c = { NULL, NULL, { { 0 } } };
	struct defect d = { 0 };
	struct bytes body;
	enum code code;
	enum err e;

	e = card_open_approved(a, approved, OBJECT_CARD, custodian, n_custodian,
	    &body, &c.object, why);
	if (e != ERR_OK)
		return e;
	code = ENVELOPE_UNPACK(a, card, body, &c.pb, &d);
	if (code != CODE_OK)
		return refuse(code, &d, "card", why);
	e = check_text(c.pb, why);
	if (e == ERR_OK)
		e = check_seats(c.pb, why);
	if (e == ERR_OK)
		e = cert_parse(&c.cert,
		    bytes_of(c.pb->certificate.data, c.pb->certificate.len),
		    why);
	if (e != ERR_OK)
		return e;
	e = check_subject(c.pb, c.cert, why);
	if (e != ERR_OK) {
		card_close(&c);
		return e;
	}
	*out = c;
	return ERR_OK;
}

void
card_close(struct card *c)
{
	cert_free(c->cert);
	c->cert = NULL;
	c->pb = NULL; /* its memory is the arena's */
}

bool
card_has_role(const PbCard *c, int role, uint64_t at_ms)
{
	for (size_t i = 0; i < c->n_role; i++) {
		const PbRoleGrant *g = c->role[i];

		if ((int)g->role == role && g->from <= at_ms &&
		    (!g->has_to || at_ms < g->to))
			return true;
	}
	return false;
}
