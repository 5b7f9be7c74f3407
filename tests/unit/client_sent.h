/*
 * SPDX-License-Identifier: MIT
 *
 * client_sent: a message of the client library under way, and what a router
 * that holds to the rules answers to it.
 */
#ifndef INFOHUS_TESTS_CLIENT_SENT_H
#define INFOHUS_TESTS_CLIENT_SENT_H

#include "fake_core.h"

static const char draft[] =
    "{\"role\": \"kom_tovholder\", \"kind\": \"concern\","
    " \"grounds\": {\"bopaelskommune\": \"0101\"},"
    " \"addressee\": ["
    "  {\"node\": \"politi/1470\", \"cooperation\": \"none\","
    "   \"section\": [\"concern\"]},"
    "  {\"role\": \"pol_vagt\", \"relation\": \"district_of_subject\","
    "   \"cooperation\": \"none\", \"section\": [\"concern\"]},"
    "  {\"node\": \"kommune/0183\", \"cooperation\": \"none\","
    "   \"section\": [\"concern\"]}],"
    " \"sections\": {\"concern\": {\"text\": \"Invented.\"}}}";

/* A message under way, as the router sees it. */
struct sent {
	struct fake *f;
	char id[INFOHUS_ID_TEXT];
	struct bytes bytes;
	struct envelope env;
	uint64_t counter;
	uint64_t index; /* once recorded */
	struct bytes entry;
	size_t n;
	PbOpening *verdict[8];
	ProtobufCBinaryData commitment[8];
};

static inline void
make_draft(struct sent *s, const char *json)
{
	struct infohus_why why;

	if (infohus_draft(s->f->h, json, strlen(json), s->id, &why) !=
	    INFOHUS_OK)
		fail_msg("%s", why.text);
}

/* The newest submit that reached the router. */
static inline void
look(struct sent *s, size_t nth)
{
	const struct seen *seen = fake_seen(s->f, FRAME_TYPE_SUBMIT, nth);

	assert_non_null(seen);
	s->bytes = seen->payload;
	s->counter = seen->counter;
	assert_int_equal(
	    envelope_open(s->f->arena, s->bytes, &s->env, NULL, NULL, NULL),
	    CODE_OK);
}

static inline void
submit(struct sent *s, struct fake *f, enum infohus_until until)
{
	struct infohus_event e;
	struct infohus_why why;

	memset(s, 0, sizeof *s);
	s->f = f;
	make_draft(s, draft);
	assert_result(infohus_send(f->h, s->id, until, &why), INFOHUS_OK);
	fake_ready(f);
	assert_result(fake_next(f, &e, &why), INFOHUS_TIMEOUT);
	look(s, 0);
}

static inline void
add_verdict(struct sent *s, const struct digest *addressee, const char *node,
    PbOutcome outcome, enum code code)
{
	struct fake *f = s->f;
	PbOpening *o = fake_alloc(f, sizeof *o);
	PbVerdict v = PB_VERDICT__INIT;
	uint8_t *salt = fake_alloc(f, 32);
	struct bytes part;
	struct digest d;

	randombytes_buf(salt, 32);
	v.addressee = pb_digest(f, addressee);
	v.node = (char *)(uintptr_t)node;
	v.outcome = outcome;
	v.code = code;
	v.rule = (char *)(uintptr_t) "R00";
	part = fake_pack(f, &v);
	pb_opening__init(o);
	o->kind = PART_VERDICT;
	o->form = FORM_PLAIN;
	o->salt = pb(bytes_of(salt, 32));
	o->part = pb(part);
	d = digest_part(PART_VERDICT, FORM_PLAIN, salt, part);
	s->commitment[s->n] = pb_digest(f, &d);
	s->verdict[s->n++] = o;
}

/* Two permits and a refusal, in another order than the draft's. */
static inline void
record(struct sent *s)
{
	add_verdict(s, &s->env.addressee_part[2].commitment, OTHER,
	    OUTCOME_REFUSE, CODE_NO_PERMIT);
	add_verdict(s, &s->env.addressee_part[0].commitment, PEER,
	    OUTCOME_PERMIT, CODE_OK);
	add_verdict(s, &s->env.addressee_part[1].commitment, PEER,
	    OUTCOME_PERMIT, CODE_OK);
	s->index = fake_entry(s->f, ENTRY_KIND_MESSAGE, &s->env.header_digest,
	    s->commitment, s->n);
	s->entry = s->f->tree.entry[s->index];
}

static inline void
prove(struct fake *f, PbReceipt *r, const struct tree *t, uint64_t size,
    uint64_t from)
{
	r->checkpoint = pb(tree_note(f, t, size, &f->log));
	r->consistency_from = from;
	tree_consistency(f, t, from, size, &r->consistency, &r->n_consistency);
	tree_inclusion(f, t, r->index, size, &r->inclusion, &r->n_inclusion);
}

static inline void
make_receipt(struct sent *s, PbReceipt *r)
{
	static char *notice[] = { (char *)(uintptr_t) "ring 114" };

	pb_receipt__init(r);
	r->message_id = s->env.header->message_id;
	r->entry = pb(s->entry);
	r->index = s->index;
	r->verdict = s->verdict;
	r->n_verdict = s->n;
	r->notice = notice;
	r->n_notice = 1;
	prove(s->f, r, &s->f->tree, s->f->tree.n, s->f->told);
}

static inline void
push_receipt(struct sent *s, const PbReceipt *r)
{
	s->f->told = s->f->tree.n;
	fake_push(s->f, LANE_CONTROL, FRAME_TYPE_RECEIPT, fake_pack(s->f, r));
}

static inline void
answer(struct sent *s)
{
	PbReceipt r;

	make_receipt(s, &r);
	push_receipt(s, &r);
}

static inline enum infohus_result
next(struct fake *f, struct infohus_event *e)
{
	struct infohus_why why;

	return fake_next(f, e, &why);
}

#endif
