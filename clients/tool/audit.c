/*
 * SPDX-License-Identifier: MIT
 *
 * audit: `infohus audit verify|show|replay`. An auditor has a snapshot, the
 * log's public key, and no reason to trust who made the snapshot.
 */
#include "audit.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger/vault.h"
#include "tool.h"

#define READ_ARENA (1024 * 1024)

void
audit_fault(struct audit *a, uint64_t index, const char *what)
{
	a->guard->faults++;
	if (a->json) {
		(void)print_json(json_pack(
		    "{s:I,s:s}", "entry", (json_int_t)index, "fault", what));
		return;
	}
	printf("entry %" PRIu64 ": ", index);
	print_text(stdout, what);
	putchar('\n');
}

enum err
audit_part(struct txn *t, struct arena *arena,
    const ProtobufCMessageDescriptor *d, ProtobufCBinaryData commitment,
    ProtobufCMessage **out)
{
	struct digest digest;
	PbOpening *opening;
	enum err err;

	if (commitment.len != DIGEST_SIZE)
		return ERR_INVALID;
	memcpy(digest.b, commitment.data, DIGEST_SIZE);
	err = vault_open(t, arena, &digest, &opening);
	if (err != ERR_OK)
		return err;
	return envelope_unpack(arena, d,
		   bytes_of(opening->part.data, opening->part.len), out,
		   NULL) == CODE_OK ?
	    ERR_OK :
	    ERR_INVALID;
}

enum err
audit_entry(struct txn *t, struct arena *arena, uint64_t index, PbEntry **entry,
    PbDetails **details)
{
	struct bytes packed;
	enum err err;

	err = ledger_entry(t, arena, index, &packed);
	if (err != ERR_OK)
		return err;
	if (ENVELOPE_UNPACK(arena, entry, packed, entry, NULL) != CODE_OK)
		return ERR_INVALID;
	*details = NULL;
	if (!(*entry)->has_details)
		return ERR_OK;
	return AUDIT_PART(t, arena, details, (*entry)->details, details);
}

/* ------------------------------------------------------------------ verify */

static void
bad(void *ctx, uint64_t index, const char *what)
{
	audit_fault(ctx, index, what);
}

static void
reached(void *ctx, uint64_t index)
{
	struct audit *a = ctx;

	a->guard->near = index;
}

/* The log must contain the checkpoint that the auditor brought. */
static enum err
check_known(struct audit *a, struct why *why)
{
	const struct checkpoint *k = &a->known;
	struct proof p = { .len = 0 };
	struct txn *t;
	enum err err;

	if (k->size > a->head.size) {
		audit_fault(a, a->head.size,
		    "the log is shorter than the "
		    "checkpoint you know");
		return ERR_OK;
	}
	if (k->size == 0)
		return ERR_OK;
	err = store_read(a->store, &t, why);
	if (err != ERR_OK)
		return err;
	err = ledger_consistency(t, k->size, a->head.size, &p);
	store_abort(t);
	if (err != ERR_OK ||
	    !merkle_consistency_holds(
		k->size, a->head.size, &k->root, &a->head.root, p.hash, p.len))
		audit_fault(a, k->size - 1,
		    "the log does not contain the "
		    "checkpoint you know: you were shown another log");
	return ERR_OK;
}

static void
print_verified(const struct audit *a)
{
	char root[64];

	base64_encode(root, bytes_of(a->head.root.b, DIGEST_SIZE));
	if (a->json) {
		(void)print_json(json_pack("{s:b,s:s,s:I,s:s,s:I}", "ok",
		    a->guard->faults == 0, "origin", a->head.origin, "size",
		    (json_int_t)a->head.size, "root", root, "faults",
		    (json_int_t)a->guard->faults));
		return;
	}
	printf("%s%s%s: %" PRIu64 " entries of %s, root %s",
	    colour(stdout, a->guard->faults == 0 ? COLOUR_GOOD : COLOUR_BAD),
	    a->guard->faults == 0 ? "verified" : "NOT VERIFIED",
	    colour(stdout, COLOUR_PLAIN), a->head.size, a->head.origin, root);
	if (a->guard->faults > 0)
		printf(", %" PRIu64 " faults", a->guard->faults);
	putchar('\n');
}

int
audit_verify(struct audit *a)
{
	struct ledger_watch watch = { bad, reached, a };
	uint64_t faults;
	struct why why;
	enum err err;

	err = ledger_verify(a->store, &a->head, &watch, &faults, &why);
	if (err == ERR_OK && a->has_known)
		err = check_known(a, &why);
	if (err != ERR_OK)
		return trouble("%s", why.text);
	print_verified(a);
	return a->guard->faults == 0 ? EXIT_YES : EXIT_NO;
}

/* ------------------------------------------------------------ the snapshot */

struct work {
	struct audit *audit;
	int (*run)(struct audit *a);
};

static int
work_in_child(void *ctx, struct guard *g)
{
	struct work *w = ctx;
	struct why why;
	int code;

	/* What was found must be out before the file can kill us. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	w->audit->guard = g;
	if (store_open(&w->audit->store, w->audit->dir, 0, true, &why) !=
	    ERR_OK)
		return trouble("%s", why.text);
	code = w->run(w->audit);
	store_close(w->audit->store);
	if (fflush(stdout) != 0)
		return trouble("the output could not be written");
	return code;
}

static int
run_guarded(struct audit *a, int (*run)(struct audit *a))
{
	struct work work = { a, run };
	struct guard *g;
	struct why why;
	int code;

	if (guard_run(&g, work_in_child, &work, &why) != ERR_OK)
		return trouble("%s", why.text);
	code = g->result;
	if (!g->finished) {
		a->guard = g;
		audit_fault(a, g->near,
		    "the store's structure is damaged near this entry");
		code = EXIT_NO;
	}
	guard_free(g);
	return code;
}

/* A verifier key as text, or a file that holds one. */
static enum err
read_key(struct arena *arena, const char *value, struct note_key *key,
    struct why *why)
{
	struct bytes text;
	enum err err;
	char *line;

	if (note_key_parse(key, value, NULL) == ERR_OK)
		return ERR_OK;
	err = file_read(arena, value, 4096, &text, why);
	if (err != ERR_OK)
		return err;
	line = arena_printf(
	    arena, "%.*s", (int)text.len, (const char *)text.data);
	if (line == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	line[strcspn(line, "\r\n")] = '\0';
	return note_key_parse(key, line, why);
}

static enum err
read_checkpoint(struct arena *arena, const char *path,
    const struct note_key *key, struct checkpoint *out, struct why *why)
{
	struct bytes note;
	struct why inner;
	enum err err;

	err = file_read(arena, path, NOTE_MAX, &note, why);
	if (err != ERR_OK)
		return err;
	err = checkpoint_open(out, note, key, &inner);
	if (err != ERR_OK)
		return why_set(why, err, "%s: %s", path, inner.text);
	return ERR_OK;
}

static enum err
read_custodians(struct audit *a, struct arena *arena, const struct args *args,
    struct why *why)
{
	const char *path;
	struct bytes pem;
	enum err err = ERR_OK;

	while (err == ERR_OK &&
	    (path = args_nth(args, "custodian", a->n_custodian)) != NULL) {
		if (a->n_custodian == CUSTODIANS_MAX)
			return why_set(why, ERR_INVALID,
			    "more than %d "
			    "custodians",
			    CUSTODIANS_MAX);
		err = file_read(arena, path, 65536, &pem, why);
		if (err == ERR_OK)
			err = cert_parse_pem(
			    &a->custodian[a->n_custodian], pem, why);
		if (err == ERR_OK)
			a->n_custodian++;
	}
	return err;
}

static enum err
prepare(struct audit *a, struct arena *arena, const struct args *args,
    struct why *why)
{
	const char *known = args_value(args, "known");
	const char *path;
	enum err err;

	a->json = args_has(args, "json");
	err = read_key(arena, a->vkey, &a->key, why);
	if (err != ERR_OK)
		return err;
	path = arena_printf(arena, "%s/" LEDGER_CHECKPOINT, a->dir);
	if (path == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	err = read_checkpoint(arena, path, &a->key, &a->head, why);
	if (err == ERR_OK && known != NULL) {
		a->has_known = true;
		err = read_checkpoint(arena, known, &a->key, &a->known, why);
	}
	return err == ERR_OK ? read_custodians(a, arena, args, why) : err;
}

int
audit_run(const struct args *args, struct audit *a, int (*run)(struct audit *a))
{
	struct arena *arena;
	struct why why;
	int code;

	if (arena_new(&arena, READ_ARENA) != ERR_OK)
		return trouble("no memory");
	if (prepare(a, arena, args, &why) == ERR_OK)
		code = run_guarded(a, run);
	else
		code = trouble("%s", why.text);
	while (a->n_custodian > 0)
		cert_free(a->custodian[--a->n_custodian]);
	arena_free(arena);
	return code;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void
audit_remove(const char *dir)
{
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int
audit_run_aside(
    const struct args *args, struct audit *a, int (*run)(struct audit *a))
{
	const char *parent = getenv("TMPDIR");
	char *scratch;
	int code;

	if (asprintf(&scratch, "%s/infohus-replay-XXXXXX",
		parent != NULL && *parent != '\0' ? parent : "/tmp") == -1)
		return trouble("no memory");
	if (mkdtemp(scratch) == NULL) {
		code = trouble("no folder like %s can be made", scratch);
	} else {
		a->scratch = scratch;
		code = audit_run(args, a, run);
		audit_remove(scratch);
	}
	free(scratch);
	return code;
}

/* ------------------------------------------------------------------- words */

static int
run_word(const struct args *args, struct audit *a,
    int (*how)(
	const struct args *args, struct audit *a, int (*run)(struct audit *a)),
    int (*run)(struct audit *a))
{
	if (args_value(args, "vkey") == NULL)
		return usage_error(args->usage,
		    "--vkey is missing: the vkey line of server.json");
	a->dir = args->operand[0];
	a->vkey = args_value(args, "vkey");
	return how(args, a, run);
}

#define OPTION_VKEY \
	{ \
		"vkey", "V|FILE", false, \
		    "the log's verifier key, the vkey line of server.json: " \
		    "as text or in a file" \
	}
#define OPTION_JSON \
	{ \
		"json", NULL, false, "one JSON object a line" \
	}

static const struct option_help verify_option[] = {
	OPTION_VKEY,
	{ "known", "FILE", false,
	    "a checkpoint you hold; the log must contain it" },
	OPTION_JSON,
	{ NULL, NULL, false, NULL },
};
static const struct usage verify_usage = {
	"audit verify",
	"SNAPSHOT",
	1,
	1,
	"Checks a whole snapshot against its signed checkpoint: entries,\n"
	"tree, parts, manifests. Names each fault with its entry.",
	verify_option,
};

static int
verify_word(int argc, char **argv)
{
	struct audit a = { .dir = NULL };
	struct args args;
	int code;

	if (!args_parse(&args, &verify_usage, argc, argv, &code))
		return code;
	return run_word(&args, &a, audit_run, audit_verify);
}

static const struct option_help show_option[] = {
	OPTION_VKEY,
	{ "first", "N", false, "from this entry on (0)" },
	{ "count", "N", false, "at most so many entries" },
	OPTION_JSON,
	{ NULL, NULL, false, NULL },
};
static const struct usage show_usage = {
	"audit show",
	"SNAPSHOT",
	1,
	1,
	"Prints the entries: when, what, who to whom, and every verdict with\n"
	"its rule and law. Verify first: this believes what it reads.",
	show_option,
};

static int
show_word(int argc, char **argv)
{
	struct audit a = { .dir = NULL };
	struct args args;
	int code;

	if (!args_parse(&args, &show_usage, argc, argv, &code))
		return code;
	if (!args_number(&args, "first", 0, INT64_MAX, 0, &a.first) ||
	    !args_number(&args, "count", 1, INT64_MAX, INT64_MAX, &a.count))
		return EXIT_USAGE;
	return run_word(&args, &a, audit_run, audit_show);
}

static const struct option_help replay_option[] = {
	OPTION_VKEY,
	{ "custodian", "FILE", true,
	    "a custodian's certificate: two of those "
	    "given must have approved the first manifest" },
	OPTION_JSON,
	{ NULL, NULL, false, NULL },
};
static const struct usage replay_usage = {
	"audit replay",
	"SNAPSHOT",
	1,
	1,
	"Judges every recorded message again, under the law it was judged\n"
	"under, and checks every signature and approval. Says what differs.",
	replay_option,
};

static int
replay_word(int argc, char **argv)
{
	struct audit a = { .dir = NULL };
	struct args args;
	int code;

	if (!args_parse(&args, &replay_usage, argc, argv, &code))
		return code;
	return run_word(&args, &a, audit_run_aside, audit_replay);
}

int
cmd_audit(int argc, char **argv)
{
	static const struct subcommand word[] = {
		{ "verify", verify_word, "check a snapshot, every byte of it" },
		{ "show", show_word, "print its entries" },
		{ "replay", replay_word, "judge every message again" },
		{ NULL, NULL, NULL },
	};

	return subcommand_run("audit", word, argc, argv);
}
