/*
 * SPDX-License-Identifier: MIT
 *
 * config: infohusd.yaml by one table, from which help and error texts come
 * too. It reads no other file: keys are read by who needs them, the law by
 * law_load. A value out of its range is never rounded into it.
 */
#include "daemon/common/config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/slurp.h"
#include "proto/note.h"

#define CONFIG_ARENA (1024 * 1024)
#define CONFIG_SIZE_MAX (256 * 1024)
#define EPHEMERAL_FIRST 32768 /* ports from here on the kernel hands out */
#define DOORS_MAX 8192

enum type { TYPE_ORIGIN, TYPE_ADDRESS, TYPE_NUMBER, TYPE_PATH, TYPE_PATHS };

struct key {
	const char *section; /* NULL: top level */
	const char *name;
	enum type type;
	uint64_t min, max;   /* of a number, or how many paths */
	const char *preset;  /* value when left out; NULL: must be there */
	size_t offset;	     /* in struct config */
	size_t count_offset; /* TYPE_PATHS: of the number of paths */
	const char *help;
};

#define AT(member) offsetof(struct config, member)

/* Numbers are read into unsigned, but map_bytes, which is in MiB here. */
static const struct key key_table[] = {
	{ NULL, "origin", TYPE_ORIGIN, 0, 0, NULL, AT(origin), 0,
	    "name of the log, for ever" },
	{ NULL, "listen", TYPE_ADDRESS, 0, 0, NULL, AT(listen), 0,
	    "IPv4 or IPv6 address that the doors bind" },
	{ NULL, "first_port", TYPE_NUMBER, 1024, EPHEMERAL_FIRST - 2, NULL,
	    AT(first_port), 0, "door n listens on first_port + n" },
	{ NULL, "doors", TYPE_NUMBER, 1, DOORS_MAX, NULL, AT(doors), 0,
	    "size of the pool of doors, spares included" },
	{ NULL, "data", TYPE_PATH, 0, 0, NULL, AT(data), 0,
	    "folder of the ledger" },
	{ NULL, "map_mib", TYPE_NUMBER, 16, 16 * 1024 * 1024, NULL,
	    AT(map_bytes), 0, "address space reserved for the ledger, MiB" },
	{ NULL, "low_water", TYPE_PATH, 0, 0, NULL, AT(low_water), 0,
	    "file outside data that keeps the newest checkpoint" },
	{ NULL, "run", TYPE_PATH, 0, 0, NULL, AT(run), 0,
	    "folder of the admin socket" },
	{ NULL, "verify_threads", TYPE_NUMBER, 1, 16, "2", AT(verify_threads),
	    0, "threads that check signatures" },
	{ NULL, "batch", TYPE_NUMBER, 1, 1024, "256", AT(batch), 0,
	    "messages in one commit at most" },
	{ NULL, "tick_seconds", TYPE_NUMBER, 1, 60, "60", AT(tick_seconds), 0,
	    "the log shows that it lives this often" },
	{ "keys", "log", TYPE_PATH, 0, 0, NULL, AT(log_key), 0,
	    "key that signs checkpoints" },
	{ "keys", "box", TYPE_PATH, 0, 0, NULL, AT(box_key), 0,
	    "key of the inner box" },
	{ "keys", "curve", TYPE_PATH, 0, 0, NULL, AT(curve_key), 0,
	    "key of the doors" },
	{ "keys", "person", TYPE_PATH, 0, 0, NULL, AT(person_key), 0,
	    "key of the hash that links cases of a person" },
	{ "limits", "rate_per_minute", TYPE_NUMBER, 1, 100000, "600",
	    AT(rate_per_minute), 0, "ordinary messages of one door" },
	{ "limits", "acute_per_minute", TYPE_NUMBER, 1, 100000, "120",
	    AT(acute_per_minute), 0, "acute messages of one door" },
	{ "law", "rules", TYPE_PATH, 0, 0, NULL, AT(law.rules), 0,
	    "the rule table" },
	{ "law", "invariants", TYPE_PATH, 0, 0, NULL, AT(law.invariants), 0,
	    "what the rule table must keep, or it is not in force" },
	{ "law", "places", TYPE_PATH, 0, 0, NULL, AT(law.places), 0,
	    "kommuner, politikredse, regions" },
	{ "law", "kommuner", TYPE_PATHS, 0, KOMMUNE_FILES_MAX, "",
	    AT(law.kommune), AT(law.n_kommune),
	    "what is switched on in which kommune" },
	{ "law", "workflow", TYPE_PATH, 0, 0, NULL, AT(law.workflow), 0,
	    "the case as a state machine" },
	{ "law", "anchors", TYPE_PATHS, 1, 8, NULL, AT(law.anchor),
	    AT(law.n_anchor), "trust anchors of the nodes, PEM" },
	{ "law", "crls", TYPE_PATHS, 0, 8, "", AT(law.crl), AT(law.n_crl),
	    "revocation lists, PEM" },
	{ "law", "custodians", TYPE_PATHS, 2, CUSTODIANS_MAX, NULL,
	    AT(law.custodian), AT(law.n_custodian),
	    "certificates of the custodians, PEM" },
	{ "law", "manifest", TYPE_PATH, 0, 0, NULL, AT(law.manifest), 0,
	    "the approved manifest of all these" },
};

#define KEY_COUNT (sizeof(key_table) / sizeof(key_table[0]))

static const char *const section_table[] = { NULL, "keys", "limits", "law" };
static const char *const section_help[] = { NULL, "key files, mode 0600",
	"what one door may send", "everything a verdict depends on" };

/* The public part first: config_free finds the arena behind it. */
struct held {
	struct config config;
	struct arena *arena;
};

struct reading {
	const char *file;
	size_t folder; /* length of the file's folder with its slash */
	struct problems *p;
	struct held *held;
};

static void *
slot(const struct reading *r, size_t offset)
{
	return (char *)&r->held->config + offset;
}

/* Paths are relative to the folder of the file. NULL without memory. */
static char *
resolve(const struct reading *r, const char *path)
{
	if (path[0] == '/')
		return arena_strdup(r->held->arena, path);
	return arena_printf(
	    r->held->arena, "%.*s%s", (int)r->folder, r->file, path);
}

/* out is a char * or a const char * of struct config. */
static void
store_text(const struct reading *r, const struct yaml *v, void *out, char *text)
{
	if (text == NULL)
		problems_add(r->p, r->file, v->line, v->column, "no memory");
	else
		memcpy(out, &text, sizeof(text));
}

static void
read_path(const struct reading *r, const struct yaml *v, void *out)
{
	const char *text;

	if (yaml_text(v, r->file, 1000, &text, r->p))
		store_text(r, v, out, resolve(r, text));
}

static void
read_paths(
    const struct reading *r, const struct key *k, const struct yaml *list)
{
	size_t *n = slot(r, k->count_offset);

	if (list->n_child < k->min || list->n_child > k->max) {
		problems_add(r->p, r->file, list->line, list->column,
		    "found %zu files, expected %llu to %llu: %s", list->n_child,
		    (unsigned long long)k->min, (unsigned long long)k->max,
		    k->help);
		return;
	}
	for (const struct yaml *v = list->child; v != NULL; v = v->next)
		read_path(r, v, slot(r, k->offset + (*n)++ * sizeof(char *)));
}

static void
read_number(const struct reading *r, const struct key *k, const struct yaml *v)
{
	uint64_t n;

	if (!yaml_number(v, r->file, k->min, k->max, &n, r->p))
		return;
	if (k->offset == AT(map_bytes))
		r->held->config.map_bytes = n * 1024 * 1024;
	else
		*(unsigned *)slot(r, k->offset) = (unsigned)n;
}

static void
read_text(const struct reading *r, const struct yaml *v, char **out)
{
	const char *text;

	if (yaml_text(v, r->file, NOTE_NAME_MAX, &text, r->p))
		store_text(r, v, out, arena_strdup(r->held->arena, text));
}

static void
read_origin(const struct reading *r, const struct yaml *v)
{
	char **origin = &r->held->config.origin;
	static const uint8_t any_key[32];
	struct note_key key;
	struct why why;
	char q[YAML_QUOTE];

	read_text(r, v, origin);
	if (*origin != NULL &&
	    note_key_make(&key, *origin, NOTE_TYPE_ED25519, any_key, &why) !=
		ERR_OK)
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected a name without spaces and plus "
		    "signs",
		    yaml_quote(q, *origin));
}

static void
read_address(const struct reading *r, const struct yaml *v)
{
	char **listen = &r->held->config.listen;
	uint8_t address[16];
	char q[YAML_QUOTE];

	read_text(r, v, listen);
	if (*listen != NULL && inet_pton(AF_INET, *listen, address) != 1 &&
	    inet_pton(AF_INET6, *listen, address) != 1)
		problems_add(r->p, r->file, v->line, v->column,
		    "found %s, expected an IPv4 or IPv6 address",
		    yaml_quote(q, *listen));
}

static void
read_key(const struct reading *r, const struct key *k, const struct yaml *v)
{
	switch (k->type) {
	case TYPE_ORIGIN:
		read_origin(r, v);
		break;
	case TYPE_ADDRESS:
		read_address(r, v);
		break;
	case TYPE_NUMBER:
		read_number(r, k, v);
		break;
	case TYPE_PATH:
		read_path(r, v, slot(r, k->offset));
		break;
	case TYPE_PATHS:
		read_paths(r, k, v);
		break;
	}
}

static bool
same_section(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void
preset(const struct reading *r, const struct key *k)
{
	if (k->type == TYPE_NUMBER && k->preset != NULL)
		*(unsigned *)slot(r, k->offset) = (unsigned)strtoul(
		    k->preset, NULL, 10);
}

/* One map of the file; at the top level the sections are keys as well. */
static void
read_section(const struct reading *r, const struct yaml *m, const char *section,
    const struct yaml *sub[])
{
	struct yaml_key keys[KEY_COUNT + 4];
	const struct yaml *value[KEY_COUNT + 4];
	const struct key *from[KEY_COUNT];
	size_t n = 0, n_key;

	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct key *k = &key_table[i];

		if (!same_section(k->section, section))
			continue;
		keys[n] = (struct yaml_key){ k->name,
			k->type == TYPE_PATHS ? YAML_LIST : YAML_SCALAR,
			k->preset == NULL, k->help };
		from[n++] = k;
	}
	n_key = n;
	for (size_t i = 1; section == NULL && i < 4; i++)
		keys[n++] = (struct yaml_key){ section_table[i], YAML_MAP,
			strcmp(section_table[i], "limits") != 0,
			section_help[i] };
	(void)yaml_map(m, r->file, keys, n, value, r->p);
	for (size_t i = 0; i < n_key; i++)
		if (value[i] != NULL)
			read_key(r, from[i], value[i]);
	for (size_t i = n_key; i < n; i++)
		sub[i - n_key] = value[i];
}

static bool
lies_in(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	while (n > 1 && folder[n - 1] == '/')
		n--;
	return strncmp(path, folder, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0');
}

static const struct yaml *
find(const struct yaml *root, const char *key)
{
	for (const struct yaml *c = root->child; c != NULL; c = c->next)
		if (strcmp(c->key, key) == 0)
			return c;
	return root;
}

static void
check_whole(const struct reading *r, const struct yaml *root)
{
	const struct config *c = &r->held->config;
	const struct yaml *at;

	if (root->kind != YAML_MAP)
		return;
	at = find(root, "doors");
	if (c->first_port + c->doors >= EPHEMERAL_FIRST)
		problems_add(r->p, r->file, at->line, at->column,
		    "found doors up to port %u, expected first_port + doors "
		    "below %d, where the kernel's own ports begin",
		    c->first_port + c->doors, EPHEMERAL_FIRST);
	at = find(root, "low_water");
	if (c->low_water != NULL && c->data != NULL &&
	    lies_in(c->low_water, c->data))
		problems_add(r->p, r->file, at->line, at->column,
		    "found low_water inside data, expected it outside: it "
		    "must survive a restored backup");
}

static void
read_file(const struct reading *r, const struct yaml *root)
{
	const struct yaml *sub[3] = { NULL };

	for (size_t i = 0; i < KEY_COUNT; i++)
		preset(r, &key_table[i]);
	read_section(r, root, NULL, sub);
	for (size_t i = 0; i < 3; i++)
		if (sub[i] != NULL)
			read_section(r, sub[i], section_table[i + 1], NULL);
	check_whole(r, root);
}

struct config *
config_load(const char *file, struct problems *p)
{
	const char *slash = strrchr(file, '/');
	struct reading r = { file,
		slash == NULL ? 0 : (size_t)(slash - file) + 1, p, NULL };
	struct arena *parse = NULL;
	const struct yaml *root;
	struct bytes text;
	struct why why = { "no memory" };
	size_t before = p->count;

	r.held = calloc(1, sizeof(*r.held));
	if (r.held == NULL || arena_new(&parse, YAML_ARENA) != ERR_OK ||
	    arena_new(&r.held->arena, CONFIG_ARENA) != ERR_OK ||
	    slurp(parse, file, CONFIG_SIZE_MAX, &text, &why) != ERR_OK) {
		problems_add(p, file, 0, 0, "%s", why.text);
		goto fail;
	}
	root = yaml_parse(parse, file, text, p);
	if (root != NULL)
		read_file(&r, root);
	if (p->count != before)
		goto fail;
	arena_free(parse);
	return &r.held->config;
fail:
	arena_free(parse);
	config_free(r.held != NULL ? &r.held->config : NULL);
	return NULL;
}

void
config_free(struct config *c)
{
	struct held *h = (struct held *)(void *)c;

	if (h == NULL)
		return;
	arena_free(h->arena);
	free(h);
}

void
config_print_schema(FILE *out)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct key *k = &key_table[i];
		char name[64], kind[64];

		(void)snprintf(name, sizeof(name), "%s%s%s",
		    k->section != NULL ? k->section : "",
		    k->section != NULL ? "." : "", k->name);
		if (k->type == TYPE_NUMBER || k->type == TYPE_PATHS)
			(void)snprintf(kind, sizeof(kind), "%s %llu..%llu",
			    k->type == TYPE_NUMBER ? "number" : "files",
			    (unsigned long long)k->min,
			    (unsigned long long)k->max);
		else
			(void)snprintf(kind, sizeof(kind), "%s",
			    k->type == TYPE_PATH	? "path" :
				k->type == TYPE_ADDRESS ? "address" :
							  "name");
		(void)fprintf(out, "%-24s %-22s %s%s%s%s\n", name, kind,
		    k->help,
		    k->preset != NULL && *k->preset != '\0' ? " (" : "",
		    k->preset != NULL ? k->preset : "",
		    k->preset != NULL && *k->preset != '\0' ?
			" when left out)" :
			"");
	}
}
