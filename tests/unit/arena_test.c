/*
 * SPDX-License-Identifier: MIT
 *
 * arena: the cap holds over everything, pieces are zeroed, aligned and apart,
 * and a parser that gets this allocator cannot take more.
 */
#include "proto/arena.h"

#include <stdalign.h>

#include "infohus.pb.h"
#include "keyring.h"

static struct arena *
make(size_t cap)
{
	struct arena *a = NULL;

	expect_err("a new arena", arena_new(&a, cap), ERR_OK);
	return a;
}

static void
test_pieces_are_zeroed_aligned_and_apart(void **state)
{
	struct random r = random_from(3);
	struct arena *a = make(4 * 1024 * 1024);
	uint8_t *piece[200];
	size_t size[200];

	(void)state;
	for (size_t i = 0; i < COUNT(piece); i++) {
		size[i] = random_below(&r, i % 20 == 0 ? 40000 : 300);
		piece[i] = arena_alloc(a, size[i]);
		assert_non_null(piece[i]);
		assert_int_equal((uintptr_t)piece[i] % alignof(max_align_t), 0);
		for (size_t k = 0; k < size[i]; k++)
			assert_int_equal(piece[i][k], 0);
		memset(piece[i], (int)i + 1, size[i]);
	}
	for (size_t i = 0; i < COUNT(piece); i++)
		for (size_t k = 0; k < size[i]; k++)
			assert_int_equal(piece[i][k], (uint8_t)(i + 1));
	arena_free(a);
}

static void
test_the_cap_is_hard(void **state)
{
	static const size_t cap[] = { 0, 1, 15, 16, 17, 1000, 20000, 100000 };

	(void)state;
	for (size_t i = 0; i < COUNT(cap); i++) {
		struct arena *a = make(cap[i]);
		size_t pieces = 0;

		while (arena_alloc(a, 1) != NULL)
			pieces++;
		assert_int_equal(pieces, cap[i] / 16);
		assert_true(arena_used(a) <= cap[i]);
		assert_null(arena_alloc(a, 0));
		assert_null(arena_strdup(a, "x"));
		assert_null(arena_dup(a, bytes_of(NULL, 0)));
		assert_null(arena_printf(a, "%d", 1));
		arena_free(a);
	}
}

static void
test_want_of_memory_is_not_the_cap(void **state)
{
	struct arena *a = make(100);

	(void)state;
	assert_null(arena_alloc(a, 1000));
	assert_false(arena_starved(a));
	arena_free(a);
#ifndef SANITIZED /* there it would end the program */
	a = make(SIZE_MAX);
	assert_null(arena_alloc(a, SIZE_MAX / 4));
	assert_true(arena_starved(a));
	arena_free(a);
#endif
}

static void
test_sizes_that_overflow_are_refused(void **state)
{
	struct arena *a = make(SIZE_MAX);
	struct arena *small = make(1000);

	(void)state;
	assert_null(arena_alloc(small, SIZE_MAX));
	assert_null(arena_alloc(small, SIZE_MAX - 15));
	assert_null(arena_alloc(small, 1001));
	assert_non_null(arena_alloc(small, 990));
	assert_int_equal(arena_used(small), 992);
	/* No cap stops these, so only the arithmetic can. */
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 15));
	assert_null(arena_alloc(a, SIZE_MAX - 100));
	assert_int_equal(arena_used(a), 0);
	arena_free(small);
	arena_free(a);
	arena_free(NULL);
}

static void
test_copies_and_texts(void **state)
{
	struct arena *a = make(10000);
	const char *s = arena_strdup(a, "kommune/0101");
	const char *p = arena_printf(a, "%s: %d", "entry", 42);
	uint8_t *d = arena_dup(a, bytes_of("a\0b", 3));

	(void)state;
	assert_string_equal(s, "kommune/0101");
	assert_string_equal(p, "entry: 42");
	assert_memory_equal(d, "a\0b", 3);
	assert_non_null(arena_dup(a, bytes_of(NULL, 0)));
	assert_ptr_not_equal(arena_alloc(a, 0), arena_alloc(a, 0));
	arena_free(a);
}

/* 32 KiB of empty openings unpack to about a hundred times as much. */
static void
test_a_parser_cannot_take_more_than_the_cap(void **state)
{
	static uint8_t in[32 * 1024];
	struct arena *a = make(256 * 1024);

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(in); i += 2) {
		in[i] = 0x1a; /* field 3, length-delimited: of length 0 */
		in[i + 1] = 0;
	}
	assert_null(pb_message__unpack(arena_allocator(a), sizeof(in), in));
	assert_true(arena_used(a) <= 256 * 1024);
	arena_free(a);
}

static void
test_it_serves_protobuf(void **state)
{
	PbSeat seat = PB_SEAT__INIT, *again;
	char name[] = "agent";
	struct arena *a = make(10000);
	uint8_t buf[200];
	size_t len;

	(void)state;
	seat.name = name;
	seat.curve = (ProtobufCBinaryData){ 3, (uint8_t *)"abc" };
	seat.box = (ProtobufCBinaryData){ 2, (uint8_t *)"de" };
	len = pb_seat__pack(&seat, buf);
	again = pb_seat__unpack(arena_allocator(a), len, buf);
	assert_non_null(again);
	assert_string_equal(again->name, "agent");
	assert_memory_equal(again->box.data, "de", 2);
	pb_seat__free_unpacked(again, arena_allocator(a));
	/* Freeing gave nothing back: the arena still holds it. */
	assert_string_equal(again->name, "agent");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(test_the_cap_is_hard),
		cmocka_unit_test(test_want_of_memory_is_not_the_cap),
		cmocka_unit_test(test_sizes_that_overflow_are_refused),
		cmocka_unit_test(test_copies_and_texts),
		cmocka_unit_test(test_a_parser_cannot_take_more_than_the_cap),
		cmocka_unit_test(test_it_serves_protobuf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
