/*
 * SPDX-License-Identifier: MIT
 *
 * facts: what a message, the registry and the case say, reduced to the
 * small values that rules read. A statement that is stale, comes from the
 * wrong role or lies outside its window must never count as a good one.
 */
#include "daemon/law/table.h"

#include <string.h>

#include "proto/envelope.h"
#include "proto/limits.h"

/* Police belong to a politikreds, psychiatry to a region, all others to a
 * kommune; no role is ever reached through another's geography. */
PbRelation
facts_subject_relation(int role)
{
	if (role == ROLE_POL_TOVHOLDER || role == ROLE_POL_VAGT)
		return RELATION_DISTRICT_OF_SUBJECT;
	if (role == ROLE_BEHANDLINGSPSYKIATRI)
		return RELATION_REGION_OF_SUBJECT;
	return RELATION_KOMMUNE_OF_SUBJECT;
}

static bool
role_is_in(uint64_t roles, int role)
{
	return role > 0 && role < 63 && (roles & 1ULL << role) != 0;
}

/* Later than this ahead of our clock is no judgement that was made. */
#define SKEW_MS DAY_MS

static enum exposed
exposed_of(const struct limits *l, const PbCondition *c, uint64_t at_ms)
{
	if (!c->has_judged_by ||
	    !role_is_in(l->exposed_judges, (int)c->judged_by))
		return EXPOSED_WRONG_JUDGE;
	if (!c->has_judged_at || c->judged_at > at_ms + SKEW_MS)
		return EXPOSED_STALE;
	if (at_ms > c->judged_at && at_ms - c->judged_at > l->exposed_age_ms)
		return EXPOSED_STALE;
	return EXPOSED_YES;
}

static bool
is_in_window(const struct limits *l, const PbCondition *c, uint64_t at_ms)
{
	if (!c->has_release_date)
		return false;
	if (c->release_date > at_ms)
		return c->release_date - at_ms <= l->ksp_before_ms;
	return at_ms - c->release_date <= l->ksp_after_ms;
}

static enum ksp
ksp_of(const struct limits *l, const PbCondition *c, int age, uint64_t at_ms)
{
	if (!c->has_judged_by || !role_is_in(l->ksp_judges, (int)c->judged_by))
		return KSP_NONE;
	if (!is_in_window(l, c, at_ms))
		return KSP_OUT_OF_WINDOW;
	if (c->kind == CONDITION_KIND_KSP_A)
		return KSP_VALID_A;
	if (c->kind == CONDITION_KIND_KSP_B)
		return age == AGE_MINOR ? KSP_VALID_B : KSP_B_NOT_MINOR;
	return c->has_radicalised && c->radicalised ? KSP_VALID_C :
						      KSP_C_NO_JUDGEMENT;
}

/* Of several statements the best counts: valid, then nearly, then none. */
static int
ksp_rank(enum ksp k)
{
	switch (k) {
	case KSP_VALID_A:
	case KSP_VALID_B:
	case KSP_VALID_C:
		return 2;
	case KSP_OUT_OF_WINDOW:
	case KSP_B_NOT_MINOR:
	case KSP_C_NO_JUDGEMENT:
		return 1;
	case KSP_NONE:
		break;
	}
	return 0;
}

static int
exposed_rank(enum exposed e)
{
	switch (e) {
	case EXPOSED_YES:
		return 3;
	case EXPOSED_STALE:
		return 2;
	case EXPOSED_WRONG_JUDGE:
		return 1;
	case EXPOSED_NO:
		break;
	}
	return 0;
}

static void
reduce_conditions(const struct limits *l, const PbGrounds *g, uint64_t at_ms,
    struct facts *out)
{
	for (size_t i = 0; i < g->n_condition; i++) {
		const PbCondition *c = g->condition[i];

		if (c->kind == CONDITION_KIND_SOCIALLY_EXPOSED) {
			enum exposed e = exposed_of(l, c, at_ms);

			if (exposed_rank(e) >
			    exposed_rank((enum exposed)out->exposed))
				out->exposed = (uint8_t)e;
		} else {
			enum ksp k = ksp_of(l, c, out->age, at_ms);

			if (ksp_rank(k) > ksp_rank((enum ksp)out->ksp))
				out->ksp = (uint8_t)k;
		}
	}
}

static uint64_t
scope_of(const PbConsent *c)
{
	uint64_t scope = 0;

	for (size_t i = 0; i < c->n_scope; i++)
		scope |= CATEGORY_BIT(c->scope[i]);
	return scope;
}

static bool
is_withdrawn(const PbConsent *c)
{
	return c->has_withdrawn && c->withdrawn;
}

/* Has the same person taken back anything of what c gives? */
static bool
withdrawn_elsewhere(const PbGrounds *g, const PbConsent *c)
{
	for (size_t i = 0; i < g->n_consent; i++) {
		const PbConsent *o = g->consent[i];

		if (is_withdrawn(o) && strcmp(o->by, c->by) == 0 &&
		    (o->n_scope == 0 || (scope_of(o) & scope_of(c)) != 0))
			return true;
	}
	return false;
}

static enum consent
consent_of(
    const PbGrounds *g, const PbConsent *c, uint64_t categories, uint64_t at_ms)
{
	uint64_t personal = categories & ~CATEGORY_BIT(CATEGORY_LOGISTICS);

	if (is_withdrawn(c) || withdrawn_elsewhere(g, c))
		return CONSENT_WITHDRAWN;
	if (c->has_until && at_ms >= c->until)
		return CONSENT_EXPIRED;
	if (c->n_scope == 0 || (personal & ~scope_of(c)) != 0)
		return CONSENT_OUT_OF_SCOPE;
	return CONSENT_VALID;
}

/* One consent must cover everything; of the others the nearest is told. */
static enum consent
reduce_consent(const PbGrounds *g, uint64_t categories, uint64_t at_ms)
{
	enum consent best = CONSENT_NONE;

	for (size_t i = 0; i < g->n_consent; i++) {
		enum consent c = consent_of(
		    g, g->consent[i], categories, at_ms);

		if (best == CONSENT_NONE || c < best)
			best = c;
	}
	return best;
}

static bool
has_words(const char *text)
{
	return text != NULL && text[strspn(text, " \n")] != '\0';
}

static void
reduce_grounds(const struct limits *l, const PbGrounds *g,
    const struct facts_in *in, struct facts *out)
{
	out->age = g->has_age ? (uint8_t)g->age : AGE_UNKNOWN;
	out->concerned_child = g->has_concerned_child ?
	    (uint8_t)g->concerned_child :
	    CONCERNED_CHILD_NONE;
	out->event = g->has_event ? (uint8_t)g->event : 0;
	out->necessity_text = has_words(g->necessity);
	out->acts_for = g->has_acts_for ? (uint8_t)g->acts_for :
					  ACTS_FOR_ITSELF;
	out->subject_informed = g->has_subject_informed ?
	    (uint8_t)g->subject_informed :
	    0;
	out->underretning_made = g->has_underretning_made &&
	    g->underretning_made;
	reduce_conditions(l, g, in->at_ms, out);
	out->consent = (uint8_t)reduce_consent(g, in->categories, in->at_ms);
}

static void
reduce_addressee(const PbAddressee *a, struct facts *out)
{
	out->cooperation = (uint8_t)a->cooperation;
	out->purpose = a->has_purpose ? (uint8_t)a->purpose : 0;
	out->necessity = a->has_necessity ? (uint8_t)a->necessity : 0;
	for (size_t i = 0; i < a->n_basis; i++)
		out->basis |= 1u << a->basis[i];
}

static void
reduce_case(const PbCase *c, struct facts *out)
{
	out->state = (uint8_t)c->state;
	out->police_alone = c->state == CASE_STATE_POLICE_ONLY;
	out->police_looked = c->police_looked;
	out->case_acute = c->claimed_acute;
	out->investigation_opened = c->has_investigation_opened &&
	    c->investigation_opened;
	out->crisis_open = c->has_crisis_open && c->crisis_open;
}

void
facts_reduce(
    const struct rules *r, const struct facts_in *in, struct facts *out)
{
	const PbHeader *h = in->header;

	*out = (struct facts){
		.kind = (uint8_t)h->kind,
		.urgency = (uint8_t)h->urgency,
		.from = (uint8_t)h->role,
		.to = (uint8_t)in->to_role,
		.has_case = h->has_case_id,
		.sender_participant = in->sender_participant,
		.recipient_participant = in->recipient_participant,
		.answers_request = in->answers_request,
		.sender_responsible = in->sender_responsible,
		.recipient_responsible = in->recipient_responsible,
		.had_original = in->had_original,
		.identity_sealed = in->identity_sealed,
		.settings = in->settings,
		.relation = in->relation,
		.categories = in->categories,
	};
	reduce_addressee(in->addressee, out);
	if (in->grounds != NULL)
		reduce_grounds(&r->limits, in->grounds, in, out);
	if (in->kase != NULL)
		reduce_case(in->kase, out);
	out->police_alone |= in->linked_police_alone;
}
