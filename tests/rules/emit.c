/*
 * SPDX-License-Identifier: MIT
 *
 * emit: see emit.h.
 */
#include "emit.h"

#include <string.h>

static void
emit_text(FILE *out, const char *text)
{
	(void)fputc('"', out);
	for (; *text != '\0'; text++) {
		bool feed = *text == '\n';

		if (feed || *text == '"' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(feed ? 'n' : *text, out);
	}
	(void)fputc('"', out);
}

static bool
is_for_people(const struct yaml *v)
{
	static const char *const key[] = { "law", "text_en", "text_da",
		"notice" };

	for (size_t i = 0; v->key != NULL && i < sizeof(key) / sizeof(key[0]);
	     i++)
		if (strcmp(key[i], v->key) == 0)
			return true;
	return false;
}

/* Within the depth that yaml_parse has bounded. */
void
emit(FILE *out, const struct yaml *v)
{
	bool map = v->kind == YAML_MAP;

	if (v->kind == YAML_SCALAR) {
		emit_text(out, is_for_people(v) ? "x" : v->text);
		return;
	}
	(void)fputs(map ? "{" : "[", out);
	for (const struct yaml *c = v->child; c != NULL; c = c->next) {
		if (map)
			(void)fprintf(out, "%s: ", c->key);
		emit(out, c);
		(void)fputs(c->next != NULL ? ",\n" : "", out);
	}
	(void)fputs(map ? "}" : "]", out);
}
