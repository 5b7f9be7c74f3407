/*
 * SPDX-License-Identifier: MIT
 *
 * compose: messages from the words of a SEND line.
 */
#ifndef INFOHUS_TESTS_REPLAY_COMPOSE_H
#define INFOHUS_TESTS_REPLAY_COMPOSE_H

#include "seat.h"

/*
 * Fills m from words: first a kind, or file:PREFIX for a file of
 * config/examples; then KEY=VALUE as docs/testing.md lists them. ERR_INVALID
 * with what was found and what was expected.
 */
enum err compose(struct seats *s, struct message *m, const struct node *sender,
    char *const *word, size_t n, struct why *why) MUST_CHECK;

/* The same message damaged, by name; see compose_mangles. */
enum err
compose_mangle(struct message *m, const char *how, struct why *why) MUST_CHECK;
/* All names, with a sentence each, for the docs and for errors. */
void compose_mangles(char *out, size_t room);

#endif
