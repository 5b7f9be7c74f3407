/*
 * SPDX-License-Identifier: MIT
 *
 * admin_request: what a line of the admin socket asks for.
 */
#ifndef INFOHUS_ADMIN_REQUEST_H
#define INFOHUS_ADMIN_REQUEST_H

#include <jansson.h>

#include "proto/bytes.h"

/*
 * A line as a JSON object without a key twice, a new reference. NULL with the
 * reason in why.
 */
json_t *admin_request(struct bytes line, struct why *why);

#endif
