/*
 * SPDX-License-Identifier: MIT
 *
 * words: see words.h. Each is one call of federation.h.
 */
#include "words.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAIT_SECONDS "60"
#define ENV_MAX 60 /* the bench adds two */
#define SEND_MAX 1000

static bool
seconds(const char *text, int *ms, struct why *why)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' ||
	    n > INT_MAX / 1000) {
		why_set(why, ERR_INVALID,
		    "found \"%s\", expected a number of seconds", text);
		return false;
	}
	*ms = (int)n * 1000;
	return true;
}

static bool
is_assignment(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n > 0 && s[n] == '=';
}

/* One more word behind those in text; ERR_INVALID if there is no room. */
static enum err
join(char *text, size_t room, const char *word, struct why *why)
{
	size_t len = strlen(text);

	if (strlen(word) + 2 > room - len)
		return why_set(why, ERR_INVALID,
		    "found \"%.100s\" behind %zu bytes, expected at most %zu "
		    "together",
		    word, len, room - 2);
	(void)snprintf(text + len, room - len, "%s ", word);
	return ERR_OK;
}

/* One more NAME=VALUE for a process. */
static enum err
add_env(const char *env[ENV_MAX + 1], const char *word, struct why *why)
{
	size_t n = 0;

	while (env[n] != NULL)
		n++;
	if (n == ENV_MAX)
		return why_set(why, ERR_INVALID,
		    "found \"%.100s\", expected at most %d NAME=VALUE", word,
		    ENV_MAX);
	env[n] = word;
	return ERR_OK;
}

static enum err
do_node(struct fed *f, int n, char **word, struct why *why)
{
	struct fed_node node = { word[0], word[1], "", NULL, NULL };
	char roles[2000] = "";
	enum err e = ERR_OK;

	for (int i = 2; i < n && e == ERR_OK; i++)
		if (strncmp(word[i], "--kind=", 7) == 0)
			node.kind = word[i] + 7;
		else if (strncmp(word[i], "--name=", 7) == 0)
			node.name = word[i] + 7;
		else
			e = join(roles, sizeof roles, word[i], why);
	node.roles = roles;
	return e == ERR_OK ? fed_node(f, &node, why) : e;
}

static enum err
do_suspend(struct fed *f, int n, char **word, struct why *why)
{
	(void)n;
	return fed_suspend(f, word[0], why);
}

static enum err
do_custodian(struct fed *f, int n, char **word, struct why *why)
{
	(void)n;
	return fed_custodian(f, word[0], why);
}

static enum err
do_manifest(struct fed *f, int n, char **word, struct why *why)
{
	char who[1000] = "";
	enum err e = ERR_OK;

	for (int i = 0; i < n && e == ERR_OK; i++)
		e = join(who, sizeof who, word[i], why);
	return e == ERR_OK ? fed_manifest(f, who, why) : e;
}

static enum err
do_start(struct fed *f, int n, char **word, struct why *why)
{
	const char *env[ENV_MAX + 1] = { NULL };
	struct fed_start s = { .env = env };
	enum err e = ERR_OK;

	for (int i = 0; i < n && e == ERR_OK; i++)
		if (strcmp(word[i], "--hooks") == 0)
			s.hooks = true;
		else if (strcmp(word[i], "--no-wait") == 0)
			s.wait_not = true;
		else if (strncmp(word[i], "--bin=", 6) == 0)
			s.bin = word[i] + 6;
		else if (is_assignment(word[i]))
			e = add_env(env, word[i], why);
		else
			e = why_set(why, ERR_INVALID,
			    "found \"%s\", expected --hooks, --bin=DIR, "
			    "--no-wait or NAME=VALUE",
			    word[i]);
	return e == ERR_OK ? fed_start(f, &s, why) : e;
}

static enum err
do_stop(struct fed *f, int n, char **word, struct why *why)
{
	(void)n;
	(void)word;
	return fed_stop(f, why);
}

static enum err
do_kill(struct fed *f, int n, char **word, struct why *why)
{
	if (n == 1)
		return fed_kill(f, word[0], why);
	if (n == 3 && strcmp(word[1], "--at") == 0 &&
	    strcmp(word[0], "core") == 0)
		return fed_kill_at(f, word[2], why);
	return why_set(why, ERR_INVALID,
	    "found \"%s %s\", expected WHO, or core --at STEP:N", word[0],
	    word[1]);
}

static enum err
do_killed(struct fed *f, int n, char **word, struct why *why)
{
	int ms;

	return seconds(n > 0 ? word[0] : WAIT_SECONDS, &ms, why) ?
	    fed_kill_wait(f, ms, why) :
	    ERR_INVALID;
}

static enum err
do_pause(struct fed *f, int n, char **word, struct why *why)
{
	(void)n;
	return fed_pause(f, word[0], why);
}

static enum err
do_continue(struct fed *f, int n, char **word, struct why *why)
{
	(void)n;
	return fed_continue(f, word[0], why);
}

static enum err
do_restart(struct fed *f, int n, char **word, struct why *why)
{
	(void)n;
	return fed_restart(f, word[0], why);
}

static enum err
do_signal(struct fed *f, int n, char **word, struct why *why)
{
	char *end;
	long s = strtol(word[1], &end, 10);

	(void)n;
	if (*end != '\0')
		for (s = NSIG - 1; s > 0; s--)
			if (sigabbrev_np((int)s) != NULL &&
			    strcmp(sigabbrev_np((int)s), word[1]) == 0)
				break;
	if (s < 1 || s >= NSIG)
		return why_set(why, ERR_INVALID,
		    "found \"%s\", expected a signal, such as TERM or 15",
		    word[1]);
	return fed_signal(f, word[0], (int)s, why);
}

static enum err
do_pid(struct fed *f, int n, char **word, struct why *why)
{
	pid_t pid;
	enum err e = fed_pid(f, word[0], &pid, why);

	(void)n;
	if (e == ERR_OK)
		printf("%d\n", (int)pid);
	return e;
}

static enum err
do_lives(struct fed *f, int n, char **word, struct why *why)
{
	unsigned lives;
	enum err e = fed_lives(f, &lives, why);

	(void)n;
	(void)word;
	if (e == ERR_OK)
		printf("%u\n", lives);
	return e;
}

static enum err
do_serving(struct fed *f, int n, char **word, struct why *why)
{
	(void)n;
	return fed_serving(f, (unsigned)strtoul(word[0], NULL, 10), why);
}

static enum err
do_receive(struct fed *f, int n, char **word, struct why *why)
{
	if (n == 2)
		return why_set(why, ERR_INVALID,
		    "found \"%s\", expected --lane acute|ordinary", word[1]);
	return fed_receive(f, word[0], n == 3 ? word[2] : NULL, why);
}

static enum err
do_run(struct fed *f, int n, char **word, struct why *why)
{
	const char *env[ENV_MAX + 1] = { NULL };
	enum err e = ERR_OK;
	int at = 1;

	while (e == ERR_OK && at < n && is_assignment(word[at]))
		e = add_env(env, word[at++], why);
	return e != ERR_OK ?
	    e :
	    fed_spawn(f, word[0], (const char *const *)(word + at), env, why);
}

static enum err
do_wait(struct fed *f, int n, char **word, struct why *why)
{
	int ms, status;
	enum err e;

	if (!seconds(n > 1 ? word[1] : WAIT_SECONDS, &ms, why))
		return ERR_INVALID;
	e = fed_wait(f, word[0], ms, &status, why);
	if (e == ERR_OK)
		exit(status);
	return e;
}

/* The tool's send; with no file a concern, and until it is delivered. */
static enum err
do_send(struct fed *f, int n, char **word, struct why *why)
{
	char program[600];
	const char *argv[SEND_MAX + 4] = { program, "send", "--home", NULL,
		"--wait", "delivered", "--timeout", WAIT_SECONDS, "-" };
	char *draft;
	int pipe_fd[2];
	enum err e = fed_home(f, word[0], &argv[3], why);

	if (e != ERR_OK)
		return e;
	(void)snprintf(program, sizeof program, "%s/bin/infohus", fed_build(f));
	if (n > SEND_MAX)
		return why_set(why, ERR_INVALID,
		    "found %d words, expected at most %d", n, SEND_MAX);
	for (int i = 1; i < n; i++) {
		argv[3 + i] = word[i];
		argv[4 + i] = NULL;
	}
	if (n == 1) {
		draft = fed_concern("En fiktiv person");
		if (draft == NULL || pipe(pipe_fd) != 0 ||
		    write(pipe_fd[1], draft, strlen(draft)) < 0 ||
		    dup2(pipe_fd[0], 0) < 0)
			return why_errno(why, ERR_IO, "a pipe");
		(void)close(pipe_fd[1]);
		free(draft);
	}
	(void)fflush(stdout);
	(void)execv(program, (char *const *)(uintptr_t)argv);
	return why_errno(why, ERR_NOT_FOUND, "%s", program);
}

static enum err
do_concern(struct fed *f, int n, char **word, struct why *why)
{
	char *text = fed_concern(n > 0 ? word[0] : "En fiktiv person");

	(void)f;
	if (text == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	fputs(text, stdout);
	free(text);
	return ERR_OK;
}

static enum err
do_online(struct fed *f, int n, char **word, struct why *why)
{
	int ms;

	return seconds(n > 1 ? word[1] : WAIT_SECONDS, &ms, why) ?
	    fed_online(f, word[0], ms, why) :
	    ERR_INVALID;
}

static enum err
do_drained(struct fed *f, int n, char **word, struct why *why)
{
	int ms;

	return seconds(n > 0 ? word[0] : WAIT_SECONDS, &ms, why) ?
	    fed_drained(f, ms, why) :
	    ERR_INVALID;
}

static enum err
do_status(struct fed *f, int n, char **word, struct why *why)
{
	char text[600];
	enum err e = fed_status(f, word[0], text, sizeof text, why);

	(void)n;
	if (e == ERR_OK)
		puts(text);
	return e;
}

static enum err
do_snapshot(struct fed *f, int n, char **word, struct why *why)
{
	const char *taken;
	enum err e = fed_snapshot(f, n > 0 ? word[0] : NULL, &taken, why);

	if (e == ERR_OK)
		puts(taken);
	return e;
}

static enum err
do_judge(struct fed *f, int n, char **word, struct why *why)
{
	enum err e = fed_judge(f, why);
	char line[400];
	FILE *said;

	(void)n;
	(void)word;
	said = fopen(fed_path(f, "log/oracle"), "re");
	while (said != NULL && fgets(line, sizeof line, said) != NULL)
		fputs(line, stdout);
	if (said != NULL)
		(void)fclose(said);
	return e == ERR_INVALID ? ERR_DENIED : e; /* the call was right */
}

static enum err
do_mailbox(struct fed *f, int n, char **word, struct why *why)
{
	const char *snapshot = n > 1 ? word[1] : NULL;
	struct fed_ledger *l;
	uint64_t index[1024];
	size_t waiting = 0;
	enum err e = ERR_OK;

	if (snapshot == NULL)
		e = fed_snapshot(f, NULL, &snapshot, why);
	if (e == ERR_OK)
		e = fed_ledger_open(&l, snapshot, why);
	if (e != ERR_OK)
		return e;
	e = fed_ledger_mailbox(l, word[0], index, 1024, &waiting, why);
	for (size_t i = 0; e == ERR_OK && i < waiting && i < 1024; i++)
		printf("%llu\n", (unsigned long long)index[i]);
	fed_ledger_close(l);
	return e;
}

static enum err
do_inbox(struct fed *f, int n, char **word, struct why *why)
{
	size_t count;
	enum err e = fed_inbox(f, word[0], &count, why);

	(void)n;
	if (e == ERR_OK)
		printf("%zu\n", count);
	return e;
}

static enum err
do_home(struct fed *f, int n, char **word, struct why *why)
{
	const char *home;
	enum err e = fed_home(f, word[0], &home, why);

	(void)n;
	if (e == ERR_OK)
		puts(home);
	return e;
}

static enum err
do_ports(struct fed *f, int n, char **word, struct why *why)
{
	unsigned count = (unsigned)strtoul(word[0], NULL, 10), first;
	enum err e;

	(void)n;
	if (count < 1 || count > 4096)
		return why_set(why, ERR_INVALID,
		    "found \"%s\", expected a number of ports, 1 to 4096",
		    word[0]);
	e = fed_ports(f, count, &first, why);
	if (e == ERR_OK)
		printf("%u\n", first);
	return e;
}

static enum err
do_vkey(struct fed *f, int n, char **word, struct why *why)
{
	char vkey[256];
	enum err e = fed_vkey(f, vkey, why);

	(void)n;
	(void)word;
	if (e == ERR_OK)
		puts(vkey);
	return e;
}

static enum err
do_proxy(struct fed *f, int n, char **word, struct why *why)
{
	struct fed_proxy_counts c;
	char text[256] = "";
	enum err e = ERR_OK;

	if (n == 1)
		return fed_proxy(f, word[0], why);
	if (strcmp(word[1], "show") == 0) {
		e = fed_proxy_counts(f, word[0], &c, why);
		if (e == ERR_OK)
			printf("accepted=%llu open=%llu up=%llu down=%llu "
			       "dropped=%llu waiting=%llu\n",
			    (unsigned long long)c.accepted,
			    (unsigned long long)c.open,
			    (unsigned long long)c.up,
			    (unsigned long long)c.down,
			    (unsigned long long)c.dropped,
			    (unsigned long long)c.waiting);
		return e;
	}
	for (int i = 1; i < n && e == ERR_OK; i++)
		e = join(text, sizeof text, word[i], why);
	return e == ERR_OK ? fed_proxy_set(f, word[0], text, why) : e;
}

const struct word words[] = {
	{ "node", "NODE SEATS ROLE... [--kind=K] [--name=TEXT]",
	    "one more node, e.g. kommune/0183 'cli agent' "
	    "kom_tovholder@kommune:0183",
	    2, -1, do_node },
	{ "suspend", "NODE", "end a node's rights", 1, 1, do_suspend },
	{ "custodian", "NAME", "make custodian-NAME", 1, 1, do_custodian },
	{ "manifest", "CUSTODIAN...",
	    "write law/manifest anew, approved by these", 0, -1, do_manifest },
	{ "start", "[--hooks] [--bin=DIR] [--no-wait] [NAME=VALUE...]",
	    "start the daemon, admit and connect who is not yet", 0, -1,
	    do_start },
	{ "stop", "", "end the daemon, and insist on status 0", 0, 0, do_stop },
	{ "kill", "WHO [--at STEP:N]",
	    "SIGKILL, now, or at the Nth time from now that core begins a step "
	    "(hooks)",
	    1, 3, do_kill },
	{ "killed", "[SECONDS]",
	    "wait until kill --at has happened and the daemon serves again", 0,
	    1, do_killed },
	{ "pause", "WHO", "SIGSTOP", 1, 1, do_pause },
	{ "continue", "WHO", "SIGCONT", 1, 1, do_continue },
	{ "restart", "WHO", "end it, start it again, wait until it serves", 1,
	    1, do_restart },
	{ "signal", "WHO SIGNAL", "any other signal", 2, 2, do_signal },
	{ "pid", "WHO", "print its process id", 1, 1, do_pid },
	{ "lives", "", "print how often the daemon became ready", 0, 0,
	    do_lives },
	{ "serving", "LIVES", "wait until it became ready more often", 1, 1,
	    do_serving },
	{ "receive", "SEAT [--lane LANE]",
	    "start a receiver into inbox/NODE; it is named SEAT", 1, 3,
	    do_receive },
	{ "run", "NAME [NAME=VALUE...] COMMAND...",
	    "start a command under a name; what it prints is log/NAME", 2, -1,
	    do_run },
	{ "wait", "NAME [SECONDS]",
	    "wait until it ends; its exit status is fed's", 1, 2, do_wait },
	{ "send", "SEAT [ARGUMENT...]",
	    "infohus send of that seat; without arguments a concern, until it "
	    "is delivered",
	    1, -1, do_send },
	{ "concern", "[TEXT]", "print the draft of a concern", 0, 1,
	    do_concern },
	{ "online", "SEAT [SECONDS]", "wait until the seat has a session", 1, 2,
	    do_online },
	{ "drained", "[SECONDS]", "wait until no mailbox holds anything", 0, 1,
	    do_drained },
	{ "status", "FIELD", "print a field of the daemon's status", 1, 1,
	    do_status },
	{ "snapshot", "[DIR]",
	    "take a snapshot, verify and replay it, print where it is", 0, 1,
	    do_snapshot },
	{ "judge", "", "the same, and the oracle over all seats and inboxes", 0,
	    0, do_judge },
	{ "mailbox", "NODE [SNAPSHOT]",
	    "print the index of each message that waits", 1, 2, do_mailbox },
	{ "inbox", "NODE",
	    "print how many messages were received; that none came twice says "
	    "judge",
	    1, 1, do_inbox },
	{ "home", "SEAT", "print the seat's home", 1, 1, do_home },
	{ "ports", "COUNT",
	    "print the first of so many free ports in a row, held for the test",
	    1, 1, do_ports },
	{ "vkey", "", "print the log's verification key", 0, 0, do_vkey },
	{ "proxy", "SEAT [WORD...]",
	    "put a proxy before the seat's door; with words, change it: heal "
	    "delay=MS\n\t\t      rate=BYTES cut hold=WAY drop=WAY vanish reset "
	    "(WAY: up, down, both);\n\t\t      show prints its counts",
	    1, -1, do_proxy },
	{ NULL, NULL, NULL, 0, 0, NULL },
};
