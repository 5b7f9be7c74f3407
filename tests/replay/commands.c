/*
 * SPDX-License-Identifier: MIT
 *
 * commands: see commands.h.
 */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compose.h"
#include "dump.h"
#include "machine_memory.h"
#include "people.h"
#include "proto/taxonomy.h"

#define CREDIT_MESSAGES 100000
#define CREDIT_BYTES (1ull << 40)
#define PARTS "tests/replay/parts"
#define PLAY_DEPTH 4
#define FEDERATION_FILE "tests/replay/federation"

static bool
number_of(struct run *r, char **word, size_t n, const char *key, uint64_t *out)
{
	const char *v = run_value(word, n, 0, key);

	return v == NULL || run_number(r, v, 0, out);
}

/* -------------------------------------------------------------- the set-up */

static enum outcome
do_config(struct run *r, char **word, size_t n)
{
	struct config *c = &r->world.config;
	const struct {
		const char *name;
		unsigned *value, max;
	} key[] = {
		{ "batch", &c->batch, 1024 },
		{ "tick_seconds", &c->tick_seconds, 60 },
		{ "rate_per_minute", &c->rate_per_minute, 100000 },
		{ "acute_per_minute", &c->acute_per_minute, 100000 },
		{ "doors", &c->doors, WORLD_DOORS },
	};
	uint64_t v;

	(void)n;
	if (world_is_up(&r->world))
		return run_wrong(r,
		    "found CONFIG while core runs, expected "
		    "it before");
	for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
		if (strcmp(key[i].name, word[0]) != 0)
			continue;
		if (!run_number(r, word[1], 1, &v))
			return r->outcome;
		if (v > key[i].max)
			return run_wrong(r, "found %s %s, expected at most %u",
			    word[0], word[1], key[i].max);
		*key[i].value = (unsigned)v;
		return RUN_FINE;
	}
	return run_wrong(r,
	    "found %s, expected batch, tick_seconds, rate_per_minute, "
	    "acute_per_minute or doors",
	    word[0]);
}

static char *
read_text(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, 1 << 20);

	if (f == NULL || text == NULL || fread(text, 1, (1 << 20) - 1, f) == 0)
		people_must(ERR_IO, NULL);
	fclose(f);
	return text;
}

/* custodians=02, of the first and the third; 01 when not said. */
static bool
custodians(struct run *r, char **word, size_t n, unsigned *who)
{
	const char *v = run_value(word, n, 0, "custodians");
	const char *all = v == NULL ? "01" : v;

	*who = 0;
	for (; *all >= '0' && *all < '0' + PEOPLE_CUSTODIANS; all++)
		*who |= 1u << (*all - '0');
	if (*all == '\0')
		return true;
	(void)run_wrong(r, "found custodians=%s, expected digits from 0 to %d",
	    v, PEOPLE_CUSTODIANS - 1);
	return false;
}

/* LAW FILE "FIND" "REPLACE": from now on, for START and RELOAD. */
static enum outcome
do_law(struct run *r, char **word, size_t n)
{
	struct law_files *f = &r->world.config.law;
	const char *path = strcmp(word[0], "rules") == 0 ? f->rules :
	    strcmp(word[0], "places") == 0		 ? f->places :
	    strcmp(word[0], "workflow") == 0		 ? f->workflow :
							   NULL;
	unsigned who;
	char *text, *at, *new;

	if (path == NULL)
		return run_wrong(
		    r, "found %s, expected rules, places or workflow", word[0]);
	if (!run_keys(r, word, n, 3, "custodians=") ||
	    !custodians(r, word + 3, n - 3, &who))
		return r->outcome;
	text = read_text(path);
	at = strstr(text, word[1]);
	if (at == NULL) {
		free(text);
		return run_wrong(r,
		    "found no \"%s\" in %s.yaml, expected it there", word[1],
		    word[0]);
	}
	if (asprintf(&new, "%.*s%s%s", (int)(at - text), text, word[2],
		at + strlen(word[1])) < 0)
		people_must(ERR_NOMEM, NULL);
	world_law(&r->world, word[0], new);
	world_approve_law(&r->world, who);
	free(new);
	free(text);
	return RUN_FINE;
}

/* role[@place:code][,from=TIME][,to=TIME] */
static bool
check_role(struct run *r, const char *text)
{
	char copy[96], *save = NULL, *p, *place, all[320];
	uint64_t ms;
	int number;

	snprintf(copy, sizeof copy, "%s", text);
	p = strtok_r(copy, ",", &save);
	place = p == NULL ? NULL : strchr(p, '@');
	if (place != NULL) {
		*place++ = '\0';
		place[strcspn(place, ":")] = '\0';
	}
	if (p == NULL ||
	    taxonomy_number(&pb_role__descriptor, p, &number) != ERR_OK) {
		taxonomy_list(&pb_role__descriptor, all, sizeof all);
		(void)run_wrong(
		    r, "found %s, expected a role, one of %s", text, all);
		return false;
	}
	if (place != NULL &&
	    taxonomy_number(&pb_place_kind__descriptor, place, &number) !=
		ERR_OK) {
		(void)run_wrong(r,
		    "found @%s, expected @kommune:, @politikreds:, @region: "
		    "or @country",
		    place);
		return false;
	}
	while ((p = strtok_r(NULL, ",", &save)) != NULL)
		if ((strncmp(p, "from=", 5) != 0 &&
			strncmp(p, "to=", 3) != 0) ||
		    time_parse(&ms, strchr(p, '=') + 1) != ERR_OK) {
			(void)run_wrong(r,
			    "found %s, expected from=TIME or to=TIME, as "
			    "2026-11-21T10:00:00Z",
			    p);
			return false;
		}
	return true;
}

static bool
set_seats(struct run *r, struct node *x, const char *list)
{
	char copy[200], *save = NULL;

	snprintf(copy, sizeof copy, "%s", list);
	x->n_seat = 0;
	for (char *p = strtok_r(copy, ",", &save);
	     p != NULL && x->n_seat < NODE_SEATS;
	     p = strtok_r(NULL, ",", &save))
		snprintf(x->seat[x->n_seat++], sizeof x->seat[0], "%.32s", p);
	if (x->n_seat > 0)
		return true;
	(void)run_wrong(r, "found seats=%s, expected names, as a,b", list);
	return false;
}

/* Roles and KEY=VALUE that describe a card. */
static bool
describe(struct run *r, struct node *x, char **word, size_t n)
{
	bool roles = false;
	int64_t ms;

	for (size_t i = 0; i < n; i++) {
		char *w = word[i];

		if (strncmp(w, "seats=", 6) == 0) {
			if (!set_seats(r, x, w + 6))
				return false;
		} else if (strncmp(w, "ends=", 5) == 0) {
			if (!run_time(r, w + 5, &ms))
				return false;
			x->certificate_to = machine_wall_ms() + (uint64_t)ms;
			x->certificate_to -= x->certificate_to % 1000;
		} else if (strcmp(w, "stranger") == 0) {
			x->chain = false;
		} else if (strcmp(w, "new_certificate") == 0) {
			x->certificate++;
		} else if (strcmp(w, "new_keys") == 0) {
			x->keys++;
		} else if (strncmp(w, "serial=", 7) == 0) {
			if (!run_number(r, w + 7, 0, &x->serial))
				return false;
		} else if (strncmp(w, "custodians=", 11) == 0) {
			continue;
		} else if (!check_role(r, w)) {
			return false;
		} else {
			if (!roles)
				x->n_role = 0;
			roles = true;
			if (x->n_role == NODE_ROLES) {
				(void)run_wrong(
				    r, "found more than %d roles", NODE_ROLES);
				return false;
			}
			snprintf(
			    x->role[x->n_role++], sizeof x->role[0], "%s", w);
		}
	}
	return true;
}

static void
admit(struct run *r, struct bytes approved)
{
	size_t room = base64_size(approved.len);
	char *text = malloc(room), *line;

	if (text == NULL)
		people_must(ERR_NOMEM, NULL);
	base64_encode(text, approved);
	if (asprintf(&line, "{\"command\":\"admit\",\"object\":\"%s\"}", text) <
	    0)
		people_must(ERR_NOMEM, NULL);
	world_admin(&r->world, line);
	free(line);
	free(text);
}

static bool
is_up(struct run *r)
{
	if (world_is_up(&r->world))
		return true;
	(void)run_wrong(r, "found core down, expected START before this");
	return false;
}

static enum outcome
admit_card(struct run *r, const struct node *x, unsigned who, bool must)
{
	struct arena *a;

	if (!is_up(r))
		return r->outcome;
	people_must(arena_new(&a, 1u << 20), NULL);
	admit(r, node_card(a, x, who));
	arena_free(a);
	if (must &&
	    (r->world.answer == NULL ||
		strstr(r->world.answer, "\"ok\":true") == NULL))
		return run_failed(r, "expected %s to be admitted, came: %s",
		    x->id,
		    r->world.answer != NULL ? r->world.answer : "nothing");
	return RUN_FINE;
}

static enum outcome
do_node(struct run *r, char **word, size_t n)
{
	struct node *x;
	unsigned who;

	if (seats_node(&r->seats, word[0]) != NULL ||
	    strlen(word[0]) >= LABEL_MAX || strchr(word[0], '/') != NULL)
		return run_wrong(
		    r, "found alias %s, expected a new one without /", word[0]);
	if (!node_id_is_valid(word[1]))
		return run_wrong(r,
		    "found %s, expected a node id, as kommune/0101/skole-x",
		    word[1]);
	x = calloc(1, sizeof *x);
	if (x == NULL)
		people_must(ERR_NOMEM, NULL);
	x->next = r->seats.node;
	r->seats.node = x;
	snprintf(x->alias, sizeof x->alias, "%s", word[0]);
	snprintf(x->id, sizeof x->id, "%s", word[1]);
	x->serial = x->certificate = 1;
	x->chain = true;
	x->n_seat = 1;
	snprintf(x->seat[0], sizeof x->seat[0], "cli");
	if (!describe(r, x, word + 2, n - 2) || !custodians(r, word, n, &who))
		return r->outcome;
	return admit_card(r, x, who, true);
}

static struct node *
find_node(struct run *r, const char *alias)
{
	struct node *x = seats_node(&r->seats, alias);

	if (x == NULL)
		(void)run_wrong(
		    r, "found %s, expected the alias of a node", alias);
	return x;
}

/* A new card of a node that is there; EXPECT admin says whether it counts. */
static enum outcome
do_card(struct run *r, char **word, size_t n)
{
	struct node *x = find_node(r, word[0]);
	unsigned who;

	if (x == NULL)
		return r->outcome;
	x->serial++;
	if (!describe(r, x, word + 1, n - 1) || !custodians(r, word, n, &who))
		return r->outcome;
	return admit_card(r, x, who, false);
}

static enum outcome
do_suspend(struct run *r, char **word, size_t n)
{
	PbSuspension s = PB_SUSPENSION__INIT;
	struct node *x = find_node(r, word[0]);
	struct bytes packed;
	struct arena *a;
	unsigned who;

	if (x == NULL || !is_up(r) ||
	    !run_keys(r, word, n, 1, "custodians= serial=") ||
	    !custodians(r, word, n, &who))
		return r->outcome;
	s.node = x->id;
	s.serial = x->serial;
	if (!number_of(r, word, n, "serial", &s.serial))
		return r->outcome;
	s.reason_code = (char *)(uintptr_t) "test";
	people_must(arena_new(&a, 1u << 20), NULL);
	people_must(envelope_pack(a, &s, &packed), NULL);
	admit(r,
	    people_approve(
		a, OBJECT_SUSPENSION, packed, who, machine_wall_ms()));
	arena_free(a);
	return RUN_FINE;
}

/* The CA revokes a node's certificate; it counts from START or RELOAD. */
static enum outcome
do_revoke(struct run *r, char **word, size_t n)
{
	struct node *x = find_node(r, word[0]);

	(void)n;
	if (x == NULL)
		return r->outcome;
	world_revoke(&r->world, node_signer(x));
	world_approve_law(&r->world, 3);
	return RUN_FINE;
}

/* ------------------------------------------------------------- federation */

static struct {
	struct image image;
	bool made;
	uint64_t now;
} federation;

/* The nodes' lines; admit them only when there is no image yet. */
static enum outcome
read_federation(struct run *r, bool admits)
{
	FILE *f = fopen(FEDERATION_FILE, "re");
	char line[1024], *word[WORDS_MAX], *save;

	if (f == NULL)
		return run_wrong(r,
		    "cannot read " FEDERATION_FILE
		    ", expected to run in the top folder");
	while (r->outcome == RUN_FINE && fgets(line, sizeof line, f) != NULL) {
		size_t n = 0;

		line[strcspn(line, "#\n")] = '\0';
		save = NULL;
		for (char *p = strtok_r(line, " ", &save); p != NULL;
		     p = strtok_r(NULL, " ", &save))
			word[n++] = p;
		if (n < 3)
			continue;
		if (admits) {
			(void)do_node(r, word, n);
			continue;
		}
		/* The image has it admitted already. */
		struct node *x = calloc(1, sizeof *x);
		if (x == NULL)
			people_must(ERR_NOMEM, NULL);
		x->next = r->seats.node;
		r->seats.node = x;
		snprintf(x->alias, sizeof x->alias, "%s", word[0]);
		snprintf(x->id, sizeof x->id, "%s", word[1]);
		x->serial = x->certificate = 1;
		x->chain = true;
		x->n_seat = 1;
		snprintf(x->seat[0], sizeof x->seat[0], "cli");
		(void)describe(r, x, word + 2, n - 2);
	}
	fclose(f);
	return r->outcome;
}

static bool
make_federation(void)
{
	struct run *r = run_new(FEDERATION_FILE, 1);

	if (run_begin(r) && read_federation(r, true) == RUN_FINE) {
		world_order(&r->world, JOB_STOP);
		world_save(&r->world, &federation.image);
		federation.made = true;
	} else {
		printf("%s\n%s\n", r->text, world_said(&r->world));
	}
	run_free(r);
	return federation.made;
}

static enum outcome
do_federation(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	if (r->begun)
		return run_wrong(r,
		    "found FEDERATION after core has run, "
		    "expected it before");
	if (!federation.made) {
		/* Its own run: stderr and the machine are given back. */
		stderr = r->world.real_stderr;
		bool made = make_federation();
		stderr = r->world.said_file;
		machine_reset(r->seed);
		if (!made)
			return run_wrong(r, "the federation cannot be made");
	}
	world_load(&r->world, &federation.image);
	return read_federation(r, false);
}

void
run_forget(void)
{
	disk_free(federation.image.disk);
	federation.image.disk = NULL;
	federation.made = false;
	world_forget_law();
}

/* ---------------------------------------------------------------- machine */

static enum outcome
do_start(struct run *r, char **word, size_t n)
{
	struct why why = { "" };
	enum err e;

	if (world_is_up(&r->world))
		return run_wrong(r, "found core running, expected it down");
	r->begun = true;
	e = world_start(&r->world, &why);
	if (n == 0)
		return e == ERR_OK ?
		    RUN_FINE :
		    run_failed(r, "expected core to start, came: %s", why.text);
	if (strcmp(word[0], "refused") != 0)
		return run_wrong(
		    r, "found %s, expected refused \"TEXT\"", word[0]);
	if (e == ERR_OK)
		return run_failed(
		    r, "expected core not to start, came: it started");
	return n < 2 || strstr(why.text, word[1]) != NULL ?
	    RUN_FINE :
	    run_failed(r, "expected \"%s\", came: %s", word[1], why.text);
}

/* Starts core unless it runs: for walks, whose lines come and go. */
static enum outcome
do_up(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	return world_is_up(&r->world) ? RUN_FINE : do_start(r, NULL, 0);
}

/* A copy of the disk is put away, and put in instead of it. */
static enum outcome
do_disk(struct run *r, char **word, size_t n)
{
	bool keep = strcmp(word[0], "keep") == 0;

	(void)n;
	if (!keep && strcmp(word[0], "back") != 0)
		return run_wrong(r, "found %s, expected keep or back", word[0]);
	if (world_is_up(&r->world))
		return run_wrong(r, "found core running, expected it down");
	if (keep) {
		disk_free(r->kept);
		r->kept = disk_copy(r->world.disk);
	} else if (r->kept == NULL) {
		return run_wrong(r,
		    "found DISK back, expected DISK keep "
		    "before it");
	} else {
		disk_free(r->world.disk);
		r->world.disk = disk_copy(r->kept);
	}
	return RUN_FINE;
}

/* KILL, or KILL after=N: when N more frames have left for the seats. */
static enum outcome
do_kill(struct run *r, char **word, size_t n)
{
	uint64_t after = UINT64_MAX;

	if (!is_up(r) || !run_keys(r, word, n, 0, "after=") ||
	    !number_of(r, word, n, "after", &after))
		return r->outcome;
	if (after == UINT64_MAX)
		world_kill(&r->world);
	else
		r->world.kill_after = after;
	return RUN_FINE;
}

static void
read_all(struct run *r, enum got_kind kind)
{
	for (struct seat *s = r->seats.seat; s != NULL; s = s->next)
		for (struct got *g = s->first; g != NULL; g = g->next)
			g->read |= g->kind == kind;
}

static enum outcome
do_stop(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	if (!is_up(r))
		return r->outcome;
	r->world.hold = false;
	world_order(&r->world, JOB_STOP);
	read_all(r, GOT_BYE);
	return RUN_FINE;
}

static enum outcome
do_reload(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	if (is_up(r))
		world_order(&r->world, JOB_RELOAD);
	return r->outcome;
}

static enum outcome
do_hold(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	if (is_up(r))
		r->world.hold = true;
	return r->outcome;
}

static enum outcome
do_go(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	if (!is_up(r))
		return r->outcome;
	r->world.hold = false;
	world_run(&r->world);
	return RUN_FINE;
}

/* TIME +5s: it passes. TIME set -2h: somebody sets the clock. */
static enum outcome
do_time(struct run *r, char **word, size_t n)
{
	bool set = strcmp(word[0], "set") == 0;
	int64_t ms;

	if (set && n < 2)
		return run_wrong(r, "found TIME set, expected a time after it");
	if (!set && n > 1)
		return run_wrong(
		    r, "found %s, expected set or nothing", word[0]);
	if (!run_time(r, word[n - 1], &ms))
		return r->outcome;
	if (set)
		machine_set(ms);
	else if (ms < 0)
		return run_wrong(r,
		    "found %s, expected time that passes to be positive, or "
		    "TIME set",
		    word[0]);
	else
		machine_pass((uint64_t)ms);
	world_run(&r->world);
	return RUN_FINE;
}

static enum outcome
do_fault(struct run *r, char **word, size_t n)
{
	static const struct {
		const char *name;
		enum disk_fault fault;
	} fault[] = {
		{ "write_full", DISK_WRITE_FULL },
		{ "write_io", DISK_WRITE_IO },
		{ "commit_full", DISK_COMMIT_FULL },
		{ "commit_lost", DISK_COMMIT_LOST },
		{ "commit_kept", DISK_COMMIT_KEPT },
		{ "none", DISK_FINE },
	};
	uint64_t nth = 1;

	if (n > 1 && !run_number(r, word[1], 1, &nth))
		return r->outcome;
	if (strcmp(word[0], "low_water") == 0) {
		r->world.low_water.fails = (unsigned)nth;
		return RUN_FINE;
	}
	if (strcmp(word[0], "link_full") == 0) {
		if (is_up(r))
			link_memory_limit(r->world.link, nth - 1);
		return r->outcome;
	}
	if (strcmp(word[0], "none") == 0 && world_is_up(&r->world))
		link_memory_limit(r->world.link, LINK_UNLIMITED);
	for (size_t i = 0; i < sizeof fault / sizeof fault[0]; i++)
		if (strcmp(fault[i].name, word[0]) == 0) {
			disk_order(
			    r->world.disk, fault[i].fault, (unsigned)nth);
			return RUN_FINE;
		}
	return run_wrong(r,
	    "found %s, expected write_full, write_io, commit_full, "
	    "commit_lost, commit_kept, low_water, link_full or none",
	    word[0]);
}

/* --------------------------------------------------------------- sessions */

static bool
lanes_of(struct run *r, const char *text, unsigned *lanes)
{
	*lanes = text == NULL || strcmp(text, "both") == 0 ? 3 :
	    strcmp(text, "ordinary") == 0		   ? 1 :
	    strcmp(text, "acute") == 0			   ? 2 :
	    strcmp(text, "none") == 0			   ? 0 :
							     4;
	if (*lanes < 4)
		return true;
	(void)run_wrong(
	    r, "found lanes=%s, expected ordinary, acute, both or none", text);
	return false;
}

static enum outcome
do_online(struct run *r, char **word, size_t n)
{
	struct hello h = { .size = UINT64_MAX };
	uint64_t credit = CREDIT_MESSAGES, bytes = CREDIT_BYTES;
	struct seat *s = run_seat(r, word[0]);
	bool open;

	if (s == NULL || !is_up(r) ||
	    !run_keys(r, word, n, 1, "credit= bytes= lanes= takes") ||
	    !lanes_of(r, run_value(word, n, 1, "lanes"), &h.lanes) ||
	    !number_of(r, word, n, "credit", &credit) ||
	    !number_of(r, word, n, "bytes", &bytes))
		return r->outcome;
	s->takes_all = strcmp(word[n - 1], "takes") == 0;
	open = seat_knock(s);
	if (s->welcomed)
		seat_hello(s, &h);
	if (!s->ready)
		return run_failed(r, "%s: expected ready, came: %s", s->name,
		    open ? "no ready" : "its door is shut");
	for (uint8_t l = 0; l < LANES && credit > 0; l++)
		if (h.lanes & 1u << l)
			seat_credit(s, l, credit, bytes);
	return RUN_FINE;
}

static enum outcome
do_knock(struct run *r, char **word, size_t n)
{
	struct seat *s = run_seat(r, word[0]);
	bool shut;

	if (s == NULL || !is_up(r))
		return r->outcome;
	if (n > 1 && strcmp(word[1], "shut") != 0)
		return run_wrong(
		    r, "found %s, expected shut or nothing", word[1]);
	shut = !seat_knock(s);
	if (shut == (n > 1))
		return RUN_FINE;
	return run_failed(r, "%s: expected its door to be %s, came: %s",
	    s->name, shut ? "open" : "shut", shut ? "it is shut" : "it opened");
}

static enum outcome
do_hello(struct run *r, char **word, size_t n)
{
	struct hello h = { .size = UINT64_MAX };
	struct seat *s = run_connected(r, word[0]);
	const char *by;

	if (s == NULL ||
	    !run_keys(r, word, n, 1, "node= seat= size= by= lanes=") ||
	    !lanes_of(r, run_value(word, n, 1, "lanes"), &h.lanes) ||
	    !number_of(r, word, n, "size", &h.size))
		return r->outcome;
	h.node = run_value(word, n, 1, "node");
	h.seat = run_value(word, n, 1, "seat");
	by = run_value(word, n, 1, "by");
	if (by != NULL) {
		struct node *x = find_node(r, by);

		if (x == NULL)
			return r->outcome;
		h.signer = node_signer(x);
	}
	seat_hello(s, &h);
	return RUN_FINE;
}

static enum outcome
do_credit(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);
	uint64_t messages, bytes = CREDIT_BYTES, lane = 0;

	if (s == NULL)
		return r->outcome;
	if (strcmp(word[1], "acute") == 0)
		lane = LANE_ACUTE;
	else if (strcmp(word[1], "ordinary") != 0 &&
	    !run_number(r, word[1], 2, &lane))
		return run_wrong(
		    r, "found %s, expected ordinary or acute", word[1]);
	if (!run_number(r, word[2], 0, &messages) ||
	    (n > 3 && !run_number(r, word[3], 0, &bytes)))
		return r->outcome;
	seat_credit(s, (uint8_t)lane, messages, bytes);
	return RUN_FINE;
}

static enum outcome
do_read(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);
	PbRead read = PB_READ__INIT;
	uint64_t count;

	(void)n;
	if (s == NULL || !run_number(r, word[1], 0, &read.first) ||
	    !run_number(r, word[2], 0, &count))
		return r->outcome;
	read.count = (uint32_t)count;
	seat_packed(s, FRAME_TYPE_READ, &read);
	return RUN_FINE;
}

static enum outcome
do_ping(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);

	(void)n;
	if (s != NULL)
		seat_frame(
		    s, LANE_CONTROL, FRAME_TYPE_PING, true, bytes_of(NULL, 0));
	return r->outcome;
}

static enum outcome
do_bye(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);

	(void)n;
	if (s != NULL)
		seat_frame(
		    s, LANE_CONTROL, FRAME_TYPE_BYE, true, bytes_of(NULL, 0));
	return r->outcome;
}

static enum outcome
do_drop(struct run *r, char **word, size_t n)
{
	struct seat *s = run_connected(r, word[0]);

	(void)n;
	if (s != NULL)
		seat_drop(s);
	return r->outcome;
}

/* --------------------------------------------------------------- messages */

static struct message *
draft(struct run *r, struct seat *s, char **word, size_t n)
{
	struct message *m;
	struct why why = { "" };

	if (seats_message(&r->seats, word[0]) != NULL ||
	    strlen(word[0]) >= LABEL_MAX) {
		(void)run_wrong(
		    r, "found label %s, expected a new one", word[0]);
		return NULL;
	}
	m = seats_message_new(&r->seats, word[0]);
	if (compose(&r->seats, m, s->node, word + 1, n - 1, &why) == ERR_OK)
		return m;
	(void)run_wrong(r, "%s", why.text);
	return NULL;
}

static enum outcome
do_send(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);
	struct message *m = s == NULL ? NULL : draft(r, s, word + 1, n - 1);

	if (m != NULL)
		seat_submit(s, m, m->lane);
	return r->outcome;
}

static enum outcome
do_draft(struct run *r, char **word, size_t n)
{
	struct seat *s = run_seat(r, word[0]);

	if (s != NULL)
		(void)draft(r, s, word + 1, n - 1);
	return r->outcome;
}

static bool
lane_of(struct run *r, const char *text, uint8_t *lane)
{
	if (text == NULL)
		return true;
	*lane = strcmp(text, "ordinary") == 0 ? LANE_ORDINARY :
	    strcmp(text, "acute") == 0	      ? LANE_ACUTE :
						LANE_CONTROL;
	if (*lane != LANE_CONTROL || strcmp(text, "control") == 0)
		return true;
	(void)run_wrong(
	    r, "found lane=%s, expected ordinary, acute or control", text);
	return false;
}

/* The same bytes again; with mangle= a changed copy, labelled LABEL'. */
static enum outcome
do_resend(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);
	struct message *m = s == NULL ? NULL : run_message(r, word[1]), *copy;
	const char *mangle = run_value(word, n, 2, "mangle");
	struct why why = { "" };
	char label[LABEL_MAX + 2];
	uint8_t lane;

	if (m == NULL || !run_keys(r, word, n, 2, "lane= mangle="))
		return r->outcome;
	lane = m->lane;
	if (!lane_of(r, run_value(word, n, 2, "lane"), &lane))
		return r->outcome;
	if (mangle != NULL) {
		snprintf(label, sizeof label, "%.38s'", word[1]);
		copy = seats_message_new(&r->seats, label);
		copy->sender = m->sender;
		copy->packed = m->packed;
		copy->id = m->id;
		copy->lane = m->lane;
		if (compose_mangle(copy, mangle, &why) != ERR_OK)
			return run_wrong(r, "%s", why.text);
		m = copy;
	}
	seat_submit(s, m, lane);
	return RUN_FINE;
}

/* How an ack may be damaged; fill_ack, make_ack and seat_ack do it. */
static const char *const ack_mangles[] = { "index", "header", "parts", "size",
	"root", "code", "person", "signature", "twice" };

static bool
ack_words(struct run *r, char **word, size_t n, struct ack *out)
{
	const char *code = run_value(word, n, 1, "code");
	size_t i = 0, labels = 1;

	while (labels < n && strchr(word[labels], '=') == NULL)
		labels++;
	if (!run_keys(r, word, n, labels,
		out->nack ? "mangle= number= code=" : "mangle= number=") ||
	    !number_of(r, word, n, "number", &out->number))
		return false;
	if (code != NULL && strcmp(code, "not_mine") == 0)
		out->code = CODE_NACK_NOT_MINE;
	else if (code != NULL && strcmp(code, "cannot_read") != 0) {
		(void)run_wrong(
		    r, "found code=%s, expected cannot_read or not_mine", code);
		return false;
	}
	out->mangle = run_value(word, n, 1, "mangle");
	while (out->mangle != NULL &&
	    i < sizeof ack_mangles / sizeof ack_mangles[0] &&
	    strcmp(ack_mangles[i], out->mangle) != 0)
		i++;
	if (i < sizeof ack_mangles / sizeof ack_mangles[0])
		return true;
	(void)run_wrong(r,
	    "found mangle=%s, expected index, header, parts, size, root, "
	    "code, person, signature or twice",
	    out->mangle);
	return false;
}

/* ACK SEAT LABEL... | all; one frame. NACK the same, with a code. */
static enum outcome
acknowledge(struct run *r, char **word, size_t n, bool nack)
{
	struct seat *s = run_session(r, word[0]);
	struct ack list[ACKS_MAX + 1];
	struct ack one = { .nack = nack, .code = CODE_NACK_CANNOT_READ };
	bool all = strcmp(word[1], "all") == 0;
	size_t k = 0;

	if (s == NULL || !ack_words(r, word, n, &one))
		return r->outcome;
	for (struct got *g = s->first; all && g != NULL && k < ACKS_MAX;
	     g = g->next)
		if (g->kind == GOT_OFFER) {
			g->read = true;
			one.offer = g;
			list[k++] = one;
		}
	for (size_t i = 1; !all && i < n && k < ACKS_MAX; i++) {
		struct message *m;

		if (strchr(word[i], '=') != NULL)
			continue;
		m = run_message(r, word[i]);
		if (m == NULL)
			return r->outcome;
		one.offer = seat_offer(s, m);
		if (one.offer == NULL)
			return run_wrong(r,
			    "found %s, expected what %s was offered", word[i],
			    s->name);
		list[k++] = one;
	}
	if (k == 0)
		return run_wrong(r, "found %s, expected what %s was offered",
		    word[1], s->name);
	seat_ack(s, list, k);
	return RUN_FINE;
}

static enum outcome
do_ack(struct run *r, char **word, size_t n)
{
	return acknowledge(r, word, n, false);
}

static enum outcome
do_nack(struct run *r, char **word, size_t n)
{
	return acknowledge(r, word, n, true);
}

/* ----------------------------------------------------------- hostile peers */

static enum outcome
do_frame(struct run *r, char **word, size_t n)
{
	struct seat *s = run_connected(r, word[0]);
	const char *counter = run_value(word, n, 2, "counter");
	uint64_t type, size = 0;
	uint8_t lane = LANE_CONTROL, *payload;

	if (s == NULL || !run_number(r, word[1], 0, &type) ||
	    !run_keys(r, word, n, 2, "lane= size= counter=") ||
	    !lane_of(r, run_value(word, n, 2, "lane"), &lane) ||
	    !number_of(r, word, n, "size", &size))
		return r->outcome;
	if (counter != NULL && strcmp(counter, "skips") == 0)
		s->out++;
	else if (counter != NULL && strcmp(counter, "again") != 0)
		return run_wrong(
		    r, "found counter=%s, expected skips or again", counter);
	payload = calloc(1, size + 1);
	if (payload == NULL)
		people_must(ERR_NOMEM, NULL);
	memset(payload, 0xff, size);
	seat_frame(s, lane, (uint8_t)type,
	    counter == NULL || strcmp(counter, "again") != 0,
	    bytes_of(payload, size));
	free(payload);
	return RUN_FINE;
}

/* Bytes that no key has sealed. */
static enum outcome
do_raw(struct run *r, char **word, size_t n)
{
	struct seat *s = run_connected(r, word[0]);
	uint64_t size;
	uint8_t *bytes;

	(void)n;
	if (s == NULL || !run_number(r, word[1], 0, &size))
		return r->outcome;
	bytes = malloc(size + 1);
	if (bytes == NULL)
		people_must(ERR_NOMEM, NULL);
	memset(bytes, 0x5a, size);
	seat_raw(s, bytes_of(bytes, size));
	free(bytes);
	return RUN_FINE;
}

static enum outcome
do_admin(struct run *r, char **word, size_t n)
{
	(void)n;
	if (!is_up(r))
		return r->outcome;
	for (char *p = word[0]; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	world_admin(&r->world, word[0]);
	return RUN_FINE;
}

/* ----------------------------------------------------------------- asserts */

static enum outcome
do_expect(struct run *r, char **word, size_t n)
{
	return expect_line(r, word, n);
}

static enum outcome
do_ignore(struct run *r, char **word, size_t n)
{
	bool all = strcmp(word[0], "all") == 0;
	struct seat *s = all ? r->seats.seat : run_seat(r, word[0]);

	(void)n;
	for (; s != NULL; s = all ? s->next : NULL)
		for (struct got *g = s->first; g != NULL; g = g->next)
			g->read = true;
	return r->outcome;
}

static enum outcome
do_mark(struct run *r, char **word, size_t n)
{
	struct txn *t;

	(void)word;
	(void)n;
	if (!is_up(r) || store_read(r->world.core.store, &t, NULL) != ERR_OK)
		return r->outcome;
	r->logged = ledger_size(t);
	store_abort(t);
	return RUN_FINE;
}

static enum outcome
do_check(struct run *r, char **word, size_t n)
{
	if (n > 0 && strcmp(word[0], "each") != 0)
		return run_wrong(r, "found %s, expected each", word[0]);
	r->each = n > 0;
	invariants_check(r, true);
	return RUN_FINE;
}

static enum outcome
do_dump(struct run *r, char **word, size_t n)
{
	struct why why = { "" };

	(void)n;
	return dump_run(r, word[0], &why) == ERR_OK ?
	    RUN_FINE :
	    run_failed(r, "expected to write %s, came: %s", word[0], why.text);
}

/* REPEAT N WORD…: {} is the number of the turn. */
static enum outcome
do_repeat(struct run *r, char **word, size_t n)
{
	uint64_t times;
	unsigned line = r->line;

	if (!run_number(r, word[0], 1, &times))
		return r->outcome;
	for (uint64_t k = 1; k <= times && r->outcome == RUN_FINE; k++) {
		char text[TEXT_MAX] = "";
		size_t len = 0;

		for (size_t i = 1; i < n && len < sizeof text; i++) {
			char *at = strstr(word[i], "{}");

			len += (size_t)snprintf(text + len, sizeof text - len,
			    i > 1 ? " \"" : "\"");
			if (at == NULL)
				len += (size_t)snprintf(text + len,
				    sizeof text - len, "%s", word[i]);
			else
				len += (size_t)snprintf(text + len,
				    sizeof text - len, "%.*s%llu%s",
				    (int)(at - word[i]), word[i],
				    (unsigned long long)k, at + 2);
			len += (size_t)snprintf(
			    text + len, sizeof text - len, "\"");
		}
		(void)run_line(r, line, text);
	}
	return r->outcome;
}

/* TRY WORD…: what is not as expected is no failure; a fault is. */
static enum outcome
do_try(struct run *r, char **word, size_t n)
{
	char text[TEXT_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < n && len < sizeof text; i++)
		len += (size_t)snprintf(
		    text + len, sizeof text - len, " \"%s\"", word[i]);
	if (run_line(r, r->line, text) == RUN_FAILED &&
	    r->seats.fault[0] == '\0')
		r->outcome = RUN_FINE;
	return r->outcome;
}

/* PLAY NAME: the lines of tests/replay/parts/NAME.scn. */
static enum outcome
do_play(struct run *r, char **word, size_t n)
{
	const char *file = r->file;
	unsigned line = r->line;
	char path[200], *text = NULL;
	size_t room = 0;
	FILE *f;

	(void)n;
	snprintf(path, sizeof path, PARTS "/%.100s.scn", word[0]);
	f = fopen(path, "re");
	if (f == NULL || r->depth == PLAY_DEPTH) {
		if (f != NULL)
			fclose(f);
		return run_wrong(r,
		    "found %s, expected the name of a part in " PARTS, word[0]);
	}
	r->file = path;
	r->depth++;
	for (unsigned at = 1;
	     r->outcome == RUN_FINE && getline(&text, &room, f) >= 0; at++)
		(void)run_line(r, at, text);
	r->depth--;
	r->file = file;
	r->line = line;
	free(text);
	fclose(f);
	return r->outcome;
}

const struct command commands[] = {
	{ "CONFIG", 2, 2, "KEY VALUE",
	    "batch, tick_seconds, rate_per_minute, acute_per_minute, doors",
	    true, do_config },
	{ "LAW", 3, 4, "FILE \"FIND\" \"REPLACE\" [custodians=01]",
	    "changes rules, places or workflow, for START and RELOAD", true,
	    do_law },
	{ "FEDERATION", 0, 0, "",
	    "all nodes of tests/replay/federation are admitted", true,
	    do_federation },
	{ "NODE", 3, 16, "ALIAS ID ROLE... [seats=a,b] [ends=+2d] [stranger]",
	    "admits a node; its card's other words as in CARD", false,
	    do_node },
	{ "CARD", 1, 16,
	    "ALIAS [ROLE...] [seats=] [new_certificate] [new_keys] [ends=] "
	    "[stranger] [serial=] [custodians=01]",
	    "asks for a new card of a node", false, do_card },
	{ "SUSPEND", 1, 3, "ALIAS [serial=] [custodians=01]",
	    "asks for a node's suspension", false, do_suspend },
	{ "REVOKE", 1, 1, "ALIAS",
	    "the CA revokes its certificate, from START or RELOAD on", true,
	    do_revoke },
	{ "START", 0, 2, "[refused [\"TEXT\"]]", "starts core from its disk",
	    true, do_start },
	{ "UP", 0, 0, "", "starts core unless it runs", true, do_up },
	{ "STOP", 0, 0, "", "SIGTERM", false, do_stop },
	{ "KILL", 0, 1, "[after=FRAMES]",
	    "SIGKILL, now or when so many frames have left", false, do_kill },
	{ "DISK", 1, 1, "keep|back",
	    "puts a copy of the disk away, and in instead of it", true,
	    do_disk },
	{ "RELOAD", 0, 0, "", "SIGHUP", false, do_reload },
	{ "HOLD", 0, 0, "", "the decider waits; what comes is one batch", false,
	    do_hold },
	{ "GO", 0, 0, "", "the decider works on what waits", false, do_go },
	{ "TIME", 1, 2, "+T, or set +T or -T",
	    "time passes, or somebody sets the clock", false, do_time },
	{ "FAULT", 1, 2,
	    "write_full|write_io|commit_full|commit_lost|commit_kept|"
	    "low_water|link_full|none [N]",
	    "the N-th from now fails; low_water: N times; link_full: and all "
	    "after it, until FAULT none or another START",
	    true, do_fault },
	{ "ONLINE", 1, 5, "SEAT [credit=] [bytes=] [lanes=] [takes]",
	    "knock, hello, credit; takes: acks all it is offered", false,
	    do_online },
	{ "KNOCK", 1, 2, "SEAT [shut]", "only that; shut: its door is", false,
	    do_knock },
	{ "HELLO", 1, 6, "SEAT [node=] [seat=] [size=] [by=ALIAS] [lanes=]",
	    "only that, as it should be or not", false, do_hello },
	{ "CREDIT", 3, 4, "SEAT ordinary|acute MESSAGES [BYTES]",
	    "cumulative in the session", false, do_credit },
	{ "DRAFT", 3, 60, "SEAT LABEL KIND|file:PREFIX KEY=VALUE...",
	    "makes a message and keeps it", false, do_draft },
	{ "SEND", 3, 60, "SEAT LABEL KIND|file:PREFIX KEY=VALUE...",
	    "makes a message and sends it", false, do_send },
	{ "RESEND", 2, 4, "SEAT LABEL [lane=] [mangle=]",
	    "the same bytes, or as LABEL' damaged ones", false, do_resend },
	{ "ACK", 2, 60, "SEAT LABEL...|all [mangle=] [number=]",
	    "acknowledges offers in one frame", false, do_ack },
	{ "NACK", 2, 60, "SEAT LABEL...|all [code=] [mangle=] [number=]",
	    "refuses offers in one frame", false, do_nack },
	{ "READ", 3, 3, "SEAT FIRST COUNT", "an auditor reads the log", false,
	    do_read },
	{ "PING", 1, 1, "SEAT", "", false, do_ping },
	{ "BYE", 1, 1, "SEAT", "ends the session", false, do_bye },
	{ "DROP", 1, 1, "SEAT", "the connection breaks", false, do_drop },
	{ "FRAME", 2, 5, "SEAT TYPE [lane=] [size=] [counter=skips|again]",
	    "a frame of bytes 0xff", false, do_frame },
	{ "RAW", 2, 2, "SEAT SIZE", "bytes that no key has sealed", false,
	    do_raw },
	{ "ADMIN", 1, 1, "\"JSON\"", "the admin socket, with ' for \"", false,
	    do_admin },
	{ "EXPECT", 1, 60,
	    "SEAT WHAT..., or log, real, case, status, admin, "
	    "core, said",
	    "holds, or the scenario fails:", false, do_expect },
	{ "IGNORE", 1, 1, "SEAT|all", "whatever it got is fine", false,
	    do_ignore },
	{ "MARK", 0, 0, "", "EXPECT log counts from here", false, do_mark },
	{ "CHECK", 0, 1, "[each]", "invariants now, or after each step", false,
	    do_check },
	{ "DUMP", 1, 1, "FOLDER", "seats' notes and a snapshot, for the oracle",
	    false, do_dump },
	{ "REPEAT", 2, 60, "N WORD...", "so many times; {} is the number",
	    false, do_repeat },
	{ "TRY", 1, 60, "WORD...", "may fail, as in a walk", false, do_try },
	{ "PLAY", 1, 1, "NAME", "the lines of tests/replay/parts/NAME.scn",
	    true, do_play },
	{ NULL, 0, 0, NULL, NULL, false, NULL },
};
