/*
 * SPDX-License-Identifier: MIT
 *
 * generate: see generate.h.
 */
#include "tests/rules/generate.h"

#include <stdlib.h>
#include <string.h>

#include "proto/envelope.h"
#include "proto/taxonomy.h"

unsigned
any_of(struct seed *s, unsigned n)
{
	s->state ^= s->state << 13;
	s->state ^= s->state >> 7;
	s->state ^= s->state << 17;
	return (unsigned)(s->state >> 11) % n;
}

static bool
once_in(struct seed *s, unsigned n)
{
	return any_of(s, n) == 0;
}

/* ---- tables ---- */

/* The i-th of the words of a field, those of our own lists too. */
static const char *
word_of(enum field f, unsigned i)
{
	const struct field_info *info = &field_info[f];

	if (info->own != NULL)
		return info->own[i];
	if (i == info->list->n_values)
		return info->none;
	return taxonomy_id(info->list, info->list->values[i].value);
}

static unsigned
words_of(enum field f)
{
	const struct field_info *info = &field_info[f];
	unsigned n = 0;

	if (info->own == NULL)
		return info->list->n_values + (info->none != NULL);
	while (info->own[n] != NULL)
		n++;
	return n;
}

/* n different numbers below all, as a list of words. */
static void
list_of(struct seed *s, FILE *out, unsigned n, unsigned all,
    const char *(*word)(unsigned which, unsigned i), unsigned which)
{
	uint64_t used = 0;

	fputc('[', out);
	for (unsigned k = 0; k < n; k++) {
		unsigned i = any_of(s, all);

		if ((used & 1ULL << i) == 0)
			fprintf(
			    out, "%s%s", used != 0 ? ", " : "", word(which, i));
		used |= 1ULL << i;
	}
	fputc(']', out);
}

static const char *
field_word_of(unsigned f, unsigned i)
{
	return word_of((enum field)f, i);
}

static const char *
basis_word(unsigned unused, unsigned i)
{
	(void)unused;
	return taxonomy_id(
	    &pb_basis__descriptor, pb_basis__descriptor.values[i].value);
}

static const char *
relation_word(unsigned unused, unsigned i)
{
	(void)unused;
	return taxonomy_id(
	    &pb_relation__descriptor, pb_relation__descriptor.values[i].value);
}

static const char *
category_word(unsigned unused, unsigned i)
{
	(void)unused;
	return taxonomy_id(
	    &pb_category__descriptor, CATEGORY_IDENTITY + (int)i);
}

static const char *
setting_word(unsigned unused, unsigned i)
{
	(void)unused;
	return setting_words[i];
}

#define BASES pb_basis__descriptor.n_values
#define RELATIONS pb_relation__descriptor.n_values

/* n words or fewer, now and then those that it must not be. */
static void
some_of_field(struct seed *s, FILE *out, enum field f, unsigned n)
{
	bool not_in = n > 1 && once_in(s, 4);

	fprintf(out, "%s: %s", field_info[f].name, not_in ? "{not: " : "");
	list_of(s, out, n, words_of(f), field_word_of, f);
	fputs(not_in ? "}" : "", out);
}

static void
any_or(struct seed *s, FILE *out, enum field f, unsigned n)
{
	fputs("    ", out);
	if (once_in(s, 3))
		fprintf(out, "%s: any", field_info[f].name);
	else
		some_of_field(s, out, f, n);
	fputc('\n', out);
}

static void
flags_of(struct seed *s, FILE *out, const char *before, const char *after)
{
	unsigned first = any_of(s, FLAG_COUNT), n = any_of(s, 3);

	for (unsigned i = 0; i < n; i++)
		fprintf(out, "%s%s: %s%s", before,
		    flag_info[(first + 4 * i) % FLAG_COUNT].name,
		    once_in(s, 2) ? "true" : "false", after);
}

static void
bases_of(struct seed *s, FILE *out)
{
	unsigned n = 1 + any_of(s, 3);

	if (once_in(s, 4)) {
		fputs("    bases: any\n", out);
		return;
	}
	fputs("    bases: [", out);
	for (unsigned i = 0; i < n; i++) {
		fputs(i > 0 ? ", " : "", out);
		list_of(s, out, 1 + any_of(s, 2), BASES, basis_word, 0);
	}
	fputs("]\n", out);
}

static void
route_of(struct seed *s, FILE *out, const char *before, const char *between)
{
	fputs(before, out);
	some_of_field(s, out, FIELD_FROM, 1 + any_of(s, 4));
	fputs(between, out);
	some_of_field(s, out, FIELD_TO, 1 + any_of(s, 3));
}

static void
permit_of(struct seed *s, FILE *out)
{
	static const enum field more[] = { FIELD_URGENCY, FIELD_NECESSITY,
		FIELD_AGE, FIELD_CHILD, FIELD_EXPOSED, FIELD_KSP, FIELD_CONSENT,
		FIELD_EVENT, FIELD_ACTS_FOR, FIELD_INFORMED };

	fputs("    ", out);
	some_of_field(s, out, FIELD_KIND, 1 + any_of(s, 5));
	fputc('\n', out);
	any_or(s, out, FIELD_COOPERATION, 2);
	any_or(s, out, FIELD_STATE, 4);
	fputs(once_in(s, 3) ? "    purpose: {not: [investigation]}\n" :
			      "    purpose: [crime_prevention, orientation]\n",
	    out);
	fputs("    relation: ", out);
	if (once_in(s, 2))
		fputs("any", out);
	else
		list_of(s, out, 1 + any_of(s, 3), RELATIONS, relation_word, 0);
	fputs("\n", out);
	bases_of(s, out);
	fputs("    carry: ", out);
	list_of(s, out, 3 + any_of(s, 20), CATEGORY_COUNT, category_word, 0);
	fputc('\n', out);
	flags_of(s, out, "    ", "\n");
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (once_in(s, 8)) {
			fputs("    ", out);
			some_of_field(s, out, more[i], 1);
			fputc('\n', out);
		}
	if (once_in(s, 10)) {
		fputs("    setting: ", out);
		list_of(
		    s, out, 1 + any_of(s, 2), SETTING_COUNT, setting_word, 0);
		fputc('\n', out);
	}
	if (once_in(s, 10)) {
		fputs("    approver: ", out);
		list_of(
		    s, out, 1, words_of(FIELD_FROM), field_word_of, FIELD_FROM);
		fputc('\n', out);
	}
	if (!once_in(s, 4)) {
		route_of(s, out, "    ", "\n    ");
		fputc('\n', out);
		return;
	}
	fputs("    either:\n", out);
	for (unsigned i = 0; i < 3; i++) {
		route_of(s, out, "      - {", ", ");
		fputs("}\n", out);
	}
}

/* A set of a clause: a list, or what must not be there. */
static void
clause_set(struct seed *s, FILE *out, const char *name, unsigned n,
    unsigned all, const char *(*word)(unsigned, unsigned))
{
	bool not_in = once_in(s, 3);

	fprintf(out, ", %s: %s", name, not_in ? "{not: " : "");
	list_of(s, out, n, all, word, 0);
	fputs(not_in ? "}" : "", out);
}

static void
clauses_of(struct seed *s, FILE *out, const char *name, bool narrow)
{
	fprintf(out, "    %s:\n", name);
	for (unsigned i = 0; i < 2; i++) {
		fputs("      - {", out);
		if (narrow) {
			some_of_field(s, out, FIELD_KIND, 1);
			fputs(", ", out);
			some_of_field(s, out, FIELD_FROM, 1);
			fputs(", ", out);
			some_of_field(s, out, FIELD_TO, 1);
		} else {
			some_of_field(s, out, FIELD_URGENCY, 1);
		}
		flags_of(s, out, ", ", "");
		if (once_in(s, 3))
			clause_set(s, out, "carries", 1 + any_of(s, 4),
			    CATEGORY_COUNT, category_word);
		if (once_in(s, 6))
			clause_set(s, out, "basis", 1, BASES, basis_word);
		if (once_in(s, 6))
			clause_set(
			    s, out, "relation", 1, RELATIONS, relation_word);
		if (once_in(s, 10))
			clause_set(
			    s, out, "setting", 1, SETTING_COUNT, setting_word);
		fputs("}\n", out);
	}
}

static const char head[] =
    "version: 1\n"
    "limits:\n"
    "  socially_exposed: {judged_by: [social], max_age_days: 1, law: l,\n"
    "    mark: text, text_en: e, text_da: d}\n"
    "  ksp: {judged_by: [social], days_before_release: 1,\n"
    "    days_after_release: 1, law: l, mark: text, text_en: e,\n"
    "    text_da: d}\n"
    "rules:\n";

static void
rule_of(struct seed *s, unsigned i, FILE *out)
{
	static const struct {
		char letter;
		const char *class;
	} kind[] = { { 'R', "permit" }, { 'R', "permit" }, { 'E', "permit" },
		{ 'P', "prohibition" } };
	bool duty = once_in(s, 40);
	unsigned k = duty ? 3 : any_of(s, 4);

	fprintf(out, "  - id: %c%u", duty ? 'U' : kind[k].letter, i % 1000);
	if (i >= 1000)
		fputc('a' + (int)(i / 1000 - 1), out);
	fprintf(out,
	    "\n    class: %s\n    law: l\n    mark: text\n    text_en: e\n"
	    "    text_da: d\n    valid_from: 20%02u-01-01T00:00:00Z\n",
	    duty ? "duty" : kind[k].class, any_of(s, 26));
	if (once_in(s, 8))
		fprintf(out, "    valid_to: 20%02u-07-01T00:00:00Z\n",
		    27 + any_of(s, 20));
	if (k != 3) {
		permit_of(s, out);
		return;
	}
	clauses_of(s, out, "any", true);
	if (once_in(s, 2))
		clauses_of(s, out, "unless", false);
	if (duty)
		fputs("    notice: n\n", out);
}

void
generate_table(struct seed *s, unsigned n, FILE *out)
{
	fputs(head, out);
	for (unsigned i = 0; i < n; i++)
		rule_of(s, i, out);
}

struct rules *
generate_load(uint64_t seed, unsigned n)
{
	struct seed s = { seed };
	struct problems p = { .text = NULL };
	struct rules *r = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	generate_table(&s, n, out);
	if (fclose(out) == 0)
		r = rules_load("generated", bytes_of(text, len), &p);
	if (r == NULL)
		fprintf(stderr, "%s", p.text != NULL ? p.text : "no memory\n");
	problems_free(&p);
	free(text);
	return r;
}

/* ---- facts ---- */

/* A number of field f; now and then one that no list has. */
static uint8_t
value_of(struct seed *s, enum field f)
{
	uint64_t all = field_all(f);
	unsigned n;

	if (once_in(s, 300))
		return (uint8_t)any_of(s, 256);
	do
		n = any_of(s, 64);
	while ((all & 1ULL << n) == 0);
	return (uint8_t)n;
}

static uint8_t *
field_of(struct facts *f, enum field which)
{
	uint8_t *const to[FIELD_COUNT] = { [FIELD_KIND] = &f->kind,
		[FIELD_FROM] = &f->from,
		[FIELD_TO] = &f->to,
		[FIELD_URGENCY] = &f->urgency,
		[FIELD_COOPERATION] = &f->cooperation,
		[FIELD_PURPOSE] = &f->purpose,
		[FIELD_NECESSITY] = &f->necessity,
		[FIELD_AGE] = &f->age,
		[FIELD_CHILD] = &f->concerned_child,
		[FIELD_EXPOSED] = &f->exposed,
		[FIELD_KSP] = &f->ksp,
		[FIELD_CONSENT] = &f->consent,
		[FIELD_STATE] = &f->state,
		[FIELD_EVENT] = &f->event,
		[FIELD_ACTS_FOR] = &f->acts_for,
		[FIELD_INFORMED] = &f->subject_informed };

	return to[which];
}

static bool *
flag_of(struct facts *f, enum flag which)
{
	bool *const to[FLAG_COUNT] = { [FLAG_HAS_CASE] = &f->has_case,
		[FLAG_POLICE_ALONE] = &f->police_alone,
		[FLAG_POLICE_LOOKED] = &f->police_looked,
		[FLAG_CASE_ACUTE] = &f->case_acute,
		[FLAG_SENDER_PARTICIPANT] = &f->sender_participant,
		[FLAG_RECIPIENT_PARTICIPANT] = &f->recipient_participant,
		[FLAG_ANSWERS_REQUEST] = &f->answers_request,
		[FLAG_NECESSITY_TEXT] = &f->necessity_text,
		[FLAG_UNDERRETNING_MADE] = &f->underretning_made,
		[FLAG_INVESTIGATION_OPENED] = &f->investigation_opened,
		[FLAG_CRISIS_OPEN] = &f->crisis_open,
		[FLAG_SENDER_RESPONSIBLE] = &f->sender_responsible,
		[FLAG_RECIPIENT_RESPONSIBLE] = &f->recipient_responsible,
		[FLAG_HAD_ORIGINAL] = &f->had_original,
		[FLAG_IDENTITY_SEALED] = &f->identity_sealed };

	return to[which];
}

static uint64_t
categories_of(struct seed *s)
{
	uint64_t set = 0;

	for (unsigned i = 0, n = any_of(s, 4); i < n; i++)
		set |= 1ULL << any_of(s, CATEGORY_COUNT);
	if (once_in(s, 300))
		set |= 1ULL << 40;
	return set;
}

static uint32_t
bits_of(struct seed *s, unsigned n, unsigned most)
{
	uint32_t set = 0;

	for (unsigned i = 0, k = any_of(s, most + 1); i < k; i++)
		set |= 1u << (1 + any_of(s, n));
	return set;
}

struct facts
generate_facts(struct seed *s)
{
	struct facts f = { .basis = bits_of(s, BASES, 3),
		.relation = bits_of(s, RELATIONS, 3),
		.categories = categories_of(s),
		.settings = bits_of(s, SETTING_COUNT, 6) >> 1 };

	for (unsigned i = 0; i < FIELD_COUNT; i++)
		*field_of(&f, (enum field)i) = value_of(s, (enum field)i);
	for (unsigned i = 0; i < FLAG_COUNT; i++)
		*flag_of(&f, (enum flag)i) = once_in(s, 2);
	return f;
}

/* One of the values that a set takes. */
static uint8_t
one_in_set(struct seed *s, uint64_t set)
{
	unsigned skip = any_of(s, (unsigned)__builtin_popcountll(set));

	for (; skip > 0; skip--)
		set &= set - 1;
	return (uint8_t)__builtin_ctzll(set);
}

static void
change(struct seed *s, struct facts *f)
{
	unsigned which = any_of(s, FIELD_COUNT + FLAG_COUNT + 4);

	if (which < FIELD_COUNT) {
		enum field field = (enum field)which;

		*field_of(f, field) = value_of(s, field);
		return;
	}
	which -= FIELD_COUNT;
	if (which < FLAG_COUNT)
		*flag_of(f, (enum flag)which) ^= true;
	else if (which == FLAG_COUNT)
		f->categories |= 1ULL << any_of(s, CATEGORY_COUNT);
	else if (which == FLAG_COUNT + 1)
		f->basis = bits_of(s, BASES, 2);
	else if (which == FLAG_COUNT + 2)
		f->relation = bits_of(s, RELATIONS, 1);
	else
		f->settings = bits_of(s, SETTING_COUNT, 2) >> 1;
}

struct facts
generate_near(struct seed *s, const struct rules *r, unsigned faults)
{
	const struct row *row = &r->row[any_of(s, (unsigned)r->n_row)];
	struct facts f = generate_facts(s);

	for (unsigned i = 0; i < FIELD_COUNT; i++)
		*field_of(&f, (enum field)i) = one_in_set(s, row->match.set[i]);
	for (unsigned i = 0; i < FLAG_COUNT; i++)
		if ((row->match.care >> i & 1) != 0)
			*flag_of(
			    &f, (enum flag)i) = (row->match.want >> i & 1) != 0;
	if (row->n_basis > 0)
		f.basis |= row->basis[any_of(s, (unsigned)row->n_basis)];
	if (row->relation != UINT32_MAX)
		f.relation |= row->relation;
	f.categories &= row->carry;
	f.settings |= row->settings;
	for (unsigned i = 0, n = any_of(s, faults + 1); i < n; i++)
		change(s, &f);
	return f;
}
