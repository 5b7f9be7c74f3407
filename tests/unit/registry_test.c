/*
 * SPDX-License-Identifier: MIT
 *
 * registry: who is admitted, through which door, and for which places.
 */
#include "people.h"

#include "daemon/ledger/registry.h"

#define DOORS 5
#define KT "kommune/0101"
#define PT "politi/1470"

static enum err
admit(struct scratch *s, const PbCard *c, struct why *why)
{
	struct bytes approved = people_approved(s, c);
	struct txn *t = scratch_write(s);
	enum err err;

	err = registry_admit(t, s->arena, approved, c, DOORS, why);
	/* A refusal leaves the transaction usable: others are in it too. */
	assert_err(store_error(t), ERR_OK);
	scratch_commit(t);
	return err;
}

static void
admitted(struct scratch *s, const PbCard *c)
{
	struct why why;

	if (admit(s, c, &why) != ERR_OK)
		fail_msg("registry_admit: %s", why.text);
}

static struct registry *
load(struct scratch *s)
{
	struct txn *t = scratch_read(s);
	struct registry *r;
	struct why why;

	if (registry_load(&r, t, &why) != ERR_OK)
		fail_msg("registry_load: %s", why.text);
	store_abort(t);
	return r;
}

static void
assert_door(
    const struct registry *r, unsigned door, const char *node, const char *seat)
{
	const struct reg_node *n;
	const struct reg_seat *found;

	n = registry_door(r, door, &found);
	if (node == NULL) {
		assert_null(n);
		return;
	}
	assert_non_null(n);
	assert_string_equal(n->id, node);
	assert_string_equal(found->name, seat);
	assert_int_equal(found->door, door);
}

static PbCard *
kommune(struct scratch *s, uint64_t serial)
{
	struct bytes der = people_certificate(s, "kommune", NULL);

	unlink(scratch_path(s, "kommune.key"));
	unlink(scratch_path(s, "kommune.pem"));
	return people_card(s, KT, serial, der);
}

static void
an_admitted_node_is_found(void **state)
{
	struct scratch *s = *state;
	const struct reg_node *n;
	struct registry *r = load(s), *again;
	PbCard *c = kommune(s, 1);
	struct bytes approved;

	assert_int_equal(registry_count(r), 0);
	assert_null(registry_find(r, KT));
	assert_door(r, 0, NULL, NULL);
	assert_door(r, 1, NULL, NULL);
	registry_unref(r);
	people_seat(s, c, "agent", 3);
	people_seat(s, c, "cli", 4);
	admitted(s, c);
	r = load(s);
	again = registry_ref(r);
	registry_unref(r);
	n = registry_find(again, KT);
	assert_non_null(n);
	assert_ptr_equal(n, registry_at(again, 0));
	assert_null(registry_at(again, 1));
	assert_null(registry_find(again, "kommune/010"));
	assert_int_equal(n->card->serial, 1);
	assert_false(n->suspended);
	assert_int_equal(n->n_seat, 2);
	assert_int_equal(n->seat[1].curve[31], 4);
	assert_int_equal(n->seat[1].box[0], 4);
	assert_string_equal(cert_common_name(n->cert), "kommune");
	approved = people_approved(s, c);
	assert_true(bytes_eq(n->approved, approved));
	assert_door(again, 1, KT, "agent");
	assert_door(again, 2, KT, "cli");
	assert_door(again, 3, NULL, NULL);
	assert_door(again, 0, NULL, NULL);
	registry_unref(again);
	registry_unref(NULL);
}

static void
only_a_higher_serial_replaces_a_card(void **state)
{
	static const struct {
		uint64_t serial;
		enum err want;
		const char *says;
	} cases[] = {
		{ 4, ERR_EXISTS, "a lower one" },
		{ 5, ERR_EXISTS, "the same one" },
		{ 6, ERR_OK, "a higher one" },
		{ 5, ERR_EXISTS, "one that was in force before" },
	};
	struct scratch *s = *state;
	struct registry *r;
	struct why why;
	size_t i;

	admitted(s, kommune(s, 5));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (admit(s, kommune(s, cases[i].serial), &why) !=
		    cases[i].want)
			fail_msg("%s: %s", cases[i].says, why.text);
	r = load(s);
	assert_int_equal(registry_count(r), 1);
	assert_int_equal(registry_find(r, KT)->card->serial, 6);
	registry_unref(r);
}

/* A door number is known to clients and firewalls: it never moves. */
static void
doors_are_stable(void **state)
{
	struct scratch *s = *state;
	struct registry *r;
	PbCard *c = kommune(s, 1);

	people_seat(s, c, "agent", 1);
	people_seat(s, c, "cli", 2);
	admitted(s, c);
	c = people_card(s, PT, 1, people_certificate(s, "politi", NULL));
	people_seat(s, c, "agent", 3);
	admitted(s, c);
	/* The kommune drops one seat, keeps one with new keys, adds one. */
	c = kommune(s, 2);
	people_seat(s, c, "triage", 4);
	people_seat(s, c, "cli", 5);
	admitted(s, c);
	r = load(s);
	assert_door(r, 1, NULL, NULL);
	assert_door(r, 2, KT, "cli");
	assert_door(r, 3, PT, "agent");
	assert_door(r, 4, KT, "triage");
	assert_int_equal(registry_find(r, KT)->seat[1].curve[0], 5);
	registry_unref(r);
	/* What was removed and comes back is a new seat. */
	c = kommune(s, 3);
	people_seat(s, c, "agent", 1);
	admitted(s, c);
	r = load(s);
	assert_door(r, 1, NULL, NULL);
	assert_door(r, 2, NULL, NULL);
	assert_door(r, 4, NULL, NULL);
	assert_door(r, 5, KT, "agent");
	registry_unref(r);
}

static void
without_a_free_door_nothing_is_admitted(void **state)
{
	struct scratch *s = *state;
	static const char *const name[] = { "a", "b", "c", "d", "e", "f" };
	struct registry *r;
	struct why why;
	PbCard *c = kommune(s, 1);
	int i;

	for (i = 0; i < 4; i++)
		people_seat(s, c, name[i], 1);
	admitted(s, c);
	c = people_card(s, PT, 1, people_certificate(s, "politi", NULL));
	people_seat(s, c, "one", 1);
	people_seat(s, c, "two", 1);
	assert_err(admit(s, c, &why), ERR_FULL);
	assert_non_null(strstr(why.text, "4 of 5"));
	c->n_seat = 1;
	admitted(s, c);
	r = load(s);
	assert_door(r, 5, PT, "one");
	registry_unref(r);
	/* A new card without new seats needs no door. */
	c = kommune(s, 2);
	for (i = 0; i < 4; i++)
		people_seat(s, c, name[i], 2);
	admitted(s, c);
	people_seat(s, c, name[4], 2);
	c->serial = 3;
	assert_err(admit(s, c, &why), ERR_FULL);
}

static void
a_suspended_node_holds_nothing(void **state)
{
	struct scratch *s = *state;
	struct registry *r;
	struct txn *t;
	struct why why;
	PbCard *c = kommune(s, 1);

	people_seat(s, c, "agent", 1);
	people_role(s, c, ROLE_KOM_TOVHOLDER, PLACE_KIND_COUNTRY, NULL, 0, 0);
	admitted(s, c);
	t = scratch_write(s);
	assert_err(registry_suspend(t, PT, &why), ERR_NOT_FOUND);
	assert_err(registry_suspend(t, KT, &why), ERR_OK);
	scratch_commit(t);
	r = load(s);
	assert_true(registry_find(r, KT)->suspended);
	assert_false(registry_holds(registry_at(r, 0), ROLE_KOM_TOVHOLDER, 1));
	assert_false(registry_covers(
	    registry_at(r, 0), ROLE_KOM_TOVHOLDER, NULL, "0101", 1));
	assert_door(r, 1, KT, "agent");
	registry_unref(r);
	/* A new card, approved anew, ends it. */
	c->serial = 2;
	admitted(s, c);
	r = load(s);
	assert_false(registry_find(r, KT)->suspended);
	assert_true(registry_holds(registry_at(r, 0), ROLE_KOM_TOVHOLDER, 1));
	registry_unref(r);
}

static void
names_and_keys_must_fit(void **state)
{
	static const char *const name[] = { "", "Agent", "a/b", "a b",
		"a-name-of-thirty-three-characters" };
	struct scratch *s = *state;
	struct why why;
	PbCard *c;
	size_t i;

	for (i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		c = kommune(s, 1);
		people_seat(s, c, name[i], 1);
		assert_err(admit(s, c, &why), ERR_INVALID);
	}
	c = kommune(s, 1);
	people_seat(s, c, "agent", 1);
	c->seat[0]->box.len = 31;
	assert_err(admit(s, c, &why), ERR_INVALID);
	c->seat[0]->box.len = 32;
	c->node = (char *)"Kommune/0101";
	assert_err(admit(s, c, &why), ERR_INVALID);
}

static struct places *
danish_places(struct scratch *s)
{
	static char text[512 * 1024];
	struct problems p = { 0 };
	struct places *places;
	size_t len;
	FILE *f;

	(void)s;
	f = fopen("config/places.yaml", "r");
	if (f == NULL)
		fail_msg("run from the top folder: no config/places.yaml");
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	places = places_load("config/places.yaml", bytes_of(text, len), &p);
	if (places == NULL)
		fail_msg("%s", p.text);
	return places;
}

#define FROM 1000000 /* of the grants below */
#define TO 2000000
#define NEW_YEAR_2027 1798758000000 /* Danish midnight, in UTC ms */

static void
roles_have_places_and_dates(void **state)
{
	static const struct {
		int role;
		const char *kommune;
		uint64_t at;
		bool want;
		const char *says;
	} cases[] = {
		{ ROLE_KOM_TOVHOLDER, "0101", FROM, true, "its kommune" },
		{ ROLE_KOM_TOVHOLDER, "0147", FROM, false, "another one" },
		{ ROLE_KOM_TOVHOLDER, NULL, FROM, false, "no kommune" },
		{ ROLE_KOM_TOVHOLDER, "0101", FROM - 1, false, "too early" },
		{ ROLE_KOM_TOVHOLDER, "0101", TO, false, "at its end" },
		{ ROLE_KOM_TOVHOLDER, "0101", TO - 1, true, "until then" },
		{ ROLE_JOBCENTER, "0101", FROM, false, "a role it has not" },
		{ ROLE_POL_TOVHOLDER, "0147", FROM, true,
		    "a kommune of its politikreds" },
		{ ROLE_POL_TOVHOLDER, "0151", FROM, false,
		    "a kommune of another politikreds" },
		{ ROLE_POL_TOVHOLDER, "9999", FROM, false,
		    "a kommune that is none" },
		{ ROLE_BEHANDLINGSPSYKIATRI, "0151", NEW_YEAR_2027 - 1, true,
		    "a kommune of its region, whatever the politikreds" },
		{ ROLE_BEHANDLINGSPSYKIATRI, "0151", NEW_YEAR_2027, false,
		    "a region that has ended" },
		{ ROLE_KRIMINALFORSORG, "0851", FROM, true, "the country" },
		{ ROLE_AUDITOR, "0101", FROM, false, "a role of no place" },
	};
	struct scratch *s = *state;
	struct places *p = danish_places(s);
	const struct reg_node *n;
	struct registry *r;
	PbCard *c = kommune(s, 1);
	size_t i;

	people_role(
	    s, c, ROLE_KOM_TOVHOLDER, PLACE_KIND_KOMMUNE, "0101", FROM, TO);
	people_role(
	    s, c, ROLE_POL_TOVHOLDER, PLACE_KIND_POLITIKREDS, "1470", FROM, 0);
	people_role(s, c, ROLE_BEHANDLINGSPSYKIATRI, PLACE_KIND_REGION, "1084",
	    FROM, 0);
	people_role(
	    s, c, ROLE_KRIMINALFORSORG, PLACE_KIND_COUNTRY, NULL, FROM, 0);
	people_role(s, c, ROLE_AUDITOR, 0, NULL, FROM, 0);
	admitted(s, c);
	r = load(s);
	n = registry_at(r, 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (registry_covers(n, cases[i].role, p, cases[i].kommune,
			cases[i].at) != cases[i].want)
			fail_msg("%s: want %d", cases[i].says, cases[i].want);
	assert_true(registry_holds(n, ROLE_AUDITOR, FROM));
	assert_false(registry_holds(n, ROLE_AUDITOR, FROM - 1));
	assert_false(registry_holds(n, ROLE_KOM_TOVHOLDER, TO));
	assert_false(registry_holds(n, ROLE_JOBCENTER, FROM));
	registry_unref(r);
	places_free(p);
}

/* What does not parse is said, not skipped: a node missing is a right lost. */
static void
a_damaged_card_stops_the_load(void **state)
{
	struct scratch *s = *state;
	struct registry *r;
	struct bytes value;
	struct txn *t;
	struct why why;
	PbCard *c = kommune(s, 1);
	uint8_t *copy;

	people_seat(s, c, "agent", 1);
	admitted(s, c);
	t = scratch_write(s);
	assert_err(store_get(t, TABLE_NODE, bytes_str(KT), &value), ERR_OK);
	copy = arena_dup(s->arena, value);
	store_put(t, TABLE_NODE, bytes_str(PT), bytes_of(copy, value.len));
	assert_err(registry_load(&r, t, &why), ERR_INVALID);
	store_delete(t, TABLE_NODE, bytes_str(PT));
	store_put(t, TABLE_NODE, bytes_str(KT), bytes_of(copy, value.len - 1));
	assert_err(registry_load(&r, t, &why), ERR_INVALID);
	store_put(t, TABLE_NODE, bytes_str(KT), bytes_of(copy, value.len));
	store_delete(t, TABLE_META, bytes_str("door/" KT "/agent"));
	assert_err(registry_load(&r, t, &why), ERR_NOT_FOUND);
	store_abort(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(an_admitted_node_is_found),
		scratch_test(only_a_higher_serial_replaces_a_card),
		scratch_test(doors_are_stable),
		scratch_test(without_a_free_door_nothing_is_admitted),
		scratch_test(a_suspended_node_holds_nothing),
		scratch_test(names_and_keys_must_fit),
		scratch_test(roles_have_places_and_dates),
		scratch_test(a_damaged_card_stops_the_load),
	};

	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
