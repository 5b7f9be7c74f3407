/*
 * SPDX-License-Identifier: MIT
 *
 * fields: the fields of rules.yaml and their words, read into bit masks.
 * A word that no list has is an error that names the list; nothing is ever
 * guessed or left out.
 */
#include "daemon/law/table.h"

#include <string.h>

#include "proto/taxonomy.h"

static const char *const exposed_words[] = { "no", "yes", "stale",
	"wrong_judge", NULL };
static const char *const ksp_words[] = { "none", "a", "b", "c", "out_of_window",
	"b_not_minor", "c_no_judgement", NULL };
static const char *const consent_words[] = { "none", "valid", "out_of_scope",
	"expired", "withdrawn", NULL };

const char *const setting_words[SETTING_COUNT + 1] = {
	[SETTING_PET_REPORT] = "pet_report",
	[SETTING_REGIONAL_NOTICE] = "regional_notice",
	[SETTING_CONNECT_ADULT] = "connect_adult",
	[SETTING_SSP_MINOR] = "ssp_minor",
	[SETTING_STAFF_FEEDBACK] = "staff_feedback",
	[SETTING_LEADER_NOTICE] = "leader_notice",
	[SETTING_JOURNAL_NOTE] = "journal_note",
	[SETTING_PROGRESS_REPORTS] = "progress_reports",
	[SETTING_CRISIS_TEAM] = "crisis_team",
};

const struct field_info field_info[FIELD_COUNT] = {
	[FIELD_KIND] = { "kind", "kind", &pb_kind__descriptor, NULL, NULL },
	[FIELD_FROM] = { "from", "from", &pb_role__descriptor, NULL, NULL },
	[FIELD_TO] = { "to", "to", &pb_role__descriptor, NULL, NULL },
	[FIELD_URGENCY] = { "urgency", "urgency", &pb_urgency__descriptor, NULL,
	    NULL },
	[FIELD_COOPERATION] = { "cooperation", "cooperation",
	    &pb_cooperation__descriptor, NULL, NULL },
	[FIELD_PURPOSE] = { "purpose", "purpose", &pb_purpose__descriptor, NULL,
	    "none" },
	[FIELD_NECESSITY] = { "necessity", "necessity",
	    &pb_necessity__descriptor, NULL, "none" },
	[FIELD_AGE] = { "age", "age", &pb_age__descriptor, NULL, NULL },
	[FIELD_CHILD] = { "concerned_child", "concerned_child",
	    &pb_concerned_child__descriptor, NULL, NULL },
	[FIELD_EXPOSED] = { "socially_exposed", "condition: socially_exposed",
	    NULL, exposed_words, NULL },
	[FIELD_KSP] = { "ksp", "condition: ksp", NULL, ksp_words, NULL },
	[FIELD_CONSENT] = { "consent", "condition: consent", NULL,
	    consent_words, NULL },
	[FIELD_STATE] = { "state", "state", &pb_case_state__descriptor, NULL,
	    NULL },
	[FIELD_ACTS_FOR] = { "acts_for", "acts_for", &pb_acts_for__descriptor,
	    NULL, NULL },
	[FIELD_INFORMED] = { "subject_informed", "subject_informed",
	    &pb_subject_informed__descriptor, NULL, "none" },
	[FIELD_EVENT] = { "event", "event", &pb_event__descriptor, NULL,
	    "none" },
};

const struct flag_info flag_info[FLAG_COUNT] = {
	[FLAG_HAS_CASE] = { "has_case", "case id", "no case id" },
	[FLAG_POLICE_ALONE] = { "police_alone", "police alone",
	    "not police alone" },
	[FLAG_POLICE_LOOKED] = { "police_looked", "police have looked",
	    "police have not looked" },
	[FLAG_CASE_ACUTE] = { "case_acute", "claimed acute",
	    "not claimed acute" },
	[FLAG_SENDER_PARTICIPANT] = { "sender_participant", "sender takes part",
	    "sender does not take part" },
	[FLAG_RECIPIENT_PARTICIPANT] = { "recipient_participant",
	    "recipient takes part", "recipient does not take part" },
	[FLAG_ANSWERS_REQUEST] = { "answers_request", "answers a request",
	    "answers no request" },
	[FLAG_NECESSITY_TEXT] = { "necessity_text", "necessity in words",
	    "no necessity in words" },
	[FLAG_UNDERRETNING_MADE] = { "underretning_made", "underretning made",
	    "no underretning made" },
	[FLAG_INVESTIGATION_OPENED] = { "investigation_opened",
	    "investigation opened", "no investigation opened" },
	[FLAG_CRISIS_OPEN] = { "crisis_open", "crisis team at work",
	    "no crisis team at work" },
	[FLAG_SENDER_RESPONSIBLE] = { "sender_responsible",
	    "sender is the responsible authority",
	    "sender is not the responsible authority" },
	[FLAG_RECIPIENT_RESPONSIBLE] = { "recipient_responsible",
	    "recipient is the responsible authority",
	    "recipient is not the responsible authority" },
	[FLAG_HAD_ORIGINAL] = { "had_original",
	    "recipient got the message that this one is about",
	    "recipient did not get the message that this one is about" },
	[FLAG_IDENTITY_SEALED] = { "identity_sealed", "sealed identity",
	    "identity in plain" },
};

/* One vocabulary: ids of a list of the protocol or of our own. */
struct words {
	const ProtobufCEnumDescriptor *list;
	const char *const *own;
	const char *none;
	int base; /* number of bit 0 */
	const struct group *group;
	size_t n_group;
};

static struct words
words_of(const struct reading *r, enum field f)
{
	const struct field_info *i = &field_info[f];
	struct words w = { i->list, i->own, i->none, 0, NULL, 0 };

	if (i->list == &pb_role__descriptor) {
		w.group = r->groups.role;
		w.n_group = r->groups.n_role;
	}
	return w;
}

static uint64_t
words_all(const struct words *w)
{
	uint64_t all = w->none != NULL ? 1 : 0;

	for (size_t i = 0; w->own != NULL && w->own[i] != NULL; i++)
		all |= 1ULL << i;
	for (size_t i = 0; w->list != NULL && i < w->list->n_values; i++)
		all |= 1ULL << (w->list->values[i].value - w->base);
	return all;
}

uint64_t
field_all(enum field f)
{
	static const struct reading no_groups;
	struct words w = words_of(&no_groups, f);

	return words_all(&w);
}

/* The bits of one word or named group; 0 when there is no such word. */
static uint64_t
word_bits(const struct words *w, const char *text)
{
	int n;

	for (size_t i = 0; i < w->n_group; i++)
		if (strcmp(w->group[i].name, text) == 0)
			return w->group[i].set;
	for (size_t i = 0; w->own != NULL && w->own[i] != NULL; i++)
		if (strcmp(w->own[i], text) == 0)
			return 1ULL << i;
	if (w->none != NULL && strcmp(w->none, text) == 0)
		return 1;
	if (w->list != NULL && taxonomy_number(w->list, text, &n) == ERR_OK)
		return 1ULL << (n - w->base);
	return 0;
}

/* What is expected where none of them was found. */
static const char *
words_expected(
    const struct words *w, const char *found, char out[TAXONOMY_EXPECTED])
{
	const char *word[TAXONOMY_WORDS];
	char kind[TAXONOMY_KIND] = "word";
	size_t n = 0;

	if (w->list != NULL) {
		n = taxonomy_words(w->list, word, TAXONOMY_WORDS / 2);
		taxonomy_kind(w->list, kind);
	}
	for (size_t i = 0; w->own != NULL && w->own[i] != NULL; i++)
		word[n++] = w->own[i];
	if (w->none != NULL)
		word[n++] = w->none;
	for (size_t i = 0; i < w->n_group; i++)
		word[n++] = w->group[i].name;
	return taxonomy_expect(out, TAXONOMY_EXPECTED, kind, word, n, found);
}

static bool
read_word(struct reading *r, const struct yaml *v, const struct words *w,
    uint64_t *set)
{
	char expected[TAXONOMY_EXPECTED], q[YAML_QUOTE];
	uint64_t bits;

	if (v->kind != YAML_SCALAR) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected %s", yaml_kind_name(v->kind),
		    words_expected(w, NULL, expected));
		return false;
	}
	bits = word_bits(w, v->text);
	if (bits == 0) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected %s", yaml_quote(q, v->text),
		    words_expected(w, v->text, expected));
		return false;
	}
	if ((*set & bits) != 0) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s again, expected each once",
		    yaml_quote(q, v->text));
		return false;
	}
	*set |= bits;
	return true;
}

static bool
read_list(struct reading *r, const struct yaml *v, const struct words *w,
    uint64_t *set)
{
	char expected[TAXONOMY_EXPECTED];
	bool good = true;

	*set = 0;
	if (v->kind != YAML_LIST || v->child == NULL) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected a list, each %s",
		    v->kind == YAML_LIST ? "an empty list" :
					   yaml_kind_name(v->kind),
		    words_expected(w, NULL, expected));
		return false;
	}
	for (const struct yaml *c = v->child; c != NULL; c = c->next)
		good = read_word(r, c, w, set) && good;
	return good;
}

/* "any", a list, or {not: a list}; *any or *none stays as it is. */
static bool
read_set(struct reading *r, const struct yaml *v, const struct words *w,
    uint64_t *any, uint64_t *none)
{
	static const struct yaml_key key = { "not", YAML_LIST, true,
		"a list of what it must not be" };
	const struct yaml *list;
	char q[YAML_QUOTE];

	switch (v->kind) {
	case YAML_LIST:
		return read_list(r, v, w, any);
	case YAML_MAP:
		return yaml_map(v, r->file, &key, 1, &list, r->p) &&
		    read_list(r, list, w, none);
	case YAML_SCALAR:
	case YAML_ANY:
		break;
	}
	if (strcmp(v->text, "any") == 0) {
		*any = words_all(w);
		return true;
	}
	problems_add(r->p, r->file, v->line, v->column,
	    "found %s, expected any, a list, or {not: a list}",
	    yaml_quote(q, v->text));
	return false;
}

bool
read_field(struct reading *r, const struct yaml *v, enum field f, uint64_t *set)
{
	struct words w = words_of(r, f);
	uint64_t any = words_all(&w), none = 0;

	if (!read_set(r, v, &w, &any, &none))
		return false;
	*set = any & ~none;
	if (*set != 0)
		return true;
	problems_add(r->p, r->file, v->line, v->column,
	    "found a set that leaves nothing, expected at least one value");
	return false;
}

static bool
read_pair(struct reading *r, const struct yaml *v, const struct words *w,
    uint32_t *any, uint32_t *none)
{
	uint64_t a = *any, n = *none;

	if (!read_set(r, v, w, &a, &n))
		return false;
	*any = (uint32_t)a;
	*none = (uint32_t)n;
	return true;
}

bool
read_relations(
    struct reading *r, const struct yaml *v, uint32_t *any, uint32_t *none)
{
	struct words w = { &pb_relation__descriptor, NULL, NULL, 0, NULL, 0 };

	return read_pair(r, v, &w, any, none);
}

bool
read_basis(
    struct reading *r, const struct yaml *v, uint32_t *any, uint32_t *none)
{
	struct words w = { &pb_basis__descriptor, NULL, "none", 0, NULL, 0 };
	uint64_t set;

	if (none != NULL)
		return read_pair(r, v, &w, any, none);
	w.none = NULL;
	if (!read_list(r, v, &w, &set))
		return false;
	*any = (uint32_t)set;
	return true;
}

bool
read_categories(
    struct reading *r, const struct yaml *v, uint64_t *any, uint64_t *none)
{
	struct words w = { &pb_category__descriptor, NULL, NULL,
		CATEGORY_IDENTITY, r->groups.category, r->groups.n_category };

	return read_set(r, v, &w, any, none);
}

bool
read_settings(
    struct reading *r, const struct yaml *v, uint32_t *any, uint32_t *none)
{
	struct words w = { NULL, setting_words, NULL, 0, NULL, 0 };
	uint64_t set;

	/* "any" would read as "whatever is on", and mean that one must be. */
	if (none != NULL && v->kind == YAML_MAP)
		return read_pair(r, v, &w, any, none);
	if (!read_list(r, v, &w, &set))
		return false;
	*any = (uint32_t)set;
	return true;
}

bool
read_role_list(struct reading *r, const struct yaml *v, uint64_t *set)
{
	struct words w = words_of(r, FIELD_FROM);

	return read_list(r, v, &w, set);
}

/* One kind of group: a map from a new word to a list of known ones. */
static bool
read_group_map(struct reading *r, const struct yaml *v, const struct words *w,
    struct group *group, size_t *n)
{
	bool good = true;
	char q[YAML_QUOTE];

	for (const struct yaml *c = v->child; c != NULL; c = c->next) {
		const char *name = arena_strdup(r->arena, c->key);

		if (*n == GROUPS_MAX || name == NULL ||
		    word_bits(w, c->key) != 0 || strcmp(c->key, "any") == 0) {
			problems_add(r->p, r->file, c->key_line, c->key_column,
			    "found the group %s, expected at "
			    "most %d, none with a name that is a word already",
			    yaml_quote(q, c->key), GROUPS_MAX);
			good = false;
			continue;
		}
		group[*n].name = name;
		if (!read_list(r, c, w, &group[*n].set)) {
			group[*n].set = 1ULL << 63; /* its name is known */
			good = false;
		}
		*n += 1;
	}
	return good;
}

bool
read_groups(struct reading *r, const struct yaml *v)
{
	static const struct yaml_key keys[] = {
		{ "roles", YAML_MAP, false, "named sets of roles" },
		{ "categories", YAML_MAP, false, "named sets of categories" },
	};
	struct words role = { &pb_role__descriptor, NULL, NULL, 0, NULL, 0 };
	struct words category = { &pb_category__descriptor, NULL, NULL,
		CATEGORY_IDENTITY, NULL, 0 };
	const struct yaml *value[2];
	bool good = yaml_map(v, r->file, keys, 2, value, r->p);

	if (value[0] != NULL)
		good = read_group_map(r, value[0], &role, r->groups.role,
			   &r->groups.n_role) &&
		    good;
	if (value[1] != NULL)
		good = read_group_map(r, value[1], &category,
			   r->groups.category, &r->groups.n_category) &&
		    good;
	return good;
}
