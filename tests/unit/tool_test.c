/*
 * SPDX-License-Identifier: MIT
 *
 * tool: what the command line tool prints of other people's text, how it
 * reads its arguments, and which exit code an answer gives. The files of the
 * tool are included: they are in no library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clients/tool/args.c"
#include "clients/tool/print.c"
#include "clients/tool/send_print.c"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* ---------------------------------------------------------------- printing */

static const struct {
	const char *says, *text, *want;
} texts[] = {
	{ "plain text stays", "kommune/0101", "kommune/0101" },
	{ "Danish letters stay", "Læsø, Ærø Å", "Læsø, Ærø Å" },
	{ "characters of four bytes stay", "\U0001F4E8", "\U0001F4E8" },
	{ "an escape sequence is shown, not obeyed", "a\033[31mb",
	    "a\\x1B[31mb" },
	{ "a line feed is shown", "a\nb", "a\\x0Ab" },
	{ "a carriage return is shown", "a\rb", "a\\x0Db" },
	{ "DEL is shown", "a\177b", "a\\x7Fb" },
	{ "a C1 control (CSI in one character) is shown",
	    "a\xc2\x9b"
	    "31m",
	    "a\\xC2\\x9B31m" },
	{ "the mark that turns text to the left is shown",
	    "a\xe2\x80\xaetxt.exe", "a\\xE2\\x80\\xAEtxt.exe" },
	{ "an isolate that hides text is shown", "\xe2\x81\xa6x",
	    "\\xE2\\x81\\xA6x" },
	{ "a broken sequence is shown byte by byte", "\xc3(", "\\xC3\\x28" },
	{ "a lone continuation byte is shown", "\xa9", "\\xA9" },
	{ "an overlong form is shown", "\xc0\xaf", "\\xC0\\xAF" },
	{ "a sequence that the text cuts off is shown", "\xe2\x80",
	    "\\xE2\\x80" },
};

static void
test_a_peers_text_cannot_act_on_the_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		char *got = NULL;
		size_t n;
		FILE *f = open_memstream(&got, &n);

		assert_non_null(f);
		print_text(f, texts[i].text);
		fclose(f);
		if (strcmp(got, texts[i].want) != 0)
			fail_msg("%s: got %s", texts[i].says, got);
		free(got);
	}
}

static void
test_there_is_no_colour_but_on_a_terminal(void **state)
{
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	assert_string_equal(colour(f, COLOUR_BAD), "");
	fclose(f);
}

/* --------------------------------------------------------------- arguments */

static const struct option_help some_options[] = {
	{ "home", "DIR", false, "a value" },
	{ "follow", NULL, false, "a flag" },
	{ "seat", "NAME", true, "many" },
	{ "count", "N", false, "a number" },
	{ NULL, NULL, false, NULL },
};

static const struct usage some_usage = {
	.command = "test",
	.operands = "FILE…",
	.min = 1,
	.max = 2,
	.text = "Nothing.",
	.option = some_options,
};

static const struct {
	const char *says;
	const char *argv[8];
	bool want;
} calls[] = {
	{ "an operand", { "test", "a" }, true },
	{ "options before and behind",
	    { "test", "--home", "h", "a", "--follow" }, true },
	{ "a value behind =", { "test", "--home=h", "a" }, true },
	{ "an empty value behind =", { "test", "--home=", "a" }, true },
	{ "one that may come often", { "test", "--seat", "a", "--seat=b", "x" },
	    true },
	{ "behind -- nothing is an option", { "test", "--", "--home" }, true },
	{ "- is an operand", { "test", "-" }, true },
	{ "too few operands", { "test" }, false },
	{ "too many operands", { "test", "a", "b", "c" }, false },
	{ "an option that does not exist", { "test", "--homes", "h", "a" },
	    false },
	{ "the beginning of an option's name", { "test", "--ho", "h", "a" },
	    false },
	{ "a short option", { "test", "-h", "a" }, false },
	{ "an option given twice",
	    { "test", "--home", "h", "--home", "h", "a" }, false },
	{ "a flag with a value", { "test", "--follow=1", "a" }, false },
	{ "a value that is missing", { "test", "a", "--home" }, false },
};

static void
test_arguments_are_read_as_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		char *argv[8];
		struct args a;
		int argc = 0, code = EXIT_YES;

		for (; argc < 8 && calls[i].argv[argc] != NULL; argc++)
			argv[argc] = (char *)(uintptr_t)calls[i].argv[argc];
		if (args_parse(&a, &some_usage, argc, argv, &code) !=
		    calls[i].want)
			fail_msg("%s", calls[i].says);
		if (!calls[i].want)
			assert_int_equal(code, EXIT_USAGE);
	}
}

static const struct {
	const char *text;
	bool want;
} numbers[] = {
	{ "1", true },
	{ "50", true },
	{ "0", false },
	{ "51", false },
	{ "", false },
	{ " 5", false },
	{ "+5", false },
	{ "-5", false },
	{ "5s", false },
	{ "99999999999999999999", false },
};

static void
test_numbers_are_decimal_and_in_range(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		char *argv[] = { (char *)(uintptr_t) "test",
			(char *)(uintptr_t) "--count",
			(char *)(uintptr_t)numbers[i].text,
			(char *)(uintptr_t) "x", NULL };
		struct args a;
		uint64_t n;
		int code;

		assert_true(args_parse(&a, &some_usage, 4, argv, &code));
		if (args_number(&a, "count", 1, 50, 7, &n) != numbers[i].want)
			fail_msg("%s", numbers[i].text);
	}
}

/* -------------------------------------------------------------- exit codes */

#define PERMIT(a) \
	{ \
		.addressee = (a), .outcome = INFOHUS_PERMIT, \
		.code_name = "ok", .node = "a/b", .rule = "R00" \
	}
#define REFUSE(a) \
	{ \
		.addressee = (a), .outcome = INFOHUS_REFUSE, \
		.code_name = "no_permit", .node = "a/b", .rule = "R05" \
	}
#define PARK(a) \
	{ \
		.addressee = (a), .outcome = INFOHUS_PARK, \
		.code_name = "pending", .node = "a/b", .rule = "R17" \
	}

static const struct {
	const char *says;
	size_t n_addressee, n;
	struct infohus_verdict verdict[3];
	bool delivered;
	int want;
} answers[] = {
	{ "all permitted", 2, 2, { PERMIT(0), PERMIT(1) }, false, EXIT_YES },
	{ "one of two refused", 2, 2, { PERMIT(0), REFUSE(1) }, false,
	    EXIT_NO },
	{ "one left open", 1, 1, { PARK(0) }, false, EXIT_NO },
	{ "nothing said about one", 2, 1, { PERMIT(0) }, false, EXIT_NO },
	{ "two recipients for one addressee", 1, 2, { PERMIT(0), PERMIT(0) },
	    false, EXIT_YES },
	{ "permitted, but not received yet", 1, 1, { PERMIT(0) }, true,
	    EXIT_NO },
};

static int
exit_for(PbDraft *draft, const struct infohus_verdict *v, size_t n,
    size_t n_addressee, bool delivered)
{
	struct infohus_receipt r = { .id = "",
		.verdict = v,
		.n_verdict = n,
		.n_addressee = n_addressee };
	struct sent_file f = {
		.draft = draft, .state = SENT_RECORDED, .receipt = &r
	};

	return file_exit(&f, delivered);
}

static void
test_the_exit_code_says_whether_all_may_have_it(void **state)
{
	PbDraft draft = PB_DRAFT__INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++)
		if (exit_for(&draft, answers[i].verdict, answers[i].n,
			answers[i].n_addressee,
			answers[i].delivered) != answers[i].want)
			fail_msg("%s", answers[i].says);
}

static const struct {
	const char *says;
	PbOutcome outcome;
	const char *rule, *code, *node;
	struct infohus_verdict verdict;
	int want;
} expectations[] = {
	{ "a permit as expected", OUTCOME_PERMIT, "R00", NULL, "a/b", PERMIT(0),
	    EXIT_YES },
	{ "only the outcome is expected", OUTCOME_PERMIT, NULL, NULL, NULL,
	    PERMIT(0), EXIT_YES },
	{ "a permit by another rule", OUTCOME_PERMIT, "R01", NULL, NULL,
	    PERMIT(0), EXIT_NO },
	{ "a permit for another node", OUTCOME_PERMIT, NULL, NULL, "a/c",
	    PERMIT(0), EXIT_NO },
	{ "a refusal as expected is a yes", OUTCOME_REFUSE, "R05", "no_permit",
	    NULL, REFUSE(0), EXIT_YES },
	{ "a refusal with another code", OUTCOME_REFUSE, NULL, "prohibited",
	    NULL, REFUSE(0), EXIT_NO },
	{ "a refusal where a permit is expected", OUTCOME_PERMIT, NULL, NULL,
	    NULL, REFUSE(0), EXIT_NO },
	{ "a permit where a refusal is expected", OUTCOME_REFUSE, NULL, NULL,
	    NULL, PERMIT(0), EXIT_NO },
	{ "a refusal that is not told looks like a permit", OUTCOME_REFUSE,
	    "P20", "pending", "a/b", PERMIT(0), EXIT_YES },
	{ "a refusal that should not be told, but is", OUTCOME_REFUSE, "P20",
	    "pending", "a/b", REFUSE(0), EXIT_NO },
	{ "the verdict is of another addressee", OUTCOME_PERMIT, NULL, NULL,
	    NULL, PERMIT(1), EXIT_NO },
};

static void
test_what_a_draft_expects_is_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(expectations); i++) {
		PbExpectation e = PB_EXPECTATION__INIT, *list = &e;
		PbDraft draft = PB_DRAFT__INIT;

		e.outcome = expectations[i].outcome;
		e.rule = (char *)(uintptr_t)expectations[i].rule;
		e.code = (char *)(uintptr_t)expectations[i].code;
		e.node = (char *)(uintptr_t)expectations[i].node;
		draft.expect = &list;
		draft.n_expect = 1;
		if (exit_for(&draft, &expectations[i].verdict, 1, 2, false) !=
		    expectations[i].want)
			fail_msg("%s", expectations[i].says);
	}
}

static void
test_no_answer_is_trouble_and_a_rejection_a_no(void **state)
{
	PbDraft draft = PB_DRAFT__INIT;
	struct sent_file waiting = { .draft = &draft, .state = SENT_WAITING };
	struct sent_file rejected = { .draft = &draft, .state = SENT_REJECTED };

	(void)state;
	assert_int_equal(file_exit(&waiting, false), EXIT_TROUBLE);
	assert_int_equal(file_exit(&rejected, false), EXIT_NO);
	assert_false(is_settled(&waiting, false));
	assert_true(is_settled(&rejected, true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_peers_text_cannot_act_on_the_terminal),
		cmocka_unit_test(test_there_is_no_colour_but_on_a_terminal),
		cmocka_unit_test(test_arguments_are_read_as_the_table_says),
		cmocka_unit_test(test_numbers_are_decimal_and_in_range),
		cmocka_unit_test(
		    test_the_exit_code_says_whether_all_may_have_it),
		cmocka_unit_test(test_what_a_draft_expects_is_compared),
		cmocka_unit_test(
		    test_no_answer_is_trouble_and_a_rejection_a_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
