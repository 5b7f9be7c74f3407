/*
 * SPDX-License-Identifier: MIT
 *
 * digest: SHA-256, and what is hashed under which tag.
 *
 * By OpenSSL's plain functions: they use the processor's own instructions,
 * which libsodium's do not (five times and more), and an EVP context for each
 * of our many small inputs costs more than hashing it.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* by EVP; they stay */
#include "digest.h"

#include <openssl/sha.h>

_Static_assert(DIGEST_SIZE == SHA256_DIGEST_LENGTH, "SHA-256");

struct digest
digest_of(const struct bytes *piece, size_t n)
{
	SHA256_CTX state;
	struct digest d;

	SHA256_Init(&state);
	for (size_t i = 0; i < n; i++)
		if (piece[i].len > 0)
			SHA256_Update(&state, piece[i].data, piece[i].len);
	SHA256_Final(d.b, &state);
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
