/*
 * SPDX-License-Identifier: MIT
 *
 * make_node: keys, certificate, seats and card of one node, and what ends it.
 */
#include "inner.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/slurp.h"
#include "proto/box.h"
#include "proto/envelope.h"
#include "proto/keys.h"
#include "proto/taxonomy.h"

#define NODE_ARENA (16u * 1024 * 1024)
#define MANY 32 /* seats or roles of a node */

struct making {
	struct fed *f;
	struct arena *a;
	const struct fed_node *node;
	char dir[160]; /* nodes/NAME */
	PbCard card;
	struct why *why;
};

static enum err
bad(struct making *m, const char *what, const char *found, const char *expected)
{
	return why_set(m->why, ERR_INVALID,
	    "node %s: %s: found \"%s\", expected %s", m->node->id, what, found,
	    expected);
}

static bool
is_name(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= 32 &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static char *
cut(char *text, char at)
{
	char *p = text == NULL ? NULL : strchr(text, at);

	if (p == NULL)
		return NULL;
	*p = '\0';
	return p + 1;
}

static bool
parse_time(const char *text, uint64_t *out)
{
	char full[40];

	if (strlen(text) == 10 &&
	    snprintf(full, sizeof full, "%sT00:00:00Z", text) > 0)
		text = full;
	return time_parse(out, text) == ERR_OK;
}

/* ROLE[@PLACE:CODE|@country][,from=TIME][,to=TIME], as the tool takes it. */
static bool
parse_role(PbRoleGrant *g, char *text)
{
	char *rest = cut(text, ','), *place = cut(text, '@'), *next;
	int number;

	for (; rest != NULL; rest = next) {
		next = cut(rest, ',');
		if (strncmp(rest, "from=", 5) == 0) {
			if (!parse_time(rest + 5, &g->from))
				return false;
		} else if (strncmp(rest, "to=", 3) != 0 ||
		    !parse_time(rest + 3, &g->to)) {
			return false;
		} else {
			g->has_to = 1;
		}
	}
	if (taxonomy_number(&pb_role__descriptor, text, &number) != ERR_OK)
		return false;
	g->role = (PbRole)number;
	if (place == NULL)
		return true;
	g->has_place = 1;
	g->code = cut(place, ':');
	if (taxonomy_number(&pb_place_kind__descriptor, place, &number) !=
	    ERR_OK)
		return false;
	g->place = (PbPlaceKind)number;
	return (number == PLACE_KIND_COUNTRY) == (g->code == NULL);
}

/* The role alone is unknown, or something else of it is wrong. */
static enum err
bad_role(struct making *m, const char *word)
{
	char role[40], known[1000];
	int number;

	(void)snprintf(
	    role, sizeof role, "%.*s", (int)strcspn(word, "@,"), word);
	if (taxonomy_number(&pb_role__descriptor, role, &number) == ERR_OK)
		return bad(m, "roles", word,
		    "ROLE[@kommune:0101|@politikreds:1470|@region:1084|"
		    "@country][,from=TIME][,to=TIME]");
	taxonomy_list(&pb_role__descriptor, known, sizeof known);
	return why_set(m->why, ERR_INVALID, "role: found \"%s\", expected %s",
	    role, known);
}

static enum err
add_roles(struct making *m, uint64_t from)
{
	char *rest = arena_strdup(m->a, m->node->roles), *word;

	m->card.role = arena_alloc(m->a, MANY * sizeof m->card.role[0]);
	if (rest == NULL || m->card.role == NULL)
		return ERR_NOMEM;
	while ((word = strtok_r(rest, " ", &rest)) != NULL) {
		PbRoleGrant *g = arena_alloc(m->a, sizeof *g);

		if (g == NULL || m->card.n_role == MANY)
			return why_set(m->why, ERR_FULL,
			    "node %s: more than %d roles", m->node->id, MANY);
		pb_role_grant__init(g);
		g->from = from;
		if (!parse_role(g, arena_strdup(m->a, word)))
			return bad_role(m, word);
		m->card.role[m->card.n_role++] = g;
	}
	return ERR_OK;
}

static enum err
read_public(const char *path, uint8_t out[32], struct why *why)
{
	uint8_t secret[32];
	enum err e = key_file_read(secret, path, why);

	if (e == ERR_OK)
		box_public(out, secret);
	return e;
}

static enum err
add_seat(struct making *m, const char *name)
{
	PbSeat *s = arena_alloc(m->a, sizeof *s);
	uint8_t *keys = arena_alloc(m->a, 64);
	char folder[FED_PATH], curve[FED_PATH], box[FED_PATH];
	enum err e;

	if (s == NULL || keys == NULL || m->card.n_seat == MANY)
		return why_set(m->why, ERR_FULL, "node %s: more than %d seats",
		    m->node->id, MANY);
	if (!is_name(name))
		return bad(m, "seats", name, "1 to 32 of a-z, 0-9 and -");
	inner_path(m->f, folder, "%s/seat-%s", m->dir, name);
	inner_path(m->f, curve, "%s/seat-%s/curve.key", m->dir, name);
	inner_path(m->f, box, "%s/seat-%s/box.key", m->dir, name);
	e = inner_mkdir(folder, m->why);
	if (e == ERR_OK)
		e = make_key(curve, m->why);
	if (e == ERR_OK)
		e = make_key(box, m->why);
	if (e == ERR_OK)
		e = read_public(curve, keys, m->why);
	if (e == ERR_OK)
		e = read_public(box, keys + 32, m->why);
	if (e != ERR_OK)
		return e;
	pb_seat__init(s);
	s->name = arena_strdup(m->a, name);
	s->curve.data = keys;
	s->box.data = keys + 32;
	s->curve.len = s->box.len = 32;
	m->card.seat[m->card.n_seat++] = s;
	return s->name != NULL ? ERR_OK : ERR_NOMEM;
}

static enum err
add_seats(struct making *m)
{
	char *rest = arena_strdup(m->a, m->node->seats), *word;
	enum err e = ERR_OK;

	m->card.seat = arena_alloc(m->a, MANY * sizeof m->card.seat[0]);
	if (rest == NULL || m->card.seat == NULL)
		return ERR_NOMEM;
	while (e == ERR_OK && (word = strtok_r(rest, " ", &rest)) != NULL)
		e = add_seat(m, word);
	return e;
}

static enum err
fill_card(struct making *m)
{
	char path[FED_PATH];
	struct cert *c;
	struct bytes pem, der;
	enum err e;

	inner_path(m->f, path, "%s/node.pem", m->dir);
	e = slurp(m->a, path, 2 * CERT_MAX, &pem, m->why);
	if (e == ERR_OK)
		e = cert_parse_pem(&c, pem, m->why);
	if (e != ERR_OK)
		return e;
	der = cert_der(c);
	m->card.node = arena_strdup(m->a, m->node->id);
	m->card.display_name = arena_strdup(
	    m->a, m->node->name != NULL ? m->node->name : m->node->id);
	m->card.serial = 1;
	m->card.certificate.data = arena_dup(m->a, der);
	m->card.certificate.len = der.len;
	e = add_roles(m, cert_not_before(c));
	cert_free(c);
	return e == ERR_OK ? add_seats(m) : e;
}

enum err
make_check_node(const struct fed_node *n, struct why *why)
{
	if (!node_id_is_valid(n->id))
		return why_set(why, ERR_INVALID,
		    "node: found \"%s\", expected 2 or 3 elements of a-z, 0-9 "
		    "and -, joined by /",
		    n->id);
	if (n->kind != NULL && strcmp(n->kind, "ed25519") != 0 &&
	    strcmp(n->kind, "p256") != 0 && strcmp(n->kind, "rsa3072") != 0)
		return why_set(why, ERR_INVALID,
		    "node %s: kind: found \"%s\", expected ed25519, p256 or "
		    "rsa3072",
		    n->id, n->kind);
	return ERR_OK;
}

enum err
make_node(struct fed *f, const struct fed_node *n, struct why *why)
{
	struct making m = { .f = f, .node = n, .why = why };
	char name[100], path[FED_PATH];
	struct bytes body, out;
	enum err e = make_check_node(n, why);

	if (e != ERR_OK)
		return e;
	if (arena_new(&m.a, NODE_ARENA) != ERR_OK)
		return why_set(why, ERR_NOMEM, "no memory for a node");
	pb_card__init(&m.card);
	inner_file_name(name, sizeof name, n->id);
	(void)snprintf(m.dir, sizeof m.dir, "nodes/%s", name);
	inner_path(f, path, "%s.card", m.dir);
	if (access(path, F_OK) == 0)
		e = why_set(why, ERR_EXISTS, "node %s exists", n->id);
	if (e == ERR_OK)
		e = make_issue(f, m.dir, "node", n->id, n->kind, why);
	if (e == ERR_OK)
		e = fill_card(&m);
	if (e == ERR_OK)
		e = envelope_pack(m.a, &m.card, &body);
	if (e == ERR_OK)
		e = make_approved(
		    f, m.a, OBJECT_CARD, body, "one two", &out, why);
	if (e == ERR_OK)
		e = inner_write(path, out, 0600, why);
	if (e == ERR_NOMEM)
		why_set(why, e, "no memory for a node");
	arena_free(m.a);
	return e;
}

enum err
make_suspension(struct fed *f, struct arena *a, const char *node,
    struct bytes *out, struct why *why)
{
	PbSuspension s = PB_SUSPENSION__INIT;
	struct bytes body;
	enum err e;

	s.node = arena_strdup(a, node);
	s.reason_code = arena_strdup(a, "test");
	s.serial = 1;
	e = envelope_pack(a, &s, &body);
	return e == ERR_OK ?
	    make_approved(f, a, OBJECT_SUSPENSION, body, "one two", out, why) :
	    e;
}
