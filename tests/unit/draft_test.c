/*
 * SPDX-License-Identifier: MIT
 *
 * draft: what is filled in, what is fresh each time, what is refused.
 */
#include "tests/unit/drafting.h"

#include "proto/digest.h"
#include "proto/sign.h"

#define ID_A "AAECAwQFBgcICQoLDA0ODw==" /* 00 01 .. 0f */
#define TO_KT \
	"\"addressee\":[{\"role\":\"kom_tovholder\",\"relation\":" \
	"\"same_kommune\",\"cooperation\":\"none\"," \
	"\"section\":[\"concern\"]}]," \
	"\"sections\":{\"concern\":{\"text\":\"x\"}}"
#define CONCERN "{\"kind\":\"concern\",\"role\":\"skole\"," TO_KT "}"

static void
open_message(struct drafting *d, struct bytes message, struct envelope *env)
{
	struct defect defect = { .field = "" };
	enum code code = envelope_open(
	    d->arena, message, env, &defect, NULL, NULL);

	if (code != CODE_OK)
		fail_msg("%s %s", code_name(code), defect.field);
}

static void
test_a_bare_concern_gets_all_it_needs(void **state)
{
	struct drafting *d = *state;
	struct envelope env;
	const PbHeader *h;
	struct bytes out;
	struct id id;

	assert_int_equal(drafting_try(d, CONCERN, 0, &out, &id, NULL), ERR_OK);
	open_message(d, out, &env);
	h = env.header;
	assert_int_equal(h->version, PROTOCOL_VERSION);
	assert_string_equal(h->sender, DRAFTING_NODE);
	assert_int_equal(h->role, ROLE_SKOLE);
	assert_int_equal(h->kind, KIND_CONCERN);
	assert_int_equal(h->urgency, URGENCY_ORDINARY);
	assert_int_equal(h->created, DRAFTING_NOW);
	assert_int_equal(h->expires, DRAFTING_NOW + 30 * DAY_MS);
	assert_memory_equal(h->message_id.data, id.b, ID_SIZE);
	/* A concern opens the case that it is the first message of. */
	assert_true(h->has_case_id);
	assert_memory_equal(h->case_id.data, id.b, ID_SIZE);
	assert_false(h->has_after);
	assert_false(h->has_in_reply_to);
	/* grounds, one addressee, one section: padded to four. */
	assert_int_equal(h->n_commitment, 4);
	assert_int_equal(env.n_addressee, 1);
	assert_int_equal(env.n_section, 1);
	assert_int_equal(env.categories, CATEGORY_BIT(CATEGORY_CONCERN));
	assert_non_null(env.grounds);
	assert_int_equal(env.signature->count, 1);
	assert_int_equal(sign_check(TAG(TAG_MESSAGE), &env.header_digest,
			     env.signature, signer_cert(d->signer)),
	    CODE_OK);
}

static void
test_what_a_draft_says_is_kept(void **state)
{
	struct drafting *d = *state;
	struct envelope env;

	open_message(d,
	    drafting_message(d,
		"{\"kind\":\"info_answer\",\"role\":\"skole\",\"from\":"
		"\"" DRAFTING_NODE "\",\"urgency\":\"acute\",\"message_id\":"
		"\"" ID_A "\",\"case_id\":\"" ID_A "\",\"after\":\"" ID_A
		"\",\"in_reply_to\":\"" ID_A "\",\"expires\":\"now+6h\","
		"\"grounds\":{\"age\":\"minor\",\"bopaelskommune\":\"0101\"}"
		"," TO_KT "}"),
	    &env);
	assert_int_equal(env.header->urgency, URGENCY_ACUTE);
	assert_int_equal(env.header->message_id.data[15], 15);
	assert_int_equal(env.header->case_id.data[14], 14);
	assert_int_equal(env.header->after.data[13], 13);
	assert_int_equal(env.header->in_reply_to.data[12], 12);
	assert_int_equal(
	    env.header->expires, DRAFTING_NOW + UINT64_C(6 * 3600 * 1000));
	assert_int_equal(env.grounds->age, AGE_MINOR);
	assert_string_equal(env.grounds->bopaelskommune, "0101");
}

static void
test_a_node_with_one_role_need_not_say_it(void **state)
{
	struct drafting *d = *state;
	struct envelope env;
	struct bytes out;
	struct id id;

	assert_int_equal(drafting_try(d, "{\"kind\":\"concern\"," TO_KT "}",
			     ROLE_JOBCENTER, &out, &id, NULL),
	    ERR_OK);
	open_message(d, out, &env);
	assert_int_equal(env.header->role, ROLE_JOBCENTER);
	/* What the draft says goes first. */
	assert_int_equal(
	    drafting_try(d, CONCERN, ROLE_JOBCENTER, &out, &id, NULL), ERR_OK);
	open_message(d, out, &env);
	assert_int_equal(env.header->role, ROLE_SKOLE);
}

static void
test_an_underretning_stays_without_case(void **state)
{
	struct drafting *d = *state;
	struct envelope env;

	open_message(d,
	    drafting_message(
		d, "{\"kind\":\"underretning\",\"role\":\"skole\"," TO_KT "}"),
	    &env);
	assert_false(env.header->has_case_id);
}

static void
test_the_same_draft_twice_shares_nothing_that_can_be_compared(void **state)
{
	struct drafting *d = *state;
	struct envelope a, b;

	open_message(d, drafting_message(d, CONCERN), &a);
	open_message(d, drafting_message(d, CONCERN), &b);
	assert_memory_not_equal(a.header->nonce.data, b.header->nonce.data, 32);
	assert_memory_not_equal(
	    a.header->message_id.data, b.header->message_id.data, ID_SIZE);
	assert_memory_not_equal(a.section[0].opening->salt.data,
	    b.section[0].opening->salt.data, 32);
	assert_memory_not_equal(a.section[0].opening->salt.data,
	    a.grounds_part.opening->salt.data, 32);
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 4; k++)
			assert_memory_not_equal(a.header->commitment[i].data,
			    b.header->commitment[k].data, DIGEST_SIZE);
}

/* Ids sort by time, and say what they are. */
static void
test_ids_are_uuid_version_7(void **state)
{
	struct id a, b, c;

	(void)state;
	draft_new_id(&a, DRAFTING_NOW);
	draft_new_id(&b, DRAFTING_NOW);
	draft_new_id(&c, DRAFTING_NOW + 1);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(
		    a.b[i], (uint8_t)(DRAFTING_NOW >> (40 - 8 * i)));
	assert_int_equal(a.b[6] >> 4, 7);
	assert_int_equal(a.b[8] >> 6, 2);
	assert_false(id_eq(&a, &b));
	assert_true(memcmp(a.b, c.b, 6) < 0);
}

/* 0 where the parts do not fit. */
static const struct {
	size_t addressees, sections, want;
} padding[] = { { 1, 0, 4 }, { 1, 2, 4 }, { 1, 3, 8 }, { 4, 3, 8 },
	{ 5, 3, 16 }, { 16, 0, 32 }, { 16, 15, 32 }, { 16, 16, 0 } };

static const char *const section_name[] = { "identity", "concern", "police",
	"social", "school", "employment", "health_treatment", "health_other",
	"prison", "family", "reporter", "conviction", "d1", "d2", "d3", "d4" };

static char *
many(struct drafting *d, size_t addressees, size_t sections)
{
	char *list = arena_strdup(d->arena, ""), *to = list, *body = list;

	for (size_t i = 0; i < sections; i++) {
		list = arena_printf(d->arena, "%s%s\"%s\"", list,
		    i > 0 ? "," : "", section_name[i]);
		body = arena_printf(d->arena, "%s%s\"%s\":{}", body,
		    i > 0 ? "," : "", section_name[i]);
	}
	for (size_t i = 0; i < addressees; i++)
		to = arena_printf(d->arena,
		    "%s%s{\"role\":\"skole\",\"cooperation\":\"none\","
		    "\"section\":[%s]}",
		    to, i > 0 ? "," : "", list);
	return arena_printf(d->arena,
	    "{\"kind\":\"concern\",\"role\":\"skole\",\"addressee\":[%s],"
	    "\"sections\":{%s}}",
	    to, body);
}

static void
test_the_number_of_parts_is_hidden_by_padding(void **state)
{
	struct drafting *d = *state;

	for (size_t i = 0; i < sizeof(padding) / sizeof(padding[0]); i++) {
		char *text = many(
		    d, padding[i].addressees, padding[i].sections);
		struct why why = { "" };
		struct envelope env;
		struct bytes out;
		struct id id;
		enum err e = drafting_try(d, text, 0, &out, &id, &why);

		if (padding[i].want == 0) {
			assert_int_equal(e, ERR_INVALID);
			assert_string_equal(why.text,
			    "found more than 32 grounds, addressees and "
			    "sections, expected fewer");
			continue;
		}
		assert_int_equal(e, ERR_OK);
		open_message(d, out, &env);
		assert_int_equal(env.header->n_commitment, padding[i].want);
	}
}

static const struct {
	const char *says, *text, *why;
} refused[] = {
	{ "no addressee", "{\"kind\":\"concern\",\"role\":\"skole\"}",
	    "addressee: found 0, expected 1 to 16" },
	{ "another node's draft",
	    "{\"kind\":\"concern\",\"role\":\"skole\",\"from\":\"a/b\"," TO_KT
	    "}",
	    "from: found another node than the one that sends, expected "
	    "kommune/0101/skole-x" },
	{ "no role and several to choose from",
	    "{\"kind\":\"concern\"," TO_KT "}",
	    "role: found none, expected a role, such as \"infohus\"" },
	{ "an underretning with a case",
	    "{\"kind\":\"underretning\",\"role\":\"skole\",\"case_id\":"
	    "\"" ID_A "\"," TO_KT "}",
	    "case_id: found one, expected none: the kind underretning "
	    "belongs to no case" },
	{ "an answer without a case",
	    "{\"kind\":\"info_answer\",\"role\":\"skole\"," TO_KT "}",
	    "case_id: found none, expected the id of the case that this "
	    "info_answer belongs to" },
	{ "an id of another length",
	    "{\"kind\":\"concern\",\"role\":\"skole\",\"after\":\"AAAA\"," TO_KT
	    "}",
	    "after: found 3 bytes, expected 16" },
	{ "a section that nobody is meant to get",
	    "{\"kind\":\"concern\",\"role\":\"skole\",\"addressee\":[{"
	    "\"role\":\"skole\",\"cooperation\":\"none\"}],\"sections\":{"
	    "\"school\":{}}}",
	    "Sections.school: grounds, addressee or a listed section is "
	    "missing or given twice, or a section is meant for nobody "
	    "(part_missing)" },
	{ "a CPR number that is none",
	    "{\"kind\":\"concern\",\"role\":\"skole\",\"addressee\":[{"
	    "\"role\":\"skole\",\"cooperation\":\"none\",\"section\":"
	    "[\"identity\"]}],\"sections\":{\"identity\":{\"cpr\":"
	    "\"3002041234\"}}}",
	    "Identity.cpr: a CPR number without ten digits, real date and "
	    "century (bad_cpr)" },
	{ "an expiry before now",
	    "{\"kind\":\"concern\",\"role\":\"skole\",\"expires\":"
	    "\"now-1s\"," TO_KT "}",
	    "Header.expires: a field of wrong length or form (bad_field)" },
};

static void
test_what_cannot_be_a_message_is_refused_with_its_field(void **state)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct bytes out = { NULL, 0 };
		struct why why = { "" };
		struct id id;
		enum err e = drafting_try(
		    *state, refused[i].text, 0, &out, &id, &why);

		if (e != ERR_INVALID || strcmp(why.text, refused[i].why) != 0)
			fail_msg("%s: got %s: %s", refused[i].says, err_name(e),
			    why.text);
		assert_null(out.data);
	}
}

/* What is checked without a key is what is checked with one. */
static void
test_a_draft_is_checked_without_a_key(void **state)
{
	struct why why = { "" };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const PbDraft *d = drafting_parse(*state, refused[i].text);

		assert_int_equal(
		    draft_check(d, DRAFTING_NODE, 0, DRAFTING_NOW, &why),
		    ERR_INVALID);
		assert_string_equal(why.text, refused[i].why);
	}
	assert_int_equal(draft_check(drafting_parse(*state, CONCERN), NULL, 0,
			     DRAFTING_NOW, &why),
	    ERR_OK);
}

static void
test_a_message_over_the_limit_is_refused(void **state)
{
	struct drafting *d = *state;
	char *text = arena_alloc(d->arena, MESSAGE_MAX + 1);
	PbDraft *draft = drafting_parse(d, CONCERN);
	struct why why = { "" };
	struct bytes out;
	struct id id;

	memset(text, 'a', MESSAGE_MAX);
	draft->sections->concern->text = text;
	assert_int_equal(draft_message(d->arena, draft, DRAFTING_NODE, 0,
			     DRAFTING_NOW, d->signer, &out, &id, &why),
	    ERR_INVALID);
	assert_string_equal(
	    why.text, "Message: larger than the protocol allows (too_large)");
}

static void
test_a_full_arena_is_no_memory(void **state)
{
	struct drafting *d = *state;
	PbDraft *draft = drafting_parse(d, CONCERN);
	size_t enough = 0;

	for (size_t cap = 0; cap < 8192 && enough == 0; cap += 64) {
		struct arena *a = NULL;
		struct bytes out;
		struct id id;
		enum err e;

		assert_int_equal(arena_new(&a, cap), ERR_OK);
		e = draft_message(a, draft, DRAFTING_NODE, 0, DRAFTING_NOW,
		    d->signer, &out, &id, NULL);
		assert_true(e == ERR_NOMEM || (e == ERR_OK && cap > 0));
		enough = e == ERR_OK ? cap : 0;
		arena_free(a);
	}
	assert_true(enough > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		drafting_test(test_a_bare_concern_gets_all_it_needs),
		drafting_test(test_what_a_draft_says_is_kept),
		drafting_test(test_a_node_with_one_role_need_not_say_it),
		drafting_test(test_an_underretning_stays_without_case),
		drafting_test(
		    test_the_same_draft_twice_shares_nothing_that_can_be_compared),
		cmocka_unit_test(test_ids_are_uuid_version_7),
		drafting_test(test_the_number_of_parts_is_hidden_by_padding),
		drafting_test(
		    test_what_cannot_be_a_message_is_refused_with_its_field),
		drafting_test(test_a_draft_is_checked_without_a_key),
		drafting_test(test_a_message_over_the_limit_is_refused),
		drafting_test(test_a_full_arena_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
