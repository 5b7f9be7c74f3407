/*
 * SPDX-License-Identifier: MIT
 *
 * check_table: how a rule table hangs together; see check.h.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/law/vital.h"
#include "proto/taxonomy.h"

#define INSTANTS_MAX 256
#define INSTEAD_MAX 8 /* rules named that decide instead */

/* A table at each time that matters. */
struct checked {
	const struct rules *rules;
	uint64_t at[INSTANTS_MAX];
	struct space *space[INSTANTS_MAX];
	size_t n;
	bool failed; /* a question without an answer; sticks */
};

static bool
found(struct checked *c, size_t instant, const struct space_question *q,
    struct space_answer *out)
{
	if (!c->failed && space_find(c->space[instant], q, out) != ERR_OK)
		c->failed = true;
	return !c->failed && out->found;
}

static bool
found_ever(struct checked *c, const struct space_question *q)
{
	struct space_answer a;

	for (size_t i = 0; i < c->n && !c->failed; i++)
		if (found(c, i, q, &a))
			return true;
	return false;
}

/* -------------------------------------------------- rules without effect */

static bool
is_valid(const struct rule *r, uint64_t at_ms)
{
	return at_ms >= r->from_ms && at_ms < r->to_ms;
}

/* A clause that asks for what a row asks and a box cannot say. */
static struct clause
relation_of(const struct row *row)
{
	struct clause c;

	memset(&c, 0, sizeof(c));
	memset(c.match.set, 0xff, sizeof(c.match.set));
	c.relation_any = row->relation;
	c.basis_any = UINT32_MAX;
	return c;
}

/*
 * Who decides where this rule would: asked again and again with all but
 * those already named, so the list is complete.
 */
static json_t *
instead_of(struct checked *c, size_t instant, struct space_question q)
{
	const struct rule *named[INSTEAD_MAX];
	json_t *list = json_array();
	struct space_answer a;
	struct judgement j;

	q.want[0] = (struct space_want){ .outcome = SPACE_WHATEVER,
		.except = named };
	while (q.want[0].n_except < INSTEAD_MAX && found(c, instant, &q, &a)) {
		judge(c->rules, &a.facts, c->at[instant], &j);
		if (j.rule == NULL || j.code == CODE_NO_PERMIT)
			break;
		named[q.want[0].n_except++] = j.rule;
		json_array_append_new(list, json_string(rule_id(j.rule)));
	}
	return list;
}

static json_t *
silent(const struct rule *r, size_t alternative, json_t *instead)
{
	json_t *o = json_pack(
	    "{s:s, s:o}", "rule", rule_id(r), "instead", instead);

	if (alternative > 0)
		json_object_set_new(
		    o, "alternative", json_integer((json_int_t)alternative));
	return o;
}

/* The alternatives of a permit's row: by box, all bases of one each. */
static void
add_instead(json_t *all, json_t *more)
{
	json_t *v;
	size_t i, k;

	json_array_foreach(more, i, v) {
		bool there = false;

		for (k = 0; k < json_array_size(all); k++)
			there |= json_equal(json_array_get(all, k), v);
		if (!there)
			json_array_append(all, v);
	}
	json_decref(more);
}

static void
check_row(
    struct checked *c, const struct row *row, size_t alternative, json_t *out)
{
	const struct clause where = relation_of(row);
	struct space_question q = space_ask();
	struct term term[TERMS_MAX];
	json_t *instead;
	size_t first = c->n, n;

	q.want[0].row = row;
	q.want[0].outcome = SPACE_PERMIT | SPACE_PARK;
	for (size_t i = 0; i < c->n && !c->failed; i++) {
		struct space_answer a;

		if (!is_valid(row->rule, c->at[i]))
			continue;
		first = first < i ? first : i;
		if (found(c, i, &q, &a))
			return;
	}
	if (first == c->n || c->failed)
		return;
	instead = json_array();
	n = row_terms(row, term);
	for (size_t i = 0; i < n; i++) {
		q.box = term[i].box;
		q.when = &where;
		q.n_when = 1;
		add_instead(instead, instead_of(c, first, q));
	}
	json_array_append_new(out, silent(row->rule, alternative, instead));
}

static void
check_prohibition(struct checked *c, const struct rule *r, json_t *out)
{
	struct space_question q = space_ask();
	size_t first = c->n;

	q.want[0].by = r;
	q.want[0].outcome = SPACE_REFUSE;
	for (size_t i = 0; i < c->n && !c->failed; i++) {
		struct space_answer a;

		if (!is_valid(r, c->at[i]))
			continue;
		first = first < i ? first : i;
		if (found(c, i, &q, &a))
			return;
	}
	if (first == c->n || c->failed)
		return;
	q.when = r->any;
	q.n_when = r->n_any;
	q.unless = r->unless;
	q.n_unless = r->n_unless;
	json_array_append_new(out, silent(r, 0, instead_of(c, first, q)));
}

/* A duty is raised beside all others: only its own clauses can hinder it. */
static void
check_duty(struct checked *c, const struct rule *r, json_t *out)
{
	struct space_question q = space_ask();

	q.when = r->any;
	q.n_when = r->n_any;
	q.unless = r->unless;
	q.n_unless = r->n_unless;
	if (!found_ever(c, &q) && !c->failed)
		json_array_append_new(out, silent(r, 0, json_array()));
}

static json_t *
check_silent(struct checked *c)
{
	const struct rules *r = c->rules;
	json_t *out = json_array();

	for (size_t i = 0; i < r->n_prohibition; i++)
		check_prohibition(c, r->prohibition[i], out);
	for (size_t i = 0; i < r->n_row; i++) {
		size_t before = 0, after = 0;

		while (
		    before < i && r->row[i - before - 1].rule == r->row[i].rule)
			before++;
		while (i + after + 1 < r->n_row &&
		    r->row[i + after + 1].rule == r->row[i].rule)
			after++;
		check_row(
		    c, &r->row[i], before + after > 0 ? before + 1 : 0, out);
	}
	for (size_t i = 0; i < r->n_duty; i++)
		check_duty(c, r->duty[i], out);
	return out;
}

/* ------------------------------------------------------ kinds, answers */

static json_t *
check_kinds(struct checked *c)
{
	const ProtobufCEnumDescriptor *list = &pb_kind__descriptor;
	json_t *out = json_array();

	for (size_t i = 0; i < list->n_values; i++) {
		struct space_question q = space_ask();
		int kind = list->values[i].value;

		q.box.set[FIELD_KIND] = 1ULL << kind;
		q.want[0].outcome = SPACE_PERMIT | SPACE_PARK;
		if (!found_ever(c, &q) && !c->failed)
			json_array_append_new(
			    out, json_string(TAXONOMY_ID(kind, kind)));
	}
	return out;
}

/* What asks, what answers it, and how one says no to it. */
static const struct {
	PbKind ask;
	PbKind reply[3];
	bool no;
} requests[] = {
	{ KIND_INFO_REQUEST, { KIND_INFO_ANSWER }, false },
	{ KIND_INFO_REQUEST, { KIND_INFO_DECLINE }, true },
	{ KIND_MEETING_SUMMONS, { KIND_MEETING_REPLY }, false },
	{ KIND_MEETING_SUMMONS, { KIND_INFO_DECLINE, KIND_MEETING_REPLY },
	    true },
	{ KIND_STATUS_REQUEST,
	    { KIND_STATUS_REPORT, KIND_INFO_ANSWER, KIND_ADDENDUM }, false },
	{ KIND_STATUS_REQUEST, { KIND_INFO_DECLINE }, true },
	{ KIND_REPORTER_QUESTION, { KIND_ADDENDUM, KIND_INFO_ANSWER }, false },
	{ KIND_REPORTER_QUESTION, { KIND_INFO_DECLINE }, true },
	{ KIND_RECOMMENDATION, { KIND_RECOMMENDATION_REPLY }, false },
	{ KIND_RECOMMENDATION, { KIND_INFO_DECLINE, KIND_RECOMMENDATION_REPLY },
	    true },
};

static bool
may_pass(struct checked *c, uint64_t kinds, int from, int to, bool no)
{
	struct space_question q = space_ask();

	q.box.set[FIELD_KIND] = kinds;
	q.box.set[FIELD_FROM] = 1ULL << from;
	q.box.set[FIELD_TO] = 1ULL << to;
	q.want[0].outcome = SPACE_PERMIT | SPACE_PARK;
	if (no) { /* a no needs nobody's leave, and says nothing */
		q.want[0].outcome = SPACE_PERMIT;
		for (int k = CATEGORY_IDENTITY; k < CATEGORY_LOGISTICS; k++)
			box_set_bit(&q.box, BOX_CARRIES(k), false);
	}
	return found_ever(c, &q);
}

static void
check_request(struct checked *c, size_t n, int from, int to, json_t *to_list)
{
	uint64_t replies = 0;

	if (!may_pass(c, 1ULL << requests[n].ask, from, to, false))
		return;
	for (size_t i = 0; i < 3; i++)
		if (requests[n].reply[i] != 0)
			replies |= 1ULL << requests[n].reply[i];
	if (may_pass(c, replies, to, from, requests[n].no) || c->failed)
		return;
	json_array_append_new(to_list, json_string(TAXONOMY_ID(role, to)));
}

/* What this role may ask, and whoever then cannot answer or say no. */
static void
ask_everybody(struct checked *c, size_t n, int from, json_t *out)
{
	const ProtobufCEnumDescriptor *role = &pb_role__descriptor;
	json_t *to = json_array();

	/* Nobody holds that role, and so nobody asks as it. */
	for (size_t k = 0; from != ROLE_INFOHUS && k < role->n_values; k++)
		check_request(c, n, from, role->values[k].value, to);
	if (json_array_size(to) > 0)
		json_array_append_new(out,
		    json_pack("{s:s, s:s, s:O, s:s}", "kind",
			TAXONOMY_ID(kind, requests[n].ask), "from",
			TAXONOMY_ID(role, from), "to", to, "lacks",
			requests[n].no ? "no" : "answer"));
	json_decref(to);
}

static json_t *
check_requests(struct checked *c)
{
	const ProtobufCEnumDescriptor *role = &pb_role__descriptor;
	json_t *out = json_array();

	for (size_t n = 0; n < sizeof(requests) / sizeof(requests[0]); n++)
		for (size_t i = 0; i < role->n_values; i++)
			ask_everybody(c, n, role->values[i].value, out);
	return out;
}

/* ---------------------------------------------------- overlaps and roles */

static json_t *
overlap(const struct checked *c, const struct rule *one,
    const struct rule *other, const struct facts *f)
{
	struct judgement j;
	char words[2000];

	judge(c->rules, f, c->at[0], &j);
	space_words(f, words, sizeof(words));
	return json_pack("{s:s, s:s, s:s, s:s}", "one", rule_id(one), "other",
	    rule_id(other), "decides", j.rule != NULL ? rule_id(j.rule) : "",
	    "example", words);
}

static json_t *
check_overlaps(struct checked *c, bool pairs)
{
	const struct rules *r = c->rules;
	json_t *list = json_array();
	size_t n = 0;

	for (size_t i = 0; i < r->n_rule; i++)
		for (size_t k = i + 1; k < r->n_rule && !c->failed; k++) {
			const struct rule *a = &r->rule[i], *b = &r->rule[k];
			struct space_answer answer;

			if (a->class != RULE_PERMIT || b->class != RULE_PERMIT)
				continue;
			if (space_overlap(c->space[0], a, b, &answer) != ERR_OK)
				c->failed = true;
			else if (answer.found && ++n && pairs)
				json_array_append_new(
				    list, overlap(c, a, b, &answer.facts));
		}
	if (!pairs) {
		json_decref(list);
		return json_pack("{s:I}", "count", (json_int_t)n);
	}
	return json_pack("{s:I, s:o}", "count", (json_int_t)n, "pairs", list);
}

/* Roles that no permit has as this field. */
static json_t *
check_roles(struct checked *c, enum field f)
{
	const ProtobufCEnumDescriptor *role = &pb_role__descriptor;
	json_t *out = json_array();

	for (size_t i = 0; i < role->n_values; i++) {
		struct space_question q = space_ask();
		int n = role->values[i].value;

		q.box.set[f] = 1ULL << n;
		q.want[0].outcome = SPACE_PERMIT | SPACE_PARK;
		if (!found_ever(c, &q) && !c->failed)
			json_array_append_new(
			    out, json_string(TAXONOMY_ID(role, n)));
	}
	return out;
}

/* ------------------------------------------------------------------ table */

static bool
open_spaces(struct checked *c, uint64_t at_ms)
{
	size_t n = rules_instants(c->rules, at_ms, c->at, INSTANTS_MAX);

	if (n > INSTANTS_MAX)
		return false;
	for (; c->n < n; c->n++) {
		c->space[c->n] = space_new(c->rules, NULL, c->at[c->n]);
		if (c->space[c->n] == NULL)
			return false;
	}
	return true;
}

json_t *
check_table(const struct rules *r, uint64_t at_ms, bool pairs, bool *sound)
{
	struct checked c = { .rules = r };
	json_t *silent_rules, *kinds, *requests_open, *out = NULL;

	if (open_spaces(&c, at_ms)) {
		silent_rules = check_silent(&c);
		kinds = check_kinds(&c);
		requests_open = check_requests(&c);
		*sound = json_array_size(silent_rules) == 0 &&
		    json_array_size(kinds) == 0 &&
		    json_array_size(requests_open) == 0;
		out = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "silent",
		    silent_rules, "kinds_without_permit", kinds,
		    "requests_without_reply", requests_open, "overlaps",
		    check_overlaps(&c, pairs), "roles_not_reached",
		    check_roles(&c, FIELD_TO), "roles_not_heard",
		    check_roles(&c, FIELD_FROM));
	}
	for (size_t i = 0; i < c.n; i++)
		space_free(c.space[i]);
	if (c.failed) {
		json_decref(out);
		return NULL;
	}
	return out;
}

/* ------------------------------------------------------------------ steps */

/* One state, kind, event and role; what it must never lead to. */
static const char *
wrong_step(PbCaseState from, PbKind kind, PbRole role, const struct step *s)
{
	bool effort = s->to == CASE_STATE_ACTION ||
	    s->to == CASE_STATE_FOLLOW_UP;
	bool tovholder = role == ROLE_KOM_TOVHOLDER ||
	    role == ROLE_POL_TOVHOLDER;

	if (effort && from != CASE_STATE_ACTION &&
	    from != CASE_STATE_FOLLOW_UP &&
	    (tovholder || kind == KIND_RECOMMENDATION))
		return "a recommendation starts an effort; only the authority "
		       "that got it may";
	if (kind == KIND_POLICE_ALONE && role != ROLE_POL_TOVHOLDER &&
	    role != ROLE_POL_VAGT)
		return "someone but police takes a case alone";
	if (from == CASE_STATE_POLICE_ONLY && s->to != from &&
	    role != ROLE_POL_TOVHOLDER)
		return "someone but the police tovholder ends that police "
		       "have a case alone";
	return NULL;
}

static void
check_step(const struct workflow *w, PbCaseState from, PbKind kind, int event,
    PbRole role, json_t *out)
{
	const char *wrong;
	struct step s;

	if (!workflow_step(w, from, kind, event, role, &s))
		return;
	wrong = wrong_step(from, kind, role, &s);
	if (wrong != NULL)
		json_array_append_new(out,
		    json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind",
			TAXONOMY_ID(kind, kind), "from",
			TAXONOMY_ID(role, role), "state",
			TAXONOMY_ID(case_state, from), "to",
			TAXONOMY_ID(case_state, s.to), "found", wrong));
}

static void
check_vital(const struct workflow *w, json_t *out)
{
	struct lack lack[LACKS_MAX];
	size_t n = vital_lacks(w, lack);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(out,
		    json_pack("{s:s, s:s, s:s, s:s}", "kind",
			TAXONOMY_ID(kind, lack[i].kind), "from",
			TAXONOMY_ID(role, lack[i].role), "state",
			TAXONOMY_ID(case_state, lack[i].state), "found",
			"no step that does it, though it is vital"));
}

json_t *
check_steps(const struct workflow *w, bool *sound)
{
	const ProtobufCEnumDescriptor *state = &pb_case_state__descriptor;
	const ProtobufCEnumDescriptor *kind = &pb_kind__descriptor;
	const ProtobufCEnumDescriptor *role = &pb_role__descriptor;
	json_t *out = json_array();

	check_vital(w, out);
	for (size_t s = 0; s < state->n_values; s++) {
		PbCaseState from = (PbCaseState)state->values[s].value;

		for (size_t k = 0; k < kind->n_values; k++)
			for (size_t r = 0; r < role->n_values; r++)
				for (int event = 0; event <= EVENT_DENIED;
				     event++)
					check_step(w, from,
					    (PbKind)kind->values[k].value,
					    event,
					    (PbRole)role->values[r].value, out);
	}
	*sound = json_array_size(out) == 0;
	return out;
}
