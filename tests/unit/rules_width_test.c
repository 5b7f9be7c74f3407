/*
 * SPDX-License-Identifier: MIT
 *
 * rules_width: how wide each permit is. tests/law/widths.txt has a message
 * per permit, and below it, for each field, the values with which the same
 * message still passes when that field alone changes. A rule that became
 * wider or narrower by one value differs here.
 */
#include "tests/unit/judging.h"

#define WIDTHS "tests/law/widths.txt"
#define WIDTHS_MAX (256 * 1024)
#define VALUES_MAX 40

struct width {
	const struct judging *j;
	struct facts base;
	FILE *out;
	size_t tried, n;
	char value[VALUES_MAX][32]; /* that pass */
};

static bool
passes(const struct width *w, const struct facts *f)
{
	struct judgement j;

	judge(w->j->rules, f, JUDGED_AT, &j);
	return j.outcome == OUTCOME_PERMIT;
}

static void
note(struct width *w, const struct facts *f, const char *value)
{
	assert_true(w->n < VALUES_MAX);
	w->tried++;
	if (passes(w, f))
		(void)snprintf(
		    w->value[w->n++], sizeof(w->value[0]), "%s", value);
}

/* One line; none when the field does not matter to this message. */
static void
end(struct width *w, const char *name)
{
	for (size_t i = 0; w->n < w->tried && i < w->n; i++)
		(void)fprintf(w->out, "%s%s%s", i == 0 ? "\t" : ", ",
		    i == 0 ? name : "", w->value[i]);
	if (w->n < w->tried && w->n == 0)
		(void)fprintf(w->out, "\t%snothing", name);
	if (w->n < w->tried)
		(void)fputc('\n', w->out);
	w->n = w->tried = 0;
}

static void
vary_list(struct width *w, const char *name, size_t offset,
    const ProtobufCEnumDescriptor *list)
{
	struct facts f = w->base;
	uint8_t *at = (uint8_t *)&f + offset;

	if (list->values[0].value > 0) {
		*at = 0;
		note(w, &f, "none");
	}
	for (size_t i = 0; i < list->n_values; i++) {
		*at = (uint8_t)list->values[i].value;
		note(w, &f, taxonomy_id(list, list->values[i].value));
	}
	end(w, name);
}

static void
vary_own(struct width *w, const char *name, size_t offset, const char *words)
{
	struct facts f = w->base;
	uint8_t *at = (uint8_t *)&f + offset;
	char word[WORD_MAX];

	for (*at = 0; judging_word(&words, " ", word); ++*at)
		note(w, &f, word);
	end(w, name);
}

static void
vary_sets(struct width *w)
{
	struct facts f = w->base;

	f.basis = 0;
	note(w, &f, "none");
	for (int b = BASIS_RPL_115_1_1; b <= BASIS_INTERNAL; b++) {
		f.basis = 1u << b;
		note(w, &f, TAXONOMY_ID(basis, b));
	}
	end(w, "basis alone: ");
	f = w->base;
	for (int r = RELATION_ANY; r <= RELATION_PARTICIPANT; r++) {
		f.relation = 1u << r;
		note(w, &f, TAXONOMY_ID(relation, r));
	}
	end(w, "relation alone: ");
	f = w->base;
	for (int c = CATEGORY_IDENTITY; c <= CATEGORY_LOGISTICS; c++) {
		f.categories = CATEGORY_BIT(c);
		note(w, &f, TAXONOMY_ID(category, c));
	}
	end(w, "carry alone: ");
}

static void
vary_flag(
    struct width *w, size_t offset, const char *if_true, const char *if_false)
{
	struct facts f = w->base;
	bool *at = (bool *)((uint8_t *)&f + offset);

	*at = !*at;
	note(w, &f, *at ? if_true : if_false);
}

#define FLAG(field, no) vary_flag(w, offsetof(struct facts, field), #field, no)

static void
vary_flags(struct width *w)
{
	FLAG(has_case, "no case");
	FLAG(police_alone, "not alone");
	FLAG(police_looked, "not looked");
	FLAG(case_acute, "not claimed acute");
	FLAG(sender_participant, "sender takes no part");
	FLAG(recipient_participant, "recipient takes no part");
	FLAG(answers_request, "unasked");
	end(w, "also when: ");
}

#define LIST(name, field, list) \
	vary_list( \
	    w, name, offsetof(struct facts, field), &pb_##list##__descriptor)

static void
vary(struct width *w)
{
	LIST("kind: ", kind, kind);
	LIST("from: ", from, role);
	LIST("to: ", to, role);
	LIST("urgency: ", urgency, urgency);
	LIST("cooperation: ", cooperation, cooperation);
	LIST("purpose: ", purpose, purpose);
	LIST("necessity: ", necessity, necessity);
	LIST("age: ", age, age);
	LIST("child: ", concerned_child, concerned_child);
	LIST("state: ", state, case_state);
	LIST("event: ", event, event);
	vary_own(w, "exposed: ", offsetof(struct facts, exposed),
	    "no yes stale wrong_judge");
	vary_own(w, "ksp: ", offsetof(struct facts, ksp),
	    "none a b c out_of_window b_not_minor c_no_judgement");
	vary_own(w, "consent: ", offsetof(struct facts, consent),
	    "none valid out_of_scope expired withdrawn");
	vary_sets(w);
	vary_flags(w);
}

/* A line that is not indented and no comment is a message:
 * "R08 kind sender recipient: what differs". */
static void
write_message(struct width *w, const char *line, size_t len)
{
	char text[800], rule[WORD_MAX];
	const char *at = text;
	char *colon;
	struct judgement j;

	assert_true(len < sizeof(text));
	memcpy(text, line, len);
	text[len] = '\0';
	(void)fprintf(w->out, "%s\n", text);
	if (len == 0 || text[0] == '#')
		return;
	assert_true(judging_word(&at, " ", rule));
	colon = strchr(text, ':');
	assert_non_null(colon);
	*colon = '\0';
	w->base = judging_facts(at, colon + 1);
	judge(w->j->rules, &w->base, JUDGED_AT, &j);
	if (j.outcome != OUTCOME_PERMIT || strcmp(rule_id(j.rule), rule) != 0)
		fail_msg("%s: found %s by %s", rule, code_name(j.code),
		    rule_id(j.rule));
	vary(w);
}

static void
no_permit_is_wider_than_it_says(void **state)
{
	struct judging *j = *state;
	struct width w = { .j = j };
	char *text = NULL;
	size_t len = 0;
	struct bytes want;
	struct why why;

	if (slurp(j->arena, WIDTHS, WIDTHS_MAX, &want, &why) != ERR_OK)
		fail_msg("%s: %s", WIDTHS, why.text);
	w.out = open_memstream(&text, &len);
	assert_non_null(w.out);
	for (size_t i = 0; i < want.len;) {
		const char *line = (const char *)want.data + i;
		size_t n = strcspn(line, "\n");

		if (line[0] != '\t')
			write_message(&w, line, n);
		i += n + 1;
	}
	assert_int_equal(fclose(w.out), 0);
	if (!bytes_eq(bytes_of(text, len), want)) {
		const char *to = getenv("WIDTHS_OUT");
		FILE *f = to != NULL ? fopen(to, "w") : NULL;

		if (f != NULL) {
			(void)fwrite(text, 1, len, f);
			(void)fclose(f);
		}
		free(text);
		fail_msg("%s differs; WIDTHS_OUT=FILE writes what was found",
		    WIDTHS);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_permit_is_wider_than_it_says),
	};

	return cmocka_run_group_tests(tests, judging_load, judging_unload);
}
