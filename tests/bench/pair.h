/*
 * SPDX-License-Identifier: MIT
 *
 * pair: one sender and one recipient, two processes with libinfohus, and
 * what they tell each other. The same program, linked with another box,
 * runs on the floor.
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/lib/infohus.h"

#define MESSAGES_MAX (1u << 20) /* of one round */

/* Memory that sender and recipient share. */
struct pair {
	atomic_bool stop;   /* the recipient is to end */
	atomic_bool failed; /* somebody has said why on stderr */
	atomic_uint sent, recorded, received;
	atomic_uint recipient_ready;
	_Atomic uint64_t recipient_cpu_ns; /* the recipient's, kept current */
	int told; /* eventfd: a message has been received */
	char id[MESSAGES_MAX][INFOHUS_ID_TEXT];
	uint64_t received_ns[MESSAGES_MAX]; /* when it was handed over */
};

uint64_t pair_own_cpu_ns(void); /* of this process, all threads */
uint64_t pair_cpu_ns(int pid);	/* of another one; 0 if it is gone */

/* Takes everything until told to stop; exits. */
_Noreturn void pair_receive(struct pair *p, const char *home, bool tell);

/* A text of JSON as libinfohus takes it, with a section of 1,024 bytes. */
const char *pair_draft(size_t *len);

#endif
