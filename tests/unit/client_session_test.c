/*
 * SPDX-License-Identifier: MIT
 *
 * client_session: from nothing to a session, and what ends one.
 */
#include "fake_core.h"

/* ---------------------------------------------------------------- opening */

static void
test_a_session_opens_and_its_checkpoint_is_kept(void **state)
{
	struct fake *f = *state;
	struct checkpoint c;
	struct bytes note;
	struct why why;

	infohus_take(f->h, INFOHUS_LANE_ACUTE, 0);
	fake_ready(f);
	assert_int_equal(f->knocks, 1);
	assert_int_equal(f->hello->size, 0);
	assert_false(f->hello->has_root);
	assert_int_equal(f->hello->n_lane, 1);
	assert_int_equal(f->hello->lane[0], LANE_ACUTE);
	assert_int_equal(state_get(f->h->state, STATE_TOP, "checkpoint",
			     f->arena, NOTE_MAX, &note, &why),
	    ERR_OK);
	assert_int_equal(
	    checkpoint_open(&c, note, &f->log.public, &why), ERR_OK);
	assert_int_equal(c.size, 7);
}

static void
test_the_kept_checkpoint_is_said_and_extended(void **state)
{
	struct fake *f = *state;

	fake_ready(f);
	fake_grow(f, 5);
	fake_reopen(f);
	fake_ready(f);
	assert_int_equal(f->hello->size, 7);
	assert_true(f->hello->has_root);
	assert_int_equal(f->h->trust.known.size, 12);
}

static void
test_a_knock_is_repeated_and_the_endpoints_take_turns(void **state)
{
	struct fake *f = *state;

	f->deaf = true;
	assert_result(connect_to(f, 2500), INFOHUS_UNREACHABLE);
	assert_int_equal(f->knocks, 3);
	assert_int_equal(f->connects, 1);
	assert_string_equal(f->endpoint, "tcp://one.example:7001");
	assert_result(connect_to(f, 2000), INFOHUS_UNREACHABLE);
	assert_string_equal(f->endpoint, "tcp://two.example:7001");
	f->deaf = false;
	assert_result(connect_to(f, 2000), INFOHUS_OK);
}

static void
test_the_knock_leaves_when_the_connection_is_there(void **state)
{
	struct fake *f = *state;

	f->reached_ms = f->now + 7;
	assert_result(connect_to(f, 500), INFOHUS_OK);
	assert_int_equal(f->knocks, 1);
	assert_int_equal(f->now, f->reached_ms);
}

static void
test_two_welcomes_the_newer_one_counts(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct infohus_why why;

	/* The answers to both knocks come late, one behind the other. */
	f->deaf = true;
	assert_result(connect_to(f, 1500), INFOHUS_UNREACHABLE);
	assert_int_equal(f->knocks, 2);
	f->deaf = false;
	fake_welcome(f, bytes_of(f->h->channel.knock, 16));
	f->silent = true;
	assert_result(infohus_next(f->h, 0, &e, &why), INFOHUS_TIMEOUT);
	f->silent = false;
	fake_welcome(f, bytes_of(f->h->channel.knock, 16));
	assert_result(connect_to(f, 500), INFOHUS_OK);
	assert_int_equal(f->sessions, 2);
	assert_memory_equal(f->h->channel.id.b, f->session.b, ID_SIZE);
}

static void
test_a_welcome_to_another_knock_is_dropped(void **state)
{
	struct fake *f = *state;
	uint8_t other[16] = { 1 };

	f->deaf = true;
	assert_result(connect_to(f, 100), INFOHUS_UNREACHABLE);
	fake_welcome(f, bytes_of(other, sizeof other));
	assert_result(connect_to(f, 100), INFOHUS_UNREACHABLE);
	assert_null(f->hello);
}

static void
test_a_refused_hello_says_why(void **state)
{
	struct fake *f = *state;
	struct infohus_why why;

	f->silent = true;
	assert_result(connect_to(f, 100), INFOHUS_UNREACHABLE);
	fake_push_reject(
	    f, &f->session, 1, CODE_UNKNOWN_CERTIFICATE, NULL, &f->log);
	assert_result(infohus_connect(f->h, 100, &why), INFOHUS_REFUSED);
	assert_non_null(strstr(why.text, "unknown_certificate"));
}

static void
test_a_rejection_of_another_frame_than_hello_is_none(void **state)
{
	struct fake *f = *state;

	f->silent = true;
	assert_result(connect_to(f, 100), INFOHUS_UNREACHABLE);
	fake_push_reject(
	    f, &f->session, 2, CODE_UNKNOWN_CERTIFICATE, NULL, &f->log);
	assert_result(connect_to(f, 100), INFOHUS_BAD_REJECTION);
}

static void
test_hello_without_an_answer_begins_again(void **state)
{
	struct fake *f = *state;

	f->silent = true;
	assert_result(connect_to(f, 2900), INFOHUS_UNREACHABLE);
	f->silent = false;
	assert_result(connect_to(f, 2900), INFOHUS_OK);
	assert_int_equal(f->knocks, 2);
	assert_int_equal(f->connects, 2);
}

/* ----------------------------------------------------------------- frames */

static enum infohus_result
next(struct fake *f)
{
	struct infohus_event e;
	struct infohus_why why;

	return fake_next(f, &e, &why);
}

static void
test_a_missing_frame_ends_the_session(void **state)
{
	struct fake *f = *state;

	fake_ready(f);
	f->out++;
	fake_push(f, LANE_CONTROL, FRAME_TYPE_PING, bytes_of(NULL, 0));
	assert_result(next(f), INFOHUS_LOST);
	assert_false(infohus_is_connected(f->h));
	fake_ready(f);
	assert_int_equal(f->sessions, 2);
}

static void
test_a_repeated_frame_ends_the_session(void **state)
{
	struct fake *f = *state;

	fake_ready(f);
	fake_push(f, LANE_CONTROL, FRAME_TYPE_PING, bytes_of(NULL, 0));
	fake_push_raw(f, f->queue[f->last - 1]);
	assert_result(next(f), INFOHUS_LOST);
}

static void
test_foreign_frames_are_dropped(void **state)
{
	struct fake *f = *state;
	struct id other = { { 9 } };
	uint8_t trash[200] = { 0 };

	fake_ready(f);
	fake_push_raw(f, bytes_of(trash, sizeof trash));
	fake_push_raw(f, bytes_of(trash, 3));
	fake_push_raw(f, bytes_of(NULL, 0));
	fake_push_as(
	    f, &other, 2, LANE_CONTROL, FRAME_TYPE_BYE, bytes_of(NULL, 0));
	assert_result(next(f), INFOHUS_TIMEOUT);
	assert_true(infohus_is_connected(f->h));
	fake_push(f, LANE_CONTROL, FRAME_TYPE_PING, bytes_of(NULL, 0));
	assert_result(next(f), INFOHUS_TIMEOUT);
}

static void
test_every_frame_that_core_does_not_send_is_an_alarm(void **state)
{
	static const uint8_t types[] = { FRAME_TYPE_HELLO, FRAME_TYPE_SUBMIT,
		FRAME_TYPE_ACK, FRAME_TYPE_NACK, FRAME_TYPE_CREDIT,
		FRAME_TYPE_READ, FRAME_TYPE_READY, FRAME_TYPE_RANGE, 77 };
	struct fake *f = *state;

	for (size_t i = 0; i < sizeof types; i++) {
		fake_ready(f);
		fake_push(f, LANE_CONTROL, types[i], bytes_of(NULL, 0));
		assert_result(next(f), INFOHUS_BAD_FRAME);
	}
}

static void
test_bye_ends_the_session(void **state)
{
	struct fake *f = *state;

	fake_ready(f);
	fake_push(f, LANE_CONTROL, FRAME_TYPE_BYE, bytes_of(NULL, 0));
	assert_result(next(f), INFOHUS_LOST);
}

static void
test_silence_is_asked_about_and_then_ends_the_session(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct infohus_why why;

	fake_ready(f);
	assert_result(infohus_next(f->h, 6000, &e, &why), INFOHUS_TIMEOUT);
	assert_non_null(fake_seen(f, FRAME_TYPE_PING, 0));
	assert_null(fake_seen(f, FRAME_TYPE_PING, 1));
	f->deaf = true;
	assert_result(infohus_next(f->h, 20000, &e, &why), INFOHUS_LOST);
	f->deaf = false;
	fake_ready(f);
}

static void
test_attempts_that_fail_at_once_become_rarer(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct infohus_why why;
	unsigned before;

	for (int i = 0; i < 10; i++) {
		fake_ready(f);
		fake_push(f, LANE_CONTROL, FRAME_TYPE_BYE, bytes_of(NULL, 0));
		assert_result(next(f), INFOHUS_LOST);
	}
	before = f->connects;
	assert_result(infohus_next(f->h, 900, &e, &why), INFOHUS_TIMEOUT);
	assert_int_equal(f->connects, before);
	fake_ready(f);
}

/* ------------------------------------------------------------------- home */

static void
test_every_result_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = INFOHUS_OK; i <= INFOHUS_NOT_FOR_US; i++) {
		const char *name = infohus_result_name((enum infohus_result)i);

		assert_non_null(name);
		assert_string_not_equal(name, "unknown");
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
			    name, infohus_result_name((enum infohus_result)k));
	}
	assert_string_equal(
	    infohus_result_name((enum infohus_result)999), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_a_session_opens_and_its_checkpoint_is_kept),
		fake_test(test_the_kept_checkpoint_is_said_and_extended),
		fake_test(
		    test_a_knock_is_repeated_and_the_endpoints_take_turns),
		fake_test(test_the_knock_leaves_when_the_connection_is_there),
		fake_test(test_two_welcomes_the_newer_one_counts),
		fake_test(test_a_welcome_to_another_knock_is_dropped),
		fake_test(test_a_refused_hello_says_why),
		fake_test(test_a_rejection_of_another_frame_than_hello_is_none),
		fake_test(test_hello_without_an_answer_begins_again),
		fake_test(test_a_missing_frame_ends_the_session),
		fake_test(test_a_repeated_frame_ends_the_session),
		fake_test(test_foreign_frames_are_dropped),
		fake_test(test_every_frame_that_core_does_not_send_is_an_alarm),
		fake_test(test_bye_ends_the_session),
		fake_test(
		    test_silence_is_asked_about_and_then_ends_the_session),
		fake_test(test_attempts_that_fail_at_once_become_rarer),
		cmocka_unit_test(test_every_result_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
