/*
 * SPDX-License-Identifier: MIT
 *
 * rules_load: the law that the options of a word of `infohus rules` name.
 */
#include "rules.h"

#include "daemon/common/config.h"

#define TEXT_FILE_MAX (4 * 1024 * 1024)

bool
rules_time(const struct args *a, const char *option, uint64_t *at_ms)
{
	const char *text = args_value(a, option);

	if (text == NULL || time_parse(at_ms, text) == ERR_OK)
		return true;
	usage_error(a->usage,
	    "--%s: found %.60s, expected a time such as 2026-12-31T23:00:00Z",
	    option, text);
	return false;
}

/* ------------------------------------------------------------ loading */

static int
run_by_config(const struct args *a,
    int (*run)(const struct args *a, const struct rules_law *law))
{
	struct problems p = { 0 };
	struct config *c = config_load(args_value(a, "config"), &p);
	struct law *l = c != NULL ? law_load(&c->law, false, &p) : NULL;
	int code = EXIT_USAGE;

	if (l != NULL) {
		struct rules_law law = { l->rules, l->places, l->kommuner,
			l->workflow };

		code = run(a, &law);
	} else {
		(void)rules_problems(&p);
	}
	law_unref(l);
	config_free(c);
	problems_free(&p);
	return code;
}

struct loading { /* of the files that options name */
	const struct args *args;
	struct arena *arena;
	struct problems p;
	struct rules *rules;
	struct places *places;
	struct kommuner *kommuner;
	struct workflow *workflow;
};

/* The nth file named by an option; NULL text when there is none. False after
 * saying why it cannot be read. */
static bool
read_option(struct loading *l, const char *option, size_t n, const char **file,
    struct bytes *out)
{
	struct why why;

	*file = args_nth(l->args, option, n);
	*out = bytes_of(NULL, 0);
	if (*file == NULL ||
	    file_read(l->arena, *file, TEXT_FILE_MAX, out, &why) == ERR_OK)
		return true;
	trouble("%s", why.text);
	return false;
}

static bool
load_kommuner(struct loading *l)
{
	const char *file;
	struct bytes text;

	l->kommuner = kommuner_new();
	if (l->kommuner == NULL) {
		trouble("no memory");
		return false;
	}
	for (size_t i = 0;; i++) {
		if (!read_option(l, "kommune", i, &file, &text))
			return false;
		if (file == NULL)
			return true;
		(void)kommuner_read(l->kommuner, file, text, &l->p);
	}
}

/* False: a file cannot be read. What is wrong in one is in l->p. */
static bool
load_files(struct loading *l)
{
	struct bytes rules, places, workflow;
	const char *file[3];

	if (!read_option(l, "rules", 0, &file[0], &rules) ||
	    !read_option(l, "places", 0, &file[1], &places) ||
	    !read_option(l, "workflow", 0, &file[2], &workflow) ||
	    !load_kommuner(l))
		return false;
	l->rules = rules_load(file[0], rules, &l->p);
	if (file[1] != NULL)
		l->places = places_load(file[1], places, &l->p);
	if (file[2] != NULL)
		l->workflow = workflow_load(file[2], workflow, &l->p);
	return true;
}

static int
run_by_files(struct loading *l,
    int (*run)(const struct args *a, const struct rules_law *law))
{
	int code = EXIT_USAGE;

	if (!load_files(l)) {
		code = EXIT_TROUBLE;
	} else if (l->p.count > 0) {
		(void)rules_problems(&l->p);
	} else {
		struct rules_law law = { l->rules, l->places, l->kommuner,
			l->workflow };

		code = run(l->args, &law);
	}
	rules_free(l->rules);
	places_free(l->places);
	kommuner_free(l->kommuner);
	workflow_free(l->workflow);
	problems_free(&l->p);
	return code;
}

int
rules_with_law(const struct args *a,
    int (*run)(const struct args *a, const struct rules_law *law))
{
	struct loading l = { .args = a };
	int code;

	if (args_has(a, "config") == args_has(a, "rules"))
		return usage_error(a->usage,
		    "found %s, expected --config or --rules",
		    args_has(a, "config") ? "both" : "neither");
	if (args_has(a, "config"))
		return run_by_config(a, run);
	if (arena_new(&l.arena, 4 * TEXT_FILE_MAX) != ERR_OK)
		return trouble("no memory");
	code = run_by_files(&l, run);
	arena_free(l.arena);
	return code;
}

struct rules *
rules_from_file(const char *file, int *code)
{
	struct problems p = { 0 };
	struct arena *arena;
	struct rules *r = NULL;
	struct bytes text;
	struct why why;

	if (arena_new(&arena, 2 * TEXT_FILE_MAX) != ERR_OK) {
		*code = trouble("no memory");
		return NULL;
	}
	if (file_read(arena, file, TEXT_FILE_MAX, &text, &why) != ERR_OK) {
		*code = trouble("%s", why.text);
	} else {
		r = rules_load(file, text, &p);
		if (r == NULL) {
			(void)rules_problems(&p);
			*code = EXIT_USAGE;
		}
	}
	problems_free(&p);
	arena_free(arena);
	return r;
}
