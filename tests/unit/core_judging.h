/*
 * SPDX-License-Identifier: MIT
 *
 * core_judging: messages judged over the shipped rules, places and workflow and
 * a small registry.
 */
#ifndef INFOHUS_TESTS_CORE_JUDGING_H
#define INFOHUS_TESTS_CORE_JUDGING_H

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

static inline struct bytes
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

static inline void
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

static inline void
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

static inline int
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

static inline int
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

static inline char *
str(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* A new message; everything but kind, sender and role as usual. */
static inline void
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

static inline PbAddressee *
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

static inline bool
answers(void *ctx, const char *recipient)
{
	(void)recipient;
	return ((struct world *)ctx)->answers;
}

static inline struct question
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

static inline void
ask(struct world *w)
{
	struct question q = question_of(w);

	r6_judge(&q, &w->answer);
}

/* Judges and lets the case take the step. */
static inline void
take(struct world *w)
{
	struct question q = question_of(w);
	PbTransition *t;
	bool changed;

	r6_judge(&q, &w->answer);
	assert_err(r7_case(w->s->arena, &q, &w->answer, &w->kase, &changed, &t),
	    ERR_OK);
}

static inline void
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

/* -------------------------------------------------------------- R6 judge */

/* A case opened by the jobcenter, known to both tovholdere. */
static inline void
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

static inline void
event(struct world *w, PbKind kind, const char *sender, PbRole role, int e)
{
	message(w, kind, sender, role);
	w->grounds.has_event = e != 0;
	w->grounds.event = (PbEvent)e;
	to_role(w, ROLE_INFOHUS, RELATION_ANY);
	take(w);
}

static inline void
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

#endif
