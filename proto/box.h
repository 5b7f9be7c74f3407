/*
 * SPDX-License-Identifier: MIT
 *
 * box: the inner box, one frame between client and core.
 *
 *	u8 lane || nonce[24] || crypto_box(session[16] || u64 counter ||
 *	u8 type || payload)
 *
 * libsodium crypto_box under precomputed keys of the seat's box key and
 * core's box key. Counters run from 1 in each direction; in a knock and its
 * welcome session is all zero and the counter is 0.
 */
#ifndef INFOHUS_BOX_H
#define INFOHUS_BOX_H

#include "bytes.h"

#define BOX_KEY_SIZE 32
#define BOX_OVERHEAD (1 + 24 + 16 + ID_SIZE + 8 + 1)

struct box_key { /* precomputed; wipe with box_key_wipe */
	uint8_t k[32];
};

void box_keypair(uint8_t public[32], uint8_t secret[32]);
void box_public(uint8_t public[32], const uint8_t secret[32]);
/* ERR_INVALID for a public key of small order. */
enum err box_key_make(struct box_key *out, const uint8_t their_public[32],
    const uint8_t our_secret[32]) MUST_CHECK;
void box_key_wipe(struct box_key *k);

struct frame {
	uint8_t lane;
	struct id session;
	uint64_t counter;
	uint8_t type;
	struct bytes payload;
};

/* out has room for BOX_OVERHEAD + payload.len; returns the size written. */
size_t box_seal(uint8_t *out, const struct frame *f, const struct box_key *k);
/*
 * Opens into plain, which has room for in.len; payload views into plain.
 * ERR_INVALID if too short, lane unknown, or the box does not open.
 */
enum err box_open(struct frame *f, uint8_t *plain, struct bytes in,
    const struct box_key *k) MUST_CHECK;

#endif
