/*
 * SPDX-License-Identifier: MIT
 *
 * seat_receive: what a seat receives, checked as a real one checks it; see
 * seat.h. Implements what world.h wants of the seats.
 */
#include "seat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger/vault.h"
#include "people.h"
#include "proto/digest.h"

static struct bytes
view(ProtobufCBinaryData b)
{
	return bytes_of(b.data, b.len);
}

static struct got *
add_got(struct seat *s, enum got_kind kind)
{
	struct got *g = calloc(1, sizeof *g);

	if (g == NULL)
		people_must(ERR_NOMEM, NULL);
	g->kind = kind;
	g->arena = NULL;
	*s->last = g;
	s->last = &g->next;
	return g;
}

static void
wrong(struct seat *s, const char *what, const char *why)
{
	seats_fault(s->all, "%s: what core said does not verify: %s: %s",
	    s->name, what, why);
}

static void
take_welcome(struct seat *s, struct arena *a, const struct frame *f)
{
	PbWelcome *w;

	if (ENVELOPE_UNPACK(a, welcome, f->payload, &w, NULL) != CODE_OK ||
	    w->session.len != ID_SIZE || w->random.len != sizeof s->knock ||
	    memcmp(w->random.data, s->knock, sizeof s->knock) != 0) {
		wrong(s, "welcome", "not of this knock");
		return;
	}
	memcpy(s->session.b, w->session.data, ID_SIZE);
	s->in = s->out = 0;
	s->welcomed = true;
	(void)add_got(s, GOT_WELCOME);
}

static void
take_ready(struct seat *s, struct arena *a, const struct frame *f)
{
	struct trust_step step;
	struct why why = { "" };
	PbReady *r;

	if (ENVELOPE_UNPACK(a, ready, f->payload, &r, NULL) != CODE_OK ||
	    trust_judge(&s->trust, view(r->checkpoint), s->trust.known.size,
		r->consistency, r->n_consistency, &step, &why) != INFOHUS_OK) {
		wrong(s, "ready", why.text);
		return;
	}
	trust_take(&s->trust, &step);
	s->ready = true;
	(void)add_got(s, GOT_READY);
}

/*
 * A message of that id; of several, which only a hostile client makes, the
 * one that was recorded.
 */
static struct message *
message_of(struct seats *s, const struct id *id, const struct node *sender,
    const struct digest *header)
{
	struct message *found = NULL;

	for (struct message *m = s->message; m != NULL; m = m->next) {
		if (!m->opens || !id_eq(&m->id, id) || m->sender != sender)
			continue;
		if (digest_eq(&m->env.header_digest, header))
			return m;
		found = m;
	}
	return found;
}

/* An entry that was shown once is that entry for ever. */
static void
note_entry(struct seat *s, struct message *m, uint64_t index,
    ProtobufCBinaryData entry)
{
	struct bytes e = view(entry);
	struct digest d = digest_of(&e, 1);

	if (m->recorded && (m->index != index || !digest_eq(&m->entry, &d)))
		seats_fault(s->all,
		    "%s: message %s had entry %" PRIu64
		    " and now has entry %" PRIu64,
		    s->name, m->label, m->index, index);
	m->recorded = true;
	m->index = index;
	m->entry = d;
}

/* The message of a receipt: sent by this seat in this session. */
static struct message *
sent_message(struct seat *s, struct arena *a, const PbReceipt *r)
{
	struct message *found = NULL, *m;
	PbEntry *e;

	if (r->message_id.len != ID_SIZE ||
	    ENVELOPE_UNPACK(a, entry, view(r->entry), &e, NULL) != CODE_OK ||
	    e->subject.len != DIGEST_SIZE)
		return NULL;
	for (size_t i = 0; i < SEAT_FRAMES; i++) {
		m = s->sent[i];
		if (m == NULL || !m->opens ||
		    memcmp(m->id.b, r->message_id.data, ID_SIZE) != 0)
			continue;
		if (memcmp(m->env.header_digest.b, e->subject.data,
			DIGEST_SIZE) == 0)
			return m;
		found = m;
	}
	return found;
}

static void
take_receipt(struct seat *s, struct arena *a, const struct frame *f)
{
	struct check c = { a, &s->home, &s->trust, &s->vetted };
	struct check_receipt *r = arena_alloc(a, sizeof *r);
	struct why why = { "" };
	struct message *m;
	struct got *g;
	PbReceipt *p;

	if (ENVELOPE_UNPACK(a, receipt, f->payload, &p, NULL) != CODE_OK) {
		wrong(s, "receipt", "does not read");
		return;
	}
	m = sent_message(s, a, p);
	if (m == NULL) {
		wrong(s, "receipt", "of nothing it has sent");
		return;
	}
	if (check_receipt(&c, &m->env, p, r, &why) != INFOHUS_OK) {
		wrong(s, m->label, why.text);
		return;
	}
	trust_take(&s->trust, &r->proven.step);
	note_entry(s, m, p->index, p->entry);
	for (size_t i = 0; m->has_must && i < r->n_verdict; i++)
		if (r->verdict[i].verdict->outcome != m->must)
			seats_fault(s->all, "%s: message %s must be %s",
			    s->name, m->label,
			    m->must == OUTCOME_PERMIT ? "permitted" :
							"refused");
	g = add_got(s, GOT_RECEIPT);
	g->receipt = r;
	g->m = m;
	s->all->receipts++;
}

static void
take_reject(struct seat *s, struct arena *a, const struct frame *f)
{
	struct check c = { a, &s->home, &s->trust, &s->vetted };
	struct why why = { "" };
	PbRejectBody *body;
	PbReject *r;
	struct got *g;

	if (ENVELOPE_UNPACK(a, reject, f->payload, &r, NULL) != CODE_OK ||
	    check_reject(&c, &s->session, r, &body, &why) != INFOHUS_OK) {
		wrong(s, "reject", why.text);
		return;
	}
	g = add_got(s, GOT_REJECT);
	g->code = (enum code)body->code;
	if (body->counter <= s->out)
		g->m = s->sent[body->counter % SEAT_FRAMES];
	if (body->field != NULL)
		snprintf(g->field, sizeof g->field, "%s", body->field);
	s->all->rejects++;
}

/* The entry that says so is on disk before a byte of the offer left. */
static void check_recorded(struct seat *s, const struct check_offer *o);

static void
take_offer(struct seat *s, struct arena *a, const struct frame *f)
{
	struct check c = { a, &s->home, &s->trust, &s->vetted };
	struct check_offer *o = arena_alloc(a, sizeof *o);
	struct why why = { "" };
	bool for_ever;
	struct got *g;
	PbOffer *p;
	struct id id;

	if (ENVELOPE_UNPACK(a, offer, f->payload, &p, NULL) != CODE_OK ||
	    check_offer_log(&c, p, o, &why) != INFOHUS_OK ||
	    check_offer_message(&c, o, &for_ever, &why) != INFOHUS_OK) {
		wrong(s, "offer", why.text);
		return;
	}
	trust_take(&s->trust, &o->proven.step);
	memcpy(id.b, o->env.header->message_id.data, ID_SIZE);
	g = add_got(s, GOT_OFFER);
	g->offer = o;
	for (struct node *n = s->all->node; n != NULL; n = n->next)
		if (strcmp(n->id, o->env.header->sender) == 0)
			g->m = message_of(s->all, &id, n, &o->header_digest);
	if (g->m != NULL)
		note_entry(s, g->m, p->index, p->entry);
	if (g->m != NULL && g->m->has_must && g->m->must == OUTCOME_REFUSE)
		seats_fault(s->all, "%s: was offered %s, which must be refused",
		    s->name, g->m->label);
	check_recorded(s, o);
	s->all->offers++;
	if (s->takes_all) {
		struct ack ack = { .offer = g };

		g->read = true;
		seat_ack(s, &ack, 1);
	}
}

static bool
is_offered(struct txn *t, struct arena *a, uint64_t index, uint64_t of,
    const char *node)
{
	struct bytes packed;
	struct digest d;
	PbEntry *e;
	PbOpening *o;
	PbDetails *details;

	if (ledger_entry(t, a, index, &packed) != ERR_OK ||
	    ENVELOPE_UNPACK(a, entry, packed, &e, NULL) != CODE_OK ||
	    e->kind != ENTRY_KIND_OFFERED || !e->has_details)
		return false;
	memcpy(d.b, e->details.data, DIGEST_SIZE);
	return vault_open(t, a, &d, &o) == ERR_OK &&
	    ENVELOPE_UNPACK(a, details, view(o->part), &details, NULL) ==
	    CODE_OK &&
	    details->has_of && details->of == of && details->node != NULL &&
	    strcmp(details->node, node) == 0;
}

static void
check_recorded(struct seat *s, const struct check_offer *o)
{
	struct store *store = s->all->world->core.store;
	struct arena *a = seats_arena();
	bool found = false;
	struct txn *t;

	if (store_read(store, &t, NULL) == ERR_OK) {
		for (uint64_t i = ledger_size(t); i-- > 0 && !found;)
			found = is_offered(
			    t, a, i, o->offer->index, s->node->id);
		store_abort(t);
	}
	arena_free(a);
	if (!found)
		seats_fault(s->all,
		    "%s: the offer of entry %" PRIu64
		    " left before an entry said so",
		    s->name, o->offer->index);
}

static void
take_range(struct seat *s, struct arena *a, const struct frame *f)
{
	PbRange *r;
	struct got *g;

	if (ENVELOPE_UNPACK(a, range, f->payload, &r, NULL) != CODE_OK) {
		wrong(s, "range", "does not read");
		return;
	}
	g = add_got(s, GOT_RANGE);
	g->first = r->first;
	g->count = r->n_entry;
}

static void
take_frame(struct seat *s, struct arena *a, const struct frame *f)
{
	switch (f->type) {
	case FRAME_TYPE_WELCOME:
		take_welcome(s, a, f);
		break;
	case FRAME_TYPE_READY:
		take_ready(s, a, f);
		break;
	case FRAME_TYPE_RECEIPT:
		take_receipt(s, a, f);
		break;
	case FRAME_TYPE_REJECT:
		take_reject(s, a, f);
		break;
	case FRAME_TYPE_OFFER:
		take_offer(s, a, f);
		break;
	case FRAME_TYPE_RANGE:
		take_range(s, a, f);
		break;
	case FRAME_TYPE_PING:
		(void)add_got(s, GOT_PONG);
		break;
	case FRAME_TYPE_BYE:
		s->welcomed = s->ready = false;
		(void)add_got(s, GOT_BYE);
		break;
	default:
		wrong(s, "frame", "of no type that core sends");
		break;
	}
}

static struct seat *
seat_at(struct seats *all, unsigned door, uint32_t connection)
{
	struct seat *s = all->seat;

	while (s != NULL && (s->door != door || s->connection != connection))
		s = s->next;
	return s;
}

static void
tell_transcript(struct seat *s, struct got *g)
{
	char *text;

	if (s->all->transcript == NULL || g == NULL)
		return;
	text = got_text(g);
	fprintf(s->all->transcript, "\t%s: %s\n", s->name, text);
	free(text);
}

void
seats_take(void *seats, unsigned door, uint32_t connection, struct bytes sealed)
{
	struct seat *s = seat_at(seats, door, connection);
	struct got **at;
	struct arena *a;
	struct frame f;
	uint8_t *plain;

	if (s == NULL)
		return;
	a = seats_arena();
	plain = arena_alloc(a, sealed.len + 1);
	if (box_open(&f, plain, sealed, &s->home.box) != ERR_OK) {
		wrong(s, "frame", "its box does not open");
		arena_free(a);
		return;
	}
	if (f.type != FRAME_TYPE_WELCOME &&
	    (!id_eq(&f.session, &s->session) || f.counter != ++s->in))
		wrong(s, "frame", "its counter does not follow");
	at = s->last;
	take_frame(s, a, &f);
	if (*at != NULL && (*at)->arena == NULL)
		(*at)->arena = a;
	else
		arena_free(a);
	tell_transcript(s, *at);
}

void
seats_lost(void *seats, unsigned door, uint32_t connection)
{
	struct seat *s = seat_at(seats, door, connection);

	if (s == NULL)
		return;
	s->connection = 0;
	s->welcomed = s->ready = false;
	tell_transcript(s, add_got(s, GOT_LOST));
}

void
seats_untold(void *seats)
{
	seats_fault(seats, "core would wait, and has not woken its front");
}

void
seats_overslept(void *seats, unsigned ms, const char *due)
{
	seats_fault(seats, "core would wait %u ms, over its %s", ms, due);
}
