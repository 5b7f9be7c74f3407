/*
 * SPDX-License-Identifier: MIT
 *
 * R3 verify: the signature over the received bytes, by the certificate on
 * the card of the node whose seat this is; the claimed sender is that node.
 * Runs in the verify stage, on the registry snapshot of the job; pure.
 */
#ifndef INFOHUS_R3_VERIFY_H
#define INFOHUS_R3_VERIFY_H

#include "job.h"

void r3_verify(struct job *j);

/* The whole stage for one job: R2, then R3. For pool_new. */
void verify_job(void *job);

#endif
