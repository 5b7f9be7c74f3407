/*
 * SPDX-License-Identifier: MIT
 *
 * Every message of config/examples, in order, from its node of
 * tests/demo/nodes, through R2 and R4 to R8 on a store of its own, without
 * sockets. Each verdict must be the one the file expects: what the sender is
 * told, what really holds, and which node it leads to.
 */
#include <dirent.h>

#include "daemon/core/core.h"
#include "daemon/core/frames.h"
#include "daemon/ledger/vault.h"
#include "people.h"
#include "proto/draft.h"
#include "proto/json.h"
#include "proto/taxonomy.h"

#define EXAMPLES "config/examples"
#define NODES "tests/demo/nodes"
#define FILES_MAX 256
#define NODES_MAX 64
#define TEXT_MAX ((size_t)256 * 1024)

struct player {
	char id[NODE_MAX + 1];
	struct signer *signer;
	unsigned door;
};

struct stage {
	struct scratch *s;
	struct config config;
	struct core core;
	struct player player[NODES_MAX];
	size_t n_player;
	char *file[FILES_MAX];
	size_t n_file;
	unsigned faults, verdicts, refused;
};

/* -------------------------------------------------------------- the stage */

static struct bytes
read_file(struct arena *a, const char *path)
{
	uint8_t *text = arena_alloc(a, TEXT_MAX);
	FILE *f = fopen(path, "r");
	size_t len;

	if (f == NULL || text == NULL)
		fail_msg("cannot read %s: run from the top folder", path);
	len = fread(text, 1, TEXT_MAX, f);
	fclose(f);
	assert_true(len > 0 && len < TEXT_MAX);
	return bytes_of(text, len);
}

static uint64_t
instant(const char *text)
{
	uint64_t ms;

	if (time_parse(&ms, text) != ERR_OK)
		fail_msg("found %s, expected a time", text);
	return ms;
}

/* "role@place:code,from=TIME,to=TIME", as `infohus node card` takes it. */
static void
grant(struct stage *st, PbCard *card, char *text)
{
	char *save = NULL, *head = strtok_r(text, ",", &save);
	char *place = strchr(head, '@'), *code;
	int role, kind = 0;
	uint64_t from = 1, to = 0;

	code = place != NULL ? strchr(place, ':') : NULL;
	if (place != NULL)
		*place++ = '\0';
	if (code != NULL)
		*code++ = '\0';
	for (char *p = strtok_r(NULL, ",", &save); p != NULL;
	     p = strtok_r(NULL, ",", &save)) {
		if (strncmp(p, "from=", 5) == 0)
			from = instant(p + 5);
		else if (strncmp(p, "to=", 3) == 0)
			to = instant(p + 3);
		else
			fail_msg("found %s, expected from= or to=", p);
	}
	if (taxonomy_number(&pb_role__descriptor, head, &role) != ERR_OK ||
	    (place != NULL &&
		taxonomy_number(&pb_place_kind__descriptor, place, &kind) !=
		    ERR_OK))
		fail_msg("found %s, expected a role and a place", head);
	people_role(st->s, card, (PbRole)role, kind,
	    code != NULL ? arena_strdup(st->s->arena, code) : NULL, from, to);
}

static void
admit(struct stage *st, char *line)
{
	char *save = NULL, *id = strtok_r(line, "|", &save), *roles = NULL;
	struct player *p = &st->player[st->n_player];
	struct bytes certificate;
	PbCard *card;
	struct why why;
	struct txn *t;

	for (unsigned i = 0; i < 4; i++)
		roles = strtok_r(NULL, "|", &save);
	if (id == NULL || roles == NULL || st->n_player == NODES_MAX)
		fail_msg("%s: a line without five columns", NODES);
	id[strcspn(id, " ")] = '\0';
	snprintf(p->id, sizeof(p->id), "%s", id);
	certificate = people_certificate(st->s,
	    arena_printf(st->s->arena, "node-%zu", st->n_player), &p->signer);
	card = people_card(st->s, p->id, 1, certificate);
	for (char *r = strtok_r(roles, " \n", &save); r != NULL;
	     r = strtok_r(NULL, " \n", &save))
		grant(st, card, arena_strdup(st->s->arena, r));
	people_seat(st->s, card, "cli", (uint8_t)(st->n_player + 1));
	p->door = (unsigned)++st->n_player;
	t = scratch_write(st->s);
	if (registry_admit(t, st->s->arena, people_approved(st->s, card), card,
		st->config.doors, &why) != ERR_OK)
		fail_msg("%s: %s", p->id, why.text);
	scratch_commit(t);
}

static void
admit_all(struct stage *st)
{
	FILE *f = fopen(NODES, "r");
	char line[1024];
	struct txn *t;
	struct why why;

	if (f == NULL)
		fail_msg("cannot read " NODES);
	while (fgets(line, sizeof(line), f) != NULL)
		if (line[0] != '#' && line[0] != '\n')
			admit(st, line);
	fclose(f);
	t = scratch_read(st->s);
	if (registry_load(&st->core.registry, t, &why) != ERR_OK)
		fail_msg("%s", why.text);
	store_abort(t);
}

/* The law of config/, without anchors: no certificate chain is asked here. */
static struct law *
load_law(struct stage *st)
{
	struct arena *a = st->s->arena;
	struct problems p = { .count = 0 };
	struct law *law = arena_alloc(a, sizeof(*law));

	assert_non_null(law);
	law->rules = rules_load(
	    "config/rules.yaml", read_file(a, "config/rules.yaml"), &p);
	law->places = places_load(
	    "config/places.yaml", read_file(a, "config/places.yaml"), &p);
	law->workflow = workflow_load(
	    "config/workflow.yaml", read_file(a, "config/workflow.yaml"), &p);
	if (p.count != 0)
		fail_msg("%s", p.text);
	return law;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
list_files(struct stage *st)
{
	DIR *d = opendir(EXAMPLES);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (strstr(e->d_name, ".json") == NULL)
			continue;
		assert_true(st->n_file < FILES_MAX);
		st->file[st->n_file] = arena_strdup(st->s->arena, e->d_name);
		assert_non_null(st->file[st->n_file++]);
	}
	closedir(d);
	qsort(st->file, st->n_file, sizeof(st->file[0]), by_name);
}

static void
open_core(struct stage *st)
{
	static const uint8_t seed[32] = { 7 };
	struct core *c = &st->core;
	struct why why;

	st->config.doors = NODES_MAX;
	c->config = &st->config;
	c->store = st->s->store;
	c->law = load_law(st);
	clock_start(&c->clock, 0);
	c->online = arena_alloc(
	    st->s->arena, (NODES_MAX + 1) * sizeof(*c->online));
	assert_non_null(c->online);
	if (note_secret_make(&c->log_key, "examples.test/log",
		NOTE_TYPE_ED25519, seed, &why) != ERR_OK ||
	    ledger_open(&c->ledger, c->store, &c->log_key,
		scratch_path(st->s, "low-water"), &why) != ERR_OK ||
	    outbox_new(&c->outbox, &why) != ERR_OK)
		fail_msg("%s", why.text);
	admit_all(st);
}

static void
close_core(struct stage *st)
{
	registry_unref(st->core.registry);
	outbox_free(st->core.outbox);
	core_free_flights(&st->core);
	ledger_close(st->core.ledger);
	note_secret_wipe(&st->core.log_key);
	rules_free(st->core.law->rules);
	places_free(st->core.law->places);
	workflow_free(st->core.law->workflow);
	for (size_t i = 0; i < st->n_player; i++)
		signer_free(st->player[i].signer);
}

static const struct player *
find_player(const struct stage *st, const char *node)
{
	for (size_t i = 0; i < st->n_player; i++)
		if (strcmp(st->player[i].id, node) == 0)
			return &st->player[i];
	return NULL;
}

/* ------------------------------------------------------------ one example */

static const char *
or_none(const char *s)
{
	return s != NULL ? s : "-";
}

/* Says what differs; the walk goes on, so that one run shows all. */
static void
compare(struct stage *st, const char *file, size_t i, const PbExpectation *want,
    const PbVerdict *told, const PbVerdict *real)
{
	bool pending = want->code != NULL && strcmp(want->code, "pending") == 0;
	bool same = real->outcome == want->outcome &&
	    pending == (told != real) &&
	    (want->rule == NULL ||
		strcmp(want->rule, or_none(real->rule)) == 0) &&
	    (want->node == NULL ||
		strcmp(want->node, or_none(real->node)) == 0) &&
	    (want->code == NULL || pending ||
		strcmp(want->code, code_name(real->code)) == 0);

	st->verdicts++;
	st->refused += real->outcome != OUTCOME_PERMIT;
	if (pending && told->outcome != OUTCOME_PERMIT)
		same = false;
	if (same)
		return;
	st->faults++;
	print_error("%s, addressee %zu: found %s %s %s, node %s%s; expected "
		    "%s %s %s, node %s\n",
	    file, i, TAXONOMY_ID(outcome, real->outcome), code_name(real->code),
	    or_none(real->rule), or_none(real->node),
	    told != real ? ", withheld" : "",
	    TAXONOMY_ID(outcome, want->outcome), or_none(want->code),
	    or_none(want->rule), or_none(want->node));
	for (size_t k = 0; k < real->n_missing; k++)
		print_error("    lacks %s\n", real->missing[k]);
}

static bool
is_of(const PbVerdict *v, const struct opened *addressee)
{
	return v->addressee.len == DIGEST_SIZE &&
	    memcmp(v->addressee.data, addressee->commitment.b, DIGEST_SIZE) ==
	    0;
}

static void *
unpacked(struct batch *b, const ProtobufCMessageDescriptor *d,
    ProtobufCBinaryData commitment)
{
	ProtobufCMessage *out;
	struct digest digest;
	PbOpening *o;

	memcpy(digest.b, commitment.data, sizeof(digest.b));
	assert_err(vault_open(b->t, b->arena, &digest, &o), ERR_OK);
	assert_int_equal(envelope_unpack(b->arena, d,
			     bytes_of(o->part.data, o->part.len), &out, NULL),
	    CODE_OK);
	return out;
}

static void
compare_all(struct stage *st, struct batch *b, const char *file,
    const PbDraft *draft, const struct envelope *env)
{
	struct bytes packed;
	PbDetails *details;
	PbEntry *entry;

	assert_err(
	    ledger_entry(b->t, b->arena, b->first->index, &packed), ERR_OK);
	assert_int_equal(
	    ENVELOPE_UNPACK(b->arena, entry, packed, &entry, NULL), CODE_OK);
	details = unpacked(b, &pb_details__descriptor, entry->details);
	assert_int_equal(entry->n_verdict, draft->n_addressee);
	for (size_t i = 0; i < entry->n_verdict; i++) {
		const PbVerdict *told = unpacked(
		    b, &pb_verdict__descriptor, entry->verdict[i]);
		const PbVerdict *real = told;

		assert_true(is_of(told, &env->addressee_part[i]));
		for (size_t k = 0; k < details->n_withheld; k++)
			if (is_of(
				details->withheld[k], &env->addressee_part[i]))
				real = details->withheld[k];
		compare(st, file, i, draft->expect[i], told, real);
	}
}

static struct job *
make_job(struct stage *st, const struct player *p, const char *file,
    const PbDraft *draft)
{
	struct job *j = job_new(JOB_FRAME, PARSE_ARENA);
	struct bytes message;
	struct why why;
	struct id id;

	assert_non_null(j);
	if (draft_message(st->s->arena, draft, p->id, 0, st->core.clock.last_ms,
		p->signer, &message, &id, &why) != ERR_OK)
		fail_msg("%s: %s", file, why.text);
	j->door = p->door;
	j->type = FRAME_TYPE_SUBMIT;
	j->code = envelope_open(
	    j->arena, message, &j->env, &j->defect, &j->message_id, &j->has_id);
	if (j->code != CODE_OK)
		fail_msg(
		    "%s: %s %s", file, code_name(j->code), j->defect.field);
	return j;
}

static void
play(struct stage *st, const char *file)
{
	char path[300];
	PbDraft *draft;
	const struct player *p;
	struct online *o;
	struct batch b;
	struct job *j;
	struct why why;

	snprintf(path, sizeof(path), EXAMPLES "/%s", file);
	if (json_parse(st->s->arena, &pb_draft__descriptor,
		read_file(st->s->arena, path), clock_now(&st->core.clock),
		(ProtobufCMessage **)&draft, &why) != ERR_OK)
		fail_msg("%s: %s", file, why.text);
	assert_non_null(draft->title);
	assert_int_equal(draft->n_expect, draft->n_addressee);
	p = draft->from != NULL ? find_player(st, draft->from) : NULL;
	if (p == NULL)
		fail_msg("%s: its node is not in " NODES, file);
	j = make_job(st, p, file, draft);
	o = &st->core.online[p->door];
	o->node = registry_find(st->core.registry, p->id);
	o->ready = true;
	o->key_until_ms = UINT64_MAX;
	if (core_begin(&st->core, &b, &why) != ERR_OK)
		fail_msg("%s", why.text);
	assert_err(frames_handle(&b, j), ERR_OK);
	if (b.first == NULL)
		fail_msg("%s: rejected", file);
	compare_all(st, &b, file, draft, &j->env);
	if (core_commit(&b, &why) != ERR_OK)
		fail_msg("%s", why.text);
	core_abort(&b);
	job_free(j);
}

static void
every_example_is_judged_as_it_expects(void **state)
{
	struct stage *st = calloc(1, sizeof(*st));
	struct scratch *s = *state;

	assert_non_null(st);
	st->s = s;
	arena_free(s->arena);
	assert_err(arena_new(&s->arena, (size_t)256 * 1024 * 1024), ERR_OK);
	open_core(st);
	list_files(st);
	assert_true(st->n_file >= 40);
	for (size_t i = 0; i < st->n_file; i++)
		play(st, st->file[i]);
	print_message("%zu examples, %u verdicts, %u refused\n", st->n_file,
	    st->verdicts, st->refused);
	assert_int_equal(st->faults, 0);
	assert_true(st->refused >= 12);
	close_core(st);
	free(st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(every_example_is_judged_as_it_expects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
