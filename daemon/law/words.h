/*
 * SPDX-License-Identifier: MIT
 *
 * words: the facts of a judgement by the names and words of rules.yaml, for
 * whoever asks or answers in words. Tables only; nothing here decides.
 *
 * A fact is a field with one value, a flag, or a set: relation, basis,
 * carries, setting. Facts are numbered from 0, in the order fields, flags,
 * sets.
 */
#ifndef INFOHUS_WORDS_H
#define INFOHUS_WORDS_H

#include "rules.h"

enum word_form { WORD_FIELD, WORD_FLAG, WORD_SET };

size_t words_count(void);
enum word_form words_form(size_t fact);
/* As rules.yaml writes it, e.g. "socially_exposed". */
const char *words_name(size_t fact);
/* The fact of that name, '-' and '_' being one; words_count() if none. */
size_t words_find(const char *name);

/*
 * Sets a field, or adds to a set ("none" empties it), or with "true" or
 * "false" sets a flag. ERR_INVALID names what was found and all that would
 * do; f is then as before.
 */
enum err words_set(struct facts *f, size_t fact, const char *value,
    struct why *why) MUST_CHECK;
/* Empties a set; a field or flag becomes 0. */
void words_clear(struct facts *f, size_t fact);

/* A field's value, a flag as 0 or 1, a set as bits. */
uint64_t words_get(const struct facts *f, size_t fact);
/* All numbers a field or set knows, as bits; 3 for a flag. */
uint64_t words_all(size_t fact);
/* The word of a number or bit; "?" when it has none. */
const char *words_word(size_t fact, unsigned number);
/* The same in Danish where the taxonomy has it, else the word. */
const char *words_danish(size_t fact, unsigned number);
/* What it means that a flag holds: "police have looked". */
const char *words_holds(size_t flag);
/* The value in words, "none" for an empty set: "identity, d6". */
void words_text(const struct facts *f, size_t fact, char *out, size_t room);

#endif
