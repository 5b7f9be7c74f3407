/*
 * SPDX-License-Identifier: MIT
 *
 * keep: which connection of a door counts.
 *
 * libzmq deals what a DEALER sends out among all its live pipes, so core's
 * frames may only leave while exactly one is alive. Two things secure that.
 *
 * KEEPING: core has named the connection. Every other one is shut, and the
 * door opens when their descriptors are closed and the barrier has passed.
 *
 * CONTESTED: while the door was open somebody with the right key was let in.
 * Frames are held until the newcomer is kept in its turn or goes away. When
 * its time is up, CLEARING shuts it and what was held leaves. Without that an
 * evicted client whose library connects again and again, but which never
 * knocks, would draw half of all deliveries away.
 *
 * Nobody is let in while others are being shut, so that this always ends.
 * Connections that sent no frame have no number and make no event: anybody
 * can open a TCP connection, and must not get a seat counted as evicted.
 */
#include "gate.h"

#define CONTEST_MS 3000 /* from being let in to core's KEEP */

static void
enter(struct gate *g, struct door *d, enum door_state state)
{
	d->state = state;
	d->wants_sweep = keep_is_busy(d);
	d->barrier = 0;
	g->sweep_due |= d->wants_sweep;
	if (d->wants_sweep)
		gate_busy(g, d);
}

bool
keep_is_busy(const struct door *d)
{
	return d->state == DOOR_KEEPING || d->state == DOOR_CONTESTED ||
	    d->state == DOOR_CLEARING;
}

bool
keep_may_enter(const struct door *d)
{
	return d->state != DOOR_KEEPING && d->state != DOOR_CLEARING;
}

void
keep_start(struct gate *g, struct door *d, uint32_t connection)
{
	door_drop_held(d);
	d->keep = connection;
	enter(g, d, DOOR_KEEPING);
}

void
keep_contest(struct gate *g, struct door *d)
{
	if (d->state == DOOR_OPEN)
		d->contest_ms = g->now_ms;
	if (d->state == DOOR_OPEN || d->state == DOOR_CONTESTED)
		enter(g, d, DOOR_CONTESTED);
}

static bool
has_rivals(const struct gate *g, const struct door *d)
{
	for (int fd = d->first; fd >= 0; fd = g->conn[fd].next)
		if (g->conn[fd].rival)
			return true;
	return false;
}

static void
shut_rivals(struct gate *g, struct door *d)
{
	for (int fd = d->first; fd >= 0; fd = g->conn[fd].next) {
		struct conn *c = &g->conn[fd];

		if (!c->rival || c->gone || c->shut)
			continue;
		c->evicted = d->state == DOOR_KEEPING && c->id != 0;
		conn_shut(g, c);
	}
}

static void
open_door(struct gate *g, struct door *d)
{
	const struct conn *c = conn_find(g, d, d->keep);

	if (d->state == DOOR_CLEARING) {
		enter(g, d, DOOR_OPEN);
		door_send_held(g, d);
	} else if (c != NULL && !c->gone && !c->shut) {
		enter(g, d, DOOR_OPEN);
		gate_event(g, LINK_OPENED, d, d->keep);
	} else {
		enter(g, d, DOOR_SHUT);
		gate_event(g, LINK_CLOSED, d, d->keep);
		d->keep = 0;
	}
}

void
keep_step(struct gate *g, struct door *d)
{
	if (d->wants_sweep)
		return;
	if (conn_mark_gone(g, d))
		gate_ready(g, d);
	if (d->state == DOOR_CONTESTED) {
		if (!has_rivals(g, d) ||
		    g->now_ms - d->contest_ms >= CONTEST_MS)
			enter(g, d, DOOR_CLEARING);
		return;
	}
	shut_rivals(g, d);
	if (has_rivals(g, d))
		return;
	if (d->barrier == 0)
		d->barrier = barrier_after(g);
	if (!barrier_passed(g, d->barrier)) {
		barrier_start(g);
		return;
	}
	door_poll(d); /* now libzmq's word of the dead pipes is heard */
	gate_ready(g, d);
	open_door(g, d);
}

void
keep_gone(struct gate *g, struct conn *c)
{
	struct door *d = c->door;

	if (c->evicted) {
		gate_event(g, LINK_EVICTED, d, c->id);
	} else if (c->id != 0 && c->id == d->keep) {
		door_drop_held(d);
		enter(g, d, DOOR_SHUT);
		gate_event(g, LINK_CLOSED, d, c->id);
		d->keep = 0;
	}
	conn_forget(g, c);
}

void
keep_report(struct gate *g, struct door *d)
{
	for (int next, fd = d->first; fd >= 0; fd = next) {
		next = g->conn[fd].next;
		if (g->conn[fd].gone)
			keep_gone(g, &g->conn[fd]);
	}
}
