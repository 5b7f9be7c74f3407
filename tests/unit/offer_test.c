/*
 * SPDX-License-Identifier: MIT
 *
 * R9: which items a seat is offered, what it passes over, and when it looks
 * at that again. On a real store; what would be sent is not made.
 */
#include "scratch.h"

#include "daemon/core/core.h"
#include "daemon/core/r9_offer.h"
#include "daemon/ledger/mailbox.h"

#define NODE "politi/1470"
#define DOORS 2

struct rig {
	struct scratch *s;
	struct config config;
	struct law law; /* its manifest is all that is read */
	struct online online[DOORS + 1];
	struct reg_seat seat[DOORS];
	struct reg_node node;
	PbRoleGrant grant, *role[1];
	PbCard card;
	struct core core;
	struct batch b;
};

static void
open_rig(struct rig *r, struct scratch *s)
{
	struct why why;

	memset(r, 0, sizeof *r);
	r->s = s;
	pb_card__init(&r->card);
	pb_role_grant__init(&r->grant);
	r->grant.role = ROLE_POL_TOVHOLDER;
	r->role[0] = &r->grant;
	r->card.role = r->role;
	r->card.n_role = 1;
	snprintf(r->node.id, sizeof r->node.id, "%s", NODE);
	r->node.card = &r->card;
	r->node.seat = r->seat;
	r->node.n_seat = DOORS;
	r->config.doors = DOORS;
	r->core.config = &r->config;
	r->core.law = &r->law;
	r->core.store = s->store;
	r->core.online = r->online;
	clock_start(&r->core.clock, 0);
	for (unsigned door = 1; door <= DOORS; door++) {
		struct online *o = &r->online[door];

		r->seat[door - 1].door = door;
		o->node = &r->node;
		o->lanes = 1u << LANE_ORDINARY | 1u << LANE_ACUTE;
		o->passed[LANE_ORDINARY] = o->passed[LANE_ACUTE] = UINT64_MAX;
	}
	assert_err(core_begin(&r->core, &r->b, &why), ERR_OK);
}

static void
close_rig(struct rig *r)
{
	core_abort(&r->b);
	core_free_flights(&r->core);
}

/* With credit for that many messages. */
static struct online *
seat(struct rig *r, unsigned door, uint64_t credit)
{
	struct online *o = &r->online[door];

	o->ready = true;
	o->credit_messages[LANE_ORDINARY] = credit;
	o->credit_bytes[LANE_ORDINARY] = 1u << 30;
	return o;
}

/* One of a role that the node does not have is held back. */
static void
put(struct rig *r, uint64_t index, PbRole role)
{
	PbMailboxItem item = PB_MAILBOX_ITEM__INIT;
	uint8_t digest[DIGEST_SIZE] = { 1 };

	item.index = index;
	item.header = item.verdict = pb_bytes(digest, sizeof digest);
	item.expires = UINT64_MAX;
	item.role = role;
	assert_err(mailbox_put(r->b.t, r->s->arena, NODE, LANE_ORDINARY, &item),
	    ERR_OK);
}

/* The seat has exactly these in flight: "3 5 ". */
static void
assert_flight(const struct online *o, const char *want)
{
	const struct flight *f = &o->flight[LANE_ORDINARY];
	char got[128] = "";

	for (size_t i = 0; i < f->n; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%u ",
		    (unsigned)f->index[i]);
	assert_string_equal(got, want);
}

static void
what_a_seat_leaves_behind_is_offered_to_another(void **state)
{
	struct online *first, *second;
	struct rig r;

	open_rig(&r, *state);
	put(&r, 3, ROLE_POL_TOVHOLDER);
	put(&r, 5, ROLE_POL_TOVHOLDER);
	put(&r, 8, ROLE_POL_TOVHOLDER);
	first = seat(&r, 1, 2);
	second = seat(&r, 2, 10);
	assert_err(r9_record(&r.b), ERR_OK);
	assert_flight(first, "3 5 ");
	assert_flight(second, "8 ");
	core_forget(&r.core, 1);
	assert_true(r.core.again);
	assert_err(r9_record(&r.b), ERR_OK);
	assert_flight(second, "3 5 8 ");
	close_rig(&r);
}

static void
what_was_held_back_is_offered_when_it_may(void **state)
{
	struct online *o;
	struct rig r;

	open_rig(&r, *state);
	put(&r, 3, ROLE_POL_TOVHOLDER);
	put(&r, 5, ROLE_POL_VAGT);
	put(&r, 8, ROLE_POL_TOVHOLDER);
	o = seat(&r, 1, 10);
	assert_err(r9_record(&r.b), ERR_OK);
	assert_flight(o, "3 8 ");
	assert_int_equal(o->cursor[LANE_ORDINARY], 9);
	/* Not released yet: passed over again, and still remembered. */
	core_rescan(&r.core);
	assert_int_equal(o->cursor[LANE_ORDINARY], 5);
	assert_err(r9_record(&r.b), ERR_OK);
	assert_flight(o, "3 8 ");
	assert_int_equal(o->cursor[LANE_ORDINARY], 9);
	r.grant.role = ROLE_POL_VAGT;
	core_rescan(&r.core);
	assert_true(r.core.again);
	assert_err(r9_record(&r.b), ERR_OK);
	assert_flight(o, "3 5 8 ");
	close_rig(&r);
}

/* Most changes of a case free nothing: nobody walks, no batch is made. */
static void
without_anything_passed_over_a_rescan_is_nothing(void **state)
{
	struct online *o;
	struct rig r;

	open_rig(&r, *state);
	put(&r, 3, ROLE_POL_TOVHOLDER);
	put(&r, 8, ROLE_POL_TOVHOLDER);
	o = seat(&r, 1, 10);
	assert_err(r9_record(&r.b), ERR_OK);
	assert_flight(o, "3 8 ");
	core_rescan(&r.core);
	assert_false(r.core.again);
	assert_int_equal(o->cursor[LANE_ORDINARY], 9);
	close_rig(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(what_a_seat_leaves_behind_is_offered_to_another),
		scratch_test(what_was_held_back_is_offered_when_it_may),
		scratch_test(without_anything_passed_over_a_rescan_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
