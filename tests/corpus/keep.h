/*
 * SPDX-License-Identifier: MIT
 *
 * keep: writes what a parser was given to $INFOHUS_CORPUS/KIND/<digest>.
 * Linked with -Wl,--wrap into every program of a build of its own; the
 * shipped sources know nothing of it. Without the variable it does nothing.
 *
 * Any number of processes and threads may keep at once. A kind is bounded:
 * the fuller it is, the fewer new inputs are taken, chosen by their digest,
 * so that what comes last also has a chance.
 */
#ifndef INFOHUS_KEEP_H
#define INFOHUS_KEEP_H

#include "proto/bytes.h"

#define KEEP_INPUT_MAX (512u * 1024) /* a frame */
#define KEEP_COUNT_MAX 1024u	     /* inputs of one kind */
#define KEEP_PROCESS_MAX 192u	     /* of them from one process */
#define KEEP_BYTES_MAX (16u * 1024 * 1024)

void keep(const char *kind, struct bytes in);
/* As one input, see pieces.h. */
void keep_pieces(const char *kind, const struct bytes *piece, size_t n);
/* One after the other, without lengths. */
void keep_joined(const char *kind, const struct bytes *piece, size_t n);
/* What stands in a file; nothing if it cannot be read. */
void keep_file(const char *kind, const char *path);
/* False: nobody asked for a corpus. */
bool keep_is_on(void);

#endif
