/*
 * SPDX-License-Identifier: MIT
 *
 * cuts: one exchange with a real infohus-core is recorded from its first
 * start on; then the power is cut, over and over, and each time the disk is
 * one that the record allows (disk.h). What is there must open as core opens
 * it, and keep what had been told before the cut; the oracle says so. Now
 * and then a real core is started on it and must go on.
 *
 *	cuts CORE SHIM FED ORACLE INFOHUS COUNT SEED [LIE]
 *
 * LIE (fsync, fdatasync or synchronous) is a disk on which that does
 * nothing. Then it must be the other way round: faults have to be found.
 *
 * Exit 0: as it must be; 1: not so; 2: wrong arguments; 3: nothing was cut.
 */
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/common/config.h"
#include "daemon/ledger/ledger.h"
#include "daemon/ledger/registry.h"
#include "disk.h"
#include "judge.h"
#include "number.h"
#include "scene.h"
#include "tests/common/splitmix.h"

#define GROUP 50    /* cuts that are judged together */
#define ALL_EVERY 3 /* so many changes a cut with all of them */
#define SAMPLE 100  /* every so many a real core starts */
#define ROUNDS 10
#define PAUSE_MS 350 /* so that the low-water file is written in between */

/* How the items of a state are chosen. */
enum choice {
	CHOOSE_NONE,
	CHOOSE_ALL,
	CHOOSE_TORN, /* each: there, not there, or torn */
	CHOOSE_SUBSET,
	CHOOSE_PREFIX,	/* the first some */
	CHOOSE_ONE,	/* one alone */
	CHOOSE_BUT_ONE, /* all but one */
	CHOICES
};

struct cuts {
	const char *core, *shim, *fed, *infohus;
	char scene[4096];
	struct cast cast;
	struct judge judge;
	struct config *config;
	struct note_secret log_key;
	struct disk *disk;
	struct exchange *x; /* as recorded */
	uint64_t seed;
	enum choice choice;
	size_t items, chosen;
	size_t noted; /* notes written to the newest notes folder */
	unsigned notes_folder;
	unsigned long cuts, torn, started;
	unsigned findings;
	bool loud;
};

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "cuts: ");
	perror(what);
	exit(3);
}

static uint64_t
draw(struct cuts *t)
{
	return splitmix_next(&t->seed);
}

/* ------------------------------------------------------------- recording */

static void
admit(struct cuts *t)
{
	char command[16384];

	snprintf(command, sizeof command,
	    "%s node admit --socket %s/run/admin.sock %s/nodes/*.card "
	    ">%s/admit.log 2>&1",
	    t->infohus, t->scene, t->fed, t->scene);
	if (system(command) != 0)
		die("node admit");
}

static void
record(struct cuts *t, const char *file)
{
	char preload[4300], out[4300], root[4300];
	const char *more[] = { preload, out, root, NULL };
	static const enum mail_kind kind[] = { MAIL_LAWFUL, MAIL_LONG,
		MAIL_PROHIBITED, MAIL_ACUTE };
	bool good;

	snprintf(preload, sizeof preload, "LD_PRELOAD=%s", t->shim);
	snprintf(out, sizeof out, "FAULT_RECORD=%s", file);
	snprintf(root, sizeof root, "FAULT_ROOT=%s", t->scene);
	t->x = exchange_new(&t->cast, "recording");
	t->x->calm = true;
	if (!scene_remove(t->scene) || !scene_bare(t->fed, t->scene))
		die(t->scene);
	good = exchange_start(t->x, t->core, t->scene, more);
	if (good)
		admit(t);
	good = good && exchange_greet(t->x);
	for (unsigned i = 0; i < ROUNDS && good; i++) {
		for (unsigned k = 0; k <= i % 3; k++)
			exchange_write(t->x, kind[(i + k) % 4]);
		good = exchange_run(t->x);
		usleep(PAUSE_MS * 1000);
	}
	if (exchange_end(t->x) != 0 || !good || t->x->findings > 0) {
		fprintf(stderr, "cuts: the recording failed\n");
		exit(3);
	}
}

/* ------------------------------------------------------------- one state */

static enum part
part(void *ctx, size_t i)
{
	struct cuts *t = ctx;

	switch (t->choice) {
	case CHOOSE_NONE:
		return PART_NONE;
	case CHOOSE_ALL:
	case CHOICES:
		return PART_ALL;
	case CHOOSE_TORN:
		return (enum part)(draw(t) % 3);
	case CHOOSE_SUBSET:
		return (enum part)(draw(t) % 2);
	case CHOOSE_PREFIX:
		return i < t->chosen ? PART_ALL : PART_NONE;
	case CHOOSE_ONE:
		return i == t->chosen ? PART_ALL : PART_NONE;
	case CHOOSE_BUT_ONE:
		return i != t->chosen ? PART_ALL : PART_NONE;
	}
	return PART_NONE;
}

static bool
sector(void *ctx)
{
	return draw(ctx) % 2 == 0;
}

/* How many notes rest on bytes that had left by then. */
static size_t
noted_by(const struct notes *n, uint64_t sent)
{
	size_t i = 0;

	while (i < n->n && n->file[i].at <= sent)
		i++;
	return i;
}

/* Notes only grow: cuts with the same ones share a folder. */
static void
write_notes(struct cuts *t, size_t count, char folder[4200])
{
	if (t->notes_folder == 0 || count != t->noted) {
		t->notes_folder++;
		t->noted = count;
		snprintf(
		    folder, 4200, "%s/notes-%u", t->scene, t->notes_folder);
		if (mkdir(folder, 0700) == -1 ||
		    !notes_write(&t->x->notes, count, folder))
			die(folder);
	}
	snprintf(folder, 4200, "%s/notes-%u", t->scene, t->notes_folder);
}

/* ------------------------------------------------------------- judging */

/* What core does with its data before it serves. */
static enum err
open_as_core(struct cuts *t, const char *dir, struct why *why)
{
	char data[4300], low[4300];
	struct registry *r;
	struct ledger *l;
	struct store *s;
	struct txn *read;
	enum err e;

	snprintf(data, sizeof data, "%s/data", dir);
	snprintf(low, sizeof low, "%s/low/checkpoint", dir);
	e = store_open(&s, data, t->config->map_bytes, false, why);
	if (e == ERR_OK)
		e = ledger_open(&l, s, &t->log_key, low, why);
	if (e == ERR_OK)
		e = store_read(s, &read, why);
	if (e == ERR_OK)
		e = registry_load(&r, read, why);
	return e;
}

/* In a process of its own: a damaged store may kill who reads it. */
static bool
opens(struct cuts *t, const char *label, const char *dir)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct why why = { "" };

		if (open_as_core(t, dir, &why) == ERR_OK)
			_exit(0);
		if (t->loud) {
			printf(
			    "NOT OK: %s: does not open: %s\n", label, why.text);
			fflush(stdout);
		}
		_exit(1);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		die("fork");
	if (WIFSIGNALED(status) && t->loud)
		printf("NOT OK: %s: opening died of %s\n", label,
		    strsignal(WTERMSIG(status)));
	return status == 0;
}

static void
restore(struct cuts *t, struct exchange *x, size_t notes)
{
	const struct notes *n = &t->x->notes;

	memcpy(x->mail, t->x->mail, sizeof x->mail);
	x->n_mail = t->x->n_mail;
	for (size_t i = 0; i < x->n_mail; i++) {
		struct mail *m = &x->mail[i];
		char id[INFOHUS_ID_TEXT];

		id_format(id, &m->id);
		m->told = m->asked = m->answered = false;
		for (size_t k = 0; k < notes && !m->told; k++)
			m->told = strstr(n->file[k].path, id) != NULL &&
			    strstr(n->file[k].path, ".receipt") != NULL;
	}
	for (size_t k = 0; k < notes; k++) {
		unsigned place;
		char end;

		if (sscanf(n->file[k].path, "seat-%u/state/checkpoin%c", &place,
			&end) == 2 &&
		    checkpoint_open(&x->seat[place].trust.known,
			bytes_of(n->file[k].data, n->file[k].len),
			x->seat[place].trust.log, NULL) != ERR_OK)
			die("checkpoint");
	}
}

/* A real core goes on from there: what was told is told again, the same. */
static void
go_on(struct cuts *t, const char *label, const char *dir, size_t notes)
{
	struct exchange *x = exchange_new(&t->cast, label);
	char config[4300];
	int status;

	x->calm = true;
	restore(t, x, notes);
	snprintf(config, sizeof config, "%s/run", dir);
	if (mkdir(config, 0700) == -1 && errno != EEXIST)
		die(config);
	if (!exchange_start(x, t->core, dir, NULL))
		exchange_finding(x, "core does not start");
	else if (notes > 0 && exchange_greet(x))
		(void)exchange_run(x);
	status = exchange_end(x);
	if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		exchange_finding(
		    x, "core ends with status %d", WEXITSTATUS(status));
	t->started++;
	t->findings += x->findings;
	exchange_free(x);
}

static void
judge_group(struct cuts *t)
{
	char dir[4200];

	t->findings += judge_all(&t->judge, t->loud);
	for (size_t i = 0; i < GROUP; i++) {
		snprintf(dir, sizeof dir, "%s/cut-%zu", t->scene, i);
		if (!scene_remove(dir))
			die(dir);
	}
}

static void
one_cut(struct cuts *t, size_t at, enum choice choice)
{
	static const char *const name[] = { "none", "all", "torn", "subset",
		"prefix", "one", "all but one" };
	const struct cut cut = { part, sector, t };
	char dir[4200], data[4300], notes[4200], label[128];
	size_t count = noted_by(&t->x->notes, disk_sent(t->disk));
	bool sound, sample;

	t->choice = choice;
	t->items = disk_items(t->disk);
	t->chosen = t->items > 0 ? draw(t) % t->items : 0;
	snprintf(label, sizeof label, "cut after change %zu, %s of %zu items",
	    at, name[choice], t->items);
	snprintf(dir, sizeof dir, "%s/cut-%zu", t->scene, t->judge.n);
	snprintf(data, sizeof data, "%s/data", dir);
	if (!scene_bare(t->fed, dir) || !disk_write(t->disk, &cut, dir))
		die(dir);
	write_notes(t, count, notes);
	t->cuts++;
	t->torn += choice == CHOOSE_TORN;
	sound = opens(t, label, dir);
	t->findings += !sound;
	sample = sound && t->loud && t->cuts % SAMPLE == 0;
	/* Where nobody was told anything, the log is held to nothing. */
	if (sound && count > 0)
		judge_add(&t->judge, label, data, notes);
	if (sample) {
		t->findings += judge_all(&t->judge, t->loud);
		go_on(t, label, dir, count);
	}
	if (t->judge.n == GROUP || sample)
		judge_group(t);
	else if ((!sound || count == 0) && !scene_remove(dir))
		die(dir);
}

/* ------------------------------------------------------------ all of them */

/* Is there something to see that was not there at the point before? */
struct point {
	uint64_t durable;
	size_t noted;
};

static bool
is_news(struct cuts *t, struct point *p)
{
	struct point now = { disk_durable(t->disk),
		noted_by(&t->x->notes, disk_sent(t->disk)) };
	bool news = now.durable != p->durable || now.noted != p->noted;

	*p = now;
	return news;
}

static void
count_points(struct cuts *t, unsigned long *points, unsigned long *open)
{
	struct point p = { UINT64_MAX, 0 };

	for (size_t at = 1; disk_step(t->disk); at++) {
		bool items = disk_items(t->disk) > 0;

		*points += is_news(t, &p);
		*points += items && at % ALL_EVERY == 0;
		*open += items;
	}
	disk_rewind(t->disk);
}

/*
 * Wherever it has changed nothing but what is durable, often all there could
 * be; then more states at random where items are open, until there are
 * count. If count is too small for that, every so manyth.
 */
static void
walk(struct cuts *t, uint64_t count)
{
	struct point p = { UINT64_MAX, 0 };
	unsigned long points = 0, open = 0, seen = 0, more;
	size_t at;

	count_points(t, &points, &open);
	more = count > points ? count - points : 0;
	for (at = 1; disk_step(t->disk); at++) {
		bool choose[2] = { is_news(t, &p),
			disk_items(t->disk) > 0 && at % ALL_EVERY == 0 };
		unsigned long share;

		for (unsigned i = 0; i < 2; i++)
			if (choose[i] &&
			    (++seen * count / points > t->cuts || more > 0))
				one_cut(
				    t, at, i == 0 ? CHOOSE_NONE : CHOOSE_ALL);
		if (disk_items(t->disk) == 0)
			continue;
		share = more / open;
		more -= share;
		open--;
		for (unsigned long k = 0; k < share; k++)
			one_cut(t, at,
			    (enum choice)(CHOOSE_TORN +
				draw(t) % (CHOICES - CHOOSE_TORN)));
	}
	judge_group(t);
	printf("%zu changes recorded\n", at - 1);
}

static unsigned
lie_of(const char *text)
{
	if (strcmp(text, "fsync") == 0)
		return LIE_FSYNC;
	if (strcmp(text, "fdatasync") == 0)
		return LIE_FDATASYNC;
	return strcmp(text, "synchronous") == 0 ? LIE_SYNCHRONOUS : 0;
}

static void
read_config(struct cuts *t)
{
	char path[4200];
	struct problems p = { 0 };
	struct why why = { "" };
	uint8_t key[32];

	snprintf(path, sizeof path, "%s/infohusd.yaml", t->fed);
	t->config = config_load(path, &p);
	if (t->config == NULL ||
	    key_file_read(key, t->config->log_key, &why) != ERR_OK ||
	    note_secret_make(&t->log_key, t->config->origin, NOTE_TYPE_ED25519,
		key, &why) != ERR_OK ||
	    !cast_read(&t->cast, t->fed, &why)) {
		fprintf(stderr, "cuts: %s%s\n", why.text,
		    p.text != NULL ? p.text : "");
		exit(3);
	}
}

int
main(int argc, char **argv)
{
	static struct cuts t;
	const char *lie = argc > 8 ? argv[8] : NULL;
	char file[4200];
	uint64_t count, seed;

	if (argc < 8 || (lie != NULL && lie_of(lie) == 0)) {
		fprintf(stderr,
		    "usage: cuts CORE SHIM FED ORACLE INFOHUS "
		    "COUNT SEED [LIE]\n");
		return 2;
	}
	if (!number_read("COUNT", argv[6], 1, &count) ||
	    !number_read("SEED", argv[7], 0, &seed))
		return 2;
	if (sodium_init() < 0)
		return 3;
	t = (struct cuts){ .core = argv[1],
		.shim = argv[2],
		.fed = argv[3],
		.infohus = argv[5],
		.seed = seed,
		.loud = lie == NULL };
	read_config(&t);
	t.judge = (struct judge){ argv[4], &t.cast, t.fed, 0, 0, NULL, 0 };
	snprintf(t.scene, sizeof t.scene, "%s/scene", t.fed);
	snprintf(file, sizeof file, "%s/record", t.fed);
	(void)unlink(file);
	record(&t, file);
	t.disk = disk_new(file, t.scene, lie != NULL ? lie_of(lie) : 0);
	if (t.disk == NULL)
		die("the record");
	printf("seed %s\n", argv[7]);
	walk(&t, count);
	printf("%lu cuts, %lu of them torn at random, %lu judged, %lu gone on "
	       "from; %u findings%s%s\n",
	    t.cuts, t.torn, t.judge.judged, t.started, t.findings,
	    lie != NULL ? " on a disk that lies about " : "",
	    lie != NULL ? lie : "");
	disk_free(t.disk);
	judge_free(&t.judge);
	exchange_free(t.x);
	cast_clear(&t.cast);
	config_free(t.config);
	if (t.cuts != count) {
		fprintf(stderr,
		    "cuts: found states for %lu cuts, expected %s\n", t.cuts,
		    argv[6]);
		return 3;
	}
	if (lie != NULL)
		return t.findings > 0 ? 0 : 1;
	return t.findings == 0 ? 0 : 1;
}
