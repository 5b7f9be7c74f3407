/*
 * SPDX-License-Identifier: MIT
 *
 * keep: which connection of a door counts.
 *
 * libzmq deals what a DEALER sends out among all its live pipes, so core's
 * frames may only leave while exactly one is alive. Two things secure that.
 * KEEPING: core has named the connection; every other one is shut, and the
 * door opens when their descriptors are closed and the barrier has passed.
 * Contested: while the door is open somebody with the right key is let in;
 * frames are held until the newcomer is kept in its turn, or has gone. One
 * that does not become the kept one in time is shut.
 *
 * Connections that sent no frame have no number and make no event: anybody
 * can open a TCP connection, and must not get a seat counted as evicted.
 */
#include "gate.h"

#define CONTEST_MS 3000		/* from being let in to core's KEEP */

bool
keep_is_busy(const struct door *d)
{
	return d->state == DOOR_KEEPING ||
	    (d->state == DOOR_OPEN && d->contested);
}

/* Find out again who is there, and wait for a new barrier. */
static void
start_over(struct gate *g, struct door *d)
{
	d->wants_sweep = true;
	d->barrier = 0;
	g->sweep_due = true;
}

static void
settle(struct door *d, enum door_state state)
{
	d->state = state;
	d->contested = d->wants_sweep = false;
	d->barrier = 0;
}

void
keep_start(struct gate *g, struct door *d, uint32_t connection)
{
	door_drop_held(d);
	settle(d, DOOR_KEEPING);
	d->keep = connection;
	start_over(g, d);
}

void
keep_contest(struct gate *g, struct door *d)
{
	if (d->state != DOOR_OPEN && d->state != DOOR_KEEPING)
		return;
	d->contested = true;
	start_over(g, d);
}

/* Shuts the rivals whose time is up; true if any is left. */
static bool
has_rivals(struct gate *g, struct door *d)
{
	bool any = false;

	for (int fd = d->first; fd >= 0; fd = g->conn[fd].next) {
		struct conn *c = &g->conn[fd];

		if (!c->rival)
			continue;
		any = true;
		if (c->gone || c->shut)
			continue;
		if (d->state == DOOR_KEEPING) {
			c->evicted = c->id != 0;
			conn_shut(g, c);
		} else if (g->now_ms - c->rival_ms >= CONTEST_MS) {
			conn_shut(g, c);
		}
	}
	return any;
}

static void
alone(struct gate *g, struct door *d)
{
	const struct conn *c = conn_find(g, d, d->keep);

	if (d->state == DOOR_OPEN) {
		settle(d, DOOR_OPEN);
		door_send_held(g, d);
	} else if (c != NULL && !c->gone && !c->shut) {
		settle(d, DOOR_OPEN);
		gate_event(g, LINK_OPENED, d, d->keep);
	} else {
		settle(d, DOOR_SHUT);
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
	if (has_rivals(g, d))
		return;
	if (d->barrier == 0)
		d->barrier = barrier_after(g);
	if (!barrier_passed(g, d->barrier)) {
		barrier_start(g);
		return;
	}
	door_poll(d);	/* now libzmq's word of the dead pipes is heard */
	gate_ready(g, d);
	alone(g, d);
}

void
keep_gone(struct gate *g, struct conn *c)
{
	struct door *d = c->door;

	if (c->evicted) {
		gate_event(g, LINK_EVICTED, d, c->id);
	} else if (c->id != 0 && c->id == d->keep) {
		door_drop_held(d);
		settle(d, DOOR_SHUT);
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
