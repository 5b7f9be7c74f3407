/*
 * SPDX-License-Identifier: MIT
 *
 * link_memory: see link_memory.h.
 */
#include "link_memory.h"

#include <stdlib.h>
#include <string.h>

struct link {
	struct link_item *first, **last;
	uint64_t room;
};

struct link *
link_memory_new(void)
{
	struct link *l = calloc(1, sizeof *l);

	if (l != NULL) {
		l->last = &l->first;
		l->room = LINK_UNLIMITED;
	}
	return l;
}

void
link_free(struct link *l)
{
	struct link_item *x;

	while (l != NULL && (x = link_memory_take(l)) != NULL)
		free(x);
	free(l);
}

struct link_item *
link_memory_take(struct link *l)
{
	struct link_item *x = l->first;

	if (x == NULL)
		return NULL;
	l->first = x->next;
	if (l->first == NULL)
		l->last = &l->first;
	return x;
}

void
link_memory_limit(struct link *l, uint64_t room)
{
	l->room = room;
}

static enum err
put(struct link *l, const struct link_item *head, struct bytes data)
{
	struct link_item *x;

	if (l->room == 0)
		return ERR_FULL;
	if (l->room != LINK_UNLIMITED)
		l->room--;
	x = malloc(sizeof *x + data.len);
	if (x == NULL)
		return ERR_NOMEM;
	*x = *head;
	x->len = data.len;
	if (data.len > 0)
		memcpy(x->data, data.data, data.len);
	*l->last = x;
	l->last = &x->next;
	return ERR_OK;
}

enum err
link_put(struct link *l, uint32_t door, struct bytes frame)
{
	return put(l, &(struct link_item){ .door = door }, frame);
}

enum err
link_put_event(struct link *l, enum link_event e, uint32_t door,
    uint32_t connection, struct bytes more)
{
	return put(l,
	    &(struct link_item){
		.event = e, .of = door, .connection = connection },
	    more);
}
