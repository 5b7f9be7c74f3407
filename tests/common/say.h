/*
 * SPDX-License-Identifier: MIT
 *
 * say: what a seat says in a session, made of nothing but its arguments. The
 * played seats of all tests share it; how it goes on its way is theirs, and
 * so is what is made wrong about it. Everything lies in the arena.
 */
#ifndef INFOHUS_TESTS_SAY_H
#define INFOHUS_TESTS_SAY_H

#include "proto/envelope.h"
#include "proto/note.h"
#include "proto/sign.h"

#define SAY_RANDOM_SIZE 16

/* A knock that asks for the version of this tree. */
enum err say_knock(struct arena *a, const uint8_t random[SAY_RANDOM_SIZE],
    struct bytes *out) MUST_CHECK;

struct say_hello {
	struct id session;
	const char *node, *seat;
	unsigned lanes;		 /* bit PbLane */
	struct checkpoint known; /* its root is said unless size is 0 */
	const struct signer *signer;
};
/* A packed, signed Hello. */
enum err say_hello(
    struct arena *a, const struct say_hello *h, struct bytes *out) MUST_CHECK;

enum err say_credit(struct arena *a, uint8_t lane, uint64_t messages,
    uint64_t bytes, struct bytes *out) MUST_CHECK;

/* The body of an ack of everything that was offered. */
enum err
say_ack_body(struct arena *a, const PbOffer *offer, const struct digest *header,
    const struct checkpoint *known, PbAckBody *out) MUST_CHECK;
/* The same, signed. */
enum err say_ack(struct arena *a, const PbAckBody *body,
    const struct signer *signer, PbAck **out) MUST_CHECK;

#endif
