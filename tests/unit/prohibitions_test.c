/*
 * SPDX-License-Identifier: MIT
 *
 * prohibitions: each one where it matches and where it just does not, the
 * duties, and what must hold for any facts whatsoever.
 */
#include "tests/unit/judging.h"

#define SEED UINT64_C(20261121)
#define ROUNDS 20000

static const struct judging_case investigation[] = {
	{ "Nothing is disclosed in order to investigate",
	    "info_request pol_tovholder kom_tovholder",
	    "basis=rpl_115_1_1 purpose=investigation", CODE_PROHIBITED, "P01",
	    NULL },
	{ "not by the kommune either",
	    "info_answer kom_tovholder pol_tovholder",
	    "purpose=investigation carry=social", CODE_PROHIBITED, "P01",
	    NULL },
	{ "not as a concern", "concern skole pol_tovholder",
	    "purpose=investigation", CODE_PROHIBITED, "P01", NULL },
	{ "not even called acute: no danger was stated",
	    "concern skole pol_tovholder", "acute purpose=investigation",
	    CODE_PROHIBITED, "P01", NULL },
	{ "not as an underretning", "underretning skole boern_familie",
	    "nocase age=minor purpose=investigation", CODE_PROHIBITED, "P01",
	    NULL },
	{ "not as an event", "police_alone pol_tovholder infohus",
	    "purpose=investigation", CODE_PROHIBITED, "P01", NULL },
	{ "An investigator gets nothing",
	    "police_orientation pol_tovholder efterforsker",
	    "basis=rpl_115_1_1 carry=police", CODE_PROHIBITED, "P01", NULL },
	{ "asks nothing", "info_request efterforsker kom_tovholder", "",
	    CODE_PROHIBITED, "P01", NULL },
	{ "and is no source for the kommune",
	    "concern efterforsker kom_tovholder", "basis=rpl_115_1_1",
	    CODE_PROHIBITED, "P01", NULL },
	{ "What worries him he may tell the police tovholder",
	    "concern efterforsker pol_tovholder", "", CODE_OK, "R00", NULL },
	{ "and as anyone in public service he must notify about a child",
	    "underretning efterforsker boern_familie",
	    "nocase state=none age=minor child=subject", CODE_OK, "R24", NULL },
	{ "Averting a danger is not investigating",
	    "info_answer kom_tovholder pol_tovholder", "purpose=avert_danger",
	    CODE_OK, "R01", NULL },
};

static const struct judging_case alone[] = {
	{ "A teacher cannot tell the kommune more while police have it alone",
	    "addendum skole kom_tovholder",
	    "basis=dbl_6_8+fvl_28 alone state=police_only carry=concern",
	    CODE_PROHIBITED, "P02", NULL },
	{ "Socialpsykiatri cannot answer on a new case of the same person",
	    "info_answer socialpsykiatri kom_tovholder",
	    "coop=psp exposed=yes purpose=exposed_persons alone "
	    "carry=health_other",
	    CODE_PROHIBITED, "P02", NULL },
	{ "nor even say no to the kommune",
	    "info_decline socialpsykiatri kom_tovholder",
	    "coop=psp exposed=yes purpose=exposed_persons alone answers",
	    CODE_PROHIBITED, "P02", NULL },
	{ "The kommune cannot ask its units",
	    "info_request kom_tovholder jobcenter",
	    "basis=internal rel=same_authority alone", CODE_PROHIBITED, "P02",
	    NULL },
	{ "A prison cannot tell the kommune",
	    "concern kriminalforsorg kom_tovholder",
	    "coop=ksp ksp=a purpose=release alone carry=prison",
	    CODE_PROHIBITED, "P02", NULL },
	{ "Police tell the kommune nothing of the case but an orientation",
	    "addendum pol_tovholder kom_tovholder",
	    "basis=rpl_115_1_1 alone state=police_only carry=police",
	    CODE_PROHIBITED, "P02", NULL },
	{ "also not relaying a citizen", "concern pol_tovholder kom_tovholder",
	    "basis=private_person alone carry=concern", CODE_PROHIBITED, "P02",
	    NULL },
	{ "nor a unit of it", "info_request pol_tovholder jobcenter",
	    "basis=rpl_115_1_1 alone carry=identity", CODE_PROHIBITED, "P02",
	    NULL },
	{ "The orientation passes",
	    "police_orientation pol_tovholder kom_tovholder",
	    "alone carry=logistics", CODE_OK, "R03", NULL },
	{ "Police ask socialpsykiatri at their own choice",
	    "info_request pol_tovholder socialpsykiatri",
	    "coop=psp exposed=yes basis=rpl_115_1_2 "
	    "purpose=exposed_persons alone carry=identity",
	    CODE_OK, "R12", NULL },
	{ "and Kriminalforsorgen", "info_request pol_tovholder kriminalforsorg",
	    "coop=ksp ksp=a basis=rpl_115_1_3 purpose=release alone", CODE_OK,
	    "R15", NULL },
	{ "who answers police", "info_answer kriminalforsorg pol_tovholder",
	    "coop=ksp ksp=a purpose=release alone carry=prison", CODE_OK, "R15",
	    NULL },
	{ "The kommune always reaches police",
	    "addendum kom_tovholder pol_tovholder", "alone carry=social",
	    CODE_OK, "R01", NULL },
	{ "An event tells nobody anything", "screening kom_tovholder infohus",
	    "event=screening_started alone basis=none purpose=none need=none",
	    CODE_OK, "E01", NULL },
	{ "Handed back, the teacher reaches the kommune again",
	    "addendum skole kom_tovholder",
	    "basis=dbl_6_8+fvl_28 state=screening carry=concern", CODE_OK,
	    "R00", NULL },
};

static const struct judging_case exposed[] = {
	{ "PSP needs that the person is socially exposed",
	    "info_request kom_tovholder socialpsykiatri",
	    "coop=psp purpose=exposed_persons carry=identity", CODE_PROHIBITED,
	    "P03", NULL },
	{ "judged not too long ago",
	    "info_request pol_tovholder behandlingspsykiatri",
	    "coop=psp exposed=stale basis=rpl_115_1_2 "
	    "purpose=exposed_persons",
	    CODE_PROHIBITED, "P03", NULL },
	{ "by someone who may judge it",
	    "info_request pol_tovholder socialpsykiatri",
	    "coop=psp exposed=wrong_judge basis=rpl_115_1_2 "
	    "purpose=exposed_persons",
	    CODE_PROHIBITED, "P03", NULL },
	{ "also when only the basis says PSP",
	    "info_request pol_tovholder behandlingspsykiatri",
	    "basis=rpl_115_1_2 purpose=exposed_persons", CODE_PROHIBITED, "P03",
	    NULL },
	{ "also in an ordinary concern",
	    "concern socialpsykiatri pol_tovholder", "coop=psp",
	    CODE_PROHIBITED, "P03", NULL },
	{ "also of a no that carries something",
	    "info_decline behandlingspsykiatri pol_tovholder",
	    "coop=psp basis=rpl_115_2+shl_43 answers carry=health_treatment",
	    CODE_PROHIBITED, "P03", NULL },
	{ "An answer with everything but the judgement is stopped",
	    "info_answer behandlingspsykiatri pol_tovholder",
	    "coop=psp basis=rpl_115_2+shl_43 purpose=exposed_persons "
	    "answers carry=health_treatment",
	    CODE_PROHIBITED, "P03", NULL },
	{ "An acute answer is still an answer",
	    "info_answer socialpsykiatri pol_tovholder",
	    "acute coop=psp purpose=exposed_persons", CODE_PROHIBITED, "P03",
	    NULL },
	{ "and an acute concern to the kommune is not one to police",
	    "concern socialpsykiatri kom_tovholder", "acute coop=psp",
	    CODE_PROHIBITED, "P03", NULL },
	{ "A case event discloses nothing, whatever it names",
	    "police_alone pol_vagt infohus",
	    "coop=psp basis=rpl_115_1_2 unlooked", CODE_OK, "E01", NULL },
	{ "A no that carries nothing needs none",
	    "info_decline behandlingspsykiatri pol_tovholder",
	    "coop=psp basis=rpl_115_2+shl_43 answers", CODE_OK, "R42", NULL },
	{ "Outside PSP nobody must be exposed",
	    "concern socialpsykiatri pol_tovholder", "basis=dbl_6_8+fvl_28",
	    CODE_OK, "R00", NULL },
};

static const struct judging_case letters[] = {
	{ "A convict released in 2021 is no matter for KSP",
	    "concern kriminalforsorg kom_tovholder",
	    "coop=ksp ksp=out_of_window purpose=release carry=prison",
	    CODE_PROHIBITED, "P04", NULL },
	{ "An adult is not letter b", "concern kriminalforsorg kom_tovholder",
	    "coop=ksp ksp=b_not_minor purpose=release", CODE_PROHIBITED, "P04",
	    NULL },
	{ "Letter c needs the judgement",
	    "concern kriminalforsorg kom_tovholder",
	    "coop=ksp ksp=c_no_judgement purpose=release", CODE_PROHIBITED,
	    "P04", NULL },
	{ "No letter at all is no KSP", "concern kriminalforsorg pol_tovholder",
	    "coop=ksp purpose=release", CODE_PROHIBITED, "P04", NULL },
	{ "nor is the basis without a letter",
	    "info_request pol_tovholder kriminalforsorg",
	    "basis=rpl_115_1_3+rpl_115_1_1", CODE_PROHIBITED, "P04", NULL },
	{ "not in an acute answer either",
	    "info_answer kriminalforsorg pol_tovholder",
	    "acute coop=ksp purpose=release", CODE_PROHIBITED, "P04", NULL },
	{ "nor in an acute concern to the kommune",
	    "concern kriminalforsorg kom_tovholder",
	    "acute coop=ksp purpose=release", CODE_PROHIBITED, "P04", NULL },
	{ "nor in a no that carries something",
	    "info_decline kriminalforsorg pol_tovholder",
	    "coop=ksp purpose=release answers carry=prison", CODE_PROHIBITED,
	    "P04", NULL },
	{ "A bare no passes", "info_decline kriminalforsorg pol_tovholder",
	    "coop=ksp purpose=release answers", CODE_OK, "R42", NULL },
	{ "as does a case event", "screening pol_tovholder infohus",
	    "coop=ksp event=screening_started", CODE_OK, "E01", NULL },
	{ "The prison may still raise an ordinary concern with police",
	    "concern kriminalforsorg pol_tovholder",
	    "ksp=out_of_window carry=prison", CODE_OK, "R00", NULL },
	{ "Within the window it is KSP",
	    "concern kriminalforsorg kom_tovholder",
	    "coop=ksp ksp=a purpose=release carry=prison", CODE_OK, "R16",
	    NULL },
	{ "Psychiatry is no party of KSP: not asked",
	    "info_request pol_tovholder behandlingspsykiatri",
	    "coop=ksp ksp=a basis=rpl_115_1_3 purpose=release", CODE_PROHIBITED,
	    "P05", NULL },
	{ "not answering", "info_answer behandlingspsykiatri pol_tovholder",
	    "coop=ksp ksp=a purpose=release carry=health_treatment",
	    CODE_PROHIBITED, "P05", NULL },
	{ "not on the basis alone",
	    "info_request pol_tovholder behandlingspsykiatri",
	    "coop=psp exposed=yes ksp=a basis=rpl_115_1_2+rpl_115_1_3 "
	    "purpose=exposed_persons",
	    CODE_PROHIBITED, "P05", NULL },
	{ "not raising an ordinary concern",
	    "concern behandlingspsykiatri pol_tovholder",
	    "coop=ksp ksp=a basis=shl_43", CODE_PROHIBITED, "P05", NULL },
	{ "not on that basis", "concern behandlingspsykiatri pol_tovholder",
	    "ksp=a basis=shl_43+rpl_115_1_3", CODE_PROHIBITED, "P05", NULL },
	{ "not in an acute answer",
	    "info_answer behandlingspsykiatri pol_tovholder",
	    "acute coop=ksp ksp=a", CODE_PROHIBITED, "P05", NULL },
	{ "not acutely to the kommune",
	    "concern behandlingspsykiatri kom_tovholder",
	    "acute coop=ksp ksp=a", CODE_PROHIBITED, "P05", NULL },
	{ "but its underretning is no KSP matter",
	    "underretning behandlingspsykiatri boern_familie",
	    "nocase state=none coop=ksp ksp=a child=other", CODE_OK, "R24",
	    NULL },
	{ "not with a no", "info_decline kriminalforsorg behandlingspsykiatri",
	    "coop=ksp ksp=a purpose=release", CODE_PROHIBITED, "P05", NULL },
	{ "In PSP it is a party",
	    "info_request pol_tovholder behandlingspsykiatri",
	    "coop=psp exposed=yes ksp=a basis=rpl_115_1_2 "
	    "purpose=exposed_persons",
	    CODE_OK, "R08", NULL },
	{ "Socialpsykiatri is not treatment psychiatry, but no KSP party "
	  "either",
	    "concern kriminalforsorg socialpsykiatri",
	    "coop=ksp ksp=a purpose=release", CODE_PROHIBITED, "P12", NULL },
};

static const struct judging_case relatives[] = {
	{ "A kommune may not rest on § 115 a",
	    "addendum kom_tovholder pol_tovholder", "basis=rpl_115a",
	    CODE_PROHIBITED, "P06", NULL },
	{ "not beside another basis either",
	    "addendum kom_tovholder pol_tovholder", "basis=rpl_115a+rpl_115_2",
	    CODE_PROHIBITED, "P06", NULL },
	{ "Police may not about a minor",
	    "police_orientation pol_tovholder skole",
	    "basis=rpl_115a+rpl_115_1_1 age=minor carry=police",
	    CODE_PROHIBITED, "P06", NULL },
	{ "nor about someone of unknown age",
	    "police_orientation pol_tovholder skole",
	    "basis=rpl_115a+rpl_115_1_1 age=unknown carry=police",
	    CODE_PROHIBITED, "P06", NULL },
	{ "An acute answer may not name it",
	    "info_answer kom_tovholder pol_tovholder",
	    "acute basis=rpl_115a+rpl_115_2", CODE_PROHIBITED, "P06", NULL },
	{ "nor an acute concern to the kommune", "concern skole kom_tovholder",
	    "acute basis=rpl_115a+rpl_115_2", CODE_PROHIBITED, "P06", NULL },
	{ "An underretning passes though it does",
	    "underretning skole boern_familie",
	    "nocase state=none age=minor basis=rpl_115a", CODE_OK, "R24",
	    NULL },
	{ "and so does an event", "police_alone pol_tovholder infohus",
	    "age=unknown "
	    "basis=rpl_115a",
	    CODE_OK, "E01", NULL },
	{ "About an adult it does no harm, and permits nothing by itself",
	    "police_orientation pol_tovholder skole",
	    "basis=rpl_115a carry=police", CODE_NO_PERMIT, "R40", "basis" },
	{ "another basis does", "police_orientation pol_tovholder skole",
	    "basis=rpl_115a+rpl_115_1_1 carry=police", CODE_OK, "R40", NULL },
};

static const struct judging_case institutions[] = {
	{ "An institution that is not drawn in gets nothing about a person",
	    "police_orientation pol_tovholder selvejende",
	    "coop=ssp basis=rpl_115_3 carry=identity", CODE_PROHIBITED, "P07",
	    NULL },
	{ "nor an upper-secondary school",
	    "info_request kom_tovholder ungdomsudd",
	    "basis=rpl_115_3 carry=identity", CODE_PROHIBITED, "P07", NULL },
	{ "nor a university", "info_request kom_tovholder videregaaende",
	    "basis=rpl_115_3 carry=concern", CODE_PROHIBITED, "P07", NULL },
	{ "nor an asylum centre", "info_request pol_tovholder asylcenter",
	    "basis=rpl_115_1_1 carry=identity", CODE_PROHIBITED, "P07", NULL },
	{ "A club never does, whatever it takes part in",
	    "addendum kom_tovholder civilsamfund",
	    "basis=dbl_6_8+fvl_28 recipient carry=identity", CODE_PROHIBITED,
	    "P07", NULL },
	{ "nor a mentor", "addendum kom_tovholder mentor",
	    "recipient carry=concern", CODE_PROHIBITED, "P07", NULL },
	{ "nor the hotline", "info_answer kom_tovholder hotline",
	    "answers carry=concern", CODE_PROHIBITED, "P07", NULL },
	{ "Practical matters are not about a person, but nothing permits them",
	    "addendum kom_tovholder civilsamfund", "carry=logistics",
	    CODE_NO_PERMIT, NULL, NULL },
	{ "An institution that is drawn in gets what the cooperation needs",
	    "info_request pol_tovholder videregaaende",
	    "coop=ssp basis=rpl_115_3 rel=participant recipient "
	    "carry=identity",
	    CODE_OK, "R14", NULL },
	{ "and always sends", "addendum civilsamfund kom_tovholder",
	    "basis=private_person carry=identity", CODE_OK, "R00", NULL },
};

static const struct judging_case statements[] = {
	{ "Who says no purpose discloses nothing",
	    "concern jobcenter kom_tovholder", "purpose=none", CODE_PROHIBITED,
	    "P13", NULL },
	{ "nor without a basis", "concern asylcenter pol_tovholder",
	    "basis=none", CODE_PROHIBITED, "P13", NULL },
	{ "nor without any word of why it is necessary",
	    "concern asylcenter pol_tovholder", "need=none", CODE_PROHIBITED,
	    "P13", NULL },
	{ "Words instead of the code will do",
	    "concern asylcenter pol_tovholder", "need=none words", CODE_OK,
	    "R00", NULL },
	{ "and so will the code alone", "concern asylcenter pol_tovholder", "",
	    CODE_OK, "R00", NULL },
	{ "Police owe the same", "info_answer pol_tovholder kom_tovholder",
	    "basis=rpl_115_1_1 purpose=none carry=police", CODE_PROHIBITED,
	    "P13", NULL },
	{ "An acute message to the kommune owes it too",
	    "concern skole kom_tovholder", "acute basis=none", CODE_PROHIBITED,
	    "P13", NULL },
	{ "An acute answer to police as well",
	    "info_answer skole pol_tovholder", "acute sender need=none",
	    CODE_PROHIBITED, "P13", NULL },
	{ "An acute one to police does not", "concern skole pol_vagt",
	    "acute basis=none need=none", CODE_OK, "R43", NULL },
	{ "An orientation about a person owes it",
	    "police_orientation pol_tovholder skole",
	    "basis=none carry=identity", CODE_PROHIBITED, "P13", NULL },
	{ "A no with something in it owes it",
	    "info_decline jobcenter kom_tovholder",
	    "basis=none answers carry=employment", CODE_PROHIBITED, "P13",
	    NULL },
};

static const struct judging_case early[] = {
	{ "A school claims acute: the kommune does not get it yet",
	    "concern skole kom_tovholder",
	    "acute unlooked basis=dbl_8_2 purpose=avert_danger",
	    CODE_PROHIBITED, "P20", NULL },
	{ "police do", "concern skole pol_tovholder",
	    "acute unlooked basis=dbl_8_2 purpose=avert_danger", CODE_OK, "R43",
	    NULL },
	{ "A quiet addition to a case claimed acute is held back alike",
	    "addendum skole kom_tovholder", "claimed unlooked", CODE_PROHIBITED,
	    "P20", NULL },
	{ "while police get it", "addendum skole pol_tovholder",
	    "claimed unlooked", CODE_OK, "R00", NULL },
	{ "An ordinary concern goes to both tovholdere at once",
	    "concern skole kom_tovholder", "unlooked", CODE_OK, "R00", NULL },
	{ "and to nobody else", "concern jobcenter socialpsykiatri",
	    "unlooked basis=dbl_6_8+fvl_28", CODE_PROHIBITED, "P20", NULL },
	{ "not to the social authority out of prison",
	    "concern kriminalforsorg social",
	    "coop=ksp ksp=a purpose=release unlooked", CODE_PROHIBITED, "P20",
	    NULL },
	{ "which gets it once police have looked",
	    "concern kriminalforsorg social", "coop=ksp ksp=a purpose=release",
	    CODE_OK, "R16", NULL },
	{ "The duty desk cannot pass an acute one on to the kommune",
	    "concern pol_vagt kom_tovholder",
	    "acute unlooked basis=private_person", CODE_PROHIBITED, "P20",
	    NULL },
	{ "but orient it", "police_orientation pol_vagt kom_tovholder",
	    "acute claimed unlooked carry=logistics", CODE_OK, "R03", NULL },
	{ "What the police tovholder sends himself, he has looked at",
	    "concern pol_tovholder kom_tovholder",
	    "acute unlooked basis=rpl_115_1_1 carry=police", CODE_OK, "R02",
	    NULL },
	{ "also in a case that somebody has claimed acute",
	    "addendum pol_tovholder kom_tovholder",
	    "claimed unlooked basis=rpl_115_1_1 carry=police", CODE_OK, "R02",
	    NULL },
	{ "so he may ask before the screening",
	    "info_request pol_tovholder kriminalforsorg",
	    "basis=rpl_115_1_1 unlooked state=received carry=identity", CODE_OK,
	    "R18", NULL },
	{ "An underretning waits for nobody",
	    "underretning skole boern_familie",
	    "acute nocase state=none unlooked age=minor", CODE_OK, "R24",
	    NULL },
};

static const struct {
	const char *says, *route, *rest;
	size_t n;
	const char *begins[2];
} duties[] = {
	{ "A concern about a minor reminds of the underretning",
	    "concern skole kom_tovholder", "age=minor informed=yes", 1,
	    { "Er personen under 18" } },
	{ "unknown age is read as a minor", "concern skole kom_tovholder",
	    "age=unknown informed=yes", 1, { "Er personen under 18" } },
	{ "not when one was made", "concern skole kom_tovholder",
	    "age=minor made informed=yes", 0, { NULL } },
	{ "not about an adult", "concern skole kom_tovholder", "informed=yes",
	    0, { NULL } },
	{ "Who discloses to somebody new says whether the person knows",
	    "info_answer kom_part kom_tovholder", "sender", 1,
	    { "Oplys, om personen" } },
	{ "that it was postponed is an answer",
	    "info_answer kom_part kom_tovholder", "sender informed=postponed",
	    0, { NULL } },
	{ "and so is that it need not be told",
	    "info_answer kom_part kom_tovholder", "sender informed=exempt", 0,
	    { NULL } },
	{ "Who knows of the case already is not new",
	    "info_answer kom_part kom_tovholder", "sender recipient", 0,
	    { NULL } },
	{ "A question discloses nothing new",
	    "info_request kom_tovholder jobcenter", "", 0, { NULL } },
	{ "A joint act reminds of the other signature",
	    "screening kom_tovholder infohus", "event=screening_accepted", 1,
	    { "Gælder først" } },
	{ "Beginning the screening is nobody's joint act",
	    "screening kom_tovholder infohus", "event=screening_started", 0,
	    { NULL } },
	{ "An assessment is journalled where the plan says so",
	    "assessment_summary kom_tovholder social",
	    "recipient set=journal_note", 1, { "Journaliser" } },
	{ "not elsewhere", "assessment_summary kom_tovholder social",
	    "recipient set=progress_reports", 0, { NULL } },
	{ "A correction goes to everyone who got the original",
	    "correction skole kom_tovholder", "", 1, { "Send rettelsen" } },
	{ "The responsible authority reports where the plan says so",
	    "responsible_appointed kom_tovholder social",
	    "recipient set=progress_reports", 1, { "Den handleansvarlige" } },
	{ "not when it is the underretning itself",
	    "underretning skole boern_familie", "nocase age=minor", 0,
	    { NULL } },
	{ "Every acute message is answered with 112 and 114",
	    "concern skole pol_tovholder", "acute", 1, { "Ring 112" } },
	{ "also a refused one", "concern skole kom_tovholder", "acute unlooked",
	    1, { "Ring 112" } },
	{ "An acute message is asked for nothing",
	    "concern skole pol_tovholder", "acute age=adult", 1,
	    { "Ring 112" } },
	{ "Both at once", "concern skole pol_vagt", "acute age=minor", 2,
	    { "Er personen under 18", "Ring 112" } },
};

static void
nothing_for_an_investigation(void **state)
{
	JUDGING_RUN(state, investigation);
}

static void
nobody_else_while_police_are_alone(void **state)
{
	JUDGING_RUN(state, alone);
}

static void
psp_needs_an_exposed_person(void **state)
{
	JUDGING_RUN(state, exposed);
}

static void
ksp_needs_its_letters_and_no_psychiatry(void **state)
{
	JUDGING_RUN(state, letters);
}

static void
relatives_are_told_by_police_about_adults(void **state)
{
	JUDGING_RUN(state, relatives);
}

static void
institutions_must_be_drawn_in(void **state)
{
	JUDGING_RUN(state, institutions);
}

static void
basis_purpose_and_necessity_are_stated(void **state)
{
	JUDGING_RUN(state, statements);
}

static void
police_look_first(void **state)
{
	JUDGING_RUN(state, early);
}

static void
duties_remind_and_never_refuse(void **state)
{
	const struct judging *j = *state;

	for (size_t i = 0; i < sizeof(duties) / sizeof(duties[0]); i++) {
		struct facts f = judging_facts(duties[i].route, duties[i].rest);
		const char *notice[4];
		size_t n = rules_notices(j->rules, &f, JUDGED_AT, notice, 4);

		if (n != duties[i].n)
			fail_msg("%s: found %zu notices", duties[i].says, n);
		for (size_t k = 0; k < n; k++)
			if (strncmp(notice[k], duties[i].begins[k],
				strlen(duties[i].begins[k])) != 0)
				fail_msg(
				    "%s: found %s", duties[i].says, notice[k]);
		/* With less room it fills just that. */
		assert_int_equal(
		    rules_notices(j->rules, &f, JUDGED_AT, notice, 0), 0);
	}
}

/* xorshift64*: the same facts on every machine. */
static unsigned
pick(uint64_t *seed, unsigned n)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (unsigned)((*seed * UINT64_C(2685821657736338717)) >> 33) % n;
}

static struct facts
any_facts(uint64_t *s)
{
	return (struct facts){
		.kind = (uint8_t)(1 + pick(s, 10)),
		.urgency = (uint8_t)pick(s, 2),
		.from = (uint8_t)(1 + pick(s, 26)),
		.to = (uint8_t)(1 + pick(s, 26)),
		.cooperation = (uint8_t)pick(s, 4),
		.purpose = (uint8_t)pick(s, 8),
		.necessity = (uint8_t)pick(s, 6),
		.age = (uint8_t)pick(s, 3),
		.concerned_child = (uint8_t)pick(s, 4),
		.exposed = (uint8_t)pick(s, 4),
		.ksp = (uint8_t)pick(s, 7),
		.consent = (uint8_t)pick(s, 5),
		.state = (uint8_t)pick(s, 13),
		.event = (uint8_t)pick(s, 4),
		.has_case = pick(s, 2),
		.police_alone = pick(s, 2),
		.police_looked = pick(s, 2),
		.case_acute = pick(s, 2),
		.sender_participant = pick(s, 2),
		.recipient_participant = pick(s, 2),
		.answers_request = pick(s, 2),
		.necessity_text = pick(s, 2),
		.basis = pick(s, 1u << 17) << 1 & pick(s, 1u << 17) << 1,
		.relation = pick(s, 1u << 7) << 1,
		.categories = pick(s, 1u << 23) & pick(s, 1u << 23) &
		    pick(s, 1u << 23),
	};
}

static bool
is_police(unsigned role)
{
	return role == ROLE_POL_TOVHOLDER || role == ROLE_POL_VAGT;
}

/* The bases of health law and consent, of which one opens treatment data. */
#define HEALTH_BASES \
	(1u << BASIS_SHL_43 | 1u << BASIS_SHL_43_2_2 | 1u << BASIS_CONSENT)

static bool
must_be_refused(const struct facts *f)
{
	bool acute = f->urgency == URGENCY_ACUTE && is_police(f->to) &&
	    (f->kind == KIND_CONCERN || f->kind == KIND_ADDENDUM);
	bool caseless = f->kind == KIND_UNDERRETNING;
	bool treated = (f->categories &
			   CATEGORY_BIT(CATEGORY_HEALTH_TREATMENT)) != 0;
	bool party = f->to != ROLE_INFOHUS && !is_police(f->to);

	if (f->purpose == PURPOSE_INVESTIGATION || f->to == ROLE_EFTERFORSKER)
		return true;
	if (acute || caseless)
		return false;
	return (f->police_alone && party && !is_police(f->from)) ||
	    (!f->police_looked && party && f->to != ROLE_KOM_TOVHOLDER &&
		!is_police(f->from)) ||
	    (treated && f->cooperation != COOPERATION_PSP &&
		(f->basis & HEALTH_BASES) == 0) ||
	    f->to == ROLE_CDE || f->to == ROLE_PET || f->to == ROLE_AUDITOR;
}

static void
whatever_the_facts(void **state)
{
	const struct judging *j = *state;
	uint64_t seed = SEED;
	size_t permitted = 0;

	print_message("seed %llu\n", (unsigned long long)SEED);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct facts f = any_facts(&seed);
		struct judgement out = { .rule = NULL }, again = out;

		if (i % 2 == 0) { /* acute to police */
			f.urgency = URGENCY_ACUTE;
			f.kind = (uint8_t)(KIND_CONCERN + pick(&seed, 2));
			f.to = (uint8_t)(ROLE_POL_TOVHOLDER + pick(&seed, 2));
		}
		judge(j->rules, &f, JUDGED_AT, &out);
		judge(j->rules, &f, JUDGED_AT, &again);
		assert_memory_equal(&out, &again, sizeof(out));
		assert_int_equal(
		    out.outcome == OUTCOME_PERMIT, out.code == CODE_OK);
		assert_non_null(out.rule);
		assert_true(out.n_missing <= MISSING_MAX);
		assert_int_equal(out.code == CODE_NO_PERMIT, out.n_missing > 0);
		if (must_be_refused(&f))
			assert_int_equal(out.outcome, OUTCOME_REFUSE);
		else if (i % 2 == 0)
			assert_int_equal(out.outcome, OUTCOME_PERMIT);
		permitted += out.outcome == OUTCOME_PERMIT;
	}
	assert_true(permitted > ROUNDS / 4);
}

/* A number that no list has is permitted nothing, and does no harm. */
static void
numbers_out_of_their_list_are_refused(void **state)
{
	const struct judging *j = *state;
	struct facts good = judging_facts("concern skole kom_tovholder", "");
	size_t offset[] = { offsetof(struct facts, kind),
		offsetof(struct facts, urgency), offsetof(struct facts, from),
		offsetof(struct facts, to), offsetof(struct facts, cooperation),
		offsetof(struct facts, purpose),
		offsetof(struct facts, necessity), offsetof(struct facts, age),
		offsetof(struct facts, state), offsetof(struct facts, event) };
	struct judgement out;

	judge(j->rules, &good, JUDGED_AT, &out);
	assert_int_equal(out.outcome, OUTCOME_PERMIT);
	for (size_t i = 0; i < sizeof(offset) / sizeof(offset[0]); i++)
		for (unsigned n = 60; n < 256; n += 15) {
			struct facts f = good;

			((uint8_t *)&f)[offset[i]] = (uint8_t)n;
			judge(j->rules, &f, JUDGED_AT, &out);
			assert_int_equal(out.outcome, OUTCOME_REFUSE);
		}
	good.categories = 1ULL << 40;
	judge(j->rules, &good, JUDGED_AT, &out);
	assert_int_equal(out.outcome, OUTCOME_REFUSE);
}

/* Rules apply from the instant they say, no earlier. */
static void
rules_have_their_time(void **state)
{
	const struct judging *j = *state;
	struct facts f = judging_facts(
	    "underretning skole boern_familie", "nocase state=none age=minor");
	uint64_t start = UINT64_C(1704063600000); /* 2023-12-31T23:00:00Z */
	struct judgement out;

	judge(j->rules, &f, start, &out);
	assert_int_equal(out.code, CODE_OK);
	judge(j->rules, &f, start - 1, &out);
	assert_int_equal(out.code, CODE_NO_PERMIT);
	judge(j->rules, &f, 0, &out);
	assert_int_equal(out.code, CODE_NO_PERMIT);
	assert_null(out.rule);
	assert_int_equal(out.n_missing, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_for_an_investigation),
		cmocka_unit_test(nobody_else_while_police_are_alone),
		cmocka_unit_test(psp_needs_an_exposed_person),
		cmocka_unit_test(ksp_needs_its_letters_and_no_psychiatry),
		cmocka_unit_test(relatives_are_told_by_police_about_adults),
		cmocka_unit_test(institutions_must_be_drawn_in),
		cmocka_unit_test(basis_purpose_and_necessity_are_stated),
		cmocka_unit_test(police_look_first),
		cmocka_unit_test(duties_remind_and_never_refuse),
		cmocka_unit_test(whatever_the_facts),
		cmocka_unit_test(numbers_out_of_their_list_are_refused),
		cmocka_unit_test(rules_have_their_time),
	};

	return cmocka_run_group_tests(tests, judging_load, judging_unload);
}
