/*
 * SPDX-License-Identifier: MIT
 *
 * keeper_inner: what the keeper's loop and its requests share.
 */
#ifndef INFOHUS_TESTS_KEEPER_INNER_H
#define INFOHUS_TESTS_KEEPER_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "keeper.h"
#include "ports.h"
#include "procs.h"
#include "proxy.h"

#define CLIENTS_MAX 64
#define PROXIES_MAX 512
#define PORTS_MAX 16

enum waits { WAIT_NONE, WAIT_END, WAIT_READY };

struct client {
	int fd; /* -1: free */
	enum waits waits;
	char *name;	   /* WAIT_END */
	unsigned lives;	   /* WAIT_READY: more than these */
	uint64_t until_ms; /* 0: for ever */
};

struct keeper {
	char folder[256];
	pid_t owner;
	struct ports ports[PORTS_MAX];
	size_t n_ports;
	unsigned range[2];
	struct procs procs;
	struct proxy *proxy[PROXIES_MAX];
	size_t n_proxy;
	struct client client[CLIENTS_MAX];
	int signal_fd, owner_fd, listen_fd, notify_fd;
	unsigned lives;
};

/* One request of a client. */
void
keeper_dispatch(struct keeper *k, struct client *c, char *packet, size_t len);
/* Answers a client that waits, if it is time. */
void keeper_check_waiting(struct keeper *k, struct client *c);
/* One more run of ports. */
enum err
keeper_take_ports(struct keeper *k, unsigned count, struct why *why) MUST_CHECK;
/*
 * Ends everything: those who can within patience_ms by themselves, then all
 * others; removes the folder, or keeps it.
 */
void keeper_finish(struct keeper *k, int patience_ms, bool keep);

#endif
