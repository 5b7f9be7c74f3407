/*
 * SPDX-License-Identifier: MIT
 *
 * pool: jobs come out in the order they went in, each worked on once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "daemon/core/pool.h"

#define JOBS 20000

struct number {
	unsigned in, out;
	unsigned worked;
};

/* Uneven work, so that later jobs are often finished first. */
static void
square(void *job)
{
	struct number *n = job;

	for (unsigned i = 0; i < (n->in % 7) * 200; i++)
		__asm__ volatile("" ::: "memory");
	n->out = n->in * n->in;
	n->worked++;
}

static void
keeps_order(void **state)
{
	struct number *n = calloc(JOBS, sizeof *n);
	struct pool *p;
	void *done[64];
	unsigned put = 0, taken = 0;

	(void)state;
	assert_non_null(n);
	assert_int_equal(pool_new(&p, 4, 128, square, NULL), ERR_OK);
	while (taken < JOBS) {
		for (; put < JOBS && put - taken < 128; put++) {
			n[put].in = put;
			pool_put(p, false, &n[put]);
		}
		size_t got = pool_take(p, done, 64, 10000);
		assert_true(got > 0);
		for (size_t i = 0; i < got; i++, taken++) {
			struct number *x = done[i];
			assert_int_equal(x->in, taken);
			assert_int_equal(x->out, taken * taken);
			assert_int_equal(x->worked, 1);
		}
	}
	assert_int_equal(pool_take(p, done, 1, 0), 0);
	pool_free(p, NULL);
	free(n);
}

/* Holds the only worker until it may go on. */
static void
wait_for_go(void *job)
{
	struct number *n = job;

	while (n->in == 0 && !__atomic_load_n(&n->out, __ATOMIC_ACQUIRE))
		;
	n->worked++;
}

static void
acute_overtakes(void **state)
{
	struct number n[4] = { { .in = 0 }, { .in = 1 }, { .in = 2 },
		{ .in = 3 } };
	struct pool *p;
	void *done[4];
	size_t got = 0;

	(void)state;
	assert_int_equal(pool_new(&p, 1, 8, wait_for_go, NULL), ERR_OK);
	for (unsigned i = 0; i < 3; i++)
		pool_put(p, false, &n[i]);
	pool_put(p, true, &n[3]);
	__atomic_store_n(&n[0].out, 1, __ATOMIC_RELEASE);
	while (got < 4) {
		size_t k = pool_take(p, done + got, 4 - got, 10000);
		assert_true(k > 0);
		got += k;
	}
	/* Whatever came out with or before the acute one, it was not last. */
	assert_ptr_not_equal(done[3], &n[3]);
	pool_free(p, NULL);
}

static void
empty_take_returns(void **state)
{
	struct pool *p;
	void *job;

	(void)state;
	assert_int_equal(pool_new(&p, 1, 4, square, NULL), ERR_OK);
	assert_int_equal(pool_take(p, &job, 1, 0), 0);
	pool_free(p, NULL);
}

static void
count_drop(void *job)
{
	((struct number *)job)->worked += 100;
}

static void
free_drops_what_is_inside(void **state)
{
	struct number n[3] = { { .in = 1 }, { .in = 2 }, { .in = 3 } };
	struct pool *p;

	(void)state;
	assert_int_equal(pool_new(&p, 1, 4, square, NULL), ERR_OK);
	for (unsigned i = 0; i < 3; i++)
		pool_put(p, i == 1, &n[i]);
	pool_free(p, count_drop);
	for (unsigned i = 0; i < 3; i++)
		assert_true(n[i].worked >= 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order),
		cmocka_unit_test(acute_overtakes),
		cmocka_unit_test(empty_take_returns),
		cmocka_unit_test(free_drops_what_is_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
