/*
 * SPDX-License-Identifier: MIT
 *
 * rules_test: infohus rules test. Judges the cases that lawyers have
 * written, each recipient with the judge that core has, and says which come
 * out otherwise than they should. It changes nothing.
 */
#include "rules.h"

#include <glob.h>
#include <string.h>

#include "daemon/common/config.h"
#include "daemon/law/casebook.h"
#include "proto/codes.h"
#include "proto/taxonomy.h"

#define CASE_FILE_MAX YAML_SIZE_MAX
#define PLACE_MAX 4096

static const struct option_help options[] = {
	{ "rules", "FILE", false, "the rule table" },
	{ "config", "FILE", false, "or infohusd.yaml that names it" },
	{ "json", NULL, false, "print as JSON" },
	{ "quiet", NULL, false, "print only what fails, no count" },
	{ NULL, NULL, false, NULL },
};

const struct usage rules_test_usage = {
	.command = "rules test",
	.operands = "[CASEFILE...]",
	.min = 0,
	.max = ARGS_MAX,
	.text = "Judges the cases of the files, or of rules-tests/*.yaml "
		"beside the table, and\nsays which come out otherwise than "
		"expected. Exit 0 when none does, else 1.",
	.option = options,
};

/* What is being tested, and how it went. */
struct trial {
	const struct args *args;
	const struct rules *rules;
	const struct casebook *book;
	size_t n_failed;
	json_t *failed; /* NULL: in words */
};

/* ------------------------------------------------------------- in words */

static const char *
outcome_word(PbOutcome o)
{
	switch (o) {
	case OUTCOME_PERMIT:
		return "permit";
	case OUTCOME_PARK:
		return "park";
	case OUTCOME_REFUSE:
		return "refuse";
	default:
		return "?";
	}
}

static void
print_missing(const char *const *missing, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i == 0 ? ", missing: " : ", ", missing[i]);
}

static void
print_expected(const struct rulecase *c)
{
	printf("expected %s", outcome_word(c->outcome));
	if (c->code != CODE_OK)
		printf(" (%s)", code_name(c->code));
	if (c->rule != NULL) {
		printf(c->code == CODE_NO_PERMIT ? ", nearest " : " by ");
		print_text(stdout, c->rule);
	}
	for (size_t i = 0; i < c->n_missing; i++) {
		printf("%s", i == 0 ? ", missing: " : ", ");
		print_text(stdout, c->missing[i]);
	}
}

static void
print_found(const struct judgement *j)
{
	printf("found %s", outcome_word(j->outcome));
	if (j->outcome == OUTCOME_REFUSE)
		printf(" (%s)", code_name(j->code));
	if (j->rule != NULL)
		printf("%s%s",
		    j->code == CODE_NO_PERMIT ? ", nearest " : " by ",
		    rule_id(j->rule));
	print_missing(j->missing, j->n_missing);
}

static void
print_failure(const struct rulecase *c, const struct judgement *j)
{
	print_text(stdout, c->file);
	printf(":%u: ", c->line);
	print_text(stdout, c->says);
	printf(": to %s%s%s: ", TAXONOMY_ID(role, c->facts.to),
	    c->turn[0] != '\0' ? ", " : "", c->turn);
	print_found(j);
	printf("; ");
	print_expected(c);
	printf("\n");
}

/* --------------------------------------------------------------- as JSON */

static json_t *
names(const char *const *name, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(name[i]));
	return list;
}

static const char *
code_word(enum code c)
{
	return c != CODE_OK ? code_name(c) : NULL;
}

static json_t *
failure_json(const struct rulecase *c, const struct judgement *j)
{
	return json_pack(
	    "{s:s, s:i, s:s, s:s, s:s, s:s, s:{s:s, s:s?, s:s?, s:o}, "
	    "s:{s:s, s:s?, s:s?, s:o}}",
	    "file", c->file, "line", (int)c->line, "says", c->says, "law",
	    c->law, "to", TAXONOMY_ID(role, c->facts.to), "turn", c->turn,
	    "expected", "outcome", outcome_word(c->outcome), "code",
	    code_word(c->code), "rule", c->rule, "missing",
	    names(c->missing, c->n_missing), "found", "outcome",
	    outcome_word(j->outcome), "code", code_word(j->code), "rule",
	    j->rule != NULL ? rule_id(j->rule) : NULL, "missing",
	    names(j->missing, j->n_missing));
}

/* --------------------------------------------------------------- testing */

static void
test_recipient(struct trial *t, const struct rulecase *c)
{
	struct judgement j;

	judge(t->rules, &c->facts, c->at_ms, &j);
	if (rulecase_agrees(c, &j))
		return;
	t->n_failed++;
	if (t->failed != NULL)
		json_array_append_new(t->failed, failure_json(c, &j));
	else
		print_failure(c, &j);
}

static int
conclude(struct trial *t)
{
	size_t cases = casebook_cases(t->book);
	size_t recipients = casebook_recipients(t->book);
	int code = t->n_failed == 0 ? EXIT_YES : EXIT_NO;

	if (t->failed != NULL)
		return print_json(json_pack("{s:I, s:I, s:o}", "cases",
			   (json_int_t)cases, "recipients",
			   (json_int_t)recipients, "failed", t->failed)) ?
		    code :
		    EXIT_TROUBLE;
	if (!args_has(t->args, "quiet"))
		printf("%zu cases, %zu recipients judged, %zu not as "
		       "expected\n",
		    cases, recipients, t->n_failed);
	return code;
}

static int
run_trial(const struct args *a, const struct rules *rules,
    const struct casebook *book)
{
	struct trial t = { .args = a,
		.rules = rules,
		.book = book,
		.failed = args_has(a, "json") ? json_array() : NULL };

	for (const struct rulecase *c = casebook_first(book); c != NULL;
	     c = c->next)
		test_recipient(&t, c);
	return conclude(&t);
}

/* ----------------------------------------------------------------- files */

/* False: the file cannot be read, and that is said. */
static bool
read_file(struct casebook *b, const char *file, struct problems *p)
{
	struct arena *a = NULL;
	struct bytes text;
	struct why why = { "no memory" };
	bool good = arena_new(&a, 2 * CASE_FILE_MAX) == ERR_OK &&
	    file_read(a, file, CASE_FILE_MAX, &text, &why) == ERR_OK;

	if (good)
		(void)casebook_read(b, file, text, p);
	else
		trouble("%s", why.text);
	arena_free(a);
	return good;
}

/* rules-tests beside the table. */
static bool
read_beside(struct casebook *b, const char *rules, struct problems *p)
{
	const char *slash = strrchr(rules, '/');
	int folder = slash != NULL ? (int)(slash - rules + 1) : 0;
	char pattern[PLACE_MAX];
	glob_t found;
	bool good;

	if (snprintf(pattern, sizeof(pattern), "%.*srules-tests/*.yaml", folder,
		rules) >= (int)sizeof(pattern)) {
		trouble("found too long a path, expected one of less than %d",
		    PLACE_MAX);
		return false;
	}
	good = glob(pattern, 0, NULL, &found) == 0;
	if (!good)
		trouble("found no %s, expected case files", pattern);
	for (size_t i = 0; good && i < found.gl_pathc; i++)
		good = read_file(b, found.gl_pathv[i], p);
	globfree(&found);
	return good;
}

static bool
read_cases(struct casebook *b, const struct args *a, const char *rules,
    struct problems *p)
{
	bool good = true;

	if (a->n_operand == 0)
		return read_beside(b, rules, p);
	for (size_t i = 0; i < a->n_operand; i++)
		good = read_file(b, a->operand[i], p) && good;
	return good;
}

int
rules_test(const struct args *a, const char *file, struct bytes text)
{
	struct problems p = { 0 };
	struct rules *rules = rules_load(file, text, &p);
	struct casebook *book;
	int code = EXIT_TROUBLE;

	if (casebook_new(&book) != ERR_OK) {
		rules_free(rules);
		problems_free(&p);
		return trouble("no memory");
	}
	if (read_cases(book, a, file, &p))
		code = p.count > 0 || !casebook_fits(book, rules, &p) ?
		    rules_problems(&p) :
		    run_trial(a, rules, book);
	else if (p.count > 0)
		(void)rules_problems(&p);
	casebook_free(book);
	rules_free(rules);
	problems_free(&p);
	return code;
}
