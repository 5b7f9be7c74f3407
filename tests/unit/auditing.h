/*
 * SPDX-License-Identifier: MIT
 *
 * auditing: runs the auditor over a log and says what it printed.
 */
#ifndef INFOHUS_TESTS_AUDITING_H
#define INFOHUS_TESTS_AUDITING_H

#include "audit_rig.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "clients/tool/tool.h"
#include "daemon/ledger/vault.h"

#define ALL_EXAMPLES 1000

/* ---------------------------------------------------- running the auditor */

struct said {
	int code;
	char text[65536];
};

/* Runs a command of the tool in a child and keeps what it prints. */
static inline struct said *
run_tool(struct rig *r, int (*command)(int argc, char **argv), char **argv)
{
	const char *out = scratch_path(r->s, "out");
	struct said *said = arena_alloc(r->s->arena, sizeof(*said));
	int fd, status, argc = 0;
	ssize_t n;
	pid_t pid;

	assert_non_null(said);
	while (argv[argc] != NULL)
		argc++;
	fflush(NULL);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, 1);
		dup2(fd, 2);
		status = command(argc, argv);
		fflush(NULL);
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	said->code = WEXITSTATUS(status);
	fd = open(out, O_RDONLY);
	n = read(fd, said->text, sizeof(said->text) - 1);
	assert_true(n >= 0);
	close(fd);
	return said;
}

/* Runs `infohus audit WORD DIR --vkey ...`, and more if not NULL. */
static inline struct said *
audit(struct rig *r, const char *word, const char *dir, const char *more)
{
	char *argv[] = { (char *)"audit", (char *)word, (char *)dir,
		(char *)"--vkey", (char *)rig_vkey(r), (char *)more, NULL };

	return run_tool(r, cmd_audit, argv);
}

static inline void
assert_said(const struct said *said, int code, const char *text)
{
	if (said->code != code || strstr(said->text, text) == NULL)
		fail_msg("exit %d, expected %d and \"%s\":\n%s", said->code,
		    code, text, said->text);
}

/* ------------------------------------------------------------- honest logs */

static inline const char *
snapshot(struct rig *r)
{
	const char *dir = scratch_path(r->s, "snapshot");
	struct why why;

	if (ledger_snapshot(r->core.ledger, dir, &why) != ERR_OK)
		fail_msg("snapshot: %s", why.text);
	rig_close(r);
	return dir;
}

#endif
