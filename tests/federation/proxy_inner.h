/*
 * SPDX-License-Identifier: MIT
 *
 * proxy_inner: what a proxy is made of; not for its users.
 */
#ifndef INFOHUS_TESTS_PROXY_INNER_H
#define INFOHUS_TESTS_PROXY_INNER_H

#include "proxy.h"

#define CHUNK 16384
#define QUEUE_MAX (256u * 1024) /* then the sender has to wait, as in TCP */

enum way { UP, DOWN };

struct chunk {
	struct chunk *next;
	uint64_t due_ms;
	size_t at, len;
	uint8_t data[CHUNK];
};

struct flow {
	struct chunk *first, **last;
	size_t queued;
	uint64_t tokens, filled_ms; /* bytes it may pass on now */
	bool ended;		    /* its sender closed */
	bool told;		    /* and the other side knows */
	bool holed;		    /* lost bytes or its end */
};

struct conn {
	struct conn *next;
	int fd[2]; /* what flow[UP] is read from, what flow[DOWN] is */
	struct flow flow[2];
	bool connecting;
	bool vanished;
};

struct settings {
	unsigned long delay_ms, rate;
	bool cut, hold[2], drop[2];
};

struct proxy {
	char *name;
	int listener;
	unsigned port, target;
	struct settings set;
	struct conn *conns;
	uint64_t accepted, passed[2], dropped;
};

/* Closes both sides, with an RST if reset. */
void proxy_conn_end(struct conn *c, bool reset);
/* Forgets what waits in the flow. */
void proxy_flow_clear(struct flow *w);
/* Frees the connections that have ended. */
void proxy_drop_ended(struct proxy *p);

#endif
