/*
 * SPDX-License-Identifier: MIT
 *
 * serve: the thread around the front: moves bytes between the link to the
 * gate, the signals, the admin socket, the decider's outbox and it.
 */
#ifndef INFOHUS_SERVE_H
#define INFOHUS_SERVE_H

#include "front.h"

struct serve_in {
	struct front_in front; /* its link is made here */
	struct outbox *outbox;
	int link_fd;
	int signal_fd;
	int admin_fd; /* listening AF_UNIX socket */
};

/*
 * Serves until the stopped entry is on disk (ERR_OK) or the link breaks
 * (ERR_CLOSED). ready is called once, when the gate serves its doors.
 */
enum err serve_run(struct serve_in *in, void (*ready)(void *ctx), void *ctx,
    struct why *why) MUST_CHECK;

#endif
