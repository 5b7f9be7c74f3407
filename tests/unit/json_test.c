/*
 * SPDX-License-Identifier: MIT
 *
 * json: exact errors with their place, times, and round trips.
 */
#include "proto/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "infohus.pb.h"
#include "proto/envelope.h"
#include "proto/json_field.h"
#include "tests/unit/fill.h"

#define SEED UINT64_C(20261121)
#define NOW UINT64_C(1795255200000) /* 2026-11-21T10:00:00Z */

static int
setup(void **state)
{
	struct arena *a = NULL;

	if (arena_new(&a, 16 * 1024 * 1024) != ERR_OK)
		return -1;
	*state = a;
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static const struct {
	const char *says;
	const char *text;
	const char *why; /* exactly, or its beginning if it ends in "..." */
} refused[] = {
	{ "an unknown role names the place, the word and the nearest role",
	    "{\"kind\":\"concern\",\"role\":\"jobcentre\"}",
	    "role: found \"jobcentre\", expected a role, such as "
	    "\"jobcenter\"" },
	{ "an element of a list of a list is named by its path",
	    "{\"kind\":\"concern\",\"addressee\":[{\"cooperation\":\"none\"},"
	    "{\"cooperation\":\"psp\",\"basis\":[\"x\"]}]}",
	    "addressee[1].basis[0]: found \"x\", expected a basis, such as "
	    "\"rpl_115_1_1\"" },
	{ "the number of an enum is not its id", "{\"kind\":1}",
	    "kind: found a number, expected a kind, such as \"concern\"" },
	{ "a word that is no id is not repeated", "{\"kind\":\"Jens Hansen\"}",
	    "kind: found other text, expected a kind, such as \"concern\"" },
	{ "nor is a row of digits", "{\"kind\":\"1503701234\"}",
	    "kind: found other text, expected a kind, such as \"concern\"" },
	{ "an unknown key", "{\"kind\":\"concern\",\"kinds\":1}",
	    "found the key \"kinds\", expected a key, such as \"kind\"" },
	{ "an unknown key deep inside",
	    "{\"kind\":\"concern\",\"sections\":{\"identity\":{\"name\":1}}}",
	    "sections.identity: found the key \"name\", expected one of: cpr, "
	    "given_name, family_name, birth_date, gender, age_band, alias, "
	    "address, text" },
	{ "a key that is no word is not repeated",
	    "{\"kind\":\"concern\",\"Jens Hansen\":1}",
	    "found the key of another form, expected a key, such as "
	    "\"title\"" },
	{ "a required field is missing", "{\"role\":\"skole\"}",
	    "kind: found nothing, expected a kind, such as \"concern\"" },
	{ "a required field deep inside is missing",
	    "{\"kind\":\"concern\",\"addressee\":[{\"role\":\"skole\"}]}",
	    "addressee[0].cooperation: found nothing, expected one of: none, "
	    "ssp, psp, ksp" },
	{ "a key twice", "{\"kind\":\"concern\",\"kind\":\"concern\"}",
	    "line 1, column 24: found a key twice in one object, expected it "
	    "once" },
	{ "null is not absence", "{\"kind\":\"concern\",\"title\":null}",
	    "title: found null, expected text" },
	{ "text is not a list", "{\"kind\":\"concern\",\"addressee\":\"x\"}",
	    "addressee: found text, expected a list" },
	{ "a list is not an object", "{\"kind\":\"concern\",\"grounds\":[]}",
	    "grounds: found a list, expected an object" },
	{ "text is not a boolean",
	    "{\"kind\":\"concern\",\"grounds\":{\"called_112\":\"yes\"}}",
	    "grounds.called_112: found text, expected true or false" },
	{ "a control character in text",
	    "{\"kind\":\"concern\",\"title\":\"a\\u0007b\"}",
	    "title: found a control character, expected text without any but "
	    "line feeds" },
	{ "a number is not text", "{\"kind\":\"concern\",\"title\":5}",
	    "title: found a number, expected text" },
	{ "base64 without padding",
	    "{\"kind\":\"concern\",\"case_id\":\"AAA\"}",
	    "case_id: found other text, expected base64" },
	{ "base64 of the other alphabet",
	    "{\"kind\":\"concern\",\"case_id\":\"__-_\"}",
	    "case_id: found other text, expected base64" },
	{ "a date without time",
	    "{\"kind\":\"concern\",\"expires\":\"2026-11-21\"}",
	    "expires: found other text, expected a time such as "
	    "2026-11-21T10:00:00Z" },
	{ "a number of milliseconds is not a time",
	    "{\"kind\":\"concern\",\"expires\":1795255200000}",
	    "expires: found a number, expected a time such as "
	    "2026-11-21T10:00:00Z" },
	{ "a relative time without clock",
	    "{\"kind\":\"concern\",\"expires\":\"now+14d\"}",
	    "expires: found other text, expected a time such as "
	    "2026-11-21T10:00:00Z" },
	{ "nothing", "", "line 1, column 0: found the end, expected more" },
	{ "half an object",
	    "{\"kind\":", "line 1, column 8: found the end, expected more" },
	{ "something after the value", "{\"kind\":\"concern\"} {}",
	    "line 1, column 20: found more, expected the end" },
	{ "a syntax error on its line, without the text",
	    "{\n\"kind\": Jens\n}",
	    "line 2, column 12: found what is not JSON" },
	{ "a comma too many", "{\"kind\":\"concern\",}",
	    "line 1, column 19: found what is not JSON" },
	{ "bytes that are not UTF-8", "{\"title\":\"\xff\"}",
	    "line 1, column 10: found bytes that are not UTF-8" },
	{ "a NUL in text", "{\"title\":\"a\\u0000\"}",
	    "line 1, column 18: found a NUL character, expected text" },
	{ "a value that is no object", "[]",
	    "found a list, expected an object" },
};

static bool
reads_as(const char *got, const char *want)
{
	size_t n = strlen(want);

	if (n > 3 && strcmp(want + n - 3, "...") == 0)
		return strncmp(got, want, n - 3) == 0;
	return strcmp(got, want) == 0;
}

static void
test_errors_name_place_and_expectation(void **state)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		ProtobufCMessage *m = NULL;
		struct why why = { "" };
		enum err e = json_parse(*state, &pb_draft__descriptor,
		    bytes_str(refused[i].text), 0, &m, &why);

		if (e != ERR_INVALID || m != NULL ||
		    !reads_as(why.text, refused[i].why))
			fail_msg("%s:\n got %s: %s\nwant %s", refused[i].says,
			    err_name(e), why.text, refused[i].why);
	}
}

static void
test_deep_nesting_is_refused(void **state)
{
	static char text[100000];
	ProtobufCMessage *m = NULL;
	struct why why;

	memset(text, '[', sizeof(text));
	assert_int_equal(json_parse(*state, &pb_draft__descriptor,
			     bytes_of(text, sizeof(text)), 0, &m, &why),
	    ERR_INVALID);
	assert_non_null(strstr(why.text, "found too many levels"));
}

static PbDraft *
draft(void **state, const char *text, uint64_t now_ms)
{
	ProtobufCMessage *m = NULL;
	struct why why = { "" };

	if (json_parse(*state, &pb_draft__descriptor, bytes_str(text), now_ms,
		&m, &why) != ERR_OK)
		fail_msg("%s: %s", text, why.text);
	return (PbDraft *)m;
}

static void
test_every_type_of_field_is_read(void **state)
{
	PbDraft *d = draft(state,
	    "{\"kind\":\"concern\",\"title\":\"Ærø\\n2\",\"urgency\":"
	    "\"acute\",\"case_id\":\"AAECAwQFBgcICQoLDA0ODw==\",\"expires\":"
	    "\"2026-11-21T11:00:00+01:00\",\"grounds\":{\"called_112\":false,"
	    "\"condition\":[{\"kind\":\"ksp_a\"},{\"kind\":\"ksp_c\","
	    "\"radicalised\":true}]},\"addressee\":[{\"cooperation\":\"psp\","
	    "\"basis\":[\"rpl_115_2\",\"shl_43\"]}]}",
	    0);

	assert_string_equal(d->title, "Ærø\n2");
	assert_true(d->has_urgency);
	assert_int_equal(d->urgency, URGENCY_ACUTE);
	assert_true(d->has_case_id);
	assert_int_equal(d->case_id.len, 16);
	assert_int_equal(d->case_id.data[15], 15);
	assert_int_equal(d->expires, NOW);
	assert_true(d->grounds->has_called_112);
	assert_false(d->grounds->called_112);
	assert_int_equal(d->grounds->n_condition, 2);
	assert_false(d->grounds->condition[0]->has_radicalised);
	assert_true(d->grounds->condition[1]->radicalised);
	assert_int_equal(d->addressee[0]->n_basis, 2);
	assert_int_equal(d->addressee[0]->basis[1], BASIS_SHL_43);
	assert_false(d->has_after);
	assert_false(d->has_role);
	assert_null(d->sections);
}

static const struct {
	const char *text;
	bool ok;
	uint64_t want;
} relative[] = {
	{ "now", true, NOW },
	{ "now+0s", true, NOW },
	{ "now+1s", true, NOW + 1000 },
	{ "now-90m", true, NOW - UINT64_C(5400000) },
	{ "now+6h", true, NOW + UINT64_C(21600000) },
	{ "now+14d", true, NOW + 14 * DAY_MS },
	{ "now-999999999d", false, 0 },	 /* before 1970 */
	{ "now+999999999d", false, 0 },	 /* after 9999 */
	{ "now+1000000000s", false, 0 }, /* more than nine digits */
	{ "now+d", false, 0 },
	{ "now+", false, 0 },
	{ "now+14", false, 0 },
	{ "now+14w", false, 0 },
	{ "now+14d ", false, 0 },
	{ "now 14d", false, 0 },
	{ "now+-4d", false, 0 },
	{ "Now", false, 0 },
	{ "", false, 0 },
};

static void
test_times_may_be_relative_to_a_clock(void **state)
{
	for (size_t i = 0; i < sizeof(relative) / sizeof(relative[0]); i++) {
		ProtobufCMessage *m = NULL;
		char text[96];
		enum err e;

		snprintf(text, sizeof(text),
		    "{\"kind\":\"concern\",\"expires\":\"%s\"}",
		    relative[i].text);
		e = json_parse(*state, &pb_draft__descriptor, bytes_str(text),
		    NOW, &m, NULL);
		if ((e == ERR_OK) != relative[i].ok)
			fail_msg(
			    "\"%s\": got %s", relative[i].text, err_name(e));
		if (relative[i].ok)
			assert_int_equal(
			    ((PbDraft *)m)->expires, relative[i].want);
	}
}

static const struct {
	const char *says, *text;
	bool ok;
	uint64_t want;
} serials[] = {
	{ "zero", "0", true, 0 },
	{ "the largest JSON integer", "9223372036854775807", true, INT64_MAX },
	{ "beyond it, in digits", "\"9223372036854775808\"", true,
	    UINT64_C(9223372036854775808) },
	{ "the largest of all, in digits", "\"18446744073709551615\"", true,
	    UINT64_MAX },
	{ "one more", "\"18446744073709551616\"", false, 0 },
	{ "so much more that it would wrap to a large one",
	    "\"30000000000000000000\"", false, 0 },
	{ "small ones have one form only", "\"5\"", false, 0 },
	{ "a leading zero", "\"018446744073709551615\"", false, 0 },
	{ "beyond it, as an integer", "9223372036854775808", false, 0 },
	{ "negative", "-1", false, 0 },
	{ "a fraction", "1.0", false, 0 },
	{ "a time", "\"2026-11-21T10:00:00Z\"", false, 0 },
};

static void
test_numbers_reach_to_the_end_of_their_range(void **state)
{
	for (size_t i = 0; i < sizeof(serials) / sizeof(serials[0]); i++) {
		ProtobufCMessage *m = NULL;
		char text[128];
		enum err e;

		snprintf(text, sizeof(text),
		    "{\"node\":\"a/b\",\"serial\":%s,\"reason_code\":\"x\"}",
		    serials[i].text);
		e = json_parse(*state, &pb_suspension__descriptor,
		    bytes_str(text), NOW, &m, NULL);
		if ((e == ERR_OK) != serials[i].ok)
			fail_msg("%s: got %s", serials[i].says, err_name(e));
		if (serials[i].ok)
			assert_true(
			    ((PbSuspension *)m)->serial == serials[i].want);
	}
}

static void
test_uint32_is_bounded(void **state)
{
	ProtobufCMessage *m = NULL;
	struct why why;

	assert_int_equal(
	    json_parse(*state, &pb_object__descriptor,
		bytes_str("{\"kind\":4294967295,\"version\":1,\"bytes\":\"\"}"),
		0, &m, &why),
	    ERR_OK);
	assert_int_equal(((PbObject *)m)->kind, UINT32_MAX);
	assert_int_equal(
	    json_parse(*state, &pb_object__descriptor,
		bytes_str("{\"kind\":4294967296,\"version\":1,\"bytes\":\"\"}"),
		0, &m, &why),
	    ERR_INVALID);
	assert_string_equal(why.text,
	    "kind: found a number out of range, expected a whole number below "
	    "4294967296");
}

/* Every uint64 of the schema that is not a time; all others are. */
static const char *const not_times[] = { "HelloBody.size", "Credit.messages",
	"Credit.bytes", "RejectBody.counter", "Stage.index", "Receipt.index",
	"Receipt.consistency_from", "Offer.index", "Offer.consistency_from",
	"AckBody.index", "AckBody.size", "Read.first", "Range.first",
	"Details.skew_ms", "Details.of", "Details.count", "MailboxItem.index",
	"MailboxItem.size", "MailboxItem.offered", "Card.serial",
	"Suspension.serial" };

static const ProtobufCMessageDescriptor *const every[] = {
	&pb_object__descriptor, &pb_header__descriptor,
	&pb_signature__descriptor, &pb_opening__descriptor,
	&pb_message__descriptor, &pb_draft__descriptor, &pb_knock__descriptor,
	&pb_welcome__descriptor, &pb_hello_body__descriptor,
	&pb_hello__descriptor, &pb_ready__descriptor, &pb_credit__descriptor,
	&pb_reject_body__descriptor, &pb_reject__descriptor,
	&pb_stage__descriptor, &pb_receipt__descriptor, &pb_offer__descriptor,
	&pb_ack_body__descriptor, &pb_ack__descriptor, &pb_acks__descriptor,
	&pb_read__descriptor, &pb_range__descriptor, &pb_entry__descriptor,
	&pb_verdict__descriptor, &pb_details__descriptor,
	&pb_mailbox_item__descriptor, &pb_case__descriptor,
	&pb_card__descriptor, &pb_approved__descriptor,
	&pb_suspension__descriptor, &pb_manifest__descriptor
};
#define EVERY (sizeof(every) / sizeof(every[0]))

static size_t
count_not_times(const ProtobufCMessageDescriptor *d)
{
	size_t n = 0;

	for (unsigned i = 0; i < d->n_fields; i++) {
		bool listed = false;
		char name[96];

		if (d->fields[i].type != PROTOBUF_C_TYPE_UINT64)
			continue;
		snprintf(name, sizeof(name), "%s.%s", d->short_name,
		    d->fields[i].name);
		for (size_t k = 0; k < sizeof(not_times) / sizeof(not_times[0]);
		     k++)
			listed |= strcmp(not_times[k], name) == 0;
		if (json_field_is_time(&d->fields[i]) == listed)
			fail_msg("%s: is it a time or not?", name);
		n += listed;
	}
	return n;
}

static void
test_counts_and_indexes_are_not_times(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < EVERY; i++)
		n += count_not_times(every[i]);
	assert_int_equal(n, sizeof(not_times) / sizeof(not_times[0]));
}

static void
round_trip(struct arena *a, const ProtobufCMessage *m)
{
	ProtobufCMessage *again = NULL;
	struct bytes before, after;
	struct why why = { "" };
	char *text = json_text(a, m);

	assert_non_null(text);
	if (json_parse(a, m->descriptor, bytes_str(text), 0, &again, &why) !=
	    ERR_OK)
		fail_msg(
		    "%s: %s\n%s", m->descriptor->short_name, why.text, text);
	assert_int_equal(envelope_pack(a, m, &before), ERR_OK);
	assert_int_equal(envelope_pack(a, again, &after), ERR_OK);
	if (!bytes_eq(before, after))
		fail_msg("%s comes back different:\n%s",
		    m->descriptor->short_name, text);
}

static void
test_random_messages_come_back_the_same(void **state)
{
	(void)state;
	print_message("seed %llu\n", (unsigned long long)SEED);
	for (size_t i = 0; i < EVERY; i++) {
		struct fill f = { .state = SEED + i };

		for (int k = 0; k < 20; k++) {
			assert_int_equal(
			    arena_new(&f.arena, 16 * 1024 * 1024), ERR_OK);
			round_trip(f.arena, fill_message(&f, every[i]));
			arena_free(f.arena);
		}
	}
}

static void
test_text_has_the_words_of_the_taxonomy(void **state)
{
	PbDraft *d = draft(state,
	    "{\"kind\":\"police_alone\",\"role\":\"pol_vagt\","
	    "\"expires\":\"now\"}",
	    NOW);

	assert_string_equal(json_text(*state, &d->base),
	    "{\n"
	    "  \"role\": \"pol_vagt\",\n"
	    "  \"kind\": \"police_alone\",\n"
	    "  \"expires\": \"2026-11-21T10:00:00.000Z\"\n"
	    "}");
}

static void
test_a_full_arena_is_said(void **state)
{
	static const char text[] =
	    "{\"kind\":\"concern\",\"title\":\"01234567890123456789\"}";
	size_t refused_caps = 0;

	(void)state;
	for (size_t cap = 0; cap <= 1024; cap += 16) {
		ProtobufCMessage *m = NULL;
		struct arena *a = NULL;
		struct why why;
		enum err e;

		assert_int_equal(arena_new(&a, cap), ERR_OK);
		e = json_parse(
		    a, &pb_draft__descriptor, bytes_str(text), 0, &m, &why);
		assert_true(e == ERR_OK || e == ERR_NOMEM);
		refused_caps += e == ERR_NOMEM;
		arena_free(a);
	}
	assert_true(refused_caps > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_errors_name_place_and_expectation, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_deep_nesting_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_every_type_of_field_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_times_may_be_relative_to_a_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_numbers_reach_to_the_end_of_their_range, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    test_uint32_is_bounded, setup, teardown),
		cmocka_unit_test(test_counts_and_indexes_are_not_times),
		cmocka_unit_test(test_random_messages_come_back_the_same),
		cmocka_unit_test_setup_teardown(
		    test_text_has_the_words_of_the_taxonomy, setup, teardown),
		cmocka_unit_test(test_a_full_arena_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
