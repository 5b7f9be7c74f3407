/*
 * SPDX-License-Identifier: MIT
 *
 * parked: see parked.h.
 */
#include "parked.h"

#include <string.h>

#include "daemon/ledger/ledger.h"
#include "daemon/ledger/vault.h"
#include "proto/digest.h"

#define KEY_SIZE 17
#define DECIDED 1
#define WAITS 2
#define OF_SENDER 3
#define SENDER_MAX 480 /* a node id is shorter */

static void
key_of(uint8_t out[KEY_SIZE], uint8_t what, uint64_t a, uint64_t b)
{
	out[0] = what;
	put_u64(out + 1, a);
	put_u64(out + 9, b);
}

/* ---------------------------------------------------------------- messages */

static enum err
open_part(const struct books *b, const ProtobufCBinaryData *commitment,
    struct digest *digest, PbOpening **out)
{
	if (commitment->len != DIGEST_SIZE)
		return ERR_INVALID;
	memcpy(digest->b, commitment->data, DIGEST_SIZE);
	return vault_open(b->record, b->arena, digest, out);
}

static enum err
read_part(const struct books *b, struct parked *p, size_t i)
{
	struct digest digest;
	struct bytes part;
	PbOpening *o;
	enum code code = CODE_OK;
	enum err e = open_part(b, &p->details->part[i], &digest, &o);

	if (e != ERR_OK)
		return e;
	part = bytes_of(o->part.data, o->part.len);
	if (o->kind == PART_GROUNDS) {
		code = ENVELOPE_UNPACK(
		    b->arena, grounds, part, &p->grounds, NULL);
	} else if (o->kind == PART_ADDRESSEE) {
		if (p->n_addressee == ADDRESSEES_MAX)
			return ERR_INVALID;
		code = ENVELOPE_UNPACK(b->arena, addressee, part,
		    &p->addressee[p->n_addressee], NULL);
		p->commitment[p->n_addressee] = digest;
		p->part_size[p->n_addressee++] = part.len;
	}
	return code == CODE_OK ? ERR_OK : ERR_INVALID;
}

enum err
parked_verdict(const struct books *b, const ProtobufCBinaryData *commitment,
    PbVerdict **out)
{
	struct digest digest;
	PbOpening *o;
	enum err e = open_part(b, commitment, &digest, &o);

	if (e != ERR_OK)
		return e;
	return ENVELOPE_UNPACK(b->arena, verdict,
		   bytes_of(o->part.data, o->part.len), out, NULL) == CODE_OK &&
		(*out)->addressee.len == DIGEST_SIZE ?
	    ERR_OK :
	    ERR_INVALID;
}

static enum err
read_details(const struct books *b, const PbEntry *entry, PbDetails **out)
{
	struct digest digest;
	PbOpening *o;
	enum err e;

	if (!entry->has_details)
		return ERR_INVALID;
	e = open_part(b, &entry->details, &digest, &o);
	if (e != ERR_OK)
		return e;
	return ENVELOPE_UNPACK(b->arena, details,
		   bytes_of(o->part.data, o->part.len), out, NULL) == CODE_OK ?
	    ERR_OK :
	    ERR_INVALID;
}

static enum err
read_entry(
    const struct books *b, uint64_t index, PbEntry **entry, PbDetails **details)
{
	struct bytes packed;
	enum err e = ledger_entry(b->record, b->arena, index, &packed);

	if (e == ERR_OK &&
	    ENVELOPE_UNPACK(b->arena, entry, packed, entry, NULL) != CODE_OK)
		e = ERR_INVALID;
	return e == ERR_OK ? read_details(b, *entry, details) : e;
}

static enum err
read_header(const struct books *b, struct parked *p)
{
	struct digest digest;
	struct bytes bytes;
	enum err e;

	if (p->entry->kind != ENTRY_KIND_MESSAGE || !p->entry->has_subject ||
	    p->entry->subject.len != DIGEST_SIZE || p->details->sender == NULL)
		return ERR_INVALID;
	memcpy(digest.b, p->entry->subject.data, DIGEST_SIZE);
	e = vault_get(b->record, b->arena, &digest, &bytes);
	if (e != ERR_OK)
		return e;
	p->header_size = bytes.len;
	return ENVELOPE_UNPACK(b->arena, header, bytes, &p->header, NULL) ==
		CODE_OK ?
	    ERR_OK :
	    ERR_INVALID;
}

enum err
parked_read_told(const struct books *b, uint64_t index, struct parked *out)
{
	enum err e;

	memset(out, 0, sizeof(*out));
	out->index = index;
	e = read_entry(b, index, &out->entry, &out->details);
	if (e == ERR_OK)
		e = read_header(b, out);
	if (e != ERR_OK)
		return e;
	out->verdict = arena_alloc(
	    b->arena, (out->entry->n_verdict + 1) * sizeof(out->verdict[0]));
	if (out->verdict == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; e == ERR_OK && i < out->entry->n_verdict; i++)
		e = parked_verdict(
		    b, &out->entry->verdict[i], &out->verdict[i]);
	return e;
}

enum err
parked_read(const struct books *b, uint64_t index, struct parked *out)
{
	enum err e = parked_read_told(b, index, out);

	for (size_t i = 0; e == ERR_OK && i < out->details->n_part; i++)
		e = read_part(b, out, i);
	return e == ERR_OK && out->grounds == NULL ? ERR_INVALID : e;
}

static bool
is_of(const PbVerdict *v, const struct digest *addressee)
{
	return v->addressee.len == DIGEST_SIZE &&
	    memcmp(v->addressee.data, addressee->b, DIGEST_SIZE) == 0;
}

bool
parked_is(const struct parked *p, size_t i, const struct digest *addressee)
{
	return p->verdict[i]->outcome == OUTCOME_PARK &&
	    is_of(p->verdict[i], addressee);
}

/* --------------------------------------------------------------- decisions */

#define DECISIONS_MAX (ADDRESSEES_MAX + 1) /* one each, and the expiry */

struct rows {
	uint8_t what;
	uint64_t first; /* of the key */
	uint64_t *second;
	size_t n, room;
};

static bool
collect(void *ctx, struct bytes key, struct bytes value)
{
	struct rows *r = ctx;

	(void)value;
	if (key.len != KEY_SIZE || key.data[0] != r->what ||
	    get_u64(key.data + 1) != r->first || r->n == r->room)
		return false;
	r->second[r->n++] = get_u64(key.data + 9);
	return true;
}

enum err
parked_decisions(
    const struct books *b, uint64_t message, parked_visit *fn, void *ctx)
{
	uint64_t at[DECISIONS_MAX];
	struct rows r = { DECIDED, message, at, 0, DECISIONS_MAX };
	uint8_t key[KEY_SIZE];
	PbDetails *details;
	PbEntry *entry;
	enum err e;

	key_of(key, DECIDED, message, 0);
	e = store_scan(
	    b->fold, TABLE_PARK, bytes_of(key, KEY_SIZE), collect, &r);
	for (size_t i = 0; e == ERR_OK && i < r.n; i++) {
		e = read_entry(b, at[i], &entry, &details);
		if (e == ERR_OK && !fn(ctx, at[i], entry, details))
			break;
	}
	return e;
}

struct search {
	const struct books *books;
	const struct digest *addressee;
	bool found;
	enum err err;
};

static bool
search(void *ctx, uint64_t at, const PbEntry *entry, const PbDetails *details)
{
	struct search *s = ctx;
	PbVerdict *v;

	(void)at;
	(void)details;
	for (size_t i = 0; i < entry->n_verdict && !s->found; i++) {
		s->err = parked_verdict(s->books, &entry->verdict[i], &v);
		if (s->err != ERR_OK)
			return false;
		s->found = is_of(v, s->addressee);
	}
	return !s->found;
}

enum err
parked_is_decided(const struct books *b, uint64_t message,
    const struct digest *addressee, bool *decided)
{
	struct search s = { b, addressee, false, ERR_OK };
	enum err e = parked_decisions(b, message, search, &s);

	if (e == ERR_OK)
		e = s.err;
	*decided = s.found;
	return e;
}

bool
parked_waits(struct txn *fold, uint64_t expires, uint64_t message)
{
	uint8_t key[KEY_SIZE];
	struct bytes value;

	key_of(key, WAITS, expires, message);
	return store_get(fold, TABLE_PARK, bytes_of(key, KEY_SIZE), &value) ==
	    ERR_OK;
}

struct sender_key {
	uint8_t b[1 + SENDER_MAX + 1 + 8];
	size_t prefix; /* all but the message */
};

static struct bytes
sender_key(struct sender_key *k, const char *sender, uint64_t message)
{
	size_t n = strnlen(sender, SENDER_MAX);

	k->b[0] = OF_SENDER;
	memcpy(k->b + 1, sender, n);
	k->b[1 + n] = 0;
	k->prefix = n + 2;
	put_u64(k->b + k->prefix, message);
	return bytes_of(k->b, k->prefix + 8);
}

void
parked_wait(
    struct txn *fold, const char *sender, uint64_t expires, uint64_t message)
{
	struct sender_key of;
	uint8_t key[KEY_SIZE];

	key_of(key, WAITS, expires, message);
	store_add(fold, TABLE_PARK, bytes_of(key, KEY_SIZE),
	    bytes_of(sender, strnlen(sender, SENDER_MAX)));
	store_add(fold, TABLE_PARK, sender_key(&of, sender, message),
	    bytes_of("", 0));
}

struct count {
	const struct sender_key *of;
	size_t n;
};

static bool
count_one(void *ctx, struct bytes key, struct bytes value)
{
	struct count *c = ctx;

	(void)value;
	if (key.len != c->of->prefix + 8 ||
	    memcmp(key.data, c->of->b, c->of->prefix) != 0)
		return false;
	return ++c->n < PARKED_MAX;
}

bool
parked_is_full(struct txn *fold, const char *sender)
{
	struct sender_key of;
	struct bytes from = sender_key(&of, sender, 0);
	struct count c = { &of, 0 };

	return store_scan(fold, TABLE_PARK, from, count_one, &c) == ERR_OK &&
	    c.n == PARKED_MAX;
}

enum err
parked_decide(const struct books *b, const struct parked *p, uint64_t entry)
{
	struct sender_key of;
	uint8_t key[KEY_SIZE];
	bool decided = true;
	enum err e = ERR_OK;

	key_of(key, DECIDED, p->index, entry);
	store_add(
	    b->fold, TABLE_PARK, bytes_of(key, KEY_SIZE), bytes_of("", 0));
	for (size_t i = 0; e == ERR_OK && decided && i < p->entry->n_verdict;
	     i++) {
		struct digest addressee;

		if (p->verdict[i]->outcome != OUTCOME_PARK)
			continue;
		memcpy(addressee.b, p->verdict[i]->addressee.data, DIGEST_SIZE);
		e = parked_is_decided(b, p->index, &addressee, &decided);
	}
	key_of(key, WAITS, p->header->expires, p->index);
	if (e == ERR_OK && decided) {
		store_delete(b->fold, TABLE_PARK, bytes_of(key, KEY_SIZE));
		store_delete(b->fold, TABLE_PARK,
		    sender_key(&of, p->details->sender, p->index));
	}
	return e == ERR_OK ? store_error(b->fold) : store_fail(b->fold, e);
}

struct expiring {
	uint64_t now;
	struct waiting *out;
	size_t n, room;
};

static bool
collect_expired(void *ctx, struct bytes key, struct bytes value)
{
	struct expiring *x = ctx;

	(void)value;
	if (key.len != KEY_SIZE || key.data[0] != WAITS ||
	    get_u64(key.data + 1) > x->now || x->n == x->room)
		return false;
	x->out[x->n++] = (struct waiting){ get_u64(key.data + 1),
		get_u64(key.data + 9) };
	return true;
}

size_t
parked_expired(struct txn *fold, uint64_t now, const struct waiting *after,
    struct waiting *out, size_t room)
{
	struct expiring x = { now, out, 0, room };
	uint8_t key[KEY_SIZE];

	key_of(key, WAITS, after->expires, after->message + 1);
	if (store_scan(fold, TABLE_PARK, bytes_of(key, KEY_SIZE),
		collect_expired, &x) != ERR_OK)
		return 0;
	return x.n;
}

void
parked_drop(struct txn *fold, const struct waiting *w)
{
	char sender[SENDER_MAX + 1] = "";
	struct sender_key of;
	uint8_t key[KEY_SIZE];
	struct bytes value;

	key_of(key, WAITS, w->expires, w->message);
	if (store_get(fold, TABLE_PARK, bytes_of(key, KEY_SIZE), &value) !=
		ERR_OK ||
	    value.len > SENDER_MAX)
		return;
	memcpy(sender, value.data, value.len);
	store_delete(fold, TABLE_PARK, bytes_of(key, KEY_SIZE));
	store_delete(fold, TABLE_PARK, sender_key(&of, sender, w->message));
}
