/*
 * SPDX-License-Identifier: MIT
 *
 * read: what a test sees of a federation: status, ledger, mailboxes, inboxes.
 */
#include "inner.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ledger/ledger.h"
#include "daemon/ledger/mailbox.h"
#include "daemon/ledger/registry.h"
#include "daemon/ledger/vault.h"
#include "tests/common/now.h"

#define POLL_MS 5
#define LEDGER_ARENA (1024u * 1024 * 1024) /* address space, until used */
#define LEDGER_MAP (1ull << 32)
#define JUDGE_TIMES 5

/* ------------------------------------------------------------------ status */

enum err
fed_status(
    struct fed *f, const char *field, char *out, size_t room, struct why *why)
{
	json_t *answer = fed_admin(
	    f, json_pack("{s:s}", "command", "status"), why);
	json_t *v = json_object_get(answer, field);
	char known[300] = "";
	size_t len = 0;
	const char *key;
	enum err e = answer == NULL ? ERR_CLOSED : ERR_OK;

	if (json_is_string(v))
		(void)snprintf(out, room, "%s", json_string_value(v));
	else if (json_is_integer(v))
		(void)snprintf(
		    out, room, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		(void)snprintf(
		    out, room, "%s", json_is_true(v) ? "true" : "false");
	else if (e == ERR_OK) {
		json_object_foreach(answer, key, v) {
			if (len < sizeof known)
				len += (size_t)snprintf(known + len,
				    sizeof known - len, " %s", key);
		}
		e = why_set(why, ERR_INVALID,
		    "status: found \"%s\", expected one of%s", field, known);
	}
	json_decref(answer);
	return e;
}

enum err
fed_vkey(struct fed *f, char out[256], struct why *why)
{
	char path[FED_PATH];
	const char *text;
	enum err e = ERR_OK;
	json_t *o;

	inner_path(f, path, "server.json");
	o = json_load_file(path, 0, NULL);
	text = json_string_value(json_object_get(o, "vkey"));
	if (text == NULL)
		e = why_set(why, ERR_NOT_FOUND,
		    "%s: found no vkey: was the daemon ever started?", path);
	else
		(void)snprintf(out, 256, "%s", text);
	json_decref(o);
	return e;
}

/* -------------------------------------------------------------- conditions */

static bool
seat_is_online(struct fed *f, const char *node, const char *seat)
{
	json_t *answer = fed_admin(
	    f, json_pack("{s:s}", "command", "nodes"), NULL);
	json_t *nodes = json_object_get(answer, "nodes"), *n, *s;
	bool online = false;
	size_t i, k;

	json_array_foreach(nodes, i, n) {
		const char *id = json_string_value(json_object_get(n, "node"));

		if (id == NULL || strcmp(id, node) != 0)
			continue;
		json_array_foreach(json_object_get(n, "seats"), k, s) {
			const char *name = json_string_value(
			    json_object_get(s, "name"));

			if (name != NULL && strcmp(name, seat) == 0)
				online = json_is_true(
				    json_object_get(s, "online"));
		}
	}
	json_decref(answer);
	return online;
}

enum err
fed_online(struct fed *f, const char *seat, int timeout_ms, struct why *why)
{
	uint64_t until = now_ms() + (uint64_t)timeout_ms;
	char node[100], of[40];
	enum err e = inner_seat(f, seat, node, of, why);

	while (e == ERR_OK && !seat_is_online(f, node, of)) {
		if (now_ms() > until)
			return why_set(why, ERR_CLOSED,
			    "%s:%s is not online after %d ms", node, of,
			    timeout_ms);
		(void)poll(NULL, 0, POLL_MS);
	}
	return e;
}

enum err
fed_drained(struct fed *f, int timeout_ms, struct why *why)
{
	uint64_t until = now_ms() + (uint64_t)timeout_ms;
	char ordinary[32] = "?", acute[32] = "?";

	for (;;) {
		/* While the daemon starts again there is no answer. */
		if (fed_status(f, "waiting_ordinary", ordinary, sizeof ordinary,
			why) == ERR_OK &&
		    fed_status(f, "waiting_acute", acute, sizeof acute, why) ==
			ERR_OK &&
		    strcmp(ordinary, "0") == 0 && strcmp(acute, "0") == 0)
			return ERR_OK;
		if (now_ms() > until)
			return why_set(why, ERR_CLOSED,
			    "after %d ms %s ordinary and %s acute messages "
			    "wait still",
			    timeout_ms, ordinary, acute);
		(void)poll(NULL, 0, POLL_MS);
	}
}

/* ---------------------------------------------------------------- snapshot */

static void
add_output(struct fed *f, const char *name, struct why *why)
{
	char path[FED_PATH], text[240];
	size_t n, len;
	FILE *log;

	inner_path(f, path, "log/%s", name);
	log = fopen(path, "re");
	if (why == NULL || log == NULL)
		return;
	n = fread(text, 1, sizeof text - 1, log);
	text[n] = '\0';
	(void)fclose(log);
	len = strlen(why->text);
	(void)snprintf(why->text + len, sizeof why->text - len, ": %s", text);
}

static enum err
audit(struct fed *f, const char *word, const char *dir, const char *vkey,
    struct why *why)
{
	char program[FED_PATH], name[32], path[FED_PATH];
	int status = 0;
	enum err e;

	(void)snprintf(program, sizeof program, "%s/bin/infohus", f->build);
	(void)snprintf(name, sizeof name, "audit-%s", word);
	inner_path(f, path, "log/%s", name);
	(void)unlink(path);
	e = fed_spawn(f, name,
	    (const char *const[]){
		program, "audit", word, dir, "--vkey", vkey, NULL },
	    NULL, why);
	if (e == ERR_OK)
		e = fed_wait(f, name, 10 * FED_PATIENCE_MS, &status, why);
	if (e == ERR_OK && status != 0) {
		e = why_set(why, ERR_INVALID, "infohus audit %s %s: status %d",
		    word, dir, status);
		add_output(f, name, why);
	}
	return e;
}

static enum err
take(struct fed *f, const char *dir, struct why *why)
{
	json_t *answer = fed_admin(
	    f, json_pack("{s:s, s:s}", "command", "snapshot", "dir", dir), why);
	enum err e = answer == NULL ? ERR_CLOSED : ERR_OK;

	if (answer != NULL && !json_is_true(json_object_get(answer, "ok")))
		e = why_set(why, ERR_DENIED, "snapshot %s: %s", dir,
		    json_string_value(json_object_get(answer, "why")));
	json_decref(answer);
	return e;
}

enum err
fed_snapshot(
    struct fed *f, const char *dir, const char **taken, struct why *why)
{
	char path[FED_PATH], vkey[256];
	enum err e = fed_vkey(f, vkey, why);

	for (unsigned i = 1; dir == NULL && i < 10000; i++) {
		inner_path(f, path, "snapshot-%u", i);
		if (access(path, F_OK) != 0)
			dir = path;
	}
	if (e == ERR_OK)
		e = take(f, dir, why);
	if (e == ERR_OK)
		e = audit(f, "verify", dir, vkey, why);
	if (e == ERR_OK)
		e = audit(f, "replay", dir, vkey, why);
	if (e == ERR_OK && taken != NULL)
		*taken = arena_strdup(f->arena, dir);
	return e;
}

/* ------------------------------------------------------------------- judge */

static int
is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* The oracle's command line; e and why are its first error. */
struct words {
	const char *word[1001]; /* ended by NULL */
	size_t n;
	enum err e;
	struct why *why;
};

static void
free_names(struct dirent **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

/* A word left out would be a seat or an inbox that nobody judges. */
static void
add_word(struct words *w, const char *word)
{
	size_t most = sizeof w->word / sizeof w->word[0] - 1;

	if (w->e != ERR_OK)
		return;
	if (word == NULL)
		w->e = why_set(w->why, ERR_NOMEM,
		    "no memory for what the oracle is to judge");
	else if (w->n == most)
		w->e = why_set(w->why, ERR_FULL,
		    "more seats and inboxes than fit into the oracle's %zu "
		    "words",
		    most);
	else
		w->word[w->n++] = word;
}

/* Names in a folder of the federation; free each and the list. */
static size_t
names_in(
    struct fed *f, struct words *w, const char *folder, struct dirent ***list)
{
	const char *path = folder != NULL ? fed_path(f, folder) : "";
	int n = path[0] != '\0' ? scandir(path, list, is_visible, alphasort) :
				  -1;

	if (n >= 0)
		return (size_t)n;
	*list = NULL;
	if (path[0] == '\0')
		add_word(w, NULL);
	else if (errno != ENOENT && w->e == ERR_OK)
		w->e = why_errno(w->why, ERR_IO, "%s", path);
	return 0;
}

/* Every seat of nodes/NAME that ever did anything. */
static void
add_seats(struct fed *f, struct words *w, const char *name)
{
	struct dirent **list;
	const char *node = arena_printf(f->arena, "nodes/%s", name);
	size_t n = names_in(f, w, node, &list);

	for (size_t i = 0; i < n; i++) {
		const char *home = arena_printf(f->arena, "%s/nodes/%s/%s",
		    f->folder, name, list[i]->d_name);
		const char *state = home != NULL ?
		    arena_printf(f->arena, "%s/state", home) :
		    NULL;

		if (strncmp(list[i]->d_name, "seat-", 5) == 0 &&
		    (state == NULL || access(state, F_OK) == 0)) {
			add_word(w, "--seat");
			add_word(w, state != NULL ? home : NULL);
		}
	}
	free_names(list, n);
}

static void
add_inbox(struct fed *f, struct words *w, const char *name)
{
	char *node = arena_strdup(f->arena, name);

	for (char *c = node; c != NULL && *c != '\0'; c++)
		if (*c == '_')
			*c = '/';
	add_word(w, "--inbox");
	add_word(w, node);
	add_word(w, arena_printf(f->arena, "%s/inbox/%s", f->folder, name));
}

static enum err
ask_oracle(struct fed *f, const char *snapshot, struct why *why)
{
	struct words w = { .e = ERR_OK, .why = why };
	struct dirent **list;
	int status = 0;
	enum err e;
	size_t n;

	add_word(&w, arena_printf(f->arena, "%s/tests/oracle", f->build));
	add_word(&w, snapshot);
	n = names_in(f, &w, "nodes", &list);
	for (size_t i = 0; i < n; i++)
		if (strchr(list[i]->d_name, '.') == NULL)
			add_seats(f, &w, list[i]->d_name);
	free_names(list, n);
	n = names_in(f, &w, "inbox", &list);
	for (size_t i = 0; i < n; i++)
		add_inbox(f, &w, list[i]->d_name);
	free_names(list, n);
	(void)unlink(fed_path(f, "log/oracle"));
	e = w.e;
	if (e == ERR_OK)
		e = fed_spawn(f, "oracle", w.word, NULL, why);
	if (e == ERR_OK)
		e = fed_wait(f, "oracle", 10 * FED_PATIENCE_MS, &status, why);
	if (e == ERR_OK && status != 0) {
		e = why_set(
		    why, ERR_INVALID, "the oracle ended with %d", status);
		add_output(f, "oracle", why);
	}
	return e;
}

/* Does a line stand in the file? */
static bool
holds_line(FILE *file, const char *line)
{
	char *other = NULL;
	size_t room = 0;
	bool holds = false;

	rewind(file);
	while (!holds && getline(&other, &room, file) > 0)
		holds = strcmp(other, line) == 0;
	free(other);
	return holds;
}

/* Has the oracle found again what it found the time before? */
static bool
is_found_again(struct fed *f)
{
	FILE *now = fopen(fed_path(f, "log/oracle"), "re");
	FILE *then = fopen(fed_path(f, "log/oracle-before"), "re");
	bool again = false;
	char *line = NULL;
	size_t room = 0;

	while (now != NULL && then != NULL && !again &&
	    getline(&line, &room, now) > 0)
		again = strncmp(line, "FAULT ", 6) == 0 &&
		    holds_line(then, line);
	free(line);
	if (now != NULL)
		(void)fclose(now);
	if (then != NULL)
		(void)fclose(then);
	return again;
}

/*
 * What seats received after the snapshot looks like a fault, and is none for
 * the next one. So a fault counts if the log has not grown since before that
 * snapshot, or if it is found in two running.
 */
enum err
fed_judge(struct fed *f, struct why *why)
{
	char before[32] = "", after[32] = "";
	struct why found = { "" };
	const char *snapshot;
	enum err e;

	(void)unlink(fed_path(f, "log/oracle"));
	(void)unlink(fed_path(f, "log/oracle-before"));
	for (int i = 0; i < JUDGE_TIMES; i++) {
		(void)rename(fed_path(f, "log/oracle"),
		    fed_path(f, "log/oracle-before"));
		e = fed_status(f, "size", before, sizeof before, why);
		if (e == ERR_OK)
			e = fed_snapshot(f, NULL, &snapshot, why);
		if (e != ERR_OK)
			return e;
		e = ask_oracle(f, snapshot, &found);
		if (e == ERR_OK)
			return e;
		if (e != ERR_INVALID || is_found_again(f) ||
		    fed_status(f, "size", after, sizeof after, NULL) !=
			ERR_OK ||
		    strcmp(before, after) == 0)
			return why_set(why, e, "%s", found.text);
	}
	return why_set(why, ERR_INVALID,
	    "the log grew each of the %d times it was judged, at last from "
	    "%s to %s entries: wait until all is quiet; %s",
	    JUDGE_TIMES, before, after, found.text);
}

/* ------------------------------------------------------------------ ledger */

struct fed_ledger {
	struct store *store;
	struct txn *t;
	struct arena *a;
	uint64_t size;
};

enum err
fed_ledger_open(struct fed_ledger **out, const char *snapshot, struct why *why)
{
	struct fed_ledger *l = calloc(1, sizeof *l);
	enum err e = l == NULL ? ERR_NOMEM : arena_new(&l->a, LEDGER_ARENA);

	if (l == NULL)
		return why_set(why, e, "no memory for a ledger");
	if (e == ERR_OK)
		e = store_open(&l->store, snapshot, LEDGER_MAP, true, why);
	if (e == ERR_OK)
		e = store_read(l->store, &l->t, why);
	if (e != ERR_OK) {
		fed_ledger_close(l);
		return e;
	}
	l->size = ledger_size(l->t);
	*out = l;
	return ERR_OK;
}

void
fed_ledger_close(struct fed_ledger *l)
{
	if (l == NULL)
		return;
	store_abort(l->t);
	store_close(l->store);
	arena_free(l->a);
	free(l);
}

uint64_t
fed_ledger_size(const struct fed_ledger *l)
{
	return l->size;
}

enum err
fed_ledger_entry(struct fed_ledger *l, uint64_t index, const PbEntry **entry,
    const PbDetails **details)
{
	struct digest commitment;
	struct bytes packed;
	PbOpening *opening;
	PbDetails *d = NULL;
	PbEntry *p;
	enum err e = ledger_entry(l->t, l->a, index, &packed);

	if (e != ERR_OK)
		return e;
	if (ENVELOPE_UNPACK(l->a, entry, packed, &p, NULL) != CODE_OK)
		return ERR_INVALID;
	*entry = p;
	*details = NULL;
	if (!p->has_details)
		return ERR_OK;
	memcpy(commitment.b, p->details.data, DIGEST_SIZE);
	e = vault_open(l->t, l->a, &commitment, &opening);
	if (e == ERR_OK &&
	    ENVELOPE_UNPACK(l->a, details,
		bytes_of(opening->part.data, opening->part.len), &d,
		NULL) != CODE_OK)
		e = ERR_INVALID;
	*details = d;
	return e;
}

/* An unknown node has no mailbox; an empty one would be a wrong answer. */
static enum err
is_admitted(struct fed_ledger *l, const char *node, struct why *why)
{
	struct registry *r;
	char all[300] = "";
	enum err e = registry_load(&r, l->t, why);

	if (e != ERR_OK)
		return e;
	if (registry_find(r, node) == NULL) {
		for (size_t i = 0; i < registry_count(r); i++)
			inner_list(all, sizeof all, registry_at(r, i)->id);
		e = why_set(why, ERR_NOT_FOUND,
		    "node: found \"%s\", expected one that was admitted:%s",
		    node, all);
	}
	registry_unref(r);
	return e;
}

struct waiting {
	uint64_t *index;
	size_t room, n;
};

static bool
visit(void *ctx, const PbMailboxItem *item)
{
	struct waiting *w = ctx;

	if (w->n < w->room)
		w->index[w->n] = item->index;
	w->n++;
	return true;
}

enum err
fed_ledger_mailbox(struct fed_ledger *l, const char *node, uint64_t *index,
    size_t room, size_t *n, struct why *why)
{
	struct waiting w = { index, room, 0 };
	enum err e = is_admitted(l, node, why);

	if (e != ERR_OK)
		return e;
	e = mailbox_walk(l->t, l->a, node, LANE_ORDINARY, 0, visit, &w);
	if (e == ERR_OK)
		e = mailbox_walk(l->t, l->a, node, LANE_ACUTE, 0, visit, &w);
	if (e != ERR_OK)
		return why_set(why, e, "the mailbox of %s", node);
	*n = w.n;
	return e;
}

/* ----------------------------------------------------------------- inboxes */

static int
is_message(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return e->d_name[0] != '.' && dot != NULL && strcmp(dot, ".json") == 0;
}

enum err
fed_inbox(struct fed *f, const char *node, size_t *count, struct why *why)
{
	char name[100], path[FED_PATH];
	struct dirent **list;
	enum err e = inner_node(f, node, why);
	int n;

	if (e != ERR_OK)
		return e;
	inner_file_name(name, sizeof name, node);
	inner_path(f, path, "inbox/%s", name);
	n = scandir(path, &list, is_message, NULL);
	/* Without a receiver yet there is no folder. */
	if (n < 0 && errno != ENOENT)
		return why_errno(why, ERR_IO, "%s", path);
	for (int i = 0; i < n; i++)
		free(list[i]);
	if (n >= 0)
		free(list);
	*count = n < 0 ? 0 : (size_t)n;
	return ERR_OK;
}

/* ------------------------------------------------------------------ drafts */

char *
fed_concern(const char *text)
{
	static const char to[] =
	    "{\"role\": \"%s\", \"relation\": \"%s\",\n"
	    "   \"cooperation\": \"ssp\", \"basis\": [\"rpl_115_2\"],\n"
	    "   \"purpose\": \"crime_prevention\", \"necessity\": "
	    "\"assessment\",\n"
	    "   \"section\": [\"concern\"]}";
	char police[300], kommune[300], *out;

	(void)snprintf(
	    police, sizeof police, to, "pol_tovholder", "district_of_subject");
	(void)snprintf(
	    kommune, sizeof kommune, to, "kom_tovholder", "kommune_of_subject");
	if (asprintf(&out,
		"{\"kind\": \"concern\", \"role\": \"jobcenter\",\n"
		" \"grounds\": {\"bopaelskommune\": \"0101\", \"age\": "
		"\"adult\",\n"
		"  \"source\": \"jobcenter\", \"necessity\": \"Vurdering af "
		"bekymring\"},\n"
		" \"addressee\": [\n  %s,\n  %s],\n"
		" \"sections\": {\"concern\": {\"text\": \"%s\"}}}\n",
		police, kommune, text) < 0)
		return NULL;
	return out;
}
