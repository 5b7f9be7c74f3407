/*
 * SPDX-License-Identifier: MIT
 *
 * rules_whatif: infohus rules what-if. Judges a recorded history again under
 * another table, by the replay of the audit, and says which verdicts would
 * have been others. Says roles, rules and numbers of entries; no node, no
 * case and nothing of what a message holds.
 */
#include "rules.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit_replay.h"
#include "daemon/common/config.h"
#include "proto/taxonomy.h"
#include "rules_say.h"

#define GROUPS_MAX 4096

struct group { /* verdicts that change alike */
	int kind, from, to;
	PbOutcome outcome[2];
	enum code code[2];
	char rule[2][8];
	bool told;
	uint64_t count;
};

struct what_if {
	const struct rules *rules; /* the other table */
	struct audit *audit;
	uint64_t changed, nearest, erased, dropped;
	size_t n_group;
	struct group *group; /* GROUPS_MAX */
};

static const char *
id_of(const struct judgement *j)
{
	return j->rule != NULL ? rule_id(j->rule) : "-";
}

/* Does the law say something else? The nearest permit of a refusal decides
 * nothing. */
static bool
is_changed(const struct judgement *a, const struct judgement *b)
{
	if (a->outcome != b->outcome || a->code != b->code)
		return true;
	return a->code != CODE_NO_PERMIT && strcmp(id_of(a), id_of(b)) != 0;
}

static struct group
group_of(const struct question *q, const struct recipient *was,
    const struct judgement *a, const struct judgement *b, bool told)
{
	struct group g = {
		.kind = (int)q->header->kind,
		.from = (int)q->header->role,
		.to = was->role,
		.outcome = { a->outcome, b->outcome },
		.code = { a->code, b->code },
		.told = told,
	};

	(void)snprintf(g.rule[0], sizeof(g.rule[0]), "%s", id_of(a));
	(void)snprintf(g.rule[1], sizeof(g.rule[1]), "%s", id_of(b));
	return g;
}

static bool
same_group(const struct group *a, const struct group *b)
{
	return a->kind == b->kind && a->from == b->from && a->to == b->to &&
	    a->told == b->told && a->outcome[0] == b->outcome[0] &&
	    a->outcome[1] == b->outcome[1] && a->code[0] == b->code[0] &&
	    a->code[1] == b->code[1] && strcmp(a->rule[0], b->rule[0]) == 0 &&
	    strcmp(a->rule[1], b->rule[1]) == 0;
}

static void
count(struct what_if *w, const struct group *g)
{
	size_t i = 0;

	w->changed++;
	while (i < w->n_group && !same_group(&w->group[i], g))
		i++;
	if (i == GROUPS_MAX) {
		w->dropped++;
		return;
	}
	if (i == w->n_group)
		w->group[w->n_group++] = *g;
	w->group[i].count++;
}

/* ---------------------------------------------------------------- printing */

static const char *
role_word(int role)
{
	return role != 0 ? TAXONOMY_ID(role, role) : "nobody found";
}

/* "permit R05", "refuse prohibited P20", "refuse no_permit, nearest R05" */
static const char *
verdict_text(const struct group *g, int n, char out[100])
{
	const char *rule = g->rule[n];

	(void)snprintf(out, 100, "%s%s%s%s%s",
	    TAXONOMY_ID(outcome, g->outcome[n]),
	    g->outcome[n] == OUTCOME_REFUSE ? " " : "",
	    g->outcome[n] == OUTCOME_REFUSE ? code_name(g->code[n]) : "",
	    rule[0] == '-'		     ? "" :
		g->code[n] == CODE_NO_PERMIT ? ", nearest " :
					       " ",
	    rule[0] == '-' ? "" : rule);
	return out;
}

static void
print_group(const struct group *g)
{
	char was[100], would[100];

	printf("%s %s -> %s%s: %s -> %s\n", TAXONOMY_ID(kind, g->kind),
	    role_word(g->from), role_word(g->to),
	    g->told ? " (as told to the sender)" : "", verdict_text(g, 0, was),
	    verdict_text(g, 1, would));
}

static json_t *
verdict_json(const struct group *g, int n)
{
	return json_pack("{s:s, s:s, s:s}", "outcome",
	    TAXONOMY_ID(outcome, g->outcome[n]), "code", code_name(g->code[n]),
	    "rule", g->rule[n]);
}

static json_t *
group_json(const struct group *g, const char *what, uint64_t number)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:b, s:o, s:o}", what,
	    (json_int_t)number, "kind", TAXONOMY_ID(kind, g->kind), "from",
	    role_word(g->from), "to", role_word(g->to), "told", g->told, "was",
	    verdict_json(g, 0), "would", verdict_json(g, 1));
}

static void
say(struct what_if *w, const struct replay *r, const struct group *g)
{
	count(w, g);
	if (w->audit->json) {
		(void)print_json(group_json(g, "entry", r->index));
		return;
	}
	printf("entry %" PRIu64 ": ", r->index);
	print_group(g);
}

/* ----------------------------------------------------------------- judging */

static void
judged(void *ctx, const struct replay *r, const struct question *q,
    const struct answer *a)
{
	struct what_if *w = ctx;
	struct question other = *q;
	struct law law = *q->law;
	struct answer *b = arena_alloc(r->arena, sizeof(*b));

	if (b == NULL) {
		w->dropped++;
		return;
	}
	/* Borrowed: nothing of the copy is freed. */
	law.rules = (struct rules *)(uintptr_t)w->rules;
	other.law = &law;
	r6_judge(&other, b);
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		const struct recipient *was = &a->recipient[i];
		const struct recipient *would = &b->recipient[i];
		bool told = !is_changed(&was->real, &would->real);
		struct group g = group_of(q, was,
		    told ? &was->told : &was->real,
		    told ? &would->told : &would->real, told);

		if (!told || is_changed(&was->told, &would->told))
			say(w, r, &g);
		else if (strcmp(id_of(&was->real), id_of(&would->real)) != 0)
			w->nearest++;
	}
}

static void
erased(void *ctx, const struct replay *r)
{
	struct what_if *w = ctx;

	w->erased++;
	if (w->audit->json)
		(void)print_json(json_pack("{s:I, s:s}", "entry",
		    (json_int_t)r->index, "not_judged", "erased"));
	else
		printf("entry %" PRIu64 ": erased, not judged\n", r->index);
}

/* ---------------------------------------------------------------- the end */

static int
by_count(const void *x, const void *y)
{
	const struct group *a = x, *b = y;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

static const char unknown[] =
    "Not known: what is erased, and how the cases would have gone on. Each "
    "message is judged in the case as it was; had an earlier one been refused "
    "or passed, later ones would have been others.";

static void
print_end_json(const struct what_if *w, uint64_t messages, uint64_t verdicts)
{
	json_t *groups = json_array();

	for (size_t i = 0; i < w->n_group; i++)
		json_array_append_new(groups,
		    group_json(&w->group[i], "count", w->group[i].count));
	(void)print_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:s}",
	    "messages", (json_int_t)messages, "verdicts", (json_int_t)verdicts,
	    "changed", (json_int_t)w->changed, "other_nearest",
	    (json_int_t)w->nearest, "erased", (json_int_t)w->erased,
	    "differences", (json_int_t)w->audit->guard->faults, "groups",
	    groups, "not_known", unknown));
}

static void
print_end(const struct what_if *w, uint64_t messages, uint64_t verdicts)
{
	uint64_t faults = w->audit->guard->faults;

	if (w->n_group > 0)
		putchar('\n');
	for (size_t i = 0; i < w->n_group; i++) {
		printf("%6" PRIu64 " x ", w->group[i].count);
		print_group(&w->group[i]);
	}
	printf("%s%" PRIu64 " of %" PRIu64 " verdicts on %" PRIu64
	       " messages would be others.\n",
	    w->n_group > 0 ? "\n" : "", w->changed, verdicts, messages);
	if (w->nearest > 0)
		printf("%" PRIu64 " refusals would name another nearest permit."
		       "\n",
		    w->nearest);
	if (w->erased > 0)
		printf("%" PRIu64 " erased, not judged.\n", w->erased);
	if (faults > 0)
		printf(
		    "%sThe history does not replay as it was recorded: %" PRIu64
		    " differences, run audit replay.%s\n",
		    colour(stdout, COLOUR_BAD), faults,
		    colour(stdout, COLOUR_PLAIN));
	if (w->dropped > 0)
		printf("%" PRIu64 " verdicts are not in the counts: too many "
		       "kinds of change\n",
		    w->dropped);
	print_wrapped(stdout, "", unknown);
}

static int
run(struct audit *a)
{
	struct what_if w = { .rules = a->extra, .audit = a };
	struct replay_watch watch = { &w, judged, erased };
	uint64_t messages, verdicts;
	struct why why;
	enum err err;

	w.group = calloc(GROUPS_MAX, sizeof(*w.group));
	if (w.group == NULL)
		return trouble("no memory");
	err = replay_run(a, &watch, &messages, &verdicts, &why);
	if (err == ERR_OK) {
		qsort(w.group, w.n_group, sizeof(*w.group), by_count);
		if (a->json)
			print_end_json(&w, messages, verdicts);
		else
			print_end(&w, messages, verdicts);
	}
	free(w.group);
	if (err != ERR_OK)
		return trouble("%s", why.text);
	return w.changed == 0 && a->guard->faults == 0 ? EXIT_YES : EXIT_NO;
}

/* ---------------------------------------------------------------- command */

static const struct option_help options[] = {
	{ "snapshot", "DIR", false,
	    "a snapshot of the log (infohus admin snapshot)" },
	{ "vkey", "V|FILE", false,
	    "the log's verifier key, the vkey line of server.json: "
	    "as text or in a file" },
	{ "config", "FILE", false,
	    "or both from the daemon of this infohusd.yaml" },
	{ "json", NULL, false, "one JSON object a verdict, then the sums" },
	{ NULL, NULL, false, NULL },
};

static const struct usage usage = {
	.command = "rules what-if",
	.operands = "TABLE",
	.min = 1,
	.max = 1,
	.text =
	    "Judges every recorded message again under another rule table and\n"
	    "lists each verdict that would have been another, then how many\n"
	    "of which sort. Says nothing of what the messages hold. Places,\n"
	    "workflow and kommune settings are those of each message's time.\n"
	    "\n"
	    "Exit 0 when no verdict would be another, 1 when some would, 2\n"
	    "for a table that does not load, 3 for trouble.",
	.option = options,
};

/* Asks the daemon; NULL after saying why there is no answer. */
static json_t *
ask_daemon(const struct config *c, json_t *request)
{
	struct why why = { "" };
	char socket[PATH_MAX];
	json_t *answer;

	(void)snprintf(socket, sizeof(socket), "%s/admin.sock", c->run);
	answer = admin_call(socket, request, &why);
	if (answer == NULL) {
		trouble("%s", why.text);
		return NULL;
	}
	if (json_is_true(json_object_get(answer, "ok")))
		return answer;
	admin_refused(answer);
	json_decref(answer);
	return NULL;
}

/* A snapshot beside the live log, judged and removed. */
static int
run_live(const struct args *args, struct audit *a, const struct config *c)
{
	json_t *server, *taken;
	char data[PATH_MAX], dir[PATH_MAX + 64];
	int code = EXIT_TROUBLE;

	if (realpath(c->data, data) == NULL)
		return trouble("%s: %m", c->data);
	(void)snprintf(dir, sizeof(dir), "%s/what-if-%" PRIu64 "-%d", data,
	    now_ms(), (int)getpid());
	server = ask_daemon(c, json_pack("{s:s}", "command", "server"));
	taken = server == NULL ?
	    NULL :
	    ask_daemon(
		c, json_pack("{s:s, s:s}", "command", "snapshot", "dir", dir));
	if (taken != NULL) {
		a->dir = dir;
		a->vkey = json_string_value(json_object_get(server, "vkey"));
		code = a->vkey != NULL ?
		    audit_run_aside(args, a, run) :
		    trouble("the daemon names no key of its log");
		audit_remove(dir);
	}
	json_decref(server);
	json_decref(taken);
	return code;
}

static int
run_by_config(const struct args *args, struct audit *a)
{
	struct problems p = { 0 };
	struct config *c = config_load(args_value(args, "config"), &p);
	int code = EXIT_USAGE;

	if (c != NULL)
		code = run_live(args, a, c);
	else
		(void)rules_problems(&p);
	config_free(c);
	problems_free(&p);
	return code;
}

int
rules_what_if(int argc, char **argv)
{
	struct audit a = { .dir = NULL };
	struct rules *rules;
	struct args args;
	bool live;
	int code;

	if (!args_parse(&args, &usage, argc, argv, &code))
		return code;
	live = args_has(&args, "config");
	a.dir = args_value(&args, "snapshot");
	a.vkey = args_value(&args, "vkey");
	if (live ? a.dir != NULL || a.vkey != NULL :
		   a.dir == NULL || a.vkey == NULL)
		return usage_error(&usage,
		    "expected --snapshot and --vkey (the vkey line of "
		    "server.json), or --config alone");
	rules = rules_from_file(args.operand[0], &code);
	if (rules == NULL)
		return code;
	a.extra = rules;
	code = live ? run_by_config(&args, &a) :
		      audit_run_aside(&args, &a, run);
	rules_free(rules);
	return code;
}
