/*
 * SPDX-License-Identifier: MIT
 *
 * random_facts: messages as rows of small numbers, so that one can be drawn,
 * changed in one place, written in a line and read again. tests/oracle reads
 * the same lines (agree.py) and knows them from here:
 *
 *	field... n_condition condition... n_consent consent...
 *
 * in the order of enum field below, numbers in decimal with a blank between;
 * -1 stands for what the sender left out. Enum numbers are those of the
 * .proto, sets are bits as struct facts has them.
 */
#ifndef INFOHUS_TESTS_RANDOM_FACTS_H
#define INFOHUS_TESTS_RANDOM_FACTS_H

#include "daemon/law/rules.h"

enum of_message {
	M_AT,
	M_KIND,
	M_ROLE,
	M_URGENCY,
	M_HAS_CASE,
	M_TO,
	M_RELATION,
	M_PLACED, /* bits, enum placed */
	M_SETTINGS,
	M_STATE, /* -1: no case */
	M_CASE,	 /* bits: claimed acute, looked, investigation, crisis */
	M_AGE,
	M_CHILD,
	M_ACTS_FOR,
	M_INFORMED,
	M_UNDERRETNING,
	M_EVENT,
	M_NECESSITY_TEXT, /* index in necessity_texts */
	M_COOPERATION,
	M_PURPOSE,
	M_NECESSITY,
	M_BASIS,
	M_CATEGORIES,
	M_COUNT
};

/* linked alone, sender and recipient take part, answers a request, sender
 * and recipient responsible, had the original, identity sealed */
#define PLACED_BITS 8
#define CASE_BITS 4

enum of_condition { C_KIND, C_JUDGED_BY, C_JUDGED_AT, C_RELEASE, C_RADICAL };
#define CONDITION_NUMBERS 5
enum of_consent { O_BY, O_SCOPE, O_UNTIL, O_WITHDRAWN };
#define CONSENT_NUMBERS 4
#define STATEMENTS_MAX 4

struct message {
	int64_t field[M_COUNT];
	int n_condition, n_consent;
	int64_t condition[STATEMENTS_MAX][CONDITION_NUMBERS];
	int64_t consent[STATEMENTS_MAX][CONSENT_NUMBERS];
};

#define NECESSITY_TEXTS 6
extern const char *const necessity_texts[NECESSITY_TEXTS];
#define CONSENTERS 3
extern const char *const consenters[CONSENTERS];

/* random_draw.c: everything anew, or a few places, some taken from other. */
void message_draw(struct message *m, uint64_t *seed);
void
message_change(struct message *m, const struct message *other, uint64_t *seed);

/* random_line.c: a line as above. false: not one. */
bool message_read(struct message *m, const char *line);
void message_write(const struct message *m);
/* What the law's library makes of it. */
void
message_reduce(const struct rules *r, const struct message *m, struct facts *f);

#endif
