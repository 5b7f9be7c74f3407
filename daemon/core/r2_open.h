/*
 * SPDX-License-Identifier: MIT
 *
 * R2 open and parse, second half (the first is session_receive): the
 * payload of a frame by its type, strictly, with everything bounded. Runs in
 * the verify stage. Sets job->code, defect, and what was parsed.
 */
#ifndef INFOHUS_R2_OPEN_H
#define INFOHUS_R2_OPEN_H

#include "job.h"

void r2_open(struct job *j);

#endif
