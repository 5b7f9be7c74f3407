/*
 * SPDX-License-Identifier: MIT
 *
 * between: the proxies between seats and their doors.
 */
#include "inner.h"

#include <stdlib.h>

static enum err
full_name(const struct fed *f, const char *seat, char out[141], struct why *why)
{
	char node[100], of[40];
	enum err e = inner_seat(f, seat, node, of, why);

	if (e == ERR_OK)
		(void)snprintf(out, 141, "%s:%s", node, of);
	return e;
}

enum err
fed_proxy(struct fed *f, const char *seat, struct why *why)
{
	char answer[KEEPER_ANSWER], name[141], text[16];
	unsigned port = 0, ignored;
	pid_t pid;
	enum err e = full_name(f, seat, name, why);

	if (e == ERR_OK && fed_pid(f, name, &pid, NULL) == ERR_OK)
		e = why_set(why, ERR_EXISTS,
		    "%s runs already: put the proxy before it starts", name);
	if (e == ERR_OK)
		e = admit_port(f, seat, 0, &port, why);
	snprintf(text, sizeof text, "%u", port);
	if (e == ERR_OK)
		e = INNER_ASK(f, answer, why, "proxy", name, text);
	if (e == ERR_OK)
		e = admit_port(f, seat, (unsigned)strtoul(answer, NULL, 10),
		    &ignored, why);
	return e;
}

enum err
fed_proxy_set(
    struct fed *f, const char *seat, const char *words, struct why *why)
{
	char name[141];
	enum err e = full_name(f, seat, name, why);

	return e == ERR_OK ? INNER_ASK(f, NULL, why, "set", name, words) : e;
}

enum err
fed_proxy_counts(struct fed *f, const char *seat, struct fed_proxy_counts *out,
    struct why *why)
{
	unsigned long long n[6];
	char answer[KEEPER_ANSWER], name[141];
	enum err e = full_name(f, seat, name, why);

	if (e == ERR_OK)
		e = INNER_ASK(f, answer, why, "show", name);
	if (e == ERR_OK &&
	    sscanf(answer,
		"accepted=%llu open=%llu up=%llu down=%llu dropped=%llu "
		"waiting=%llu",
		&n[0], &n[1], &n[2], &n[3], &n[4], &n[5]) != 6)
		e = why_set(why, ERR_INVALID, "proxy: found \"%s\"", answer);
	if (e == ERR_OK)
		*out = (struct fed_proxy_counts){ n[0], n[1], n[2], n[3], n[4],
			n[5] };
	return e;
}
