/*
 * SPDX-License-Identifier: MIT
 *
 * do_hostile: what no honest seat sends: frames of rubbish, and bytes that are
 * none.
 */
#include "do.h"

#include <stdlib.h>
#include <string.h>

#include "people.h"

enum outcome
do_frame(struct run *r, char **word, size_t n)
{
	struct seat *s = run_connected(r, word[0]);
	const char *counter = run_value(word, n, 2, "counter");
	uint64_t type, size = 0;
	uint8_t lane = LANE_CONTROL, *payload;

	if (s == NULL || !run_number(r, word[1], 0, &type) ||
	    !run_keys(r, word, n, 2, "lane= size= counter=") ||
	    !run_lane(r, run_value(word, n, 2, "lane"), &lane) ||
	    !run_number_at(r, word, n, "size", &size))
		return r->outcome;
	if (counter != NULL && strcmp(counter, "skips") == 0)
		s->out++;
	else if (counter != NULL && strcmp(counter, "again") != 0)
		return run_wrong(
		    r, "found counter=%s, expected skips or again", counter);
	payload = calloc(1, size + 1);
	if (payload == NULL)
		people_must(ERR_NOMEM, NULL);
	memset(payload, 0xff, size);
	seat_frame(s, lane, (uint8_t)type,
	    counter == NULL || strcmp(counter, "again") != 0,
	    bytes_of(payload, size));
	free(payload);
	return RUN_FINE;
}

/* Bytes that no key has sealed. */
enum outcome
do_raw(struct run *r, char **word, size_t n)
{
	struct seat *s = run_connected(r, word[0]);
	uint64_t size;
	uint8_t *bytes;

	(void)n;
	if (s == NULL || !run_number(r, word[1], 0, &size))
		return r->outcome;
	bytes = malloc(size + 1);
	if (bytes == NULL)
		people_must(ERR_NOMEM, NULL);
	memset(bytes, 0x5a, size);
	seat_raw(s, bytes_of(bytes, size));
	free(bytes);
	return RUN_FINE;
}
