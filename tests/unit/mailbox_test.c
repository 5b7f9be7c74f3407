/*
 * SPDX-License-Identifier: MIT
 *
 * mailbox: each node's items by lane, oldest first, nobody else's.
 */
#include "scratch.h"

#include "daemon/ledger/mailbox.h"

#define A "kommune/0101"
#define A_UNIT "kommune/0101/skole-x"

static void
put(struct scratch *sc, struct txn *t, const char *node, PbLane lane,
    uint64_t index)
{
	PbMailboxItem item = PB_MAILBOX_ITEM__INIT;
	uint8_t digest[32] = { 1 };

	item.index = index;
	item.header.data = item.verdict.data = digest;
	item.header.len = item.verdict.len = sizeof(digest);
	item.expires = 7;
	item.role = ROLE_KOM_TOVHOLDER;
	assert_err(mailbox_put(t, sc->arena, node, lane, &item), ERR_OK);
}

struct seen {
	char text[64];
	size_t stop, n;
};

static bool
see(void *ctx, const PbMailboxItem *item)
{
	struct seen *s = ctx;

	(void)snprintf(s->text + strlen(s->text),
	    sizeof(s->text) - strlen(s->text), "%u ", (unsigned)item->index);
	return ++s->n != s->stop;
}

static void
a_walk_sees_one_lane_of_one_node(void **state)
{
	static const struct {
		const char *node;
		PbLane lane;
		uint64_t from;
		size_t stop;
		const char *want, *says;
	} cases[] = {
		{ A, LANE_ORDINARY, 0, 0, "2 9 300 ", "oldest first" },
		{ A, LANE_ORDINARY, 3, 0, "9 300 ", "from an index on" },
		{ A, LANE_ORDINARY, 0, 2, "2 9 ", "until enough" },
		{ A, LANE_ORDINARY, 301, 0, "", "nothing after the last" },
		{ A, LANE_ACUTE, 0, 0, "5 ", "lanes do not mix" },
		{ A_UNIT, LANE_ORDINARY, 0, 0, "4 ",
		    "a unit's mail is not its kommune's" },
		{ "kommune/010", LANE_ORDINARY, 0, 0, "",
		    "a name that begins alike has nothing" },
	};
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	size_t i;

	put(sc, t, A, LANE_ORDINARY, 300);
	put(sc, t, A, LANE_ORDINARY, 9);
	put(sc, t, A, LANE_ORDINARY, 2);
	put(sc, t, A, LANE_ACUTE, 5);
	put(sc, t, A_UNIT, LANE_ORDINARY, 4);
	put(sc, t, "politi/1470", LANE_ORDINARY, 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen s = { .stop = cases[i].stop };

		assert_err(mailbox_walk(t, sc->arena, cases[i].node,
			       cases[i].lane, cases[i].from, see, &s),
		    ERR_OK);
		if (strcmp(s.text, cases[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", cases[i].says,
			    s.text, cases[i].want);
	}
	store_abort(t);
}

static void
an_item_is_put_replaced_and_removed(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	PbMailboxItem *item;
	uint64_t ordinary, acute;

	put(sc, t, A, LANE_ORDINARY, 1);
	put(sc, t, A, LANE_ACUTE, 2);
	put(sc, t, A_UNIT, LANE_ACUTE, 3);
	assert_err(
	    mailbox_get(t, sc->arena, A, LANE_ORDINARY, 1, &item), ERR_OK);
	assert_false(item->has_offered);
	item->has_offered = true;
	item->offered = 44;
	assert_err(mailbox_put(t, sc->arena, A, LANE_ORDINARY, item), ERR_OK);
	assert_err(
	    mailbox_get(t, sc->arena, A, LANE_ORDINARY, 1, &item), ERR_OK);
	assert_int_equal(item->offered, 44);
	assert_err(mailbox_count(t, &ordinary, &acute), ERR_OK);
	assert_int_equal(ordinary, 1);
	assert_int_equal(acute, 2);
	assert_err(mailbox_remove(t, A, LANE_ACUTE, 1), ERR_OK);
	assert_err(mailbox_remove(t, A, LANE_ORDINARY, 1), ERR_OK);
	assert_err(mailbox_get(t, sc->arena, A, LANE_ORDINARY, 1, &item),
	    ERR_NOT_FOUND);
	assert_err(mailbox_count(t, &ordinary, &acute), ERR_OK);
	assert_int_equal(ordinary, 0);
	assert_int_equal(acute, 2);
	store_abort(t);
}

static void
damaged_items_are_refused(void **state)
{
	struct scratch *sc = *state;
	struct txn *t = scratch_write(sc);
	uint8_t key[sizeof(A) + 1 + 8] = A;
	PbMailboxItem *item;
	struct seen s = { .stop = 0 };

	put(sc, t, A, LANE_ORDINARY, 1);
	key[sizeof(key) - 1] = 2;
	store_put(
	    t, TABLE_MAILBOX, bytes_of(key, sizeof(key)), bytes_str("junk"));
	assert_err(
	    mailbox_get(t, sc->arena, A, LANE_ORDINARY, 2, &item), ERR_INVALID);
	assert_err(mailbox_walk(t, sc->arena, A, LANE_ORDINARY, 0, see, &s),
	    ERR_INVALID);
	assert_string_equal(s.text, "1 ");
	assert_err(
	    mailbox_get(t, sc->arena, A, LANE_CONTROL, 1, &item), ERR_INVALID);
	store_abort(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_walk_sees_one_lane_of_one_node),
		scratch_test(an_item_is_put_replaced_and_removed),
		scratch_test(damaged_items_are_refused),
	};

	return cmocka_run_group_tests_name("mailbox", tests, NULL, NULL);
}
