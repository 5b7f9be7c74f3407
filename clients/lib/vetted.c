/*
 * SPDX-License-Identifier: MIT
 *
 * vetted: see vetted.h.
 */
#include "vetted.h"

#include <string.h>

#include "proto/digest.h"

static void
forget(struct vetted *s, size_t i)
{
	if (s->slot[i].arena == NULL)
		return;
	card_close(&s->slot[i].card);
	arena_free(s->slot[i].arena);
	s->slot[i].arena = NULL;
}

enum err
vetted_card(struct vetted *s, const struct home *h, struct bytes approved,
    const struct card **out, struct why *why)
{
	struct digest d = digest_of(&approved, 1);
	struct card card = { .cert = NULL };
	struct arena *a;
	enum err e;

	for (size_t i = 0; i < VETTED_CARDS; i++)
		if (s->slot[i].arena != NULL &&
		    digest_eq(&s->slot[i].approved, &d)) {
			*out = &s->slot[i].card;
			return ERR_OK;
		}
	if (arena_new(&a, PARSE_ARENA) != ERR_OK)
		return why_set(why, ERR_NOMEM, "no memory");
	e = card_open(a, approved, h->custodian, h->n_custodian, &card, why);
	if (e != ERR_OK) {
		arena_free(a);
		return e;
	}
	forget(s, s->next);
	s->slot[s->next].approved = d;
	s->slot[s->next].arena = a;
	s->slot[s->next].card = card;
	*out = &s->slot[s->next].card;
	s->next = (s->next + 1) % VETTED_CARDS;
	return ERR_OK;
}

void
vetted_clear(struct vetted *s)
{
	for (size_t i = 0; i < VETTED_CARDS; i++)
		forget(s, i);
	memset(s, 0, sizeof *s);
}
