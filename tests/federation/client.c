/*
 * SPDX-License-Identifier: MIT
 *
 * client: clients of libinfohus in the test's own process. A session that
 * ends is nothing to them; what cannot be trusted is.
 */
#include "inner.h"

#include <stdlib.h>
#include <string.h>

#include "clients/lib/infohus.h"
#include "tests/common/now.h"

static enum err
told(struct why *why, enum infohus_result r, const struct infohus_why *reason)
{
	return why_set(
	    why, ERR_INVALID, "%s: %s", infohus_result_name(r), reason->text);
}

enum err
fed_next(struct infohus *seat, int timeout_ms, struct infohus_event *event,
    struct why *why)
{
	uint64_t now, end = now_ms() + (uint64_t)timeout_ms;
	struct infohus_why reason = { "nothing came" };
	enum infohus_result r;

	while ((now = now_ms()) < end) {
		r = infohus_next(seat, (int)(end - now), event, &reason);
		if (r == INFOHUS_OK)
			return ERR_OK;
		if (infohus_result_is_alarm(r))
			return told(why, r, &reason);
	}
	return why_set(why, ERR_CLOSED, "no event in %d ms; last: %s",
	    timeout_ms, reason.text);
}

static enum err
send_draft(struct infohus *seat, const char *draft, struct why *why)
{
	struct infohus_event event = { .kind = INFOHUS_EVENT_READY };
	struct infohus_why reason = { "" };
	char id[INFOHUS_ID_TEXT];
	enum infohus_result r;
	enum err e = ERR_OK;

	r = infohus_draft(seat, draft, strlen(draft), id, &reason);
	if (r == INFOHUS_OK)
		r = infohus_send(seat, id, INFOHUS_UNTIL_RECORDED, &reason);
	if (r != INFOHUS_OK)
		return told(why, r, &reason);
	while (e == ERR_OK && event.kind != INFOHUS_EVENT_RECORDED) {
		e = fed_next(seat, FED_PATIENCE_MS, &event, why);
		if (e == ERR_OK && event.kind == INFOHUS_EVENT_REJECTED &&
		    !event.rejection->retry)
			e = why_set(why, ERR_DENIED, "rejected: %s",
			    event.rejection->code_name);
	}
	return e;
}

enum err
fed_send(struct fed *f, const char *seat, const char *draft, struct why *why)
{
	char *concern = draft == NULL ? fed_concern("En fiktiv person") : NULL;
	struct infohus_why reason = { "" };
	enum infohus_result r;
	struct infohus *h;
	const char *home;
	enum err e = fed_home(f, seat, &home, why);

	if (draft == NULL)
		draft = concern;
	if (e == ERR_OK && draft == NULL)
		e = why_set(why, ERR_NOMEM, "no memory for a concern");
	if (e == ERR_OK) {
		r = infohus_open(&h, home, &reason);
		e = r == INFOHUS_OK ? send_draft(h, draft, why) :
				      told(why, r, &reason);
		if (r == INFOHUS_OK)
			infohus_close(h);
	}
	free(concern);
	return e;
}
