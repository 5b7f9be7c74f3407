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
	struct why why;

	if (fed_new((struct fed **)state, NULL, &why) == ERR_OK)
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

/* A client of libinfohus in this process sends; police are cut off. */
static void
what_police_miss_waits_for_them(void **state)
{
	struct fed *f = *state;
	char id[INFOHUS_ID_TEXT], *draft = fed_concern("En fiktiv person");
	struct infohus_event event;
	struct infohus_why reason;
	struct infohus *seat;
	const char *home;
	struct why why;
	size_t n;

	FED_OK(fed_proxy(f, FED_POLICE, &why));
	FED_OK(fed_receive(f, FED_POLICE, NULL, &why));
	FED_OK(fed_receive(f, FED_KOMMUNE, NULL, &why));
	FED_OK(fed_online(f, FED_POLICE, FED_PATIENCE_MS, &why));
	FED_OK(fed_proxy_set(f, FED_POLICE, "cut", &why));

	FED_OK(fed_home(f, FED_SENDER, &home, &why));
	assert_int_equal(infohus_open(&seat, home, &reason), INFOHUS_OK);
	assert_int_equal(
	    infohus_draft(seat, draft, strlen(draft), id, &reason), INFOHUS_OK);
	free(draft);
	assert_int_equal(
	    infohus_send(seat, id, INFOHUS_UNTIL_RECORDED, &reason),
	    INFOHUS_OK);
	do
		assert_int_equal(
		    infohus_next(seat, FED_PATIENCE_MS, &event, &reason),
		    INFOHUS_OK);
	while (event.kind != INFOHUS_EVENT_RECORDED);
	infohus_close(seat);
	FED_OK(fed_inbox(f, "politi/1470", &n, &why));
	assert_int_equal(n, 0);

	FED_OK(fed_proxy_set(f, FED_POLICE, "heal", &why));
	FED_OK(fed_drained(f, FED_PATIENCE_MS, &why));
	FED_OK(fed_inbox(f, "politi/1470", &n, &why));
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
