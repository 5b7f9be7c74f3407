/*
 * SPDX-License-Identifier: MIT
 *
 * labels: English id and Danish label of every closed list of the protocol.
 *
 * The labels of Source, Gender, AgeBand, Dimension, Factor, HealthFactor,
 * ExtremismForm, the two lists of interventions, RecommendedAction and D1-D9
 * are those of the national status report, Sign those of the municipal
 * emergency plans: official, so never to be corrected, their misprints
 * included ("bekymreingen", "psykolidelse", "Opfording" ...). The
 * rest is ours. Lists of the transport have no Danish.
 */
#include "proto/labels.h"

#include "infohus.pb.h"

/* clang-format off */

static const struct label kind[] = {
	{ KIND_CONCERN, "concern", "Bekymringshenvendelse" },
	{ KIND_ADDENDUM, "addendum", "Supplerende oplysninger" },
	{ KIND_SCREENING, "screening", "Screening" },
	{ KIND_POLICE_ALONE, "police_alone", "Alene hos politiet" },
	{ KIND_POLICE_HANDBACK, "police_handback",
	    "Overgivet som ordinær bekymring" },
	{ KIND_POLICE_ORIENTATION, "police_orientation",
	    "Orientering fra politiet" },
	{ KIND_INFO_REQUEST, "info_request", "Anmodning om oplysninger" },
	{ KIND_INFO_ANSWER, "info_answer", "Svar på anmodning om oplysninger" },
	{ KIND_INFO_DECLINE, "info_decline",
	    "Afslag på anmodning om oplysninger" },
	{ KIND_UNDERRETNING, "underretning",
	    "Underretning (barnets lov § 133)" },
	{ KIND_NOTICE, "notice", "Meddelelse" },
	{ KIND_MEETING_SUMMONS, "meeting_summons", "Mødeindkaldelse" },
	{ KIND_MEETING_REPLY, "meeting_reply", "Svar på mødeindkaldelse" },
	{ KIND_MEETING_CASE_LIST, "meeting_case_list", "Sagsliste til møde" },
	{ KIND_CONTRIBUTION, "contribution", "Bidrag til vurderingen" },
	{ KIND_ASSESSMENT_SUMMARY, "assessment_summary", "Samlet vurdering" },
	{ KIND_RECOMMENDATION, "recommendation", "Anbefaling" },
	{ KIND_RECOMMENDATION_REPLY, "recommendation_reply",
	    "Svar på anbefaling" },
	{ KIND_RESPONSIBLE_APPOINTED, "responsible_appointed",
	    "Handleansvarlig myndighed udpeget" },
	{ KIND_STATUS_REQUEST, "status_request", "Anmodning om status" },
	{ KIND_STATUS_REPORT, "status_report", "Status" },
	{ KIND_REPORTER_QUESTION, "reporter_question",
	    "Spørgsmål til henvender" },
	{ KIND_CONTACT_PLAN, "contact_plan", "Plan for kontakt til borgeren" },
	{ KIND_CONTACT_REPORT, "contact_report",
	    "Referat af kontakt til borgeren" },
	{ KIND_REFERRAL, "referral", "Henvisning til rette instans" },
	{ KIND_UNDERRETNING_RECEIPT, "underretning_receipt",
	    "Kvittering for underretning" },
	{ KIND_UNDERRETNING_FEEDBACK, "underretning_feedback",
	    "Tilbagemelding på underretning" },
	{ KIND_FEEDBACK, "feedback", "Tilbagemelding til henvender" },
	{ KIND_CITIZEN_RECEIPT, "citizen_receipt",
	    "Kvittering og vejledning til borger" },
	{ KIND_CRISIS, "crisis", "Kriseteam" },
	{ KIND_SPARRING, "sparring", "Anonym sparring" },
	{ KIND_CONNECT, "connect", "Henvender sættes i kontakt med politiet" },
	{ KIND_PASSED_ON, "passed_on", "Bekymring givet videre" },
	{ KIND_TRANSFER, "transfer", "Overdragelse til anden kommune" },
	{ KIND_CORRECTION, "correction", "Rettelse" },
	{ KIND_RETRACT, "retract", "Tilbagekaldelse" },
	{ KIND_CASE_CLOSED, "case_closed", "Sag afsluttet" },
	{ KIND_CASE_REOPENED, "case_reopened", "Sag genoptaget" },
	{ KIND_DISCLOSURE_RECORD, "disclosure_record",
	    "Notat om videregivelse til pårørende" },
	{ KIND_JOURNAL_NOTE, "journal_note", "Journalnotat" },
	{ KIND_UDLST_RECORD, "udlst_record",
	    "Notat om indberetning til Udlændingestyrelsen" },
	{ KIND_PET_REPORT, "pet_report", "Indberetning til PET" },
	{ KIND_ANONYMOUS_CASE, "anonymous_case", "Anonymiseret sag" },
	{ KIND_APPROVAL, "approval", "Godkenders afgørelse" },
	{ KIND_CONSENT, "consent", "Samtykke" },
};

static const struct label urgency[] = {
	{ URGENCY_ORDINARY, "ordinary", "Ordinær" },
	{ URGENCY_ACUTE, "acute", "Akut" },
};

static const struct label role[] = {
	{ ROLE_INFOHUS, "infohus", "Infohus" },
	{ ROLE_KOM_TOVHOLDER, "kom_tovholder", "Kommunal infohustovholder" },
	{ ROLE_POL_TOVHOLDER, "pol_tovholder", "Politiets infohustovholder" },
	{ ROLE_POL_VAGT, "pol_vagt", "Politiets vagtcentral" },
	{ ROLE_KOM_PART, "kom_part", "Kommunal infohuspart" },
	{ ROLE_JOBCENTER, "jobcenter", "Jobcenter" },
	{ ROLE_SKOLE, "skole", "Skole" },
	{ ROLE_UNGDOMSUDD, "ungdomsudd", "Ungdomsuddannelse" },
	{ ROLE_VIDEREGAAENDE, "videregaaende", "Videregående uddannelse" },
	{ ROLE_BOERN_FAMILIE, "boern_familie", "Børne- og familieafdeling" },
	{ ROLE_SOCIAL, "social", "Socialafdeling" },
	{ ROLE_SOCIALPSYKIATRI, "socialpsykiatri", "Socialpsykiatri" },
	{ ROLE_SUNDHEDSPLEJE, "sundhedspleje", "Sundhedspleje" },
	{ ROLE_ANBRINGELSESSTED, "anbringelsessted",
	    "Anbringelsessted eller bosted" },
	{ ROLE_BEHANDLINGSPSYKIATRI, "behandlingspsykiatri",
	    "Behandlingspsykiatri" },
	{ ROLE_KRIMINALFORSORG, "kriminalforsorg", "Kriminalforsorgen" },
	{ ROLE_SELVEJENDE, "selvejende", "Selvejende institution" },
	{ ROLE_ASYLCENTER, "asylcenter", "Asylcenter" },
	{ ROLE_HOTLINE, "hotline", "Hotline" },
	{ ROLE_CIVILSAMFUND, "civilsamfund", "Civilsamfund" },
	{ ROLE_MENTOR, "mentor", "Mentor" },
	{ ROLE_PET, "pet", "Politiets Efterretningstjeneste" },
	{ ROLE_UDLST, "udlst", "Udlændingestyrelsen" },
	{ ROLE_CDE, "cde",
	    "Center for Dokumentation og Indsats mod Ekstremisme" },
	{ ROLE_EFTERFORSKER, "efterforsker", "Efterforsker" },
	{ ROLE_AUDITOR, "auditor", "Revisor" },
	{ ROLE_GODKENDER, "godkender", "Godkender" },
	{ ROLE_INFOHUS_NETVAERK, "infohus_netvaerk", "Infohusnetværk" },
	{ ROLE_INFOHUS_REGIONAL, "infohus_regional", "Regionalt infohus" },
	{ ROLE_EAE, "eae", "Politiets efterretnings- og analyseenhed" },
	{ ROLE_SOCIAL_KONTROL, "social_kontrol",
	    "Enhed for negativ social kontrol" },
	{ ROLE_LEDER, "leder", "Henvenders nærmeste leder" },
	{ ROLE_STYREGRUPPE, "styregruppe", "Styregruppe" },
	{ ROLE_SSP_KONSULENT, "ssp_konsulent", "SSP-konsulent" },
};

static const struct label relation[] = {
	{ RELATION_ANY, "any", "Enhver" },
	{ RELATION_SAME_AUTHORITY, "same_authority", "Samme myndighed" },
	{ RELATION_SAME_KOMMUNE, "same_kommune", "Samme kommune" },
	{ RELATION_KOMMUNE_OF_SUBJECT, "kommune_of_subject",
	    "Borgerens bopælskommune" },
	{ RELATION_DISTRICT_OF_SUBJECT, "district_of_subject",
	    "Borgerens politikreds" },
	{ RELATION_REGION_OF_SUBJECT, "region_of_subject", "Borgerens region" },
	{ RELATION_PARTICIPANT, "participant", "Part i sagen" },
	{ RELATION_KOMMUNE_OF_CUSTODY, "kommune_of_custody",
	    "Forældremyndighedsindehaverens kommune" },
};

static const struct label cooperation[] = {
	{ COOPERATION_NONE, "none", "Intet samarbejde" },
	{ COOPERATION_SSP, "ssp", "SSP-samarbejdet" },
	{ COOPERATION_PSP, "psp", "PSP-samarbejdet" },
	{ COOPERATION_KSP, "ksp", "KSP-samarbejdet" },
};

static const struct label basis[] = {
	{ BASIS_RPL_115_1_1, "rpl_115_1_1",
	    "Retsplejelovens § 115, stk. 1, nr. 1" },
	{ BASIS_RPL_115_1_2, "rpl_115_1_2",
	    "Retsplejelovens § 115, stk. 1, nr. 2" },
	{ BASIS_RPL_115_1_3, "rpl_115_1_3",
	    "Retsplejelovens § 115, stk. 1, nr. 3" },
	{ BASIS_RPL_115_2, "rpl_115_2", "Retsplejelovens § 115, stk. 2" },
	{ BASIS_RPL_115_3, "rpl_115_3", "Retsplejelovens § 115, stk. 3" },
	{ BASIS_RPL_115A, "rpl_115a", "Retsplejelovens § 115 a" },
	{ BASIS_SHL_43, "shl_43", "Sundhedslovens § 43" },
	{ BASIS_SHL_43_2_2, "shl_43_2_2",
	    "Sundhedslovens § 43, stk. 2, nr. 2" },
	{ BASIS_DBL_6_8, "dbl_6_8", "Databeskyttelseslovens §§ 6-8" },
	{ BASIS_DBL_8_2, "dbl_8_2", "Databeskyttelseslovens § 8, stk. 2" },
	{ BASIS_FVL_28, "fvl_28", "Forvaltningslovens § 28" },
	{ BASIS_BL_132, "bl_132", "Barnets lovs § 132" },
	{ BASIS_BL_133, "bl_133", "Barnets lovs § 133" },
	{ BASIS_BL_135, "bl_135", "Barnets lovs § 135" },
	{ BASIS_CONSENT, "consent", "Samtykke" },
	{ BASIS_PRIVATE_PERSON, "private_person",
	    "Henvendelse fra privatperson" },
	{ BASIS_INTERNAL, "internal", "Intern behandling i myndigheden" },
	{ BASIS_BL_136, "bl_136", "Barnets lovs §§ 136-137" },
	{ BASIS_SECTOR_LAW, "sector_law", "Modtagerens egen lovgivning" },
	{ BASIS_POLICE_LAW, "police_law", "Politiets egen lovgivning" },
};

static const struct label purpose[] = {
	{ PURPOSE_CRIME_PREVENTION, "crime_prevention",
	    "Kriminalitetsforebyggelse" },
	{ PURPOSE_EXPOSED_PERSONS, "exposed_persons",
	    "Indsats over for socialt udsatte" },
	{ PURPOSE_RELEASE, "release", "Indsats ved løsladelse" },
	{ PURPOSE_AVERT_DANGER, "avert_danger", "Afværgelse af fare" },
	{ PURPOSE_CHILD_PROTECTION, "child_protection",
	    "Beskyttelse af et barn" },
	{ PURPOSE_ORIENTATION, "orientation", "Orientering" },
	{ PURPOSE_INVESTIGATION, "investigation", "Efterforskning" },
	{ PURPOSE_COUNSELLING, "counselling", "Rådgivning" },
	{ PURPOSE_INTERVENTION, "intervention", "Indsats" },
};

static const struct label necessity[] = {
	{ NECESSITY_COOPERATION, "cooperation", "Nødvendig for samarbejdet" },
	{ NECESSITY_ASSESSMENT, "assessment", "Nødvendig for vurderingen" },
	{ NECESSITY_IMMINENT_DANGER, "imminent_danger", "Overhængende fare" },
	{ NECESSITY_CHILD_WELLBEING, "child_wellbeing",
	    "Et barns trivsel eller udvikling" },
	{ NECESSITY_STATUTORY_DUTY, "statutory_duty", "Lovbestemt pligt" },
};

static const struct label form[] = {
	{ FORM_PLAIN, "plain", "Åben" },
	{ FORM_SEALED, "sealed", "Forseglet" },
};

static const struct label part[] = {
	{ PART_GROUNDS, "grounds", "Grundlag" },
	{ PART_ADDRESSEE, "addressee", "Modtager" },
	{ PART_VERDICT, "verdict", "Afgørelse" },
	{ PART_DETAILS, "details", "Detaljer" },
};

static const struct label age[] = {
	{ AGE_UNKNOWN, "unknown", "Ukendt alder" },
	{ AGE_MINOR, "minor", "Under 18 år" },
	{ AGE_ADULT, "adult", "18 år eller derover" },
};

static const struct label condition_kind[] = {
	{ CONDITION_KIND_SOCIALLY_EXPOSED, "socially_exposed",
	    "Socialt udsat person" },
	{ CONDITION_KIND_KSP_A, "ksp_a",
	    "Løslades fra Kriminalforsorgen (KSP, litra a)" },
	{ CONDITION_KIND_KSP_B, "ksp_b",
	    "Under 18 år, løslades fra anden institution (KSP, litra b)" },
	{ CONDITION_KIND_KSP_C, "ksp_c",
	    "Løslades fra varetægt mv., radikaliseret eller i risiko (KSP, "
	    "litra c)" },
};

static const struct label concerned_child[] = {
	{ CONCERNED_CHILD_NONE, "none", "Intet barn" },
	{ CONCERNED_CHILD_SUBJECT, "subject",
	    "Personen, som bekymringen omhandler" },
	{ CONCERNED_CHILD_OTHER, "other", "Et andet barn" },
	{ CONCERNED_CHILD_UNBORN, "unborn", "Et ufødt barn" },
};

static const struct label source[] = {
	{ SOURCE_POLICE, "police", "Politi, inkl. politiets infohustovholder" },
	{ SOURCE_SCHOOL, "school", "Skole (grundskole 0.-9. klasse)" },
	{ SOURCE_MUNICIPAL_FAMILY_SOCIAL, "municipal_family_social",
	    "Familie- eller socialafdeling i kommunen" },
	{ SOURCE_JOBCENTER, "jobcenter", "Jobcenter" },
	{ SOURCE_YOUTH_EDUCATION, "youth_education", "Ungdomsuddannelse" },
	{ SOURCE_FAMILY_MEMBER, "family_member",
	    "Familiemedlem til personen, som bekymreingen omhandler" },
	{ SOURCE_PLACEMENT_RESIDENCE, "placement_residence",
	    "Anbringelsessted/bosted" },
	{ SOURCE_MUNICIPAL_SOCIAL_PSYCHIATRY, "municipal_social_psychiatry",
	    "Den kommunale socialpsykiatri" },
	{ SOURCE_PRISON_PROBATION, "prison_probation", "Kriminalforsorgen" },
	{ SOURCE_CIVIL_SOCIETY, "civil_society",
	    "Civilsamfund (f.eks fodboldtræner, spejderleder, boligsocial "
	    "indsats)" },
	{ SOURCE_REGIONAL_PSYCHIATRY, "regional_psychiatry",
	    "Den regionale behandlingspsykiatri" },
	{ SOURCE_HIGHER_EDUCATION, "higher_education",
	    "Videregående uddannelse" },
	{ SOURCE_ACQUAINTANCE, "acquaintance",
	    "Bekendt til personen (ikke familie), som bekymringen omhandler" },
	{ SOURCE_ASYLUM_CENTRE, "asylum_centre", "Asylcenter" },
	{ SOURCE_OTHER, "other", "Andre" },
};

static const struct label acts_for[] = {
	{ ACTS_FOR_ITSELF, "itself", "Egen myndighed" },
	{ ACTS_FOR_PRIVATE_PERSON, "private_person", "Privatperson" },
	{ ACTS_FOR_AUTHORITY, "authority", "Anden myndighed" },
};

static const struct label knowledge[] = {
	{ KNOWLEDGE_OWN, "own", "Egen viden" },
	{ KNOWLEDGE_RECEIVED, "received", "Modtaget viden" },
};

static const struct label event[] = {
	{ EVENT_SCREENING_STARTED, "screening_started", "Screening påbegyndt" },
	{ EVENT_SCREENING_ACCEPTED, "screening_accepted",
	    "Taget op i infohus" },
	{ EVENT_SCREENING_NOT_EXTREMISM, "screening_not_extremism",
	    "Ikke ekstremisme" },
	{ EVENT_INVESTIGATION_OPENED, "investigation_opened",
	    "Efterforskning indledt" },
	{ EVENT_APPROVED, "approved", "Godkendt" },
	{ EVENT_DENIED, "denied", "Ikke godkendt" },
};

static const struct label subject_informed[] = {
	{ SUBJECT_INFORMED_YES, "yes", "Orienteret" },
	{ SUBJECT_INFORMED_POSTPONED, "postponed", "Udsat" },
	{ SUBJECT_INFORMED_EXEMPT, "exempt", "Undtaget" },
};

static const struct label category[] = {
	{ CATEGORY_IDENTITY, "identity", "Identitet" },
	{ CATEGORY_CONCERN, "concern", "Bekymring" },
	{ CATEGORY_POLICE, "police", "Politiets oplysninger" },
	{ CATEGORY_SOCIAL, "social", "Sociale forhold" },
	{ CATEGORY_SCHOOL, "school", "Skole" },
	{ CATEGORY_EMPLOYMENT, "employment", "Beskæftigelse" },
	{ CATEGORY_HEALTH_TREATMENT, "health_treatment",
	    "Helbred, fra sundhedspersonale" },
	{ CATEGORY_HEALTH_OTHER, "health_other", "Helbred, kendt af andre" },
	{ CATEGORY_PRISON, "prison", "Kriminalforsorg" },
	{ CATEGORY_FAMILY, "family", "Familie" },
	{ CATEGORY_REPORTER, "reporter", "Henvender" },
	{ CATEGORY_CONVICTION, "conviction",
	    "Ekstremismeform og overbevisning" },
	{ CATEGORY_D1, "d1", "Bekymrende overbevisninger og retorik" },
	{ CATEGORY_D2, "d2", "Voldsparathed" },
	{ CATEGORY_D3, "d3", "Kriminalitetshistorik" },
	{ CATEGORY_D4, "d4", "Bekymrende socialisering og relationer" },
	{ CATEGORY_D5, "d5", "Personlighedsfaktorer" },
	{ CATEGORY_D6, "d6", "Psykisk sårbarhed" },
	{ CATEGORY_D7, "d7", "Familie" },
	{ CATEGORY_D8, "d8", "Netværk og fritid" },
	{ CATEGORY_D9, "d9", "Uddannelse og beskæftigelse" },
	{ CATEGORY_RECOMMENDATION, "recommendation", "Anbefaling" },
	{ CATEGORY_LOGISTICS, "logistics", "Praktiske oplysninger" },
};

static const struct label gender[] = {
	{ GENDER_MALE, "male", "Dreng/mand" },
	{ GENDER_FEMALE, "female", "Pige/kvinde" },
};

static const struct label age_band[] = {
	{ AGE_BAND_0_9, "0_9", "0-9 år" },
	{ AGE_BAND_10_14, "10_14", "10-14 år" },
	{ AGE_BAND_15_17, "15_17", "15-17 år" },
	{ AGE_BAND_18_22, "18_22", "18-22 år" },
	{ AGE_BAND_23_30, "23_30", "23-30 år" },
	{ AGE_BAND_31_49, "31_49", "31-49 år" },
	{ AGE_BAND_50_PLUS, "50_plus", "over 50 år" },
};

static const struct label dimension[] = {
	{ DIMENSION_BELIEFS_RHETORIC, "beliefs_rhetoric",
	    "Bekymrende overbevisning og retorik (fx tale, skrift, billeder "
	    "eller symboler)" },
	{ DIMENSION_SOCIALISATION_RELATIONS, "socialisation_relations",
	    "Bekymrende socialisering og relationer" },
	{ DIMENSION_WELLBEING_AT_RISK, "wellbeing_at_risk",
	    "En eller flere personers trivsel eller udvikling var i fare" },
	{ DIMENSION_WORRYING_BEHAVIOUR, "worrying_behaviour",
	    "Bekymrende adfærd (fx at personen isolerede sig, var aggressiv, "
	    "moraliserende eller kontrollerende)" },
	{ DIMENSION_RECRUITMENT, "recruitment",
	    "Rekruttering til ekstremistiske organisationer" },
	{ DIMENSION_VIOLENCE, "violence", "Udøvelse af vold" },
	{ DIMENSION_CRIME, "crime", "Udøvelse af kriminalitet" },
	{ DIMENSION_TERROR_FINANCING, "terror_financing",
	    "Finansiering af terror" },
	{ DIMENSION_TERROR_CONDONING, "terror_condoning",
	    "Billigelse af terror" },
	{ DIMENSION_TERROR_INCITEMENT, "terror_incitement",
	    "Opfording til terror" },
	{ DIMENSION_TERROR_PLANNING, "terror_planning",
	    "Planlægning af terror" },
	{ DIMENSION_TRAVEL_TO_CONFLICT, "travel_to_conflict",
	    "Udrejse til væbnet konflikt" },
	{ DIMENSION_OTHER, "other", "Andet" },
};

static const struct label sign[] = {
	{ SIGN_A01, "a01",
	    "udviser voldsparathed, fx ved at være involveret i "
	    "voldshandlinger eller voldelige sammenstød" },
	{ SIGN_A02, "a02",
	    "viser interesse for at rejse til udlandet og deltage i "
	    "konflikter eller træningsaktiviteter, hvor ekstreme grupper er "
	    "involveret" },
	{ SIGN_A03, "a03",
	    "opsøger hjemmesider, litteratur eller film med ekstremistiske "
	    "eller voldslegitimerende budskaber" },
	{ SIGN_A04, "a04",
	    "truer, chikanerer eller udøver socialt pres over for andre" },
	{ SIGN_A05, "a05",
	    "er involveret i begivenheder med hadefulde eller "
	    "voldslegitimerende budskaber" },
	{ SIGN_A06, "a06",
	    "udbreder voldslegitimerende budskaber, fx via sociale medier" },
	{ SIGN_A07, "a07",
	    "viser stor optagethed af en bestemt sag eller person" },
	{ SIGN_A08, "a08",
	    "udtrykker foragt for og intolerance over for andres holdninger" },
	{ SIGN_A09, "a09", "har en prædikende og moraliserende adfærd" },
	{ SIGN_A10, "a10",
	    "udviser tilknytning til ekstreme budskaber gennem sin "
	    "påklædning, sit udseende eller brug af totalitære symboler" },
	{ SIGN_A11, "a11", "færdes i miljøer med let adgang til våben" },
	{ SIGN_A12, "a12",
	    "har social omgang med personer eller grupper, som har ekstreme "
	    "holdninger" },
	{ SIGN_A13, "a13",
	    "isolerer sig og tager afstand fra familie og hidtidige "
	    "venskaber" },
	{ SIGN_A14, "a14",
	    "afbryder uddannelse, opsiger job og anden tilknytning til det "
	    "omgivende samfund" },
	{ SIGN_A15, "a15", "har en dysfunktionel familie" },
};

static const struct label factor[] = {
	{ FACTOR_ONLINE_LIFE, "online_life",
	    "Personens onlineliv var en faktor i bekymringen" },
	{ FACTOR_SCHOOL_THREAT, "school_threat",
	    "Personen havde fremsat en trussel mod skoler og/eller "
	    "uddannelsesinstitutioner" },
	{ FACTOR_MISOGYNY, "misogyny",
	    "Bekymringen var relateret til misogyni (kvindehad), fx "
	    "incel-miljøet" },
	{ FACTOR_ANTISEMITISM, "antisemitism",
	    "Antisemitisme var en faktor i bekymringen" },
	{ FACTOR_NEGATIVE_SOCIAL_CONTROL, "negative_social_control",
	    "Personen var udsat for eller udsatte andre for negativ social "
	    "kontrol" },
	{ FACTOR_EXTREME_ACTIVISM, "extreme_activism",
	    "Personen havde deltaget i ekstrem politisk og/eller religiøs "
	    "aktivisme, hvor den pågældende med ord eller handling havde "
	    "været truende, hånende eller nedværdigende over for bestemte "
	    "grupper" },
	{ FACTOR_FOREIGN_INFLUENCE, "foreign_influence",
	    "En udenlandsk aktør havde udøvet økonomisk eller ideologisk "
	    "påvirkning af et ekstremt miljø (eller individ) i jeres kommune" },
};

static const struct label health_factor[] = {
	{ HEALTH_FACTOR_PSYCH_DIAGNOSIS_DOCUMENTED,
	    "psych_diagnosis_documented",
	    "Der var dokumenteret viden om, at personen havde en psykiatrisk "
	    "diagnose (fx psykolidelse, angst, depression, "
	    "personlighedsforstyrrelse, adhd, autismenspektrumforstyrrelser "
	    "eller andet)" },
	{ HEALTH_FACTOR_PSYCH_DIAGNOSIS_PRESUMED, "psych_diagnosis_presumed",
	    "Der var formodning (men ikke viden) om, at personen havde en "
	    "psykiatrisk diagnose" },
	{ HEALTH_FACTOR_COGNITIVE_DOCUMENTED, "cognitive_documented",
	    "Der var dokumenteret viden om, at personen havde kognitive "
	    "vanskeligheder (fx indlæringsvanskeligheder eller andet?)" },
	{ HEALTH_FACTOR_COGNITIVE_PRESUMED, "cognitive_presumed",
	    "Der var formodning (men ikke viden) om kognitive vanskeligheder" },
};

static const struct label child_intervention[] = {
	{ CHILD_INTERVENTION_CHILD_ASSESSMENT, "child_assessment",
	    "Screening, afdækning og/eller børnefaglig undersøgelse (BAL §§ "
	    "18-23)" },
	{ CHILD_INTERVENTION_SUPPORTIVE_MEASURES, "supportive_measures",
	    "Støttende indsatser (BAL § 32)" },
	{ CHILD_INTERVENTION_PLACEMENT, "placement",
	    "Anbringelse uden for hjemmet (BAL §§ 46-47)" },
	{ CHILD_INTERVENTION_RELEASE_OF_YOUNG, "release_of_young",
	    "Udslusning af unge, der har afsonet frihedsstraf (BAL § 131)" },
	{ CHILD_INTERVENTION_YOUTH_CRIME_ACT, "youth_crime_act",
	    "Indsatser efter lov om bekæmpelse af ungdomskriminalitet" },
	{ CHILD_INTERVENTION_EARLY_PREVENTION, "early_prevention",
	    "Tidligt forebyggende indsatser (BAL § 30)" },
	{ CHILD_INTERVENTION_ORDERS, "orders",
	    "Forældrepålæg (BAL § 38) og/eller børne- og ungepålæg (BAL "
	    "§ 39)" },
	{ CHILD_INTERVENTION_NETWORK_COUNCIL, "network_council",
	    "Netværkssamråd for unge mistænkt for kriminalitet (BAL § 130)" },
	{ CHILD_INTERVENTION_EDUCATION_GUIDANCE, "education_guidance",
	    "Uddannelsesvejledning efter vejledningsloven" },
	{ CHILD_INTERVENTION_OTHER, "other", "Andre indsatser" },
};

static const struct label adult_intervention[] = {
	{ ADULT_INTERVENTION_YOUTH_SUPPORT, "youth_support",
	    "Ungestøtte (BAL kap. 13)" },
	{ ADULT_INTERVENTION_WORK_PLACEMENT, "work_placement",
	    "Virksomhedspraktik (LAB kap. 11)" },
	{ ADULT_INTERVENTION_GUIDANCE_UPSKILLING, "guidance_upskilling",
	    "Vejledning og opkvalificering (LAB kap. 14)" },
	{ ADULT_INTERVENTION_SEL_12B_COUNSELLING, "sel_12b_counselling",
	    "Rådgivning og støtte til personer i risiko for radikalisering "
	    "og ekstremisme, fx kontaktperson eller mentorordning (SEL § 12 "
	    "b)" },
	{ ADULT_INTERVENTION_WAGE_SUBSIDY, "wage_subsidy",
	    "Ansættelse med løntilskud (LAB kap. 12)" },
	{ ADULT_INTERVENTION_MENTOR_LAB, "mentor_lab",
	    "Mentorstøtte (LAB kap. 26)" },
	{ ADULT_INTERVENTION_OTHER, "other",
	    "Andre indsatser (bl.a. samtaleforløb med politiet)" },
};

static const struct label admission[] = {
	{ ADMISSION_UNKNOWN, "unknown", "Ukendt" },
	{ ADMISSION_ADMITTED, "admitted", "Indlagt" },
	{ ADMISSION_OUTPATIENT, "outpatient", "Ambulant" },
	{ ADMISSION_NOT_ADMITTED, "not_admitted", "Ikke indlagt" },
};

static const struct label extremism_form[] = {
	{ EXTREMISM_FORM_EXTREME_ISLAMISM, "extreme_islamism",
	    "Ekstrem islamisme" },
	{ EXTREMISM_FORM_RIGHT_WING, "right_wing", "Højreekstremisme" },
	{ EXTREMISM_FORM_LEFT_WING, "left_wing", "Venstreekstremisme" },
	{ EXTREMISM_FORM_ANTI_AUTHORITY, "anti_authority",
	    "Antimyndighedsekstremisme" },
	{ EXTREMISM_FORM_OTHER, "other", "Andet" },
};

static const struct label recommended_action[] = {
	{ RECOMMENDED_ACTION_CONTINUE_OR_SHARPEN, "continue_or_sharpen",
	    "At fortsætte/skærpe en igangværende indsats" },
	{ RECOMMENDED_ACTION_START_NEW, "start_new",
	    "At iværksætte en ny/yderligere indsats" },
	{ RECOMMENDED_ACTION_DONT_KNOW, "dont_know", "Ved ikke" },
};

static const struct label prevention_level[] = {
	{ PREVENTION_LEVEL_UPBUILDING, "upbuilding",
	    "Opbyggende / generelle indsatser" },
	{ PREVENTION_LEVEL_ANTICIPATORY, "anticipatory",
	    "Foregribende / specifikke" },
	{ PREVENTION_LEVEL_INTERVENING, "intervening",
	    "Indgribende / målrettede" },
};

static const struct label outcome[] = {
	{ OUTCOME_REFUSE, "refuse", "Afvist" },
	{ OUTCOME_PERMIT, "permit", "Tilladt" },
	{ OUTCOME_PARK, "park", "Afventer godkendelse" },
};

static const struct label frame_type[] = {
	{ FRAME_TYPE_KNOCK, "knock", NULL },
	{ FRAME_TYPE_WELCOME, "welcome", NULL },
	{ FRAME_TYPE_HELLO, "hello", NULL },
	{ FRAME_TYPE_READY, "ready", NULL },
	{ FRAME_TYPE_SUBMIT, "submit", NULL },
	{ FRAME_TYPE_RECEIPT, "receipt", NULL },
	{ FRAME_TYPE_REJECT, "reject", NULL },
	{ FRAME_TYPE_OFFER, "offer", NULL },
	{ FRAME_TYPE_ACK, "ack", NULL },
	{ FRAME_TYPE_NACK, "nack", NULL },
	{ FRAME_TYPE_CREDIT, "credit", NULL },
	{ FRAME_TYPE_READ, "read", NULL },
	{ FRAME_TYPE_RANGE, "range", NULL },
	{ FRAME_TYPE_PING, "ping", NULL },
	{ FRAME_TYPE_BYE, "bye", NULL },
};

static const struct label lane[] = {
	{ LANE_ORDINARY, "ordinary", NULL },
	{ LANE_ACUTE, "acute", NULL },
	{ LANE_CONTROL, "control", NULL },
};

static const struct label entry_kind[] = {
	{ ENTRY_KIND_STARTED, "started", NULL },
	{ ENTRY_KIND_STOPPED, "stopped", NULL },
	{ ENTRY_KIND_TICK, "tick", NULL },
	{ ENTRY_KIND_MANIFEST, "manifest", NULL },
	{ ENTRY_KIND_ADMITTED, "admitted", NULL },
	{ ENTRY_KIND_SUSPENDED, "suspended", NULL },
	{ ENTRY_KIND_MESSAGE, "message", NULL },
	{ ENTRY_KIND_OFFERED, "offered", NULL },
	{ ENTRY_KIND_ACKED, "acked", NULL },
	{ ENTRY_KIND_NACKED, "nacked", NULL },
	{ ENTRY_KIND_REJECTED, "rejected", NULL },
	{ ENTRY_KIND_REVOKED, "revoked", NULL },
	{ ENTRY_KIND_OPENED, "opened", NULL },
	{ ENTRY_KIND_CASE_EVENT, "case_event", NULL },
	{ ENTRY_KIND_CONSULTED, "consulted", NULL },
	{ ENTRY_KIND_ERASED, "erased", NULL },
	{ ENTRY_KIND_ESCALATED, "escalated", NULL },
};

static const struct label case_state[] = {
	{ CASE_STATE_NONE, "none", "Ingen sag" },
	{ CASE_STATE_RECEIVED, "received", "Modtaget" },
	{ CASE_STATE_SCREENING, "screening", "Indledende kvalificering" },
	{ CASE_STATE_POLICE_ONLY, "police_only", "Alene hos politiet" },
	{ CASE_STATE_REFERRED, "referred", "Videreformidlet / henvist" },
	{ CASE_STATE_RETURNED, "returned", "Tilbage til henvender" },
	{ CASE_STATE_INFO_GATHERING, "info_gathering",
	    "Informationsindhentning" },
	{ CASE_STATE_MEETING_PLANNED, "meeting_planned",
	    "Arbejdsgruppemøde indkaldt" },
	{ CASE_STATE_ASSESSED, "assessed", "Vurderet / helhedsvurdering" },
	{ CASE_STATE_RECOMMENDED, "recommended", "Anbefaling givet" },
	{ CASE_STATE_ACTION, "action", "Indsats" },
	{ CASE_STATE_FOLLOW_UP, "follow_up", "Opfølgning" },
	{ CASE_STATE_CLOSED, "closed", "Afsluttet" },
};

static const struct label place_kind[] = {
	{ PLACE_KIND_KOMMUNE, "kommune", "Kommune" },
	{ PLACE_KIND_POLITIKREDS, "politikreds", "Politikreds" },
	{ PLACE_KIND_REGION, "region", "Region" },
	{ PLACE_KIND_COUNTRY, "country", "Hele landet" },
};

#define TABLE(name) \
	{ &pb_##name##__descriptor, name, sizeof(name) / sizeof(name[0]) }

const struct label_table label_table[] = {
	TABLE(kind),
	TABLE(urgency),
	TABLE(role),
	TABLE(relation),
	TABLE(cooperation),
	TABLE(basis),
	TABLE(purpose),
	TABLE(necessity),
	TABLE(form),
	TABLE(part),
	TABLE(age),
	TABLE(condition_kind),
	TABLE(concerned_child),
	TABLE(source),
	TABLE(acts_for),
	TABLE(knowledge),
	TABLE(event),
	TABLE(subject_informed),
	TABLE(category),
	TABLE(gender),
	TABLE(age_band),
	TABLE(dimension),
	TABLE(sign),
	TABLE(factor),
	TABLE(health_factor),
	TABLE(child_intervention),
	TABLE(adult_intervention),
	TABLE(admission),
	TABLE(extremism_form),
	TABLE(recommended_action),
	TABLE(prevention_level),
	TABLE(outcome),
	TABLE(frame_type),
	TABLE(lane),
	TABLE(entry_kind),
	TABLE(case_state),
	TABLE(place_kind),
};
const size_t label_table_count =
    sizeof(label_table) / sizeof(label_table[0]);
