/*
 * SPDX-License-Identifier: MIT
 *
 * config: the shipped example loads, every value arrives where it belongs,
 * and what is left out has the value that the help says. What is refused
 * stands in tests/law/bad.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/config.h"

static struct config *
load_text(const char *text, struct problems *p)
{
	char path[] = "/tmp/infohus-config-XXXXXX";
	int fd = mkstemp(path);
	struct config *c;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
	c = config_load(path, p);
	(void)unlink(path);
	return c;
}

#define LEAST \
	"origin: log.example\nlisten: \"::1\"\nfirst_port: 1024\n" \
	"doors: 31743\ndata: d\nmap_mib: 16\nlow_water: d-low\nrun: /r\n" \
	"keys: {log: k1, box: k2, curve: k3, person: /k4}\n" \
	"law: {rules: r, invariants: i, places: p, workflow: w,\n" \
	"  anchors: [a1, a2], custodians: [c1, c2, c3], manifest: m}\n"

static void
the_example_loads(void **state)
{
	struct problems p = { 0 };
	struct config *c = config_load("config/infohusd.yaml", &p);

	(void)state;
	if (c == NULL)
		fail_msg("%s", p.text);
	assert_string_equal(c->origin, "infohus.example.dk/log");
	assert_string_equal(c->listen, "127.0.0.1");
	assert_int_equal(c->first_port, 20000);
	assert_int_equal(c->doors, 64);
	assert_string_equal(c->data, "/var/lib/infohus/data");
	assert_true(c->map_bytes == 64ull * 1024 * 1024 * 1024);
	assert_string_equal(c->law.rules, "config/rules.yaml");
	assert_string_equal(
	    c->law.custodian[1], "/etc/infohus/law/custodian-2.pem");
	assert_int_equal(c->law.n_anchor, 1);
	assert_int_equal(c->law.n_crl, 0);
	assert_int_equal(c->law.n_kommune, 3);
	assert_string_equal(c->law.kommune[2], "config/kommuner/0860.yaml");
	config_free(c);
}

/* What the example writes down for the optional keys is what they get. */
static void
what_is_left_out_is_as_in_the_example(void **state)
{
	struct problems p = { 0 };
	struct config *e = config_load("config/infohusd.yaml", &p);
	struct config *c = NULL;
	char *small;

	(void)state;
	small = malloc(sizeof(LEAST));
	assert_non_null(small);
	memcpy(small, LEAST, sizeof(LEAST));
	memcpy(strstr(small, "31743"), " 8192", 5);
	c = load_text(small, &p);
	if (c == NULL)
		fail_msg("%s", p.text);
	assert_non_null(e);
	assert_int_equal(c->verify_threads, e->verify_threads);
	assert_int_equal(c->batch, e->batch);
	assert_int_equal(c->tick_seconds, e->tick_seconds);
	assert_int_equal(c->rate_per_minute, e->rate_per_minute);
	assert_int_equal(c->acute_per_minute, e->acute_per_minute);
	assert_string_equal(c->listen, "::1");
	assert_int_equal(c->first_port, 1024);
	assert_true(c->map_bytes == 16ull * 1024 * 1024);
	assert_string_equal(c->log_key, "/tmp/k1");
	assert_string_equal(c->box_key, "/tmp/k2");
	assert_string_equal(c->curve_key, "/tmp/k3");
	assert_string_equal(c->person_key, "/k4");
	assert_string_equal(c->run, "/r");
	assert_string_equal(c->low_water, "/tmp/d-low");
	assert_int_equal(c->law.n_anchor, 2);
	assert_string_equal(c->law.anchor[1], "/tmp/a2");
	assert_int_equal(c->law.n_kommune, 0);
	assert_int_equal(c->law.n_custodian, 3);
	assert_string_equal(c->law.custodian[2], "/tmp/c3");
	assert_string_equal(c->law.manifest, "/tmp/m");
	config_free(c);
	config_free(e);
	free(small);
}

static void
ports_stay_below_the_kernels(void **state)
{
	struct problems p = { 0 };

	(void)state;
	assert_null(load_text(LEAST, &p));
	assert_non_null(strstr(p.text,
	    ":4:8: found \"31743\", expected a number from 1 to 8192\n"));
	problems_free(&p);
}

static void
a_missing_file_is_an_error(void **state)
{
	struct problems p = { 0 };

	(void)state;
	assert_null(config_load("tests/none.yaml", &p));
	assert_string_equal(p.text,
	    "tests/none.yaml: cannot open it: No "
	    "such file or directory\n");
	problems_free(&p);
	assert_null(config_load("tests", &p));
	assert_string_equal(
	    p.text, "tests: found something else, expected a regular file\n");
	problems_free(&p);
	config_free(NULL);
}

/* One line per key, so that help and parser cannot drift apart. */
static void
the_schema_names_every_key(void **state)
{
	static const char *const key[] = { "origin ", "listen ", "first_port ",
		"doors ", "data ", "map_mib ", "low_water ", "run ",
		"verify_threads ", "batch ", "tick_seconds ", "keys.log ",
		"keys.box ", "keys.curve ", "keys.person ",
		"limits.rate_per_minute ", "limits.acute_per_minute ",
		"law.rules ", "law.invariants ", "law.places ", "law.kommuner ",
		"law.workflow ", "law.anchors ", "law.crls ", "law.custodians ",
		"law.manifest " };
	char *text = NULL;
	size_t len = 0, lines = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	config_print_schema(out);
	assert_int_equal(fclose(out), 0);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, sizeof(key) / sizeof(key[0]));
	for (size_t i = 0; i < sizeof(key) / sizeof(key[0]); i++)
		if (strstr(text, key[i]) == NULL)
			fail_msg("found no %s", key[i]);
	assert_non_null(strstr(text, "(256 when left out)"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_loads),
		cmocka_unit_test(what_is_left_out_is_as_in_the_example),
		cmocka_unit_test(ports_stay_below_the_kernels),
		cmocka_unit_test(a_missing_file_is_an_error),
		cmocka_unit_test(the_schema_names_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
