/*
 * SPDX-License-Identifier: MIT
 *
 * rules_explain: infohus rules explain. Judges a draft as core would, in a
 * case that the options describe. What only core knows (who is admitted,
 * which case it is) is assumed and said. Prints nothing of the sections.
 */
#include "rules.h"

#include <string.h>

#include "proto/draft.h"
#include "proto/json.h"
#include "proto/taxonomy.h"

#define DRAFT_FILE_MAX (1024 * 1024)
#define NOTICES_MAX 8

static const struct option_help options[] = {
	{ "config", "FILE", false, "infohusd.yaml that names the law" },
	{ "rules", "FILE", false, "or the rule table itself" },
	{ "places", "FILE", false, "with --rules: also say the place" },
	{ "workflow", "FILE", false, "with --rules: also check the step" },
	{ "at", "TIME", false, "recorded at this time (default: now)" },
	{ "case-state", "STATE", false,
	    "state of the case (default: "
	    "info_gathering, none for what opens one or has none)" },
	{ "police-alone", NULL, false, "police have it, or a linked one" },
	{ "police-looked", NULL, false,
	    "police have looked (assumed from "
	    "info_gathering on)" },
	{ "case-acute", NULL, false, "somebody has claimed acute in it" },
	{ "participant", NULL, false, "sender and recipient take part" },
	{ "sender-participant", NULL, false, "the sender does" },
	{ "recipient-participant", NULL, false, "the recipient does" },
	{ "answers-request", NULL, false,
	    "it answers a request of the "
	    "recipient" },
	{ "relation", "RELATION", true,
	    "relations that hold (default: the "
	    "one the draft says, else all of the subject's place)" },
	{ "node-role", "NODE=ROLE", true,
	    "role of a node that the draft "
	    "names" },
	{ "expect", NULL, false, "compare with what the draft expects" },
	{ "json", NULL, false, "print as JSON" },
	{ NULL, NULL, false, NULL },
};

const struct usage rules_explain_usage = {
	.command = "rules explain",
	.operands = "FILE...",
	.min = 1,
	.max = ARGS_MAX,
	.text = "Says for each recipient of a draft whether the law permits "
		"it, by which rule, and\nwhat is missing. Exit 0 when all are "
		"permitted (with --expect: as expected), else 1.",
	.option = options,
};

/* The case and the places as the options have them. */
struct scene {
	const struct args *args;
	const struct rules_law *law;
	PbCase kase;
	bool has_case;
	bool linked;
	uint32_t relation; /* 0: by the draft */
	uint64_t at_ms;
	bool json, expect;
};

static bool
read_number(const struct scene *s, const char *what,
    const ProtobufCEnumDescriptor *list, const char *text, int *out)
{
	char expected[1000];

	if (taxonomy_number(list, text, out) == ERR_OK)
		return true;
	taxonomy_list(list, expected, sizeof(expected));
	usage_error(s->args->usage, "--%s: found %.60s, expected one of: %s",
	    what, text, expected);
	return false;
}

static bool
read_scene(struct scene *s, const PbDraft *d)
{
	bool outside = d->kind == KIND_UNDERRETNING ||
	    (d->kind == KIND_CONCERN && !d->has_case_id);
	const char *state = args_value(s->args, "case-state");
	const char *at = args_value(s->args, "at"), *r;
	int n = outside ? CASE_STATE_NONE : CASE_STATE_INFO_GATHERING;

	s->at_ms = now_ms();
	if (at != NULL && time_parse(&s->at_ms, at) != ERR_OK) {
		usage_error(s->args->usage,
		    "--at: found %.60s, expected a "
		    "time such as 2026-12-31T23:00:00Z",
		    at);
		return false;
	}
	if (args_has(s->args, "police-alone") && !outside)
		n = CASE_STATE_POLICE_ONLY;
	if (state != NULL &&
	    !read_number(
		s, "case-state", &pb_case_state__descriptor, state, &n))
		return false;
	pb_case__init(&s->kase);
	s->kase.state = (PbCaseState)n;
	s->kase.police_looked = args_has(s->args, "police-looked") ||
	    n == CASE_STATE_POLICE_ONLY || n >= CASE_STATE_INFO_GATHERING;
	s->kase.claimed_acute = args_has(s->args, "case-acute");
	s->has_case = d->kind != KIND_UNDERRETNING;
	s->linked = args_has(s->args, "police-alone");
	s->relation = 0;
	for (size_t i = 0; (r = args_nth(s->args, "relation", i)) != NULL;
	     i++) {
		if (!read_number(
			s, "relation", &pb_relation__descriptor, r, &n))
			return false;
		s->relation |= 1u << n;
	}
	return true;
}

static uint32_t
relation_of(const struct scene *s, const PbAddressee *a)
{
	if (s->relation != 0)
		return s->relation;
	if (a->has_relation && a->relation != RELATION_ANY)
		return 1u << a->relation;
	return 1u << RELATION_KOMMUNE_OF_SUBJECT |
	    1u << RELATION_DISTRICT_OF_SUBJECT |
	    1u << RELATION_REGION_OF_SUBJECT;
}

/* Role of the recipient: the draft's, or an option's for a node it names. */
static bool
role_of(const struct scene *s, const PbAddressee *a, int *role)
{
	const char *v;
	size_t n = a->node != NULL ? strlen(a->node) : 0;

	*role = (int)a->role;
	if (a->has_role)
		return true;
	for (size_t i = 0;
	     n > 0 && (v = args_nth(s->args, "node-role", i)) != NULL; i++)
		if (strncmp(v, a->node, n) == 0 && v[n] == '=')
			return read_number(s, "node-role", &pb_role__descriptor,
			    v + n + 1, role);
	usage_error(s->args->usage,
	    "found a recipient without a role, "
	    "expected --node-role %.100s=ROLE",
	    n > 0 ? a->node : "NODE");
	return false;
}

/* Does the workflow know this step, or is there none to ask? */
static bool
is_legal(const struct scene *s, const PbDraft *d)
{
	int event = d->grounds != NULL && d->grounds->has_event ?
	    (int)d->grounds->event :
	    0;
	struct step step;

	return s->law->workflow == NULL ||
	    workflow_step(s->law->workflow, s->kase.state, d->kind, event,
		d->role, &step);
}

/* Core passes these to police in whatever state, and flags the rest. */
static bool
is_acute_to_police(const struct facts *f)
{
	return f->urgency == URGENCY_ACUTE &&
	    (f->to == ROLE_POL_TOVHOLDER || f->to == ROLE_POL_VAGT) &&
	    (f->kind == KIND_CONCERN || f->kind == KIND_ADDENDUM);
}

struct told { /* one recipient */
	const PbAddressee *addressee;
	int role;
	struct judgement judgement;
};

static bool
judge_one(const struct scene *s, const PbDraft *d, PbGrounds *grounds,
    const PbAddressee *a, struct told *out, struct facts *facts)
{
	PbHeader h = PB_HEADER__INIT;
	struct facts_in in = {
		.header = &h,
		.grounds = grounds,
		.addressee = a,
		.relation = relation_of(s, a),
		.kase = s->has_case ? &s->kase : NULL,
		.linked_police_alone = s->linked,
		.sender_participant = args_has(s->args, "participant") ||
		    args_has(s->args, "sender-participant"),
		.recipient_participant = args_has(s->args, "participant") ||
		    args_has(s->args, "recipient-participant"),
		.answers_request = args_has(s->args, "answers-request"),
		.at_ms = s->at_ms,
	};

	out->addressee = a;
	if (!role_of(s, a, &out->role))
		return false;
	if (in.recipient_participant)
		in.relation |= 1u << RELATION_PARTICIPANT;
	h.role = d->role;
	h.kind = d->kind;
	h.urgency = d->has_urgency ? d->urgency : URGENCY_ORDINARY;
	h.has_case_id = s->has_case;
	in.to_role = out->role;
	for (size_t i = 0; i < a->n_section; i++)
		in.categories |= CATEGORY_BIT(a->section[i]);
	facts_reduce(s->law->rules, &in, facts);
	judge(s->law->rules, facts, s->at_ms, &out->judgement);
	if (!is_legal(s, d) && !is_acute_to_police(facts))
		out->judgement = (struct judgement){ .outcome = OUTCOME_REFUSE,
			.code = CODE_ILLEGAL_EVENT };
	return true;
}

static const char *
outcome_word(const struct judgement *j)
{
	return j->outcome == OUTCOME_PERMIT ? "permit" : "refuse";
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

static void
print_told(const struct told *t, const PbExpectation *e)
{
	const struct judgement *j = &t->judgement;
	bool good = j->outcome == OUTCOME_PERMIT;

	printf("  to %s", TAXONOMY_ID(role, t->role));
	if (t->addressee->node != NULL) {
		printf(", ");
		print_text(stdout, t->addressee->node);
	}
	printf(": %s%s%s%s%s", colour(stdout, good ? COLOUR_GOOD : COLOUR_BAD),
	    outcome_word(j), colour(stdout, COLOUR_PLAIN), good ? "" : ", ",
	    good ? "" : code_name(j->code));
	if (j->rule == NULL) {
		printf(": %s\n", code_find(j->code)->meaning);
		return;
	}
	printf("%s %s (%s)\n     %s\n     %s\n",
	    good || j->code == CODE_PROHIBITED ? " by" : "; nearest is",
	    rule_id(j->rule), rule_mark(j->rule), rule_law(j->rule),
	    rule_text(j->rule));
	for (size_t i = 0; i < j->n_missing; i++)
		printf("     %s %s%s", i == 0 ? "does not fit:" : "",
		    j->missing[i], i + 1 < j->n_missing ? ",\n" : "\n");
	if (e != NULL && !agrees(j, e))
		printf("     %sexpected %s %s%s%s\n",
		    colour(stdout, COLOUR_BAD),
		    e->outcome == OUTCOME_PERMIT ? "permit" : "refuse",
		    e->rule != NULL ? e->rule : "",
		    e->code != NULL ? e->code : "",
		    colour(stdout, COLOUR_PLAIN));
}

static json_t *
told_json(const struct told *t)
{
	const struct judgement *j = &t->judgement;
	json_t *o = json_pack("{s:s, s:s, s:s}", "role",
	    TAXONOMY_ID(role, t->role), "outcome", outcome_word(j), "code",
	    code_name(j->code));
	json_t *missing = json_array();

	for (size_t i = 0; i < j->n_missing; i++)
		json_array_append_new(missing, json_string(j->missing[i]));
	json_object_set_new(o, "missing", missing);
	if (t->addressee->node != NULL)
		json_object_set_new(o, "node", json_string(t->addressee->node));
	if (j->rule == NULL)
		return o;
	json_object_set_new(o, "rule", json_string(rule_id(j->rule)));
	json_object_set_new(o, "law", json_string(rule_law(j->rule)));
	json_object_set_new(o, "mark", json_string(rule_mark(j->rule)));
	json_object_set_new(o, "text_en", json_string(rule_text(j->rule)));
	json_object_set_new(o, "text_da", json_string(rule_text_da(j->rule)));
	return o;
}

static void
print_head(const struct scene *s, const char *file, const PbDraft *d,
    const PbGrounds *g)
{
	const char *k = g->bopaelskommune;

	print_text(stdout, file);
	printf(": %s from %s, %s\n", TAXONOMY_ID(kind, d->kind),
	    TAXONOMY_ID(role, d->role),
	    d->has_urgency && d->urgency == URGENCY_ACUTE ? "acute" :
							    "ordinary");
	if (s->has_case)
		printf("  assumed: state %s, police %s%s%s\n",
		    TAXONOMY_ID(case_state, s->kase.state),
		    s->kase.police_looked ? "have looked" : "have not looked",
		    s->linked ? ", police alone" : "",
		    s->kase.claimed_acute ? ", claimed acute" : "");
	if (s->law->places != NULL && k != NULL) {
		const char *name = places_kommune_name(s->law->places, k);
		const char *kreds = places_politikreds(
		    s->law->places, k, s->at_ms);
		const char *region = places_region(s->law->places, k, s->at_ms);

		printf("  place: kommune ");
		print_text(stdout, k);
		printf(" (%s), politikreds %s, region %s\n",
		    name != NULL ? name : "unknown",
		    kreds != NULL ? kreds : "unknown",
		    region != NULL ? region : "unknown");
	}
}

static json_t *
head_json(const struct scene *s, const char *file, const PbDraft *d)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "file", file, "kind",
	    TAXONOMY_ID(kind, d->kind), "from", TAXONOMY_ID(role, d->role),
	    "state", TAXONOMY_ID(case_state, s->kase.state));
}

/* Prints one draft's verdicts; false when the answer is no. */
static bool
explain_draft(struct scene *s, const char *file, const PbDraft *d, bool *fine)
{
	PbGrounds none = PB_GROUNDS__INIT;
	PbGrounds *g = d->grounds != NULL ? d->grounds : &none;
	json_t *head = s->json ? head_json(s, file, d) : NULL;
	json_t *list = s->json ? json_array() : NULL;
	json_t *notices = s->json ? json_array() : NULL;
	const char *notice[NOTICES_MAX];
	struct facts facts = { 0 };
	size_t n = 0;
	bool yes = true;

	if (!s->json)
		print_head(s, file, d, g);
	for (size_t i = 0; i < d->n_addressee; i++) {
		const PbExpectation *e = s->expect && i < d->n_expect ?
		    d->expect[i] :
		    NULL;
		struct told t;

		if (!judge_one(s, d, g, d->addressee[i], &t, &facts)) {
			*fine = false;
			break;
		}
		yes = yes &&
		    (e != NULL ? agrees(&t.judgement, e) :
				 t.judgement.outcome == OUTCOME_PERMIT);
		if (s->json)
			json_array_append_new(list, told_json(&t));
		else
			print_told(&t, e);
	}
	if (d->n_addressee > 0)
		n = rules_notices(
		    s->law->rules, &facts, s->at_ms, notice, NOTICES_MAX);
	for (size_t i = 0; i < n; i++)
		if (s->json)
			json_array_append_new(notices, json_string(notice[i]));
		else
			printf("  notice: %s\n", notice[i]);
	if (s->json) {
		json_object_set_new(head, "addressee", list);
		json_object_set_new(head, "notice", notices);
		*fine = print_json(head) && *fine;
	}
	return yes;
}

static int
explain_file(struct scene *s, struct arena *arena, const char *file)
{
	struct bytes text;
	ProtobufCMessage *m;
	const PbDraft *d;
	struct why why;
	bool fine = true, yes;

	if (file_read(arena, file, DRAFT_FILE_MAX, &text, &why) != ERR_OK)
		return trouble("%s", why.text);
	if (json_parse(arena, &pb_draft__descriptor, text, now_ms(), &m,
		&why) != ERR_OK)
		return trouble("%s: %s", file, why.text);
	d = (const PbDraft *)(const void *)m;
	if (!d->has_role)
		return trouble(
		    "%s: found no role, expected the sender's", file);
	if (!read_scene(s, d))
		return EXIT_USAGE;
	yes = explain_draft(s, file, d, &fine);
	if (!fine)
		return EXIT_USAGE;
	return yes ? EXIT_YES : EXIT_NO;
}

int
rules_explain(const struct args *a, const struct rules_law *law)
{
	struct scene s = { .args = a,
		.law = law,
		.json = args_has(a, "json"),
		.expect = args_has(a, "expect") };
	int worst = EXIT_YES;

	for (size_t i = 0; i < a->n_operand; i++) {
		struct arena *arena;
		int code;

		if (arena_new(&arena, 8 * DRAFT_FILE_MAX) != ERR_OK)
			return trouble("no memory");
		code = explain_file(&s, arena, a->operand[i]);
		arena_free(arena);
		if (code > worst)
			worst = code;
	}
	return worst;
}
