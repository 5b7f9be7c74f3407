/*
 * SPDX-License-Identifier: MIT
 *
 * infohus: the life of a handle and its events. See infohus.h.
 *
 * Each turn: what the clock asks for, everything that has come, what was
 * learned of the log to disk, then what is to be sent. Nothing reaches the
 * caller before the checkpoint it was proven with is on disk.
 */
#include "handle.h"

#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"

#define FRAMES_A_TURN 64 /* before something is sent again */

void
handle_tell(struct infohus_why *to, const struct why *from)
{
	size_t n = strnlen(from->text, sizeof from->text - 1);

	if (to == NULL)
		return;
	if (n >= sizeof to->text)
		n = sizeof to->text - 1;
	memcpy(to->text, from->text, n);
	to->text[n] = '\0';
}

uint64_t
handle_now(const struct infohus *h)
{
	return h->transport.now(h->transport.ctx);
}

/* ----------------------------------------------------------------- events */

static void
item_free(struct item *i)
{
	if (i != NULL)
		arena_free(i->arena); /* holds the item itself */
}

struct item *
handle_event(struct infohus *h, enum queue_kind q, enum infohus_event_kind kind,
    struct arena *a)
{
	struct item *i = arena_alloc(a, sizeof *i);

	if (i == NULL) {
		arena_free(a);
		return NULL;
	}
	i->arena = a;
	i->event.kind = kind;
	*h->queue[q].last = i;
	h->queue[q].last = &i->next;
	return i;
}

static struct item *
take_event(struct infohus *h)
{
	for (int q = 0; q < QUEUES; q++) {
		struct item *i = h->queue[q].first;

		if (i == NULL)
			continue;
		h->queue[q].first = i->next;
		if (i->next == NULL)
			h->queue[q].last = &h->queue[q].first;
		return i;
	}
	return NULL;
}

void
handle_drop_queue(struct infohus *h, enum queue_kind q)
{
	struct item *i = h->queue[q].first, *next;

	for (; i != NULL; i = next) {
		next = i->next;
		item_free(i);
	}
	h->queue[q].first = NULL;
	h->queue[q].last = &h->queue[q].first;
}

static enum infohus_result
ready_event(struct infohus *h, struct why *why)
{
	struct arena *a = NULL;

	if (arena_new(&a, 4096) != ERR_OK ||
	    handle_event(h, QUEUE_ANSWERS, INFOHUS_EVENT_READY, a) == NULL)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	return INFOHUS_OK;
}

/* ------------------------------------------------------------------- life */

enum infohus_result
handle_open(struct infohus **out, struct home *home, const struct transport *t,
    const char *dir, struct why *why)
{
	struct infohus *h = calloc(1, sizeof *h);
	enum infohus_result r;

	if (h == NULL) {
		t->free(t->ctx);
		home_clear(home);
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	}
	h->home = *home;
	h->transport = *t;
	for (int q = 0; q < QUEUES; q++)
		h->queue[q].last = &h->queue[q].first;
	r = state_open(&h->state, dir, why);
	if (r == INFOHUS_OK)
		r = trust_load(&h->trust, h->state, &h->home.log, why);
	if (r == INFOHUS_OK)
		r = channel_init(
		    &h->channel, &h->transport, &h->home, &h->trust, why);
	if (r != INFOHUS_OK) {
		infohus_close(h);
		return r;
	}
	*out = h;
	return INFOHUS_OK;
}

enum infohus_result
infohus_open(struct infohus **out, const char *dir, struct infohus_why *why)
{
	struct home *home = malloc(sizeof *home);
	struct why inner = { "" };
	enum infohus_result r = INFOHUS_NO_MEMORY;
	struct transport t;

	if (home == NULL)
		goto done;
	r = home_read(home, dir, &inner);
	if (r == INFOHUS_OK)
		r = transport_zmq(&t, home, &inner);
	if (r == INFOHUS_OK)
		r = handle_open(out, home, &t, dir, &inner);
	else
		home_clear(home);
done:
	free(home);
	handle_tell(why, &inner);
	return r;
}

void
infohus_close(struct infohus *h)
{
	if (h == NULL)
		return;
	channel_end(&h->channel);
	sending_session_over(h);
	receiving_session_over(h);
	for (int q = 0; q < QUEUES; q++)
		handle_drop_queue(h, (enum queue_kind)q);
	item_free(h->current);
	free(h->pending);
	channel_clear(&h->channel);
	h->transport.free(h->transport.ctx);
	state_close(h->state);
	vetted_clear(&h->vetted);
	home_clear(&h->home);
	free(h);
}

const char *
infohus_node(const struct infohus *h)
{
	return h->home.node;
}

const char *
infohus_seat(const struct infohus *h)
{
	return h->home.seat;
}

void
infohus_take(struct infohus *h, unsigned lanes, uint64_t limit)
{
	h->lanes = lanes & (INFOHUS_LANE_ORDINARY | INFOHUS_LANE_ACUTE);
	h->limit = limit;
	h->channel.lanes = h->lanes;
}

bool
infohus_is_connected(const struct infohus *h)
{
	return h->channel.state == CHANNEL_READY;
}

int
infohus_fd(const struct infohus *h)
{
	return h->transport.fd(h->transport.ctx);
}

/* ------------------------------------------------------------------ turns */

enum infohus_result
handle_control(struct infohus *h, uint8_t type, struct bytes payload)
{
	uint64_t counter;
	enum infohus_result r = channel_send(
	    &h->channel, LANE_CONTROL, type, payload, &counter);

	if (r != INFOHUS_OK)
		return r;
	h->other[h->next_other] = counter;
	h->next_other = (h->next_other + 1) % OTHERS;
	return INFOHUS_OK;
}

static void
session_over(struct infohus *h)
{
	channel_end(&h->channel);
	sending_session_over(h);
	receiving_session_over(h);
	memset(h->other, 0, sizeof h->other);
}

static enum infohus_result
take_in(struct infohus *h, const struct frame *f, struct why *why)
{
	switch (f->type) {
	case 0:
		return INFOHUS_OK;
	case FRAME_TYPE_RECEIPT:
		return answers_receipt(h, f->payload, why);
	case FRAME_TYPE_REJECT:
		return answers_reject(h, f->payload, why);
	case FRAME_TYPE_OFFER:
		return receiving_offer(h, f->lane, f->payload, why);
	default:
		return result_set(why, INFOHUS_BAD_FRAME,
		    "found frame type %u, expected a receipt, a rejection or "
		    "an offer",
		    f->type);
	}
}

static enum infohus_result
take_all(struct infohus *h, struct why *why)
{
	enum infohus_result r = INFOHUS_OK;
	struct frame f;
	bool ready;

	for (int i = 0; i < FRAMES_A_TURN && r == INFOHUS_OK; i++) {
		r = channel_receive(&h->channel, &f, &ready, why);
		if (r == INFOHUS_TIMEOUT)
			return INFOHUS_OK;
		if (r == INFOHUS_OK && ready)
			r = ready_event(h, why);
		if (r == INFOHUS_OK)
			r = take_in(h, &f, why);
	}
	return r;
}

static enum infohus_result
turn(struct infohus *h, struct why *why)
{
	enum infohus_result r, saved;

	/* What has come already must be seen before silence is judged. */
	r = take_all(h, why);
	if (r == INFOHUS_OK)
		r = channel_work(&h->channel, sending_waits(h), why);
	saved = trust_save(&h->trust, h->state, r == INFOHUS_OK ? why : NULL);
	if (r == INFOHUS_OK)
		r = saved;
	if (r == INFOHUS_OK)
		r = sending_work(h, why);
	if (r == INFOHUS_OK)
		r = receiving_work(h, why);
	if (r != INFOHUS_OK)
		session_over(h);
	return r;
}

int
infohus_wait_ms(const struct infohus *h)
{
	int wait = channel_wait_ms(&h->channel, sending_waits(h));
	uint64_t due = sending_due(h), now = handle_now(h);

	if (h->channel.state != CHANNEL_READY || due == UINT64_MAX)
		return wait;
	if (due <= now)
		return 0;
	return due - now < (uint64_t)wait ? (int)(due - now) : wait;
}

/* Waits for a frame or the clock; false when the caller's time is over. */
static bool
wait_until(struct infohus *h, bool for_ever, uint64_t end)
{
	int wait = infohus_wait_ms(h);
	uint64_t now = handle_now(h);

	if (!for_ever && now >= end)
		return false;
	if (!for_ever && end - now < (uint64_t)wait)
		wait = (int)(end - now);
	/* What is due but cannot be sent yet must not spin. */
	h->transport.wait(h->transport.ctx, wait > 5 ? wait : 5);
	return true;
}

static uint64_t
end_of(const struct infohus *h, int timeout_ms)
{
	return handle_now(h) + (timeout_ms > 0 ? (uint64_t)timeout_ms : 0);
}

/* Brings the event to its caller; a message is put into words only now. */
static enum infohus_result
hand_over(struct infohus *h, struct item *i, struct infohus_event *event,
    struct why *why)
{
	h->current = i;
	if (i->event.kind == INFOHUS_EVENT_MESSAGE) {
		i->event.message = view_message(i->arena, i->offer);
		if (i->event.message == NULL)
			return result_set(why, INFOHUS_NO_MEMORY,
			    "no memory to show a message");
	}
	*event = i->event;
	return INFOHUS_OK;
}

/* The caller is done with the event it got last. */
static void
let_go(struct infohus *h)
{
	struct item *i = h->current;

	if (i != NULL && i->event.kind == INFOHUS_EVENT_UNREADABLE)
		receiving_leave(h, i->event.unreadable->index);
	item_free(i);
	h->current = NULL;
}

enum infohus_result
infohus_next(struct infohus *h, int timeout_ms, struct infohus_event *event,
    struct infohus_why *why)
{
	uint64_t end = end_of(h, timeout_ms);
	enum infohus_result r = INFOHUS_OK;
	struct why inner = { "" };
	struct item *i;

	let_go(h);
	do {
		i = take_event(h);
		if (i == NULL) {
			r = turn(h, &inner);
			i = r == INFOHUS_OK ? take_event(h) : NULL;
		}
		if (i != NULL)
			r = hand_over(h, i, event, &inner);
	} while (
	    i == NULL && r == INFOHUS_OK && wait_until(h, timeout_ms < 0, end));
	if (i == NULL && r == INFOHUS_OK)
		r = result_set(&inner, INFOHUS_TIMEOUT,
		    "nothing happened in %d ms", timeout_ms);
	handle_tell(why, &inner);
	return r;
}

enum infohus_result
infohus_connect(struct infohus *h, int timeout_ms, struct infohus_why *why)
{
	uint64_t end = end_of(h, timeout_ms);
	enum infohus_result r = INFOHUS_OK;
	struct why inner = { "" };

	do {
		r = turn(h, &inner);
		/* A connection that went may come at the next attempt. */
		if (r == INFOHUS_LOST)
			r = INFOHUS_OK;
	} while (r == INFOHUS_OK && !infohus_is_connected(h) &&
	    wait_until(h, timeout_ms < 0, end));
	if (r == INFOHUS_OK && !infohus_is_connected(h))
		r = result_set(&inner, INFOHUS_UNREACHABLE,
		    "no answer from %s%s in %d ms", h->home.endpoint[0],
		    h->home.n_endpoint > 1 ? " and others" : "", timeout_ms);
	handle_tell(why, &inner);
	return r;
}

enum infohus_result
infohus_flush(struct infohus *h, int timeout_ms, struct infohus_why *why)
{
	uint64_t end = end_of(h, timeout_ms), goal = 0;
	enum infohus_result r = INFOHUS_OK;
	struct why inner = { "" };

	if (!infohus_is_connected(h))
		r = result_set(&inner, INFOHUS_LOST, "there is no session");
	while (r == INFOHUS_OK) {
		r = turn(h, &inner);
		/* Before the wait: nothing more may come. */
		if (r == INFOHUS_OK && goal > 0 && h->channel.pongs >= goal)
			break;
		if (r == INFOHUS_OK && goal == 0 && h->n_ack == 0 &&
		    channel_ping(&h->channel) == INFOHUS_OK)
			goal = h->channel.pings;
		if (r == INFOHUS_OK && !wait_until(h, timeout_ms < 0, end))
			r = result_set(&inner, INFOHUS_TIMEOUT,
			    "the router did not answer in %d ms", timeout_ms);
	}
	handle_tell(why, &inner);
	return r;
}
