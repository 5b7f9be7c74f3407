/*
 * SPDX-License-Identifier: MIT
 *
 * conn: the TCP connections, which libzmq owns, seen from outside.
 *
 * A descriptor number is reused as soon as libzmq closes it, so a connection
 * is known by the kernel's cookie of its socket, which never is. What has not
 * sent a frame is found by looking at every descriptor of the process. We
 * read, count and shut down; we never close.
 */
#include "gate.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define FIRST_FRAME_MS 5000 /* a client knocks as soon as it is let in */
/* Beyond this newcomers are shut: a flood at one door must not starve all. */
#define DOOR_CONNECTIONS 64
#define BUDGET (2 * (int64_t)FRAME_MAX) /* received, and no frame of it */
#define BUDGET_HARD (BUDGET + 16 * (int64_t)FRAME_MAX) /* with a full pipe */
#define GONE_MS 2000 /* for its last frames to be read, then it is told */
#define HEARTBEAT_BYTES 128 /* a second, in pings and their answers */

bool
conn_cookie(int fd, uint64_t *cookie)
{
	socklen_t len = sizeof *cookie;

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookie, &len) == 0;
}

/* NULL for what is not a connection of a door in use. */
static struct door *
door_of_socket(const struct gate *g, int fd)
{
	struct sockaddr_in6 a; /* the port stands at the same place in both */
	socklen_t len = sizeof a, on_len;
	struct door *d;
	int listening = 0;

	memset(&a, 0, sizeof a);
	on_len = sizeof listening;
	if (getsockname(fd, (struct sockaddr *)&a, &len) != 0 ||
	    (a.sin6_family != AF_INET && a.sin6_family != AF_INET6) ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &on_len) !=
		0 ||
	    listening)
		return NULL;
	d = g->at_port[ntohs(a.sin6_port)];
	return d != NULL && d->socket != NULL ? d : NULL;
}

static struct conn *
learn(struct gate *g, int fd, uint64_t cookie, struct door *d)
{
	struct conn *c = &g->conn[fd];

	if (c->door != NULL)
		keep_gone(g, c);
	memset(c, 0, sizeof *c);
	c->cookie = cookie;
	c->door = d;
	c->next = -1;
	c->seen_ms = c->base_ms = g->now_ms;
	if (d == NULL)
		return c;
	c->next = d->first;
	d->first = fd;
	if (++d->connections > DOOR_CONNECTIONS)
		conn_shut(g, c);
	return c;
}

struct conn *
conn_of_frame(struct gate *g, struct door *d, int fd)
{
	struct conn *c;
	uint64_t cookie;

	if (fd < 0 || fd >= g->fds)
		return NULL;
	c = &g->conn[fd];
	/*
	 * Closed, or another door's by now: the frame was read late, it is
	 * of the connection that was known here. One never known, of which
	 * nothing but late frames are left, is beyond an answer.
	 */
	if (conn_cookie(fd, &cookie) && cookie != c->cookie &&
	    door_of_socket(g, fd) == d)
		c = learn(g, fd, cookie, d);
	if (c->door != d)
		return NULL;
	if (c->id == 0)
		c->id = ++g->last_id;
	if (c->id == 0)
		g->failed = true; /* numbers are never reused */
	return c;
}

struct conn *
conn_find(struct gate *g, struct door *d, uint32_t id)
{
	for (int fd = d->first; fd >= 0; fd = g->conn[fd].next)
		if (g->conn[fd].id == id)
			return &g->conn[fd];
	return NULL;
}

static void
mark_gone(struct gate *g, struct conn *c)
{
	if (c->gone)
		return;
	c->gone = true;
	c->gone_ms = g->now_ms;
}

bool
conn_mark_gone(struct gate *g, struct door *d)
{
	bool any = false;

	for (int fd = d->first; fd >= 0; fd = g->conn[fd].next) {
		struct conn *c = &g->conn[fd];
		uint64_t cookie;

		if (!conn_cookie(fd, &cookie) || cookie != c->cookie)
			mark_gone(g, c);
		any |= c->gone;
	}
	return any;
}

void
conn_shut(struct gate *g, struct conn *c)
{
	int fd = (int)(c - g->conn);
	uint64_t cookie;

	c->shut = true;
	if (conn_cookie(fd, &cookie) && cookie == c->cookie)
		(void)shutdown(fd, SHUT_RDWR);
}

void
conn_forget(struct gate *g, struct conn *c)
{
	struct door *d = c->door;
	int fd = (int)(c - g->conn), *at = &d->first;

	while (*at != fd)
		at = &g->conn[*at].next;
	*at = c->next;
	d->connections--;
	memset(c, 0, sizeof *c);
	c->next = -1;
}

/* ------------------------------------------------------------------ audit */

/*
 * Bytes that libzmq took in on this connection beyond the frames it handed
 * on, since it last handed one on. What the kernel still holds is not
 * counted. False if it cannot be told.
 */
static bool
unaccounted(struct gate *g, struct conn *c, int64_t *bytes)
{
	struct tcp_info info;
	socklen_t len = sizeof info;
	int fd = (int)(c - g->conn), waiting = 0;
	int64_t taken;

	memset(&info, 0, sizeof info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
	    ioctl(fd, FIONREAD, &waiting) != 0)
		return false;
	taken = (int64_t)info.tcpi_bytes_received - waiting -
	    (int64_t)c->delivered;
	/* After a whole frame nothing before it can still be incomplete. */
	if (c->progress) {
		c->progress = false;
		c->base = taken;
		c->base_ms = g->now_ms;
	}
	*bytes = taken - c->base;
	return true;
}

static void
audit_conn(struct gate *g, struct conn *c)
{
	struct door *d = c->door;
	int64_t over, pings;

	if (c->shut || c->gone)
		return;
	if (c->id == 0 && !d->ready &&
	    g->now_ms - c->seen_ms >= FIRST_FRAME_MS) {
		conn_shut(g, c);
		return;
	}
	if (!unaccounted(g, c, &over))
		return;
	pings = (int64_t)((g->now_ms - c->base_ms) / 1000) * HEARTBEAT_BYTES;
	/* What waits in the door's pipes is frames we have not read yet. */
	if (over - pings <= (d->ready ? BUDGET_HARD : BUDGET))
		return;
	gate_alarm(g, d, c->id, LINK_ALARM_OVER_BUDGET);
	conn_shut(g, c);
}

static void
mark_rivals(struct gate *g, struct door *d)
{
	d->wants_sweep = false;
	for (int fd = d->first; fd >= 0; fd = g->conn[fd].next) {
		struct conn *c = &g->conn[fd];

		c->rival = c->id == 0 || c->id != d->keep;
	}
}

void
conn_sweep(struct gate *g, bool audit)
{
	for (int fd = 0; fd < g->fds; fd++) {
		struct conn *c = &g->conn[fd];
		uint64_t cookie;

		if (!conn_cookie(fd, &cookie)) {
			if (c->door == NULL)
				c->cookie = 0;
			else
				mark_gone(g, c);
		} else if (cookie != c->cookie) {
			learn(g, fd, cookie, door_of_socket(g, fd));
		}
		if (c->door == NULL)
			continue;
		if (c->gone && g->now_ms - c->gone_ms >= GONE_MS)
			keep_gone(g, c);
		else if (c->gone)
			gate_ready(g, c->door);
		else if (audit)
			audit_conn(g, c);
	}
	for (unsigned i = 0; i <= g->doors; i++)
		if (g->door[i].wants_sweep)
			mark_rivals(g, &g->door[i]);
}
