/*
 * SPDX-License-Identifier: MIT
 *
 * codes: the table is whole, in order, and says the same as the enum.
 */
#include "proto/codes.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_table_is_in_number_order_without_repeats(void **state)
{
	(void)state;
	assert_true(code_count > 30);
	for (size_t i = 1; i < code_count; i++)
		assert_true(code_table[i - 1].code < code_table[i].code);
}

static void
test_names_are_distinct_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < code_count; i++) {
		const char *name = code_table[i].name;

		assert_true(strlen(name) > 0);
		for (const char *c = name; *c != '\0'; c++)
			assert_true(islower((unsigned char)*c) || *c == '_');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(name, code_table[k].name);
		assert_true(strlen(code_table[i].meaning) > 0);
	}
}

static void
test_every_code_is_found_by_its_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < code_count; i++) {
		const struct code_info *c = &code_table[i];

		assert_ptr_equal(code_find((unsigned)c->code), c);
		assert_string_equal(code_name((unsigned)c->code), c->name);
		assert_int_equal(code_may_retry((unsigned)c->code), c->retry);
	}
}

static void
test_unknown_numbers_have_no_entry(void **state)
{
	static const unsigned unknown[] = { 4, 99, 109, 199, 302, 100000,
		UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_null(code_find(unknown[i]));
		assert_string_equal(code_name(unknown[i]), "unknown");
		assert_false(code_may_retry(unknown[i]));
	}
}

static const struct {
	const char *says;
	enum code code;
	unsigned number;
	const char *name;
	enum code_class class;
	bool retry;
} fixed[] = {
	{ "a permit is code 0", CODE_OK, 0, "ok", CLASS_DECIDED, false },
	{ "a wrong box is never answered", CODE_BAD_BOX, 1, "bad_box",
	    CLASS_UNAUTHENTICATED, false },
	{ "a lost session is begun anew", CODE_BAD_SESSION, 2, "bad_session",
	    CLASS_UNAUTHENTICATED, true },
	{ "what does not parse will not parse later", CODE_MALFORMED, 100,
	    "malformed", CLASS_UNDECIDABLE, false },
	{ "a busy door is tried again", CODE_BUSY, 130, "busy",
	    CLASS_UNDECIDABLE, true },
	{ "an order that is not there yet is tried again", CODE_OUT_OF_ORDER,
	    131, "out_of_order", CLASS_UNDECIDABLE, true },
	{ "a stopped clock is waited for", CODE_CLOCK_STOPPED, 132,
	    "clock_stopped", CLASS_UNDECIDABLE, true },
	{ "an expired message was decided", CODE_EXPIRED, 200, "expired",
	    CLASS_DECIDED, false },
	{ "no permit is a decision", CODE_NO_PERMIT, 230, "no_permit",
	    CLASS_DECIDED, false },
	{ "a prohibition is a decision", CODE_PROHIBITED, 231, "prohibited",
	    CLASS_DECIDED, false },
	{ "pending is a decision", CODE_PENDING, 240, "pending", CLASS_DECIDED,
	    false },
	{ "so is the approver's no", CODE_DENIED, 241, "denied", CLASS_DECIDED,
	    false },
	{ "nobody waits for an approver that there is not", CODE_NO_APPROVER,
	    242, "no_approver", CLASS_DECIDED, false },
	{ "what is decided is decided once", CODE_DECIDED, 243, "decided",
	    CLASS_DECIDED, false },
	{ "and by somebody else", CODE_OWN_MESSAGE, 244, "own_message",
	    CLASS_DECIDED, false },
};

static void
test_numbers_are_for_ever(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		const struct code_info *c = code_find(fixed[i].number);

		if (c == NULL || c->code != fixed[i].code ||
		    strcmp(c->name, fixed[i].name) != 0 ||
		    c->class != fixed[i].class || c->retry != fixed[i].retry)
			fail_msg("not so: %s", fixed[i].says);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_in_number_order_without_repeats),
		cmocka_unit_test(test_names_are_distinct_words),
		cmocka_unit_test(test_every_code_is_found_by_its_number),
		cmocka_unit_test(test_unknown_numbers_have_no_entry),
		cmocka_unit_test(test_numbers_are_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
