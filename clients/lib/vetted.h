/*
 * SPDX-License-Identifier: MIT
 *
 * vetted: what this handle has verified already and need not verify again:
 * cards, by the digest of all their bytes, and the last batch of acks. The
 * same bytes under the same custodians prove the same.
 */
#ifndef INFOHUS_VETTED_H
#define INFOHUS_VETTED_H

#include "home.h"
#include "proto/card.h"

#define VETTED_CARDS 32 /* nodes that a seat exchanges with; each some KiB */

struct vetted {
	struct {
		struct digest approved;
		struct arena *arena; /* NULL: free */
		struct card card;
	} slot[VETTED_CARDS];
	size_t next; /* the oldest, replaced first */
	struct sign_held acks;
};

/*
 * card_open, or the card that these bytes were before. *out stays until the
 * next call. Only what holds is kept. Results of card_open; ERR_NOMEM.
 */
enum err vetted_card(struct vetted *s, const struct home *h,
    struct bytes approved, const struct card **out, struct why *why) MUST_CHECK;
void vetted_clear(struct vetted *s);

#endif
