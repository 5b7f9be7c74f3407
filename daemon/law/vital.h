/*
 * SPDX-License-Identifier: MIT
 *
 * vital: the steps that every workflow must have. Whatever else is refused, a
 * concern, an addition and an underretning can be sent by every role, police
 * can take a case alone, and the police tovholder can hand it back.
 */
#ifndef INFOHUS_VITAL_H
#define INFOHUS_VITAL_H

#include "workflow.h"

/* What cannot be done: by this role (the first of several) in this state. */
struct lack {
	PbKind kind;
	PbRole role;
	PbCaseState state;
};

#define LACKS_MAX 64 /* more than kinds and states that are vital */

/* At most LACKS_MAX, one for each kind and state. */
size_t vital_lacks(const struct workflow *w, struct lack out[LACKS_MAX]);

/* Tells each as a problem of the file. */
void
vital_check(const struct workflow *w, const char *file, struct problems *p);

#endif
