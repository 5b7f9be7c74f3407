/*
 * SPDX-License-Identifier: MIT
 *
 * ports: see ports.h.
 */
#include "ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Where the kernel's own range begins, if below what infohusd allows. */
static unsigned
ephemeral_first(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned low = PORTS_LAST + 1;

	if (f != NULL) {
		if (fscanf(f, "%u", &low) != 1 || low > PORTS_LAST)
			low = PORTS_LAST + 1;
		(void)fclose(f);
	}
	return low;
}

enum err
ports_range(const char *text, unsigned *first, unsigned *last, struct why *why)
{
	unsigned low = ephemeral_first();
	int end = 0;

	*first = PORTS_FIRST;
	*last = low > PORTS_FIRST + 1024 ? low - 1 : PORTS_LAST;
	if (text == NULL)
		return ERR_OK;
	if (sscanf(text, "%5u-%5u%n", first, last, &end) == 2 &&
	    text[end] == '\0' && *first >= 1024 && *last <= PORTS_LAST &&
	    *first < *last)
		return ERR_OK;
	return why_set(why, ERR_INVALID,
	    "ports: found \"%s\", expected FIRST-LAST within 1024-%u", text,
	    PORTS_LAST);
}

static int
lock_block(unsigned block)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int n = snprintf(a.sun_path + 1, sizeof a.sun_path - 1,
	    "infohus-test-ports-%u", block);

	if (fd >= 0 &&
	    bind(fd, (struct sockaddr *)&a,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
		    (size_t)n)) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* May infohusd bind it? It does so with SO_REUSEADDR. */
static int
is_free(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ok;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	ok = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
	    listen(fd, 1) == 0;
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

void
ports_give(struct ports *p)
{
	for (size_t i = 0; i < p->n_lock; i++)
		(void)close(p->lock[i]);
	free(p->lock);
	memset(p, 0, sizeof *p);
}

/* All blocks from one on, and every port of them. */
static int
take_run(struct ports *p, unsigned block, size_t blocks)
{
	p->n_lock = 0;
	while (p->n_lock < blocks) {
		int fd = lock_block(block + (unsigned)p->n_lock);

		if (fd < 0)
			goto fail;
		p->lock[p->n_lock++] = fd;
	}
	p->first = block * PORTS_BLOCK;
	for (unsigned i = 0; i < p->count; i++)
		if (!is_free(p->first + i))
			goto fail;
	return 1;
fail:
	while (p->n_lock > 0)
		(void)close(p->lock[--p->n_lock]);
	return 0;
}

enum err
ports_take(struct ports *p, unsigned count, unsigned first, unsigned last,
    struct why *why)
{
	size_t blocks = (count + PORTS_BLOCK - 1) / PORTS_BLOCK;
	unsigned low = (first + PORTS_BLOCK - 1) / PORTS_BLOCK;
	unsigned end = (last + 1) / PORTS_BLOCK; /* the first not wholly in */
	unsigned runs = end >= low + blocks ? end - low + 1 - (unsigned)blocks :
					      0;
	/* Everybody begins elsewhere, or all would queue for the first. */
	unsigned start = runs > 0 ? (unsigned)getpid() * 7919u % runs : 0;

	*p = (struct ports){ .count = count };
	p->lock = calloc(blocks, sizeof p->lock[0]);
	if (p->lock == NULL)
		return why_set(why, ERR_NOMEM, "no memory for the ports");
	for (unsigned i = 0; i < runs; i++)
		if (take_run(p, low + (start + i) % runs, blocks))
			return ERR_OK;
	ports_give(p);
	if (runs == 0)
		return why_set(why, ERR_FULL,
		    "no room for %u ports in a row between %u and %u: expected "
		    "a range of at least %zu blocks of %u",
		    count, first, last, blocks, PORTS_BLOCK);
	return why_set(why, ERR_FULL,
	    "no %u free ports in a row between %u and %u on 127.0.0.1: all %u "
	    "places are held by other federations or programs (see ss -ltn)",
	    count, first, last, runs);
}
