/*
 * SPDX-License-Identifier: MIT
 *
 * infohusd: the launcher. Checks everything, binds the pool of listeners,
 * makes the link, starts infohus-core and infohus-gate and keeps them alive
 * as one: when either dies both start again. It holds no key, reads no
 * message and never touches the data.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "daemon/common/link.h"
#include "daemon/common/log.h"
#include "notify.h"

#define PROGRAM "infohusd"
#define BACKLOG 16	/* one client a door, and some that are wrong */
#define STEADY_MS 10000 /* lived longer: start again at once */
#define PAUSE_FIRST_MS 10
#define PAUSE_MAX_MS 800 /* always back in under a second */
#define STOP_MS 10000	 /* core writes its last entry in this time */

struct launcher {
	const char *config_file;
	struct config *config;
	int *listener; /* of door n at [n - 1] */
	int signal_fd, report_fd;
	char path[2][4096]; /* infohus-core, infohus-gate */
	pid_t core, gate;
	uint64_t started_ms;
	unsigned pause_ms;
	bool ready, ever_ready, stopping;
	bool refused; /* a program would not even start */
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ------------------------------------------------------------- before start */

static const char *const program[2] = { "infohus-core", "infohus-gate" };

/* The others stand beside us, or in ../lib/infohus once installed. */
static enum err
find_programs(struct launcher *l, struct why *why)
{
	static const char *const place[2] = { "", "../lib/infohus/" };
	char self[2048];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n < 0)
		return why_errno(why, ERR_IO, "/proc/self/exe");
	self[n] = '\0';
	*(strrchr(self, '/') + 1) = '\0';
	for (size_t i = 0; i < 2; i++) {
		size_t k = 0;

		do
			snprintf(l->path[i], sizeof l->path[i], "%s%s%s", self,
			    place[k], program[i]);
		while (access(l->path[i], X_OK) != 0 && ++k < 2);
		if (k == 2)
			return why_set(why, ERR_NOT_FOUND,
			    "found no %s beside "
			    "%s or in ../lib/infohus",
			    program[i], PROGRAM);
	}
	return ERR_OK;
}

static enum err
bind_door(const struct config *c, unsigned door, int *out, struct why *why)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)(c->first_port + door)) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = v4.sin_port };
	bool is_v4 = inet_pton(AF_INET, c->listen, &v4.sin_addr) == 1;
	int on = 1, fd;

	if (!is_v4 && inet_pton(AF_INET6, c->listen, &v6.sin6_addr) != 1)
		return why_set(why, ERR_INVALID,
		    "listen: found \"%s\", "
		    "expected an IP address",
		    c->listen);
	fd = socket(is_v4 ? AF_INET : AF_INET6,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return why_errno(why, ERR_IO, "socket of door %u", door);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	/* An IPv6 address opens no IPv4 port beside it. */
	if (!is_v4)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, is_v4 ? (void *)&v4 : (void *)&v6,
		is_v4 ? sizeof v4 : sizeof v6) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		enum err e = why_errno(why, ERR_IO, "port %u of door %u",
		    c->first_port + door, door);
		close(fd);
		return e;
	}
	*out = fd;
	return ERR_OK;
}

static enum err
bind_doors(struct launcher *l, struct why *why)
{
	struct rlimit files;
	enum err e = ERR_OK;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	l->listener = calloc(l->config->doors, sizeof l->listener[0]);
	if (l->listener == NULL)
		return why_set(why, ERR_NOMEM, "no memory for the doors");
	for (unsigned d = 1; d <= l->config->doors && e == ERR_OK; d++)
		e = bind_door(l->config, d, &l->listener[d - 1], why);
	return e;
}

static enum err
take_signals(struct launcher *l, struct why *why)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signal_fd >= 0 ? ERR_OK : why_errno(why, ERR_IO, "signalfd");
}

/* ---------------------------------------------------------------- children */

/* In the child: only the descriptors given stay, from LINK_FD on. */
static void
hand_down(const int *fd, unsigned n)
{
	int *high = calloc(n, sizeof *high);
	sigset_t none;

	if (high == NULL)
		_exit(127);
	/* First out of the way of where they must stand. */
	for (unsigned i = 0; i < n; i++)
		high[i] = fcntl(fd[i], F_DUPFD, LINK_FD + (int)n);
	for (unsigned i = 0; i < n; i++)
		if (dup2(high[i], LINK_FD + (int)i) < 0)
			_exit(127);
	closefrom(LINK_FD + (int)n);
	free(high);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static pid_t
spawn(const char *const argv[], const char *path, const int *fd, unsigned n)
{
	pid_t self = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != self)
		_exit(127); /* we died before prctl */
	hand_down(fd, n);
	execv(path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

static pid_t
spawn_core(struct launcher *l, int link, int report)
{
	const char *argv[] = { program[0], "--config", l->config_file, NULL };
	int fd[2] = { link, report };

	return spawn(argv, l->path[0], fd, 2);
}

static pid_t
spawn_gate(struct launcher *l, int link)
{
	unsigned n = l->config->doors + 1;
	char doors[16];
	const char *argv[] = { program[1], "--doors", doors, "--curve-key",
		l->config->curve_key, NULL };
	int *fd = calloc(n, sizeof *fd);
	pid_t pid;

	if (fd == NULL)
		return -1;
	snprintf(doors, sizeof doors, "%u", l->config->doors);
	fd[0] = link;
	memcpy(fd + 1, l->listener, (n - 1) * sizeof fd[0]);
	pid = spawn(argv, l->path[1], fd, n);
	free(fd);
	return pid;
}

static enum err
start_both(struct launcher *l, struct why *why)
{
	int link[2], report[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		link) != 0)
		return why_errno(why, ERR_IO, "socketpair");
	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) != 0) {
		close(link[0]);
		close(link[1]);
		return why_errno(why, ERR_IO, "pipe");
	}
	l->started_ms = now_ms();
	l->ready = false;
	l->core = spawn_core(l, link[0], report[1]);
	l->gate = spawn_gate(l, link[1]);
	close(link[0]);
	close(link[1]);
	close(report[1]);
	l->report_fd = report[0];
	return l->core > 0 && l->gate > 0 ? ERR_OK :
					    why_errno(why, ERR_IO, "fork");
}

static void
tell(pid_t pid, int signal_number)
{
	if (pid > 0)
		kill(pid, signal_number);
}

static void
say_how(const char *name, int status)
{
	if (WIFSIGNALED(status))
		log_line(LOG_LEVEL_ERROR, PROGRAM, "%s ended by signal %d",
		    name, WTERMSIG(status));
	else
		log_line(LOG_LEVEL_ERROR, PROGRAM, "%s ended with status %d",
		    name, WEXITSTATUS(status));
}

/* Collects who has ended. Unless we are stopping the other one ends too. */
static void
reap(struct launcher *l)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		bool is_core = pid == l->core;

		if (!l->stopping && (pid == l->core || pid == l->gate))
			say_how(program[is_core ? 0 : 1], status);
		/* What refuses to start will refuse again: a person must look.
		 */
		if (!l->ever_ready && WIFEXITED(status))
			l->refused = true;
		if (pid == l->core)
			l->core = 0;
		if (pid == l->gate)
			l->gate = 0;
		if (!l->stopping) {
			tell(l->core, SIGKILL);
			tell(l->gate, SIGKILL);
		}
	}
}

/* Both have ended: one life is over, the next begins after a pause. */
static enum err
start_again(struct launcher *l, struct why *why)
{
	struct timespec pause;

	if (now_ms() - l->started_ms > STEADY_MS)
		l->pause_ms = 0;
	else if (l->pause_ms == 0)
		l->pause_ms = PAUSE_FIRST_MS;
	else if (l->pause_ms < PAUSE_MAX_MS / 2)
		l->pause_ms *= 2;
	else
		l->pause_ms = PAUSE_MAX_MS;
	pause = (struct timespec){ .tv_nsec = (long)l->pause_ms * 1000000 };
	nanosleep(&pause, NULL);
	close(l->report_fd);
	return start_both(l, why);
}

/* ----------------------------------------------------------------- the loop */

/* Core reports in lines: READY once, ALIVE as it gets on. */
static void
read_report(struct launcher *l)
{
	char text[256];
	ssize_t n = read(l->report_fd, text, sizeof text - 1);

	if (n <= 0)
		return;
	text[n] = '\0';
	if (strstr(text, "READY\n") != NULL && !l->ready) {
		l->ready = l->ever_ready = true;
		log_line(LOG_LEVEL_INFO, PROGRAM, "ready after %llu ms",
		    (unsigned long long)(now_ms() - l->started_ms));
		notify_manager("READY=1");
	}
	if (strstr(text, "ALIVE\n") != NULL)
		notify_manager("WATCHDOG=1");
}

static void
read_signals(struct launcher *l)
{
	struct signalfd_siginfo s;

	while (read(l->signal_fd, &s, sizeof s) == (ssize_t)sizeof s) {
		if (s.ssi_signo == SIGHUP)
			tell(l->core, SIGHUP);
		if (s.ssi_signo == SIGTERM || s.ssi_signo == SIGINT)
			l->stopping = true;
	}
	reap(l);
}

/* Core first: it writes its last entry while the gate still stands. */
static void
stop_both(struct launcher *l)
{
	uint64_t until = now_ms() + STOP_MS;
	struct pollfd p = { l->signal_fd, POLLIN, 0 };

	notify_manager("STOPPING=1");
	tell(l->core, SIGTERM);
	while (l->core > 0 && now_ms() < until) {
		poll(&p, 1, 100);
		read_signals(l);
	}
	tell(l->core, SIGKILL);
	tell(l->gate, SIGKILL);
	while (l->core > 0 || l->gate > 0) {
		poll(&p, 1, 100);
		read_signals(l);
	}
}

static enum err
run(struct launcher *l, struct why *why)
{
	enum err e = start_both(l, why);

	while (e == ERR_OK && !l->stopping) {
		struct pollfd p[2] = { { l->signal_fd, POLLIN, 0 },
			{ l->report_fd, POLLIN, 0 } };

		/* A report pipe whose writer has gone is only noise. */
		poll(p, l->core > 0 ? 2 : 1, 1000);
		if (p[1].revents & POLLIN)
			read_report(l);
		read_signals(l);
		if (l->refused)
			e = why_set(why, ERR_DENIED,
			    "stopped: it never became "
			    "ready");
		else if (!l->stopping && l->core == 0 && l->gate == 0)
			e = start_again(l, why);
	}
	stop_both(l);
	return e;
}

static int
usage(FILE *f, int status)
{
	fprintf(f,
	    "usage: infohusd [--check] [--config] FILE\n"
	    "       infohusd --help-config\n\n"
	    "Starts the router with the configuration FILE and keeps it "
	    "running.\n"
	    "--check        say everything that is wrong with FILE and what "
	    "it names, and stop\n"
	    "--help-config  list the keys of the configuration\n");
	return status;
}

int
main(int argc, char **argv)
{
	static struct launcher l;
	struct problems p = { 0 };
	struct why why = { "" };
	bool check = false;
	enum err e = ERR_OK;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--check") == 0)
			check = true;
		else if (strcmp(argv[i], "--help") == 0)
			return usage(stdout, 0);
		else if (strcmp(argv[i], "--help-config") == 0) {
			config_print_schema(stdout);
			return 0;
		} else if (strcmp(argv[i], "--config") == 0)
			continue;
		else if (argv[i][0] == '-' || l.config_file != NULL)
			return usage(stderr, 2);
		else
			l.config_file = argv[i];
	}
	if (l.config_file == NULL)
		return usage(stderr, 2);
	l.config = check_files(l.config_file, &p);
	if (p.count > 0) {
		fputs(p.text, stderr);
		fprintf(stderr, PROGRAM ": %zu problems; nothing was started\n",
		    p.count);
		e = ERR_INVALID;
	}
	if (e == ERR_OK && !check) {
		e = find_programs(&l, &why);
		if (e == ERR_OK)
			e = take_signals(&l, &why);
		if (e == ERR_OK)
			e = bind_doors(&l, &why);
		if (e == ERR_OK)
			e = run(&l, &why);
		if (e != ERR_OK)
			log_line(LOG_LEVEL_ERROR, PROGRAM, "%s", why.text);
	}
	problems_free(&p);
	config_free(l.config);
	free(l.listener);
	return e == ERR_OK ? 0 : 1;
}
