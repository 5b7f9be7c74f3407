/*
 * SPDX-License-Identifier: MIT
 *
 * infohus: the command line tool. A table; each subcommand has a file.
 */
#include "tool.h"

#include <string.h>

#define VERSION "0.1.0"

static const struct subcommand commands[] = {
	{ "send", cmd_send, "send messages from a seat and show the answers" },
	{ "receive", cmd_receive, "take messages for a seat's node" },
	{ "approve", cmd_approve, "draft the decision on what was received" },
	{ "node", cmd_node, "keys, cards and admission of nodes" },
	{ "admin", cmd_admin, "ask the daemon on this machine" },
	{ "rules", cmd_rules,
	    "the law table: ask, check, compare, test, approve" },
	{ "audit", cmd_audit, "verify, replay and show a snapshot of the log" },
	{ NULL, NULL, NULL },
};

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("infohus " VERSION);
		return EXIT_YES;
	}
	return subcommand_run("", commands, argc, argv);
}
