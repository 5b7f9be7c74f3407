/*
 * SPDX-License-Identifier: MIT
 *
 * do_sessions: sessions, from the knock to the end of the connection.
 */
#include "do.h"

#include <string.h>

#define CREDIT_MESSAGES 100000
#define CREDIT_BYTES (1ull << 40)

static bool
lanes_of(struct run *r, const char *text, unsigned *lanes)
{
	*lanes = text == NULL || strcmp(text, "both") == 0 ? 3 :
	    strcmp(text, "ordinary") == 0		   ? 1 :
	    strcmp(text, "acute") == 0			   ? 2 :
	    strcmp(text, "none") == 0			   ? 0 :
							     4;
	if (*lanes < 4)
		return true;
	(void)run_wrong(
	    r, "found lanes=%s, expected ordinary, acute, both or none", text);
	return false;
}

enum outcome
do_online(struct run *r, char **word, size_t n)
{
	struct hello h = { .size = UINT64_MAX };
	uint64_t credit = CREDIT_MESSAGES, bytes = CREDIT_BYTES;
	struct seat *s = run_seat(r, word[0]);
	bool open;

	if (s == NULL || !run_is_up(r) ||
	    !run_keys(r, word, n, 1, "credit= bytes= lanes= takes") ||
	    !lanes_of(r, run_value(word, n, 1, "lanes"), &h.lanes) ||
	    !run_number_at(r, word, n, "credit", &credit) ||
	    !run_number_at(r, word, n, "bytes", &bytes))
		return r->outcome;
	s->takes_all = strcmp(word[n - 1], "takes") == 0;
	open = seat_knock(s);
	if (s->welcomed)
		seat_hello(s, &h);
	if (!s->ready)
		return run_failed(r, "%s: expected ready, came: %s", s->name,
		    open ? "no ready" : "its door is shut");
	for (uint8_t l = 0; l < LANES && credit > 0; l++)
		if (h.lanes & 1u << l)
			seat_credit(s, l, credit, bytes);
	return RUN_FINE;
}

enum outcome
do_knock(struct run *r, char **word, size_t n)
{
	struct seat *s = run_seat(r, word[0]);
	bool shut;

	if (s == NULL || !run_is_up(r))
		return r->outcome;
	if (n > 1 && strcmp(word[1], "shut") != 0)
		return run_wrong(
		    r, "found %s, expected shut or nothing", word[1]);
	shut = !seat_knock(s);
	if (shut == (n > 1))
		return RUN_FINE;
	return run_failed(r, "%s: expected its door to be %s, came: %s",
	    s->name, shut ? "open" : "shut", shut ? "it is shut" : "it opened");
}

enum outcome
do_hello(struct run *r, char **word, size_t n)
{
	struct hello h = { .size = UINT64_MAX };
	struct seat *s = run_connected(r, word[0]);
	const char *by;

	if (s == NULL ||
	    !run_keys(r, word, n, 1, "node= seat= size= by= lanes=") ||
	    !lanes_of(r, run_value(word, n, 1, "lanes"), &h.lanes) ||
	    !run_number_at(r, word, n, "size", &h.size))
		return r->outcome;
	h.node = run_value(word, n, 1, "node");
	h.seat = run_value(word, n, 1, "seat");
	by = run_value(word, n, 1, "by");
	if (by != NULL) {
		struct node *x = run_node(r, by);

		if (x == NULL)
			return r->outcome;
		h.signer = node_signer(x);
	}
	seat_hello(s, &h);
	return RUN_FINE;
}

enum outcome
do_credit(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);
	uint64_t messages, bytes = CREDIT_BYTES, lane = 0;

	if (s == NULL)
		return r->outcome;
	if (strcmp(word[1], "acute") == 0)
		lane = LANE_ACUTE;
	else if (strcmp(word[1], "ordinary") != 0 &&
	    !run_number(r, word[1], 2, &lane))
		return run_wrong(
		    r, "found %s, expected ordinary or acute", word[1]);
	if (!run_number(r, word[2], 0, &messages) ||
	    (n > 3 && !run_number(r, word[3], 0, &bytes)))
		return r->outcome;
	seat_credit(s, (uint8_t)lane, messages, bytes);
	return RUN_FINE;
}

enum outcome
do_read(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);
	PbRead read = PB_READ__INIT;
	uint64_t count;

	(void)n;
	if (s == NULL || !run_number(r, word[1], 0, &read.first) ||
	    !run_number(r, word[2], 0, &count))
		return r->outcome;
	read.count = (uint32_t)count;
	seat_packed(s, FRAME_TYPE_READ, &read);
	return RUN_FINE;
}

enum outcome
do_ping(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);

	(void)n;
	if (s != NULL)
		seat_frame(
		    s, LANE_CONTROL, FRAME_TYPE_PING, true, bytes_of(NULL, 0));
	return r->outcome;
}

enum outcome
do_bye(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);

	(void)n;
	if (s != NULL)
		seat_frame(
		    s, LANE_CONTROL, FRAME_TYPE_BYE, true, bytes_of(NULL, 0));
	return r->outcome;
}

enum outcome
do_drop(struct run *r, char **word, size_t n)
{
	struct seat *s = run_connected(r, word[0]);

	(void)n;
	if (s != NULL)
		seat_drop(s);
	return r->outcome;
}
