/*
 * SPDX-License-Identifier: MIT
 *
 * workflow: config/workflow.yaml spread out into one cell per (kind, event,
 * role, state). Two steps for the same cell are an error of the file, so
 * the order of its lines never decides anything.
 */
#include "daemon/law/workflow.h"

#include <stdlib.h>
#include <string.h>

#include "proto/taxonomy.h"

#define KINDS 64
#define EVENTS 8
#define ROLES 64
#define STATES 16
#define STEPS_MAX 200 /* a cell is one byte; 0 is no step */

struct line {
	struct step step;
	bool same; /* the state does not change */
};

struct workflow {
	struct line line[STEPS_MAX + 1];
	size_t n_line;
	uint64_t caseless; /* bit Kind */
	uint8_t cell[KINDS][EVENTS][ROLES][STATES];
};

/* One closed list as the words of a key. */
struct words {
	const ProtobufCEnumDescriptor *list;
	bool zero_is_none; /* the list has no 0: "none" means it */
	uint64_t any;	   /* what "any" means, as bits */
};

struct reading {
	const char *file;
	struct problems *p;
	struct workflow *w;
};

static uint64_t
all_of(const ProtobufCEnumDescriptor *list)
{
	uint64_t all = 0;

	for (size_t i = 0; i < list->n_values; i++)
		all |= 1ULL << list->values[i].value;
	return all;
}

static const char *
words_expected(
    const struct words *w, const char *found, char out[TAXONOMY_EXPECTED])
{
	const char *word[TAXONOMY_WORDS + 1];
	char kind[TAXONOMY_KIND];
	size_t n = taxonomy_words(w->list, word, TAXONOMY_WORDS);

	if (w->zero_is_none)
		word[n++] = "none";
	return taxonomy_expect(out, TAXONOMY_EXPECTED,
	    taxonomy_kind(w->list, kind), word, n, found);
}

static bool
read_word(struct reading *r, const struct yaml *v, const struct words *w,
    uint64_t *set)
{
	char expected[TAXONOMY_EXPECTED], q[YAML_QUOTE];
	int n = 0;

	if (v->kind != YAML_SCALAR) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected %s", yaml_kind_name(v->kind),
		    words_expected(w, NULL, expected));
		return false;
	}
	if (!(w->zero_is_none && strcmp(v->text, "none") == 0) &&
	    taxonomy_number(w->list, v->text, &n) != ERR_OK) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected %s", yaml_quote(q, v->text),
		    words_expected(w, v->text, expected));
		return false;
	}
	if ((*set & 1ULL << n) != 0) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s again, expected each once",
		    yaml_quote(q, v->text));
		return false;
	}
	*set |= 1ULL << n;
	return true;
}

static bool
read_list(struct reading *r, const struct yaml *v, const struct words *w,
    uint64_t *set)
{
	bool good = true;

	*set = 0;
	if (v->kind != YAML_LIST || v->child == NULL) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected any, a list, or {not: a list}",
		    v->kind == YAML_LIST ? "an empty list" :
					   yaml_kind_name(v->kind));
		return false;
	}
	for (const struct yaml *c = v->child; c != NULL; c = c->next)
		good = read_word(r, c, w, set) && good;
	return good;
}

static bool
read_set(struct reading *r, const struct yaml *v, const struct words *w,
    uint64_t *set)
{
	static const struct yaml_key key = { "not", YAML_LIST, true,
		"a list of what it must not be" };
	const struct yaml *list;
	uint64_t none;

	if (v->kind == YAML_SCALAR && strcmp(v->text, "any") == 0) {
		*set = w->any;
		return true;
	}
	if (v->kind != YAML_MAP)
		return read_list(r, v, w, set);
	if (!yaml_map(v, r->file, &key, 1, &list, r->p) ||
	    !read_list(r, list, w, &none))
		return false;
	*set = w->any & ~none;
	return true;
}

enum {
	KEY_KIND,
	KEY_EVENT,
	KEY_ROLE,
	KEY_FROM,
	KEY_TO,
	KEY_JOINT,
	KEY_LOOKS,
	KEY_OPENS,
	KEY_CASELESS,
	KEY_COUNT
};

static const struct yaml_key step_keys[KEY_COUNT] = {
	[KEY_KIND] = { "kind", YAML_LIST, true, "message kinds" },
	[KEY_EVENT] = { "event", YAML_LIST, false,
	    "events; without it the message carries none" },
	[KEY_ROLE] = { "role", YAML_ANY, true, "sender's roles, or any" },
	[KEY_FROM] = { "from", YAML_ANY, true,
	    "states, or any, which is every state of a case" },
	[KEY_TO] = { "to", YAML_SCALAR, true, "a state, or same" },
	[KEY_JOINT] = { "joint", YAML_SCALAR, false,
	    "takes effect when both tovholdere have said it" },
	[KEY_LOOKS] = { "police_looks", YAML_SCALAR, false,
	    "by this step police have looked" },
	[KEY_OPENS] = { "opens", YAML_SCALAR, false, "may open a case" },
	[KEY_CASELESS] = { "caseless", YAML_SCALAR, false,
	    "carries no case id" },
};

struct sets {
	uint64_t kind, event, role, from;
};

static bool
read_sets(struct reading *r, const struct yaml *const value[KEY_COUNT],
    struct sets *s)
{
	struct words kind = { &pb_kind__descriptor, false, 0 };
	struct words event = { &pb_event__descriptor, true, 0 };
	struct words role = { &pb_role__descriptor, false,
		all_of(&pb_role__descriptor) };
	struct words state = { &pb_case_state__descriptor, false,
		all_of(&pb_case_state__descriptor) & ~1u };
	bool good = true;

	s->event = 1;
	if (value[KEY_KIND] != NULL)
		good = read_list(r, value[KEY_KIND], &kind, &s->kind);
	if (value[KEY_EVENT] != NULL)
		good = read_list(r, value[KEY_EVENT], &event, &s->event) &&
		    good;
	if (value[KEY_ROLE] != NULL)
		good = read_set(r, value[KEY_ROLE], &role, &s->role) && good;
	if (value[KEY_FROM] != NULL)
		good = read_set(r, value[KEY_FROM], &state, &s->from) && good;
	return good;
}

static bool
read_target(struct reading *r, const struct yaml *v, struct line *l)
{
	struct words state = { &pb_case_state__descriptor, false, 0 };
	uint64_t set = 0;

	if (v == NULL)
		return false;
	l->same = strcmp(v->text, "same") == 0;
	if (l->same)
		return true;
	if (!read_word(r, v, &state, &set))
		return false;
	l->step.to = (PbCaseState)__builtin_ctzll(set);
	return true;
}

static bool
read_flag(struct reading *r, const struct yaml *v, bool *out)
{
	return v == NULL || yaml_flag(v, r->file, out, r->p);
}

static bool
claim(struct reading *r, const struct yaml *at, const unsigned c[4], uint8_t n)
{
	uint8_t *cell = &r->w->cell[c[0]][c[1]][c[2]][c[3]];

	if (*cell == 0) {
		*cell = n;
		return true;
	}
	problems_add(r->p, r->file, at->line, at->column,
	    "found a second step for %s by %s in %s, expected one",
	    TAXONOMY_ID(kind, c[0]), TAXONOMY_ID(role, c[2]),
	    TAXONOMY_ID(case_state, c[3]));
	return false;
}

/* Enters line n in all its cells; the first one taken already is told. */
static bool
spread(
    struct reading *r, const struct yaml *at, const struct sets *s, uint8_t n)
{
	unsigned c[4];

	for (c[0] = 0; c[0] < KINDS; c[0]++) {
		if ((s->kind >> c[0] & 1) == 0)
			continue;
		for (c[1] = 0; c[1] < EVENTS; c[1]++)
			for (c[2] = 0; c[2] < ROLES; c[2]++)
				for (c[3] = 0; c[3] < STATES; c[3]++)
					if ((s->event >> c[1] &
						s->role >> c[2] &
						s->from >> c[3] & 1) != 0 &&
					    !claim(r, at, c, n))
						return false;
	}
	return true;
}

/* What opens a case or has none starts from none, everything else not. */
static bool
check_none(struct reading *r, const struct yaml *v, const struct sets *s,
    const struct line *l)
{
	bool outside = l->step.opens || l->step.caseless;

	if (outside != ((s->from & 1) != 0) || (outside && s->from != 1)) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found a step from %s, expected none for a step that "
		    "opens a case or is caseless, and for no other",
		    (s->from & 1) != 0 ? "none" : "the state of a case");
		return false;
	}
	return true;
}

static bool
read_step(struct reading *r, const struct yaml *v)
{
	const struct yaml *value[KEY_COUNT];
	struct line *l = &r->w->line[r->w->n_line + 1];
	struct sets s = { 0 };
	bool good = yaml_map(v, r->file, step_keys, KEY_COUNT, value, r->p);

	good = read_sets(r, value, &s) && good;
	good = read_target(r, value[KEY_TO], l) && good;
	good = read_flag(r, value[KEY_JOINT], &l->step.joint) && good;
	good = read_flag(r, value[KEY_LOOKS], &l->step.police_looks) && good;
	good = read_flag(r, value[KEY_OPENS], &l->step.opens) && good;
	good = read_flag(r, value[KEY_CASELESS], &l->step.caseless) && good;
	if (!good || !check_none(r, v, &s, l))
		return false;
	r->w->n_line++;
	if (l->step.caseless)
		r->w->caseless |= s.kind;
	return spread(r, v, &s, (uint8_t)r->w->n_line);
}

static void
read_steps(struct reading *r, const struct yaml *root)
{
	static const struct yaml_key keys[] = {
		{ "version", YAML_SCALAR, true, "1" },
		{ "steps", YAML_LIST, true, "the steps" },
	};
	const struct yaml *value[2];
	uint64_t version;

	/* Each adds its own problems; the count decides at the end. */
	(void)yaml_map(root, r->file, keys, 2, value, r->p);
	(void)yaml_number(value[0], r->file, 1, 1, &version, r->p);
	if (value[1] == NULL)
		return;
	if (value[1]->n_child == 0 || value[1]->n_child > STEPS_MAX) {
		problems_add(r->p, r->file, value[1]->line, value[1]->column,
		    "found %zu steps, expected 1 to %d", value[1]->n_child,
		    STEPS_MAX);
		return;
	}
	for (const struct yaml *v = value[1]->child; v != NULL; v = v->next)
		(void)read_step(r, v);
}

struct workflow *
workflow_load(const char *file, struct bytes text, struct problems *p)
{
	struct workflow *w = calloc(1, sizeof(*w));
	struct reading r = { file, p, w };
	struct arena *parse = NULL;
	const struct yaml *root;
	size_t before = p->count;

	if (w == NULL || arena_new(&parse, YAML_ARENA) != ERR_OK) {
		problems_add(p, file, 0, 0, "no memory");
		goto fail;
	}
	root = yaml_parse(parse, file, text, p);
	if (root != NULL)
		read_steps(&r, root);
	if (p->count != before)
		goto fail;
	arena_free(parse);
	return w;
fail:
	arena_free(parse);
	free(w);
	return NULL;
}

void
workflow_free(struct workflow *w)
{
	free(w);
}

bool
workflow_step(const struct workflow *w, PbCaseState state, PbKind kind,
    int event, PbRole role, struct step *out)
{
	const struct line *l;
	unsigned n;

	if ((unsigned)kind >= KINDS || (unsigned)event >= EVENTS ||
	    (unsigned)role >= ROLES || (unsigned)state >= STATES)
		return false;
	n = w->cell[kind][event][role][state];
	if (n == 0)
		return false;
	l = &w->line[n];
	*out = l->step;
	if (l->same)
		out->to = state;
	return true;
}

bool
workflow_is_caseless(const struct workflow *w, PbKind kind)
{
	return (unsigned)kind < KINDS && (w->caseless & 1ULL << kind) != 0;
}
