/*
 * SPDX-License-Identifier: MIT
 *
 * seal: what the gate gives up for ever before it serves anybody.
 */
#ifndef INFOHUS_SEAL_H
#define INFOHUS_SEAL_H

#include "proto/err.h"

/*
 * No new privileges, no core dumps, no ptrace by equals, no file system
 * (Landlock). Before the first thread is made: it binds this thread and
 * its children. *landlock_abi is 0 where the kernel has no Landlock.
 */
enum err seal_files(int *landlock_abi, struct why *why) MUST_CHECK;

/*
 * System calls down to what libzmq, libsodium and the loop need, for every
 * thread of the process. Left out of builds with the address sanitizer.
 */
enum err seal_calls(struct why *why) MUST_CHECK;

#endif
