/*
 * SPDX-License-Identifier: MIT
 *
 * keep_core: keeps what the parsers of daemon/core are given; see keep.h.
 */
#include "daemon/core/admin_request.h"
#include "daemon/core/admin_socket.h"
#include "daemon/core/r2_open.h"
#include "keep_wrap.h"

WRAPPED(void, r2_open, struct job *j)
{
	const struct bytes piece[] = { { &j->lane, 1 }, { &j->type, 1 },
		j->payload };

	keep_joined("frame", piece, 3);
	__real_r2_open(j);
}

WRAPPED(bool, admin_socket_read, struct admin_socket *s, int slot)
{
	bool is = __real_admin_socket_read(s, slot);

	if (is) {
		const struct bytes piece[] = {
			{ (const uint8_t *)s->conn[slot].line,
			    s->conn[slot].len },
			text_bytes("\n")
		};

		keep_joined("admin_line", piece, 2);
	}
	return is;
}

WRAPPED(json_t *, admin_request, struct bytes line, struct why *why)
{
	keep("admin_request", line);
	return __real_admin_request(line, why);
}
