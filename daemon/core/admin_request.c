/*
 * SPDX-License-Identifier: MIT
 *
 * admin_request: see admin_request.h.
 */
#include "admin_request.h"

json_t *
admin_request(struct bytes line, struct why *why)
{
	json_t *request = json_loadb(
	    (const char *)line.data, line.len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(request))
		return request;
	(void)why_set(why, ERR_INVALID, "found no JSON object");
	json_decref(request);
	return NULL;
}
