/*
 * SPDX-License-Identifier: MIT
 *
 * view: what was verified, in the plain types of infohus.h and as JSON.
 * Nothing is judged here.
 */
#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "proto/json.h"
#include "proto/taxonomy.h"

/* --------------------------------------------------------------- receipts */

static void
show_stage(struct infohus_verdict *v, const PbAckBody *ack)
{
	v->stage = INFOHUS_STAGE_NONE;
	if (ack == NULL)
		return;
	v->stage = ack->has_code ? INFOHUS_STAGE_NACKED : INFOHUS_STAGE_ACKED;
	v->stage_code = ack->has_code ? code_name(ack->code) : NULL;
	v->person = ack->person;
}

static void
show_verdict(struct infohus_verdict *v, const struct check_verdict *c)
{
	const PbVerdict *p = c->verdict;
	const struct code_info *info = code_find(p->code);

	v->addressee = c->addressee;
	switch (p->outcome) {
	case OUTCOME_PERMIT:
		v->outcome = INFOHUS_PERMIT;
		break;
	case OUTCOME_PARK:
		v->outcome = INFOHUS_PARK;
		break;
	case OUTCOME_REFUSE:
	default:
		v->outcome = INFOHUS_REFUSE;
		break;
	}
	v->code = p->code;
	v->code_name = code_name(p->code);
	v->code_text = info != NULL ? info->meaning : "";
	v->node = p->node;
	v->rule = p->rule;
	v->law = p->law;
	v->n_missing = p->n_missing;
	v->missing = (const char *const *)p->missing;
	v->n_instead = p->n_instead;
	v->instead = (const char *const *)p->instead;
	v->decided = c->decided;
	show_stage(v, c->ack);
}

const struct infohus_receipt *
view_receipt(struct arena *a, const char *id, const struct envelope *mine,
    const struct check_receipt *c)
{
	struct infohus_receipt *r = arena_alloc(a, sizeof *r);
	struct infohus_verdict *v = arena_alloc(
	    a, (c->n_verdict + 1) * sizeof *v);

	if (r == NULL || v == NULL || (r->id = arena_strdup(a, id)) == NULL)
		return NULL;
	for (size_t i = 0; i < c->n_verdict; i++)
		show_verdict(&v[i], &c->verdict[i]);
	r->index = c->receipt->index;
	r->recorded_at = c->proven.entry->recorded_at;
	r->tree_size = c->proven.step.checkpoint.size;
	r->acute = mine->header->urgency == URGENCY_ACUTE;
	r->n_addressee = mine->n_addressee;
	r->n_verdict = c->n_verdict;
	r->verdict = v;
	r->n_notice = c->receipt->n_notice;
	r->notice = (const char *const *)c->receipt->notice;
	return r;
}

/* --------------------------------------------------------------- messages */

static json_t *
section_value(struct arena *a, const struct opened *s)
{
	const ProtobufCMessageDescriptor *d = envelope_section_descriptor(
	    s->kind);
	ProtobufCMessage *m = NULL;
	char *text;

	if (s->opening->form == FORM_PLAIN && d != NULL &&
	    envelope_unpack(a, d, s->part, &m, NULL) == CODE_OK)
		return json_of(m);
	/* Sealed for a key that this seat does not hold. */
	text = arena_alloc(a, base64_size(s->part.len));
	if (text == NULL)
		return NULL;
	base64_encode(text, s->part);
	return json_pack("{s:s}", "sealed", text);
}

static json_t *
sections_value(struct arena *a, const struct envelope *env)
{
	json_t *o = json_object();

	for (size_t i = 0; i < env->n_section; i++) {
		const ProtobufCFieldDescriptor *f =
		    protobuf_c_message_descriptor_get_field(
			&pb_sections__descriptor, env->section[i].kind);
		json_t *v = section_value(a, &env->section[i]);

		/* The _new calls refuse a NULL value. */
		if (f == NULL || json_object_set_new(o, f->name, v) != 0) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

static json_t *
addressee_value(const struct envelope *env)
{
	json_t *list = json_array();

	for (size_t i = 0; i < env->n_addressee; i++)
		if (json_array_append_new(
			list, json_of(&env->addressee[i]->base)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* What an approver names to decide: the commitments of what is addressed. */
static json_t *
decides_value(struct arena *a, const struct envelope *env)
{
	json_t *list = json_array();

	for (size_t i = 0; i < env->n_addressee; i++) {
		struct bytes b = bytes_of(
		    env->addressee_part[i].commitment.b, DIGEST_SIZE);
		char *text = arena_alloc(a, base64_size(b.len));

		if (text != NULL)
			base64_encode(text, b);
		if (text == NULL ||
		    json_array_append_new(list, json_string(text)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
sender_value(const struct check_offer *o)
{
	char hex[2 * DIGEST_SIZE + 1];

	hex_encode(hex, bytes_of(o->certificate.b, DIGEST_SIZE));
	return json_pack("{s:s, s:s, s:I, s:s}", "node", o->env.header->sender,
	    "display_name", o->sender_name, "serial", (json_int_t)o->serial,
	    "certificate", hex);
}

static char *
message_json(struct arena *a, const char *id, const struct check_offer *o)
{
	const struct envelope *env = &o->env;
	json_t *root = json_object();
	char time[25], *dump = NULL, *text = NULL;
	int bad;

	time_format(time, o->proven.entry->recorded_at);
	bad = json_object_set_new(
	    root, "index", json_integer((json_int_t)o->offer->index));
	bad |= json_object_set_new(root, "id", json_string(id));
	bad |= json_object_set_new(root, "recorded_at", json_string(time));
	bad |= json_object_set_new(root, "header", json_of(&env->header->base));
	bad |= json_object_set_new(root, "addressee", addressee_value(env));
	if (env->grounds != NULL)
		bad |= json_object_set_new(
		    root, "grounds", json_of(&env->grounds->base));
	if (check_is_to_decide(env))
		bad |= json_object_set_new(
		    root, "decides", decides_value(a, env));
	bad |= json_object_set_new(root, "sections", sections_value(a, env));
	bad |= json_object_set_new(root, "sender", sender_value(o));
	if (!bad)
		dump = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	if (dump != NULL)
		text = arena_strdup(a, dump);
	free(dump);
	return text;
}

const struct infohus_message *
view_message(struct arena *a, const struct check_offer *o)
{
	struct infohus_message *m = arena_alloc(a, sizeof *m);
	char id_text[INFOHUS_ID_TEXT];
	struct id id;

	if (m == NULL)
		return NULL;
	memcpy(id.b, o->env.header->message_id.data, ID_SIZE);
	id_format(id_text, &id);
	m->index = o->offer->index;
	m->id = arena_strdup(a, id_text);
	m->sender = o->env.header->sender;
	m->sender_name = o->sender_name;
	m->kind = TAXONOMY_ID(kind, o->env.header->kind);
	m->acute = o->env.header->urgency == URGENCY_ACUTE;
	m->recorded_at = o->proven.entry->recorded_at;
	m->json = message_json(a, id_text, o);
	return m->id != NULL && m->json != NULL ? m : NULL;
}
