/*
 * SPDX-License-Identifier: MIT
 *
 * digest: SHA-256 and the tagged digests of FORMATS (docs/protocol.md).
 */
#ifndef INFOHUS_DIGEST_H
#define INFOHUS_DIGEST_H

#include "bytes.h"

/* Tags are hashed and signed with their ending NUL: use TAG(...). */
#define TAG_PART "infohus.v1/part"
#define TAG_HEADER "infohus.v1/header"
#define TAG_MESSAGE "infohus.v1/message"
#define TAG_HELLO "infohus.v1/hello"
#define TAG_ACK "infohus.v1/ack"
#define TAG_CARD "infohus.v1/card"
#define TAG_APPROVAL "infohus.v1/approval"
#define TAG_REJECT "infohus.v1/reject"
#define TAG(literal) \
	((struct bytes){ (const uint8_t *)(literal), sizeof(literal) })

/* SHA-256 over the concatenation of n pieces. */
struct digest digest_of(const struct bytes *piece, size_t n);

/* SHA-256(tag || body). header digest, hello digest, ack digest. */
struct digest digest_tagged(struct bytes tag, struct bytes body);

/*
 * Part commitment: SHA-256(infohus.v1/part NUL || u8 kind || u8 form ||
 * salt[32] || u32 length || part).
 */
struct digest digest_part(
    uint8_t kind, uint8_t form, const uint8_t salt[32], struct bytes part);

#endif
