/*
 * SPDX-License-Identifier: MIT
 *
 * floor: see floor.h. One thread does everything but CURVE, which libzmq's
 * does: take what waits, check each signature, append, commit once, answer.
 *
 *	floor DATA ORIGIN LOG-KEY CURVE-KEY SENDER-CARD SENDER-CERT PORT
 *
 * The sender's door is PORT, the recipient's PORT + 1. Says "ready" on
 * stdout. Ends with SIGTERM.
 */
#include "floor.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "proto/digest.h"
#include "proto/envelope.h"
#include "proto/sign.h"

enum { SENDER, RECIPIENT, DOORS };

#define WAITING_MAX 4096 /* far more than a sender's window */

/* A message from its signature check until it has been offered. */
struct taken {
	zmq_msg_t frame; /* what the rest points into */
	struct arena *arena;
	PbMessage *message;
	uint8_t lane;
	uint64_t index;
	struct bytes entry;
};

struct floor {
	struct floor_log *log;
	struct floor_door door[DOORS];
	struct cert *sender;
	struct bytes card;
	/*
	 * A ring: [offered, committed) waits for the recipient's credit,
	 * [committed, end) for the next commit.
	 */
	struct taken taken[WAITING_MAX];
	uint64_t offered, committed, end;
	uint64_t credit; /* offers that the recipient takes in its session */
	uint64_t in_session;
};

static volatile sig_atomic_t stopping;

static void
on_term(int signal)
{
	(void)signal;
	stopping = 1;
}

static int
die(const char *text)
{
	fprintf(stderr, "floor: %s\n", text);
	return 1;
}

static ProtobufCBinaryData
pb(struct bytes b)
{
	return (ProtobufCBinaryData){ b.len, (uint8_t *)(uintptr_t)b.data };
}

static uint64_t
wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ------------------------------------------------------------- answering */

struct digests {
	struct proof proof;
	ProtobufCBinaryData list[MERKLE_PROOF_MAX];
};

static void
list_digests(struct digests *d)
{
	for (size_t i = 0; i < d->proof.len; i++)
		d->list[i] = pb(bytes_of(d->proof.hash[i].b, DIGEST_SIZE));
}

/* Only the first answer of a commit has to prove that the tree has grown. */
static void
prove_growth(
    struct floor *f, struct floor_door *d, struct digests *out, uint64_t *from)
{
	*from = d->known;
	if (floor_log_consistency(f->log, d->known, &out->proof) != ERR_OK)
		out->proof.len = 0;
	list_digests(out);
	d->known = floor_log_size(f->log);
}

static struct taken *
slot(struct floor *f, uint64_t i)
{
	return &f->taken[i % WAITING_MAX];
}

static void
send_receipt(struct floor *f, const struct taken *t)
{
	struct floor_door *d = &f->door[SENDER];
	PbReceipt r = PB_RECEIPT__INIT;
	struct digests inclusion, growth;
	PbHeader *h = pb_header__unpack(arena_allocator(t->arena),
	    t->message->header.len, t->message->header.data);

	if (h == NULL ||
	    floor_log_inclusion(f->log, t->index, &inclusion.proof) != ERR_OK)
		return;
	list_digests(&inclusion);
	r.message_id = h->message_id;
	r.entry = pb(t->entry);
	r.index = t->index;
	r.inclusion = inclusion.list;
	r.n_inclusion = inclusion.proof.len;
	r.checkpoint = pb(floor_log_note(f->log));
	prove_growth(f, d, &growth, &r.consistency_from);
	r.consistency = growth.list;
	r.n_consistency = growth.proof.len;
	floor_door_send(d, LANE_CONTROL, FRAME_TYPE_RECEIPT, &r.base);
}

static void
send_offer(struct floor *f, const struct taken *t)
{
	struct floor_door *d = &f->door[RECIPIENT];
	PbOffer o = PB_OFFER__INIT;
	PbOpening *opening[COMMITMENTS_MAX];
	struct digests inclusion, growth;

	if (floor_log_inclusion(f->log, t->index, &inclusion.proof) != ERR_OK)
		return;
	list_digests(&inclusion);
	o.header = t->message->header;
	o.signature = t->message->signature;
	for (size_t i = 0; i < t->message->n_opening; i++)
		if (t->message->opening[i]->kind != PART_GROUNDS)
			opening[o.n_opening++] = t->message->opening[i];
	o.opening = opening;
	o.entry = pb(t->entry);
	o.index = t->index;
	o.inclusion = inclusion.list;
	o.n_inclusion = inclusion.proof.len;
	o.checkpoint = pb(floor_log_note(f->log));
	o.card = pb(f->card);
	prove_growth(f, d, &growth, &o.consistency_from);
	o.consistency = growth.list;
	o.n_consistency = growth.proof.len;
	floor_door_send(d, t->lane, FRAME_TYPE_OFFER, &o.base);
}

static void
release(struct taken *t)
{
	arena_free(t->arena);
	zmq_msg_close(&t->frame);
}

static void
offer(struct floor *f)
{
	while (f->offered < f->committed && f->in_session < f->credit) {
		struct taken *t = slot(f, f->offered++);

		send_offer(f, t);
		release(t);
		f->in_session++;
	}
}

static enum err
commit(struct floor *f, struct why *why)
{
	enum err e = floor_log_commit(f->log, why);

	if (e != ERR_OK)
		return e;
	while (f->committed < f->end)
		send_receipt(f, slot(f, f->committed++));
	return ERR_OK;
}

/* --------------------------------------------------------------- taking */

static enum err
append(struct floor *f, struct taken *t, const struct digest *header,
    struct bytes message)
{
	static const uint8_t manifest[DIGEST_SIZE];
	PbEntry entry = PB_ENTRY__INIT;

	entry.version = PROTOCOL_VERSION;
	entry.kind = ENTRY_KIND_MESSAGE;
	entry.recorded_at = wall_ms();
	entry.has_subject = true;
	entry.subject = pb(bytes_of(header->b, DIGEST_SIZE));
	entry.manifest = pb(bytes_of(manifest, sizeof manifest));
	if (envelope_pack(t->arena, &entry, &t->entry) != ERR_OK)
		return ERR_NOMEM;
	return floor_log_append(f->log, t->entry, message, &t->index);
}

/* The one signature check, over the bytes received. */
static bool
take_message(struct floor *f, struct taken *t, const struct frame *in)
{
	struct digest header;

	t->lane = in->lane;
	if (arena_new(&t->arena, PARSE_ARENA) != ERR_OK)
		return false;
	t->message = pb_message__unpack(
	    arena_allocator(t->arena), in->payload.len, in->payload.data);
	if (t->message == NULL)
		return false;
	header = digest_tagged(TAG(TAG_HEADER),
	    bytes_of(t->message->header.data, t->message->header.len));
	return sign_check(TAG(TAG_MESSAGE), &header, t->message->signature,
		   f->sender) == CODE_OK &&
	    append(f, t, &header, in->payload) == ERR_OK;
}

static void
greet(struct floor *f, struct floor_door *d, const struct frame *in)
{
	PbReady ready = PB_READY__INIT;
	struct digests growth;
	PbHello *hello = NULL;
	PbHelloBody *body = NULL;
	struct arena *a;
	uint64_t from;

	if (arena_new(&a, PARSE_ARENA) != ERR_OK)
		return;
	if (ENVELOPE_UNPACK(a, hello, in->payload, &hello, NULL) == CODE_OK &&
	    ENVELOPE_UNPACK(a, hello_body,
		bytes_of(hello->body.data, hello->body.len), &body,
		NULL) == CODE_OK) {
		d->known = body->size;
		prove_growth(f, d, &growth, &from);
		ready.checkpoint = pb(floor_log_note(f->log));
		ready.consistency = growth.list;
		ready.n_consistency = growth.proof.len;
		if (d == &f->door[RECIPIENT])
			f->credit = f->in_session = 0;
		floor_door_send(d, LANE_CONTROL, FRAME_TYPE_READY, &ready.base);
	}
	arena_free(a);
}

static void
take_credit(struct floor *f, const struct frame *in)
{
	PbCredit *c = pb_credit__unpack(
	    NULL, in->payload.len, in->payload.data);

	if (c == NULL)
		return;
	if (c->lane == LANE_ORDINARY && c->messages > f->credit)
		f->credit = c->messages;
	pb_credit__free_unpacked(c, NULL);
}

/* Control frames of either door. */
static enum err
take_other(struct floor *f, struct floor_door *d, const struct frame *in)
{
	if (in->type == FRAME_TYPE_HELLO)
		greet(f, d, in);
	else if (in->type == FRAME_TYPE_PING)
		floor_door_send(d, LANE_CONTROL, FRAME_TYPE_PING, NULL);
	else if (in->type == FRAME_TYPE_CREDIT)
		take_credit(f, in);
	else if (in->type == FRAME_TYPE_ACK)
		return floor_log_ack(f->log, in->payload);
	return ERR_OK;
}

static enum err
drain(struct floor *f, struct floor_door *d)
{
	enum err e = ERR_OK;

	while (f->end - f->committed < FLOOR_BATCH &&
	    f->end - f->offered < WAITING_MAX && e == ERR_OK) {
		struct taken *t = slot(f, f->end);
		struct frame in;

		t->arena = NULL;
		zmq_msg_init(&t->frame);
		if (!floor_door_next(d, &in, &t->frame)) {
			zmq_msg_close(&t->frame);
			break;
		}
		if (in.type != FRAME_TYPE_SUBMIT) {
			e = take_other(f, d, &in);
		} else if (take_message(f, t, &in)) {
			f->end++;
			continue;
		} else {
			fprintf(stderr, "floor: a message does not hold\n");
		}
		release(t);
	}
	return e;
}

static enum err
serve(struct floor *f, struct why *why)
{
	zmq_pollitem_t item[DOORS];
	enum err e = ERR_OK;

	for (int i = 0; i < DOORS; i++)
		item[i] = (zmq_pollitem_t){ .socket = f->door[i].socket,
			.events = ZMQ_POLLIN };
	while (!stopping && e == ERR_OK) {
		if (zmq_poll(item, DOORS, -1) < 0)
			continue;
		for (int i = DOORS - 1; i >= 0 && e == ERR_OK; i--)
			e = drain(f, &f->door[i]);
		if (e == ERR_OK && f->committed < f->end)
			e = commit(f, why);
		offer(f);
	}
	return e;
}

/* ----------------------------------------------------------------- start */

static bool
read_card(struct floor *f, const char *path)
{
	static uint8_t card[64 * 1024];
	FILE *in = fopen(path, "rb");

	if (in == NULL)
		return false;
	f->card = bytes_of(card, fread(card, 1, sizeof card, in));
	fclose(in);
	return f->card.len > 0;
}

static bool
read_sender(struct floor *f, const char *path)
{
	static uint8_t pem[PEM_FILE_MAX];
	FILE *in = fopen(path, "rb");
	size_t len;

	if (in == NULL)
		return false;
	len = fread(pem, 1, sizeof pem, in);
	fclose(in);
	return cert_parse_pem(&f->sender, bytes_of(pem, len), NULL) == ERR_OK;
}

int
main(int argc, char **argv)
{
	static struct floor f;
	struct sigaction sa = { .sa_handler = on_term };
	struct note_secret secret;
	uint8_t log_key[32], curve[32];
	struct why why = { "" };
	void *ctx;

	if (argc != 8)
		return die("DATA ORIGIN LOG-KEY CURVE-KEY CARD CERT PORT");
	sigaction(SIGTERM, &sa, NULL);
	if (sodium_init() < 0 || (ctx = zmq_ctx_new()) == NULL)
		return die("libsodium or libzmq does not start");
	if (key_file_read(log_key, argv[3], &why) != ERR_OK ||
	    key_file_read(curve, argv[4], &why) != ERR_OK ||
	    note_secret_make(
		&secret, argv[2], NOTE_TYPE_ED25519, log_key, &why) != ERR_OK)
		return die(why.text);
	if (!read_card(&f, argv[5]) || !read_sender(&f, argv[6]))
		return die("the sender's card or certificate does not read");
	for (unsigned i = 0; i < DOORS; i++)
		if (floor_door_open(&f.door[i], ctx,
			(unsigned)strtoul(argv[7], NULL, 10) + i, curve,
			&why) != ERR_OK)
			return die(why.text);
	if (floor_log_open(&f.log, argv[1], &secret, &why) != ERR_OK)
		return die(why.text);
	puts("ready");
	fflush(stdout);
	if (serve(&f, &why) != ERR_OK)
		return die(why.text[0] != '\0' ? why.text : "the log failed");
	for (unsigned i = 0; i < DOORS; i++)
		zmq_close(f.door[i].socket);
	zmq_ctx_term(ctx);
	floor_log_close(f.log);
	cert_free(f.sender);
	return 0;
}
