/*
 * SPDX-License-Identifier: MIT
 *
 * problems: all errors of a run, as one text of lines. Adding one never
 * fails to count: without memory for its words it is still a problem.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/law/yaml.h"

void
problems_free(struct problems *p)
{
	free(p->text);
	*p = (struct problems){ 0 };
}

void
problems_add(struct problems *p, const char *file, unsigned line,
    unsigned column, const char *fmt, ...)
{
	char where[32] = "", what[2048];
	size_t room;
	char *grown;
	va_list ap;
	int n;

	p->count++;
	if (line > 0)
		(void)snprintf(where, sizeof(where), "%u:%u:", line, column);
	va_start(ap, fmt);
	n = vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	room = strlen(file) + strlen(where) + strlen(what) + 4;
	grown = realloc(p->text, p->len + room);
	if (grown == NULL)
		return;
	p->text = grown;
	n = snprintf(p->text + p->len, room, "%s:%s %s\n", file, where, what);
	if (n > 0)
		p->len += (size_t)n;
}
