/*
 * SPDX-License-Identifier: MIT
 *
 * rules: the § 115 table. Permits, prohibitions and duties are data; a
 * message is judged per recipient as facts, each a small closed value.
 *
 * judge() is pure: the same table and facts give the same judgement on every
 * machine; it allocates nothing and reads no clock. Prohibitions first, and
 * they always win; then one single permit must cover everything. What
 * nothing permits is refused.
 */
#ifndef INFOHUS_RULES_H
#define INFOHUS_RULES_H

#include "proto/codes.h"
#include "infohus.pb.h"
#include "yaml.h"

/* How the statement "socially exposed" stands at the recorded time. */
enum exposed { EXPOSED_NO, EXPOSED_YES, EXPOSED_STALE, EXPOSED_WRONG_JUDGE };

/* How a KSP statement stands: letter, release date, its own condition. */
enum ksp {
	KSP_NONE,
	KSP_VALID_A,
	KSP_VALID_B,
	KSP_VALID_C,
	KSP_OUT_OF_WINDOW, /* or no release date */
	KSP_B_NOT_MINOR,
	KSP_C_NO_JUDGEMENT,
};

enum consent {
	CONSENT_NONE,
	CONSENT_VALID,
	CONSENT_OUT_OF_SCOPE,
	CONSENT_EXPIRED,
	CONSENT_WITHDRAWN,
};

/* What a kommune may switch on for itself; words of its own list. */
enum setting {
	SETTING_PET_REPORT,
	SETTING_REGIONAL_NOTICE,
	SETTING_CONNECT_ADULT,
	SETTING_SSP_MINOR,
	SETTING_STAFF_FEEDBACK,
	SETTING_LEADER_NOTICE,
	SETTING_JOURNAL_NOTE,
	SETTING_PROGRESS_REPORTS,
	SETTING_CRISIS_TEAM,
	SETTING_COUNT
};
#define SETTING_BIT(s) (UINT32_C(1) << (s))
/* "pet_report" and so on, by number; SETTING_COUNT of them, then NULL. */
extern const char *const setting_words[SETTING_COUNT + 1];

/*
 * Everything a verdict depends on, for one recipient. One value per field;
 * enum numbers are those of the .proto, 0 where the .proto has none means
 * "not given".
 */
struct facts {
	uint8_t kind;
	uint8_t urgency;
	uint8_t from; /* Role, held by the sender now */
	uint8_t to;   /* Role of the recipient */
	uint8_t cooperation;
	uint8_t purpose;
	uint8_t necessity;
	uint8_t age;
	uint8_t concerned_child;
	uint8_t exposed; /* enum exposed */
	uint8_t ksp;	 /* enum ksp */
	uint8_t consent; /* enum consent */
	uint8_t state;	 /* CaseState */
	uint8_t event;	 /* Event, 0 none */
	uint8_t acts_for;
	uint8_t subject_informed; /* 0 not said */
	bool has_case;
	bool police_alone; /* this case or a linked one */
	bool police_looked;
	bool case_acute; /* claimed acute, by any message of it */
	bool sender_participant;
	bool recipient_participant;
	bool answers_request;	/* in_reply_to a request to the sender */
	bool necessity_text;	/* grounds give one */
	bool underretning_made; /* the sender says so */
	bool investigation_opened;
	bool crisis_open;	 /* a crisis team is at work */
	bool sender_responsible; /* the responsible authority of the case */
	bool recipient_responsible;
	bool had_original;    /* got the message that this one corrects */
	bool identity_sealed; /* the identity is not open to core */
	uint32_t basis;	      /* bit Basis */
	uint32_t relation;    /* bit Relation: those that hold */
	uint64_t categories;  /* CATEGORY_BIT: meant for recipient */
	uint32_t settings;    /* SETTING_BIT: on in the message's kommune */
};

enum rule_class { RULE_PERMIT, RULE_PROHIBITION, RULE_DUTY };

struct rule;  /* opaque; accessors below */
struct rules; /* immutable after load */

const char *rule_id(const struct rule *r);  /* "R05" */
const char *rule_law(const struct rule *r); /* "retsplejeloven § 115, stk. 2" */
const char *rule_text(const struct rule *r);	/* our own words, English */
const char *rule_text_da(const struct rule *r); /* the same in Danish */
const char *rule_mark(const struct rule *r);	/* "text", "interpretation" */
/*
 * Who at the sending authority decides what this permit covers, bit Role.
 * 0: nobody is asked; the permit itself lets pass.
 */
uint64_t rule_approvers(const struct rule *r);

/* Loads config/rules.yaml. NULL with problems added on any error. */
struct rules *
rules_load(const char *file, struct bytes text, struct problems *p);
void rules_free(struct rules *r);
/* How many the file has. */
size_t rules_count(const struct rules *r);
/* The rule of this id; NULL when there is none, or for NULL. */
const struct rule *rules_find(const struct rules *r, const char *id);
enum rule_class rule_class(const struct rule *r);

#define MISSING_MAX 80 /* more conditions than a permit can have */

struct judgement {
	PbOutcome outcome;	 /* PARK: only permits with an approver fit */
	enum code code;		 /* OK, PENDING, PROHIBITED, NO_PERMIT */
	const struct rule *rule; /* deciding; on NO_PERMIT the nearest
				    permit, or NULL. Nearest: fits best
				    in kind, sender, recipient, urgency;
				    then fewest failed conditions; then
				    first in the file */
	size_t n_missing;	 /* on NO_PERMIT: what the nearest lacks,
				    all of it and nothing else */
	const char *missing[MISSING_MAX]; /* static, e.g. "cooperation" */
};

/* R6 proper. at_ms decides only which rules are valid at that time. */
void judge(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct judgement *out);

/*
 * Every prohibition that matches, in the order of the file; judge() names
 * the first only. Fills at most room; returns how many.
 */
size_t rules_prohibitions(const struct rules *r, const struct facts *f,
    uint64_t at_ms, const struct rule **out, size_t room);

/*
 * Duties that the facts raise, as notices for the receipt ("ring 112 …").
 * Fills at most room pointers to static or table text; returns how many.
 */
size_t rules_notices(const struct rules *r, const struct facts *f,
    uint64_t at_ms, const char **notice, size_t room);

/* A duty raised at at_ms. */
struct duty {
	const struct rule *rule;
	const char *notice;
	uint64_t due_ms; /* at_ms + within_days; 0: no time is set */
};
/* The same duties in the same order, with rule and time. */
size_t rules_duties(const struct rules *r, const struct facts *f,
    uint64_t at_ms, struct duty *out, size_t room);

/*
 * What would be lawful instead of what judge() refused. Each alternative
 * changes one thing of the message, and the changed message is permitted by
 * the whole judgement, prohibitions included.
 */
enum alternative_kind {
	ALTERNATIVE_DROP,      /* leave categories out */
	ALTERNATIVE_BASIS,     /* claim bases too, if they are there */
	ALTERNATIVE_CONDITION, /* if this condition holds and is stated */
	ALTERNATIVE_TO,	       /* send to another role */
};
struct alternative {
	enum alternative_kind kind;
	uint64_t categories;	 /* DROP: CATEGORY_BIT */
	uint32_t basis;		 /* BASIS: bit Basis, all of them */
	const char *condition;	 /* CONDITION: its word, static */
	uint8_t to;		 /* TO: Role */
	const struct rule *rule; /* what then permits */
};
#define ALTERNATIVES_MAX 4
/*
 * At most room, in the order of enum alternative_kind, the nearest first.
 * None when the facts are permitted or park. Pure, like judge().
 */
size_t judge_alternatives(const struct rules *r, const struct facts *f,
    uint64_t at_ms, struct alternative *out, size_t room);
/* As a verdict says it: "drop: d3, d6", "basis: rpl_115_2 + shl_43". */
#define ALTERNATIVE_TEXT 600
const char *
alternative_text(const struct alternative *a, char out[ALTERNATIVE_TEXT]);

/*
 * Reduces what sender, registry and case say to facts. kase may be NULL.
 * Conditions are measured with the limits of the table (maximum age of
 * "socially exposed", release window, who may judge) at at_ms.
 */
struct facts_in {
	const PbHeader *header;
	const PbGrounds *grounds;
	const PbAddressee *addressee;
	uint64_t categories; /* given to this addressee */
	int to_role;
	uint32_t relation;
	const PbCase *kase;
	bool linked_police_alone;
	bool sender_participant;
	bool recipient_participant;
	bool answers_request;
	bool sender_responsible;
	bool recipient_responsible;
	bool had_original;
	bool identity_sealed;
	uint32_t settings; /* of the message's kommune, see kommuner.h */
	uint64_t at_ms;
};
/* The ..._of_subject that reaches a role: each has one geography. */
PbRelation facts_subject_relation(int role);
void facts_reduce(
    const struct rules *r, const struct facts_in *in, struct facts *out);

#endif
