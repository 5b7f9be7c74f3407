/*
 * SPDX-License-Identifier: MIT
 *
 * emit: a YAML tree as text again. The texts for people become one letter:
 * no verdict depends on them.
 */
#ifndef INFOHUS_TEST_EMIT_H
#define INFOHUS_TEST_EMIT_H

#include <stdio.h>

#include "daemon/law/yaml.h"

void emit(FILE *out, const struct yaml *v);

#endif
