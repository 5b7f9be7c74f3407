/*
 * SPDX-License-Identifier: MIT
 *
 * box: seals and opens one frame between client and core.
 *
 * Says nothing about whether session and counter are the expected ones:
 * whoever keeps the session decides that. Never shows why a box did not open.
 */
#include "box.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define LANES 3 /* ordinary, acute, control */
#define NONCE crypto_box_NONCEBYTES
#define MAC crypto_box_MACBYTES
#define INNER (ID_SIZE + 8 + 1) /* session, counter, type */

_Static_assert(BOX_KEY_SIZE == crypto_box_PUBLICKEYBYTES &&
	BOX_KEY_SIZE == crypto_box_SECRETKEYBYTES &&
	sizeof(struct box_key) == crypto_box_BEFORENMBYTES &&
	BOX_OVERHEAD == 1 + NONCE + MAC + INNER,
    "the sizes of box.h are libsodium's");

void
box_keypair(uint8_t public[32], uint8_t secret[32])
{
	/* Only a broken system refuses, and a guessable key is no key. */
	if (sodium_init() < 0)
		abort();
	crypto_box_keypair(public, secret);
}

void
box_public(uint8_t public[32], const uint8_t secret[32])
{
	(void)crypto_scalarmult_base(public, secret);
}

enum err
box_key_make(struct box_key *out, const uint8_t their_public[32],
    const uint8_t our_secret[32])
{
	struct box_key k;

	if (sodium_init() < 0)
		return ERR_IO;
	if (crypto_box_beforenm(k.k, their_public, our_secret) != 0)
		return ERR_INVALID;
	*out = k;
	box_key_wipe(&k);
	return ERR_OK;
}

void
box_key_wipe(struct box_key *k)
{
	sodium_memzero(k, sizeof(*k));
}

size_t
box_seal(uint8_t *out, const struct frame *f, const struct box_key *k)
{
	uint8_t *nonce = out + 1, *box = nonce + NONCE, *inner = box + MAC;

	out[0] = f->lane;
	randombytes_buf(nonce, NONCE);
	/* Written where it will lie encrypted: the box is made in place. */
	memcpy(inner, f->session.b, ID_SIZE);
	put_u64(inner + ID_SIZE, f->counter);
	inner[ID_SIZE + 8] = f->type;
	if (f->payload.len > 0)
		memcpy(inner + INNER, f->payload.data, f->payload.len);
	(void)crypto_box_easy_afternm(
	    box, inner, INNER + f->payload.len, nonce, k->k);
	return BOX_OVERHEAD + f->payload.len;
}

enum err
box_open(
    struct frame *f, uint8_t *plain, struct bytes in, const struct box_key *k)
{
	const uint8_t *nonce, *box;

	if (in.len < BOX_OVERHEAD || in.data[0] >= LANES)
		return ERR_INVALID;
	nonce = in.data + 1;
	box = nonce + NONCE;
	if (crypto_box_open_easy_afternm(
		plain, box, in.len - 1 - NONCE, nonce, k->k) != 0)
		return ERR_INVALID;
	f->lane = in.data[0];
	memcpy(f->session.b, plain, ID_SIZE);
	f->counter = get_u64(plain + ID_SIZE);
	f->type = plain[ID_SIZE + 8];
	f->payload = bytes_of(plain + INNER, in.len - BOX_OVERHEAD);
	return ERR_OK;
}
