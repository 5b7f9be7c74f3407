/*
 * SPDX-License-Identifier: MIT
 *
 * made: one good message taken apart, to be changed in one way and put
 * together again. Its parts are committed to as they are after the change,
 * unless the change is about the commitments themselves.
 */
#ifndef INFOHUS_TESTS_MADE_H
#define INFOHUS_TESTS_MADE_H

#include "tests/unit/drafting.h"

#include "proto/digest.h"

static const char made_draft[] =
    "{\"kind\":\"concern\",\"role\":\"skole\","
    "\"grounds\":{\"bopaelskommune\":\"0101\",\"age\":\"minor\"},"
    "\"addressee\":["
    "{\"role\":\"kom_tovholder\",\"relation\":\"same_kommune\","
    "\"cooperation\":\"ssp\",\"basis\":[\"rpl_115_2\"],"
    "\"section\":[\"identity\",\"concern\"]},"
    "{\"role\":\"pol_tovholder\",\"relation\":\"district_of_subject\","
    "\"cooperation\":\"ssp\",\"basis\":[\"rpl_115_2\"],"
    "\"section\":[\"identity\",\"concern\",\"family\"]}],"
    "\"sections\":{\"identity\":{\"cpr\":\"1503101234\"},"
    "\"concern\":{\"text\":\"x\"},"
    "\"family\":{\"member\":[{\"relation\":\"mor\",\"cpr\":"
    "\"1503701234\"}]}}}";

/* Its openings, in the order that draft.c gives them. */
enum { GROUNDS, TO_KT, TO_PT, IDENTITY, CONCERN, FAMILY, OPENINGS };

/* A message taken apart, to be changed and put together again. */
struct made {
	struct drafting *d;
	PbMessage *m;
	PbHeader *h;
	PbGrounds *grounds;
	PbAddressee *to;
	PbIdentity *identity;
	PbConcern *concern;
	PbFamily *family;
	bool commit;	    /* to the openings as they are after the change */
	size_t commitments; /* how many */
};

static inline ProtobufCBinaryData
made_bytes(struct drafting *d, const char *text, size_t len)
{
	ProtobufCBinaryData b = { len,
		arena_dup(d->arena, bytes_of(text, len)) };

	assert_non_null(b.data);
	return b;
}

/* len bytes of the digit. */
static inline ProtobufCBinaryData
made_filled(struct drafting *d, int digit, size_t len)
{
	ProtobufCBinaryData b = { len, arena_alloc(d->arena, len) };

	assert_non_null(b.data);
	memset(b.data, digit, len);
	return b;
}

static inline void *
made_parse(struct made *x, size_t i, const ProtobufCMessageDescriptor *d)
{
	const PbOpening *o = x->m->opening[i];
	ProtobufCMessage *m = NULL;

	assert_int_equal(envelope_unpack(x->d->arena, d,
			     bytes_of(o->part.data, o->part.len), &m, NULL),
	    CODE_OK);
	return m;
}

static inline void
made_apart(struct made *x, struct drafting *d, struct bytes message)
{
	memset(x, 0, sizeof(*x));
	x->d = d;
	x->commit = true;
	x->commitments = 8;
	assert_int_equal(
	    ENVELOPE_UNPACK(d->arena, message, message, &x->m, NULL), CODE_OK);
	assert_int_equal(
	    ENVELOPE_UNPACK(d->arena, header,
		bytes_of(x->m->header.data, x->m->header.len), &x->h, NULL),
	    CODE_OK);
	assert_int_equal(x->m->n_opening, OPENINGS);
	x->grounds = made_parse(x, GROUNDS, &pb_grounds__descriptor);
	x->to = made_parse(x, TO_KT, &pb_addressee__descriptor);
	x->identity = made_parse(x, IDENTITY, &pb_identity__descriptor);
	x->concern = made_parse(x, CONCERN, &pb_concern__descriptor);
	x->family = made_parse(x, FAMILY, &pb_family__descriptor);
}

/* A change that sets the raw bytes of a part clears its parsed form. */
static inline void
made_pack(struct made *x, size_t i, const void *parsed)
{
	struct bytes b;

	if (parsed == NULL || i >= x->m->n_opening)
		return;
	assert_int_equal(envelope_pack(x->d->arena, parsed, &b), ERR_OK);
	x->m->opening[i]->part = (ProtobufCBinaryData){ b.len,
		(uint8_t *)(uintptr_t)b.data };
}

static inline int
made_compare(const void *a, const void *b)
{
	return memcmp(a, b, DIGEST_SIZE);
}

static inline void
made_commit(struct made *x)
{
	size_t n = x->commitments;
	struct digest *all = arena_alloc(x->d->arena, (n + 1) * sizeof(all[0]));

	assert_non_null(all);
	for (size_t i = 0; i < n; i++) {
		const PbOpening *o = i < x->m->n_opening ? x->m->opening[i] :
							   NULL;

		memset(&all[i], (int)(0x40 + i), sizeof(all[i]));
		if (o != NULL && o->salt.len == 32)
			all[i] = digest_part((uint8_t)o->kind, (uint8_t)o->form,
			    o->salt.data, bytes_of(o->part.data, o->part.len));
	}
	qsort(all, n, sizeof(all[0]), made_compare);
	x->h->n_commitment = n;
	x->h->commitment = arena_alloc(
	    x->d->arena, (n + 1) * sizeof(x->h->commitment[0]));
	assert_non_null(x->h->commitment);
	for (size_t i = 0; i < n; i++)
		x->h->commitment[i] = (ProtobufCBinaryData){ DIGEST_SIZE,
			all[i].b };
}

static inline struct bytes
made_message(struct made *x)
{
	struct bytes b;

	made_pack(x, GROUNDS, x->grounds);
	made_pack(x, TO_KT, x->to);
	made_pack(x, IDENTITY, x->identity);
	made_pack(x, CONCERN, x->concern);
	made_pack(x, FAMILY, x->family);
	if (x->commit)
		made_commit(x);
	assert_int_equal(envelope_pack(x->d->arena, x->h, &b), ERR_OK);
	x->m->header = (ProtobufCBinaryData){ b.len,
		(uint8_t *)(uintptr_t)b.data };
	assert_int_equal(envelope_pack(x->d->arena, x->m, &b), ERR_OK);
	return b;
}

/* Adds an opening, as a copy of one that is there under another salt. */
static inline PbOpening *
made_add(struct made *x, size_t like, int salt)
{
	size_t n = x->m->n_opening;
	PbOpening **all = arena_alloc(x->d->arena, (n + 1) * sizeof(all[0]));
	PbOpening *o = arena_alloc(x->d->arena, sizeof(*o));

	assert_non_null(all);
	assert_non_null(o);
	for (size_t i = 0; i < n; i++)
		all[i] = x->m->opening[i];
	*o = *x->m->opening[like];
	o->salt = made_filled(x->d, salt, 32);
	all[n] = o;
	x->m->opening = all;
	x->m->n_opening++;
	return o;
}

/* Takes one out, and with it the parsed form. */
static inline void
made_drop(struct made *x, size_t i)
{
	for (size_t k = i; k + 1 < x->m->n_opening; k++)
		x->m->opening[k] = x->m->opening[k + 1];
	x->m->n_opening--;
	x->grounds = NULL;
	x->to = NULL;
	x->identity = NULL;
	x->concern = NULL;
	x->family = NULL;
}

/* One change, and how the message is refused because of it. */
struct made_case {
	const char *says;
	void (*change)(struct made *x);
	enum code want;
	const char *field;
};

static inline void
made_try(struct drafting *d, const struct made_case *c, size_t n)
{
	struct bytes good = drafting_message(d, made_draft);

	for (; n > 0; n--, c++) {
		struct defect defect = { .field = "" };
		struct envelope env;
		struct made x;
		enum code got;

		made_apart(&x, d, good);
		c->change(&x);
		got = envelope_open(
		    d->arena, made_message(&x), &env, &defect, NULL, NULL);
		if (got != c->want || strcmp(defect.field, c->field) != 0)
			fail_msg("%s: got %s %s, want %s %s", c->says,
			    code_name(got), defect.field, code_name(c->want),
			    c->field);
	}
}

#endif
