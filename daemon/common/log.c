/*
 * SPDX-License-Identifier: MIT
 *
 * log: see log.h.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_MAX_SIZE 600

void
log_line(enum log_level level, const char *program, const char *fmt, ...)
{
	char line[LINE_MAX_SIZE];
	size_t room = sizeof line - 1; /* for the LF */
	int saved = errno, n = 0, m;
	va_list ap;

	if (getenv("JOURNAL_STREAM") != NULL)
		n = snprintf(line, room, "<%d>", (int)level);
	n += snprintf(line + n, room - (size_t)n, "%s: ", program);
	va_start(ap, fmt);
	m = vsnprintf(line + n, room - (size_t)n, fmt, ap);
	va_end(ap);
	if (m > 0)
		n += m;
	if ((size_t)n >= room)
		n = (int)room - 1;
	line[n] = '\n';
	/* Nobody to tell when standard error does not take it. */
	while (write(STDERR_FILENO, line, (size_t)n + 1) < 0 && errno == EINTR)
		;
	errno = saved;
}
