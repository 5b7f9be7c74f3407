/*
 * SPDX-License-Identifier: MIT
 *
 * effects: everything a batch answers, made and sent after its transaction
 * has committed and the checkpoint is signed.
 */
#ifndef INFOHUS_EFFECTS_H
#define INFOHUS_EFFECTS_H

#include "core.h"

/* A session whose answer cannot be made is ended: it asks again. */
void effects_run(struct batch *b);

#endif
