/*
 * SPDX-License-Identifier: MIT
 *
 * adopt: puts a law in force. Two custodians that it names must have
 * approved it (law_load checks that), and two of those in force until now,
 * so that nobody makes himself a custodian. An entry records it; a law that
 * is refused leaves the old one in force.
 */
#ifndef INFOHUS_ADOPT_H
#define INFOHUS_ADOPT_H

#include "core.h"

/* Takes law. ERR_DENIED, or the store's errors. */
enum err adopt_law(struct core *c, struct law *law, struct why *why) MUST_CHECK;

/* core->law is what the files say: adopts it unless it is in force. */
enum err adopt_at_start(struct core *c, struct why *why) MUST_CHECK;

#endif
