/*
 * SPDX-License-Identifier: MIT
 *
 * rules: infohus rules. Says how the law judges a draft before it is sent,
 * tests it against written cases, and writes the manifest that custodians
 * approve. It changes nothing that is in force, and what it says is no receipt.
 */
#include "rules.h"

#include <string.h>
#include <unistd.h>

#include "daemon/common/config.h"
#include "proto/envelope.h"

#define TEXT_FILE_MAX (4 * 1024 * 1024)

int
rules_problems(const struct problems *p)
{
	fprintf(
	    stderr, "%s", p->text != NULL ? p->text : "infohus: no memory\n");
	return EXIT_NO;
}

/* ---------------------------------------------------------------- test */

static int
test_table(const struct args *a, const char *file)
{
	struct arena *arena;
	struct bytes text;
	struct why why = { "no memory" };
	int code;

	if (arena_new(&arena, 2 * TEXT_FILE_MAX) != ERR_OK)
		return trouble("no memory");
	if (file_read(arena, file, TEXT_FILE_MAX, &text, &why) == ERR_OK)
		code = rules_test(a, file, text);
	else
		code = trouble("%s", why.text);
	arena_free(arena);
	return code;
}

static int
cmd_test(int argc, char **argv)
{
	struct problems p = { 0 };
	struct config *c;
	struct args a;
	int code;

	if (!args_parse(&a, &rules_test_usage, argc, argv, &code))
		return code;
	if (args_has(&a, "config") == args_has(&a, "rules"))
		return usage_error(&rules_test_usage,
		    "found %s, expected --config or --rules",
		    args_has(&a, "config") ? "both" : "neither");
	if (args_has(&a, "rules"))
		return test_table(&a, args_value(&a, "rules"));
	c = config_load(args_value(&a, "config"), &p);
	code = c != NULL ? test_table(&a, c->law.rules) : rules_problems(&p);
	config_free(c);
	problems_free(&p);
	return code;
}

/* ------------------------------------------------------------ manifest */

static const struct option_help manifest_options[] = {
	{ "config", "FILE", false, "infohusd.yaml (required)" },
	{ "json", NULL, false, "print name and hash of every item as JSON" },
	{ NULL, NULL, false, NULL },
};

static const struct usage manifest_usage = {
	.command = "rules manifest",
	.operands = "",
	.text = "Checks rules, invariants, places, workflow, trust anchors and "
		"custodians of a\nconfiguration and writes the manifest that "
		"lists them by hash, "
		"without\napprovals, where the configuration says. Then two "
		"custodians approve it with\ninfohus rules approve.",
	.option = manifest_options,
};

#define MANIFEST_FILE_MAX (256 * 1024)

/* The manifest as an object without approvals, packed. */
static enum err
wrap_manifest(struct arena *a, const struct law_files *f, struct bytes *out,
    struct why *why)
{
	PbApproved approved = PB_APPROVED__INIT;
	PbObject object = PB_OBJECT__INIT;
	struct bytes manifest;
	enum err e = law_manifest(a, f, &manifest, why);

	if (e != ERR_OK)
		return e;
	object.kind = OBJECT_MANIFEST;
	object.version = PROTOCOL_VERSION;
	object.bytes.data = (uint8_t *)(uintptr_t)manifest.data;
	object.bytes.len = manifest.len;
	approved.object = &object;
	return envelope_pack(a, &approved, out);
}

static int
print_manifest(const struct law *l, const char *file, bool as_json)
{
	char hex[2 * DIGEST_SIZE + 1];
	json_t *items = as_json ? json_object() : NULL;

	for (size_t i = 0; i < l->n_text; i++) {
		hex_encode(hex, bytes_of(l->text[i].sha256.b, DIGEST_SIZE));
		if (as_json)
			json_object_set_new(
			    items, l->text[i].name, json_string(hex));
		else
			printf("%s  %s\n", hex, l->text[i].name);
	}
	hex_encode(hex, bytes_of(l->manifest.b, DIGEST_SIZE));
	if (as_json)
		return print_json(json_pack("{s:s, s:s, s:o}", "manifest", hex,
			   "file", file, "item", items)) ?
		    EXIT_YES :
		    EXIT_TROUBLE;
	printf("%s  manifest, in ", hex);
	print_text(stdout, file);
	printf("\nNow two custodians approve it: infohus rules approve\n");
	return EXIT_YES;
}

/* A manifest that says the same keeps the approvals it has. */
static bool
is_written(struct arena *a, const char *file, struct bytes packed)
{
	PbApproved *there, *fresh;
	struct bytes old;

	return access(file, F_OK) == 0 &&
	    file_read(a, file, MANIFEST_FILE_MAX, &old, NULL) == ERR_OK &&
	    ENVELOPE_UNPACK(a, approved, old, &there, NULL) == CODE_OK &&
	    ENVELOPE_UNPACK(a, approved, packed, &fresh, NULL) == CODE_OK &&
	    there->object->kind == fresh->object->kind &&
	    bytes_eq(
		bytes_of(there->object->bytes.data, there->object->bytes.len),
		bytes_of(fresh->object->bytes.data, fresh->object->bytes.len));
}

static int
write_manifest(const struct config *c, const struct law *l, bool as_json)
{
	struct bytes packed;
	struct arena *arena;
	struct why why = { "no memory" };
	int code;

	if (arena_new(&arena, PARSE_ARENA) != ERR_OK)
		return trouble("no memory");
	if (wrap_manifest(arena, &c->law, &packed, &why) != ERR_OK ||
	    (!is_written(arena, c->law.manifest, packed) &&
		file_write(c->law.manifest, packed, 0644, &why) != ERR_OK))
		code = trouble("%s", why.text);
	else
		code = print_manifest(l, c->law.manifest, as_json);
	arena_free(arena);
	return code;
}

static int
cmd_manifest(int argc, char **argv)
{
	struct problems p = { 0 };
	struct config *c;
	struct law *l;
	struct args a;
	int code;

	if (!args_parse(&a, &manifest_usage, argc, argv, &code))
		return code;
	if (!args_has(&a, "config"))
		return usage_error(&manifest_usage, "--config is missing");
	c = config_load(args_value(&a, "config"), &p);
	l = c != NULL ? law_load(&c->law, false, &p) : NULL;
	if (l == NULL)
		code = rules_problems(&p);
	else
		code = write_manifest(c, l, args_has(&a, "json"));
	law_unref(l);
	config_free(c);
	problems_free(&p);
	return code;
}

int
cmd_rules(int argc, char **argv)
{
	static const struct subcommand table[] = {
		{ "check", rules_check,
		    "say all that is wrong with a table, prove its "
		    "invariants" },
		{ "explain", rules_explain,
		    "say how a draft or a question would be judged, and why" },
		{ "diff", rules_diff, "say what two tables judge differently" },
		{ "matrix", rules_matrix, "print who may tell whom what" },
		{ "what-if", rules_what_if,
		    "judge a recorded history under another table" },
		{ "test", cmd_test,
		    "judge the cases that lawyers have written" },
		{ "manifest", cmd_manifest,
		    "write the manifest for custodians to approve" },
		{ "approve", rules_approve,
		    "check a law whole and write a custodian's approval" },
		{ "join", rules_join,
		    "put custodians' approvals together to a manifest" },
		{ NULL, NULL, NULL },
	};

	return subcommand_run("rules", table, argc, argv);
}
