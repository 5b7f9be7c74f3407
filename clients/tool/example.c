/*
 * SPDX-License-Identifier: MIT
 *
 * example: see example.h. What the draft says is read back as explain reads
 * it, and whatever came out otherwise becomes an option.
 */
#include "example.h"

#include <string.h>

#include "daemon/law/table.h"
#include "proto/draft.h"
#include "proto/json.h"
#include "proto/taxonomy.h"
#include "rules_ask.h"

#define CASE_ID "AZuNK4wAcuGH9buiCjiVTw=="
#define PARKED "eA0q8LhFZ0ok6tHrXq3cl1wV5sJx2bYdT9uNfGmPiQA="

static void
put(json_t *o, const char *key, const ProtobufCEnumDescriptor *list, int n)
{
	json_object_set_new(o, key, json_string(taxonomy_id(list, n)));
}

#define PUT(o, key, type, n) put((o), (key), &pb_##type##__descriptor, (int)(n))

/* The first role that both tables let judge; 0 if none. */
static int
judge_of(uint64_t a, uint64_t b)
{
	return (a & b) != 0 ? __builtin_ctzll(a & b) : 0;
}

static json_t *
condition(const char *kind, int judge)
{
	json_t *c = json_pack("{s:s}", "kind", kind);

	if (judge != 0)
		PUT(c, "judged_by", role, judge);
	return c;
}

static json_t *
exposed_condition(enum exposed e, int judge)
{
	json_t *c = condition(
	    "socially_exposed", e == EXPOSED_WRONG_JUDGE ? 0 : judge);

	if (e == EXPOSED_YES)
		json_object_set_new(c, "judged_at", json_string("now-1h"));
	return c;
}

static json_t *
ksp_condition(enum ksp k, int judge)
{
	const char *kind = k == KSP_VALID_B || k == KSP_B_NOT_MINOR ? "ksp_b" :
	    k == KSP_VALID_C || k == KSP_C_NO_JUDGEMENT		    ? "ksp_c" :
								      "ksp_a";
	json_t *c = condition(kind, judge);

	if (k != KSP_OUT_OF_WINDOW)
		json_object_set_new(c, "release_date", json_string("now"));
	if (k == KSP_VALID_C)
		json_object_set_new(c, "radicalised", json_true());
	return c;
}

static json_t *
words_of(const char *fact, uint64_t set)
{
	json_t *list = json_array();

	for (unsigned n = 0; n < 64; n++)
		if ((set & 1ULL << n) != 0)
			json_array_append_new(
			    list, json_string(words_word(words_find(fact), n)));
	return list;
}

static json_t *
consent_of(const struct facts *f)
{
	uint64_t scope = f->categories;
	json_t *c = json_pack("{s:s}", "by", "borgeren");

	if (f->consent == CONSENT_OUT_OF_SCOPE)
		scope = CATEGORY_BIT(CATEGORY_LOGISTICS);
	json_object_set_new(c, "scope", words_of("carries", scope));
	if (f->consent == CONSENT_EXPIRED)
		json_object_set_new(c, "until", json_string("now-1d"));
	if (f->consent == CONSENT_WITHDRAWN)
		json_object_set_new(c, "withdrawn", json_true());
	return c;
}

static json_t *
grounds_of(const struct facts *f, const struct rules *a, const struct rules *b)
{
	const struct limits *x = &a->limits, *y = &b->limits;
	json_t *g = json_object(), *conditions = json_array();

	if (f->age != AGE_UNKNOWN)
		PUT(g, "age", age, f->age);
	if (f->concerned_child != CONCERNED_CHILD_NONE)
		PUT(g, "concerned_child", concerned_child, f->concerned_child);
	if (f->acts_for != ACTS_FOR_ITSELF)
		PUT(g, "acts_for", acts_for, f->acts_for);
	if (f->event != 0)
		PUT(g, "event", event, f->event);
	if (f->subject_informed != 0)
		PUT(g, "subject_informed", subject_informed,
		    f->subject_informed);
	if (f->necessity_text)
		json_object_set_new(g, "necessity", json_string("(hvorfor)"));
	if (f->kind == KIND_APPROVAL)
		json_object_set_new(g, "decides", json_string(PARKED));
	if (f->underretning_made)
		json_object_set_new(g, "underretning_made", json_true());
	if (f->exposed != EXPOSED_NO)
		json_array_append_new(conditions,
		    exposed_condition((enum exposed)f->exposed,
			judge_of(x->exposed_judges, y->exposed_judges)));
	if (f->ksp != KSP_NONE)
		json_array_append_new(conditions,
		    ksp_condition((enum ksp)f->ksp,
			judge_of(x->ksp_judges, y->ksp_judges)));
	if (json_array_size(conditions) > 0)
		json_object_set(g, "condition", conditions);
	json_decref(conditions);
	if (f->consent != CONSENT_NONE)
		json_object_set_new(
		    g, "consent", json_pack("[o]", consent_of(f)));
	return g;
}

static json_t *
addressee_of(const struct facts *f)
{
	uint32_t relations = f->relation & ~(1u << RELATION_ANY);
	json_t *a = json_object();

	PUT(a, "role", role, f->to);
	PUT(a, "relation", relation,
	    relations != 0 ? __builtin_ctz(relations) : RELATION_ANY);
	PUT(a, "cooperation", cooperation, f->cooperation);
	if (f->basis != 0)
		json_object_set_new(a, "basis", words_of("basis", f->basis));
	if (f->purpose != 0)
		PUT(a, "purpose", purpose, f->purpose);
	if (f->necessity != 0)
		PUT(a, "necessity", necessity, f->necessity);
	if (f->categories != 0)
		json_object_set_new(
		    a, "section", words_of("carries", f->categories));
	return a;
}

static json_t *
draft_of(const struct facts *f, const struct rules *a, const struct rules *b)
{
	bool opens = f->kind == KIND_CONCERN && f->state == CASE_STATE_NONE;
	json_t *d = json_object(), *sections = json_object();
	json_t *grounds = grounds_of(f, a, b);

	PUT(d, "role", role, f->from);
	PUT(d, "kind", kind, f->kind);
	if (f->urgency != URGENCY_ORDINARY)
		PUT(d, "urgency", urgency, f->urgency);
	if (f->has_case && !opens)
		json_object_set_new(d, "case_id", json_string(CASE_ID));
	if (f->kind == KIND_APPROVAL)
		json_object_set_new(d, "in_reply_to", json_string(CASE_ID));
	if (json_object_size(grounds) > 0)
		json_object_set(d, "grounds", grounds);
	json_decref(grounds);
	json_object_set_new(d, "addressee", json_pack("[o]", addressee_of(f)));
	for (int n = 0; n < CATEGORY_COUNT; n++)
		if ((f->categories & 1ULL << n) != 0)
			json_object_set_new(sections,
			    TAXONOMY_ID(category, CATEGORY_IDENTITY + n),
			    json_object());
	if (json_object_size(sections) > 0)
		json_object_set(d, "sections", sections);
	json_decref(sections);
	return d;
}

/* ---------------------------------------------------------------- options */

static void
add_option(json_t *options, size_t fact, const struct facts *f)
{
	char name[44] = "--", words[1200], *out = words;

	ask_option(fact, name + 2);
	words_text(f, fact, words, sizeof(words));
	if (words_form(fact) == WORD_FLAG && words_get(f, fact) == 0) {
		json_array_append_new(options, json_string("--not"));
		json_array_append_new(options, json_string(words_name(fact)));
		return;
	}
	json_array_append_new(options, json_string(name));
	if (words_form(fact) == WORD_FLAG)
		return;
	for (const char *c = words; *c != '\0'; c++)
		if (*c != ' ')
			*out++ = *c;
	*out = '\0';
	json_array_append_new(options, json_string(words));
}

/* What explain assumes of the case depends on these: all or none is said. */
static bool
is_of_case(size_t fact)
{
	return fact == words_find("state") ||
	    fact == words_find("police_alone") ||
	    fact == words_find("police_looked");
}

/* An option for every fact that explain would read out of the draft
 * otherwise. */
static json_t *
options_of(const struct facts *want, const PbDraft *d, const struct rules *r)
{
	static const struct args none;
	const struct rules_law law = { .rules = r };
	const size_t relation = words_find("relation");
	json_t *options = json_array();
	struct facts f = *want, got;
	bool say_case = false;

	f.relation &= ~(1u << RELATION_ANY);
	if (!ask_draft(&none, &law, now_ms(), d, d->addressee[0],
		(int)d->addressee[0]->role, &got))
		return options;
	got.relation &= ~(1u << RELATION_ANY);
	for (size_t i = 0; i < words_count(); i++)
		say_case |= is_of_case(i) &&
		    words_get(&f, i) != words_get(&got, i);
	for (size_t i = 0; i < words_count(); i++) {
		uint64_t a = words_get(&f, i), b = words_get(&got, i);

		/* What takes part is in the relations by itself. */
		if (i == relation && f.recipient_participant)
			b |= 1u << RELATION_PARTICIPANT;
		if (a != b || (say_case && is_of_case(i)))
			add_option(options, i, &f);
	}
	return options;
}

json_t *
example_json(
    const struct facts *f, const struct rules *old, const struct rules *new)
{
	json_t *draft = draft_of(f, old, new), *options = NULL;
	char *text = json_dumps(draft, JSON_COMPACT);
	struct arena *arena = NULL;
	ProtobufCMessage *m;

	if (text != NULL && arena_new(&arena, PARSE_ARENA) == ERR_OK &&
	    json_parse(arena, &pb_draft__descriptor, bytes_str(text), now_ms(),
		&m, NULL) == ERR_OK)
		options = options_of(f, (const PbDraft *)(const void *)m, old);
	arena_free(arena);
	free(text);
	if (options == NULL) {
		json_decref(draft);
		return NULL;
	}
	return json_pack("{s:o, s:o}", "draft", draft, "options", options);
}
