/*
 * SPDX-License-Identifier: MIT
 *
 * taxonomy: the tables agree with the schema, and the official labels stand
 * as they were published.
 */
#include "proto/taxonomy.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "infohus.pb.h"
#include "proto/labels.h"

/* "ChildIntervention" gives the prefix "CHILD_INTERVENTION_". */
static void
prefix_of(const ProtobufCEnumDescriptor *e, char *out)
{
	for (const char *c = e->short_name; *c != '\0'; c++) {
		if (isupper((unsigned char)*c) && c != e->short_name)
			*out++ = '_';
		*out++ = (char)toupper((unsigned char)*c);
	}
	*out++ = '_';
	*out = '\0';
}

static void
test_ids_are_the_schema_names_without_prefix(void **state)
{
	(void)state;
	for (size_t t = 0; t < label_table_count; t++) {
		const struct label_table *table = &label_table[t];
		char prefix[64];

		prefix_of(table->list, prefix);
		assert_int_equal(table->count, table->list->n_values);
		for (unsigned i = 0; i < table->list->n_values; i++) {
			const ProtobufCEnumValue *v = &table->list->values[i];
			const char *id = table->label[i].id;
			const char *name = v->name + strlen(prefix);

			assert_int_equal(table->label[i].number, v->value);
			assert_memory_equal(v->name, prefix, strlen(prefix));
			assert_int_equal(strlen(id), strlen(name));
			for (size_t k = 0; id[k] != '\0'; k++)
				assert_int_equal(
				    id[k], tolower((unsigned char)name[k]));
		}
	}
}

static void
test_every_id_leads_back_to_its_number(void **state)
{
	(void)state;
	for (size_t t = 0; t < label_table_count; t++) {
		const ProtobufCEnumDescriptor *e = label_table[t].list;

		for (unsigned i = 0; i < e->n_values; i++) {
			int want = e->values[i].value, got = -1;

			assert_int_equal(
			    taxonomy_number(e, taxonomy_id(e, want), &got),
			    ERR_OK);
			assert_int_equal(got, want);
		}
	}
}

static void
test_every_value_has_a_label_or_its_id(void **state)
{
	(void)state;
	for (size_t t = 0; t < label_table_count; t++) {
		const ProtobufCEnumDescriptor *e = label_table[t].list;

		for (unsigned i = 0; i < e->n_values; i++) {
			int n = e->values[i].value;
			const char *label = taxonomy_label(e, n);

			assert_true(strlen(label) > 0);
			if (label_table[t].label[i].danish == NULL)
				assert_string_equal(label, taxonomy_id(e, n));
		}
	}
}

/* Walks the schema: an enum that some field uses must have a table. */
static void
check_fields(const ProtobufCMessageDescriptor *d)
{
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];

		if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
			check_fields(f->descriptor);
		} else if (f->type == PROTOBUF_C_TYPE_ENUM) {
			const ProtobufCEnumDescriptor *e = f->descriptor;

			if (strcmp(taxonomy_id(e, e->values[0].value), "?") ==
			    0)
				fail_msg("no table for %s", e->short_name);
		}
	}
}

static void
test_every_list_of_the_schema_has_a_table(void **state)
{
	(void)state;
	check_fields(&pb_draft__descriptor);
	check_fields(&pb_header__descriptor);
	check_fields(&pb_opening__descriptor);
	check_fields(&pb_hello_body__descriptor);
	check_fields(&pb_credit__descriptor);
	check_fields(&pb_entry__descriptor);
	check_fields(&pb_verdict__descriptor);
	check_fields(&pb_details__descriptor);
	check_fields(&pb_case__descriptor);
	check_fields(&pb_card__descriptor);
	assert_string_equal(TAXONOMY_ID(part, PART_GROUNDS), "grounds");
	assert_string_equal(TAXONOMY_ID(frame_type, FRAME_TYPE_KNOCK), "knock");
}

/* How many values the report (and the schema) has of each list. */
static const struct {
	const ProtobufCEnumDescriptor *list;
	unsigned want;
} counts[] = {
	{ &pb_source__descriptor, 15 },
	{ &pb_dimension__descriptor, 13 },
	{ &pb_extremism_form__descriptor, 5 },
	{ &pb_sign__descriptor, 15 },
	{ &pb_factor__descriptor, 7 },
	{ &pb_health_factor__descriptor, 4 },
	{ &pb_age_band__descriptor, 7 },
	{ &pb_gender__descriptor, 2 },
	{ &pb_child_intervention__descriptor, 10 },
	{ &pb_adult_intervention__descriptor, 7 },
	{ &pb_recommended_action__descriptor, 3 },
	{ &pb_prevention_level__descriptor, 3 },
	{ &pb_category__descriptor, 23 },
	{ &pb_role__descriptor, 34 },
	{ &pb_kind__descriptor, 45 },
};

static void
test_lists_are_as_long_as_published(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (counts[i].list->n_values != counts[i].want)
			fail_msg("%s: got %u, want %u",
			    counts[i].list->short_name,
			    counts[i].list->n_values, counts[i].want);
}

static const struct {
	const ProtobufCEnumDescriptor *list;
	int number;
	const char *id;
	const char *label;
} labels[] = {
	{ &pb_role__descriptor, ROLE_KOM_TOVHOLDER, "kom_tovholder",
	    "Kommunal infohustovholder" },
	{ &pb_source__descriptor, SOURCE_POLICE, "police",
	    "Politi, inkl. politiets infohustovholder" },
	{ &pb_source__descriptor, SOURCE_FAMILY_MEMBER, "family_member",
	    "Familiemedlem til personen, som bekymreingen omhandler" },
	{ &pb_source__descriptor, SOURCE_CIVIL_SOCIETY, "civil_society",
	    "Civilsamfund (f.eks fodboldtræner, spejderleder, boligsocial "
	    "indsats)" },
	{ &pb_source__descriptor, SOURCE_OTHER, "other", "Andre" },
	{ &pb_dimension__descriptor, DIMENSION_TERROR_INCITEMENT,
	    "terror_incitement", "Opfording til terror" },
	{ &pb_dimension__descriptor, DIMENSION_OTHER, "other", "Andet" },
	{ &pb_health_factor__descriptor,
	    HEALTH_FACTOR_PSYCH_DIAGNOSIS_DOCUMENTED,
	    "psych_diagnosis_documented",
	    "Der var dokumenteret viden om, at personen havde en psykiatrisk "
	    "diagnose (fx psykolidelse, angst, depression, "
	    "personlighedsforstyrrelse, adhd, autismenspektrumforstyrrelser "
	    "eller andet)" },
	{ &pb_age_band__descriptor, AGE_BAND_50_PLUS, "50_plus", "over 50 år" },
	{ &pb_extremism_form__descriptor, EXTREMISM_FORM_ANTI_AUTHORITY,
	    "anti_authority", "Antimyndighedsekstremisme" },
	{ &pb_category__descriptor, CATEGORY_D6, "d6", "Psykisk sårbarhed" },
	{ &pb_sign__descriptor, SIGN_A15, "a15",
	    "har en dysfunktionel familie" },
	{ &pb_child_intervention__descriptor, CHILD_INTERVENTION_ORDERS,
	    "orders",
	    "Forældrepålæg (BAL § 38) og/eller børne- og ungepålæg "
	    "(BAL § 39)" },
	{ &pb_adult_intervention__descriptor, ADULT_INTERVENTION_OTHER, "other",
	    "Andre indsatser (bl.a. samtaleforløb med politiet)" },
	{ &pb_lane__descriptor, LANE_CONTROL, "control", "control" },
};

static void
test_labels_are_the_published_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		assert_string_equal(
		    taxonomy_id(labels[i].list, labels[i].number),
		    labels[i].id);
		assert_string_equal(
		    taxonomy_label(labels[i].list, labels[i].number),
		    labels[i].label);
	}
}

static void
test_what_is_not_in_a_list_has_no_name(void **state)
{
	int n = 77;

	(void)state;
	assert_string_equal(taxonomy_id(&pb_role__descriptor, 0), "?");
	assert_string_equal(taxonomy_id(&pb_role__descriptor, -1), "?");
	assert_string_equal(taxonomy_label(&pb_role__descriptor, 999), "?");
	assert_int_equal(
	    taxonomy_number(&pb_role__descriptor, "ROLE_SKOLE", &n),
	    ERR_NOT_FOUND);
	assert_int_equal(
	    taxonomy_number(&pb_role__descriptor, "", &n), ERR_NOT_FOUND);
	assert_int_equal(
	    taxonomy_number(&pb_role__descriptor, "?", &n), ERR_NOT_FOUND);
	assert_int_equal(n, 77);
}

static void
test_a_list_is_cut_at_its_room(void **state)
{
	char all[64], cut[10];

	(void)state;
	taxonomy_list(&pb_cooperation__descriptor, all, sizeof(all));
	assert_string_equal(all, "none, ssp, psp, ksp");
	memset(cut, 'x', sizeof(cut));
	taxonomy_list(&pb_cooperation__descriptor, cut, sizeof(cut));
	assert_string_equal(cut, "none, ssp");
	taxonomy_list(&pb_cooperation__descriptor, cut, 1);
	assert_string_equal(cut, "");
	cut[0] = 'x';
	taxonomy_list(&pb_cooperation__descriptor, cut, 0);
	assert_int_equal(cut[0], 'x');
}

static void
what_is_expected_is_short(void **state)
{
	static const struct {
		const ProtobufCEnumDescriptor *list;
		const char *found, *expected;
	} table[] = {
		{ &pb_cooperation__descriptor, "spp",
		    "one of: none, ssp, psp, ksp" },
		{ &pb_role__descriptor, "jobcentr",
		    "a role, such as \"jobcenter\"" },
		{ &pb_role__descriptor, "tovholder",
		    "a role, such as \"kom_tovholder\"" },
		{ &pb_role__descriptor, NULL, "a role, such as \"infohus\"" },
		{ &pb_role__descriptor, "teacher",
		    "a role, such as \"infohus\"" },
		{ &pb_case_state__descriptor, "close",
		    "a case state, such as \"closed\"" },
		{ &pb_case_state__descriptor, "action_",
		    "a case state, such as \"action\"" },
	};
	char out[TAXONOMY_EXPECTED];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(
		    taxonomy_expected(table[i].list, table[i].found, out),
		    table[i].expected);
}

/* A dozen words are shown, a thirteenth makes them too many. */
static void
twelve_words_are_shown(void **state)
{
	const char *word[13] = { "a", "b", "c", "d", "e", "f", "g", "h", "i",
		"j", "k", "l", "m" };
	char out[TAXONOMY_EXPECTED], tiny[9];

	(void)state;
	assert_string_equal(
	    taxonomy_expect(out, sizeof(out), "key", word, 12, "x"),
	    "one of: a, b, c, d, e, f, g, h, i, j, k, l");
	assert_string_equal(
	    taxonomy_expect(out, sizeof(out), "key", word, 13, "m"),
	    "a key, such as \"m\"");
	assert_string_equal(
	    taxonomy_expect(tiny, sizeof(tiny), "key", word, 13, "m"),
	    "a key, s");
	assert_string_equal(
	    taxonomy_expect(tiny, sizeof(tiny), "key", word, 12, "m"),
	    "one of: ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_are_the_schema_names_without_prefix),
		cmocka_unit_test(test_every_id_leads_back_to_its_number),
		cmocka_unit_test(test_every_value_has_a_label_or_its_id),
		cmocka_unit_test(test_every_list_of_the_schema_has_a_table),
		cmocka_unit_test(test_lists_are_as_long_as_published),
		cmocka_unit_test(test_labels_are_the_published_ones),
		cmocka_unit_test(test_what_is_not_in_a_list_has_no_name),
		cmocka_unit_test(test_a_list_is_cut_at_its_room),
		cmocka_unit_test(what_is_expected_is_short),
		cmocka_unit_test(twelve_words_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
