/*
 * SPDX-License-Identifier: MIT
 *
 * do_setup: configuration, law, nodes and their cards, suspensions.
 */
#include "do.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine_memory.h"
#include "people.h"
#include "proto/taxonomy.h"

enum outcome
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
enum outcome
do_law(struct run *r, char **word, size_t n)
{
	const char *path = world_law_path(&r->world, word[0]);
	const char *ago = run_value(word, n, 3, "approved");
	int64_t at_ms = 0;
	unsigned who;
	char *text, *at, *new;

	if (path == NULL)
		return run_wrong(r,
		    "found %s, expected rules, places, workflow or "
		    "kommune-0101, -0183 or -0860",
		    word[0]);
	if (!run_keys(r, word, n, 3, "custodians= approved=") ||
	    !custodians(r, word + 3, n - 3, &who) ||
	    (ago != NULL && !run_time(r, ago, &at_ms)))
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
	world_approve_law(&r->world, who, (int64_t)machine_wall_ms() + at_ms);
	free(new);
	free(text);
	return RUN_FINE;
}

/* role[@place:code][,from=TIME][,to=TIME] */
static bool
check_role(struct run *r, const char *text)
{
	char copy[96], *save = NULL, *p, *place, all[1000];
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

bool
do_describe(struct run *r, struct node *x, char **word, size_t n)
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

static enum outcome
admit_card(struct run *r, const struct node *x, unsigned who, bool must)
{
	struct arena *a;

	if (!run_is_up(r))
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

enum outcome
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
	if (!do_describe(r, x, word + 2, n - 2) ||
	    !custodians(r, word, n, &who))
		return r->outcome;
	return admit_card(r, x, who, true);
}

/* A new card of a node that is there; EXPECT admin says whether it counts. */
enum outcome
do_card(struct run *r, char **word, size_t n)
{
	struct node *x = run_node(r, word[0]);
	unsigned who;

	if (x == NULL)
		return r->outcome;
	x->serial++;
	if (!do_describe(r, x, word + 1, n - 1) ||
	    !custodians(r, word, n, &who))
		return r->outcome;
	return admit_card(r, x, who, false);
}

enum outcome
do_suspend(struct run *r, char **word, size_t n)
{
	PbSuspension s = PB_SUSPENSION__INIT;
	struct node *x = run_node(r, word[0]);
	struct bytes packed;
	struct arena *a;
	unsigned who;

	if (x == NULL || !run_is_up(r) ||
	    !run_keys(r, word, n, 1, "custodians= serial=") ||
	    !custodians(r, word, n, &who))
		return r->outcome;
	s.node = x->id;
	s.serial = x->serial;
	if (!run_number_at(r, word, n, "serial", &s.serial))
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

/* custodian:N, from 0; or none. */
static const struct signer *
custodian_signer(const char *word)
{
	size_t n = strlen("custodian:");

	if (strncmp(word, "custodian:", n) != 0 || word[n] < '0' ||
	    word[n] >= '0' + PEOPLE_CUSTODIANS || word[n + 1] != '\0')
		return NULL;
	return people_custodian_signer((unsigned)(word[n] - '0'));
}

/* The CA revokes the certificate of a node, or of a custodian; it counts
 * from START or RELOAD. */
enum outcome
do_revoke(struct run *r, char **word, size_t n)
{
	const struct signer *s = custodian_signer(word[0]);
	struct node *x = s == NULL ? run_node(r, word[0]) : NULL;
	unsigned who;

	if ((s == NULL && x == NULL) ||
	    !run_keys(r, word, n, 1, "custodians=") ||
	    !custodians(r, word + 1, n - 1, &who))
		return r->outcome;
	world_revoke(&r->world, s != NULL ? s : node_signer(x));
	world_approve_law(&r->world, who, (int64_t)machine_wall_ms());
	return RUN_FINE;
}
