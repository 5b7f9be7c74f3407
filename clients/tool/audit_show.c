/*
 * SPDX-License-Identifier: MIT
 *
 * audit show: entries for people and, as JSON lines, for programs. Shows who
 * told whom and on which ground; never what.
 */
#include "audit.h"

#include <inttypes.h>
#include <string.h>

#include "daemon/ledger/vault.h"
#include "proto/taxonomy.h"
#include "tool.h"

#define SHOW_ARENA (8 * 1024 * 1024)

struct show {
	struct audit *audit;
	struct txn *t;
	struct arena *arena; /* of one entry */
};

static void
set_text(json_t *o, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(o, key, json_string(text));
}

static void
set_id(json_t *o, const char *key, bool has, ProtobufCBinaryData in)
{
	char text[37];
	struct id id;

	if (!has || in.len != ID_SIZE)
		return;
	memcpy(id.b, in.data, ID_SIZE);
	id_format(text, &id);
	json_object_set_new(o, key, json_string(text));
}

static void
set_digest(json_t *o, const char *key, bool has, ProtobufCBinaryData in)
{
	char text[2 * DIGEST_SIZE + 1];

	if (!has || in.len != DIGEST_SIZE)
		return;
	hex_encode(text, bytes_of(in.data, in.len));
	json_object_set_new(o, key, json_string(text));
}

static void
set_number(json_t *o, const char *key, bool has, uint64_t n)
{
	if (has)
		json_object_set_new(o, key, json_integer((json_int_t)n));
}

/* Whom an addressee part names when no node was found for it. */
static char *
addressee_text(struct show *s, ProtobufCBinaryData commitment)
{
	PbAddressee *a;
	const char *relation;

	if (AUDIT_PART(s->t, s->arena, addressee, commitment, &a) != ERR_OK)
		return NULL;
	if (a->node != NULL)
		return a->node;
	if (!a->has_role)
		return NULL;
	relation = a->has_relation ? TAXONOMY_ID(relation, a->relation) : "any";
	return arena_printf(s->arena, "%s@%s%s%s", TAXONOMY_ID(role, a->role),
	    relation, a->unit != NULL ? "/" : "",
	    a->unit != NULL ? a->unit : "");
}

static void
set_words(json_t *o, const char *key, char *const *word, size_t n)
{
	json_t *list;

	if (n == 0)
		return;
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(word[i]));
	json_object_set_new(o, key, list);
}

static json_t *
verdict_json(struct show *s, const PbVerdict *v)
{
	json_t *o = json_object();

	set_text(o, "to",
	    v->node != NULL ? v->node : addressee_text(s, v->addressee));
	set_text(o, "outcome", TAXONOMY_ID(outcome, v->outcome));
	set_text(o, "code", code_name(v->code));
	set_text(o, "rule", v->rule);
	set_text(o, "law", v->law);
	set_words(o, "missing", v->missing, v->n_missing);
	set_words(o, "instead", v->instead, v->n_instead);
	return o;
}

static json_t *
verdicts_json(struct show *s, const PbEntry *e, const PbDetails *d)
{
	json_t *list = json_array(), *one;
	PbVerdict *v;
	size_t i, k;

	for (i = 0; i < e->n_verdict; i++) {
		if (AUDIT_PART(s->t, s->arena, verdict, e->verdict[i], &v) !=
		    ERR_OK) {
			json_array_append_new(list,
			    json_pack("{s:s}", "fault",
				"not stored, or does not open"));
			continue;
		}
		one = verdict_json(s, v);
		/* What the sender was not told: the same recipient, really. */
		for (k = 0; d != NULL && k < d->n_withheld; k++) {
			PbVerdict *real = d->withheld[k];

			if (bytes_eq(bytes_of(real->addressee.data,
					 real->addressee.len),
				bytes_of(
				    v->addressee.data, v->addressee.len)) &&
			    v->node != NULL && real->node != NULL &&
			    strcmp(v->node, real->node) == 0)
				json_object_set_new(
				    one, "withheld", verdict_json(s, real));
		}
		json_array_append_new(list, one);
	}
	return list;
}

static void
add_header(struct show *s, json_t *o, const PbEntry *e)
{
	struct digest digest;
	struct bytes packed;
	PbHeader *h;

	if (!e->has_subject || e->subject.len != DIGEST_SIZE)
		return;
	memcpy(digest.b, e->subject.data, DIGEST_SIZE);
	if (vault_get(s->t, s->arena, &digest, &packed) != ERR_OK ||
	    ENVELOPE_UNPACK(s->arena, header, packed, &h, NULL) != CODE_OK) {
		set_text(o, "fault", "its header is not stored");
		return;
	}
	set_text(o, "sender", h->sender);
	set_text(o, "role", TAXONOMY_ID(role, h->role));
	set_text(o, "message_kind", TAXONOMY_ID(kind, h->kind));
	set_text(o, "urgency", TAXONOMY_ID(urgency, h->urgency));
	set_id(o, "message_id", true, h->message_id);
	set_id(o, "case_id", h->has_case_id, h->case_id);
	set_id(o, "in_reply_to", h->has_in_reply_to, h->in_reply_to);
}

static void
add_details(json_t *o, const PbDetails *d)
{
	const PbTransition *t = d->transition;
	json_t *step;

	set_text(o, "node", d->node);
	set_number(o, "of", d->has_of, d->of);
	set_number(o, "count", d->has_count, d->count);
	set_number(o, "skew_ms", d->has_skew_ms, d->skew_ms);
	if (d->has_code)
		set_text(o, "code", code_name(d->code));
	if (t == NULL)
		return;
	step = json_object();
	set_text(step, "from", TAXONOMY_ID(case_state, t->from));
	set_text(step, "to", TAXONOMY_ID(case_state, t->to));
	if (t->has_event)
		set_text(step, "event", TAXONOMY_ID(event, t->event));
	if (t->has_joint)
		json_object_set_new(step, "joint", json_boolean(t->joint));
	json_object_set_new(o, "transition", step);
}

static json_t *
entry_json(struct show *s, uint64_t index)
{
	json_t *o = json_object();
	PbDetails *details = NULL;
	PbEntry *e = NULL;
	char time[25];

	set_number(o, "index", true, index);
	if (audit_entry(s->t, s->arena, index, &e, &details) != ERR_OK)
		set_text(o, "fault",
		    "it does not parse, or its details do "
		    "not open");
	if (e == NULL)
		return o;
	time_format(time, e->recorded_at);
	set_text(o, "time", time);
	set_text(o, "kind", TAXONOMY_ID(entry_kind, e->kind));
	set_digest(o, "manifest", true, e->manifest);
	set_digest(o, "subject", e->has_subject, e->subject);
	if (e->kind == ENTRY_KIND_MESSAGE)
		add_header(s, o, e);
	if (details != NULL)
		add_details(o, details);
	if (e->n_verdict > 0)
		json_object_set_new(
		    o, "verdicts", verdicts_json(s, e, details));
	return o;
}

/* ------------------------------------------------------------- for people */

static void
print_field(const json_t *o, const char *key, const char *before)
{
	const json_t *v = json_object_get(o, key);

	if (json_is_string(v)) {
		fputs(before, stdout);
		print_text(stdout, json_string_value(v));
	} else if (json_is_integer(v)) {
		printf(
		    "%s%" JSON_INTEGER_FORMAT, before, json_integer_value(v));
	}
}

static void
print_words(
    const json_t *v, const char *key, const char *before, const char *between)
{
	const json_t *list = json_object_get(v, key);

	for (size_t i = 0; i < json_array_size(list); i++) {
		fputs(i == 0 ? before : between, stdout);
		print_text(stdout, json_string_value(json_array_get(list, i)));
	}
}

static void
print_verdict(const json_t *v, const char *before)
{
	fputs(before, stdout);
	print_field(v, "to", "");
	print_field(v, "fault", "");
	print_field(v, "outcome", ": ");
	print_field(v, "code", " ");
	print_field(v, "rule", ", ");
	print_field(v, "law", " ");
	print_words(v, "missing", ", missing ", ", ");
	print_words(v, "instead", "; lawful instead ", "; ");
	putchar('\n');
	if (json_object_get(v, "withheld") != NULL)
		print_verdict(
		    json_object_get(v, "withheld"), "          not told: ");
}

static void
print_entry(const json_t *o)
{
	const json_t *step = json_object_get(o, "transition");
	const json_t *verdicts = json_object_get(o, "verdicts");
	size_t i;

	printf("%8" JSON_INTEGER_FORMAT,
	    json_integer_value(json_object_get(o, "index")));
	print_field(o, "time", "  ");
	print_field(o, "kind", "  ");
	print_field(o, "fault", "  FAULT: ");
	print_field(o, "sender", "  ");
	print_field(o, "role", " as ");
	print_field(o, "message_kind", ", ");
	print_field(o, "urgency", " ");
	print_field(o, "node", "  ");
	print_field(o, "of", "  entry ");
	print_field(o, "code", "  ");
	print_field(o, "count", "  count ");
	print_field(o, "case_id", "  case ");
	print_field(step, "from", "  ");
	print_field(step, "to", " -> ");
	print_field(step, "event", " by ");
	putchar('\n');
	for (i = 0; i < json_array_size(verdicts); i++)
		print_verdict(json_array_get(verdicts, i), "          to ");
}

int
audit_show(struct audit *a)
{
	struct show s = { .audit = a };
	uint64_t index, end;
	struct why why;
	json_t *o;

	if (store_read(a->store, &s.t, &why) != ERR_OK)
		return trouble("%s", why.text);
	end = a->head.size;
	if (a->first < end && a->count < end - a->first)
		end = a->first + a->count;
	for (index = a->first; index < end; index++) {
		a->guard->near = index;
		if (arena_new(&s.arena, SHOW_ARENA) != ERR_OK)
			break;
		o = entry_json(&s, index);
		if (json_object_get(o, "fault") != NULL)
			a->guard->faults++;
		if (a->json) {
			(void)print_json(o);
		} else {
			print_entry(o);
			json_decref(o);
		}
		arena_free(s.arena);
		if (store_error(s.t) != ERR_OK)
			break;
	}
	store_abort(s.t);
	if (index < end)
		return trouble(
		    "the store cannot be read at entry %" PRIu64, index);
	return a->guard->faults == 0 ? EXIT_YES : EXIT_NO;
}
