/*
 * SPDX-License-Identifier: MIT
 *
 * notes: what seats would have on disk, and since when. Each note is a file
 * under a folder for all seats, in the form that libinfohus and `infohus
 * receive` give it:
 *
 *	seat-N/state/sent/ID            the message
 *	seat-N/state/sent/ID.receipt    its newest receipt
 *	seat-N/state/checkpoint         the newest checkpoint
 *	inbox-N/INDEX-ID.json           what arrived
 */
#ifndef INFOHUS_TESTS_NOTES_H
#define INFOHUS_TESTS_NOTES_H

#include "proto/bytes.h"

struct note_file {
	uint64_t at; /* bytes of the link when it was known */
	char *path;
	size_t len;
	uint8_t *data;
};

struct notes {
	size_t n, room;
	struct note_file *file;
};

/* A later note of the same path replaces the earlier. Path as printf. */
void notes_put(struct notes *n, uint64_t at, struct bytes content,
    const char *path, ...) __attribute__((format(printf, 4, 5)));
/* Writes the first count notes into dir, which is made. False: errno. */
bool notes_write(const struct notes *n, size_t count, const char *dir);
void notes_free(struct notes *n);

#endif
