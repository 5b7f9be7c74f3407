/*
 * SPDX-License-Identifier: MIT
 *
 * A deliberate bug: half a basis is enough. What no permit covers passes all
 * the same, without a rule. Linked in place of daemon/core/r6_judge.c.
 */
#include "daemon/law/rules.h"

#define judge(rules, facts, at, out) \
	(judge(rules, facts, at, out), \
	    (out)->code == CODE_NO_PERMIT ? \
		(void)(*(out) = \
			   (struct judgement){ .outcome = OUTCOME_PERMIT }) : \
		(void)0)

#include "daemon/core/r6_judge.c"
