/*
 * SPDX-License-Identifier: MIT
 *
 * result: names, sentences and kinds of the results in infohus.h.
 */
#include "result.h"

#include <stdio.h>

struct info {
	const char *name;
	bool alarm;
	const char *text;
};

static const struct info table[] = {
	[INFOHUS_OK] = { "ok", false, "done" },
	[INFOHUS_TIMEOUT] = { "timeout", false,
	    "nothing happened in the time given" },
	[INFOHUS_NO_MEMORY] = { "no_memory", false, "out of memory" },
	[INFOHUS_IO] = { "io", false, "a file or socket does not work" },
	[INFOHUS_BAD_HOME] = { "bad_home", false,
	    "the seat's folder is not complete or not right" },
	[INFOHUS_IN_USE] = { "in_use", false,
	    "another process uses this seat" },
	[INFOHUS_BAD_DRAFT] = { "bad_draft", false,
	    "the text cannot become a message" },
	[INFOHUS_WRONG_NODE] = { "wrong_node", false,
	    "the draft is from another node than this seat's" },
	[INFOHUS_EXISTS] = { "exists", false,
	    "a message with this id was built before" },
	[INFOHUS_NOT_FOUND] = { "not_found", false, "no such message" },
	[INFOHUS_UNREACHABLE] = { "unreachable", false,
	    "no endpoint answered" },
	[INFOHUS_LOST] = { "lost", false, "the session ended" },
	[INFOHUS_REFUSED] = { "refused", true, "the router refused this seat" },
	[INFOHUS_BAD_FRAME] = { "bad_frame", true,
	    "the router sent what does not belong there" },
	[INFOHUS_BAD_CHECKPOINT] = { "bad_checkpoint", true,
	    "a checkpoint is not signed by the log's key" },
	[INFOHUS_LOG_WENT_BACK] = { "log_went_back", true,
	    "the log is smaller than it was" },
	[INFOHUS_LOG_FORKED] = { "log_forked", true,
	    "the log does not extend what was seen before" },
	[INFOHUS_BAD_INCLUSION] = { "bad_inclusion", true,
	    "a proof does not lead from the entry to the checkpoint" },
	[INFOHUS_WRONG_ENTRY] = { "wrong_entry", true,
	    "the entry proven is not that of the message" },
	[INFOHUS_WRONG_MESSAGE] = { "wrong_message", true,
	    "an answer about a message that this seat never sent" },
	[INFOHUS_BAD_VERDICT] = { "bad_verdict", true,
	    "a verdict that the entry does not hold" },
	[INFOHUS_BAD_STAGE] = { "bad_stage", true,
	    "a recipient's acknowledgement that does not hold" },
	[INFOHUS_BAD_REJECTION] = { "bad_rejection", true,
	    "a rejection not signed by the log, or of another frame" },
	[INFOHUS_BAD_PART] = { "bad_part", true,
	    "a part that the header does not commit to" },
	[INFOHUS_BAD_SIGNATURE] = { "bad_signature", true,
	    "the sender's signature does not hold" },
	[INFOHUS_BAD_CARD] = { "bad_card", true,
	    "a card without two custodians' approvals, or of another node" },
	[INFOHUS_NOT_FOR_US] = { "not_for_us", true,
	    "a message for another node" },
};

static const struct info *
find(enum infohus_result r)
{
	static const struct info unknown = { "unknown", true,
		"no such result" };

	if ((size_t)r >= sizeof table / sizeof table[0])
		return &unknown;
	return &table[r];
}

const char *
infohus_result_name(enum infohus_result r)
{
	return find(r)->name;
}

const char *
infohus_result_text(enum infohus_result r)
{
	return find(r)->text;
}

bool
infohus_result_is_alarm(enum infohus_result r)
{
	return find(r)->alarm;
}

enum infohus_result
result_set(struct why *why, enum infohus_result r, const char *fmt, ...)
{
	va_list ap;

	if (why == NULL)
		return r;
	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	return r;
}

enum infohus_result
result_of(enum err e, enum infohus_result otherwise)
{
	switch (e) {
	case ERR_OK:
		return INFOHUS_OK;
	case ERR_NOMEM:
		return INFOHUS_NO_MEMORY;
	case ERR_IO:
	case ERR_FULL:
		return INFOHUS_IO;
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_INVALID:
	case ERR_DENIED:
	case ERR_CLOSED:
	case ERR_UNKNOWN:
		return otherwise;
	}
	return otherwise;
}
