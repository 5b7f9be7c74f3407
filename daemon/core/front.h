/*
 * SPDX-License-Identifier: MIT
 *
 * front: the thread that owns the link to the gate, the doors' sessions and
 * the admin socket. It admits (R1), opens the inner box (R2) and hands jobs
 * to the verify stage; what the decider answers it seals and sends. It knows
 * nothing of the ledger.
 */
#ifndef INFOHUS_FRONT_H
#define INFOHUS_FRONT_H

#include "daemon/common/config.h"
#include "outbox.h"
#include "pool.h"

struct front_in {
	const struct config *config;
	uint8_t box_secret[32];
	int link_fd;
	int signal_fd;
	int admin_fd; /* listening AF_UNIX socket */
	struct pool *pool;
	struct outbox *outbox;
	struct registry *registry; /* first snapshot; taken over */
};

/*
 * Serves until the stopped entry is on disk (ERR_OK) or the link breaks
 * (ERR_CLOSED). ready is called once, when the gate serves its doors.
 */
enum err front_run(struct front_in *in, void (*ready)(void *ctx), void *ctx,
    struct why *why) MUST_CHECK;

#endif
