/*
 * SPDX-License-Identifier: MIT
 *
 * admin_socket: connections of the local admin socket. One request, one
 * line of JSON; one answer, one line; then it closes. Only root and the
 * daemon's own user may connect. Nothing here changes rights: what does is
 * an object signed by custodians.
 */
#ifndef INFOHUS_ADMIN_SOCKET_H
#define INFOHUS_ADMIN_SOCKET_H

#include "proto/bytes.h"

#define ADMIN_CONNECTIONS 16	    /* an operator and a monitor need two */
#define ADMIN_LINE_MAX (256 * 1024) /* an approved card is some KiB */

struct admin_conn {
	int fd;		 /* -1 free */
	uint64_t number; /* never reused */
	char *line;
	size_t len;
	bool asked;
};

struct admin_socket {
	int listen_fd;
	uint64_t next_number;
	struct admin_conn conn[ADMIN_CONNECTIONS];
};

/* Binds and listens, mode 0600; replaces a socket left behind. */
enum err
admin_socket_listen(int *fd, const char *path, struct why *why) MUST_CHECK;

void admin_socket_init(struct admin_socket *s, int listen_fd);
/* Accepts one; -1 when none, refused or full. Returns the slot. */
int admin_socket_accept(struct admin_socket *s);
/*
 * Reads what is there. True when a whole line is in conn->line (without its
 * LF, len set). A connection that ended or sent too much is closed.
 */
bool admin_socket_read(struct admin_socket *s, int slot);
/* Writes the answer and its LF and closes; unknown numbers are ignored. */
void
admin_socket_answer(struct admin_socket *s, uint64_t number, struct bytes text);
void admin_socket_close(struct admin_socket *s, int slot);

#endif
