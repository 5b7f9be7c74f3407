/*
 * SPDX-License-Identifier: MIT
 *
 * proxy: see proxy.h. A connection is two flows, seat to gate (up) and gate
 * to seat (down). Every flow is a queue of chunks, each with the time from
 * which it may leave.
 */
#include "proxy_inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ------------------------------------------------------------ connections */

void
proxy_flow_clear(struct flow *w)
{
	while (w->first != NULL) {
		struct chunk *c = w->first;

		w->first = c->next;
		free(c);
	}
	w->last = &w->first;
	w->queued = 0;
}

static void
close_side(struct conn *c, enum way side, bool reset)
{
	struct linger now = { 1, 0 };

	if (c->fd[side] < 0)
		return;
	if (reset)
		(void)setsockopt(
		    c->fd[side], SOL_SOCKET, SO_LINGER, &now, sizeof now);
	(void)close(c->fd[side]);
	c->fd[side] = -1;
}

void
proxy_conn_end(struct conn *c, bool reset)
{
	for (int w = UP; w <= DOWN; w++) {
		close_side(c, (enum way)w, reset);
		proxy_flow_clear(&c->flow[w]);
	}
}

static bool
conn_over(const struct conn *c)
{
	return c->fd[UP] < 0 && c->fd[DOWN] < 0;
}

void
proxy_drop_ended(struct proxy *p)
{
	struct conn **at = &p->conns;

	while (*at != NULL) {
		struct conn *c = *at;

		if (conn_over(c)) {
			*at = c->next;
			free(c);
		} else {
			at = &c->next;
		}
	}
}

static struct sockaddr_in
loopback(unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void
accept_one(struct proxy *p, int fd, uint64_t now_ms)
{
	struct sockaddr_in to = loopback(p->target);
	struct conn *c = calloc(1, sizeof *c);
	int on = 1;

	if (c == NULL) {
		(void)close(fd);
		return;
	}
	c->fd[UP] = fd;
	c->fd[DOWN] = socket(
	    AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	for (int w = UP; w <= DOWN; w++) {
		c->flow[w].last = &c->flow[w].first;
		c->flow[w].filled_ms = now_ms;
		(void)setsockopt(
		    c->fd[w], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	}
	c->connecting = connect(c->fd[DOWN], (struct sockaddr *)&to,
			    sizeof to) != 0;
	if (c->connecting && errno != EINPROGRESS)
		proxy_conn_end(c, true);
	c->next = p->conns;
	p->conns = c;
	p->accepted++;
}

/* ------------------------------------------------------------------ moving */

static bool
may_read(const struct proxy *p, const struct conn *c, enum way w)
{
	const struct flow *f = &c->flow[w];

	if (c->fd[w] < 0 || f->ended || (w == DOWN && c->connecting))
		return false;
	return c->vanished || p->set.drop[w] ||
	    (!p->set.hold[w] && f->queued < QUEUE_MAX);
}

/* When the first chunk may leave; UINT64_MAX: not by itself. */
static uint64_t
leaves_at(const struct proxy *p, const struct conn *c, enum way w)
{
	const struct flow *f = &c->flow[w];

	if (p->set.hold[w] || p->set.drop[w] || c->vanished || c->fd[!w] < 0 ||
	    (w == UP && c->connecting))
		return UINT64_MAX;
	if (f->first == NULL)
		return f->ended && !f->told ? 0 : UINT64_MAX;
	if (p->set.rate > 0 && f->tokens == 0 &&
	    f->first->due_ms < f->filled_ms + 1 + 1000 / p->set.rate)
		return f->filled_ms + 1 + 1000 / p->set.rate;
	return f->first->due_ms;
}

static void
fill_tokens(struct proxy *p, struct flow *f, uint64_t now_ms)
{
	uint64_t fresh = (now_ms - f->filled_ms) * p->set.rate / 1000;
	uint64_t most = p->set.rate / 10 + 1; /* a tenth of a second at once */

	if (fresh == 0)
		return;
	f->filled_ms = now_ms;
	f->tokens = f->tokens + fresh < most ? f->tokens + fresh : most;
}

static void
queue(struct flow *f, const uint8_t *data, size_t len, uint64_t due_ms)
{
	struct chunk *c = malloc(sizeof *c);

	if (c == NULL) {
		f->holed = true;
		return;
	}
	c->next = NULL;
	c->due_ms = due_ms;
	c->at = 0;
	c->len = len;
	memcpy(c->data, data, len);
	*f->last = c;
	f->last = &c->next;
	f->queued += len;
}

static void
read_side(struct proxy *p, struct conn *c, enum way w, uint64_t now_ms)
{
	struct flow *f = &c->flow[w];
	bool lost = c->vanished || p->set.drop[w];
	uint8_t data[CHUNK];

	while (may_read(p, c, w)) {
		ssize_t n = read(c->fd[w], data, sizeof data);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n > 0 && lost) {
			p->dropped += (uint64_t)n;
			f->holed = true;
		} else if (n > 0) {
			queue(f, data, (size_t)n, now_ms + p->set.delay_ms);
		} else {
			f->ended = true;
			f->holed |= lost;
			/* An RST passes as an RST, unless it vanishes too. */
			if (n < 0 && !lost)
				proxy_conn_end(c, true);
			else if (n < 0 || c->vanished)
				close_side(c, w, false);
		}
	}
}

static void
write_side(struct proxy *p, struct conn *c, enum way w, uint64_t now_ms)
{
	struct flow *f = &c->flow[w];

	while (leaves_at(p, c, w) <= now_ms && f->first != NULL) {
		struct chunk *k = f->first;
		size_t len = k->len - k->at;
		ssize_t n;

		if (p->set.rate > 0 && len > f->tokens)
			len = f->tokens;
		if (len == 0)
			return;
		n = send(c->fd[!w], k->data + k->at, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			proxy_conn_end(c, true);
		if (n < 0)
			return;
		p->passed[w] += (uint64_t)n;
		f->tokens -= p->set.rate > 0 ? (uint64_t)n : 0;
		f->queued -= (size_t)n;
		k->at += (size_t)n;
		if (k->at < k->len)
			return;
		f->first = k->next;
		if (f->first == NULL)
			f->last = &f->first;
		free(k);
	}
	if (f->first == NULL && leaves_at(p, c, w) == 0) {
		(void)shutdown(c->fd[!w], SHUT_WR);
		f->told = true;
	}
}

static void
connected(struct conn *c)
{
	struct pollfd out = { c->fd[DOWN], POLLOUT, 0 };
	socklen_t len = sizeof errno;
	int error = 0;

	if (poll(&out, 1, 0) != 1)
		return;
	(void)getsockopt(c->fd[DOWN], SOL_SOCKET, SO_ERROR, &error, &len);
	if (error != 0)
		proxy_conn_end(c, true);
	c->connecting = false;
}

void
proxy_step(struct proxy *p, uint64_t now_ms)
{
	int fd;

	while (!p->set.cut &&
	    (fd = accept4(
		 p->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		accept_one(p, fd, now_ms);
	for (struct conn *c = p->conns; c != NULL; c = c->next) {
		if (c->connecting)
			connected(c);
		for (int w = UP; w <= DOWN; w++) {
			read_side(p, c, (enum way)w, now_ms);
			fill_tokens(p, &c->flow[w], now_ms);
			write_side(p, c, (enum way)w, now_ms);
		}
		if (c->flow[UP].told && c->flow[DOWN].told)
			proxy_conn_end(c, false);
	}
	proxy_drop_ended(p);
}

/* ----------------------------------------------------------------- polling */

size_t
proxy_n(const struct proxy *p)
{
	size_t n = 1;

	for (const struct conn *c = p->conns; c != NULL; c = c->next)
		n += 2;
	return n;
}

/* Is there something for the other side that only waits for room? */
static bool
wants_room(
    const struct proxy *p, const struct conn *c, enum way w, uint64_t now_ms)
{
	return c->flow[w].first != NULL && leaves_at(p, c, w) <= now_ms;
}

void
proxy_poll(const struct proxy *p, struct pollfd *to, uint64_t now_ms,
    uint64_t *deadline_ms)
{
	*to++ = (struct pollfd){ p->set.cut ? -1 : p->listener, POLLIN, 0 };
	for (const struct conn *c = p->conns; c != NULL; c = c->next)
		for (int w = UP; w <= DOWN; w++) {
			uint64_t at = leaves_at(p, c, (enum way)w);
			bool room = wants_room(p, c, (enum way) !w, now_ms);
			short events = (short)((may_read(p, c, (enum way)w) ?
						       POLLIN :
						       0) |
			    (room || (w == DOWN && c->connecting) ? POLLOUT :
								    0));

			/* Unwatched ones would only report their end, again
			 * and again. */
			*to++ = (struct pollfd){ events != 0 ? c->fd[w] : -1,
				events, 0 };
			if (at > now_ms && at < *deadline_ms)
				*deadline_ms = at;
		}
}

/* ------------------------------------------------------------ make and end */

/*
 * Binds the kernel's choice twice: only a port that was asked for by number
 * stays bound while it does not listen.
 */
static int
bind_any(unsigned *port)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof a;
	int on = 1, fd[2];

	for (int i = 0; i < 2; i++) {
		fd[i] = socket(
		    AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd[i] < 0 ||
		    setsockopt(
			fd[i], SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
		    bind(fd[i], (struct sockaddr *)&a, sizeof a) != 0 ||
		    getsockname(fd[i], (struct sockaddr *)&a, &len) != 0)
			return -1;
	}
	(void)close(fd[0]);
	*port = ntohs(a.sin_port);
	return fd[1];
}

enum err
proxy_new(
    struct proxy **out, const char *name, unsigned target, struct why *why)
{
	struct proxy *p = calloc(1, sizeof *p);

	if (p == NULL || (p->name = strdup(name)) == NULL) {
		free(p);
		return why_set(why, ERR_NOMEM, "no memory for a proxy");
	}
	p->target = target;
	p->listener = bind_any(&p->port);
	if (p->listener < 0 || listen(p->listener, 16) != 0) {
		why_errno(why, ERR_IO, "a proxy's port");
		proxy_free(p);
		return ERR_IO;
	}
	*out = p;
	return ERR_OK;
}

void
proxy_free(struct proxy *p)
{
	if (p == NULL)
		return;
	for (struct conn *c = p->conns; c != NULL; c = c->next)
		proxy_conn_end(c, true);
	proxy_drop_ended(p);
	if (p->listener >= 0)
		(void)close(p->listener);
	free(p->name);
	free(p);
}

const char *
proxy_name(const struct proxy *p)
{
	return p->name;
}

unsigned
proxy_port(const struct proxy *p)
{
	return p->port;
}

void
proxy_show(const struct proxy *p, char *out, size_t room)
{
	unsigned long long open = 0, waiting = 0;

	for (const struct conn *c = p->conns; c != NULL; c = c->next) {
		open++;
		waiting += c->flow[UP].queued + c->flow[DOWN].queued;
	}
	(void)snprintf(out, room,
	    "accepted=%llu open=%llu up=%llu down=%llu dropped=%llu "
	    "waiting=%llu",
	    (unsigned long long)p->accepted, open,
	    (unsigned long long)p->passed[UP],
	    (unsigned long long)p->passed[DOWN], (unsigned long long)p->dropped,
	    waiting);
}
