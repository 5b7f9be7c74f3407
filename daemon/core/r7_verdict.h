/*
 * SPDX-License-Identifier: MIT
 *
 * R7, one verdict: from a judgement to what is recorded of it.
 */
#ifndef INFOHUS_R7_VERDICT_H
#define INFOHUS_R7_VERDICT_H

#include "r6_judge.h"

/*
 * The verdict on one recipient of the addressee part with this commitment:
 * what is told, or what really holds. Points into all that it is given; NULL
 * without memory.
 */
PbVerdict *r7_verdict(struct arena *a, const struct digest *addressee,
    const struct recipient *to, bool told);

#endif
