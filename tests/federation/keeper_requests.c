/*
 * SPDX-License-Identifier: MIT
 *
 * keeper_requests: what the keeper is asked; see keeper.h.
 */
#include "keeper_inner.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/common/now.h"

#define END_MS 5000 /* for clients to end by themselves */
#define ENV_MAX 64

static void answer(struct client *c, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
answer(struct client *c, enum err e, const char *fmt, ...)
{
	char text[KEEPER_ANSWER];
	int n = e == ERR_OK ? snprintf(text, sizeof text, "+") :
			      snprintf(text, sizeof text, "-%d ", (int)e);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + n, sizeof text - (size_t)n, fmt, ap);
	va_end(ap);
	(void)send(c->fd, text, strlen(text) + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	c->waits = WAIT_NONE;
	free(c->name);
	c->name = NULL;
}

/* Answers a client that waits, if it is time. */
void
keeper_check_waiting(struct keeper *k, struct client *c)
{
	bool late = c->until_ms != 0 && now_ms() >= c->until_ms;
	const struct proc *q = NULL;

	if (c->fd < 0 || c->waits == WAIT_NONE)
		return;
	if (c->waits == WAIT_READY) {
		q = procs_find(&k->procs, KEEPER_LAUNCHER);
		if (k->lives > c->lives)
			answer(c, ERR_OK, "%u", k->lives);
		else if (q == NULL || q->pid == 0)
			answer(c, ERR_CLOSED,
			    "the daemon does not serve: it ended with status "
			    "%d",
			    q == NULL ? -1 : q->status);
		else if (late)
			answer(c, ERR_CLOSED,
			    "the daemon runs but did not get ready in time");
		return;
	}
	q = procs_find(&k->procs, c->name);
	if (q == NULL)
		answer(c, ERR_NOT_FOUND, "%s: nothing of that name was started",
		    c->name);
	else if (q->pid == 0)
		answer(c, ERR_OK, "%d", q->status);
	else if (late)
		answer(c, ERR_CLOSED, "%s has not ended in time", c->name);
}

static void
wait_until(struct client *c, enum waits what, const char *ms)
{
	long n = strtol(ms, NULL, 10);

	c->waits = what;
	c->until_ms = n < 0 ? 0 : now_ms() + (uint64_t)n + 1;
}

/* ---------------------------------------------------------------- requests */

struct request {
	struct keeper *k;
	struct client *c;
	char **word; /* ends with NULL; word[0] is the first after the name */
	size_t n;
};

static void
do_spawn(struct request *r)
{
	char *env[ENV_MAX + 1];
	struct why why = { "" };
	size_t n = 0, at = 2;
	enum err e;

	while (r->word[at] != NULL && strcmp(r->word[at], "--") != 0 &&
	    n < ENV_MAX)
		env[n++] = r->word[at++];
	env[n] = NULL;
	if (r->word[at] == NULL || strcmp(r->word[at], "--") != 0) {
		answer(r->c, ERR_INVALID, "%s: expected -- and a command",
		    r->word[0]);
		return;
	}
	e = procs_start(
	    &r->k->procs, r->word[0], r->word[1], r->word + at + 1, env, &why);
	answer(r->c, e, "%s", why.text);
}

static void
do_again(struct request *r)
{
	struct why why = { "" };
	enum err e = procs_again(&r->k->procs, r->word[0], &why);

	answer(r->c, e, "%s", why.text);
}

static void
do_pid(struct request *r)
{
	const struct proc *q = procs_find(&r->k->procs, r->word[0]);

	if (q == NULL)
		answer(r->c, ERR_NOT_FOUND,
		    "%s: nothing of that name was started", r->word[0]);
	else
		answer(r->c, ERR_OK, "%d %d", (int)q->pid, q->status);
}

static void
do_signal(struct request *r)
{
	struct proc *q = procs_find(&r->k->procs, r->word[0]);

	if (q == NULL || q->pid == 0)
		answer(r->c, ERR_NOT_FOUND, "%s does not run", r->word[0]);
	else if (!procs_signal(q, (int)strtol(r->word[1], NULL, 10)))
		answer(
		    r->c, ERR_INVALID, "%s: %s", r->word[0], strerror(errno));
	else
		answer(r->c, ERR_OK, "%s", "");
}

static void
do_wait(struct request *r)
{
	r->c->name = strdup(r->word[0]);
	if (r->c->name != NULL)
		wait_until(r->c, WAIT_END, r->word[1]);
	keeper_check_waiting(r->k, r->c);
}

enum err
keeper_take_ports(struct keeper *k, unsigned count, struct why *why)
{
	enum err e = k->n_ports < PORTS_MAX ?
	    ports_take(
		&k->ports[k->n_ports], count, k->range[0], k->range[1], why) :
	    why_set(why, ERR_FULL, "ports: more than %d runs", PORTS_MAX);

	k->n_ports += e == ERR_OK;
	return e;
}

static void
do_ports(struct request *r)
{
	unsigned count = (unsigned)strtoul(r->word[0], NULL, 10);
	struct why why = { "" };
	enum err e = keeper_take_ports(r->k, count, &why);

	if (e == ERR_OK)
		answer(r->c, e, "%u", r->k->ports[r->k->n_ports - 1].first);
	else
		answer(r->c, e, "%s", why.text);
}

static void
do_lives(struct request *r)
{
	answer(r->c, ERR_OK, "%u", r->k->lives);
}

static void
do_ready(struct request *r)
{
	r->c->lives = (unsigned)strtoul(r->word[0], NULL, 10);
	wait_until(r->c, WAIT_READY, r->word[1]);
	keeper_check_waiting(r->k, r->c);
}

static struct proxy *
find_proxy(const struct keeper *k, const char *name)
{
	for (size_t i = 0; i < k->n_proxy; i++)
		if (strcmp(proxy_name(k->proxy[i]), name) == 0)
			return k->proxy[i];
	return NULL;
}

static void
do_proxy(struct request *r)
{
	unsigned port = (unsigned)strtoul(r->word[1], NULL, 10);
	struct keeper *k = r->k;
	struct why why = { "" };
	enum err e = ERR_OK;

	if (find_proxy(k, r->word[0]) != NULL)
		e = why_set(
		    &why, ERR_EXISTS, "%s has a proxy already", r->word[0]);
	else if (k->n_proxy == PROXIES_MAX)
		e = why_set(
		    &why, ERR_FULL, "more than %d proxies", PROXIES_MAX);
	else
		e = proxy_new(&k->proxy[k->n_proxy], r->word[0], port, &why);
	if (e == ERR_OK)
		answer(r->c, e, "%u", proxy_port(k->proxy[k->n_proxy++]));
	else
		answer(r->c, e, "%s", why.text);
}

static void
do_set(struct request *r)
{
	struct proxy *p = find_proxy(r->k, r->word[0]);
	struct why why = { "" };
	enum err e = p == NULL ?
	    why_set(&why, ERR_NOT_FOUND, "%s has no proxy", r->word[0]) :
	    proxy_set(p, r->word[1], &why);

	answer(r->c, e, "%s", why.text);
}

static void
do_show(struct request *r)
{
	const struct proxy *p = find_proxy(r->k, r->word[0]);
	char text[KEEPER_ANSWER / 2] = "";

	if (p == NULL) {
		answer(r->c, ERR_NOT_FOUND, "%s has no proxy", r->word[0]);
		return;
	}
	proxy_show(p, text, sizeof text);
	answer(r->c, ERR_OK, "%s", text);
}

static void
do_rest(struct request *r)
{
	procs_end(&r->k->procs, END_MS);
	answer(r->c, ERR_OK, "%s", r->k->procs.death);
}

static void
do_end(struct request *r)
{
	keeper_finish(r->k, END_MS, strcmp(r->word[0], "keep") == 0);
	answer(r->c, ERR_OK, "%s", "");
	exit(0);
}

static const struct {
	const char *name;
	size_t words;
	void (*run)(struct request *r);
} requests[] = {
	{ "spawn", 4, do_spawn },
	{ "again", 1, do_again },
	{ "pid", 1, do_pid },
	{ "signal", 2, do_signal },
	{ "wait", 2, do_wait },
	{ "ports", 1, do_ports },
	{ "lives", 0, do_lives },
	{ "ready", 2, do_ready },
	{ "proxy", 2, do_proxy },
	{ "set", 2, do_set },
	{ "show", 1, do_show },
	{ "rest", 0, do_rest },
	{ "end", 1, do_end },
};

void
keeper_dispatch(struct keeper *k, struct client *c, char *packet, size_t len)
{
	char *word[KEEPER_WORDS + 1];
	struct request r = { k, c, word + 1, 0 };
	size_t n = 0;

	for (size_t at = 0; at < len && n < KEEPER_WORDS;
	     at += strlen(packet + at) + 1)
		word[n++] = packet + at;
	word[n] = NULL;
	for (size_t i = 0; n > 0 && i < sizeof requests / sizeof requests[0];
	     i++)
		if (strcmp(requests[i].name, word[0]) == 0 &&
		    n - 1 >= requests[i].words) {
			r.n = n - 1;
			requests[i].run(&r);
			return;
		}
	answer(c, ERR_INVALID, "the keeper does not know: %s",
	    n > 0 ? word[0] : "nothing");
}
