/*
 * SPDX-License-Identifier: MIT
 *
 * target_wire: targets of what comes over the network, and of what is
 * stored of it. See parsers.h.
 */
#include "box_keys.h"
#include "daemon/core/r2_open.h"
#include "daemon/core/session.h"
#include "proto/envelope.h"
#include "target.h"

#define MESSAGE(type) \
	static int run_pb_##type(struct arena *a, struct bytes in) \
	{ \
		ProtobufCMessage *m; \
\
		return (int)envelope_unpack( \
		    a, &pb_##type##__descriptor, in, &m, NULL); \
	} \
	int target_pb_##type(const uint8_t *data, size_t len) \
	{ \
		return target_in_arena(run_pb_##type, data, len); \
	}
#include "parsers.def"

/* As a frame of the only session, sent by the connection that counts. */
int
target_sealed(const uint8_t *data, size_t len)
{
	struct door d = { .state = SESSION_OPEN,
		.source = 1,
		.kept = 1,
		.session = corpus_session };
	enum code code = CODE_OK;
	uint8_t *plain = malloc(len + 1);
	struct frame f;

	if (plain == NULL)
		return TARGET_NOMEM;
	corpus_box_key(&d.key);
	(void)session_receive(&d, bytes_of(data, len), plain, &f, &code);
	free(plain);
	return (int)code;
}

int
target_frame(const uint8_t *data, size_t len)
{
	struct job *j;
	int answer;

	if (len < 2)
		return CODE_MALFORMED;
	j = job_new(JOB_FRAME, PARSE_ARENA);
	if (j == NULL)
		return TARGET_NOMEM;
	j->lane = data[0];
	j->type = data[1];
	j->payload = bytes_of(data + 2, len - 2);
	r2_open(j);
	answer = (int)j->code;
	job_free(j);
	return answer;
}

static int
run_message(struct arena *a, struct bytes in)
{
	struct envelope env;
	struct defect defect;
	struct id id;
	bool has_id;

	return (int)envelope_open(a, in, &env, &defect, &id, &has_id);
}

int
target_message(const uint8_t *data, size_t len)
{
	return target_in_arena(run_message, data, len);
}

static int
run_offer(struct arena *a, struct bytes in)
{
	struct envelope env;
	struct defect defect;
	PbOffer *offer;
	enum code code = ENVELOPE_UNPACK(a, offer, in, &offer, &defect);

	if (code == CODE_OK)
		code = envelope_open_offer(a, offer, &env, &defect);
	return (int)code;
}

int
target_offer(const uint8_t *data, size_t len)
{
	return target_in_arena(run_offer, data, len);
}
