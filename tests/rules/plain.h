/*
 * SPDX-License-Identifier: MIT
 *
 * plain: the judge as docs/law.md tells it, one rule after the other, without
 * any index. Only for comparison: what it says, judge() must say too.
 */
#ifndef INFOHUS_TEST_PLAIN_H
#define INFOHUS_TEST_PLAIN_H

#include "daemon/law/table.h"

void plain_judge(const struct rules *r, const struct facts *f, uint64_t at_ms,
    struct judgement *out);
size_t plain_alternatives(const struct rules *r, const struct facts *f,
    uint64_t at_ms, struct alternative *out);
size_t plain_prohibitions(const struct rules *r, const struct facts *f,
    uint64_t at_ms, const struct rule **out, size_t room);
size_t plain_duties(const struct rules *r, const struct facts *f,
    uint64_t at_ms, const struct rule **out, size_t room);

#endif
