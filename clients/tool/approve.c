/*
 * SPDX-License-Identifier: MIT
 *
 * approve: infohus approve. From what an approver has received to the draft
 * of its decision; it signs and sends nothing.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1024 * 1024)

static const struct option_help options[] = {
	{ "deny", NULL, false, "no; without it, yes" },
	{ "part", "N", false, "which addressee, from 1 (default 1)" },
	{ "role", "ROLE", false, "as which one decides (default godkender)" },
	{ NULL, NULL, false, NULL },
};

static const struct usage usage = {
	.command = "approve",
	.operands = "FILE",
	.min = 1,
	.max = 1,
	.text =
	    "Reads a message that waits for this node's approval, as infohus "
	    "receive wrote it,\nand prints the draft of the decision:\n\n"
	    "    infohus approve FILE | infohus send --home DIR/seat-NAME -",
	.option = options,
};

/* Borrowed, or NULL. */
static json_t *
decided_part(const json_t *m, uint64_t part)
{
	return json_array_get(json_object_get(m, "decides"), (size_t)part - 1);
}

static int
print_draft(const struct args *a, const json_t *m, uint64_t part)
{
	const char *role = args_value(a, "role");
	json_t *header = json_object_get(m, "header");
	json_t *case_id = json_object_get(header, "case_id");
	json_t *id = json_object_get(header, "message_id");
	json_t *decides = decided_part(m, part);

	if (!json_is_string(case_id) || !json_is_string(id) ||
	    !json_is_string(decides)) {
		fprintf(stderr,
		    "infohus approve: %s: found no message that waits for "
		    "approval, or no such part of one\n",
		    a->operand[0]);
		return EXIT_NO;
	}
	return print_json(json_pack(
		   "{s:s, s:s, s:O, s:O, s:{s:s, s:O}, s:[{s:s, s:s}]}", "kind",
		   "approval", "role", role != NULL ? role : "godkender",
		   "case_id", case_id, "in_reply_to", id, "grounds", "event",
		   args_has(a, "deny") ? "denied" : "approved", "decides",
		   decides, "addressee", "role", "infohus", "cooperation",
		   "none")) ?
	    EXIT_YES :
	    EXIT_TROUBLE;
}

int
cmd_approve(int argc, char **argv)
{
	struct arena *arena;
	struct bytes in;
	struct args a;
	struct why why;
	uint64_t part;
	json_t *m;
	int code;

	if (!args_parse(&a, &usage, argc, argv, &code))
		return code;
	if (!args_number(&a, "part", 1, 16, 1, &part))
		return EXIT_USAGE;
	if (arena_new(&arena, 2 * FILE_MAX) != ERR_OK)
		return trouble("no memory");
	if (file_read(arena, a.operand[0], FILE_MAX, &in, &why) != ERR_OK) {
		code = trouble("%s", why.text);
	} else {
		m = json_loadb((const char *)in.data, in.len,
		    JSON_REJECT_DUPLICATES, NULL);
		code = print_draft(&a, m, part);
		json_decref(m);
	}
	arena_free(arena);
	return code;
}
