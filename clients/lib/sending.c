/*
 * SPDX-License-Identifier: MIT
 *
 * sending: from a draft to a message on disk, and from there to the router.
 * It must never send bytes that are not on disk, and never change them: what
 * was signed once is what is sent every time. Answers are in answers.c.
 */
#include "handle.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/draft.h"
#include "proto/json.h"

#define ANSWER_MS 30000		/* a session that leaves us this long is dead */
#define DRAFT_MAX (1024 * 1024) /* JSON is larger than what it becomes */

static uint64_t
wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ----------------------------------------------------------------- drafts */

static bool
is_known(struct infohus *h, const char *id)
{
	return state_has(h->state, STATE_OUTBOX, id) ||
	    state_has(h->state, STATE_SENT, id) ||
	    state_has(h->state, STATE_REFUSED, id);
}

static enum infohus_result
build(struct infohus *h, struct arena *a, struct bytes json, char *id_text,
    struct bytes *message, struct why *why)
{
	PbDraft *draft = NULL;
	struct id id;
	enum err e;

	e = json_parse(a, &pb_draft__descriptor, json, wall_ms(),
	    (ProtobufCMessage **)&draft, why);
	if (e != ERR_OK)
		return result_of(e, INFOHUS_BAD_DRAFT);
	if (draft->from != NULL && strcmp(draft->from, h->home.node) != 0)
		return result_set(why, INFOHUS_WRONG_NODE,
		    "from: the draft is of another node, this seat is of %s",
		    h->home.node);
	if (draft->has_message_id && draft->message_id.len == ID_SIZE) {
		memcpy(id.b, draft->message_id.data, ID_SIZE);
		id_format(id_text, &id);
		if (is_known(h, id_text))
			return result_set(why, INFOHUS_EXISTS,
			    "message_id: a message with this id was built "
			    "before");
	}
	e = draft_message(a, draft, h->home.node, 0, wall_ms(), h->home.signer,
	    message, &id, why);
	if (e != ERR_OK)
		return result_of(e, INFOHUS_BAD_DRAFT);
	id_format(id_text, &id);
	return INFOHUS_OK;
}

enum infohus_result
infohus_draft(struct infohus *h, const char *json, size_t len,
    char id[INFOHUS_ID_TEXT], struct infohus_why *why)
{
	struct why inner = { "" };
	struct arena *a = NULL;
	struct bytes message = { NULL, 0 };
	enum infohus_result r;

	id[0] = '\0';
	if (len > DRAFT_MAX)
		r = result_set(&inner, INFOHUS_BAD_DRAFT,
		    "found %zu bytes, expected at most %d", len, DRAFT_MAX);
	else if (arena_new(&a, 2 * PARSE_ARENA) != ERR_OK)
		r = result_set(&inner, INFOHUS_NO_MEMORY, "no memory");
	else
		r = build(h, a, bytes_of(json, len), id, &message, &inner);
	if (r == INFOHUS_OK)
		r = result_of(
		    state_put(h->state, STATE_OUTBOX, id, message, &inner),
		    INFOHUS_IO);
	arena_free(a);
	handle_tell(why, &inner);
	return r;
}

/* ---------------------------------------------------------------- pending */

struct pending *
sending_find(struct infohus *h, const char *id)
{
	for (size_t i = 0; i < h->n_pending; i++)
		if (strcmp(h->pending[i].id, id) == 0)
			return &h->pending[i];
	return NULL;
}

void
sending_drop(struct infohus *h, struct pending *p)
{
	size_t i = (size_t)(p - h->pending);

	h->n_pending--;
	memmove(p, p + 1, (h->n_pending - i) * sizeof *p);
}

enum infohus_result
sending_load(struct infohus *h, struct arena *a, const char *id,
    struct bytes *message, struct envelope *env, bool *in_outbox,
    struct why *why)
{
	struct defect defect = { .field = "" };
	enum code code;
	enum err e;

	*in_outbox = true;
	e = state_get(h->state, STATE_OUTBOX, id, a, MESSAGE_MAX, message, why);
	if (e == ERR_NOT_FOUND) {
		*in_outbox = false;
		e = state_get(
		    h->state, STATE_SENT, id, a, MESSAGE_MAX, message, why);
	}
	if (e != ERR_OK)
		return result_of(e, INFOHUS_NOT_FOUND);
	code = envelope_open(a, *message, env, &defect, NULL, NULL);
	if (code != CODE_OK)
		return result_set(why, INFOHUS_IO,
		    "the stored message %s does not read: %s %s", id,
		    code_name(code), defect.field);
	return INFOHUS_OK;
}

static enum infohus_result
add_pending(
    struct infohus *h, const char *id, enum infohus_until until, bool acute)
{
	struct pending *p = sending_find(h, id);

	if (p != NULL) {
		p->until = until;
		return INFOHUS_OK;
	}
	if (h->n_pending == h->pending_room) {
		size_t room = h->pending_room * 2 + 16;
		void *more = realloc(h->pending, room * sizeof *p);

		if (more == NULL)
			return INFOHUS_NO_MEMORY;
		h->pending = more;
		h->pending_room = room;
	}
	p = &h->pending[h->n_pending++];
	*p = (struct pending){ .acute = acute, .until = until };
	memcpy(p->id, id, strlen(id) + 1);
	return INFOHUS_OK;
}

static enum infohus_result
queue_one(struct infohus *h, const char *text, enum infohus_until until,
    struct why *why)
{
	char id_text[INFOHUS_ID_TEXT];
	struct arena *a = NULL;
	struct envelope env;
	struct bytes message;
	enum infohus_result r;
	struct id id;
	bool in_outbox;

	if (id_parse(&id, text) != ERR_OK)
		return result_set(why, INFOHUS_NOT_FOUND,
		    "found no message id, expected 8-4-4-4-12 hex digits");
	id_format(id_text, &id);
	if (arena_new(&a, PARSE_ARENA) != ERR_OK)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	r = sending_load(h, a, id_text, &message, &env, &in_outbox, why);
	if (r == INFOHUS_OK)
		r = add_pending(
		    h, id_text, until, env.header->urgency == URGENCY_ACUTE);
	arena_free(a);
	return r;
}

enum infohus_result
infohus_send(struct infohus *h, const char *id, enum infohus_until until,
    struct infohus_why *why)
{
	struct why inner = { "" };
	enum infohus_result r = queue_one(h, id, until, &inner);

	handle_tell(why, &inner);
	return r;
}

enum infohus_result
infohus_send_outbox(struct infohus *h, enum infohus_until until, size_t *count,
    struct infohus_why *why)
{
	char(*list)[INFOHUS_ID_TEXT] = NULL;
	struct why inner = { "" };
	enum infohus_result r;
	size_t n = 0;

	r = result_of(
	    state_list(h->state, STATE_OUTBOX, &list, &n, &inner), INFOHUS_IO);
	for (size_t i = 0; i < n && r == INFOHUS_OK; i++)
		r = queue_one(h, list[i], until, &inner);
	free(list);
	if (r == INFOHUS_OK)
		*count = n;
	handle_tell(why, &inner);
	return r;
}

size_t
infohus_unanswered(const struct infohus *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n_pending; i++)
		n += !h->pending[i].recorded;
	return n;
}

/* ---------------------------------------------------------------- sending */

static size_t
count_asked(const struct infohus *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n_pending; i++)
		n += h->pending[i].state == PENDING_ASKED;
	return n;
}

bool
sending_waits(const struct infohus *h)
{
	return count_asked(h) > 0;
}

uint64_t
sending_due(const struct infohus *h)
{
	uint64_t due = UINT64_MAX;
	bool full = count_asked(h) >= WINDOW;

	for (size_t i = 0; i < h->n_pending; i++) {
		const struct pending *p = &h->pending[i];
		uint64_t at = p->at_ms;

		if (p->state == PENDING_ASKED)
			at += ANSWER_MS;
		else if (p->state == PENDING_ANSWERED || full)
			continue;
		if (at < due)
			due = at;
	}
	return due;
}

static enum infohus_result
submit(struct infohus *h, struct pending *p, struct why *why)
{
	struct arena *a = NULL;
	struct bytes message;
	struct envelope env;
	enum infohus_result r;
	bool in_outbox;

	if (arena_new(&a, PARSE_ARENA) != ERR_OK)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	r = sending_load(h, a, p->id, &message, &env, &in_outbox, why);
	if (r == INFOHUS_OK)
		r = channel_send(&h->channel,
		    p->acute ? LANE_ACUTE : LANE_ORDINARY, FRAME_TYPE_SUBMIT,
		    message, &p->counter);
	arena_free(a);
	if (r == INFOHUS_OK) {
		p->state = PENDING_ASKED;
		p->at_ms = handle_now(h);
	}
	return r;
}

static enum infohus_result
submit_lane(struct infohus *h, bool acute, struct why *why)
{
	enum infohus_result r = INFOHUS_OK;
	uint64_t t = handle_now(h);
	size_t asked = count_asked(h);

	for (size_t i = 0; i < h->n_pending && r == INFOHUS_OK; i++) {
		struct pending *p = &h->pending[i];

		if (p->state != PENDING_QUEUED || p->acute != acute ||
		    p->at_ms > t)
			continue;
		/* Acute ones do not wait for answers to others. */
		if (!acute && asked >= WINDOW)
			break;
		r = submit(h, p, why);
		asked++;
	}
	return r == INFOHUS_TIMEOUT ? INFOHUS_OK : r;
}

enum infohus_result
sending_work(struct infohus *h, struct why *why)
{
	uint64_t t = handle_now(h);
	enum infohus_result r;

	if (h->channel.state != CHANNEL_READY)
		return INFOHUS_OK;
	for (size_t i = 0; i < h->n_pending; i++)
		if (h->pending[i].state == PENDING_ASKED &&
		    t - h->pending[i].at_ms >= ANSWER_MS)
			return result_set(why, INFOHUS_LOST,
			    "no answer to a message in %d s", ANSWER_MS / 1000);
	r = submit_lane(h, true, why);
	if (r == INFOHUS_OK)
		r = submit_lane(h, false, why);
	return r;
}

void
sending_session_over(struct infohus *h)
{
	for (size_t i = 0; i < h->n_pending; i++) {
		struct pending *p = &h->pending[i];

		if (p->state != PENDING_QUEUED)
			p->at_ms = 0;
		p->state = PENDING_QUEUED;
		p->counter = 0;
	}
}
