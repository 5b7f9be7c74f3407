/*
 * SPDX-License-Identifier: MIT
 *
 * fake_core: a router in the test's own process, behind the client's
 * transport: it opens the inner box, keeps a log of its own, and says the
 * truth or exactly the lie that a test wants. The clock is the test's.
 */
#ifndef INFOHUS_TESTS_FAKE_CORE_H
#define INFOHUS_TESTS_FAKE_CORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clients/lib/handle.h"
#include "proto/digest.h"
#include "proto/draft.h"
#include "proto/json.h"

#define FAKE_FRAMES 512
#define FAKE_ENTRIES 256
#define FAKE_ARENA (256u * 1024 * 1024)
#define US "kommune/0101"
#define PEER "politi/1470"
#define OTHER "kommune/0183"

struct who { /* somebody with a key */
	const char *node;
	struct signer *signer;
	struct bytes der;
};

struct tree {
	size_t n;
	struct digest leaf[FAKE_ENTRIES];
	struct bytes entry[FAKE_ENTRIES];
};

struct seen { /* a frame of the client, opened */
	uint8_t lane, type;
	uint64_t counter;
	struct bytes payload;
};

struct fake {
	char dir[64], home[80];
	struct arena *arena;
	struct who us, peer, other, custodian[3]; /* [2] is not pinned */
	struct note_secret log, stranger;
	uint8_t core_secret[32];
	struct box_key key;
	struct infohus *h;

	uint64_t now;
	bool connected, deaf, silent; /* deaf: no answer to anything;
					 silent: none once ready */
	uint64_t reached_ms;	      /* until then nothing can be sent */
	unsigned connects, knocks, sessions;
	char endpoint[128];
	struct bytes queue[FAKE_FRAMES]; /* to the client */
	size_t first, last;
	struct seen seen[FAKE_FRAMES];
	size_t n_seen;

	struct id session, last_session;
	uint64_t in, out;
	uint64_t told; /* size the client was told last */
	PbHelloBody *hello;
	uint64_t credit[2];
	struct tree tree;
	size_t seats; /* on every card made from now on */
};

#define assert_result(got, want) \
	assert_string_equal(infohus_result_name(got), infohus_result_name(want))

static inline void *
fake_alloc(struct fake *f, size_t n)
{
	void *p = arena_alloc(f->arena, n);

	assert_non_null(p);
	return p;
}

static inline struct bytes
fake_copy(struct fake *f, struct bytes in)
{
	uint8_t *p = fake_alloc(f, in.len + 1);

	if (in.len > 0)
		memcpy(p, in.data, in.len);
	return bytes_of(p, in.len);
}

static inline ProtobufCBinaryData
pb(struct bytes b)
{
	return (ProtobufCBinaryData){ b.len, (uint8_t *)(uintptr_t)b.data };
}

static inline ProtobufCBinaryData
pb_digest(struct fake *f, const struct digest *d)
{
	return pb(fake_copy(f, bytes_of(d->b, DIGEST_SIZE)));
}

static inline struct bytes
fake_pack(struct fake *f, const void *message)
{
	struct bytes out;

	assert_int_equal(envelope_pack(f->arena, message, &out), ERR_OK);
	return out;
}

/* ---------------------------------------------------------------- the log */

static inline bool
tree_get(void *ctx, unsigned level, uint64_t index, struct digest *out)
{
	const struct tree *t = ctx;
	uint64_t width = UINT64_C(1) << level;

	if ((index + 1) * width > t->n)
		return false;
	*out = merkle_root(t->leaf + index * width, (size_t)width);
	return true;
}

static inline uint64_t
tree_add(struct tree *t, struct bytes entry)
{
	assert_true(t->n < FAKE_ENTRIES);
	t->entry[t->n] = entry;
	t->leaf[t->n] = merkle_leaf(entry);
	return t->n++;
}

static inline void
proof_to_pb(
    struct fake *f, const struct proof *p, ProtobufCBinaryData **out, size_t *n)
{
	*out = fake_alloc(f, (p->len + 1) * sizeof **out);
	for (size_t i = 0; i < p->len; i++)
		(*out)[i] = pb_digest(f, &p->hash[i]);
	*n = p->len;
}

static inline void
tree_inclusion(struct fake *f, const struct tree *t, uint64_t index,
    uint64_t size, ProtobufCBinaryData **out, size_t *n)
{
	struct merkle_reader r = { tree_get, (void *)(uintptr_t)t };
	struct proof p;

	assert_int_equal(merkle_inclusion(&r, index, size, &p), ERR_OK);
	proof_to_pb(f, &p, out, n);
}

static inline void
tree_consistency(struct fake *f, const struct tree *t, uint64_t from,
    uint64_t size, ProtobufCBinaryData **out, size_t *n)
{
	struct merkle_reader r = { tree_get, (void *)(uintptr_t)t };
	struct proof p = { .len = 0 };

	if (from > 0)
		assert_int_equal(
		    merkle_consistency(&r, from, size, &p), ERR_OK);
	proof_to_pb(f, &p, out, n);
}

static inline struct bytes
tree_note(struct fake *f, const struct tree *t, uint64_t size,
    const struct note_secret *secret)
{
	struct checkpoint c = { .size = size };
	size_t len = 512, room = NOTE_MAX;
	char text[512], *note = fake_alloc(f, NOTE_MAX);

	snprintf(c.origin, sizeof c.origin, "%s", secret->public.name);
	c.root = merkle_root(t->leaf, (size_t)size);
	assert_int_equal(checkpoint_format(text, &len, &c), ERR_OK);
	assert_int_equal(
	    note_sign(note, &room, bytes_of(text, len), secret, 0), ERR_OK);
	return bytes_of(note, room);
}

static inline uint64_t
fake_entry(struct fake *f, PbEntryKind kind, const struct digest *subject,
    ProtobufCBinaryData *verdict, size_t n_verdict)
{
	static uint8_t manifest[DIGEST_SIZE];
	PbEntry e = PB_ENTRY__INIT;

	e.version = 1;
	e.kind = kind;
	e.recorded_at = UINT64_C(1795255200000) + f->tree.n;
	e.manifest = pb(bytes_of(manifest, sizeof manifest));
	if (subject != NULL) {
		e.has_subject = 1;
		e.subject = pb_digest(f, subject);
	}
	e.verdict = verdict;
	e.n_verdict = n_verdict;
	return tree_add(&f->tree, fake_pack(f, &e));
}

static inline void
fake_grow(struct fake *f, size_t n)
{
	while (n-- > 0)
		fake_entry(f, ENTRY_KIND_TICK, NULL, NULL, 0);
}

/* -------------------------------------------------------------- the cards */

static inline void
fake_seats(struct fake *f, PbCard *card)
{
	static uint8_t key[32];

	card->seat = fake_alloc(f, f->seats * sizeof card->seat[0]);
	for (; card->n_seat < f->seats; card->n_seat++) {
		PbSeat *s = fake_alloc(f, sizeof *s);
		char *name = fake_alloc(f, 16);

		pb_seat__init(s);
		snprintf(name, 16, "seat-%zu", card->n_seat);
		s->name = name;
		s->curve = s->box = (ProtobufCBinaryData){ sizeof key, key };
		card->seat[card->n_seat] = s;
	}
}

static inline struct bytes
fake_card(struct fake *f, const struct who *of, const struct who *first,
    const struct who *second)
{
	const struct who *by[2] = { first, second };
	PbApproved approved = PB_APPROVED__INIT;
	PbCard card = PB_CARD__INIT;
	PbApproval *approval[2];
	PbObject *object = NULL;
	struct bytes packed;

	card.node = (char *)(uintptr_t)of->node;
	card.display_name = (char *)(uintptr_t) "A node";
	card.certificate = pb(of->der);
	card.serial = 1;
	if (f->seats > 0)
		fake_seats(f, &card);
	assert_int_equal(
	    envelope_wrap(f->arena, OBJECT_CARD, fake_pack(f, &card), &packed),
	    ERR_OK);
	assert_int_equal(
	    ENVELOPE_UNPACK(f->arena, object, packed, &object, NULL), CODE_OK);
	approved.object = object;
	approved.approval = approval;
	for (size_t i = 0; i < 2 && by[i] != NULL; i++) {
		assert_int_equal(
		    sign_approve(f->arena, TAG(TAG_CARD), packed, 1795255200000,
			by[i]->signer, &approval[i]),
		    ERR_OK);
		approved.n_approval++;
	}
	return fake_pack(f, &approved);
}

static inline struct bytes
good_card(struct fake *f, const struct who *of)
{
	return fake_card(f, of, &f->custodian[0], &f->custodian[1]);
}

/* ------------------------------------------------------- frames to the client
 */

static inline void
fake_push_raw(struct fake *f, struct bytes frame)
{
	assert_true(f->last < FAKE_FRAMES);
	f->queue[f->last++] = frame;
}

static inline void
fake_push_as(struct fake *f, const struct id *session, uint64_t counter,
    uint8_t lane, uint8_t type, struct bytes payload)
{
	struct frame frame = { .lane = lane,
		.session = *session,
		.counter = counter,
		.type = type,
		.payload = payload };
	uint8_t *sealed = fake_alloc(f, BOX_OVERHEAD + payload.len);

	fake_push_raw(f, bytes_of(sealed, box_seal(sealed, &frame, &f->key)));
}

/* The next frame of the session. */
static inline void
fake_push(struct fake *f, uint8_t lane, uint8_t type, struct bytes payload)
{
	fake_push_as(f, &f->session, ++f->out, lane, type, payload);
}

static inline void
fake_push_ready(struct fake *f)
{
	PbReady ready = PB_READY__INIT;

	ready.checkpoint = pb(tree_note(f, &f->tree, f->tree.n, &f->log));
	tree_consistency(f, &f->tree, f->hello->size, f->tree.n,
	    &ready.consistency, &ready.n_consistency);
	f->told = f->tree.n;
	fake_push(f, LANE_CONTROL, FRAME_TYPE_READY, fake_pack(f, &ready));
}

static inline void
fake_push_reject(struct fake *f, const struct id *session, uint64_t counter,
    unsigned code, const char *id_text, const struct note_secret *by)
{
	struct bytes tag = TAG(TAG_REJECT), body;
	PbRejectBody b = PB_REJECT_BODY__INIT;
	PbReject r = PB_REJECT__INIT;
	uint8_t *message, signature[64];
	struct id id;

	b.session = pb(bytes_of(session->b, ID_SIZE));
	b.counter = counter;
	b.code = code;
	if (id_text != NULL) {
		assert_int_equal(id_parse(&id, id_text), ERR_OK);
		b.has_message_id = 1;
		b.message_id = pb(bytes_of(id.b, ID_SIZE));
	}
	body = fake_pack(f, &b);
	message = fake_alloc(f, tag.len + body.len);
	memcpy(message, tag.data, tag.len);
	memcpy(message + tag.len, body.data, body.len);
	crypto_sign_detached(
	    signature, NULL, message, tag.len + body.len, by->secret);
	r.body = pb(body);
	r.signature = pb(bytes_of(signature, sizeof signature));
	fake_push(f, LANE_CONTROL, FRAME_TYPE_REJECT, fake_pack(f, &r));
}

/* -------------------------------------------------- frames from the client */

static inline void
fake_welcome(struct fake *f, struct bytes random)
{
	PbWelcome w = PB_WELCOME__INIT;
	static const struct id none;

	f->last_session = f->session;
	randombytes_buf(f->session.b, ID_SIZE);
	f->in = f->out = 0;
	f->sessions++;
	w.random = pb(random);
	w.session = pb(bytes_of(f->session.b, ID_SIZE));
	w.version = PROTOCOL_VERSION;
	w.time = 1;
	fake_push_as(
	    f, &none, 0, LANE_CONTROL, FRAME_TYPE_WELCOME, fake_pack(f, &w));
}

static inline void
fake_take_knock(struct fake *f, const struct seen *s)
{
	PbKnock *k = NULL;

	f->knocks++;
	assert_int_equal(s->counter, 0);
	assert_int_equal(
	    ENVELOPE_UNPACK(f->arena, knock, s->payload, &k, NULL), CODE_OK);
	assert_int_equal(k->random.len, 16);
	if (!f->deaf)
		fake_welcome(f, bytes_of(k->random.data, k->random.len));
}

static inline void
fake_take_hello(struct fake *f, const struct seen *s)
{
	PbHello *hello = NULL;
	struct digest d;

	assert_int_equal(s->counter, 1);
	assert_int_equal(
	    ENVELOPE_UNPACK(f->arena, hello, s->payload, &hello, NULL),
	    CODE_OK);
	assert_int_equal(
	    ENVELOPE_UNPACK(f->arena, hello_body,
		bytes_of(hello->body.data, hello->body.len), &f->hello, NULL),
	    CODE_OK);
	d = digest_tagged(
	    TAG(TAG_HELLO), bytes_of(hello->body.data, hello->body.len));
	assert_int_equal(sign_check(TAG(TAG_HELLO), &d, hello->signature,
			     signer_cert(f->us.signer)),
	    CODE_OK);
	assert_memory_equal(f->hello->session.data, f->session.b, ID_SIZE);
	assert_string_equal(f->hello->node, US);
	assert_string_equal(f->hello->seat, "agent");
	if (!f->silent)
		fake_push_ready(f);
}

static inline enum err
fake_send(void *ctx, struct bytes in)
{
	uint8_t *plain = fake_alloc(ctx, in.len);
	struct fake *f = ctx;
	struct seen s;
	struct frame frame;
	PbCredit *credit = NULL;

	if (!f->connected)
		return ERR_CLOSED;
	if (f->now < f->reached_ms)
		return ERR_FULL;
	assert_int_equal(box_open(&frame, plain, in, &f->key), ERR_OK);
	s = (struct seen){ frame.lane, frame.type, frame.counter,
		frame.payload };
	if (s.type == FRAME_TYPE_KNOCK) {
		fake_take_knock(f, &s);
		return ERR_OK;
	}
	if (!id_eq(&frame.session, &f->session))
		return ERR_OK;
	assert_int_equal(s.counter, ++f->in);
	assert_true(f->n_seen < FAKE_FRAMES);
	f->seen[f->n_seen++] = s;
	if (s.type == FRAME_TYPE_HELLO)
		fake_take_hello(f, &s);
	if (s.type == FRAME_TYPE_PING && !f->deaf)
		fake_push(f, LANE_CONTROL, FRAME_TYPE_PING, bytes_of(NULL, 0));
	if (s.type == FRAME_TYPE_CREDIT) {
		assert_int_equal(
		    ENVELOPE_UNPACK(f->arena, credit, s.payload, &credit, NULL),
		    CODE_OK);
		assert_true(credit->messages >= f->credit[credit->lane]);
		f->credit[credit->lane] = credit->messages;
	}
	return ERR_OK;
}

static inline enum err
fake_receive(void *ctx, struct bytes *out)
{
	struct fake *f = ctx;

	if (f->first == f->last)
		return ERR_NOT_FOUND;
	*out = f->queue[f->first++];
	return ERR_OK;
}

static inline enum err
fake_connect(void *ctx, const char *endpoint, struct why *why)
{
	struct fake *f = ctx;

	(void)why;
	f->connects++;
	f->connected = true;
	f->first = f->last = 0;
	snprintf(f->endpoint, sizeof f->endpoint, "%s", endpoint);
	return ERR_OK;
}

static inline void
fake_disconnect(void *ctx)
{
	struct fake *f = ctx;

	f->connected = false;
	f->credit[0] = f->credit[1] = 0;
}

static inline int
fake_fd(void *ctx)
{
	(void)ctx;
	return -1;
}

static inline void
fake_wait(void *ctx, int timeout_ms)
{
	struct fake *f = ctx;
	uint64_t end = f->now + (uint64_t)timeout_ms;

	if (f->first != f->last)
		return;
	f->now = f->now < f->reached_ms && f->reached_ms < end ? f->reached_ms :
								 end;
}

static inline uint64_t
fake_now(void *ctx)
{
	const struct fake *f = ctx;

	return f->now;
}

static inline void
fake_free(void *ctx)
{
	(void)ctx;
}

/* ---------------------------------------------------------------- set-up */

static inline void
fake_person(struct fake *f, struct who *w, const char *node, const char *folder)
{
	const char *key = arena_printf(f->arena, "%s/node.key", folder);
	const char *pem = arena_printf(f->arena, "%s/node.pem", folder);
	struct why why = { "" };

	assert_int_equal(mkdir(folder, 0700), 0);
	if (keys_issue(key, pem, KEY_ED25519, node, NULL, NULL, NULL, 30,
		&why) != ERR_OK ||
	    signer_load(&w->signer, key, pem, &why) != ERR_OK)
		fail_msg("%s", why.text);
	w->node = node;
	w->der = fake_copy(f, cert_der(signer_cert(w->signer)));
}

static inline char *
fake_pem(struct fake *f, const struct who *w)
{
	char *text = fake_alloc(f, base64_size(w->der.len));
	char *out = arena_printf(f->arena, "-----BEGIN CERTIFICATE-----\n");

	base64_encode(text, w->der);
	/* PEM lines are 64 characters. */
	for (size_t i = 0; i < strlen(text); i += 64)
		out = arena_printf(f->arena, "%s%.64s\n", out, text + i);
	out = arena_printf(f->arena, "%s-----END CERTIFICATE-----\n", out);
	assert_non_null(out);
	return out;
}

static inline void
fake_seat_json(struct fake *f)
{
	uint8_t public[32];
	char vkey[256], box[65];
	json_t *o;
	char *path = arena_printf(f->arena, "%s/seat.json", f->home);

	box_public(public, f->core_secret);
	hex_encode(box, bytes_of(public, 32));
	note_key_format(vkey, &f->log.public);
	o = json_pack("{s:s, s:s, s:[s, s], s:s, s:s, s:s, s:s, s:[s, s], "
		      "s:[]}",
	    "node", US, "seat", "agent", "endpoint", "tcp://one.example:7001",
	    "tcp://two.example:7001", "origin", "log.example", "vkey", vkey,
	    "curve", box, "box", box, "custodian",
	    fake_pem(f, &f->custodian[0]), fake_pem(f, &f->custodian[1]),
	    "anchor");
	assert_non_null(o);
	assert_int_equal(json_dump_file(o, path, 0), 0);
	json_decref(o);
}

static inline void
fake_keys(struct fake *f)
{
	uint8_t public[32], secret[32], seed[32];
	struct why why = { "" };

	box_keypair(public, f->core_secret);
	box_keypair(public, secret);
	assert_int_equal(
	    key_file_write(
		secret, arena_printf(f->arena, "%s/curve.key", f->home), &why),
	    ERR_OK);
	box_keypair(public, secret);
	assert_int_equal(
	    key_file_write(
		secret, arena_printf(f->arena, "%s/box.key", f->home), &why),
	    ERR_OK);
	assert_int_equal(box_key_make(&f->key, public, f->core_secret), ERR_OK);
	memset(seed, 1, sizeof seed);
	assert_int_equal(note_secret_make(&f->log, "log.example",
			     NOTE_TYPE_ED25519, seed, &why),
	    ERR_OK);
	memset(seed, 2, sizeof seed);
	assert_int_equal(note_secret_make(&f->stranger, "log.example",
			     NOTE_TYPE_ED25519, seed, &why),
	    ERR_OK);
}

static inline enum infohus_result
fake_try_open(struct fake *f, struct infohus **out, struct why *why)
{
	struct transport t = { f, fake_connect, fake_disconnect, fake_send,
		fake_receive, fake_fd, fake_wait, fake_now, fake_free };
	struct home *home = calloc(1, sizeof *home);
	enum infohus_result r;

	assert_non_null(home);
	r = home_read(home, f->home, why);
	if (r == INFOHUS_OK)
		r = handle_open(out, home, &t, f->home, why);
	else
		home_clear(home);
	free(home);
	return r;
}

static inline void
fake_open(struct fake *f)
{
	struct why why = { "" };

	if (fake_try_open(f, &f->h, &why) != INFOHUS_OK)
		fail_msg("%s", why.text);
}

static inline void
fake_reopen(struct fake *f)
{
	infohus_close(f->h);
	f->h = NULL;
	fake_open(f);
}

static inline int
fake_setup(void **state)
{
	static const char *const names[] = { "one", "two", "three" };
	struct fake *f = calloc(1, sizeof *f);

	assert_non_null(f);
	assert_true(sodium_init() >= 0);
	snprintf(f->dir, sizeof f->dir, "/tmp/infohus-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(arena_new(&f->arena, FAKE_ARENA), ERR_OK);
	fake_person(f, &f->us, US, arena_printf(f->arena, "%s/us", f->dir));
	fake_person(f, &f->peer, PEER, arena_printf(f->arena, "%s/p", f->dir));
	fake_person(
	    f, &f->other, OTHER, arena_printf(f->arena, "%s/o", f->dir));
	for (size_t i = 0; i < 3; i++)
		fake_person(f, &f->custodian[i],
		    arena_printf(f->arena, "custodian/%s", names[i]),
		    arena_printf(f->arena, "%s/c%zu", f->dir, i));
	snprintf(f->home, sizeof f->home, "%s/us/seat-agent", f->dir);
	assert_int_equal(mkdir(f->home, 0700), 0);
	fake_keys(f);
	fake_seat_json(f);
	f->now = 1000;
	fake_grow(f, 7);
	fake_open(f);
	*state = f;
	return 0;
}

static inline int
fake_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline int
fake_teardown(void **state)
{
	struct fake *f = *state;

	infohus_close(f->h);
	signer_free(f->us.signer);
	signer_free(f->peer.signer);
	signer_free(f->other.signer);
	for (size_t i = 0; i < 3; i++)
		signer_free(f->custodian[i].signer);
	arena_free(f->arena);
	(void)nftw(f->dir, fake_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

#define fake_test(f) \
	cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

/* ------------------------------------------------------------- in the tests */

static inline void
fake_ready(struct fake *f)
{
	struct infohus_event e;
	struct infohus_why why;

	if (infohus_connect(f->h, 10000, &why) != INFOHUS_OK)
		fail_msg("%s", why.text);
	assert_result(infohus_next(f->h, 0, &e, &why), INFOHUS_OK);
	assert_int_equal(e.kind, INFOHUS_EVENT_READY);
}

/* The next result; READY events are passed over. */
static inline enum infohus_result
fake_next(struct fake *f, struct infohus_event *e, struct infohus_why *why)
{
	enum infohus_result r;

	memset(e, 0, sizeof *e);
	do
		r = infohus_next(f->h, 100, e, why);
	while (r == INFOHUS_OK && e->kind == INFOHUS_EVENT_READY);
	return r;
}

/* The nth frame of a type that the client has sent, from 0, or NULL. */
static inline const struct seen *
fake_seen(const struct fake *f, uint8_t type, size_t n)
{
	for (size_t i = 0; i < f->n_seen; i++)
		if (f->seen[i].type == type && n-- == 0)
			return &f->seen[i];
	return NULL;
}

static inline bool
fake_has(const struct fake *f, const char *box, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/state/%s/%s", f->home, box, name);
	return access(path, F_OK) == 0;
}

static inline enum infohus_result
connect_to(struct fake *f, int ms)
{
	struct infohus_why why;

	return infohus_connect(f->h, ms, &why);
}

#endif
