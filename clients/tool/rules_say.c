/*
 * SPDX-License-Identifier: MIT
 *
 * rules_say: see rules_say.h.
 */
#include "rules_say.h"

#include <string.h>

#include "daemon/law/words.h"
#include "proto/taxonomy.h"

#define WIDTH 79
#define HEAD_MAX 40

/* ------------------------------------------------------------- wrapping */

/* Characters, not bytes, of the first n bytes. */
static size_t
columns(const char *text, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

void
print_wrapped(FILE *f, const char *head, const char *text)
{
	print_wrapped_to(f, WIDTH, head, text);
}

void
print_wrapped_to(FILE *f, size_t width, const char *head, const char *text)
{
	size_t indent = columns(head, strlen(head)), at = indent;
	bool first = true;

	fputs(head, f);
	for (text += strspn(text, " "); *text != '\0';
	     text += strspn(text, " ")) {
		size_t n = strcspn(text, " ");
		size_t wide = columns(text, n);

		if (!first && at + 1 + wide > width) {
			fprintf(f, "\n%*s", (int)indent, "");
			at = indent;
			first = true;
		}
		fprintf(f, "%s%.*s", first ? "" : " ", (int)n, text);
		at += wide + !first;
		first = false;
		text += n;
	}
	fputc('\n', f);
}

/* ------------------------------------------------------------- judgement */

void
answered_by(struct answered *out, const struct rules *r)
{
	judge(r, &out->facts, out->at_ms, &out->judgement);
	out->n_prohibition = rules_prohibitions(
	    r, &out->facts, out->at_ms, out->prohibition, PROHIBITIONS_MAX);
	out->n_alternative = judge_alternatives(
	    r, &out->facts, out->at_ms, out->alternative, ALTERNATIVES_MAX);
	out->n_duty = rules_duties(
	    r, &out->facts, out->at_ms, out->duty, DUTIES_MAX);
}

void
answered_illegal(struct answered *out)
{
	out->judgement = (struct judgement){ .outcome = OUTCOME_REFUSE,
		.code = CODE_ILLEGAL_EVENT };
	out->n_alternative = 0;
}

const char *
outcome_word(const struct judgement *j)
{
	return TAXONOMY_ID(outcome, j->outcome);
}

/* ----------------------------------------------------------------- words */

static void
append(char *out, size_t room, const char *separator, const char *word)
{
	size_t at = strlen(out);

	(void)snprintf(
	    out + at, room - at, "%s%s", at > 0 ? separator : "", word);
}

static void
print_rule(const struct rule *r)
{
	print_wrapped(stdout, "     ", rule_law(r));
	print_wrapped(stdout, "     da: ", rule_text_da(r));
	print_wrapped(stdout, "     en: ", rule_text(r));
}

static void
print_missing(const struct judgement *j)
{
	char text[2000] = "";

	for (size_t i = 0; i < j->n_missing; i++)
		append(text, sizeof(text), "; ", j->missing[i]);
	if (j->n_missing > 0)
		print_wrapped(stdout, "     does not fit: ", text);
}

static void
print_alternatives(const struct answered *a)
{
	char text[ALTERNATIVE_TEXT], line[ALTERNATIVE_TEXT + 40];

	for (size_t i = 0; i < a->n_alternative; i++) {
		const struct alternative *alternative = &a->alternative[i];

		(void)snprintf(line, sizeof(line), "%s (%s)",
		    alternative_text(alternative, text),
		    rule_id(alternative->rule));
		print_wrapped(stdout, "     instead: ", line);
	}
}

/* Those beside the one that decided. */
static void
print_prohibitions(const struct answered *a)
{
	char head[HEAD_MAX];

	for (size_t i = 0; i < a->n_prohibition; i++) {
		const struct rule *r = a->prohibition[i];

		if (r == a->judgement.rule)
			continue;
		(void)snprintf(head, sizeof(head),
		    "     also forbidden by %s: ", rule_id(r));
		print_wrapped(stdout, head, rule_law(r));
	}
}

static const char *
approvers_text(const struct rule *r, char *out, size_t room)
{
	uint64_t set = rule_approvers(r);

	out[0] = '\0';
	for (int n = 0; n < 64; n++)
		if ((set & 1ULL << n) != 0)
			append(out, room, ", ", TAXONOMY_ID(role, n));
	return out;
}

static const char *
link_word(const struct judgement *j)
{
	return j->code == CODE_NO_PERMIT ? "; nearest is" : " by";
}

void
print_answered(const struct answered *a)
{
	const struct judgement *j = &a->judgement;
	bool good = j->outcome == OUTCOME_PERMIT;
	char roles[600];

	printf("  to %s", TAXONOMY_ID(role, a->facts.to));
	if (a->node != NULL) {
		printf(", ");
		print_text(stdout, a->node);
	}
	printf(": %s%s%s%s%s", colour(stdout, good ? COLOUR_GOOD : COLOUR_BAD),
	    outcome_word(j), colour(stdout, COLOUR_PLAIN), good ? "" : ", ",
	    good ? "" : code_name(j->code));
	if (j->rule == NULL) {
		printf(": %s\n", code_find(j->code)->meaning);
	} else {
		printf("%s %s (%s)\n", link_word(j), rule_id(j->rule),
		    rule_mark(j->rule));
		print_rule(j->rule);
	}
	if (j->outcome == OUTCOME_PARK)
		print_wrapped(stdout, "     decided by, at the sender: ",
		    approvers_text(j->rule, roles, sizeof(roles)));
	print_missing(j);
	print_alternatives(a);
	print_prohibitions(a);
}

/* ------------------------------------------------------------------ JSON */

json_t *
rule_json(const struct rule *r)
{
	static const char *const class[] = { "permit", "prohibition", "duty" };

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "rule", rule_id(r),
	    "class", class[rule_class(r)], "law", rule_law(r), "mark",
	    rule_mark(r), "text_en", rule_text(r), "text_da", rule_text_da(r));
}

static json_t *
facts_json(const struct facts *f)
{
	json_t *o = json_object();
	char text[1200];

	for (size_t i = 0; i < words_count(); i++) {
		if (words_form(i) == WORD_FLAG) {
			json_object_set_new(
			    o, words_name(i), json_boolean(words_get(f, i)));
			continue;
		}
		words_text(f, i, text, sizeof(text));
		json_object_set_new(o, words_name(i), json_string(text));
	}
	return o;
}

static json_t *
alternatives_json(const struct answered *a)
{
	char text[ALTERNATIVE_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < a->n_alternative; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "change",
			alternative_text(&a->alternative[i], text), "rule",
			rule_id(a->alternative[i].rule)));
	return list;
}

json_t *
answered_json(const struct answered *a)
{
	const struct judgement *j = &a->judgement;
	json_t *missing = json_array(), *forbidden = json_array();
	char roles[600];
	json_t *o = json_pack("{s:s, s:s, s:s}", "role",
	    TAXONOMY_ID(role, a->facts.to), "outcome", outcome_word(j), "code",
	    code_name(j->code));

	for (size_t i = 0; i < j->n_missing; i++)
		json_array_append_new(missing, json_string(j->missing[i]));
	for (size_t i = 0; i < a->n_prohibition; i++)
		json_array_append_new(forbidden, rule_json(a->prohibition[i]));
	json_object_set_new(o, "missing", missing);
	json_object_set_new(o, "instead", alternatives_json(a));
	json_object_set_new(o, "prohibitions", forbidden);
	json_object_set_new(o, "facts", facts_json(&a->facts));
	if (a->node != NULL)
		json_object_set_new(o, "node", json_string(a->node));
	if (j->outcome == OUTCOME_PARK)
		json_object_set_new(o, "approver",
		    json_string(approvers_text(j->rule, roles, sizeof(roles))));
	if (j->rule != NULL) {
		json_t *rule = rule_json(j->rule);

		json_object_update(o, rule);
		json_decref(rule);
	}
	return o;
}
