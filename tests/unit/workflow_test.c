/*
 * SPDX-License-Identifier: MIT
 *
 * workflow: each step of a case as the field describes it, and that what is
 * not described is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/common/slurp.h"
#include "daemon/law/workflow.h"
#include "proto/taxonomy.h"

static struct arena *arena;

static int
load(void **state)
{
	struct problems p = { 0 };
	struct bytes text;
	struct why why;

	if (arena_new(&arena, 1 << 20) != ERR_OK ||
	    slurp(arena, "config/workflow.yaml", 1 << 19, &text, &why) !=
		ERR_OK)
		return -1;
	*state = workflow_load("config/workflow.yaml", text, &p);
	if (p.count > 0)
		print_error("%s", p.text);
	problems_free(&p);
	return *state != NULL ? 0 : -1;
}

static int
unload(void **state)
{
	workflow_free(*state);
	arena_free(arena);
	return 0;
}

#define KT ROLE_KOM_TOVHOLDER
#define PT ROLE_POL_TOVHOLDER
#define PV ROLE_POL_VAGT
#define STARTED EVENT_SCREENING_STARTED
#define ACCEPTED EVENT_SCREENING_ACCEPTED
#define OTHER EVENT_SCREENING_NOT_EXTREMISM
#define S(state) CASE_STATE_##state

enum { NO = -1, JOINT = 1, LOOKS = 2, OPENS = 4, CASELESS = 8 };

static const struct {
	const char *says;
	PbCaseState from;
	PbKind kind;
	int event;
	PbRole role;
	int to; /* NO: refused */
	unsigned flags;
} steps[] = {
	{ "The first concern opens a case", S(NONE), KIND_CONCERN, 0,
	    ROLE_SKOLE, S(RECEIVED), OPENS },
	{ "from anybody", S(NONE), KIND_CONCERN, 0, PV, S(RECEIVED), OPENS },
	{ "An addition needs a case", S(NONE), KIND_ADDENDUM, 0, ROLE_SKOLE, NO,
	    0 },
	{ "A concern leaves the state", S(ASSESSED), KIND_CONCERN, 0,
	    ROLE_JOBCENTER, S(ASSESSED), 0 },
	{ "also of a closed case", S(CLOSED), KIND_CONCERN, 0, ROLE_SKOLE,
	    S(CLOSED), 0 },
	{ "and while police have it alone", S(POLICE_ONLY), KIND_ADDENDUM, 0,
	    ROLE_SKOLE, S(POLICE_ONLY), 0 },
	{ "A concern says no event", S(RECEIVED), KIND_CONCERN, STARTED, KT, NO,
	    0 },
	{ "The kommune starts the screening", S(RECEIVED), KIND_SCREENING,
	    STARTED, KT, S(SCREENING), 0 },
	{ "With the police tovholder police have looked", S(RECEIVED),
	    KIND_SCREENING, STARTED, PT, S(SCREENING), LOOKS },
	{ "who joins one that has started", S(SCREENING), KIND_SCREENING,
	    STARTED, PT, S(SCREENING), LOOKS },
	{ "The duty desk does not screen", S(RECEIVED), KIND_SCREENING, STARTED,
	    PV, NO, 0 },
	{ "A school does not", S(RECEIVED), KIND_SCREENING, STARTED, ROLE_SKOLE,
	    NO, 0 },
	{ "A screening must say what", S(RECEIVED), KIND_SCREENING, 0, PT, NO,
	    0 },
	{ "There is nothing to screen without a case", S(NONE), KIND_SCREENING,
	    STARTED, PT, NO, 0 },
	{ "A closed case may be taken up again", S(CLOSED), KIND_SCREENING,
	    STARTED, KT, S(SCREENING), 0 },
	{ "Accepting is joint: the kommune", S(SCREENING), KIND_SCREENING,
	    ACCEPTED, KT, S(INFO_GATHERING), JOINT },
	{ "and police", S(SCREENING), KIND_SCREENING, ACCEPTED, PT,
	    S(INFO_GATHERING), JOINT | LOOKS },
	{ "Nobody accepts what was not screened", S(RECEIVED), KIND_SCREENING,
	    ACCEPTED, PT, NO, 0 },
	{ "nor twice", S(INFO_GATHERING), KIND_SCREENING, ACCEPTED, PT, NO, 0 },
	{ "Not extremism is joint too", S(SCREENING), KIND_SCREENING, OTHER, KT,
	    S(REFERRED), JOINT },
	{ "with police's signature", S(SCREENING), KIND_SCREENING, OTHER, PT,
	    S(REFERRED), JOINT | LOOKS },
	{ "Police take a case alone at once", S(RECEIVED), KIND_POLICE_ALONE, 0,
	    PT, S(POLICE_ONLY), LOOKS },
	{ "the duty desk at night", S(FOLLOW_UP), KIND_POLICE_ALONE, 0, PV,
	    S(POLICE_ONLY), LOOKS },
	{ "from a closed one", S(CLOSED), KIND_POLICE_ALONE, 0, PT,
	    S(POLICE_ONLY), LOOKS },
	{ "from a recommended one", S(RECOMMENDED), KIND_POLICE_ALONE, 0, PT,
	    S(POLICE_ONLY), LOOKS },
	{ "again when it is", S(POLICE_ONLY), KIND_POLICE_ALONE, 0, PT,
	    S(POLICE_ONLY), LOOKS },
	{ "never the kommune", S(RECEIVED), KIND_POLICE_ALONE, 0, KT, NO, 0 },
	{ "The police tovholder hands it back", S(POLICE_ONLY),
	    KIND_POLICE_HANDBACK, 0, PT, S(SCREENING), LOOKS },
	{ "not the duty desk", S(POLICE_ONLY), KIND_POLICE_HANDBACK, 0, PV, NO,
	    0 },
	{ "not what was not taken", S(SCREENING), KIND_POLICE_HANDBACK, 0, PT,
	    NO, 0 },
	{ "The kommune asks after the screening", S(INFO_GATHERING),
	    KIND_INFO_REQUEST, 0, KT, S(INFO_GATHERING), 0 },
	{ "during follow-up", S(FOLLOW_UP), KIND_INFO_REQUEST, 0, KT,
	    S(FOLLOW_UP), 0 },
	{ "not before", S(SCREENING), KIND_INFO_REQUEST, 0, KT, NO, 0 },
	{ "not in a closed case", S(CLOSED), KIND_INFO_REQUEST, 0, KT, NO, 0 },
	{ "Police ask in every state", S(RECEIVED), KIND_INFO_REQUEST, 0, PT,
	    S(RECEIVED), 0 },
	{ "and alone", S(POLICE_ONLY), KIND_INFO_REQUEST, 0, PT, S(POLICE_ONLY),
	    0 },
	{ "An answer is always legal", S(CLOSED), KIND_INFO_ANSWER, 0,
	    ROLE_BEHANDLINGSPSYKIATRI, S(CLOSED), 0 },
	{ "and so is a no", S(POLICE_ONLY), KIND_INFO_DECLINE, 0,
	    ROLE_SOCIALPSYKIATRI, S(POLICE_ONLY), 0 },
	{ "but not without a case", S(NONE), KIND_INFO_ANSWER, 0, KT, NO, 0 },
	{ "Police orient in every state", S(POLICE_ONLY),
	    KIND_POLICE_ORIENTATION, 0, PV, S(POLICE_ONLY), 0 },
	{ "nobody else does", S(RECEIVED), KIND_POLICE_ORIENTATION, 0, KT, NO,
	    0 },
	{ "An underretning belongs to no case", S(NONE), KIND_UNDERRETNING, 0,
	    ROLE_SUNDHEDSPLEJE, S(NONE), CASELESS },
	{ "so it is no step of one", S(RECEIVED), KIND_UNDERRETNING, 0,
	    ROLE_SUNDHEDSPLEJE, NO, 0 },
};

static void
each_step_as_described(void **state)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct step s = { .to = CASE_STATE_NONE };
		bool legal = workflow_step(*state, steps[i].from, steps[i].kind,
		    steps[i].event, steps[i].role, &s);
		unsigned flags = (s.joint ? JOINT : 0u) |
		    (s.police_looks ? LOOKS : 0u) | (s.opens ? OPENS : 0u) |
		    (s.caseless ? CASELESS : 0u);

		if (legal != (steps[i].to != NO) ||
		    (legal &&
			((int)s.to != steps[i].to || flags != steps[i].flags)))
			fail_msg("%s: found %s to %s, flags %u", steps[i].says,
			    legal ? "a step" : "no step",
			    TAXONOMY_ID(case_state, s.to), flags);
	}
}

/* Over all cells: the promises that no line may break. */
static void
no_cell_breaks_a_promise(void **state)
{
	struct step s;

	for (int f = S(NONE); f <= S(CLOSED); f++)
		for (int r = ROLE_INFOHUS; r <= ROLE_AUDITOR; r++) {
			assert_true(workflow_step(*state, (PbCaseState)f,
			    KIND_CONCERN, 0, (PbRole)r, &s));
			assert_int_equal(
			    workflow_step(*state, (PbCaseState)f,
				KIND_POLICE_ALONE, 0, (PbRole)r, &s),
			    f != S(NONE) && (r == PT || r == PV));
			assert_int_equal(
			    workflow_step(*state, (PbCaseState)f,
				KIND_UNDERRETNING, 0, (PbRole)r, &s),
			    f == S(NONE));
			for (int k = KIND_CONCERN; k <= KIND_INFO_DECLINE; k++)
				if (f == S(POLICE_ONLY) &&
				    workflow_step(*state, S(POLICE_ONLY),
					(PbKind)k, 0, (PbRole)r, &s) &&
				    s.to != S(POLICE_ONLY))
					assert_int_equal(r, PT);
		}
}

static void
numbers_out_of_their_list_are_no_step(void **state)
{
	struct step s;

	assert_false(
	    workflow_step(*state, (PbCaseState)99, KIND_CONCERN, 0, KT, &s));
	assert_false(workflow_step(*state, S(RECEIVED), (PbKind)99, 0, KT, &s));
	assert_false(
	    workflow_step(*state, S(RECEIVED), KIND_CONCERN, 99, KT, &s));
	assert_false(
	    workflow_step(*state, S(RECEIVED), KIND_CONCERN, -1, KT, &s));
	assert_false(workflow_step(
	    *state, S(RECEIVED), KIND_CONCERN, 0, (PbRole)99, &s));
	assert_false(workflow_is_caseless(*state, (PbKind)99));
}

static void
only_an_underretning_is_caseless(void **state)
{
	for (int k = KIND_CONCERN; k <= KIND_UNDERRETNING; k++)
		assert_int_equal(workflow_is_caseless(*state, (PbKind)k),
		    k == KIND_UNDERRETNING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_step_as_described),
		cmocka_unit_test(no_cell_breaks_a_promise),
		cmocka_unit_test(numbers_out_of_their_list_are_no_step),
		cmocka_unit_test(only_an_underretning_is_caseless),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
