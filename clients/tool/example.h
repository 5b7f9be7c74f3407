/*
 * SPDX-License-Identifier: MIT
 *
 * example: facts as a draft that `infohus rules explain` judges so: a draft
 * that could be sent, and options for what no draft can say (the case, the
 * places, a statement that contradicts itself).
 */
#ifndef INFOHUS_TOOL_EXAMPLE_H
#define INFOHUS_TOOL_EXAMPLE_H

#include <jansson.h>

#include "rules.h"

/* {"draft": {...}, "options": ["--state", "assessed", ...]}; judges of
 * conditions are those of both tables. NULL without memory, or when the
 * draft cannot be one. */
json_t *example_json(
    const struct facts *f, const struct rules *old, const struct rules *new);

#endif
