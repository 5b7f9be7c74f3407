/*
 * SPDX-License-Identifier: MIT
 *
 * vital: what every workflow must have a step for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/law/vital.h"

/* The shipped workflow with one piece of its text (NULL: none) replaced. */
static const char *
changed(const char *old, const char *new)
{
	static char text[64 * 1024], out[64 * 1024];
	FILE *f = fopen("config/workflow.yaml", "rb");
	const char *at;
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof text - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	if (old == NULL)
		return text;
	at = strstr(text, old);
	if (at == NULL)
		fail_msg("the workflow has no \"%s\"", old);
	(void)snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, new,
	    at + strlen(old));
	return out;
}

static void
expect_told(const char *says, const char *old, const char *new,
    const char *first, size_t count)
{
	struct problems p = { 0 };
	struct workflow *w = workflow_load(
	    "w", bytes_str(changed(old, new)), &p);
	char line[300] = "";

	if (w == NULL)
		fail_msg("%s: %s", says, p.text);
	vital_check(w, "w", &p);
	if (first != NULL)
		(void)snprintf(line, sizeof line,
		    "w: found no step for %s, expected one that does it: it is "
		    "vital\n",
		    first);
	if (p.count != count ||
	    strncmp(p.text != NULL ? p.text : "", line, strlen(line)) != 0)
		fail_msg("%s: found %zu:\n%s\nexpected %zu:\n%s", says, p.count,
		    p.text, count, line);
	problems_free(&p);
	workflow_free(w);
}

static void
the_shipped_workflow_lacks_nothing(void **state)
{
	(void)state;
	expect_told("shipped", NULL, NULL, NULL, 0);
}

static void
what_lacks_a_vital_step_is_told(void **state)
{
	static const struct {
		const char *says, *old, *new, *first;
		size_t count;
	} table[] = {
		{ "no underretning", "[underretning, underretning_receipt,",
		    "[underretning_receipt,",
		    "underretning by kom_tovholder in none", 1 },
		{ "nothing opens a case", "  - {kind: [concern], role: any,",
		    "  - {kind: [concern], role: [kom_tovholder],",
		    "concern by pol_tovholder in none", 1 },
		{ "no addendum", "{kind: [concern, addendum], role: any",
		    "{kind: [concern], role: any",
		    "addendum by kom_tovholder in received", 12 },
		{ "no addendum by one role",
		    "{kind: [concern, addendum], role: any",
		    "{kind: [concern, addendum], role: {not: [civilsamfund]}",
		    "concern by civilsamfund in received", 24 },
		{ "no concern while police have it alone",
		    "{kind: [concern, addendum], role: any, from: any",
		    "{kind: [concern, addendum], role: any, from: "
		    "{not: [none, police_only]}",
		    "concern by kom_tovholder in police_only", 2 },
		{ "the duty desk takes no case alone",
		    "role: [pol_tovholder, pol_vagt]\n    from: any\n"
		    "    to: police_only",
		    "role: [pol_tovholder]\n    from: any\n"
		    "    to: police_only",
		    "police_alone by pol_vagt in received", 12 },
		{ "police_alone without effect", "to: police_only", "to: same",
		    "police_alone by pol_tovholder in received", 11 },
		{ "no way back", "from: [police_only]\n    to: screening",
		    "from: [police_only]\n    to: same",
		    "police_handback by pol_tovholder in police_only", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		expect_told(table[i].says, table[i].old, table[i].new,
		    table[i].first, table[i].count);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_workflow_lacks_nothing),
		cmocka_unit_test(what_lacks_a_vital_step_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
