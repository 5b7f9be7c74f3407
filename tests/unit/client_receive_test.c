/*
 * SPDX-License-Identifier: MIT
 *
 * client_receive: what the client library hands over, and how much of it it
 * asks for.
 */
#include "tests/unit/client_offered.h"

/* --------------------------------------------------------------- the good */

static void
test_a_message_is_handed_over_whole(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;
	char id[37];
	json_t *o;

	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_MESSAGE);
	id_format(id, &m.id);
	assert_string_equal(e.message->id, id);
	assert_int_equal(e.message->index, m.index);
	assert_string_equal(e.message->sender, PEER);
	assert_string_equal(e.message->kind, "concern");
	assert_false(e.message->acute);
	o = json_loads(e.message->json, 0, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "id")), id);
	assert_string_equal(
	    json_string_value(json_object_get(
		json_object_get(json_object_get(o, "sections"), "police"),
		"text")),
	    "Also invented.");
	assert_string_equal(json_string_value(json_object_get(
				json_object_get(o, "sender"), "node")),
	    PEER);
	assert_int_equal(json_array_size(json_object_get(o, "addressee")), 1);
	assert_null(json_object_get(o, "grounds"));
	json_decref(o);
}

static void
test_grounds_come_when_a_rule_gives_them(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	write_mail(&m, f, US, false);
	make_offer(&m);
	m.opening[3] = m.message->opening[GROUNDS];
	m.offer.n_opening = 4;
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_non_null(strstr(e.message->json, "\"grounds\""));
}

static void
test_acute_comes_first(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m[3];

	start(f, BOTH, 0);
	mail(&m[0], f, false);
	mail(&m[1], f, false);
	mail(&m[2], f, true);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.message->index, m[2].index);
	assert_true(e.message->acute);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.message->index, m[0].index);
}

/* ------------------------------------------------------------------ credit */

static void
test_nothing_is_asked_for_without_take(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;

	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(f->hello->n_lane, 0);
	assert_null(fake_seen(f, FRAME_TYPE_CREDIT, 0));
}

static void
test_credit_is_topped_up_as_messages_are_answered(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(f->credit[LANE_ORDINARY], WINDOW);
	assert_int_equal(f->credit[LANE_ACUTE], WINDOW);
	for (size_t i = 0; i < WINDOW; i++) {
		mail(&m, f, false);
		assert_result(next(f, &e), INFOHUS_OK);
		assert_result(
		    infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	}
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_true(f->credit[LANE_ORDINARY] >= 2 * WINDOW - WINDOW / 4);
	assert_int_equal(f->credit[LANE_ACUTE], WINDOW);
}

static void
test_no_more_than_the_limit_is_asked_for(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, INFOHUS_LANE_ORDINARY, 2);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(f->credit[LANE_ORDINARY], 2);
	assert_int_equal(f->credit[LANE_ACUTE], 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(f->credit[LANE_ORDINARY], 2);
	/* One of two is done: a new session asks for one. */
	fake_push(f, LANE_CONTROL, FRAME_TYPE_BYE, bytes_of(NULL, 0));
	assert_result(next(f, &e), INFOHUS_LOST);
	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(f->credit[LANE_ORDINARY], 1);
}

static void
test_more_than_the_credit_is_an_alarm(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m[2];

	start(f, INFOHUS_LANE_ORDINARY, 1);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	mail(&m[0], f, false);
	mail(&m[1], f, false);
	assert_result(next(f, &e), INFOHUS_BAD_FRAME);
}

/* --------------------------------------------------- lies about one message */

static void
test_offers_of_a_lost_session_are_not_shown(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m[2];

	start(f, BOTH, 0);
	mail(&m[0], f, false);
	mail(&m[1], f, false);
	fake_push(f, LANE_CONTROL, FRAME_TYPE_BYE, bytes_of(NULL, 0));
	assert_result(next(f, &e), INFOHUS_LOST);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_result(
	    infohus_ack(f->h, m[0].index, NULL, NULL), INFOHUS_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_a_message_is_handed_over_whole),
		fake_test(test_grounds_come_when_a_rule_gives_them),
		fake_test(test_acute_comes_first),
		fake_test(test_nothing_is_asked_for_without_take),
		fake_test(test_credit_is_topped_up_as_messages_are_answered),
		fake_test(test_no_more_than_the_limit_is_asked_for),
		fake_test(test_more_than_the_credit_is_an_alarm),
		fake_test(test_offers_of_a_lost_session_are_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
