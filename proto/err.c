/*
 * SPDX-License-Identifier: MIT
 *
 * err: names of failures and the text of a reason.
 */
#include "err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *
err_name(enum err e)
{
	switch (e) {
	case ERR_OK:
		return "ok";
	case ERR_NOMEM:
		return "no memory";
	case ERR_IO:
		return "input/output";
	case ERR_FULL:
		return "full";
	case ERR_NOT_FOUND:
		return "not found";
	case ERR_EXISTS:
		return "exists";
	case ERR_INVALID:
		return "invalid";
	case ERR_DENIED:
		return "denied";
	case ERR_CLOSED:
		return "closed";
	case ERR_UNKNOWN:
		return "outcome unknown";
	}
	return "no such error";
}

enum err
why_set(struct why *why, enum err e, const char *fmt, ...)
{
	va_list ap;

	if (why == NULL)
		return e;
	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return e;
}

enum err
why_errno(struct why *why, enum err e, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t n;
	char text[128];

	if (why == NULL)
		return e;
	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	n = strlen(why->text);
	(void)snprintf(why->text + n, sizeof(why->text) - n, ": %s",
	    strerror_r(saved, text, sizeof(text)));
	errno = saved;
	return e;
}
