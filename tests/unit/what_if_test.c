/*
 * SPDX-License-Identifier: MIT
 *
 * what_if: `infohus rules what-if` on logs that core made.
 */
#include "tests/unit/auditing.h"

#include "clients/tool/audit.h"

#define TABLE "config/rules.yaml"

/* Runs `infohus rules what-if TABLE --snapshot DIR --vkey ...`. */
static struct said *
what_if(struct rig *r, const char *table, const char *dir, const char *more)
{
	char *argv[] = { (char *)"rules", (char *)"what-if", (char *)table,
		(char *)"--snapshot", (char *)dir, (char *)"--vkey",
		(char *)rig_vkey(r), (char *)more, NULL };

	return run_tool(r, cmd_rules, argv);
}

/* The shipped table, with one text in the rule of this id replaced. */
static const char *
changed_table(struct rig *r, const char *id, const char *old, const char *new)
{
	const char *path = scratch_path(r->s, "other.yaml");
	struct bytes text;
	struct why why;
	const char *at, *where;
	FILE *f;

	assert_err(file_read(r->s->arena, TABLE, 4 * 1024 * 1024, &text, &why),
	    ERR_OK);
	at = arena_printf(r->s->arena, "%.*s", (int)text.len, text.data);
	where = strstr(at, arena_printf(r->s->arena, "  - id: %s\n", id));
	assert_non_null(where);
	where = strstr(where, old);
	assert_non_null(where);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%.*s%s%s", (int)(where - at), at, new, where + strlen(old));
	fclose(f);
	return path;
}

static const char *
played(struct rig *r, size_t n)
{
	rig_admit_all(r);
	rig_play(r, n);
	rig_deliver(r);
	return snapshot(r);
}

static void
the_table_in_force_changes_nothing(void **state)
{
	struct rig *r = rig_open(*state);
	const char *dir = played(r, ALL_EXAMPLES);
	struct said *said = what_if(r, TABLE, dir, NULL);

	assert_said(said, EXIT_YES, "0 of ");
	assert_said(said, EXIT_YES, "would be others");
	assert_null(strstr(said->text, "entry "));
	/* What it cannot know is said all the same. */
	assert_said(said, EXIT_YES, "later ones would have been others");
}

static void
a_permit_that_has_ended_refuses_what_it_let_pass(void **state)
{
	struct rig *r = rig_open(*state);
	const char *dir = played(r, 40);
	const char *table = changed_table(r, "R43",
	    "    valid_from: 2016-02-29T23:00:00Z\n",
	    "    valid_from: 2016-02-29T23:00:00Z\n"
	    "    valid_to: 2016-03-01T23:00:00Z\n");
	struct said *said = what_if(r, table, dir, NULL);

	assert_said(said, EXIT_NO,
	    ": concern ungdomsudd -> pol_tovholder: permit R43 -> ");
	assert_said(said, EXIT_NO, "     1 x concern ungdomsudd -> ");
	/* Nothing of nodes, cases, persons. */
	assert_null(strstr(said->text, "politi/"));
	said = what_if(r, table, dir, "--json");
	assert_said(said, EXIT_NO, "\"rule\": \"R43\"");
	assert_said(said, EXIT_NO, "\"not_known\"");
}

static void
a_new_prohibition_is_named(void **state)
{
	struct rig *r = rig_open(*state);
	const char *dir = played(r, 40);
	const char *table = changed_table(
	    r, "P13", "    any:\n", "    any:\n      - {from: [jobcenter]}\n");
	struct said *said = what_if(r, table, dir, NULL);

	assert_said(said, EXIT_NO,
	    "concern jobcenter -> kom_tovholder: permit R00 -> refuse "
	    "prohibited P13\n");
}

/* Takes away what opens the grounds of the first message. */
static uint64_t
erase_one(struct rig *r, const char *dir)
{
	struct store *store;
	struct txn *t = NULL;
	struct why why;
	PbEntry *e;
	PbDetails *d;
	uint64_t index = 0;

	if (store_open(&store, dir, 1ull << 30, false, &why) != ERR_OK ||
	    store_write(store, &t, &why) != ERR_OK)
		fail_msg("%s", why.text);
	do
		assert_err(
		    audit_entry(t, r->s->arena, index++, &e, &d), ERR_OK);
	while (e->kind != ENTRY_KIND_MESSAGE);
	for (size_t i = 0; i < d->n_part; i++)
		assert_err(store_delete(t, TABLE_PART,
			       bytes_of(d->part[i].data, d->part[i].len)),
		    ERR_OK);
	assert_err(store_commit(t, &why), ERR_OK);
	store_close(store);
	return index - 1;
}

static void
what_is_erased_is_not_judged_and_said(void **state)
{
	struct rig *r = rig_open(*state);
	const char *dir = played(r, 40);
	uint64_t index = erase_one(r, dir);
	struct said *said = what_if(r, TABLE, dir, NULL);
	char line[80];

	(void)snprintf(line, sizeof(line), "entry %llu: erased, not judged\n",
	    (unsigned long long)index);
	if (strstr(said->text, line) == NULL)
		fail_msg("%s", said->text);
	assert_non_null(strstr(said->text, "\n1 erased, not judged.\n"));
}

static void
what_cannot_be_asked_is_told(void **state)
{
	struct rig *r = rig_open(*state);
	const char *dir = snapshot(r);
	char *none[] = { (char *)"rules", (char *)"what-if", (char *)TABLE,
		NULL };

	assert_said(run_tool(r, cmd_rules, none), EXIT_USAGE,
	    "expected --snapshot and --vkey (the vkey line of server.json), "
	    "or --config alone");
	assert_said(what_if(r, "tests/rules/bad.no-limits.yaml", dir, NULL),
	    EXIT_USAGE, "found no \"limits\"");
	assert_said(what_if(r, "/nonexistent", dir, NULL), EXIT_TROUBLE,
	    "No such file");
	assert_said(
	    what_if(r, TABLE, "/nonexistent", NULL), EXIT_TROUBLE, "infohus: ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(the_table_in_force_changes_nothing),
		scratch_test(a_permit_that_has_ended_refuses_what_it_let_pass),
		scratch_test(a_new_prohibition_is_named),
		scratch_test(what_is_erased_is_not_judged_and_said),
		scratch_test(what_cannot_be_asked_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
