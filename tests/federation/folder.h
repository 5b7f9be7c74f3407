/*
 * SPDX-License-Identifier: MIT
 *
 * folder: makes and removes a federation's folder.
 */
#ifndef INFOHUS_TESTS_FOLDER_H
#define INFOHUS_TESTS_FOLDER_H

#include "proto/err.h"

#define FOLDER_MAX 80 /* bytes: the longest socket in it must fit */

/*
 * Makes an empty folder below TMPDIR (/tmp); label may be NULL. out is its path
 * from the root, or
 * "" after an error: ERR_INVALID if that is longer than FOLDER_MAX, ERR_IO.
 */
enum err folder_make(
    char out[FOLDER_MAX + 1], const char *label, struct why *why) MUST_CHECK;
/* Removes it with all that is in it, as far as it can; "": does nothing. */
void folder_remove(const char *path);

#endif
