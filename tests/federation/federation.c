/*
 * SPDX-License-Identifier: MIT
 *
 * federation: makes one, finds one that is there, ends it. See federation.h.
 */
#include "inner.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "keeper.h"
#include "ports.h"
#include "proto/bytes.h"

#define NAMES_ARENA (16u * 1024 * 1024)
#define DOORS_MIN 32u
#define DOORS_SPARE 16u

static const struct fed_node usual[] = {
	{ "kommune/0101", "agent cli", "kom_tovholder@kommune:0101", NULL,
	    NULL },
	{ "kommune/0101/jobcenter", "cli two", "jobcenter@kommune:0101", NULL,
	    NULL },
	{ "politi/1470", "agent triage",
	    "pol_tovholder@politikreds:1470 pol_vagt@politikreds:1470", NULL,
	    NULL },
};

/* ----------------------------------------------------- opening and closing */

/* The build folder: this program stands in its tests/, or BUILD names it. */
static enum err
find_build(struct fed *f, struct why *why)
{
	const char *build = getenv("BUILD");
	char self[FED_PATH], path[FED_PATH];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 8);

	if (n > 0) {
		self[n] = '\0';
		*strrchr(self, '/') = '\0';
		(void)snprintf(path, sizeof path, "%.480s/fed", self);
		if (access(path, X_OK) == 0) {
			*strrchr(self, '/') = '\0';
			(void)snprintf(
			    f->build, sizeof f->build, "%.250s", self);
			return ERR_OK;
		}
	}
	if (build == NULL)
		build = "build";
	if (realpath(build, self) != NULL) {
		(void)snprintf(path, sizeof path, "%.480s/tests/fed", self);
		(void)snprintf(f->build, sizeof f->build, "%.250s", self);
		if (access(path, X_OK) == 0)
			return ERR_OK;
	}
	return why_set(why, ERR_NOT_FOUND,
	    "found no tests/fed in the build folder \"%s\", expected the "
	    "programs to be built, and BUILD to name it",
	    build);
}

static enum err
new_handle(struct fed **out, struct why *why)
{
	struct fed *f = calloc(1, sizeof *f);
	enum err e;

	if (f == NULL || arena_new(&f->arena, NAMES_ARENA) != ERR_OK) {
		free(f);
		return why_set(why, ERR_NOMEM, "no memory for a federation");
	}
	f->keeper = -1;
	e = find_build(f, why);
	if (e == ERR_OK)
		*out = f;
	else
		fed_close(f);
	return e;
}

void
fed_close(struct fed *f)
{
	if (f == NULL)
		return;
	if (f->keeper >= 0)
		(void)close(f->keeper);
	arena_free(f->arena);
	free(f);
}

enum err
fed_open(struct fed **out, const char *folder, struct why *why)
{
	struct fed *f = NULL;
	enum err e = new_handle(&f, why);

	if (e != ERR_OK)
		return e;
	(void)snprintf(f->folder, sizeof f->folder, "%s", folder);
	e = strlen(folder) < sizeof f->folder ?
	    keeper_connect(folder, &f->keeper, why) :
	    why_set(why, ERR_INVALID, "the folder's path is too long");
	if (e == ERR_OK)
		*out = f;
	else
		fed_close(f);
	return e;
}

/* ------------------------------------------------------------------ making */

static unsigned
count_seats(const struct fed_options *o)
{
	unsigned n = 0;

	for (size_t i = 0; i < o->n_node; i++) {
		const char *s = o->node[i].seats;

		for (; *s != '\0'; s++)
			n += *s != ' ' && (s[1] == ' ' || s[1] == '\0');
	}
	return n;
}

static enum err
make_folder(struct fed *f, const struct fed_options *o, struct why *why)
{
	char run[FED_PATH];
	enum err e = folder_make(f->folder, o->label, why);

	inner_path(f, run, "run");
	return e == ERR_OK ? inner_mkdir(run, why) : e;
}

static enum err
make_all(struct fed *f, const struct fed_options *o, unsigned first_port,
    unsigned doors, struct why *why)
{
	struct fed_start s = { .hooks = o->hooks, .bin = o->bin };
	enum err e = make_ground(f, o, first_port, doors, why);

	for (size_t i = 0; i < o->n_node && e == ERR_OK; i++)
		e = make_node(f, &o->node[i], why);
	if (e == ERR_OK && !o->stopped)
		e = fed_start(f, &s, why);
	return e;
}

static void
drop(struct fed *f)
{
	const char *words[] = { "end", "remove", NULL };

	if (f->keeper >= 0 &&
	    keeper_ask(f->keeper, words, NULL, NULL) == ERR_OK)
		keeper_gone(f->keeper);
	folder_remove(f->folder); /* if there is no keeper that would */
}

enum err
fed_new_for(struct fed **out, const struct fed_options *options, pid_t owner,
    struct why *why)
{
	struct fed_options o = options != NULL ? *options :
						 (struct fed_options){ 0 };
	unsigned range[2], first, doors;
	struct fed *f = NULL;
	char program[FED_PATH];
	enum err e;

	if (o.n_node == 0) {
		o.node = usual;
		o.n_node = sizeof usual / sizeof usual[0];
	}
	for (size_t i = 0; i < o.n_node; i++)
		if ((e = make_check_node(&o.node[i], why)) != ERR_OK)
			return e;
	doors = count_seats(&o) + DOORS_SPARE;
	doors = o.doors != 0 ? o.doors : doors > DOORS_MIN ? doors : DOORS_MIN;
	e = ports_range(o.ports, &range[0], &range[1], why);
	if (e == ERR_OK)
		e = new_handle(&f, why);
	if (e != ERR_OK)
		return e;
	(void)snprintf(program, sizeof program, "%s/tests/fed", f->build);
	e = make_folder(f, &o, why);
	if (e == ERR_OK)
		e = keeper_start(
		    program, f->folder, owner, range, doors + 1, &first, why);
	if (e == ERR_OK)
		e = keeper_connect(f->folder, &f->keeper, why);
	if (e == ERR_OK)
		e = make_all(f, &o, first, doors, why);
	if (e == ERR_OK) {
		*out = f;
		return e;
	}
	drop(f);
	fed_close(f);
	return e;
}

/* Those that this process made and has not ended: the only state of the
 * library outside a struct fed, for the end of a test that forgot them. */
static struct fed *made;

static void
forget(const struct fed *f)
{
	struct fed **at = &made;

	while (*at != NULL && *at != f)
		at = &(*at)->next;
	if (*at != NULL)
		*at = f->next;
}

/* An assertion that failed has jumped over fed_end: keep what is there. */
static void
end_forgotten(void)
{
	struct why why = { "" };

	while (made != NULL) {
		struct fed *f = made;

		forget(f);
		if (f->owner == getpid() && fed_end(f, &why) != ERR_OK)
			fprintf(stderr, "%s\n", why.text);
	}
}

enum err
fed_new(struct fed **out, const struct fed_options *o, struct why *why)
{
	static bool registered;
	enum err e = fed_new_for(out, o, getpid(), why);

	if (e != ERR_OK)
		return e;
	if (!registered)
		registered = atexit(end_forgotten) == 0;
	(*out)->owner = getpid();
	(*out)->next = made;
	made = *out;
	return e;
}

/* ------------------------------------------------------------------ ending */

void
fed_passed(struct fed *f)
{
	f->passed = true;
}

void
fed_keep(struct fed *f)
{
	f->passed = true;
	f->keep = true;
}

/*
 * What only a sanitizer says, or the launcher of a child that broke: by a
 * fault of its own, a forbidden call, or core by abort. A gate may abort.
 */
static bool
is_fault(const char *text)
{
	static const int broken[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS,
		SIGABRT };
	const char *ended = strstr(text, " ended by signal ");
	bool core = strstr(text, "infohus-core ended") != NULL;

	if (strstr(text, "Sanitizer") != NULL ||
	    strstr(text, "runtime error:") != NULL)
		return true;
	for (size_t i = 0;
	     ended != NULL && i < sizeof broken / sizeof broken[0]; i++)
		if (strtol(ended + strlen(" ended by signal "), NULL, 10) ==
			broken[i] &&
		    (core || broken[i] != SIGABRT))
			return true;
	return false;
}

static bool
tells_of_fault(const char *path, char line[200])
{
	char text[400];
	bool found = false;
	FILE *log = fopen(path, "re");

	while (log != NULL && !found && fgets(text, sizeof text, log) != NULL) {
		found = is_fault(text);
		(void)snprintf(
		    line, 200, "%.*s", (int)strcspn(text, "\n"), text);
	}
	if (log != NULL)
		(void)fclose(log);
	return found;
}

/* ERR_INVALID when daemon.log or any of log/ tells of one. */
static enum err
check_logs(struct fed *f, struct why *why)
{
	char path[FED_PATH], line[200];
	struct dirent *entry;
	enum err e = ERR_OK;
	DIR *d;

	inner_path(f, path, "daemon.log");
	if (tells_of_fault(path, line))
		e = why_set(why, ERR_INVALID, "daemon.log: %s", line);
	inner_path(f, path, "log");
	d = opendir(path);
	while (e == ERR_OK && d != NULL && (entry = readdir(d)) != NULL) {
		inner_path(f, path, "log/%s", entry->d_name);
		if (tells_of_fault(path, line))
			e = why_set(why, ERR_INVALID, "log/%.100s: %s",
			    entry->d_name, line);
	}
	if (d != NULL)
		(void)closedir(d);
	return e;
}

/* Ends all processes and looks at how they lived and died. */
static enum err
rest(struct fed *f, struct why *why)
{
	char death[KEEPER_ANSWER] = "";
	enum err e = INNER_ASK(f, death, why, "rest");

	if (e == ERR_OK)
		e = check_logs(f, why);
	if (e == ERR_OK && death[0] != '\0')
		e = why_set(why, ERR_INVALID, "%s", death);
	return e;
}

static void
print_tail(const char *path)
{
	char text[4000];
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return;
	(void)fseek(f, -(long)sizeof text + 1, SEEK_END);
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	(void)fclose(f);
	fprintf(stderr, "the end of %s:\n%s\n", path, text);
}

static void
say_how_to_look(struct fed *f)
{
	char path[FED_PATH];

	inner_path(f, path, "daemon.log");
	print_tail(path);
	fprintf(stderr,
	    "kept: %s\n"
	    "  %s/daemon.log, %s/log/  what everybody printed\n"
	    "  ls %s/inbox  what was received\n"
	    "its processes have ended, so the words of fed do not work there; "
	    "to look\ncloser, start the daemon again and ask it:\n"
	    "  %s/bin/infohusd %s/infohusd.yaml &\n"
	    "  %s/bin/infohus admin status --socket %s/run/admin.sock\n"
	    "  %s/bin/infohus admin snapshot %s/look --socket "
	    "%s/run/admin.sock\n"
	    "  %s/bin/infohus audit show %s/look --vkey \"$(sed -n "
	    "'s/.*\"vkey\": \"\\(.*\\)\".*/\\1/p' %s/server.json)\"\n",
	    f->folder, f->folder, f->folder, f->folder, f->build, f->folder,
	    f->build, f->folder, f->build, f->folder, f->folder, f->build,
	    f->folder, f->folder);
}

enum err
fed_end(struct fed *f, struct why *why)
{
	const char *words[] = { "end", "keep", NULL };
	struct why found = { "" };
	enum err e = fed_stop(f, why), ended = rest(f, &found);
	bool wrong;

	forget(f);
	/* That explains a daemon that ended badly, not the other way round. */
	if (ended != ERR_OK)
		e = why_set(why, ended, "%s", found.text);
	wrong = e != ERR_OK || !f->passed || getenv("FED_KEEP") != NULL;
	if (!wrong && !f->keep)
		words[1] = "remove";
	ended = keeper_ask(f->keeper, words, NULL, e == ERR_OK ? why : NULL);
	if (ended == ERR_OK)
		keeper_gone(f->keeper);
	if (wrong)
		say_how_to_look(f);
	else if (f->keep)
		fprintf(stderr, "kept: %s\n", f->folder);
	fed_close(f);
	return e != ERR_OK ? e : ended;
}
