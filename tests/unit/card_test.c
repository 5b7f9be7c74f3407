/*
 * SPDX-License-Identifier: MIT
 *
 * card: a card counts exactly as two custodians approved it, and only when
 * everything in it has the form it must have.
 */
#include "proto/card.h"

#include "keyring.h"
#include "proto/digest.h"

#define UUID "0198c0de-0000-7000-8000-000000000001"

struct rig {
	struct arena *arena;
	struct signer *custodian[2];
	struct cert *pinned[2];
	struct signer *node;
};

static struct rig
rig_new(void **state)
{
	struct keyring *k = *state;
	struct signer *ca = keyring_issue(k, "ca", KEY_P256, NULL, NULL);
	struct rig r = { .arena = k->arena };

	r.custodian[0] = keyring_issue(k, "one", KEY_ED25519, NULL, NULL);
	r.custodian[1] = keyring_issue(k, "two", KEY_ED25519, NULL, NULL);
	for (size_t i = 0; i < 2; i++)
		r.pinned[i] = signer_cert(r.custodian[i]);
	r.node = keyring_issue(k, "node", KEY_ED25519, ca, UUID);
	return r;
}

/* A card with two seats and two grants; every test starts from this one. */
struct draft {
	PbCard card;
	PbSeat seat[2], *seats[2];
	PbRoleGrant grant[2], *grants[2];
	uint8_t key[4][32];
};

static char *
text(struct rig *r, const char *s)
{
	char *copy = arena_strdup(r->arena, s);

	assert_non_null(copy);
	return copy;
}

static void
draft_new(struct rig *r, struct draft *d)
{
	struct bytes der = cert_der(signer_cert(r->node));

	memset(d, 0, sizeof(*d));
	pb_card__init(&d->card);
	d->card.node = text(r, "kommune/0101");
	d->card.display_name = text(r,
	    "K\xc3\xb8"
	    "benhavns Kommune");
	d->card.cvr = text(r, KEYRING_CVR);
	d->card.uuid = text(r, UUID);
	d->card.certificate.data = arena_dup(r->arena, der);
	d->card.certificate.len = der.len;
	d->card.serial = 7;
	for (size_t i = 0; i < 2; i++) {
		pb_seat__init(&d->seat[i]);
		d->seat[i].name = text(r, i == 0 ? "agent" : "triage-1");
		memset(d->key[2 * i], (int)i + 1, 32);
		memset(d->key[2 * i + 1], (int)i + 3, 32);
		d->seat[i].curve = (ProtobufCBinaryData){ 32, d->key[2 * i] };
		d->seat[i].box = (ProtobufCBinaryData){ 32, d->key[2 * i + 1] };
		d->seats[i] = &d->seat[i];
		pb_role_grant__init(&d->grant[i]);
		d->grants[i] = &d->grant[i];
	}
	d->grant[0].role = ROLE_KOM_TOVHOLDER;
	d->grant[0].from = 1000;
	d->grant[0].has_to = true;
	d->grant[0].to = 2000;
	d->grant[1].role = ROLE_JOBCENTER;
	d->grant[1].from = 1500;
	d->card.seat = d->seats;
	d->card.n_seat = 2;
	d->card.role = d->grants;
	d->card.n_role = 2;
}

static struct bytes
pack(struct rig *r, const void *message)
{
	struct bytes out;

	expect_err(
	    "envelope_pack", envelope_pack(r->arena, message, &out), ERR_OK);
	return out;
}

/* body as an object of kind, approved under tag by the first n custodians. */
static struct bytes
approved(
    struct rig *r, unsigned kind, struct bytes tag, struct bytes body, size_t n)
{
	PbApproved a = PB_APPROVED__INIT;
	PbObject object = PB_OBJECT__INIT;
	PbApproval *approval[2];
	struct bytes packed;

	object.kind = kind;
	object.version = PROTOCOL_VERSION;
	object.bytes.data = arena_dup(r->arena, body);
	object.bytes.len = body.len;
	packed = pack(r, &object);
	for (size_t i = 0; i < n; i++)
		expect_err("sign_approve",
		    sign_approve(r->arena, tag, packed, 5, r->custodian[i],
			&approval[i]),
		    ERR_OK);
	a.object = &object;
	a.approval = approval;
	a.n_approval = n;
	return pack(r, &a);
}

static struct bytes
approved_card(struct rig *r, const struct draft *d)
{
	return approved(r, OBJECT_CARD, TAG(TAG_CARD), pack(r, &d->card), 2);
}

static enum err
open_card(struct rig *r, struct bytes in, struct card *out)
{
	return card_open(r->arena, in, r->pinned, 2, out, NULL);
}

static void
test_a_good_card(void **state)
{
	struct rig r = rig_new(state);
	PbObject object = PB_OBJECT__INIT;
	struct bytes body, packed;
	struct digest want;
	struct draft d;
	struct card c;

	draft_new(&r, &d);
	expect_err(
	    "a good card", open_card(&r, approved_card(&r, &d), &c), ERR_OK);
	assert_string_equal(c.pb->node, "kommune/0101");
	assert_int_equal(c.pb->n_seat, 2);
	assert_true(digest_eq(
	    cert_fingerprint(c.cert), cert_fingerprint(signer_cert(r.node))));
	body = pack(&r, &d.card);
	object.kind = OBJECT_CARD;
	object.version = PROTOCOL_VERSION;
	object.bytes.data = arena_dup(r.arena, body);
	object.bytes.len = body.len;
	packed = pack(&r, &object);
	want = digest_of(&packed, 1);
	assert_true(digest_eq(&c.object, &want));
	card_close(&c);
	assert_null(c.cert);
	card_close(&c);
}

static void
test_roles_are_dated(void **state)
{
	static const struct {
		int role;
		uint64_t at;
		bool want;
	} table[] = {
		{ ROLE_KOM_TOVHOLDER, 999, false },
		{ ROLE_KOM_TOVHOLDER, 1000, true },
		{ ROLE_KOM_TOVHOLDER, 1999, true },
		{ ROLE_KOM_TOVHOLDER, 2000, false },
		{ ROLE_JOBCENTER, 1499, false },
		{ ROLE_JOBCENTER, 1500, true },
		{ ROLE_JOBCENTER, UINT64_MAX, true },
		{ ROLE_POL_TOVHOLDER, 1500, false },
		{ 0, 1500, false },
	};
	struct rig r = rig_new(state);
	struct draft d;

	draft_new(&r, &d);
	for (size_t i = 0; i < COUNT(table); i++)
		assert_int_equal(
		    card_has_role(&d.card, table[i].role, table[i].at),
		    table[i].want);
}

/* --------------------------------------------- what a card may not contain */

static void
bad_node(struct rig *r, struct draft *d)
{
	d->card.node = text(r, "kommune");
}

static void
bad_node_case(struct rig *r, struct draft *d)
{
	d->card.node = text(r, "Kommune/0101");
}

static void
no_display_name(struct rig *r, struct draft *d)
{
	d->card.display_name = text(r, "");
}

static void
two_lines(struct rig *r, struct draft *d)
{
	d->card.display_name = text(r, "a\nb");
}

static void
seat_twice(struct rig *r, struct draft *d)
{
	d->seat[1].name = text(r, "agent");
}

static void
seat_name(struct rig *r, struct draft *d)
{
	d->seat[1].name = text(r, "../agent");
}

static void
seat_nameless(struct rig *r, struct draft *d)
{
	d->seat[0].name = text(r, "");
}

static void
seat_name_long(struct rig *r, struct draft *d)
{
	d->seat[0].name = text(r, "abcdefghijklmnopqrstuvwxyz0123456");
}

static void
short_curve_key(struct rig *r, struct draft *d)
{
	(void)r;
	d->seat[0].curve.len = 31;
}

static void
no_box_key(struct rig *r, struct draft *d)
{
	(void)r;
	d->seat[1].box.len = 0;
}

static void
other_cvr(struct rig *r, struct draft *d)
{
	d->card.cvr = text(r, "87654321");
}

static void
no_cvr(struct rig *r, struct draft *d)
{
	(void)r;
	d->card.cvr = NULL;
}

static void
other_uuid(struct rig *r, struct draft *d)
{
	d->card.uuid = text(r, "0198c0de-0000-7000-8000-000000000002");
}

static void
no_uuid(struct rig *r, struct draft *d)
{
	(void)r;
	d->card.uuid = NULL;
}

static void
no_certificate(struct rig *r, struct draft *d)
{
	(void)r;
	d->card.certificate.len = 0;
}

static void
cut_certificate(struct rig *r, struct draft *d)
{
	(void)r;
	d->card.certificate.len--;
}

static void
pseudo_role(struct rig *r, struct draft *d)
{
	(void)r;
	d->grant[0].role = ROLE_INFOHUS;
}

static void
unknown_role(struct rig *r, struct draft *d)
{
	(void)r;
	d->grant[0].role = 99;
}

static void
test_cards_of_wrong_form(void **state)
{
	static const struct {
		void (*change)(struct rig *, struct draft *);
		const char *sentence;
	} table[] = {
		{ bad_node, "a node of one element" },
		{ bad_node_case, "a node in upper case" },
		{ no_display_name, "no display name" },
		{ two_lines, "a display name of two lines" },
		{ seat_twice, "a seat twice" },
		{ seat_name, "a seat named like a path" },
		{ seat_nameless, "a seat without a name" },
		{ seat_name_long, "a seat with a long name" },
		{ short_curve_key, "a CURVE key of 31 bytes" },
		{ no_box_key, "no box key" },
		{ other_cvr, "another CVR than the certificate's" },
		{ no_cvr, "no CVR, where the certificate has one" },
		{ other_uuid, "another UUID than the certificate's" },
		{ no_uuid, "no UUID, where the certificate has one" },
		{ no_certificate, "no certificate" },
		{ cut_certificate, "half a certificate" },
		{ pseudo_role, "a role that no node holds" },
		{ unknown_role, "a role that there is not" },
	};
	struct rig r = rig_new(state);

	for (size_t i = 0; i < COUNT(table); i++) {
		struct card c = { NULL, NULL, { { 0 } } };
		struct draft d;

		draft_new(&r, &d);
		table[i].change(&r, &d);
		expect_err(table[i].sentence,
		    open_card(&r, approved_card(&r, &d), &c), ERR_INVALID);
		assert_null(c.cert);
	}
}

/* ------------------------------------------------------------- approvals */

static void
test_who_approved(void **state)
{
	struct rig r = rig_new(state);
	struct bytes body, digest_body;
	struct digest digest;
	struct draft d;
	struct card c;

	draft_new(&r, &d);
	body = pack(&r, &d.card);
	for (size_t n = 0; n < 2; n++)
		expect_err("too few",
		    open_card(&r,
			approved(&r, OBJECT_CARD, TAG(TAG_CARD), body, n), &c),
		    ERR_DENIED);
	expect_err("approved as something else",
	    open_card(
		&r, approved(&r, OBJECT_CARD, TAG(TAG_APPROVAL), body, 2), &c),
	    ERR_DENIED);
	expect_err("an object of another kind",
	    open_card(&r,
		approved(&r, OBJECT_SUSPENSION, TAG(TAG_CARD), body, 2), &c),
	    ERR_INVALID);
	expect_err("a card, where a suspension is asked for",
	    card_open_approved(r.arena, approved_card(&r, &d),
		OBJECT_SUSPENSION, r.pinned, 2, &digest_body, &digest, NULL),
	    ERR_INVALID);
	expect_err("one custodian pinned",
	    card_open(r.arena, approved_card(&r, &d), r.pinned, 1, &c, NULL),
	    ERR_DENIED);
}

static void
test_a_suspension(void **state)
{
	PbSuspension s = PB_SUSPENSION__INIT;
	struct rig r = rig_new(state);
	struct bytes in, body, got;
	struct digest digest;

	s.node = text(&r, "kommune/0101");
	s.serial = 7;
	s.reason_code = text(&r, "key_lost");
	body = pack(&r, &s);
	in = approved(&r, OBJECT_SUSPENSION, TAG(TAG_APPROVAL), body, 2);
	expect_err("a suspension",
	    card_open_approved(r.arena, in, OBJECT_SUSPENSION, r.pinned, 2,
		&got, &digest, NULL),
	    ERR_OK);
	assert_true(bytes_eq(got, body));
	in = approved(&r, OBJECT_SUSPENSION, TAG(TAG_CARD), body, 2);
	expect_err("approved like a card",
	    card_open_approved(r.arena, in, OBJECT_SUSPENSION, r.pinned, 2,
		&got, &digest, NULL),
	    ERR_DENIED);
}

/* Whatever bit changes, nobody is admitted. */
static void
test_every_changed_bit_is_refused(void **state)
{
	struct rig r = rig_new(state);
	struct draft d;
	struct bytes in;
	uint8_t *bytes;

	draft_new(&r, &d);
	in = approved_card(&r, &d);
	bytes = arena_dup(r.arena, in);
	for (size_t bit = 0; bit < 8 * in.len; bit += 3) {
		struct arena *a;
		struct card c;
		enum err e;

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		expect_err("an arena", arena_new(&a, PARSE_ARENA), ERR_OK);
		e = card_open(
		    a, bytes_of(bytes, in.len), r.pinned, 2, &c, NULL);
		if (e != ERR_DENIED && e != ERR_INVALID)
			fail_msg("bit %zu: %s", bit, err_name(e));
		arena_free(a);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < in.len; n += 7) {
		struct card c;

		assert_int_not_equal(
		    open_card(&r, bytes_of(bytes, n), &c), ERR_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		keyring_test(test_a_good_card),
		keyring_test(test_roles_are_dated),
		keyring_test(test_cards_of_wrong_form),
		keyring_test(test_who_approved),
		keyring_test(test_a_suspension),
		keyring_test(test_every_changed_bit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
