/*
 * SPDX-License-Identifier: MIT
 *
 * verifying: a log with a little of everything, and what verifying it names.
 */
#ifndef INFOHUS_TESTS_VERIFYING_H
#define INFOHUS_TESTS_VERIFYING_H

#include "scratch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/ledger/guard.h"
#include "daemon/ledger/lawbook.h"
#include "daemon/ledger/ledger.h"
#include "daemon/ledger/vault.h"
#include "proto/digest.h"

#define ENTRIES 90
#define SEED 20261121u
#define FLIPS 400

/* A log of messages and ticks, as core would write it. */
struct log {
	struct checkpoint head;
	struct digest manifest;
	struct digest details[ENTRIES], header[ENTRIES], part[ENTRIES];
	struct digest verdict[ENTRIES];
};

static inline ProtobufCBinaryData
view(const struct digest *d)
{
	return (ProtobufCBinaryData){ DIGEST_SIZE, (uint8_t *)d->b };
}

static inline struct digest
put_law(struct scratch *s, struct txn *t)
{
	static char rules[6000];
	PbManifest manifest = PB_MANIFEST__INIT;
	PbManifestItem item = PB_MANIFEST_ITEM__INIT;
	PbManifestItem *items[] = { &item };
	PbApproved approved = PB_APPROVED__INIT;
	PbObject object = PB_OBJECT__INIT;
	struct law law = { 0 };
	struct law_text text = { .name = "rules" };
	struct bytes packed;

	memset(rules, 'r', sizeof(rules));
	text.text = bytes_of(rules, sizeof(rules));
	text.sha256 = digest_of(&text.text, 1);
	item.name = text.name;
	item.sha256 = view(&text.sha256);
	manifest.item = items;
	manifest.n_item = 1;
	assert_err(envelope_pack(s->arena, &manifest, &packed), ERR_OK);
	law.manifest = digest_of(&packed, 1);
	object.kind = OBJECT_MANIFEST;
	object.version = PROTOCOL_VERSION;
	object.bytes = (ProtobufCBinaryData){ packed.len,
		(uint8_t *)packed.data };
	approved.object = &object;
	assert_err(envelope_pack(s->arena, &approved, &law.approved), ERR_OK);
	law.text = &text;
	law.n_text = 1;
	assert_err(lawbook_put(t, s->arena, &law), ERR_OK);
	return law.manifest;
}

/* Header of a message that commits to one part, and its digest. */
static inline struct digest
put_header(
    struct scratch *s, struct txn *t, uint8_t n, const struct digest *part)
{
	PbHeader h = PB_HEADER__INIT;
	uint8_t id[ID_SIZE] = { n }, nonce[32] = { n };
	ProtobufCBinaryData commitment = view(part);
	struct bytes packed;
	struct digest d;

	h.version = PROTOCOL_VERSION;
	h.message_id = (ProtobufCBinaryData){ sizeof(id), id };
	h.nonce = (ProtobufCBinaryData){ sizeof(nonce), nonce };
	h.sender = (char *)"kommune/0101";
	h.role = ROLE_SKOLE;
	h.kind = KIND_UNDERRETNING;
	h.urgency = URGENCY_ORDINARY;
	h.created = h.expires = 1000u + n;
	h.commitment = &commitment;
	h.n_commitment = 1;
	assert_err(envelope_pack(s->arena, &h, &packed), ERR_OK);
	d = digest_tagged(TAG(TAG_HEADER), packed);
	assert_err(vault_put(t, &d, packed), ERR_OK);
	return d;
}

static inline struct digest
put_verdict(struct scratch *s, struct txn *t, const struct digest *addressee)
{
	PbVerdict v = PB_VERDICT__INIT;
	struct bytes packed;
	struct digest d;

	v.addressee = view(addressee);
	v.outcome = OUTCOME_PERMIT;
	v.rule = (char *)"R24";
	assert_err(envelope_pack(s->arena, &v, &packed), ERR_OK);
	assert_err(vault_add(t, s->arena, PART_VERDICT, packed, &d), ERR_OK);
	return d;
}

static inline void
add_message(
    struct scratch *s, struct txn *t, struct log *log, uint8_t n, PbEntry *e)
{
	static uint8_t text[5000];
	PbDetails details = PB_DETAILS__INIT;
	ProtobufCBinaryData part, verdict;
	struct bytes packed;
	uint64_t index;

	/* Short ones share pages, long ones have pages of their own. */
	memset(text, n, sizeof(text));
	assert_err(vault_add(t, s->arena, CATEGORY_CONCERN,
		       bytes_of(text, n % 5 == 0 ? sizeof(text) : 40u + n),
		       &log->part[n]),
	    ERR_OK);
	log->header[n] = put_header(s, t, n, &log->part[n]);
	log->verdict[n] = put_verdict(s, t, &log->part[n]);
	part = view(&log->part[n]);
	details.sender = (char *)"kommune/0101";
	details.part = &part;
	details.n_part = 1;
	assert_err(envelope_pack(s->arena, &details, &packed), ERR_OK);
	assert_err(
	    vault_add(t, s->arena, PART_DETAILS, packed, &log->details[n]),
	    ERR_OK);
	e->kind = ENTRY_KIND_MESSAGE;
	e->has_subject = e->has_details = true;
	e->subject = view(&log->header[n]);
	e->details = view(&log->details[n]);
	verdict = view(&log->verdict[n]);
	e->verdict = &verdict;
	e->n_verdict = 1;
	assert_err(ledger_append(t, s->arena, e, &index), ERR_OK);
	assert_int_equal(index, n);
}

/* Every third entry is a tick, the others are messages. */
static inline struct log *
make_log(struct scratch *s)
{
	struct log *log = arena_alloc(s->arena, sizeof(*log));
	struct txn *t = scratch_write(s);
	uint64_t index;
	uint8_t n;

	assert_non_null(log);
	log->manifest = put_law(s, t);
	for (n = 0; n < ENTRIES; n++) {
		PbEntry e = PB_ENTRY__INIT;

		e.version = PROTOCOL_VERSION;
		e.kind = ENTRY_KIND_TICK;
		e.recorded_at = 1000u + n;
		e.manifest = view(&log->manifest);
		if (n % 3 != 0)
			add_message(s, t, log, n, &e);
		else
			assert_err(
			    ledger_append(t, s->arena, &e, &index), ERR_OK);
		if (n % 20 == 19) {
			scratch_commit(t);
			t = scratch_write(s);
		}
	}
	scratch_commit(t);
	t = scratch_read(s);
	log->head.size = ledger_size(t);
	assert_err(ledger_root(t, log->head.size, &log->head.root), ERR_OK);
	store_abort(t);
	return log;
}

/* What ledger_verify said: the first fault, and how many. */
struct said {
	uint64_t index, n, reached;
	char what[256];
};

static inline void
note_fault(void *ctx, uint64_t index, const char *what)
{
	struct said *said = ctx;

	if (said->n++ > 0)
		return;
	said->index = index;
	(void)snprintf(said->what, sizeof(said->what), "%s", what);
}

static inline void
note_reached(void *ctx, uint64_t index)
{
	struct said *said = ctx;

	assert_int_equal(index, said->reached);
	said->reached++;
}

static inline struct said
verify(struct scratch *s, const struct checkpoint *c)
{
	struct said said = { 0 };
	struct ledger_watch w = { note_fault, note_reached, &said };
	uint64_t faults;
	struct why why;

	if (ledger_verify(s->store, c, &w, &faults, &why) != ERR_OK)
		fail_msg("ledger_verify: %s", why.text);
	assert_int_equal(faults, said.n);
	assert_int_equal(said.reached, c->size);
	return said;
}

static inline struct bytes
tree_key(struct scratch *s, uint8_t level, uint64_t index)
{
	uint8_t *key = arena_alloc(s->arena, 9);

	assert_non_null(key);
	key[0] = level;
	put_u64(key + 1, index);
	return bytes_of(key, 9);
}

static inline struct bytes
entry_key(struct scratch *s, uint64_t index)
{
	return bytes_of(tree_key(s, 0, index).data + 1, 8);
}

static inline struct bytes
digest_key(const struct digest *d)
{
	return bytes_of(d->b, DIGEST_SIZE);
}

/* ------------------------------------------------------------ flipped bytes */

struct item {
	enum table table;
	struct bytes key, value;
};

#endif
