/*
 * SPDX-License-Identifier: MIT
 *
 * R3 verify: see r3_verify.h.
 */
#include "r3_verify.h"

#include <string.h>

#include "proto/digest.h"
#include "proto/sign.h"
#include "r2_open.h"
#include "step.h"

static enum code
verify_submit(const struct job *j)
{
	if (strcmp(j->env.header->sender, j->node->id) != 0)
		return CODE_WRONG_SENDER;
	return sign_check(TAG(TAG_MESSAGE), &j->env.header_digest,
	    j->env.signature, j->node->cert);
}

static enum code
verify_hello(const struct job *j)
{
	struct bytes body = bytes_of(j->hello->body.data, j->hello->body.len);
	struct digest d = digest_tagged(TAG(TAG_HELLO), body);

	if (strcmp(j->hello_body->node, j->node->id) != 0 ||
	    strcmp(j->hello_body->seat, j->seat->name) != 0)
		return CODE_WRONG_SENDER;
	if (memcmp(j->hello_body->session.data, j->session.b, ID_SIZE) != 0)
		return CODE_BAD_SESSION;
	return sign_check(
	    TAG(TAG_HELLO), &d, j->hello->signature, j->node->cert);
}

/* An ack says what was received: every one of the frame must hold. */
static enum code
verify_acks(const struct job *j)
{
	struct sign_held held = { .any = false };
	enum code c = CODE_OK;

	for (size_t i = 0; i < j->acks->n_ack && c == CODE_OK; i++) {
		const PbAck *ack = j->acks->ack[i];
		struct digest d = digest_tagged(
		    TAG(TAG_ACK), bytes_of(ack->body.data, ack->body.len));
		c = sign_check_next(
		    TAG(TAG_ACK), &d, ack->signature, j->node->cert, &held);
	}
	return c;
}

void
r3_verify(struct job *j)
{
	STEP("R3");
	switch (j->type) {
	case FRAME_TYPE_SUBMIT:
		j->code = verify_submit(j);
		break;
	case FRAME_TYPE_HELLO:
		j->code = verify_hello(j);
		break;
	case FRAME_TYPE_ACK:
	case FRAME_TYPE_NACK:
		j->code = verify_acks(j);
		break;
	default:
		break; /* nothing signed: the inner box is proof enough */
	}
}

void
verify_job(void *job)
{
	struct job *j = job;

	if (j->kind != JOB_FRAME || j->code != CODE_OK)
		return;
	r2_open(j);
	if (j->code == CODE_OK)
		r3_verify(j);
	/* Want of memory says nothing about what was sent. */
	if (j->code != CODE_OK && arena_starved(j->arena)) {
		j->code = CODE_BUSY;
		j->defect.field[0] = '\0';
	}
}
