/*
 * SPDX-License-Identifier: MIT
 *
 * scene: one federation's folder, as often as needed. The first is made by
 * `fed new` and left alone; a copy has its own data, low and run folders and
 * shares keys and law.
 */
#ifndef INFOHUS_TESTS_SCENE_H
#define INFOHUS_TESTS_SCENE_H

#include "proto/bytes.h"

/* Each returns false with errno set. */

/* A copy of the federation fed in dir, which must not be there. */
bool scene_copy(const char *fed, const char *dir);
/* The same without data and low-water checkpoint. */
bool scene_bare(const char *fed, const char *dir);
/* Removes a folder with all in it; fine when absent. */
bool scene_remove(const char *dir);
/* Writes a file, and the folders above it. */
bool scene_put(const char *path, struct bytes content);
/* Reads a whole file; *out is malloced. */
bool scene_get(const char *path, uint8_t **out, size_t *len);

#endif
