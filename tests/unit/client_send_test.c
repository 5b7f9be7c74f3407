/*
 * SPDX-License-Identifier: MIT
 *
 * client_send: what the client library sends, and what stands on disk
 * meanwhile.
 */
#include "tests/unit/client_sent.h"

static const struct {
	const char *says, *json;
	enum infohus_result want;
} bad_drafts[] = {
	{ "no JSON", "{\"role\": ", INFOHUS_BAD_DRAFT },
	{ "a key that nobody knows", "{\"kind\": \"concern\", \"x\": 1}",
	    INFOHUS_BAD_DRAFT },
	{ "a draft without an addressee",
	    "{\"role\": \"kom_tovholder\", \"kind\": \"concern\"}",
	    INFOHUS_BAD_DRAFT },
	{ "a draft of another node",
	    "{\"from\": \"kommune/0183\", \"kind\": \"concern\"}",
	    INFOHUS_WRONG_NODE },
};

static void
test_a_draft_that_is_no_message_is_refused_here(void **state)
{
	struct fake *f = *state;
	char(*list)[INFOHUS_ID_TEXT] = NULL;
	size_t n;

	for (size_t i = 0; i < sizeof bad_drafts / sizeof bad_drafts[0]; i++) {
		char id[INFOHUS_ID_TEXT];
		struct infohus_why why;
		enum infohus_result got = infohus_draft(f->h,
		    bad_drafts[i].json, strlen(bad_drafts[i].json), id, &why);

		if (got != bad_drafts[i].want)
			fail_msg("%s: got %s", bad_drafts[i].says,
			    infohus_result_name(got));
		assert_true(why.text[0] != '\0');
	}
	assert_int_equal(
	    state_list(f->h->state, STATE_OUTBOX, &list, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	free(list);
}

static void
test_an_id_is_used_once(void **state)
{
	struct fake *f = *state;
	char json[sizeof draft + 64], id[INFOHUS_ID_TEXT];
	char first[INFOHUS_ID_TEXT];

	snprintf(json, sizeof json,
	    "{\"message_id\": \"AZuNP7BAeDy9hY8p6NvxFQ==\", %s", draft + 1);
	assert_result(
	    infohus_draft(f->h, json, strlen(json), first, NULL), INFOHUS_OK);
	assert_result(
	    infohus_draft(f->h, json, strlen(json), id, NULL), INFOHUS_EXISTS);
	assert_string_equal(first, id);
}

static void
test_bytes_are_on_disk_before_they_are_sent_and_never_change(void **state)
{
	struct fake *f = *state;
	struct sent s;
	struct bytes stored;
	struct why why;
	struct infohus_event e;
	size_t count;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	assert_int_equal(state_get(f->h->state, STATE_OUTBOX, s.id, f->arena,
			     MESSAGE_MAX, &stored, &why),
	    ERR_OK);
	assert_true(bytes_eq(stored, s.bytes));
	/* As after a crash: another process, the same outbox. */
	fake_reopen(f);
	assert_result(
	    infohus_send_outbox(f->h, INFOHUS_UNTIL_RECORDED, &count, NULL),
	    INFOHUS_OK);
	assert_int_equal(count, 1);
	f->n_seen = 0;
	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_true(
	    bytes_eq(fake_seen(f, FRAME_TYPE_SUBMIT, 0)->payload, stored));
}

static void
test_after_a_lost_session_the_same_bytes_go_again(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct sent s;

	submit(&s, f, INFOHUS_UNTIL_RECORDED);
	fake_push(f, LANE_CONTROL, FRAME_TYPE_BYE, bytes_of(NULL, 0));
	assert_result(next(f, &e), INFOHUS_LOST);
	f->n_seen = 0;
	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_true(
	    bytes_eq(fake_seen(f, FRAME_TYPE_SUBMIT, 0)->payload, s.bytes));
}

static void
test_an_unknown_message_cannot_be_sent(void **state)
{
	struct fake *f = *state;

	assert_result(infohus_send(f->h, "01890000-0000-7000-8000-000000000000",
			  INFOHUS_UNTIL_RECORDED, NULL),
	    INFOHUS_NOT_FOUND);
	assert_result(
	    infohus_send(f->h, "../checkpoint", INFOHUS_UNTIL_RECORDED, NULL),
	    INFOHUS_NOT_FOUND);
}

static void
test_an_acute_message_has_its_lane_and_goes_first(void **state)
{
	struct fake *f = *state;
	struct sent a, b = { .f = f };
	char json[sizeof draft + 32];
	struct infohus_event e;

	memset(&a, 0, sizeof a);
	a.f = f;
	snprintf(json, sizeof json, "{\"urgency\": \"acute\", %s", draft + 1);
	make_draft(&b, draft);
	make_draft(&a, json);
	assert_result(
	    infohus_send(f->h, b.id, INFOHUS_UNTIL_RECORDED, NULL), INFOHUS_OK);
	assert_result(
	    infohus_send(f->h, a.id, INFOHUS_UNTIL_RECORDED, NULL), INFOHUS_OK);
	fake_ready(f);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_int_equal(fake_seen(f, FRAME_TYPE_SUBMIT, 0)->lane, LANE_ACUTE);
	assert_int_equal(
	    fake_seen(f, FRAME_TYPE_SUBMIT, 1)->lane, LANE_ORDINARY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_a_draft_that_is_no_message_is_refused_here),
		fake_test(test_an_id_is_used_once),
		fake_test(
		    test_bytes_are_on_disk_before_they_are_sent_and_never_change),
		fake_test(test_after_a_lost_session_the_same_bytes_go_again),
		fake_test(test_an_unknown_message_cannot_be_sent),
		fake_test(test_an_acute_message_has_its_lane_and_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
