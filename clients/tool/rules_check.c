/*
 * SPDX-License-Identifier: MIT
 *
 * rules_check: infohus rules check. Says everything that is wrong with a
 * table, and proves what must never and what must always hold over every
 * message there is. It puts nothing in force.
 */
#include "rules.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "rules_say.h"

#define TEXT_FILE_MAX (4 * 1024 * 1024)

static const struct option_help options[] = {
	{ "invariants", "FILE", false,
	    "what must hold (default: invariants.yaml beside FILE)" },
	{ "workflow", "FILE", false,
	    "the case as steps (default: workflow.yaml beside FILE)" },
	{ "at", "TIME", false, "the table from this time on (default: now)" },
	{ "overlaps", NULL, false,
	    "name each pair of permits that can both fit, with an example" },
	{ "json", NULL, false, "print everything as JSON" },
	{ NULL, NULL, false, NULL },
};

static const struct usage usage = {
	.command = "rules check",
	.operands = "FILE",
	.min = 1,
	.max = 1,
	.text =
	    "Says all that is wrong with the rule table FILE, by line and\n"
	    "column; rules that never decide and which decide instead; kinds\n"
	    "that nothing permits; questions that cannot be answered or\n"
	    "declined; permits that overlap; roles that nobody reaches. Then\n"
	    "each invariant: proven over every message that can be written,\n"
	    "now and at each later time at which a rule begins or ceases to\n"
	    "apply, or broken by the plainest message, as words and as a "
	    "draft.\n"
	    "\n"
	    "Exit 0 when the table may be put in force, 1 when something is\n"
	    "wrong with what it says, 2 when it cannot be read.",
	.option = options,
};

static const char exact[] =
    "Exact, not sampled: a verdict depends on each field only through the "
    "sets in which rules and invariants have it. Values that all of these "
    "sets either hold or leave out together give the same verdict with "
    "everything else, so one of them stands for all. Categories, relations "
    "and bases that every condition names together are asked only whether "
    "any of them is there, so one of them again stands for all; a basis that "
    "a permit demands is kept by itself. A permit takes every subset of what "
    "it may carry: nothing is lost by cutting its largest set only where a "
    "prohibition or an invariant asks for something in it. The search leaves "
    "a part of the space only when one verdict holds all over it. Every "
    "example is judged again before it is shown.";

/* ---------------------------------------------------------------- loading */

struct files {
	struct arena *arena;
	struct rules *rules;
	struct invariants *invariants;
	const char *invariants_file;
	struct workflow *workflow;
};

/* The option's file, or the one of that name beside the table. NULL when it
 * is not given and not there. */
static const char *
find_file(struct files *f, const struct args *a, const char *option)
{
	const char *given = args_value(a, option), *table = a->operand[0];
	const char *slash = strrchr(table, '/');
	char *beside;

	if (given != NULL)
		return given;
	beside = arena_printf(f->arena, "%.*s%s.yaml",
	    slash != NULL ? (int)(slash - table) + 1 : 0, table, option);
	return beside != NULL && access(beside, R_OK) == 0 ? beside : NULL;
}

/* False after saying why. */
static bool
read_text(struct files *f, const char *path, struct bytes *text, int *code)
{
	struct why why;

	if (file_read(f->arena, path, TEXT_FILE_MAX, text, &why) == ERR_OK)
		return true;
	*code = trouble("%s", why.text);
	return false;
}

static bool
load_files(struct files *f, const struct args *a, struct problems *p, int *code)
{
	const char *invariants = find_file(f, a, "invariants");
	const char *workflow = find_file(f, a, "workflow");
	struct bytes text;

	if (!read_text(f, a->operand[0], &text, code))
		return false;
	f->rules = rules_load(a->operand[0], text, p);
	if (workflow != NULL) {
		if (!read_text(f, workflow, &text, code))
			return false;
		f->workflow = workflow_load(workflow, text, p);
	}
	f->invariants_file = invariants;
	if (invariants == NULL) {
		*code = usage_error(&usage,
		    "found no invariants.yaml beside the table, expected "
		    "--invariants FILE");
		return false;
	}
	if (f->rules != NULL) {
		if (!read_text(f, invariants, &text, code))
			return false;
		f->invariants = invariants_load(invariants, text, f->rules, p);
	}
	if (p->count == 0)
		return true;
	(void)rules_problems(p);
	*code = EXIT_USAGE;
	return false;
}

/* --------------------------------------------------------------- printing */

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

/* Strings of a list, joined by a comma. */
static void
print_list(const json_t *list)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		printf("%s%s", i > 0 ? ", " : "", json_string_value(v));
	}
}

static void
mark(bool good)
{
	printf("%s%s%s  ", colour(stdout, good ? COLOUR_GOOD : COLOUR_BAD),
	    good ? "ok " : "NO ", colour(stdout, COLOUR_PLAIN));
}

static void
print_silent(const json_t *list)
{
	const json_t *o;
	size_t i;

	mark(json_array_size(list) == 0);
	printf("every rule decides something\n");
	json_array_foreach(list, i, o) {
		const json_t *n = json_object_get(o, "alternative");

		printf("     %s", text_of(o, "rule"));
		if (n != NULL)
			printf(", alternative %d", (int)json_integer_value(n));
		printf(" never decides");
		if (json_array_size(json_object_get(o, "instead")) > 0) {
			printf(": ");
			print_list(json_object_get(o, "instead"));
			printf(" decide all that it fits");
		}
		printf("\n");
	}
}

static void
print_requests(const json_t *list)
{
	const json_t *o;
	size_t i;

	mark(json_array_size(list) == 0);
	printf("every question that may be put can be answered and declined\n");
	json_array_foreach(list, i, o) {
		printf("     %s may send %s, and these cannot %s: ",
		    text_of(o, "from"), text_of(o, "kind"),
		    strcmp(text_of(o, "lacks"), "no") == 0 ? "say no" :
							     "answer");
		print_list(json_object_get(o, "to"));
		printf("\n");
	}
}

static void
print_overlaps(const json_t *o)
{
	const json_t *list = json_object_get(o, "pairs"), *pair;
	size_t i;

	printf("     %lld pairs of permits can both fit%s\n",
	    (long long)json_integer_value(json_object_get(o, "count")),
	    list == NULL ? ", see --overlaps" : ":");
	json_array_foreach(list, i, pair) {
		printf("     %s and %s, decided by %s: {%s}\n",
		    text_of(pair, "one"), text_of(pair, "other"),
		    text_of(pair, "decides"), text_of(pair, "example"));
	}
}

static void
print_roles(const char *what, const json_t *list)
{
	if (json_array_size(list) == 0)
		return;
	printf("     %s: ", what);
	print_list(list);
	printf("\n");
}

static void
print_table(const json_t *t)
{
	const json_t *kinds = json_object_get(t, "kinds_without_permit");

	print_silent(json_object_get(t, "silent"));
	mark(json_array_size(kinds) == 0);
	printf("every kind has a permit");
	if (json_array_size(kinds) > 0)
		printf(", but not: ");
	print_list(kinds);
	printf("\n");
	print_requests(json_object_get(t, "requests_without_reply"));
	print_overlaps(json_object_get(t, "overlaps"));
	print_roles(
	    "nobody may write to", json_object_get(t, "roles_not_reached"));
	print_roles(
	    "nothing may come from", json_object_get(t, "roles_not_heard"));
}

static void
print_steps(const json_t *list)
{
	const json_t *o;
	size_t i;

	mark(json_array_size(list) == 0);
	printf("no step of the workflow acts for an authority, none that is "
	       "vital is missing\n");
	json_array_foreach(list, i, o) {
		printf("     %s from %s in %s: %s\n", text_of(o, "kind"),
		    text_of(o, "from"), text_of(o, "state"),
		    text_of(o, "found"));
	}
}

static void
print_broken(const json_t *o)
{
	const json_t *example = json_object_get(o, "example");
	char *draft = NULL;

	printf("     by the table of %s: %s%s%s\n", text_of(o, "at"),
	    text_of(o, "outcome"),
	    json_object_get(o, "rule") != NULL ? " by " : ", no permit",
	    text_of(o, "rule"));
	print_wrapped(stdout, "     ", text_of(o, "words"));
	if (example != NULL)
		draft = json_dumps(example, JSON_COMPACT);
	if (draft != NULL)
		printf("     %s\n", draft);
	free(draft);
}

static void
print_proofs(const json_t *list)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o) {
		bool good = json_is_true(json_object_get(o, "proven"));
		char head[32];

		mark(good);
		(void)snprintf(head, sizeof(head), "%s ", text_of(o, "id"));
		print_wrapped(stdout, head, text_of(o, "text_en"));
		if (json_object_get(o, "undecided") != NULL)
			printf(
			    "     not decided: %s\n", text_of(o, "undecided"));
		if (json_object_get(o, "broken") != NULL)
			print_broken(json_object_get(o, "broken"));
	}
}

/* A decimal number, and about how large that is. */
static void
print_size(const char *what, const char *number)
{
	size_t n = strlen(number);

	printf("%-29s %s", what, number);
	if (n > 3)
		printf(" (%c.%c * 10^%zu)", number[0], number[1], n - 1);
	printf("\n");
}

/* How many classes each field has, of how many values. */
static void
print_classes(const json_t *size)
{
	json_t *fields = json_object_get(size, "fields"), *f;
	char line[800] = "";
	const char *name;
	size_t at = 0;

	json_object_foreach(fields, name, f) {
		at += (size_t)snprintf(line + at, sizeof(line) - at,
		    "%s %d of %d, ", name,
		    (int)json_integer_value(json_object_get(f, "classes")),
		    (int)json_integer_value(json_object_get(f, "values")));
		if (at >= sizeof(line))
			return;
	}
	(void)snprintf(line + at, sizeof(line) - at, "bits %d of %d",
	    (int)json_integer_value(json_object_get(size, "bit_classes")),
	    (int)json_integer_value(json_object_get(size, "bits")));
	print_wrapped(stdout, "classes: ", line);
}

static void
print_report(const json_t *r)
{
	const json_t *size = json_object_get(r, "space");

	printf("%s: %d rules\n", text_of(r, "file"),
	    (int)json_integer_value(json_object_get(r, "rules")));
	print_table(json_object_get(r, "table"));
	if (json_object_get(r, "steps") != NULL)
		print_steps(json_object_get(r, "steps"));
	else
		printf("     workflow: not checked\n");
	printf("%s\n", text_of(r, "invariants_file"));
	print_proofs(json_object_get(r, "invariants"));
	print_size("messages that can be written", text_of(size, "full"));
	print_size("reduced to classes", text_of(size, "reduced"));
	print_classes(size);
	printf("parts looked at               %lld, in %.3f s, %lld KiB\n",
	    (long long)json_integer_value(json_object_get(r, "boxes")),
	    json_real_value(json_object_get(r, "seconds")),
	    (long long)json_integer_value(json_object_get(r, "peak_kib")));
	print_wrapped(stdout, "", exact);
}

/* ----------------------------------------------------------------- check */

static double
seconds_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)(now.tv_sec - t->tv_sec) +
	    (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

static json_int_t
boxes_of(const json_t *proofs)
{
	json_int_t n = 0;
	const json_t *o;
	size_t i;

	json_array_foreach(proofs, i, o) {
		n += json_integer_value(json_object_get(o, "boxes"));
	}
	return n;
}

/* What was found, as JSON; *sound: the table may be put in force. */
static json_t *
make_report(
    const struct files *f, const struct args *a, uint64_t at_ms, bool *sound)
{
	bool good[3] = { true, true, true };
	struct timespec start;
	struct rusage used;
	json_t *table, *proofs, *report;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	table = check_table(f->rules, at_ms, args_has(a, "overlaps"), &good[0]);
	proofs = check_proofs(f->invariants, f->rules, at_ms, &good[1]);
	report = json_pack("{s:s, s:s, s:I, s:o, s:I, s:o, s:o}", "file",
	    a->operand[0], "invariants_file", f->invariants_file, "rules",
	    (json_int_t)rules_count(f->rules), "table", table, "boxes",
	    boxes_of(proofs), "invariants", proofs, "space",
	    check_sizes(f->rules, f->invariants, at_ms));
	if (f->workflow != NULL)
		json_object_set_new(
		    report, "steps", check_steps(f->workflow, &good[2]));
	getrusage(RUSAGE_SELF, &used);
	*sound = good[0] && good[1] && good[2];
	json_object_set_new(report, "exact", json_string(exact));
	json_object_set_new(
	    report, "seconds", json_real(seconds_since(&start)));
	json_object_set_new(report, "peak_kib", json_integer(used.ru_maxrss));
	json_object_set_new(report, "sound", json_boolean(*sound));
	return report;
}

static int
check(struct files *f, const struct args *a, struct problems *p)
{
	uint64_t at_ms = now_ms();
	json_t *report;
	bool sound;
	int code;

	if (!rules_time(a, "at", &at_ms))
		return EXIT_USAGE;
	if (!load_files(f, a, p, &code))
		return code;
	report = make_report(f, a, at_ms, &sound);
	if (report == NULL)
		return trouble("no memory, or a question that takes too long");
	if (args_has(a, "json")) {
		if (!print_json(report))
			return EXIT_TROUBLE;
	} else {
		print_report(report);
		json_decref(report);
	}
	return sound ? EXIT_YES : EXIT_NO;
}

int
rules_check(int argc, char **argv)
{
	struct files f = { .arena = NULL };
	struct problems p = { 0 };
	struct args a;
	int code;

	if (!args_parse(&a, &usage, argc, argv, &code))
		return code;
	if (arena_new(&f.arena, 4 * TEXT_FILE_MAX) != ERR_OK)
		return trouble("no memory");
	code = check(&f, &a, &p);
	invariants_free(f.invariants);
	rules_free(f.rules);
	workflow_free(f.workflow);
	arena_free(f.arena);
	problems_free(&p);
	return code;
}
