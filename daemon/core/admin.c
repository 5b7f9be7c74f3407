/*
 * SPDX-License-Identifier: MIT
 *
 * admin: see admin.h.
 */
#include "admin.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin_request.h"
#include "adopt.h"
#include "daemon/ledger/mailbox.h"
#include "proto/card.h"
#include "proto/taxonomy.h"

static json_t *
failure(enum err e, const char *text)
{
	return json_pack(
	    "{s:b,s:s,s:s}", "ok", 0, "code", err_name(e), "why", text);
}

static json_t *
status(struct core *c, const json_t *request, struct why *why, enum err *e)
{
	const struct checkpoint *k = ledger_checkpoint(c->ledger);
	uint64_t ordinary = 0, acute = 0;
	json_int_t seats = 0;
	char root[2 * DIGEST_SIZE + 1], manifest[2 * DIGEST_SIZE + 1];
	char started[25], now[25];
	struct txn *t;

	(void)request;
	*e = store_read(c->store, &t, why);
	if (*e != ERR_OK)
		return NULL;
	*e = mailbox_count(t, &ordinary, &acute);
	store_abort(t);
	if (*e != ERR_OK)
		return NULL;
	for (unsigned d = 1; d <= c->config->doors; d++)
		seats += c->online[d].ready;
	hex_encode(root, bytes_of(k->root.b, DIGEST_SIZE));
	hex_encode(manifest, bytes_of(c->law->manifest.b, DIGEST_SIZE));
	time_format(started, c->started_ms);
	time_format(now, clock_now(&c->clock));
	return json_pack("{s:b,s:s,s:I,s:s,s:s,s:s,s:s,s:b,s:I,s:I,s:I,s:I,"
			 "s:I,s:I,s:I,s:I}",
	    "ok", 1, "origin", k->origin, "size", (json_int_t)k->size, "root",
	    root, "manifest", manifest, "started", started, "now", now,
	    "clock_stopped", c->clock.stopped, "nodes",
	    (json_int_t)registry_count(c->registry), "seats_online", seats,
	    "waiting_ordinary", (json_int_t)ordinary, "waiting_acute",
	    (json_int_t)acute, "messages", (json_int_t)c->messages, "acks",
	    (json_int_t)c->acks, "rejects", (json_int_t)c->rejects, "low_water",
	    (json_int_t)c->low_water_size);
}

static json_t *
seats_of(const struct core *c, const struct reg_node *n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n->n_seat; i++) {
		const struct reg_seat *s = &n->seat[i];
		json_array_append_new(list,
		    json_pack("{s:s,s:I,s:I,s:b}", "name", s->name, "door",
			(json_int_t)s->door, "port",
			(json_int_t)(c->config->first_port + s->door), "online",
			c->online[s->door].ready));
	}
	return list;
}

static json_t *
roles_of(const struct reg_node *n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n->card->n_role; i++) {
		const PbRoleGrant *g = n->card->role[i];
		json_t *one = json_pack(
		    "{s:s}", "role", TAXONOMY_ID(role, g->role));
		if (g->has_place)
			json_object_set_new(one, "place",
			    json_string(TAXONOMY_ID(place_kind, g->place)));
		if (g->code != NULL)
			json_object_set_new(one, "code", json_string(g->code));
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
nodes(struct core *c, const json_t *request, struct why *why, enum err *e)
{
	json_t *list = json_array();

	(void)request;
	(void)why;
	*e = ERR_OK;
	for (size_t i = 0; i < registry_count(c->registry); i++) {
		const struct reg_node *n = registry_at(c->registry, i);
		json_array_append_new(list,
		    json_pack("{s:s,s:s,s:I,s:b,s:o,s:o}", "node", n->id,
			"display_name", n->card->display_name, "serial",
			(json_int_t)n->card->serial, "suspended", n->suspended,
			"roles", roles_of(n), "seats", seats_of(c, n)));
	}
	return json_pack("{s:b,s:o}", "ok", 1, "nodes", list);
}

/* The text of a law file as it is in force. */
static json_t *
law_texts(const struct law *l, const char *prefix)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->n_text; i++)
		if (strncmp(l->text[i].name, prefix, strlen(prefix)) == 0)
			json_array_append_new(list,
			    json_stringn((const char *)l->text[i].text.data,
				l->text[i].text.len));
	return list;
}

static json_t *
server(struct core *c, const json_t *request, struct why *why, enum err *e)
{
	char vkey[256], curve[65], box[65];
	json_t *doors = json_array();

	(void)request;
	(void)why;
	*e = ERR_OK;
	note_key_format(vkey, &c->log_key.public);
	hex_encode(curve, bytes_of(c->curve_public, 32));
	hex_encode(box, bytes_of(c->box_public, 32));
	for (size_t i = 0; i < registry_count(c->registry); i++) {
		const struct reg_node *n = registry_at(c->registry, i);
		for (size_t k = 0; k < n->n_seat; k++)
			json_array_append_new(doors,
			    json_pack("{s:s,s:s,s:I,s:I}", "node", n->id,
				"seat", n->seat[k].name, "door",
				(json_int_t)n->seat[k].door, "port",
				(json_int_t)(c->config->first_port +
				    n->seat[k].door)));
	}
	return json_pack("{s:b,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "ok", 1,
	    "origin", c->config->origin, "vkey", vkey, "curve", curve, "box",
	    box, "listen", c->config->listen, "custodian",
	    law_texts(c->law, "custodian"), "anchor",
	    law_texts(c->law, "anchor"), "doors", doors);
}

enum err
admin_reload(struct core *c, struct problems *problems, struct why *why)
{
	struct problems own = { 0 };
	struct problems *p = problems != NULL ? problems : &own;
	struct law *law = law_load(&c->config->law, true, p);
	enum err e = ERR_OK;

	if (law == NULL) {
		fprintf(stderr,
		    "error: reload refused, the old law stays in "
		    "force\n%s",
		    p->text != NULL ? p->text : "");
		why_set(why, ERR_INVALID, "%s",
		    p->text != NULL ? p->text : "no reason given");
		problems_free(&own);
		return problems != NULL ? ERR_INVALID : ERR_OK;
	}
	if (digest_eq(&law->manifest, &c->law->manifest))
		law_unref(law);
	else
		e = adopt_law(c, law, why);
	problems_free(&own);
	return e;
}

static json_t *
reload(struct core *c, const json_t *request, struct why *why, enum err *e)
{
	struct problems p = { 0 };
	char manifest[2 * DIGEST_SIZE + 1];

	(void)request;
	*e = admin_reload(c, &p, why);
	problems_free(&p);
	if (*e != ERR_OK)
		return NULL;
	hex_encode(manifest, bytes_of(c->law->manifest.b, DIGEST_SIZE));
	return json_pack("{s:b,s:s}", "ok", 1, "manifest", manifest);
}

static json_t *
snapshot(struct core *c, const json_t *request, struct why *why, enum err *e)
{
	const char *dir = json_string_value(json_object_get(request, "dir"));

	*e = ERR_INVALID;
	if (dir == NULL || dir[0] != '/') {
		why_set(why, *e, "dir must be an absolute path");
		return NULL;
	}
	*e = ledger_snapshot(c->ledger, dir, why);
	if (*e != ERR_OK)
		return NULL;
	return json_pack("{s:b,s:s,s:I}", "ok", 1, "dir", dir, "size",
	    (json_int_t)ledger_checkpoint(c->ledger)->size);
}

/* ------------------------------------------------------------------- admit */

struct admission {
	struct bytes approved;
	const char *node;
	struct digest object;
	PbEntryKind kind;
};

static enum err
admit_card(
    struct core *c, struct batch *b, struct admission *ad, struct why *why)
{
	struct card card;
	enum err e = card_open(b->arena, ad->approved, c->law->custodian,
	    c->law->n_custodian, &card, why);

	if (e != ERR_OK)
		return e;
	e = anchors_check(c->law->anchors, card.cert, b->now, NULL, why);
	if (e == ERR_OK)
		e = registry_admit(b->t, b->arena, ad->approved, card.pb,
		    c->config->doors, why);
	ad->node = card.pb->node;
	ad->object = card.object;
	ad->kind = ENTRY_KIND_ADMITTED;
	card_close(&card);
	return e;
}

static enum err
admit_suspension(
    struct core *c, struct batch *b, struct admission *ad, struct why *why)
{
	const struct reg_node *node;
	struct bytes body;
	PbSuspension *s;
	enum err e = card_open_approved(b->arena, ad->approved,
	    OBJECT_SUSPENSION, c->law->custodian, c->law->n_custodian, &body,
	    &ad->object, why);

	if (e != ERR_OK)
		return e;
	if (ENVELOPE_UNPACK(b->arena, suspension, body, &s, NULL) != CODE_OK)
		return why_set(why, ERR_INVALID, "not a suspension");
	node = registry_find(c->registry, s->node);
	if (node == NULL || node->card->serial != s->serial)
		return why_set(why, ERR_NOT_FOUND,
		    "no card of this node with "
		    "serial %llu is in force",
		    (unsigned long long)s->serial);
	ad->node = s->node;
	ad->kind = ENTRY_KIND_SUSPENDED;
	return registry_suspend(b->t, s->node, why);
}

/* What kind of object was approved; 0 when it cannot be read. */
static unsigned
kind_of(struct arena *a, struct bytes approved)
{
	PbApproved *ap;

	if (ENVELOPE_UNPACK(a, approved, approved, &ap, NULL) != CODE_OK)
		return 0;
	return ap->object->kind;
}

static enum err
admit_record(struct core *c, struct batch *b, struct admission *ad,
    struct registry **r, struct why *why)
{
	PbEntry entry = PB_ENTRY__INIT;
	PbDetails details = PB_DETAILS__INIT;
	uint64_t index;
	unsigned kind = kind_of(b->arena, ad->approved);
	enum err e = kind == OBJECT_CARD ? admit_card(c, b, ad, why) :
	    kind == OBJECT_SUSPENSION	 ? admit_suspension(c, b, ad, why) :
					   why_set(why, ERR_INVALID,
					       "found object kind %u, expected an "
						  "approved card or suspension",
					       kind);

	if (e != ERR_OK)
		return e;
	entry.kind = ad->kind;
	entry.has_subject = true;
	entry.subject = pb_bytes(ad->object.b, DIGEST_SIZE);
	details.node = (char *)(uintptr_t)ad->node;
	details.has_object = true;
	details.object = pb_bytes(ad->approved.data, ad->approved.len);
	e = core_append(b, &entry, &details, &index);
	return e == ERR_OK ? registry_load(r, b->t, why) : e;
}

static enum err
decode_object(
    const json_t *request, struct arena *a, struct bytes *out, struct why *why)
{
	const char *text = json_string_value(
	    json_object_get(request, "object"));
	size_t len = text == NULL ? 0 : strlen(text);
	uint8_t *raw = arena_alloc(a, len + 1);

	if (raw == NULL)
		return why_set(why, ERR_NOMEM, "no memory for the object");
	if (text == NULL || base64_decode(raw, &len, bytes_str(text)) != ERR_OK)
		return why_set(why, ERR_INVALID, "object: found no base64");
	*out = bytes_of(raw, len);
	return ERR_OK;
}

static json_t *
admit(struct core *c, const json_t *request, struct why *why, enum err *e)
{
	struct admission ad = { .node = NULL };
	struct registry *r = NULL;
	struct batch b;
	json_t *answer = NULL;

	*e = core_begin(c, &b, why);
	if (*e != ERR_OK)
		return NULL;
	*e = decode_object(request, b.arena, &ad.approved, why);
	if (*e == ERR_OK)
		*e = admit_record(c, &b, &ad, &r, why);
	if (*e == ERR_OK)
		*e = core_commit(&b, why);
	if (*e == ERR_OK) {
		*e = core_set_registry(c, r, why);
		const struct reg_node *n = registry_find(c->registry, ad.node);
		if (n != NULL)
			answer = json_pack("{s:b,s:s,s:b,s:o}", "ok", 1, "node",
			    ad.node, "suspended", n->suspended, "seats",
			    seats_of(c, n));
	} else {
		registry_unref(r);
	}
	core_abort(&b);
	return answer;
}

/* ----------------------------------------------------------------- dispatch */

static const struct {
	const char *name;
	json_t *(*run)(struct core *c, const json_t *request, struct why *why,
	    enum err *e);
} command[] = {
	{ "status", status },
	{ "server", server },
	{ "nodes", nodes },
	{ "reload", reload },
	{ "snapshot", snapshot },
	{ "admit", admit },
};

static json_t *
dispatch(struct core *c, const json_t *request, struct why *why, enum err *e)
{
	const char *name = json_string_value(
	    json_object_get(request, "command"));

	for (size_t i = 0;
	     name != NULL && i < sizeof command / sizeof command[0]; i++)
		if (strcmp(name, command[i].name) == 0)
			return command[i].run(c, request, why, e);
	*e = why_set(why, ERR_INVALID,
	    "found no known command, expected "
	    "status, server, nodes, reload, snapshot or admit");
	return NULL;
}

enum err
admin_handle(struct core *c, const struct job *j, struct why *why)
{
	struct why reason = { "" };
	enum err e = ERR_INVALID;
	json_t *request = admin_request(j->payload, &reason);
	json_t *answer = NULL;
	struct out *x = NULL;
	char *text;

	if (request != NULL)
		answer = dispatch(c, request, &reason, &e);
	json_decref(request);
	if (e == ERR_UNKNOWN) {
		json_decref(answer);
		*why = reason;
		return e;
	}
	if (e != ERR_OK || answer == NULL) {
		json_decref(answer);
		answer = failure(e == ERR_OK ? ERR_NOMEM : e, reason.text);
	}
	text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	if (text != NULL)
		x = out_new(OUT_ADMIN, bytes_str(text));
	free(text);
	if (x != NULL)
		x->admin = j->admin;
	outbox_put(c->outbox, x);
	return ERR_OK;
}
