/*
 * SPDX-License-Identifier: MIT
 *
 * envelope: what a message is opened into, what an offer may show, and that
 * nothing a peer sends costs more than the arena.
 */
#include "tests/unit/made.h"
#include "tests/unit/fill.h"

#define SEED UINT64_C(20270201)

static void
test_a_good_message_is_laid_out(void **state)
{
	struct drafting *d = *state;
	struct bytes good = drafting_message(d, made_draft);
	struct envelope env;
	struct digest want;
	struct id id;
	bool has_id = false;

	assert_int_equal(
	    envelope_open(d->arena, good, &env, NULL, &id, &has_id), CODE_OK);
	assert_true(has_id);
	assert_memory_equal(id.b, env.header->message_id.data, ID_SIZE);
	want = digest_tagged(TAG(TAG_HEADER), env.header_bytes);
	assert_true(digest_eq(&want, &env.header_digest));
	assert_string_equal(env.grounds->bopaelskommune, "0101");
	assert_int_equal(env.grounds_part.kind, PART_GROUNDS);
	assert_int_equal(env.n_addressee, 2);
	assert_int_equal(env.addressee[1]->role, ROLE_POL_TOVHOLDER);
	assert_int_equal(env.addressee_part[1].kind, PART_ADDRESSEE);
	assert_int_equal(env.n_section, 3);
	assert_int_equal(env.section[2].kind, CATEGORY_FAMILY);
	assert_int_equal(env.categories,
	    CATEGORY_BIT(CATEGORY_IDENTITY) | CATEGORY_BIT(CATEGORY_CONCERN) |
		CATEGORY_BIT(CATEGORY_FAMILY));
	assert_string_equal(env.cpr, "1503101234");
	for (size_t i = 0; i < env.n_section; i++) {
		want = digest_part(env.section[i].kind,
		    (uint8_t)env.section[i].opening->form,
		    env.section[i].opening->salt.data, env.section[i].part);
		assert_true(digest_eq(&want, &env.section[i].commitment));
	}
}

/* Each field of Sections with nothing in it, but what must be there. */
static const char *
every_section(struct arena *a, bool names_only)
{
	const ProtobufCMessageDescriptor *d = &pb_sections__descriptor;
	const char *text = "";

	for (unsigned i = 0; i < d->n_fields; i++) {
		const char *name = d->fields[i].name;
		const char *value = strcmp(name, "identity") == 0 ?
		    "{\"cpr\":\"1503101234\"}" :
		    strcmp(name, "recommendation") == 0 ?
		    "{\"action\":\"start_new\",\"level\":\"anticipatory\"}" :
		    "{}";

		text = names_only ? arena_printf(a, "%s%s\"%s\"", text,
					i == 0 ? "" : ",", name) :
				    arena_printf(a, "%s%s\"%s\":%s", text,
					i == 0 ? "" : ",", name, value);
		assert_non_null(text);
	}
	return text;
}

static void
test_every_category_has_its_section(void **state)
{
	struct drafting *d = *state;
	char *draft = arena_printf(d->arena,
	    "{\"kind\":\"concern\",\"role\":\"skole\","
	    "\"grounds\":{\"bopaelskommune\":\"0101\",\"age\":\"minor\"},"
	    "\"addressee\":[{\"role\":\"kom_tovholder\","
	    "\"relation\":\"same_kommune\",\"cooperation\":\"ssp\","
	    "\"basis\":[\"rpl_115_2\"],\"section\":[%s]}],"
	    "\"sections\":{%s}}",
	    every_section(d->arena, true), every_section(d->arena, false));
	struct envelope env;
	bool has_id;
	struct id id;

	assert_non_null(draft);
	assert_int_equal(envelope_open(d->arena, drafting_message(d, draft),
			     &env, NULL, &id, &has_id),
	    CODE_OK);
	assert_int_equal(env.n_section, pb_sections__descriptor.n_fields);
	for (size_t i = 0; i < env.n_section; i++)
		assert_int_equal(
		    env.section[i].kind, pb_sections__descriptor.fields[i].id);
}

static void
nothing(struct made *x)
{
	(void)x;
}

static void
other_version(struct made *x)
{
	x->h->version = 2;
}

static void
no_grounds(struct made *x)
{
	made_drop(x, GROUNDS);
}

static void
short_id(struct made *x)
{
	x->h->message_id.len = 15;
}

static void
unknown_kind(struct made *x)
{
	x->h->kind = (PbKind)99;
}

static void
test_the_id_is_told_as_soon_as_it_could_be_read(void **state)
{
	static const struct {
		void (*change)(struct made *x);
		bool want;
	} told[] = { { nothing, true }, { other_version, true },
		{ no_grounds, true }, { short_id, false },
		{ unknown_kind, false } };
	struct bytes good = drafting_message(*state, made_draft);

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		bool has_id = !told[i].want;
		struct envelope env;
		struct made x;
		struct id id;

		made_apart(&x, *state, good);
		told[i].change(&x);
		(void)envelope_open(
		    x.d->arena, made_message(&x), &env, NULL, &id, &has_id);
		assert_int_equal(has_id, told[i].want);
		if (has_id)
			assert_memory_equal(
			    id.b, x.h->message_id.data, ID_SIZE);
	}
}

static void
test_a_message_over_the_limit_is_not_even_read(void **state)
{
	struct drafting *d = *state;
	uint8_t *big = arena_alloc(d->arena, MESSAGE_MAX + 1);
	struct defect defect;
	struct envelope env;

	assert_int_equal(envelope_open(d->arena, bytes_of(big, MESSAGE_MAX + 1),
			     &env, &defect, NULL, NULL),
	    CODE_TOO_LARGE);
	assert_string_equal(defect.field, "Message");
	assert_int_equal(envelope_open(d->arena, bytes_of(big, MESSAGE_MAX),
			     &env, &defect, NULL, NULL),
	    CODE_MALFORMED);
}

/* The arena is all that a message may cost, whatever is in it. */
static void
test_a_small_arena_refuses_and_nothing_breaks(void **state)
{
	struct drafting *d = *state;
	struct bytes good = drafting_message(d, made_draft);
	bool opened = false;

	for (size_t cap = 0; cap < 32768 && !opened; cap += 128) {
		struct arena *a = NULL;
		struct envelope env;
		enum code code;

		assert_int_equal(arena_new(&a, cap), ERR_OK);
		code = envelope_open(a, good, &env, NULL, NULL, NULL);
		assert_true(code == CODE_OK || code == CODE_TOO_LARGE);
		opened = code == CODE_OK;
		arena_free(a);
	}
	assert_true(opened);
}

static void
test_damaged_messages_are_refused(void **state)
{
	struct drafting *d = *state;
	struct bytes good = drafting_message(d, made_draft);
	struct fill f = { d->arena, SEED };
	struct envelope whole;
	size_t refused = 0;

	print_message("seed %llu\n", (unsigned long long)SEED);
	assert_int_equal(
	    envelope_open(d->arena, good, &whole, NULL, NULL, NULL), CODE_OK);
	for (int i = 0; i < 2000; i++) {
		uint8_t *copy = malloc(good.len);
		struct arena *a = NULL;
		struct envelope env;
		size_t len = good.len;

		assert_non_null(copy);
		memcpy(copy, good.data, good.len);
		copy[fill_below(&f, len)] ^= (uint8_t)(1u << fill_below(&f, 8));
		if (fill_below(&f, 8) == 0)
			len = fill_below(&f, len);
		assert_int_equal(arena_new(&a, PARSE_ARENA), ERR_OK);
		/* Let in, it differs in the header or the signature only. */
		if (envelope_open(a, bytes_of(copy, len), &env, NULL, NULL,
			NULL) == CODE_OK) {
			assert_int_equal(env.n_section, whole.n_section);
			for (size_t k = 0; k < env.n_section; k++)
				assert_true(bytes_eq(env.section[k].part,
				    whole.section[k].part));
		} else {
			refused++;
		}
		arena_free(a);
		free(copy);
	}
	assert_true(refused > 1000);
}

static void
test_every_category_has_a_section(void **state)
{
	(void)state;
	for (unsigned cat = 0; cat < 300; cat++) {
		bool want = protobuf_c_enum_descriptor_get_value(
				&pb_category__descriptor, (int)cat) != NULL;

		assert_int_equal(
		    envelope_section_descriptor(cat) != NULL, want);
	}
	assert_ptr_equal(envelope_section_descriptor(CATEGORY_D6),
	    &pb_assessment__descriptor);
}

/* ----------------------------------------------------------------- offers */

static const struct {
	const char *says;
	size_t opening[8];
	size_t n;
	enum code want;
	const char *field;
} offers[] = {
	{ "one addressee and its sections", { TO_KT, IDENTITY, CONCERN }, 3,
	    CODE_OK, "" },
	{ "grounds where a rule gives them",
	    { GROUNDS, TO_KT, IDENTITY, CONCERN }, 4, CODE_OK, "" },
	{ "a node that is addressed twice gets both of its parts",
	    { TO_KT, TO_PT, IDENTITY, CONCERN, FAMILY }, 5, CODE_OK, "" },
	{ "no addressee", { GROUNDS }, 1, CODE_PART_MISSING, "Addressee" },
	{ "a section that was not meant for it",
	    { TO_KT, IDENTITY, CONCERN, FAMILY }, 4, CODE_PART_MISSING,
	    "Sections.family" },
	{ "a section withheld", { TO_KT, IDENTITY }, 2, CODE_PART_MISSING,
	    "Sections.concern" },
	{ "a part opened twice", { TO_KT, IDENTITY, CONCERN, CONCERN }, 4,
	    CODE_COMMITMENT_MISMATCH, "Opening.part" },
};

static void
test_an_offer_opens_the_same_commitments(void **state)
{
	struct drafting *d = *state;
	struct bytes good = drafting_message(d, made_draft);
	struct envelope whole;
	struct made x;

	assert_int_equal(
	    envelope_open(d->arena, good, &whole, NULL, NULL, NULL), CODE_OK);
	made_apart(&x, d, good);
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		struct defect defect = { .field = "" };
		PbOffer offer = PB_OFFER__INIT;
		PbOpening *opening[8];
		struct envelope env;
		enum code got;

		for (size_t k = 0; k < offers[i].n; k++)
			opening[k] = x.m->opening[offers[i].opening[k]];
		offer.header = x.m->header;
		offer.signature = x.m->signature;
		offer.opening = opening;
		offer.n_opening = offers[i].n;
		got = envelope_open_offer(d->arena, &offer, &env, &defect);
		if (got != offers[i].want ||
		    strcmp(defect.field, offers[i].field) != 0)
			fail_msg("%s: got %s %s", offers[i].says,
			    code_name(got), defect.field);
		if (got == CODE_OK)
			assert_true(digest_eq(
			    &env.header_digest, &whole.header_digest));
	}
}

static void
test_an_offer_with_other_content_is_refused(void **state)
{
	struct drafting *d = *state;
	PbOffer offer = PB_OFFER__INIT;
	struct defect defect;
	struct envelope env;
	struct made x;

	made_apart(&x, d, drafting_message(d, made_draft));
	offer.header = x.m->header;
	offer.signature = x.m->signature;
	offer.opening = &x.m->opening[TO_PT];
	offer.n_opening = OPENINGS - TO_PT;
	assert_int_equal(
	    envelope_open_offer(d->arena, &offer, &env, &defect), CODE_OK);
	x.m->opening[CONCERN]->part.data[0] ^= 1;
	assert_int_equal(envelope_open_offer(d->arena, &offer, &env, &defect),
	    CODE_COMMITMENT_MISMATCH);
	x.m->opening[CONCERN]->part.data[0] ^= 1;
	offer.header.len--;
	assert_int_equal(envelope_open_offer(d->arena, &offer, &env, &defect),
	    CODE_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		drafting_test(test_a_good_message_is_laid_out),
		drafting_test(test_every_category_has_its_section),
		drafting_test(test_the_id_is_told_as_soon_as_it_could_be_read),
		drafting_test(test_a_message_over_the_limit_is_not_even_read),
		drafting_test(test_a_small_arena_refuses_and_nothing_breaks),
		drafting_test(test_damaged_messages_are_refused),
		cmocka_unit_test(test_every_category_has_a_section),
		drafting_test(test_an_offer_opens_the_same_commitments),
		drafting_test(test_an_offer_with_other_content_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
