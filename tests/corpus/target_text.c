/*
 * SPDX-License-Identifier: MIT
 *
 * target_text: targets of what is read from short texts. See parsers.h.
 */
#include "proto/cpr.h"
#include "proto/json.h"
#include "proto/note.h"
#include "target.h"
#include "infohus.pb.h"

#define DRAFT_NOW_MS 1795000000000 /* any day: "now+14d" has to mean one */

/* A function of one C text. */
static int
run_text(int (*run)(const char *text), const uint8_t *data, size_t len)
{
	char *text = target_c_text(data, len);
	int answer = text == NULL ? TARGET_NOMEM : run(text);

	free(text);
	return answer;
}

int
target_hex(const uint8_t *data, size_t len)
{
	uint8_t out[UINT8_MAX];
	char *text;
	int answer;

	if (len == 0)
		return ERR_INVALID;
	text = target_c_text(data + 1, len - 1);
	answer = text == NULL ? TARGET_NOMEM :
				(int)hex_decode(out, data[0], text);
	free(text);
	return answer;
}

int
target_base64(const uint8_t *data, size_t len)
{
	size_t room = len / 4 * 3 + 3;
	uint8_t *out = malloc(room);
	int answer = out == NULL ?
	    TARGET_NOMEM :
	    (int)base64_decode(out, &room, bytes_of(data, len));

	free(out);
	return answer;
}

static int
run_id(const char *text)
{
	struct id id;

	return (int)id_parse(&id, text);
}

int
target_id(const uint8_t *data, size_t len)
{
	return run_text(run_id, data, len);
}

static int
run_time(const char *text)
{
	uint64_t ms;

	return (int)time_parse(&ms, text);
}

int
target_time(const uint8_t *data, size_t len)
{
	return run_text(run_time, data, len);
}

int
target_text(const uint8_t *data, size_t len)
{
	return text_is_clean(bytes_of(data, len), true) ? 0 : 1;
}

static int
run_node_id(const char *text)
{
	return node_id_is_valid(text) ? 0 : 1;
}

int
target_node_id(const uint8_t *data, size_t len)
{
	return run_text(run_node_id, data, len);
}

static int
run_cpr(const char *text)
{
	struct cpr_date date;

	return cpr_is_valid(text, &date) ? 0 : 1;
}

int
target_cpr(const uint8_t *data, size_t len)
{
	return run_text(run_cpr, data, len);
}

static int
run_note_key(const char *text)
{
	struct note_key key;

	return (int)note_key_parse(&key, text, NULL);
}

int
target_note_key(const uint8_t *data, size_t len)
{
	return run_text(run_note_key, data, len);
}

int
target_checkpoint_text(const uint8_t *data, size_t len)
{
	struct checkpoint c;

	return (int)checkpoint_parse(&c, bytes_of(data, len), NULL);
}

static int
run_draft(struct arena *a, struct bytes in)
{
	ProtobufCMessage *m;

	return (int)json_parse(
	    a, &pb_draft__descriptor, in, DRAFT_NOW_MS, &m, NULL);
}

int
target_json_draft(const uint8_t *data, size_t len)
{
	return target_in_arena(run_draft, data, len);
}
