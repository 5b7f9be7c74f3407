/*
 * SPDX-License-Identifier: MIT
 *
 * seat: see seat.h.
 */
#include "seat.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger/vault.h"
#include "machine_memory.h"
#include "people.h"
#include "proto/digest.h"
#include "proto/taxonomy.h"

#define GOT_ARENA (8u << 20)

static ProtobufCBinaryData
binary(struct bytes b)
{
	return (ProtobufCBinaryData){ b.len, (uint8_t *)(uintptr_t)b.data };
}

static struct bytes
view(ProtobufCBinaryData b)
{
	return bytes_of(b.data, b.len);
}

static struct arena *
new_arena(void)
{
	struct arena *a;

	people_must(arena_new(&a, GOT_ARENA), NULL);
	return a;
}

/* ------------------------------------------------------------------ seats */

void
seats_new(struct seats *s, struct world *w)
{
	memset(s, 0, sizeof *s);
	s->world = w;
	w->seats = s;
}

static void
free_gots(struct seat *s)
{
	struct got *g = s->first, *next;

	for (; g != NULL; g = next) {
		next = g->next;
		arena_free(g->arena);
		free(g);
	}
	s->first = NULL;
	s->last = &s->first;
}

void
seats_free(struct seats *s)
{
	struct message *m;
	struct node *n;
	struct seat *x;

	while ((x = s->seat) != NULL) {
		s->seat = x->next;
		free_gots(x);
		vetted_clear(&x->vetted);
		free(x);
	}
	while ((m = s->message) != NULL) {
		s->message = m->next;
		arena_free(m->arena);
		free(m);
	}
	while ((n = s->node) != NULL) {
		s->node = n->next;
		free(n);
	}
}

void
seats_fault(struct seats *s, const char *fmt, ...)
{
	va_list ap;

	if (s->fault[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(s->fault, sizeof s->fault, fmt, ap);
	va_end(ap);
}

struct node *
seats_node(struct seats *s, const char *alias)
{
	struct node *n = s->node;

	while (n != NULL && strcmp(n->alias, alias) != 0)
		n = n->next;
	return n;
}

struct message *
seats_message(struct seats *s, const char *label)
{
	struct message *m = s->message;

	while (m != NULL && strcmp(m->label, label) != 0)
		m = m->next;
	return m;
}

struct message *
seats_message_new(struct seats *s, const char *label)
{
	struct message *m = calloc(1, sizeof *m);

	if (m == NULL)
		people_must(ERR_NOMEM, NULL);
	snprintf(m->label, sizeof m->label, "%s", label);
	m->arena = new_arena();
	m->next = s->message;
	s->message = m;
	return m;
}

/* ------------------------------------------------------------------ nodes */

const struct signer *
node_signer(const struct node *n)
{
	return people_signer(
	    n->id, n->certificate, n->certificate_to, n->chain);
}

static void
seat_secret(
    uint8_t out[32], const struct node *n, const char *seat, const char *what)
{
	char name[64];

	snprintf(name, sizeof name, "%s %s %u", seat, what, n->keys);
	people_secret(out, n->id, name);
}

/* "role@place:code,from=TIME,to=TIME" was checked when it was read. */
static PbRoleGrant *
make_grant(struct arena *a, const char *text)
{
	PbRoleGrant *g = arena_alloc(a, sizeof *g);
	char *copy = arena_strdup(a, text), *save = NULL, *p, *place, *code;
	int number = 0;

	pb_role_grant__init(g);
	p = strtok_r(copy, ",", &save);
	place = strchr(p, '@');
	if (place != NULL)
		*place++ = '\0';
	code = place != NULL ? strchr(place, ':') : NULL;
	if (code != NULL)
		*code++ = '\0';
	(void)!taxonomy_number(&pb_role__descriptor, p, &number);
	g->role = (PbRole)number;
	if (place != NULL &&
	    taxonomy_number(&pb_place_kind__descriptor, place, &number) ==
		ERR_OK) {
		g->has_place = true;
		g->place = (PbPlaceKind)number;
		g->code = code;
	}
	g->from = 1;
	while ((p = strtok_r(NULL, ",", &save)) != NULL)
		if (strncmp(p, "from=", 5) == 0) {
			(void)!time_parse(&g->from, p + 5);
		} else {
			g->has_to = true;
			(void)!time_parse(&g->to, p + 3);
		}
	return g;
}

static PbSeat *
make_seat(struct arena *a, const struct node *n, const char *name)
{
	PbSeat *s = arena_alloc(a, sizeof *s);
	uint8_t *keys = arena_alloc(a, 64), secret[32];

	pb_seat__init(s);
	s->name = arena_strdup(a, name);
	seat_secret(secret, n, name, "curve");
	box_public(keys, secret);
	seat_secret(secret, n, name, "box");
	box_public(keys + 32, secret);
	s->curve = (ProtobufCBinaryData){ 32, keys };
	s->box = (ProtobufCBinaryData){ 32, keys + 32 };
	return s;
}

struct bytes
node_card(struct arena *a, const struct node *n, unsigned who)
{
	struct bytes der = cert_der(signer_cert(node_signer(n))), packed;
	PbCard c = PB_CARD__INIT;
	PbRoleGrant *role[NODE_ROLES];
	PbSeat *seat[NODE_SEATS];

	c.node = (char *)(uintptr_t)n->id;
	c.display_name = (char *)(uintptr_t) "A node of a replay";
	c.certificate = binary(der);
	c.serial = n->serial;
	for (size_t i = 0; i < n->n_role; i++)
		role[i] = make_grant(a, n->role[i]);
	for (size_t i = 0; i < n->n_seat; i++)
		seat[i] = make_seat(a, n, n->seat[i]);
	c.role = role;
	c.n_role = n->n_role;
	c.seat = seat;
	c.n_seat = n->n_seat;
	people_must(envelope_pack(a, &c, &packed), NULL);
	return people_approve(a, OBJECT_CARD, packed, who, machine_wall_ms());
}

/* ------------------------------------------------------------------- seat */

/* What it is, as its home folder would say; keys may have changed. */
static void
make_home(struct seat *s)
{
	struct home *h = &s->home;
	uint8_t secret[32], public[32];
	struct note_secret log;

	snprintf(h->node, sizeof h->node, "%s", s->node->id);
	snprintf(h->seat, sizeof h->seat, "%s", s->seat);
	people_secret(secret, "core", "log");
	people_must(note_secret_make(
			&log, WORLD_ORIGIN, NOTE_TYPE_ED25519, secret, NULL),
	    NULL);
	h->log = log.public;
	note_secret_wipe(&log);
	h->n_custodian = PEOPLE_CUSTODIANS;
	for (unsigned i = 0; i < PEOPLE_CUSTODIANS; i++)
		h->custodian[i] = people_custodian(i);
	box_public(public, s->all->world->box_secret);
	seat_secret(secret, s->node, s->seat, "box");
	people_must(box_key_make(&h->box, public, secret), NULL);
	s->trust.log = &h->log;
}

static void
find_door(struct seat *s)
{
	const struct reg_node *n = NULL;

	s->door = 0;
	if (world_is_up(s->all->world))
		n = registry_find(s->all->world->core.registry, s->node->id);
	for (size_t i = 0; n != NULL && i < n->n_seat; i++)
		if (strcmp(n->seat[i].name, s->seat) == 0)
			s->door = n->seat[i].door;
}

struct seat *
seats_find(struct seats *all, const char *name)
{
	char full[2 * LABEL_MAX], alias[LABEL_MAX];
	struct node *n;
	struct seat *s;

	if (strlen(name) >= LABEL_MAX)
		return NULL;
	snprintf(alias, sizeof alias, "%.*s", (int)strcspn(name, "/#"), name);
	n = seats_node(all, alias);
	if (n == NULL)
		return NULL;
	if (strchr(name, '/') != NULL)
		snprintf(full, sizeof full, "%s", name);
	else
		snprintf(full, sizeof full, "%s/%s%s", alias, n->seat[0],
		    name + strlen(alias));
	if (strlen(full) >= LABEL_MAX)
		return NULL;
	for (s = all->seat; s != NULL; s = s->next)
		if (strcmp(s->name, full) == 0)
			return s;
	const char *seat = strchr(full, '/') + 1;
	size_t len = strcspn(seat, "#"), i = 0;
	while (i < n->n_seat &&
	    (strlen(n->seat[i]) != len || strncmp(n->seat[i], seat, len) != 0))
		i++;
	if (i == n->n_seat)
		return NULL;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		people_must(ERR_NOMEM, NULL);
	s->all = all;
	s->node = n;
	s->last = &s->first;
	snprintf(s->name, sizeof s->name, "%.39s", full);
	snprintf(s->seat, sizeof s->seat, "%s", n->seat[i]);
	s->next = all->seat;
	all->seat = s;
	return s;
}

/* ---------------------------------------------------------------- sending */

void
seat_raw(struct seat *s, struct bytes frame)
{
	if (world_send(s->all->world, s->door, s->connection, frame))
		world_run(s->all->world);
}

static void
send_at(struct seat *s, uint8_t lane, uint64_t counter, uint8_t type,
    struct bytes payload)
{
	struct frame f = { lane, s->session, counter, type, payload };
	uint8_t *sealed = malloc(BOX_OVERHEAD + payload.len);

	if (sealed == NULL)
		people_must(ERR_NOMEM, NULL);
	seat_raw(s, bytes_of(sealed, box_seal(sealed, &f, &s->home.box)));
	free(sealed);
}

void
seat_frame(struct seat *s, uint8_t lane, uint8_t type, bool counts,
    struct bytes payload)
{
	if (counts)
		s->out++;
	send_at(s, lane, s->out, type, payload);
}

void
seat_packed(struct seat *s, uint8_t type, const void *message)
{
	struct arena *a = new_arena();
	struct bytes packed;

	people_must(envelope_pack(a, message, &packed), NULL);
	seat_frame(s, LANE_CONTROL, type, true, packed);
	arena_free(a);
}

bool
seat_knock(struct seat *s)
{
	static const struct id zero;
	struct arena *a;
	struct bytes packed;

	make_home(s);
	find_door(s);
	s->connection = s->door == 0 ? 0 :
				       world_connect(s->all->world, s->door);
	s->welcomed = s->ready = false;
	s->session = zero;
	s->in = s->out = 0;
	memset(s->sent, 0, sizeof s->sent);
	if (s->connection == 0)
		return false;
	a = new_arena();
	randombytes_buf(s->knock, sizeof s->knock);
	people_must(say_knock(a, s->knock, &packed), NULL);
	send_at(s, LANE_CONTROL, 0, FRAME_TYPE_KNOCK, packed);
	arena_free(a);
	return true;
}

void
seat_hello(struct seat *s, const struct hello *h)
{
	struct say_hello say = { .session = s->session,
		.node = h->node != NULL ? h->node : s->node->id,
		.seat = h->seat != NULL ? h->seat : s->seat,
		.lanes = h->lanes,
		.known = s->trust.known,
		.signer = h->signer != NULL ? h->signer :
					      node_signer(s->node) };
	struct arena *a = new_arena();
	struct bytes packed;

	if (h->size != UINT64_MAX)
		say.known.size = h->size;
	people_must(say_hello(a, &say, &packed), NULL);
	seat_frame(s, LANE_CONTROL, FRAME_TYPE_HELLO, true, packed);
	arena_free(a);
}

void
seat_submit(struct seat *s, struct message *m, uint8_t lane)
{
	s->sent[(s->out + 1) % SEAT_FRAMES] = m;
	seat_frame(s, lane, FRAME_TYPE_SUBMIT, true, m->packed);
}

void
seat_credit(struct seat *s, uint8_t lane, uint64_t messages, uint64_t bytes)
{
	struct arena *a = new_arena();
	struct bytes packed;

	people_must(say_credit(a, lane, messages, bytes, &packed), NULL);
	seat_frame(s, LANE_CONTROL, FRAME_TYPE_CREDIT, true, packed);
	arena_free(a);
}

void
seat_drop(struct seat *s)
{
	uint32_t c = s->connection;

	s->connection = 0;
	s->welcomed = s->ready = false;
	if (c != 0)
		world_disconnect(s->all->world, s->door, c);
	world_run(s->all->world);
}

/* ------------------------------------------------------------------- acks */

static void
fill_ack(struct seat *s, struct arena *a, const struct ack *in, PbAckBody *body)
{
	const struct check_offer *o = in->offer->offer;
	const char *mangle = in->mangle != NULL ? in->mangle : "";

	people_must(
	    say_ack_body(a, o->offer, &o->header_digest, &s->trust.known, body),
	    NULL);
	if (in->nack) {
		body->has_code = true;
		body->code = in->code;
	}
	if (strcmp(mangle, "index") == 0)
		body->index = in->number;
	else if (strcmp(mangle, "header") == 0)
		body->header = body->root;
	else if (strcmp(mangle, "parts") == 0)
		body->n_commitment--;
	else if (strcmp(mangle, "size") == 0)
		body->size = in->number;
	else if (strcmp(mangle, "root") == 0)
		body->root = body->header;
	else if (strcmp(mangle, "code") == 0)
		body->has_code = !body->has_code;
	else if (strcmp(mangle, "person") == 0) {
		body->person = arena_alloc(a, in->number + 1);
		memset(body->person, 'x', in->number);
	}
}

static PbAck *
make_ack(struct seat *s, struct arena *a, const struct ack *in)
{
	PbAckBody body;
	PbAck *ack;

	fill_ack(s, a, in, &body);
	people_must(say_ack(a, &body, node_signer(s->node), &ack), NULL);
	if (in->mangle != NULL && strcmp(in->mangle, "signature") == 0)
		ack->signature->value.data[0] ^= 1;
	return ack;
}

void
seat_ack(struct seat *s, const struct ack *list, size_t n)
{
	PbAcks acks = PB_ACKS__INIT;
	struct arena *a = new_arena();
	bool twice = list[0].mangle != NULL &&
	    strcmp(list[0].mangle, "twice") == 0;

	acks.ack = arena_alloc(a, (n + 1) * sizeof acks.ack[0]);
	for (size_t i = 0; i < n; i++)
		acks.ack[acks.n_ack++] = make_ack(s, a, &list[i]);
	if (twice)
		acks.ack[acks.n_ack++] = acks.ack[0];
	seat_packed(s, list[0].nack ? FRAME_TYPE_NACK : FRAME_TYPE_ACK, &acks);
	arena_free(a);
}

const struct got *
seat_offer(const struct seat *s, const struct message *m)
{
	const struct got *found = NULL;

	for (const struct got *g = s->first; g != NULL; g = g->next)
		if (g->kind == GOT_OFFER && g->m == m)
			found = g;
	return found;
}

/* -------------------------------------------------------------- receiving */

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
	struct arena *a = new_arena();
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
	a = new_arena();
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
