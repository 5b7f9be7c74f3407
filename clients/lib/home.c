/*
 * SPDX-License-Identifier: MIT
 *
 * home: see home.h. seat.json is read strictly: a key that is not known here
 * may be a wish that this version cannot fulfil.
 */
#include "home.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define PATH_ROOM 4096

struct reading {
	struct home *home;
	const char *dir;
	json_t *json;
	struct why *why;
};

static enum infohus_result
bad(struct reading *r, const char *key, const char *expected)
{
	return result_set(r->why, INFOHUS_BAD_HOME,
	    "%s/seat.json: \"%s\" is missing or wrong, expected %s", r->dir,
	    key, expected);
}

/* Text of key that fits in room, or NULL. */
static const char *
text_of(struct reading *r, const char *key, size_t room)
{
	const char *s = json_string_value(json_object_get(r->json, key));

	return s != NULL && s[0] != '\0' && strlen(s) < room ? s : NULL;
}

static enum infohus_result
read_names(struct reading *r)
{
	const char *node = text_of(r, "node", sizeof r->home->node);
	const char *seat = text_of(r, "seat", sizeof r->home->seat);

	if (node == NULL || !node_id_is_valid(node))
		return bad(r, "node", "a node id");
	if (seat == NULL)
		return bad(r, "seat", "the name of a seat");
	memcpy(r->home->node, node, strlen(node) + 1);
	memcpy(r->home->seat, seat, strlen(seat) + 1);
	return INFOHUS_OK;
}

static enum infohus_result
read_endpoints(struct reading *r)
{
	json_t *list = json_object_get(r->json, "endpoint");
	size_t n = json_array_size(list);

	if (n < 1 || n > HOME_ENDPOINTS_MAX)
		return bad(r, "endpoint", "1 to 8 addresses");
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL || strlen(s) >= HOME_TEXT_MAX ||
		    strncmp(s, "tcp://", 6) != 0)
			return bad(r, "endpoint", "tcp://HOST:PORT");
		memcpy(r->home->endpoint[i], s, strlen(s) + 1);
	}
	r->home->n_endpoint = n;
	return INFOHUS_OK;
}

/* The log's key, and the server's public keys for both layers. */
static enum infohus_result
read_server(struct reading *r, uint8_t server_box[32])
{
	const char *vkey = text_of(r, "vkey", 256);
	const char *origin = text_of(r, "origin", NOTE_NAME_MAX + 1);
	const char *curve = text_of(r, "curve", HOME_TEXT_MAX);
	const char *box = text_of(r, "box", HOME_TEXT_MAX);

	if (vkey == NULL ||
	    note_key_parse(&r->home->log, vkey, NULL) != ERR_OK ||
	    r->home->log.type != NOTE_TYPE_ED25519)
		return bad(r, "vkey", "the log's verifier key");
	if (origin == NULL || strcmp(origin, r->home->log.name) != 0)
		return bad(r, "origin", "the name in \"vkey\"");
	if (curve == NULL ||
	    hex_decode(r->home->server_curve, 32, curve) != ERR_OK)
		return bad(r, "curve", "64 hex digits");
	if (box == NULL || hex_decode(server_box, 32, box) != ERR_OK)
		return bad(r, "box", "64 hex digits");
	return INFOHUS_OK;
}

static enum infohus_result
read_custodians(struct reading *r)
{
	json_t *list = json_object_get(r->json, "custodian");
	size_t n = json_array_size(list);
	struct home *h = r->home;

	if (n < 2 || n > HOME_CUSTODIANS_MAX)
		return bad(r, "custodian", "2 to 16 PEM certificates");
	for (size_t i = 0; i < n; i++) {
		json_t *pem = json_array_get(list, i);

		if (!json_is_string(pem) ||
		    cert_parse_pem(&h->custodian[i],
			bytes_of(
			    json_string_value(pem), json_string_length(pem)),
			NULL) != ERR_OK)
			return bad(r, "custodian", "PEM certificates");
		h->n_custodian = i + 1;
	}
	return INFOHUS_OK;
}

static enum infohus_result
read_keys(struct reading *r, const uint8_t server_box[32])
{
	struct home *h = r->home;
	char path[PATH_ROOM], certificate[PATH_ROOM];
	uint8_t secret[32];
	enum err e;

	(void)snprintf(path, sizeof path, "%s/curve.key", r->dir);
	if (key_file_read(h->curve_secret, path, r->why) != ERR_OK)
		return INFOHUS_BAD_HOME;
	box_public(h->curve_public, h->curve_secret);
	(void)snprintf(path, sizeof path, "%s/box.key", r->dir);
	if (key_file_read(secret, path, r->why) != ERR_OK)
		return INFOHUS_BAD_HOME;
	e = box_key_make(&h->box, server_box, secret);
	sodium_memzero(secret, sizeof secret);
	if (e != ERR_OK)
		return bad(r, "box", "a public key of full order");
	(void)snprintf(path, sizeof path, "%s/../node.key", r->dir);
	(void)snprintf(
	    certificate, sizeof certificate, "%s/../node.pem", r->dir);
	if (signer_load(&h->signer, path, certificate, r->why) != ERR_OK)
		return INFOHUS_BAD_HOME;
	return INFOHUS_OK;
}

static enum infohus_result
load_json(struct reading *r)
{
	static const char *const known[] = { "node", "seat", "endpoint",
		"origin", "vkey", "curve", "box", "custodian", "anchor" };
	char path[PATH_ROOM];
	json_error_t error;
	const char *key;
	json_t *value;

	(void)snprintf(path, sizeof path, "%s/seat.json", r->dir);
	r->json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (r->json == NULL && error.line < 1)
		return result_set(r->why, INFOHUS_BAD_HOME, "%s", error.text);
	if (r->json == NULL)
		return result_set(r->why, INFOHUS_BAD_HOME, "%s:%d:%d: %s",
		    path, error.line, error.column, error.text);
	if (!json_is_object(r->json))
		return result_set(
		    r->why, INFOHUS_BAD_HOME, "%s: expected an object", path);
	json_object_foreach(r->json, key, value) {
		size_t i = 0, n = sizeof known / sizeof known[0];

		while (i < n && strcmp(key, known[i]) != 0)
			i++;
		if (i == n)
			return result_set(r->why, INFOHUS_BAD_HOME,
			    "%s: found a key that is not known", path);
	}
	return INFOHUS_OK;
}

enum infohus_result
home_read(struct home *h, const char *dir, struct why *why)
{
	struct reading r = { .home = h, .dir = dir, .why = why };
	uint8_t server_box[32];
	enum infohus_result result;

	memset(h, 0, sizeof *h);
	if (strlen(dir) > PATH_ROOM - 32)
		return result_set(
		    why, INFOHUS_BAD_HOME, "the path of the home is too long");
	if (sodium_init() < 0)
		return result_set(why, INFOHUS_IO, "libsodium does not start");
	result = load_json(&r);
	if (result == INFOHUS_OK)
		result = read_names(&r);
	if (result == INFOHUS_OK)
		result = read_endpoints(&r);
	if (result == INFOHUS_OK)
		result = read_server(&r, server_box);
	if (result == INFOHUS_OK)
		result = read_custodians(&r);
	if (result == INFOHUS_OK)
		result = read_keys(&r, server_box);
	json_decref(r.json);
	return result;
}

void
home_clear(struct home *h)
{
	for (size_t i = 0; i < h->n_custodian; i++)
		cert_free(h->custodian[i]);
	if (h->signer != NULL)
		signer_free(h->signer);
	box_key_wipe(&h->box);
	sodium_memzero(h, sizeof *h);
}
