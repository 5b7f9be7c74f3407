/*
 * SPDX-License-Identifier: MIT
 *
 * result: how functions of the client library fail, from the closed list in
 * infohus.h, with the reason in a struct why.
 */
#ifndef INFOHUS_RESULT_H
#define INFOHUS_RESULT_H

#include "infohus.h"
#include "proto/err.h"

/* Formats the reason and returns r; see why_set. */
enum infohus_result result_set(struct why *why, enum infohus_result r,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * What an err of the layers below means here: NOMEM and IO keep their
 * meaning, everything else is otherwise.
 */
enum infohus_result result_of(enum err e, enum infohus_result otherwise);

#endif
