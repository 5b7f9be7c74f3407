/*
 * SPDX-License-Identifier: MIT
 *
 * err: how functions of this project fail.
 *
 * A fallible function returns an enum err and sets its out-parameters only
 * on ERR_OK. Where a person will read the reason, a struct why comes last;
 * it may be NULL. It never holds anything about a person or a case.
 * What a peer did wrong is not an err but a code (codes.h).
 */
#ifndef INFOHUS_ERR_H
#define INFOHUS_ERR_H

#include <stdarg.h>

#define MUST_CHECK __attribute__((warn_unused_result))

enum err {
	ERR_OK = 0,
	ERR_NOMEM,     /* allocation failed, or an arena is full */
	ERR_IO,	       /* the operating system refused; errno in the why */
	ERR_FULL,      /* the store or the disk has no room left */
	ERR_NOT_FOUND, /* no such key, file or object */
	ERR_EXISTS,    /* the key is there already */
	ERR_INVALID,   /* input is not what it must be */
	ERR_DENIED,    /* a signature, approval or right does not hold */
	ERR_CLOSED,    /* the other side has gone */
	ERR_UNKNOWN,   /* outcome of a commit unknown: stop and reopen */
};

struct why {
	char text[1000];
};

/* Name of an err, e.g. "invalid". Static. */
const char *err_name(enum err e);

/*
 * Formats the reason into why (which may be NULL), cutting what does not
 * fit, and returns e, so that a failure is one line:
 *	return why_set(why, ERR_INVALID, "found %s, expected %s", a, b);
 */
enum err why_set(struct why *why, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As why_set, with ": " and strerror(errno) at the end. */
enum err why_errno(struct why *why, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
