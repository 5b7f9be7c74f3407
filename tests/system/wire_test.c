/*
 * SPDX-License-Identifier: MIT
 *
 * wire_test: plays gate and client against a real infohus-core, byte by byte.
 * Every rejection and every refusal of a whole message is provoked by name;
 * after each the same session must still answer, or, where the session is
 * rightly ended, a new one must open.
 *
 * The seat is that of the jobcenter in a federation whose daemon has stopped.
 */
#include <signal.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "peer.h"
#include "proto/digest.h"
#include "proto/draft.h"
#include "proto/json.h"
#include "tests/common/say.h"
#include "tests/federation/federation.h"

#define PATIENCE_MS 5000

struct wire {
	struct fed *fed;
	struct gate gate;
	struct peer peer;
	struct arena *arena;
	unsigned passed, failed;
};

static void
die(const char *what)
{
	fprintf(stderr, "wire: %s\n", what);
	exit(3);
}

static void
check(struct wire *w, bool good, const char *what, const char *found)
{
	if (good) {
		w->passed++;
		return;
	}
	w->failed++;
	printf("NOT OK: %s: found %s\n", what, found);
}

/* Still alive: a ping is answered by a ping. */
static void
still_here(struct wire *w, const char *after)
{
	struct frame f;
	bool good;

	peer_send(&w->peer, LANE_CONTROL, FRAME_TYPE_PING, bytes_of(NULL, 0));
	do
		good = peer_receive(&w->peer, &f, PATIENCE_MS);
	while (good && f.type != FRAME_TYPE_PING);
	check(w, good, after, "no answer to a ping afterwards");
}

static void
expect_reject(struct wire *w, enum code want, const char *what)
{
	PbRejectBody *body;
	PbReject *r;
	struct frame f;

	if (!peer_receive(&w->peer, &f, PATIENCE_MS) ||
	    f.type != FRAME_TYPE_REJECT ||
	    ENVELOPE_UNPACK(w->arena, reject, f.payload, &r, NULL) != CODE_OK ||
	    ENVELOPE_UNPACK(w->arena, reject_body,
		bytes_of(r->body.data, r->body.len), &body, NULL) != CODE_OK) {
		check(w, false, what, "no rejection");
		return;
	}
	check(w, body->code == (uint32_t)want, what, code_name(body->code));
	check(w, body->counter == w->peer.out, what, "another frame's counter");
}

/* ---------------------------------------------------------------- messages */

static const char draft_text[] =
    "{\"kind\":\"concern\",\"role\":\"jobcenter\","
    "\"grounds\":{\"bopaelskommune\":\"0101\",\"age\":\"adult\","
    "\"necessity\":\"x\"},"
    "\"addressee\":[{\"role\":\"kom_tovholder\","
    "\"relation\":\"kommune_of_subject\",\"cooperation\":\"ssp\","
    "\"basis\":[\"rpl_115_2\"],\"purpose\":\"crime_prevention\","
    "\"necessity\":\"assessment\",\"section\":[\"concern\"]}],"
    "\"sections\":{\"concern\":{\"text\":\"fiktiv\"}}}";

static PbDraft *
parse_draft(struct wire *w)
{
	PbDraft *d;
	struct why why;

	if (json_parse(w->arena, &pb_draft__descriptor, bytes_str(draft_text),
		peer_now_ms(), (ProtobufCMessage **)&d, &why) != ERR_OK)
		die(why.text);
	return d;
}

static struct bytes
make(struct wire *w, const PbDraft *d)
{
	struct bytes out;
	struct why why;
	struct id id;

	if (draft_message(w->arena, d, w->peer.node, 0, peer_now_ms(),
		w->peer.signer, &out, &id, &why) != ERR_OK)
		die(why.text);
	return out;
}

static PbMessage *
apart(struct wire *w, struct bytes message, PbHeader **header)
{
	PbMessage *m;

	if (ENVELOPE_UNPACK(w->arena, message, message, &m, NULL) != CODE_OK ||
	    ENVELOPE_UNPACK(w->arena, header,
		bytes_of(m->header.data, m->header.len), header,
		NULL) != CODE_OK)
		die("apart");
	return m;
}

/* Signs the header as it is now and packs. */
static struct bytes
together(struct wire *w, PbMessage *m, const PbHeader *h)
{
	PbSignature *s[1];
	struct bytes packed;
	struct digest d;

	if (envelope_pack(w->arena, h, &packed) != ERR_OK)
		die("pack");
	d = digest_tagged(TAG(TAG_HEADER), packed);
	if (sign_batch(w->arena, TAG(TAG_MESSAGE), &d, 1, w->peer.signer, s) !=
	    ERR_OK)
		die("sign");
	m->header = (ProtobufCBinaryData){ packed.len,
		(uint8_t *)(uintptr_t)packed.data };
	m->signature = s[0];
	if (envelope_pack(w->arena, m, &packed) != ERR_OK)
		die("pack");
	return packed;
}

/* ------------------------------------------------- undecidable, each by name
 */

static struct bytes
not_a_message(struct wire *w)
{
	(void)w;
	return bytes_str("this is no protobuf");
}

static struct bytes
too_large(struct wire *w)
{
	uint8_t *big = arena_alloc(w->arena, MESSAGE_MAX + 1);

	return bytes_of(big, MESSAGE_MAX + 1);
}

/* The first length once more, as a padded varint. */
static struct bytes
padded(struct wire *w)
{
	struct bytes good = make(w, parse_draft(w));
	uint8_t *out = arena_alloc(w->arena, good.len + 1);
	size_t n = 1;

	while (good.data[n] & 0x80)
		n++;
	memcpy(out, good.data, n + 1);
	out[n] |= 0x80;
	out[n + 1] = 0;
	memcpy(out + n + 2, good.data + n + 1, good.len - n - 1);
	return bytes_of(out, good.len + 1);
}

static struct bytes
field_unknown(struct wire *w)
{
	struct bytes good = make(w, parse_draft(w));
	uint8_t *out = arena_alloc(w->arena, good.len + 3);

	memcpy(out, good.data, good.len);
	memcpy(out + good.len, "\xf8\x06\x01", 3); /* field 111 */
	return bytes_of(out, good.len + 3);
}

static struct bytes
role_unknown(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);

	h->role = (PbRole)99;
	return together(w, m, h);
}

static struct bytes
text_unclean(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);

	h->sender = arena_strdup(w->arena, "kommune/\xff");
	return together(w, m, h);
}

static struct bytes
nonce_short(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);

	h->nonce.len = 31;
	return together(w, m, h);
}

static struct bytes
version_other(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);

	h->version = 2;
	return together(w, m, h);
}

static struct bytes
sender_other(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);

	h->sender = arena_strdup(w->arena, "kommune/0101");
	return together(w, m, h);
}

static struct bytes
certificate_other(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);

	(void)together(w, m, h);
	m->signature->certificate.data[0] ^= 1;
	struct bytes packed;
	if (envelope_pack(w->arena, m, &packed) != ERR_OK)
		die("pack");
	return packed;
}

static struct bytes
signature_wrong(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);
	struct bytes packed;

	m->signature->value.data[m->signature->value.len - 1] ^= 1;
	if (envelope_pack(w->arena, m, &packed) != ERR_OK)
		die("pack");
	return packed;
}

static struct bytes
path_wrong(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);
	struct bytes packed;

	m->signature->count = 2; /* and no path to its root */
	if (envelope_pack(w->arena, m, &packed) != ERR_OK)
		die("pack");
	return packed;
}

static struct bytes
part_changed(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);
	struct bytes packed;

	m->opening[m->n_opening - 1]->salt.data[0] ^= 1;
	if (envelope_pack(w->arena, m, &packed) != ERR_OK)
		die("pack");
	return packed;
}

static struct bytes
grounds_missing(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);
	struct bytes packed;

	m->opening++;
	m->n_opening--;
	if (envelope_pack(w->arena, m, &packed) != ERR_OK)
		die("pack");
	return packed;
}

/* A CPR number of the 31st of February, committed to and signed. */
static struct bytes
cpr_impossible(struct wire *w)
{
	PbDraft *d = parse_draft(w);
	PbIdentity identity = PB_IDENTITY__INIT;
	PbHeader *h;
	PbMessage *m;
	PbOpening *o;
	struct digest commitment, old;

	identity.cpr = arena_strdup(w->arena, "0102901234");
	d->sections->identity = &identity;
	d->addressee[0]->section = arena_alloc(w->arena, 2 * sizeof(int));
	d->addressee[0]->section[0] = CATEGORY_IDENTITY;
	d->addressee[0]->section[1] = CATEGORY_CONCERN;
	d->addressee[0]->n_section = 2;
	m = apart(w, make(w, d), &h);
	o = NULL;
	for (size_t i = 0; i < m->n_opening; i++)
		if (m->opening[i]->kind == CATEGORY_IDENTITY)
			o = m->opening[i];
	if (o == NULL)
		die("no identity");
	old = digest_part(CATEGORY_IDENTITY, FORM_PLAIN, o->salt.data,
	    bytes_of(o->part.data, o->part.len));
	uint8_t *at = memmem(o->part.data, o->part.len, "0102", 4);
	memcpy(at, "3102", 4);
	/* Try salts until the new commitment stands where the old one did. */
	for (size_t i = 0; i < h->n_commitment; i++)
		if (memcmp(h->commitment[i].data, old.b, DIGEST_SIZE) == 0)
			for (;;) {
				bool low, high;
				randombytes_buf(o->salt.data, 32);
				commitment = digest_part(CATEGORY_IDENTITY,
				    FORM_PLAIN, o->salt.data,
				    bytes_of(o->part.data, o->part.len));
				low = i == 0 ||
				    memcmp(commitment.b,
					h->commitment[i - 1].data, 32) > 0;
				high = i + 1 == h->n_commitment ||
				    memcmp(commitment.b,
					h->commitment[i + 1].data, 32) < 0;
				if (!low || !high)
					continue;
				memcpy(h->commitment[i].data, commitment.b, 32);
				break;
			}
	return together(w, m, h);
}

static struct bytes
after_unknown(struct wire *w)
{
	PbHeader *h;
	PbMessage *m = apart(w, make(w, parse_draft(w)), &h);
	uint8_t *id = arena_alloc(w->arena, ID_SIZE);

	memset(id, 0x5a, ID_SIZE);
	h->has_after = true;
	h->after = (ProtobufCBinaryData){ ID_SIZE, id };
	return together(w, m, h);
}

static const struct {
	const char *what;
	struct bytes (*make)(struct wire *w);
	enum code want;
} undecidable[] = {
	{ "does not parse", not_a_message, CODE_MALFORMED },
	{ "too large", too_large, CODE_TOO_LARGE },
	{ "not canonical: a padded length", padded, CODE_NOT_CANONICAL },
	{ "a field of no version", field_unknown, CODE_UNKNOWN_FIELD },
	{ "an unknown role", role_unknown, CODE_UNKNOWN_VALUE },
	{ "text that is not UTF-8", text_unclean, CODE_BAD_TEXT },
	{ "a short nonce", nonce_short, CODE_BAD_FIELD },
	{ "a version not agreed", version_other, CODE_BAD_VERSION },
	{ "claims another sender", sender_other, CODE_WRONG_SENDER },
	{ "a certificate that is not on the card", certificate_other,
	    CODE_UNKNOWN_CERTIFICATE },
	{ "wrong signature", signature_wrong, CODE_BAD_SIGNATURE },
	{ "wrong batch path", path_wrong, CODE_BAD_BATCH_PATH },
	{ "a commitment that does not open", part_changed,
	    CODE_COMMITMENT_MISMATCH },
	{ "no grounds", grounds_missing, CODE_PART_MISSING },
	{ "a CPR number of no day", cpr_impossible, CODE_BAD_CPR },
	{ "after a message that is not recorded", after_unknown,
	    CODE_OUT_OF_ORDER },
};

static void
test_undecidable(struct wire *w)
{
	for (size_t i = 0; i < sizeof undecidable / sizeof undecidable[0];
	     i++) {
		peer_send(&w->peer, LANE_ORDINARY, FRAME_TYPE_SUBMIT,
		    undecidable[i].make(w));
		expect_reject(w, undecidable[i].want, undecidable[i].what);
		still_here(w, undecidable[i].what);
	}
}

/* ----------------------------------------------------- decided, by receipt */

static PbReceipt *
expect_receipt(struct wire *w, enum code want, const char *what)
{
	PbReceipt *r;
	PbVerdict *v;
	struct frame f;

	if (!peer_receive(&w->peer, &f, PATIENCE_MS) ||
	    f.type != FRAME_TYPE_RECEIPT ||
	    ENVELOPE_UNPACK(w->arena, receipt, f.payload, &r, NULL) !=
		CODE_OK ||
	    r->n_verdict == 0 ||
	    ENVELOPE_UNPACK(w->arena, verdict,
		bytes_of(r->verdict[0]->part.data, r->verdict[0]->part.len), &v,
		NULL) != CODE_OK) {
		check(w, false, what, "no receipt");
		return NULL;
	}
	check(w, v->code == (uint32_t)want, what, code_name(v->code));
	return r;
}

static void
test_conflict(struct wire *w)
{
	PbHeader *h;
	struct bytes good = make(w, parse_draft(w));
	PbMessage *m;
	PbReceipt *first, *again;

	peer_send(&w->peer, LANE_ORDINARY, FRAME_TYPE_SUBMIT, good);
	first = expect_receipt(w, CODE_OK, "a lawful message");
	peer_send(&w->peer, LANE_ORDINARY, FRAME_TYPE_SUBMIT, good);
	again = expect_receipt(w, CODE_OK, "the same bytes again");
	check(w, first != NULL && again != NULL && first->index == again->index,
	    "the same bytes again", "another entry");
	m = apart(w, good, &h);
	h->created++;
	peer_send(
	    &w->peer, LANE_ORDINARY, FRAME_TYPE_SUBMIT, together(w, m, h));
	expect_reject(w, CODE_CONFLICT, "the same id with other content");
	still_here(w, "conflict");
}

enum change {
	LATE,
	LONG,
	ROLE,
	KOMMUNE,
	NOBODY,
	CASE,
	EVENT,
	PERMIT,
	PROHIBIT
};

static const struct {
	const char *what;
	enum change change;
	enum code want;
} decided[] = {
	{ "expired", LATE, CODE_EXPIRED },
	{ "expires in a year", LONG, CODE_EXPIRY_TOO_LONG },
	{ "a role that the sender does not hold", ROLE, CODE_ROLE_NOT_HELD },
	{ "an unknown kommune", KOMMUNE, CODE_UNKNOWN_KOMMUNE },
	{ "a kommune without a tovholder", NOBODY, CODE_NO_RECIPIENT },
	{ "an unknown case", CASE, CODE_UNKNOWN_CASE },
	{ "a screening by a jobcenter", EVENT, CODE_ILLEGAL_EVENT },
	{ "what no permit covers", PERMIT, CODE_NO_PERMIT },
	{ "for investigation", PROHIBIT, CODE_PROHIBITED },
};

static void
change_header(PbHeader *h, enum change c)
{
	if (c == LATE) {
		h->created = peer_now_ms() - 2 * DAY_MS;
		h->expires = peer_now_ms() - DAY_MS;
	}
	if (c == LONG)
		h->expires = h->created + 365 * DAY_MS;
	if (c == ROLE)
		h->role = ROLE_SKOLE;
	if (c == CASE)
		h->kind = KIND_ADDENDUM;
	if (c == EVENT)
		h->kind = KIND_POLICE_ALONE;
	if (c == CASE)
		memset(h->case_id.data, 0x33, ID_SIZE);
}

static void
change_draft(struct wire *w, PbDraft *d, enum change c)
{
	if (c == KOMMUNE)
		d->grounds->bopaelskommune = arena_strdup(w->arena, "9999");
	if (c == NOBODY)
		d->grounds->bopaelskommune = arena_strdup(w->arena, "0851");
	if (c == PROHIBIT)
		d->addressee[0]->purpose = PURPOSE_INVESTIGATION;
	if (c == PERMIT) /* only police act under nr. 1 */
		d->addressee[0]->basis[0] = BASIS_RPL_115_1_1;
}

static void
test_decided(struct wire *w)
{
	for (size_t i = 0; i < sizeof decided / sizeof decided[0]; i++) {
		PbDraft *d = parse_draft(w);
		PbHeader *h;
		PbMessage *m;

		change_draft(w, d, decided[i].change);
		m = apart(w, make(w, d), &h);
		change_header(h, decided[i].change);
		peer_send(&w->peer, LANE_ORDINARY, FRAME_TYPE_SUBMIT,
		    together(w, m, h));
		expect_receipt(w, decided[i].want, decided[i].what);
		still_here(w, decided[i].what);
	}
}

/* ------------------------------------------------------- frames and sessions
 */

static void
test_frames(struct wire *w)
{
	PbRead read = PB_READ__INIT;

	peer_send(&w->peer, LANE_CONTROL, 99, bytes_of(NULL, 0));
	expect_reject(w, CODE_UNEXPECTED_FRAME, "a frame of no type");
	read.count = 1;
	peer_send_packed(&w->peer, LANE_CONTROL, FRAME_TYPE_READ, &read);
	expect_reject(w, CODE_NOT_ALLOWED, "an audit read by a jobcenter");
	peer_send(
	    &w->peer, LANE_CONTROL, FRAME_TYPE_ACK, bytes_str("\xff\xff"));
	expect_reject(w, CODE_MALFORMED, "acks that do not parse");
	still_here(w, "frames");
}

static void
test_bad_ack(struct wire *w)
{
	PbAckBody body = PB_ACK_BODY__INIT;
	PbAcks acks = PB_ACKS__INIT;
	PbAck *list[1];
	uint8_t zero[DIGEST_SIZE] = { 0 };

	body.index = UINT64_MAX / 4;
	body.header = body.root = (ProtobufCBinaryData){ sizeof zero, zero };
	body.size = 1;
	if (say_ack(w->arena, &body, w->peer.signer, &list[0]) != ERR_OK)
		die("ack");
	acks.ack = list;
	acks.n_ack = 1;
	peer_send_packed(&w->peer, LANE_CONTROL, FRAME_TYPE_ACK, &acks);
	expect_reject(w, CODE_BAD_ACK, "an ack of what was never offered");
	list[0]->signature->value.data[0] ^= 1;
	peer_send_packed(&w->peer, LANE_CONTROL, FRAME_TYPE_ACK, &acks);
	expect_reject(w, CODE_BAD_SIGNATURE, "an ack that is not signed");
	still_here(w, "acks");
}

/* What only a hostile gate can do: the session ends, nothing is believed. */
static void
test_tampering(struct wire *w)
{
	struct bytes good = make(w, parse_draft(w));
	struct frame f;

	peer_send_at(
	    &w->peer, LANE_ORDINARY, w->peer.out, FRAME_TYPE_SUBMIT, good);
	check(w,
	    peer_receive(&w->peer, &f, PATIENCE_MS) && f.type == FRAME_TYPE_BYE,
	    "a replayed counter", "no bye");
	check(
	    w, peer_greet(&w->peer, NULL), "after a replay", "no new session");
	peer_send_at(
	    &w->peer, LANE_ORDINARY, w->peer.out + 2, FRAME_TYPE_SUBMIT, good);
	check(w,
	    peer_receive(&w->peer, &f, PATIENCE_MS) && f.type == FRAME_TYPE_BYE,
	    "a skipped counter", "no bye");
	check(w, peer_greet(&w->peer, NULL), "after a gap", "no new session");
	peer_send(&w->peer, LANE_ACUTE, FRAME_TYPE_SUBMIT, good);
	check(w,
	    peer_receive(&w->peer, &f, PATIENCE_MS) && f.type == FRAME_TYPE_BYE,
	    "a changed lane", "no bye");
	check(w, peer_greet(&w->peer, NULL), "after a changed lane",
	    "no new session");
	/* Forged: not even a bye, nothing of it was authentic. */
	peer_put(&w->peer,
	    bytes_str("forged forged forged forged forged forged forged "
		      "forged forged forged forged"));
	check(
	    w, !peer_receive(&w->peer, &f, 300), "a forged frame", "an answer");
	still_here(w, "a forged frame");
}

static void
test_before_hello(struct wire *w)
{
	check(w, peer_enter(&w->peer), "a second session", "no welcome");
	peer_send(&w->peer, LANE_ORDINARY, FRAME_TYPE_SUBMIT,
	    make(w, parse_draft(w)));
	expect_reject(w, CODE_UNEXPECTED_FRAME, "a message before the hello");
	peer_hello(&w->peer, "kommune/0101");
	expect_reject(w, CODE_WRONG_SENDER, "a hello in another's name");
	check(
	    w, peer_greet(&w->peer, NULL), "after a wrong hello", "no session");
}

static void
stop_core(struct wire *w)
{
	int status = gate_stop(&w->gate, SIGTERM);

	check(w, status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "SIGTERM",
	    status != -1 && WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) :
						  "a status");
}

/* The number of the seat's door, by the port that its home names. */
static uint32_t
door_of(json_t *server, const char *node, const char *seat)
{
	json_t *doors = json_object_get(server, "doors"), *d;
	size_t i;

	json_array_foreach(doors, i, d) {
		if (strcmp(json_string_value(json_object_get(d, "node")),
			node) == 0 &&
		    strcmp(json_string_value(json_object_get(d, "seat")),
			seat) == 0)
			return (uint32_t)json_integer_value(
			    json_object_get(d, "door"));
	}
	return 0;
}

/* A federation that has stopped: core alone is started here. */
static void
prepare(struct wire *w)
{
	struct why why = { "" };
	const char *home;
	char dir[600];
	json_t *server;

	if (fed_new(&w->fed, &(struct fed_options){ .label = "wire" }, &why) !=
		ERR_OK ||
	    fed_stop(w->fed, &why) != ERR_OK ||
	    fed_home(w->fed, FED_SENDER, &home, &why) != ERR_OK)
		die(why.text);
	(void)snprintf(dir, sizeof dir, "%s/..", home);
	server = json_load_file(fed_path(w->fed, "server.json"), 0, NULL);
	if (!peer_open(&w->peer, &w->gate, dir, "kommune/0101/jobcenter", "cli",
		door_of(server, "kommune/0101/jobcenter", "cli"),
		json_string_value(json_object_get(server, "box")), &why))
		die(why.text);
	json_decref(server);
}

int
main(void)
{
	static struct wire w;
	char core[600];
	struct why why;

	if (sodium_init() < 0 || arena_new(&w.arena, 1u << 30) != ERR_OK)
		die("memory");
	w.gate.patience_ms = PATIENCE_MS;
	w.peer.arena = w.arena;
	prepare(&w);
	(void)snprintf(
	    core, sizeof core, "%s/bin/infohus-core", fed_build(w.fed));
	if (!gate_start(
		&w.gate, core, fed_path(w.fed, "infohusd.yaml"), NULL, NULL))
		die("core does not start");
	if (!gate_ready(&w.gate))
		die("core is not ready");
	check(&w, peer_greet(&w.peer, NULL), "start", "no session");
	test_undecidable(&w);
	test_conflict(&w);
	test_decided(&w);
	test_frames(&w);
	test_bad_ack(&w);
	test_before_hello(&w);
	test_tampering(&w);
	stop_core(&w);
	printf("wire: %u checks passed, %u failed\n", w.passed, w.failed);
	peer_close(&w.peer);
	arena_free(w.arena);
	if (w.failed == 0)
		fed_passed(w.fed);
	if (fed_end(w.fed, &why) != ERR_OK)
		die(why.text);
	return w.failed == 0 ? 0 : 1;
}
