/*
 * SPDX-License-Identifier: MIT
 *
 * check: everything that can be known to be wrong before anything starts:
 * config, law files, manifest, keys. All problems in one run.
 */
#ifndef INFOHUS_CHECK_H
#define INFOHUS_CHECK_H

#include "daemon/common/config.h"

/* The config, or NULL; problems are added for everything that is wrong, so
 * a config may be returned beside problems in the other files. */
struct config *check_files(const char *file, struct problems *p);

#endif
