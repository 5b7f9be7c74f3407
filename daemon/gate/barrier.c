/*
 * SPDX-License-Identifier: MIT
 *
 * barrier: has libzmq's I/O thread worked off what it had to do?
 *
 * When a connection ends, libzmq closes its descriptor first. Only then its
 * I/O thread hands a command to the listener, which hands one to the
 * session, which tells our socket that the pipe is dead. In between our
 * DEALER still gives the dead pipe its turn, and a frame is lost. So, once a
 * descriptor is seen closed, we wait for two rounds through the I/O thread:
 * each closes a throw-away socket whose listener is the read end of a pipe,
 * and is over when our write end reports that the read end was closed.
 * Commands to the one I/O thread are worked off in order; after the first
 * round the session's command is queued, after the second it is done.
 */
#include "gate.h"

#include <fcntl.h>
#include <unistd.h>
#include <zmq.h>

#define ROUNDS 2

uint64_t
barrier_after(const struct gate *g)
{
	/* One that is in flight began too early to count. */
	return g->barrier.started + ROUNDS;
}

bool
barrier_passed(const struct gate *g, uint64_t barrier)
{
	return g->barrier.done >= barrier;
}

/* libzmq never reads the descriptor: we never write to the pipe. */
static bool
send_through(struct gate *g, int fd)
{
	const int none = 0;
	void *s = zmq_socket(g->ctx, ZMQ_DEALER);
	bool ok;

	if (s == NULL)
		return false;
	ok = zmq_setsockopt(s, ZMQ_LINGER, &none, sizeof none) == 0 &&
	    zmq_setsockopt(s, ZMQ_USE_FD, &fd, sizeof fd) == 0 &&
	    zmq_bind(s, "tcp://127.0.0.1:*") == 0;
	zmq_close(s);
	return ok;
}

void
barrier_start(struct gate *g)
{
	struct barrier *b = &g->barrier;
	int fd[2];

	if (b->fd >= 0 || pipe2(fd, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	if (gate_watch(g, fd[1], GATE_TAG_BARRIER, 0, NULL) != ERR_OK ||
	    !send_through(g, fd[0])) {
		close(fd[0]);
		close(fd[1]);
		return;
	}
	b->fd = fd[1];
	b->started++;
}

void
barrier_event(struct gate *g)
{
	barrier_free(g);
	g->barrier.done = g->barrier.started;
}

void
barrier_free(struct gate *g)
{
	if (g->barrier.fd >= 0)
		close(g->barrier.fd);
	g->barrier.fd = -1;
}
