/*
 * SPDX-License-Identifier: MIT
 *
 * R5 place, R6 judge and what R7 does to a case, over the shipped rules,
 * places and workflow and a small registry. Who is reached, what is told to
 * the sender, and what stays with police.
 */
#include "scratch.h"

#include "daemon/core/r6_judge.h"
#include "daemon/core/r7_case.h"
#include "daemon/ledger/cases.h"
#include "proto/envelope.h"

#define NOW 1796000000000ull	 /* 29 November 2026 */
#define IN_2027 1798758000000ull /* 1 January 2027, 00:00 Danish time */

struct grant {
	PbRole role;
	PbPlaceKind kind;
	const char *code;
	uint64_t from, to;
};

struct node {
	const char *id;
	struct grant grant[2];
};

static const struct node nodes[] = {
	{ "kommune/0101",
	    { { ROLE_KOM_TOVHOLDER, PLACE_KIND_KOMMUNE, "0101", 0, 0 } } },
	{ "kommune/0101/jobcenter",
	    { { ROLE_JOBCENTER, PLACE_KIND_KOMMUNE, "0101", 0, 0 } } },
	{ "kommune/0101/skole-x",
	    { { ROLE_SKOLE, PLACE_KIND_KOMMUNE, "0101", 0, 0 } } },
	{ "kommune/0101/boern",
	    { { ROLE_BOERN_FAMILIE, PLACE_KIND_KOMMUNE, "0101", 0, 0 } } },
	{ "kommune/0101/social",
	    { { ROLE_KOM_PART, PLACE_KIND_KOMMUNE, "0101", 0, 0 } } },
	{ "kommune/0101/kultur",
	    { { ROLE_KOM_PART, PLACE_KIND_KOMMUNE, "0101", 0, 0 } } },
	{ "kommune/0183",
	    { { ROLE_KOM_TOVHOLDER, PLACE_KIND_KOMMUNE, "0183", 0, 0 } } },
	{ "politi/1470",
	    { { ROLE_POL_TOVHOLDER, PLACE_KIND_POLITIKREDS, "1470", 0, 0 },
		{ ROLE_POL_VAGT, PLACE_KIND_POLITIKREDS, "1470", 0, 0 } } },
	{ "politi/1469",
	    { { ROLE_POL_TOVHOLDER, PLACE_KIND_POLITIKREDS, "1469", 0, 0 } } },
	{ "psykiatri/1084",
	    { { ROLE_BEHANDLINGSPSYKIATRI, PLACE_KIND_REGION, "1084", 0,
		IN_2027 } } },
	{ "psykiatri/oest",
	    { { ROLE_BEHANDLINGSPSYKIATRI, PLACE_KIND_REGION, "oestdanmark",
		IN_2027, 0 } } },
	{ "kriminalforsorg/oest",
	    { { ROLE_KRIMINALFORSORG, PLACE_KIND_COUNTRY, NULL, 0, 0 } } },
};

struct world {
	struct scratch *s;
	struct registry *registry;
	struct law law;
	PbHeader header;
	PbGrounds grounds;
	PbAddressee addressee[4];
	PbAddressee *list[4];
	size_t n_addressee;
	PbCase *kase;
	uint64_t now;
	bool linked, missing, answers;
	uint8_t id[ID_SIZE];
	PbBasis basis[4];
	PbCategory section[4][4];
	struct answer answer;
};

static struct bytes
slurp(struct arena *a, const char *path)
{
	uint8_t *data = arena_alloc(a, 1u << 20);
	FILE *f = fopen(path, "rbe");

	assert_non_null(data);
	if (f == NULL)
		fail_msg("%s: tests run from the top folder", path);
	size_t n = fread(data, 1, 1u << 20, f);
	fclose(f);
	return bytes_of(data, n);
}

static void
admit(struct world *w, struct txn *t, const struct node *n, const uint8_t *der,
    size_t der_len)
{
	struct arena *a = w->s->arena;
	PbRoleGrant grant[2], *grants[2] = { &grant[0], &grant[1] };
	PbCard card = PB_CARD__INIT;
	PbApproved approved = PB_APPROVED__INIT;
	PbObject object = PB_OBJECT__INIT;
	struct bytes packed;
	struct why why;

	card.node = (char *)(uintptr_t)n->id;
	card.display_name = (char *)(uintptr_t) "test";
	card.certificate = (ProtobufCBinaryData){ der_len,
		(uint8_t *)(uintptr_t)der };
	card.serial = 1;
	card.role = grants;
	for (size_t i = 0; i < 2 && n->grant[i].role != 0; i++) {
		pb_role_grant__init(&grant[i]);
		grant[i].role = n->grant[i].role;
		grant[i].has_place = true;
		grant[i].place = n->grant[i].kind;
		grant[i].code = (char *)(uintptr_t)n->grant[i].code;
		grant[i].from = n->grant[i].from;
		grant[i].has_to = n->grant[i].to != 0;
		grant[i].to = n->grant[i].to;
		card.n_role++;
	}
	assert_err(envelope_pack(a, &card, &packed), ERR_OK);
	object.kind = OBJECT_CARD;
	object.version = 1;
	object.bytes = (ProtobufCBinaryData){ packed.len,
		(uint8_t *)(uintptr_t)packed.data };
	approved.object = &object;
	assert_err(envelope_pack(a, &approved, &packed), ERR_OK);
	if (registry_admit(t, a, packed, &card, 64, &why) != ERR_OK)
		fail_msg("%s: %s", n->id, why.text);
}

static void
load_law(struct world *w)
{
	struct problems p = { 0 };
	struct arena *a = w->s->arena;

	w->law.rules = rules_load(
	    "config/rules.yaml", slurp(a, "config/rules.yaml"), &p);
	w->law.places = places_load(
	    "config/places.yaml", slurp(a, "config/places.yaml"), &p);
	w->law.workflow = workflow_load(
	    "config/workflow.yaml", slurp(a, "config/workflow.yaml"), &p);
	if (p.count > 0)
		fail_msg("%s", p.text);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	const char *key, *pem;
	struct signer *signer;
	struct why why;
	struct txn *t;

	assert_non_null(w);
	scratch_setup((void **)&w->s);
	key = scratch_path(w->s, "k");
	pem = scratch_path(w->s, "c");
	if (keys_issue(key, pem, KEY_ED25519, "test", NULL, NULL, NULL, 1,
		&why) != ERR_OK ||
	    signer_load(&signer, key, pem, &why) != ERR_OK)
		fail_msg("%s", why.text);
	struct bytes der = cert_der(signer_cert(signer));
	t = scratch_write(w->s);
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
		admit(w, t, &nodes[i], der.data, der.len);
	signer_free(signer);
	assert_err(registry_load(&w->registry, t, &why), ERR_OK);
	scratch_commit(t);
	load_law(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	registry_unref(w->registry);
	rules_free(w->law.rules);
	places_free(w->law.places);
	workflow_free(w->law.workflow);
	scratch_teardown((void **)&w->s);
	free(w);
	return 0;
}

/* ------------------------------------------------------------------ words */

static char *
str(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* A new message; everything but kind, sender and role as usual. */
static void
message(struct world *w, PbKind kind, const char *sender, PbRole role)
{
	pb_header__init(&w->header);
	pb_grounds__init(&w->grounds);
	w->n_addressee = 0;
	w->now = NOW;
	w->linked = w->missing = w->answers = false;
	w->header.kind = kind;
	w->header.sender = str(sender);
	w->header.role = role;
	w->header.urgency = URGENCY_ORDINARY;
	w->header.created = NOW;
	w->header.expires = NOW + DAY_MS;
	if (kind != KIND_UNDERRETNING) {
		w->header.has_case_id = true;
		w->header.case_id = (ProtobufCBinaryData){ ID_SIZE, w->id };
	}
	w->grounds.bopaelskommune = str("0101");
	w->grounds.has_age = true;
	w->grounds.age = AGE_ADULT;
	w->grounds.necessity = str("needed");
	w->basis[0] = BASIS_RPL_115_2;
}

static PbAddressee *
to_role(struct world *w, PbRole role, PbRelation relation)
{
	PbAddressee *a = &w->addressee[w->n_addressee];

	pb_addressee__init(a);
	w->list[w->n_addressee] = a;
	a->has_role = true;
	a->role = role;
	if (role != ROLE_INFOHUS) {
		a->has_relation = true;
		a->relation = relation;
		a->n_section = 1;
		a->section = w->section[w->n_addressee];
		a->section[0] = CATEGORY_CONCERN;
		a->n_basis = 1;
		a->basis = w->basis;
		a->cooperation = COOPERATION_SSP;
	}
	a->has_purpose = a->has_necessity = true;
	a->purpose = PURPOSE_CRIME_PREVENTION;
	a->necessity = NECESSITY_ASSESSMENT;
	w->n_addressee++;
	return a;
}

static PbAddressee *
to_node(struct world *w, const char *node)
{
	PbAddressee *a = to_role(w, ROLE_KOM_TOVHOLDER, RELATION_ANY);

	a->has_role = a->has_relation = false;
	a->node = str(node);
	return a;
}

static bool
answers(void *ctx, const char *recipient)
{
	(void)recipient;
	return ((struct world *)ctx)->answers;
}

static struct question
question_of(struct world *w)
{
	return (struct question){ .registry = w->registry,
		.law = &w->law,
		.sender = registry_find(w->registry, w->header.sender),
		.header = &w->header,
		.grounds = &w->grounds,
		.n_addressee = w->n_addressee,
		.addressee = w->list,
		.kase = w->kase,
		.case_missing = w->missing,
		.linked_police_alone = w->linked,
		.key_valid = true,
		.at_ms = w->now,
		.answers = answers,
		.ctx = w };
}

static void
ask(struct world *w)
{
	struct question q = question_of(w);

	r6_judge(&q, &w->answer);
}

/* Judges and lets the case take the step. */
static void
take(struct world *w)
{
	struct question q = question_of(w);
	PbTransition *t;
	bool changed;

	r6_judge(&q, &w->answer);
	assert_err(r7_case(w->s->arena, &q, &w->answer, &w->kase, &changed, &t),
	    ERR_OK);
}

static void
expect(struct world *w, size_t i, const char *node, const char *code)
{
	const struct recipient *r = &w->answer.recipient[i];

	assert_true(i < w->answer.n);
	assert_string_equal(code_name(r->real.code), code);
	if (node == NULL)
		assert_null(r->node);
	else {
		assert_non_null(r->node);
		assert_string_equal(r->node->id, node);
	}
}

/* -------------------------------------------------------------- R5 place */

static void
police_by_district(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101", ROLE_KOM_TOVHOLDER);
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	ask(w);
	expect(w, 0, "politi/1470", "ok");
	/* Ishøj lies in Region Hovedstaden too, but in another district. */
	w->grounds.bopaelskommune = str("0183");
	ask(w);
	expect(w, 0, "politi/1469", "ok");
	/* Police are never found through the region. */
	w->addressee[0].relation = RELATION_REGION_OF_SUBJECT;
	ask(w);
	expect(w, 0, NULL, "no_recipient");
}

static void
psychiatry_by_region_and_time(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101", ROLE_KOM_TOVHOLDER);
	to_role(w, ROLE_BEHANDLINGSPSYKIATRI, RELATION_REGION_OF_SUBJECT);
	w->now = IN_2027 - 1;
	w->header.expires = IN_2027 + DAY_MS;
	w->header.created = w->now;
	ask(w);
	assert_string_equal(w->answer.recipient[0].node->id, "psykiatri/1084");
	w->now = IN_2027;
	ask(w);
	assert_string_equal(w->answer.recipient[0].node->id, "psykiatri/oest");
}

static void
what_cannot_be_placed_is_named(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	w->grounds.bopaelskommune = str("9999");
	ask(w);
	expect(w, 0, NULL, "unknown_kommune");
	w->grounds.bopaelskommune = str("0851");
	ask(w);
	expect(w, 0, NULL, "no_recipient");
	w->grounds.bopaelskommune = NULL;
	ask(w);
	expect(w, 0, NULL, "no_recipient");
	w->n_addressee = 0;
	to_node(w, "kommune/0999");
	ask(w);
	expect(w, 0, NULL, "no_recipient");
	/* Two nodes are kom_part of København: the unit must be named. */
	w->n_addressee = 0;
	w->grounds.bopaelskommune = str("0101");
	to_role(w, ROLE_KOM_PART, RELATION_KOMMUNE_OF_SUBJECT);
	ask(w);
	expect(w, 0, NULL, "ambiguous_recipient");
	w->addressee[0].unit = str("kultur");
	ask(w);
	assert_string_equal(
	    w->answer.recipient[0].node->id, "kommune/0101/kultur");
	/* One node, two roles: the role must be named. */
	w->n_addressee = 0;
	to_node(w, "politi/1470");
	ask(w);
	expect(w, 0, NULL, "ambiguous_recipient");
}

static void
acute_always_finds_police(void **state)
{
	static const struct {
		const char *why, *kommune, *sender;
		PbRole role, to;
		const char *node;
	} table[] = {
		{ "the subject's district", "0183", "kommune/0101",
		    ROLE_KOM_TOVHOLDER, ROLE_POL_TOVHOLDER, "politi/1469" },
		{ "no police duty there: its tovholder", "0183", "kommune/0101",
		    ROLE_KOM_TOVHOLDER, ROLE_POL_VAGT, "politi/1469" },
		{ "no kommune known: the sender's district", NULL,
		    "kommune/0101/skole-x", ROLE_SKOLE, ROLE_POL_TOVHOLDER,
		    "politi/1470" },
		{ "a kommune that does not exist", "9999",
		    "kommune/0101/skole-x", ROLE_SKOLE, ROLE_POL_TOVHOLDER,
		    "politi/1470" },
		{ "a district without a node", "0851", "kommune/0183",
		    ROLE_KOM_TOVHOLDER, ROLE_POL_TOVHOLDER, "politi/1469" },
	};
	struct world *w = *state;

	w->kase = NULL;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		message(w, KIND_CONCERN, table[i].sender, table[i].role);
		w->header.urgency = URGENCY_ACUTE;
		w->grounds.bopaelskommune = str(table[i].kommune);
		to_role(w, table[i].to, RELATION_DISTRICT_OF_SUBJECT);
		ask(w);
		if (w->answer.n != 1)
			fail_msg(
			    "%s: %zu recipients", table[i].why, w->answer.n);
		expect(w, 0, table[i].node, "ok");
	}
	/* A sender for the whole country: every district may be meant. */
	message(w, KIND_CONCERN, "kriminalforsorg/oest", ROLE_KRIMINALFORSORG);
	w->header.urgency = URGENCY_ACUTE;
	w->grounds.bopaelskommune = NULL;
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	ask(w);
	assert_int_equal(w->answer.n, 2);
	expect(w, 0, "politi/1469", "ok");
	expect(w, 1, "politi/1470", "ok");
}

static void
underretning_finds_the_child_unit(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_UNDERRETNING, "politi/1470", ROLE_POL_TOVHOLDER);
	to_role(w, ROLE_BOERN_FAMILIE, RELATION_KOMMUNE_OF_SUBJECT);
	w->basis[0] = BASIS_BL_133;
	w->addressee[0].purpose = PURPOSE_CHILD_PROTECTION;
	w->grounds.age = AGE_MINOR;
	w->grounds.has_concerned_child = true;
	w->grounds.concerned_child = CONCERNED_CHILD_SUBJECT;
	w->grounds.bopaelskommune = str("0183");
	w->grounds.custody_kommune = str("0101");
	ask(w);
	expect(w, 0, "kommune/0101/boern", "ok");
	/* Custody unknown: the sender's own kommune, which forwards. */
	message(w, KIND_UNDERRETNING, "kommune/0101/skole-x", ROLE_SKOLE);
	to_role(w, ROLE_BOERN_FAMILIE, RELATION_KOMMUNE_OF_SUBJECT);
	w->basis[0] = BASIS_BL_133;
	w->addressee[0].purpose = PURPOSE_CHILD_PROTECTION;
	w->grounds.age = AGE_MINOR;
	w->grounds.has_concerned_child = true;
	w->grounds.concerned_child = CONCERNED_CHILD_SUBJECT;
	w->grounds.bopaelskommune = NULL;
	ask(w);
	expect(w, 0, "kommune/0101/boern", "ok");
}

/* -------------------------------------------------------------- R6 judge */

static void
the_whole_message_can_fail(void **state)
{
	static const struct {
		const char *code;
		int64_t created, expires;
		PbRole role;
		bool missing;
	} table[] = {
		{ "expired", 0, 0, ROLE_JOBCENTER, false },
		{ "expiry_too_long", 0, 32 * (int64_t)DAY_MS, ROLE_JOBCENTER,
		    false },
		{ "role_not_held", 0, (int64_t)DAY_MS, ROLE_SKOLE, false },
		{ "unknown_case", 0, (int64_t)DAY_MS, ROLE_JOBCENTER, true },
	};
	struct world *w = *state;

	w->kase = NULL;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		message(
		    w, KIND_CONCERN, "kommune/0101/jobcenter", table[i].role);
		w->header.expires = NOW + (uint64_t)table[i].expires;
		w->missing = table[i].missing;
		to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
		ask(w);
		expect(w, 0, "kommune/0101", table[i].code);
		/* The same, acute and to police, is flagged and passes. */
		w->n_addressee = 0;
		w->header.urgency = URGENCY_ACUTE;
		to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
		ask(w);
		expect(w, 0, "politi/1470", "ok");
		assert_string_equal(w->answer.recipient[0].flag, table[i].code);
	}
}

static void
a_key_that_is_not_valid_stops_even_acute(void **state)
{
	struct world *w = *state;
	struct question q;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	w->header.urgency = URGENCY_ACUTE;
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	q = question_of(w);
	q.key_valid = false;
	r6_judge(&q, &w->answer);
	expect(w, 0, "politi/1470", "key_not_valid");
}

/* A case opened by the jobcenter, known to both tovholdere. */
static void
open_case(struct world *w, PbUrgency urgency)
{
	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	w->header.urgency = urgency;
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	if (urgency == URGENCY_ORDINARY)
		to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	take(w);
	assert_non_null(w->kase);
	assert_int_equal(w->kase->state, CASE_STATE_RECEIVED);
}

static void
event(struct world *w, PbKind kind, const char *sender, PbRole role, int e)
{
	message(w, kind, sender, role);
	w->grounds.has_event = e != 0;
	w->grounds.event = (PbEvent)e;
	to_role(w, ROLE_INFOHUS, RELATION_ANY);
	take(w);
}

static void
screen(struct world *w)
{
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_STARTED);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_ACCEPTED);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_ACCEPTED);
	assert_int_equal(w->kase->state, CASE_STATE_INFO_GATHERING);
}

static void
claimed_acute_goes_to_police_first(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101/skole-x", ROLE_SKOLE);
	w->header.urgency = URGENCY_ACUTE;
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	take(w);
	expect(w, 0, "politi/1470", "ok");
	expect(w, 1, "kommune/0101", "prohibited");
	assert_string_equal(rule_id(w->answer.recipient[1].real.rule), "P20");
	/* The sender said acute itself: the reason tells nothing new. */
	assert_false(w->answer.recipient[1].withheld);
	assert_true(w->kase->claimed_acute);
	assert_false(cases_has_participant(w->kase, "kommune/0101", NOW));
}

/* What a sender outside police is told of its addendum to the tovholder. */
static struct recipient
addendum_to_kommune(struct world *w)
{
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	ask(w);
	return w->answer.recipient[0];
}

static void
told_alike_whatever_police_do(void **state)
{
	struct world *w = *state;
	struct recipient before, alone;

	open_case(w, URGENCY_ORDINARY);
	screen(w);
	before = addendum_to_kommune(w);
	assert_int_equal(before.real.outcome, OUTCOME_PERMIT);
	assert_false(before.withheld);
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_TOVHOLDER, 0);
	assert_int_equal(w->kase->state, CASE_STATE_POLICE_ONLY);
	alone = addendum_to_kommune(w);
	assert_int_equal(alone.real.outcome, OUTCOME_REFUSE);
	assert_string_equal(rule_id(alone.real.rule), "P02");
	assert_true(alone.withheld);
	/* Told the very same. */
	assert_int_equal(alone.told.outcome, before.told.outcome);
	assert_int_equal(alone.told.code, before.told.code);
	assert_ptr_equal(alone.told.rule, before.told.rule);
}

static void
anybody_may_always_tell_police(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_VAGT, 0);
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_POL_TOVHOLDER, RELATION_DISTRICT_OF_SUBJECT);
	ask(w);
	expect(w, 0, "politi/1470", "ok");
}

static void
a_linked_case_keeps_silent_too(void **state)
{
	struct world *w = *state;
	struct recipient r;

	open_case(w, URGENCY_ORDINARY);
	screen(w);
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	w->linked = true;
	ask(w);
	r = w->answer.recipient[0];
	assert_int_equal(r.real.outcome, OUTCOME_REFUSE);
	assert_true(r.withheld);
}

/* ---------------------------------------------------------- R7, the case */

static void
one_signature_has_no_effect(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_STARTED);
	assert_false(w->kase->police_looked);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_ACCEPTED);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_ACCEPTED);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
	/* Police decide otherwise: the two signatures do not meet. */
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_NOT_EXTREMISM);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
	assert_true(w->kase->police_looked);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_NOT_EXTREMISM);
	assert_int_equal(w->kase->state, CASE_STATE_REFERRED);
}

static void
a_signature_does_not_outlive_its_state(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_STARTED);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_NOT_EXTREMISM);
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_NOT_EXTREMISM);
	assert_int_equal(w->kase->state, CASE_STATE_REFERRED);
	/* Taken up again: what was signed the first time is of the past. */
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_STARTED);
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_NOT_EXTREMISM);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
}

/* ------------------------------------------------ R9, checked at hand-out */

static bool
held(struct world *w, PbRole to)
{
	struct facts_in in = { .header = &w->header,
		.grounds = &w->grounds,
		.addressee = w->list[0],
		.to_role = (int)to,
		.relation = 1u << RELATION_ANY,
		.kase = w->kase,
		.at_ms = w->now };

	return r6_is_held(&w->law, &in);
}

static void
hand_out_follows_the_case(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	screen(w);
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	assert_false(held(w, ROLE_KOM_TOVHOLDER));
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_TOVHOLDER, 0);
	message(w, KIND_ADDENDUM, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	assert_true(held(w, ROLE_KOM_TOVHOLDER));
	/* Police ask psychiatry while they have the case alone. */
	message(w, KIND_INFO_REQUEST, "politi/1470", ROLE_POL_TOVHOLDER);
	to_role(w, ROLE_BEHANDLINGSPSYKIATRI, RELATION_REGION_OF_SUBJECT);
	assert_false(held(w, ROLE_BEHANDLINGSPSYKIATRI));
	/* Their orientation goes out, their ordinary word to the kommune not.
	 */
	message(w, KIND_POLICE_ORIENTATION, "politi/1470", ROLE_POL_TOVHOLDER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	assert_false(held(w, ROLE_KOM_TOVHOLDER));
	message(w, KIND_ADDENDUM, "politi/1470", ROLE_POL_TOVHOLDER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	assert_true(held(w, ROLE_KOM_TOVHOLDER));
}

/* --------------------------------------- what police keep to themselves */

/* xorshift; a run is the same every time. */
static uint32_t
draw(uint32_t *s, uint32_t below)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	*s ^= *s << 5;
	return *s % below;
}

static const struct {
	const char *node;
	PbRole role;
} senders[] = {
	{ "kommune/0101", ROLE_KOM_TOVHOLDER },
	{ "kommune/0101/jobcenter", ROLE_JOBCENTER },
	{ "kommune/0101/social", ROLE_KOM_PART },
	{ "kommune/0101/skole-x", ROLE_SKOLE },
	{ "psykiatri/1084", ROLE_BEHANDLINGSPSYKIATRI },
	{ "kriminalforsorg/oest", ROLE_KRIMINALFORSORG },
};

static void
any_message(struct world *w, uint32_t *s)
{
	static const PbKind kinds[] = { KIND_CONCERN, KIND_ADDENDUM,
		KIND_INFO_REQUEST, KIND_INFO_ANSWER, KIND_INFO_DECLINE };
	static const PbRole roles[] = { ROLE_KOM_TOVHOLDER, ROLE_POL_TOVHOLDER,
		ROLE_KOM_PART, ROLE_SKOLE, ROLE_BEHANDLINGSPSYKIATRI };
	static const PbRelation relations[] = { RELATION_ANY,
		RELATION_SAME_AUTHORITY, RELATION_KOMMUNE_OF_SUBJECT,
		RELATION_DISTRICT_OF_SUBJECT, RELATION_PARTICIPANT };
	static const PbBasis bases[] = { BASIS_RPL_115_2, BASIS_INTERNAL,
		BASIS_SHL_43, BASIS_RPL_115_3 };
	size_t who = draw(s, 6);
	PbAddressee *a;

	message(w, kinds[draw(s, 5)], senders[who].node, senders[who].role);
	w->header.urgency = (PbUrgency)(draw(s, 8) == 0);
	w->grounds.age = (PbAge)draw(s, 3);
	w->answers = draw(s, 2) == 0;
	a = to_role(w, roles[draw(s, 5)], relations[draw(s, 5)]);
	w->basis[0] = bases[draw(s, 4)];
	a->cooperation = (PbCooperation)draw(s, 4);
	a->section[0] = (PbCategory)(CATEGORY_IDENTITY + draw(s, 12));
	if (a->role == ROLE_KOM_PART)
		a->unit = str("social");
}

static void
expect_alike(struct world *w, const struct answer *open, uint32_t round)
{
	for (size_t i = 0; i < open->n; i++) {
		const struct recipient *a = &open->recipient[i];
		const struct recipient *b = &w->answer.recipient[i];

		if (w->answer.n != open->n || a->node != b->node ||
		    a->told.outcome != b->told.outcome ||
		    a->told.code != b->told.code ||
		    a->told.rule != b->told.rule)
			fail_msg("message %u: told %s %s, then %s %s", round,
			    code_name(a->told.code),
			    a->told.rule ? rule_id(a->told.rule) : "-",
			    code_name(b->told.code),
			    b->told.rule ? rule_id(b->told.rule) : "-");
		if (b->real.outcome == OUTCOME_PERMIT && b->node != NULL &&
		    !r5_is_police(b->role))
			fail_msg("message %u: %s gets it though police have "
				 "the case alone",
			    round, b->node->id);
	}
}

static void
no_answer_tells_that_police_have_it(void **state)
{
	struct world *w = *state;
	PbCaseState open_state, seen;
	uint32_t s = 20261121;

	for (uint32_t round = 0; round < 20000; round++) {
		struct answer open;

		if (round % 500 == 0) {
			open_case(w, URGENCY_ORDINARY);
			if (round % 1000 == 0)
				screen(w);
		}
		open_state = w->kase->state;
		any_message(w, &s);
		ask(w);
		open = w->answer;
		/* The same moment in the other world. */
		seen = w->kase->apparent;
		w->kase->has_apparent = true;
		w->kase->apparent = open_state;
		w->kase->state = CASE_STATE_POLICE_ONLY;
		ask(w);
		expect_alike(w, &open, round);
		w->kase->state = open_state;
		w->kase->apparent = seen;
		w->kase->has_apparent = false;
		w->linked = true;
		ask(w);
		expect_alike(w, &open, round);
	}
}

static void
kommune_sees_no_difference(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_TOVHOLDER, 0);
	assert_int_equal(
	    r6_state_seen(w->kase, ROLE_KOM_TOVHOLDER), CASE_STATE_RECEIVED);
	assert_int_equal(
	    r6_state_seen(w->kase, ROLE_POL_TOVHOLDER), CASE_STATE_POLICE_ONLY);
	/* The kommune goes on as if nothing were. */
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_STARTED);
	assert_int_equal(w->answer.code, CODE_OK);
	assert_int_equal(w->kase->state, CASE_STATE_POLICE_ONLY);
	assert_int_equal(
	    r6_state_seen(w->kase, ROLE_KOM_TOVHOLDER), CASE_STATE_SCREENING);
	event(w, KIND_SCREENING, "kommune/0101", ROLE_KOM_TOVHOLDER,
	    EVENT_SCREENING_ACCEPTED);
	assert_int_equal(w->kase->state, CASE_STATE_POLICE_ONLY);
	event(w, KIND_POLICE_HANDBACK, "politi/1470", ROLE_POL_TOVHOLDER, 0);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
	assert_false(w->kase->has_apparent);
	/* Signed before the handback does not count after it. */
	event(w, KIND_SCREENING, "politi/1470", ROLE_POL_TOVHOLDER,
	    EVENT_SCREENING_ACCEPTED);
	assert_int_equal(w->kase->state, CASE_STATE_SCREENING);
}

static void
only_the_tovholder_hands_back(void **state)
{
	struct world *w = *state;

	open_case(w, URGENCY_ORDINARY);
	event(w, KIND_POLICE_ALONE, "politi/1470", ROLE_POL_VAGT, 0);
	event(w, KIND_POLICE_HANDBACK, "politi/1470", ROLE_POL_VAGT, 0);
	assert_string_equal(code_name(w->answer.code), "illegal_event");
	assert_int_equal(w->kase->state, CASE_STATE_POLICE_ONLY);
	event(w, KIND_POLICE_ALONE, "kommune/0101", ROLE_KOM_TOVHOLDER, 0);
	assert_string_equal(code_name(w->answer.code), "illegal_event");
}

static void
a_refused_concern_opens_no_case(void **state)
{
	struct world *w = *state;

	w->kase = NULL;
	message(w, KIND_CONCERN, "kommune/0101/jobcenter", ROLE_JOBCENTER);
	to_role(w, ROLE_KOM_TOVHOLDER, RELATION_KOMMUNE_OF_SUBJECT);
	w->addressee[0].purpose = PURPOSE_INVESTIGATION;
	take(w);
	expect(w, 0, "kommune/0101", "prohibited");
	assert_null(w->kase);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(police_by_district),
		cmocka_unit_test(psychiatry_by_region_and_time),
		cmocka_unit_test(what_cannot_be_placed_is_named),
		cmocka_unit_test(acute_always_finds_police),
		cmocka_unit_test(underretning_finds_the_child_unit),
		cmocka_unit_test(the_whole_message_can_fail),
		cmocka_unit_test(a_key_that_is_not_valid_stops_even_acute),
		cmocka_unit_test(claimed_acute_goes_to_police_first),
		cmocka_unit_test(told_alike_whatever_police_do),
		cmocka_unit_test(anybody_may_always_tell_police),
		cmocka_unit_test(a_linked_case_keeps_silent_too),
		cmocka_unit_test(one_signature_has_no_effect),
		cmocka_unit_test(a_signature_does_not_outlive_its_state),
		cmocka_unit_test(hand_out_follows_the_case),
		cmocka_unit_test(no_answer_tells_that_police_have_it),
		cmocka_unit_test(kommune_sees_no_difference),
		cmocka_unit_test(only_the_tovholder_hands_back),
		cmocka_unit_test(a_refused_concern_opens_no_case),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
