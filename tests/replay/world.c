/*
 * SPDX-License-Identifier: MIT
 *
 * world: see world.h.
 */
#include "world.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/core/decider.h"
#include "daemon/core/r3_verify.h"
#include "machine_memory.h"
#include "people.h"
#include "pool_memory.h"
#include "proto/box.h"

#define POOL_ROOM 65536
#define ROUNDS_MAX 100000 /* what moves for longer than that moves for ever */

static struct law *config_law; /* of config/, loaded once */

/* -------------------------------------------------------------------- law */

static const char *
law_path(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", people_folder(), name);
	return p;
}

static void
set_path(const char **field, const char *path)
{
	free((void *)(uintptr_t)*field);
	*field = strdup(path);
}

/* The files of a law, each with its place in config/ and in law_files. */
static const struct law_file {
	const char *name, *path;
	size_t offset;
} law_file[] = {
#define FILE_OF(name, path, member) \
	{ \
		name, "config/" path ".yaml", \
		    offsetof(struct law_files, member) \
	}
	FILE_OF("rules", "rules", rules),
	FILE_OF("invariants", "invariants", invariants),
	FILE_OF("places", "places", places),
	FILE_OF("workflow", "workflow", workflow),
	FILE_OF("kommune-0101", "kommuner/0101", kommune[0]),
	FILE_OF("kommune-0183", "kommuner/0183", kommune[1]),
	FILE_OF("kommune-0860", "kommuner/0860", kommune[2]),
#undef FILE_OF
};
#define LAW_FILES (sizeof law_file / sizeof law_file[0])

static const struct law_file *
find_file(const char *name)
{
	for (size_t i = 0; i < LAW_FILES; i++)
		if (strcmp(law_file[i].name, name) == 0)
			return &law_file[i];
	return NULL;
}

static const char **
path_of(struct law_files *f, const struct law_file *x)
{
	return (const char **)(void *)((char *)f + x->offset);
}

const char *
world_law_path(struct world *w, const char *name)
{
	const struct law_file *x = find_file(name);

	return x != NULL ? *path_of(&w->config.law, x) : NULL;
}

void
world_law(struct world *w, const char *name, const char *text)
{
	const struct law_file *x = find_file(name);
	const char **field = path_of(&w->config.law, x);
	char path[160];
	FILE *out;

	snprintf(path, sizeof path, "%s", x->path);
	if (text == NULL) {
		set_path(field, path);
		return;
	}
	w->law_changed = true;
	snprintf(path, sizeof path, "%s/%s.yaml", people_folder(), name);
	out = fopen(path, "we");
	if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0)
		people_must(ERR_IO, NULL);
	set_path(field, path);
}

void
world_revoke(struct world *w, const struct signer *s)
{
	struct law_files *f = &w->config.law;

	if (f->n_crl == 0)
		f->crl[f->n_crl++] = strdup(law_path("crl.pem"));
	w->law_changed = true;
	people_revoke(s, f->crl[0]);
}

void
world_approve_law(struct world *w, unsigned who, int64_t at_ms)
{
	struct arena *a;
	struct bytes manifest, approved;
	struct why why;
	FILE *f;

	people_must(arena_new(&a, 8u << 20), NULL);
	people_must(law_manifest(a, &w->config.law, &manifest, &why), &why);
	approved = people_approve(
	    a, OBJECT_MANIFEST, manifest, who, (uint64_t)at_ms);
	f = fopen(w->config.law.manifest, "we");
	if (f == NULL ||
	    fwrite(approved.data, 1, approved.len, f) != approved.len ||
	    fclose(f) != 0)
		people_must(ERR_IO, NULL);
	arena_free(a);
}

static struct law *
load_law(struct world *w)
{
	struct problems p = { .count = 0 };
	struct law *law;

	if (!w->law_changed && config_law != NULL)
		return law_ref(config_law);
	if (config_law == NULL)
		world_approve_law(w, 3, (int64_t)machine_wall_ms());
	law = law_load(&w->config.law, true, &p);
	if (law == NULL)
		fprintf(stderr, "%s", p.text != NULL ? p.text : "");
	problems_free(&p);
	if (law != NULL && config_law == NULL && !w->law_changed)
		config_law = law_ref(law);
	return law;
}

/* ------------------------------------------------------------------ world */

static void
make_config(struct config *c)
{
	c->origin = strdup(WORLD_ORIGIN);
	c->listen = strdup("127.0.0.1");
	c->first_port = 20000;
	c->doors = WORLD_DOORS;
	c->data = strdup("data");
	c->map_bytes = 1 << 20;
	c->low_water = strdup(LOW_WATER_PATH);
	c->run = strdup("run");
	c->verify_threads = 1;
	c->batch = 64;
	c->tick_seconds = 30;
	c->rate_per_minute = 600;
	c->acute_per_minute = 60;
	c->law.anchor[0] = strdup(people_ca_file());
	c->law.n_anchor = 1;
	for (unsigned i = 0; i < PEOPLE_CUSTODIANS; i++)
		c->law.custodian[i] = strdup(people_custodian_file(i));
	c->law.n_custodian = PEOPLE_CUSTODIANS;
	c->law.manifest = strdup(law_path("manifest"));
}

static void
clear_config(struct config *c)
{
	struct law_files *f = &c->law;

	free(c->origin);
	free(c->listen);
	free(c->data);
	free(c->low_water);
	free(c->run);
	for (size_t i = 0; i < LAW_FILES; i++)
		free((void *)(uintptr_t)*path_of(f, &law_file[i]));
	free((void *)(uintptr_t)f->anchor[0]);
	free((void *)(uintptr_t)f->manifest);
	for (unsigned i = 0; i < f->n_custodian; i++)
		free((void *)(uintptr_t)f->custodian[i]);
	for (unsigned i = 0; i < f->n_crl; i++)
		free((void *)(uintptr_t)f->crl[i]);
}

void
world_new(struct world *w)
{
	memset(w, 0, sizeof *w);
	make_config(&w->config);
	for (size_t i = 0; i < LAW_FILES; i++)
		world_law(w, law_file[i].name, NULL);
	w->config.law.n_kommune = 3;
	people_secret(w->box_secret, "core", "box");
	w->disk = disk_new();
	w->kill_after = UINT64_MAX;
	w->job = calloc(1024, sizeof w->job[0]);
	w->said_file = open_memstream(&w->said, &w->said_len);
	if (w->job == NULL || w->said_file == NULL)
		people_must(ERR_NOMEM, NULL);
	w->real_stderr = stderr;
	stderr = w->said_file;
}

static void
remove_law(struct world *w)
{
	char name[64];

	for (size_t i = 0; w->law_changed && i < LAW_FILES; i++) {
		snprintf(name, sizeof name, "%s.yaml", law_file[i].name);
		unlink(law_path(name));
	}
	if (w->law_changed)
		unlink(law_path("crl.pem"));
}

void
world_free(struct world *w)
{
	world_kill(w);
	remove_law(w);
	unlink(w->config.law.manifest);
	stderr = w->real_stderr;
	fclose(w->said_file);
	free(w->said);
	free(w->answer);
	free(w->job);
	disk_free(w->disk);
	clear_config(&w->config);
}

/* At the very end of the program. */
void
world_forget_law(void)
{
	law_unref(config_law);
	config_law = NULL;
}

const char *
world_said(struct world *w)
{
	fflush(w->said_file);
	return w->said;
}

void
world_save(const struct world *w, struct image *out)
{
	out->disk = disk_copy(w->disk);
	out->low_water = w->low_water;
}

void
world_load(struct world *w, const struct image *in)
{
	disk_free(w->disk);
	w->disk = disk_copy(in->disk);
	w->low_water = in->low_water;
}

bool
world_is_up(const struct world *w)
{
	return w->front != NULL;
}

/* ------------------------------------------------------------ start, kill */

static void
hear_wait(void *world, unsigned ms)
{
	struct world *w = world;
	const char *due = sleep_misses(&w->sleep, ms);

	if (due != NULL)
		seats_overslept(w->seats, ms, due);
}

static enum err
make_core(struct world *w, struct why *why)
{
	struct core *c = &w->core;
	uint8_t seed[32];
	enum err e;

	c->config_file = "replay";
	c->config = &w->config;
	sleep_begin(&w->sleep, c);
	people_secret(seed, "core", "log");
	e = note_secret_make(
	    &c->log_key, WORLD_ORIGIN, NOTE_TYPE_ED25519, seed, why);
	people_secret(c->person_key, "core", "person");
	people_secret(seed, "core", "curve");
	box_public(c->curve_public, seed);
	box_public(c->box_public, w->box_secret);
	c->law = load_law(w);
	if (c->law == NULL)
		return why_set(why, ERR_INVALID, "nothing was started");
	if (e == ERR_OK)
		e = core_open(c, why);
	if (e == ERR_OK)
		e = outbox_new(&c->outbox, why);
	if (e == ERR_OK)
		e = pool_new(&c->pool, 0, POOL_ROOM, verify_job, why);
	if (e == ERR_OK)
		e = decider_start(c, why);
	if (e == ERR_OK)
		pool_watch(c->pool, hear_wait, w);
	return e;
}

static void
end_core(struct world *w)
{
	struct core *c = &w->core;

	front_free(w->front);
	w->front = NULL;
	pool_free(c->pool, job_drop);
	outbox_free(c->outbox);
	core_close(c);
	law_unref(c->law);
	note_secret_wipe(&c->log_key);
	sleep_end(&w->sleep);
	memset(c, 0, sizeof *c);
	link_free(w->link);
	w->link = NULL;
}

enum err
world_start(struct world *w, struct why *why)
{
	struct front_in in = { .config = &w->config };
	enum err e;

	disk_insert(w->disk);
	low_water_insert(&w->low_water);
	w->link = link_memory_new();
	e = w->link == NULL ? ERR_NOMEM : make_core(w, why);
	if (e == ERR_OK) {
		memcpy(in.box_secret, w->box_secret, 32);
		in.pool = w->core.pool;
		in.link = w->link;
		in.registry = registry_ref(w->core.registry);
		e = front_new(&w->front, &in, why);
	}
	if (e != ERR_OK) {
		end_core(w);
		return e;
	}
	world_run(w);
	return ERR_OK;
}

static void
cut_door(struct world *w, unsigned door)
{
	struct gate_door *d = &w->gate[door];

	for (unsigned i = 0; i < WORLD_CONNECTIONS; i++)
		if (d->connection[i] != 0)
			seats_lost(w->seats, door, d->connection[i]);
	*d = (struct gate_door){ .open = false };
}

static void
end(struct world *w)
{
	end_core(w);
	w->kill_after = UINT64_MAX;
	w->hold = false;
	for (unsigned door = 1; door <= WORLD_DOORS; door++)
		cut_door(w, door);
}

void
world_kill(struct world *w)
{
	if (!world_is_up(w))
		return;
	w->kills++;
	end(w);
}

/* ------------------------------------------------------------------- gate */

uint32_t
world_connect(struct world *w, unsigned door)
{
	struct gate_door *d = &w->gate[door];

	if (!world_is_up(w) || !d->open)
		return 0;
	for (unsigned i = 0; i < WORLD_CONNECTIONS; i++)
		if (d->connection[i] == 0)
			return d->connection[i] = ++w->last_connection;
	return 0;
}

static uint32_t *
find_connection(struct gate_door *d, uint32_t connection)
{
	for (unsigned i = 0; i < WORLD_CONNECTIONS; i++)
		if (connection != 0 && d->connection[i] == connection)
			return &d->connection[i];
	return NULL;
}

void
world_disconnect(struct world *w, unsigned door, uint32_t connection)
{
	uint32_t *c = find_connection(&w->gate[door], connection);

	if (c == NULL || !world_is_up(w))
		return;
	*c = 0;
	front_event(w->front, LINK_CLOSED, door, connection, bytes_of(NULL, 0));
}

bool
world_send(
    struct world *w, unsigned door, uint32_t connection, struct bytes frame)
{
	struct gate_door *d = &w->gate[door];

	if (!world_is_up(w) || find_connection(d, connection) == NULL)
		return false;
	if (d->source != connection)
		front_event(
		    w->front, LINK_SOURCE, door, connection, bytes_of(NULL, 0));
	d->source = connection;
	front_frame(w->front, door, frame);
	return true;
}

static void
keep(struct world *w, unsigned door, uint32_t connection)
{
	struct gate_door *d = &w->gate[door];

	if (find_connection(d, connection) == NULL) {
		front_event(
		    w->front, LINK_CLOSED, door, connection, bytes_of(NULL, 0));
		return;
	}
	for (unsigned i = 0; i < WORLD_CONNECTIONS; i++) {
		uint32_t other = d->connection[i];

		if (other == 0 || other == connection)
			continue;
		d->connection[i] = 0;
		seats_lost(w->seats, door, other);
		front_event(
		    w->front, LINK_EVICTED, door, other, bytes_of(NULL, 0));
	}
	d->kept = connection;
	front_event(w->front, LINK_OPENED, door, connection, bytes_of(NULL, 0));
}

static void
gate_event(struct world *w, const struct link_item *x)
{
	switch (x->event) {
	case LINK_ADD:
		cut_door(w, x->of);
		w->gate[x->of].open = true;
		break;
	case LINK_REMOVE:
		cut_door(w, x->of);
		break;
	case LINK_KEEP:
		keep(w, x->of, x->connection);
		break;
	case LINK_GO:
		front_event(w->front, LINK_READY, 0, 0, bytes_of(NULL, 0));
		break;
	default:
		break;
	}
}

/* True when something moved; core may be dead afterwards. */
static bool
run_gate(struct world *w)
{
	struct link_item *x;
	bool moved = false;

	while (world_is_up(w) && (x = link_memory_take(w->link)) != NULL) {
		struct gate_door *d = &w->gate[x->door];

		moved = true;
		if (x->door == 0) {
			gate_event(w, x);
		} else if (w->kill_after == 0) {
			free(x);
			world_kill(w);
			break;
		} else if (find_connection(d, d->kept) != NULL) {
			if (w->kill_after != UINT64_MAX)
				w->kill_after--;
			seats_take(w->seats, x->door, d->kept,
			    bytes_of(x->data, x->len));
		}
		free(x);
	}
	return moved;
}

/* -------------------------------------------------------------------- run */

static bool
run_outbox(struct world *w)
{
	struct out *x = outbox_take(w->core.outbox), *next;
	bool moved = x != NULL, stopped = false;

	for (; x != NULL; x = next) {
		next = x->next;
		if (x->kind == OUT_ADMIN) {
			free(w->answer);
			w->answer = strndup((const char *)x->data, x->len);
		} else if (x->kind == OUT_STOPPED) {
			stopped = true;
		} else {
			front_answer(w->front, x);
		}
		out_free(x);
	}
	if (stopped) {
		(void)run_gate(w);
		end(w);
	}
	return moved;
}

static void
run_decider(struct world *w)
{
	struct why why = { "" };
	bool stop = false;
	enum err e = decider_turn(&w->core, w->job, &stop, &why);

	if (e == ERR_OK && stop)
		e = decider_stop(&w->core, &why);
	if (e == ERR_OK)
		return;
	fprintf(
	    stderr, "error: %s; leaving to start again from disk\n", why.text);
	world_kill(w);
}

static bool
decider_has_work(const struct world *w)
{
	return !w->hold && (!pool_is_empty(w->core.pool) || w->core.again);
}

/*
 * The decider is about to wait: the front knows of all it has put, or would
 * leave it lying there for as long as nothing else comes.
 */
static void
check_told(struct world *w)
{
	struct pollfd p = { outbox_fd(w->core.outbox), POLLIN, 0 };
	struct out *x, *next;

	if (poll(&p, 1, 0) == 1)
		return;
	for (x = outbox_take(w->core.outbox); x != NULL; x = next) {
		seats_untold(w->seats);
		next = x->next;
		out_free(x);
	}
}

/* As serve.c: without a gate core begins anew. */
static void
check_gate(struct world *w)
{
	if (!front_is_broken(w->front))
		return;
	fprintf(stderr, "error: the gate does not read the link\n");
	world_kill(w);
}

void
world_run(struct world *w)
{
	bool moved = true, turn = !w->hold;

	if (w->running) /* a seat answers: the loop around it goes on */
		return;
	w->running = true;
	for (unsigned i = 0; world_is_up(w) && (moved || turn); i++) {
		moved = run_gate(w);
		if (world_is_up(w) && (turn || decider_has_work(w))) {
			run_decider(w);
			moved = true;
		}
		turn = false;
		if (world_is_up(w) && moved && !decider_has_work(w))
			check_told(w);
		if (world_is_up(w))
			moved |= run_outbox(w);
		if (world_is_up(w))
			check_gate(w);
		if (i == ROUNDS_MAX) {
			fprintf(stdout, "replay: it moves for ever\n");
			abort();
		}
	}
	w->running = false;
}

void
world_order(struct world *w, enum job_kind kind)
{
	struct job *j = job_new(kind, 4096);

	if (j == NULL)
		people_must(ERR_NOMEM, NULL);
	pool_put(w->core.pool, false, j);
	world_run(w);
}

void
world_admin(struct world *w, const char *line)
{
	struct job *j = job_new(JOB_ADMIN, PARSE_ARENA);
	size_t len = strlen(line);

	if (j == NULL)
		people_must(ERR_NOMEM, NULL);
	free(w->answer);
	w->answer = NULL;
	j->payload = bytes_of(arena_dup(j->arena, bytes_of(line, len)), len);
	pool_put(w->core.pool, false, j);
	world_run(w);
}
