/*
 * SPDX-License-Identifier: MIT
 *
 * node: see node.h.
 */
#include "node.h"

#include <stdio.h>
#include <string.h>

#include "machine_memory.h"
#include "people.h"
#include "proto/box.h"
#include "proto/taxonomy.h"

const struct signer *
node_signer(const struct node *n)
{
	return people_signer(
	    n->id, n->certificate, n->certificate_to, n->chain);
}

void
node_secret(
    uint8_t out[32], const struct node *n, const char *seat, const char *what)
{
	char name[64];

	snprintf(name, sizeof name, "%s %s %u", seat, what, n->keys);
	people_secret(out, n->id, name);
}

static ProtobufCBinaryData
binary(struct bytes b)
{
	return (ProtobufCBinaryData){ b.len, (uint8_t *)(uintptr_t)b.data };
}

/* "role@place:code,from=TIME,to=TIME" was checked when it was read. */
static PbRoleGrant *
make_grant(struct arena *a, const char *text)
{
	PbRoleGrant *g = arena_alloc(a, sizeof *g);
	char *copy = arena_strdup(a, text), *save = NULL, *p, *place, *code;
	int number = 0;

	pb_role_grant__init(g);
	p = strtok_r(copy, ",", &save);
	place = strchr(p, '@');
	if (place != NULL)
		*place++ = '\0';
	code = place != NULL ? strchr(place, ':') : NULL;
	if (code != NULL)
		*code++ = '\0';
	(void)!taxonomy_number(&pb_role__descriptor, p, &number);
	g->role = (PbRole)number;
	if (place != NULL &&
	    taxonomy_number(&pb_place_kind__descriptor, place, &number) ==
		ERR_OK) {
		g->has_place = true;
		g->place = (PbPlaceKind)number;
		g->code = code;
	}
	g->from = 1;
	while ((p = strtok_r(NULL, ",", &save)) != NULL)
		if (strncmp(p, "from=", 5) == 0) {
			(void)!time_parse(&g->from, p + 5);
		} else {
			g->has_to = true;
			(void)!time_parse(&g->to, p + 3);
		}
	return g;
}

static PbSeat *
make_seat(struct arena *a, const struct node *n, const char *name)
{
	PbSeat *s = arena_alloc(a, sizeof *s);
	uint8_t *keys = arena_alloc(a, 64), secret[32];

	pb_seat__init(s);
	s->name = arena_strdup(a, name);
	node_secret(secret, n, name, "curve");
	box_public(keys, secret);
	node_secret(secret, n, name, "box");
	box_public(keys + 32, secret);
	s->curve = (ProtobufCBinaryData){ 32, keys };
	s->box = (ProtobufCBinaryData){ 32, keys + 32 };
	return s;
}

struct bytes
node_card(struct arena *a, const struct node *n, unsigned who)
{
	struct bytes der = cert_der(signer_cert(node_signer(n))), packed;
	PbCard c = PB_CARD__INIT;
	PbRoleGrant *role[NODE_ROLES];
	PbSeat *seat[NODE_SEATS];

	c.node = (char *)(uintptr_t)n->id;
	c.display_name = (char *)(uintptr_t) "A node of a replay";
	c.certificate = binary(der);
	c.serial = n->serial;
	for (size_t i = 0; i < n->n_role; i++)
		role[i] = make_grant(a, n->role[i]);
	for (size_t i = 0; i < n->n_seat; i++)
		seat[i] = make_seat(a, n, n->seat[i]);
	c.role = role;
	c.n_role = n->n_role;
	c.seat = seat;
	c.n_seat = n->n_seat;
	people_must(envelope_pack(a, &c, &packed), NULL);
	return people_approve(a, OBJECT_CARD, packed, who, machine_wall_ms());
}
