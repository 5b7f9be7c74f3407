/*
 * SPDX-License-Identifier: MIT
 *
 * R1 admit: see r1_admit.h.
 */
#include "r1_admit.h"

#include "infohus.pb.h"
#include "step.h"

#define MINUTE_MS 60000
#define WORK_UNIT 256  /* bytes: about one ack */
#define WORK_READ 500  /* units of a range of the log */
#define WORK_MAX 60000 /* a minute: three seconds of a processor */

enum code
r1_admit(const struct registry *r, unsigned door, const struct reg_node **node,
    const struct reg_seat **seat)
{
	STEP("R1");
	*node = registry_door(r, door, seat);
	if (*node == NULL || (*node)->suspended)
		return CODE_NOT_ADMITTED;
	return CODE_OK;
}

enum code
r1_rate(struct door *d, uint8_t lane, unsigned per_minute[2], uint64_t now_ms)
{
	if (lane > LANE_ACUTE)
		return CODE_OK;
	if (now_ms - d->minute_ms >= MINUTE_MS) {
		d->minute_ms = now_ms;
		d->in_minute[0] = d->in_minute[1] = 0;
	}
	return ++d->in_minute[lane] <= per_minute[lane] ? CODE_OK : CODE_BUSY;
}

enum code
r1_work(struct door *d, const struct frame *f, uint64_t now_ms)
{
	size_t units = 1 + f->payload.len / WORK_UNIT;

	if (f->type == FRAME_TYPE_READ)
		units += WORK_READ;
	if (now_ms - d->work_ms >= MINUTE_MS) {
		d->work_ms = now_ms;
		d->work = 0;
	}
	d->work += units;
	return d->work <= WORK_MAX ? CODE_OK : CODE_BUSY;
}
