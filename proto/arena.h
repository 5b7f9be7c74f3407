/*
 * SPDX-License-Identifier: MIT
 *
 * arena: all memory of one message, with a hard cap, freed at once.
 * Also the allocator that protobuf-c gets, so a peer's bytes can never
 * make a parser take more than the cap (pitfall: unpacking amplifies).
 */
#ifndef INFOHUS_ARENA_H
#define INFOHUS_ARENA_H

#include <protobuf-c/protobuf-c.h>

#include "bytes.h"

struct arena;

/* cap in bytes, over all allocations. ERR_NOMEM. Free with arena_free. */
enum err arena_new(struct arena **out, size_t cap) MUST_CHECK;
void arena_free(struct arena *a); /* NULL is fine; memory is wiped */

/* Zeroed, aligned for any type; NULL when the cap is reached. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_dup(struct arena *a, struct bytes in);  /* NULL at the cap */
char *arena_strdup(struct arena *a, const char *s); /* NULL at the cap */
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* For protobuf-c: free is a no-op. Valid as long as the arena. */
ProtobufCAllocator *arena_allocator(struct arena *a);

size_t arena_used(const struct arena *a);
/*
 * Has an allocation failed because the machine had no memory, not because of
 * the cap? Then what came of it says nothing about the input.
 */
bool arena_starved(const struct arena *a);

#endif
