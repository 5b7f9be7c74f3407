/*
 * SPDX-License-Identifier: MIT
 *
 * evil: a gate that has been taken over, for tests of core and clients.
 * Exists only in builds with TEST_HOOKS.
 *
 *	INFOHUS_EVIL="word[,word]..."
 *
 *	drop reorder replay flip swap forge	what it does to frames; of
 *						several, one is drawn
 *	core door		only frames to core, or only those to doors
 *	every=N			one frame in N (drawn; 4 when not said)
 *	after=N			not to the first N frames
 *	seed=N			of the generator (1 when not said)
 *	nozap noselftest	no ZAP handler; no self-test
 *	slowclose		libzmq's I/O thread stands still after a close
 *	slowreap		its reaper does, which leaves the other free
 *	patient			its loop has no audit to wake it: what events
 *				do not tell in time is never seen
 */
#ifdef TEST_HOOKS

#include "gate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SLOW_CLOSE_MS 20
#define AUDIT_AHEAD_MS 20 /* a loop that waits longer waits for its audit */
#define FORGED_MAX 2000

enum deed { DROP, REORDER, REPLAY, FLIP, SWAP, FORGE, DEEDS };

static const char *const deed_name[DEEDS] = { "drop", "reorder", "replay",
	"flip", "swap", "forge" };

struct kept { /* a copy of a frame, per direction */
	uint8_t *data;
	size_t len;
	unsigned door;
};

typedef void deliver(struct gate *g, unsigned door, struct bytes frame);

struct way {
	bool on;
	deliver *pass;
	uint64_t frames;
	struct kept late, old; /* held back to reorder; to be replayed */
};

struct evil {
	enum deed deed[DEEDS];
	size_t deeds;
	uint64_t every, after, state;
	bool nozap, noselftest, baduser;
	struct way to_core, to_door;
};

/* splitmix64 */
static uint64_t
draw(struct evil *e)
{
	uint64_t z = e->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static bool
number(const char *word, const char *name, uint64_t *out)
{
	size_t len = strlen(name);

	if (strncmp(word, name, len) != 0 || word[len] != '=')
		return false;
	*out = strtoull(word + len + 1, NULL, 10);
	return true;
}

static bool
parse_word(struct evil *e, const char *word)
{
	for (int i = 0; i < DEEDS; i++)
		if (strcmp(word, deed_name[i]) == 0) {
			if (e->deeds < DEEDS)
				e->deed[e->deeds++] = (enum deed)i;
			return true;
		}
	if (strcmp(word, "core") == 0)
		e->to_door.on = false;
	else if (strcmp(word, "door") == 0)
		e->to_core.on = false;
	else if (strcmp(word, "nozap") == 0)
		e->nozap = true;
	else if (strcmp(word, "noselftest") == 0)
		e->noselftest = true;
	else if (strcmp(word, "baduser") == 0)
		e->baduser = true;
	else if (strcmp(word, "slowclose") != 0 &&
	    strcmp(word, "slowreap") != 0 && strcmp(word, "patient") != 0)
		return number(word, "every", &e->every) ||
		    number(word, "after", &e->after) ||
		    number(word, "seed", &e->state);
	return true;
}

enum err
evil_new(struct gate *g, struct why *why)
{
	const char *text = getenv("INFOHUS_EVIL");
	struct evil *e = calloc(1, sizeof *e);
	char *copy, *at, *word;
	enum err result = ERR_OK;

	if (e == NULL)
		return ERR_NOMEM;
	*e = (struct evil){ .every = 4,
		.state = 1,
		.to_core = { .on = true, .pass = gate_to_core },
		.to_door = { .on = true, .pass = gate_to_door } };
	g->evil = e;
	at = copy = strdup(text != NULL ? text : "");
	if (copy == NULL)
		return ERR_NOMEM;
	while ((word = strsep(&at, ",")) != NULL)
		if (*word != '\0' && !parse_word(e, word))
			result = why_set(why, ERR_INVALID,
			    "INFOHUS_EVIL: unknown word \"%s\"", word);
	if (e->every == 0)
		e->every = 1;
	free(copy);
	return result;
}

void
evil_free(struct gate *g)
{
	if (g->evil == NULL)
		return;
	free(g->evil->to_core.late.data);
	free(g->evil->to_core.old.data);
	free(g->evil->to_door.late.data);
	free(g->evil->to_door.old.data);
	free(g->evil);
	g->evil = NULL;
}

bool
evil_skips_zap(const struct gate *g)
{
	return g->evil->nozap;
}

bool
evil_skips_selftest(const struct gate *g)
{
	return g->evil->noselftest;
}

const char *
evil_user(const struct gate *g, const char *name)
{
	return g->evil->baduser ? "somebody" : name;
}

/*
 * In the place of libc's, for libzmq too: see barrier.c for what it shows.
 * The I/O thread closes sockets and pipes, which know FIONREAD; the reaper
 * closes signalers, which do not.
 */
int
close(int fd)
{
	const struct timespec pause = { .tv_nsec = SLOW_CLOSE_MS * 1000000L };
	const char *text = getenv("INFOHUS_EVIL");
	int waiting;
	const char *word = ioctl(fd, FIONREAD, &waiting) == 0 ? "slowclose" :
								"slowreap";
	int result = (int)syscall(SYS_close, fd);

	if (text != NULL && strstr(text, word) != NULL && getpid() != gettid())
		nanosleep(&pause, NULL);
	return result;
}

/* The same for the wait of our own loop. */
int
epoll_wait(int fd, struct epoll_event *event, int max, int timeout_ms)
{
	const char *text = getenv("INFOHUS_EVIL");

	if (text != NULL && strstr(text, "patient") != NULL &&
	    timeout_ms > AUDIT_AHEAD_MS && getpid() == gettid())
		timeout_ms = -1;
	return epoll_pwait(fd, event, max, timeout_ms, NULL);
}

static void
keep_copy(struct kept *k, unsigned door, struct bytes frame)
{
	uint8_t *p = malloc(frame.len + 1);

	if (p == NULL)
		return;
	if (frame.len > 0)
		memcpy(p, frame.data, frame.len);
	free(k->data);
	k->data = p;
	k->len = frame.len;
	k->door = door;
}

static void
pass_kept(struct gate *g, struct way *w, struct kept *k)
{
	struct kept mine = *k;

	if (mine.data == NULL)
		return;
	*k = (struct kept){ 0 };
	w->pass(g, mine.door, bytes_of(mine.data, mine.len));
	free(mine.data);
}

static unsigned
other_door(struct gate *g, unsigned door)
{
	unsigned used[64], n = 0;

	for (unsigned i = 1; i <= g->doors && n < 64; i++)
		if (i != door && g->door[i].state != DOOR_UNUSED)
			used[n++] = i;
	return n == 0 ? door : used[draw(g->evil) % n];
}

static void
forge(struct gate *g, struct way *w, unsigned door)
{
	uint8_t frame[FORGED_MAX];
	size_t len = draw(g->evil) % FORGED_MAX;

	for (size_t i = 0; i < len; i++)
		frame[i] = (uint8_t)draw(g->evil);
	if (len > 0)
		frame[0] %= 3; /* a lane there is */
	w->pass(g, door, bytes_of(frame, len));
}

static void
flip(struct gate *g, struct way *w, unsigned door, struct bytes frame)
{
	struct kept k = { 0 };

	keep_copy(&k, door, frame);
	if (k.data != NULL && k.len > 0) {
		uint64_t bit = draw(g->evil) % (k.len * 8);

		k.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	pass_kept(g, w, &k);
}

static void
misbehave(struct gate *g, struct way *w, unsigned door, struct bytes frame)
{
	struct evil *e = g->evil;

	switch (e->deed[draw(e) % e->deeds]) {
	case DROP:
		return;
	case REORDER: /* leaves after the next one */
		pass_kept(g, w, &w->late);
		keep_copy(&w->late, door, frame);
		return;
	case REPLAY:
		w->pass(g, door, frame);
		pass_kept(g, w, &w->old);
		keep_copy(&w->old, door, frame);
		return;
	case FLIP:
		flip(g, w, door, frame);
		return;
	case SWAP:
		w->pass(g, other_door(g, door), frame);
		return;
	case FORGE:
		w->pass(g, door, frame);
		forge(g, w, door);
		return;
	case DEEDS:
		return;
	}
}

static void
evil_pass(struct gate *g, struct way *w, unsigned door, struct bytes frame)
{
	struct evil *e = g->evil;

	if (w->on && e->deeds > 0 && ++w->frames > e->after &&
	    draw(e) % e->every == 0) {
		misbehave(g, w, door, frame);
		return;
	}
	w->pass(g, door, frame);
	pass_kept(g, w, &w->late);
}

void
evil_to_core(struct gate *g, unsigned door, struct bytes frame)
{
	evil_pass(g, &g->evil->to_core, door, frame);
}

void
evil_to_door(struct gate *g, unsigned door, struct bytes frame)
{
	evil_pass(g, &g->evil->to_door, door, frame);
}

#endif
