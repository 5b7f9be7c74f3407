/*
 * SPDX-License-Identifier: MIT
 *
 * do_federation: the federation that most scenarios play in. Its nodes are
 * admitted once; what is on disk then is kept, for every FEDERATION to begin
 * with.
 */
#include "do.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine_memory.h"
#include "people.h"

#define FEDERATION_FILE "tests/replay/federation"

static struct {
	struct image image;
	bool made;
	uint64_t now;
} federation;

/* The nodes' lines; admit them only when there is no image yet. */
static enum outcome
read_federation(struct run *r, bool admits)
{
	FILE *f = fopen(FEDERATION_FILE, "re");
	char line[1024], *word[WORDS_MAX], *save;

	if (f == NULL)
		return run_wrong(r,
		    "cannot read " FEDERATION_FILE
		    ", expected to run in the top folder");
	while (r->outcome == RUN_FINE && fgets(line, sizeof line, f) != NULL) {
		size_t n = 0;

		line[strcspn(line, "#\n")] = '\0';
		save = NULL;
		for (char *p = strtok_r(line, " ", &save); p != NULL;
		     p = strtok_r(NULL, " ", &save))
			word[n++] = p;
		if (n < 3)
			continue;
		if (admits) {
			(void)do_node(r, word, n);
			continue;
		}
		/* The image has it admitted already. */
		struct node *x = calloc(1, sizeof *x);
		if (x == NULL)
			people_must(ERR_NOMEM, NULL);
		x->next = r->seats.node;
		r->seats.node = x;
		snprintf(x->alias, sizeof x->alias, "%s", word[0]);
		snprintf(x->id, sizeof x->id, "%s", word[1]);
		x->serial = x->certificate = 1;
		x->chain = true;
		x->n_seat = 1;
		snprintf(x->seat[0], sizeof x->seat[0], "cli");
		(void)do_describe(r, x, word + 2, n - 2);
	}
	fclose(f);
	return r->outcome;
}

static bool
make_federation(void)
{
	struct run *r = run_new(FEDERATION_FILE, 1);

	if (run_begin(r) && read_federation(r, true) == RUN_FINE) {
		world_order(&r->world, JOB_STOP);
		world_save(&r->world, &federation.image);
		federation.made = true;
	} else {
		printf("%s\n%s\n", r->text, world_said(&r->world));
	}
	run_free(r);
	return federation.made;
}

enum outcome
do_federation(struct run *r, char **word, size_t n)
{
	(void)word;
	(void)n;
	if (r->begun)
		return run_wrong(r,
		    "found FEDERATION after core has run, "
		    "expected it before");
	if (!federation.made) {
		/* Its own run: stderr and the machine are given back. */
		stderr = r->world.real_stderr;
		bool made = make_federation();
		stderr = r->world.said_file;
		machine_reset(r->seed);
		if (!made)
			return run_wrong(r, "the federation cannot be made");
	}
	world_load(&r->world, &federation.image);
	return read_federation(r, false);
}

void
run_forget(void)
{
	disk_free(federation.image.disk);
	federation.image.disk = NULL;
	federation.made = false;
	world_forget_law();
}
