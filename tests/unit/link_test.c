/*
 * SPDX-License-Identifier: MIT
 *
 * link: the stream between gate and core.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/common/link.h"

#define ROUNDS 300

struct pair {
	struct link *a, *b;
};

static void
open_pair(struct pair *p)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(link_new(&p->a, fd[0]), ERR_OK);
	assert_int_equal(link_new(&p->b, fd[1]), ERR_OK);
}

static void
close_pair(struct pair *p)
{
	link_free(p->a);
	link_free(p->b);
}

/* A link that reads, and the bare other end. */
static int
open_half(struct link **l)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(link_new(l, fd[0]), ERR_OK);
	return fd[1];
}

static void
bytes_on_the_wire(void **state)
{
	static const uint8_t want[] = { 0, 0, 0, 7, 0, 0, 0, 5, 'a', 'b', 'c',
		0, 0, 0, 13, 0, 0, 0, 0, 18, 0, 0, 0, 9, 0, 0, 1, 2, 0, 0, 0, 4,
		0, 0, 0, 6 };
	uint8_t got[sizeof want + 1];
	struct link *l;
	int fd = open_half(&l);

	(void)state;
	assert_int_equal(link_put(l, 5, bytes_str("abc")), ERR_OK);
	assert_int_equal(
	    link_put_event(l, LINK_CLOSED, 9, 258, bytes_of(NULL, 0)), ERR_OK);
	assert_int_equal(link_put(l, 6, bytes_of(NULL, 0)), ERR_OK);
	assert_true(link_wants_write(l));
	assert_int_equal(link_queued(l), sizeof want);
	assert_int_equal(link_flush(l), ERR_OK);
	assert_false(link_wants_write(l));
	assert_int_equal(recv(fd, got, sizeof got, 0), sizeof want);
	assert_memory_equal(got, want, sizeof want);
	link_free(l);
	close(fd);
}

static void
event_splits_into_its_fields(void **state)
{
	uint8_t key[32], frame[9];
	struct bytes in, more;
	uint32_t door, connection;
	enum link_event e;
	struct pair p;

	(void)state;
	memset(key, 0x5a, sizeof key);
	open_pair(&p);
	assert_int_equal(
	    link_put_event(p.a, LINK_ADD, 12, 34, bytes_of(key, sizeof key)),
	    ERR_OK);
	assert_int_equal(link_flush(p.a), ERR_OK);
	assert_int_equal(link_fill(p.b), ERR_OK);
	assert_true(link_next(p.b, &door, &in));
	assert_int_equal(door, 0);
	assert_int_equal(
	    link_event_parse(in, &e, &door, &connection, &more), ERR_OK);
	assert_int_equal(e, LINK_ADD);
	assert_int_equal(door, 12);
	assert_int_equal(connection, 34);
	assert_int_equal(more.len, sizeof key);
	assert_memory_equal(more.data, key, sizeof key);
	memset(frame, 1, sizeof frame);
	for (size_t len = 0; len < sizeof frame; len++)
		assert_int_equal(link_event_parse(bytes_of(frame, len), &e,
				     &door, &connection, &more),
		    ERR_INVALID);
	close_pair(&p);
}

static void
lengths_out_of_bounds_are_refused(void **state)
{
	static const struct {
		const char *what;
		uint32_t length;
		enum err want;
	} row[] = {
		{ "0", 0, ERR_INVALID },
		{ "3 has no room for the door", 3, ERR_INVALID },
		{ "4 is an empty frame", 4, ERR_OK },
		{ "the largest frame", 4 + FRAME_MAX, ERR_OK },
		{ "one byte more", 5 + FRAME_MAX, ERR_INVALID },
		{ "2^31", 0x80000000u, ERR_INVALID },
		{ "2^32 - 1", UINT32_MAX, ERR_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		uint8_t head[4];
		struct link *l;
		int fd = open_half(&l);

		print_message("%s\n", row[i].what);
		put_u32(head, row[i].length);
		assert_int_equal(send(fd, head, 4, 0), 4);
		assert_int_equal(link_fill(l), row[i].want);
		link_free(l);
		close(fd);
	}
}

/* A sound frame before a bad length may be had, the bad one never. */
static void
bad_length_after_a_good_frame(void **state)
{
	static const uint8_t wire[] = { 0, 0, 0, 5, 0, 0, 0, 1, 'x', 0, 0, 0, 1,
		0, 0, 0, 0, 0 };
	struct bytes frame;
	struct link *l;
	uint32_t door;
	int fd = open_half(&l);

	(void)state;
	assert_int_equal(send(fd, wire, sizeof wire, 0), sizeof wire);
	assert_int_equal(link_fill(l), ERR_INVALID);
	assert_true(link_next(l, &door, &frame));
	assert_int_equal(frame.len, 1);
	assert_false(link_next(l, &door, &frame));
	link_free(l);
	close(fd);
}

static void
frame_that_is_too_large_is_not_queued(void **state)
{
	uint8_t *big = calloc(1, FRAME_MAX + 1);
	struct pair p;

	(void)state;
	assert_non_null(big);
	open_pair(&p);
	assert_int_equal(
	    link_put(p.a, 1, bytes_of(big, FRAME_MAX + 1)), ERR_INVALID);
	assert_int_equal(link_put_event(p.a, LINK_ADD, 1, 1, bytes_of(big, 65)),
	    ERR_INVALID);
	assert_int_equal(link_queued(p.a), 0);
	close_pair(&p);
	free(big);
}

static void
queue_has_an_end_and_what_is_in_it_survives(void **state)
{
	uint8_t *frame = calloc(1, FRAME_MAX);
	uint32_t queued = 0, got = 0, door;
	struct bytes in;
	struct pair p;
	enum err e;

	(void)state;
	assert_non_null(frame);
	open_pair(&p);
	while (
	    (e = link_put(p.a, queued, bytes_of(frame, FRAME_MAX))) == ERR_OK)
		queued++;
	assert_int_equal(e, ERR_FULL);
	assert_true(link_queued(p.a) <= LINK_QUEUE_MAX);
	assert_true(link_queued(p.a) + FRAME_MAX + 8 > LINK_QUEUE_MAX);
	while (got < queued) {
		assert_int_equal(link_flush(p.a), ERR_OK);
		assert_int_equal(link_fill(p.b), ERR_OK);
		while (link_next(p.b, &door, &in)) {
			assert_int_equal(door, got++);
			assert_int_equal(in.len, FRAME_MAX);
		}
	}
	assert_int_equal(link_put(p.a, 1, bytes_str("room again")), ERR_OK);
	close_pair(&p);
	free(frame);
}

static void
end_of_stream_comes_after_its_frames(void **state)
{
	struct bytes frame;
	uint32_t door;
	struct pair p;

	(void)state;
	open_pair(&p);
	assert_int_equal(link_put(p.a, 3, bytes_str("last")), ERR_OK);
	assert_int_equal(link_flush(p.a), ERR_OK);
	link_free(p.a);
	assert_int_equal(link_fill(p.b), ERR_CLOSED);
	assert_true(link_next(p.b, &door, &frame));
	assert_int_equal(frame.len, 4);
	assert_int_equal(link_put(p.b, 1, bytes_str("nobody")), ERR_OK);
	assert_int_equal(link_flush(p.b), ERR_CLOSED);
	link_free(p.b);
}

/* Any frames, cut anywhere on the way, come out as they went in. */
static void
random_frames_in_random_pieces(void **state)
{
	static uint8_t wire[1 << 20], body[5000];
	size_t len = 0, sent = 0;
	uint32_t want_door[ROUNDS], door;
	size_t want_len[ROUNDS], got = 0;
	struct bytes frame;
	struct link *l;
	int fd = open_half(&l);

	(void)state;
	srandom(20261121);
	print_message("seed 20261121\n");
	for (int i = 0; i < ROUNDS; i++) {
		want_len[i] = (size_t)random() % (i % 10 == 0 ? 5000 : 40);
		want_door[i] = (uint32_t)random();
		put_u32(wire + len, (uint32_t)want_len[i] + 4);
		put_u32(wire + len + 4, want_door[i]);
		memset(wire + len + 8, i & 0xff, want_len[i]);
		len += 8 + want_len[i];
	}
	while (got < ROUNDS) {
		size_t piece = (size_t)random() % 700;

		if (piece > len - sent)
			piece = len - sent;
		assert_int_equal(send(fd, wire + sent, piece, 0), piece);
		sent += piece;
		assert_int_equal(link_fill(l), ERR_OK);
		while (link_next(l, &door, &frame)) {
			memset(body, (int)(got & 0xff), sizeof body);
			assert_int_equal(door, want_door[got]);
			assert_int_equal(frame.len, want_len[got]);
			assert_memory_equal(frame.data, body, frame.len);
			got++;
		}
	}
	link_free(l);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_on_the_wire),
		cmocka_unit_test(event_splits_into_its_fields),
		cmocka_unit_test(lengths_out_of_bounds_are_refused),
		cmocka_unit_test(bad_length_after_a_good_frame),
		cmocka_unit_test(frame_that_is_too_large_is_not_queued),
		cmocka_unit_test(queue_has_an_end_and_what_is_in_it_survives),
		cmocka_unit_test(end_of_stream_comes_after_its_frames),
		cmocka_unit_test(random_frames_in_random_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
