/*
 * SPDX-License-Identifier: MIT
 *
 * strict: envelope_unpack against everything that protobuf-c lets through.
 */
#include "proto/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fill.h"

#define SEED UINT64_C(20270101)

/* A literal of bytes, which may hold NUL. */
#define WIRE(s) s, sizeof(s) - 1

static const struct {
	const char *says;
	const ProtobufCMessageDescriptor *d;
	const char *wire;
	size_t len;
	enum code want;
	const char *field;
} cases[] = {
	{ "one encoding is let in", &pb_credit__descriptor,
	    WIRE("\x08\x01\x10\x05\x18\x07"), CODE_OK, "" },
	{ "an empty message of no required fields", &pb_grounds__descriptor,
	    WIRE(""), CODE_OK, "" },
	{ "a line feed in text", &pb_suspension__descriptor,
	    WIRE("\x0a\x03\x61\x0a\x62\x10\x00\x1a\x00"), CODE_OK, "" },
	{ "packed numbers", &pb_knock__descriptor,
	    WIRE("\x0a\x00\x12\x03\x01\xac\x02"), CODE_OK, "" },

	/* What is not the format at all. */
	{ "a required field is missing", &pb_credit__descriptor,
	    WIRE("\x08\x01\x10\x05"), CODE_MALFORMED, "Credit" },
	{ "a key without value", &pb_credit__descriptor, WIRE("\x08"),
	    CODE_MALFORMED, "Credit.lane" },
	{ "a varint that does not end", &pb_credit__descriptor,
	    WIRE("\x08\x81"), CODE_MALFORMED, "Credit.lane" },
	{ "a varint of eleven bytes", &pb_credit__descriptor,
	    WIRE("\x08\x01\x10\x85\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"
		 "\x18\x07"),
	    CODE_MALFORMED, "Credit.messages" },
	{ "a key of six bytes", &pb_credit__descriptor,
	    WIRE("\x88\x80\x80\x80\x80\x00\x01\x10\x05\x18\x07"),
	    CODE_MALFORMED, "Credit" },
	{ "field number 0", &pb_credit__descriptor,
	    WIRE("\x00\x01\x08\x01\x10\x05\x18\x07"), CODE_MALFORMED,
	    "Credit" },
	{ "a length beyond the end", &pb_suspension__descriptor,
	    WIRE("\x0a\x7f\x61"), CODE_MALFORMED, "Suspension.node" },
	{ "a length of 2^64 - 1", &pb_suspension__descriptor,
	    WIRE("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x61"),
	    CODE_MALFORMED, "Suspension.node" },
	{ "a nested length beyond its own end", &pb_details__descriptor,
	    WIRE("\x3a\x04\x0a\x7f\x61\x62"), CODE_MALFORMED,
	    "Transition.case_id" },
	{ "a group", &pb_credit__descriptor,
	    WIRE("\x08\x01\x10\x05\x18\x07\x23\x24"), CODE_MALFORMED,
	    "Credit" },
	{ "a known field as a group", &pb_details__descriptor, WIRE("\x3b\x3c"),
	    CODE_MALFORMED, "Details.transition" },
	{ "wire type 6", &pb_grounds__descriptor, WIRE("\x86\x02\x00"),
	    CODE_MALFORMED, "Grounds" },
	{ "wire type 7", &pb_grounds__descriptor, WIRE("\x87\x02\x00"),
	    CODE_MALFORMED, "Grounds" },
	{ "text where a number belongs", &pb_credit__descriptor,
	    WIRE("\x0a\x01\x01"), CODE_MALFORMED, "Credit.lane" },
	{ "a number where text belongs", &pb_suspension__descriptor,
	    WIRE("\x08\x01"), CODE_MALFORMED, "Suspension.node" },
	{ "a number where a message belongs", &pb_details__descriptor,
	    WIRE("\x38\x01"), CODE_MALFORMED, "Details.transition" },
	{ "four raw bytes where a number belongs", &pb_credit__descriptor,
	    WIRE("\x0d\x01\x00\x00\x00"), CODE_MALFORMED, "Credit.lane" },
	{ "a packed varint that does not end", &pb_knock__descriptor,
	    WIRE("\x0a\x00\x12\x02\x01\x80"), CODE_MALFORMED, "Knock.version" },

	/* Unknown fields, at any depth. */
	{ "an unknown field", &pb_credit__descriptor,
	    WIRE("\x08\x01\x10\x05\x18\x07\x20\x01"), CODE_UNKNOWN_FIELD,
	    "Credit" },
	{ "an unknown field of text", &pb_grounds__descriptor,
	    WIRE("\x82\x02\x01\x61"), CODE_UNKNOWN_FIELD, "Grounds" },
	{ "an unknown field of eight raw bytes", &pb_grounds__descriptor,
	    WIRE("\x81\x02\x01\x02\x03\x04\x05\x06\x07\x08"),
	    CODE_UNKNOWN_FIELD, "Grounds" },
	{ "an unknown field inside, which re-packing alone would miss",
	    &pb_draft__descriptor, WIRE("\x20\x01\x5a\x03\x82\x02\x00"),
	    CODE_UNKNOWN_FIELD, "Grounds" },
	{ "an unknown field in an element of a list two levels down",
	    &pb_draft__descriptor,
	    WIRE(
		"\x20\x01\x5a\x0b\x22\x02\x08\x01\x22\x05\x08\x02\xf8\x01\x00"),
	    CODE_UNKNOWN_FIELD, "Condition" },

	/* Numbers outside their list. */
	{ "an unknown enum number", &pb_credit__descriptor,
	    WIRE("\x08\x03\x10\x05\x18\x07"), CODE_UNKNOWN_VALUE,
	    "Credit.lane" },
	{ "0 where the list begins at 1", &pb_draft__descriptor,
	    WIRE("\x20\x00"), CODE_UNKNOWN_VALUE, "Draft.kind" },
	{ "an unknown number in a packed list", &pb_addressee__descriptor,
	    WIRE("\x28\x00\x32\x03\x01\x63\x02"), CODE_UNKNOWN_VALUE,
	    "Addressee.basis" },
	{ "an unknown number inside", &pb_draft__descriptor,
	    WIRE("\x20\x01\x5a\x02\x18\x09"), CODE_UNKNOWN_VALUE,
	    "Grounds.age" },
	{ "a negative number", &pb_draft__descriptor,
	    WIRE("\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
	    CODE_UNKNOWN_VALUE, "Draft.kind" },

	/* Text. */
	{ "text that is not UTF-8", &pb_suspension__descriptor,
	    WIRE("\x0a\x01\xff\x10\x00\x1a\x00"), CODE_BAD_TEXT,
	    "Suspension.node" },
	{ "an overlong slash", &pb_suspension__descriptor,
	    WIRE("\x0a\x02\xc0\xaf\x10\x00\x1a\x00"), CODE_BAD_TEXT,
	    "Suspension.node" },
	{ "a surrogate", &pb_suspension__descriptor,
	    WIRE("\x0a\x03\xed\xa0\x80\x10\x00\x1a\x00"), CODE_BAD_TEXT,
	    "Suspension.node" },
	{ "a tab", &pb_suspension__descriptor,
	    WIRE("\x0a\x01\x09\x10\x00\x1a\x00"), CODE_BAD_TEXT,
	    "Suspension.node" },
	{ "a DEL", &pb_suspension__descriptor,
	    WIRE("\x0a\x00\x10\x00\x1a\x01\x7f"), CODE_BAD_TEXT,
	    "Suspension.reason_code" },
	{ "bad text in an element inside", &pb_receipt__descriptor,
	    WIRE("\x0a\x00\x12\x00\x18\x00\x2a\x00\x30\x00\x4a\x01\x61\x4a\x01"
		 "\x07"),
	    CODE_BAD_TEXT, "Receipt.notice" },

	/* Other encodings of what would be the same. */
	{ "a NUL inside text", &pb_suspension__descriptor,
	    WIRE("\x0a\x03\x61\x00\x62\x10\x00\x1a\x00"), CODE_NOT_CANONICAL,
	    "Suspension" },
	{ "a NUL at the end of text", &pb_suspension__descriptor,
	    WIRE("\x0a\x02\x61\x00\x10\x00\x1a\x00"), CODE_NOT_CANONICAL,
	    "Suspension" },
	{ "a singular field twice", &pb_credit__descriptor,
	    WIRE("\x08\x01\x08\x01\x10\x05\x18\x07"), CODE_NOT_CANONICAL,
	    "Credit" },
	{ "a singular message in two pieces", &pb_draft__descriptor,
	    WIRE("\x20\x01\x5a\x02\x18\x01\x5a\x02\x28\x01"),
	    CODE_NOT_CANONICAL, "Draft" },
	{ "a padded varint", &pb_credit__descriptor,
	    WIRE("\x08\x81\x00\x10\x05\x18\x07"), CODE_NOT_CANONICAL,
	    "Credit" },
	{ "a padded key", &pb_credit__descriptor,
	    WIRE("\x88\x00\x01\x10\x05\x18\x07"), CODE_NOT_CANONICAL,
	    "Credit" },
	{ "a padded length", &pb_suspension__descriptor,
	    WIRE("\x0a\x81\x00\x61\x10\x00\x1a\x00"), CODE_NOT_CANONICAL,
	    "Suspension" },
	{ "a padded varint in a packed list", &pb_knock__descriptor,
	    WIRE("\x0a\x00\x12\x02\x81\x00"), CODE_NOT_CANONICAL, "Knock" },
	{ "a uint32 of 2^32 + 1", &pb_object__descriptor,
	    WIRE("\x08\x81\x80\x80\x80\x10\x10\x01\x1a\x00"),
	    CODE_NOT_CANONICAL, "Object" },
	{ "an enum number of 2^32 + 1", &pb_credit__descriptor,
	    WIRE("\x08\x81\x80\x80\x80\x10\x10\x05\x18\x07"),
	    CODE_NOT_CANONICAL, "Credit" },
	{ "a bool of 2", &pb_grounds__descriptor, WIRE("\x60\x02"),
	    CODE_NOT_CANONICAL, "Grounds" },
	{ "fields out of order", &pb_credit__descriptor,
	    WIRE("\x10\x05\x08\x01\x18\x07"), CODE_NOT_CANONICAL, "Credit" },
	{ "a packed list that comes unpacked", &pb_knock__descriptor,
	    WIRE("\x0a\x00\x10\x01"), CODE_NOT_CANONICAL, "Knock" },
	{ "a packed list in two pieces", &pb_knock__descriptor,
	    WIRE("\x0a\x00\x12\x01\x01\x12\x01\x02"), CODE_NOT_CANONICAL,
	    "Knock" },
	{ "an empty packed list", &pb_knock__descriptor,
	    WIRE("\x0a\x00\x12\x00"), CODE_NOT_CANONICAL, "Knock" },
};

static enum code
unpack(
    const ProtobufCMessageDescriptor *d, struct bytes in, struct defect *defect)
{
	ProtobufCMessage *m = NULL;
	struct arena *a = NULL;
	enum code code;

	assert_int_equal(arena_new(&a, PARSE_ARENA), ERR_OK);
	memset(defect, 0, sizeof(*defect));
	code = envelope_unpack(a, d, in, &m, defect);
	assert_true((code == CODE_OK) == (m != NULL));
	assert_true(code == defect->code);
	arena_free(a);
	return code;
}

static void
test_only_the_one_encoding_is_let_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct defect defect;
		/* A copy of just that size lets the sanitizer see overreads. */
		uint8_t *copy = malloc(cases[i].len + 1);
		enum code got;

		assert_non_null(copy);
		memcpy(copy, cases[i].wire, cases[i].len);
		copy = realloc(copy, cases[i].len > 0 ? cases[i].len : 1);
		got = unpack(cases[i].d, bytes_of(copy, cases[i].len), &defect);
		free(copy);
		if (got != cases[i].want ||
		    strcmp(defect.field, cases[i].field) != 0)
			fail_msg("%s: got %s %s, want %s %s", cases[i].says,
			    code_name(got), defect.field,
			    code_name(cases[i].want), cases[i].field);
	}
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

/* ------------------------------------------------------------- at random */

static void
test_what_is_packed_is_let_in(void **state)
{
	struct fill f = { .state = SEED };

	(void)state;
	print_message("seed %llu\n", (unsigned long long)SEED);
	for (size_t i = 0; i < ROOTS * 20; i++) {
		const ProtobufCMessageDescriptor *d = roots[i % ROOTS];
		ProtobufCMessage *m = NULL;
		struct bytes packed, again;

		assert_int_equal(arena_new(&f.arena, PARSE_ARENA), ERR_OK);
		assert_int_equal(
		    envelope_pack(f.arena, fill_message(&f, d), &packed),
		    ERR_OK);
		assert_int_equal(
		    envelope_unpack(f.arena, d, packed, &m, NULL), CODE_OK);
		assert_int_equal(envelope_pack(f.arena, m, &again), ERR_OK);
		assert_true(bytes_eq(packed, again));
		arena_free(f.arena);
	}
}

/* Changes a few bytes, and now and then the length. */
static struct bytes
damage(struct fill *f, struct bytes in)
{
	uint8_t *copy = arena_dup(f->arena, in);
	size_t len = in.len;

	for (uint64_t n = fill_below(f, 4); n > 0 && len > 0; n--)
		copy[fill_below(f, len)] ^= (uint8_t)(1u << fill_below(f, 8));
	if (len > 0 && fill_below(f, 4) == 0)
		len -= fill_below(f, len);
	return bytes_of(copy, len);
}

static void
test_damaged_bytes_are_refused_or_are_another_message(void **state)
{
	struct fill f = { .state = SEED + 1 };
	size_t refused = 0;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)SEED + 1);
	for (size_t i = 0; i < ROOTS * 100; i++) {
		const ProtobufCMessageDescriptor *d = roots[i % ROOTS];
		ProtobufCMessage *m = NULL;
		struct bytes packed, again;

		assert_int_equal(arena_new(&f.arena, PARSE_ARENA), ERR_OK);
		assert_int_equal(
		    envelope_pack(f.arena, fill_message(&f, d), &packed),
		    ERR_OK);
		packed = damage(&f, packed);
		if (envelope_unpack(f.arena, d, packed, &m, NULL) == CODE_OK) {
			assert_int_equal(
			    envelope_pack(f.arena, m, &again), ERR_OK);
			assert_true(bytes_eq(packed, again));
		} else {
			refused++;
		}
		arena_free(f.arena);
	}
	assert_true(refused > ROOTS * 20);
}

static void
test_a_defect_need_not_be_wanted(void **state)
{
	ProtobufCMessage *m = NULL;
	struct arena *a = NULL;

	(void)state;
	assert_int_equal(arena_new(&a, PARSE_ARENA), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    envelope_unpack(a, cases[i].d,
			bytes_of(cases[i].wire, cases[i].len), &m, NULL),
		    cases[i].want);
	arena_free(a);
}

static void
test_wrapped_bytes_say_what_they_are(void **state)
{
	struct arena *a = NULL;
	PbObject *o = NULL;
	struct bytes packed;

	(void)state;
	assert_int_equal(arena_new(&a, PARSE_ARENA), ERR_OK);
	assert_int_equal(
	    envelope_wrap(a, OBJECT_CARD, bytes_str("abc"), &packed), ERR_OK);
	assert_int_equal(ENVELOPE_UNPACK(a, object, packed, &o, NULL), CODE_OK);
	assert_int_equal(o->kind, OBJECT_CARD);
	assert_int_equal(o->version, PROTOCOL_VERSION);
	assert_int_equal(o->bytes.len, 3);
	assert_memory_equal(o->bytes.data, "abc", 3);
	arena_free(a);
	assert_int_equal(arena_new(&a, 8), ERR_OK);
	assert_int_equal(envelope_wrap(a, OBJECT_CARD,
			     bytes_str("0123456789abcdef"), &packed),
	    ERR_NOMEM);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_the_one_encoding_is_let_in),
		cmocka_unit_test(test_what_is_packed_is_let_in),
		cmocka_unit_test(
		    test_damaged_bytes_are_refused_or_are_another_message),
		cmocka_unit_test(test_a_defect_need_not_be_wanted),
		cmocka_unit_test(test_wrapped_bytes_say_what_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
