/*
 * SPDX-License-Identifier: MIT
 *
 * proxy: a TCP proxy on loopback that behaves as badly as a network can: late,
 * slow, cut, half open, reset. Not blocking; the keeper's loop drives it. What
 * each word means stands in federation.h, at fed_proxy_set.
 */
#ifndef INFOHUS_TESTS_PROXY_H
#define INFOHUS_TESTS_PROXY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

struct proxy;

/* Listens on a port of the kernel's choice for connections to target. */
enum err proxy_new(struct proxy **out, const char *name, unsigned target,
    struct why *why) MUST_CHECK;
void proxy_free(struct proxy *p); /* what is open ends; NULL is fine */
const char *proxy_name(const struct proxy *p);
unsigned proxy_port(const struct proxy *p);
enum err
proxy_set(struct proxy *p, const char *words, struct why *why) MUST_CHECK;
/* "accepted=1 open=1 up=0 down=0 dropped=0 waiting=0" */
void proxy_show(const struct proxy *p, char *out, size_t room);

/* How many descriptors to poll, and filling that many; *deadline_ms is made
 * earlier if something is to move by itself. */
size_t proxy_n(const struct proxy *p);
void proxy_poll(const struct proxy *p, struct pollfd *to, uint64_t now_ms,
    uint64_t *deadline_ms);
/* Moves whatever can be moved; after poll. */
void proxy_step(struct proxy *p, uint64_t now_ms);

#endif
