/*
 * SPDX-License-Identifier: MIT
 *
 * amplify: envelope_unpack against input that costs more than it weighs. A
 * peer's bytes are counted before anything is allocated for them, and never
 * followed deeper than the schema.
 */
#include "proto/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A literal of bytes, which may hold NUL. */
#define WIRE(s) s, sizeof(s) - 1
#define KIB64 ((size_t)64 * 1024)

static enum code
unpack(const ProtobufCMessageDescriptor *d, struct bytes in, size_t cap,
    struct defect *defect, size_t *used)
{
	ProtobufCMessage *m = NULL;
	struct arena *a = NULL;
	enum code code;

	assert_int_equal(arena_new(&a, cap), ERR_OK);
	memset(defect, 0, sizeof(*defect));
	code = envelope_unpack(a, d, in, &m, defect);
	assert_true((code == CODE_OK) == (m != NULL));
	assert_true(code == defect->code);
	if (used != NULL)
		*used = arena_used(a);
	arena_free(a);
	return code;
}

/* n bytes of the unit, again and again, after a beginning. */
static enum code
unpack_repeated(const ProtobufCMessageDescriptor *d, const char *unit,
    size_t unit_len, size_t times, size_t *used)
{
	uint8_t *in = malloc(unit_len * times);
	struct defect defect;
	enum code code;

	assert_non_null(in);
	for (size_t i = 0; i < times; i++)
		memcpy(in + i * unit_len, unit, unit_len);
	code = unpack(
	    d, bytes_of(in, unit_len * times), PARSE_ARENA, &defect, used);
	free(in);
	return code;
}

static const struct {
	const char *says;
	const ProtobufCMessageDescriptor *d;
	const char *unit;
	size_t len;
	enum code few; /* of as many as are allowed */
} bombs[] = {
	{ "empty sub-messages", &pb_family__descriptor, WIRE("\x0a\x00"),
	    CODE_OK },
	{ "empty sub-messages with required fields", &pb_acks__descriptor,
	    WIRE("\x0a\x00"), CODE_MALFORMED },
	{ "unknown varints", &pb_grounds__descriptor, WIRE("\x80\x02\x00"),
	    CODE_UNKNOWN_FIELD },
	{ "unknown empty text", &pb_grounds__descriptor, WIRE("\x82\x02\x00"),
	    CODE_UNKNOWN_FIELD },
	{ "unpacked numbers", &pb_knock__descriptor, WIRE("\x10\x01"),
	    CODE_MALFORMED /* random is missing */ },
	{ "unpacked enums", &pb_concern__descriptor, WIRE("\x10\x01"),
	    CODE_NOT_CANONICAL },
	{ "empty texts", &pb_receipt__descriptor, WIRE("\x4a\x00"),
	    CODE_MALFORMED },
	{ "a singular message again and again", &pb_draft__descriptor,
	    WIRE("\x5a\x00"), CODE_MALFORMED },
	{ "a singular number again and again", &pb_logistics__descriptor,
	    WIRE("\x10\x01"), CODE_NOT_CANONICAL },
};

static void
test_amplification_is_refused_before_anything_is_allocated(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		size_t used = 1;
		enum code code = unpack_repeated(bombs[i].d, bombs[i].unit,
		    bombs[i].len, KIB64 / bombs[i].len, &used);

		if (code != CODE_TOO_LARGE || used != 0)
			fail_msg("%s: got %s with %zu bytes", bombs[i].says,
			    code_name(code), used);
	}
}

static void
test_as_many_fields_as_allowed_stay_far_below_the_cap(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		size_t used = 0;
		enum code code = unpack_repeated(
		    bombs[i].d, bombs[i].unit, bombs[i].len, FIELDS_MAX, &used);

		if (code != bombs[i].few || used > PARSE_ARENA / 2)
			fail_msg("%s: got %s with %zu bytes", bombs[i].says,
			    code_name(code), used);
		code = unpack_repeated(bombs[i].d, bombs[i].unit, bombs[i].len,
		    FIELDS_MAX + 1, &used);
		if (code != CODE_TOO_LARGE || used != 0)
			fail_msg("%s, one more: got %s", bombs[i].says,
			    code_name(code));
	}
}

static void
test_fields_are_counted_over_all_levels(void **state)
{
	/* Draft.sections.family of empty members. */
	static uint8_t in[16 + 2 * (FIELDS_MAX + 1)] = { 0x20, 0x01 };
	struct defect defect;

	(void)state;
	for (size_t members = FIELDS_MAX - 3; members <= FIELDS_MAX - 2;
	     members++) {
		/* Lengths stay within two bytes of varint. */
		size_t inner = 2 * members, family = inner + 4, n = 2;

		in[n++] = 0x6a;
		in[n++] = (uint8_t)(0x80 | (family & 0x7f));
		in[n++] = (uint8_t)(family >> 7);
		in[n++] = 0xca;
		in[n++] = 0x01;
		in[n++] = (uint8_t)(0x80 | (inner & 0x7f));
		in[n++] = (uint8_t)(inner >> 7);
		for (size_t i = 0; i < members; i++) {
			in[n++] = 0x0a;
			in[n++] = 0x00;
		}
		/* kind, sections and family are fields too. */
		assert_int_equal(unpack(&pb_draft__descriptor, bytes_of(in, n),
				     PARSE_ARENA, &defect, NULL),
		    members + 3 <= FIELDS_MAX ? CODE_OK : CODE_TOO_LARGE);
	}
}

static void
test_packed_elements_are_counted(void **state)
{
	static uint8_t in[8 + FIELDS_MAX + 1];
	struct defect defect;

	(void)state;
	memset(in, 1, sizeof(in));
	for (size_t n = FIELDS_MAX - 1; n <= FIELDS_MAX; n++) {
		in[0] = 0x12; /* Concern.dimension */
		in[1] = (uint8_t)(0x80 | (n & 0x7f));
		in[2] = (uint8_t)(n >> 7);
		assert_int_equal(
		    unpack(&pb_concern__descriptor, bytes_of(in, 3 + n),
			PARSE_ARENA, &defect, NULL),
		    n + 1 <= FIELDS_MAX ? CODE_OK : CODE_TOO_LARGE);
	}
	assert_string_equal(defect.field, "Concern.dimension");
}

static void
test_a_full_arena_is_too_large_not_malformed(void **state)
{
	struct defect defect;

	(void)state;
	for (size_t cap = 0; cap < 200; cap += 8) {
		enum code code = unpack(&pb_suspension__descriptor,
		    bytes_of("\x0a\x03\x61\x2f\x62\x10\x00\x1a\x01\x78", 10),
		    cap, &defect, NULL);

		assert_true(code == CODE_OK || code == CODE_TOO_LARGE);
		if (cap < 64)
			assert_int_equal(code, CODE_TOO_LARGE);
	}
}

/* 45 KiB of one message in another, which overran a naive reader's stack. */
static void
test_deep_nesting_is_not_followed(void **state)
{
	static uint8_t in[45 * 1024];
	struct defect defect;
	size_t at = sizeof(in);

	(void)state;
	/* From the inside out: key of an unknown field 31, length. */
	while (at > 8) {
		size_t inner = sizeof(in) - at;
		uint8_t head[8];
		size_t n = 0;

		head[n++] = 0xfa;
		head[n++] = 0x01;
		for (; inner > 0x7f; inner >>= 7)
			head[n++] = (uint8_t)(inner | 0x80);
		head[n++] = (uint8_t)inner;
		at -= n;
		memcpy(in + at, head, n);
	}
	assert_int_equal(
	    unpack(&pb_grounds__descriptor, bytes_of(in + at, sizeof(in) - at),
		PARSE_ARENA, &defect, NULL),
	    CODE_UNKNOWN_FIELD);
}

static unsigned
depth_of(const ProtobufCMessageDescriptor *d, unsigned so_far)
{
	unsigned deepest = so_far;

	if (so_far > 8)
		fail_msg("%s: recursive, or deeper than the reader enters",
		    d->short_name);
	for (unsigned i = 0; i < d->n_fields; i++)
		if (d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE) {
			unsigned n = depth_of(
			    d->fields[i].descriptor, so_far + 1);

			deepest = n > deepest ? n : deepest;
		}
	return deepest;
}

static const ProtobufCMessageDescriptor *const roots[] = {
	&pb_object__descriptor, &pb_message__descriptor, &pb_header__descriptor,
	&pb_draft__descriptor, &pb_knock__descriptor, &pb_welcome__descriptor,
	&pb_hello__descriptor, &pb_hello_body__descriptor,
	&pb_ready__descriptor, &pb_credit__descriptor, &pb_reject__descriptor,
	&pb_reject_body__descriptor, &pb_receipt__descriptor,
	&pb_offer__descriptor, &pb_ack_body__descriptor, &pb_acks__descriptor,
	&pb_read__descriptor, &pb_range__descriptor, &pb_entry__descriptor,
	&pb_verdict__descriptor, &pb_details__descriptor,
	&pb_mailbox_item__descriptor, &pb_case__descriptor,
	&pb_card__descriptor, &pb_approved__descriptor,
	&pb_suspension__descriptor, &pb_manifest__descriptor
};
#define ROOTS (sizeof(roots) / sizeof(roots[0]))

static void
test_the_schema_is_not_recursive(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROOTS; i++)
		assert_true(depth_of(roots[i], 1) <= 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_amplification_is_refused_before_anything_is_allocated),
		cmocka_unit_test(
		    test_as_many_fields_as_allowed_stay_far_below_the_cap),
		cmocka_unit_test(test_fields_are_counted_over_all_levels),
		cmocka_unit_test(test_packed_elements_are_counted),
		cmocka_unit_test(test_a_full_arena_is_too_large_not_malformed),
		cmocka_unit_test(test_deep_nesting_is_not_followed),
		cmocka_unit_test(test_the_schema_is_not_recursive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
