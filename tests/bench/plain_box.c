/*
 * SPDX-License-Identifier: MIT
 *
 * plain_box: box.h without the box. Linked instead of proto/box.c into the
 * floor and its clients: a frame keeps its form and length, but nothing is
 * sealed, for the floor has CURVE alone. Never part of a program that ships.
 */
#include <string.h>

#include "proto/box.h"

#define SEAL (24 + 16)	 /* where nonce and mac would stand */
#define INNER (1 + SEAL) /* session, counter, type */
#define LANES 3

void
box_keypair(uint8_t public[32], uint8_t secret[32])
{
	memset(public, 1, 32);
	memset(secret, 1, 32);
}

/* The CURVE keys are made with it as well: those must be right. */
int crypto_scalarmult_base(uint8_t *q, const uint8_t *n);

void
box_public(uint8_t public[32], const uint8_t secret[32])
{
	(void)crypto_scalarmult_base(public, secret);
}

enum err
box_key_make(struct box_key *out, const uint8_t their_public[32],
    const uint8_t our_secret[32])
{
	(void)their_public;
	(void)our_secret;
	memset(out, 0, sizeof *out);
	return ERR_OK;
}

void
box_key_wipe(struct box_key *k)
{
	memset(k, 0, sizeof *k);
}

size_t
box_seal(uint8_t *out, const struct frame *f, const struct box_key *k)
{
	(void)k;
	out[0] = f->lane;
	memset(out + 1, 0, SEAL);
	memcpy(out + INNER, f->session.b, ID_SIZE);
	put_u64(out + INNER + ID_SIZE, f->counter);
	out[INNER + ID_SIZE + 8] = f->type;
	if (f->payload.len > 0)
		memcpy(out + BOX_OVERHEAD, f->payload.data, f->payload.len);
	return BOX_OVERHEAD + f->payload.len;
}

/* plain may be in.data itself: then nothing is copied. */
enum err
box_open(
    struct frame *f, uint8_t *plain, struct bytes in, const struct box_key *k)
{
	(void)k;
	if (in.len < BOX_OVERHEAD || in.data[0] >= LANES)
		return ERR_INVALID;
	if (plain != in.data)
		memcpy(plain, in.data, in.len);
	f->lane = in.data[0];
	memcpy(f->session.b, plain + INNER, ID_SIZE);
	f->counter = get_u64(plain + INNER + ID_SIZE);
	f->type = plain[INNER + ID_SIZE + 8];
	f->payload = bytes_of(plain + BOX_OVERHEAD, in.len - BOX_OVERHEAD);
	return ERR_OK;
}
