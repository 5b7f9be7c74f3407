/*
 * SPDX-License-Identifier: MIT
 *
 * store_real: writes rows into a folder with the real engine. Its object is
 * store_lmdb.c under other names, so that both engines fit one program.
 */
#ifndef INFOHUS_TESTS_STORE_REAL_H
#define INFOHUS_TESTS_STORE_REAL_H

#include "daemon/ledger/store.h"

/* One folder at a time. ERR_EXISTS if it is there. */
enum err real_begin(const char *dir, struct why *why) MUST_CHECK;
void real_put(enum table table, struct bytes key, struct bytes value);
enum err real_end(struct why *why) MUST_CHECK;

#endif
