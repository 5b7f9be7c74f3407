/*
 * SPDX-License-Identifier: MIT
 *
 * A deliberate bug: core gives no sign of life. Linked in place of
 * daemon/core/decider.c.
 */
#include <unistd.h>

#define write(fd, sign, len) ((ssize_t)((void)(sign), len))

#include "daemon/core/decider.c"
