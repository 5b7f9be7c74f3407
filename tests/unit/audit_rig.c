/*
 * SPDX-License-Identifier: MIT
 *
 * audit_rig: see audit_rig.h.
 */
#include "audit_rig.h"

#include <dirent.h>

#include "daemon/core/admin.h"
#include "daemon/core/adopt.h"
#include "daemon/core/decider.h"
#include "daemon/core/frames.h"
#include "daemon/core/r9_offer.h"
#include "daemon/ledger/mailbox.h"
#include "proto/digest.h"
#include "proto/draft.h"
#include "proto/json.h"
#include "proto/taxonomy.h"
#include "tests/common/say.h"

#define EXAMPLES "config/examples"
#define NODES "tests/demo/nodes"
#define TEXT_MAX ((size_t)256 * 1024)
#define PLENTY (1ull << 40)

static struct bytes
read_file(struct rig *r, const char *path)
{
	uint8_t *text = arena_alloc(r->s->arena, TEXT_MAX);
	FILE *f = fopen(path, "r");
	size_t len;

	if (f == NULL || text == NULL)
		fail_msg("cannot read %s: run from the top folder", path);
	len = fread(text, 1, TEXT_MAX, f);
	fclose(f);
	return bytes_of(text, len);
}

static void
write_file(const char *path, struct bytes content)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(content.data, 1, content.len, f), content.len);
	assert_int_equal(fclose(f), 0);
}

static struct signer *
issue(struct rig *r, const char *name, const struct signer *issuer)
{
	const char *key = arena_printf(
	    r->s->arena, "%s/%s.key", r->s->dir, name);
	const char *pem = arena_printf(
	    r->s->arena, "%s/%s.pem", r->s->dir, name);
	struct signer *made = NULL;
	struct why why;

	if (keys_issue(key, pem, KEY_ED25519, name, NULL, NULL, issuer, 30,
		&why) != ERR_OK ||
	    signer_load(&made, key, pem, &why) != ERR_OK)
		fail_msg("certificate: %s", why.text);
	return made;
}

/* Packed Approved of body, signed by custodians a and b. */
static struct bytes
approve(struct rig *r, unsigned kind, struct bytes body, int a, int b)
{
	struct bytes tag = kind == OBJECT_CARD ? TAG(TAG_CARD) :
						 TAG(TAG_APPROVAL);
	PbApproved approved = PB_APPROVED__INIT;
	PbApproval *approval[2];
	struct bytes object, out;
	const int who[2] = { a, b };
	int i;

	assert_err(envelope_wrap(r->s->arena, kind, body, &object), ERR_OK);
	assert_int_equal(ENVELOPE_UNPACK(r->s->arena, object, object,
			     &approved.object, NULL),
	    CODE_OK);
	for (i = 0; i < 2; i++)
		assert_err(sign_approve(r->s->arena, tag, object,
			       clock_now(&r->core.clock), r->custodian[who[i]],
			       &approval[i]),
		    ERR_OK);
	approved.approval = approval;
	approved.n_approval = 2;
	assert_err(envelope_pack(r->s->arena, &approved, &out), ERR_OK);
	return out;
}

/* --------------------------------------------------------------------- law */

void
rig_custodians(struct rig *r, int a, int b)
{
	struct law_files *f = &r->config.law;
	const int who[2] = { a, b };
	int i;

	for (i = 0; i < 2; i++)
		f->custodian[i] = arena_printf(
		    r->s->arena, "%s/custodian-%d.pem", r->s->dir, who[i]);
	f->n_custodian = 2;
}

static struct law *
load_law(struct rig *r, int a, int b)
{
	struct problems p = { .count = 0 };
	struct bytes manifest;
	struct law *law;
	struct why why;

	if (law_manifest(r->s->arena, &r->config.law, &manifest, &why) !=
	    ERR_OK)
		fail_msg("law_manifest: %s", why.text);
	write_file(r->config.law.manifest,
	    approve(r, OBJECT_MANIFEST, manifest, a, b));
	law = law_load(&r->config.law, true, &p);
	if (law == NULL)
		fail_msg("law_load: %s", p.text);
	problems_free(&p);
	return law;
}

void
rig_adopt(struct rig *r, int a, int b)
{
	struct why why;

	if (adopt_law(&r->core, load_law(r, a, b), &why) != ERR_OK)
		fail_msg("adopt_law: %s", why.text);
}

void
rig_force(struct rig *r, int a, int b)
{
	law_unref(r->core.law);
	r->core.law = load_law(r, a, b);
	rig_adopt(r, a, b);
}

static void
make_law(struct rig *r)
{
	static const char *const name[] = { "rules", "places", "workflow",
		"invariants" };
	struct law_files *f = &r->config.law;
	const char **path[] = { &f->rules, &f->places, &f->workflow,
		&f->invariants };
	char from[64];
	size_t i;

	for (i = 0; i < 4; i++) {
		*path[i] = arena_printf(
		    r->s->arena, "%s/%s.yaml", r->s->dir, name[i]);
		(void)snprintf(from, sizeof(from), "config/%s.yaml", name[i]);
		write_file(*path[i], read_file(r, from));
	}
	f->anchor[0] = scratch_path(r->s, "ca.pem");
	f->n_anchor = 1;
	f->manifest = scratch_path(r->s, "manifest");
	rig_custodians(r, 0, 1);
}

/* -------------------------------------------------------------- open, close */

struct note_secret
rig_secret(void)
{
	static const uint8_t seed[32] = { 7 };
	struct note_secret secret;

	assert_err(note_secret_make(
		       &secret, RIG_ORIGIN, NOTE_TYPE_ED25519, seed, NULL),
	    ERR_OK);
	return secret;
}

const char *
rig_vkey(struct rig *r)
{
	struct note_secret secret = rig_secret();
	char *text = arena_alloc(r->s->arena, 256);

	assert_non_null(text);
	note_key_format(text, &secret.public);
	return text;
}

struct rig *
rig_open(struct scratch *s)
{
	struct rig *r;
	struct core *c;
	struct why why;
	char name[32];
	int i;

	arena_free(s->arena);
	assert_err(arena_new(&s->arena, (size_t)512 * 1024 * 1024), ERR_OK);
	r = arena_alloc(s->arena, sizeof(*r));
	assert_non_null(r);
	r->s = s;
	c = &r->core;
	r->ca = issue(r, "ca", NULL);
	for (i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "custodian-%d", i);
		r->custodian[i] = issue(r, name, r->ca);
	}
	r->config.doors = RIG_NODES;
	c->config = &r->config;
	c->store = s->store;
	c->notify_fd = -1;
	c->person_key[0] = 9;
	c->online = arena_alloc(s->arena, (RIG_NODES + 1) * sizeof(*c->online));
	c->log_key = rig_secret();
	clock_start(&c->clock, 0);
	make_law(r);
	c->law = load_law(r, 0, 1);
	if (ledger_open(&c->ledger, c->store, &c->log_key,
		scratch_path(s, "low-water"), &why) != ERR_OK ||
	    outbox_new(&c->outbox, &why) != ERR_OK)
		fail_msg("%s", why.text);
	struct txn *t = scratch_read(s);
	assert_err(registry_load(&c->registry, t, &why), ERR_OK);
	store_abort(t);
	if (decider_start(c, &why) != ERR_OK)
		fail_msg("decider_start: %s", why.text);
	return r;
}

/* Nobody reads what core would send. */
static void
drain(struct rig *r)
{
	struct out *x = outbox_take(r->core.outbox), *next;

	for (; x != NULL; x = next) {
		next = x->next;
		out_free(x);
	}
}

void
rig_close(struct rig *r)
{
	struct core *c = &r->core;
	size_t i;

	drain(r);
	outbox_free(c->outbox);
	core_free_flights(c);
	registry_unref(c->registry);
	ledger_close(c->ledger);
	law_unref(c->law);
	note_secret_wipe(&c->log_key);
	for (i = 0; i < r->n_node; i++)
		signer_free(r->node[i].signer);
	for (i = 0; i < 4; i++)
		signer_free(r->custodian[i]);
	signer_free(r->ca);
	store_close(r->s->store);
	r->s->store = NULL;
}

/* ------------------------------------------------------------------- nodes */

static void
admit(struct rig *r, struct bytes approved)
{
	struct job *j = job_new(JOB_ADMIN, 1024 * 1024);
	char *text = arena_alloc(r->s->arena, base64_size(approved.len));
	struct why why;
	const char *line;

	assert_true(j != NULL && text != NULL);
	base64_encode(text, approved);
	line = arena_printf(
	    r->s->arena, "{\"command\":\"admit\",\"object\":\"%s\"}", text);
	assert_non_null(line);
	j->payload = bytes_str(line);
	assert_err(admin_handle(&r->core, j, &why), ERR_OK);
	job_free(j);
	drain(r);
}

static uint64_t
instant(const char *text)
{
	uint64_t ms;

	assert_err(time_parse(&ms, text), ERR_OK);
	return ms;
}

/* "role@place:code,from=TIME,to=TIME", as `infohus node card` takes it. */
static void
grant(struct rig *r, PbCard *card, char *text)
{
	char *save = NULL, *head = strtok_r(text, ",", &save), *p;
	char *place = strchr(head, '@'), *code;
	int role, kind = 0;
	uint64_t from = 1, to = 0;

	code = place != NULL ? strchr(place, ':') : NULL;
	if (place != NULL)
		*place++ = '\0';
	if (code != NULL)
		*code++ = '\0';
	while ((p = strtok_r(NULL, ",", &save)) != NULL)
		if (strncmp(p, "from=", 5) == 0)
			from = instant(p + 5);
		else
			to = instant(p + 3);
	assert_err(taxonomy_number(&pb_role__descriptor, head, &role), ERR_OK);
	if (place != NULL)
		assert_err(
		    taxonomy_number(&pb_place_kind__descriptor, place, &kind),
		    ERR_OK);
	people_role(r->s, card, (PbRole)role, kind, code, from, to);
}

static void
admit_line(struct rig *r, char *line)
{
	char *save = NULL, *id = strtok_r(line, "|", &save), *roles = NULL;
	struct rig_node *n = &r->node[r->n_node];
	struct bytes packed;
	char name[32], *role;
	PbCard *card;
	int i;

	for (i = 0; i < 4; i++)
		roles = strtok_r(NULL, "|", &save);
	assert_true(id != NULL && roles != NULL && r->n_node < RIG_NODES);
	id[strcspn(id, " ")] = '\0';
	(void)snprintf(n->id, sizeof(n->id), "%s", id);
	(void)snprintf(name, sizeof(name), "node-%zu", r->n_node);
	n->signer = issue(r, name, r->ca);
	card = people_card(r->s, n->id, 1, cert_der(signer_cert(n->signer)));
	for (role = strtok_r(roles, " \n", &save); role != NULL;
	     role = strtok_r(NULL, " \n", &save))
		grant(r, card, arena_strdup(r->s->arena, role));
	people_seat(r->s, card, "cli", (uint8_t)++r->n_node);
	assert_err(envelope_pack(r->s->arena, card, &packed), ERR_OK);
	admit(r, approve(r, OBJECT_CARD, packed, 0, 1));
	if (registry_find(r->core.registry, n->id) == NULL)
		fail_msg("%s was not admitted", n->id);
}

void
rig_admit_all(struct rig *r)
{
	FILE *f = fopen(NODES, "r");
	char line[1024];

	if (f == NULL)
		fail_msg("cannot read " NODES ": run from the top folder");
	while (fgets(line, sizeof(line), f) != NULL)
		if (line[0] != '#' && line[0] != '\n')
			admit_line(r, arena_strdup(r->s->arena, line));
	fclose(f);
}

void
rig_suspend(struct rig *r, const char *node)
{
	PbSuspension s = PB_SUSPENSION__INIT;
	struct bytes packed;

	s.node = (char *)node;
	s.serial = 1;
	s.reason_code = (char *)"test";
	assert_err(envelope_pack(r->s->arena, &s, &packed), ERR_OK);
	admit(r, approve(r, OBJECT_SUSPENSION, packed, 0, 1));
	assert_true(registry_find(r->core.registry, node)->suspended);
}

/* ---------------------------------------------------------------- messages */

static struct online *
online(
    struct rig *r, const char *id, const struct signer **signer, unsigned *door)
{
	struct online *o;
	size_t i;

	for (i = 0; i < r->n_node; i++)
		if (strcmp(r->node[i].id, id) == 0)
			break;
	if (i == r->n_node)
		fail_msg("%s is not in " NODES, id);
	*signer = r->node[i].signer;
	*door = (unsigned)i + 1;
	o = &r->core.online[*door];
	o->node = registry_find(r->core.registry, id);
	o->ready = true;
	o->key_until_ms = 0;
	return o;
}

static void
handle(struct rig *r, struct job *j)
{
	struct batch b;
	struct why why;

	if (core_begin(&r->core, &b, &why) != ERR_OK ||
	    frames_handle(&b, j) != ERR_OK || core_commit(&b, &why) != ERR_OK)
		fail_msg("a batch failed: %s", why.text);
	core_abort(&b);
	job_free(j);
	drain(r);
}

static void
play(struct rig *r, const char *file)
{
	struct job *j = job_new(JOB_FRAME, PARSE_ARENA);
	const struct signer *signer;
	struct bytes message;
	PbDraft *draft;
	struct why why;
	struct id id;

	assert_non_null(j);
	if (json_parse(r->s->arena, &pb_draft__descriptor, read_file(r, file),
		clock_now(&r->core.clock), (ProtobufCMessage **)&draft,
		&why) != ERR_OK)
		fail_msg("%s: %s", file, why.text);
	(void)online(r, draft->from, &signer, &j->door);
	if (draft_message(r->s->arena, draft, draft->from, 0,
		r->core.clock.last_ms, signer, &message, &id, &why) != ERR_OK)
		fail_msg("%s: %s", file, why.text);
	j->type = FRAME_TYPE_SUBMIT;
	j->code = envelope_open(
	    j->arena, message, &j->env, &j->defect, &j->message_id, &j->has_id);
	if (j->code != CODE_OK)
		fail_msg("%s: %s", file, code_name(j->code));
	handle(r, j);
}

static int
is_json(const struct dirent *d)
{
	return strstr(d->d_name, ".json") != NULL;
}

void
rig_play(struct rig *r, size_t n)
{
	struct dirent **list;
	char path[300];
	int found, i;

	found = scandir(EXAMPLES, &list, is_json, alphasort);
	if (found <= 0)
		fail_msg("no examples: run from the top folder");
	for (i = 0; i < found; i++) {
		(void)snprintf(
		    path, sizeof(path), EXAMPLES "/%s", list[i]->d_name);
		if ((size_t)i < n)
			play(r, path);
		free(list[i]);
	}
	free(list);
}

/* ------------------------------------------------------------------- acks */

static void
acknowledge(struct rig *r, const char *node, const PbMailboxItem *item)
{
	const struct checkpoint *k = ledger_checkpoint(r->core.ledger);
	struct job *j = job_new(JOB_FRAME, PARSE_ARENA);
	struct arena *a = r->s->arena;
	PbAckBody *body = arena_alloc(a, sizeof(*body));
	PbAcks *acks = arena_alloc(a, sizeof(*acks));
	const struct signer *signer;
	PbAck *ack;

	assert_true(j != NULL && body != NULL && acks != NULL);
	(void)online(r, node, &signer, &j->door);
	pb_ack_body__init(body);
	pb_acks__init(acks);
	body->index = item->index;
	body->header = item->header;
	body->commitment = item->part;
	body->n_commitment = item->n_part;
	body->size = k->size;
	body->root = pb_bytes(
	    arena_dup(a, bytes_of(k->root.b, DIGEST_SIZE)), DIGEST_SIZE);
	assert_err(say_ack(a, body, signer, &ack), ERR_OK);
	acks->ack = arena_dup(a, bytes_of(&ack, sizeof(ack)));
	acks->n_ack = 1;
	j->type = FRAME_TYPE_ACK;
	j->node = registry_find(r->core.registry, node);
	j->seat = &j->node->seat[0];
	j->acks = acks;
	j->ack_body = arena_dup(a, bytes_of(&body, sizeof(body)));
	handle(r, j);
}

struct offered {
	const PbMailboxItem *item[512];
	size_t n;
};

static bool
collect(void *ctx, const PbMailboxItem *item)
{
	struct offered *o = ctx;

	if (item->has_offered && o->n < 512)
		o->item[o->n++] = item;
	return true;
}

static void
offer_all(struct rig *r)
{
	const struct signer *signer;
	struct batch b;
	struct why why;
	unsigned door;
	size_t i, l;

	for (i = 0; i < r->n_node; i++) {
		struct online *o = online(r, r->node[i].id, &signer, &door);

		o->lanes = 3;
		for (l = 0; l < LANES; l++)
			o->credit_messages[l] = o->credit_bytes[l] = PLENTY;
		o->ready = !o->node->suspended;
	}
	if (core_begin(&r->core, &b, &why) != ERR_OK ||
	    r9_record(&b) != ERR_OK || core_commit(&b, &why) != ERR_OK)
		fail_msg("offers: %s", why.text);
	core_abort(&b);
	drain(r);
}

void
rig_deliver(struct rig *r)
{
	struct offered *o = arena_alloc(r->s->arena, sizeof(*o));
	struct txn *t;
	size_t i, k, l;

	assert_non_null(o);
	offer_all(r);
	for (i = 0; i < r->n_node; i++) {
		o->n = 0;
		t = scratch_read(r->s);
		for (l = 0; l < LANES; l++)
			assert_err(mailbox_walk(t, r->s->arena, r->node[i].id,
				       (PbLane)l, 0, collect, o),
			    ERR_OK);
		store_abort(t);
		for (k = 0; k < o->n; k++)
			acknowledge(r, r->node[i].id, o->item[k]);
	}
}
