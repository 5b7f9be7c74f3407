/*
 * SPDX-License-Identifier: MIT
 *
 * admin: requests of the local admin socket, one line of JSON each:
 * status, server, nodes, reload, snapshot, admit. What changes rights
 * (admit) is an object that two custodians signed; the socket only carries
 * it. An error is answered with its code and reason and changes nothing.
 */
#ifndef INFOHUS_ADMIN_H
#define INFOHUS_ADMIN_H

#include "core.h"

/* Answers j through the outbox. ERR_UNKNOWN only when a commit was. */
enum err
admin_handle(struct core *c, const struct job *j, struct why *why) MUST_CHECK;

/*
 * Loads the law files again, whole. A bad one leaves the old in force and
 * says why on stderr and in problems (may be NULL).
 */
enum err admin_reload(
    struct core *c, struct problems *problems, struct why *why) MUST_CHECK;

#endif
