/*
 * SPDX-License-Identifier: MIT
 *
 * faults: every call on core's way from start to stop fails once, each way
 * it can. One fault is one run: a copy of the federation, a core under the
 * shim that is to exchange some messages, then a healthy core on the same
 * data that must carry on; and at the end the oracle.
 *
 *	faults CORE SHIM FED ORACLE COUNT SEED [FAULT]
 *
 * A faulty core may put everybody off, or end with status 1. It may not say
 * anything that is untrue afterwards, call good bad, hang, die of a signal,
 * or go on after a failed sync. With FAULT (CALL:N:FAULT:PHASE) only that
 * one is tried and its folder stays.
 *
 * Exit 0: all borne; 1: findings; 2: wrong arguments; 3: nothing was tested.
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"
#include "number.h"
#include "scene.h"
#include "shim.h"
#include "tests/common/splitmix.h"

#define LOW_WATER_MS 1200 /* core writes it a second after a change */
#define GROUP 25	  /* runs that are judged together */

struct plan {
	enum call call;
	enum fault fault;
	unsigned phase;
	uint64_t calls; /* of this kind, in a run without a fault */
	uint64_t stride, start, used;
};

struct faults {
	const char *core, *shim, *fed;
	struct cast cast;
	struct judge judge;
	struct page *page;
	char page_file[256];
	uint64_t seed;
	size_t n_plan;
	struct plan plan[PHASES * CALL_COUNT * FAULT_COUNT];
	unsigned long tried, fired, restarted, put_off, silences;
	unsigned findings;
};

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "faults: ");
	perror(what);
	exit(3);
}

/* The same numbers for the same seed, on any machine. */
static uint64_t
draw(struct faults *f)
{
	return splitmix_next(&f->seed);
}

/* ---------------------------------------------------------------- one run */

static void
write_mails(struct exchange *x)
{
	static const enum mail_kind kind[] = { MAIL_LAWFUL, MAIL_PROHIBITED,
		MAIL_ACUTE, MAIL_LONG, MAIL_NO_PERMIT, MAIL_LAWFUL };

	for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++)
		exchange_write(x, kind[i]);
}

static bool
must_end(enum call c)
{
	return c == CALL_FSYNC || c == CALL_FDATASYNC || c == CALL_MSYNC;
}

/* Long enough that the low-water file is due, then on. */
static bool
until_low_water(struct exchange *x)
{
	usleep(LOW_WATER_MS * 1000);
	exchange_write(x, MAIL_LAWFUL);
	return exchange_run(x);
}

/* A core under the shim. plan NULL: without a fault, only counted. */
static void
faulty_life(struct faults *f, struct exchange *x, const char *scene,
    const struct plan *plan, const char *fault)
{
	char preload[4200], page[300], text[300];
	const char *more[] = { preload, page, plan != NULL ? text : NULL,
		NULL };
	bool started, done = false;
	int status;

	snprintf(preload, sizeof preload, "LD_PRELOAD=%s", f->shim);
	snprintf(page, sizeof page, "FAULT_PAGE=%s", f->page_file);
	snprintf(text, sizeof text, "FAULT=%s", fault);
	memset(f->page, 0, sizeof *f->page);
	x->calm = plan == NULL;
	started = exchange_start(x, f->core, scene, more);
	if (started) {
		f->page->phase = 1;
		done = exchange_greet(x) && exchange_run(x);
		/* Otherwise it would be synced at the end only. */
		if (done && plan != NULL && plan->call == CALL_FSYNC)
			done = until_low_water(x);
	} else if (!x->gate.broken) {
		exchange_finding(x, "core neither starts nor ends");
	}
	status = exchange_end(x);
	if (status == -1 || !WIFEXITED(status))
		return;
	f->restarted += WEXITSTATUS(status) != 0;
	if (WEXITSTATUS(status) > 1)
		exchange_finding(x, "core's status is %d, expected 0 or 1",
		    WEXITSTATUS(status));
	if (!f->page->fired && (!done || WEXITSTATUS(status) != 0))
		exchange_finding(x, "core ends without a fault");
	if (plan == NULL || !f->page->fired)
		return;
	if (must_end(plan->call) && WEXITSTATUS(status) == 0)
		exchange_finding(x, "core went on after a failed sync");
	/* No room is no reason to end: what was refused may come again. */
	if (plan->call == CALL_FSTATVFS && plan->fault == FAULT_ENOSPC &&
	    plan->phase == 1 && !done)
		exchange_finding(x, "a full disk needs a restart");
}

static void
healthy_life(struct faults *f, struct exchange *x, const char *scene)
{
	int status;

	x->calm = true;
	exchange_write(x, MAIL_LAWFUL);
	if (!exchange_start(x, f->core, scene, NULL))
		exchange_finding(x, "core does not start again");
	else if (exchange_greet(x))
		(void)exchange_run(x);
	status = exchange_end(x);
	if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		exchange_finding(x, "the healthy core ends with status %d",
		    WEXITSTATUS(status));
}

static void
one_run(struct faults *f, const struct plan *plan, const char *fault)
{
	char scene[4096], data[4200], notes[4200];
	struct exchange *x = exchange_new(&f->cast, fault);

	snprintf(scene, sizeof scene, "%s/scene-%zu", f->fed, f->judge.n);
	snprintf(data, sizeof data, "%s/data", scene);
	snprintf(notes, sizeof notes, "%s/notes", scene);
	if (!scene_remove(scene) || !scene_copy(f->fed, scene))
		die(scene);
	write_mails(x);
	faulty_life(f, x, scene, plan, fault);
	healthy_life(f, x, scene);
	if (!notes_write(&x->notes, x->notes.n, notes))
		die(notes);
	judge_add(&f->judge, fault, data, notes);
	f->tried++;
	f->fired += f->page->fired;
	f->put_off += x->put_off;
	f->silences += x->silences;
	f->findings += x->findings;
	exchange_free(x);
}

static void
judge_group(struct faults *f)
{
	char scene[4096];
	size_t n = f->judge.n;

	f->findings += judge_all(&f->judge, true);
	for (size_t i = 0; i < n; i++) {
		snprintf(scene, sizeof scene, "%s/scene-%zu", f->fed, i);
		if (!scene_remove(scene))
			die(scene);
	}
}

/* -------------------------------------------------------------- the plans */

static uint64_t
common(uint64_t a, uint64_t b)
{
	return b == 0 ? a : common(b, a % b);
}

/* Every fault of every call that a run without one makes, in both phases. */
static void
make_plans(struct faults *f)
{
	for (unsigned phase = 0; phase < PHASES; phase++)
		for (unsigned c = 0; c < CALL_COUNT; c++)
			for (unsigned e = 0; e < FAULT_COUNT; e++) {
				struct plan *p = &f->plan[f->n_plan];
				uint64_t calls = f->page->seen[phase][c];

				if (calls == 0 ||
				    !(call_faults((enum call)c) & 1u << e))
					continue;
				*p = (struct plan){ (enum call)c, (enum fault)e,
					phase, calls, 1, draw(f) % calls, 0 };
				/* So that none comes twice. */
				do
					p->stride = 1 + draw(f) % calls;
				while (common(p->stride, calls) != 1);
				f->n_plan++;
			}
}

/* In turn one of each kind; those with many calls go on longer. */
static bool
next_fault(
    struct faults *f, size_t *turn, const struct plan **out, char fault[64])
{
	for (size_t tried = 0; tried < f->n_plan; tried++) {
		struct plan *p = &f->plan[(*turn)++ % f->n_plan];

		if (p->used == p->calls)
			continue;
		snprintf(fault, 64, "%s:%llu:%s:%u", call_name(p->call),
		    (unsigned long long)(1 +
			(p->start + p->used++ * p->stride) % p->calls),
		    fault_name(p->fault), p->phase);
		*out = p;
		return true;
	}
	return false;
}

static void
count_calls(struct faults *f)
{
	one_run(f, NULL, "no fault");
	make_plans(f);
	for (unsigned phase = 0; phase < PHASES; phase++) {
		printf("%s:", phase == 0 ? "calls until ready" : "calls then");
		for (unsigned c = 0; c < CALL_COUNT; c++)
			if (f->page->seen[phase][c] > 0)
				printf(" %s %llu", call_name((enum call)c),
				    (unsigned long long)
					f->page->seen[phase][c]);
		printf("\n");
	}
	f->tried = 0;
	for (unsigned phase = 0; phase < PHASES; phase++)
		if (f->page->seen[phase][CALL_MALLOC] == 0) {
			fprintf(
			    stderr, "faults: the shim has counted nothing\n");
			exit(3);
		}
}

static void
share_page(struct faults *f)
{
	int fd;

	snprintf(f->page_file, sizeof f->page_file, "%s/fault-page", f->fed);
	fd = open(f->page_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || ftruncate(fd, sizeof *f->page) == -1)
		die(f->page_file);
	f->page = mmap(
	    NULL, sizeof *f->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (f->page == MAP_FAILED)
		die(f->page_file);
	close(fd);
}

/* What a run without a fault cannot meet is refused: it would be borne. */
static const struct plan *
plan_of(struct faults *f, const char *text)
{
	char name[32], fault[32];
	unsigned long long n = 0;
	unsigned phase = 0;
	int end = 0;

	if (sscanf(text, "%31[^:]:%llu:%31[^:]:%u%n", name, &n, fault, &phase,
		&end) != 4 ||
	    text[end] != '\0') {
		fprintf(stderr,
		    "faults: found \"%s\", expected CALL:N:FAULT:PHASE, e.g. "
		    "malloc:17:ENOMEM:1\n",
		    text);
		return NULL;
	}
	for (size_t i = 0; i < f->n_plan; i++) {
		struct plan *p = &f->plan[i];

		if (strcmp(call_name(p->call), name) != 0 ||
		    strcmp(fault_name(p->fault), fault) != 0 ||
		    p->phase != phase)
			continue;
		if (n >= 1 && n <= p->calls)
			return p;
		fprintf(stderr,
		    "faults: %s: found %llu calls of %s in phase %u, expected "
		    "one of them\n",
		    text, (unsigned long long)p->calls, name, phase);
		return NULL;
	}
	fprintf(stderr,
	    "faults: %s: found no such call in a run without a fault, or it "
	    "cannot fail so (call.c)\n",
	    text);
	return NULL;
}

/* One alone. Another run may make fewer calls: then nothing was tested. */
static int
try_one(struct faults *f, const char *fault)
{
	const struct plan *plan = plan_of(f, fault);

	if (plan == NULL)
		return 2;
	one_run(f, plan, fault);
	if (f->findings + judge_all(&f->judge, true) > 0)
		return 1;
	if (f->fired > 0)
		return 0;
	fprintf(stderr, "faults: %s was not met in this run\n", fault);
	return 3;
}

int
main(int argc, char **argv)
{
	static struct faults f;
	const struct plan *plan;
	struct why why = { "" };
	uint64_t count;
	char fault[64];
	size_t turn = 0;

	if (argc < 7) {
		fprintf(stderr,
		    "usage: faults CORE SHIM FED ORACLE COUNT "
		    "SEED [FAULT]\n");
		return 2;
	}
	f.core = argv[1];
	f.shim = argv[2];
	f.fed = argv[3];
	if (!number_read("COUNT", argv[5], 1, &count) ||
	    !number_read("SEED", argv[6], 0, &f.seed))
		return 2;
	printf("seed %s\n", argv[6]);
	if (sodium_init() < 0 || !cast_read(&f.cast, f.fed, &why)) {
		fprintf(stderr, "faults: %s\n", why.text);
		return 3;
	}
	f.judge = (struct judge){ argv[4], &f.cast, f.fed, 0, 0, NULL, 0 };
	share_page(&f);
	count_calls(&f);
	judge_group(&f);
	if (argc > 7)
		return try_one(&f, argv[7]);
	while (f.tried < count && next_fault(&f, &turn, &plan, fault)) {
		one_run(&f, plan, fault);
		if (f.judge.n == GROUP)
			judge_group(&f);
	}
	judge_group(&f);
	judge_free(&f.judge);
	cast_clear(&f.cast);
	printf("%lu faults, %lu of them met; %lu ends of core, %lu times put "
	       "off, %lu silences; %u findings\n",
	    f.tried, f.fired, f.restarted, f.put_off, f.silences, f.findings);
	if (f.findings > 0)
		return 1;
	/* Some have less to do than the run that was counted; few. */
	if (f.fired == 0 || 2 * f.fired < f.tried) {
		fprintf(stderr, "faults: most faults were not met\n");
		return 3;
	}
	return 0;
}
