/*
 * SPDX-License-Identifier: MIT
 *
 * seat: see seat.h. Which nodes, seats and messages there are; what seats send
 * stands in seat_send.c, what they receive in seat_receive.c.
 */
#include "seat.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "people.h"

#define SEATS_ARENA (8u << 20)

struct arena *
seats_arena(void)
{
	struct arena *a;

	people_must(arena_new(&a, SEATS_ARENA), NULL);
	return a;
}

void
seats_new(struct seats *s, struct world *w)
{
	memset(s, 0, sizeof *s);
	s->world = w;
	w->seats = s;
}

static void
free_gots(struct seat *s)
{
	struct got *g = s->first, *next;

	for (; g != NULL; g = next) {
		next = g->next;
		arena_free(g->arena);
		free(g);
	}
	s->first = NULL;
	s->last = &s->first;
}

void
seats_free(struct seats *s)
{
	struct message *m;
	struct node *n;
	struct seat *x;

	while ((x = s->seat) != NULL) {
		s->seat = x->next;
		free_gots(x);
		vetted_clear(&x->vetted);
		free(x);
	}
	while ((m = s->message) != NULL) {
		s->message = m->next;
		arena_free(m->arena);
		free(m);
	}
	while ((n = s->node) != NULL) {
		s->node = n->next;
		free(n);
	}
}

void
seats_fault(struct seats *s, const char *fmt, ...)
{
	va_list ap;

	if (s->fault[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(s->fault, sizeof s->fault, fmt, ap);
	va_end(ap);
}

struct node *
seats_node(struct seats *s, const char *alias)
{
	struct node *n = s->node;

	while (n != NULL && strcmp(n->alias, alias) != 0)
		n = n->next;
	return n;
}

struct message *
seats_message(struct seats *s, const char *label)
{
	struct message *m = s->message;

	while (m != NULL && strcmp(m->label, label) != 0)
		m = m->next;
	return m;
}

struct message *
seats_message_new(struct seats *s, const char *label)
{
	struct message *m = calloc(1, sizeof *m);

	if (m == NULL)
		people_must(ERR_NOMEM, NULL);
	snprintf(m->label, sizeof m->label, "%s", label);
	m->arena = seats_arena();
	m->next = s->message;
	s->message = m;
	return m;
}

struct seat *
seats_find(struct seats *all, const char *name)
{
	char full[2 * LABEL_MAX], alias[LABEL_MAX];
	struct node *n;
	struct seat *s;

	if (strlen(name) >= LABEL_MAX)
		return NULL;
	snprintf(alias, sizeof alias, "%.*s", (int)strcspn(name, "/#"), name);
	n = seats_node(all, alias);
	if (n == NULL)
		return NULL;
	if (strchr(name, '/') != NULL)
		snprintf(full, sizeof full, "%s", name);
	else
		snprintf(full, sizeof full, "%s/%s%s", alias, n->seat[0],
		    name + strlen(alias));
	if (strlen(full) >= LABEL_MAX)
		return NULL;
	for (s = all->seat; s != NULL; s = s->next)
		if (strcmp(s->name, full) == 0)
			return s;
	const char *seat = strchr(full, '/') + 1;
	size_t len = strcspn(seat, "#"), i = 0;
	while (i < n->n_seat &&
	    (strlen(n->seat[i]) != len || strncmp(n->seat[i], seat, len) != 0))
		i++;
	if (i == n->n_seat)
		return NULL;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		people_must(ERR_NOMEM, NULL);
	s->all = all;
	s->node = n;
	s->last = &s->first;
	snprintf(s->name, sizeof s->name, "%.39s", full);
	snprintf(s->seat, sizeof s->seat, "%s", n->seat[i]);
	s->next = all->seat;
	all->seat = s;
	return s;
}
