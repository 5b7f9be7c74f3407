/*
 * SPDX-License-Identifier: MIT
 *
 * job: one thing for the decider, on its way front -> verify -> decider.
 * Owned by whoever holds it; everything inside lives in its arena.
 */
#ifndef INFOHUS_JOB_H
#define INFOHUS_JOB_H

#include "daemon/ledger/registry.h"

enum job_kind {
	JOB_FRAME,  /* a frame of a session, opened */
	JOB_CLOSED, /* the session of a door has ended */
	JOB_ADMIN,  /* a request of the admin socket, one line of JSON */
	JOB_RELOAD, /* SIGHUP */
	JOB_STOP,   /* SIGTERM */
};

struct job {
	enum job_kind kind;
	struct arena *arena;
	/* JOB_FRAME, JOB_CLOSED */
	unsigned door;
	struct id session;
	uint64_t counter;
	uint8_t lane;
	uint8_t type; /* FrameType */
	struct bytes payload;
	struct registry *registry; /* snapshot that node and seat are of */
	const struct reg_node *node;
	const struct reg_seat *seat;
	/* after R2 and R3 */
	enum code code;
	struct defect defect;
	bool has_id;
	struct id message_id;
	struct envelope env; /* submit */
	PbHello *hello;
	PbHelloBody *hello_body;
	PbAcks *acks; /* ack, nack */
	PbAckBody **ack_body;
	PbCredit *credit;
	PbRead *read;
	/* JOB_ADMIN */
	uint64_t admin;
};

/* A job with an arena of cap bytes, or NULL. */
struct job *job_new(enum job_kind kind, size_t cap);
void job_free(struct job *j);
/* For pool_free. */
void job_drop(void *job);

#endif
