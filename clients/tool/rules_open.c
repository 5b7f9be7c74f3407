/*
 * SPDX-License-Identifier: MIT
 *
 * rules_open: infohus rules explain, for a question that leaves something
 * open: is there any situation at all in which this may go, by which rules,
 * and what must hold then? Answered over all messages there could be.
 */
#include "rules_open.h"

#include <string.h>

#include "daemon/law/cover.h"
#include "example.h"
#include "proto/taxonomy.h"
#include "rules_ask.h"
#include "rules_say.h"

struct open {
	const struct args *args;
	const struct rules *rules;
	struct space *space;
	uint64_t at_ms;
	struct box box; /* what the options leave */
	json_t *list;	/* of recipients, or NULL */
};

/* The bits of a set that an option names; "none" leaves none of all. */
static void
demand_set(struct box *b, unsigned first, uint64_t all, uint64_t set)
{
	bool value = set != 0;

	for (unsigned n = 0; n < 64; n++)
		if (((value ? set : all) & 1ULL << n) != 0)
			box_set_bit(b, first + n, value);
}

static void
demand_fact(size_t fact, const struct facts *f, struct box *b)
{
	const char *name = words_name(fact);
	uint64_t value = words_get(f, fact), all = words_all(fact);

	if (words_form(fact) == WORD_FIELD)
		b->set[fact] &= 1ULL << value;
	else if (words_form(fact) == WORD_FLAG)
		box_set_bit(b, BOX_FLAG(fact - FIELD_COUNT), value != 0);
	else if (strcmp(name, "basis") == 0)
		demand_set(b, BOX_BASIS(0), all, value);
	else if (strcmp(name, "carries") == 0)
		demand_set(b, BOX_CARRIES(CATEGORY_IDENTITY), all, value);
	else if (strcmp(name, "setting") == 0)
		demand_set(b, BOX_SETTING(0), all, value);
	else
		demand_set(b, BOX_RELATION(0), all, value);
}

/* A box of all that agrees with the options. */
static bool
read_box(struct open *o)
{
	struct facts f = { .kind = 0 };

	o->box = box_full();
	if (!ask_facts(o->args, 1ULL << words_find("to"), &f))
		return false;
	for (size_t i = 0; i < words_count(); i++)
		if (i != words_find("to") && ask_has(o->args, words_name(i)))
			demand_fact(i, &f, &o->box);
	return true;
}

/* ----------------------------------------------------------------- answers */

static struct space_question
ask_rule(const struct box *box, const struct rule *rule,
    struct clause impossible[COVER_IMPOSSIBLE])
{
	struct space_question q = space_ask();

	q.box = *box;
	q.want[0].outcome = rule_approvers(rule) != 0 ? SPACE_PARK :
							SPACE_PERMIT;
	q.want[0].by = rule;
	q.smallest = true;
	cover_impossible(impossible);
	q.unless = impossible;
	q.n_unless = COVER_IMPOSSIBLE;
	return q;
}

static enum err
kinds_of(const struct open *o, const struct box *box, const struct rule *rule,
    uint64_t *kinds)
{
	struct cover_question q = {
		.table = { o->rules, NULL }, .box = *box, .at_ms = o->at_ms
	};
	struct cover c = { .box = NULL };
	enum err err;

	q.verdict[0] = (struct cover_verdict){
		rule_approvers(rule) != 0 ? SPACE_PARK : SPACE_PERMIT, rule
	};
	err = cover_find(o->space, &q, &c);
	*kinds = 0;
	for (size_t i = 0; i < c.n; i++)
		*kinds |= c.box[i].set[COVER_KIND];
	cover_free(&c);
	return err;
}

static void
kinds_text(uint64_t kinds, char *out, size_t room)
{
	size_t at = 0;

	out[0] = '\0';
	for (int n = 0; n < 64 && at < room; n++)
		if ((kinds & 1ULL << n) != 0)
			at += (size_t)snprintf(out + at, room - at, "%s%s",
			    at > 0 ? ", " : "", TAXONOMY_ID(kind, n));
}

static void
print_way(const struct rule *r, uint64_t kinds, const struct facts *f)
{
	char text[3000];

	printf("     %s %s (%s)\n",
	    rule_approvers(r) != 0 ? "park by" : "permit by", rule_id(r),
	    rule_mark(r));
	print_wrapped(stdout, "        ", rule_law(r));
	print_wrapped(stdout, "        da: ", rule_text_da(r));
	print_wrapped(stdout, "        en: ", rule_text(r));
	kinds_text(kinds, text, sizeof(text));
	print_wrapped(stdout, "        kinds: ", text);
	space_words(f, text, sizeof(text));
	print_wrapped(stdout, "        for example: ", text);
}

static json_t *
way_json(const struct open *o, const struct rule *r, uint64_t kinds,
    const struct facts *f)
{
	json_t *way = rule_json(r), *list = json_array();

	for (int n = 0; n < 64; n++)
		if ((kinds & 1ULL << n) != 0)
			json_array_append_new(
			    list, json_string(TAXONOMY_ID(kind, n)));
	json_object_set_new(way, "outcome",
	    json_string(rule_approvers(r) != 0 ? "park" : "permit"));
	json_object_set_new(way, "kind", list);
	json_object_set_new(
	    way, "example", example_json(f, o->rules, o->rules));
	return way;
}

/* Every rule that may let it pass to this role; *n how many. */
static enum err
each_way(const struct open *o, const struct box *box, json_t *ways, size_t *n)
{
	struct clause impossible[COVER_IMPOSSIBLE];
	enum err err = ERR_OK;

	for (size_t i = 0; i < o->rules->n_rule && err == ERR_OK; i++) {
		const struct rule *r = &o->rules->rule[i];
		struct space_question q = ask_rule(box, r, impossible);
		struct space_answer answer = { .found = false };
		uint64_t kinds;

		if (rule_class(r) != RULE_PERMIT)
			continue;
		err = space_find(o->space, &q, &answer);
		if (err != ERR_OK || !answer.found)
			continue;
		err = kinds_of(o, box, r, &kinds);
		if (err != ERR_OK)
			continue;
		*n += 1;
		if (ways != NULL)
			json_array_append_new(
			    ways, way_json(o, r, kinds, &answer.facts));
		else
			print_way(r, kinds, &answer.facts);
	}
	return err;
}

static enum err
answer_role(struct open *o, int to, bool *found)
{
	struct box box = o->box;
	json_t *ways = o->list != NULL ? json_array() : NULL;
	size_t n = 0;
	enum err err = ERR_OK;

	box.set[FIELD_TO] &= 1ULL << to;
	if (o->list == NULL)
		printf("  to %s\n", TAXONOMY_ID(role, to));
	if (!box_is_empty(&box))
		err = each_way(o, &box, ways, &n);
	if (o->list != NULL)
		json_array_append_new(o->list,
		    json_pack("{s:s, s:o}", "role", TAXONOMY_ID(role, to),
			"ways", ways));
	else if (err == ERR_OK && n == 0)
		printf("     %snever%s: no situation permits it\n",
		    colour(stdout, COLOUR_BAD), colour(stdout, COLOUR_PLAIN));
	*found = n > 0;
	return err;
}

static int
answer(struct open *o)
{
	bool yes = true, found;
	enum err err = ERR_OK;
	struct why why;
	char word[64];

	for (size_t i = 0;
	     err == ERR_OK && ask_word(o->args, "to", i, word, sizeof(word));
	     i++) {
		struct facts f = { .to = 0 };

		if (words_set(&f, words_find("to"), word, &why) != ERR_OK)
			return usage_error(o->args->usage, "--%s", why.text);
		err = answer_role(o, f.to, &found);
		yes = yes && found;
	}
	if (err != ERR_OK)
		return trouble("the table cannot be asked: %s", err_name(err));
	if (o->list != NULL &&
	    !print_json(json_pack("{s:O}", "addressee", o->list)))
		return EXIT_TROUBLE;
	return yes ? EXIT_YES : EXIT_NO;
}

int
rules_open(const struct args *a, const struct rules *r, uint64_t at_ms)
{
	struct open o = { .args = a, .rules = r, .at_ms = at_ms };
	int code;

	if (!args_has(a, "to"))
		return usage_error(a->usage,
		    "found no FILE and no --to, expected a draft or a "
		    "question");
	if (!read_box(&o))
		return EXIT_USAGE;
	if (args_has(a, "json"))
		o.list = json_array();
	else
		puts("question: in any situation that the options leave open");
	o.space = space_new(r, NULL, at_ms);
	code = o.space != NULL ? answer(&o) : trouble("no memory");
	space_free(o.space);
	json_decref(o.list);
	return code;
}
