/*
 * SPDX-License-Identifier: MIT
 *
 * decider: the one thread that decides and records. It takes whatever waits,
 * up to a batch limit, judges it, writes it in one transaction, signs one
 * checkpoint, and only then lets receipts and offers go.
 */
#ifndef INFOHUS_DECIDER_H
#define INFOHUS_DECIDER_H

#include "core.h"

/* Runs until JOB_STOP. ERR_UNKNOWN: exit at once and decide from disk. */
enum err decider_run(struct core *c, struct why *why) MUST_CHECK;

/*
 * At start, before any answer: records the manifest if it is not the one in
 * force, and the started entry.
 */
enum err decider_start(struct core *c, struct why *why) MUST_CHECK;

#endif
