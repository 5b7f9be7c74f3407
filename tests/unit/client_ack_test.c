/*
 * SPDX-License-Identifier: MIT
 *
 * client_ack: what the client library signs of what it was offered.
 */
#include "tests/unit/client_offered.h"

/* -------------------------------------------------------------------- acks */

static void
test_acks_leave_together_under_one_signature(void **state)
{
	struct fake *f = *state;
	struct digest root;
	struct infohus_event e;
	struct infohus_why why;
	struct mail m[3];
	PbAckBody *body[3];
	PbAcks *acks;

	start(f, BOTH, 0);
	for (size_t i = 0; i < 3; i++)
		mail(&m[i], f, false);
	for (size_t i = 0; i < 3; i++) {
		assert_result(next(f, &e), INFOHUS_OK);
		assert_null(fake_seen(f, FRAME_TYPE_ACK, 0));
		assert_result(infohus_ack(f->h, e.message->index,
				  i == 0 ? "vagt-7" : NULL, &why),
		    INFOHUS_OK);
	}
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	acks = take_acks(f, FRAME_TYPE_ACK, 0, body);
	assert_int_equal(acks->n_ack, 3);
	assert_null(fake_seen(f, FRAME_TYPE_ACK, 1));
	assert_int_equal(acks->ack[0]->signature->count, 3);
	assert_int_equal(body[0]->index, m[0].index);
	assert_string_equal(body[0]->person, "vagt-7");
	assert_null(body[1]->person);
	assert_false(body[0]->has_code);
	assert_memory_equal(body[2]->header.data, m[2].header.b, DIGEST_SIZE);
	/* The newest checkpoint that this seat has verified. */
	root = merkle_root(f->tree.leaf, f->tree.n);
	assert_int_equal(body[0]->size, f->tree.n);
	assert_memory_equal(body[0]->root.data, root.b, DIGEST_SIZE);
	/* Every part that came, in its order. */
	assert_int_equal(body[0]->n_commitment, 3);
	for (size_t i = 0; i < 3; i++) {
		const PbOpening *o = m[0].opening[i];
		struct digest d = digest_part((uint8_t)o->kind,
		    (uint8_t)o->form, o->salt.data,
		    bytes_of(o->part.data, o->part.len));

		assert_memory_equal(
		    body[0]->commitment[i].data, d.b, DIGEST_SIZE);
	}
}

static void
test_a_nack_carries_its_code(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	PbAckBody *body[1];
	struct mail m;

	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_nack(f->h, m.index, INFOHUS_NACK_NOT_MINE, NULL),
	    INFOHUS_OK);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	take_acks(f, FRAME_TYPE_NACK, 0, body);
	assert_true(body[0]->has_code);
	assert_int_equal(body[0]->code, CODE_NACK_NOT_MINE);
	assert_int_equal(body[0]->n_commitment, 3);
	assert_null(fake_seen(f, FRAME_TYPE_ACK, 0));
}

static void
test_only_what_was_offered_is_acknowledged(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	assert_result(infohus_ack(f->h, 5, NULL, NULL), INFOHUS_NOT_FOUND);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	assert_result(
	    infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_NOT_FOUND);
	assert_result(infohus_nack(f->h, m.index, INFOHUS_NACK_NOT_MINE, NULL),
	    INFOHUS_NOT_FOUND);
}

static void
test_one_that_was_taken_is_acknowledged_again_but_not_shown(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	/* The process dies before the ack leaves. */
	fake_reopen(f);
	assert_null(fake_seen(f, FRAME_TYPE_ACK, 0));
	start(f, BOTH, 0);
	make_offer(&m);
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_non_null(fake_seen(f, FRAME_TYPE_ACK, 0));
}

static void
test_one_that_was_not_taken_comes_again(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	fake_reopen(f);
	start(f, BOTH, 0);
	make_offer(&m);
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_int_equal(e.message->index, m.index);
}

static void
test_an_index_that_was_another_message_is_a_fork(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	char name[24], hex[2 * DIGEST_SIZE + 1];
	struct digest other = { { 4 } };
	struct mail m;

	start(f, BOTH, 0);
	write_mail(&m, f, US, false);
	snprintf(name, sizeof name, "%llu", (unsigned long long)m.index);
	hex_encode(hex, bytes_of(other.b, DIGEST_SIZE));
	assert_int_equal(
	    state_put(f->h->state, STATE_RECEIVED, name, bytes_str(hex), NULL),
	    ERR_OK);
	make_offer(&m);
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_LOG_FORKED);
}

static void
test_flush_returns_when_the_acks_have_arrived(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;
	uint64_t before;

	assert_result(infohus_flush(f->h, 1000, NULL), INFOHUS_LOST);
	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	before = f->now;
	assert_result(infohus_flush(f->h, 1000, NULL), INFOHUS_OK);
	assert_non_null(fake_seen(f, FRAME_TYPE_ACK, 0));
	/* The answer was there at once, and ended the call. */
	assert_int_equal(f->now, before);
	f->deaf = true;
	assert_result(infohus_flush(f->h, 1000, NULL), INFOHUS_TIMEOUT);
}

/* ------------------------------------------------------------------ credit */

static void
test_a_lane_that_was_not_taken_is_an_alarm(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, INFOHUS_LANE_ACUTE, 0);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_BAD_FRAME);
}

/* --------------------------------------------------- lies about one message */

static void
test_a_rejected_ack_ends_the_session_and_is_sent_again(void **state)
{
	struct fake *f = *state;
	struct infohus_event e;
	struct mail m;

	start(f, BOTH, 0);
	mail(&m, f, false);
	assert_result(next(f, &e), INFOHUS_OK);
	assert_result(infohus_ack(f->h, m.index, NULL, NULL), INFOHUS_OK);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	fake_push_reject(f, &f->session,
	    fake_seen(f, FRAME_TYPE_ACK, 0)->counter, CODE_BUSY, NULL, &f->log);
	assert_result(next(f, &e), INFOHUS_LOST);
	fake_ready(f);
	make_offer(&m);
	push_offer(&m);
	assert_result(next(f, &e), INFOHUS_TIMEOUT);
	assert_non_null(fake_seen(f, FRAME_TYPE_ACK, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_acks_leave_together_under_one_signature),
		fake_test(test_a_nack_carries_its_code),
		fake_test(test_only_what_was_offered_is_acknowledged),
		fake_test(
		    test_one_that_was_taken_is_acknowledged_again_but_not_shown),
		fake_test(test_one_that_was_not_taken_comes_again),
		fake_test(test_an_index_that_was_another_message_is_a_fork),
		fake_test(test_flush_returns_when_the_acks_have_arrived),
		fake_test(test_a_lane_that_was_not_taken_is_an_alarm),
		fake_test(
		    test_a_rejected_ack_ends_the_session_and_is_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
