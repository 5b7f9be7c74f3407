/*
 * SPDX-License-Identifier: MIT
 *
 * exchange: see exchange.h.
 */
#include "exchange.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "clients/lib/handle.h"
#include "daemon/common/config.h"
#include "proto/draft.h"
#include "proto/json.h"
#include "scene.h"
#include "tests/common/say.h"

#define ARENA (1u << 30)
#define PATIENCE_MS 90000 /* a hang; a machine can be very busy */
#define SILENCE_MS 2500	  /* then a seat tries anew, and waits twice as long */
#define SILENCES 6	  /* so many of them are a hang: together 2.6 minutes */
#define TRIES 6		  /* for a session in one life of core */

static const struct {
	const char *dir, *seat;
} where[SEATS] = {
	{ "kommune_0101_jobcenter", "cli" },
	{ "kommune_0101", "agent" },
	{ "politi_1470", "agent" },
};

void
exchange_finding(struct exchange *x, const char *text, ...)
{
	va_list ap;

	x->findings++;
	printf("NOT OK: %s: ", x->label);
	va_start(ap, text);
	vprintf(text, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

/* ------------------------------------------------------------- the seats */

bool
cast_read(struct cast *c, const char *fed, struct why *why)
{
	struct problems p = { 0 };
	char path[4096];
	struct config *config;

	snprintf(path, sizeof path, "%s/infohusd.yaml", fed);
	config = config_load(path, &p);
	if (config == NULL) {
		why_set(why, ERR_INVALID, "%s", p.text);
		return false;
	}
	for (unsigned i = 0; i < SEATS; i++) {
		const char *port;

		snprintf(path, sizeof path, "%s/nodes/%s/seat-%s", fed,
		    where[i].dir, where[i].seat);
		if (home_read(&c->home[i], path, why) != INFOHUS_OK)
			return false;
		snprintf(c->seat_file[i], sizeof c->seat_file[i],
		    "%s/nodes/%s/seat-%s/seat.json", fed, where[i].dir,
		    where[i].seat);
		port = strrchr(c->home[i].endpoint[0], ':');
		c->door[i] = port == NULL ?
		    0 :
		    (uint32_t)strtoul(port + 1, NULL, 10) -
			(uint32_t)config->first_port;
	}
	config_free(config);
	return true;
}

void
cast_clear(struct cast *c)
{
	for (unsigned i = 0; i < SEATS; i++)
		home_clear(&c->home[i]);
}

struct exchange *
exchange_new(const struct cast *c, const char *label)
{
	struct exchange *x = calloc(1, sizeof *x);

	if (x == NULL || arena_new(&x->arena, ARENA) != ERR_OK)
		abort();
	x->label = label;
	x->gate.patience_ms = PATIENCE_MS;
	for (unsigned i = 0; i < SEATS; i++) {
		struct seat *s = &x->seat[i];
		struct peer *p = &s->peer;

		s->place = i;
		s->home = &c->home[i];
		s->trust.log = &s->home->log;
		p->door = c->door[i];
		p->key = s->home->box;
		p->signer = s->home->signer;
		p->arena = x->arena;
		snprintf(p->node, sizeof p->node, "%s", s->home->node);
		snprintf(p->seat, sizeof p->seat, "%s", s->home->seat);
		peer_move(p, &x->gate);
	}
	return x;
}

void
exchange_free(struct exchange *x)
{
	for (unsigned i = 0; i < SEATS; i++) {
		x->seat[i].peer.signer = NULL; /* the cast's */
		peer_close(&x->seat[i].peer);
		vetted_clear(&x->seat[i].vetted);
	}
	notes_free(&x->notes);
	arena_free(x->arena);
	free(x);
}

static void
over(struct exchange *x, struct seat *s, const char *what)
{
	s->in_session = false;
	x->put_off++;
	if (x->calm && !x->gate.broken)
		exchange_finding(
		    x, "%s: %s, though nothing is wrong", s->home->node, what);
}

/* ----------------------------------------------------- what core says */

static void
note_checkpoint(struct exchange *x, struct seat *s)
{
	notes_put(&x->notes, s->peer.at,
	    bytes_of(s->trust.note, s->trust.note_len),
	    "seat-%u/state/checkpoint", s->place);
}

static struct mail *
find(struct exchange *x, const ProtobufCBinaryData *id)
{
	for (size_t i = 0; i < x->n_mail; i++)
		if (id->len == ID_SIZE &&
		    memcmp(id->data, x->mail[i].id.b, ID_SIZE) == 0)
			return &x->mail[i];
	return NULL;
}

/* What was said before must stand. */
static void
compare(struct exchange *x, struct mail *m, const struct check_receipt *c)
{
	struct bytes entry = bytes_of(
	    c->receipt->entry.data, c->receipt->entry.len);
	unsigned code = c->n_verdict > 0 ? c->verdict[0].verdict->code : 999;

	if (m->told &&
	    (m->index != c->receipt->index || !bytes_eq(m->entry, entry)))
		exchange_finding(x,
		    "a receipt named entry %" PRIu64
		    ", a later one of the same message %" PRIu64,
		    m->index, c->receipt->index);
	if (code != (unsigned)m->want)
		exchange_finding(x, "a verdict: found %s, expected %s",
		    code_name(code), code_name(m->want));
	m->told = m->answered = true;
	m->index = c->receipt->index;
	m->entry = entry;
	m->stages = c->n_news;
}

static void
receipt(struct exchange *x, struct seat *s, const struct frame *f)
{
	struct check c = { x->arena, s->home, &s->trust, &s->vetted };
	struct check_receipt *checked = arena_alloc(x->arena, sizeof *checked);
	char id[INFOHUS_ID_TEXT];
	struct why why = { "" };
	struct mail *m = NULL;
	PbReceipt *r;

	if (ENVELOPE_UNPACK(x->arena, receipt, f->payload, &r, NULL) == CODE_OK)
		m = find(x, &r->message_id);
	if (m == NULL) {
		exchange_finding(x, "a receipt of no message");
		return;
	}
	if (check_receipt(&c, &m->env, r, checked, &why) != INFOHUS_OK) {
		exchange_finding(x, "a receipt: %s", why.text);
		return;
	}
	trust_take(&s->trust, &checked->proven.step);
	compare(x, m, checked);
	id_format(id, &m->id);
	notes_put(&x->notes, s->peer.at, f->payload,
	    "seat-%u/state/sent/%s.receipt", s->place, id);
	notes_put(&x->notes, s->peer.at, m->message, "seat-%u/state/sent/%s",
	    s->place, id);
	note_checkpoint(x, s);
}

static void
acknowledge(struct exchange *x, struct seat *s, const struct check_offer *o)
{
	PbAck *list[1];
	PbAcks acks = PB_ACKS__INIT;
	PbAckBody body;

	if (say_ack_body(x->arena, o->offer, &o->header_digest, &s->trust.known,
		&body) != ERR_OK ||
	    say_ack(x->arena, &body, s->peer.signer, &list[0]) != ERR_OK)
		abort();
	acks.ack = list;
	acks.n_ack = 1;
	peer_send_packed(&s->peer, LANE_CONTROL, FRAME_TYPE_ACK, &acks);
}

static void
offer(struct exchange *x, struct seat *s, const struct frame *f)
{
	struct check c = { x->arena, s->home, &s->trust, &s->vetted };
	struct check_offer *o = arena_alloc(x->arena, sizeof *o);
	const struct infohus_message *shown;
	struct why why = { "" };
	bool for_ever;
	PbOffer *of;

	if (ENVELOPE_UNPACK(x->arena, offer, f->payload, &of, NULL) !=
	    CODE_OK) {
		exchange_finding(x, "an offer that does not read");
		return;
	}
	if (check_offer_log(&c, of, o, &why) != INFOHUS_OK ||
	    check_offer_message(&c, o, &for_ever, &why) != INFOHUS_OK ||
	    (shown = view_message(x->arena, o)) == NULL) {
		exchange_finding(x, "an offer: %s", why.text);
		return;
	}
	trust_take(&s->trust, &o->proven.step);
	notes_put(&x->notes, s->peer.at, bytes_str(shown->json),
	    "inbox-%u/%" PRIu64 "-%s.json", s->place, shown->index, shown->id);
	note_checkpoint(x, s);
	acknowledge(x, s, o);
}

/* Core may say that it is busy; never that something good is bad. */
static void
reject(struct exchange *x, struct seat *s, const struct frame *f)
{
	struct check c = { x->arena, s->home, &s->trust, &s->vetted };
	const struct code_info *info;
	struct why why = { "" };
	PbRejectBody *body;
	PbReject *r;

	if (ENVELOPE_UNPACK(x->arena, reject, f->payload, &r, NULL) !=
		CODE_OK ||
	    check_reject(&c, &s->peer.session, r, &body, &why) != INFOHUS_OK) {
		exchange_finding(x, "a rejection: %s", why.text);
		return;
	}
	info = code_find(body->code);
	if (info == NULL ||
	    (!info->retry && body->code != CODE_UNEXPECTED_FRAME))
		exchange_finding(x, "good was called %s (%s)",
		    code_name(body->code),
		    body->field != NULL ? body->field : "no field");
	over(x, s, code_name(body->code));
}

static void
heard(struct exchange *x, struct seat *s, const struct frame *f)
{
	switch (f->type) {
	case FRAME_TYPE_RECEIPT:
		receipt(x, s, f);
		break;
	case FRAME_TYPE_OFFER:
		offer(x, s, f);
		break;
	case FRAME_TYPE_REJECT:
		reject(x, s, f);
		break;
	case FRAME_TYPE_BYE:
		over(x, s, "bye");
		break;
	case FRAME_TYPE_PING:
		break;
	default:
		exchange_finding(x, "a frame of type %u", f->type);
		break;
	}
}

/* ---------------------------------------------------------- a life of core */

bool
exchange_start(struct exchange *x, const char *core, const char *scene,
    const char *const *more)
{
	char config[4096];

	snprintf(config, sizeof config, "%s/infohusd.yaml", scene);
	snprintf(x->log, sizeof x->log, "%s/core.log", scene);
	x->gate.n_peer = 0;
	for (unsigned i = 0; i < SEATS; i++) {
		x->seat[i].in_session = false;
		peer_move(&x->seat[i].peer, &x->gate);
	}
	if (!gate_start(&x->gate, core, config, more, x->log))
		abort();
	return gate_ready(&x->gate);
}

static void
give_credit(struct exchange *x, struct seat *s)
{
	for (uint8_t lane = LANE_ORDINARY; lane <= LANE_ACUTE; lane++) {
		struct bytes packed;

		if (say_credit(x->arena, lane, 1000, 1u << 30, &packed) !=
		    ERR_OK)
			abort();
		peer_send(&s->peer, LANE_CONTROL, FRAME_TYPE_CREDIT, packed);
	}
}

/* How long to wait for a session, or for core to speak. */
static int
patience_ms(const struct exchange *x, unsigned tried)
{
	int ms = SILENCE_MS << tried;

	return x->calm || ms > PATIENCE_MS ? PATIENCE_MS : ms;
}

static bool
greet(struct exchange *x, struct seat *s)
{
	struct trust_step step;
	struct why why = { "" };
	PbReady *ready;

	s->peer.known = s->trust.known;
	if (!peer_greet(&s->peer, &ready))
		return false;
	if (trust_judge(&s->trust,
		bytes_of(ready->checkpoint.data, ready->checkpoint.len),
		s->trust.known.size, ready->consistency, ready->n_consistency,
		&step, &why) != INFOHUS_OK) {
		exchange_finding(x, "%s at hello: %s", s->home->node, why.text);
		return false;
	}
	trust_take(&s->trust, &step);
	note_checkpoint(x, s);
	s->in_session = true;
	if (s->place != 0)
		give_credit(x, s);
	else
		for (size_t i = 0; i < x->n_mail; i++)
			x->mail[i].asked = x->mail[i].answered = false;
	return true;
}

static bool
greet_until_in(struct exchange *x, struct seat *s)
{
	for (unsigned tried = 0; !s->in_session; tried++) {
		if (x->gate.broken)
			return false;
		x->gate.patience_ms = patience_ms(x, tried);
		if (!greet(x, s) && !x->gate.broken &&
		    (x->calm || tried == TRIES)) {
			exchange_finding(
			    x, "%s gets no session", s->home->node);
			return false;
		}
	}
	return true;
}

bool
exchange_greet(struct exchange *x)
{
	bool good = true;

	for (unsigned i = 0; i < SEATS && good; i++)
		good = greet_until_in(x, &x->seat[i]);
	x->gate.patience_ms = PATIENCE_MS;
	return good;
}

static bool
is_done(const struct exchange *x)
{
	for (size_t i = 0; i < x->n_mail; i++) {
		const struct mail *m = &x->mail[i];

		if (!m->answered ||
		    (m->want == CODE_OK && m->stages < m->env.n_addressee))
			return false;
	}
	return true;
}

static void
submit(struct exchange *x)
{
	for (size_t i = 0; i < x->n_mail; i++) {
		struct mail *m = &x->mail[i];

		if (m->asked || x->gate.broken)
			continue;
		m->asked = true;
		peer_send(&x->seat[0].peer,
		    m->env.header->urgency == URGENCY_ACUTE ? LANE_ACUTE :
							      LANE_ORDINARY,
		    FRAME_TYPE_SUBMIT, m->message);
	}
}

/* Everything that has come already; false for nothing. */
static bool
take_all(struct exchange *x)
{
	bool came = false;
	struct frame f;

	for (unsigned i = 0; i < SEATS; i++)
		while (x->seat[i].in_session &&
		    peer_receive(&x->seat[i].peer, &f, 0)) {
			heard(x, &x->seat[i], &f);
			came = true;
		}
	return came;
}

bool
exchange_run(struct exchange *x)
{
	unsigned silences = 0;

	while (!is_done(x)) {
		if (!exchange_greet(x))
			return false;
		submit(x);
		if (take_all(x) ||
		    gate_pump(&x->gate, patience_ms(x, silences)))
			continue;
		if (x->gate.broken)
			return false;
		if (x->calm || ++silences == SILENCES) {
			exchange_finding(x, "core lives and says nothing");
			return false;
		}
		x->silences++;
		for (unsigned i = 0; i < SEATS; i++)
			x->seat[i].in_session = false;
	}
	return true;
}

/* What core said of it. */
static void
show_log(const struct exchange *x)
{
	uint8_t *text;
	size_t len;

	if (!scene_get(x->log, &text, &len))
		return;
	printf("%.*s", (int)len, (const char *)text);
	free(text);
}

int
exchange_end(struct exchange *x)
{
	int status = gate_stop(&x->gate, SIGTERM);

	if (status == -1)
		exchange_finding(x, "core hangs: it does not end");
	else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
		exchange_finding(
		    x, "core died of %s", strsignal(WTERMSIG(status)));
	if (x->findings > 0)
		show_log(x);
	return status;
}

/* ------------------------------------------------------------- messages */

#define POLICE \
	"{\"role\":\"pol_tovholder\",\"relation\":\"district_of_subject\"," \
	"\"cooperation\":\"ssp\",\"basis\":[\"rpl_115_2\"]," \
	"\"purpose\":\"crime_prevention\",\"necessity\":\"assessment\"," \
	"\"section\":[\"concern\"]}"
#define KOMMUNE(basis, purpose) \
	"{\"role\":\"kom_tovholder\",\"relation\":\"kommune_of_subject\"," \
	"\"cooperation\":\"ssp\",\"basis\":[\"" basis "\"]," \
	"\"purpose\":\"" purpose "\",\"necessity\":\"assessment\"," \
	"\"section\":[\"concern\"]}"
#define ALARM \
	"{\"role\":\"pol_tovholder\",\"relation\":\"district_of_subject\"," \
	"\"cooperation\":\"none\",\"basis\":[\"dbl_8_2\"]," \
	"\"purpose\":\"avert_danger\",\"necessity\":\"imminent_danger\"," \
	"\"section\":[\"concern\"]}"

static const struct {
	const char *addressee, *urgency;
	size_t text_bytes;
	enum code want;
} kinds[MAIL_KINDS] = {
	[MAIL_LAWFUL] = { POLICE "," KOMMUNE("rpl_115_2", "crime_prevention"),
	    "ordinary", 40, CODE_OK },
	[MAIL_LONG] = { POLICE "," KOMMUNE("rpl_115_2", "crime_prevention"),
	    "ordinary", 20000, CODE_OK },
	[MAIL_ACUTE] = { ALARM, "acute", 40, CODE_OK },
	[MAIL_PROHIBITED] = { KOMMUNE("rpl_115_2", "investigation"), "ordinary",
	    40, CODE_PROHIBITED },
	[MAIL_NO_PERMIT] = { KOMMUNE("rpl_115_1_1", "crime_prevention"),
	    "ordinary", 40, CODE_NO_PERMIT },
};

static PbDraft *
draft(struct exchange *x, enum mail_kind kind)
{
	char *fill = arena_alloc(x->arena, kinds[kind].text_bytes + 1);
	struct why why = { "" };
	PbDraft *d;
	char *text;

	memset(fill, 'x', kinds[kind].text_bytes);
	text = arena_printf(x->arena,
	    "{\"kind\":\"concern\",\"role\":\"jobcenter\",\"urgency\":\"%s\","
	    "\"grounds\":{\"bopaelskommune\":\"0101\",\"age\":\"adult\","
	    "\"source\":\"jobcenter\",\"necessity\":\"fiktiv\"},"
	    "\"addressee\":[%s],"
	    "\"sections\":{\"concern\":{\"text\":\"fiktiv %s\"}}}",
	    kinds[kind].urgency, kinds[kind].addressee, fill);
	if (json_parse(x->arena, &pb_draft__descriptor, bytes_str(text),
		peer_now_ms(), (ProtobufCMessage **)&d, &why) != ERR_OK) {
		fprintf(stderr, "exchange: %s\n", why.text);
		abort();
	}
	return d;
}

void
exchange_write(struct exchange *x, enum mail_kind kind)
{
	struct mail *m = &x->mail[x->n_mail++];
	struct seat *s = &x->seat[0];
	struct defect defect = { .field = "" };
	struct why why = { "" };

	if (x->n_mail > MAILS)
		abort();
	*m = (struct mail){ .want = kinds[kind].want };
	if (draft_message(x->arena, draft(x, kind), s->home->node, 0,
		peer_now_ms(), s->peer.signer, &m->message, &m->id,
		&why) != ERR_OK ||
	    envelope_open(x->arena, m->message, &m->env, &defect, NULL, NULL) !=
		CODE_OK) {
		fprintf(stderr, "exchange: %s\n", why.text);
		abort();
	}
}
