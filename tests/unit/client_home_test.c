/*
 * SPDX-License-Identifier: MIT
 *
 * client_home: what stands in a seat's folder, and that one process uses it.
 */
#include "fake_core.h"

static void
test_a_seat_is_used_by_one_process(void **state)
{
	struct fake *f = *state;
	struct infohus *second = NULL;
	struct why why = { "" };

	assert_result(fake_try_open(f, &second, &why), INFOHUS_IN_USE);
	assert_null(second);
}

static void
test_a_damaged_checkpoint_on_disk_is_not_forgotten(void **state)
{
	struct fake *f = *state;
	struct infohus *h = NULL;
	struct why why = { "" };

	fake_ready(f);
	assert_int_equal(state_put(f->h->state, STATE_TOP, "checkpoint",
			     bytes_str("log.example\n7\nAAAA\n"), &why),
	    ERR_OK);
	infohus_close(f->h);
	f->h = NULL;
	assert_result(fake_try_open(f, &h, &why), INFOHUS_BAD_CHECKPOINT);
}

static const struct {
	const char *says, *key, *value;
} bad_homes[] = {
	{ "a node id that is none", "node", "\"Kommune 0101\"" },
	{ "no endpoint", "endpoint", "[]" },
	{ "an endpoint that is not TCP", "endpoint", "[\"ipc:///tmp/x\"]" },
	{ "an origin that is not the log key's", "origin", "\"other\"" },
	{ "a verifier key that does not parse", "vkey", "\"x+1+y\"" },
	{ "a short transport key", "curve", "\"00\"" },
	{ "one custodian only", "custodian", "[\"x\"]" },
	{ "custodians that are no certificates", "custodian",
	    "[\"x\", \"y\"]" },
	{ "a key that nobody knows", "trust", "\"everybody\"" },
};

static void
test_a_wrong_seat_json_is_refused(void **state)
{
	struct fake *f = *state;
	char *path = arena_printf(f->arena, "%s/seat.json", f->home);

	infohus_close(f->h);
	f->h = NULL;
	for (size_t i = 0; i < sizeof bad_homes / sizeof bad_homes[0]; i++) {
		json_t *o = json_load_file(path, 0, NULL);
		struct infohus *h = NULL;
		struct why why = { "" };
		enum infohus_result got;

		json_object_set_new(o, bad_homes[i].key,
		    json_loads(bad_homes[i].value, JSON_DECODE_ANY, NULL));
		assert_int_equal(json_dump_file(o, path, 0), 0);
		json_decref(o);
		got = fake_try_open(f, &h, &why);
		if (got != INFOHUS_BAD_HOME)
			fail_msg("%s: got %s", bad_homes[i].says,
			    infohus_result_name(got));
		assert_non_null(strstr(why.text, "seat.json"));
		fake_seat_json(f);
	}
	fake_open(f);
}

static void
test_a_key_that_others_can_read_is_refused(void **state)
{
	struct fake *f = *state;
	struct infohus *h = NULL;
	struct why why = { "" };

	infohus_close(f->h);
	f->h = NULL;
	assert_int_equal(
	    chmod(arena_printf(f->arena, "%s/box.key", f->home), 0644), 0);
	assert_result(fake_try_open(f, &h, &why), INFOHUS_BAD_HOME);
	assert_non_null(strstr(why.text, "box.key"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_a_seat_is_used_by_one_process),
		fake_test(test_a_damaged_checkpoint_on_disk_is_not_forgotten),
		fake_test(test_a_wrong_seat_json_is_refused),
		fake_test(test_a_key_that_others_can_read_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
