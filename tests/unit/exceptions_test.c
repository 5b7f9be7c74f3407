/*
 * SPDX-License-Identifier: MIT
 *
 * exceptions: what the prohibitions on an effort, on parties of a cooperation,
 * on sealed identities and on outsiders stop, and each thing they must let
 * pass; and the rules that wait for facts which core does not record yet.
 */
#include "tests/unit/judging.h"

static const struct judging_case effort[] = {
	{ "Once an effort runs § 115 carries no answer",
	    "info_answer kom_part kom_tovholder",
	    "sender state=action carry=social", CODE_PROHIBITED, "P21", NULL },
	{ "nor while it is followed up", "info_request kom_tovholder skole",
	    "state=follow_up carry=identity", CODE_PROHIBITED, "P21", NULL },
	{ "nor between the tovholdere",
	    "info_answer pol_tovholder kom_tovholder",
	    "state=action basis=rpl_115_1_1 carry=police", CODE_PROHIBITED,
	    "P21", NULL },
	{ "nor with an institution", "info_request kom_tovholder selvejende",
	    "state=action basis=rpl_115_3 rel=participant recipient",
	    CODE_PROHIBITED, "P21", NULL },
	{ "nor in PSP", "info_request pol_tovholder behandlingspsykiatri",
	    "state=action coop=psp exposed=yes basis=rpl_115_1_2 "
	    "purpose=exposed_persons",
	    CODE_PROHIBITED, "P21", NULL },
	{ "nor in KSP", "info_answer kriminalforsorg pol_tovholder",
	    "state=action coop=ksp ksp=a purpose=release carry=prison",
	    CODE_PROHIBITED, "P21", NULL },
	{ "not even beside another ground",
	    "info_answer kom_part kom_tovholder",
	    "sender state=action basis=rpl_115_2+sector_law carry=social",
	    CODE_PROHIBITED, "P21", NULL },
	{ "A new worry is a concern and passes", "concern skole kom_tovholder",
	    "state=action carry=school", CODE_OK, "R00", NULL },
	{ "as does an addition", "addendum skole pol_tovholder",
	    "state=follow_up carry=school", CODE_OK, "R00", NULL },
	{ "Police tell the leader of a school what must be known",
	    "police_orientation pol_tovholder skole",
	    "state=action basis=rpl_115_1_1 carry=police", CODE_OK, "R40",
	    NULL },
	{ "A bare no passes", "info_decline jobcenter kom_tovholder",
	    "state=action answers", CODE_OK, "R42", NULL },
	{ "not one with something in it",
	    "info_decline jobcenter kom_tovholder",
	    "state=action answers carry=employment", CODE_PROHIBITED, "P21",
	    NULL },
	{ "and so does a bare reply to a meeting",
	    "meeting_reply jobcenter kom_tovholder", "state=action answers",
	    CODE_OK, "R42", NULL },
	{ "Answers that police asked for while alone pass",
	    "info_answer kriminalforsorg pol_tovholder",
	    "state=action alone coop=ksp ksp=a purpose=release carry=prison",
	    CODE_OK, "R15", NULL },
	{ "and so do their questions",
	    "info_request pol_tovholder behandlingspsykiatri",
	    "state=action alone coop=psp exposed=yes basis=rpl_115_1_2 "
	    "purpose=exposed_persons",
	    CODE_OK, "R08", NULL },
	{ "An error is set right also then",
	    "correction kom_tovholder pol_tovholder",
	    "state=action had carry=social", CODE_OK, "R41", NULL },
	{ "not told to who never had it",
	    "correction kom_tovholder pol_tovholder",
	    "state=action carry=social", CODE_PROHIBITED, "P21", NULL },
	{ "A crisis that police opened goes on",
	    "crisis pol_tovholder kom_tovholder",
	    "state=action crisis_open set=crisis_team basis=rpl_115_1_1 "
	    "rel=participant carry=police",
	    CODE_OK, "R35", NULL },
	{ "not one that nobody opened", "crisis pol_tovholder kom_tovholder",
	    "state=action set=crisis_team basis=rpl_115_1_1 rel=participant",
	    CODE_PROHIBITED, "P21", NULL },
	{ "The responsible authority reports by its own law",
	    "status_report social kom_tovholder",
	    "state=action responsible rel=participant basis=sector_law "
	    "purpose=intervention carry=recommendation",
	    CODE_OK, "R23", NULL },
	{ "or with consent", "status_report social kom_tovholder",
	    "state=action responsible rel=participant basis=consent "
	    "consent=valid purpose=intervention carry=recommendation",
	    CODE_OK, "R23", NULL },
	{ "A mentor does not, without consent",
	    "status_report mentor pol_tovholder",
	    "state=action sender basis=sector_law purpose=intervention "
	    "carry=recommendation",
	    CODE_NO_PERMIT, NULL, NULL },
	{ "with it he may", "status_report mentor pol_tovholder",
	    "state=action sender basis=consent consent=valid "
	    "purpose=intervention carry=recommendation",
	    CODE_OK, "R46", NULL },
	{ "Before the effort § 115 carries the answer",
	    "recommendation_reply social kom_tovholder",
	    "state=recommended responsible rel=participant "
	    "carry=recommendation",
	    CODE_OK, "R23", NULL },
};

static const struct judging_case parties[] = {
	{ "In PSP a jobcenter is nobody",
	    "info_request kom_tovholder jobcenter",
	    "coop=psp exposed=yes purpose=exposed_persons carry=identity",
	    CODE_PROHIBITED, "P12", NULL },
	{ "in KSP psychiatry's neighbour is not either",
	    "concern kriminalforsorg socialpsykiatri",
	    "coop=ksp ksp=a purpose=release", CODE_PROHIBITED, "P12", NULL },
	{ "in SSP Kriminalforsorgen is not",
	    "info_request pol_tovholder kriminalforsorg",
	    "coop=ssp basis=rpl_115_1_1 carry=identity", CODE_PROHIBITED, "P12",
	    NULL },
	{ "unless it takes part in the case",
	    "info_request pol_tovholder kriminalforsorg",
	    "coop=ssp basis=rpl_115_1_1 recipient carry=identity", CODE_OK,
	    "R18", NULL },
	{ "An institution that is drawn in takes part",
	    "info_request kom_tovholder selvejende",
	    "coop=psp exposed=yes basis=rpl_115_3 purpose=exposed_persons "
	    "rel=participant recipient carry=identity",
	    CODE_OK, "R14", NULL },
	{ "Naming no cooperation is no way in, nor forbidden as such",
	    "info_request pol_tovholder kriminalforsorg",
	    "basis=rpl_115_1_1 carry=identity", CODE_OK, "R18", NULL },
	{ "A bare no to whoever asked passes",
	    "info_decline behandlingspsykiatri jobcenter",
	    "coop=psp exposed=yes answers", CODE_OK, "R42", NULL },
	{ "A correction goes where the error went",
	    "correction pol_tovholder jobcenter",
	    "coop=ssp basis=rpl_115_1_1 had carry=police", CODE_OK, "R41",
	    NULL },
	{ "and nowhere else", "correction pol_tovholder jobcenter",
	    "coop=ssp basis=rpl_115_1_1 carry=police", CODE_PROHIBITED, "P12",
	    NULL },
	{ "An underretning is no matter of a cooperation",
	    "underretning kriminalforsorg boern_familie",
	    "nocase state=none unlooked coop=psp child=other", CODE_OK, "R24",
	    NULL },
	{ "An acute concern reaches police whatever it names",
	    "concern skole pol_vagt", "acute unlooked coop=ksp", CODE_OK, "R43",
	    NULL },
};

static const struct judging_case outsiders[] = {
	{ "A kommune reports nothing to PET", "pet_report kom_tovholder pet",
	    "basis=police_law set=pet_report", CODE_PROHIBITED, "P10", NULL },
	{ "nor does anyone who sends it to police by that name",
	    "pet_report skole pol_tovholder", "", CODE_PROHIBITED, "P10",
	    NULL },
	{ "Police do where it has been switched on",
	    "pet_report pol_tovholder pet",
	    "alone basis=police_law set=pet_report carry=police", CODE_OK,
	    "R19", NULL },
	{ "not elsewhere", "pet_report pol_tovholder pet",
	    "basis=police_law carry=police", CODE_NO_PERMIT, "R19",
	    "setting: pet_report" },
	{ "not with what psychiatry said", "pet_report pol_tovholder pet",
	    "basis=police_law set=pet_report carry=health_treatment",
	    CODE_NO_PERMIT, "R19", "category: health_treatment" },
	{ "The network hears of no case",
	    "notice kom_tovholder infohus_netvaerk", "carry=logistics",
	    CODE_PROHIBITED, "P11", NULL },
	{ "and of nobody's name",
	    "anonymous_case pol_tovholder infohus_netvaerk",
	    "nocase carry=concern+family", CODE_PROHIBITED, "P11", NULL },
	{ "but of what happened, before police have looked too",
	    "anonymous_case kom_tovholder infohus_netvaerk",
	    "nocase unlooked state=none basis=none purpose=none need=none "
	    "carry=concern+conviction+d2",
	    CODE_OK, "R38", NULL },
	{ "A steering group hears of nobody",
	    "assessment_summary kom_tovholder styregruppe", "carry=d1",
	    CODE_PROHIBITED, "P11", NULL },
	{ "nor does the centre for documentation",
	    "contribution kom_tovholder cde", "carry=concern", CODE_PROHIBITED,
	    "P11", NULL },
	{ "A sealed identity cannot be linked", "concern skole kom_tovholder",
	    "sealed carry=identity", CODE_PROHIBITED, "P22", NULL },
	{ "one in plain can", "concern skole kom_tovholder", "carry=identity",
	    CODE_OK, "R00", NULL },
	{ "and sealed sections beside it do no harm",
	    "concern skole kom_tovholder", "sealed carry=concern", CODE_OK,
	    "R00", NULL },
	{ "Danger does not wait for that", "concern skole pol_tovholder",
	    "acute unlooked sealed carry=identity", CODE_OK, "R43", NULL },
	{ "nor does a child", "underretning skole boern_familie",
	    "nocase state=none unlooked age=minor sealed carry=identity",
	    CODE_OK, "R24", NULL },
};

static const struct judging_case alone[] = {
	{ "While police are alone the kommune summons nobody",
	    "meeting_summons kom_tovholder jobcenter",
	    "alone basis=internal rel=same_authority", CODE_PROHIBITED, "P02",
	    NULL },
	{ "corrects nothing to others", "correction kom_tovholder social",
	    "alone had carry=social", CODE_PROHIBITED, "P02", NULL },
	{ "tells no one that consent was withdrawn",
	    "consent kom_tovholder social",
	    "alone sender rel=participant carry=logistics", CODE_PROHIBITED,
	    "P02", NULL },
	{ "and gives no receipt to a citizen",
	    "citizen_receipt kom_tovholder hotline",
	    "alone rel=participant carry=logistics", CODE_PROHIBITED, "P02",
	    NULL },
	{ "but tells police all it wants",
	    "contribution kom_tovholder pol_tovholder",
	    "alone carry=social+health_other", CODE_OK, "R01", NULL },
	{ "and corrects what it told them",
	    "correction kom_tovholder pol_tovholder", "alone had carry=social",
	    CODE_OK, "R41", NULL },
	{ "Police summon no party then",
	    "meeting_summons pol_tovholder kom_part",
	    "alone basis=rpl_115_1_1 rel=participant", CODE_PROHIBITED, "P02",
	    NULL },
	{ "ask no institution", "info_request pol_tovholder selvejende",
	    "alone basis=rpl_115_3 rel=participant recipient carry=identity",
	    CODE_PROHIBITED, "P02", NULL },
	{ "and send no bare notice", "notice pol_tovholder kom_tovholder",
	    "alone carry=logistics", CODE_PROHIBITED, "P02", NULL },
	{ "but an orientation to a crisis team",
	    "police_orientation pol_tovholder social",
	    "alone crisis_open set=crisis_team basis=rpl_115_1_1 "
	    "rel=participant purpose=avert_danger carry=police",
	    CODE_OK, "R35", NULL },
	{ "and summon psychiatry",
	    "meeting_summons pol_tovholder behandlingspsykiatri",
	    "alone coop=psp exposed=yes basis=rpl_115_1_2 "
	    "purpose=exposed_persons carry=police",
	    CODE_OK, "R08", NULL },
	{ "The child unit answers who notified it",
	    "underretning_receipt boern_familie skole",
	    "nocase state=none alone unlooked basis=none purpose=none "
	    "need=none carry=logistics",
	    CODE_OK, "R24b", NULL },
	{ "EAE lets the regional infohus know", "notice eae infohus_regional",
	    "alone unlooked set=regional_notice carry=logistics", CODE_OK,
	    "R20", NULL },
	{ "nothing about the person", "notice eae infohus_regional",
	    "alone unlooked set=regional_notice carry=police", CODE_PROHIBITED,
	    "P02", NULL },
	{ "Before police have looked nobody is summoned",
	    "meeting_summons kom_tovholder jobcenter",
	    "unlooked basis=internal rel=same_authority", CODE_PROHIBITED,
	    "P20", NULL },
	{ "nor does the SSP consultant hear of it",
	    "passed_on social ssp_konsulent",
	    "unlooked age=minor set=ssp_minor basis=internal "
	    "rel=same_authority carry=concern",
	    CODE_PROHIBITED, "P20", NULL },
	{ "Once an investigation is open police give a reason in words",
	    "info_request pol_tovholder kom_tovholder",
	    "investigation basis=rpl_115_1_1", CODE_PROHIBITED, "P01", NULL },
	{ "and are answered then", "info_request pol_tovholder kom_tovholder",
	    "investigation words basis=rpl_115_1_1", CODE_OK, "R02", NULL },
	{ "The kommune's own question needs none",
	    "info_request kom_tovholder pol_tovholder", "investigation",
	    CODE_OK, "R01", NULL },
};

static const struct judging_case waiting[] = {
	{ "Kriminalforsorgen outside the letters waits for its approver",
	    "concern kriminalforsorg kom_tovholder", "carry=prison",
	    CODE_PENDING, "R17", NULL },
	{ "within them it does not", "concern kriminalforsorg kom_tovholder",
	    "coop=ksp ksp=a purpose=release carry=prison", CODE_OK, "R16",
	    NULL },
	{ "What waits is within the rule too",
	    "concern kriminalforsorg kom_tovholder", "carry=family",
	    CODE_NO_PERMIT, "R17", "category: family" },
	{ "and under the prohibitions", "concern kriminalforsorg kom_tovholder",
	    "alone carry=prison", CODE_PROHIBITED, "P02", NULL },
	{ "An acute one waits for nobody",
	    "concern kriminalforsorg pol_tovholder",
	    "acute unlooked carry=prison", CODE_OK, "R43", NULL },
	{ "A minor who moves is told of at once",
	    "transfer kom_tovholder kom_tovholder",
	    "age=minor basis=bl_132 purpose=child_protection "
	    "carry=identity+social",
	    CODE_OK, "R39", NULL },
	{ "an adult waits", "transfer kom_tovholder kom_tovholder",
	    "basis=dbl_6_8+fvl_28 carry=identity+concern", CODE_PENDING, "R39b",
	    NULL },
	{ "unknown age waits too", "transfer kom_tovholder kom_tovholder",
	    "age=unknown basis=dbl_6_8+fvl_28 carry=identity", CODE_PENDING,
	    "R39b", NULL },
	{ "The approver says yes or no", "approval godkender infohus",
	    "event=approved basis=none purpose=none need=none", CODE_OK, "E02",
	    NULL },
	{ "and nobody else does", "approval kom_tovholder infohus",
	    "event=approved", CODE_NO_PERMIT, "E02", "from" },
	{ "An assessment goes by dimension",
	    "assessment_summary kom_tovholder kom_part",
	    "state=assessed rel=participant recipient carry=d1+d3", CODE_OK,
	    "R21", NULL },
	{ "to a jobcenter without crime",
	    "assessment_summary kom_tovholder jobcenter",
	    "state=assessed rel=participant recipient carry=d3", CODE_NO_PERMIT,
	    "R21", "category: d3" },
	{ "and without mental health",
	    "assessment_summary kom_tovholder jobcenter",
	    "state=assessed rel=participant recipient carry=d6", CODE_NO_PERMIT,
	    "R21", "category: d6" },
	{ "which goes in PSP", "assessment_summary kom_tovholder social",
	    "state=assessed rel=participant recipient coop=psp exposed=yes "
	    "purpose=exposed_persons carry=d3+d6",
	    CODE_OK, "R21", NULL },
	{ "A recommendation goes to who is responsible",
	    "recommendation kom_tovholder social",
	    "state=assessed to_responsible rel=participant "
	    "carry=recommendation+d4",
	    CODE_OK, "R22", NULL },
	{ "to nobody else", "recommendation kom_tovholder social",
	    "state=assessed rel=participant carry=recommendation",
	    CODE_NO_PERMIT, "R22", "recipient is the responsible authority" },
	{ "Its own units are involved by that authority",
	    "info_request social jobcenter",
	    "state=action responsible rel=same_authority basis=internal "
	    "carry=identity+employment",
	    CODE_OK, "R44", NULL },
	{ "A correction with treatment in it stands on psychiatry's law",
	    "correction behandlingspsykiatri pol_tovholder",
	    "had coop=psp exposed=yes basis=rpl_115_2+shl_43 "
	    "purpose=exposed_persons carry=health_treatment",
	    CODE_OK, "R41", NULL },
	{ "on nothing less", "correction sundhedspleje kom_tovholder",
	    "had carry=health_treatment", CODE_NO_PERMIT, "R41",
	    "category: health_treatment" },
	{ "What was taken back is said in practical words",
	    "retract skole kom_tovholder",
	    "had basis=none purpose=none need=none carry=logistics", CODE_OK,
	    "R41", NULL },
};

static void
section_115_ends_where_an_effort_begins(void **state)
{
	JUDGING_RUN(state, effort);
}

static void
a_cooperation_has_parties(void **state)
{
	JUDGING_RUN(state, parties);
}

static void
outsiders_hear_of_nobody(void **state)
{
	JUDGING_RUN(state, outsiders);
}

static void
police_alone_and_police_first(void **state)
{
	JUDGING_RUN(state, alone);
}

static void
rules_that_wait(void **state)
{
	JUDGING_RUN(state, waiting);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_115_ends_where_an_effort_begins),
		cmocka_unit_test(a_cooperation_has_parties),
		cmocka_unit_test(outsiders_hear_of_nobody),
		cmocka_unit_test(police_alone_and_police_first),
		cmocka_unit_test(rules_that_wait),
	};

	return cmocka_run_group_tests(tests, judging_load, judging_unload);
}
