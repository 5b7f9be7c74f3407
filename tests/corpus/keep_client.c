/*
 * SPDX-License-Identifier: MIT
 *
 * keep_client: keeps what the parsers of the client library are given; see
 * keep.h.
 */
#include <stdio.h>

#include "clients/lib/home.h"
#include "clients/lib/trust.h"
#include "keep_wrap.h"

WRAPPED(enum infohus_result, home_read, struct home *h, const char *dir,
    struct why *why)
{
	char path[4096];

	if (snprintf(path, sizeof path, "%s/seat.json", dir) < (int)sizeof path)
		keep_file("seat", path);
	return __real_home_read(h, dir, why);
}

WRAPPED(enum infohus_result, trust_load, struct trust *t, struct state *s,
    const struct note_key *log, struct why *why)
{
	struct bytes text;
	struct arena *a;

	if (keep_is_on() && arena_new(&a, KEEP_INPUT_MAX) == ERR_OK) {
		if (state_get(s, STATE_TOP, "unproven", a, NOTE_MAX, &text,
			NULL) == ERR_OK)
			keep("unproven", text);
		arena_free(a);
	}
	return __real_trust_load(t, s, log, why);
}
