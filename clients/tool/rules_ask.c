/*
 * SPDX-License-Identifier: MIT
 *
 * rules_ask: see rules_ask.h.
 */
#include "rules_ask.h"

#include <string.h>

#include "proto/envelope.h"

static bool
is_own(const struct option_help *own, const char *name)
{
	for (; own->name != NULL; own++)
		if (strcmp(own->name, name) == 0)
			return true;
	return false;
}

/* "jobcenter, skole, ..." as far as there is room. */
static void
word_help(size_t fact, char *out, size_t room)
{
	uint64_t all = words_all(fact);
	size_t at = 0;

	for (unsigned n = 0; n < 64; n++) {
		const char *word = words_word(fact, n);

		if ((all & 1ULL << n) == 0)
			continue;
		if (at + strlen(word) + 6 >= room) {
			(void)snprintf(out + at, room - at, ", ...");
			return;
		}
		at += (size_t)snprintf(
		    out + at, room - at, "%s%s", at > 0 ? ", " : "", word);
	}
}

static void
add_fact(struct ask_options *out, size_t i, size_t fact)
{
	char *name = out->name[i], *help = out->help[i];
	enum word_form form = words_form(fact);

	ask_option(fact, name);
	if (form == WORD_FLAG)
		(void)snprintf(
		    help, sizeof(out->help[i]), "%s", words_holds(fact));
	else
		word_help(fact, help, 50);
	out->option[i] = (struct option_help){ name,
		form == WORD_FLAG ? NULL : "WORD", form == WORD_SET, help };
}

void
ask_options(struct ask_options *out, const struct option_help *own)
{
	size_t n = 0;

	for (; own[n].name != NULL; n++)
		out->option[n] = own[n];
	for (size_t fact = 0; fact < words_count() && n + 2 < ASK_OPTIONS_MAX;
	     fact++) {
		add_fact(out, n, fact);
		if (!is_own(own, out->name[n]))
			n++;
	}
	out->option[n++] = (struct option_help){ "not", "FLAG", true,
		"a flag that does not hold" };
	out->option[n] = (struct option_help){ NULL, NULL, false, NULL };
}

bool
ask_word(
    const struct args *a, const char *option, size_t n, char *out, size_t room)
{
	const char *value;

	for (size_t i = 0; (value = args_nth(a, option, i)) != NULL; i++)
		for (;; value++) {
			size_t len = strcspn(value, ",");

			if (n-- == 0) {
				(void)snprintf(
				    out, room, "%.*s", (int)len, value);
				return true;
			}
			value += len;
			if (*value == '\0')
				break;
		}
	return false;
}

void
ask_option(size_t fact, char out[40])
{
	(void)snprintf(out, 40, "%s", words_name(fact));
	for (char *c = out; *c != '\0'; c++)
		if (*c == '_')
			*c = '-';
}

static bool
set_word(const struct args *a, size_t fact, const char *word, struct facts *f)
{
	struct why why;

	if (words_set(f, fact, word, &why) == ERR_OK)
		return true;
	usage_error(a->usage, "--%s", why.text);
	return false;
}

bool
ask_fact(const struct args *a, size_t fact, struct facts *f)
{
	char name[40], word[64];

	ask_option(fact, name);
	if (!args_has(a, name))
		return true;
	if (words_form(fact) == WORD_FLAG)
		return set_word(a, fact, "true", f);
	if (words_form(fact) == WORD_FIELD)
		return set_word(a, fact, args_value(a, name), f);
	words_clear(f, fact);
	for (size_t i = 0; ask_word(a, name, i, word, sizeof(word)); i++)
		if (!set_word(a, fact, word, f))
			return false;
	return true;
}

static bool
read_not(const struct args *a, struct facts *f)
{
	char word[64], name[40];
	size_t fact;

	for (size_t i = 0; ask_word(a, "not", i, word, sizeof(word)); i++) {
		fact = words_find(word);
		if (fact == words_count() || words_form(fact) != WORD_FLAG) {
			usage_error(a->usage,
			    "--not: found %s, expected a flag such as "
			    "police_looked",
			    word);
			return false;
		}
		ask_option(fact, name);
		if (args_has(a, name)) {
			usage_error(a->usage,
			    "--not %s: found --%s too, expected one of them",
			    word, name);
			return false;
		}
		words_clear(f, fact);
	}
	return true;
}

bool
ask_facts(const struct args *a, uint64_t skip, struct facts *f)
{
	for (size_t i = 0; i < words_count(); i++)
		if ((skip & 1ULL << i) == 0 && !ask_fact(a, i, f))
			return false;
	return read_not(a, f);
}

bool
ask_has(const struct args *a, const char *fact)
{
	char word[64], name[40];

	ask_option(words_find(fact), name);
	if (args_has(a, name))
		return true;
	for (size_t i = 0; ask_word(a, "not", i, word, sizeof(word)); i++)
		if (words_find(word) == words_find(fact))
			return true;
	return false;
}

/* ------------------------------------------------------- what is assumed */

void
ask_assume_case(const struct args *a, bool opens, struct facts *f)
{
	if (!ask_has(a, "has_case"))
		f->has_case = !kind_is_caseless((PbKind)f->kind);
	if (!ask_has(a, "state")) {
		f->state = CASE_STATE_INFO_GATHERING;
		if (opens || !f->has_case)
			f->state = CASE_STATE_NONE;
		else if (f->police_alone)
			f->state = CASE_STATE_POLICE_ONLY;
	}
	if (f->state == CASE_STATE_POLICE_ONLY && !ask_has(a, "police_alone"))
		f->police_alone = true;
	if (!ask_has(a, "police_looked"))
		f->police_looked = f->state == CASE_STATE_POLICE_ONLY ||
		    f->state >= CASE_STATE_INFO_GATHERING;
}

void
ask_assume_places(
    const struct args *a, const PbAddressee *addressee, struct facts *f)
{
	if (args_has(a, "participant"))
		f->sender_participant = f->recipient_participant = true;
	if (!ask_has(a, "relation")) {
		bool said = addressee != NULL && addressee->has_relation &&
		    addressee->relation != RELATION_ANY;

		f->relation = 1u << (said ? addressee->relation :
					    facts_subject_relation(f->to));
	}
	if (f->recipient_participant)
		f->relation |= 1u << RELATION_PARTICIPANT;
}

bool
ask_draft(const struct args *args, const struct rules_law *law, uint64_t at_ms,
    const PbDraft *d, const PbAddressee *a, int to_role, struct facts *f)
{
	const PbGrounds none = PB_GROUNDS__INIT;
	PbHeader h = PB_HEADER__INIT;
	struct facts_in in = {
		.header = &h,
		.grounds = d->grounds != NULL ? d->grounds : &none,
		.addressee = a,
		.to_role = to_role,
		.at_ms = at_ms,
	};

	h.role = d->role;
	h.kind = d->kind;
	h.urgency = d->has_urgency ? d->urgency : URGENCY_ORDINARY;
	in.settings = kommuner_settings_for(law->kommuner, in.grounds);
	for (size_t i = 0; i < a->n_section; i++)
		in.categories |= CATEGORY_BIT(a->section[i]);
	facts_reduce(law->rules, &in, f);
	if (!ask_facts(args, 0, f))
		return false;
	ask_assume_case(args, d->kind == KIND_CONCERN && !d->has_case_id, f);
	ask_assume_places(args, a, f);
	return true;
}
