/*
 * SPDX-License-Identifier: MIT
 *
 * values: maps against a schema, and single values, out of a YAML tree.
 * Every complaint names the place, what was found and what was expected.
 */
#include <string.h>

#include "daemon/law/yaml.h"
#include "proto/taxonomy.h"

const char *
yaml_kind_name(enum yaml_kind k)
{
	switch (k) {
	case YAML_SCALAR:
		return "one value";
	case YAML_LIST:
		return "a list";
	case YAML_MAP:
		return "a map";
	case YAML_ANY:
		break;
	}
	return "a value";
}

const char *
yaml_quote(char out[YAML_QUOTE], const char *text)
{
	size_t n = strlen(text);
	bool cut = n > YAML_QUOTE - 6;

	if (cut) {
		n = YAML_QUOTE - 6;
		/* Not in the middle of a character. */
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	(void)snprintf(
	    out, YAML_QUOTE, "\"%.*s%s\"", (int)n, text, cut ? "..." : "");
	for (char *c = out; *c != '\0'; c++)
		if (*c == '\n')
			*c = ' ';
	return out;
}

static const char *
keys_expected(const struct yaml_key *keys, size_t n, const char *kind,
    const char *found, char out[TAXONOMY_EXPECTED])
{
	const char *name[TAXONOMY_WORDS];
	size_t known = 0;

	for (; known < n && known < TAXONOMY_WORDS; known++)
		name[known] = keys[known].name;
	return taxonomy_expect(
	    out, TAXONOMY_EXPECTED, kind, name, known, found);
}

static bool
map_entry(const struct yaml *c, const char *file, const struct yaml_key *keys,
    size_t n, const struct yaml **value, struct problems *p)
{
	char expected[TAXONOMY_EXPECTED], q[YAML_QUOTE];

	for (size_t i = 0; i < n; i++) {
		if (strcmp(keys[i].name, c->key) != 0)
			continue;
		if (keys[i].kind != YAML_ANY && keys[i].kind != c->kind) {
			problems_add(p, file, c->line, c->column,
			    "found %s for \"%s\", expected %s: %s",
			    yaml_kind_name(c->kind), c->key,
			    yaml_kind_name(keys[i].kind), keys[i].help);
			return false;
		}
		if (value[i] != NULL)
			return false; /* told by yaml_parse */
		value[i] = c;
		return true;
	}
	problems_add(p, file, c->key_line, c->key_column,
	    "found the key %s, expected %s", yaml_quote(q, c->key),
	    keys_expected(keys, n, "key", c->key, expected));
	return false;
}

static bool
has_key(const struct yaml *m, const char *name)
{
	for (const struct yaml *c = m->child; c != NULL; c = c->next)
		if (strcmp(c->key, name) == 0)
			return true;
	return false;
}

bool
yaml_map(const struct yaml *m, const char *file, const struct yaml_key *keys,
    size_t n, const struct yaml **value, struct problems *p)
{
	char expected[TAXONOMY_EXPECTED];
	bool good = true;

	for (size_t i = 0; i < n; i++)
		value[i] = NULL;
	if (m->kind != YAML_MAP) {
		problems_add(p, file, m->line, m->column,
		    "found %s, expected a map, each key %s",
		    yaml_kind_name(m->kind),
		    keys_expected(keys, n, "word", NULL, expected));
		return false;
	}
	for (const struct yaml *c = m->child; c != NULL; c = c->next)
		good = map_entry(c, file, keys, n, value, p) && good;
	for (size_t i = 0; i < n; i++) {
		if (!keys[i].required || has_key(m, keys[i].name))
			continue;
		problems_add(p, file, m->line, m->column,
		    "found no \"%s\", expected it: %s", keys[i].name,
		    keys[i].help);
		good = false;
	}
	return good;
}

/* The text of v when it is one value, else NULL and a problem. */
static const char *
scalar(const struct yaml *v, const char *file, const char *expected,
    struct problems *p)
{
	if (v->kind == YAML_SCALAR)
		return v->text;
	problems_add(p, file, v->line, v->column, "found %s, expected %s",
	    yaml_kind_name(v->kind), expected);
	return NULL;
}

static void
add_wrong(const struct yaml *v, const char *file, const char *expected,
    struct problems *p)
{
	char q[YAML_QUOTE];

	problems_add(p, file, v->line, v->column, "found %s, expected %s",
	    yaml_quote(q, v->text), expected);
}

static bool
read_digits(const char *text, uint64_t *out)
{
	uint64_t n = 0;

	if (*text == '\0')
		return false;
	for (const char *c = text; *c != '\0'; c++) {
		unsigned d = (unsigned)(*c - '0');

		if (*c < '0' || *c > '9' || n > (UINT64_MAX - d) / 10)
			return false;
		n = n * 10 + d;
	}
	*out = n;
	return true;
}

bool
yaml_number(const struct yaml *v, const char *file, uint64_t min, uint64_t max,
    uint64_t *out, struct problems *p)
{
	char expected[80];
	const char *text;
	uint64_t n;

	if (v == NULL)
		return false;
	(void)snprintf(expected, sizeof(expected), "a number from %llu to %llu",
	    (unsigned long long)min, (unsigned long long)max);
	text = scalar(v, file, expected, p);
	if (text == NULL)
		return false;
	if (!read_digits(text, &n) || n < min || n > max) {
		add_wrong(v, file, expected, p);
		return false;
	}
	*out = n;
	return true;
}

bool
yaml_flag(const struct yaml *v, const char *file, bool *out, struct problems *p)
{
	const char *text;

	if (v == NULL)
		return false;
	text = scalar(v, file, "true or false", p);
	if (text == NULL)
		return false;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
		add_wrong(v, file, "true or false", p);
		return false;
	}
	*out = text[0] == 't';
	return true;
}

bool
yaml_time(
    const struct yaml *v, const char *file, uint64_t *ms, struct problems *p)
{
	static const char expected[] = "a time such as 2026-12-31T23:00:00Z";
	const char *text;

	if (v == NULL)
		return false;
	text = scalar(v, file, expected, p);
	if (text == NULL)
		return false;
	if (time_parse(ms, text) != ERR_OK) {
		add_wrong(v, file, expected, p);
		return false;
	}
	return true;
}

bool
yaml_text(const struct yaml *v, const char *file, size_t max, const char **out,
    struct problems *p)
{
	char expected[80];
	const char *text;

	if (v == NULL)
		return false;
	(void)snprintf(expected, sizeof(expected),
	    "one line of text, at most %zu bytes", max);
	text = scalar(v, file, expected, p);
	if (text == NULL)
		return false;
	if (text[strspn(text, " \n")] == '\0' || strlen(text) > max ||
	    strchr(text, '\n') != NULL) {
		add_wrong(v, file, expected, p);
		return false;
	}
	*out = text;
	return true;
}
