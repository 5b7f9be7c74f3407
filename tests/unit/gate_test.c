/*
 * SPDX-License-Identifier: MIT
 *
 * gate: who gets in, and what passes. A real gate, real clients, this test
 * as core. For P3 (nobody is someone else) and for a gate that no peer's
 * bytes can stop.
 */
#include "gate_rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#define GATE "bin/infohus-gate"
#define EVIL_GATE "test-bin/infohus-gate"
#define REFUSED \
	(ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | \
	    ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_DISCONNECTED)

/* What a door must still do after something bad: pass a frame of its seat. */
static void
expect_works(struct rig *r, unsigned door)
{
	void *client = rig_client(r, door, door, -1);

	rig_say(client, "still here");
	rig_expect_source(r, door);
	rig_expect_frame(r, door, "still here");
	zmq_close(client);
}

static void
refuse_key(unsigned door, unsigned seat)
{
	struct rig r;
	struct rig_watched w;

	rig_start(&r, GATE, NULL);
	w = rig_watched(&r, door, seat);
	rig_say(w.client, "let me in");
	assert_int_equal(
	    rig_await(&w, REFUSED), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
	expect_works(&r, door);
	rig_unwatch(&w);
	rig_stop(&r);
}

static void
unknown_key_gives_core_no_byte(void **state)
{
	(void)state;
	refuse_key(1, 0);
}

static void
known_key_at_another_seats_door_gives_core_no_byte(void **state)
{
	(void)state;
	refuse_key(1, 2);
}

static void
without_zap_handler_the_selftest_ends_the_gate(void **state)
{
	struct rig_item i;
	struct rig r;

	(void)state;
	rig_spawn(&r, EVIL_GATE, "nozap");
	assert_false(rig_hear(&r, &i));
	assert_int_equal(rig_wait_exit(&r), 1);
	rig_stop(&r);
}

static void
without_zap_handler_nobody_gets_in(void **state)
{
	struct rig_watched w;
	struct rig r;

	(void)state;
	rig_start(&r, EVIL_GATE, "nozap,noselftest");
	w = rig_watched(&r, 1, 1);
	rig_say(w.client, "right key");
	rig_await(&w, REFUSED);
	rig_expect_silence(&r);
	rig_unwatch(&w);
	rig_stop(&r);
}

/* libzmq believes the handler; we believe the door. */
static void
frame_with_another_identity_gives_core_no_byte(void **state)
{
	struct rig_watched w;
	struct rig_item i;
	struct rig r;

	(void)state;
	rig_start(&r, EVIL_GATE, "baduser,noselftest");
	w = rig_watched(&r, 1, 1);
	rig_say(w.client, "who am I");
	rig_expect_alarm(&r, 1, LINK_ALARM_IDENTITY);
	rig_await(&w, ZMQ_EVENT_DISCONNECTED);
	rig_expect_silence(&r);
	rig_unwatch(&w);
	rig_stop(&r);

	rig_spawn(&r, EVIL_GATE, "baduser");
	assert_false(rig_hear(&r, &i));
	assert_int_equal(rig_wait_exit(&r), 1);
	rig_stop(&r);
}

static void
doors_are_told_apart(void **state)
{
	void *client[RIG_DOORS + 1];
	char text[32];
	struct rig r;

	(void)state;
	rig_start(&r, GATE, NULL);
	for (unsigned d = 1; d <= RIG_DOORS; d++) {
		client[d] = rig_client(&r, d, d, -1);
		rig_open(&r, d, client[d]);
	}
	for (unsigned d = 1; d <= RIG_DOORS; d++) {
		snprintf(text, sizeof text, "for %u", d);
		rig_send(&r, d, bytes_str(text));
	}
	for (unsigned d = 1; d <= RIG_DOORS; d++) {
		snprintf(text, sizeof text, "for %u", d);
		rig_expect_said(client[d], text);
		assert_false(rig_has_said(client[d]));
		zmq_close(client[d]);
	}
	rig_stop(&r);
}

static void
multipart_is_refused_and_the_door_goes_on(void **state)
{
	struct rig_watched w;
	struct rig r;

	(void)state;
	rig_start(&r, GATE, NULL);
	w = rig_watched(&r, 1, 1);
	assert_int_equal(zmq_send(w.client, "one", 3, ZMQ_SNDMORE), 3);
	assert_int_equal(zmq_send(w.client, "two", 3, 0), 3);
	rig_expect_alarm(&r, 1, LINK_ALARM_MULTIPART);
	rig_await(&w, ZMQ_EVENT_DISCONNECTED);
	expect_works(&r, 1);
	rig_unwatch(&w);
	rig_stop(&r);
}

static void
largest_frame_passes_and_one_byte_more_does_not(void **state)
{
	uint8_t *frame = calloc(1, FRAME_MAX + 1);
	struct rig_watched w;
	struct rig_item i;
	struct rig r;

	(void)state;
	assert_non_null(frame);
	rig_start(&r, GATE, NULL);
	w = rig_watched(&r, 1, 1);
	assert_int_equal(zmq_send(w.client, frame, FRAME_MAX, 0), FRAME_MAX);
	rig_expect_source(&r, 1);
	assert_true(rig_hear(&r, &i));
	assert_int_equal(i.event, 0);
	assert_int_equal(i.data.len, FRAME_MAX);
	assert_int_equal(
	    zmq_send(w.client, frame, FRAME_MAX + 1, 0), FRAME_MAX + 1);
	rig_await(&w, ZMQ_EVENT_DISCONNECTED);
	expect_works(&r, 1);
	rig_unwatch(&w);
	rig_stop(&r);
	free(frame);
}

static void
garbage_is_cut_and_the_door_goes_on(void **state)
{
	uint8_t noise[2048];
	struct rig r;
	int fd;

	(void)state;
	rig_start(&r, GATE, NULL);
	srandom(7);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = (uint8_t)random();
		/* From the second half on it begins like a greeting. */
		if (round >= 10)
			memcpy(noise, "\xff\0\0\0\0\0\0\0\1\x7f\3\1", 12);
		fd = rig_raw(&r, 1);
		(void)!send(
		    fd, noise, (size_t)random() % sizeof noise, MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		rig_expect_cut(fd);
	}
	expect_works(&r, 1);
	rig_stop(&r);
}

static void
silent_connection_is_cut(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, GATE, NULL);
	rig_expect_cut(rig_raw(&r, 1));
	expect_works(&r, 1);
	rig_stop(&r);
}

static void
endless_frame_before_the_handshake_is_cut(void **state)
{
	static const uint8_t greeting[64] = "\xff\0\0\0\0\0\0\0\1\x7f\3\1CURVE";
	static const uint8_t header[9] = { 2, 0, 0, 0, 0, 0, 7, 0xff, 0xff };
	uint8_t part[1024] = { 0 };
	struct rig r;
	int fd;

	(void)state;
	rig_start(&r, GATE, NULL);
	fd = rig_raw(&r, 1);
	assert_int_equal(send(fd, greeting, sizeof greeting, 0), 64);
	assert_int_equal(send(fd, header, sizeof header, 0), 9);
	/* Until the gate has had enough; by a patience of some MiB. */
	for (int i = 0; i < 8192; i++)
		if (send(fd, part, sizeof part, MSG_NOSIGNAL) < 0)
			break;
	rig_expect_cut(fd);
	expect_works(&r, 1);
	rig_stop(&r);
}

static void
endless_multipart_is_cut_by_its_budget(void **state)
{
	enum { PARTS = 256, PART = 16 * 1024 };
	uint8_t part[PART] = { 0 };
	struct rig r;
	void *client;
	int listener, fd;

	(void)state;
	rig_start(&r, GATE, NULL);
	client = rig_middle(&r, 1, &listener);
	for (int i = 0; i < PARTS; i++)
		assert_int_equal(zmq_send(client, part, PART,
				     i < PARTS - 1 ? ZMQ_SNDMORE : 0),
		    PART);
	/* Its end never comes. HWM counts whole messages and does not help. */
	fd = rig_pass(&r, 1, listener, PARTS / 2 * PART);
	rig_expect_alarm(&r, 1, LINK_ALARM_OVER_BUDGET);
	rig_expect_cut(fd);
	expect_works(&r, 1);
	zmq_close(client);
	rig_stop(&r);
}

/* More than pipes, sockets and the gate's queue hold; none lost or swapped. */
static void
core_that_reads_late_gets_everything_in_order(void **state)
{
	enum { FRAMES = 96, SIZE = 256 * 1024 };
	uint8_t *frame = calloc(1, SIZE);
	struct rig_item i;
	struct rig r;
	void *client;

	(void)state;
	assert_non_null(frame);
	rig_start(&r, GATE, NULL);
	client = rig_client(&r, 1, 1, -1);
	for (uint32_t n = 0; n < FRAMES; n++) {
		put_u32(frame, n);
		assert_int_equal(zmq_send(client, frame, SIZE, 0), SIZE);
	}
	usleep(500 * 1000); /* lets it fill up; not needed to pass */
	rig_expect_source(&r, 1);
	for (uint32_t n = 0; n < FRAMES; n++) {
		assert_true(rig_hear(&r, &i));
		assert_int_equal(i.event, 0);
		assert_int_equal(i.data.len, SIZE);
		assert_int_equal(get_u32(i.data.data), n);
	}
	zmq_close(client);
	rig_stop(&r);
	free(frame);
}

static void
removed_door_is_shut_and_opens_for_a_new_key(void **state)
{
	struct rig_watched w;
	struct rig r;

	(void)state;
	rig_start(&r, GATE, NULL);
	w = rig_watched(&r, 1, 1);
	rig_open(&r, 1, w.client);
	rig_tell(&r, LINK_REMOVE, 1, 0, bytes_of(NULL, 0));
	rig_await(&w, ZMQ_EVENT_DISCONNECTED);
	rig_unwatch(&w);
	/*
	 * The seat gets a new key; the old one no longer opens. The old
	 * listener may still take a connection while it closes, so both try
	 * more than once.
	 */
	rig_tell(&r, LINK_ADD, 1, 0, bytes_of(r.seat[0].public, 32));
	w = rig_watched_again(&r, 1, 1);
	rig_await(&w, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
	rig_unwatch(&w);
	r.seat[1] = r.seat[0];
	w = rig_watched_again(&r, 1, 1);
	rig_await(&w, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
	rig_unwatch(&w);
	expect_works(&r, 1);
	rig_stop(&r);
}

/* Value of a line "name:\t<number>" of a status file; -1 without one. */
static int
status_value(const char *path, const char *name)
{
	char line[256];
	int value = -1;
	FILE *f = fopen(path, "r");

	if (f == NULL)
		return -1;
	while (value < 0 && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			value = (int)strtol(line + strlen(name), NULL, 10);
	fclose(f);
	return value;
}

static void
every_thread_is_sealed(void **state)
{
	struct dirent *t;
	char path[600];
	int threads = 0;
	struct rig r;
	DIR *d;

	(void)state;
#ifdef SANITIZED
	skip();
#endif
	rig_start(&r, GATE, NULL);
	snprintf(path, sizeof path, "/proc/%d/task", (int)r.pid);
	d = opendir(path);
	assert_non_null(d);
	while ((t = readdir(d)) != NULL) {
		if (t->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/status",
		    (int)r.pid, t->d_name);
		assert_int_equal(status_value(path, "Seccomp:"), 2);
		assert_int_equal(status_value(path, "NoNewPrivs:"), 1);
		threads++;
	}
	closedir(d);
	assert_true(threads >= 3); /* ours, the I/O thread, the reaper */
	rig_stop(&r);
}

static void
bad_link_ends_the_gate(void **state)
{
	static const struct {
		const char *what;
		uint8_t bytes[17];
		size_t len;
	} row[] = {
		{ "a length of 3 has no room for a door", { 0, 0, 0, 3 }, 4 },
		{ "a length above the largest frame", { 1, 0, 0, 0 }, 4 },
		{ "an event that is the gate's own",
		    { 0, 0, 0, 13, 0, 0, 0, 0, 17, 0, 0, 0, 1, 0, 0, 0, 1 },
		    17 },
		{ "ADD without a key",
		    { 0, 0, 0, 13, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0 },
		    17 },
		{ "ADD of a door beyond the pool",
		    { 0, 0, 0, 13, 0, 0, 0, 0, 2, 0, 0, 0, 99, 0, 0, 0, 0 },
		    17 },
		{ "the link just ends", { 0 }, 0 },
	};

	(void)state;
	for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
		struct rig_item i;
		struct rig r;

		print_message("%s\n", row[n].what);
		rig_start(&r, GATE, NULL);
		assert_int_equal(
		    send(link_fd(r.link), row[n].bytes, row[n].len, 0),
		    row[n].len);
		if (row[n].len == 0)
			shutdown(link_fd(r.link), SHUT_WR);
		while (rig_hear(&r, &i))
			;
		assert_int_equal(rig_wait_exit(&r), 1);
		rig_stop(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_key_gives_core_no_byte),
		cmocka_unit_test(
		    known_key_at_another_seats_door_gives_core_no_byte),
		cmocka_unit_test(
		    without_zap_handler_the_selftest_ends_the_gate),
		cmocka_unit_test(without_zap_handler_nobody_gets_in),
		cmocka_unit_test(
		    frame_with_another_identity_gives_core_no_byte),
		cmocka_unit_test(doors_are_told_apart),
		cmocka_unit_test(multipart_is_refused_and_the_door_goes_on),
		cmocka_unit_test(
		    largest_frame_passes_and_one_byte_more_does_not),
		cmocka_unit_test(garbage_is_cut_and_the_door_goes_on),
		cmocka_unit_test(silent_connection_is_cut),
		cmocka_unit_test(endless_frame_before_the_handshake_is_cut),
		cmocka_unit_test(endless_multipart_is_cut_by_its_budget),
		cmocka_unit_test(core_that_reads_late_gets_everything_in_order),
		cmocka_unit_test(removed_door_is_shut_and_opens_for_a_new_key),
		cmocka_unit_test(every_thread_is_sealed),
		cmocka_unit_test(bad_link_ends_the_gate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
