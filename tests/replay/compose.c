/*
 * SPDX-License-Identifier: MIT
 *
 * compose: see compose.h. A draft is built as JSON, as a system would write
 * it, and then goes the way of every draft.
 */
#include "compose.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine_memory.h"
#include "proto/draft.h"
#include "proto/json.h"
#include "proto/taxonomy.h"

#define EXAMPLES "config/examples"

struct draft {
	struct seats *seats;
	json_t *json;
	json_t *to;   /* addressee that words are about */
	char *cpr;    /* or NULL */
	char *mangle; /* or NULL */
	size_t text;  /* KiB of text in each section, or 0: one word */
	bool has_must;
	PbOutcome must;
	struct why *why;
};

static json_t *
grounds(struct draft *d)
{
	json_t *g = json_object_get(d->json, "grounds");

	if (g == NULL) {
		g = json_object();
		json_object_set_new(d->json, "grounds", g);
	}
	return g;
}

static enum err
wrong(struct draft *d, const char *found, const char *expected)
{
	return why_set(
	    d->why, ERR_INVALID, "found %s, expected %s", found, expected);
}

/* a+b+c as a list of strings; none: an empty one. */
static json_t *
list_of(const char *text)
{
	json_t *list = json_array();
	char *copy = strdup(text), *save = NULL;

	for (char *p = strtok_r(copy, "+", &save);
	     p != NULL && strcmp(text, "none") != 0;
	     p = strtok_r(NULL, "+", &save))
		json_array_append_new(list, json_string(p));
	free(copy);
	return list;
}

static json_t *
id_json(const struct id *id)
{
	char text[64];

	base64_encode(text, bytes_of(id->b, ID_SIZE));
	return json_string(text);
}

static json_t *
unknown_id(void)
{
	struct id id;

	memset(id.b, 0x33, sizeof id.b);
	return id_json(&id);
}

/* ------------------------------------------------------------------ words */

static enum err
put_time(struct draft *d, json_t *into, const char *field, const char *value)
{
	char text[64];

	if (value[0] != '+' && value[0] != '-')
		return wrong(d, value, "a time from now, such as +2d or -3h");
	snprintf(text, sizeof text, "now%s", value);
	json_object_set_new(into, field, json_string(text));
	return ERR_OK;
}

static enum err
find_message(struct draft *d, const char *label, struct message **m)
{
	*m = seats_message(d->seats, label);
	if (*m != NULL && (*m)->opens)
		return ERR_OK;
	return wrong(d, label, "the label of an earlier message");
}

static enum err
word_id(struct draft *d, const char *field, const char *value)
{
	struct message *m;
	enum err e;

	if (strcmp(value, "none") == 0 || strcmp(value, "new") == 0) {
		json_object_del(d->json, field);
		return ERR_OK;
	}
	if (strcmp(value, "unknown") == 0) {
		json_object_set_new(d->json, field, unknown_id());
		return ERR_OK;
	}
	e = find_message(d, value, &m);
	if (e == ERR_OK)
		json_object_set_new(d->json, field, id_json(&m->id));
	return e;
}

static enum err
word_case(struct draft *d, const char *field, const char *value)
{
	struct message *m;
	struct id id;
	enum err e;

	if (strcmp(value, "none") == 0 || strcmp(value, "unknown") == 0)
		return word_id(d, field, value);
	e = find_message(d, value, &m);
	if (e != ERR_OK)
		return e;
	if (!m->env.header->has_case_id)
		return wrong(d, value, "a message that belongs to a case");
	memcpy(id.b, m->env.header->case_id.data, ID_SIZE);
	json_object_set_new(d->json, field, id_json(&id));
	return ERR_OK;
}

static enum err
word_expires(struct draft *d, const char *field, const char *value)
{
	return put_time(d, d->json, field, value);
}

static enum err
word_top(struct draft *d, const char *field, const char *value)
{
	json_object_set_new(d->json, field, json_string(value));
	return ERR_OK;
}

static enum err
word_grounds(struct draft *d, const char *field, const char *value)
{
	if (strcmp(value, "none") == 0 && strcmp(field, "concerned_child") != 0)
		json_object_del(grounds(d), field);
	else
		json_object_set_new(grounds(d), field, json_string(value));
	return ERR_OK;
}

/* ROLE:-2d, for exposed; a:ROLE:-2d:+30d[:radicalised], for ksp. */
static enum err
word_condition(struct draft *d, const char *field, const char *value)
{
	json_t *c = json_object(), *list = json_array();
	char *copy = strdup(value), *save = NULL, *p;
	char kind[32];
	enum err e = ERR_OK;

	p = strtok_r(copy, ":", &save);
	if (strcmp(field, "ksp") == 0 && p != NULL) {
		snprintf(kind, sizeof kind, "ksp_%.8s", p);
		p = strtok_r(NULL, ":", &save);
	} else {
		snprintf(kind, sizeof kind, "socially_exposed");
	}
	json_object_set_new(c, "kind", json_string(kind));
	if (p != NULL)
		json_object_set_new(c, "judged_by", json_string(p));
	p = strtok_r(NULL, ":", &save);
	if (p != NULL)
		e = put_time(d, c, "judged_at", p);
	p = strtok_r(NULL, ":", &save);
	if (p != NULL && e == ERR_OK)
		e = put_time(d, c, "release_date", p);
	if (strtok_r(NULL, ":", &save) != NULL)
		json_object_set_new(c, "radicalised", json_true());
	free(copy);
	json_array_append_new(list, c);
	json_object_set_new(grounds(d), "condition", list);
	return e;
}

static enum err
word_consent(struct draft *d, const char *field, const char *value)
{
	json_t *list = json_array(), *c = json_object();

	json_object_set_new(c, "by", json_string("den registrerede"));
	json_object_set_new(c, "scope",
	    list_of(strcmp(value, "out_of_scope") == 0 ? "logistics" :
							 "identity+concern"));
	json_object_set_new(c, "until",
	    json_string(strcmp(value, "expired") == 0 ? "now-1d" : "now+9d"));
	if (strcmp(value, "withdrawn") == 0)
		json_object_set_new(c, "withdrawn", json_true());
	json_array_append_new(list, c);
	json_object_set_new(grounds(d), field, list);
	return ERR_OK;
}

static enum err
word_cpr(struct draft *d, const char *field, const char *value)
{
	(void)field;
	free(d->cpr);
	d->cpr = strdup(value);
	return ERR_OK;
}

static enum err
word_mangle(struct draft *d, const char *field, const char *value)
{
	(void)field;
	free(d->mangle);
	d->mangle = strdup(value);
	return ERR_OK;
}

static enum err
word_long(struct draft *d, const char *field, const char *value)
{
	char *end;
	unsigned long kib = strtoul(value, &end, 10);

	if (*end != '\0' || kib == 0 || kib > MESSAGE_MAX / 1024)
		return wrong(d, field, "KiB of text in each section");
	d->text = kib;
	return ERR_OK;
}

/* Where one looks for a role, unless rel= says otherwise. */
static const char *
usual_relation(const char *role)
{
	static const char *const nowhere[] = { "infohus", "kriminalforsorg",
		"asylcenter", "hotline", "mentor", "pet", "udlst", "cde",
		"efterforsker", "auditor", "eae", "infohus_netvaerk",
		"infohus_regional", "styregruppe" };

	if (strncmp(role, "pol_", 4) == 0)
		return "district_of_subject";
	if (strcmp(role, "behandlingspsykiatri") == 0)
		return "region_of_subject";
	for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++)
		if (strcmp(nowhere[i], role) == 0)
			return NULL;
	return "kommune_of_subject";
}

/* However often it is decided: refused to all, or permitted to all. */
static enum err
word_must(struct draft *d, const char *field, const char *value)
{
	(void)field;
	if (strcmp(value, "permit") != 0 && strcmp(value, "refuse") != 0)
		return wrong(d, value, "permit or refuse");
	d->must = value[0] == 'p' ? OUTCOME_PERMIT : OUTCOME_REFUSE;
	d->has_must = true;
	return ERR_OK;
}

static enum err
word_to(struct draft *d, const char *field, const char *value)
{
	const char *relation = usual_relation(value);

	json_t *list = json_object_get(d->json, "addressee");

	if (list == NULL || strcmp(field, "to") == 0) {
		if (list == NULL) {
			list = json_array();
			json_object_set_new(d->json, "addressee", list);
		}
		d->to = json_object();
		json_array_append_new(list, d->to);
	}
	if (strncmp(value, "node:", 5) == 0)
		json_object_set_new(d->to, "node", json_string(value + 5));
	else
		json_object_set_new(d->to, "role", json_string(value));
	if (strncmp(value, "node:", 5) != 0 && relation != NULL)
		json_object_set_new(d->to, "relation", json_string(relation));
	json_object_set_new(d->to, "cooperation", json_string("none"));
	json_object_set_new(d->to, "basis", list_of("rpl_115_2"));
	json_object_set_new(d->to, "purpose", json_string("crime_prevention"));
	json_object_set_new(d->to, "necessity", json_string("assessment"));
	return ERR_OK;
}

/* LABEL, or LABEL:2 for its second addressee: what an approval decides. */
static enum err
word_decides(struct draft *d, const char *field, const char *value)
{
	char label[64], text[64];
	const char *colon = strchr(value, ':');
	unsigned long n = colon != NULL ? strtoul(colon + 1, NULL, 10) : 1;
	struct message *m;
	enum err e;

	if (strcmp(value, "none") == 0) {
		json_object_del(grounds(d), field);
		return ERR_OK;
	}
	snprintf(label, sizeof label, "%.*s", (int)strcspn(value, ":"), value);
	e = find_message(d, label, &m);
	if (e != ERR_OK)
		return e;
	if (n < 1 || n > m->env.n_addressee)
		return wrong(d, value, "the number of an addressee");
	base64_encode(text,
	    bytes_of(m->env.addressee_part[n - 1].commitment.b, DIGEST_SIZE));
	json_object_set_new(grounds(d), field, json_string(text));
	return ERR_OK;
}

static enum err
word_addressee(struct draft *d, const char *field, const char *value)
{
	if (d->to == NULL)
		return wrong(d, field, "to=ROLE before it");
	if (strcmp(value, "none") == 0 && strcmp(field, "cooperation") != 0)
		json_object_del(d->to, field);
	else
		json_object_set_new(d->to, field, json_string(value));
	return ERR_OK;
}

static enum err
word_set(struct draft *d, const char *field, const char *value)
{
	if (d->to == NULL)
		return wrong(d, field, "to=ROLE before it");
	json_object_set_new(d->to, field, list_of(value));
	return ERR_OK;
}

/* Which addressee of a file the next words are about, from 1. */
static enum err
word_at(struct draft *d, const char *field, const char *value)
{
	json_t *list = json_object_get(d->json, "addressee");
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	(void)field;
	d->to = *end == '\0' && n > 0 ? json_array_get(list, n - 1) : NULL;
	return d->to != NULL ? ERR_OK :
			       wrong(d, value, "the number of an addressee");
}

static const struct {
	const char *word, *field;
	enum err (*put)(struct draft *d, const char *field, const char *value);
} keys[] = {
	{ "role", "role", word_top },
	{ "id", "message_id", word_id },
	{ "case", "case_id", word_case },
	{ "after", "after", word_id },
	{ "reply", "in_reply_to", word_id },
	{ "expires", "expires", word_expires },
	{ "age", "age", word_grounds },
	{ "kommune", "bopaelskommune", word_grounds },
	{ "custody", "custody_kommune", word_grounds },
	{ "handle", "handlekommune", word_grounds },
	{ "for", "acts_for", word_grounds },
	{ "informed", "subject_informed", word_grounds },
	{ "event", "event", word_grounds },
	{ "decides", "decides", word_decides },
	{ "child", "concerned_child", word_grounds },
	{ "words", "necessity", word_grounds },
	{ "exposed", "exposed", word_condition },
	{ "ksp", "ksp", word_condition },
	{ "consent", "consent", word_consent },
	{ "cpr", "cpr", word_cpr },
	{ "mangle", "mangle", word_mangle },
	{ "long", "long", word_long },
	{ "must", "must", word_must },
	{ "to", "to", word_to },
	{ "at", "at", word_at },
	{ "as", "role", word_addressee },
	{ "rel", "relation", word_addressee },
	{ "unit", "unit", word_addressee },
	{ "coop", "cooperation", word_addressee },
	{ "purpose", "purpose", word_addressee },
	{ "need", "necessity", word_addressee },
	{ "basis", "basis", word_set },
	{ "carry", "section", word_set },
};

static void
list_keys(char *out, size_t room)
{
	size_t len = (size_t)snprintf(out, room, "acute, made");

	for (size_t i = 0; i < sizeof keys / sizeof keys[0] && len < room; i++)
		len += (size_t)snprintf(
		    out + len, room - len, ", %s=", keys[i].word);
}

static enum err
take_word(struct draft *d, const char *word)
{
	size_t len = strcspn(word, "=");
	char all[320];

	if (strcmp(word, "acute") == 0)
		return word_top(d, "urgency", "acute");
	if (strcmp(word, "made") == 0) {
		json_object_set_new(
		    grounds(d), "underretning_made", json_true());
		return ERR_OK;
	}
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (word[len] == '=' && strlen(keys[i].word) == len &&
		    strncmp(word, keys[i].word, len) == 0)
			return keys[i].put(d, keys[i].field, word + len + 1);
	list_keys(all, sizeof all);
	return wrong(d, word, all);
}

/* --------------------------------------------------------------- sections */

static json_t *
section_text(const struct draft *d)
{
	size_t size = d->text * 1024;
	char *text = malloc(size + 1);
	json_t *s;

	if (d->text == 0 || text == NULL) {
		free(text);
		return json_string("opdigtet");
	}
	memset(text, 'x', size);
	text[size] = '\0';
	s = json_string(text);
	free(text);
	return s;
}

/* What stands in a section matters little: something of its kind. */
static json_t *
section_json(const struct draft *d, const char *name)
{
	json_t *s = json_object();
	int number = 0;
	const ProtobufCMessageDescriptor *type;

	if (taxonomy_number(&pb_category__descriptor, name, &number) ==
		ERR_OK &&
	    (type = envelope_section_descriptor((unsigned)number)) != NULL &&
	    protobuf_c_message_descriptor_get_field_by_name(type, "text") !=
		NULL)
		json_object_set_new(s, "text", section_text(d));
	if (strcmp(name, "identity") == 0)
		json_object_set_new(s, "given_name", json_string("Jonas"));
	if (strcmp(name, "identity") == 0 && d->cpr != NULL)
		json_object_set_new(s, "cpr", json_string(d->cpr));
	return s;
}

static void
fill_sections(struct draft *d)
{
	json_t *have = json_object_get(d->json, "sections"), *to, *name;
	size_t i, k;

	if (have == NULL) {
		have = json_object();
		json_object_set_new(d->json, "sections", have);
	}
	json_array_foreach(json_object_get(d->json, "addressee"), i, to) {
		json_array_foreach(json_object_get(to, "section"), k, name) {
			const char *text = json_string_value(name);

			if (json_object_get(have, text) == NULL)
				json_object_set_new(
				    have, text, section_json(d, text));
		}
	}
}

/* A section of a file that nobody is meant to get would be no message. */
static void
drop_unmeant(struct draft *d)
{
	json_t *have = json_object_get(d->json, "sections"), *to, *name, *v;
	json_t *meant = json_object();
	const char *key;
	size_t i, k;
	void *next;

	json_array_foreach(json_object_get(d->json, "addressee"), i, to) {
		json_array_foreach(json_object_get(to, "section"), k, name) {
			json_object_set_new(
			    meant, json_string_value(name), json_true());
		}
	}
	json_object_foreach_safe(have, next, key, v)
	{
		if (json_object_get(meant, key) == NULL)
			json_object_del(have, key);
	}
	json_decref(meant);
}

/* ------------------------------------------------------------------- file */

static enum err
load_file(struct draft *d, const char *prefix)
{
	struct dirent **list;
	char path[300] = "";
	json_error_t error;
	int n = scandir(EXAMPLES, &list, NULL, alphasort), found = 0;

	for (int i = 0; i < n; i++) {
		if (strncmp(list[i]->d_name, prefix, strlen(prefix)) == 0) {
			snprintf(
			    path, sizeof path, EXAMPLES "/%s", list[i]->d_name);
			found++;
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	if (found != 1)
		return wrong(d, prefix,
		    "how the name of one file in config/examples begins");
	d->json = json_load_file(path, 0, &error);
	if (d->json == NULL)
		return wrong(d, path, error.text);
	json_object_del(d->json, "expect");
	d->to = json_array_get(json_object_get(d->json, "addressee"), 0);
	return ERR_OK;
}

/* --------------------------------------------------------------- messages */

static enum err
parse(struct draft *d, struct message *m, PbDraft **out)
{
	char *text = json_dumps(d->json, 0);
	enum err e;

	if (text == NULL)
		return why_set(d->why, ERR_INVALID, "the words are not UTF-8");
	e = json_parse(m->arena, &pb_draft__descriptor, bytes_str(text),
	    machine_wall_ms(), (ProtobufCMessage **)out, d->why);
	free(text);
	return e;
}

static int
first_role(const struct node *n)
{
	char role[96];
	int number = 0;

	snprintf(role, sizeof role, "%.*s", (int)strcspn(n->role[0], "@,"),
	    n->role[0]);
	(void)!taxonomy_number(&pb_role__descriptor, role, &number);
	return number;
}

static enum err
finish(struct draft *d, struct message *m, const struct node *sender)
{
	PbDraft *draft;
	struct defect defect;
	enum err e;

	drop_unmeant(d);
	fill_sections(d);
	e = parse(d, m, &draft);
	if (e == ERR_OK)
		e = draft_message(m->arena, draft, sender->id,
		    first_role(sender), machine_wall_ms(), node_signer(sender),
		    &m->packed, &m->id, d->why);
	if (e != ERR_OK)
		return e;
	m->sender = sender;
	m->has_must = d->has_must;
	m->must = d->must;
	m->lane = draft->has_urgency ? (uint8_t)draft->urgency : LANE_ORDINARY;
	m->opens = envelope_open(m->arena, m->packed, &m->env, &defect, NULL,
		       NULL) == CODE_OK;
	return d->mangle != NULL ? compose_mangle(m, d->mangle, d->why) :
				   ERR_OK;
}

enum err
compose(struct seats *s, struct message *m, const struct node *sender,
    char *const *word, size_t n, struct why *why)
{
	struct draft d = { .seats = s, .why = why };
	enum err e = ERR_OK;
	int kind;

	if (strncmp(word[0], "file:", 5) == 0) {
		e = load_file(&d, word[0] + 5);
	} else if (taxonomy_number(&pb_kind__descriptor, word[0], &kind) !=
	    ERR_OK) {
		e = wrong(&d, word[0],
		    "a kind of message, such as concern, or file:PREFIX");
	} else {
		d.json = json_object();
		json_object_set_new(d.json, "kind", json_string(word[0]));
		json_object_set_new(
		    grounds(&d), "bopaelskommune", json_string("0101"));
		json_object_set_new(grounds(&d), "age", json_string("adult"));
	}
	for (size_t i = 1; i < n && e == ERR_OK; i++)
		e = take_word(&d, word[i]);
	if (e == ERR_OK)
		e = finish(&d, m, sender);
	json_decref(d.json);
	free(d.cpr);
	free(d.mangle);
	return e;
}
