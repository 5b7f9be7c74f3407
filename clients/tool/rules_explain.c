/*
 * SPDX-License-Identifier: MIT
 *
 * rules_explain: infohus rules explain. Judges a draft as core would, in a
 * case that the options describe, or a question that options alone ask.
 * What only core knows (who is admitted, which case it is) is assumed and
 * said. Prints nothing of the sections.
 */
#include "rules.h"

#include <string.h>

#include "proto/draft.h"
#include "proto/json.h"
#include "proto/taxonomy.h"
#include "rules_ask.h"
#include "rules_open.h"
#include "rules_say.h"

#define DRAFT_FILE_MAX (1024 * 1024)

static const struct option_help own_options[] = {
	{ "config", "FILE", false, "infohusd.yaml that names the law" },
	{ "rules", "FILE", false, "or the rule table itself" },
	{ "places", "FILE", false, "with --rules: also say the place" },
	{ "workflow", "FILE", false, "with --rules: also check the step" },
	{ "at", "TIME", false, "recorded at this time (default: now)" },
	{ "kommune", "FILE", true, "with --rules: a kommune's own file" },
	{ "node-role", "NODE=ROLE", true,
	    "role of a node that the draft names" },
	{ "participant", NULL, false, "sender and recipient take part" },
	{ "any", NULL, false,
	    "in a question: what is not said may be anything" },
	{ "expect", NULL, false, "compare with what the draft expects" },
	{ "json", NULL, false, "print as JSON" },
	{ "to", "WORD", true, "in a question: role of each recipient" },
	{ NULL, NULL, false, NULL },
};

static const char explain_text[] =
    "Says for each recipient of a draft whether the law permits it, by which\n"
    "rule, what is missing, what would be lawful instead and which duties\n"
    "arise. Without a FILE the message itself is asked by options:\n\n"
    "  infohus rules explain --config infohusd.yaml --kind info_answer\n"
    "      --from skole --to pol_tovholder,jobcenter --basis rpl_115_2\n"
    "      --purpose crime_prevention --necessity assessment\n"
    "      --carries identity,d6 --state assessed --answers-request\n\n"
    "Every fact of the table is an option by its own name. What is not said\n"
    "does not hold, except: the state is info_gathering (none for what opens\n"
    "a case or has none), police have looked from info_gathering on, and the\n"
    "relation is the one the draft says, else that of the subject's place.\n"
    "Beside a FILE, an option wins over what the draft says.\n\n"
    "With --any, or without --kind or --from, what is not said may be\n"
    "anything: each rule that lets something pass is named, with its kinds\n"
    "and a smallest example, found over all messages there could be:\n\n"
    "  infohus rules explain --config infohusd.yaml --from skole\n"
    "      --to jobcenter --carries d6 --state assessed\n\n"
    "Exit 0 when all are permitted (with --expect: as expected), 1 when not,\n"
    "2 for a draft that cannot be sent or a broken table, 3 for trouble.";

/* One question to the law, of one or more recipients. */
struct scene {
	const struct args *args;
	const struct rules_law *law;
	uint64_t at_ms;
	bool json, expect;
	const struct rule *told[DUTIES_MAX]; /* duties said already */
	size_t n_told;
	json_t *list, *notices;
};

/* ---------------------------------------------------------------- judging */

/* Core passes these to police in whatever state, and flags the rest. */
static bool
is_acute_to_police(const struct facts *f)
{
	return f->urgency == URGENCY_ACUTE &&
	    (f->to == ROLE_POL_TOVHOLDER || f->to == ROLE_POL_VAGT) &&
	    (f->kind == KIND_CONCERN || f->kind == KIND_ADDENDUM);
}

/* Does the workflow know this step, or is there none to ask? */
static bool
is_legal(const struct scene *s, const struct facts *f)
{
	struct step step;

	return s->law->workflow == NULL || is_acute_to_police(f) ||
	    workflow_step(s->law->workflow, (PbCaseState)f->state,
		(PbKind)f->kind, f->event, (PbRole)f->from, &step);
}

static bool
is_new_duty(struct scene *s, const struct rule *r)
{
	for (size_t i = 0; i < s->n_told; i++)
		if (s->told[i] == r)
			return false;
	if (s->n_told < DUTIES_MAX)
		s->told[s->n_told++] = r;
	return true;
}

static json_t *
duty_json(const struct duty *d, uint64_t at_ms)
{
	json_t *o = rule_json(d->rule);

	json_object_set_new(o, "notice", json_string(d->notice));
	if (d->due_ms != 0)
		json_object_set_new(o, "within_days",
		    json_integer((json_int_t)((d->due_ms - at_ms) / DAY_MS)));
	return o;
}

/* Once each, though several recipients raise it. */
static void
keep_duties(struct scene *s, const struct answered *a)
{
	for (size_t i = 0; i < a->n_duty; i++)
		if (is_new_duty(s, a->duty[i].rule))
			json_array_append_new(
			    s->notices, duty_json(&a->duty[i], a->at_ms));
}

static void
print_duties(const json_t *notices)
{
	size_t i;
	json_t *o;

	json_array_foreach((json_t *)(uintptr_t)notices, i, o) {
		json_t *days = json_object_get(o, "within_days");
		char head[40];

		(void)snprintf(head, sizeof(head), "  duty %s: ",
		    json_string_value(json_object_get(o, "rule")));
		print_wrapped(stdout, head,
		    json_string_value(json_object_get(o, "notice")));
		if (days != NULL)
			printf("     within %" JSON_INTEGER_FORMAT " days\n",
			    json_integer_value(days));
		print_wrapped(stdout, "     ",
		    json_string_value(json_object_get(o, "law")));
	}
}

/* Does the judgement agree with what the draft expects? Codes that the law
 * does not give (an unknown case, an offline recipient) cannot be seen here. */
static bool
agrees(const struct judgement *j, const PbExpectation *e)
{
	return e->outcome == j->outcome &&
	    (e->code == NULL || strcmp(e->code, code_name(j->code)) == 0) &&
	    (e->rule == NULL ||
		(j->rule != NULL && strcmp(e->rule, rule_id(j->rule)) == 0));
}

/* Judges one recipient and says it; is the answer yes? */
static bool
answer(struct scene *s, struct answered *a, const PbExpectation *e)
{
	bool yes;

	a->at_ms = s->at_ms;
	answered_by(a, s->law->rules);
	if (!is_legal(s, &a->facts))
		answered_illegal(a);
	keep_duties(s, a);
	yes = e != NULL ? agrees(&a->judgement, e) :
			  a->judgement.outcome == OUTCOME_PERMIT;
	if (s->json) {
		json_array_append_new(s->list, answered_json(a));
		return yes;
	}
	print_answered(a);
	if (e != NULL && !yes)
		printf("     %sexpected %s %s%s%s\n",
		    colour(stdout, COLOUR_BAD),
		    TAXONOMY_ID(outcome, e->outcome),
		    e->rule != NULL ? e->rule : "",
		    e->code != NULL ? e->code : "",
		    colour(stdout, COLOUR_PLAIN));
	return yes;
}

/* ------------------------------------------------------------------ heads */

/* Every fact that says something, beyond those of the first line. */
static void
print_facts(const struct facts *f)
{
	char text[3000] = "", value[1200];
	size_t at = 0;

	for (size_t i = 0; i < words_count(); i++) {
		const char *name = words_name(i);

		if (strcmp(name, "kind") == 0 || strcmp(name, "from") == 0 ||
		    strcmp(name, "to") == 0 || strcmp(name, "urgency") == 0 ||
		    (words_get(f, i) == 0 && strcmp(name, "state") != 0))
			continue;
		words_text(f, i, value, sizeof(value));
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s%s%s",
		    at > 0 ? "; " : "", name,
		    words_form(i) == WORD_FLAG ? "" : " ",
		    words_form(i) == WORD_FLAG ? "" : value);
		if (at >= sizeof(text))
			break;
	}
	print_wrapped(stdout, "  facts: ", text);
}

static void
print_head(const char *what, const struct facts *f)
{
	print_text(stdout, what);
	printf(": %s from %s, %s\n", TAXONOMY_ID(kind, f->kind),
	    TAXONOMY_ID(role, f->from), TAXONOMY_ID(urgency, f->urgency));
	print_facts(f);
}

static void
print_place(const struct scene *s, const char *k)
{
	const struct places *places = s->law->places;
	const char *name, *kreds, *region;

	if (places == NULL || k == NULL)
		return;
	name = places_kommune_name(places, k);
	kreds = places_politikreds(places, k, s->at_ms);
	region = places_region(places, k, s->at_ms);
	printf("  place: kommune ");
	print_text(stdout, k);
	printf(" (%s), politikreds %s, region %s\n",
	    name != NULL ? name : "unknown", kreds != NULL ? kreds : "unknown",
	    region != NULL ? region : "unknown");
}

static void
drop(struct scene *s)
{
	json_decref(s->list);
	json_decref(s->notices);
}

/* Duties, and everything if it is JSON. */
static bool
finish(struct scene *s, const char *what, const struct facts *f)
{
	bool good = true;

	if (s->json)
		good = print_json(json_pack("{s:s, s:s, s:s, s:s, s:O, s:O}",
		    "file", what, "kind", TAXONOMY_ID(kind, f->kind), "from",
		    TAXONOMY_ID(role, f->from), "state",
		    TAXONOMY_ID(case_state, f->state), "addressee", s->list,
		    "notice", s->notices));
	else
		print_duties(s->notices);
	drop(s);
	return good;
}

static bool
begin(struct scene *s)
{
	s->n_told = 0;
	s->list = json_array();
	s->notices = json_array();
	return s->list != NULL && s->notices != NULL;
}

/* ------------------------------------------------------------------ draft */

/* Role of the recipient: the draft's, or an option's for a node it names. */
static bool
role_of(const struct scene *s, const PbAddressee *a, int *role)
{
	char expected[TAXONOMY_EXPECTED];
	const char *v;
	size_t n = a->node != NULL ? strlen(a->node) : 0;

	*role = (int)a->role;
	if (a->has_role)
		return true;
	for (size_t i = 0;
	     n > 0 && (v = args_nth(s->args, "node-role", i)) != NULL; i++) {
		if (strncmp(v, a->node, n) != 0 || v[n] != '=')
			continue;
		if (taxonomy_number(&pb_role__descriptor, v + n + 1, role) ==
		    ERR_OK)
			return true;
		usage_error(s->args->usage,
		    "--node-role: found %.60s, expected %s", v + n + 1,
		    taxonomy_expected(
			&pb_role__descriptor, v + n + 1, expected));
		return false;
	}
	usage_error(s->args->usage,
	    "found a recipient without a role, "
	    "expected --node-role %.100s=ROLE",
	    n > 0 ? a->node : "NODE");
	return false;
}

static int
explain_draft(struct scene *s, const char *file, const PbDraft *d)
{
	struct answered a;
	bool yes = true;
	int role;

	if (!begin(s))
		return trouble("no memory");
	for (size_t i = 0; i < d->n_addressee; i++) {
		const PbExpectation *e = s->expect && i < d->n_expect ?
		    d->expect[i] :
		    NULL;

		a = (struct answered){ .node = d->addressee[i]->node };
		if (!role_of(s, d->addressee[i], &role) ||
		    !ask_draft(s->args, s->law, s->at_ms, d, d->addressee[i],
			role, &a.facts)) {
			drop(s);
			return EXIT_USAGE;
		}
		if (!s->json && i == 0) {
			print_head(file, &a.facts);
			print_place(s,
			    d->grounds != NULL ? d->grounds->bopaelskommune :
						 NULL);
		}
		yes = answer(s, &a, e) && yes;
	}
	if (!finish(s, file, &a.facts))
		return EXIT_TROUBLE;
	return yes ? EXIT_YES : EXIT_NO;
}

static int
bad_draft(const struct scene *s, const char *file, const char *why)
{
	return usage_error(s->args->usage, "%s: %s", file, why);
}

static int
explain_file(struct scene *s, struct arena *arena, const char *file)
{
	ProtobufCMessage *m;
	struct bytes text;
	const PbDraft *d;
	struct why why;

	if (file_read(arena, file, DRAFT_FILE_MAX, &text, &why) != ERR_OK)
		return trouble("%s", why.text);
	if (json_parse(arena, &pb_draft__descriptor, text, now_ms(), &m,
		&why) != ERR_OK)
		return bad_draft(s, file, why.text);
	d = (const PbDraft *)(const void *)m;
	if (!d->has_role)
		return bad_draft(
		    s, file, "role: found none, expected the sender's");
	if (draft_check(d, NULL, 0, now_ms(), &why) != ERR_OK)
		return bad_draft(s, file, why.text);
	return explain_draft(s, file, d);
}

/* --------------------------------------------------------------- question */

static int
explain_question(struct scene *s)
{
	uint64_t skip = 1ULL << words_find("to");
	struct answered a = { .node = NULL };
	struct facts base = { .relation = 0 };
	struct why why;
	char to[64];
	bool yes = true;

	if (!args_has(s->args, "to"))
		return usage_error(s->args->usage,
		    "found no FILE and no --to, expected a draft or a "
		    "question");
	if (!ask_facts(s->args, skip, &base))
		return EXIT_USAGE;
	ask_assume_case(s->args, base.kind == KIND_CONCERN, &base);
	if (!begin(s))
		return trouble("no memory");
	for (size_t i = 0; ask_word(s->args, "to", i, to, sizeof(to)); i++) {
		a = (struct answered){ .facts = base };
		if (words_set(&a.facts, words_find("to"), to, &why) != ERR_OK) {
			drop(s);
			return usage_error(s->args->usage, "--%s", why.text);
		}
		ask_assume_places(s->args, NULL, &a.facts);
		if (!s->json && i == 0)
			print_head("question", &a.facts);
		yes = answer(s, &a, NULL) && yes;
	}
	if (!finish(s, "question", &a.facts))
		return EXIT_TROUBLE;
	return yes ? EXIT_YES : EXIT_NO;
}

/* ---------------------------------------------------------------- command */

static int
run(struct scene *s)
{
	const struct args *a = s->args;
	int worst = EXIT_YES;

	if (a->n_operand == 0 &&
	    (args_has(a, "any") || !args_has(a, "kind") ||
		!args_has(a, "from")))
		return rules_open(a, s->law->rules, s->at_ms);
	if (a->n_operand == 0)
		return explain_question(s);
	for (size_t i = 0; i < 4; i++) {
		static const char *const said[] = { "kind", "from", "to",
			"any" };

		if (args_has(a, said[i]))
			return usage_error(a->usage,
			    "found a draft and --%s, expected one of them",
			    said[i]);
	}
	for (size_t i = 0; i < a->n_operand; i++) {
		struct arena *arena;
		int code;

		if (arena_new(&arena, 8 * DRAFT_FILE_MAX) != ERR_OK)
			return trouble("no memory");
		code = explain_file(s, arena, a->operand[i]);
		arena_free(arena);
		if (code > worst)
			worst = code;
	}
	return worst;
}

static int
explain_by(const struct args *a, const struct rules_law *law)
{
	struct scene s = { .args = a,
		.law = law,
		.at_ms = now_ms(),
		.json = args_has(a, "json"),
		.expect = args_has(a, "expect") };

	if (!rules_time(a, "at", &s.at_ms))
		return EXIT_USAGE;
	return run(&s);
}

int
rules_explain(int argc, char **argv)
{
	struct ask_options options;
	struct usage usage = {
		.command = "rules explain",
		.operands = "[FILE...]",
		.max = ARGS_MAX,
		.text = explain_text,
		.option = options.option,
	};
	struct args a;
	int code;

	ask_options(&options, own_options);
	if (!args_parse(&a, &usage, argc, argv, &code))
		return code;
	return rules_with_law(&a, explain_by);
}
