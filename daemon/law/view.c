/*
 * SPDX-License-Identifier: MIT
 *
 * view: see view.h.
 */
#include "daemon/law/view.h"

struct view
view_of(const struct facts *f)
{
	const bool flag[FLAG_COUNT] = {
		[FLAG_HAS_CASE] = f->has_case,
		[FLAG_POLICE_ALONE] = f->police_alone,
		[FLAG_POLICE_LOOKED] = f->police_looked,
		[FLAG_CASE_ACUTE] = f->case_acute,
		[FLAG_SENDER_PARTICIPANT] = f->sender_participant,
		[FLAG_RECIPIENT_PARTICIPANT] = f->recipient_participant,
		[FLAG_ANSWERS_REQUEST] = f->answers_request,
		[FLAG_NECESSITY_TEXT] = f->necessity_text,
		[FLAG_UNDERRETNING_MADE] = f->underretning_made,
		[FLAG_INVESTIGATION_OPENED] = f->investigation_opened,
		[FLAG_CRISIS_OPEN] = f->crisis_open,
		[FLAG_SENDER_RESPONSIBLE] = f->sender_responsible,
		[FLAG_RECIPIENT_RESPONSIBLE] = f->recipient_responsible,
		[FLAG_HAD_ORIGINAL] = f->had_original,
		[FLAG_IDENTITY_SEALED] = f->identity_sealed,
	};
	struct view v = {
		.bit = {
		    [FIELD_KIND] = view_bit(f->kind),
		    [FIELD_FROM] = view_bit(f->from),
		    [FIELD_TO] = view_bit(f->to),
		    [FIELD_URGENCY] = view_bit(f->urgency),
		    [FIELD_COOPERATION] = view_bit(f->cooperation),
		    [FIELD_PURPOSE] = view_bit(f->purpose),
		    [FIELD_NECESSITY] = view_bit(f->necessity),
		    [FIELD_AGE] = view_bit(f->age),
		    [FIELD_CHILD] = view_bit(f->concerned_child),
		    [FIELD_EXPOSED] = view_bit(f->exposed),
		    [FIELD_KSP] = view_bit(f->ksp),
		    [FIELD_CONSENT] = view_bit(f->consent),
		    [FIELD_STATE] = view_bit(f->state),
		    [FIELD_EVENT] = view_bit(f->event),
		    [FIELD_ACTS_FOR] = view_bit(f->acts_for),
		    [FIELD_INFORMED] = view_bit(f->subject_informed),
		},
		.relation = f->relation | 1u << RELATION_ANY,
		.basis = f->basis != 0 ? f->basis : 1,
		.categories = f->categories,
		.settings = f->settings,
	};

	for (unsigned i = 0; i < FLAG_COUNT; i++)
		v.flags |= (uint16_t)((unsigned)flag[i] << i);
	return v;
}

static bool
match_fits_but(const struct match *m, const struct view *v, uint64_t skip)
{
	const uint16_t care = m->care &
	    (uint16_t) ~(skip / SKIP_FLAG(0)); /* flags are last */

	for (unsigned i = 0; i < FIELD_COUNT; i++)
		if ((m->set[i] & v->bit[i]) == 0 && (skip & SKIP_FIELD(i)) == 0)
			return false;
	return ((v->flags ^ m->want) & care) == 0;
}

bool
clause_fits_but(const struct clause *c, const struct view *v, uint64_t skip)
{
	return match_fits_but(&c->match, v, skip) &&
	    ((skip & SKIP_SET(SET_RELATION)) != 0 ||
		((c->relation_any & v->relation) != 0 &&
		    (c->relation_none & v->relation) == 0)) &&
	    ((skip & SKIP_SET(SET_BASIS)) != 0 ||
		((c->basis_any & v->basis) != 0 &&
		    (c->basis_none & v->basis) == 0)) &&
	    ((skip & SKIP_SET(SET_CATEGORY)) != 0 ||
		((c->carries_any == 0 ||
		     (c->carries_any & v->categories) != 0) &&
		    (c->carries_none & v->categories) == 0)) &&
	    (c->setting_any == 0 || (c->setting_any & v->settings) != 0) &&
	    (c->setting_none & v->settings) == 0;
}

bool
match_fits(const struct match *m, const struct view *v)
{
	return match_fits_but(m, v, 0);
}

bool
clause_fits(const struct clause *c, const struct view *v)
{
	return clause_fits_but(c, v, 0);
}
