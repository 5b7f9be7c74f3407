/*
 * SPDX-License-Identifier: MIT
 *
 * frames: what the decider does with one verified frame of a session: hello,
 * submit, ack, credit, read. Runs inside a batch; answers become effects.
 */
#ifndef INFOHUS_FRAMES_H
#define INFOHUS_FRAMES_H

#include "core.h"

/* An error fails the whole batch; what the peer did wrong is answered. */
enum err frames_handle(struct batch *b, struct job *j) MUST_CHECK;
/* The session of a door has ended at the front. */
void frames_closed(struct core *c, const struct job *j);

#endif
