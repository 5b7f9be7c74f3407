/*
 * SPDX-License-Identifier: MIT
 *
 * kommuner: see kommuner.h. A word that is not a setting is an error, never
 * a setting that is off: somebody meant something by it.
 */
#include "daemon/law/kommuner.h"

#include <string.h>

#include "daemon/law/rules.h"
#include "proto/taxonomy.h"

#define KOMMUNER_ARENA (256 * 1024)
#define SOURCE_MAX 1000

struct kommune {
	struct kommune_at at;
	uint32_t settings;
};

struct kommuner {
	struct arena *arena;
	struct kommune kommune[KOMMUNE_FILES_MAX];
	size_t n;
};

struct reading {
	const char *file;
	struct problems *p;
};

static bool
is_code(const char *text)
{
	return strspn(text, "0123456789") == KOMMUNE_CODE - 1 &&
	    text[KOMMUNE_CODE - 1] == '\0';
}

static const struct kommune *
find(const struct kommuner *k, const char *code)
{
	for (size_t i = 0; code != NULL && i < k->n; i++)
		if (strcmp(k->kommune[i].at.code, code) == 0)
			return &k->kommune[i];
	return NULL;
}

static void
read_code(const struct reading *r, const struct kommuner *k,
    const struct yaml *v, struct kommune *out)
{
	char q[YAML_QUOTE];

	out->at = (struct kommune_at){ v->text, r->file, v->line, v->column };
	if (!is_code(v->text))
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected a kommune code of four digits",
		    yaml_quote(q, v->text));
	else if (find(k, v->text) != NULL)
		problems_add(r->p, r->file, v->line, v->column,
		    "found a second file of the kommune %s, expected one",
		    yaml_quote(q, v->text));
}

static void
read_setting(const struct reading *r, const struct yaml *v, uint32_t *settings)
{
	char q[YAML_QUOTE], expected[TAXONOMY_EXPECTED];
	size_t i = 0;

	while (v->kind == YAML_SCALAR && setting_words[i] != NULL &&
	    strcmp(setting_words[i], v->text) != 0)
		i++;
	if (v->kind != YAML_SCALAR || setting_words[i] == NULL)
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected %s",
		    v->kind == YAML_SCALAR ? yaml_quote(q, v->text) :
					     yaml_kind_name(v->kind),
		    taxonomy_expect(expected, sizeof(expected), "setting",
			setting_words, SETTING_COUNT,
			v->kind == YAML_SCALAR ? v->text : NULL));
	else if (*settings & SETTING_BIT(i))
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s again, expected each once",
		    yaml_quote(q, v->text));
	else
		*settings |= SETTING_BIT(i);
}

static void
read_root(const struct reading *r, const struct kommuner *k,
    const struct yaml *root, struct kommune *out)
{
	static const struct yaml_key keys[] = {
		{ "version", YAML_SCALAR, true, "1" },
		{ "kommune", YAML_SCALAR, true, "four digits, in quotes" },
		{ "source", YAML_SCALAR, true, "where this stands, in words" },
		{ "settings", YAML_LIST, true, "what is switched on, or []" },
	};
	const struct yaml *value[4];
	const char *source;
	uint64_t version;

	(void)yaml_map(root, r->file, keys, 4, value, r->p);
	(void)yaml_number(value[0], r->file, 1, 1, &version, r->p);
	if (value[1] != NULL)
		read_code(r, k, value[1], out);
	(void)yaml_text(value[2], r->file, SOURCE_MAX, &source, r->p);
	for (const struct yaml *v = value[3] != NULL ? value[3]->child : NULL;
	     v != NULL; v = v->next)
		read_setting(r, v, &out->settings);
}

static bool
keep(struct kommuner *k, const struct kommune *read)
{
	struct kommune *out = &k->kommune[k->n];

	*out = *read;
	out->at.code = arena_strdup(k->arena, read->at.code);
	out->at.file = arena_strdup(k->arena, read->at.file);
	if (out->at.code == NULL || out->at.file == NULL)
		return false;
	k->n++;
	return true;
}

bool
kommuner_read(
    struct kommuner *k, const char *file, struct bytes text, struct problems *p)
{
	struct reading r = { file, p };
	struct kommune read = { .settings = 0 };
	struct arena *a = NULL;
	const struct yaml *root;
	size_t before = p->count;

	if (k->n == KOMMUNE_FILES_MAX || arena_new(&a, YAML_ARENA) != ERR_OK) {
		problems_add(p, file, 0, 0, "no room for one kommune more");
		return false;
	}
	root = yaml_parse(a, file, text, p);
	if (root != NULL)
		read_root(&r, k, root, &read);
	if (p->count == before && !keep(k, &read))
		problems_add(p, file, 0, 0, "no memory");
	arena_free(a);
	return p->count == before;
}

struct kommuner *
kommuner_new(void)
{
	struct kommuner *k;
	struct arena *a;

	if (arena_new(&a, KOMMUNER_ARENA) != ERR_OK)
		return NULL;
	k = arena_alloc(a, sizeof(*k));
	if (k == NULL)
		arena_free(a);
	else
		k->arena = a;
	return k;
}

void
kommuner_free(struct kommuner *k)
{
	if (k != NULL)
		arena_free(k->arena);
}

uint32_t
kommuner_settings(const struct kommuner *k, const char *kommune)
{
	const struct kommune *found = k != NULL ? find(k, kommune) : NULL;

	return found != NULL ? found->settings : 0;
}

uint32_t
kommuner_settings_for(const struct kommuner *k, const PbGrounds *g)
{
	return kommuner_settings(
	    k, g->handlekommune != NULL ? g->handlekommune : g->bopaelskommune);
}

const struct kommune_at *
kommuner_at(const struct kommuner *k, size_t i)
{
	return i < k->n ? &k->kommune[i].at : NULL;
}

bool
kommuner_code(struct bytes text, char code[KOMMUNE_CODE])
{
	struct problems p = { 0 };
	struct arena *a;
	const struct yaml *root;
	bool found = false;

	if (arena_new(&a, YAML_ARENA) != ERR_OK)
		return false;
	root = yaml_parse(a, "", text, &p);
	for (const struct yaml *v = root != NULL ? root->child : NULL;
	     v != NULL && !found; v = v->next)
		if (v->key != NULL && strcmp(v->key, "kommune") == 0 &&
		    v->kind == YAML_SCALAR && is_code(v->text)) {
			memcpy(code, v->text, KOMMUNE_CODE);
			found = true;
		}
	problems_free(&p);
	arena_free(a);
	return found;
}
