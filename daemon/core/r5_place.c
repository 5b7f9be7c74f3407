/*
 * SPDX-License-Identifier: MIT
 *
 * R5 place: see r5_place.h.
 */
#include "r5_place.h"

#include <string.h>

#include "daemon/law/rules.h"
#include "daemon/ledger/cases.h"
#include "proto/codes.h"
#include "step.h"

bool
r5_is_police(int role)
{
	return role == ROLE_POL_TOVHOLDER || role == ROLE_POL_VAGT;
}

bool
r5_is_acute_to_police(const PbHeader *h, int to_role)
{
	return h->urgency == URGENCY_ACUTE && r5_is_police(to_role) &&
	    (h->kind == KIND_CONCERN || h->kind == KIND_ADDENDUM);
}

/* The first two elements of a node id are the authority. */
bool
r5_same_authority(const char *a, const char *b)
{
	size_t la = strcspn(a, "/"), lb = strcspn(b, "/");

	la += 1 + strcspn(a + la + 1, "/");
	lb += 1 + strcspn(b + lb + 1, "/");
	return la == lb && memcmp(a, b, la) == 0;
}

static bool
is_unit(const char *node, const char *unit)
{
	const char *slash = strrchr(node, '/');

	return slash != NULL && strcmp(slash + 1, unit) == 0;
}

/* The kommune that a node is granted any role for; NULL if none or several. */
static const char *
kommune_of(const struct reg_node *n, uint64_t at_ms)
{
	const char *found = NULL;

	for (size_t i = 0; i < n->card->n_role; i++) {
		const PbRoleGrant *g = n->card->role[i];
		if (!g->has_place || g->place != PLACE_KIND_KOMMUNE ||
		    g->code == NULL || at_ms < g->from ||
		    (g->has_to && at_ms >= g->to))
			continue;
		if (found != NULL && strcmp(found, g->code) != 0)
			return NULL;
		found = g->code;
	}
	return found;
}

static bool
places_has(const struct place_in *in, const char *kommune)
{
	return kommune != NULL && places_has_kommune(in->places, kommune);
}

static uint32_t
relations(const struct place_in *in, const struct reg_node *n, int role,
    const char *subject)
{
	const char *ks = kommune_of(in->sender, in->at_ms);
	const char *kn = kommune_of(n, in->at_ms);
	uint32_t r = 1u << RELATION_ANY;

	if (r5_same_authority(in->sender->id, n->id))
		r |= 1u << RELATION_SAME_AUTHORITY;
	if (ks != NULL && kn != NULL && strcmp(ks, kn) == 0)
		r |= 1u << RELATION_SAME_KOMMUNE;
	if (cases_has_participant(in->kase, n->id, in->at_ms))
		r |= 1u << RELATION_PARTICIPANT;
	if (subject != NULL &&
	    registry_covers(n, role, in->places, subject, in->at_ms))
		r |= 1u << facts_subject_relation(role);
	if (facts_subject_relation(role) == RELATION_KOMMUNE_OF_SUBJECT &&
	    places_has(in, in->grounds->custody_kommune) &&
	    registry_covers(
		n, role, in->places, in->grounds->custody_kommune, in->at_ms))
		r |= 1u << RELATION_KOMMUNE_OF_CUSTODY;
	return r;
}

/* Which kommune decides the place of this addressee; NULL when none does. */
static const char *
deciding_kommune(const struct place_in *in)
{
	const PbGrounds *g = in->grounds;

	if (in->header->kind != KIND_UNDERRETNING)
		return g->bopaelskommune;
	if (g->custody_kommune != NULL)
		return g->custody_kommune;
	const char *own = kommune_of(in->sender, in->at_ms);
	return own != NULL ? own : g->bopaelskommune;
}

/* A node that is named: its role is the one said, or its only one. */
static enum code
place_node(const struct place_in *in, const char *kommune, struct placed *out,
    size_t *n)
{
	const struct reg_node *node = registry_find(
	    in->registry, in->addressee->node);
	int role = 0;

	if (node == NULL || node->suspended)
		return CODE_NO_RECIPIENT;
	for (size_t i = 0; i < node->card->n_role; i++) {
		int r = (int)node->card->role[i]->role;
		if (!registry_holds(node, r, in->at_ms) || r == role ||
		    (in->addressee->has_role && r != (int)in->addressee->role))
			continue;
		if (role != 0)
			return CODE_AMBIGUOUS_RECIPIENT;
		role = r;
	}
	if (role == 0)
		return CODE_NO_RECIPIENT;
	out[0] = (struct placed){ node, role,
		relations(in, node, role, kommune), CODE_OK };
	*n = 1;
	return CODE_OK;
}

static bool
fits_relation(const struct place_in *in, const struct placed *p)
{
	const PbAddressee *a = in->addressee;

	/* In an underretning "of the subject" means of the custody holder. */
	if (!a->has_relation)
		return true;
	return (p->relation & 1u << a->relation) != 0;
}

static enum code
place_role(const struct place_in *in, int role, const char *kommune,
    struct placed *out, size_t *n)
{
	const PbAddressee *a = in->addressee;

	*n = 0;
	for (size_t i = 0; i < registry_count(in->registry); i++) {
		const struct reg_node *node = registry_at(in->registry, i);
		struct placed p = { node, role, 0, CODE_OK };

		if (!registry_holds(node, role, in->at_ms) ||
		    (a->unit != NULL && !is_unit(node->id, a->unit)))
			continue;
		p.relation = relations(in, node, role, kommune);
		if (!fits_relation(in, &p))
			continue;
		if (*n == PLACED_MAX)
			return CODE_AMBIGUOUS_RECIPIENT;
		out[(*n)++] = p;
	}
	return *n > 0 ? CODE_OK : CODE_NO_RECIPIENT;
}

/* Does this node serve a place where the sender works? */
static bool
serves_sender(const struct place_in *in, const struct reg_node *node, int role)
{
	for (size_t k = 0; k < places_count(in->places); k++) {
		const char *kommune = places_at(in->places, k);
		if (!registry_covers(
			node, role, in->places, kommune, in->at_ms))
			continue;
		for (size_t i = 0; i < in->sender->card->n_role; i++)
			if (registry_covers(in->sender,
				(int)in->sender->card->role[i]->role,
				in->places, kommune, in->at_ms))
				return true;
	}
	return false;
}

/* Last resort of an acute message: police where the sender is. */
static enum code
place_near_sender(const struct place_in *in, struct placed *out, size_t *n)
{
	static const int police[] = { ROLE_POL_TOVHOLDER, ROLE_POL_VAGT };

	*n = 0;
	for (size_t r = 0; r < 2; r++)
		for (size_t i = 0; i < registry_count(in->registry); i++) {
			const struct reg_node *node = registry_at(
			    in->registry, i);
			bool known = false;

			for (size_t k = 0; k < *n; k++)
				known |= out[k].node == node;
			if (known || *n == PLACED_MAX ||
			    !registry_holds(node, police[r], in->at_ms) ||
			    !serves_sender(in, node, police[r]))
				continue;
			out[(*n)++] = (struct placed){ node, police[r],
				relations(in, node, police[r], NULL), CODE_OK };
		}
	return *n > 0 ? CODE_OK : CODE_NO_RECIPIENT;
}

/* What the addressee says leads nowhere: the role, then the other police
 * role, for the subject's place; then the sender's own district. */
static enum code
place_acute(const struct place_in *in, const char *kommune, struct placed *out,
    size_t *n)
{
	int role = (int)in->addressee->role;
	int other = role == ROLE_POL_TOVHOLDER ? ROLE_POL_VAGT :
						 ROLE_POL_TOVHOLDER;

	if (kommune != NULL && place_role(in, role, kommune, out, n) == CODE_OK)
		return CODE_OK;
	if (kommune != NULL &&
	    place_role(in, other, kommune, out, n) == CODE_OK)
		return CODE_OK;
	return place_near_sender(in, out, n);
}

/* The ways to a child unit that passes an underretning on, best first. */
enum way { WAY_NAMED, WAY_SUBJECT, WAY_OWN, WAY_HOME, WAY_SERVED, WAY_ANY };

static bool
is_on_way(const struct place_in *in, const struct reg_node *node,
    const char *kommune, enum way way)
{
	const char *named = in->addressee->node;

	switch (way) {
	case WAY_NAMED:
		return named != NULL && strcmp(node->id, named) == 0;
	case WAY_SUBJECT:
		break;
	case WAY_OWN:
		kommune = kommune_of(in->sender, in->at_ms);
		break;
	case WAY_HOME:
		kommune = in->grounds->bopaelskommune;
		break;
	case WAY_SERVED:
		return serves_sender(in, node, ROLE_BOERN_FAMILIE);
	case WAY_ANY:
		return true;
	}
	return places_has(in, kommune) &&
	    registry_covers(
		node, ROLE_BOERN_FAMILIE, in->places, kommune, in->at_ms);
}

/* What the addressee says leads nowhere: one child unit gets it. */
static enum code
place_child_unit(const struct place_in *in, const char *kommune,
    enum code missed, struct placed *out, size_t *n)
{
	for (enum way way = WAY_NAMED; way <= WAY_ANY; way++)
		for (size_t i = 0; i < registry_count(in->registry); i++) {
			const struct reg_node *node = registry_at(
			    in->registry, i);

			if (!registry_holds(
				node, ROLE_BOERN_FAMILIE, in->at_ms) ||
			    !is_on_way(in, node, kommune, way))
				continue;
			out[0] = (struct placed){ node, ROLE_BOERN_FAMILIE,
				relations(
				    in, node, ROLE_BOERN_FAMILIE, kommune),
				missed };
			*n = 1;
			return CODE_OK;
		}
	return missed;
}

/* An underretning to the child unit, or to a node without a word of its role */
static bool
is_to_child_unit(const struct place_in *in)
{
	const PbAddressee *a = in->addressee;

	return in->header->kind == KIND_UNDERRETNING &&
	    (!a->has_role || a->role == ROLE_BOERN_FAMILIE);
}

enum code
r5_place(const struct place_in *in, struct placed out[PLACED_MAX], size_t *n)
{
	const PbAddressee *a = in->addressee;
	const char *kommune = deciding_kommune(in);
	bool unknown = kommune != NULL &&
	    !places_has_kommune(in->places, kommune);
	enum code c;

	STEP("R5");
	if (a->has_role && a->role == ROLE_INFOHUS) {
		out[0] = (struct placed){ NULL, ROLE_INFOHUS,
			1u << RELATION_ANY, CODE_OK };
		*n = 1;
		return CODE_OK;
	}
	if (unknown)
		kommune = NULL;
	if (a->node != NULL)
		c = place_node(in, kommune, out, n);
	else
		c = place_role(in, (int)a->role, kommune, out, n);
	if (a->has_role && r5_is_acute_to_police(in->header, (int)a->role))
		return c == CODE_OK ? c : place_acute(in, kommune, out, n);
	if (is_to_child_unit(in)) {
		if (unknown && a->node == NULL)
			c = CODE_UNKNOWN_KOMMUNE;
		else if (c == CODE_OK && *n > 1)
			c = CODE_AMBIGUOUS_RECIPIENT;
		return c == CODE_OK ? c :
				      place_child_unit(in, kommune, c, out, n);
	}
	if (unknown &&
	    (a->node == NULL || c != CODE_OK ||
		!r5_is_acute_to_police(in->header, out[0].role)))
		return CODE_UNKNOWN_KOMMUNE;
	if (c == CODE_OK && *n > 1)
		return CODE_AMBIGUOUS_RECIPIENT;
	return c;
}
