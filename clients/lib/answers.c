/*
 * SPDX-License-Identifier: MIT
 *
 * answers: receipts and rejections. A message leaves the outbox only here,
 * after its answer was verified and is on disk beside it.
 */
#include "handle.h"

#include <stdio.h>
#include <string.h>

#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 30000
#define NAME_ROOM (INFOHUS_ID_TEXT + 16)

/* --------------------------------------------------------------- receipts */

/* Has every permitted recipient answered? */
static bool
is_complete(const struct check_receipt *c)
{
	for (size_t i = 0; i < c->n_verdict; i++)
		if (c->verdict[i].verdict->outcome == OUTCOME_PERMIT &&
		    c->verdict[i].verdict->node != NULL &&
		    c->verdict[i].ack == NULL)
			return false;
	return true;
}

static enum infohus_result
store_receipt(struct infohus *h, const char *id, struct bytes payload,
    bool in_outbox, struct why *why)
{
	char name[NAME_ROOM];
	enum err e;

	(void)snprintf(name, sizeof name, "%s.receipt", id);
	/* The receipt first: a message in sent always has one. */
	e = state_put(h->state, STATE_SENT, name, payload, why);
	if (e == ERR_OK && in_outbox)
		e = state_move(h->state, STATE_OUTBOX, STATE_SENT, id, why);
	return result_of(e, INFOHUS_IO);
}

static enum infohus_result
report_receipt(struct infohus *h, struct arena *a, const char *id,
    const struct envelope *env, const struct check_receipt *checked)
{
	struct pending *p = sending_find(h, id);
	const struct infohus_receipt *shown = view_receipt(a, id, env, checked);
	enum infohus_event_kind kind = INFOHUS_EVENT_DELIVERED;
	struct item *item;
	bool news = true;

	if (shown == NULL) {
		arena_free(a);
		return INFOHUS_NO_MEMORY;
	}
	if (p != NULL) {
		news = !p->recorded || checked->n_news > p->stages;
		if (!p->recorded)
			kind = INFOHUS_EVENT_RECORDED;
		p->recorded = true;
		p->stages = checked->n_news;
		p->state = PENDING_ANSWERED;
		if (p->until == INFOHUS_UNTIL_RECORDED || is_complete(checked))
			sending_drop(h, p);
	}
	if (!news) {
		arena_free(a);
		return INFOHUS_OK;
	}
	item = handle_event(h, QUEUE_ANSWERS, kind, a);
	if (item == NULL)
		return INFOHUS_NO_MEMORY;
	item->event.receipt = shown;
	return INFOHUS_OK;
}

/* Everything about a receipt; takes the arena in every case. */
static enum infohus_result
take_receipt(
    struct infohus *h, struct arena *a, struct bytes payload, struct why *why)
{
	struct check c = { .arena = a,
		.home = &h->home,
		.trust = &h->trust,
		.vetted = &h->vetted };
	struct check_receipt *checked = arena_alloc(a, sizeof *checked);
	struct envelope *env = arena_alloc(a, sizeof *env);
	char id_text[INFOHUS_ID_TEXT];
	PbReceipt *receipt = NULL;
	struct bytes message;
	enum infohus_result r;
	bool in_outbox;
	struct id id;

	if (checked == NULL || env == NULL)
		r = result_set(why, INFOHUS_NO_MEMORY, "no memory");
	else if (ENVELOPE_UNPACK(a, receipt, payload, &receipt, NULL) !=
		CODE_OK ||
	    receipt->message_id.len != ID_SIZE)
		r = result_set(why, INFOHUS_BAD_FRAME,
		    "found a receipt that does not read");
	else {
		memcpy(id.b, receipt->message_id.data, ID_SIZE);
		id_format(id_text, &id);
		r = sending_load(h, a, id_text, &message, env, &in_outbox, why);
		if (r == INFOHUS_NOT_FOUND)
			r = result_set(why, INFOHUS_WRONG_MESSAGE,
			    "found a receipt for a message never sent");
	}
	if (r == INFOHUS_OK)
		r = check_receipt(&c, env, receipt, checked, why);
	if (r == INFOHUS_OK)
		r = store_receipt(h, id_text, payload, in_outbox, why);
	if (r != INFOHUS_OK) {
		arena_free(a);
		return r;
	}
	trust_take(&h->trust, &checked->proven.step);
	return report_receipt(h, a, id_text, env, checked);
}

enum infohus_result
answers_receipt(struct infohus *h, struct bytes payload, struct why *why)
{
	struct arena *a = NULL;

	if (arena_new(&a, 2 * PARSE_ARENA) != ERR_OK)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	return take_receipt(h, a, payload, why);
}

/* -------------------------------------------------------------- rejections */

static struct pending *
find_asked(struct infohus *h, uint64_t counter)
{
	for (size_t i = 0; i < h->n_pending; i++)
		if (h->pending[i].state == PENDING_ASKED &&
		    h->pending[i].counter == counter)
			return &h->pending[i];
	return NULL;
}

static bool
is_other(const struct infohus *h, uint64_t counter)
{
	for (size_t i = 0; i < OTHERS; i++)
		if (counter != 0 && h->other[i] == counter)
			return true;
	return false;
}

/* Which message was rejected; the counter must be of one that waits. */
static enum infohus_result
find_rejected(struct infohus *h, const PbRejectBody *b, struct pending **out,
    struct why *why)
{
	struct pending *p = find_asked(h, b->counter);
	char text[INFOHUS_ID_TEXT] = "";
	struct id id;

	if (p == NULL && is_other(h, b->counter))
		return result_set(why, INFOHUS_LOST,
		    "the router rejected an acknowledgement or a credit: %s",
		    code_name(b->code));
	if (p == NULL)
		return result_set(why, INFOHUS_BAD_REJECTION,
		    "a rejection of a frame that no answer was awaited to");
	if (b->has_message_id && b->message_id.len == ID_SIZE) {
		memcpy(id.b, b->message_id.data, ID_SIZE);
		id_format(text, &id);
	}
	if (b->has_message_id && strcmp(text, p->id) != 0)
		return result_set(why, INFOHUS_BAD_REJECTION,
		    "a rejection that names another message than its frame");
	*out = p;
	return INFOHUS_OK;
}

static const struct infohus_rejection *
view_rejection(struct arena *a, const char *id, const PbRejectBody *b)
{
	const struct code_info *info = code_find(b->code);
	struct infohus_rejection *v = arena_alloc(a, sizeof *v);

	if (v == NULL || (v->id = arena_strdup(a, id)) == NULL)
		return NULL;
	v->code = b->code;
	v->code_name = code_name(b->code);
	v->code_text = info != NULL ? info->meaning : "";
	v->field = b->field;
	v->retry = code_may_retry(b->code);
	return v;
}

/* A retry later, or the end of this message. */
static enum infohus_result
settle_rejected(struct infohus *h, struct pending *p, bool retry,
    struct bytes payload, struct why *why)
{
	uint64_t pause = RETRY_MIN_MS;
	char name[NAME_ROOM];
	enum err e = ERR_OK;

	if (retry) {
		for (unsigned i = 0; i < p->tries && pause < RETRY_MAX_MS; i++)
			pause *= 2;
		p->tries++;
		p->state = PENDING_QUEUED;
		p->at_ms = handle_now(h) +
		    (pause < RETRY_MAX_MS ? pause : RETRY_MAX_MS);
		return INFOHUS_OK;
	}
	if (state_has(h->state, STATE_OUTBOX, p->id)) {
		(void)snprintf(name, sizeof name, "%s.reject", p->id);
		e = state_put(h->state, STATE_REFUSED, name, payload, why);
		if (e == ERR_OK)
			e = state_move(
			    h->state, STATE_OUTBOX, STATE_REFUSED, p->id, why);
	}
	if (e == ERR_OK)
		sending_drop(h, p);
	return result_of(e, INFOHUS_IO);
}

/* Takes the arena in every case. */
static enum infohus_result
take_reject(
    struct infohus *h, struct arena *a, struct bytes payload, struct why *why)
{
	struct check c = { .arena = a, .home = &h->home, .trust = &h->trust };
	const struct infohus_rejection *shown = NULL;
	enum infohus_result r = INFOHUS_OK;
	struct pending *p = NULL;
	PbRejectBody *body = NULL;
	PbReject *reject = NULL;
	struct item *item;

	if (ENVELOPE_UNPACK(a, reject, payload, &reject, NULL) != CODE_OK)
		r = result_set(why, INFOHUS_BAD_FRAME,
		    "found a rejection that does not read");
	if (r == INFOHUS_OK)
		r = check_reject(&c, &h->channel.id, reject, &body, why);
	if (r == INFOHUS_OK)
		r = find_rejected(h, body, &p, why);
	if (r == INFOHUS_OK) {
		shown = view_rejection(a, p->id, body);
		r = shown == NULL ?
		    INFOHUS_NO_MEMORY :
		    settle_rejected(h, p, shown->retry, payload, why);
	}
	if (r != INFOHUS_OK) {
		arena_free(a);
		return r;
	}
	item = handle_event(h, QUEUE_ANSWERS, INFOHUS_EVENT_REJECTED, a);
	if (item == NULL)
		return INFOHUS_NO_MEMORY;
	item->event.rejection = shown;
	return INFOHUS_OK;
}

enum infohus_result
answers_reject(struct infohus *h, struct bytes payload, struct why *why)
{
	struct arena *a = NULL;

	if (arena_new(&a, PARSE_ARENA) != ERR_OK)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	return take_reject(h, a, payload, why);
}
