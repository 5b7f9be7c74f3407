/*
 * SPDX-License-Identifier: MIT
 *
 * dump: a run as files: the log's snapshot, and for each seat what a real one
 * keeps in its home.
 */
#ifndef INFOHUS_TESTS_REPLAY_DUMP_H
#define INFOHUS_TESTS_REPLAY_DUMP_H

#include "script.h"

/*
 * FOLDER/snapshot, FOLDER/home/ALIAS/SEAT/state/{checkpoint,sent/ID.receipt},
 * FOLDER/inbox/NODE/INDEX-ID.json, NODE with _ for /. ERR_EXISTS.
 */
enum err
dump_run(struct run *r, const char *folder, struct why *why) MUST_CHECK;

#endif
