/*
 * SPDX-License-Identifier: MIT
 *
 * envelope: one good message, its parts changed in one way at a time; each
 * change is refused with its own code and field.
 */
#include "tests/unit/made.h"

/* String literals where the generated structs want char *. */
#define TEXT(s) ((char *)(uintptr_t)(s))

#define CHANGE(name) static void name(struct made *x)

/* ---------------------------------------------- changes to the openings */

CHANGE(other_salt)
{
	x->m->opening[CONCERN]->salt = made_filled(x->d, 9, 32);
	x->commit = false;
}

CHANGE(other_content)
{
	x->concern->text = arena_strdup(x->d->arena, "y");
	x->commit = false;
}

CHANGE(other_kind)
{
	x->m->opening[CONCERN]->kind = CATEGORY_SCHOOL;
	x->commit = false;
}

CHANGE(other_form)
{
	x->m->opening[CONCERN]->form = FORM_SEALED;
	x->commit = false;
}

CHANGE(opened_twice)
{
	made_add(x, CONCERN, 0)->salt = x->m->opening[CONCERN]->salt;
	x->commit = false;
}

CHANGE(uncommitted)
{
	made_add(x, CONCERN, 9);
	x->commit = false;
}

CHANGE(short_salt)
{
	x->m->opening[CONCERN]->salt.len = 31;
}

CHANGE(a_verdict)
{
	x->m->opening[CONCERN]->kind = PART_VERDICT;
}

CHANGE(details)
{
	x->m->opening[CONCERN]->kind = PART_DETAILS;
}

CHANGE(kind_0)
{
	x->m->opening[CONCERN]->kind = 0;
}

CHANGE(kind_39)
{
	x->m->opening[CONCERN]->kind = 39;
}

CHANGE(kind_256_more)
{
	x->m->opening[CONCERN]->kind += 256;
}

CHANGE(unknown_form)
{
	x->m->opening[CONCERN]->form = (PbForm)2;
}

CHANGE(sealed_grounds)
{
	x->m->opening[GROUNDS]->form = FORM_SEALED;
}

CHANGE(sealed_addressee)
{
	x->m->opening[TO_KT]->form = FORM_SEALED;
}

CHANGE(sealed_identity)
{
	x->m->opening[IDENTITY]->form = FORM_SEALED;
}

CHANGE(sealed_section)
{
	x->concern = NULL;
	x->m->opening[CONCERN]->form = FORM_SEALED;
	x->m->opening[CONCERN]->part = made_bytes(x->d, "\xff\x00\x17", 3);
}

/* ------------------------------------------------- which parts there are */

CHANGE(no_grounds)
{
	made_drop(x, GROUNDS);
}

CHANGE(two_grounds)
{
	made_add(x, GROUNDS, 9);
}

CHANGE(no_addressee)
{
	made_drop(x, TO_PT);
	made_drop(x, TO_KT);
}

CHANGE(seventeen_addressees)
{
	for (int i = 0; i < 15; i++)
		made_add(x, TO_KT, i);
	x->commitments = 32;
}

CHANGE(sixteen_addressees)
{
	for (int i = 0; i < 14; i++)
		made_add(x, TO_KT, i);
	x->commitments = 32;
}

CHANGE(listed_but_missing)
{
	made_drop(x, IDENTITY);
}

CHANGE(present_but_unlisted)
{
	PbOpening *o = made_add(x, CONCERN, 9);

	o->kind = CATEGORY_SCHOOL;
	o->part.len = 0;
}

CHANGE(section_twice)
{
	made_add(x, FAMILY, 9);
}

/* --------------------------------------------------- what is in the parts */

CHANGE(bopael_short)
{
	x->grounds->bopaelskommune = TEXT("101");
}

CHANGE(bopael_long)
{
	x->grounds->bopaelskommune = TEXT("01010");
}

CHANGE(bopael_letter)
{
	x->grounds->bopaelskommune = TEXT("01o1");
}

CHANGE(handle_empty)
{
	x->grounds->handlekommune = TEXT("");
}

CHANGE(custody_sign)
{
	x->grounds->custody_kommune = TEXT("+101");
}

CHANGE(kommuner)
{
	x->grounds->handlekommune = TEXT("0999");
	x->grounds->custody_kommune = TEXT("0000");
}

CHANGE(to_nobody)
{
	x->to->has_role = 0;
	x->to->has_relation = 0;
}

CHANGE(to_role_anywhere)
{
	x->to->has_relation = 0;
}

CHANGE(to_unit)
{
	x->to->unit = TEXT("skole-x");
}

CHANGE(to_unit_upper)
{
	x->to->unit = TEXT("Skole");
}

CHANGE(to_unit_path)
{
	x->to->unit = TEXT("a/b");
}

CHANGE(to_unit_empty)
{
	x->to->unit = TEXT("");
}

CHANGE(to_unit_long)
{
	x->to->unit = TEXT("123456789012345678901234567890123");
}

CHANGE(to_node)
{
	x->to->has_role = 0;
	x->to->has_relation = 0;
	x->to->node = TEXT("politi/1470");
}

CHANGE(to_node_in_role)
{
	x->to->has_relation = 0;
	x->to->node = TEXT("politi/1470");
}

CHANGE(to_bad_node)
{
	to_node(x);
	x->to->node = TEXT("politi");
}

CHANGE(to_node_and_relation)
{
	x->to->node = TEXT("politi/1470");
}

CHANGE(to_node_and_unit)
{
	to_node(x);
	x->to->unit = TEXT("vagt");
}

CHANGE(cpr_date)
{
	x->identity->cpr = TEXT("3002101234");
}

CHANGE(cpr_hyphen)
{
	x->identity->cpr = TEXT("150310-1234");
}

CHANGE(cpr_absent)
{
	x->identity->cpr = NULL;
}

CHANGE(family_cpr)
{
	x->family->member[0]->cpr = TEXT("0000000000");
}

CHANGE(family_no_cpr)
{
	x->family->member[0]->cpr = NULL;
}

CHANGE(section_text)
{
	x->concern->text = TEXT("a\tb");
}

CHANGE(section_garbage)
{
	x->concern = NULL;
	x->m->opening[CONCERN]->part = made_bytes(x->d, "\xff", 1);
}

CHANGE(section_padded)
{
	x->concern = NULL;
	x->m->opening[CONCERN]->part = made_bytes(x->d, "\x08\x81\x00", 3);
}

CHANGE(section_unknown)
{
	x->concern = NULL;
	x->m->opening[CONCERN]->part = made_bytes(x->d, "\x78\x01", 2);
}

CHANGE(section_number)
{
	x->concern = NULL;
	x->m->opening[CONCERN]->part = made_bytes(x->d, "\x12\x01\x63", 3);
}

CHANGE(section_empty)
{
	x->concern = NULL;
	x->m->opening[CONCERN]->part.len = 0;
}

CHANGE(grounds_garbage)
{
	x->grounds = NULL;
	x->m->opening[GROUNDS]->part = made_bytes(x->d, "\x0a\x7f", 2);
}

CHANGE(addressee_unknown)
{
	x->to = NULL;
	x->m->opening[TO_KT]->part = made_bytes(
	    x->d, "\x10\x02\x28\x00\x98\x01\x00", 7);
}

/* -------------------------------------------------------------- approvals */

CHANGE(approval)
{
	x->h->kind = KIND_APPROVAL;
	x->h->has_in_reply_to = 1;
	x->h->in_reply_to = made_filled(x->d, 7, ID_SIZE);
	x->grounds->has_event = 1;
	x->grounds->event = EVENT_APPROVED;
	x->grounds->has_decides = 1;
	x->grounds->decides = made_filled(x->d, 7, DIGEST_SIZE);
	x->to->role = ROLE_INFOHUS;
	x->to->has_relation = 0;
	x->to->n_section = 0;
	x->m->n_opening = TO_KT + 1;
}

CHANGE(approval_denies)
{
	approval(x);
	x->grounds->event = EVENT_DENIED;
}

CHANGE(approval_decides_nothing)
{
	approval(x);
	x->grounds->has_decides = 0;
}

CHANGE(approval_decides_31)
{
	approval(x);
	x->grounds->decides.len = 31;
}

CHANGE(concern_decides)
{
	x->grounds->has_decides = 1;
	x->grounds->decides = made_filled(x->d, 7, DIGEST_SIZE);
}

CHANGE(approval_of_no_message)
{
	approval(x);
	x->h->has_in_reply_to = 0;
}

CHANGE(approval_undecided)
{
	approval(x);
	x->grounds->has_event = 0;
}

CHANGE(approval_screens)
{
	approval(x);
	x->grounds->event = EVENT_SCREENING_ACCEPTED;
}

CHANGE(approval_to_tovholder)
{
	approval(x);
	x->to->role = ROLE_KOM_TOVHOLDER;
}

static const struct made_case cases[] = {
	{ "an approval", approval, CODE_OK, "" },
	{ "a denial", approval_denies, CODE_OK, "" },
	{ "bad_field: an approval of nothing", approval_decides_nothing,
	    CODE_BAD_FIELD, "Grounds.decides" },
	{ "bad_field: of half a commitment", approval_decides_31,
	    CODE_BAD_FIELD, "Grounds.decides" },
	{ "bad_field: a concern decides nothing", concern_decides,
	    CODE_BAD_FIELD, "Grounds.decides" },
	{ "bad_field: an approval of no message", approval_of_no_message,
	    CODE_BAD_FIELD, "Header.in_reply_to" },
	{ "bad_field: neither yes nor no", approval_undecided, CODE_BAD_FIELD,
	    "Grounds.event" },
	{ "bad_field: another event", approval_screens, CODE_BAD_FIELD,
	    "Grounds.event" },
	{ "bad_field: an approval told to somebody", approval_to_tovholder,
	    CODE_BAD_FIELD, "Addressee.role" },
	{ "an empty section", section_empty, CODE_OK, "" },
	{ "sixteen addressees", sixteen_addressees, CODE_OK, "" },
	{ "kommune codes that no place has are decided on", kommuner, CODE_OK,
	    "" },
	{ "a role without relation", to_role_anywhere, CODE_OK, "" },
	{ "a role with a unit", to_unit, CODE_OK, "" },
	{ "a node", to_node, CODE_OK, "" },
	{ "a node in one of its roles", to_node_in_role, CODE_OK, "" },
	{ "an identity without CPR", cpr_absent, CODE_OK, "" },
	{ "family without CPR", family_no_cpr, CODE_OK, "" },
	{ "bad_field: a salt of 31 bytes", short_salt, CODE_BAD_FIELD,
	    "Opening.salt" },
	{ "bad_field: a verdict in a message", a_verdict, CODE_BAD_FIELD,
	    "Opening.kind" },
	{ "bad_field: details in a message", details, CODE_BAD_FIELD,
	    "Opening.kind" },
	{ "bad_field: a sealed section", sealed_section, CODE_BAD_FIELD,
	    "Opening.form" },
	{ "bad_field: sealed grounds", sealed_grounds, CODE_BAD_FIELD,
	    "Opening.form" },
	{ "bad_field: a sealed addressee", sealed_addressee, CODE_BAD_FIELD,
	    "Opening.form" },
	{ "bad_field: a sealed identity", sealed_identity, CODE_BAD_FIELD,
	    "Opening.form" },
	{ "bad_field: a kommune code of three digits", bopael_short,
	    CODE_BAD_FIELD, "Grounds.bopaelskommune" },
	{ "bad_field: a kommune code of five digits", bopael_long,
	    CODE_BAD_FIELD, "Grounds.bopaelskommune" },
	{ "bad_field: a kommune code with a letter", bopael_letter,
	    CODE_BAD_FIELD, "Grounds.bopaelskommune" },
	{ "bad_field: an empty kommune code", handle_empty, CODE_BAD_FIELD,
	    "Grounds.handlekommune" },
	{ "bad_field: a kommune code with a sign", custody_sign, CODE_BAD_FIELD,
	    "Grounds.custody_kommune" },
	{ "bad_field: neither node nor role", to_nobody, CODE_BAD_FIELD,
	    "Addressee.role" },
	{ "bad_field: a node that is none", to_bad_node, CODE_BAD_FIELD,
	    "Addressee.node" },
	{ "bad_field: a node and a relation", to_node_and_relation,
	    CODE_BAD_FIELD, "Addressee.relation" },
	{ "bad_field: a node and a unit", to_node_and_unit, CODE_BAD_FIELD,
	    "Addressee.unit" },
	{ "bad_field: a unit in capitals", to_unit_upper, CODE_BAD_FIELD,
	    "Addressee.unit" },
	{ "bad_field: a unit of two elements", to_unit_path, CODE_BAD_FIELD,
	    "Addressee.unit" },
	{ "bad_field: an empty unit", to_unit_empty, CODE_BAD_FIELD,
	    "Addressee.unit" },
	{ "bad_field: a unit of 33 letters", to_unit_long, CODE_BAD_FIELD,
	    "Addressee.unit" },
	{ "too_large: seventeen addressees", seventeen_addressees,
	    CODE_TOO_LARGE, "Addressee" },
	{ "unknown_value: part kind 0", kind_0, CODE_UNKNOWN_VALUE,
	    "Opening.kind" },
	{ "unknown_value: part kind 39", kind_39, CODE_UNKNOWN_VALUE,
	    "Opening.kind" },
	{ "unknown_value: a part kind that is known in its lowest byte",
	    kind_256_more, CODE_UNKNOWN_VALUE, "Opening.kind" },
	{ "unknown_value: a form", unknown_form, CODE_UNKNOWN_VALUE,
	    "Opening.form" },
	{ "unknown_value: in a section", section_number, CODE_UNKNOWN_VALUE,
	    "Concern.dimension" },
	{ "malformed: grounds", grounds_garbage, CODE_MALFORMED,
	    "Grounds.bopaelskommune" },
	{ "malformed: a section", section_garbage, CODE_MALFORMED, "Concern" },
	{ "not_canonical: a section", section_padded, CODE_NOT_CANONICAL,
	    "Concern" },
	{ "unknown_field: in a section", section_unknown, CODE_UNKNOWN_FIELD,
	    "Concern" },
	{ "unknown_field: in an addressee", addressee_unknown,
	    CODE_UNKNOWN_FIELD, "Addressee" },
	{ "bad_text: in a section", section_text, CODE_BAD_TEXT,
	    "Concern.text" },
	{ "commitment_mismatch: another salt", other_salt,
	    CODE_COMMITMENT_MISMATCH, "Opening.part" },
	{ "commitment_mismatch: other content", other_content,
	    CODE_COMMITMENT_MISMATCH, "Opening.part" },
	{ "commitment_mismatch: under another kind", other_kind,
	    CODE_COMMITMENT_MISMATCH, "Opening.part" },
	{ "bad_field: in another form", other_form, CODE_BAD_FIELD,
	    "Opening.form" },
	{ "commitment_mismatch: one commitment opened twice", opened_twice,
	    CODE_COMMITMENT_MISMATCH, "Opening.part" },
	{ "commitment_mismatch: a part nobody committed to", uncommitted,
	    CODE_COMMITMENT_MISMATCH, "Opening.part" },
	{ "part_missing: no grounds", no_grounds, CODE_PART_MISSING,
	    "Grounds" },
	{ "part_missing: grounds twice", two_grounds, CODE_PART_MISSING,
	    "Grounds" },
	{ "part_missing: no addressee", no_addressee, CODE_PART_MISSING,
	    "Addressee" },
	{ "part_missing: a listed section", listed_but_missing,
	    CODE_PART_MISSING, "Sections.identity" },
	{ "part_missing: a section nobody is meant to get",
	    present_but_unlisted, CODE_PART_MISSING, "Sections.school" },
	{ "part_missing: a section twice", section_twice, CODE_PART_MISSING,
	    "Sections.family" },
	{ "bad_cpr: no such day", cpr_date, CODE_BAD_CPR, "Identity.cpr" },
	{ "bad_cpr: a hyphen", cpr_hyphen, CODE_BAD_CPR, "Identity.cpr" },
	{ "bad_cpr: of a family member", family_cpr, CODE_BAD_CPR,
	    "FamilyMember.cpr" },
};

static void
test_each_defect_of_a_part_has_its_code_and_field(void **state)
{
	made_try(*state, cases, sizeof(cases) / sizeof(cases[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		drafting_test(
		    test_each_defect_of_a_part_has_its_code_and_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
