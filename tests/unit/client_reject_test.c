/*
 * SPDX-License-Identifier: MIT
 *
 * client_reject: what the client library makes of rejections, and of silence.
 */
#include "tests/unit/client_sent.h"

static void
test_a_final_rejection_ends_the_message(void **state)
{
	struct fake *f = *state;
	char reject[64];
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	fake_push_reject(
	    f, &f->session, s.counter, CODE_CONFLICT, s.id, &f->log);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_REJECTED);
	assert_string_equal(e.rejection->id, s.id);
	assert_string_equal(e.rejection->code_name, "conflict");
	assert_false(e.rejection->retry);
	snprintf(reject, sizeof reject, "%s.reject", s.id);
	assert_true(fake_has(f, "refused", s.id));
	assert_true(fake_has(f, "refused", reject));
	assert_false(fake_has(f, "outbox", s.id));
	assert_int_equal(infohus_unanswered(f->h), 0);
}

static void
test_a_rejection_that_may_pass_is_tried_again_later(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct infohus_why why;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	fake_push_reject(f, &f->session, s.counter, CODE_BUSY, s.id, &f->log);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_true(e.rejection->retry);
	assert_true(fake_has(f, "outbox", s.id));
	assert_null(fake_seen(f, FRAME_TYPE_SUBMIT, 1));
	assert_result(infohus_next(f->h, 1500, &e, &why), INFOHUS_TIMEOUT);
	assert_non_null(fake_seen(f, FRAME_TYPE_SUBMIT, 1));
	assert_true(
	    bytes_eq(fake_seen(f, FRAME_TYPE_SUBMIT, 1)->payload, s.bytes));
}

struct bad_reject {
	const char *says;
	void (*push)(struct sent *s);
	enum infohus_result want;
};

static void
reject_stranger(struct sent *s)
{
	fake_push_reject(s->f, &s->f->session, s->counter, CODE_CONFLICT, s->id,
	    &s->f->stranger);
}

static void
reject_other_session(struct sent *s)
{
	fake_push_reject(s->f, &s->f->last_session, s->counter, CODE_CONFLICT,
	    s->id, &s->f->log);
}

static void
reject_other_counter(struct sent *s)
{
	fake_push_reject(s->f, &s->f->session, s->counter + 40, CODE_CONFLICT,
	    s->id, &s->f->log);
}

static void
reject_hello(struct sent *s)
{
	fake_push_reject(
	    s->f, &s->f->session, 1, CODE_CONFLICT, NULL, &s->f->log);
}

static void
reject_other_message(struct sent *s)
{
	fake_push_reject(s->f, &s->f->session, s->counter, CODE_CONFLICT,
	    "01890000-0000-7000-8000-000000000000", &s->f->log);
}

static void
reject_trash(struct sent *s)
{
	fake_push(s->f, LANE_CONTROL, FRAME_TYPE_REJECT, bytes_str("trash"));
}

static const struct bad_reject bad_rejects[] = {
	{ "signed with another key", reject_stranger, INFOHUS_BAD_REJECTION },
	{ "replayed from the session before", reject_other_session,
	    INFOHUS_BAD_REJECTION },
	{ "of a frame that was not sent", reject_other_counter,
	    INFOHUS_BAD_REJECTION },
	{ "of a frame that was answered", reject_hello, INFOHUS_BAD_REJECTION },
	{ "naming another message than the frame held", reject_other_message,
	    INFOHUS_BAD_REJECTION },
	{ "bytes that do not read", reject_trash, INFOHUS_BAD_FRAME },
};

static void
test_a_rejection_that_is_not_ours_changes_nothing(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	for (size_t i = 0; i < sizeof bad_rejects / sizeof bad_rejects[0];
	     i++) {
		enum infohus_result got;

		if (!infohus_is_connected(f->h)) {
			f->n_seen = 0;
			fake_ready(f);
			assert_result(next(f, &e), INFOHUS_TIMEOUT);
			look(&s, 0);
		}
		bad_rejects[i].push(&s);
		got = next(f, &e);
		if (got != bad_rejects[i].want)
			fail_msg("%s: got %s", bad_rejects[i].says,
			    infohus_result_name(got));
		assert_true(fake_has(f, "outbox", s.id));
		assert_int_equal(infohus_unanswered(f->h), 1);
	}
}

static void
test_the_same_rejection_twice_is_a_replay(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	fake_push_reject(
	    f, &f->session, s.counter, CODE_CONFLICT, s.id, &f->log);
	fake_push_reject(
	    f, &f->session, s.counter, CODE_CONFLICT, s.id, &f->log);
	assert_result(next(f, &e), INFOHUS_BAD_REJECTION);
	/* What was decided before it stays so, and is still told. */
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_REJECTED);
}

static void
test_no_answer_at_all_ends_the_session(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct infohus_why why;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	assert_result(infohus_next(f->h, 40000, &e, &why), INFOHUS_LOST);
	assert_non_null(strstr(why.text, "30 s"));
	assert_true(fake_has(f, "outbox", s.id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_a_final_rejection_ends_the_message),
		fake_test(test_a_rejection_that_may_pass_is_tried_again_later),
		fake_test(test_a_rejection_that_is_not_ours_changes_nothing),
		fake_test(test_the_same_rejection_twice_is_a_replay),
		fake_test(test_no_answer_at_all_ends_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
