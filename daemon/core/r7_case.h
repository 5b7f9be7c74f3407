/*
 * SPDX-License-Identifier: MIT
 *
 * R7, the case: what a decided message does to its case. Pure but for the
 * arena, so that a rebuild and an audit do exactly the same.
 */
#ifndef INFOHUS_R7_CASE_H
#define INFOHUS_R7_CASE_H

#include "r6_judge.h"

/*
 * Applies the message to *kase (NULL: none; set when it opens one). *changed
 * says whether the case must be stored, *transition is for the details, NULL
 * when the message is of no case. ERR_NOMEM.
 */
enum err
r7_case(struct arena *a, const struct question *q, const struct answer *answer,
    PbCase **kase, bool *changed, PbTransition **transition) MUST_CHECK;

#endif
