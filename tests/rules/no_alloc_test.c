/*
 * SPDX-License-Identifier: MIT
 *
 * no_alloc: judging takes no memory but the stack's. Every allocation of the
 * linked code is counted, and over 100,000 judgements, with alternatives,
 * prohibitions and duties, there is none. Linked with --wrap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/common/slurp.h"
#include "tests/rules/generate.h"

#define SEED UINT64_C(20261121)
#define AT UINT64_C(1795255200000) /* 2026-11-21T10:00:00Z */
#define ROUNDS 100000
#define DRAWN 1000 /* facts, made before counting */

static size_t calls;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

void *
__wrap_malloc(size_t size)
{
	calls++;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	calls++;
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	calls++;
	return __real_realloc(p, size);
}

void
__wrap_free(void *p)
{
	calls++;
	__real_free(p);
}

static void
judge_all(const struct rules *r, const struct facts *fact, size_t rounds)
{
	size_t refused = 0, alternatives = 0, raised = 0, before;

	before = calls;
	for (size_t i = 0; i < rounds; i++) {
		const struct facts *f = &fact[i % DRAWN];
		struct alternative a[ALTERNATIVES_MAX];
		const struct rule *rule[8];
		const char *notice[8];
		struct duty duty[8];
		struct judgement j;

		judge(r, f, AT, &j);
		refused += j.outcome == OUTCOME_REFUSE;
		alternatives += judge_alternatives(
		    r, f, AT, a, ALTERNATIVES_MAX);
		raised += rules_duties(r, f, AT, duty, 8);
		raised += rules_notices(r, f, AT, notice, 8);
		raised += rules_prohibitions(r, f, AT, rule, 8);
	}
	assert_int_equal(calls - before, 0);
	print_message("%zu judged, %zu refused, %zu alternatives, %zu duties "
		      "and prohibitions: 0 allocations\n",
	    rounds, refused, alternatives, raised);
	assert_true(refused > 0 && refused < rounds);
	assert_true(alternatives > 0 && raised > 0);
}

static void
judging_allocates_nothing(void **state)
{
	static struct facts fact[DRAWN];
	struct problems p = { .text = NULL };
	struct seed s = { SEED };
	struct arena *a;
	struct bytes text;
	struct why why;
	struct rules *r;
	size_t before = calls;

	(void)state;
	assert_int_equal(arena_new(&a, 1 << 20), ERR_OK);
	if (slurp(a, "config/rules.yaml", 1 << 19, &text, &why) != ERR_OK ||
	    (r = rules_load("config/rules.yaml", text, &p)) == NULL)
		fail_msg("%s", p.text != NULL ? p.text : why.text);
	assert_true(calls > before); /* it does count */
	for (size_t i = 0; i < DRAWN; i++)
		fact[i] = generate_near(&s, r, 3);
	judge_all(r, fact, ROUNDS);
	rules_free(r);
	arena_free(a);
	r = generate_load(SEED, 2000);
	assert_non_null(r);
	for (size_t i = 0; i < DRAWN; i++)
		fact[i] = generate_near(&s, r, 3);
	judge_all(r, fact, ROUNDS / 10);
	rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judging_allocates_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
