/*
 * SPDX-License-Identifier: MIT
 *
 * machine_memory: the machine of a replay: a clock that stands until it is
 * moved, and randomness that one seed decides. Linked in place of
 * daemon/core/machine.c.
 */
#ifndef INFOHUS_TESTS_MACHINE_MEMORY_H
#define INFOHUS_TESTS_MACHINE_MEMORY_H

#include "daemon/core/machine.h"

#define MACHINE_START UINT64_C(1795255200000) /* 2026-11-21T10:00:00Z */

/* Both clocks at their start; libsodium's randomness begins anew at seed. */
void machine_reset(uint64_t seed);
/* Time passes: both clocks. */
void machine_pass(uint64_t ms);
/* Somebody sets the wall clock, forwards or backwards. */
void machine_set(int64_t ms);
/* Once, before anything of libsodium is used. */
void machine_take_randomness(void);

#endif
