/*
 * SPDX-License-Identifier: MIT
 *
 * example_test: the C example of docs/testing.md, word for word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/lib/infohus.h"
#include "tests/federation/federation.h"

static int
make(void **state)
{
	struct fed_options o = { .hooks = true };
	struct why why;

	if (fed_new((struct fed **)state, &o, &why) == ERR_OK)
		return 0;
	print_error("%s\n", why.text);
	return -1;
}

static int
end(void **state)
{
	struct why why;

	if (fed_end(*state, &why) == ERR_OK)
		return 0;
	print_error("%s\n", why.text);
	return -1;
}

/* Clients of libinfohus in this process send and receive; core is killed. */
static void
what_police_miss_waits_for_them(void **state)
{
	struct infohus_event event = { .kind = INFOHUS_EVENT_READY };
	struct infohus_why reason = { "" };
	struct fed *f = *state;
	struct infohus *police;
	const char *home;
	struct why why;
	size_t n;

	FED_OK(fed_receive(f, FED_KOMMUNE, NULL, &why));
	FED_OK(fed_kill_at(f, "R8:1", &why));
	FED_OK(fed_send(f, FED_SENDER, NULL, &why));
	FED_OK(fed_kill_wait(f, FED_PATIENCE_MS, &why));

	FED_OK(fed_home(f, FED_POLICE, &home, &why));
	FED_CLIENT_OK(infohus_open(&police, home, &reason));
	infohus_take(police, INFOHUS_LANE_ORDINARY, 0);
	while (event.kind != INFOHUS_EVENT_MESSAGE)
		FED_OK(fed_next(police, FED_PATIENCE_MS, &event, &why));
	FED_CLIENT_OK(infohus_ack(police, event.message->index, NULL, &reason));
	FED_CLIENT_OK(infohus_flush(police, FED_PATIENCE_MS, &reason));
	infohus_close(police);

	FED_OK(fed_drained(f, FED_PATIENCE_MS, &why));
	FED_OK(fed_inbox(f, "kommune/0101", &n, &why));
	assert_int_equal(n, 1);
	FED_OK(fed_judge(f, &why));
	fed_passed(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    what_police_miss_waits_for_them, make, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
