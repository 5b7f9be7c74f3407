/*
 * SPDX-License-Identifier: MIT
 *
 * R2 open and parse: see r2_open.h.
 */
#include "r2_open.h"

#include <stdio.h>
#include <string.h>

#include "step.h"

static enum code
bad_field(struct job *j, const char *field)
{
	snprintf(j->defect.field, sizeof j->defect.field, "%s", field);
	return CODE_BAD_FIELD;
}

static enum code
open_submit(struct job *j)
{
	enum code c = envelope_open(j->arena, j->payload, &j->env, &j->defect,
	    &j->message_id, &j->has_id);

	if (c == CODE_OK && j->lane != (uint8_t)j->env.header->urgency)
		c = CODE_LANE_MISMATCH;
	return c;
}

static enum code
open_hello(struct job *j)
{
	enum code c = ENVELOPE_UNPACK(
	    j->arena, hello, j->payload, &j->hello, &j->defect);

	if (c != CODE_OK)
		return c;
	c = ENVELOPE_UNPACK(j->arena, hello_body,
	    bytes_of(j->hello->body.data, j->hello->body.len), &j->hello_body,
	    &j->defect);
	if (c != CODE_OK)
		return c;
	if (j->hello_body->session.len != ID_SIZE)
		return bad_field(j, "session");
	if (j->hello_body->n_lane > 2)
		return bad_field(j, "lane");
	if (j->hello_body->size > 0 &&
	    (!j->hello_body->has_root ||
		j->hello_body->root.len != DIGEST_SIZE))
		return bad_field(j, "root");
	return CODE_OK;
}

static enum code
open_ack_body(struct job *j, size_t i)
{
	const ProtobufCBinaryData *raw = &j->acks->ack[i]->body;
	PbAckBody *b = NULL;
	enum code c;

	if (raw->len > ACK_MAX)
		return bad_field(j, "body");
	c = ENVELOPE_UNPACK(
	    j->arena, ack_body, bytes_of(raw->data, raw->len), &b, &j->defect);

	if (c != CODE_OK)
		return c;
	if (b->header.len != DIGEST_SIZE)
		return bad_field(j, "header");
	if (b->root.len != DIGEST_SIZE)
		return bad_field(j, "root");
	for (size_t k = 0; k < b->n_commitment; k++)
		if (b->commitment[k].len != DIGEST_SIZE)
			return bad_field(j, "commitment");
	if (b->person != NULL && strlen(b->person) > PERSON_MAX)
		return bad_field(j, "person");
	if ((j->type == FRAME_TYPE_NACK) != b->has_code)
		return bad_field(j, "code");
	for (size_t k = 0; k < i; k++)
		if (j->ack_body[k]->index == b->index)
			return bad_field(j, "index");
	j->ack_body[i] = b;
	return CODE_OK;
}

static enum code
open_acks(struct job *j)
{
	enum code c = ENVELOPE_UNPACK(
	    j->arena, acks, j->payload, &j->acks, &j->defect);

	if (c != CODE_OK)
		return c;
	if (j->acks->n_ack == 0 || j->acks->n_ack > ACKS_MAX)
		return bad_field(j, "ack");
	j->ack_body = arena_alloc(
	    j->arena, j->acks->n_ack * sizeof j->ack_body[0]);
	if (j->ack_body == NULL)
		return CODE_TOO_LARGE;
	for (size_t i = 0; i < j->acks->n_ack && c == CODE_OK; i++)
		c = open_ack_body(j, i);
	return c;
}

static enum code
open_credit(struct job *j)
{
	enum code c = ENVELOPE_UNPACK(
	    j->arena, credit, j->payload, &j->credit, &j->defect);

	if (c == CODE_OK && j->credit->lane > LANE_ACUTE)
		c = bad_field(j, "lane");
	return c;
}

void
r2_open(struct job *j)
{
	STEP("R2");
	/* A message travels in its urgency's lane, all else in control. */
	if (j->type != FRAME_TYPE_SUBMIT && j->lane != LANE_CONTROL) {
		j->code = CODE_LANE_MISMATCH;
		return;
	}
	switch (j->type) {
	case FRAME_TYPE_SUBMIT:
		j->code = open_submit(j);
		break;
	case FRAME_TYPE_HELLO:
		j->code = open_hello(j);
		break;
	case FRAME_TYPE_ACK:
	case FRAME_TYPE_NACK:
		j->code = open_acks(j);
		break;
	case FRAME_TYPE_CREDIT:
		j->code = open_credit(j);
		break;
	case FRAME_TYPE_READ:
		j->code = ENVELOPE_UNPACK(
		    j->arena, read, j->payload, &j->read, &j->defect);
		break;
	case FRAME_TYPE_PING:
	case FRAME_TYPE_BYE:
		j->code = j->payload.len == 0 ? CODE_OK : CODE_MALFORMED;
		break;
	default:
		j->code = CODE_UNEXPECTED_FRAME;
		break;
	}
}
