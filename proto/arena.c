/*
 * SPDX-License-Identifier: MIT
 *
 * arena: chunks in a list, each allocation cut off the newest one.
 *
 * Memory is never handed out twice, so calloc's zeroes are still there when
 * a piece is cut. What counts against the cap is what was asked for, rounded
 * up to the alignment; the tails left in chunks add at most a third.
 */
#include "arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN alignof(max_align_t)
#define CHUNK ((size_t)16 * 1024)
#define CAP_MAX (SIZE_MAX / 2) /* so that rounding up cannot overflow */

struct chunk {
	struct chunk *next;
	size_t size, used;
	alignas(max_align_t) uint8_t memory[];
};

struct arena {
	struct chunk *chunk; /* the newest small-piece chunk is first */
	size_t cap, used;
	bool starved;
	ProtobufCAllocator allocator;
};

static void *
allocator_alloc(void *data, size_t size)
{
	return arena_alloc(data, size);
}

static void
allocator_free(void *data, void *piece)
{
	(void)data;
	(void)piece;
}

enum err
arena_new(struct arena **out, size_t cap)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return ERR_NOMEM;
	a->cap = cap < CAP_MAX ? cap : CAP_MAX;
	a->allocator.alloc = allocator_alloc;
	a->allocator.free = allocator_free;
	a->allocator.allocator_data = a;
	*out = a;
	return ERR_OK;
}

void
arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (a == NULL)
		return;
	for (c = a->chunk; c != NULL; c = next) {
		next = c->next;
		explicit_bzero(c->memory, c->used);
		free(c);
	}
	free(a);
}

static struct chunk *
chunk_new(size_t size)
{
	struct chunk *c = calloc(1, sizeof(*c) + size);

	if (c != NULL)
		c->size = size;
	return c;
}

/* A chunk with size bytes left: the newest one, or a new one in the list. */
static struct chunk *
chunk_with(struct arena *a, size_t size)
{
	struct chunk *c = a->chunk;

	if (c != NULL && c->size - c->used >= size)
		return c;
	/* A large piece gets its own chunk, behind the one in use. */
	if (size > CHUNK / 4) {
		c = chunk_new(size);
		if (c != NULL && a->chunk != NULL) {
			c->next = a->chunk->next;
			a->chunk->next = c;
		} else if (c != NULL) {
			a->chunk = c;
		}
		return c;
	}
	c = chunk_new(CHUNK);
	if (c != NULL) {
		c->next = a->chunk;
		a->chunk = c;
	}
	return c;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct chunk *c;
	void *piece;

	/* Each piece has an address of its own, the empty ones as well. */
	if (size == 0)
		size = 1;
	if (size > a->cap - a->used)
		return NULL;
	size = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (size > a->cap - a->used)
		return NULL;
	c = chunk_with(a, size);
	if (c == NULL) {
		a->starved = true;
		return NULL;
	}
	piece = c->memory + c->used;
	c->used += size;
	a->used += size;
	return piece;
}

void *
arena_dup(struct arena *a, struct bytes in)
{
	void *piece = arena_alloc(a, in.len);

	if (piece != NULL && in.len > 0)
		memcpy(piece, in.data, in.len);
	return piece;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_dup(a, bytes_of(s, strlen(s) + 1));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	text = arena_alloc(a, (size_t)n + 1);
	if (text == NULL)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

ProtobufCAllocator *
arena_allocator(struct arena *a)
{
	return &a->allocator;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

bool
arena_starved(const struct arena *a)
{
	return a->starved;
}
