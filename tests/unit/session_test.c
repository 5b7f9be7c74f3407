/*
 * SPDX-License-Identifier: MIT
 *
 * session: only the seat's box key opens a session, its frames come once and
 * in order, and what a hostile gate replays, drops or swaps ends it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <string.h>

#include "daemon/core/session.h"
#include "infohus.pb.h"

struct both {
	struct door door; /* core's side */
	struct box_key client;
	uint8_t core_public[32], core_secret[32];
	uint8_t wire[1024], plain[1024];
};

static void
meet(struct both *b)
{
	uint8_t seat_public[32], seat_secret[32];

	memset(b, 0, sizeof *b);
	box_keypair(b->core_public, b->core_secret);
	box_keypair(seat_public, seat_secret);
	assert_int_equal(
	    box_key_make(&b->door.key, seat_public, b->core_secret), ERR_OK);
	assert_int_equal(
	    box_key_make(&b->client, b->core_public, seat_secret), ERR_OK);
	b->door.source = 1;
}

static size_t
seal(struct both *b, const struct id *session, uint64_t counter, uint8_t type,
    const char *payload)
{
	struct frame f = { .lane = LANE_CONTROL,
		.session = *session,
		.counter = counter,
		.type = type,
		.payload = bytes_of(payload, strlen(payload)) };

	return box_seal(b->wire, &f, &b->client);
}

static enum received
receive(struct both *b, size_t len, enum code *code)
{
	struct frame f;

	return session_receive(
	    &b->door, bytes_of(b->wire, len), b->plain, &f, code);
}

static size_t
seal_knock(struct both *b, uint32_t version, uint64_t counter)
{
	static const struct id zero;
	PbKnock k = PB_KNOCK__INIT;
	uint8_t random[16] = { 7 }, packed[64];
	struct frame f = { .lane = LANE_CONTROL,
		.session = zero,
		.counter = counter,
		.type = FRAME_TYPE_KNOCK };

	k.random = (ProtobufCBinaryData){ sizeof random, random };
	k.version = &version;
	k.n_version = 1;
	f.payload = bytes_of(packed, pb_knock__pack(&k, packed));
	return box_seal(b->wire, &f, &b->client);
}

static void
knock_opens(void **state)
{
	struct both b;
	enum code code;

	(void)state;
	meet(&b);
	assert_int_equal(
	    receive(&b, seal_knock(&b, 1, 0), &code), RECEIVED_KNOCK);
	assert_int_equal(b.door.knocked, 1);
	assert_int_equal(b.door.knock[0], 7);
	assert_int_equal(
	    receive(&b, seal_knock(&b, 2, 0), &code), RECEIVED_NOTHING);
	assert_string_equal(code_name(code), "bad_version");
	assert_int_equal(
	    receive(&b, seal_knock(&b, 1, 1), &code), RECEIVED_NOTHING);
	assert_string_equal(code_name(code), "malformed");
}

static void
another_key_does_not(void **state)
{
	struct both b, other;
	enum code code;

	(void)state;
	meet(&b);
	meet(&other);
	size_t len = seal_knock(&other, 1, 0);
	memcpy(b.wire, other.wire, len);
	assert_int_equal(receive(&b, len, &code), RECEIVED_NOTHING);
	assert_string_equal(code_name(code), "bad_box");
}

static void
frames_follow_each_other(void **state)
{
	struct both b;
	struct id other;
	enum code code;
	size_t len;

	(void)state;
	meet(&b);
	len = seal(&b, &b.door.session, 1, FRAME_TYPE_PING, "x");
	assert_int_equal(receive(&b, len, &code), RECEIVED_NOTHING);
	session_open(&b.door, 1);
	len = seal(&b, &b.door.session, 1, FRAME_TYPE_PING, "x");
	assert_int_equal(receive(&b, len, &code), RECEIVED_FRAME);
	/* The same bytes again: replayed. */
	assert_int_equal(receive(&b, len, &code), RECEIVED_BREAK);
	assert_string_equal(code_name(code), "bad_session");
	/* One was dropped or overtaken. */
	len = seal(&b, &b.door.session, 3, FRAME_TYPE_PING, "x");
	assert_int_equal(receive(&b, len, &code), RECEIVED_BREAK);
	/* Of an older session. */
	memset(&other, 9, sizeof other);
	len = seal(&b, &other, 2, FRAME_TYPE_PING, "x");
	assert_int_equal(receive(&b, len, &code), RECEIVED_NOTHING);
	/* From a connection that is not the one kept. */
	b.door.source = 2;
	len = seal(&b, &b.door.session, 2, FRAME_TYPE_PING, "x");
	assert_int_equal(receive(&b, len, &code), RECEIVED_NOTHING);
	b.door.source = 1;
	assert_int_equal(receive(&b, len, &code), RECEIVED_FRAME);
}

static void
every_changed_bit_is_refused(void **state)
{
	struct both b;
	enum code code;
	size_t len;

	(void)state;
	meet(&b);
	session_open(&b.door, 1);
	len = seal(&b, &b.door.session, 1, FRAME_TYPE_PING, "payload");
	for (size_t bit = 8; bit < len * 8; bit++) {
		b.wire[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(receive(&b, len, &code), RECEIVED_NOTHING);
		b.wire[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(receive(&b, cut, &code), RECEIVED_NOTHING);
	assert_int_equal(receive(&b, len, &code), RECEIVED_FRAME);
}

static void
four_evictions_a_minute_are_too_many(void **state)
{
	struct door d = { .number = 1 };

	(void)state;
	assert_false(session_evicted(&d, 100000));
	assert_false(session_evicted(&d, 110000));
	assert_false(session_evicted(&d, 120000));
	assert_true(session_evicted(&d, 130000));
	assert_false(session_evicted(&d, 300000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knock_opens),
		cmocka_unit_test(another_key_does_not),
		cmocka_unit_test(frames_follow_each_other),
		cmocka_unit_test(every_changed_bit_is_refused),
		cmocka_unit_test(four_evictions_a_minute_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
