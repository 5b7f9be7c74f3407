/*
 * SPDX-License-Identifier: MIT
 *
 * vital: see vital.h.
 */
#include "daemon/law/vital.h"

#include "proto/taxonomy.h"

static const struct {
	PbKind kind;
	bool outside, inside; /* without a case, in every state of one */
} vital[] = {
	{ KIND_CONCERN, true, true },
	{ KIND_ADDENDUM, false, true },
	{ KIND_UNDERRETNING, true, false },
	{ KIND_POLICE_ALONE, false, true },
	{ KIND_POLICE_HANDBACK, false, true },
};

#define VITAL (sizeof vital / sizeof vital[0])

static bool
must_be(PbKind kind, PbRole role, PbCaseState state)
{
	if (kind == KIND_POLICE_ALONE)
		return role == ROLE_POL_TOVHOLDER || role == ROLE_POL_VAGT;
	if (kind == KIND_POLICE_HANDBACK)
		return role == ROLE_POL_TOVHOLDER &&
		    state == CASE_STATE_POLICE_ONLY;
	return role != ROLE_INFOHUS; /* nobody holds it */
}

/* Is there a step, and does it do what is vital about it? */
static bool
is_there(const struct workflow *w, PbKind kind, PbRole role, PbCaseState state)
{
	struct step s;

	if (!workflow_step(w, state, kind, 0, role, &s))
		return false;
	if (kind == KIND_POLICE_ALONE)
		return s.to == CASE_STATE_POLICE_ONLY && !s.joint;
	if (kind == KIND_POLICE_HANDBACK)
		return s.to != CASE_STATE_POLICE_ONLY && !s.joint;
	if (kind == KIND_UNDERRETNING)
		return s.caseless;
	return state != CASE_STATE_NONE || s.opens;
}

static bool
find_lack(
    const struct workflow *w, PbKind kind, PbCaseState state, struct lack *out)
{
	const ProtobufCEnumDescriptor *role = &pb_role__descriptor;

	for (size_t i = 0; i < role->n_values; i++) {
		PbRole by = (PbRole)role->values[i].value;

		if (!must_be(kind, by, state) || is_there(w, kind, by, state))
			continue;
		*out = (struct lack){ kind, by, state };
		return true;
	}
	return false;
}

size_t
vital_lacks(const struct workflow *w, struct lack out[LACKS_MAX])
{
	const ProtobufCEnumDescriptor *state = &pb_case_state__descriptor;
	size_t n = 0;

	for (size_t i = 0; i < VITAL; i++)
		for (size_t k = 0; k < state->n_values && n < LACKS_MAX; k++) {
			PbCaseState at = (PbCaseState)state->values[k].value;

			if (at == CASE_STATE_NONE ? vital[i].outside :
						    vital[i].inside)
				n += find_lack(w, vital[i].kind, at, &out[n]);
		}
	return n;
}

void
vital_check(const struct workflow *w, const char *file, struct problems *p)
{
	struct lack lack[LACKS_MAX];
	size_t n = vital_lacks(w, lack);

	for (size_t i = 0; i < n; i++)
		problems_add(p, file, 0, 0,
		    "found no step for %s by %s in %s, expected one that "
		    "does it: it is vital",
		    TAXONOMY_ID(kind, lack[i].kind),
		    TAXONOMY_ID(role, lack[i].role),
		    TAXONOMY_ID(case_state, lack[i].state));
}
