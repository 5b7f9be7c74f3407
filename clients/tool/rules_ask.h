/*
 * SPDX-License-Identifier: MIT
 *
 * rules_ask: a message as the options of `infohus rules` describe it: every
 * fact of the table is an option by its own name, a flag holds when it is
 * named. Where a draft is given too, an option wins over what it says.
 */
#ifndef INFOHUS_TOOL_RULES_ASK_H
#define INFOHUS_TOOL_RULES_ASK_H

#include "rules.h"
#include "daemon/law/words.h"

#define ASK_OPTIONS_MAX 96

/* Options of a command: its own, and one per fact. */
struct ask_options {
	struct option_help option[ASK_OPTIONS_MAX];
	char name[ASK_OPTIONS_MAX][40];
	char help[ASK_OPTIONS_MAX][64];
};

/* own ends with a NULL name; a fact that it names is not added again. */
void ask_options(struct ask_options *out, const struct option_help *own);

/*
 * Sets in f every fact that an option names, except those in skip (bit per
 * fact). False after saying which word is wrong. What may be given more than
 * once is also taken as "a,b".
 */
bool ask_facts(const struct args *a, uint64_t skip, struct facts *f);
/* The same for one fact. */
bool ask_fact(const struct args *a, size_t fact, struct facts *f);
/* Is there an option for this fact, or a --not for this flag? */
bool ask_has(const struct args *a, const char *fact);

/* The nth word of an option's values, "a,b" being two; false after the
 * last. */
bool ask_word(
    const struct args *a, const char *option, size_t n, char *out, size_t room);

/*
 * The case as most are when this kind is sent, where no option says; opens:
 * the message opens it. Then the places, by the addressee if there is one.
 */
void ask_assume_case(const struct args *a, bool opens, struct facts *f);
void ask_assume_places(
    const struct args *a, const PbAddressee *addressee, struct facts *f);

/* The facts of one recipient of a draft: what it says, what options say
 * instead, and what is assumed. False after saying which word is wrong. */
bool
ask_draft(const struct args *args, const struct rules_law *law, uint64_t at_ms,
    const PbDraft *d, const PbAddressee *a, int to_role, struct facts *f);

/* An option's name of a fact: '-' for '_'. */
void ask_option(size_t fact, char out[40]);

#endif
