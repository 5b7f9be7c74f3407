/*
 * SPDX-License-Identifier: MIT
 *
 * R6, what the law leaves open: see r6_approve.h.
 */
#include "r6_approve.h"

#include <string.h>

#define GODKENDER (1ULL << ROLE_GODKENDER)

bool
r6_is_approver(const struct reg_node *n, const struct reg_node *sender,
    uint64_t roles, uint64_t at_ms, int *role)
{
	/* Nobody approves what the own node sent. */
	if (strcmp(n->id, sender->id) == 0 ||
	    !r5_same_authority(n->id, sender->id))
		return false;
	for (int r = 1; r < 63; r++)
		if ((roles >> r & 1) != 0 && registry_holds(n, r, at_ms)) {
			*role = r;
			return true;
		}
	return false;
}

bool
r6_is_parked(const struct recipient *r)
{
	return r->told.outcome == OUTCOME_PARK;
}

bool
r6_has_parked(const struct answer *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (r6_is_parked(&a->recipient[i]))
			return true;
	return false;
}

bool
r6_is_addressed(const struct answer *a, const struct reg_node *n)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->recipient[i].node == n)
			return true;
	return false;
}

static bool
has_approver(
    const struct question *q, const struct answer *a, const struct rule *rule)
{
	int role;

	for (size_t i = 0; i < registry_count(q->registry); i++) {
		const struct reg_node *n = registry_at(q->registry, i);

		if (r6_is_approver(
			n, q->sender, rule_approvers(rule), q->at_ms, &role) &&
		    !r6_is_addressed(a, n))
			return true;
	}
	return false;
}

static bool
is_addressed_again(const struct answer *a, size_t i)
{
	for (size_t k = 0; k < a->n; k++)
		if (k != i && a->recipient[k].node == a->recipient[i].node)
			return true;
	return false;
}

void
r6_check_parked(const struct question *q, struct answer *a)
{
	for (size_t i = 0; i < a->n; i++) {
		struct recipient *r = &a->recipient[i];
		struct judgement refused = { .outcome = OUTCOME_REFUSE,
			.rule = r->told.rule };

		if (!r6_is_parked(r))
			continue;
		if (is_addressed_again(a, i)) {
			refused.code = CODE_NO_PERMIT;
			refused.missing[refused.n_missing++] =
			    "a message of its own";
		} else if (!has_approver(q, a, refused.rule)) {
			refused.code = CODE_NO_APPROVER;
		} else {
			continue;
		}
		r->told = r->real = refused;
		r->withheld = false;
	}
}

uint64_t
r6_deciders(const struct law *law, const struct answer *a, const char *rule)
{
	const struct rule *parked = rules_find(law->rules, rule);
	uint64_t roles = 0;

	for (size_t i = 0; i < a->n; i++)
		if (r6_is_parked(&a->recipient[i]))
			roles |= rule_approvers(a->recipient[i].told.rule);
	if (roles == 0 && parked != NULL)
		roles = rule_approvers(parked);
	return roles != 0 ? roles : GODKENDER;
}

static void
pass(struct judgement *j)
{
	if (j->outcome != OUTCOME_PARK)
		return;
	j->outcome = OUTCOME_PERMIT;
	j->code = CODE_OK;
}

void
r6_approve(struct answer *a)
{
	for (size_t i = 0; i < a->n; i++) {
		pass(&a->recipient[i].told);
		pass(&a->recipient[i].real);
	}
}
