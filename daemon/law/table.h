/*
 * SPDX-License-Identifier: MIT
 *
 * table: the rule table as it lies in memory. Private to this
 * folder's rule*.c, fields.c, conditions.c, judge.c and facts.c. Every field is
 * a set of allowed values as a bit mask, so judging is a handful of ANDs a
 * rule.
 */
#ifndef INFOHUS_TABLE_H
#define INFOHUS_TABLE_H

#include "rules.h"

/* Fields with one value each. The first four say what kind of disclosure it
 * is; a rule that fails there is further away than any condition. */
enum field {
	FIELD_KIND,
	FIELD_FROM,
	FIELD_TO,
	FIELD_URGENCY,
	FIELD_COOPERATION,
	FIELD_PURPOSE,
	FIELD_NECESSITY,
	FIELD_AGE,
	FIELD_CHILD,
	FIELD_EXPOSED,
	FIELD_KSP,
	FIELD_CONSENT,
	FIELD_STATE,
	FIELD_EVENT,
	FIELD_ACTS_FOR,
	FIELD_INFORMED,
	FIELD_COUNT
};
#define ROUTE_FIELDS 4

/* Fields that are true or false. */
enum flag {
	FLAG_HAS_CASE,
	FLAG_POLICE_ALONE,
	FLAG_POLICE_LOOKED,
	FLAG_CASE_ACUTE,
	FLAG_SENDER_PARTICIPANT,
	FLAG_RECIPIENT_PARTICIPANT,
	FLAG_ANSWERS_REQUEST,
	FLAG_NECESSITY_TEXT,
	FLAG_UNDERRETNING_MADE,
	FLAG_INVESTIGATION_OPENED,
	FLAG_CRISIS_OPEN,
	FLAG_SENDER_RESPONSIBLE,
	FLAG_RECIPIENT_RESPONSIBLE,
	FLAG_HAD_ORIGINAL,
	FLAG_IDENTITY_SEALED,
	FLAG_COUNT
};

struct field_info {
	const char *name;    /* as in rules.yaml */
	const char *missing; /* as a verdict names it when it fails */
	const ProtobufCEnumDescriptor *list; /* its values, or */
	const char *const *own; /* our own list from 0, ending in NULL */
	const char *none;	/* id of 0 where the list has no 0, or NULL */
};

struct flag_info {
	const char *name;
	const char *missing_true; /* when true was wanted */
	const char *missing_false;
};

extern const struct field_info field_info[FIELD_COUNT];
extern const struct flag_info flag_info[FLAG_COUNT];

/* What a rule or one clause of it asks. Unnamed fields take every value. */
struct match {
	uint64_t set[FIELD_COUNT]; /* bit per allowed value */
	uint16_t care, want;	   /* bit per flag */
};

#define BASES_MAX 12 /* alternatives of one permit */

/* One way through a permit: all of it must fit. */
struct row {
	struct match match;
	uint32_t relation;	   /* one of these must hold */
	uint32_t basis[BASES_MAX]; /* all bits of one must be there */
	size_t n_basis;		   /* 0: whatever the basis */
	uint64_t carry;		   /* categories it may carry */
	uint32_t settings;	   /* all of these must be on */
	uint64_t from_ms, to_ms;
	const struct rule *rule;
};

/* One condition of a prohibition or duty: all of it must fit. */
struct clause {
	struct match match;
	uint32_t relation_any, relation_none;
	uint32_t basis_any, basis_none; /* bit 0: no basis at all */
	uint64_t carries_any, carries_none;
	uint32_t setting_any, setting_none; /* setting_any 0: not asked */
};

struct rule {
	enum rule_class class;
	const char *id, *law, *mark, *text_en, *text_da;
	const char *notice;		   /* duty */
	uint64_t within_ms;		   /* duty; 0: no time is set */
	uint64_t approvers;		   /* permit; bit Role, 0: passes */
	uint64_t from_ms, to_ms;	   /* valid in [from, to) */
	const struct clause *any, *unless; /* prohibition, duty */
	size_t n_any, n_unless;
};

/* How statements are measured, see "limits" in rules.yaml. */
struct limits {
	uint64_t exposed_judges, ksp_judges; /* bit Role */
	uint64_t exposed_age_ms;
	uint64_t ksp_before_ms, ksp_after_ms; /* of the release date */
};

#define DAYS_MAX 36500	   /* of any limit */
#define RULE_TEXT_MAX 1000 /* bytes of a citation or text */
#define CATEGORY_COUNT (CATEGORY_LOGISTICS - CATEGORY_IDENTITY + 1)
#define CATEGORIES_ALL ((1ULL << CATEGORY_COUNT) - 1)

/* Named sets of ids, so that a rule can say "municipal". */
#define GROUPS_MAX 16
struct group {
	const char *name;
	uint64_t set;
};
struct groups {
	struct group role[GROUPS_MAX], category[GROUPS_MAX];
	size_t n_role, n_category;
};

struct rules {
	struct arena *arena;
	struct rule *rule;
	size_t n_rule;
	struct row *row; /* of permits, in file order */
	size_t n_row;
	const struct rule **prohibition, **duty;
	size_t n_prohibition, n_duty;
	struct limits limits;
	struct groups groups; /* for clauses outside the file */
	const char *category_missing[CATEGORY_COUNT]; /* "category: …" */
	struct deciding *deciding; /* the same, as judge() reads it */
};

/* ---- reading, fields.c ---- */

struct reading { /* of one rules.yaml */
	const char *file;
	struct problems *p;
	struct arena *arena; /* the table's */
	struct groups groups;
};

/* All ids of a field as a set; what "any" means. */
uint64_t field_all(enum field f);
/* Sets of ids: "any", a list, or {not: a list}. False: problem added. */
bool read_field(
    struct reading *r, const struct yaml *v, enum field f, uint64_t *set);
bool read_relations(
    struct reading *r, const struct yaml *v, uint32_t *any, uint32_t *none);
bool read_categories(
    struct reading *r, const struct yaml *v, uint64_t *any, uint64_t *none);
/* A set of bases, bit 0 for "none"; with any == NULL only a plain list. */
bool read_basis(
    struct reading *r, const struct yaml *v, uint32_t *any, uint32_t *none);
/* A list; in a clause, where none is given, {not: a list} too. */
bool read_settings(
    struct reading *r, const struct yaml *v, uint32_t *any, uint32_t *none);
bool read_role_list(struct reading *r, const struct yaml *v, uint64_t *set);
bool read_groups(struct reading *r, const struct yaml *v);

/* ---- reading, conditions.c ---- */

/* Fields, flags, and the sets of a rule or clause. */
#define CONDITION_RELATION (FIELD_COUNT + FLAG_COUNT)
#define CONDITION_BASIS (CONDITION_RELATION + 1)
#define CONDITION_CATEGORY (CONDITION_RELATION + 2)
#define CONDITION_SETTING (CONDITION_RELATION + 3)
#define CONDITION_COUNT (CONDITION_RELATION + 4)

/* Writes the keys of a permit's or a clause's conditions. */
void condition_keys(struct yaml_key out[CONDITION_COUNT], bool permit);
/* A row or clause that takes everything. */
struct row row_open(void);
/* Reads the values that are there on top of what row says already. */
bool read_row(struct reading *r,
    const struct yaml *const value[CONDITION_COUNT], struct row *row);
/* A list of clauses, in the table's arena. */
bool read_clauses(struct reading *r, const struct yaml *list,
    const struct clause **out, size_t *n);

/* ---- reading, rule.c ---- */

bool read_rules(struct reading *r, struct rules *t, const struct yaml *list);
/* 0 text, 1 interpretation. */
bool read_mark(struct reading *r, const struct yaml *v, size_t *out);

#endif
