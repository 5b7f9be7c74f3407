/*
 * SPDX-License-Identifier: MIT
 *
 * client_session: how the client library opens a session, what it makes of
 * frames that are lost, repeated or foreign, and that it never believes a
 * log that is not the one it knows.
 */
#include "fake_core.h"

static enum infohus_result
connect_to(struct fake *f, int ms)
{
	struct infohus_why why;

	return infohus_connect(f->h, ms, &why);
}

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

/* ----------------------------------------------------- lies about the log */

struct ready_lie {
	const char *says;
	void (*tell)(struct fake *f, PbReady *r);
	enum infohus_result want;
};

static void
lie_other_key(struct fake *f, PbReady *r)
{
	r->checkpoint = pb(tree_note(f, &f->tree, f->tree.n, &f->stranger));
}

static void
lie_no_note(struct fake *f, PbReady *r)
{
	(void)f;
	r->checkpoint = pb(bytes_str("log.example\n7\n"));
}

static void
lie_smaller(struct fake *f, PbReady *r)
{
	r->checkpoint = pb(tree_note(f, &f->tree, 6, &f->log));
	r->n_consistency = 0;
}

/* The same log but for one early entry. */
static struct tree *
forked(struct fake *f)
{
	struct tree *t = fake_alloc(f, sizeof *t);

	*t = f->tree;
	t->leaf[2].b[0] ^= 1;
	return t;
}

static void
lie_other_root(struct fake *f, PbReady *r)
{
	r->checkpoint = pb(tree_note(f, forked(f), 7, &f->log));
	r->n_consistency = 0;
}

static void
lie_fork(struct fake *f, PbReady *r)
{
	struct tree *t = forked(f);

	r->checkpoint = pb(tree_note(f, t, t->n, &f->log));
	tree_consistency(f, t, 7, t->n, &r->consistency, &r->n_consistency);
}

static void
lie_no_proof(struct fake *f, PbReady *r)
{
	(void)f;
	r->n_consistency = 0;
}

static void
lie_short_hash(struct fake *f, PbReady *r)
{
	(void)f;
	r->consistency[0].len--;
}

static const struct ready_lie ready_lies[] = {
	{ "a checkpoint signed with another key of the same name",
	    lie_other_key, INFOHUS_BAD_CHECKPOINT },
	{ "bytes that are no signed note", lie_no_note,
	    INFOHUS_BAD_CHECKPOINT },
	{ "a log smaller than the one known", lie_smaller,
	    INFOHUS_LOG_WENT_BACK },
	{ "another root at the size known", lie_other_root,
	    INFOHUS_LOG_FORKED },
	{ "a larger log in which an early entry differs", lie_fork,
	    INFOHUS_LOG_FORKED },
	{ "a larger log without a proof", lie_no_proof, INFOHUS_LOG_FORKED },
	{ "a proof with a hash cut short", lie_short_hash, INFOHUS_LOG_FORKED },
};

static void
test_a_log_that_is_not_ours_is_never_taken(void **state)
{
	struct fake *f = *state;

	fake_ready(f);
	fake_grow(f, 6);
	for (size_t i = 0; i < sizeof ready_lies / sizeof ready_lies[0]; i++) {
		const struct ready_lie *lie = &ready_lies[i];
		PbReady ready = PB_READY__INIT;
		enum infohus_result got;

		fake_reopen(f);
		f->silent = true;
		assert_result(connect_to(f, 50), INFOHUS_UNREACHABLE);
		ready.checkpoint = pb(
		    tree_note(f, &f->tree, f->tree.n, &f->log));
		tree_consistency(f, &f->tree, 7, f->tree.n, &ready.consistency,
		    &ready.n_consistency);
		lie->tell(f, &ready);
		fake_push(
		    f, LANE_CONTROL, FRAME_TYPE_READY, fake_pack(f, &ready));
		got = connect_to(f, 50);
		if (got != lie->want)
			fail_msg(
			    "%s: got %s", lie->says, infohus_result_name(got));
		assert_true(infohus_result_is_alarm(got));
		assert_int_equal(f->h->trust.known.size, 7);
	}
}

static void
test_going_back_names_both_sizes(void **state)
{
	struct fake *f = *state;
	struct infohus_why why;
	PbReady ready = PB_READY__INIT;

	fake_ready(f);
	fake_reopen(f);
	f->silent = true;
	assert_result(connect_to(f, 50), INFOHUS_UNREACHABLE);
	lie_smaller(f, &ready);
	fake_push(f, LANE_CONTROL, FRAME_TYPE_READY, fake_pack(f, &ready));
	assert_result(infohus_connect(f->h, 50, &why), INFOHUS_LOG_WENT_BACK);
	assert_string_equal(
	    why.text, "found a checkpoint of size 6, 7 is known");
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
test_a_seat_is_used_by_one_process(void **state)
{
	struct fake *f = *state;
	struct infohus *second = NULL;
	struct why why = { "" };

	assert_result(fake_try_open(f, &second, &why), INFOHUS_IN_USE);
	assert_null(second);
}

static void
test_a_damaged_checkpoint_on_disk_is_not_forgotten(void **state)
{
	struct fake *f = *state;
	struct infohus *h = NULL;
	struct why why = { "" };

	fake_ready(f);
	assert_int_equal(state_put(f->h->state, STATE_TOP, "checkpoint",
			     bytes_str("log.example\n7\nAAAA\n"), &why),
	    ERR_OK);
	infohus_close(f->h);
	f->h = NULL;
	assert_result(fake_try_open(f, &h, &why), INFOHUS_BAD_CHECKPOINT);
}

static const struct {
	const char *says, *key, *value;
} bad_homes[] = {
	{ "a node id that is none", "node", "\"Kommune 0101\"" },
	{ "no endpoint", "endpoint", "[]" },
	{ "an endpoint that is not TCP", "endpoint", "[\"ipc:///tmp/x\"]" },
	{ "an origin that is not the log key's", "origin", "\"other\"" },
	{ "a verifier key that does not parse", "vkey", "\"x+1+y\"" },
	{ "a short transport key", "curve", "\"00\"" },
	{ "one custodian only", "custodian", "[\"x\"]" },
	{ "custodians that are no certificates", "custodian",
	    "[\"x\", \"y\"]" },
	{ "a key that nobody knows", "trust", "\"everybody\"" },
};

static void
test_a_wrong_seat_json_is_refused(void **state)
{
	struct fake *f = *state;
	char *path = arena_printf(f->arena, "%s/seat.json", f->home);

	infohus_close(f->h);
	f->h = NULL;
	for (size_t i = 0; i < sizeof bad_homes / sizeof bad_homes[0]; i++) {
		json_t *o = json_load_file(path, 0, NULL);
		struct infohus *h = NULL;
		struct why why = { "" };
		enum infohus_result got;

		json_object_set_new(o, bad_homes[i].key,
		    json_loads(bad_homes[i].value, JSON_DECODE_ANY, NULL));
		assert_int_equal(json_dump_file(o, path, 0), 0);
		json_decref(o);
		got = fake_try_open(f, &h, &why);
		if (got != INFOHUS_BAD_HOME)
			fail_msg("%s: got %s", bad_homes[i].says,
			    infohus_result_name(got));
		assert_non_null(strstr(why.text, "seat.json"));
		fake_seat_json(f);
	}
	fake_open(f);
}

static void
test_a_key_that_others_can_read_is_refused(void **state)
{
	struct fake *f = *state;
	struct infohus *h = NULL;
	struct why why = { "" };

	infohus_close(f->h);
	f->h = NULL;
	assert_int_equal(
	    chmod(arena_printf(f->arena, "%s/box.key", f->home), 0644), 0);
	assert_result(fake_try_open(f, &h, &why), INFOHUS_BAD_HOME);
	assert_non_null(strstr(why.text, "box.key"));
}

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
		fake_test(test_a_log_that_is_not_ours_is_never_taken),
		fake_test(test_going_back_names_both_sizes),
		fake_test(test_a_missing_frame_ends_the_session),
		fake_test(test_a_repeated_frame_ends_the_session),
		fake_test(test_foreign_frames_are_dropped),
		fake_test(test_every_frame_that_core_does_not_send_is_an_alarm),
		fake_test(test_bye_ends_the_session),
		fake_test(
		    test_silence_is_asked_about_and_then_ends_the_session),
		fake_test(test_attempts_that_fail_at_once_become_rarer),
		fake_test(test_a_seat_is_used_by_one_process),
		fake_test(test_a_damaged_checkpoint_on_disk_is_not_forgotten),
		fake_test(test_a_wrong_seat_json_is_refused),
		fake_test(test_a_key_that_others_can_read_is_refused),
		cmocka_unit_test(test_every_result_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
