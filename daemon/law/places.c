/*
 * SPDX-License-Identifier: MIT
 *
 * places: config/places.yaml, looked up by the kommune's number. A kommune
 * that is not in the file has no place: nothing is guessed from its name.
 */
#include "daemon/law/places.h"

#include <string.h>

#define PLACES_ARENA (1024 * 1024)
#define AREAS_MAX 64 /* regions, or politikredse */
#define KOMMUNER_MAX 200
#define PERIODS_MAX 8
#define NAME_MAX_BYTES 100

struct period {
	const char *code;
	uint64_t from, to; /* [from, to) */
};

struct history {
	struct period period[PERIODS_MAX];
	size_t n;
};

struct kommune {
	char code[5];
	const char *name;
	struct history politikreds, region;
};

struct areas {
	struct period area[AREAS_MAX];
	size_t n;
};

struct places {
	struct arena *arena;
	struct kommune *kommune; /* in file order */
	size_t n_kommune;
	const struct kommune *ordered[KOMMUNER_MAX]; /* in code order */
	const struct kommune *by_number[10000];
};

struct reading {
	const char *file;
	struct problems *p;
	struct places *places;
	struct areas politikreds, region;
};

static bool
read_copy(struct reading *r, const struct yaml *v, const char **out)
{
	const char *text;

	if (!yaml_text(v, r->file, NAME_MAX_BYTES, &text, r->p))
		return false;
	*out = arena_strdup(r->places->arena, text);
	if (*out == NULL)
		problems_add(r->p, r->file, v->line, v->column, "no memory");
	return *out != NULL;
}

static bool
read_span(struct reading *r, const struct yaml *from, const struct yaml *to,
    struct period *out)
{
	bool good = true;

	if (from != NULL)
		good = yaml_time(from, r->file, &out->from, r->p);
	if (to != NULL)
		good = yaml_time(to, r->file, &out->to, r->p) && good;
	if (!good || out->from < out->to)
		return good;
	from = to != NULL ? to : from;
	if (from != NULL)
		problems_add(r->p, r->file, from->line, from->column,
		    "found an end that is not after the start, expected a "
		    "later time");
	return false;
}

static const struct period *
find_area(const struct areas *a, const char *code)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->area[i].code, code) == 0)
			return &a->area[i];
	return NULL;
}

static bool
read_area(struct reading *r, const struct yaml *v, struct areas *out)
{
	static const struct yaml_key keys[] = {
		{ "code", YAML_SCALAR, true, "its code, a to z and digits" },
		{ "name", YAML_SCALAR, true, "its name" },
		{ "from", YAML_SCALAR, false, "the time it begins" },
		{ "to", YAML_SCALAR, false, "the time it ends" },
	};
	struct period *a = &out->area[out->n];
	const struct yaml *value[4];
	const char *name;
	char q[YAML_QUOTE];
	bool good = yaml_map(v, r->file, keys, 4, value, r->p);

	*a = (struct period){ .to = UINT64_MAX };
	good = yaml_text(value[1], r->file, NAME_MAX_BYTES, &name, r->p) &&
	    good;
	good = read_span(r, value[2], value[3], a) && good;
	if (value[0] == NULL || !read_copy(r, value[0], &a->code))
		return false;
	if (strspn(a->code, "abcdefghijklmnopqrstuvwxyz0123456789") !=
		strlen(a->code) ||
	    strlen(a->code) > 16) {
		problems_add(r->p, r->file, value[0]->line, value[0]->column,
		    "found the code %s, expected 1 to 16 of a to z and "
		    "digits",
		    yaml_quote(q, a->code));
		good = false;
	} else if (find_area(out, a->code) != NULL) {
		problems_add(r->p, r->file, value[0]->line, value[0]->column,
		    "found the code %s again, expected each once",
		    yaml_quote(q, a->code));
		good = false;
	}
	/* Also a faulty one is known, so that its kommuner are not told. */
	out->n++;
	return good;
}

static bool
read_areas(struct reading *r, const struct yaml *list, struct areas *out)
{
	bool good = true;

	if (list->n_child == 0 || list->n_child > AREAS_MAX) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found %zu entries, expected 1 to %d", list->n_child,
		    AREAS_MAX);
		return false;
	}
	for (const struct yaml *v = list->child; v != NULL; v = v->next)
		good = read_area(r, v, out) && good;
	return good;
}

/* One entry of a history: a code, or a code with times of its own. */
static bool
read_period(struct reading *r, const struct yaml *v, const char *what,
    const struct areas *areas, struct period *out)
{
	static const struct yaml_key keys[] = {
		{ "code", YAML_SCALAR, true, "a code of this file" },
		{ "from", YAML_SCALAR, false, "the time it begins" },
		{ "to", YAML_SCALAR, false, "the time it ends" },
	};
	const struct yaml *value[3] = { v, NULL, NULL };
	const struct period *area;
	char q[YAML_QUOTE];

	if (v->kind != YAML_SCALAR &&
	    !yaml_map(v, r->file, keys, 3, value, r->p))
		return false;
	area = find_area(areas, value[0]->text);
	if (area == NULL) {
		problems_add(r->p, r->file, value[0]->line, value[0]->column,
		    "found %s, expected the code of a %s of this file",
		    yaml_quote(q, value[0]->text), what);
		return false;
	}
	*out = *area;
	if (!read_span(r, value[1], value[2], out))
		return false;
	if (out->from >= area->from && out->to <= area->to)
		return true;
	problems_add(r->p, r->file, v->line, v->column,
	    "found times outside those of the %s, expected them within", what);
	return false;
}

static bool
read_history(struct reading *r, const struct yaml *v, const char *what,
    const struct areas *areas, struct history *out)
{
	const struct yaml *c = v->kind == YAML_LIST ? v->child : v;
	bool good = true;

	if (c == NULL || v->n_child > PERIODS_MAX) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found a list of %zu, expected 1 to %d codes of a %s",
		    v->n_child, PERIODS_MAX, what);
		return false;
	}
	for (; c != NULL; c = v->kind == YAML_LIST ? c->next : NULL) {
		struct period *now = &out->period[out->n];

		if (!read_period(r, c, what, areas, now)) {
			good = false;
			continue;
		}
		if (out->n > 0 && now[-1].to != now->from) {
			problems_add(r->p, r->file, c->line, c->column,
			    "found a %s that does not begin when the one "
			    "before it ends, expected neither gap nor "
			    "overlap",
			    what);
			good = false;
		}
		out->n++;
	}
	return good;
}

/* Exactly four digits, as a number; -1 otherwise. */
static int
kommune_number(const char *code)
{
	int n = 0;

	if (strspn(code, "0123456789") != 4 || code[4] != '\0')
		return -1;
	for (const char *c = code; *c != '\0'; c++)
		n = n * 10 + (*c - '0');
	return n;
}

static bool
read_code(struct reading *r, const struct yaml *v, struct kommune *k)
{
	char q[YAML_QUOTE];
	int n = kommune_number(v->text);

	if (n < 0) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected a kommune code of four digits",
		    yaml_quote(q, v->text));
		return false;
	}
	if (r->places->by_number[n] != NULL) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found the kommune %s again, expected each once",
		    yaml_quote(q, v->text));
		return false;
	}
	memcpy(k->code, v->text, sizeof(k->code));
	r->places->by_number[n] = k;
	return true;
}

static void
read_kommune(struct reading *r, const struct yaml *v, struct kommune *k)
{
	static const struct yaml_key keys[] = {
		{ "code", YAML_SCALAR, true, "four digits, in quotes" },
		{ "name", YAML_SCALAR, true, "its name" },
		{ "politikreds", YAML_ANY, true,
		    "a code, or a list of codes in time" },
		{ "region", YAML_ANY, true,
		    "a code, or a list of codes in time" },
	};
	const struct yaml *value[4];

	/* Each adds its own problems; the count decides at the end. */
	(void)yaml_map(v, r->file, keys, 4, value, r->p);
	if (value[0] != NULL)
		(void)read_code(r, value[0], k);
	if (value[1] != NULL)
		(void)read_copy(r, value[1], &k->name);
	if (value[2] != NULL)
		(void)read_history(r, value[2], "politikreds", &r->politikreds,
		    &k->politikreds);
	if (value[3] != NULL)
		(void)read_history(
		    r, value[3], "region", &r->region, &k->region);
}

static void
read_kommuner(struct reading *r, const struct yaml *list)
{
	struct places *p = r->places;

	if (list->n_child == 0 || list->n_child > KOMMUNER_MAX) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found %zu kommuner, expected 1 to %d", list->n_child,
		    KOMMUNER_MAX);
		return;
	}
	p->kommune = arena_alloc(p->arena, list->n_child * sizeof(*p->kommune));
	if (p->kommune == NULL) {
		problems_add(
		    r->p, r->file, list->line, list->column, "no memory");
		return;
	}
	for (const struct yaml *v = list->child; v != NULL; v = v->next)
		read_kommune(r, v, &p->kommune[p->n_kommune++]);
	for (size_t n = 0, i = 0; n < 10000; n++)
		if (p->by_number[n] != NULL)
			p->ordered[i++] = p->by_number[n];
}

static void
read_places(struct reading *r, const struct yaml *root)
{
	static const struct yaml_key keys[] = {
		{ "version", YAML_SCALAR, true, "1" },
		{ "regions", YAML_LIST, true, "the regions" },
		{ "politikredse", YAML_LIST, true, "the politikredse" },
		{ "kommuner", YAML_LIST, true, "the kommuner" },
	};
	const struct yaml *value[4];
	uint64_t version;

	(void)yaml_map(root, r->file, keys, 4, value, r->p);
	(void)yaml_number(value[0], r->file, 1, 1, &version, r->p);
	if (value[1] != NULL)
		(void)read_areas(r, value[1], &r->region);
	if (value[2] != NULL)
		(void)read_areas(r, value[2], &r->politikreds);
	/* Without both lists every reference would be told as unknown. */
	if (value[1] != NULL && value[2] != NULL && value[3] != NULL)
		read_kommuner(r, value[3]);
}

struct places *
places_load(const char *file, struct bytes text, struct problems *p)
{
	struct reading r = { .file = file, .p = p };
	struct arena *parse = NULL, *arena = NULL;
	const struct yaml *root;
	size_t before = p->count;

	if (arena_new(&parse, YAML_ARENA) != ERR_OK ||
	    arena_new(&arena, PLACES_ARENA) != ERR_OK ||
	    (r.places = arena_alloc(arena, sizeof(*r.places))) == NULL) {
		problems_add(p, file, 0, 0, "no memory");
		goto fail;
	}
	r.places->arena = arena;
	root = yaml_parse(parse, file, text, p);
	if (root != NULL)
		read_places(&r, root);
	if (p->count != before)
		goto fail;
	arena_free(parse);
	return r.places;
fail:
	arena_free(arena);
	arena_free(parse);
	return NULL;
}

void
places_free(struct places *p)
{
	if (p != NULL)
		arena_free(p->arena);
}

size_t
places_count(const struct places *p)
{
	return p->n_kommune;
}

const char *
places_at(const struct places *p, size_t i)
{
	return i < p->n_kommune ? p->ordered[i]->code : NULL;
}

static const struct kommune *
find(const struct places *p, const char *kommune)
{
	int n = kommune != NULL ? kommune_number(kommune) : -1;

	return n >= 0 ? p->by_number[n] : NULL;
}

static const char *
code_at(const struct history *h, uint64_t at_ms)
{
	for (size_t i = 0; i < h->n; i++)
		if (at_ms >= h->period[i].from && at_ms < h->period[i].to)
			return h->period[i].code;
	return NULL;
}

bool
places_has_kommune(const struct places *p, const char *kommune)
{
	return find(p, kommune) != NULL;
}

const char *
places_kommune_name(const struct places *p, const char *kommune)
{
	const struct kommune *k = find(p, kommune);

	return k != NULL ? k->name : NULL;
}

const char *
places_politikreds(const struct places *p, const char *kommune, uint64_t at_ms)
{
	const struct kommune *k = find(p, kommune);

	return k != NULL ? code_at(&k->politikreds, at_ms) : NULL;
}

const char *
places_region(const struct places *p, const char *kommune, uint64_t at_ms)
{
	const struct kommune *k = find(p, kommune);

	return k != NULL ? code_at(&k->region, at_ms) : NULL;
}
