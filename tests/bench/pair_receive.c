/*
 * SPDX-License-Identifier: MIT
 *
 * pair_receive: the recipient. It acknowledges as soon as it has been handed
 * a message; the library signs what has gathered in one batch.
 */
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/common/now.h"

uint64_t
pair_own_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t
pair_cpu_ns(int pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &t) != 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static _Noreturn void
give_up(struct pair *p, const char *what, const struct infohus_why *why)
{
	fprintf(stderr, "bench: recipient: %s: %s\n", what, why->text);
	p->failed = true;
	_exit(1);
}

static void
take(struct pair *p, struct infohus *h, const struct infohus_message *m,
    bool tell)
{
	struct infohus_why why = { "" };
	unsigned n = p->received;
	uint64_t one = 1;

	if (n == MESSAGES_MAX || strcmp(p->id[n], m->id) != 0) {
		snprintf(why.text, sizeof why.text,
		    "message %u is not the one sent in its place", n);
		give_up(p, "order", &why);
	}
	p->received_ns[n] = now_ns();
	if (infohus_ack(h, m->index, NULL, &why) != INFOHUS_OK)
		give_up(p, "ack", &why);
	p->received = n + 1;
	p->recipient_cpu_ns = pair_own_cpu_ns();
	if (tell && write(p->told, &one, sizeof one) != sizeof one)
		give_up(p, "eventfd", &why);
}

_Noreturn void
pair_receive(struct pair *p, const char *home, bool tell)
{
	struct infohus_why why = { "" };
	struct infohus_event e;
	struct infohus *h;

	if (infohus_open(&h, home, &why) != INFOHUS_OK)
		give_up(p, home, &why);
	infohus_take(h, INFOHUS_LANE_ORDINARY, 0);
	while (!p->stop) {
		enum infohus_result r = infohus_next(h, 50, &e, &why);

		if (r == INFOHUS_TIMEOUT)
			continue;
		if (r != INFOHUS_OK)
			give_up(p, infohus_result_name(r), &why);
		if (e.kind == INFOHUS_EVENT_READY)
			p->recipient_ready = 1;
		else if (e.kind == INFOHUS_EVENT_MESSAGE)
			take(p, h, e.message, tell);
		else
			give_up(p, "an event that is no message", &why);
	}
	if (infohus_is_connected(h))
		(void)infohus_flush(h, 5000, &why);
	infohus_close(h);
	_exit(0);
}
