/*
 * SPDX-License-Identifier: MIT
 *
 * digest: SHA-256 by libsodium, and what is hashed under which tag.
 */
#include "digest.h"

#include <sodium.h>

_Static_assert(DIGEST_SIZE == crypto_hash_sha256_BYTES, "SHA-256");

struct digest
digest_of(const struct bytes *piece, size_t n)
{
	crypto_hash_sha256_state state;
	struct digest d;

	crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < n; i++)
		if (piece[i].len > 0)
			crypto_hash_sha256_update(
			    &state, piece[i].data, piece[i].len);
	crypto_hash_sha256_final(&state, d.b);
	return d;
}

struct digest
digest_tagged(struct bytes tag, struct bytes body)
{
	const struct bytes piece[] = { tag, body };

	return digest_of(piece, 2);
}

struct digest
digest_part(
    uint8_t kind, uint8_t form, const uint8_t salt[32], struct bytes part)
{
	const uint8_t what[2] = { kind, form };
	uint8_t len[4];
	const struct bytes piece[] = {
		TAG(TAG_PART),
		bytes_of(what, sizeof(what)),
		bytes_of(salt, 32),
		bytes_of(len, sizeof(len)),
		part,
	};

	put_u32(len, (uint32_t)part.len);
	return digest_of(piece, sizeof(piece) / sizeof(piece[0]));
}
