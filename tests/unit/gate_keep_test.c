/*
 * SPDX-License-Identifier: MIT
 *
 * gate: which connection of a door counts, and that what core sends reaches
 * that one and no other. And the evil gate does what its name says.
 */
#include "gate_rig.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define GATE "bin/infohus-gate"
#define EVIL_GATE "test-bin/infohus-gate"
#define MANY 200

static void
send_many(struct rig *r, unsigned door, const char *word)
{
	char text[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "%s %d", word, i);
		rig_send(r, door, bytes_str(text));
	}
}

static void
expect_many(void *client, const char *word)
{
	char text[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "%s %d", word, i);
		rig_expect_said(client, text);
	}
}

static void
keep(struct rig *r, uint32_t connection)
{
	rig_tell(r, LINK_KEEP, 1, connection, bytes_of(NULL, 0));
}

static void
nothing_is_sent_before_a_connection_is_kept(void **state)
{
	struct rig r;
	void *client;
	uint32_t c;

	(void)state;
	rig_start(&r, GATE, NULL);
	client = rig_client(&r, 1, 1, -1);
	rig_say(client, "knock");
	c = rig_expect_source(&r, 1);
	rig_expect_frame(&r, 1, "knock");
	rig_send(&r, 1, bytes_str("too early"));
	/* In one go: a gate that reads the second later may be open by then. */
	assert_int_equal(
	    link_put_event(r.link, LINK_KEEP, 1, c, bytes_of(NULL, 0)), ERR_OK);
	rig_send(&r, 1, bytes_str("still too early"));
	rig_expect_event(&r, LINK_OPENED, 1, c);
	rig_send(&r, 1, bytes_str("welcome"));
	rig_expect_said(client, "welcome");
	zmq_close(client);
	rig_stop(&r);
}

/* The newest that core keeps wins; all that is sent from then on is its. */
static void
change_hands(const char *program, const char *evil)
{
	struct rig_watched old;
	uint32_t a, b;
	struct rig r;
	void *new;

	rig_start(&r, program, evil);
	old = rig_watched(&r, 1, 1);
	a = rig_open(&r, 1, old.client);
	send_many(&r, 1, "for old");
	expect_many(old.client, "for old");

	new = rig_client(&r, 1, 1, -1);
	rig_say(new, "knock");
	b = rig_expect_source(&r, 1);
	assert_true(b != a);
	rig_expect_frame(&r, 1, "knock");
	keep(&r, b);
	rig_expect_event(&r, LINK_EVICTED, 1, a);
	rig_expect_event(&r, LINK_OPENED, 1, b);
	send_many(&r, 1, "for new");
	expect_many(new, "for new");
	rig_await(&old, ZMQ_EVENT_DISCONNECTED);
	assert_false(rig_has_said(old.client));
	rig_unwatch(&old);
	zmq_close(new);
	rig_stop(&r);
}

static void
second_client_evicts_the_first_and_nothing_is_split(void **state)
{
	(void)state;
	change_hands(GATE, NULL);
}

/*
 * libzmq closes the descriptor long before it lets go of the pipe; a closed
 * descriptor alone must not be taken for its end.
 */
static void
pipe_that_outlives_its_descriptor_gets_nothing(void **state)
{
	(void)state;
	change_hands(EVIL_GATE, "slowclose");
}

/* Sending and receiving cross all the time; no message is left lying. */
static void
traffic_both_ways_never_stalls(void **state)
{
	char text[32];
	struct rig r;
	void *client;

	(void)state;
	rig_start(&r, GATE, NULL);
	client = rig_client(&r, 1, 1, -1);
	rig_open(&r, 1, client);
	for (int n = 0; n < 3000; n++) {
		snprintf(text, sizeof text, "up %d", n);
		rig_say(client, text);
		for (int i = 0; i < n % 4; i++)
			rig_send(&r, 1, bytes_str("down"));
		rig_expect_frame(&r, 1, text);
		for (int i = 0; i < n % 4; i++)
			rig_expect_said(client, "down");
	}
	zmq_close(client);
	rig_stop(&r);
}

/*
 * An evicted client's library connects again by itself and is let in. It
 * does not knock, so it never counts, and it must not draw deliveries away.
 */
static void
come_back(const char *program, const char *evil, int reconnect_ms)
{
	void *old, *new;
	uint32_t a, b;
	struct rig r;

	rig_start(&r, program, evil);
	old = rig_client(&r, 1, 1, reconnect_ms);
	a = rig_open(&r, 1, old);
	new = rig_client(&r, 1, 1, -1);
	rig_say(new, "knock");
	b = rig_expect_source(&r, 1);
	rig_expect_frame(&r, 1, "knock");
	keep(&r, b);
	rig_expect_event(&r, LINK_EVICTED, 1, a);
	rig_expect_event(&r, LINK_OPENED, 1, b);
	/* Long enough for it to come back in the middle, and to be shut. */
	for (int round = 0; round < 10; round++) {
		send_many(&r, 1, "for new");
		usleep(20 * 1000);
	}
	for (int round = 0; round < 10; round++)
		expect_many(new, "for new");
	assert_false(rig_has_said(old));
	rig_expect_silence(&r);
	zmq_close(old);
	zmq_close(new);
	rig_stop(&r);
}

static void
evicted_client_that_comes_back_silently_gets_nothing(void **state)
{
	(void)state;
	come_back(GATE, NULL, 10);
}

/* So soon that the others are still being shut. */
static void
evicted_client_that_comes_back_at_once_gets_nothing(void **state)
{
	(void)state;
	come_back(EVIL_GATE, "slowreap", 2);
}

/* With the right key, but core never keeps it: the door stays the first's. */
static void
newcomer_that_core_does_not_keep_draws_nothing_away(void **state)
{
	struct rig_watched other;
	struct rig r;
	void *first;
	uint32_t b;

	(void)state;
	rig_start(&r, GATE, NULL);
	first = rig_client(&r, 1, 1, -1);
	rig_open(&r, 1, first);
	other = rig_watched(&r, 1, 1);
	rig_say(other.client, "not a knock");
	b = rig_expect_source(&r, 1);
	assert_true(b > 0);
	rig_expect_frame(&r, 1, "not a knock");
	send_many(&r, 1, "for first");
	/* It is shut when its time is up, and what was held leaves. */
	expect_many(first, "for first");
	rig_await(&other, ZMQ_EVENT_DISCONNECTED);
	assert_false(rig_has_said(other.client));
	rig_unwatch(&other);
	zmq_close(first);
	rig_stop(&r);
}

/* Whoever reaches the port can do this; it must not look like evictions. */
static void
plain_connections_are_shut_without_a_word(void **state)
{
	int raw[5];
	struct rig r;
	void *client;

	(void)state;
	rig_start(&r, GATE, NULL);
	for (int i = 0; i < 5; i++)
		raw[i] = rig_raw(&r, 1);
	client = rig_client(&r, 1, 1, -1);
	rig_open(&r, 1, client);
	rig_send(&r, 1, bytes_str("welcome"));
	rig_expect_said(client, "welcome");
	for (int i = 0; i < 5; i++)
		rig_expect_cut(raw[i]);
	rig_expect_silence(&r);
	zmq_close(client);
	rig_stop(&r);
}

static void
closed_connection_is_reported_and_the_door_opens_again(void **state)
{
	uint32_t last = 0;
	struct rig r;

	(void)state;
	rig_start(&r, GATE, NULL);
	for (int round = 0; round < 5; round++) {
		void *client = rig_client(&r, 1, 1, -1);
		uint32_t c = rig_open(&r, 1, client);

		assert_true(c > last); /* numbers are never reused */
		last = c;
		rig_send(&r, 1, bytes_str("welcome"));
		rig_expect_said(client, "welcome");
		rig_say(client, "bye");
		rig_expect_frame(&r, 1, "bye");
		zmq_close(client);
		rig_expect_event(&r, LINK_CLOSED, 1, c);
		/* To nobody; the next one must not find it. */
		rig_send(&r, 1, bytes_str("too late"));
	}
	rig_stop(&r);
}

/*
 * One client after the other, as fast as it goes, at a gate that no audit
 * wakes: what is not seen when it happens is never seen. Most of it happens
 * within one millisecond.
 */
static void
doors_change_hands_without_help_from_the_audit(void **state)
{
	uint32_t c, old = 0;
	struct rig r;
	void *client, *last = NULL;

	(void)state;
	rig_start(&r, EVIL_GATE, "patient");
	for (int round = 0; round < 20; round++) {
		client = rig_client(&r, 1, 1, -1);
		c = rig_open(&r, 1, client);
		zmq_close(client);
		rig_expect_event(&r, LINK_CLOSED, 1, c);
	}
	/* And with the old one still there. */
	for (int round = 0; round < 20; round++) {
		client = rig_client(&r, 2, 2, -1);
		rig_say(client, "knock");
		c = rig_expect_source(&r, 2);
		rig_expect_frame(&r, 2, "knock");
		rig_tell(&r, LINK_KEEP, 2, c, bytes_of(NULL, 0));
		if (old != 0)
			rig_expect_event(&r, LINK_EVICTED, 2, old);
		rig_expect_event(&r, LINK_OPENED, 2, c);
		if (last != NULL)
			zmq_close(last);
		last = client;
		old = c;
	}
	zmq_close(last);
	rig_stop(&r);
}

/* What a client said before it closed is heard before CLOSED. */
static void
last_words_come_before_closed(void **state)
{
	struct rig_item i;
	char text[32];
	struct rig r;
	void *client;
	uint32_t c;
	int words = 0;

	(void)state;
	rig_start(&r, GATE, NULL);
	client = rig_client(&r, 1, 1, -1);
	c = rig_open(&r, 1, client);
	for (int n = 0; n < MANY; n++) {
		snprintf(text, sizeof text, "word %d", n);
		rig_say(client, text);
	}
	rig_expect_frame(&r, 1, "word 0"); /* some are on their way */
	zmq_close(client);
	for (words = 1;; words++) {
		assert_true(rig_hear(&r, &i));
		if (i.event != 0)
			break;
	}
	assert_int_equal(i.event, LINK_CLOSED);
	assert_int_equal(i.connection, c);
	rig_expect_silence(&r);
	print_message("%d of %d words came through\n", words, MANY);
	rig_stop(&r);
}

static void
keep_of_a_connection_there_is_not_ends_in_closed(void **state)
{
	struct rig_watched w;
	struct rig r;
	uint32_t c;

	(void)state;
	rig_start(&r, GATE, NULL);
	w = rig_watched(&r, 1, 1);
	c = rig_open(&r, 1, w.client);
	keep(&r, c + 7);
	rig_expect_event(&r, LINK_EVICTED, 1, c);
	rig_expect_event(&r, LINK_CLOSED, 1, c + 7);
	rig_await(&w, ZMQ_EVENT_DISCONNECTED);
	rig_unwatch(&w);
	rig_stop(&r);
}

/* Newest wins, again and again; every change of hands is clean. */
static void
many_changes_of_hands(void **state)
{
	uint32_t c, last = 0;
	struct rig r;
	void *client, *old = NULL;

	(void)state;
	rig_start(&r, GATE, NULL);
	for (int round = 0; round < 30; round++) {
		client = rig_client(&r, 1, 1, -1);
		rig_say(client, "knock");
		c = rig_expect_source(&r, 1);
		rig_expect_frame(&r, 1, "knock");
		keep(&r, c);
		if (last != 0)
			rig_expect_event(&r, LINK_EVICTED, 1, last);
		rig_expect_event(&r, LINK_OPENED, 1, c);
		for (int n = 0; n < 5; n++)
			rig_send(&r, 1, bytes_str("for you"));
		for (int n = 0; n < 5; n++)
			rig_expect_said(client, "for you");
		if (old != NULL)
			zmq_close(old);
		old = client;
		last = c;
	}
	zmq_close(old);
	rig_stop(&r);
}

/* -------------------------------------------------------------- evil gate */

/* Sends one two three from doors 1 and 2, and collects what core hears. */
static void
hear_evil(const char *evil, char *out, size_t size)
{
	static const char *const word[] = { "one", "two", "three" };
	struct rig_item i;
	struct rig r;
	void *client;

	rig_start(&r, EVIL_GATE, evil);
	client = rig_client(&r, 1, 1, -1);
	for (int n = 0; n < 3; n++)
		rig_say(client, word[n]);
	rig_say(client, "end");
	out[0] = '\0';
	for (;;) {
		size_t len = strlen(out);

		assert_true(rig_hear(&r, &i));
		if (i.event != 0)
			continue;
		if (i.data.len == 3 && memcmp(i.data.data, "end", 3) == 0)
			break;
		snprintf(out + len, size - len, "%u:%.*s ", i.door,
		    (int)i.data.len, (const char *)i.data.data);
	}
	zmq_close(client);
	rig_stop(&r);
}

static void
evil_gate_is_evil(void **state)
{
	char got[8192];

	(void)state;
	hear_evil("", got, sizeof got);
	assert_string_equal(got, "1:one 1:two 1:three ");
	/* Seeds are such that the last frame is left alone. */
	hear_evil("drop,every=2,seed=4", got, sizeof got);
	print_message("drop: %s\n", got);
	assert_true(strlen(got) < strlen("1:one 1:two 1:three "));
	hear_evil("swap,every=2,seed=4", got, sizeof got);
	print_message("swap: %s\n", got);
	assert_null(strstr("1:one 1:two 1:three ", got));
	hear_evil("flip,every=2,seed=4", got, sizeof got);
	assert_string_not_equal(got, "1:one 1:two 1:three ");
	hear_evil("forge,every=2,seed=4", got, sizeof got);
	assert_true(strlen(got) > strlen("1:one 1:two 1:three "));
	hear_evil("reorder,every=2,seed=4", got, sizeof got);
	print_message("reorder: %s\n", got);
	assert_string_not_equal(got, "1:one 1:two 1:three ");
	hear_evil("replay,every=2,seed=4", got, sizeof got);
	print_message("replay: %s\n", got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_sent_before_a_connection_is_kept),
		cmocka_unit_test(
		    second_client_evicts_the_first_and_nothing_is_split),
		cmocka_unit_test(
		    pipe_that_outlives_its_descriptor_gets_nothing),
		cmocka_unit_test(traffic_both_ways_never_stalls),
		cmocka_unit_test(
		    evicted_client_that_comes_back_silently_gets_nothing),
		cmocka_unit_test(
		    evicted_client_that_comes_back_at_once_gets_nothing),
		cmocka_unit_test(
		    newcomer_that_core_does_not_keep_draws_nothing_away),
		cmocka_unit_test(plain_connections_are_shut_without_a_word),
		cmocka_unit_test(
		    closed_connection_is_reported_and_the_door_opens_again),
		cmocka_unit_test(
		    doors_change_hands_without_help_from_the_audit),
		cmocka_unit_test(last_words_come_before_closed),
		cmocka_unit_test(
		    keep_of_a_connection_there_is_not_ends_in_closed),
		cmocka_unit_test(many_changes_of_hands),
		cmocka_unit_test(evil_gate_is_evil),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
