/*
 * SPDX-License-Identifier: MIT
 *
 * notify: states for the service manager, as in sd_notify(3), over the
 * socket that NOTIFY_SOCKET names. Without one every call does nothing.
 */
#ifndef INFOHUS_NOTIFY_H
#define INFOHUS_NOTIFY_H

/* E.g. "READY=1". Never blocks and never fails: it is only a report. */
void notify_manager(const char *state);

#endif
