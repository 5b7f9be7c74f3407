/*
 * SPDX-License-Identifier: MIT
 *
 * admin: infohus admin. One question to the daemon's admin socket each.
 */
#include "tool.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option_help options[] = {
	{ "socket", "SOCK", false, "the daemon's RUN/admin.sock (required)" },
	{ "json", NULL, false, "print the answer as JSON" },
	{ NULL, NULL, false, NULL },
};

static const struct usage usage_server = {
	.command = "admin server",
	.operands = "",
	.text =
	    "Prints SERVER.json: what a node needs to know of this router "
	    "(public keys, the\nlog's verification key, custodians, doors). "
	    "For infohus node connect.",
	.option = options,
};

static const struct usage usage_status = {
	.command = "admin status",
	.operands = "",
	.text = "Says how the log and the mailboxes stand and who is online.",
	.option = options,
};

static const struct usage usage_reload = {
	.command = "admin reload",
	.operands = "",
	.text = "Reads law and manifest again. If anything is wrong the old "
		"one stays in force.",
	.option = options,
};

static const struct usage usage_snapshot = {
	.command = "admin snapshot",
	.operands = "DIR",
	.min = 1,
	.max = 1,
	.text = "Makes a consistent copy of log and store in a new folder, "
		"while service goes on.",
	.option = options,
};

/*
 * Asks and gives the answer, which has "ok": true. NULL after saying why
 * not; *code is then the exit code.
 */
static json_t *
ask(const struct args *a, json_t *request, int *code)
{
	const char *path = args_value(a, "socket");
	struct why why = { "" };
	json_t *answer;

	if (path == NULL) {
		json_decref(request);
		*code = usage_error(a->usage, "--socket is missing");
		return NULL;
	}
	answer = admin_call(path, request, &why);
	if (answer == NULL) {
		*code = trouble("%s", why.text);
		return NULL;
	}
	if (json_is_true(json_object_get(answer, "ok")))
		return answer;
	*code = EXIT_NO;
	if (args_has(a, "json")) {
		print_json(answer);
		return NULL;
	}
	admin_refused(answer);
	json_decref(answer);
	return NULL;
}

void
admin_refused(const json_t *answer)
{
	const char *code = json_string_value(json_object_get(answer, "code"));
	const char *why = json_string_value(json_object_get(answer, "why"));

	fputs("infohus: refused: ", stderr);
	print_text(stderr, code != NULL ? code : "no code");
	fputs(": ", stderr);
	/* Reasons may be several lines: file:line:column each. */
	while (why != NULL && *why != '\0') {
		size_t n = strcspn(why, "\n");
		char *line = strndup(why, n);

		print_text(stderr, line != NULL ? line : "");
		free(line);
		fputc('\n', stderr);
		why += n + (why[n] == '\n');
	}
	if (why == NULL)
		fputs("no reason given\n", stderr);
}

static int
simple(const struct usage *u, const char *command, int argc, char **argv,
    void (*show)(const json_t *answer))
{
	struct args a;
	json_t *answer;
	int code;

	if (!args_parse(&a, u, argc, argv, &code))
		return code;
	answer = ask(&a, json_pack("{s:s}", "command", command), &code);
	if (answer == NULL)
		return code;
	if (show == NULL || args_has(&a, "json"))
		return print_json(answer) ? EXIT_YES : EXIT_TROUBLE;
	show(answer);
	json_decref(answer);
	return EXIT_YES;
}

/* Each field on a line, aligned; a list is left to --json. */
static void
show_fields(const json_t *answer)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)answer, key, v) {
		if (strcmp(key, "ok") == 0)
			continue;
		print_text(stdout, key);
		printf(
		    "%*s", (int)(strlen(key) < 18 ? 18 - strlen(key) : 1), "");
		if (json_is_string(v))
			print_text(stdout, json_string_value(v));
		else if (json_is_integer(v))
			printf("%" JSON_INTEGER_FORMAT, json_integer_value(v));
		else if (json_is_boolean(v))
			fputs(json_is_true(v) ? "yes" : "no", stdout);
		else
			fputs("(see --json)", stdout);
		putchar('\n');
	}
}

static int
admin_server(int argc, char **argv)
{
	return simple(&usage_server, "server", argc, argv, NULL);
}

static int
admin_status(int argc, char **argv)
{
	return simple(&usage_status, "status", argc, argv, show_fields);
}

static int
admin_reload(int argc, char **argv)
{
	return simple(&usage_reload, "reload", argc, argv, show_fields);
}

static int
admin_snapshot(int argc, char **argv)
{
	char path[PATH_MAX], here[PATH_MAX / 2] = "";
	struct args a;
	json_t *answer;
	int code;

	if (!args_parse(&a, &usage_snapshot, argc, argv, &code))
		return code;
	/* The daemon has another working folder. */
	if (a.operand[0][0] != '/' && getcwd(here, sizeof here) == NULL)
		return trouble("the working folder has no path");
	if (snprintf(path, sizeof path, "%s%s%s", here,
		here[0] != '\0' ? "/" : "", a.operand[0]) >= (int)sizeof path)
		return trouble("the path is too long");
	answer = ask(&a,
	    json_pack("{s:s, s:s}", "command", "snapshot", "dir", path), &code);
	if (answer == NULL)
		return code;
	if (args_has(&a, "json"))
		return print_json(answer) ? EXIT_YES : EXIT_TROUBLE;
	show_fields(answer);
	json_decref(answer);
	return EXIT_YES;
}

static const struct subcommand commands[] = {
	{ "server", admin_server, "print SERVER.json for nodes" },
	{ "status", admin_status, "how the log and the mailboxes stand" },
	{ "reload", admin_reload, "put changed law in force" },
	{ "snapshot", admin_snapshot, "copy log and store for an auditor" },
	{ NULL, NULL, NULL },
};

int
cmd_admin(int argc, char **argv)
{
	return subcommand_run("admin", commands, argc, argv);
}
